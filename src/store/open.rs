//! From a path to an open engine: every reason to refuse is found before anything is written.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior, params};

use super::inspect::{Inspection, inspect, key_checks};
use super::lock::{Locks, OpeningLocks};
use super::migrate::Plan;
use super::process::{self, Process};
use super::{KeyCheck, StoreOptions, beside, connection, system};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::UtcMillis;

/// An open file, before its threads and tasks are started.
pub(super) struct Opened {
    // Closed before the locks are released.
    pub(super) conn: Connection,
    pub(super) path: PathBuf,
    pub(super) process_id: i64,
    pub(super) locks: Locks,
}

/// Opens the file, creating and migrating it where needed. Blocks; run it off the async threads.
pub(super) fn open<F>(options: &StoreOptions, plan: &Plan, verify: F) -> Result<Opened>
where
    F: FnOnce(&[KeyCheck]) -> Result<Vec<KeyCheck>>,
{
    connection::require_safe_sqlite()?;
    let path = absolute(&options.path, "database path")?;
    require_local(&path, options.force_network)?;
    require_plain_file(&path)?;
    let mut locks = OpeningLocks::acquire(&path)?;
    // Again, now that nobody else can create or migrate it.
    let exists = require_plain_file(&path)?;
    let found = match exists {
        true => inspect(&path, plan)?,
        false => Inspection { is_behind: true, key_checks: Vec::new() },
    };
    if found.is_behind && !locks.is_alone() {
        return Err(in_use_by_older());
    }
    let additions = verify(&found.key_checks)?;

    // From here on we write, and what we open may have to be recovered first.
    let _turn = locks.take_turn()?;
    prepare_file(&path, exists)?;
    let mut conn = connection::read_write(&path)?;
    if found.is_behind {
        plan.run(&mut conn)?;
    }
    let entry = Entry { seen: &found.key_checks, additions: &additions, now: options.clock.now() };
    // If this fails the connection is closed before the locks are released: it was made after them.
    let process_id = register(&mut conn, &locks, &entry)?;
    locks.share()?;
    Ok(Opened { conn, path, process_id, locks: locks.finish() })
}

/// Directory resolved, name as given: a name that SQLite would read as a URI is only a name behind
/// a directory, and two ways to write a path become one.
pub(super) fn absolute(path: &Path, what: &str) -> Result<PathBuf> {
    let unusable = |why: &str| {
        let message = format!("the {what} {} cannot be used: {why}", path.display());
        Error::new(ErrorKind::ConfigInvalid, message)
    };
    let name = path.file_name().ok_or_else(|| unusable("it names no file"))?;
    let full = std::path::absolute(path).map_err(|error| unusable(&error.to_string()))?;
    let dir = full.parent().unwrap_or(Path::new(""));
    let dir = dir.canonicalize().map_err(|_| unusable("its directory does not exist; create it first"))?;
    if ends_like_our_side_files(name) {
        return Err(unusable("SQLite uses names ending in -wal, -shm and -journal itself"));
    }
    Ok(dir.join(name))
}

fn ends_like_our_side_files(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["-wal", "-shm", "-journal", "-locks"].iter().any(|end| name.ends_with(end))
}

/// SQLite's log needs memory shared by all its users and locks that hold, which network and guest
/// file systems do not give.
pub(super) fn require_local(path: &Path, force: bool) -> Result<()> {
    // A single file can be mounted apart from its directory.
    let place = if path.exists() { path } else { path.parent().unwrap_or(path) };
    let network = system::network_file_system(place).map_err(|error| unreadable(path, &error))?;
    match network {
        Some(name) if !force => Err(Error::new(
            ErrorKind::ConfigInvalid,
            format!(
                "{} is on a network or guest file system ({name}), where SQLite can lose data; use a local disk, or \
                 set force_network if exactly one process ever opens it",
                path.display()
            ),
        )),
        _ => Ok(()),
    }
}

fn require_plain_file(path: &Path) -> Result<bool> {
    plain_file(path, 1)
}

/// Whether there is a file with something in it; refuses everything that is not a file of ours, with at most
/// so many names.
pub(super) fn plain_file(path: &Path, most_names: u64) -> Result<bool> {
    let refuse = |why: &str| {
        let message = format!("the database path {} cannot be used: {why}", path.display());
        Err(Error::new(ErrorKind::ConfigInvalid, message))
    };
    let meta = match std::fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return no_file(path),
        Err(error) => return Err(unreadable(path, &error)),
    };
    if meta.is_symlink() {
        return refuse("it is a symbolic link; name the file itself");
    }
    if meta.is_dir() {
        return refuse("it is a directory; name a file in it");
    }
    if !meta.is_file() {
        return refuse("it is not a regular file");
    }
    if !system::is_ours(&meta) {
        return refuse("it belongs to another user; run as that user or change its owner");
    }
    if system::link_count(&meta) > most_names {
        return refuse("the file has a second name (hard link), under which its log would not be found");
    }
    if meta.len() == 0 { no_file(path) } else { Ok(true) }
}

/// An empty or absent file is a new database, unless a log says that one is missing.
fn no_file(path: &Path) -> Result<bool> {
    let log = std::fs::metadata(beside(path, "-wal")).map_or(0, |meta| meta.len());
    if log == 0 {
        return Ok(false);
    }
    Err(Error::new(
        ErrorKind::Storage,
        format!(
            "there is a -wal file but no database at {}; put the database back, or move the -wal file away",
            path.display()
        ),
    ))
}

/// The file exists and is private before SQLite opens it: `-wal` and `-shm` inherit its mode.
fn prepare_file(path: &Path, exists: bool) -> Result<()> {
    let done = match exists {
        true => Ok(()),
        false => match system::create_private(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made.and_then(|()| path.parent().map_or(Ok(()), system::sync_dir)),
        },
    };
    done.and_then(|()| make_private(path)).map_err(|error| {
        let message = format!("the database {} cannot be created or made private: {error}", path.display());
        Error::new(ErrorKind::ConfigInvalid, message)
    })
}

fn make_private(path: &Path) -> io::Result<()> {
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        match system::make_private(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

struct Entry<'a> {
    seen: &'a [KeyCheck],
    additions: &'a [KeyCheck],
    now: UtcMillis,
}

/// Stores the new key checks and this process, in one transaction.
fn register(conn: &mut Connection, locks: &OpeningLocks, entry: &Entry<'_>) -> Result<i64> {
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if key_checks(&transaction)? != entry.seen {
        let message = "the keys of the database were changed while it was being opened; open it again";
        return Err(Error::new(ErrorKind::DatabaseInUse, message).with_retry(Retry::Backoff));
    }
    for check in entry.additions {
        transaction.execute(
            "INSERT INTO key_checks (key_id, sealed, created_at) VALUES (?1, ?2, ?3)",
            params![check.key_id, check.sealed, entry.now.0],
        )?;
    }
    let id = process::register(&transaction, &Process { lock_name: locks.name(), now: entry.now })?;
    transaction.commit()?;
    Ok(id)
}

fn in_use_by_older() -> Error {
    Error::new(
        ErrorKind::DatabaseInUse,
        "the database must be migrated, but other processes have it open; close them all, then start this version",
    )
    .with_retry(Retry::Backoff)
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::ConfigInvalid, format!("{} cannot be read: {error}", path.display()))
}
