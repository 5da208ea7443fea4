//! How connections are opened and set up, and which SQLite is good enough.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::system;
// A test can put a disk that fails under its files.
#[cfg(all(test, unix))]
use super::tests::{adjust, connect};
use crate::error::{Error, ErrorKind, Result};

/// How long a writer waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const STATEMENT_CACHE: usize = 128;
/// The log is copied into the database when it has this many pages (16 MiB).
const WAL_PAGES: i64 = 4096;
/// A log that a long reader made larger than this is cut back to it.
const WAL_BYTES: i64 = 64 << 20;
/// Negative means KiB.
const CACHE: i64 = -16 * 1024;

/// Refuses an SQLite that can lose committed rows: before the fix of 3.51.3 a checkpoint and a
/// restart of the log could meet (<https://sqlite.org/wal.html#walresetbug>).
pub(super) fn require_safe_sqlite() -> Result<()> {
    if has_wal_reset_fix(rusqlite::version_number()) {
        return Ok(());
    }
    let message = format!(
        "SQLite {} can lose committed rows; build with the bundled SQLite or link 3.51.3 or newer",
        rusqlite::version()
    );
    Err(Error::new(ErrorKind::ConfigInvalid, message))
}

/// 3.52.0 has the fix but was withdrawn by its makers.
fn has_wal_reset_fix(version: i32) -> bool {
    matches!(version, 3_044_006..3_045_000 | 3_050_007..3_051_000 | 3_051_003..3_052_000 | 3_053_000..)
}

/// Opens an existing file so that it cannot be changed, not even by closing the connection.
pub(super) fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    let conn = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.pragma_update(None, "query_only", true)?;
    // Not for the writer: VACUUM attaches a file of its own.
    conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    Ok(conn)
}

/// Opens an existing file that is not changed, for `VACUUM INTO`, which attaches the file it makes and
/// therefore needs leave to attach and to write there.
pub(super) fn vacuuming(path: &Path) -> rusqlite::Result<Connection> {
    let conn = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.pragma_update(None, "cache_size", CACHE)?;
    Ok(conn)
}

/// Opens a file that only this thread knows, without a log of its own.
pub(super) fn plain(path: &Path) -> rusqlite::Result<Connection> {
    let conn = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    Ok(conn)
}

/// Opens an existing file that nobody uses and that has no log, without making one beside it.
pub(super) fn immutable(path: &Path) -> rusqlite::Result<Connection> {
    match system::file_uri(path) {
        Some(uri) => open(
            Path::new(&format!("{uri}?immutable=1")),
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
        ),
        None => read_only(path),
    }
}

/// Lets SQLite roll back what a killed process left in a rollback journal.
pub(super) fn roll_back_journal(path: &Path) -> rusqlite::Result<()> {
    let conn = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

/// Brings what is only in the log of a file into the file, and removes the log. What turns out to be damaged
/// stays as it is, its log too.
pub(super) fn empty_log(path: &Path) -> rusqlite::Result<()> {
    let conn = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Before anything that reads the file: a connection that fails there would save the log when it closes.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    conn.close().map_err(|(_, error)| error)
}

/// Opens an existing file for writing, in WAL mode and durable at every commit.
pub(super) fn read_write(path: &Path) -> Result<Connection> {
    let conn = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(Error::new(
            ErrorKind::Storage,
            "the file system does not allow SQLite's write-ahead log",
        ));
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "cache_size", CACHE)?;
    // Both pragmas answer with a row.
    conn.pragma_update_and_check(None, "wal_autocheckpoint", WAL_PAGES, |_| Ok(()))?;
    conn.pragma_update_and_check(None, "journal_size_limit", WAL_BYTES, |_| Ok(()))?;
    #[cfg(all(test, unix))]
    adjust(path, &conn)?;
    Ok(conn)
}

/// `path` is absolute, so that a name like `file:x?mode=memory` stays a name: the bundled SQLite
/// reads URIs whether or not the flag is set.
fn open(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = connect(path, flags)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // Sorting must not leave rows in files beside ours.
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(conn)
}

#[cfg(not(all(test, unix)))]
fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, flags)
}

#[cfg(test)]
mod tests {
    use super::{has_wal_reset_fix, require_safe_sqlite};

    #[test]
    fn versions_that_lose_rows_are_refused() {
        for bad in [3_007_000, 3_044_005, 3_045_000, 3_050_006, 3_051_000, 3_051_002, 3_052_000] {
            assert!(!has_wal_reset_fix(bad), "{bad}");
        }
        for good in [3_044_006, 3_050_007, 3_051_003, 3_053_000, 3_054_001, 4_000_000] {
            assert!(has_wal_reset_fix(good), "{good}");
        }
    }

    #[test]
    fn the_bundled_version_is_safe() {
        require_safe_sqlite().unwrap();
    }
}
