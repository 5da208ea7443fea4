//! The tokens of apps themselves: in memory only, one fetch for all callers, never asked for too often.
//!
//! Platforms punish an app that fetches them without need (Douyin blocks it for good above 60 a minute), so that a
//! bound on fetches stands before everything else here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{AppId, UtcMillis};
use crate::pipeline::{AppContext, Failure, RetryPolicy, SendRequest, Sender};
use crate::platform::{AppToken, Credentials, Repeat};
use crate::secret::Secret;

/// Fetched anew this long before its end, or in the last quarter of a shorter life.
const AHEAD: Duration = Duration::from_secs(300);
/// A token this close to its end is not sent any more: the call could arrive too late.
const END_MARGIN: Duration = Duration::from_secs(30);
/// Requests for the token of one app within `PACE`, failed ones and those of earlier secrets too. Several processes
/// have a token each, and must stay below a platform's bound together.
const MOST_FETCHES: u32 = 4;
const PACE: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

type FlightResult = std::result::Result<HeldToken, Arc<Error>>;
type Flight = watch::Receiver<Option<FlightResult>>;
type Landing = watch::Sender<Option<FlightResult>>;
/// What a token was bought with: a changed app needs another one.
type Print = [u8; 32];

/// A token of an app, told from those before and after it.
#[derive(Clone, Debug)]
pub(crate) struct HeldToken {
    pub(crate) secret: Secret<String>,
    serial: u64,
    ahead_at: UtcMillis,
    over_at: UtcMillis,
}

/// The tokens of a hub's apps. Cheap to clone.
#[derive(Clone)]
pub(crate) struct AppTokens(Arc<Inner>);

struct Inner {
    sender: Arc<Sender>,
    clock: Clock,
    apps: Mutex<HashMap<AppId, Known>>,
    /// Fetches outlive their callers; `close` waits for them.
    tasks: TaskTracker,
}

/// What is known of one app. All but the pace goes when the app changes.
#[derive(Default)]
struct Known {
    print: Print,
    held: Option<HeldToken>,
    flight: Option<(u64, Landing)>,
    failures: u32,
    failed: Option<(Arc<Error>, UtcMillis)>,
    /// When the count of requests began, and the count.
    pace: Option<(UtcMillis, u32)>,
    /// Grows with each fetch that is started.
    serial: u64,
}

impl AppTokens {
    pub(super) fn new(sender: Arc<Sender>, clock: Clock, tasks: TaskTracker) -> Self {
        Self(Arc::new(Inner { sender, clock, apps: Mutex::default(), tasks }))
    }

    /// A token that works now. The next one is fetched in the background before its end.
    ///
    /// # Errors
    /// What the fetch failed with; `TRANSIENT` while the next one has to wait.
    pub(crate) async fn token(&self, app: &AppContext) -> Result<HeldToken> {
        let now = self.0.clock.now();
        let flight = {
            let mut apps = self.0.apps();
            let known = of(&mut apps, app);
            match known.held.clone().filter(|held| now < held.over_at) {
                Some(held) if now < held.ahead_at || known.wait(now).is_some() => return Ok(held),
                Some(held) => {
                    drop(self.0.fly(known, app));
                    return Ok(held);
                }
                None => self.0.join(known, app, now)?,
            }
        };
        landed(flight).await
    }

    /// A token newer than this one, which the platform does not take. All callers share one fetch.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub(crate) async fn renew(&self, app: &AppContext, refused: &HeldToken) -> Result<HeldToken> {
        let now = self.0.clock.now();
        let flight = {
            let mut apps = self.0.apps();
            let known = of(&mut apps, app);
            match known.held.clone().filter(|held| now < held.over_at) {
                Some(held) if held.serial != refused.serial => return Ok(held),
                _ => {
                    known.held = None;
                    self.0.join(known, app, now)?
                }
            }
        };
        landed(flight).await
    }

    /// Called when an app was changed or removed.
    pub(crate) fn forget(&self, app: AppId) {
        if let Some(known) = self.0.apps().get_mut(&app) {
            known.reset(Print::default());
        }
    }

    /// How many wait for the fetch of this app; none without one.
    #[cfg(test)]
    pub(super) fn waiting(&self, app: AppId) -> usize {
        let apps = self.0.apps();
        let flight = apps.get(&app).and_then(|known| known.flight.as_ref());
        flight.map_or(0, |(_, landing)| landing.receiver_count())
    }
}

