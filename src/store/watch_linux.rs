//! Notices when other software in this process drops our locks on the database. `watch_other.rs` is
//! its twin.
//!
//! SQLite's locks are POSIX record locks. They belong to the process, and closing *any* descriptor of
//! a file (a file copy, a second SQLite library) drops all of them, silently. So a mark of the same
//! sort is set on each file, on a byte that SQLite never touches and no other process holds: what
//! drops SQLite's locks drops the mark as well. SQLite's own locks cannot be asked for directly,
//! because other processes share them, and the system names only one holder.
//!
//! Noticing comes too late for one thing: another process that finds nobody's locks cuts `-shm` to
//! three bytes, and touching the memory mapped from it then kills this process (SIGBUS); and it
//! deletes the log. So each file also carries a lock of the open-file-description sort, which only
//! its own descriptor can drop, on the bytes by which others see that somebody is here.
//!
//! The question is asked as an open-file-description lock query, for which our own mark is in the
//! way; the classic query never reports locks of the asking process.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc::{F_RDLCK, F_UNLCK, F_WRLCK, SEEK_SET, flock};

use super::FileId;

/// Behind SQLite's lock bytes (the 512 from `0x4000_0000`), within 31 bits together with any pid.
const FIRST_BYTE: i32 = 0x5000_0000;
/// Where every user of a database holds a shared lock: first byte and number of bytes.
const DATABASE_USE: (i32, i64) = (0x4000_0002, 510);
/// The same in `-shm`.
const INDEX_USE: (i32, i64) = (128, 1);
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
    /// Marks the database and its `-shm`, and no others from now on. Called when a connection holds
    /// its locks on them.
    pub(super) fn set(&mut self, database: (&Path, FileId), index: (&Path, FileId)) -> io::Result<()> {
        // The new shields first: between the two, others could believe that nobody is here.
        let old = std::mem::take(&mut self.current);
        for ((path, id), used) in [(database, DATABASE_USE), (index, INDEX_USE)] {
            let index = match self.kept.iter().position(|kept| kept.id == id) {
                Some(index) => index,
                None => self.keep(path)?,
            };
            let Some(kept) = self.kept.get_mut(index) else { continue };
            if kept.id != id {
                return Err(io::Error::other("the file was replaced while it was opened"));
            }
            kept.mark()?;
            kept.shield(F_RDLCK, used);
            self.current.push(index);
        }
        let replaced = old.into_iter().filter(|index| !self.current.contains(index));
        replaced.filter_map(|index| self.kept.get(index)).for_each(Kept::uncover);
        Ok(())
    }

    /// Lets the last connection believe that it is alone, so that it saves the log and removes it.
    pub(super) fn release(&mut self) {
        self.current.drain(..).filter_map(|index| self.kept.get(index)).for_each(Kept::uncover);
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
            match fcntl(&self.file, FcntlArg::F_SETLK(&lock(F_WRLCK, (byte, 1)))) {
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

    /// Where the system does not know such locks, SQLite's own have to do.
    fn shield(&self, kind: i32, bytes: (i32, i64)) {
        let _ = fcntl(&self.file, FcntlArg::F_OFD_SETLK(&lock(kind, bytes)));
    }

    fn uncover(&self) {
        self.shield(F_UNLCK, DATABASE_USE);
        self.shield(F_UNLCK, INDEX_USE);
    }

    /// Also when the system does not know such queries: then only the look at the log's name is left.
    fn holds(&self) -> bool {
        let mut found = lock(F_WRLCK, (self.byte, 1));
        match fcntl(&self.file, FcntlArg::F_OFD_GETLK(&mut found)) {
            Ok(_) => i32::from(found.l_type) != F_UNLCK && found.l_pid == std::process::id().cast_signed(),
            Err(_) => true,
        }
    }
}

fn lock(kind: i32, (start, len): (i32, i64)) -> flock {
    // The constants are small; the fields' widths differ between systems.
    flock { l_type: kind as _, l_whence: SEEK_SET as _, l_start: start as _, l_len: len as _, l_pid: 0 }
}
