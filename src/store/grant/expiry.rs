//! Grants whose end nears, and of which end somebody was told.

use rusqlite::{Connection, params};

use super::{COLUMNS, read_grant};
use crate::error::Result;
use crate::model::{PlatformId, ShopId, UtcMillis};
use crate::store::Store;
use crate::store::row::{all, execute};

impl Store {
    /// All grants that are not dead, with their platforms.
    pub(crate) async fn live_grants(&self) -> Result<Vec<(super::GrantRow, PlatformId)>> {
        self.read("live_grants", live_grants).await
    }

    /// Notes that somebody is told of the end of a grant so many days ahead. False when that was done before, or
    /// when the grant has moved.
    pub(crate) async fn note_warning(
        &self,
        shop: ShopId,
        generation: i64,
        days: u32,
        end: UtcMillis,
    ) -> Result<bool> {
        self.write("note_warning", move |conn| note_warning(conn, shop, generation, days, end)).await
    }
}

fn live_grants(conn: &Connection) -> Result<Vec<(super::GrantRow, PlatformId)>> {
    let sql = format!(
        "SELECT {COLUMNS}, p.platform_name FROM grants g JOIN shops s ON s.id = g.shop_id
            JOIN ecommerce_platforms p ON p.id = s.platform_id WHERE g.state <> 'reauthorize' ORDER BY g.id"
    );
    all(conn, &sql, [], |row| Ok((read_grant(row)?, row.get("platform_name")?)))
}

/// An end within an hour of the one that was told of is the same: platforms give lives, not moments.
pub(super) fn note_warning(
    conn: &Connection,
    shop: ShopId,
    generation: i64,
    days: u32,
    end: UtcMillis,
) -> Result<bool> {
    let sql = "UPDATE grants SET warned_days = ?3, warned_end = ?4
        WHERE shop_id = ?1 AND generation = ?2 AND state <> 'reauthorize'
            AND (warned_days IS NULL OR warned_days > ?3 OR abs(warned_end - ?4) >= 3600000)";
    Ok(execute(conn, sql, params![shop, generation, days, end])? > 0)
}
