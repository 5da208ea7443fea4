//! Who may use a database file, decided by locks on files of their own in `<database>-locks/`.
//!
//! - `p-<pid namespace>-<pid>`, exclusive, one per engine: a second copy of this library in one
//!   process meets it. Free means that the process is dead, whatever its pid says.
//! - `use`, shared by every running engine, exclusive while migrating or restoring.
//! - `open`, exclusive while an engine opens: it makes the steps from "nobody else is here" to
//!   "migrated and shared" one step, since a lock cannot be turned from exclusive to shared at once.
//! - `turn`, exclusive around each write, from before its transaction begins until after its commit: a
//!   foreign close in this process can drop SQLite's own lock of writers while a commit is being written,
//!   and then two processes would write at the same places of the log.
//!
//! These are `flock` locks (`LockFileEx` on Windows): they belong to the open file, so closing
//! another handle does not drop them, and the system frees them when the process dies. The database,
//! `-wal` and `-shm` are never opened here: SQLite's own locks on them are of the other sort, and
//! closing any handle of theirs in this process would drop them.
//!
//! Whoever removes a lock file holds its lock, and whoever takes one checks afterwards that the path
//! still names it. So removal is safe at any time, and a clean end leaves nothing behind.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::watch::Watch;
use super::{beside, system};
use crate::error::{Error, ErrorKind, Result, Retry};

const POLL: Duration = Duration::from_millis(10);
/// How long our own name may be probed by others before we say that it is taken.
const OWN_PATIENCE: Duration = Duration::from_millis(200);
/// How long to wait while another process opens or migrates.
const OPEN_PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait for another process's write; as long as SQLite would.
const TURN_PATIENCE: Duration = Duration::from_secs(5);
const TURN_POLL: Duration = Duration::from_millis(1);
const PROCESS_PREFIX: &str = "p-";

#[derive(Clone, Copy)]
enum Mode {
    Shared,
    Exclusive,
}

/// The directory of the lock files of one database.
#[derive(Clone, Debug)]
pub(super) struct LockDir(PathBuf);

impl LockDir {
    pub(super) fn of(database: &Path) -> Self {
        Self(beside(database, "-locks"))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Takes the lock `name`; `None` when another holds it longer than `patience`.
    fn acquire(&self, name: &str, mode: Mode, patience: Duration) -> io::Result<Option<Held>> {
        let path = self.file(name);
        let mut waited = Duration::ZERO;
        loop {
            let file = match system::open_lock_file(&path, true) {
                Ok(file) => file,
                // The directory is not there yet, or a closing engine has just removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound && waited <= OPEN_PATIENCE => {
                    system::create_private_dir(&self.0)?;
                    waited += Duration::from_millis(1);
                    continue;
                }
                Err(error) => return Err(error),
            };
            match take(file, &path, mode)? {
                Take::Ours(file) => return Ok(Some(file)),
                Take::Removed => {}
                Take::Held if waited >= patience => return Ok(None),
                Take::Held => {
                    std::thread::sleep(POLL);
                    waited += POLL;
                }
            }
        }
    }

    /// Whether the process behind `name` is gone; removes its file if so.
    pub(super) fn bury(&self, name: &str) -> io::Result<bool> {
        // Names come from the table as well, and must not lead out of the directory.
        let is_name = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !name.strip_prefix(PROCESS_PREFIX).is_some_and(is_name) {
            return Ok(true);
        }
        let path = self.file(name);
        let file = match system::open_lock_file(&path, false) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(error),
        };
        match take(file, &path, Mode::Exclusive)? {
            Take::Ours(_lock) => remove(&path).map(|()| true),
            Take::Removed => Ok(true),
            Take::Held => Ok(false),
        }
    }

    /// Removes the files of dead processes that never reached the table.
    pub(super) fn sweep(&self) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.0)? {
            if let Some(name) = entry?.file_name().to_str().filter(|name| name.starts_with(PROCESS_PREFIX)) {
                self.bury(name)?;
            }
        }
        Ok(())
    }
}

/// A file that is locked until this is dropped. Closing it would not do: a process that is being started has a copy of
/// the open file until its program runs, and the lock with it.
#[derive(Debug)]
struct Held {
    file: File,
    pid: u32,
}

