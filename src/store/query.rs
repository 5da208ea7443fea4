//! Questions in SQL: one statement on the documented views, bounded in every direction.
//!
//! What may be read is decided by an authorizer. SQLite names the view on whose behalf a table is read,
//! but a `WITH v_shops AS (…)` of the asker gets the same name. So the columns that each view reads are
//! learned from the views themselves, and nothing else may be read in a view's name: such a query sees
//! what the view shows anyway.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, Error as SqlError, ErrorCode, Row, Statement, ffi};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::reader::Readers;
use super::{Store, connection};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{SqlParams, SqlRows, SqlValue};

/// The documented views: `docs/query.md`.
pub(super) const VIEWS: [&str; 5] = ["v_shops", "v_products", "v_skus", "v_orders", "v_promotions"];
/// Table-valued functions over the JSON columns of the views.
const JSON_TABLES: [&str; 2] = ["json_each", "json_tree"];
/// Functions that neither look outside nor make long values out of short ones.
const FUNCTIONS: &str = " abs avg ceil ceiling coalesce concat concat_ws count cume_dist date datetime dense_rank \
    first_value floor glob group_concat if ifnull iif instr json json_array json_array_length json_each json_extract \
    json_group_array json_group_object json_object json_quote json_tree json_type json_valid julianday lag last_value \
    lead length like lower ltrim max min mod nth_value ntile nullif octet_length percent_rank rank replace round \
    row_number rtrim sign sqrt strftime string_agg substr substring sum time timediff total trim trunc typeof unicode \
    unixepoch upper -> ->> ";
/// Longest statement, in bytes.
pub(crate) const LONGEST_SQL: usize = 64 * 1024;
/// Longest value that a statement may meet or make. One comparison of two such values cannot be
/// interrupted, which is what bounds it.
const LONGEST_VALUE: i32 = 512 * 1024;
/// SQLite's own limits for these statements.
const LIMITS: [(Limit, i32); 11] = [
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_COLUMN, 200),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 50),
    (Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 1_000),
    (Limit::SQLITE_LIMIT_VDBE_OP, 50_000),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];
/// Steps of SQLite between two looks at the clock: some 20 µs.
const STEPS: i32 = 1_000;
/// What a value counts for besides its text.
const VALUE_COST: usize = 16;
/// The largest integer that a JS number holds exactly.
const MAX_SAFE: i64 = (1 << 53) - 1;

/// A question.
pub(crate) struct SqlQuery {
    pub(crate) sql: String,
    pub(crate) params: SqlParams,
    pub(crate) time: Duration,
    pub(crate) rows: usize,
    pub(crate) bytes: usize,
    pub(crate) cancel: CancellationToken,
}

/// Why a statement was stopped or refused, told by the hooks.
#[derive(Clone, Debug)]
enum Stop {
    Time,
    Memory,
    Cancelled,
    Closing,
    Denied(String),
}

type Reason = Arc<Mutex<Option<Stop>>>;

impl Store {
    /// Answers a question on connections of its own, two at a time.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a statement that is wrong, not allowed or too large, `CANCELLED`.
    pub(crate) async fn query(&self, query: SqlQuery) -> Result<SqlRows> {
        self.require_open()?;
        let (cancel, patience) = (query.cancel.clone(), query.time);
        let has_begun = Arc::new(AtomicBool::new(false));
        let begun = Arc::clone(&has_begun);
        let answer = self.0.readers.run_long(move |pool| {
            begun.store(true, Ordering::Release);
            answer(pool, &query)
        });
        // A running statement is stopped by its own hook, which SQLite asks between two steps only; the
        // other branches also end the wait for a place, and for one very long step.
        tokio::select! {
            biased;
            done = answer => self.logged("query", done),
            () = cancel.cancelled() => Err(cancelled()),
            () = tokio::time::sleep(patience.saturating_mul(2)) => match has_begun.load(Ordering::Acquire) {
                true => Err(too_slow(patience)),
                false => Err(busy()),
            },
        }
    }
}

