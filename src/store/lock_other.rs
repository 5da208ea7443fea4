//! What the store asks of a system that is not Unix. Twin of `lock_unix.rs`: the same functions from
//! the standard library alone, so it compiles everywhere and is compiled in tests on Unix too.
//!
//! What is lost: no network file system is recognised, files keep the access rights they inherit
//! from their directory, and a file is known by its path.

use std::fs::{File, Metadata, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

use super::FileId;

/// The file a path leads to, symbolic links followed; told apart by its canonical path.
pub(super) fn file_id(path: &Path) -> io::Result<FileId> {
    let canonical = std::fs::canonicalize(path)?;
    let mut hasher = DefaultHasher::new();
    canonical.to_string_lossy().to_lowercase().hash(&mut hasher);
    Ok(FileId { device: 0, inode: hasher.finish() })
}

/// Whether `path` still names the open file; here only whether there is such a file.
pub(super) fn is_same_file(_file: &File, path: &Path) -> bool {
    path.exists()
}

/// The name of the network file system that `path` is on: unknown here.
pub(super) fn network_file_system(_path: &Path) -> io::Result<Option<&'static str>> {
    Ok(None)
}

/// Whether the file belongs to the user we run as: not asked here.
pub(super) fn is_ours(_meta: &Metadata) -> bool {
    true
}

/// How many names the file has: not asked here.
pub(super) fn link_count(_meta: &Metadata) -> u64 {
    1
}

/// Access rights come from the directory.
pub(super) fn make_private(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Creates an empty file; fails when there is one.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.sync_all()
}

/// Creates a file to be written and read again; fails when there is one.
pub(super) fn new_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

/// Opens a file that others gave the name of.
pub(super) fn open_source(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Where an open file lies: not known here.
pub(super) fn path_of(_file: &File) -> Option<std::path::PathBuf> {
    None
}

/// Creates a directory, unless it is there.
pub(super) fn create_private_dir(path: &Path) -> io::Result<()> {
    match std::fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

/// Opens a lock file, making it when `create` is set.
pub(super) fn open_lock_file(path: &Path, create: bool) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(create).truncate(false).open(path)
}

/// The path as a URI: not built here, where paths are not plain bytes.
pub(super) fn file_uri(_path: &Path) -> Option<String> {
    None
}

/// Gives a file its final name unless something has it.
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() { Err(io::ErrorKind::AlreadyExists.into()) } else { std::fs::rename(from, to) }
}

/// Exchanges two names in one step: not known here.
pub(super) fn exchange(_one: &Path, _other: &Path) -> io::Result<bool> {
    Ok(false)
}

/// How much more fits on the file system: not asked here.
pub(super) fn free_bytes(_dir: &Path) -> io::Result<Option<u64>> {
    Ok(None)
}

/// Directories need no sync here.
pub(super) fn sync_dir(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// A name for this process that no living process on this machine shares.
pub(super) fn process_name() -> String {
    format!("0-{}", std::process::id())
}

/// The machine's name, for people who look at the table of processes.
pub(super) fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// The memory of this process: not asked here.
pub(super) struct Memory;

impl Memory {
    pub(super) fn now() -> Self {
        Self
    }

    pub(super) fn grew_too_far(&mut self) -> bool {
        false
    }
}
