//! SKUs: the second stage of a product sync, for platforms whose lists carry none.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, params};

use super::Store;
use super::page::PageResult;
use super::quarantine::{BadKind, BadRow, Met, keep, release_children};
use super::row::{all, count, execute, first, to_json, value};
use super::run::{Step, advance, check_running};
use crate::error::Result;
use crate::model::{Fen, ProductId, ProductRecord, RunId, RunKind, ShopId, SkuRecord, UtcMillis};

#[cfg(test)]
mod tests;

/// A product whose SKUs are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SkuTask {
    pub(crate) product: ProductId,
    pub(crate) platform_product_id: String,
    /// The product's hash: if it moves while the SKUs are read, they stay due.
    pub(crate) version: [u8; 16],
}

/// A SKU to store.
pub(crate) struct SkuRow {
    pub(crate) record: SkuRecord,
    /// Of the record.
    pub(crate) hash: [u8; 16],
}

/// The SKUs of one product.
pub(crate) struct SkuWrite {
    pub(crate) product: ProductId,
    /// Of the task.
    pub(crate) version: [u8; 16],
    /// The product itself, where its list leaves out parts of it. Its status and times stay the list's.
    pub(crate) detail: Option<ProductRecord>,
    pub(crate) skus: Vec<SkuRow>,
    pub(crate) bad: Vec<BadRow>,
    /// The platform says that there is no such product: what we have is kept, and counts as read.
    pub(crate) missing: bool,
}