fn answer(pool: &Arc<Readers>, query: &SqlQuery) -> Result<SqlRows> {
    if query.sql.len() > LONGEST_SQL {
        return Err(Error::invalid(format!("the statement is longer than {LONGEST_SQL} bytes")));
    }
    let mut conn = connection::read_only(pool.path())?;
    let reason = Reason::default();
    restrict(&mut conn, &reason)?;
    watch(&mut conn, pool, query, &reason)?;
    let result = run(&conn, query);
    let stop = reason.lock().unwrap_or_else(PoisonError::into_inner).take();
    result.map_err(|failure| explain(failure, stop, query))
}

/// What a statement ended with: our own words, or SQLite's.
enum Failure {
    Ours(Error),
    Sql(SqlError),
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::Ours(Error::invalid(message))
}

/// Reads the views once to learn what they read, then allows just that.
fn restrict(conn: &mut Connection, reason: &Reason) -> Result<()> {
    let names = "SELECT lower(name) FROM sqlite_schema UNION SELECT lower(name) FROM pragma_module_list";
    let names: HashSet<String> =
        conn.prepare(names)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for (limit, value) in LIMITS {
        conn.set_limit(limit, value)?;
    }
    let seen = Arc::new(Mutex::new(HashSet::new()));
    let recorder = Arc::clone(&seen);
    conn.authorizer(Some(move |context: AuthContext<'_>| {
        if let (AuthAction::Read { table_name, column_name }, Some(view)) = (context.action, context.accessor)
        {
            let read = format!("{view} {table_name} {column_name}");
            recorder.lock().unwrap_or_else(PoisonError::into_inner).insert(read);
        }
        Authorization::Allow
    }))?;
    for view in VIEWS {
        conn.prepare(&format!("SELECT * FROM {view}"))?;
    }
    let reads = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let (shown, reason) = (Shown { reads, names }, Arc::clone(reason));
    conn.authorizer(Some(move |context: AuthContext<'_>| {
        if is_allowed(&context, &shown) {
            return Authorization::Allow;
        }
        let denied = Stop::Denied(describe(&context.action));
        reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(denied);
        Authorization::Deny
    }))?;
    Ok(())
}

fn is_allowed(context: &AuthContext<'_>, shown: &Shown) -> bool {
    match &context.action {
        AuthAction::Select | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => {
            FUNCTIONS.contains(&format!(" {} ", function_name.to_ascii_lowercase()))
        }
        AuthAction::Read { table_name, column_name } => {
            let is_main = matches!(context.database_name, None | Some("main"));
            let by_name = VIEWS.contains(table_name) || JSON_TABLES.contains(table_name);
            is_main && (by_name || shown.has(context.accessor, table_name, column_name))
        }
        _ => false,
    }
}

/// What the views show, and which names are taken.
struct Shown {
    /// `view table column` of every column that a view reads.
    reads: HashSet<String>,
    /// Everything in the schema, and virtual tables that are there without it.
    names: HashSet<String>,
}

impl Shown {
    /// A read without a column counts rows, no more. SQLite asks for it in nobody's name when it has
    /// merged a view into the query, so it is allowed for the tables below the views: their numbers show
    /// there. It asks in the same way for a `WITH`, whose own reads are asked for apart.
    fn has(&self, view: Option<&str>, table: &str, column: &str) -> bool {
        if column.is_empty() {
            let (middle, lower) = (format!(" {table} "), table.to_ascii_lowercase());
            let is_built_in = lower.starts_with("sqlite_") || lower.starts_with("pragma_");
            return self.reads.iter().any(|read| read.contains(&middle))
                || !(is_built_in || self.names.contains(&lower));
        }
        view.is_some_and(|view| self.reads.contains(&format!("{view} {table} {column}")))
    }
}

/// What was refused. Names in it are the asker's own or our schema's.
fn describe(action: &AuthAction<'_>) -> String {
    match action {
        AuthAction::Read { .. } => "read anything but the documented views".to_owned(),
        AuthAction::Function { function_name } => match is_name(function_name) {
            true => format!("call the function {function_name}"),
            false => "call this function".to_owned(),
        },
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => "ATTACH or DETACH".to_owned(),
        AuthAction::Pragma { .. } => "use PRAGMA".to_owned(),
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => "control transactions".to_owned(),
        _ => "change anything".to_owned(),
    }
}

