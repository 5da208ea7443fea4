//! The step that puts the copy into place, and keeps what was there.
//!
//! A log left beside a new database would be played into it. So what an old database has in its log is first
//! brought into the old database itself. Then the two files exchange their names, in one step of the file
//! system: at every moment one whole database stands there, and no log.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::super::draft::{Draft, unwritable};
use super::super::inspect::FIRST_PAGE_BYTES;
use super::super::migrate::APPLICATION_ID;
use super::super::{beside, connection, open, system};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::failpoint::die_at;
use crate::model::UtcMillis;

const LOGS: [&str; 2] = ["-wal", "-journal"];
/// SQLite's header up to the number that says whose file it is.
const HEADER: usize = 72;
const HEADER_MAGIC: &[u8] = b"SQLite format 3\0";

/// Exchanges two names; false where the file system cannot.
type Exchange = fn(&Path, &Path) -> io::Result<bool>;

/// Where the database belongs.
pub(super) struct Place {
    database: PathBuf,
    /// There is something in it.
    is_taken: bool,
    exchange: Exchange,
}

impl Place {
    /// Looks without opening. Fails with `CONFIG_INVALID` for what is no plain file of ours.
    pub(super) fn find(database: &Path) -> Result<Self> {
        // A restore that died while it kept a damaged database left that with two names.
        let is_taken = open::plain_file(database, u64::MAX)?;
        Ok(Self { database: database.to_owned(), is_taken, exchange: system::exchange })
    }

    /// Fails with `CONFLICT` when there is a database that may not be replaced.
    pub(super) fn require_leave(&self, overwrite: bool) -> Result<()> {
        if !self.is_taken || overwrite {
            return Ok(());
        }
        let message = format!(
            "there is a database at {}: set `overwrite` to put the backup into its place; it is kept beside it",
            self.database.display()
        );
        Err(Error::new(ErrorKind::Conflict, message))
    }

    /// Puts the copy here. Answers where the old database is kept. The caller holds all locks.
    pub(super) fn take(&self, draft: &Draft, now: UtcMillis) -> Result<Option<PathBuf>> {
        let kept = match self.is_taken {
            true => Some(self.replace(draft, now)?),
            false => self.fill(draft).map(|()| None)?,
        };
        die_at("restore-placed");
        self.sync().map_err(|error| {
            let message =
                format!("the backup is in place, but may not survive a power cut: {error}; check the disk");
            Error::new(ErrorKind::Storage, message)
        })?;
        Ok(kept)
    }

    fn fill(&self, draft: &Draft) -> Result<()> {
        remove_sides(&self.database).map_err(|error| self.failed(&error))?;
        // An empty file is no database yet, and nothing is lost with it.
        let put = match self.database.exists() {
            true => std::fs::rename(draft.path(), &self.database),
            false => system::rename_new(draft.path(), &self.database),
        };
        put.map_err(|error| self.failed(&error))
    }

    fn replace(&self, draft: &Draft, now: UtcMillis) -> Result<PathBuf> {
        if is_of_another_program(&self.database).map_err(|error| self.failed(&error))? {
            let message = format!("{} is an SQLite database of another program", self.database.display());
            return Err(Error::new(ErrorKind::ConfigInvalid, message));
        }
        let is_whole = self.save_log()?;
        die_at("restore-log-saved");
        let kept = self.free_name(now)?;
        let done = if is_whole { self.keep_whole(draft, &kept) } else { self.keep_damaged(draft, &kept) };
        done.map(|()| kept).map_err(|error| self.failed(&error))
    }