impl Inner {
    fn apps(&self) -> MutexGuard<'_, HashMap<AppId, Known>> {
        self.apps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the fetch that is under way, or starts it unless it has to wait.
    fn join(self: &Arc<Self>, known: &mut Known, app: &AppContext, now: UtcMillis) -> Result<Flight> {
        if let (None, Some(refusal)) = (&known.flight, known.wait(now)) {
            return Err(refusal);
        }
        Ok(self.fly(known, app))
    }

    /// The fetch runs in a task of its own, so that a caller who goes away does not cost the others a second one.
    fn fly(self: &Arc<Self>, known: &mut Known, app: &AppContext) -> Flight {
        if let Some((_, flight)) = &known.flight {
            return flight.subscribe();
        }
        let (landing, flight) = watch::channel(None);
        known.serial += 1;
        let serial = known.serial;
        known.flight = Some((serial, landing.clone()));
        let (inner, app) = (Arc::clone(self), app.clone());
        self.tasks.spawn(async move {
            // Cleared even when the fetch panics: nobody must wait for a flight that is gone.
            let cleared = ClearFlight { inner: Arc::clone(&inner), app: app.id, serial };
            let result = inner.fetch(&app, serial).await;
            let result = inner.land(&app, serial, result);
            drop(cleared);
            landing.send_replace(Some(result));
        });
        flight
    }

    async fn fetch(&self, app: &AppContext, serial: u64) -> Result<HeldToken, Failure> {
        let mut call = app.platform.app_token()?;
        // A further token does no harm beyond its count, which is kept below the platform's bound.
        call.parts.repeat = Repeat::Safe;
        let call = &call;
        let attempt = |attempt| async move {
            self.count(app.id)?;
            let request = SendRequest::waited(call, app, attempt);
            self.sender.send(request).await
        };
        let asked_at = self.clock.now();
        let bought = self.sender.with_retry(app.id, Repeat::Safe, RetryPolicy::INTERACTIVE, attempt).await?;
        Ok(held(bought, serial, asked_at))
    }

    /// Keeps what a fetch brought, unless the app was changed meanwhile: its callers get it all the same.
    fn land(&self, app: &AppContext, serial: u64, result: Result<HeldToken, Failure>) -> FlightResult {
        let result = result.map_err(|failure| Arc::new(failure.error));
        let mut apps = self.apps();
        let current = apps.get_mut(&app.id).filter(|known| known.is_flying(serial));
        let Some(known) = current else { return result };
        match &result {
            Ok(held) => {
                known.held = Some(held.clone());
                (known.failures, known.failed) = (0, None);
            }
            Err(error) => {
                let pause = FIRST_PAUSE.saturating_mul(1 << known.failures.min(10)).min(LONGEST_PAUSE);
                known.failures += 1;
                known.failed = Some((Arc::clone(error), self.clock.now().plus(pause)));
                tracing::warn!(app = %app.id, code = error.code(), ?pause, "an app's token could not be fetched");
            }
        }
        result
    }

    /// Counts a request that is about to be sent.
    fn count(&self, app: AppId) -> Result<()> {
        let now = self.clock.now();
        let mut apps = self.apps();
        let known = apps.entry(app).or_default();
        if let Some(refusal) = known.too_fast(now) {
            return Err(refusal);
        }
        let (since, count) = known.recent(now);
        known.pace = Some((since, count + 1));
        Ok(())
    }
}

