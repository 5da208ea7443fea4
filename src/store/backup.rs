//! Backups of the open database, while others write.
//!
//! `VACUUM INTO` rather than SQLite's page copy: it reads one snapshot, where a page copy starts anew with
//! each write of another connection; and it leaves out free pages, in which deleted rows live on. Writers
//! are not stopped: in WAL mode a reader never blocks them. The log cannot be reused before it ends.
//!
//! The copy is made and checked under a name of its own in the target's directory, then takes its name in
//! one step. Sealed columns are copied as they are, sealed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, params};
use tokio_util::sync::CancellationToken;

use super::draft::{Draft, unwritable};
use super::inspect::{is_sound, key_checks};
use super::migrate::APPLICATION_ID;
use super::reader::Readers;
use super::{Store, beside, connection, open, system};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::UtcMillis;

/// Steps of SQLite between two looks at whether the backup is still wanted.
const STEPS: i32 = 10_000;
/// Where a backup keeps when it was taken.
pub(super) const TAKEN_AT: &str = "backup.taken_at";

/// A finished backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// Where it is.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Version of its schema: builds that know it, or a newer one, can open it.
    pub schema_version: i32,
    /// The keys it needs, by id.
    pub key_ids: Vec<String>,
    /// When it was begun; what was acknowledged before is in it.
    pub taken_at: UtcMillis,
}

impl Store {
    /// Writes a checked copy of the database to a file that must not exist.
    ///
    /// # Errors
    /// `CONFLICT` when there is such a file or a backup is being made, `CONFIG_INVALID` for a path that
    /// cannot be used, `STORAGE` for a full or failing disk, `CANCELLED`. The file is then not there.
    pub(crate) async fn backup(
        &self,
        target: PathBuf,
        force_network: bool,
        cancel: CancellationToken,
    ) -> Result<BackupReport> {
        self.require_open()?;
        let Some(_running) = Running::start(&self.0.is_backing_up) else {
            let message = "a backup is being made already: wait for it";
            return Err(Error::new(ErrorKind::Conflict, message).with_retry(Retry::Backoff));
        };
        let taken_at = self.now();
        let done = self.0.readers.run_long(move |pool| {
            let order =
                Order { target: check_target(pool.path(), &target, force_network)?, taken_at, cancel };
            order.carry_out(pool)
        });
        let done = done.await;
        self.logged("backup", done)
    }
}

/// One backup at a time.
struct Running<'a>(&'a AtomicBool);

impl<'a> Running<'a> {
    fn start(flag: &'a AtomicBool) -> Option<Self> {
        (!flag.swap(true, Ordering::AcqRel)).then(|| Self(flag))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn check_target(database: &Path, target: &Path, force_network: bool) -> Result<PathBuf> {
    let path = open::absolute(target, "backup path")?;
    open::require_local(&path, force_network)?;
    let lock_dir = beside(database, "-locks");
    if path == database || path.starts_with(&lock_dir) || path.to_str().is_none() {
        let message = format!("the backup cannot be written to {}: choose another name", path.display());
        return Err(Error::new(ErrorKind::ConfigInvalid, message));
    }
    match std::fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path),
        Err(error) => Err(unwritable(&path, &error)),
        Ok(_) => Err(exists(&path)),
    }
}

fn exists(path: &Path) -> Error {
    let message = format!("there is a file at {} already; a backup never replaces one", path.display());
    Error::new(ErrorKind::Conflict, message)
}

struct Order {
    target: PathBuf,
    taken_at: UtcMillis,
    cancel: CancellationToken,
}

impl Order {
    fn carry_out(&self, pool: &Arc<Readers>) -> Result<BackupReport> {
        let draft = Draft::create(&self.target)?;
        let marks = self.copy(pool, &draft)?;
        draft.sync().map_err(|error| unwritable(&self.target, &error))?;
        let (schema_version, key_ids) = self.check(pool, &draft, &marks)?;
        let bytes = std::fs::metadata(draft.path()).map_err(|error| unwritable(&self.target, &error))?.len();
        self.require_wanted(pool)?;
        match system::rename_new(draft.path(), &self.target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(exists(&self.target)),
            done => done.map_err(|error| unwritable(&self.target, &error))?,
        }
        let dir = self.target.parent().unwrap_or(Path::new("/"));
        if let Err(error) = system::sync_dir(dir) {
            // Whether it survives a power cut is not known, so it is not promised.
            let _ = std::fs::remove_file(&self.target);
            return Err(unwritable(&self.target, &error));
        }
        Ok(BackupReport {
            file: self.target.clone(),
            bytes,
            schema_version,
            key_ids,
            taken_at: self.taken_at,
        })
    }

