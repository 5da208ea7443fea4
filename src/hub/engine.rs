//! Everything behind a hub that exists once per database file and process.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::kept::KeptBackups;
use super::work::{Worker, work};
use crate::auth::{AppContexts, Cipher, Expiry, Grants, KeyRing, Keys, OAuthFlow};
use crate::clock::Clock;
use crate::config::HubConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Events;
use crate::http::{DownloadOptions, Downloads, Http, HttpOptions};
use crate::media::{Library, LibraryParts};
use crate::pipeline::{Caller, Contacts, Sender};
use crate::publish::{Fresh, Publisher, Refresh};
use crate::queue::{Queue, Work};
use crate::store::{Blobs, Store, StoreOptions};
use crate::sync::{Refresher, Syncer};

/// The largest answer of an API that is taken.
const BODY_CAP: usize = 8 * 1024 * 1024;
/// How long `close` waits for runs and refreshes before it closes the database under them.
const CLOSE_PATIENCE: Duration = Duration::from_secs(20);
/// How long records that could not be read are kept.
const QUARANTINE_LIFE: Duration = Duration::from_secs(30 * 86_400);
/// How often runs of processes that died are looked for.
const REAP_EVERY: Duration = Duration::from_secs(30);
/// How long a media file may be on its way from a public address.
const LONGEST_DOWNLOAD: Duration = Duration::from_secs(30 * 60);
/// How often a key is looked for that another process has put in the place of ours.
const FOLLOW_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Engine {
    pub(super) store: Store,
    pub(super) cipher: Cipher,
    pub(super) keys: Keys,
    pub(super) clock: Clock,
    pub(super) contexts: AppContexts,
    pub(super) grants: Grants,
    pub(super) flow: OAuthFlow,
    pub(super) caller: Caller,
    pub(super) syncer: Syncer,
    pub(super) publisher: Publisher,
    pub(super) queue: Queue,
    pub(super) events: Events,
    pub(super) expiry: Expiry,
    pub(super) library: Library,
    pub(super) backups: KeptBackups,
    pub(super) decrypts_per_day: u32,
    tasks: TaskTracker,
    closing: CancellationToken,
}

impl Engine {
    pub(super) async fn open(config: HubConfig) -> Result<Self> {
        let (sender, downloads) = sender(&config)?;
        let places = media_places(&config)?;
        let backups = KeptBackups::new(&config.database, config.backups)?;
        let cipher = Cipher::new(&config.keys);
        let verifier = cipher.clone();
        let options = StoreOptions {
            path: config.database,
            force_network: config.force_network,
            clock: config.clock.clone(),
        };
        let store = Store::open(options, move |stored| verifier.verify(stored)).await?;
        let keys = Keys::new(store.clone(), cipher.clone());
        keys.announce().await?;
        let clock = config.clock;
        let (tasks, closing) = (TaskTracker::new(), CancellationToken::new());
        let decrypts_per_day = config.decrypts_per_day;
        let contexts = AppContexts::new(store.clone(), cipher.clone(), config.allow_hosts);
        let events = Events::new();
        let grants = Grants::new(
            store.clone(),
            cipher.clone(),
            Arc::clone(&sender),
            clock.clone(),
            tasks.clone(),
            events.clone(),
        );
        let flow = OAuthFlow::new(
            store.clone(),
            cipher.clone(),
            contexts.clone(),
            grants.clone(),
            Arc::clone(&sender),
            clock.clone(),
        );
        let contacts_of_shops = Contacts::new(store.clone(), clock.clone());
        let caller = Caller::new(Arc::clone(&sender), grants.clone()).noting(contacts_of_shops);
        let syncer = Syncer {
            store: store.clone(),
            cipher: cipher.clone(),
            contexts: contexts.clone(),
            caller: caller.clone(),
            sender,
            clock: clock.clone(),
            events: events.clone(),
            tasks: tasks.clone(),
            closing: closing.clone(),
        };
        let library = library(&syncer, downloads, places);
        let publisher = publisher(&syncer, &library, config.needs_approval);
        let queue = queue(&syncer, work(Worker::new(&syncer, &grants, &publisher, &library, &backups)));
        let expiry = Expiry { store: store.clone(), events: events.clone(), clock: clock.clone() };
        let engine = Self {
            store,
            cipher,
            keys,
            clock,
            contexts,
            grants,
            flow,
            caller,
            syncer,
            publisher,
            queue,
            events,
            expiry,
            library,
            backups,
            decrypts_per_day,
            tasks,
            closing,
        };
        reap(&engine.store, &engine.publisher).await?;
        engine.start_reaper();
        engine.start_following();
        engine.publisher.start_duty();
        engine.queue.start();
        Ok(engine)
    }

    /// Whether a second `open` of the same file brought keys that fit.
    pub(super) async fn check_keys(&self, keys: &KeyRing) -> Result<()> {
        let stored = self.store.key_checks().await?;
        if Cipher::new(keys).verify(&stored)?.is_empty() {
            return Ok(());
        }
        let message = "this process has the database open without one of these keys: open it with the keys it has, \
                       and put a new one in their place with rotateKey";
        Err(Error::new(ErrorKind::KeyWrong, message))
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.is_cancelled()
    }

    pub(super) async fn close(&self) -> Result<()> {
        self.closing.cancel();
        self.store.supervisor().stop();
        self.tasks.close();
        if tokio::time::timeout(CLOSE_PATIENCE, self.tasks.wait()).await.is_err() {
            tracing::warn!("runs or token refreshes did not end in time, closing without them");
        }
        self.store.close().await
    }

