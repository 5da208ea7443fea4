//! `hub.query`.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Hub;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Actor, SqlParams, SqlRows};
use crate::store::SqlQuery;

/// How far a query may go.
#[derive(Clone, Debug)]
pub struct QueryOptions {
    /// How long it may take; 5 s, at most 60 s.
    pub timeout: Duration,
    /// How many rows it may answer; 10,000, at most 100,000. More are an error, not cut.
    pub max_rows: usize,
    /// How large the answer may be, in bytes; 8 MiB, at most 64 MiB.
    pub max_bytes: usize,
    /// Stops it.
    pub cancel: CancellationToken,
}

impl QueryOptions {
    /// The longest time that can be asked for.
    pub const LONGEST: Duration = Duration::from_secs(60);
    /// The most rows that can be asked for.
    pub const MOST_ROWS: usize = 100_000;
    /// The most bytes that can be asked for.
    pub const MOST_BYTES: usize = 64 << 20;
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            max_rows: 10_000,
            max_bytes: 8 << 20,
            cancel: CancellationToken::new(),
        }
    }
}

impl Hub {
    /// Answers one SELECT on the documented views `v_shops`, `v_products`, `v_skus`, `v_orders` and `v_promotions`
    /// (`docs/query.md`). For the program that opened the hub only: rights of actors do not reach into SQL.
    ///
    /// # Errors
    /// `FORBIDDEN` for an actor; `INVALID_REQUEST` for a statement that is wrong, not allowed, too slow or
    /// whose answer is too large; `CANCELLED`.
    pub async fn query(
        &self,
        sql: impl Into<String>,
        params: SqlParams,
        options: QueryOptions,
    ) -> Result<SqlRows> {
        let query = SqlQuery {
            sql: sql.into(),
            params,
            time: options.timeout,
            rows: options.max_rows,
            bytes: options.max_bytes,
            cancel: options.cancel.child_token(),
        };
        self.ask(query).await.map_err(|error| error.with_operation("hub.query"))
    }

    async fn ask(&self, query: SqlQuery) -> Result<SqlRows> {
        let engine = self.engine()?;
        if !matches!(*self.actor, Actor::System) {
            let message = "SQL knows no rights of actors: use the lists, or ask with the hub itself";
            return Err(Error::new(ErrorKind::Forbidden, message));
        }
        if query.time > QueryOptions::LONGEST
            || query.rows > QueryOptions::MOST_ROWS
            || query.bytes > QueryOptions::MOST_BYTES
        {
            return Err(Error::invalid("a query may take 60 s, 100,000 rows and 64 MiB at most"));
        }
        // A caller who goes away stops the statement too.
        let _stopped = query.cancel.clone().drop_guard();
        engine.store.query(query).await
    }
}