impl Held {
    fn new(file: File) -> Self {
        Self { file, pid: std::process::id() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // In a forked child the lock is the parent's.
        if std::process::id() == self.pid {
            // It fails only for files that know no locks.
            let _ = self.file.unlock();
        }
    }
}

/// What became of an attempt to lock an open file.
#[derive(Debug)]
enum Take {
    Ours(Held),
    /// Its holder removed it before letting go; the path names another file or none.
    Removed,
    Held,
}

fn take(file: File, path: &Path, mode: Mode) -> io::Result<Take> {
    let locked = match mode {
        Mode::Shared => file.try_lock_shared(),
        Mode::Exclusive => file.try_lock(),
    };
    match locked {
        Ok(()) if system::is_same_file(&file, path) => Ok(Take::Ours(Held::new(file))),
        Ok(()) => Ok(Take::Removed),
        Err(TryLockError::WouldBlock) => Ok(Take::Held),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The locks of one engine. Must outlive its connections; dropping it releases them.
#[derive(Debug)]
pub(super) struct Locks {
    dir: LockDir,
    name: String,
    pid: u32,
    /// Its descriptors are of the database itself, and so must outlive the connections too; closed
    /// before `_own` lets another engine of this process in.
    watch: Mutex<Watch>,
    /// Locked as long as it is open.
    _own: Held,
    usage: Option<Held>,
    /// Open as long as the engine, so that a turn costs no more than its lock.
    turn: Option<File>,
}

/// While it lives, no other process of this library writes. One at a time in a process: two would
/// share the lock.
#[derive(Debug)]
pub(super) struct Turn {
    _held: Held,
}

/// The locks of an engine that is opening.
#[derive(Debug)]
pub(super) struct OpeningLocks {
    // Opened first when an opening fails, so that the locks can tidy up behind it.
    _gate: Held,
    locks: Locks,
    is_alone: bool,
}

impl OpeningLocks {
    /// Takes the process's own lock, the gate, and `use` (exclusive if nobody else is here).
    /// Fails with `DATABASE_IN_USE`, or `CONFIG_INVALID` when no lock file can be made.
    pub(super) fn acquire(database: &Path) -> Result<Self> {
        let dir = LockDir::of(database);
        let name = format!("{PROCESS_PREFIX}{}", system::process_name());
        let taken = |result: io::Result<Option<Held>>| result.map_err(|error| unusable(&dir, &error));

        let own = taken(dir.acquire(&name, Mode::Exclusive, OWN_PATIENCE))?.ok_or_else(second_copy)?;
        let watch = Mutex::default();
        let mut locks = Locks {
            dir: dir.clone(),
            name,
            pid: std::process::id(),
            watch,
            _own: own,
            usage: None,
            turn: None,
        };
        let gate = taken(dir.acquire("open", Mode::Exclusive, OPEN_PATIENCE))?.ok_or_else(opening)?;
        let alone = taken(dir.acquire("use", Mode::Exclusive, Duration::ZERO))?;
        let is_alone = alone.is_some();
        locks.usage = match alone {
            Some(file) => Some(file),
            None => Some(taken(dir.acquire("use", Mode::Shared, Duration::ZERO))?.ok_or_else(opening)?),
        };
        // Behind the gate, where nobody removes it; later only the last user does.
        let turn = system::open_lock_file(&dir.file("turn"), true);
        locks.turn = Some(turn.map_err(|error| unusable(&dir, &error))?);
        Ok(Self { _gate: gate, locks, is_alone })
    }

    /// Whether no other engine uses the file, so that it may be migrated.
    pub(super) fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// See [`Locks::take_turn`].
    pub(super) fn take_turn(&self) -> Result<Turn> {
        self.locks.take_turn()
    }

    /// The name of this process in the table of processes.
    pub(super) fn name(&self) -> &str {
        &self.locks.name
    }

    /// Lets others use the file too, once they pass the gate.
    pub(super) fn share(&mut self) -> Result<()> {
        if self.is_alone {
            // Free for a moment, but nobody can come in: they need the gate first.
            self.locks.usage = None;
            let shared = self.locks.dir.acquire("use", Mode::Shared, OWN_PATIENCE);
            let shared = shared.map_err(|error| unusable(&self.locks.dir, &error))?;
            self.locks.usage = Some(shared.ok_or_else(opening)?);
            self.is_alone = false;
        }
        Ok(())
    }

    /// Opens the gate.
    pub(super) fn finish(self) -> Locks {
        self.locks
    }
}

impl Locks {
    pub(super) fn dir(&self) -> &LockDir {
        &self.dir
    }

    /// What notices that our locks on the database were dropped.
    pub(super) fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no other process of this library writes; fails with `STORAGE` when that takes too long.
    pub(super) fn take_turn(&self) -> Result<Turn> {
        let broken = |_| {
            Error::new(ErrorKind::Storage, "the lock file of writers cannot be used; nothing was written")
        };
        let file = self.turn.as_ref().ok_or_else(|| Error::internal("a write without its lock file"))?;
        let file = file.try_clone().map_err(broken)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Turn { _held: Held::new(file) }),
                Err(TryLockError::WouldBlock) if waited < TURN_PATIENCE => {
                    std::thread::sleep(TURN_POLL);
                    waited += TURN_POLL;
                }
                Err(TryLockError::WouldBlock) => return Err(busy()),
                Err(TryLockError::Error(error)) => return Err(broken(error)),
            }
        }
    }

