//! The only place that asks what time it is. Everything else is handed a [`Clock`].

use std::fmt;
use std::sync::Arc;
#[cfg(any(test, feature = "test-util"))]
use std::sync::atomic::{AtomicI64, Ordering};

use crate::model::UtcMillis;

trait Source: Send + Sync {
    fn now(&self) -> UtcMillis;
}

struct SystemSource;

impl Source for SystemSource {
    #[expect(clippy::disallowed_methods, reason = "the one place where the system clock is read")]
    fn now(&self) -> UtcMillis {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        UtcMillis(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// Wall-clock time in UTC. Cheap to clone. Waiting is tokio's work, which tests can pause.
#[derive(Clone)]
pub struct Clock(Arc<dyn Source>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Arc::new(SystemSource))
    }

    /// A clock that shows what a test's world says.
    #[cfg(test)]
    pub(crate) fn of(now: impl Fn() -> UtcMillis + Send + Sync + 'static) -> Self {
        Self(Arc::new(Told(now)))
    }

    /// The time now.
    pub fn now(&self) -> UtcMillis {
        self.0.now()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
struct Told<F>(F);

#[cfg(test)]
impl<F: Fn() -> UtcMillis + Send + Sync> Source for Told<F> {
    fn now(&self) -> UtcMillis {
        self.0()
    }
}

/// A clock that stands still until it is moved.
#[cfg(any(test, feature = "test-util"))]
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

#[cfg(any(test, feature = "test-util"))]
impl ManualClock {
    /// A clock that shows `start`.
    pub fn new(start: UtcMillis) -> Self {
        Self(Arc::new(AtomicI64::new(start.0)))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: std::time::Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// The clock that code under test is given.
    pub fn clock(&self) -> Clock {
        Clock(Arc::new(self.clone()))
    }
}

#[cfg(any(test, feature = "test-util"))]
impl Source for ManualClock {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.load(Ordering::SeqCst))
    }
}
