//! The way into SQLite for [`Disk`]: a VFS named `faulty` around the system's own, which asks the disk
//! before each operation and tells it what was done. Locks and shared memory stay the system's.

#![expect(unsafe_code, reason = "SQLite's VFS is an interface of C; used by tests only")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};
use rusqlite::{Connection, OpenFlags};

use super::disk::{Disk, Op, Verdict};

const NAME: &CStr = c"faulty";

/// Opens a database: on its [`Disk`] when the test made one, else as the product does.
pub(in crate::store) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    match Disk::of(&path.to_string_lossy()) {
        None => Connection::open_with_flags(path, flags),
        Some(_) => {
            assert_eq!(register(), ffi::SQLITE_OK);
            Connection::open_with_flags_and_vfs(path, flags, NAME)
        }
    }
}

/// What SQLite holds as an open file; the system's own follows behind it.
#[repr(C)]
struct File {
    base: sqlite3_file,
    /// Null for files that belong to no disk.
    on: *mut On,
}

struct On {
    disk: Arc<Disk>,
    name: String,
}

fn register() -> c_int {
    static DONE: OnceLock<c_int> = OnceLock::new();
    *DONE.get_or_init(|| {
        // SAFETY: SQLite answers its default VFS, which lives as long as the process and may be copied: of its
        // functions only `xOpen` looks at the VFS it is given, and ours gives it the original. Ours is leaked.
        unsafe {
            let original = ffi::sqlite3_vfs_find(std::ptr::null());
            let mut ours = original.read();
            ours.pNext = std::ptr::null_mut();
            ours.zName = NAME.as_ptr();
            ours.pAppData = original.cast();
            ours.szOsFile += c_int::try_from(size_of::<File>()).unwrap();
            ours.xOpen = Some(open);
            ours.xDelete = Some(delete);
            ffi::sqlite3_vfs_register(Box::into_raw(Box::new(ours)), 0)
        }
    })
}

fn original(vfs: *mut sqlite3_vfs) -> *mut sqlite3_vfs {
    // SAFETY: SQLite passes the VFS that `register` made.
    unsafe { (*vfs).pAppData.cast() }
}

/// The system's file behind ours. Its size was asked for in `szOsFile`, and `File` keeps the alignment.
fn real(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: SQLite passes a block of `szOsFile` bytes.
    unsafe { file.cast::<File>().add(1).cast() }
}

fn on<'a>(file: *mut sqlite3_file) -> Option<&'a On> {
    // SAFETY: `open` set the pointer, and only `close` frees it, after which SQLite does not pass the file.
    unsafe { (*file.cast::<File>()).on.as_ref() }
}

fn text(name: *const c_char) -> Option<String> {
    // SAFETY: SQLite's names are null or end in a zero byte.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())
}

fn ask(file: *mut sqlite3_file, op: Op) -> Verdict {
    on(file).map_or(Verdict::Go, |on| on.disk.ask(op))
}

fn place(offset: i64) -> usize {
    usize::try_from(offset).unwrap()
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    mut flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let on = text(name).and_then(|name| Some(On { disk: Disk::of(&name)?, name }));
    // SAFETY: the block is ours; no methods means that there is nothing to close.
    unsafe { (*file).pMethods = std::ptr::null() };
    match on.as_ref().map_or(Verdict::Go, |on| on.disk.ask(Op::Open)) {
        Verdict::Go => {}
        Verdict::ReadOnly => {
            flags &= !(ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE);
            flags |= ffi::SQLITE_OPEN_READONLY;
        }
        Verdict::Fail(code) => return code,
    }
    // SAFETY: the original gets its own VFS, the name as SQLite made it and its part of the block.
    let code = unsafe { (*original(vfs)).xOpen.unwrap()(original(vfs), name, real(file), flags, out_flags) };
    if code == ffi::SQLITE_OK {
        let on = on.map_or(std::ptr::null_mut(), |on| Box::into_raw(Box::new(on)));
        // SAFETY: the block is ours and is filled completely.
        unsafe {
            file.cast::<File>().write(File { base: sqlite3_file { pMethods: &raw const METHODS }, on })
        };
    }
    code
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_dir: c_int) -> c_int {
    let disk = text(name).and_then(|name| Some((Disk::of(&name)?, name)));
    if let Some(Verdict::Fail(code)) = disk.as_ref().map(|(disk, _)| disk.ask(Op::Delete)) {
        return code;
    }
    // SAFETY: arguments as SQLite made them.
    let code = unsafe { (*original(vfs)).xDelete.unwrap()(original(vfs), name, 0) };
    if let Some((disk, name)) = disk.filter(|_| code == ffi::SQLITE_OK) {
        disk.deleted(&name, sync_dir != 0);
    }
    code
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: an open file of ours, closed once; the box was made by `open`.
    unsafe {
        let code = (*(*real(file)).pMethods).xClose.unwrap()(real(file));
        let on = (*file.cast::<File>()).on;
        if !on.is_null() {
            drop(Box::from_raw(on));
        }
        code
    }
}