    /// Turns to a key that another process has put in the place of ours.
    fn start_following(&self) {
        let (keys, closing) = (self.keys.clone(), self.closing.clone());
        let follower = move || keep_following(keys.clone(), closing.clone());
        self.tasks.spawn(self.store.supervisor().watch("keys", follower));
    }

    /// Runs whose process died are shown as interrupted, not as running for ever; old records in
    /// quarantine go.
    fn start_reaper(&self) {
        let (publisher, expiry, closing) =
            (self.publisher.clone(), self.expiry.clone(), self.closing.clone());
        let reaper = move || keep_reaping(publisher.clone(), expiry.clone(), closing.clone());
        self.tasks.spawn(self.store.supervisor().watch("reaper", reaper));
    }
}

async fn keep_following(keys: Keys, closing: CancellationToken) {
    loop {
        tokio::select! {
            () = closing.cancelled() => return,
            () = tokio::time::sleep(FOLLOW_EVERY) => {}
        }
        if let Err(error) = keys.follow().await {
            tracing::warn!(code = error.code(), "cannot look for a new key");
        }
    }
}

/// Ends of authorisations are looked for here too, and not at opening, when nobody listens yet.
async fn keep_reaping(publisher: Publisher, expiry: Expiry, closing: CancellationToken) {
    let store = expiry.store.clone();
    loop {
        tokio::select! {
            () = closing.cancelled() => return,
            () = tokio::time::sleep(REAP_EVERY) => {}
        }
        if let Err(error) = reap(&store, &publisher).await {
            tracing::warn!(code = error.code(), "cannot look for runs of dead processes");
        }
        if store.is_leader()
            && let Err(error) = expiry.warn().await
        {
            tracing::warn!(code = error.code(), "cannot look for authorisations that end");
        }
    }
}

/// What every request goes out by.
fn sender(config: &HubConfig) -> Result<(Arc<Sender>, Downloads)> {
    let http = Http::new(HttpOptions {
        connect: config.connect_timeout,
        idle: config.idle_timeout,
        total: config.total_timeout,
        body_cap: BODY_CAP,
    })?;
    let downloads = http.downloads(DownloadOptions {
        connect: config.connect_timeout,
        idle: config.idle_timeout,
        total: LONGEST_DOWNLOAD,
    });
    Ok((Sender::new(http, config.clock.clone()), downloads))
}

/// Where media lie, and the directories that they may be taken from: as they are, without links, since paths are
/// compared with them.
fn media_places(config: &HubConfig) -> Result<(Blobs, Vec<PathBuf>)> {
    let real = |dir: &PathBuf| {
        let real = std::fs::canonicalize(dir).ok().filter(|real| real.is_dir());
        real.ok_or_else(|| {
            let message = format!("mediaDirs names {}, which is no directory: make it first", dir.display());
            Error::new(ErrorKind::ConfigInvalid, message)
        })
    };
    let dirs = config.media_dirs.iter().map(real).collect::<Result<_>>()?;
    Ok((Blobs::beside(&config.database)?, dirs))
}

fn library(syncer: &Syncer, downloads: Downloads, (blobs, dirs): (Blobs, Vec<PathBuf>)) -> Library {
    Library::new(LibraryParts {
        store: syncer.store.clone(),
        blobs,
        downloads,
        dirs,
        clock: syncer.clock.clone(),
        closing: syncer.closing.clone(),
    })
}

/// Jobs do what the hub's own functions do.
fn queue(syncer: &Syncer, work: Work) -> Queue {
    let Syncer { store, clock, events, tasks, closing, .. } = syncer.clone();
    Queue::new(store, clock, events, tasks, closing, work)
}

/// Writes use what syncs use.
fn publisher(syncer: &Syncer, library: &Library, needs_approval: bool) -> Publisher {
    Publisher {
        store: syncer.store.clone(),
        contexts: syncer.contexts.clone(),
        caller: syncer.caller.clone(),
        clock: syncer.clock.clone(),
        events: syncer.events.clone(),
        tasks: syncer.tasks.clone(),
        closing: syncer.closing.clone(),
        refresh: refresh(Refresher {
            store: syncer.store.clone(),
            cipher: syncer.cipher.clone(),
            clock: syncer.clock.clone(),
        }),
        library: library.clone(),
        needs_approval,
        moved: Arc::default(),
    }
}

/// What was read beside a sync is stored by the sync's own functions.
fn refresh(refresher: Refresher) -> Refresh {
    Arc::new(move |shop, fresh| {
        let refresher = refresher.clone();
        Box::pin(async move {
            match fresh {
                Fresh::Skus { product, skus } => refresher.skus(shop, product, skus).await,
                Fresh::Product(record) => refresher.product(shop, *record).await,
                Fresh::Order(order) => refresher.order(shop, *order).await,
                Fresh::Listing(_) | Fresh::Posts(_) => Ok(()),
            }
        })
    })
}

async fn reap(store: &Store, publisher: &Publisher) -> Result<()> {
    let dead = store.reap_dead_processes().await?;
    let now = store.now();
    store.interrupt_runs(dead.clone(), now).await?;
    publisher.adopt_lost(dead).await?;
    if store.is_leader() {
        store.prune_quarantine(now.minus(QUARANTINE_LIFE)).await?;
        store.prune_facts(now).await?;
    }
    Ok(())
}
