//! One limiter of one layer: governor's, swapped whenever its rate changes.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{Mutex as Queue, OwnedMutexGuard};
use tokio::time::{Instant, sleep_until};

use super::clock::TokioClock;
use super::gate::{Gate, PATIENCE};
use super::{Lane, Rate};

/// A second's quota is split into this many bursts. A whole second as one burst would allow twice
/// the quota in a window that spans it; with a fifth it is 1.2 times at most, and once.
const BURSTS_PER_SECOND: u64 = 5;
/// Never below this share of the quota …
const FLOOR_SHARE: u64 = 10;
/// … nor below one call a second, unless the quota itself is lower.
const FLOOR: Rate = Rate::per_second(1);
/// The share of the quota that comes back after each clean span.
const RAISE_SHARE: u64 = 20;
const CLEAN_SPAN: Duration = Duration::from_secs(10);

type Direct = RateLimiter<NotKeyed, InMemoryState, TokioClock, StateInformationMiddleware>;

struct State {
    /// What the quota allows.
    quota: Rate,
    /// What is used now.
    rate: Rate,
    limiter: Direct,
    /// Calls that could still start at once when one was last let through, and when that was: governor tells
    /// it with each call, and cannot be asked without taking one.
    left: (u32, Instant),
    changed: Instant,
}

pub(super) struct Layer {
    state: Mutex<State>,
    /// First come, first served, for each lane. Only the first of a lane looks at the limiter.
    interactive: Arc<Queue<()>>,
    bulk: Arc<Queue<()>>,
}

/// The place at the front of a layer's queue.
pub(super) type Turn = OwnedMutexGuard<()>;

impl Layer {
    /// A layer that has just opened: one call may go at once.
    pub(super) fn open(quota: Rate) -> Self {
        let now = Instant::now();
        let (limiter, left) = limiter(quota, burst(quota).get() - 1);
        Self {
            state: Mutex::new(State { quota, rate: quota, limiter, left: (left, now), changed: now }),
            interactive: Arc::default(),
            bulk: Arc::default(),
        }
    }

    /// Waits for the turn and for the limiter. The turn is kept by the caller until all wider layers
    /// are passed too: so only one call of each lane has taken from a narrow layer without being on
    /// its way, and the shops of an app take turns at the app's layer.
    pub(super) async fn pass(&self, lane: Lane, quota: Rate, gate: &Gate) -> Turn {
        let queue = match lane {
            Lane::Interactive => &self.interactive,
            Lane::Bulk => &self.bulk,
        };
        let turn = Arc::clone(queue).lock_owned().await;
        let patience = Instant::now() + PATIENCE;
        loop {
            if lane == Lane::Bulk {
                gate.until_clear(patience).await;
            }
            match self.take(quota) {
                Ok(()) => return turn,
                Err(at) => sleep_until(at).await,
            }
        }
    }

    /// Takes one call, or says when to ask again.
    fn take(&self, quota: Rate) -> Result<(), Instant> {
        let mut state = self.state();
        if state.quota != quota {
            // A lowered rate stays lowered in proportion.
            let rate = Rate(state.rate.0 * quota.0 / state.quota.0.max(1));
            state.quota = quota;
            state.swap(rate.clamp(floor(quota), quota));
        }
        let let_through = state.limiter.check().map_err(|not_yet| not_yet.earliest_possible().0)?;
        state.left = (let_through.remaining_burst_capacity(), Instant::now());
        Ok(())
    }

    /// Halves the rate, unless it was changed after the refused call was let through: calls that
    /// were under way together are one piece of news.
    pub(super) fn lower(&self, let_through: Instant) {
        let mut state = self.state();
        if state.rate == state.quota || state.changed <= let_through {
            let rate = Rate(state.rate.0 / 2).max(floor(state.quota));
            state.swap(rate);
        }
    }

    /// Gives a little back after a clean span.
    pub(super) fn raise(&self) {
        let mut state = self.state();
        if state.rate < state.quota && state.changed.elapsed() >= CLEAN_SPAN {
            let rate = Rate(state.rate.0 + state.quota.0 / RAISE_SHARE).min(state.quota);
            state.swap(rate);
        }
    }

    /// The rate in use and the one that the quota allows.
    pub(super) fn rates(&self) -> (Rate, Rate) {
        let state = self.state();
        (state.rate, state.quota)
    }

    /// How many calls could start at once now; one more may be about to be allowed.
    pub(super) fn permits(&self) -> u32 {
        let state = self.state();
        let (left, at) = state.left;
        let since = at.elapsed().as_nanos() / state.rate.period().as_nanos().max(1);
        left.saturating_add(u32::try_from(since).unwrap_or(u32::MAX)).min(burst(state.rate).get())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A new limiter without any burst: what the old one let through is not known to it.
    fn swap(&mut self, rate: Rate) {
        let now = Instant::now();
        let (limiter, left) = limiter(rate, burst(rate).get());
        (self.rate, self.limiter, self.left, self.changed) = (rate, limiter, (left, now), now);
    }
}

fn floor(quota: Rate) -> Rate {
    Rate(quota.0 / FLOOR_SHARE).max(FLOOR).min(quota)
}

fn burst(rate: Rate) -> NonZeroU32 {
    let calls = rate.0 / (Rate::per_second(1).0 * BURSTS_PER_SECOND);
    NonZeroU32::new(u32::try_from(calls).unwrap_or(u32::MAX)).unwrap_or(NonZeroU32::MIN)
}

/// A limiter from which `used` calls of its burst are already taken, and how many are left.
fn limiter(rate: Rate, used: u32) -> (Direct, u32) {
    let burst = burst(rate);
    let quota = Quota::with_period(rate.period()).unwrap_or(Quota::per_second(NonZeroU32::MIN));
    let limiter = RateLimiter::direct_with_clock(quota.allow_burst(burst), TokioClock).with_middleware();
    if let Some(used) = NonZeroU32::new(used.min(burst.get())) {
        // Cannot fail: a new limiter holds its whole burst.
        let _ = limiter.check_n(used);
    }
    (limiter, burst.get().saturating_sub(used))
}