unsafe extern "C" fn read(file: *mut sqlite3_file, into: *mut c_void, amount: c_int, at: i64) -> c_int {
    match ask(file, Op::Read) {
        Verdict::Fail(code) => code,
        // SAFETY: as SQLite asked.
        _ => unsafe { (*(*real(file)).pMethods).xRead.unwrap()(real(file), into, amount, at) },
    }
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, amount: c_int, at: i64) -> c_int {
    let verdict = ask(file, Op::Write);
    // A disk that fills up takes what still fits.
    let amount = match verdict {
        Verdict::Fail(ffi::SQLITE_FULL) => amount / 2,
        Verdict::Fail(code) => return code,
        _ => amount,
    };
    // SAFETY: as SQLite asked, or less of it.
    let code = unsafe { (*(*real(file)).pMethods).xWrite.unwrap()(real(file), from, amount, at) };
    if let (Some(on), ffi::SQLITE_OK) = (on(file), code) {
        // SAFETY: the bytes that were just written.
        let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), place(amount.into())) };
        on.disk.wrote(&on.name, place(at), bytes);
    }
    if let Verdict::Fail(code) = verdict { code } else { code }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: i64) -> c_int {
    if let Verdict::Fail(code) = ask(file, Op::Truncate) {
        return code;
    }
    // SAFETY: as SQLite asked.
    let code = unsafe { (*(*real(file)).pMethods).xTruncate.unwrap()(real(file), size) };
    if let (Some(on), ffi::SQLITE_OK) = (on(file), code) {
        on.disk.truncated(&on.name, place(size));
    }
    code
}

/// The disk keeps its own account of what is durable; waiting for the machine's would only take time.
unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    match ask(file, Op::Sync) {
        Verdict::Fail(code) => code,
        _ => {
            if let Some(on) = on(file) {
                on.disk.synced(&on.name);
            }
            ffi::SQLITE_OK
        }
    }
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    into: *mut *mut c_void,
) -> c_int {
    match ask(file, Op::Map) {
        Verdict::Fail(code) => code,
        // SAFETY: as SQLite asked.
        _ => unsafe { (*(*real(file)).pMethods).xShmMap.unwrap()(real(file), page, size, extend, into) },
    }
}

macro_rules! forwarded {
    ($($name:ident: $method:ident($($arg:ident: $kind:ty),*) $(-> $answer:ty)?;)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file, $($arg: $kind),*) $(-> $answer)? {
            // SAFETY: an open file of ours, arguments as SQLite made them.
            unsafe { (*(*real(file)).pMethods).$method.unwrap()(real(file), $($arg),*) }
        }
    )*};
}

forwarded! {
    file_size: xFileSize(size: *mut i64) -> c_int;
    lock: xLock(level: c_int) -> c_int;
    unlock: xUnlock(level: c_int) -> c_int;
    check_reserved_lock: xCheckReservedLock(answer: *mut c_int) -> c_int;
    file_control: xFileControl(op: c_int, argument: *mut c_void) -> c_int;
    sector_size: xSectorSize() -> c_int;
    device_characteristics: xDeviceCharacteristics() -> c_int;
    shm_lock: xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier: xShmBarrier();
    shm_unmap: xShmUnmap(delete: c_int) -> c_int;
    fetch: xFetch(at: i64, amount: c_int, into: *mut *mut c_void) -> c_int;
    unfetch: xUnfetch(at: i64, from: *mut c_void) -> c_int;
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};