    /// Copies, and returns what the database had before: the copy must have at least that.
    fn copy(&self, pool: &Arc<Readers>, draft: &Draft) -> Result<Marks> {
        let mut conn = connection::vacuuming(pool.path())?;
        self.watch(&mut conn, pool)?;
        let marks = Marks::of(&conn)?;
        let path = draft.path().to_str().unwrap_or_default();
        let copied = conn.execute("VACUUM INTO ?1", [path]);
        copied.map_err(|error| self.stopped(pool).unwrap_or_else(|| error.into()))?;
        let copy = connection::plain(draft.path())?;
        copy.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
            params![TAKEN_AT, self.taken_at.0.to_string()],
        )?;
        copy.close().map_err(|(_, error)| error)?;
        Ok(marks)
    }

    /// Reads the copy as one who restores it will.
    fn check(&self, pool: &Arc<Readers>, draft: &Draft, marks: &Marks) -> Result<(i32, Vec<String>)> {
        let mut conn = connection::immutable(draft.path())?;
        self.watch(&mut conn, pool)?;
        let read = || -> Result<(bool, i32)> {
            let application: i32 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
            let version = "SELECT max(version) FROM refinery_schema_history";
            let version = conn.query_row(version, [], |row| row.get(0))?;
            Ok((application == APPLICATION_ID && is_sound(&conn)?, version))
        };
        let (is_sound, version) = read().map_err(|error| self.stopped(pool).unwrap_or(error))?;
        let copied = Marks::of(&conn)?;
        if !is_sound || !copied.has_all_of(marks) {
            let message =
                "the backup did not pass its check and was removed; check the disk and the database";
            return Err(Error::new(ErrorKind::Storage, message));
        }
        let needed = key_checks(&conn)?.into_iter().filter(|check| check.superseded_at.is_none());
        Ok((version, needed.map(|check| check.key_id).collect()))
    }

    fn watch(&self, conn: &mut Connection, pool: &Arc<Readers>) -> Result<()> {
        let (pool, cancel) = (Arc::clone(pool), self.cancel.clone());
        conn.progress_handler(STEPS, Some(move || cancel.is_cancelled() || pool.is_unwanted()))?;
        Ok(())
    }

    fn require_wanted(&self, pool: &Readers) -> Result<()> {
        self.stopped(pool).map_or(Ok(()), Err)
    }

    /// Why the backup was stopped, if it was.
    fn stopped(&self, pool: &Readers) -> Option<Error> {
        if self.cancel.is_cancelled() {
            return Some(Error::new(ErrorKind::Cancelled, "the backup was cancelled, and no file was left"));
        }
        let message = "the backup was stopped because the database is being closed or opened anew";
        pool.is_unwanted().then(|| Error::new(ErrorKind::Storage, message).with_retry(Retry::Backoff))
    }
}

/// What only grows: the last id ever given in each table, and the keys.
struct Marks {
    ids: Vec<(String, i64)>,
    keys: Vec<String>,
}

impl Marks {
    fn of(conn: &Connection) -> Result<Self> {
        let mut statement = conn.prepare("SELECT name, seq FROM sqlite_sequence ORDER BY name")?;
        let ids = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let keys = key_checks(conn)?.into_iter().map(|check| check.key_id).collect();
        Ok(Self { ids: ids.collect::<rusqlite::Result<_>>()?, keys })
    }

    fn has_all_of(&self, before: &Self) -> bool {
        let grew =
            |(name, seq): &(String, i64)| self.ids.iter().any(|(known, now)| known == name && now >= seq);
        before.ids.iter().all(grew) && before.keys.iter().all(|key| self.keys.contains(key))
    }
}
