//! `hub.health()`.

use super::Hub;
use crate::error::Result;
use crate::model::{PageRequest, RunFilter, RunState, ShopFilter, ShopStatus};
use crate::store::Store;

/// How the hub is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Version of this library.
    pub version: &'static str,
    /// Version of the SQLite inside.
    pub sqlite_version: &'static str,
    /// Whether this process does the background work.
    pub is_leader: bool,
    /// Shops that are known.
    pub shops: usize,
    /// Shops that a person must authorise again.
    pub shops_to_reauthorize: usize,
    /// Runs under way, at most 500 are counted.
    pub open_runs: usize,
}

impl Hub {
    /// How the hub is. Needs no right and shows no shop.
    ///
    /// # Errors
    /// `CLOSED`; `STORAGE` when the database cannot be read.
    pub async fn health(&self) -> Result<Health> {
        let engine = self.engine()?;
        let shops = engine.store.list_shops(ShopFilter::default()).await?;
        let page = PageRequest { limit: Some(500), cursor: None };
        let running = RunFilter { state: Some(RunState::Running), page, ..RunFilter::default() };
        let runs = engine.store.list_runs(running).await?;
        Ok(Health {
            version: env!("CARGO_PKG_VERSION"),
            sqlite_version: Store::sqlite_version(),
            is_leader: engine.store.is_leader(),
            shops_to_reauthorize: shops.iter().filter(|shop| shop.status == ShopStatus::Reauthorize).count(),
            shops: shops.len(),
            open_runs: runs.items.len(),
        })
    }
}
