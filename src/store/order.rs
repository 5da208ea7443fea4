//! Orders, read back.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::Store;
use super::cursor::{Cursor, cursor_of, limit_of, page_of, rows_for};
use super::row::{Columns, all, first, not_found, to_json};
use crate::error::Result;
use crate::model::{
    BuyerField, Order, OrderFilter, OrderId, OrderItem, OrderRecord, Package, Page, Receiver, ShopId,
    UtcMillis,
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

    /// When these orders of a shop changed on the platform, and when they were last written; those that we
    /// have, by the platform's id.
    pub(crate) async fn order_times(
        &self,
        shop: ShopId,
        platform_ids: Vec<String>,
    ) -> Result<HashMap<String, (UtcMillis, UtcMillis)>> {
        self.read("order_times", move |conn| order_times(conn, shop, platform_ids)).await
    }

    /// One order, or `NOT_FOUND`.
    pub(crate) async fn get_order(&self, id: OrderId) -> Result<Order> {
        self.read("get_order", move |conn| get_order(conn, id)).await
    }
}

/// The statement that lists orders. Each shape of the filter names its index: with equal estimates SQLite
/// takes the one without the status, and walks a whole shop to find a rare one.
pub(super) fn list_sql(by_shop: bool, by_status: bool) -> String {
    let index = match (by_shop, by_status) {
        (false, false) => "orders_by_update",
        (true, false) => "orders_by_shop_and_update",
        (false, true) => "orders_by_status_and_update",
        (true, true) => "orders_by_shop_status_and_update",
    };
    let by_shop = if by_shop { "shop_id = ?1" } else { "?1 IS NULL" };
    let by_status = if by_status { "status = ?2" } else { "?2 IS NULL" };
    format!(
        "SELECT {COLUMNS} FROM orders INDEXED BY {index}
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

fn order_times(
    conn: &Connection,
    shop: ShopId,
    platform_ids: Vec<String>,
) -> Result<HashMap<String, (UtcMillis, UtcMillis)>> {
    let sql =
        "SELECT platform_updated_at, synced_at FROM orders WHERE shop_id = ?1 AND platform_order_id = ?2";
    let mut times = HashMap::new();
    for id in platform_ids {
        if let Some(known) = first(conn, sql, params![shop, id], |row| Ok((row.get(0)?, row.get(1)?)))? {
            times.insert(id, known);
        }
    }
    Ok(times)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{OrderStatus, PageRequest, RunKind, ShopId};
    use crate::store::fixture::{at, database, order, page, run, shop, window};
    use crate::store::page::{PageWrite, store_page};

    /// Thirty orders, three of each time of change; every third is shipped.
    fn thirty(conn: &Connection) -> ShopId {
        let shop = shop(conn);
        let run = run(conn, shop, RunKind::Orders);
        let window = window(conn, shop, run, RunKind::Orders);
        let rows = (0..30).map(|n| {
            let mut row = order(&format!("o{n:02}"), n / 3, 1);
            if n % 3 == 0 {
                row.record.status = OrderStatus::Shipped;
            }
            row
        });
        let rows = rows.collect();
        store_page(conn, &PageWrite { rows, ..page(shop, run, window) }).unwrap();
        shop
    }

    fn walk(conn: &Connection, filter: &OrderFilter, limit: u32) -> Vec<String> {
        let mut filter = filter.clone();
        filter.page = PageRequest { limit: Some(limit), cursor: None };
        let mut seen = Vec::new();
        loop {
            let found = list_orders(conn, &filter).unwrap();
            assert!(found.items.len() <= usize::try_from(limit).unwrap());
            seen.extend(found.items.into_iter().map(|order| order.record.platform_order_id));
            filter.page.cursor = found.next_cursor;
            if filter.page.cursor.is_none() {
                return seen;
            }
        }
    }

    #[test]
    fn walking_the_pages_loses_and_repeats_nothing_though_times_are_equal() {
        let conn = database();
        let shop = thirty(&conn);
        let newest_first: Vec<_> = (0..30).rev().map(|n| format!("o{n:02}")).collect();
        let shipped: Vec<_> = (0..30).rev().filter(|n| n % 3 == 0).map(|n| format!("o{n:02}")).collect();
        let all = OrderFilter::default();
        let of_shop = OrderFilter { shop_id: Some(shop), ..all.clone() };
        let status = Some(OrderStatus::Shipped);
        for limit in [1, 2, 3, 7, 29, 30, 31, 500] {
            assert_eq!(walk(&conn, &all, limit), newest_first);
            assert_eq!(walk(&conn, &of_shop, limit), newest_first);
            assert_eq!(walk(&conn, &OrderFilter { status, ..all.clone() }, limit), shipped);
            assert_eq!(walk(&conn, &OrderFilter { status, ..of_shop.clone() }, limit), shipped);
        }
        assert!(walk(&conn, &OrderFilter { shop_id: Some(ShopId(9)), ..all }, 5).is_empty());
    }

    #[test]
    fn a_time_of_change_is_from_and_with_its_start_and_before_its_end() {
        let conn = database();
        thirty(&conn);
        let filter =
            OrderFilter { updated_from: Some(at(2)), updated_to: Some(at(4)), ..OrderFilter::default() };
        let expected: Vec<_> = (6..12).rev().map(|n| format!("o{n:02}")).collect();
        for limit in [1, 3, 4, 100] {
            assert_eq!(walk(&conn, &filter, limit), expected);
        }
        let empty = OrderFilter { updated_to: Some(at(2)), ..filter };
        assert!(walk(&conn, &empty, 5).is_empty());
    }

    #[test]
    fn an_order_that_moves_up_while_someone_walks_hides_no_other() {
        let conn = database();
        let shop = thirty(&conn);
        let filter = |cursor| OrderFilter {
            page: PageRequest { limit: Some(10), cursor },
            ..OrderFilter { shop_id: Some(shop), ..OrderFilter::default() }
        };
        let first = list_orders(&conn, &filter(None)).unwrap();
        conn.execute("UPDATE orders SET platform_updated_at = ?1 WHERE platform_order_id = 'o05'", [at(99)])
            .unwrap();
        let second = list_orders(&conn, &filter(first.next_cursor)).unwrap();
        let ids: Vec<_> = second.items.into_iter().map(|order| order.record.platform_order_id).collect();
        assert_eq!(ids, (10..20).rev().map(|n| format!("o{n:02}")).collect::<Vec<_>>());
    }

    #[test]
    fn a_cursor_of_another_list_and_a_limit_out_of_range_are_refused() {
        let conn = database();
        thirty(&conn);
        let list = |limit, cursor: Option<&str>| {
            let page = PageRequest { limit, cursor: cursor.map(str::to_owned) };
            list_orders(&conn, &OrderFilter { page, ..OrderFilter::default() })
        };
        for bad in
            [list(Some(0), None), list(Some(501), None), list(None, Some("")), list(None, Some("1 OR 1=1"))]
        {
            assert_eq!(bad.unwrap_err().code(), "INVALID_REQUEST");
        }
        assert_eq!(list(None, None).unwrap().items.len(), 30);
    }
}
