//! Around a write that was accepted: the local rows as the platform shows them now, and older writes that
//! may still arrive.

use rusqlite::{Connection, params};

use super::{COLUMNS, RESTORED_AT, SendRow, read_send};
use crate::error::Result;
use crate::model::{ProductRecord, ShopId, UtcMillis};
use crate::store::Store;
use crate::store::page::{OrderRow, store_order};
use crate::store::row::{all, execute, first};
use crate::store::sku::{SkuRow, refresh_product_skus};

impl Store {
    /// The newest accepted change of each target where an older one, sent after `since`, was replaced while
    /// nobody knew whether it was done: pairs of the older and the newest.
    pub(crate) async fn overtaken_sends(&self, since: UtcMillis) -> Result<Vec<(SendRow, SendRow)>> {
        self.read("overtaken_sends", move |conn| overtaken(conn, since)).await
    }

    /// Takes over the SKUs of a product as they were just read, unless the product is not known here.
    pub(crate) async fn refresh_skus(
        &self,
        shop: ShopId,
        platform_product_id: String,
        skus: Vec<SkuRow>,
        now: UtcMillis,
    ) -> Result<()> {
        self.write("refresh_skus", move |conn| {
            refresh_product_skus(conn, shop, &platform_product_id, &skus, now)
        })
        .await
    }

    /// Takes over where a product stands, unless the row is newer.
    pub(crate) async fn refresh_product_status(
        &self,
        shop: ShopId,
        record: ProductRecord,
        now: UtcMillis,
    ) -> Result<()> {
        self.write("refresh_product_status", move |conn| {
            let sql = "UPDATE products SET status = ?3, platform_status = ?4, updated_at = ?5, synced_at = ?5
                WHERE shop_id = ?1 AND platform_product_id = ?2
                    AND (platform_updated_at IS NULL OR ?6 IS NULL OR platform_updated_at <= ?6)";
            let values = params![
                shop,
                record.platform_product_id,
                record.status,
                record.platform_status,
                now,
                record.platform_updated_at,
            ];
            execute(conn, sql, values).map(drop)
        })
        .await
    }

    /// Stores an order as it was just read, unless the row is newer.
    pub(crate) async fn refresh_order(&self, shop: ShopId, order: OrderRow, now: UtcMillis) -> Result<()> {
        self.write("refresh_order", move |conn| store_order(conn, shop, &order, now)).await
    }
}

pub(super) fn overtaken(conn: &Connection, since: UtcMillis) -> Result<Vec<(SendRow, SendRow)>> {
    // What is the newest value in a restored database may be an old one.
    let old = format!(
        "SELECT {COLUMNS} FROM sends WHERE state = 'superseded' AND unsure = 1 AND signed_at >= ?1
            AND signed_at >= coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?2), 0) ORDER BY id"
    );
    let newest = format!(
        "SELECT {COLUMNS} FROM sends WHERE shop_id = ?1 AND operation = ?2 AND target = ?3 ORDER BY id DESC LIMIT 1"
    );
    let mut pairs = Vec::new();
    for old in all(conn, &old, params![since, RESTORED_AT], read_send)? {
        let lane = params![old.change.shop_id, old.change.operation, old.change.target];
        if let Some(newest) = first(conn, &newest, lane, read_send)?
            && newest.change.finished_at.is_some()
        {
            pairs.push((old, newest));
        }
    }
    Ok(pairs)
}
