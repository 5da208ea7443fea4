//! Changing the master key while everybody works, in steps that may each be the last before a crash.
//!
//! 1. The new key takes the place of all others for writing, in the file; every process of it that runs
//!    must be able to open what is sealed with it, or nothing is changed.
//! 2. Each process writes with it, and says so once nothing sealed with another key is on its way.
//! 3. The others are closed: the file takes no value sealed with them any more.
//! 4. What is still sealed with them is sealed anew, in small commits, unless somebody wrote meanwhile.
//! 5. They are superseded: the new key alone opens the file.
//!
//! After a crash anywhere both keys open the file, and the same call goes on.

mod walk;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cipher::Cipher;
use super::key::MasterKey;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::store::{OtherProcess, Store};
use walk::{Unreadable, Walk, step};

/// Enough for other processes to turn to the new key.
pub(crate) const ROTATION_PATIENCE: Duration = Duration::from_secs(20);
/// How long a process that is just being opened has to say which keys it has.
const OPENING_PATIENCE: Duration = Duration::from_secs(3);
/// How long what was sealed may take to reach the file.
const DRAIN_PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Processes that an error names.
const NAMED: usize = 5;

/// What to rotate to, and how.
#[derive(Clone)]
pub(crate) struct Rotation {
    pub(crate) key: MasterKey,
    /// Supersede the old keys although some values open with none of them.
    pub(crate) leave_unreadable: bool,
    /// How long other processes have to turn to the new key; they look every few seconds.
    pub(crate) patience: Duration,
    pub(crate) cancel: CancellationToken,
    pub(crate) on_progress: Option<RotationProgressFn>,
}

/// Called after each batch. It must return soon.
pub type RotationProgressFn = Arc<dyn Fn(RotationProgress) + Send + Sync>;

/// How far a change of the master key is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RotationProgress {
    /// Sealed values that this walk through the database has looked at. A second walk follows when other
    /// processes had to turn to the new key first.
    pub looked: i64,
    /// How many there were when the walk began.
    pub total: i64,
    /// Values sealed anew, by this call.
    pub resealed: i64,
}

/// What a change of the master key did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationReport {
    /// The key that alone opens the database now.
    pub key_id: String,
    /// The keys it took the place of.
    pub superseded: Vec<String>,
    /// Values sealed anew, by this call.
    pub resealed: i64,
    /// Values that no key opens; they were left as they are.
    pub unreadable: i64,
}

/// The keys of an engine: what it writes with, and how that changes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Keys(Arc<Inner>);

struct Inner {
    store: Store,
    cipher: Cipher,
    /// Held while the ring's writer changes, until the file knows.
    turning: Mutex<Turning>,
    /// Held by a rotation.
    rotating: Mutex<()>,
}

/// What the file does not know yet of the ring.
#[derive(Default)]
struct Turning {
    /// Who still seals with a key that wrote before.
    before: Vec<TaskTracker>,
    /// The writer that the file was told of.
    announced: Option<String>,
}

impl Keys {
    pub(crate) fn new(store: Store, cipher: Cipher) -> Self {
        Self(Arc::new(Inner { store, cipher, turning: Mutex::default(), rotating: Mutex::default() }))
    }

    /// Tells the file which keys this process has.
    pub(crate) async fn announce(&self) -> Result<()> {
        self.turned(&mut *self.0.turning.lock().await).await
    }

    /// Turns to the key that another process put in the place of ours.
    pub(crate) async fn follow(&self) -> Result<()> {
        let mut turning = self.0.turning.lock().await;
        let stored = self.0.store.key_checks().await?;
        turning.before.extend(self.0.cipher.follow(&stored));
        self.turned(&mut turning).await
    }

    /// Puts a key in the place of all others.
    ///
    /// # Errors
    /// `CONFLICT` when another rotation is under way or a process stands in the way, `KEY_WRONG` when values
    /// do not open with any key, `CANCELLED`. What was done stays; the same call goes on from there.
    pub(crate) async fn rotate(&self, rotation: &Rotation) -> Result<RotationReport> {
        let Ok(_one) = self.0.rotating.try_lock() else {
            let message = "the master key is being changed already: wait for it";
            return Err(Error::new(ErrorKind::Conflict, message).with_retry(Retry::Backoff));
        };
        let key_id = rotation.key.id();
        self.replace(&rotation.key).await?;
        step();
        self.turn_to(&key_id).await?;
        step();
        let mut walk =
            Walk { keys: &self.0, rotation, key_id: &key_id, resealed: 0, unreadable: Unreadable::default() };
        self.close(&mut walk).await?;
        step();
        walk.run().await?;
        let (resealed, unreadable) = (walk.resealed, walk.unreadable);
        if unreadable.count > 0 && !rotation.leave_unreadable {
            return Err(unreadable.error());
        }
        let superseded = self.0.store.supersede_keys(key_id.clone()).await?;
        step();
        Ok(RotationReport { key_id, superseded, resealed, unreadable: unreadable.count })
    }

