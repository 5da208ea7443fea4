//! Orders, read back.

use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::Store;
use super::cursor::{Cursor, cursor_of, limit_of, page_of, rows_for};
use super::row::{Columns, all, first, not_found, to_json};
use crate::error::Result;
use crate::model::{
    BuyerField, Order, OrderFilter, OrderId, OrderItem, OrderRecord, Package, Page, Receiver, UtcMillis,
};

const LIST: &str = "orders";
const COLUMNS: &str = "id, shop_id, synced_at, platform_order_id, status, platform_status, order_type,
    order_amount, pay_amount, post_amount, promotion_amount, pay_type, buyer_words, seller_words, seller_stars,
    buyer_open_id, receiver_name, receiver_name_cipher, receiver_phone, receiver_phone_cipher, receiver_detail,
    receiver_detail_cipher, receiver_province, receiver_city, receiver_town, receiver_street, packages,
    platform_created_at, platform_updated_at, paid_at, shipped_at, finished_at, ship_by, pay_by";

impl Store {
    /// The orders of a filter, newest change first.
    pub(crate) async fn list_orders(&self, filter: OrderFilter) -> Result<Page<Order>> {
        self.read("list_orders", move |conn| list_orders(conn, &filter)).await
    }

    /// One order, or `NOT_FOUND`.
    pub(crate) async fn get_order(&self, id: OrderId) -> Result<Order> {
        self.read("get_order", move |conn| get_order(conn, id)).await
    }
}

/// The statement that lists orders. Each shape of the filter is its own, so that each finds its index.
pub(super) fn list_sql(by_shop: bool, by_status: bool) -> String {
    let by_shop = if by_shop { "shop_id = ?1" } else { "?1 IS NULL" };
    let by_status = if by_status { "status = ?2" } else { "?2 IS NULL" };
    format!(
        "SELECT {COLUMNS} FROM orders
            WHERE {by_shop} AND {by_status} AND platform_updated_at >= ?3 AND (platform_updated_at, id) < (?4, ?5)
            ORDER BY platform_updated_at DESC, id DESC LIMIT ?6"
    )
}

pub(super) fn list_orders(conn: &Connection, filter: &OrderFilter) -> Result<Page<Order>> {
    let limit = limit_of(&filter.page)?;
    let below = upper_bound(filter, cursor_of(&filter.page, LIST)?);
    let sql = list_sql(filter.shop_id.is_some(), filter.status.is_some());
    let from = filter.updated_from.unwrap_or(UtcMillis(i64::MIN));
    let values = params![filter.shop_id, filter.status, from, below.key, below.id, rows_for(limit)];
    let rows = all(conn, &sql, values, read_order)?;
    let mut page = page_of(rows, limit, LIST, |order| Cursor {
        key: order.record.platform_updated_at.0,
        id: order.id.0,
    });
    page.items.iter_mut().try_for_each(|order| fill_items(conn, order))?;
    Ok(page)
}

/// The place below which the page starts: the cursor, or the end of the time that is asked for.
fn upper_bound(filter: &OrderFilter, cursor: Option<Cursor>) -> Cursor {
    let cursor = cursor.unwrap_or(Cursor { key: i64::MAX, id: i64::MAX });
    match filter.updated_to {
        Some(to) if to.0 <= cursor.key => Cursor { key: to.0, id: i64::MIN },
        _ => cursor,
    }
}

pub(super) fn get_order(conn: &Connection, id: OrderId) -> Result<Order> {
    let mut order = first(conn, &format!("SELECT {COLUMNS} FROM orders WHERE id = ?1"), [id], read_order)?
        .ok_or_else(|| not_found("order", id))?;
    fill_items(conn, &mut order)?;
    Ok(order)
}

fn fill_items(conn: &Connection, order: &mut Order) -> Result<()> {
    let sql =
        "SELECT platform_item_id, platform_product_id, platform_sku_id, outer_sku_id, code, name, quantity,
            origin_price, sum_amount, pay_amount, status, platform_status, after_sale_status, refund_status
        FROM order_items WHERE order_id = ?1 ORDER BY position";
    order.record.items = all(conn, sql, [order.id], read_item)?;
    Ok(())
}

fn read_order(row: &Row<'_>) -> rusqlite::Result<Order> {
    let mut columns = Columns::of(row);
    Ok(Order {
        id: columns.take()?,
        shop_id: columns.take()?,
        synced_at: columns.take()?,
        record: OrderRecord {
            platform_order_id: columns.take()?,
            status: columns.take()?,
            platform_status: columns.take()?,
            order_type: columns.take()?,
            order_amount: columns.take()?,
            pay_amount: columns.take()?,
            post_amount: columns.take()?,
            promotion_amount: columns.take()?,
            pay_type: columns.take()?,
            buyer_words: columns.take()?,
            seller_words: columns.take()?,
            seller_stars: columns.take()?,
            buyer_open_id: columns.take()?,
            receiver: Receiver {
                name: read_buyer(&mut columns)?,
                phone: read_buyer(&mut columns)?,
                detail: read_buyer(&mut columns)?,
                province: columns.take()?,
                city: columns.take()?,
                town: columns.take()?,
                street: columns.take()?,
            },
            packages: packages_of(columns.json()?),
            items: Vec::new(),
            platform_created_at: columns.take()?,
            platform_updated_at: columns.take()?,
            paid_at: columns.take()?,
            shipped_at: columns.take()?,
            finished_at: columns.take()?,
            ship_by: columns.take()?,
            pay_by: columns.take()?,
        },
    })
}

fn read_buyer(columns: &mut Columns<'_, '_>) -> rusqlite::Result<BuyerField> {
    Ok(BuyerField { masked: columns.take()?, cipher: columns.take()? })
}

fn read_item(row: &Row<'_>) -> rusqlite::Result<OrderItem> {
    let mut columns = Columns::of(row);
    Ok(OrderItem {
        platform_item_id: columns.take()?,
        platform_product_id: columns.take()?,
        platform_sku_id: columns.take()?,
        outer_sku_id: columns.take()?,
        code: columns.take()?,
        name: columns.take()?,
        quantity: columns.take()?,
        origin_price: columns.take()?,
        sum_amount: columns.take()?,
        pay_amount: columns.take()?,
        status: columns.take()?,
        platform_status: columns.take()?,
        after_sale_status: columns.take()?,
        refund_status: columns.take()?,
    })
}

/// A parcel as the column `packages` holds it.
#[derive(Serialize, Deserialize)]
struct StoredPackage {
    tracking_no: String,
    company: Option<String>,
    delivery_id: Option<String>,
    shipped_at_ms: Option<i64>,
}

/// The column `packages`.
pub(super) fn packages_to_json(packages: &[Package]) -> Result<String> {
    if packages.is_empty() {
        return Ok("[]".to_owned());
    }
    let stored: Vec<_> = packages
        .iter()
        .map(|package| StoredPackage {
            tracking_no: package.tracking_no.clone(),
            company: package.company.clone(),
            delivery_id: package.delivery_id.clone(),
            shipped_at_ms: package.shipped_at.map(|at| at.0),
        })
        .collect();
    to_json(&stored)
}

fn packages_of(stored: Vec<StoredPackage>) -> Vec<Package> {
    let package = |stored: StoredPackage| Package {
        tracking_no: stored.tracking_no,
        company: stored.company,
        delivery_id: stored.delivery_id,
        shipped_at: stored.shipped_at_ms.map(UtcMillis),
    };
    stored.into_iter().map(package).collect()
}
