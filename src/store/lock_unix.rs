//! What the store asks of a Unix system about files and processes. `lock_other.rs` is its twin.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::FileId;

const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_DIR: u32 = 0o700;

/// File systems whose locks or shared memory do not hold across their clients: magic number of
/// `statfs(2)` and name. virtiofs answers with the number of FUSE.
const NETWORK: [(u32, &str); 20] = [
    (0x0000_6969, "nfs"),
    (0x0000_517b, "smb"),
    (0xff53_4d42, "cifs"),
    (0xfe53_4d42, "smb2"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "fuse or virtiofs"),
    (0x5346_414f, "afs"),
    (0x6b41_4653, "kafs"),
    (0x7375_7245, "coda"),
    (0x00c3_6400, "ceph"),
    (0x0000_564c, "ncp"),
    (0x7461_636f, "ocfs2"),
    (0x0116_1970, "gfs2"),
    (0x0bd0_0bd0, "lustre"),
    (0x4750_4653, "gpfs"),
    (0x1983_0326, "beegfs"),
    (0x786f_4256, "vboxsf"),
    (0x7c7c_6673, "prl_fs"),
    (0xbacb_acbc, "vmhgfs"),
    (0x5346_4846, "wslfs"),
];

/// The file a path leads to, symbolic links followed.
pub(super) fn file_id(path: &Path) -> io::Result<FileId> {
    std::fs::metadata(path).map(|meta| id_of(&meta))
}

fn id_of(meta: &Metadata) -> FileId {
    FileId { device: meta.dev(), inode: meta.ino() }
}

/// Whether `path` still names the open file.
pub(super) fn is_same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(open), Ok(named)) => id_of(&open) == id_of(&named),
        _ => false,
    }
}

/// The name of the network file system that `path` is on, if it is one. Linux only: elsewhere the
/// numbers mean something else.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn network_file_system(path: &Path) -> io::Result<Option<&'static str>> {
    // Word sizes differ between architectures; every number of the list fits 32 bits.
    let magic = rustix::fs::statfs(path)?.f_type as u32;
    Ok(network_name(magic))
}

/// The name of the network file system that `path` is on: unknown here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn network_file_system(_path: &Path) -> io::Result<Option<&'static str>> {
    Ok(None)
}

pub(super) fn network_name(magic: u32) -> Option<&'static str> {
    NETWORK.iter().find(|(number, _)| *number == magic).map(|(_, name)| *name)
}

/// Whether the file belongs to the user we run as.
pub(super) fn is_ours(meta: &Metadata) -> bool {
    meta.uid() == rustix::process::geteuid().as_raw()
}

/// How many names the file has.
pub(super) fn link_count(meta: &Metadata) -> u64 {
    meta.nlink()
}

/// Takes everybody else's access away. Uses the path: opening and closing a database file would
/// drop the locks SQLite holds on it.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    let mode = std::fs::symlink_metadata(path)?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(PRIVATE_FILE))
}

/// Creates an empty file that only we can read; fails when there is one.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).open(path)?.sync_all()
}

/// Creates a file that only we can read, to be written and read again; fails when there is one.
pub(super) fn new_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(PRIVATE_FILE).open(path)
}

/// Opens a file that others gave the name of: never through a symbolic link at its end, and without waiting for
/// anybody where it is a pipe after all.
pub(super) fn open_source(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// Where an open file lies, as the system knows it.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn path_of(file: &File) -> Option<std::path::PathBuf> {
    use std::os::fd::AsRawFd;
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()
}

/// Where an open file lies: not known here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn path_of(_file: &File) -> Option<std::path::PathBuf> {
    None
}

/// Creates a directory that only we can enter, unless it is there.
pub(super) fn create_private_dir(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(PRIVATE_DIR).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let meta = std::fs::symlink_metadata(path)?;
            if meta.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
        }
        made => made,
    }
}

/// Opens a lock file, making it when `create` is set; never through a symbolic link.
pub(super) fn open_lock_file(path: &Path, create: bool) -> io::Result<File> {
    let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(create)
        .truncate(false)
        .mode(PRIVATE_FILE)
        .custom_flags(no_follow)
        .open(path)
}

/// The path as a URI that SQLite reads back as the same bytes.
pub(super) fn file_uri(path: &Path) -> Option<String> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte))
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    Some(uri)
}

/// Gives a file its final name unless something has it.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // A file system without this flag: a name taken in between is then replaced.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOTSUP) if !to.exists() => {
            std::fs::rename(from, to)
        }
        done => Ok(done?),
    }
}

/// Gives a file its final name unless something has it.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() { Err(io::ErrorKind::AlreadyExists.into()) } else { std::fs::rename(from, to) }
}

/// Exchanges two names in one step; false where the file system cannot.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Exchanges two names in one step: not known here.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn exchange(_one: &Path, _other: &Path) -> io::Result<bool> {
    Ok(false)
}

/// How much more fits on the file system.
pub(super) fn free_bytes(dir: &Path) -> io::Result<Option<u64>> {
    let stat = rustix::fs::statvfs(dir)?;
    Ok(Some(stat.f_bavail.saturating_mul(stat.f_frsize)))
}

/// Makes a new name in the directory survive a power cut.
pub(super) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// A name for this process that no living process on this machine shares, even in containers where
/// every first process has the pid 1.
pub(super) fn process_name() -> String {
    // Without /proc there are no PID namespaces either.
    let namespace = std::fs::metadata("/proc/self/ns/pid").map_or(0, |meta| meta.ino());
    format!("{namespace}-{}", std::process::id())
}

/// The machine's name, for people who look at the table of processes.
pub(super) fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .or_else(|_| std::env::var("HOSTNAME"))
        .unwrap_or_default()
}

/// How much the memory of this process may grow while one question is answered.
#[cfg(any(target_os = "linux", target_os = "android"))]
const MEMORY_GROWTH: usize = 256 << 20;

/// The memory of this process, from a moment on. SQLite counts its own only for all connections
/// together, and limits it only so: a limit would hit the writer too.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) struct Memory {
    statm: Option<File>,
    before: usize,
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Memory {
    pub(super) fn now() -> Self {
        let mut memory = Self { statm: File::open("/proc/self/statm").ok(), before: 0 };
        memory.before = memory.resident();
        memory
    }

    pub(super) fn grew_too_far(&mut self) -> bool {
        self.resident().saturating_sub(self.before) > MEMORY_GROWTH
    }

    /// In bytes; 0 when the system does not say.
    fn resident(&self) -> usize {
        let mut text = [0; 128];
        let read =
            self.statm.as_ref().and_then(|file| std::os::unix::fs::FileExt::read_at(file, &mut text, 0).ok());
        let text = read.and_then(|length| text.get(..length)).and_then(|text| std::str::from_utf8(text).ok());
        let pages = text.and_then(|text| text.split(' ').nth(1)?.parse::<usize>().ok());
        pages.unwrap_or(0).saturating_mul(rustix::param::page_size())
    }
}

/// The memory of this process: not asked here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) struct Memory;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Memory {
    pub(super) fn now() -> Self {
        Self
    }

    pub(super) fn grew_too_far(&mut self) -> bool {
        false
    }
}
