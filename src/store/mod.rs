//! Everything that is remembered: one SQLite file, opened by nobody else in this process.
//!
//! This folder's engine opens the file, commits, reads and closes; the files named after nouns hold
//! the queries, one function each, with model types in and out. Nothing above sees SQL.
//!
//! What the engine promises: a write that answered is on the disk; a file of another program, a newer
//! schema or a wrong key is refused before a byte is written; several processes of this library may
//! share the file, two copies of it in one process may not.

mod app;
mod audit;
mod backup;
mod blob;
mod campaign;
mod contact;
mod cursor;
mod decrypt;
mod draft;
mod fact;
mod grant;
mod job;
mod key;
mod listing;
mod media;
mod oauth;
mod order;
mod page;
mod product;
mod promotion;
mod quarantine;
mod refund;
mod restore;
mod right;
mod row;
mod run;
mod schedule;
mod sealed;
mod send;
mod shop;
mod sku;
mod upload;
mod window;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod schema;

pub(crate) use app::{AppSecrets, SaveApp};
pub(crate) use audit::NewAudit;
pub use backup::BackupReport;
pub(crate) use blob::{Blob, Blobs, Incoming};
pub(crate) use campaign::{CampaignRow, CampaignStep, Holder, NewCampaign};
pub(crate) use cursor::{CHECK as CURSOR_CHECK, check_of, limit_or};
pub(crate) use decrypt::{DecryptClaim, KeptReceiver};
pub(crate) use grant::{GrantRow, NewGrant, NewRenewal, OutlivedGrant, RefreshClaim, Release};
pub(crate) use job::{ClaimJobs, EndJob, JobEnd, JobRow, MoveJob, QueuedJob};
pub(crate) use key::{KeyCheck, OtherProcess};
pub(crate) use listing::{ListingRow, NewListing, SeenListing};
pub(crate) use media::NewMedia;
pub(crate) use oauth::{NewPending, OauthState, TakenState};
pub(crate) use page::{OrderRow, PageResult, PageWrite, ProductRow, RefundRow};
pub(crate) use promotion::{Clocks, EarningLink, MovePromotion, NewPromotion, PromotionRow, SeenPost};
pub(crate) use quarantine::BadRow;
pub(crate) use query::SqlQuery;
pub(crate) use restore::RestoreOrder;
pub use restore::RestoreReport;
pub(crate) use run::{NewRun, StartRun};
pub(crate) use schedule::Tick;
pub(crate) use sealed::{Home, Reseal, SealedColumn, SealedValue};
pub(crate) use send::{Became, Claim, Enqueued, MetError, MoveSend, NewSend, SendRow};
pub(crate) use shop::{ConnectShop, tiers_of, tiers_to_json};
pub(crate) use sku::{SkuRow, SkuTask, SkuWrite};
pub(crate) use upload::{MediaUpload, UploadKey};
pub(crate) use window::{NewWindow, Window};

mod connection;
mod error;
mod inspect;
mod lock;
#[cfg(unix)]
#[path = "lock_unix.rs"]
mod system;
#[cfg(not(unix))]
#[path = "lock_other.rs"]
mod system;
// Compiled in tests so that it keeps compiling.
#[cfg(all(unix, test))]
mod lock_other;
mod migrate;
mod open;
mod process;
mod query;
mod reader;
#[cfg(test)]
mod tests;
#[cfg(target_os = "linux")]
#[path = "watch_linux.rs"]
mod watch;
#[cfg(not(target_os = "linux"))]
#[path = "watch_other.rs"]
mod watch;
// Compiled in tests so that it keeps compiling.
#[cfg(all(target_os = "linux", test))]
mod watch_other;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rusqlite::Connection;
use tokio::task::AbortHandle;

use self::lock::LockDir;
use self::migrate::Plan;
use self::open::Opened;
use self::reader::Readers;
use self::writer::{Writer, WriterParts};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::UtcMillis;
use crate::supervisor::Supervisor;

