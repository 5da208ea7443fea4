//! A few read-only connections, used off the async threads.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::lock::Locks;
use super::writer::guarded;
use super::{closed, connection};
use crate::error::{Error, ErrorKind, Result};

/// How many reads run at once. SQLite reads are short, and each connection has its own page cache.
const READERS: usize = 4;
/// How many long reads run at once: questions in SQL and backups, which would keep the others waiting.
const LONG_READERS: usize = 2;

/// The pool. Connections are opened when first needed.
pub(super) struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    long_permits: Arc<Semaphore>,
    /// How many wait for every connection to be closed: long reads then end at once.
    closers: AtomicUsize,
    state: Mutex<State>,
    /// Read-locked by every read, on its blocking thread; write-locked while all must be closed.
    gate: RwLock<()>,
}

struct State {
    idle: Vec<Connection>,
    /// Held as long as there may be connections; `None` when the pool is closed.
    locks: Option<Arc<Locks>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, locks: Arc<Locks>) -> Self {
        Self {
            path,
            permits: Arc::new(Semaphore::new(READERS)),
            long_permits: Arc::new(Semaphore::new(LONG_READERS)),
            closers: AtomicUsize::new(0),
            state: Mutex::new(State { idle: Vec::new(), locks: Some(locks) }),
            gate: RwLock::new(()),
        }
    }

    /// Runs `work` on one snapshot of the database; `None` when the pool is closed. Once started,
    /// the work ends even if the caller goes away.
    pub(super) async fn run<T, F>(self: &Arc<Self>, work: F) -> Option<Result<T>>
    where
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok()?;
        let pool = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let result = pool.read(work);
            drop(permit);
            result
        });
        Some(
            task.await
                .unwrap_or_else(|_| Err(Error::internal("a read was cut off by the end of the runtime"))),
        )
    }

    /// Runs `work`, which opens a connection of its own and must end soon after [`is_unwanted`] says so,
    /// beside the short reads. `None` when the pool is closed.
    ///
    /// [`is_unwanted`]: Self::is_unwanted
    pub(super) async fn run_long<T, F>(self: &Arc<Self>, work: F) -> Option<Result<T>>
    where
        F: FnOnce(&Arc<Self>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let permit = Arc::clone(&self.long_permits).acquire_owned().await.ok()?;
        let pool = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let _open = pool.gate.read().unwrap_or_else(PoisonError::into_inner);
            if pool.state().locks.is_none() { Err(closed()) } else { guarded(|| work(&pool)) }
        });
        Some(task.await.unwrap_or_else(|_| Err(Error::internal("a read was cut off"))))
    }

    /// Whether somebody waits for all connections to be closed.
    pub(super) fn is_unwanted(&self) -> bool {
        self.closers.load(Ordering::Acquire) > 0
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let _open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let conn = match self.take_idle()? {
            Some(conn) => conn,
            None => connection::read_only(&self.path)?,
        };
        let result = in_snapshot(&conn, work);
        // A connection that met damage or was left inside a transaction is not used again.
        let is_sound = !matches!(&result, Err(error) if error.kind() == ErrorKind::Storage);
        if is_sound && conn.is_autocommit() {
            self.state().idle.push(conn);
        }
        result
    }

    fn take_idle(&self) -> Result<Option<Connection>> {
        let mut state = self.state();
        if state.locks.is_none() { Err(closed()) } else { Ok(state.idle.pop()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something while no read runs and no connection is open.
    pub(super) fn while_closed<T>(&self, work: impl FnOnce() -> T) -> T {
        self.closers.fetch_add(1, Ordering::AcqRel);
        let _closed = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.closers.fetch_sub(1, Ordering::AcqRel);
        self.state().idle.clear();
        work()
    }

    /// Refuses further reads, waits for those that run, and closes the connections.
    pub(super) async fn close(self: &Arc<Self>) -> Result<()> {
        self.permits.close();
        self.long_permits.close();
        let pool = Arc::clone(self);
        let closed =
            tokio::task::spawn_blocking(move || pool.while_closed(|| drop(pool.state().locks.take()))).await;
        closed.map_err(|_| Error::internal("the readers could not be closed"))
    }
}

/// All statements of one read see the same state.
fn in_snapshot<T>(conn: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    conn.prepare_cached("BEGIN")?.execute([])?;
    let result = guarded(|| work(conn));
    // After an I/O error SQLite has ended the transaction by itself, and the error is what counts.
    if conn.is_autocommit() {
        return result;
    }
    let ended = conn.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]));
    result.and_then(|done| Ok(ended.map(|_| done)?))
}
