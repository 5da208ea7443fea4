//! The one thread that writes: many callers share a commit, and nobody is answered before it.
//!
//! A group is one `BEGIN IMMEDIATE` transaction. Each caller runs in a savepoint of its own, so its
//! error undoes its own rows only. When SQLite ended the whole transaction (disk full, I/O error) or
//! the commit failed, every caller of the group gets an error.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::lock::{Locks, Turn};
use super::reader::Readers;
use super::{FileId, beside, connection, process, system};
use crate::error::{Error, ErrorKind, Result, Retry};

/// Callers that may wait before the next one waits outside.
const QUEUE: usize = 1024;
/// A group closes when this many callers and changed rows are in it. Rows stand for statements,
/// which SQLite does not count; a statement that changes nothing is carried by its caller's count.
const GROUP_SIZE: u64 = 1000;
/// A group closes when its first caller has waited this long.
const GROUP_TIME: Duration = Duration::from_millis(5);

/// What a caller wants done; answered after the commit.
trait Job: Send {
    /// Does the work. The error it may end with is kept for [`answer`](Self::answer).
    fn run(&mut self, conn: &Connection) -> Result<(), Verdict>;
    /// Tells the caller; with `group`, that the whole group was lost.
    fn answer(self: Box<Self>, group: Option<&Error>);
}

/// What the group needs to know about a caller's error.
#[derive(Debug)]
struct Verdict {
    storage: Option<Error>,
}

struct Caller<T, F> {
    work: Option<F>,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Job for Caller<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T> + Send,
{
    fn run(&mut self, conn: &Connection) -> Result<(), Verdict> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let result = guarded(|| work(conn));
        let verdict = match &result {
            Ok(_) => Ok(()),
            Err(error) => {
                Err(Verdict { storage: (error.kind() == ErrorKind::Storage).then(|| error.duplicate()) })
            }
        };
        self.result = Some(result);
        verdict
    }

    fn answer(self: Box<Self>, group: Option<&Error>) {
        let result = match (self.result, group) {
            (Some(Err(own)), _) => Err(own),
            (_, Some(lost)) => Err(lost.duplicate()),
            (Some(done), None) => done,
            (None, None) => Err(Error::internal("a write was answered without having run")),
        };
        // Nobody listens when the caller was dropped; the work is done all the same.
        let _ = self.reply.send(result);
    }
}

/// Runs a caller's closure; its panic becomes `INTERNAL`.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // The closure only borrows the connection, whose state is repaired by the rollback that follows.
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::internal("a database function panicked; its changes were undone")))
}

enum Message {
    Job(Box<dyn Job>),
    Stop,
}

/// The way to the thread.
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread owns.
pub(super) struct WriterParts {
    pub(super) conn: Connection,
    pub(super) path: PathBuf,
    pub(super) file_id: FileId,
    pub(super) process_id: i64,
    pub(super) readers: Arc<Readers>,
    pub(super) locks: Arc<Locks>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(parts: WriterParts) -> Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let engine = Engine::new(parts, jobs)?;
        let thread = std::thread::Builder::new().name("dianqiao-store".into()).spawn(move || engine.work());
        let thread = thread
            .map_err(|_| Error::new(ErrorKind::Storage, "the system gave no thread for the database"))?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Queues the work and waits for its commit; `None` when the thread has ended. Once queued, the
    /// work is done even if the caller goes away.
    pub(super) async fn run<T, F>(&self, work: F) -> Option<Result<T>>
    where
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let caller = Caller { work: Some(work), result: None, reply };
        self.queue.send(Message::Job(Box::new(caller))).await.ok()?;
        wait(answer).await
    }

    /// Lets the queued work finish, ends the thread and waits for it. Can be repeated and cancelled.
    pub(super) async fn stop(&self) -> Result<()> {
        let _ = self.queue.send(Message::Stop).await;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let ended = match thread {
            Some(thread) => tokio::task::spawn_blocking(move || thread.join()).await,
            None => Ok(Ok(())),
        };
        // For those who come second: the thread lets go of the queue last, after the locks.
        self.queue.closed().await;
        match ended {
            Ok(Ok(())) => Ok(()),
            _ => Err(Error::internal("the database thread ended in a panic")),
        }
    }
}

#[cfg(not(any(test, feature = "test-util")))]
async fn wait<T>(answer: oneshot::Receiver<T>) -> Option<T> {
    answer.await.ok()
}

/// Waits on a blocking thread, which tokio's paused time waits for as well: timers of a test do not
/// run ahead of a write.
#[cfg(any(test, feature = "test-util"))]
async fn wait<T: Send + 'static>(answer: oneshot::Receiver<T>) -> Option<T> {
    tokio::task::spawn_blocking(move || answer.blocking_recv().ok()).await.ok().flatten()
}

