//! One engine per database file in a process: threads, worker threads and reloaded modules share it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Weak};

use tokio::sync::Mutex;

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
}

/// One `Hub::open`. The last session of an engine closes it.
pub(super) struct Session {
    shared: Arc<Shared>,
    is_closed: AtomicBool,
}

impl Session {
    fn new(shared: Arc<Shared>) -> Self {
        shared.sessions.fetch_add(1, Ordering::SeqCst);
        Self { shared, is_closed: AtomicBool::new(false) }
    }

    pub(super) fn engine(&self) -> Result<&Engine> {
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Closed, "the hub was closed: open it again with Hub.open"));
        }
        Ok(&self.shared.engine)
    }

    pub(super) async fn close(&self) -> Result<()> {
        let mut engines = ENGINES.lock().await;
        if !self.end() {
            return Ok(());
        }
        engines.remove(&self.shared.engine.store.file_id());
        self.shared.engine.close().await
    }

    /// Marks the session closed; true when it was the engine's last.
    fn end(&self) -> bool {
        !self.is_closed.swap(true, Ordering::SeqCst) && self.shared.sessions.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

impl Drop for Session {
    // A worker thread that ends without `close` must not keep the others' last `close` from closing.
    fn drop(&mut self) {
        self.end();
    }
}

pub(super) async fn open(config: HubConfig) -> Result<Session> {
    let mut engines = ENGINES.lock().await;
    engines.retain(|_, shared| shared.strong_count() > 0);
    let known = Store::file_id_of(&config.database).and_then(|id| engines.get(&id)).and_then(Weak::upgrade);
    if let Some(shared) = known.filter(|shared| !shared.engine.is_closing()) {
        shared.engine.check_keys(&config.keys)?;
        return Ok(Session::new(shared));
    }
    let shared = Arc::new(Shared { engine: Engine::open(config).await?, sessions: AtomicUsize::new(0) });
    engines.insert(shared.engine.store.file_id(), Arc::downgrade(&shared));
    Ok(Session::new(shared))
}
