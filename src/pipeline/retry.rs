//! Repeating, in this one place: few attempts, full jitter, and a budget per app that all its calls
//! share, so that an outage is not answered with more load.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use super::send::Sender;
use super::{Executed, Failure};
use crate::error::{ErrorKind, Retry};
use crate::model::AppId;
use crate::platform::{Repeat, Verdict};

/// Full at the start and never fuller.
const BUDGET: u32 = 500;
const COST_TRANSIENT: u32 = 14;
const COST_THROTTLE: u32 = 5;
const REWARD: u32 = 1;

/// How often and how patiently a call is repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryPolicy {
    /// Attempts in all.
    pub(crate) attempts: u32,
    /// The first back-off is at most this long; each further one twice as long.
    pub(crate) base: Duration,
    /// No back-off is longer.
    pub(crate) cap: Duration,
    /// When the platform asks for a longer wait than this, the caller is told instead.
    pub(crate) patience: Duration,
}

impl RetryPolicy {
    /// For a person who waits.
    pub(crate) const INTERACTIVE: Self = Self {
        attempts: 3,
        base: Duration::from_millis(200),
        cap: Duration::from_secs(10),
        patience: Duration::from_secs(10),
    };
    /// For a sync, which can wait as long as a platform may ask for, and drives itself until the queue
    /// stands in front of it.
    pub(crate) const BULK: Self = Self {
        attempts: 6,
        cap: Duration::from_secs(30),
        patience: Duration::from_secs(3600),
        ..Self::INTERACTIVE
    };
    /// How long to wait after this many attempts, or `None` when not to repeat.
    fn wait(&self, failure: &Failure, repeat: Repeat, attempts: u32) -> Option<Duration> {
        let allowed = repeat == Repeat::Safe || failure.executed == Executed::No;
        if !allowed || attempts >= self.attempts {
            return None;
        }
        if failure.clock_moved && failure.verdict == Some(Verdict::InvalidRequest) {
            // Signed with a time that was corrected since: the next signature is right.
            return Some(Duration::ZERO);
        }
        match failure.error.retry() {
            Retry::Never => None,
            // A little jitter on top, or all callers come back in the same instant.
            Retry::After(wait) => (wait <= self.patience).then(|| wait + jitter(self.base)),
            Retry::Backoff => Some(jitter(self.backoff(attempts))),
        }
    }

    fn backoff(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(16);
        self.base.saturating_mul(1 << doublings).min(self.cap)
    }
}

/// What is left of each app's budget.
#[derive(Debug, Default)]
pub(super) struct Budgets(Mutex<HashMap<AppId, u32>>);

impl Budgets {
    fn spend(&self, app: AppId, cost: u32) -> bool {
        self.with(app, |left| match left.checked_sub(cost) {
            Some(rest) => {
                *left = rest;
                true
            }
            None => false,
        })
    }

    fn reward(&self, app: AppId) {
        self.with(app, |left| *left = (*left + REWARD).min(BUDGET));
    }

    fn with<R>(&self, app: AppId, f: impl FnOnce(&mut u32) -> R) -> R {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f(budgets.entry(app).or_insert(BUDGET))
    }
}

impl Sender {
    /// Calls `attempt` with 1, 2, 3 … until it succeeds or may not be repeated. Each attempt must
    /// sign anew: signatures carry a time. The error of the last one is returned as it came, with
    /// the number of attempts.
    pub(crate) async fn with_retry<T, F, Fut>(
        &self,
        app: AppId,
        repeat: Repeat,
        policy: RetryPolicy,
        mut attempt: F,
    ) -> Result<T, Failure>
    where
        F: FnMut(u32) -> Fut,
        Fut: Future<Output = Result<T, Failure>>,
    {
        let mut attempts = 1;
        loop {
            let mut failure = match attempt(attempts).await {
                Ok(value) => {
                    if attempts == 1 {
                        self.budgets.reward(app);
                    }
                    return Ok(value);
                }
                Err(failure) => failure,
            };
            let wait = policy.wait(&failure, repeat, attempts);
            let Some(wait) = wait.filter(|_| self.budgets.spend(app, cost(&failure))) else {
                failure.error = failure.error.with_attempts(attempts);
                return Err(failure);
            };
            sleep(wait).await;
            attempts += 1;
        }
    }
}

fn cost(failure: &Failure) -> u32 {
    if failure.error.kind() == ErrorKind::RateLimited { COST_THROTTLE } else { COST_TRANSIENT }
}

/// Evenly spread between zero and `most`.
fn jitter(most: Duration) -> Duration {
    let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
    // Without random numbers the whole wait is the safe choice.
    let random = getrandom::u64().unwrap_or(u64::MAX);
    let share = (u128::from(random) * u128::from(most)) >> 64;
    Duration::from_micros(u64::try_from(share).unwrap_or(most))
}