/// Where the database is and how to open it.
#[derive(Clone, Debug)]
pub(crate) struct StoreOptions {
    /// The file; its directory must exist.
    pub(crate) path: PathBuf,
    /// Open it although it is on a network file system.
    pub(crate) force_network: bool,
    /// What time it is.
    pub(crate) clock: Clock,
}

/// A file, whatever path leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

/// The open database. Clones share it.
#[derive(Clone)]
pub(crate) struct Store(Arc<Inner>);

struct Inner {
    file_id: FileId,
    clock: Clock,
    pid: u32,
    process_id: i64,
    lock_dir: LockDir,
    writer: Writer,
    readers: Arc<Readers>,
    /// Until when this process leads, in milliseconds; 0 when it does not.
    leader_until: AtomicI64,
    heartbeat: Mutex<Option<AbortHandle>>,
    supervisor: Supervisor,
    is_closing: AtomicBool,
    is_backing_up: AtomicBool,
}

impl Store {
    /// Opens the file, creating and migrating it where needed.
    ///
    /// `verify` is given the key checks stored in the file (none for a new one) before anything is
    /// written and returns those to add; its error is returned unchanged. Fails with
    /// `CONFIG_INVALID` (a path, file system, file or version that cannot be used), `DATABASE_IN_USE`
    /// or `STORAGE` (damage).
    pub(crate) async fn open<F>(options: StoreOptions, verify: F) -> Result<Self>
    where
        F: FnOnce(&[KeyCheck]) -> Result<Vec<KeyCheck>> + Send + 'static,
    {
        Self::open_with(options, Plan::shipped()?, verify).await
    }

    async fn open_with<F>(options: StoreOptions, plan: Plan, verify: F) -> Result<Self>
    where
        F: FnOnce(&[KeyCheck]) -> Result<Vec<KeyCheck>> + Send + 'static,
    {
        let clock = options.clock.clone();
        let inner = tokio::task::spawn_blocking(move || {
            open::open(&options, &plan, verify).and_then(|opened| Inner::start(opened, clock))
        });
        let inner = inner.await.map_err(|_| Error::internal("opening the database panicked"))??;
        let store = Self(Arc::new(inner));
        if let Err(error) = store.settle_in().await {
            // The first error counts; closing releases the file.
            let _ = store.close().await;
            return Err(error);
        }
        Ok(store)
    }

    /// Clears away dead processes, then takes the lease if it is free and keeps beating.
    async fn settle_in(&self) -> Result<()> {
        self.reap_dead_processes().await?;
        self.beat().await?;
        let inner = Arc::downgrade(&self.0);
        let beating = move || process::keep_beating(Weak::clone(&inner));
        let task = tokio::spawn(self.supervisor().watch("heartbeat", beating));
        *self.0.heartbeat.lock().unwrap_or_else(PoisonError::into_inner) = Some(task.abort_handle());
        Ok(())
    }

    /// The file this is.
    pub(crate) fn file_id(&self) -> FileId {
        self.0.file_id
    }

    /// The file a path leads to, if there is one. Does not open it.
    pub(crate) fn file_id_of(path: &Path) -> Option<FileId> {
        system::file_id(path).ok()
    }

    /// This process's row in `processes`.
    pub(crate) fn process_id(&self) -> i64 {
        self.0.process_id
    }

    /// Whether this process leads those that share the file. Lapses by itself when the heartbeat
    /// cannot be written.
    pub(crate) fn is_leader(&self) -> bool {
        let is_open = !self.0.is_closing.load(Ordering::Acquire);
        is_open && self.now().0 < self.0.leader_until.load(Ordering::Acquire)
    }

    /// Watches over the background tasks on this file.
    pub(crate) fn supervisor(&self) -> Supervisor {
        self.0.supervisor.clone()
    }