/// Stops the statement when its time is over, it takes too much memory, or nobody wants it any more.
fn watch(conn: &mut Connection, pool: &Arc<Readers>, query: &SqlQuery, reason: &Reason) -> Result<()> {
    let (pool, reason, cancel) = (Arc::clone(pool), Arc::clone(reason), query.cancel.clone());
    let (until, mut memory) = (Instant::now() + query.time, super::system::Memory::now());
    conn.progress_handler(
        STEPS,
        Some(move || {
            let stop = if cancel.is_cancelled() {
                Stop::Cancelled
            } else if pool.is_unwanted() {
                Stop::Closing
            } else if Instant::now() >= until {
                Stop::Time
            } else if memory.grew_too_far() {
                Stop::Memory
            } else {
                return false;
            };
            reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(stop);
            true
        }),
    )?;
    Ok(())
}

fn run(conn: &Connection, query: &SqlQuery) -> Result<SqlRows, Failure> {
    let mut batch = Batch::new(conn, &query.sql);
    let first = batch.next().map_err(|error| match error {
        SqlError::NulError(_) => invalid("the statement holds a zero byte"),
        other => Failure::Sql(other),
    })?;
    let mut statement = first.ok_or_else(|| invalid("there is no statement"))?;
    match batch.next() {
        Ok(None) => {}
        // Stopped while SQLite looked for a second one: that says nothing about the text.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            return Err(Failure::Sql(error));
        }
        _ => return Err(invalid("there must be one statement only")),
    }
    if statement.is_explain() != 0 || statement.column_count() == 0 || !statement.readonly() {
        return Err(invalid("the statement must be a SELECT"));
    }
    let columns = columns(&statement)?;
    bind(&mut statement, &query.params)?;
    let mut answer = SqlRows { columns, rows: Vec::new() };
    let mut size = 0;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        if answer.rows.len() >= query.rows {
            let message = format!("there are more than {} rows: add a LIMIT, or raise maxRows", query.rows);
            return Err(invalid(message));
        }
        let row = read(row, &answer.columns, &mut size)?;
        if size > query.bytes {
            let message =
                format!("the answer is larger than {} bytes: ask for less, or raise maxBytes", query.bytes);
            return Err(invalid(message));
        }
        answer.rows.push(row);
    }
    Ok(answer)
}

fn columns(statement: &Statement<'_>) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut known = HashSet::new();
    match names.iter().position(|name| !known.insert(name)) {
        Some(at) => Err(invalid(format!(
            "column {} has the name of another: give it one with AS",
            at.saturating_add(1)
        ))),
        None => Ok(names),
    }
}

fn bind(statement: &mut Statement<'_>, params: &SqlParams) -> Result<(), Failure> {
    let wanted = statement.parameter_count();
    let given = match params {
        SqlParams::Positional(values) => values.len(),
        SqlParams::Named(values) => values.len(),
    };
    if wanted != given {
        return Err(invalid(format!("the statement takes {wanted} parameters, and {given} were given")));
    }
    for index in 1..=wanted {
        let name = statement.parameter_name(index).and_then(|name| name.get(1..)).map(str::to_owned);
        let value = match params {
            SqlParams::Positional(values) => values.get(index.saturating_sub(1)),
            SqlParams::Named(values) => {
                values.iter().find(|(known, _)| Some(known) == name.as_ref()).map(|(_, value)| value)
            }
        };
        let value =
            value.ok_or_else(|| invalid(format!("parameter {index} of the statement was not given")))?;
        match value {
            SqlValue::Null => statement.raw_bind_parameter(index, rusqlite::types::Null)?,
            SqlValue::Integer(number) => statement.raw_bind_parameter(index, number)?,
            SqlValue::Real(number) => statement.raw_bind_parameter(index, number)?,
            SqlValue::Text(text) => statement.raw_bind_parameter(index, text)?,
        }
    }
    Ok(())
}