impl Store {
    /// Products whose SKUs are due, after `after`, in the order of their ids.
    pub(crate) async fn pending_skus(
        &self,
        shop: ShopId,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Vec<SkuTask>> {
        self.read("pending_skus", move |conn| pending_skus(conn, shop, after, limit)).await
    }

    /// How many products have their SKUs due.
    pub(crate) async fn count_pending_skus(&self, shop: ShopId) -> Result<i64> {
        self.read("count_pending_skus", move |conn| count_pending(conn, shop)).await
    }

    /// Makes the SKUs of all products due again. Answers how many are due then.
    pub(crate) async fn expire_skus(&self, shop: ShopId) -> Result<i64> {
        self.write("expire_skus", move |conn| expire_skus(conn, shop)).await
    }

    /// Replaces the SKUs of some products, and their price and stock with the SKUs' lowest and sum. A
    /// product that was removed meanwhile is passed over.
    ///
    /// # Errors
    /// `CONFLICT` when the run has ended; `NOT_FOUND` when it is gone.
    pub(crate) async fn store_skus(
        &self,
        shop: ShopId,
        run: RunId,
        writes: Vec<SkuWrite>,
        calls: i64,
        now: UtcMillis,
    ) -> Result<PageResult> {
        self.write("store_skus", move |conn| {
            let met = Met { shop, run, kind: BadKind::Sku, parent: None, now };
            store_skus(conn, &met, &writes, calls)
        })
        .await
    }
}

/// The statement that finds due SKUs; its conditions are those of the partial index.
pub(super) const PENDING: &str = "SELECT id, platform_product_id, hash FROM products
    WHERE shop_id = ?1 AND skus_hash IS NOT hash AND status <> 'deleted' AND id > ?2 ORDER BY id LIMIT ?3";

fn pending_skus(
    conn: &Connection,
    shop: ShopId,
    after: Option<ProductId>,
    limit: u32,
) -> Result<Vec<SkuTask>> {
    let after = after.unwrap_or(ProductId(i64::MIN));
    all(conn, PENDING, params![shop, after, limit], |row| {
        Ok(SkuTask { product: row.get(0)?, platform_product_id: row.get(1)?, version: row.get(2)? })
    })
}

pub(super) const COUNT_PENDING: &str = "SELECT count(*) FROM products
    WHERE shop_id = ?1 AND skus_hash IS NOT hash AND status <> 'deleted'";

fn count_pending(conn: &Connection, shop: ShopId) -> Result<i64> {
    value(conn, COUNT_PENDING, [shop])
}

fn expire_skus(conn: &Connection, shop: ShopId) -> Result<i64> {
    let sql = "UPDATE products SET skus_hash = NULL WHERE shop_id = ?1 AND skus_hash IS NOT NULL";
    execute(conn, sql, [shop])?;
    count_pending(conn, shop)
}

/// Numbers of rows that were written and that were not.
#[derive(Default)]
struct Tally {
    written: i64,
    unchanged: i64,
    quarantined: i64,
}

fn store_skus(conn: &Connection, met: &Met<'_>, writes: &[SkuWrite], calls: i64) -> Result<PageResult> {
    check_running(conn, met.run, met.shop, RunKind::Products)?;
    let mut tally = Tally::default();
    for write in writes {
        store_product_skus(conn, met, write, &mut tally)?;
    }
    let step = Step {
        detailed: count(writes.len())?,
        written: tally.written,
        unchanged: tally.unchanged,
        quarantined: tally.quarantined,
        calls,
        ..Step::default()
    };
    let (progress, cancel_requested) = advance(conn, met.run, &step, met.now)?;
    Ok(PageResult {
        written: tally.written,
        unchanged: tally.unchanged,
        stale: 0,
        progress,
        cancel_requested,
    })
}

fn store_product_skus(conn: &Connection, met: &Met<'_>, write: &SkuWrite, tally: &mut Tally) -> Result<()> {
    let sql = "SELECT platform_product_id FROM products WHERE id = ?1 AND shop_id = ?2";
    let parent: Option<String> = first(conn, sql, params![write.product, met.shop], |row| row.get(0))?;
    let Some(parent) = parent else { return Ok(()) };
    if write.missing {
        let sql = "UPDATE products SET skus_hash = ?2 WHERE id = ?1";
        return execute(conn, sql, params![write.product, write.version]).map(drop);
    }
    let set = (write.product, write.skus.as_slice(), write.bad.as_slice());
    let totals = replace_set(conn, (met.shop, met.now), set, tally)?;
    release_children(conn, met.shop, &parent, &write.bad)?;
    keep(conn, &Met { parent: Some(&parent), ..*met }, &write.bad)?;
    tally.quarantined += count(write.bad.len())?;
    let sql =
        "UPDATE products SET price = ?2, stock = ?3, skus_hash = ?4, skus_synced_at = ?5, synced_at = ?5,
            updated_at = iif(price IS ?2 AND stock IS ?3, updated_at, ?5)
        WHERE id = ?1";
    let values = params![write.product, totals.price, totals.stock, write.version, met.now];
    execute(conn, sql, values)?;
    write.detail.as_ref().map_or(Ok(()), |detail| fill_in(conn, write.product, detail, met.now))
}

/// Stores the parts of a product that its list leaves out.
fn fill_in(conn: &Connection, id: ProductId, detail: &ProductRecord, now: UtcMillis) -> Result<()> {
    let sql =
        "UPDATE products SET description = coalesce(?2, description), images = iif(?3 = '[]', images, ?3),
            outer_id = coalesce(?4, outer_id), category_id = coalesce(?5, category_id),
            platform_created_at = coalesce(?6, platform_created_at),
            platform_updated_at = coalesce(platform_updated_at, ?7), updated_at = ?8
        WHERE id = ?1 AND (description IS NOT coalesce(?2, description)
            OR images <> iif(?3 = '[]', images, ?3) OR outer_id IS NOT coalesce(?4, outer_id)
            OR category_id IS NOT coalesce(?5, category_id)
            OR platform_created_at IS NOT coalesce(?6, platform_created_at)
            OR platform_updated_at IS NOT coalesce(platform_updated_at, ?7))";
    let values = params![
        id,
        detail.description,
        to_json(&detail.images)?,
        detail.outer_id,
        detail.category_id,
        detail.platform_created_at,
        detail.platform_updated_at,
        now,
    ];
    execute(conn, sql, values).map(drop)
}

/// Replaces the SKUs of a product outside a run. Whether they are due stays as it is.
pub(super) fn refresh_product_skus(
    conn: &Connection,
    shop: ShopId,
    platform_product_id: &str,
    skus: &[SkuRow],
    now: UtcMillis,
) -> Result<()> {
    let sql = "SELECT id FROM products WHERE shop_id = ?1 AND platform_product_id = ?2";
    let product: Option<ProductId> = first(conn, sql, params![shop, platform_product_id], |row| row.get(0))?;
    let Some(product) = product else { return Ok(()) };
    let totals = replace_set(conn, (shop, now), (product, skus, &[]), &mut Tally::default())?;
    let sql = "UPDATE products SET price = ?2, stock = ?3, skus_synced_at = ?4, synced_at = ?4,
            updated_at = iif(price IS ?2 AND stock IS ?3, updated_at, ?4)
        WHERE id = ?1";
    execute(conn, sql, params![product, totals.price, totals.stock, now]).map(drop)
}

/// The lowest price and the sum of stocks of a set of SKUs; absent for an empty set, and for a sum that
/// does not fit.
#[derive(Clone, Copy)]
struct Totals {
    price: Option<Fen>,
    stock: Option<i64>,
}

impl Totals {
    fn of(skus: impl Iterator<Item = (Fen, i64)>) -> Self {
        let (mut price, mut stock): (Option<Fen>, _) = (None, Some(0_i64));
        for (sku_price, sku_stock) in skus {
            price = Some(price.map_or(sku_price, |lowest| lowest.min(sku_price)));
            stock = stock.and_then(|sum| sum.checked_add(sku_stock));
        }
        Self { price, stock: stock.filter(|_| price.is_some()) }
    }
}

struct KnownSku {
    id: i64,
    hash: [u8; 16],
    price: Fen,
    stock: i64,
}

fn replace_set(
    conn: &Connection,
    (shop, now): (ShopId, UtcMillis),
    (product, skus, bad): (ProductId, &[SkuRow], &[BadRow]),
    tally: &mut Tally,
) -> Result<Totals> {
    let mut known = known_skus(conn, product)?;
    // The last of two SKUs with one id counts, as it would in two answers.
    let mut seen = HashSet::new();
    let skus: Vec<_> = skus.iter().rev().filter(|sku| seen.insert(&sku.record.platform_sku_id)).collect();
    for sku in skus.iter().rev() {
        match known.remove(&sku.record.platform_sku_id) {
            Some(stored) if stored.hash == sku.hash => tally.unchanged += 1,
            Some(stored) => {
                update(conn, stored.id, sku, now)?;
                tally.written += 1;
            }
            None => {
                insert(conn, (shop, now), product, sku)?;
                tally.written += 1;
            }
        }
    }
    tally.written += drop_gone(conn, &mut known, bad)?;
    let read = skus.iter().map(|sku| (sku.record.price, sku.record.stock));
    Ok(Totals::of(read.chain(known.values().map(|kept| (kept.price, kept.stock)))))
}

fn known_skus(conn: &Connection, product: ProductId) -> Result<HashMap<String, KnownSku>> {
    let sql = "SELECT platform_sku_id, id, hash, price, stock FROM skus WHERE product_id = ?1";
    let rows = all(conn, sql, [product], |row| {
        let known = KnownSku { id: row.get(1)?, hash: row.get(2)?, price: row.get(3)?, stock: row.get(4)? };
        Ok((row.get(0)?, known))
    })?;
    Ok(rows.into_iter().collect())
}

/// Deletes the SKUs that the platform no longer has, and leaves in `known` those it may still have: a
/// record that could not be read is not a record that is gone.
fn drop_gone(conn: &Connection, known: &mut HashMap<String, KnownSku>, bad: &[BadRow]) -> Result<i64> {
    if bad.iter().any(|row| row.platform_id.is_none()) {
        return Ok(0);
    }
    let unreadable: HashSet<_> = bad.iter().filter_map(|row| row.platform_id.as_ref()).collect();
    let gone: Vec<_> = known.keys().filter(|id| !unreadable.contains(id)).cloned().collect();
    for id in &gone {
        if let Some(sku) = known.remove(id) {
            execute(conn, "DELETE FROM skus WHERE id = ?1", [sku.id])?;
        }
    }
    count(gone.len())
}

fn insert(
    conn: &Connection,
    (shop, now): (ShopId, UtcMillis),
    product: ProductId,
    sku: &SkuRow,
) -> Result<()> {
    let record = &sku.record;
    let sql =
        "INSERT INTO skus (shop_id, product_id, platform_sku_id, outer_id, code, price, stock, specs, extra,
            hash, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)";
    let values = params![
        shop,
        product,
        record.platform_sku_id,
        record.outer_id,
        record.code,
        record.price,
        record.stock,
        to_json(&record.specs)?,
        record.extra,
        sku.hash,
        now,
    ];
    execute(conn, sql, values).map(drop)
}

fn update(conn: &Connection, id: i64, sku: &SkuRow, now: UtcMillis) -> Result<()> {
    let record = &sku.record;
    let sql =
        "UPDATE skus SET outer_id = ?2, code = ?3, price = ?4, stock = ?5, specs = ?6, extra = ?7, hash = ?8,
            updated_at = ?9 WHERE id = ?1";
    let values = params![
        id,
        record.outer_id,
        record.code,
        record.price,
        record.stock,
        to_json(&record.specs)?,
        record.extra,
        sku.hash,
        now,
    ];
    execute(conn, sql, values).map(drop)
}
