//! Every sealed column, so that what one key sealed can be sealed with another.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::row::{execute, value};
use crate::error::Result;
use crate::model::{AppId, ShopId};

#[cfg(test)]
mod tests;

/// A column of sealed values. The pair before a grant's newest one comes after it: a refresh moves a value
/// from there to here, and a walk in this order meets it all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SealedColumn {
    AppSecret,
    Proxy,
    Access,
    Refresh,
    PreviousAccess,
    PreviousRefresh,
    PendingAccess,
    PendingRefresh,
    Receiver,
    Raw,
}

impl SealedColumn {
    pub(crate) const ALL: [Self; 10] = [
        Self::AppSecret,
        Self::Proxy,
        Self::Access,
        Self::Refresh,
        Self::PreviousAccess,
        Self::PreviousRefresh,
        Self::PendingAccess,
        Self::PendingRefresh,
        Self::Receiver,
        Self::Raw,
    ];

    /// Its table and its name.
    pub(crate) const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::AppSecret => ("ecommerce_platforms", "app_secret"),
            Self::Proxy => ("ecommerce_platforms", "proxy"),
            Self::Access => ("grants", "access_token"),
            Self::Refresh => ("grants", "refresh_token"),
            Self::PreviousAccess => ("grants", "previous_access"),
            Self::PreviousRefresh => ("grants", "previous_refresh"),
            Self::PendingAccess => ("pending_grants", "access_token"),
            Self::PendingRefresh => ("pending_grants", "refresh_token"),
            Self::Receiver => ("orders", "receiver_sealed"),
            Self::Raw => ("quarantine", "raw"),
        }
    }

    /// SQL of what names the row (a number, a text), and of its generation.
    const fn home(self) -> [&'static str; 3] {
        const GRANT: &str = "(SELECT s.platform_id FROM shops s WHERE s.id = t.shop_id)";
        const GRANT_SHOP: &str = "(SELECT s.shop_id FROM shops s WHERE s.id = t.shop_id)";
        match self {
            Self::AppSecret | Self::Proxy => ["t.platform_name", "t.app_key", "0"],
            Self::Access | Self::Refresh => [GRANT, GRANT_SHOP, "t.generation"],
            Self::PreviousAccess | Self::PreviousRefresh => {
                [GRANT, GRANT_SHOP, "coalesce(t.previous_generation, 0)"]
            }
            Self::PendingAccess | Self::PendingRefresh => ["t.app_id", "t.platform_shop_id", "0"],
            Self::Receiver => ["t.shop_id", "t.platform_order_id", "0"],
            Self::Raw => [
                "t.shop_id",
                "CASE t.kind WHEN 'order' THEN 'orders' WHEN 'refund' THEN 'refunds' ELSE 'products' END || '/' || lower(hex(t.digest))",
                "0",
            ],
        }
    }

    fn read_home(self, row: &Row<'_>) -> rusqlite::Result<Home> {
        let name = row.get(3)?;
        Ok(match self {
            Self::AppSecret | Self::Proxy => Home::App { platform: row.get(2)?, app_key: name },
            Self::Access
            | Self::Refresh
            | Self::PreviousAccess
            | Self::PreviousRefresh
            | Self::PendingAccess
            | Self::PendingRefresh => Home::Shop { app: row.get(2)?, platform_shop_id: name },
            Self::Receiver => Home::Order { shop: row.get(2)?, platform_order_id: name },
            Self::Raw => Home::Record { shop: row.get(2)?, name },
        })
    }
}

/// What names the row of a sealed value, by which it is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    App {
        platform: String,
        app_key: String,
    },
    Shop {
        app: AppId,
        platform_shop_id: String,
    },
    Order {
        shop: ShopId,
        platform_order_id: String,
    },
    /// `name` is the kind of run and the digest.
    Record {
        shop: ShopId,
        name: String,
    },
}

/// A value that is sealed with another key than the one asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SealedValue {
    pub(crate) column: SealedColumn,
    pub(crate) id: i64,
    pub(crate) home: Home,
    pub(crate) generation: i64,
    pub(crate) sealed: Vec<u8>,
}

/// A stretch of a column.
pub(crate) struct Stretch {
    /// The values that are sealed with another key.
    pub(crate) foreign: Vec<SealedValue>,
    /// How many values were looked at.
    pub(crate) looked: i64,
    /// Where to go on; `None` at the end.
    pub(crate) next: Option<i64>,
}

/// A value sealed anew, in the place of what was read.
pub(crate) struct Reseal {
    pub(crate) column: SealedColumn,
    pub(crate) id: i64,
    pub(crate) from: Vec<u8>,
    pub(crate) to: Vec<u8>,
}

impl Store {
    /// How many sealed values there are.
    pub(crate) async fn count_sealed(&self) -> Result<i64> {
        self.read("count_sealed", count_sealed).await
    }

    /// The values of a column, from behind the row `after`, that are not sealed with `key`.
    pub(crate) async fn foreign_values(
        &self,
        column: SealedColumn,
        after: i64,
        key: String,
        limit: u32,
    ) -> Result<Stretch> {
        self.read("foreign_values", move |conn| foreign_values(conn, column, after, &key, limit)).await
    }

    /// Puts values sealed anew where they still are what was read; whoever wrote meanwhile was right.
    /// Answers how many were put.
    pub(crate) async fn reseal(&self, values: Vec<Reseal>) -> Result<i64> {
        self.write("reseal", move |conn| values.iter().map(|value| reseal(conn, value)).sum()).await
    }
}

pub(super) fn count_sealed(conn: &Connection) -> Result<i64> {
    let count = |column: SealedColumn| {
        let (table, name) = column.place();
        value::<i64>(conn, &format!("SELECT count({name}) FROM {table}"), [])
    };
    SealedColumn::ALL.into_iter().map(count).sum()
}

pub(super) fn foreign_values(
    conn: &Connection,
    column: SealedColumn,
    after: i64,
    key: &str,
    limit: u32,
) -> Result<Stretch> {
    let ((table, name), [home, home_name, generation]) = (column.place(), column.home());
    let sql = format!(
        "SELECT t.id, iif(lower(hex(substr(t.{name}, 2, 8))) = ?2, NULL, t.{name}), {home}, {home_name}, {generation}
        FROM {table} t WHERE t.id > ?1 AND t.{name} IS NOT NULL ORDER BY t.id LIMIT ?3"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params![after, key, limit])?;
    let (mut foreign, mut looked, mut last) = (Vec::new(), 0, after);
    while let Some(row) = rows.next()? {
        (looked, last) = (looked + 1, row.get(0)?);
        if let Some(sealed) = row.get(1)? {
            let (home, generation) = (column.read_home(row)?, row.get(4)?);
            foreign.push(SealedValue { column, id: last, home, generation, sealed });
        }
    }
    Ok(Stretch { foreign, looked, next: (looked == i64::from(limit)).then_some(last) })
}

pub(super) fn reseal(conn: &Connection, value: &Reseal) -> Result<i64> {
    let (table, name) = value.column.place();
    let sql = format!("UPDATE {table} SET {name} = ?3 WHERE id = ?1 AND {name} = ?2");
    execute(conn, &sql, params![value.id, value.from, value.to])
}
