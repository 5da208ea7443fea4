//! What of a shop's changes has not ended, for who explains the shop.

use rusqlite::Connection;

use crate::error::Result;
use crate::model::{OpenChanges, ShopId};
use crate::store::Store;
use crate::store::row::all;

/// The plus keeps SQLite from the shop's index, behind which all that ended lie too.
pub(super) const OPEN: &str = "SELECT state, count(*), min(created_at) FROM sends
    WHERE state IN ('queued', 'retry_wait', 'intent', 'unknown', 'needs_human') AND +shop_id = ?1 GROUP BY state";

pub(super) fn open_changes(conn: &Connection, shop: ShopId) -> Result<Vec<OpenChanges>> {
    all(conn, OPEN, [shop], |row| {
        Ok(OpenChanges { state: row.get(0)?, count: row.get(1)?, oldest_at: row.get(2)? })
    })
}

impl Store {
    /// The changes of a shop that have not ended, by state.
    pub(crate) async fn open_changes(&self, shop: ShopId) -> Result<Vec<OpenChanges>> {
        self.read("open_changes", move |conn| open_changes(conn, shop)).await
    }
}
