//! Jobs: work in the background, and the schedules that queue it.

use super::words::words;
use super::{JobId, PageRequest, RunKind, ScheduleId, ShopId, UtcMillis};

words! {
    /// What a job does.
    JobKind {
        /// Syncs a shop's orders.
        OrdersSync = "orders.sync",
        /// Syncs a shop's products.
        ProductsSync = "products.sync",
        /// Syncs a shop's refunds.
        RefundsSync = "refunds.sync",
        /// Renews a shop's tokens when the platform lets them be renewed.
        TokensRefresh = "tokens.refresh",
        /// Publishes a promotion, step by step. Queued when one is approved.
        PromotionsPublish = "promotions.publish",
        /// Reads what promotions did.
        PromotionsMetrics = "promotions.metrics",
        /// Makes a backup of the database in the directory that the hub was opened with for it.
        DatabaseBackup = "database.backup",
        /// Removes jobs that ended long ago.
        JobsPrune = "jobs.prune",
        /// Does nothing: shows that the queue runs.
        Probe = "probe",
    }
}

impl JobKind {
    /// What it syncs, where it is a sync.
    pub const fn syncs(self) -> Option<RunKind> {
        match self {
            Self::OrdersSync => Some(RunKind::Orders),
            Self::ProductsSync => Some(RunKind::Products),
            Self::RefundsSync => Some(RunKind::Refunds),
            Self::TokensRefresh
            | Self::PromotionsPublish
            | Self::PromotionsMetrics
            | Self::DatabaseBackup
            | Self::JobsPrune
            | Self::Probe => None,
        }
    }

    /// Whether it is about one shop.
    pub const fn is_per_shop(self) -> bool {
        self.syncs().is_some() || matches!(self, Self::TokensRefresh | Self::PromotionsPublish)
    }
}

words! {
    /// Where a job stands; `docs/job-states.md` draws which follows which.
    JobState {
        /// Waits for its time and its turn.
        Waiting = "waiting",
        /// Is being done.
        Running = "running",
        /// Somebody put it aside.
        Paused = "paused",
        /// Done.
        Done = "done",
        /// Failed too often, or for good. Kept, and can be retried by hand.
        Dead = "dead",
        /// Taken back.
        Cancelled = "cancelled",
    }
}

words! {
    /// What goes first.
    Lane {
        /// Somebody waits for it.
        Interactive = "interactive",
        /// As it comes.
        Normal = "normal",
        /// When nothing else waits.
        Bulk = "bulk",
    }
}

words! {
    /// What happens to times of a schedule that passed while no process was here.
    CatchUp {
        /// Nothing.
        Skip = "skip",
        /// One job for all of them.
        Once = "once",
        /// A job for each, the newest hundred at most.
        Each = "each",
    }
}

/// A job to queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// What it does.
    pub kind: JobKind,
    /// The shop it is about, where it is about one.
    pub shop_id: Option<ShopId>,
    /// What it is about beside the shop, such as a promotion's id.
    pub target: Option<String>,
    /// What goes first.
    pub lane: Lane,
    /// Not before this time; at once when absent.
    pub due_at: Option<UtcMillis>,
    /// Of equal keys one job is not finished; a second one is the first.
    pub unique_key: Option<String>,
    /// Jobs of equal keys run one after the other, as they were queued.
    pub order_key: Option<String>,
    /// How often it is tried.
    pub max_attempts: u32,
}

impl NewJob {
    /// A job for as soon as possible, tried a few times.
    pub const fn new(kind: JobKind, shop_id: Option<ShopId>) -> Self {
        Self {
            kind,
            shop_id,
            target: None,
            lane: Lane::Normal,
            due_at: None,
            unique_key: None,
            order_key: None,
            max_attempts: 8,
        }
    }
}

/// A job as we keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id, growing.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// The shop it is about.
    pub shop_id: Option<ShopId>,
    /// What goes first.
    pub lane: Lane,
    /// Where it stands.
    pub state: JobState,
    /// How often it was started. Waiting for a limit, and being stopped, do not count.
    pub attempt: i64,
    /// How often it is tried.
    pub max_attempts: i64,
    /// When it is due, or was.
    pub due_at: UtcMillis,
    /// How far it is, in words.
    pub progress: Option<String>,
    /// The code of the error that it met last.
    pub error_code: Option<String>,
    /// What the error said.
    pub message: Option<String>,
    /// Who queued it.
    pub actor: String,
    /// When it was queued.
    pub created_at: UtcMillis,
    /// When it was last started.
    pub started_at: Option<UtcMillis>,
    /// When it last changed.
    pub updated_at: UtcMillis,
    /// When it ended.
    pub finished_at: Option<UtcMillis>,
    /// What it is about beside the shop, such as a promotion's id.
    pub target: Option<String>,
}

/// Which jobs a list shows, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Of this shop.
    pub shop_id: Option<ShopId>,
    /// Of this kind.
    pub kind: Option<JobKind>,
    /// In this state.
    pub state: Option<JobState>,
    /// Which part.
    pub page: PageRequest,
}

/// What is queued by the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Our id.
    pub id: ScheduleId,
    /// Its name.
    pub name: String,
    /// What is queued.
    pub kind: JobKind,
    /// When: five fields of cron.
    pub cron: String,
    /// In which time zone, such as `Asia/Shanghai`.
    pub zone: String,
    /// Over how many milliseconds the shops are spread, so that not all are due in the same second.
    pub spread_ms: i64,
    /// What happens to times that passed while no process was here.
    pub catch_up: CatchUp,
    /// Whether it queues anything.
    pub enabled: bool,
    /// When it is due next; absent until the process that leads has looked.
    pub next_at: Option<UtcMillis>,
    /// When it last queued something.
    pub last_at: Option<UtcMillis>,
}

/// What changes of a schedule; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleChange {
    /// When: five fields of cron.
    pub cron: Option<String>,
    /// In which time zone.
    pub zone: Option<String>,
    /// Over how many milliseconds the shops are spread.
    pub spread_ms: Option<i64>,
    /// What happens to times that passed.
    pub catch_up: Option<CatchUp>,
    /// Whether it queues anything.
    pub enabled: Option<bool>,
}
