//! Runs: executions of a sync, with their progress.

use super::words::words;
use super::{PageRequest, RunId, ShopId, TimeRange, UtcMillis};

words! {
    /// What a run syncs.
    RunKind {
        /// Products and their SKUs.
        Products = "products",
        /// Orders.
        Orders = "orders",
        /// Refunds and other after-sale cases.
        Refunds = "refunds",
    }
}

words! {
    /// How much a run reads.
    RunMode {
        /// Everything the platform shows.
        Full = "full",
        /// What changed since the last good run.
        Incremental = "incremental",
        /// A stretch of the past, beside the normal sync and without moving it.
        Backfill = "backfill",
    }
}

words! {
    /// Where a run stands.
    RunState {
        /// Under way.
        Running = "running",
        /// Ended well.
        Done = "done",
        /// Ended by an error; what it stored stays, the next run continues.
        Failed = "failed",
        /// Ended by the caller; what it stored stays, the next run continues.
        Cancelled = "cancelled",
        /// Its process died; the shop's next sync continues at the stored page.
        Interrupted = "interrupted",
    }
}

words! {
    /// What a run is doing.
    Stage {
        /// Reading list pages.
        List = "list",
        /// Reading details that lists do not carry.
        Detail = "detail",
    }
}

/// The numbers of a run, the same in the table and in `on_progress`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Records of the list stage read so far.
    pub listed: i64,
    /// How many the list stage will read, as far as the platform has said.
    pub list_total: Option<i64>,
    /// Details read so far.
    pub detailed: i64,
    /// How many details there are to read.
    pub detail_total: Option<i64>,
    /// Rows that were new or changed.
    pub written: i64,
    /// Records that were as we had them.
    pub unchanged: i64,
    /// Records that could not be read and were kept aside.
    pub quarantined: i64,
    /// Calls to the platform, with repeated ones.
    pub calls: i64,
}

/// One execution of a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The shop.
    pub shop_id: ShopId,
    /// What it syncs.
    pub kind: RunKind,
    /// How much it reads.
    pub mode: RunMode,
    /// The stretch that a backfill reads.
    pub backfill: Option<TimeRange>,
    /// Where it stands.
    pub state: RunState,
    /// What it is doing.
    pub stage: Option<Stage>,
    /// Its numbers.
    pub progress: Progress,
    /// The code of the error that ended it.
    pub error_code: Option<String>,
    /// What the error said.
    pub error_message: Option<String>,
    /// Who started it.
    pub actor: String,
    /// When it started.
    pub started_at: UtcMillis,
    /// When its numbers last changed.
    pub updated_at: UtcMillis,
    /// When it ended.
    pub finished_at: Option<UtcMillis>,
}

/// Which runs a list shows, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of this shop.
    pub shop_id: Option<ShopId>,
    /// Of this kind.
    pub kind: Option<RunKind>,
    /// In this state.
    pub state: Option<RunState>,
    /// Which part.
    pub page: PageRequest,
}
