//! Refunds, read back.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::cursor::{Cursor, cursor_of, limit_of, page_of, rows_for};
use super::row::{Columns, all, first, not_found};
use crate::error::Result;
use crate::model::{Page, Refund, RefundFilter, RefundId, RefundRecord, UtcMillis};

const LIST: &str = "refunds";
const COLUMNS: &str = "id, shop_id, synced_at, platform_refund_id, platform_order_id, platform_item_id, kind,
    platform_kind, status, platform_status, refund_amount, quantity, platform_product_id, platform_sku_id, reason,
    buyer_words, return_tracking_no, return_company, platform_created_at, platform_updated_at, deadline_at, extra";

impl Store {
    /// The refunds of a filter, newest change first.
    pub(crate) async fn list_refunds(&self, filter: RefundFilter) -> Result<Page<Refund>> {
        self.read("list_refunds", move |conn| list_refunds(conn, &filter)).await
    }

    /// One refund, or `NOT_FOUND`.
    pub(crate) async fn get_refund(&self, id: RefundId) -> Result<Refund> {
        self.read("get_refund", move |conn| get_refund(conn, id)).await
    }
}

/// The statement that lists refunds. Each shape of the filter names its index, as for orders.
fn list_sql(filter: &RefundFilter) -> String {
    let (by_shop, by_status) = (filter.shop_id.is_some(), filter.status.is_some());
    let index = match (filter.platform_order_id.is_some(), by_shop, by_status) {
        (true, ..) => "refunds_by_order",
        (false, false, false) => "refunds_by_update",
        (false, true, false) => "refunds_by_shop_and_update",
        (false, false, true) => "refunds_by_status_and_update",
        (false, true, true) => "refunds_by_shop_status_and_update",
    };
    let by_shop = if by_shop { "shop_id = ?1" } else { "?1 IS NULL" };
    let by_status = if by_status { "status = ?2" } else { "?2 IS NULL" };
    let by_order = if filter.platform_order_id.is_some() { "platform_order_id = ?7" } else { "?7 IS NULL" };
    format!(
        "SELECT {COLUMNS} FROM refunds INDEXED BY {index}
            WHERE {by_shop} AND {by_status} AND {by_order} AND platform_updated_at >= ?3
                AND (platform_updated_at, id) < (?4, ?5)
            ORDER BY platform_updated_at DESC, id DESC LIMIT ?6"
    )
}

fn list_refunds(conn: &Connection, filter: &RefundFilter) -> Result<Page<Refund>> {
    let limit = limit_of(&filter.page)?;
    let below = upper_bound(filter, cursor_of(&filter.page, LIST)?);
    let from = filter.updated_from.unwrap_or(UtcMillis(i64::MIN));
    let values = params![
        filter.shop_id,
        filter.status,
        from,
        below.key,
        below.id,
        rows_for(limit),
        filter.platform_order_id,
    ];
    let rows = all(conn, &list_sql(filter), values, read_refund)?;
    Ok(page_of(rows, limit, LIST, |refund| Cursor {
        key: refund.record.platform_updated_at.0,
        id: refund.id.0,
    }))
}

/// The place below which the page starts: the cursor, or the end of the time that is asked for.
fn upper_bound(filter: &RefundFilter, cursor: Option<Cursor>) -> Cursor {
    let cursor = cursor.unwrap_or(Cursor { key: i64::MAX, id: i64::MAX });
    match filter.updated_to {
        Some(to) if to.0 <= cursor.key => Cursor { key: to.0, id: i64::MIN },
        _ => cursor,
    }
}

fn get_refund(conn: &Connection, id: RefundId) -> Result<Refund> {
    first(conn, &format!("SELECT {COLUMNS} FROM refunds WHERE id = ?1"), [id], read_refund)?
        .ok_or_else(|| not_found("refund", id))
}