impl Known {
    /// Forgets everything that the app's secret gave; the platform goes on counting.
    fn reset(&mut self, print: Print) {
        *self = Self { print, pace: self.pace, serial: self.serial, ..Self::default() };
    }

    fn is_flying(&self, serial: u64) -> bool {
        self.flight.as_ref().is_some_and(|(flying, _)| *flying == serial)
    }

    /// Why no fetch may be started now.
    fn wait(&self, now: UtcMillis) -> Option<Error> {
        self.paused(now).or_else(|| self.too_fast(now))
    }

    fn paused(&self, now: UtcMillis) -> Option<Error> {
        let (error, until) = self.failed.as_ref()?;
        let wait = until.since(now);
        // A longer pause than there is was given before the clock was set back.
        if wait.is_zero() || wait > LONGEST_PAUSE {
            return None;
        }
        // What only a change cures is said again; the rest passes.
        if error.retry() == Retry::Never {
            return Some(error.duplicate());
        }
        let message = "the app's own token could not be fetched: the next attempt follows by itself";
        Some(Error::new(ErrorKind::Transient, message).with_retry(Retry::After(wait)))
    }

    fn too_fast(&self, now: UtcMillis) -> Option<Error> {
        let (since, count) = self.recent(now);
        let message = "the app's own token was fetched too often: a platform would block the app, so that the next \
                       attempt waits";
        let wait = since.plus(PACE).since(now);
        let refusal = || Error::new(ErrorKind::Transient, message).with_retry(Retry::After(wait));
        (count >= MOST_FETCHES).then(refusal)
    }

    /// The count of the span that is under way; a new one when it is over, or when the clock was set back.
    fn recent(&self, now: UtcMillis) -> (UtcMillis, u32) {
        let is_current = |(since, _): &(UtcMillis, u32)| *since <= now && now.since(*since) < PACE;
        self.pace.filter(is_current).unwrap_or((now, 0))
    }
}

struct ClearFlight {
    inner: Arc<Inner>,
    app: AppId,
    serial: u64,
}

impl Drop for ClearFlight {
    fn drop(&mut self) {
        let mut apps = self.inner.apps();
        if let Some(known) = apps.get_mut(&self.app).filter(|known| known.is_flying(self.serial)) {
            known.flight = None;
        }
    }
}

/// What is known of an app, emptied when its token was bought with another secret or elsewhere.
fn of<'a>(apps: &'a mut HashMap<AppId, Known>, app: &AppContext) -> &'a mut Known {
    let print = print(&app.credentials);
    let known = apps.entry(app.id).or_default();
    if known.print != print {
        known.reset(print);
    }
    known
}

fn print(credentials: &Credentials) -> Print {
    let Credentials { app_key, app_secret, api_base, token_base, upload_base: _ } = credentials;
    let parts = [app_key, app_secret.expose(), api_base, token_base.as_deref().unwrap_or_default()];
    let add = |digest: Sha256, part: &str| digest.chain_update(part).chain_update([0]);
    parts.into_iter().fold(Sha256::new(), add).finalize().into()
}

/// Its life is counted from before it was asked for.
fn held(bought: AppToken, serial: u64, asked_at: UtcMillis) -> HeldToken {
    let AppToken { token, expires_in: life } = bought;
    let ahead = life.saturating_sub(AHEAD.min(life / 4));
    let over = life.saturating_sub(END_MARGIN.min(life / 8));
    HeldToken { secret: token, serial, ahead_at: asked_at.plus(ahead), over_at: asked_at.plus(over) }
}

async fn landed(mut flight: Flight) -> Result<HeldToken> {
    let landed = flight.wait_for(Option::is_some).await;
    match landed.ok().and_then(|result| result.clone()) {
        Some(Ok(token)) => Ok(token),
        Some(Err(error)) => Err(error.duplicate()),
        None => Err(Error::internal("a fetch of an app's token ended without a result")),
    }
}
