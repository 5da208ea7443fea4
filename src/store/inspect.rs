//! What a file is, found out before anything opens it for writing.
//!
//! Read through a read-only connection that is closed before a writer opens, so a file we refuse
//! stays as it was, byte for byte, together with its `-wal`.
//!
//! Damage: SQLite checks the header and the length, and reading the schema and the history walks
//! their pages. A `quick_check` of every page follows for files up to 32 MiB. Beyond that it would
//! take seconds at each start; damage is then found where it is read, as `STORAGE`.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row};

use super::migrate::{APPLICATION_ID, AppliedStep, Plan};
use super::{KeyCheck, beside, connection, key};
use crate::error::{Error, ErrorKind, Result};

/// The largest file whose every page is checked at each opening.
const QUICK_CHECK_BYTES: u64 = 32 << 20;
/// What a file is while SQLite makes its very first page.
pub(super) const FIRST_PAGE_BYTES: u64 = 4096;

/// What was found.
#[derive(Debug)]
pub(super) struct Inspection {
    /// Whether steps of the schema are missing.
    pub(super) is_behind: bool,
    pub(super) key_checks: Vec<KeyCheck>,
}

/// Reads what an existing file is. Fails with `CONFIG_INVALID` when it belongs to another program or
/// a newer build, with `STORAGE` when it is damaged.
pub(super) fn inspect(path: &Path, plan: &Plan) -> Result<Inspection> {
    let bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
    finish_first_page(path, bytes)?;
    let conn = if is_at_rest(path) { connection::immutable(path)? } else { connection::read_only(path)? };
    let found = identify(&conn, plan)?;
    if bytes <= QUICK_CHECK_BYTES {
        quick_check(&conn)?;
    }
    conn.close().map_err(|(_, error)| error)?;
    Ok(found)
}

/// Whether everything is in the database file itself. Whoever has it open in WAL mode has a log
/// there, and the gate keeps other engines of ours from starting.
fn is_at_rest(path: &Path) -> bool {
    ["-wal", "-journal"].iter().all(|suffix| !beside(path, suffix).exists())
}

/// Before the file is in WAL mode its first page goes through a rollback journal. A process killed
/// just then leaves one that a read-only connection cannot roll back. Such a file never held a
/// table, so SQLite may tidy it up.
fn finish_first_page(path: &Path, bytes: u64) -> Result<()> {
    let journal = std::fs::metadata(beside(path, "-journal")).map_or(0, |meta| meta.len());
    if journal > 0 && bytes <= FIRST_PAGE_BYTES {
        connection::roll_back_journal(path)?;
    }
    Ok(())
}

/// Whose file this is, and of which version.
pub(super) fn identify(conn: &Connection, plan: &Plan) -> Result<Inspection> {
    let application: i32 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let is_empty = !conn.prepare("SELECT 1 FROM sqlite_schema")?.exists([])?;
    if application != APPLICATION_ID && !(application == 0 && is_empty) {
        return Err(Error::new(
            ErrorKind::ConfigInvalid,
            "the file is an SQLite database of another program; name a file of its own for this library",
        ));
    }
    let history = match has_table(conn, "refinery_schema_history")? {
        true => rows(conn, "SELECT version, checksum FROM refinery_schema_history", |row| {
            Ok(AppliedStep { version: row.get(0)?, checksum: row.get(1)? })
        })?,
        false => Vec::new(),
    };
    let is_behind = plan.is_behind(&history)?;
    Ok(Inspection { is_behind, key_checks: key_checks(conn)? })
}

/// Whether every page and every reference is right. Reads the whole file.
pub(super) fn is_sound(conn: &Connection) -> Result<bool> {
    let verdict: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok(verdict == "ok" && !conn.prepare("PRAGMA foreign_key_check")?.exists([])?)
}

/// The key checks stored in the file, by key id.
pub(super) fn key_checks(conn: &Connection) -> Result<Vec<KeyCheck>> {
    if !has_table(conn, "key_checks")? {
        return Ok(Vec::new());
    }
    let column = "SELECT 1 FROM pragma_table_info('key_checks') WHERE name = 'superseded_at'";
    // Older schemas knew no replaced keys.
    let known = if conn.prepare(column)?.exists([])? { key::COLUMNS } else { key::OLD_COLUMNS };
    rows(conn, &format!("SELECT {known} FROM key_checks ORDER BY key_id"), key::read_check)
}

fn has_table(conn: &Connection, name: &str) -> Result<bool> {
    Ok(conn.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?.exists([name])?)
}

fn rows<T>(conn: &Connection, sql: &str, read: fn(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
    let mut statement = conn.prepare(sql)?;
    let found: rusqlite::Result<Vec<T>> = statement.query_map([], read)?.collect();
    Ok(found?)
}

fn quick_check(conn: &Connection) -> Result<()> {
    let verdict: Option<String> = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).optional()?;
    if verdict.as_deref() == Some("ok") {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Storage,
        "the database is damaged; keep it as it is and restore a backup with Hub.restore, which keeps it beside it",
    ))
}
