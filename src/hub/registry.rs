//! One engine per database file in a process: threads, worker threads and reloaded modules share it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex as StdMutex, PoisonError, Weak};

use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::engine::Engine;
use crate::config::HubConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{FileId, Store};

/// Held while a file is opened or closed, so that two callers never open it twice.
static ENGINES: LazyLock<Mutex<HashMap<FileId, Weak<Shared>>>> = LazyLock::new(Mutex::default);

/// An engine and the number of open sessions on it.
struct Shared {
    engine: Engine,
    sessions: AtomicUsize,
    /// Where an engine that nobody closed is closed.
    runtime: Handle,
}

impl Shared {
    /// Closes the engine unless it has a session (again) or another has taken its place.
    async fn close_unused(self: Arc<Self>) -> Result<()> {
        let mut engines = ENGINES.lock().await;
        let id = self.engine.store.file_id();
        let is_current = engines.get(&id).is_some_and(|known| known.as_ptr() == Arc::as_ptr(&self));
        if self.sessions.load(Ordering::SeqCst) > 0 || !is_current {
            return Ok(());
        }
        engines.remove(&id);
        self.engine.close().await
    }
}

/// One `Hub::open`. The last session of an engine closes it.
pub(super) struct Session {
    shared: Arc<Shared>,
    /// Cancelled by `close`; whoever listens to events waits for it.
    ended: CancellationToken,
    /// Two callers of `close` must not both count themselves out.
    ending: StdMutex<()>,
}

impl Session {
    fn new(shared: Arc<Shared>) -> Self {
        shared.sessions.fetch_add(1, Ordering::SeqCst);
        Self { shared, ended: CancellationToken::new(), ending: StdMutex::default() }
    }

    pub(super) fn engine(&self) -> Result<&Engine> {
        if self.ended.is_cancelled() {
            return Err(Error::new(ErrorKind::Closed, "the hub was closed: open it again with Hub.open"));
        }
        Ok(&self.shared.engine)
    }

    pub(super) async fn close(&self) -> Result<()> {
        if self.end() {
            return Arc::clone(&self.shared).close_unused().await;
        }
        // Another caller may be closing: who comes second waits for it too.
        drop(ENGINES.lock().await);
        Ok(())
    }

    /// Returns once the session is closed.
    pub(super) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Marks the session closed; true when it was the engine's last.
    fn end(&self) -> bool {
        let _one_at_a_time = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        if self.ended.is_cancelled() {
            return false;
        }
        self.ended.cancel();
        self.shared.sessions.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

impl Drop for Session {
    // A worker thread that ends without `close`, or a hub that was just dropped: the engine is closed all
    // the same, and the registry knows it until then, so that who opens the file next shares it or waits.
    fn drop(&mut self) {
        if self.end() {
            let closing = Arc::clone(&self.shared).close_unused();
            self.shared.runtime.spawn(async move {
                if let Err(error) = closing.await {
                    tracing::warn!(code = error.code(), "a hub that nobody closed could not be closed");
                }
            });
        }
    }
}

pub(super) async fn open(config: HubConfig) -> Result<Session> {
    let mut engines = ENGINES.lock().await;
    engines.retain(|_, shared| shared.strong_count() > 0);
    let known = Store::file_id_of(&config.database).and_then(|id| engines.get(&id)).and_then(Weak::upgrade);
    if let Some(shared) = known.filter(|shared| !shared.engine.is_closing()) {
        shared.engine.check_keys(&config.keys).await?;
        return Ok(Session::new(shared));
    }
    let engine = Engine::open(config).await?;
    let shared = Arc::new(Shared { engine, sessions: AtomicUsize::new(0), runtime: Handle::current() });
    engines.insert(shared.engine.store.file_id(), Arc::downgrade(&shared));
    Ok(Session::new(shared))
}