/// The thread's side.
///
/// Dropped in this order: the connection closes, the locks are released, then the queue tells.
struct Engine {
    /// `None` after a failure, until the next group opens it anew.
    conn: Option<Connection>,
    path: PathBuf,
    file_id: FileId,
    /// The log the connection writes to.
    log: Log,
    process_id: i64,
    is_stopping: bool,
    readers: Arc<Readers>,
    locks: Arc<Locks>,
    jobs: mpsc::Receiver<Message>,
}

impl Engine {
    fn new(parts: WriterParts, jobs: mpsc::Receiver<Message>) -> Result<Self> {
        let log = Log::of(&parts.conn, &parts.path)?;
        log.watch(&parts.path, parts.file_id, &parts.locks)?;
        Ok(Self {
            conn: Some(parts.conn),
            path: parts.path,
            file_id: parts.file_id,
            log,
            process_id: parts.process_id,
            is_stopping: false,
            readers: parts.readers,
            locks: parts.locks,
            jobs,
        })
    }

    fn work(mut self) {
        while !self.is_stopping {
            match self.jobs.blocking_recv() {
                Some(Message::Job(first)) => self.commit_group(first),
                Some(Message::Stop) | None => break,
            }
        }
        self.finish();
    }

    /// Writes one group and answers everybody in it.
    fn commit_group(&mut self, first: Box<dyn Job>) {
        let mut group = Vec::new();
        let outcome = match self.begin() {
            // The turn ends when the group is committed or undone, and before anybody is answered.
            Ok(_turn) => self.write_group(first, &mut group).inspect_err(|_| self.distrust()),
            Err(error) => {
                // Those who waited with the first would only wait as long again.
                group.push(first);
                group.extend(std::iter::from_fn(|| self.next_waiting()));
                Err(error)
            }
        };
        if let Err(error) = &outcome {
            tracing::warn!(callers = group.len(), %error, "a group of writes was lost");
        }
        for job in group {
            let group_error = outcome.as_ref().err();
            // A result whose destructor panics must not end the thread.
            let _ = catch_unwind(AssertUnwindSafe(|| job.answer(group_error)));
        }
    }

    fn begin(&mut self) -> Result<Turn> {
        let turn = self.locks.take_turn()?;
        if self.conn.is_none() {
            self.reopen()?;
        }
        let begun = execute(self.conn()?, "BEGIN IMMEDIATE").inspect_err(|error| {
            if error.retry() == Retry::Never {
                self.distrust();
            }
        });
        begun.and_then(|()| self.require_locks().inspect_err(|_| self.distrust()))?;
        Ok(turn)
    }

    /// After a failure nothing the connections remember is trusted; the next group opens a new one.
    /// The readers close first: connections of one process share their view of the log, and only
    /// the last to close can save what is in it.
    fn distrust(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        if !self.log.has_its_index(&self.path) || !self.locks.watch().holds() {
            // Another process may have saved that log, and removed it or written to it since; saving
            // ours again would put old pages over its new ones.
            let _ = conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        } else {
            self.locks.watch().release();
        }
        self.readers.while_closed(|| drop(conn));
    }

    fn write_group(&mut self, first: Box<dyn Job>, group: &mut Vec<Box<dyn Job>>) -> Result<()> {
        let started = Instant::now();
        let before = self.conn()?.total_changes();
        let mut next = Some(first);
        while let Some(job) = next {
            run_job(self.conn()?, job, group)?;
            let size = group.len() as u64 + self.conn()?.total_changes().saturating_sub(before);
            let is_closed = size >= GROUP_SIZE || started.elapsed() >= GROUP_TIME;
            next = if is_closed { None } else { self.next_waiting() };
        }
        self.require_locks()?;
        execute(self.conn()?, "COMMIT")?;
        tracing::trace!(callers = group.len(), "writes committed");
        self.require_files_in_place()
    }

    fn conn(&self) -> Result<&Connection> {
        self.conn.as_ref().ok_or_else(|| Error::internal("a group was written without a connection"))
    }

    fn reopen(&mut self) -> Result<()> {
        self.require_file_in_place()?;
        let conn = connection::read_write(&self.path)?;
        self.log = Log::of(&conn, &self.path)?;
        self.log.watch(&self.path, self.file_id, &self.locks)?;
        self.conn = Some(conn);
        tracing::warn!("the database was opened anew after a failure");
        Ok(())
    }

    /// A database put in the place of ours would be mixed with our log.
    fn require_file_in_place(&self) -> Result<()> {
        if system::file_id(&self.path).ok() == Some(self.file_id) {
            return Ok(());
        }
        let message = "the database file was moved, removed or replaced while in use; close the hub, put the file \
                       and its -wal back as they were, and open it again";
        Err(Error::new(ErrorKind::Storage, message))
    }