    /// Removes what is left when we were the last; whatever fails here is left to the next opener.
    fn tidy(&mut self) -> io::Result<()> {
        remove(&self.dir.file(&self.name))?;
        let gate_path = self.dir.file("open");
        let Some(_gate) = self.dir.acquire("open", Mode::Exclusive, Duration::ZERO)? else { return Ok(()) };
        self.usage = None;
        let Some(_usage) = self.dir.acquire("use", Mode::Exclusive, Duration::ZERO)? else { return Ok(()) };
        remove(&self.dir.file("turn"))?;
        remove(&self.dir.file("use"))?;
        remove(&gate_path)?;
        std::fs::remove_dir(&self.dir.0)
    }
}

impl Drop for Locks {
    fn drop(&mut self) {
        // In a forked child the open files are the parent's: closing them leaves its locks alone,
        // removing or unlocking would not.
        if std::process::id() == self.pid
            && let Err(error) = self.tidy()
        {
            tracing::debug!(kind = ?error.kind(), "lock files were left for the next opener");
        }
    }
}

fn second_copy() -> Error {
    Error::new(
        ErrorKind::DatabaseInUse,
        "this process already has the database open through another engine or a second copy of this library; \
         close that one first, or make sure that only one copy is installed (npm ls dianqiao)",
    )
}

fn busy() -> Error {
    let message = "another process kept writing to the database for too long; nothing was written, try again";
    Error::new(ErrorKind::Storage, message).with_retry(Retry::Backoff)
}

fn opening() -> Error {
    Error::new(
        ErrorKind::DatabaseInUse,
        "another process is opening, migrating or restoring the database; try again when it is done",
    )
    .with_retry(Retry::Backoff)
}

fn unusable(dir: &LockDir, error: &io::Error) -> Error {
    let message = format!(
        "cannot make lock files in {}: {error}; the database needs a directory this user may write to",
        dir.0.display()
    );
    Error::new(ErrorKind::ConfigInvalid, message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LockDir, Mode, Take, system, take};

    #[test]
    fn a_lock_that_is_let_go_is_free_although_a_process_that_is_being_started_has_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let locks = LockDir::of(&dir.path().join("shop.db"));
        let held = locks.acquire("use", Mode::Exclusive, Duration::ZERO).unwrap().unwrap();
        let copy = held.file.try_clone().unwrap();
        assert!(locks.acquire("use", Mode::Shared, Duration::ZERO).unwrap().is_none());
        drop(held);
        assert!(locks.acquire("use", Mode::Exclusive, Duration::ZERO).unwrap().is_some());
        drop(copy);
    }

    #[test]
    fn a_lock_file_that_was_removed_meanwhile_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let held = system::open_lock_file(&path, true).unwrap();
        held.try_lock().unwrap();
        let waiting = system::open_lock_file(&path, true).unwrap();
        let late = system::open_lock_file(&path, true).unwrap();
        assert!(matches!(take(waiting, &path, Mode::Exclusive).unwrap(), Take::Held));
        std::fs::remove_file(&path).unwrap();
        let newcomer = system::open_lock_file(&path, true).unwrap();
        drop(held);
        assert!(matches!(take(late, &path, Mode::Exclusive).unwrap(), Take::Removed));
        assert!(matches!(take(newcomer, &path, Mode::Exclusive).unwrap(), Take::Ours(_)));
    }
}