fn read_refund(row: &Row<'_>) -> rusqlite::Result<Refund> {
    let mut columns = Columns::of(row);
    Ok(Refund {
        id: columns.take()?,
        shop_id: columns.take()?,
        synced_at: columns.take()?,
        record: RefundRecord {
            platform_refund_id: columns.take()?,
            platform_order_id: columns.take()?,
            platform_item_id: columns.take()?,
            kind: columns.take()?,
            platform_kind: columns.take()?,
            status: columns.take()?,
            platform_status: columns.take()?,
            refund_amount: columns.take()?,
            quantity: columns.take()?,
            platform_product_id: columns.take()?,
            platform_sku_id: columns.take()?,
            reason: columns.take()?,
            buyer_words: columns.take()?,
            return_tracking_no: columns.take()?,
            return_company: columns.take()?,
            platform_created_at: columns.take()?,
            platform_updated_at: columns.take()?,
            deadline_at: columns.take()?,
            extra: columns.take()?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PageRequest, RefundStatus, RunKind, ShopId};
    use crate::store::fixture::{at, bad, database, number, page, refund, run, shop, window};
    use crate::store::page::{RefundRow, store_rows_of};

    fn stored(rows: Vec<RefundRow>) -> (Connection, ShopId) {
        let conn = database();
        let shop = shop(&conn);
        let run = run(&conn, shop, RunKind::Refunds);
        let window = window(&conn, shop, run, RunKind::Refunds);
        let mut write = page(shop, run, window);
        write.rows = rows;
        write.bad = vec![bad(Some("r9"), 1)];
        store_rows_of(&conn, &write).unwrap();
        (conn, shop)
    }

    #[test]
    fn refunds_come_back_as_they_were_stored_newest_first() {
        let (conn, shop) = stored(vec![refund("r1", 10, 1), refund("r2", 30, 1), refund("r3", 20, 1)]);
        let filter = RefundFilter { shop_id: Some(shop), ..RefundFilter::default() };
        let listed = list_refunds(&conn, &filter).unwrap().items;
        let ids: Vec<_> = listed.iter().map(|refund| refund.record.platform_refund_id.as_str()).collect();
        assert_eq!(ids, ["r2", "r3", "r1"]);
        assert_eq!(listed[2].record, refund("r1", 10, 1).record);
        assert_eq!(get_refund(&conn, listed[0].id).unwrap(), listed[0]);
        assert_eq!(number(&conn, "SELECT count(*) FROM quarantine WHERE kind = 'refund'", []), 1);
    }

    #[test]
    fn filters_and_cursors_meet_each_refund_once() {
        let rows = (0..9).map(|n| refund(&format!("r{n}"), n / 2, 1)).collect();
        let (conn, shop) = stored(rows);
        let (mut cursor, mut seen) = (None, Vec::new());
        loop {
            let part = PageRequest { limit: Some(2), cursor };
            let filter = RefundFilter { shop_id: Some(shop), page: part, ..RefundFilter::default() };
            let found = list_refunds(&conn, &filter).unwrap();
            seen.extend(found.items.into_iter().map(|refund| refund.record.platform_refund_id));
            cursor = found.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        seen.sort();
        assert_eq!(seen, (0..9).map(|n| format!("r{n}")).collect::<Vec<_>>());
        let between = RefundFilter {
            status: Some(RefundStatus::Requested),
            updated_from: Some(at(1)),
            updated_to: Some(at(3)),
            ..RefundFilter::default()
        };
        assert_eq!(list_refunds(&conn, &between).unwrap().items.len(), 4);
        let of_order = |order: &str| RefundFilter {
            platform_order_id: Some(order.to_owned()),
            ..RefundFilter::default()
        };
        assert_eq!(list_refunds(&conn, &of_order("o-r4")).unwrap().items.len(), 1);
        assert_eq!(list_refunds(&conn, &of_order("o-none")).unwrap().items, []);
    }

    #[test]
    fn an_older_version_never_replaces_a_newer_one() {
        let (conn, shop) = stored(vec![refund("r1", 10, 2)]);
        let run = number(&conn, "SELECT id FROM runs", []);
        let window = number(&conn, "SELECT id FROM sync_windows", []);
        let mut write = page(shop, crate::model::RunId(run), window);
        write.rows = vec![refund("r1", 9, 1)];
        assert_eq!(store_rows_of(&conn, &write).unwrap().stale, 1);
        let kept = list_refunds(&conn, &RefundFilter::default()).unwrap().items;
        assert_eq!(kept[0].record, refund("r1", 10, 2).record);
    }
}
