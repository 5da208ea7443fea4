//! The keys of the file, and how one takes another's place while several processes write.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::inspect::key_checks;
use super::row::{all, conflict, execute, first, value};
use crate::error::{Error, ErrorKind, Result};
use crate::model::UtcMillis;

/// What the triggers of migration 5 say of a value that is sealed with a closed key.
pub(super) const REFUSAL: &str = "sealed with a closed key";

/// Columns of a key check, and those of schemas before keys could be replaced.
pub(super) const COLUMNS: &str = "key_id, sealed, replaced_by, superseded_at";
pub(super) const OLD_COLUMNS: &str = "key_id, sealed, NULL, NULL";

/// A sealed known text by which a key is recognised before anything is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyCheck {
    /// Which key sealed it.
    pub(crate) key_id: String,
    /// The known text, sealed; nothing once the key is superseded.
    pub(crate) sealed: Vec<u8>,
    /// The key that everybody is to write with instead.
    pub(crate) replaced_by: Option<String>,
    /// Since when no value needs it.
    pub(crate) superseded_at: Option<UtcMillis>,
}

impl KeyCheck {
    /// The check of a key that is in force.
    pub(crate) fn new(key_id: String, sealed: Vec<u8>) -> Self {
        Self { key_id, sealed, replaced_by: None, superseded_at: None }
    }
}

/// Another process that has the file open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtherProcess {
    pub(crate) pid: i64,
    pub(crate) host: String,
    /// The key it writes with; `None` while it is being opened.
    pub(crate) writer: Option<String>,
}

impl Store {
    /// The keys of the file, by id.
    pub(crate) async fn key_checks(&self) -> Result<Vec<KeyCheck>> {
        self.read("key_checks", key_checks).await
    }

    /// Says which key this process writes with from now on, and which it can open. Nothing that is sealed
    /// with another may be on its way to the file.
    pub(crate) async fn announce_keys(&self, writer: String, opens: Vec<String>) -> Result<()> {
        let id = self.process_id();
        self.write("announce_keys", move |conn| announce_keys(conn, id, &writer, &opens)).await
    }

    /// Puts a key in the place of all others, for writing. Answers the processes that could not open what
    /// is sealed with it; then nothing was changed.
    ///
    /// # Errors
    /// `CONFLICT` when the key was superseded before.
    pub(crate) async fn replace_keys(&self, by: KeyCheck) -> Result<Vec<OtherProcess>> {
        let (me, now) = (self.process_id(), self.now());
        self.write("replace_keys", move |conn| replace_keys(conn, me, &by, now)).await
    }

    /// Closes all other keys, so that no value sealed with them is taken any more. Answers the processes
    /// that still write with another; then nothing was changed.
    ///
    /// # Errors
    /// `CONFLICT` when another key has taken the place of this one meanwhile.
    pub(crate) async fn close_keys(&self, but: String) -> Result<Vec<OtherProcess>> {
        let now = self.now();
        self.write("close_keys", move |conn| close_keys(conn, &but, now)).await
    }

    /// Notes that no value needs the closed keys any more. Answers them.
    ///
    /// # Errors
    /// `CONFLICT` when another key came in meanwhile.
    pub(crate) async fn supersede_keys(&self, by: String) -> Result<Vec<String>> {
        let now = self.now();
        self.write("supersede_keys", move |conn| supersede_keys(conn, &by, now)).await
    }

    /// Fails with `KEY_WRONG` when what this key seals would not be taken: asked before a platform is asked
    /// for something that must be stored.
    pub(crate) async fn require_open_key(&self, writer: String) -> Result<()> {
        self.read("require_open_key", move |conn| require_open_key(conn, &writer)).await
    }
}

pub(super) fn read_check(row: &Row<'_>) -> rusqlite::Result<KeyCheck> {
    Ok(KeyCheck {
        key_id: row.get(0)?,
        sealed: row.get(1)?,
        replaced_by: row.get(2)?,
        superseded_at: row.get(3)?,
    })
}

pub(super) fn announce_keys(conn: &Connection, id: i64, writer: &str, opens: &[String]) -> Result<()> {
    let sql = "UPDATE processes SET writer_key = ?2, opens_keys = ?3 WHERE id = ?1";
    execute(conn, sql, params![id, writer, super::row::to_json(opens)?]).map(drop)
}

