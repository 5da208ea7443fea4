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
    /// How often a background task died of a panic and was started again.
    pub restarted_tasks: u64,
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
            restarted_tasks: engine.store.supervisor().restarts(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::auth::{KeyRing, MasterKey};
    use crate::config::HubConfig;
    use crate::hub::Hub;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_background_task_that_panics_is_started_again_and_health_tells() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyRing::new(MasterKey::from_bytes(b"0123456789abcdefghijklmnopqrstuv").unwrap());
        let hub = Hub::open(HubConfig::new(folder.path().join("shop.db"), keys)).await.unwrap();
        assert_eq!(hub.health().await.unwrap().restarted_tasks, 0);
        for (times, task) in [(1, "reaper"), (2, "heartbeat"), (3, "reaper")] {
            hub.engine().unwrap().store.supervisor().plant_panic(task);
            let told = async {
                while hub.health().await.unwrap().restarted_tasks < times {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(5), told).await.expect(task);
        }
        assert!(hub.health().await.unwrap().is_leader);
        // The tasks that came back end with the hub.
        tokio::time::timeout(Duration::from_secs(5), hub.close()).await.unwrap().unwrap();
    }
}