    /// The version of the SQLite inside.
    pub(crate) fn sqlite_version() -> &'static str {
        rusqlite::version()
    }

    /// Finishes the queued writes, gives the lease back, empties the log, closes the file and
    /// releases its locks. Afterwards every call fails with `CLOSED`. Can be called again, and again
    /// after it was cancelled.
    pub(crate) async fn close(&self) -> Result<()> {
        require_pid(self.0.pid)?;
        self.0.is_closing.store(true, Ordering::Release);
        self.0.shut_down().await
    }

    /// Runs `f` inside a group commit, in a savepoint of its own: its error undoes its own changes.
    /// Answers when the commit is on the disk. `f` must not end the transaction, and constraints must
    /// be immediate. `op` names the query in the log.
    async fn write<T, F>(&self, op: &'static str, f: F) -> Result<T>
    where
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.require_open()?;
        let done = self.0.writer.run(f).await;
        self.logged(op, done)
    }

    /// Runs `f` on one snapshot of the database, on a read-only connection off the async threads.
    /// `op` names the query in the log.
    async fn read<T, F>(&self, op: &'static str, f: F) -> Result<T>
    where
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.require_open()?;
        let done = self.0.readers.run(f).await;
        self.logged(op, done)
    }

    /// The time now.
    pub(crate) fn now(&self) -> UtcMillis {
        self.0.clock.now()
    }

    fn logged<T>(&self, op: &'static str, done: Option<Result<T>>) -> Result<T> {
        let result = done.unwrap_or_else(|| match self.0.is_closing.load(Ordering::Acquire) {
            true => Err(closed()),
            false => Err(Error::internal("the database thread has ended by itself")),
        });
        if let Err(error) = &result
            && matches!(error.kind(), ErrorKind::Storage | ErrorKind::Internal)
        {
            tracing::warn!(op, %error, "a query failed");
        }
        result
    }

    fn require_open(&self) -> Result<()> {
        require_pid(self.0.pid)?;
        if self.0.is_closing.load(Ordering::Acquire) { Err(closed()) } else { Ok(()) }
    }
}

impl Inner {
    fn start(opened: Opened, clock: Clock) -> Result<Self> {
        let Opened { conn, path, process_id, locks } = opened;
        let file_id = system::file_id(&path)
            .map_err(|_| Error::new(ErrorKind::Storage, "the database file vanished while it was opened"))?;
        let lock_dir = locks.dir().clone();
        if let Err(error) = lock_dir.sweep() {
            tracing::debug!(kind = ?error.kind(), "stale lock files were left");
        }
        let locks = Arc::new(locks);
        let readers = Arc::new(Readers::new(path.clone(), Arc::clone(&locks)));
        let parts = WriterParts { conn, path, file_id, process_id, readers: Arc::clone(&readers), locks };
        let writer = Writer::start(parts)?;
        Ok(Self {
            file_id,
            clock,
            pid: std::process::id(),
            process_id,
            lock_dir,
            writer,
            readers,
            leader_until: AtomicI64::new(0),
            heartbeat: Mutex::new(None),
            supervisor: Supervisor::default(),
            is_closing: AtomicBool::new(false),
            is_backing_up: AtomicBool::new(false),
        })
    }

    fn set_leader_until(&self, until: Option<UtcMillis>) {
        self.leader_until.store(until.map_or(0, |until| until.0), Ordering::Release);
    }

    /// Every step can be repeated.
    async fn shut_down(&self) -> Result<()> {
        self.stop_heartbeat();
        // The readers first, so that the writer's is the last connection and takes the log along.
        let readers = self.readers.close().await;
        let writer = self.writer.stop().await;
        readers.and(writer)
    }

    fn stop_heartbeat(&self) {
        if let Some(task) = self.heartbeat.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

impl Drop for Inner {
    /// Without `close` the writer thread finishes by itself and releases the file; nobody waits.
    fn drop(&mut self) {
        self.stop_heartbeat();
    }
}

/// SQLite's connections and locks do not survive a fork.
fn require_pid(opened_by: u32) -> Result<()> {
    if std::process::id() == opened_by {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::DatabaseInUse,
        "the database was opened before this process was forked; open it after forking",
    ))
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the hub is closed; open it again")
}

/// `path` with something added to its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
