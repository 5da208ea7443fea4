//! Rights: what a role or a user may do.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::row::{Columns, all, execute, value};
use super::shop::check_shop;
use crate::error::Result;
use crate::model::{Right, RightEntry, ShopId};

impl Store {
    /// Every right that was granted.
    pub(crate) async fn list_rights(&self) -> Result<Vec<RightEntry>> {
        self.read("list_rights", list_rights).await
    }

    /// Grants a right or takes it back; repeating changes nothing. `NOT_FOUND` when there is no such shop.
    pub(crate) async fn set_right(&self, entry: RightEntry, granted: bool) -> Result<()> {
        self.write("set_right", move |conn| set_right(conn, &entry, granted)).await
    }

    /// Whether one of the subjects has the right for the shop. A right in general covers every shop; a
    /// right for one shop says nothing in general.
    pub(crate) async fn granted(
        &self,
        subjects: Vec<String>,
        right: Right,
        shop: Option<ShopId>,
    ) -> Result<bool> {
        self.read("granted", move |conn| granted(conn, &subjects, right, shop)).await
    }
}

fn list_rights(conn: &Connection) -> Result<Vec<RightEntry>> {
    let sql = "SELECT subject, right_name, shop_id FROM rights ORDER BY subject, right_name, shop_id";
    all(conn, sql, [], read_entry)
}

pub(super) fn set_right(conn: &Connection, entry: &RightEntry, granted: bool) -> Result<()> {
    if !granted {
        let sql = "DELETE FROM rights WHERE subject = ?1 AND right_name = ?2 AND ifnull(shop_id, 0) = ifnull(?3, 0)";
        return execute(conn, sql, params![entry.subject, entry.right, entry.shop]).map(drop);
    }
    entry.shop.map_or(Ok(()), |shop| check_shop(conn, shop))?;
    let sql = "INSERT INTO rights (subject, right_name, shop_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    execute(conn, sql, params![entry.subject, entry.right, entry.shop]).map(drop)
}

fn granted(conn: &Connection, subjects: &[String], right: Right, shop: Option<ShopId>) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM rights
        WHERE subject = ?1 AND right_name = ?2 AND ifnull(shop_id, 0) IN (0, ifnull(?3, 0)))";
    for subject in subjects {
        if value(conn, sql, params![subject, right, shop])? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<RightEntry> {
    let mut columns = Columns::of(row);
    Ok(RightEntry { subject: columns.take()?, right: columns.take()?, shop: columns.take()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixture::{app, connect, database, shop};
    use crate::store::shop::connect_shop;

    fn entry(subject: &str, right: Right, shop: Option<ShopId>) -> RightEntry {
        RightEntry { subject: subject.to_owned(), right, shop }
    }

    #[test]
    fn a_right_in_general_covers_every_shop_and_one_for_a_shop_only_that_shop() {
        let conn = database();
        let one = shop(&conn);
        let app = app(&conn, "other");
        let two = connect_shop(&conn, &connect(app, "s2", 0)).unwrap().unwrap().id;
        set_right(&conn, &entry("role:boss", Right::Sync, None), true).unwrap();
        set_right(&conn, &entry("user:u1", Right::Sync, Some(one)), true).unwrap();
        let may = |subjects: &[&str], right, shop| {
            let subjects: Vec<_> = subjects.iter().map(|subject| (*subject).to_owned()).collect();
            granted(&conn, &subjects, right, shop).unwrap()
        };
        for shop in [None, Some(one), Some(two)] {
            assert!(may(&["user:u9", "role:boss"], Right::Sync, shop));
            assert!(!may(&["role:boss"], Right::Raw, shop));
            assert!(!may(&[], Right::Sync, shop));
            assert!(!may(&["boss", "role:bos", "user:boss"], Right::Sync, shop));
        }
        assert!(may(&["user:u1"], Right::Sync, Some(one)));
        assert!(!may(&["user:u1"], Right::Sync, Some(two)));
        assert!(!may(&["user:u1"], Right::Sync, None));
    }

    #[test]
    fn granting_and_taking_back_twice_changes_nothing() {
        let conn = database();
        let shop = shop(&conn);
        let (general, one) = (entry("user:u1", Right::Sync, None), entry("user:u1", Right::Sync, Some(shop)));
        for right in [&general, &one, &general, &one] {
            set_right(&conn, right, true).unwrap();
        }
        assert_eq!(list_rights(&conn).unwrap(), [general.clone(), one.clone()]);
        set_right(&conn, &general, false).unwrap();
        set_right(&conn, &general, false).unwrap();
        assert_eq!(list_rights(&conn).unwrap(), [one]);
        let unknown = set_right(&conn, &entry("user:u1", Right::Sync, Some(ShopId(9))), true).unwrap_err();
        assert_eq!(unknown.code(), "NOT_FOUND");
    }
}
