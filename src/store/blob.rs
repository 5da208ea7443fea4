//! Contents of media: files beside the database, named by the SHA-256 of what is in them.
//!
//! `<database>-media/ab/<sha256>`, private to this user. A content is written under a name of its own, synced, and gets
//! its final name in the same write transaction as its row (`media.rs`), so that adding and removing the same content
//! never meet, in other processes neither. A crash leaves at most a file without a row, which is swept.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::{beside, system};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::UtcMillis;

/// Where contents are while they come in, and on their way out.
const INCOMING: &str = "incoming";
/// What is read or hashed at once.
const BLOCK: usize = 1 << 18;
/// A file that came in is written all the time: one that was not touched for so long has nobody behind it.
const ABANDONED: Duration = Duration::from_secs(86_400);
/// Bytes of a SHA-256 in hex.
const NAME: usize = 64;

/// The directory of contents.
#[derive(Clone, Debug)]
pub(crate) struct Blobs {
    dir: Arc<PathBuf>,
    database: Arc<PathBuf>,
}

/// A content that is coming in. Its file goes when it is dropped before it got its place.
#[derive(Debug)]
pub(crate) struct Incoming {
    file: File,
    path: PathBuf,
    hasher: Sha256,
    bytes: u64,
}

/// A content, to be read in parts.
#[derive(Debug)]
pub(crate) struct Blob {
    file: File,
    bytes: u64,
}

impl Blobs {
    /// The directory that belongs to a database file.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when the path cannot be made absolute.
    pub(crate) fn beside(database: &Path) -> Result<Self> {
        let absolute = std::path::absolute(database).map_err(|_| {
            Error::new(ErrorKind::ConfigInvalid, "the database path cannot be made absolute: name it in full")
        })?;
        Ok(Self { dir: Arc::new(beside(&absolute, "-media")), database: Arc::new(absolute) })
    }

    /// Room for a content that comes in. Blocks.
    pub(crate) fn incoming(&self) -> Result<Incoming> {
        self.new_file().map_err(|error| disk("a media file cannot be written", &error))
    }

    fn new_file(&self) -> io::Result<Incoming> {
        let folder = self.dir.join(INCOMING);
        if !folder.is_dir() {
            system::create_private_dir(&self.dir)?;
            system::create_private_dir(&folder)?;
        }
        let path = folder.join(random_name()?);
        let file = system::new_private(&path)?;
        Ok(Incoming { file, path, hasher: Sha256::new(), bytes: 0 })
    }

