//! How values of the model lie in columns, and how rows are read back.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AppId, AppKind, CatchUp, ChangeId, ChangeState, Decision, Evidence, Fen, GrantState, JobId, JobKind,
    JobState, ListingId, ListingStatus, LiveState, MediaId, MediaKind, MediaSlot, Operation, OrderId,
    OrderStatus, PlatformId, ProductId, ProductStatus, PromotionId, PromotionKind, PromotionStatus, RefundId,
    RefundKind, RefundStatus, Right, RunId, RunKind, RunMode, RunState, ScheduleId, ShopId, ShopKind,
    ShopStatus, SkuId, Stage, UtcMillis,
};

macro_rules! numbers {
    ($($name:ident),+ $(,)?) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map(Self)
            }
        }
    )+};
}

numbers!(
    AppId,
    ChangeId,
    Fen,
    JobId,
    ListingId,
    MediaId,
    OrderId,
    ProductId,
    PromotionId,
    RefundId,
    RunId,
    ScheduleId,
    ShopId,
    SkuId,
    UtcMillis,
);

macro_rules! words {
    ($($name:ident),+ $(,)?) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(|error: Error| FromSqlError::Other(error.into()))
            }
        }
    )+};
}

words!(
    AppKind,
    CatchUp,
    ChangeState,
    Decision,
    Evidence,
    GrantState,
    JobKind,
    JobState,
    LiveState,
    MediaKind,
    MediaSlot,
    Operation,
    PlatformId,
    PromotionKind,
    PromotionStatus,
    Right,
    RunKind,
    RunMode,
    RunState,
    ShopKind,
    ShopStatus,
    Stage
);

macro_rules! open_words {
    ($($name:ident),+ $(,)?) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }

        impl FromSql for $name {
            /// A word of a newer version is unknown, not an error: the platform's own value is beside it.
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Ok(value.as_str()?.parse().unwrap_or(Self::Unknown))
            }
        }
    )+};
}

open_words!(ListingStatus, OrderStatus, ProductStatus, RefundKind, RefundStatus);

/// Reads the columns of a row from left to right, in the order of the SELECT list.
pub(super) struct Columns<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl<'r, 's> Columns<'r, 's> {
    pub(super) fn of(row: &'r Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn take<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        let value = self.row.get(self.next);
        self.next += 1;
        value
    }

    /// A column that holds JSON.
    pub(super) fn json<T: DeserializeOwned>(&mut self) -> rusqlite::Result<T> {
        let at = self.next;
        let text = self.row.get_ref(at)?.as_str().map_err(|error| conversion(at, error))?;
        // serde_json's own message may quote the value, which may be buyer data.
        let value = serde_json::from_str(text).map_err(|_| {
            conversion(at, FromSqlError::Other("the column does not hold the JSON we write".into()))
        });
        self.next += 1;
        value
    }
}

fn conversion(at: usize, error: FromSqlError) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(error))
}

/// The JSON text of a column.
pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::internal("plain lists always have a JSON form"))
}

/// The first row of a query, read by `read`.
pub(super) fn first<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>> {
    Ok(conn.prepare_cached(sql)?.query_row(params, read).optional()?)
}

/// The single value of a query that always has one row.
pub(super) fn value<T: FromSql>(conn: &Connection, sql: &str, params: impl Params) -> Result<T> {
    Ok(conn.prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
}

/// Every row of a query, read by `read`.
pub(super) fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Runs a statement and returns how many rows it changed.
pub(super) fn execute(conn: &Connection, sql: &str, params: impl Params) -> Result<i64> {
    let changed = conn.prepare_cached(sql)?.execute(params)?;
    count(changed)
}

/// A number of rows as SQL and the model count them.
pub(super) fn count(rows: usize) -> Result<i64> {
    i64::try_from(rows).map_err(|_| Error::internal("a count of rows fits 63 bits"))
}

/// There is no such row.
pub(super) fn not_found(what: &str, id: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("there is no {what} {id}; list them again, it may have been removed"),
    )
}

/// What is asked contradicts what is stored.
pub(super) fn conflict(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Conflict, message)
}
