//! A few read-only connections, used off the async threads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::lock::Locks;
use super::writer::guarded;
use super::{closed, connection};
use crate::error::{Error, ErrorKind, Result};

/// How many reads run at once. SQLite reads are short, and each connection has its own page cache.
const READERS: usize = 4;

/// The pool. Connections are opened when first needed.
pub(super) struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
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
        let _closed = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.state().idle.clear();
        work()
    }

    /// Refuses further reads, waits for those that run, and closes the connections.
    pub(super) async fn close(self: &Arc<Self>) -> Result<()> {
        self.permits.close();
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
    conn.prepare_cached("ROLLBACK")?.execute([])?;
    result
}