    /// Opens a content that has so many bytes. Blocks.
    ///
    /// # Errors
    /// `STORAGE` when its file is not there or not whole.
    pub(crate) fn open(&self, sha256: &str, bytes: u64) -> Result<Blob> {
        let file = match self.place_of(sha256).and_then(File::open) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(self.missing()),
            opened => opened.map_err(|error| disk("a media file cannot be read", &error))?,
        };
        let found = file.metadata().map_err(|error| disk("a media file cannot be read", &error))?.len();
        if found == bytes { Ok(Blob { file, bytes }) } else { Err(self.missing()) }
    }

    /// Opens a file of the caller's to be copied in. Nothing but a regular file is opened, and never a file of the
    /// database: closing it again would drop SQLite's locks on it. Blocks.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a path outside of `dirs`, which are canonical, or to no regular file; `NOT_FOUND`.
    pub(crate) fn open_source(&self, path: &Path, dirs: &[PathBuf]) -> Result<File> {
        let outside = || {
            Error::invalid(
                "the file is in none of the directories that the hub was opened for: list its directory in mediaDirs \
                 of Hub.open, or give the content as bytes",
            )
        };
        let real = std::fs::canonicalize(path).map_err(|error| unreadable(&error))?;
        let is_inside = |path: &Path| dirs.iter().any(|dir| path.starts_with(dir));
        if !is_inside(&real) {
            return Err(outside());
        }
        if self.is_databases(&real) {
            return Err(Error::invalid("the file belongs to the database: it is no media"));
        }
        let meta = std::fs::symlink_metadata(&real).map_err(|error| unreadable(&error))?;
        if !meta.is_file() {
            return Err(not_regular());
        }
        let file = system::open_source(&real).map_err(|error| unreadable(&error))?;
        // Somebody may have changed a directory of the path meanwhile: what counts is what was opened.
        if !file.metadata().is_ok_and(|meta| meta.is_file()) {
            return Err(not_regular());
        }
        match system::path_of(&file) {
            Some(opened) if !is_inside(&opened) => Err(outside()),
            _ => Ok(file),
        }
    }

    fn is_databases(&self, path: &Path) -> bool {
        let Ok(id) = system::file_id(path) else { return true };
        let own = [(*self.database).clone(), beside(&self.database, "-wal"), beside(&self.database, "-shm")];
        own.iter().any(|own| system::file_id(own).is_ok_and(|own| own == id))
    }

    /// Gives a content its name, unless it is there. In a write transaction only.
    pub(super) fn place(&self, incoming: &Incoming, sha256: &str) -> Result<()> {
        self.try_place(incoming, sha256).map_err(|error| disk("a media file cannot be kept", &error))
    }

    fn try_place(&self, incoming: &Incoming, sha256: &str) -> io::Result<()> {
        let place = self.place_of(sha256)?;
        let is_there = std::fs::symlink_metadata(&place)
            .is_ok_and(|meta| meta.is_file() && meta.len() == incoming.bytes);
        if is_there {
            return Ok(());
        }
        let folder = place.parent().unwrap_or(&self.dir);
        if !folder.is_dir() {
            system::create_private_dir(folder)?;
            system::sync_dir(&self.dir)?;
        }
        std::fs::rename(&incoming.path, &place)?;
        system::sync_dir(folder)
    }

    /// Takes a content out of its place. In a write transaction only; what it answers is deleted afterwards, which
    /// takes long for a large file.
    pub(super) fn displace(&self, sha256: &str) -> Result<Option<PathBuf>> {
        let moved = || {
            let away = self.dir.join(INCOMING).join(random_name()?);
            match std::fs::rename(self.place_of(sha256)?, &away) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                done => done.map(|()| Some(away)),
            }
        };
        moved().map_err(|error| disk("a media file cannot be removed", &error))
    }

    /// The names of all contents. Blocks.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for folder in list(&self.dir)? {
            if folder.file_name() == INCOMING {
                continue;
            }
            let inside =
                list(&folder.path())?.into_iter().filter_map(|entry| entry.file_name().into_string().ok());
            names.extend(inside.filter(|name| is_name(name)));
        }
        Ok(names)
    }

    /// Deletes what nobody finished. Blocks.
    pub(super) fn sweep_incoming(&self, now: UtcMillis) -> Result<()> {
        let before = now.minus(ABANDONED);
        for entry in list(&self.dir.join(INCOMING))? {
            let modified = entry.metadata().ok().and_then(|meta| meta.modified().ok());
            let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let millis = since.and_then(|since| i64::try_from(since.as_millis()).ok());
            if millis.is_some_and(|millis| millis < before.0) {
                delete(&entry.path());
            }
        }
        Ok(())
    }

    fn place_of(&self, sha256: &str) -> io::Result<PathBuf> {
        // Names come from our own rows; a damaged one must not lead elsewhere.
        match sha256.get(..2) {
            Some(folder) if is_name(sha256) => Ok(self.dir.join(folder).join(sha256)),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn missing(&self) -> Error {
        let message = format!(
            "the content of this media is not in {} as it was added: put the directory back that belongs to the \
             database, or add the file again",
            self.dir.display()
        );
        Error::new(ErrorKind::Storage, message)
    }
}

impl Incoming {
    /// Adds bytes. Blocks.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| disk("a media file cannot be written", &error))?;
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// How many bytes there are.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// All is there: makes it last and answers its hash. Blocks.
    pub(crate) fn seal(&mut self) -> Result<String> {
        self.file.sync_all().map_err(|error| disk("a media file cannot be written", &error))?;
        Ok(hex::encode(std::mem::take(&mut self.hasher).finalize()))
    }

    /// The file, to be looked at from its start.
    pub(crate) fn reader(&mut self) -> Result<&mut File> {
        self.file.rewind().map_err(|error| disk("a media file cannot be read", &error))?;
        Ok(&mut self.file)
    }
}

impl Drop for Incoming {
    /// After it got its place there is nothing under this name.
    fn drop(&mut self) {
        delete(&self.path);
    }
}

impl Blob {
    /// Up to `length` bytes from `offset` on; fewer at the end. Blocks.
    pub(crate) fn part(&mut self, offset: u64, length: usize) -> Result<Vec<u8>> {
        let rest = usize::try_from(self.bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut part = vec![0; length.min(rest)];
        let read = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.read_exact(&mut part));
        read.map_err(|error| disk("a media file cannot be read", &error))?;
        Ok(part)
    }

    /// Whether what is on the disk still has this hash. Reads all of it. Blocks.
    pub(crate) fn is_whole(&mut self, sha256: &str) -> Result<bool> {
        let (mut hasher, mut offset) = (Sha256::new(), 0);
        while offset < self.bytes {
            let part = self.part(offset, BLOCK)?;
            hasher.update(&part);
            offset += part.len() as u64;
        }
        Ok(hex::encode(hasher.finalize()) == sha256)
    }

    /// The file itself, to be decoded.
    pub(crate) fn into_file(self) -> File {
        self.file
    }
}

/// Removes a file; one that is not there, or cannot be removed now, is swept later.
pub(super) fn delete(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::debug!(kind = ?error.kind(), "a media file was left");
    }
}

fn list(dir: &Path) -> Result<Vec<std::fs::DirEntry>> {
    let read = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.and_then(Iterator::collect::<io::Result<Vec<_>>>),
    };
    read.map_err(|error| disk("the directory of media cannot be read", &error))
}

fn is_name(name: &str) -> bool {
    name.len() == NAME && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn random_name() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| io::Error::other("no random bytes"))?;
    Ok(hex::encode(bytes))
}

fn not_regular() -> Error {
    Error::invalid("the path leads to no regular file: name a file, not a directory, device or pipe")
}

/// A file of the caller's. Its path is not repeated: who asks knows it, and nobody else has to.
fn unreadable(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::new(ErrorKind::NotFound, "there is no file at this path"),
        kind => {
            Error::invalid(format!("the file cannot be read ({kind}): check its path and its access rights"))
        }
    }
}

fn disk(what: &str, error: &io::Error) -> Error {
    let kind = error.kind();
    let retry = if kind == io::ErrorKind::StorageFull { Retry::Backoff } else { Retry::Never };
    let message = format!("{what} ({kind}): check the disk and the access rights beside the database");
    Error::new(ErrorKind::Storage, message).with_retry(retry)
}
