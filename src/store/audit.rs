//! The audit: who did what. It is only added to.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::cursor::{Cursor, cursor_of, limit_of, page_of, rows_for};
use super::row::{Columns, all, execute};
use crate::error::Result;
use crate::model::{AuditEntry, AuditFilter, Page, ShopId, UtcMillis};

const LIST: &str = "audit";

/// A line to add.
#[derive(Clone, Debug)]
pub(crate) struct NewAudit {
    pub(crate) at: UtcMillis,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) shop: Option<ShopId>,
    /// Never a secret or buyer data.
    pub(crate) target: Option<String>,
    pub(crate) outcome: String,
}

impl Store {
    /// Adds a line.
    pub(crate) async fn insert_audit(&self, entry: NewAudit) -> Result<()> {
        self.write("insert_audit", move |conn| insert_audit(conn, &entry)).await
    }

    /// The lines of a filter, newest first.
    pub(crate) async fn list_audit(&self, filter: AuditFilter) -> Result<Page<AuditEntry>> {
        self.read("list_audit", move |conn| list_audit(conn, &filter)).await
    }
}

pub(super) fn insert_audit(conn: &Connection, entry: &NewAudit) -> Result<()> {
    let sql =
        "INSERT INTO audit (at, actor, action, shop_id, target, outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values = params![entry.at, entry.actor, entry.action, entry.shop, entry.target, entry.outcome];
    execute(conn, sql, values).map(drop)
}

fn list_audit(conn: &Connection, filter: &AuditFilter) -> Result<Page<AuditEntry>> {
    let limit = limit_of(&filter.page)?;
    let before = cursor_of(&filter.page, LIST)?.map_or(i64::MAX, |cursor| cursor.id);
    let by_shop = if filter.shop_id.is_some() { "shop_id = ?1" } else { "?1 IS NULL" };
    let by_actor = if filter.actor.is_some() { "actor = ?2" } else { "?2 IS NULL" };
    let sql = format!(
        "SELECT id, at, actor, action, shop_id, target, outcome FROM audit
            WHERE {by_shop} AND {by_actor} AND id < ?3 ORDER BY id DESC LIMIT ?4"
    );
    let rows = all(conn, &sql, params![filter.shop_id, filter.actor, before, rows_for(limit)], read_entry)?;
    Ok(page_of(rows, limit, LIST, |entry| Cursor { key: 0, id: entry.id }))
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let mut columns = Columns::of(row);
    Ok(AuditEntry {
        id: columns.take()?,
        at: columns.take()?,
        actor: columns.take()?,
        action: columns.take()?,
        shop: columns.take()?,
        target: columns.take()?,
        outcome: columns.take()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PageRequest;
    use crate::store::fixture::{at, database};

    #[test]
    fn lines_are_walked_newest_first_by_shop_and_actor() {
        let conn = database();
        for n in 0..7 {
            let entry = NewAudit {
                at: at(n),
                actor: if n % 2 == 0 { "system" } else { "u1" }.to_owned(),
                action: "orders.sync".to_owned(),
                shop: (n != 3).then_some(ShopId(n % 3)),
                target: Some(n.to_string()),
                outcome: "ok".to_owned(),
            };
            insert_audit(&conn, &entry).unwrap();
        }
        let walk = |shop: Option<i64>, actor: Option<&str>| {
            let mut seen = Vec::new();
            let mut page = PageRequest { limit: Some(2), cursor: None };
            loop {
                let filter = AuditFilter {
                    shop_id: shop.map(ShopId),
                    actor: actor.map(str::to_owned),
                    page: page.clone(),
                };
                let found = list_audit(&conn, &filter).unwrap();
                seen.extend(found.items.into_iter().filter_map(|entry| entry.target));
                page.cursor = found.next_cursor;
                if page.cursor.is_none() {
                    return seen.concat();
                }
            }
        };
        assert_eq!(walk(None, None), "6543210");
        assert_eq!(walk(Some(0), None), "60");
        assert_eq!(walk(None, Some("u1")), "531");
        assert_eq!(walk(Some(1), Some("system")), "4");
    }
}
