//! Everything that is remembered: one SQLite file, and the only place that speaks SQL.
//!
//! One file per noun, one function per query, model types in and out. A query runs inside the engine's
//! savepoint and never begins or ends a transaction itself.
#![expect(
    dead_code,
    unused_imports,
    reason = "the layers that call the queries are built on top of this one"
)]

mod app;
mod audit;
mod cursor;
mod grant;
mod oauth;
mod order;
mod page;
mod product;
mod quarantine;
mod right;
mod row;
mod run;
mod shop;
mod sku;
mod window;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod schema;

pub(crate) use app::{AppSecrets, SaveApp};
pub(crate) use audit::{AuditFilter, NewAudit};
pub(crate) use grant::{GrantRow, NewGrant, RefreshClaim};
pub(crate) use oauth::{NewPending, OauthState, TakenState};
pub(crate) use page::{OrderRow, PageResult, PageWrite, ProductRow};
pub(crate) use quarantine::BadRow;
pub(crate) use run::StartRun;
pub(crate) use shop::{ConnectShop, ShopCounts};
pub(crate) use sku::{SkuRow, SkuTask, SkuWrite};
pub(crate) use window::{NewWindow, Window};

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use crate::error::{Error, ErrorKind, Result};

/// One connection to a database in memory.
#[derive(Clone)]
pub(crate) struct Store(Arc<Mutex<Connection>>);

impl Store {
    pub(super) async fn write<T, F>(&self, op: &'static str, f: F) -> Result<T>
    where
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let conn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        conn.execute_batch("SAVEPOINT one")?;
        let result = f(&conn).map_err(|error| error.with_operation(op));
        conn.execute_batch(if result.is_ok() { "RELEASE one" } else { "ROLLBACK TO one; RELEASE one" })?;
        result
    }

    pub(super) async fn read<T, F>(&self, op: &'static str, f: F) -> Result<T>
    where
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let conn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f(&conn).map_err(|error| error.with_operation(op))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(ErrorKind::Storage, "the database failed").with_source(error)
    }
}