    /// Step 1. What is sealed with the key can be opened here before anybody writes with it.
    async fn replace(&self, key: &MasterKey) -> Result<()> {
        let Inner { store, cipher, .. } = &*self.0;
        let is_new = cipher.take_in(key);
        let check = cipher.check_of(&key.id())?;
        let replace = || store.replace_keys(check.clone());
        let done = until_ready(store, OPENING_PATIENCE, some_are_opening, replace).await;
        let done = done.and_then(|blind| match blind.is_empty() {
            true => Ok(()),
            false => Err(cannot_open(&blind, &key.id())),
        });
        // After a failure of the disk nobody knows whether others write with it now.
        if is_new && done.as_ref().is_err_and(|error| error.kind() == ErrorKind::Conflict) {
            cipher.let_go(&key.id());
        }
        done
    }

    /// Step 2, in this process.
    async fn turn_to(&self, key_id: &str) -> Result<()> {
        let mut turning = self.0.turning.lock().await;
        let before = self.0.cipher.write_with(key_id);
        turning.before.push(before.ok_or_else(|| Error::internal("the new key was taken in"))?);
        self.turned(&mut turning).await
    }

    /// Says that another key writes, once nothing sealed with the ones before is on its way.
    async fn turned(&self, turning: &mut Turning) -> Result<()> {
        let drained = async {
            for before in &turning.before {
                before.wait().await;
            }
        };
        if tokio::time::timeout(DRAIN_PATIENCE, drained).await.is_err() {
            let message = "a write that was sealed with the old key does not end: call rotateKey again, and if that does \
                           not help, close the hub and open it with the new key to write and the old one to read";
            return Err(Error::new(ErrorKind::Conflict, message).with_retry(Retry::Backoff));
        }
        turning.before.clear();
        let (writer, opens) = self.0.cipher.key_ids();
        if turning.announced.as_ref() != Some(&writer) {
            self.0.store.announce_keys(writer.clone(), opens).await?;
            turning.announced = Some(writer);
        }
        Ok(())
    }

    /// Steps 2 in the other processes, and 3. Most of the work is done while they turn.
    async fn close(&self, walk: &mut Walk<'_>) -> Result<()> {
        let store = &self.0.store;
        let close = || store.close_keys(walk.key_id.to_owned());
        if until_ready(store, Duration::ZERO, |_| true, close).await?.is_empty() {
            return Ok(());
        }
        walk.run().await?;
        let close = || store.close_keys(walk.key_id.to_owned());
        match until_ready(store, walk.rotation.patience, |_| true, close).await? {
            late if late.is_empty() => Ok(()),
            late => Err(still_writes(&late, walk.key_id)),
        }
    }
}

/// A process that is being opened has not said yet which keys it has.
fn some_are_opening(processes: &[OtherProcess]) -> bool {
    processes.iter().any(|process| process.writer.is_none())
}

/// Asks until no process stands in the way, or for so long. Processes that died do not.
async fn until_ready<F>(
    store: &Store,
    patience: Duration,
    is_worth_waiting: fn(&[OtherProcess]) -> bool,
    ask: impl Fn() -> F,
) -> Result<Vec<OtherProcess>>
where
    F: Future<Output = Result<Vec<OtherProcess>>>,
{
    let begun = tokio::time::Instant::now();
    loop {
        store.reap_dead_processes().await?;
        let waiting = ask().await?;
        if waiting.is_empty() || !is_worth_waiting(&waiting) || begun.elapsed() >= patience {
            return Ok(waiting);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// `process 12 on host, process 13 on host`.
fn named(processes: &[OtherProcess]) -> String {
    let name = |process: &OtherProcess| format!("process {} on {}", process.pid, process.host);
    processes.iter().take(NAMED).map(name).collect::<Vec<_>>().join(", ")
}

fn cannot_open(blind: &[OtherProcess], key_id: &str) -> Error {
    let message = format!(
        "{} could not open what is sealed with key {key_id}: nothing was changed; close it, or open it with \
         the new key as a further reading key, then call rotateKey again",
        named(blind)
    );
    Error::new(ErrorKind::Conflict, message).with_retry(Retry::Backoff)
}

fn still_writes(late: &[OtherProcess], key_id: &str) -> Error {
    let message = format!(
        "{} still writes with an old key: everything else is sealed with key {key_id}, and both keys open the \
         database; close that process, then call rotateKey again",
        named(late)
    );
    Error::new(ErrorKind::Conflict, message).with_retry(Retry::Backoff)
}
