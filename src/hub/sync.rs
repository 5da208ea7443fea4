//! What `products.sync`, `orders.sync` and `shops.sync` share.

use tokio_util::sync::CancellationToken;

use super::Hub;
use super::guard::Action;
use crate::error::Result;
use crate::model::{Right, Run, RunKind, ShopId, UtcMillis};
use crate::sync::StartSync;

pub use crate::sync::ProgressFn;

/// What a sync is asked for. Start with [`SyncRequest::new`].
#[derive(Clone)]
pub struct SyncRequest {
    /// The shop.
    pub shop_id: ShopId,
    /// Read everything again instead of what changed.
    pub full: bool,
    /// Read changes since this time: at the first sync of orders instead of 90 days, later to read a
    /// stretch again.
    pub since: Option<UtcMillis>,
    /// With `since`: read exactly what changed between the two, as a backfill. It runs beside the normal
    /// sync, whose next run starts where it would have without it. One that was stopped goes on when it is
    /// asked for again with the same two times; another stretch takes its place.
    pub until: Option<UtcMillis>,
    /// Called with the run's numbers after each page.
    pub on_progress: Option<ProgressFn>,
    /// Stops the run; what it stored stays.
    pub cancel: CancellationToken,
}

impl SyncRequest {
    /// What changed since the last sync; everything at the first.
    pub fn new(shop_id: ShopId) -> Self {
        Self {
            shop_id,
            full: false,
            since: None,
            until: None,
            on_progress: None,
            cancel: CancellationToken::new(),
        }
    }
}

impl std::fmt::Debug for SyncRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SyncRequest")
            .field("shop_id", &self.shop_id)
            .field("full", &self.full)
            .field("since", &self.since)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

pub(super) async fn run_sync(hub: &Hub, request: SyncRequest, kind: RunKind) -> Result<Run> {
    let engine = hub.engine()?;
    let name = match kind {
        RunKind::Products => "products.sync",
        RunKind::Refunds => "refunds.sync",
        RunKind::Orders => "orders.sync",
    };
    let action = Action::new(name, Right::Sync).on_shop(request.shop_id);
    let start = StartSync {
        shop: request.shop_id,
        kind,
        full: request.full,
        since: request.since,
        until: request.until,
        actor: hub.actor.id().to_owned(),
        on_progress: request.on_progress,
        cancel: request.cancel,
    };
    hub.act(action, || engine.syncer.run(start)).await
}
