//! `hub.runs`.

use super::Hub;
use super::guard::Action;
use crate::error::Result;
use crate::model::{Page, Right, Run, RunFilter, RunId};

/// Executions of syncs.
#[derive(Clone, Debug)]
pub struct Runs(pub(super) Hub);

impl Runs {
    /// Runs, newest first.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a wrong limit or cursor; `FORBIDDEN` without the right `shops.read`.
    pub async fn list(&self, filter: RunFilter) -> Result<Page<Run>> {
        let engine = self.0.read("runs.list", Right::ShopsRead, filter.shop_id).await?;
        engine.store.list_runs(filter).await.map_err(|error| error.with_operation("runs.list"))
    }

    /// One run with its numbers.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `shops.read` for its shop.
    pub async fn get(&self, id: RunId) -> Result<Run> {
        let engine = self.0.engine()?;
        let run = engine.store.get_run(id).await.map_err(|error| error.with_operation("runs.get"))?;
        self.0.read("runs.get", Right::ShopsRead, Some(run.shop_id)).await?;
        Ok(run)
    }

    /// Asks a run to stop, in whichever process it is. It ends after its next page.
    ///
    /// # Errors
    /// `NOT_FOUND`, `CONFLICT` when it has ended, `FORBIDDEN` without the right `sync` for its shop.
    pub async fn cancel(&self, id: RunId) -> Result<Run> {
        let engine = self.0.engine()?;
        let run = engine.store.get_run(id).await.map_err(|error| error.with_operation("runs.cancel"))?;
        let action = Action::new("runs.cancel", Right::Sync).on_shop(run.shop_id).about(id);
        self.0.act(action, || engine.store.request_cancel(id, engine.clock.now())).await
    }
}
