//! Tests of the engine on real files, some with real processes.

mod backing;
mod child;
mod crash;
#[cfg(unix)]
mod disk;
#[cfg(unix)]
mod faults;
mod lease;
#[cfg(target_os = "linux")]
mod locks;
mod measure;
mod migrating;
mod opening;
#[cfg(unix)]
mod power;
mod querying;
mod restoring;
mod sharing;
#[cfg(unix)]
mod vfs;
#[cfg(unix)]
mod work;
mod writing;

#[cfg(unix)]
pub(super) use disk::adjust;
#[cfg(unix)]
pub(super) use vfs::connect;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::migrate::{Plan, STEPS, newest};
use super::{KeyCheck, Store, StoreOptions};
use crate::clock::{Clock, ManualClock};
use crate::error::{Error, Result};
use crate::model::{RunKind, ShopId, UtcMillis};
use crate::tests::number;

/// What a build that knows more steps of the schema has: ours and these.
fn newer_plan(more: &[&str]) -> Plan {
    let names: Vec<String> =
        (newest() + 1..).take(more.len()).map(|version| format!("V{version}__more")).collect();
    let steps = STEPS.into_iter().chain(names.iter().map(String::as_str).zip(more.iter().copied()));
    Plan::new(&steps.collect::<Vec<_>>()).unwrap()
}

/// A directory of its own and a database path in it.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("shop.db")
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        super::beside(&self.path(), suffix)
    }

    async fn open(&self) -> Result<Store> {
        open(&self.path()).await
    }
}

fn options(path: &Path) -> StoreOptions {
    StoreOptions { path: path.to_owned(), force_network: false, clock: Clock::system() }
}

async fn open(path: &Path) -> Result<Store> {
    Store::open(options(path), |_| Ok(Vec::new())).await
}

/// Opens as a build that knows one more step of the schema.
async fn open_newer(path: &Path) -> Result<Store> {
    let plan = newer_plan(&["CREATE TABLE next (a INTEGER) STRICT"]);
    Store::open_with(options(path), plan, |_| Ok(Vec::new())).await
}

fn manual() -> (ManualClock, Clock) {
    let manual = ManualClock::new(UtcMillis(1_800_000_000_000));
    (manual.clone(), manual.clock())
}

async fn put(store: &Store, key: impl Into<String>) -> Result<()> {
    let key = key.into();
    let put = move |conn: &rusqlite::Connection| {
        conn.prepare_cached("INSERT INTO meta (key, value) VALUES (?1, 'x')")?.execute([key])?;
        Ok(())
    };
    store.write("test.put", put).await
}

async fn keys(store: &Store) -> Vec<String> {
    let read = |conn: &rusqlite::Connection| {
        let mut statement = conn.prepare_cached("SELECT key FROM meta ORDER BY key")?;
        let keys: rusqlite::Result<Vec<String>> = statement.query_map([], |row| row.get(0))?.collect();
        Ok(keys?)
    };
    store.read("test.keys", read).await.unwrap()
}

impl Store {
    /// When the platform last changed each record that is here.
    pub(crate) async fn change_times(
        &self,
        shop: ShopId,
        kind: RunKind,
    ) -> Result<BTreeMap<String, UtcMillis>> {
        let sql = match kind {
            RunKind::Orders => "SELECT platform_order_id, platform_updated_at FROM orders WHERE shop_id = ?1",
            RunKind::Products => {
                "SELECT platform_product_id, platform_updated_at FROM products WHERE shop_id = ?1"
            }
            RunKind::Refunds => {
                "SELECT platform_refund_id, platform_updated_at FROM refunds WHERE shop_id = ?1"
            }
        };
        let read = move |conn: &rusqlite::Connection| {
            let mut statement = conn.prepare_cached(sql)?;
            let rows = statement.query_map([shop.0], |row| Ok((row.get(0)?, UtcMillis(row.get(1)?))))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        };
        self.read("test.change_times", read).await
    }
}

fn error_of<T>(result: Result<T>) -> Error {
    match result {
        Ok(_) => panic!("this must fail"),
        Err(error) => error,
    }
}

fn check(key_id: &str) -> KeyCheck {
    KeyCheck::new(key_id.into(), vec![1, 2, 3])
}
