//! Brings a backup into the place of the database.
//!
//! The backup is read in full before anything is touched. Then, under the locks that keep every engine of
//! this library out: a private copy beside the database, made into what goes on from here (`past.rs`),
//! checked, on the disk; and one step that puts it into place (`place.rs`). Death between any two
//! steps leaves the old database or the restored one.

mod check;
mod past;
mod place;

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use self::check::Backup;
use self::place::Place;
use super::draft::{Draft, unwritable};
use super::lock::OpeningLocks;
use super::migrate::Plan;
use super::{KeyCheck, Store, connection, open, system};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::failpoint::die_at;
use crate::model::UtcMillis;

/// Room that is left beside the copy: for the log, and for what a migration adds.
const SPARE_BYTES: u64 = 8 << 20;

/// A restored backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreReport {
    /// The database that is in place now.
    pub database: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// When the backup was begun: what was done since is not in it.
    pub taken_at: UtcMillis,
    /// Where the database is kept that was there before.
    pub kept_as: Option<PathBuf>,
    /// Changes that were open when the backup was made. None of them is sent by itself.
    pub held_changes: u64,
}

/// What to restore, and where.
#[derive(Clone, Debug)]
pub(crate) struct RestoreOrder {
    pub(crate) from: PathBuf,
    pub(crate) database: PathBuf,
    pub(crate) overwrite: bool,
    pub(crate) force_network: bool,
    pub(crate) clock: Clock,
}

impl Store {
    /// Restores. `verify` is given the key checks of the backup before anything is touched; its error is
    /// returned unchanged.
    ///
    /// # Errors
    /// `NOT_FOUND` without a backup; `CONFIG_INVALID` for what is none, or of a newer version, or for a
    /// path that cannot be used; `STORAGE` for a damaged backup, a full or failing disk; `CONFLICT` when
    /// there is a database and it may not be replaced; `DATABASE_IN_USE`.
    pub(crate) async fn restore<F>(order: RestoreOrder, verify: F) -> Result<RestoreReport>
    where
        F: FnOnce(&[KeyCheck]) -> Result<Vec<KeyCheck>> + Send + 'static,
    {
        let done = tokio::task::spawn_blocking(move || order.carry_out(&Plan::shipped()?, verify));
        done.await.unwrap_or_else(|_| Err(Error::internal("restoring the database panicked")))
    }
}

impl RestoreOrder {
    fn carry_out<F>(&self, plan: &Plan, verify: F) -> Result<RestoreReport>
    where
        F: FnOnce(&[KeyCheck]) -> Result<Vec<KeyCheck>>,
    {
        connection::require_safe_sqlite()?;
        let database = open::absolute(&self.database, "database path")?;
        open::require_local(&database, self.force_network)?;
        Place::find(&database)?.require_leave(self.overwrite)?;
        let backup = Backup::check(&self.from, &database, plan, verify)?;
        require_room(&database, backup.bytes)?;

        let locks = OpeningLocks::acquire(&database)?;
        if !locks.is_alone() {
            return Err(in_use());
        }
        // Again, now that nobody else can make or change one.
        let place = Place::find(&database)?;
        place.require_leave(self.overwrite)?;
        let draft = Draft::create(&database)?;
        die_at("restore-begun");
        copy(&backup.path, draft.path()).map_err(|error| unwritable(&database, &error))?;
        die_at("restore-copied");
        let now = self.clock.now();
        let held_changes = past::settle(draft.path(), plan, &backup, now)?;
        draft.sync().map_err(|error| unwritable(&database, &error))?;
        check::copy(draft.path())?;
        let bytes = std::fs::metadata(draft.path()).map_or(0, |meta| meta.len());
        die_at("restore-ready");
        let kept_as = place.take(&draft, now)?;
        Ok(RestoreReport { database, bytes, taken_at: backup.taken_at, kept_as, held_changes })
    }
}

/// Into a file that is there and private. Nobody has the backup open: closing it here drops no lock.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    io::copy(&mut File::open(from)?, &mut OpenOptions::new().write(true).open(to)?).map(drop)
}

/// A disk that fills up meanwhile only costs the time.
fn require_room(database: &Path, bytes: u64) -> Result<()> {
    let dir = database.parent().unwrap_or(Path::new("/"));
    // A system that does not say is no reason to refuse.
    let free = system::free_bytes(dir).ok().flatten();
    has_room(free, bytes).map_err(|missing| {
        let message = format!("the backup does not fit beside the database: free {missing} bytes more");
        Error::new(ErrorKind::Storage, message).with_retry(Retry::Backoff)
    })
}

/// Fails with how much is missing.
fn has_room(free: Option<u64>, bytes: u64) -> Result<(), u64> {
    let needed = bytes.saturating_add(SPARE_BYTES);
    match free.map_or(0, |free| needed.saturating_sub(free)) {
        0 => Ok(()),
        missing => Err(missing),
    }
}

fn in_use() -> Error {
    let message = "other processes have the database open: close them all, then restore";
    Error::new(ErrorKind::DatabaseInUse, message).with_retry(Retry::Backoff)
}

#[cfg(test)]
mod tests {
    use super::{SPARE_BYTES, has_room};

    #[test]
    fn a_backup_needs_its_size_and_something_to_spare() {
        assert_eq!(has_room(Some(100 + SPARE_BYTES), 100), Ok(()));
        assert_eq!(has_room(Some(99 + SPARE_BYTES), 100), Err(1));
        assert_eq!(has_room(None, u64::MAX), Ok(()));
    }
}
