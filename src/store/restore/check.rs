//! Whether a file is a backup that can be restored: found out by reading alone.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::super::backup::TAKEN_AT;
use super::super::inspect::{identify, is_sound};
use super::super::migrate::Plan;
use super::super::{KeyCheck, beside, connection, open, system};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::UtcMillis;

/// A file that passed.
pub(super) struct Backup {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) taken_at: UtcMillis,
    /// Steps of the schema are missing.
    pub(super) is_behind: bool,
}

impl Backup {
    pub(super) fn check<F>(from: &Path, database: &Path, plan: &Plan, verify: F) -> Result<Self>
    where
        F: FnOnce(&[KeyCheck]) -> Result<Vec<KeyCheck>>,
    {
        let path = open::absolute(from, "backup path")?;
        let bytes = require_plain(&path, database)?;
        let read = || {
            let conn = connection::immutable(&path)?;
            let found = identify(&conn, plan)?;
            let taken_at = taken_at(&conn)?;
            Ok((conn, found, taken_at))
        };
        let (conn, found, taken_at) = read().map_err(|error| unusable(&path, &error))?;
        let taken_at = taken_at.ok_or_else(|| {
            refused(&path, "was not made by hub.backup: open it as a database and make a backup of it")
        })?;
        verify(&found.key_checks)?;
        require_sound(&conn).map_err(|error| unusable(&path, &error))?;
        Ok(Self { path, bytes, taken_at, is_behind: found.is_behind })
    }
}

/// Reads the copy as it will be opened.
pub(super) fn copy(path: &Path) -> Result<()> {
    let failed =
        |_| Error::new(ErrorKind::Storage, "the copy of the backup did not pass its check: check the disk");
    require_sound(&connection::immutable(path)?).map_err(failed)
}

fn require_sound(conn: &Connection) -> Result<()> {
    if is_sound(conn)? { Ok(()) } else { Err(Error::new(ErrorKind::Storage, "the file is damaged")) }
}

/// Its size. What is open here or elsewhere has a log beside it, and is not even looked into.
fn require_plain(path: &Path, database: &Path) -> Result<u64> {
    let meta = match std::fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no backup {}", path.display())));
        }
        Err(error) => return Err(refused(path, &format!("cannot be read: {error}"))),
    };
    if !meta.is_file() {
        return Err(refused(path, "is not a plain file: name the file itself"));
    }
    let id = system::file_id(path).ok();
    if id.is_some() && id == system::file_id(database).ok() {
        return Err(refused(path, "is the database itself"));
    }
    if ["-wal", "-shm", "-journal"].iter().any(|suffix| beside(path, suffix).exists()) {
        return Err(refused(
            path,
            "has a log beside it: it is an open database, or was copied from one, and no backup",
        ));
    }
    if meta.len() == 0 { Err(refused(path, "is empty")) } else { Ok(meta.len()) }
}

/// When it was made; absent in a database that is no backup.
fn taken_at(conn: &Connection) -> Result<Option<UtcMillis>> {
    let value: Option<String> =
        conn.query_row("SELECT value FROM meta WHERE key = ?1", [TAKEN_AT], |row| row.get(0)).optional()?;
    Ok(value.and_then(|text| text.parse().ok()).map(UtcMillis))
}

fn refused(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::ConfigInvalid, format!("{} {why}", path.display()))
}

/// What opening a database would be told says the wrong thing of a backup.
fn unusable(path: &Path, error: &Error) -> Error {
    let why = match (error.kind(), error.retry()) {
        (ErrorKind::Storage, Retry::Never) => {
            "it is damaged, no SQLite database, or its disk fails; nothing was changed, use another backup"
        }
        _ => error.message(),
    };
    let message = format!("{} cannot be restored: {why}", path.display());
    Error::new(error.kind(), message).with_retry(error.retry())
}