fn read(row: &Row<'_>, columns: &[String], size: &mut usize) -> Result<Vec<SqlValue>, Failure> {
    let mut values = Vec::with_capacity(columns.len());
    for (index, column) in columns.iter().enumerate() {
        let value = value(row.get_ref(index)?).map_err(|why| {
            invalid(format!("column {} ({}) {why}", index.saturating_add(1), shown(column)))
        })?;
        let text = if let SqlValue::Text(text) = &value { text.len() } else { 0 };
        *size = size.saturating_add(text).saturating_add(VALUE_COST);
        values.push(value);
    }
    Ok(values)
}

fn value(value: ValueRef<'_>) -> Result<SqlValue, &'static str> {
    match value {
        ValueRef::Null => Ok(SqlValue::Null),
        ValueRef::Integer(number) if !(-MAX_SAFE..=MAX_SAFE).contains(&number) => {
            Err("holds an integer beyond 2^53: use CAST(… AS TEXT)")
        }
        ValueRef::Integer(number) => Ok(SqlValue::Integer(number)),
        ValueRef::Real(number) if !number.is_finite() => Err("holds an infinite number"),
        ValueRef::Real(number) => Ok(SqlValue::Real(number)),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(SqlValue::Text(text.to_owned())),
            Err(_) => Err("holds text that is not UTF-8"),
        },
        ValueRef::Blob(_) => Err("holds bytes, which do not come back from a query"),
    }
}

/// A column's name as far as it is a name: without AS it is a piece of the statement.
fn shown(column: &str) -> &str {
    if is_name(column) { column } else { "without a name" }
}

fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts
        && text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
}

fn explain(failure: Failure, stop: Option<Stop>, query: &SqlQuery) -> Error {
    let error = match failure {
        Failure::Ours(error) => return error,
        Failure::Sql(error) => error,
    };
    match stop {
        Some(Stop::Denied(what)) => {
            let views = VIEWS.join(", ");
            return Error::invalid(format!("a query must not {what}; it may read {views} (docs/query.md)"));
        }
        Some(Stop::Cancelled) => return cancelled(),
        Some(Stop::Time) => return too_slow(query.time),
        Some(Stop::Memory) => return Error::invalid("the query takes too much memory: ask for less at once"),
        Some(Stop::Closing) => {
            let message = "the query was stopped because the database is being closed or opened anew";
            return Error::new(ErrorKind::Storage, message).with_retry(Retry::Backoff);
        }
        None => {}
    }
    match &error {
        SqlError::SqlInputError { msg, offset, .. } => Error::invalid(wrong_sql(msg, *offset)),
        SqlError::SqliteFailure(code, text) => {
            from_code(*code, text.as_deref()).unwrap_or_else(|| error.into())
        }
        _ => error.into(),
    }
}

/// SQLite's words quote the statement, in which the asker may have put anything; only names of things
/// that are missing are repeated.
fn wrong_sql(message: &str, offset: i32) -> String {
    const KNOWN: [&str; 4] =
        ["no such column: ", "no such table: ", "no such function: ", "ambiguous column name: "];
    let named = KNOWN.iter().any(|start| message.strip_prefix(start).is_some_and(is_name));
    let what = if named { message } else { "the statement cannot be read" };
    match offset {
        0.. => format!("{what} (byte {offset} of the statement)"),
        _ => what.to_owned(),
    }
}

/// Errors that the asker's own statement leads to. Their texts may quote data.
fn from_code(code: ffi::Error, text: Option<&str>) -> Option<Error> {
    match code.code {
        ErrorCode::Unknown => Some(Error::invalid(wrong_sql(text.unwrap_or_default(), -1))),
        ErrorCode::TooBig => Some(Error::invalid(format!(
            "the query meets or makes a value of more than {LONGEST_VALUE} bytes"
        ))),
        ErrorCode::TypeMismatch | ErrorCode::ParameterOutOfRange => {
            Some(Error::invalid("a value in the query has a type that does not fit"))
        }
        _ => None,
    }
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the query was cancelled")
}

fn too_slow(time: Duration) -> Error {
    let millis = time.as_millis();
    Error::invalid(format!("the query took longer than {millis} ms: ask for less, or raise timeoutMs"))
}

fn busy() -> Error {
    let message = "two other queries are running and did not end in time: try again";
    Error::new(ErrorKind::Conflict, message).with_retry(Retry::Backoff)
}
