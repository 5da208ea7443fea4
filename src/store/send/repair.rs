//! Around a write that was accepted: the local rows as the platform shows them now, and older writes that
//! may still arrive.

use std::time::Duration;

use rusqlite::{Connection, Row, params};

use super::{COLUMNS, Enqueued, NewSend, RESTORED_AT, SendRow, enqueue, read_send};
use crate::error::Result;
use crate::model::{ChangeId, Operation, ProductRecord, ShopId, UtcMillis};
use crate::store::Store;
use crate::store::page::{OrderRow, store_order};
use crate::store::row::{all, execute, first};
use crate::store::sku::{SkuRow, refresh_product_skus};

impl Store {
    /// Pairs of an older change that may still arrive and the newest one of its target, where both have ended: the
    /// older was claimed after `since`, or the newest has ended after it.
    pub(crate) async fn overtaken_sends(&self, since: UtcMillis) -> Result<Vec<(SendRow, SendRow)>> {
        self.read("overtaken_sends", move |conn| overtaken(conn, since)).await
    }

    /// Queues a change unless there is a newer one of its target than `newest`.
    pub(crate) async fn enqueue_send_after(
        &self,
        new: NewSend,
        newest: ChangeId,
    ) -> Result<Option<ChangeId>> {
        self.write("enqueue_send_after", move |conn| enqueue_after(conn, &new, newest)).await
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

pub(super) fn enqueue_after(conn: &Connection, new: &NewSend, newest: ChangeId) -> Result<Option<ChangeId>> {
    let (operation, target) = (new.wanted.operation(), new.wanted.target());
    let still = newest_of(conn, new.shop, operation, &target)?.is_some_and(|send| send.change.id == newest);
    if !still {
        return Ok(None);
    }
    Ok(match enqueue(conn, new)? {
        Enqueued::New { id, .. } => Some(id),
        Enqueued::Same(_) | Enqueued::Busy(_) => None,
    })
}

fn newest_of(conn: &Connection, shop: ShopId, operation: Operation, target: &str) -> Result<Option<SendRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sends WHERE shop_id = ?1 AND operation = ?2 AND target = ?3 ORDER BY id DESC LIMIT 1"
    );
    first(conn, &sql, params![shop, operation, target], read_send)
}

/// Looked for among the changes of so long ago. A newest one that takes longer to end is not waited for.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

pub(super) fn overtaken(conn: &Connection, since: UtcMillis) -> Result<Vec<(SendRow, SendRow)>> {
    // What is the newest value in a restored database may be an old one.
    let old = format!(
        "SELECT {COLUMNS}, signed_at >= ?2 AS is_young FROM sends WHERE finished_at IS NOT NULL AND unsure = 1 AND signed_at >= ?1
            AND signed_at >= coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?3), 0) ORDER BY id"
    );
    let values = params![since.minus(PATIENCE), since, RESTORED_AT];
    let with_age = |row: &Row<'_>| Ok((read_send(row)?, row.get("is_young")?));
    let mut pairs = Vec::new();
    for (old, is_young) in all(conn, &old, values, with_age)? {
        let lane = &old.change;
        if let Some(newest) = newest_of(conn, lane.shop_id, lane.operation, &lane.target)?
            && newest.change.id != lane.id
            && newest.change.finished_at.is_some_and(|end| is_young || end >= since)
        {
            pairs.push((old, newest));
        }
    }
    Ok(pairs)
}
