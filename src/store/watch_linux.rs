//! Notices when other software in this process drops our locks on the database. `watch_other.rs` is
//! its twin.
//!
//! SQLite's locks are POSIX record locks. They belong to the process, and closing *any* descriptor of
//! a file (a file copy, a second SQLite library) drops all of them, silently. So a mark of the same
//! sort is set on each file, on a byte that SQLite never touches and no other process holds: what
//! drops SQLite's locks drops the mark as well. SQLite's own locks cannot be asked for directly,
//! because other processes share them, and the system names only one holder.
//!
//! The question is asked as an open-file-description lock query, for which our own mark is in the
//! way; the classic query never reports locks of the asking process.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc::{F_UNLCK, F_WRLCK, SEEK_SET, flock};

use super::FileId;

/// Behind SQLite's lock bytes (the 512 from `0x4000_0000`), within 31 bits together with any pid.
const FIRST_BYTE: i32 = 0x5000_0000;
/// Processes of other PID namespaces may have our pid, and with it our byte.
const BYTES_TRIED: i32 = 64;

/// The marks on the files of one engine.
///
/// Closing one of these descriptors would itself drop SQLite's locks. So none is closed before the
/// engine's last connection, not even when its file was replaced meanwhile; there is one per file and
/// accident.
#[derive(Debug, Default)]
pub(super) struct Watch {
    kept: Vec<Kept>,
    /// Which of the kept ones are of the files now in use.
    current: Vec<usize>,
}

#[derive(Debug)]
struct Kept {
    id: FileId,
    file: File,
    byte: i32,
}

impl Watch {
    /// Marks these files and watches no others from now on. Called when a connection holds its locks
    /// on them.
    pub(super) fn set(&mut self, files: &[(&Path, FileId)]) -> io::Result<()> {
        self.current.clear();
        for (path, id) in files {
            let index = match self.kept.iter().position(|kept| kept.id == *id) {
                Some(index) => index,
                None => self.keep(path)?,
            };
            let Some(kept) = self.kept.get_mut(index) else { continue };
            if kept.id != *id {
                return Err(io::Error::other("the file was replaced while it was opened"));
            }
            kept.mark()?;
            self.current.push(index);
        }
        Ok(())
    }

    /// Whether our locks on all files are still there.
    pub(super) fn holds(&self) -> bool {
        self.current.iter().filter_map(|index| self.kept.get(*index)).all(Kept::holds)
    }

    fn keep(&mut self, path: &Path) -> io::Result<usize> {
        let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        let file = OpenOptions::new().read(true).write(true).custom_flags(no_follow).open(path)?;
        // Kept before anything can fail: see above.
        let meta = file.metadata();
        let id = FileId {
            device: meta.as_ref().map_or(0, MetadataExt::dev),
            inode: meta.as_ref().map_or(0, MetadataExt::ino),
        };
        self.kept.push(Kept { id, file, byte: FIRST_BYTE });
        meta.map(|_| self.kept.len() - 1)
    }
}

impl Kept {
    fn mark(&mut self) -> io::Result<()> {
        let own = FIRST_BYTE.saturating_add(std::process::id().cast_signed());
        for byte in own..own.saturating_add(BYTES_TRIED) {
            match fcntl(&self.file, FcntlArg::F_SETLK(&one_byte(byte))) {
                Ok(_) => {
                    self.byte = byte;
                    return Ok(());
                }
                Err(Errno::EACCES | Errno::EAGAIN) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Err(io::ErrorKind::WouldBlock.into())
    }

    /// Also when the system does not know such queries: then only the look at the log's name is left.
    fn holds(&self) -> bool {
        let mut lock = one_byte(self.byte);
        match fcntl(&self.file, FcntlArg::F_OFD_GETLK(&mut lock)) {
            Ok(_) => i32::from(lock.l_type) != F_UNLCK && lock.l_pid == std::process::id().cast_signed(),
            Err(_) => true,
        }
    }
}

fn one_byte(byte: i32) -> flock {
    // SQLite's lock constants are small; the fields' widths differ between systems.
    flock { l_type: F_WRLCK as _, l_whence: SEEK_SET as _, l_start: byte.into(), l_len: 1, l_pid: 0 }
}