    /// Brings what is only in the log into the old database. False when it is damaged, so that its log has to
    /// stay beside it.
    fn save_log(&self) -> Result<bool> {
        if has_log(&self.database) {
            match connection::empty_log(&self.database) {
                Ok(()) => {}
                Err(error) if is_damage(&error) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
            if has_log(&self.database) {
                let message = "another program has the database open: close it, then restore";
                return Err(Error::new(ErrorKind::DatabaseInUse, message).with_retry(Retry::Backoff));
            }
        }
        remove_sides(&self.database).and_then(|()| self.sync()).map_err(|error| self.failed(&error))?;
        Ok(true)
    }

    fn keep_whole(&self, draft: &Draft, kept: &Path) -> io::Result<()> {
        // Named before the exchange: under the draft's name the old database would look like rubbish.
        system::rename_new(draft.path(), kept)?;
        die_at("restore-named");
        match (self.exchange)(kept, &self.database) {
            Ok(true) => return Ok(()),
            Ok(false) => std::fs::rename(kept, draft.path())?,
            Err(error) => {
                std::fs::rename(kept, draft.path())?;
                return Err(error);
            }
        }
        self.keep_copy(draft, kept)
    }

    /// Where names cannot be exchanged: a copy of the old database, then the new one takes its name.
    fn keep_copy(&self, draft: &Draft, kept: &Path) -> io::Result<()> {
        let copy = Draft::create(kept).map_err(io::Error::other)?;
        super::copy(&self.database, copy.path())?;
        copy.sync()?;
        system::rename_new(copy.path(), kept)?;
        self.sync()?;
        die_at("restore-named");
        std::fs::rename(draft.path(), &self.database)
    }

    /// A damaged database could not be opened before, so that only its bytes count: it gets a second name,
    /// together with its log, and then loses the first one.
    fn keep_damaged(&self, draft: &Draft, kept: &Path) -> io::Result<()> {
        for suffix in LOGS {
            match system::rename_new(&beside(&self.database, suffix), &beside(kept, suffix)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        std::fs::hard_link(&self.database, kept)?;
        remove_sides(&self.database)?;
        self.sync()?;
        die_at("restore-named");
        std::fs::rename(draft.path(), &self.database)
    }

    fn free_name(&self, now: UtcMillis) -> Result<PathBuf> {
        let stamp: String = now.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
        let name = |more: &str| beside(&self.database, &format!(".before-restore-{stamp}{more}"));
        let names = std::iter::once(name("")).chain((2..100).map(|n| name(&format!("-{n}"))));
        let mut free = names.filter(|path| std::fs::symlink_metadata(path).is_err());
        free.next().ok_or_else(|| Error::internal("a hundred restores in a millisecond"))
    }

    fn sync(&self) -> io::Result<()> {
        system::sync_dir(self.database.parent().unwrap_or(Path::new("/")))
    }

    fn failed(&self, error: &io::Error) -> Error {
        unwritable(&self.database, error)
    }
}

fn has_log(database: &Path) -> bool {
    LOGS.iter().any(|suffix| std::fs::metadata(beside(database, suffix)).is_ok_and(|meta| meta.len() > 0))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// What SQLite makes anew, and logs without content.
fn remove_sides(database: &Path) -> io::Result<()> {
    for suffix in LOGS.into_iter().chain(["-shm"]) {
        let path = beside(database, suffix);
        let is_empty = std::fs::metadata(&path).is_ok_and(|meta| meta.len() == 0);
        if (is_empty || suffix == "-shm")
            && let Err(error) = std::fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
    }
    Ok(())
}

/// A header that cannot be read is a damaged one: what it was is kept.
fn is_of_another_program(database: &Path) -> io::Result<bool> {
    let mut header = [0; HEADER];
    let mut file = File::open(database)?;
    match file.read_exact(&mut header) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        read => read?,
    }
    let owner = header.last_chunk().map_or(0, |bytes| i32::from_be_bytes(*bytes));
    let may_be_new = owner == 0 && file.metadata()?.len() <= FIRST_PAGE_BYTES;
    Ok(header.starts_with(HEADER_MAGIC) && owner != APPLICATION_ID && !may_be_new)
}

#[cfg(test)]
mod tests {
    use super::{Draft, Exchange, Path, PathBuf, Place, UtcMillis, io};
    use crate::error::Result;

    /// A file `old` whose place a draft `new` takes; what the folder holds then.
    fn taken(exchange: Exchange) -> (Result<Option<PathBuf>>, Vec<(String, String)>) {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("db");
        std::fs::write(&database, "old").unwrap();
        let draft = Draft::create(&database).unwrap();
        std::fs::write(draft.path(), "new").unwrap();
        let done = Place { database, is_taken: true, exchange }.take(&draft, UtcMillis(0));
        drop(draft);
        let text = |path: &Path| std::fs::read_to_string(path).unwrap();
        let mut found: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), text(&entry.path())))
            .collect();
        found.sort();
        (done, found)
    }

    fn files(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_file_system_that_cannot_exchange_names_gets_a_copy_of_the_old_database() {
        let kept = ("db.before-restore-19700101T000000000Z", "old");
        for exchange in [super::system::exchange as Exchange, |_, _| Ok(false)] {
            let (done, found) = taken(exchange);
            assert!(done.unwrap().unwrap().ends_with(kept.0));
            assert_eq!(found, files(&[("db", "new"), kept]));
        }
    }

    #[test]
    fn an_exchange_that_fails_leaves_the_old_database_and_nothing_else() {
        let (done, found) = taken(|_, _| Err(io::ErrorKind::Other.into()));
        assert!(done.is_err());
        assert_eq!(found, files(&[("db", "old")]));
    }
}
