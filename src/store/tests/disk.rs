//! A disk that fails by plan, below one directory. What reaches SQLite is decided here; `vfs.rs` only
//! carries it there.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, ffi};

use super::power::Power;

/// What SQLite asks of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Open,
    Read,
    Write,
    Sync,
    Truncate,
    Delete,
    /// Memory shared with other processes, which a file backs.
    Map,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// EIO at operations of one kind.
    Broken(Op),
    /// ENOSPC.
    Full,
    /// EROFS, as when the system remounts a failing disk.
    ReadOnly,
}

impl Fault {
    fn meets(self, op: Op) -> bool {
        match self {
            Self::Broken(broken) => broken == op,
            Self::Full => op == Op::Write,
            Self::ReadOnly => matches!(op, Op::Open | Op::Write | Op::Truncate | Op::Delete),
        }
    }

    /// The system's VFS turns errno into these.
    fn verdict(self, op: Op) -> Verdict {
        match (self, op) {
            (Self::ReadOnly, Op::Open) => Verdict::ReadOnly,
            (Self::Full, _) => Verdict::Fail(ffi::SQLITE_FULL),
            (_, Op::Open) => Verdict::Fail(ffi::SQLITE_CANTOPEN),
            (_, Op::Read) => Verdict::Fail(ffi::SQLITE_IOERR_READ),
            (_, Op::Write) => Verdict::Fail(ffi::SQLITE_IOERR_WRITE),
            (_, Op::Sync) => Verdict::Fail(ffi::SQLITE_IOERR_FSYNC),
            (_, Op::Truncate) => Verdict::Fail(ffi::SQLITE_IOERR_TRUNCATE),
            (_, Op::Delete) => Verdict::Fail(ffi::SQLITE_IOERR_DELETE),
            (_, Op::Map) => Verdict::Fail(ffi::SQLITE_IOERR_SHMMAP),
        }
    }
}

/// What an operation is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Go,
    /// The file can be opened for reading only.
    ReadOnly,
    Fail(i32),
}

/// The `at`-th operation that the fault can meet meets it; with `lasting` all after it do, too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned {
    pub(super) fault: Fault,
    pub(super) lasting: bool,
    pub(super) at: u64,
}

/// A disk below a directory.
pub(super) struct Disk {
    dir: String,
    /// Run by every connection for writing, after the product's own pragmas.
    pragmas: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    planned: Option<Planned>,
    /// How many operations the planned fault could have met.
    seen: u64,
    power: Option<Power>,
}

/// Those of the tests that run now.
static DISKS: Mutex<Vec<Arc<Disk>>> = Mutex::new(Vec::new());

/// Takes the disk away from the directory when dropped.
pub(super) struct Mounted(Arc<Disk>);

impl std::ops::Deref for Mounted {
    type Target = Disk;

    fn deref(&self) -> &Disk {
        &self.0
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        disks().retain(|disk| !Arc::ptr_eq(disk, &self.0));
    }
}

fn disks() -> MutexGuard<'static, Vec<Arc<Disk>>> {
    DISKS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a test wants set otherwise than the product does.
pub(in crate::store) fn adjust(path: &Path, conn: &Connection) -> rusqlite::Result<()> {
    Disk::of(&path.to_string_lossy()).map_or(Ok(()), |disk| conn.execute_batch(&disk.pragmas))
}

impl Disk {
    /// Every database below the directory is on the disk from now on.
    pub(super) fn mount(dir: &Path, pragmas: &str, power: Option<Power>) -> Mounted {
        let dir = dir.canonicalize().unwrap().to_str().unwrap().to_owned() + "/";
        let state = Mutex::new(State { power, ..State::default() });
        let disk = Arc::new(Self { dir, pragmas: pragmas.to_owned(), state });
        disks().push(Arc::clone(&disk));
        Mounted(disk)
    }

    /// The disk on which a file is, which may be named by a URI.
    pub(super) fn of(name: &str) -> Option<Arc<Self>> {
        disks().iter().find(|disk| name.contains(&disk.dir)).cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on things go wrong, or with `None` no longer.
    pub(super) fn plan(&self, planned: Option<Planned>) {
        let mut state = self.state();
        (state.planned, state.seen) = (planned, 0);
    }

    /// How many operations the planned fault could have met.
    pub(super) fn seen(&self) -> u64 {
        self.state().seen
    }

    pub(super) fn ask(&self, op: Op) -> Verdict {
        let mut state = self.state();
        let Some(planned) = state.planned.filter(|planned| planned.fault.meets(op)) else {
            return Verdict::Go;
        };
        state.seen += 1;
        match state.seen == planned.at || (planned.lasting && state.seen > planned.at) {
            true => planned.fault.verdict(op),
            false => Verdict::Go,
        }
    }

    /// The account of what a power cut would leave.
    pub(super) fn power<T>(&self, tell: impl FnOnce(&mut Power) -> T) -> Option<T> {
        self.state().power.as_mut().map(tell)
    }

    fn tell(&self, file: &str, tell: impl FnOnce(&mut Power, &str)) {
        let name = file.rsplit('/').next().unwrap_or(file);
        self.power(|power| tell(power, name));
    }

    pub(super) fn wrote(&self, file: &str, at: usize, bytes: &[u8]) {
        self.tell(file, |power, name| power.wrote(name, at, bytes));
    }

    pub(super) fn truncated(&self, file: &str, len: usize) {
        self.tell(file, |power, name| power.truncated(name, len));
    }

    pub(super) fn synced(&self, file: &str) {
        self.tell(file, Power::synced);
    }

    pub(super) fn deleted(&self, file: &str, for_good: bool) {
        self.tell(file, |power, name| power.deleted(name, for_good));
    }
}
