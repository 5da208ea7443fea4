//! Pages of products.

use rusqlite::ToSql;

use super::{PageResult, PageRow, PageWrite, Statements, store_page};
use crate::error::Result;
use crate::model::{ProductRecord, RunKind, ShopId, UtcMillis};
use crate::store::Store;
use crate::store::quarantine::BadKind;
use crate::store::row::to_json;

/// A product of a list.
pub(crate) struct ProductRow {
    pub(crate) record: ProductRecord,
    /// Of the record; the version of the product whose SKUs are read.
    pub(crate) hash: [u8; 16],
    /// The list leaves out parts that are read together with the SKUs: what we have of them stays.
    pub(crate) is_thin: bool,
}

impl Store {
    /// Stores a page of products. A product that is written has its SKUs due again.
    ///
    /// # Errors
    /// `CONFLICT` when the run has ended or the window is not open; `NOT_FOUND` when the run is gone.
    pub(crate) async fn store_product_page(&self, page: PageWrite<ProductRow>) -> Result<PageResult> {
        self.write("store_product_page", move |conn| store_page(conn, &page)).await
    }
}

impl PageRow for ProductRow {
    const RUN: RunKind = RunKind::Products;
    const BAD: BadKind = BadKind::Product;
    const KNOWN: &'static str = "SELECT id, platform_updated_at, hash FROM products
            WHERE shop_id = ?1 AND platform_product_id = ?2";
    const INSERT: &'static str =
        "INSERT INTO products (product_name, outer_id, category_id, description, images, status,
            platform_status, platform_created_at, platform_updated_at, extra, hash, updated_at, synced_at,
            created_at, shop_id, platform_product_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?12, ?13, ?14)";
    // Whether the list leaves parts out comes between content and id. A platform may move the time of change for its
    // SKUs alone, so these are due whatever the hash is.
    const UPDATE: &'static str =
        "UPDATE products SET product_name = ?1, outer_id = iif(?13, coalesce(?2, outer_id), ?2),
            category_id = iif(?13, coalesce(?3, category_id), ?3),
            description = iif(?13, coalesce(?4, description), ?4),
            images = iif(?13 AND ?5 = '[]', images, ?5), status = ?6, platform_status = ?7,
            platform_created_at = ?8, platform_updated_at = ?9, extra = ?10, hash = ?11, skus_hash = NULL,
            updated_at = ?12, synced_at = ?12
        WHERE id = ?14";

    fn platform_id(&self) -> &str {
        &self.record.platform_product_id
    }

    fn updated_at(&self) -> Option<UtcMillis> {
        self.record.platform_updated_at
    }

    fn hash(&self) -> &[u8; 16] {
        &self.hash
    }

    fn insert(&self, statements: &mut Statements<'_>, shop: ShopId, now: UtcMillis) -> Result<()> {
        let images = to_json(&self.record.images)?;
        let content = content(self, &images, &now);
        statements.insert(content, &shop, &self.record.platform_product_id).map(drop)
    }

    fn update(&self, statements: &mut Statements<'_>, id: i64, now: UtcMillis) -> Result<()> {
        let images = to_json(&self.record.images)?;
        let mut content = content(self, &images, &now);
        content.push(&self.is_thin);
        statements.update(content, &id)
    }
}

/// The values `?1` to `?12` of both statements.
fn content<'a>(row: &'a ProductRow, images: &'a dyn ToSql, now: &'a UtcMillis) -> Vec<&'a dyn ToSql> {
    let record = &row.record;
    vec![
        &record.name,
        &record.outer_id,
        &record.category_id,
        &record.description,
        images,
        &record.status,
        &record.platform_status,
        &record.platform_created_at,
        &record.platform_updated_at,
        &record.extra,
        &row.hash,
        now,
    ]
}