    /// Asked when a transaction begins and right before its commit, which then still can be undone:
    /// without our locks other processes write at the same places as we do.
    fn require_locks(&self) -> Result<()> {
        if self.locks.watch().holds() {
            return Ok(());
        }
        let message = "other software in this process (an SQLite module, a file copy) opened and closed the \
                       database file, which drops our locks on it; nothing was written, try again, and keep that \
                       software away: use the hub's own functions to read or copy the database";
        Err(Error::new(ErrorKind::Storage, message).with_retry(Retry::Backoff))
    }

    /// Asked after the commit and before anybody is answered. Other software that opens and closes
    /// our file in this process drops our locks; then another process may delete the log under us,
    /// and what we commit goes to a file without a name.
    fn require_files_in_place(&self) -> Result<()> {
        self.require_file_in_place()?;
        if self.log.is_in_place(&self.path) && self.locks.watch().holds() {
            return Ok(());
        }
        let message = "the database's log was replaced while in use, so this write may be lost; other software in \
                       this process (an SQLite module, a file copy) opened the database file: it must not";
        Err(Error::new(ErrorKind::Storage, message).with_retry(Retry::Backoff))
    }

    fn next_waiting(&mut self) -> Option<Box<dyn Job>> {
        match self.jobs.try_recv() {
            Ok(Message::Job(job)) => Some(job),
            Ok(Message::Stop) => {
                self.is_stopping = true;
                None
            }
            Err(_) => None,
        }
    }

    /// Unregisters and copies the log into the database, as far as that works without waiting for
    /// others; the last connection to close removes the log.
    fn finish(mut self) {
        if self.conn.is_some() && self.require_locks().is_err() {
            // Others may be writing where we would. They find us dead by our lock file.
            self.distrust();
        }
        // Until the connection is closed: locals are dropped last to first.
        let turn = self.locks.take_turn();
        let Some(conn) = self.conn.take() else { return };
        let done = turn.as_ref().map_err(Error::duplicate).and_then(|_| tidy_up(&conn, self.process_id));
        if let Err(error) = done {
            tracing::warn!(%error, "the database was closed without tidying up");
        }
        self.locks.watch().release();
    }
}

fn tidy_up(conn: &Connection, process_id: i64) -> Result<()> {
    process::unregister(conn, process_id)?;
    conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(())
}

/// Runs a caller in its savepoint; an error means that the whole transaction is lost.
fn run_job(conn: &Connection, mut job: Box<dyn Job>, group: &mut Vec<Box<dyn Job>>) -> Result<()> {
    if let Err(error) = execute(conn, "SAVEPOINT caller") {
        group.push(job);
        return Err(error);
    }
    let verdict = job.run(conn);
    group.push(job);
    if conn.is_autocommit() {
        return Err(lost(verdict.err()));
    }
    if verdict.is_err() {
        execute(conn, "ROLLBACK TO caller")?;
    }
    execute(conn, "RELEASE caller")?;
    if conn.is_autocommit() { Err(lost(None)) } else { Ok(()) }
}

/// The error of those who shared a transaction that SQLite gave up.
fn lost(verdict: Option<Verdict>) -> Error {
    verdict.and_then(|verdict| verdict.storage).unwrap_or_else(|| {
        let message = "the transaction was given up because another write in it failed; nothing was written";
        Error::new(ErrorKind::Storage, message).with_retry(Retry::Backoff)
    })
}

fn execute(conn: &Connection, sql: &str) -> Result<()> {
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Which files a connection has open beside the database.
struct Log {
    wal: FileId,
    /// The index of the log (`-shm`), which all its users share.
    index: FileId,
}

impl Log {
    /// Makes sure that the connection has its log open, and says which it is.
    fn of(conn: &Connection, path: &Path) -> Result<Self> {
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        let id = |suffix| {
            let lost = "SQLite's write-ahead log cannot be found beside the database";
            system::file_id(&beside(path, suffix)).map_err(|_| Error::new(ErrorKind::Storage, lost))
        };
        Ok(Self { wal: id("-wal")?, index: id("-shm")? })
    }

    /// From now on it is noticed when the connection's locks are dropped.
    fn watch(&self, path: &Path, database: FileId, locks: &Locks) -> Result<()> {
        let index = (&*beside(path, "-shm"), self.index);
        locks.watch().set((path, database), index).map_err(|_| {
            let message = "the database's files cannot be watched for lost locks; try again, and check that the \
                           file system knows record locks";
            Error::new(ErrorKind::Storage, message).with_retry(Retry::Backoff)
        })
    }

    fn is_in_place(&self, path: &Path) -> bool {
        system::file_id(&beside(path, "-wal")).ok() == Some(self.wal)
    }

    fn has_its_index(&self, path: &Path) -> bool {
        system::file_id(&beside(path, "-shm")).ok() == Some(self.index)
    }
}
