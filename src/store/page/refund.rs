//! Pages of refunds.

use rusqlite::ToSql;

use super::{PageResult, PageRow, PageWrite, Statements, store_page};
use crate::error::Result;
use crate::model::{RefundRecord, RunKind, ShopId, UtcMillis};
use crate::store::Store;
use crate::store::quarantine::BadKind;

/// A refund of a list.
pub(crate) struct RefundRow {
    pub(crate) record: RefundRecord,
    /// Of the record.
    pub(crate) hash: [u8; 16],
}

impl Store {
    /// Stores a page of refunds.
    ///
    /// # Errors
    /// `CONFLICT` when the run has ended or the window is not open; `NOT_FOUND` when the run is gone.
    pub(crate) async fn store_refund_page(&self, page: PageWrite<RefundRow>) -> Result<PageResult> {
        self.write("store_refund_page", move |conn| store_page(conn, &page)).await
    }
}

impl PageRow for RefundRow {
    const RUN: RunKind = RunKind::Refunds;
    const BAD: BadKind = BadKind::Refund;
    const KNOWN: &'static str = "SELECT id, platform_updated_at, hash FROM refunds
            WHERE shop_id = ?1 AND platform_refund_id = ?2";
    const INSERT: &'static str = "INSERT INTO refunds (platform_order_id, platform_item_id, kind, platform_kind, status,
            platform_status, refund_amount, quantity, platform_product_id, platform_sku_id, reason, buyer_words,
            return_tracking_no, return_company, platform_created_at, platform_updated_at, deadline_at, extra, hash,
            updated_at, synced_at, created_at, shop_id, platform_refund_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?20,
            ?20, ?21, ?22)";
    const UPDATE: &'static str =
        "UPDATE refunds SET platform_order_id = ?1, platform_item_id = ?2, kind = ?3, platform_kind = ?4,
            status = ?5, platform_status = ?6, refund_amount = ?7, quantity = ?8, platform_product_id = ?9,
            platform_sku_id = ?10, reason = ?11, buyer_words = ?12, return_tracking_no = ?13,
            return_company = ?14, platform_created_at = ?15, platform_updated_at = ?16, deadline_at = ?17,
            extra = ?18, hash = ?19, updated_at = ?20, synced_at = ?20
        WHERE id = ?21";

    fn platform_id(&self) -> &str {
        &self.record.platform_refund_id
    }

    fn updated_at(&self) -> Option<UtcMillis> {
        Some(self.record.platform_updated_at)
    }

    fn hash(&self) -> &[u8; 16] {
        &self.hash
    }

    fn insert(&self, statements: &mut Statements<'_>, shop: ShopId, now: UtcMillis) -> Result<()> {
        statements.insert(content(self, &now), &shop, &self.record.platform_refund_id).map(drop)
    }

    fn update(&self, statements: &mut Statements<'_>, id: i64, now: UtcMillis) -> Result<()> {
        statements.update(content(self, &now), &id)
    }
}

/// The values `?1` to `?20` of both statements.
fn content<'a>(row: &'a RefundRow, now: &'a UtcMillis) -> Vec<&'a dyn ToSql> {
    let record = &row.record;
    vec![
        &record.platform_order_id,
        &record.platform_item_id,
        &record.kind,
        &record.platform_kind,
        &record.status,
        &record.platform_status,
        &record.refund_amount,
        &record.quantity,
        &record.platform_product_id,
        &record.platform_sku_id,
        &record.reason,
        &record.buyer_words,
        &record.return_tracking_no,
        &record.return_company,
        &record.platform_created_at,
        &record.platform_updated_at,
        &record.deadline_at,
        &record.extra,
        &row.hash,
        now,
    ]
}
