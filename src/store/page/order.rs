//! Pages of orders, with their items.

use rusqlite::{Connection, ToSql, params};

use super::{PageResult, PageRow, PageWrite, Statements, store_page};
use crate::error::Result;
use crate::model::{OrderItem, OrderRecord, RunKind, ShopId, UtcMillis};
use crate::store::Store;
use crate::store::order::packages_to_json;
use crate::store::quarantine::BadKind;
use crate::store::row::{count, execute};

/// An order of a list.
pub(crate) struct OrderRow {
    pub(crate) record: OrderRecord,
    /// Of the record.
    pub(crate) hash: [u8; 16],
    /// The receiver's plain text, where the platform still sends it.
    pub(crate) sealed_receiver: Option<Vec<u8>>,
}

impl Store {
    /// Stores a page of orders.
    ///
    /// # Errors
    /// `CONFLICT` when the run has ended or the window is not open; `NOT_FOUND` when the run is gone.
    pub(crate) async fn store_order_page(&self, page: PageWrite<OrderRow>) -> Result<PageResult> {
        self.write("store_order_page", move |conn| store_page(conn, &page)).await
    }
}

impl PageRow for OrderRow {
    const RUN: RunKind = RunKind::Orders;
    const BAD: BadKind = BadKind::Order;
    const KNOWN: &'static str =
        "SELECT id, platform_updated_at, hash FROM orders WHERE shop_id = ?1 AND platform_order_id = ?2";
    const INSERT: &'static str = "INSERT INTO orders (status, platform_status, order_type, order_amount, pay_amount, post_amount,
            promotion_amount, pay_type, buyer_words, seller_words, seller_stars, buyer_open_id, receiver_name,
            receiver_name_cipher, receiver_phone, receiver_phone_cipher, receiver_detail, receiver_detail_cipher,
            receiver_province, receiver_city, receiver_town, receiver_street, receiver_sealed, packages,
            platform_created_at, platform_updated_at, paid_at, shipped_at, finished_at, ship_by, pay_by, hash,
            updated_at, synced_at, created_at, shop_id, platform_order_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
            ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?33, ?33, ?34, ?35)";
    const UPDATE: &'static str = "UPDATE orders SET status = ?1, platform_status = ?2, order_type = ?3, order_amount = ?4,
            pay_amount = ?5, post_amount = ?6, promotion_amount = ?7, pay_type = ?8, buyer_words = ?9,
            seller_words = ?10, seller_stars = ?11, buyer_open_id = ?12, receiver_name = ?13,
            receiver_name_cipher = ?14, receiver_phone = ?15, receiver_phone_cipher = ?16, receiver_detail = ?17,
            receiver_detail_cipher = ?18, receiver_province = ?19, receiver_city = ?20, receiver_town = ?21,
            receiver_street = ?22, receiver_sealed = ?23, packages = ?24, platform_created_at = ?25,
            platform_updated_at = ?26, paid_at = ?27, shipped_at = ?28, finished_at = ?29, ship_by = ?30,
            pay_by = ?31, hash = ?32, updated_at = ?33, synced_at = ?33
        WHERE id = ?34";

    fn platform_id(&self) -> &str {
        &self.record.platform_order_id
    }

    fn updated_at(&self) -> Option<UtcMillis> {
        Some(self.record.platform_updated_at)
    }

    fn hash(&self) -> &[u8; 16] {
        &self.hash
    }

    fn insert(&self, statements: &mut Statements<'_>, shop: ShopId, now: UtcMillis) -> Result<()> {
        let packages = packages_to_json(&self.record.packages)?;
        let content = content(self, &packages, &now);
        let id = statements.insert(content, &shop, &self.record.platform_order_id)?;
        insert_items(statements.conn, id, &self.record.items)
    }

    fn update(&self, statements: &mut Statements<'_>, id: i64, now: UtcMillis) -> Result<()> {
        let packages = packages_to_json(&self.record.packages)?;
        statements.update(content(self, &packages, &now), &id)?;
        execute(statements.conn, "DELETE FROM order_items WHERE order_id = ?1", [id])?;
        insert_items(statements.conn, id, &self.record.items)
    }
}

/// Stores one order outside a run.
pub(in crate::store) fn store_order(
    conn: &Connection,
    shop: ShopId,
    row: &OrderRow,
    now: UtcMillis,
) -> Result<()> {
    row.store(&mut Statements::of::<OrderRow>(conn)?, shop, now).map(drop)
}

/// The values `?1` to `?33` of both statements.
fn content<'a>(row: &'a OrderRow, packages: &'a dyn ToSql, now: &'a UtcMillis) -> Vec<&'a dyn ToSql> {
    let record = &row.record;
    let receiver = &record.receiver;
    vec![
        &record.status,
        &record.platform_status,
        &record.order_type,
        &record.order_amount,
        &record.pay_amount,
        &record.post_amount,
        &record.promotion_amount,
        &record.pay_type,
        &record.buyer_words,
        &record.seller_words,
        &record.seller_stars,
        &record.buyer_open_id,
        &receiver.name.masked,
        &receiver.name.cipher,
        &receiver.phone.masked,
        &receiver.phone.cipher,
        &receiver.detail.masked,
        &receiver.detail.cipher,
        &receiver.province,
        &receiver.city,
        &receiver.town,
        &receiver.street,
        &row.sealed_receiver,
        packages,
        &record.platform_created_at,
        &record.platform_updated_at,
        &record.paid_at,
        &record.shipped_at,
        &record.finished_at,
        &record.ship_by,
        &record.pay_by,
        &row.hash,
        now,
    ]
}

fn insert_items(conn: &Connection, order: i64, items: &[OrderItem]) -> Result<()> {
    let sql =
        "INSERT INTO order_items (order_id, position, platform_item_id, platform_product_id, platform_sku_id,
            outer_sku_id, code, name, quantity, origin_price, sum_amount, pay_amount, status, platform_status,
            after_sale_status, refund_status)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
    let mut statement = conn.prepare_cached(sql)?;
    for (position, item) in items.iter().enumerate() {
        let values = params![
            order,
            count(position)?,
            item.platform_item_id,
            item.platform_product_id,
            item.platform_sku_id,
            item.outer_sku_id,
            item.code,
            item.name,
            item.quantity,
            item.origin_price,
            item.sum_amount,
            item.pay_amount,
            item.status,
            item.platform_status,
            item.after_sale_status,
            item.refund_status,
        ];
        statement.execute(values)?;
    }
    Ok(())
}