pub(super) fn replace_keys(
    conn: &Connection,
    me: i64,
    by: &KeyCheck,
    now: UtcMillis,
) -> Result<Vec<OtherProcess>> {
    let sql = "SELECT EXISTS (SELECT 1 FROM key_checks WHERE key_id = ?1 AND superseded_at IS NOT NULL)";
    if value(conn, sql, [&by.key_id])? {
        return Err(conflict(
            "this key was superseded by another one before: make a new one with generateKey",
        ));
    }
    let sql = "SELECT pid, host, writer_key FROM processes
        WHERE id <> ?1 AND NOT EXISTS (SELECT 1 FROM json_each(opens_keys) WHERE json_each.value = ?2) ORDER BY id";
    let blind = all(conn, sql, params![me, by.key_id], read_other)?;
    if blind.is_empty() {
        let sql =
            "INSERT INTO key_checks (key_id, sealed, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        execute(conn, sql, params![by.key_id, by.sealed, now])?;
        let sql = "UPDATE key_checks SET replaced_by = NULL, closed_at = NULL WHERE key_id = ?1";
        execute(conn, sql, [&by.key_id])?;
        execute(conn, "UPDATE key_checks SET replaced_by = ?1 WHERE key_id <> ?1", [&by.key_id])?;
    }
    Ok(blind)
}

pub(super) fn close_keys(conn: &Connection, but: &str, now: UtcMillis) -> Result<Vec<OtherProcess>> {
    require_in_force(conn, but)?;
    let sql = "SELECT pid, host, writer_key FROM processes WHERE writer_key IS NOT ?1 ORDER BY id";
    let late = all(conn, sql, [but], read_other)?;
    if late.is_empty() {
        let sql =
            "UPDATE key_checks SET replaced_by = ?1, closed_at = coalesce(closed_at, ?2) WHERE key_id <> ?1";
        execute(conn, sql, params![but, now])?;
    }
    Ok(late)
}

pub(super) fn supersede_keys(conn: &Connection, by: &str, now: UtcMillis) -> Result<Vec<String>> {
    require_in_force(conn, by)?;
    let sql = "SELECT EXISTS (SELECT 1 FROM key_checks WHERE key_id <> ?1 AND closed_at IS NULL)";
    if value(conn, sql, [by])? {
        return Err(conflict("another key came in while keys were changed: call rotateKey again"));
    }
    // Its own check would be the last value sealed with it.
    let sql =
        "UPDATE key_checks SET superseded_at = ?2, sealed = x'' WHERE key_id <> ?1 AND superseded_at IS NULL
        RETURNING key_id";
    all(conn, sql, params![by, now], |row| row.get(0))
}

fn require_in_force(conn: &Connection, key: &str) -> Result<()> {
    let sql = "SELECT replaced_by FROM key_checks WHERE key_id = ?1";
    match first(conn, sql, [key], |row| row.get::<_, Option<String>>(0))? {
        Some(None) => Ok(()),
        Some(Some(newer)) => Err(conflict(format!(
            "key {newer} has taken the place of this one meanwhile: call rotateKey with that one"
        ))),
        None => Err(Error::internal("a key that takes the place of others has a check")),
    }
}

/// Fails with `KEY_WRONG` when what this key seals would not be taken.
pub(super) fn require_open_key(conn: &Connection, writer: &str) -> Result<()> {
    let sql = "SELECT EXISTS (SELECT 1 FROM key_checks WHERE key_id = ?1 AND closed_at IS NOT NULL)";
    if value(conn, sql, [writer])? { Err(closed()) } else { Ok(()) }
}

/// What a process hears that seals with a key whose time is over.
pub(super) fn closed() -> Error {
    let message = "this process seals with a master key whose place another one has taken: nothing was written; close \
                   its hub and open it with the new key";
    Error::new(ErrorKind::KeyWrong, message)
}

fn read_other(row: &Row<'_>) -> rusqlite::Result<OtherProcess> {
    Ok(OtherProcess { pid: row.get(0)?, host: row.get(1)?, writer: row.get(2)? })
}
