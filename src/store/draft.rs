//! A file that is made beside its place, and takes its name only when it is whole and on the disk.

use std::io;
use std::path::{Path, PathBuf};

use super::{beside, system};
use crate::error::{Error, ErrorKind, Result, Retry};

/// The file under its first name; removed unless it was given another one.
pub(super) struct Draft(PathBuf);

impl Draft {
    /// Private before a byte is in it. What a killed process leaves under this name may be deleted.
    pub(super) fn create(target: &Path) -> Result<Self> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| Error::internal("the system gave no random bytes"))?;
        let path = target.with_file_name(format!(".{name}.partial-{:016x}", u64::from_le_bytes(random)));
        system::create_private(&path).map_err(|error| unwritable(target, &error))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Waits until everything in it is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        std::fs::OpenOptions::new().write(true).open(&self.0)?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let sides = ["-journal", "-wal", "-shm"].map(|suffix| beside(&self.0, suffix));
        for path in sides.iter().chain([&self.0]) {
            let _ = std::fs::remove_file(path);
        }
    }
}

pub(super) fn unwritable(path: &Path, error: &io::Error) -> Error {
    let message = format!("{} cannot be written: {error}", path.display());
    let retry = if error.kind() == io::ErrorKind::StorageFull { Retry::Backoff } else { Retry::Never };
    Error::new(ErrorKind::Storage, message).with_retry(retry)
}
