//! The platforms' clocks, measured by the `Date` of their answers. Signatures carry a time that the
//! platform compares with its own, and sync windows end behind the platform's clock, not ours.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::{AppId, UtcMillis};

/// A server that is a day off tells us about itself, not about the platform.
const IMPLAUSIBLE: i64 = 24 * 3600 * 1000;
/// `Date` has whole seconds and the way back takes time: smaller changes are noise, and following
/// them would let the platform's time jump back and forth.
const NOISE: i64 = 2_000;
/// A change that explains a refused signature.
const MOVED: i64 = 60_000;

/// When this machine's two clocks disagree by more since the last answer, the one that can be set was set,
/// or the machine slept: the measured offset is worth nothing then.
const STEP: i64 = 5_000;

/// The last measurement of a platform's clock.
#[derive(Clone, Copy, Debug)]
struct Measured {
    offset: i64,
    /// Both clocks of this machine at that moment.
    local: UtcMillis,
    at: Instant,
}

/// Offset between each app's platform and this machine. By app, because apps may have endpoints and
/// proxies of their own.
#[derive(Debug, Default)]
pub(crate) struct PlatformClock {
    measured: Mutex<HashMap<AppId, Measured>>,
}

impl PlatformClock {
    /// No measurement yet: every platform's clock is ours.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The platform's time when ours is `local`.
    pub(crate) fn at(&self, app: AppId, local: UtcMillis) -> UtcMillis {
        UtcMillis(local.0.saturating_add(self.offset(app)))
    }

    /// Whether an answer of this app has told its time since this machine's clock, which shows `local`, was
    /// set. Without that a window could end in the platform's future, and what changes there would be lost.
    pub(crate) fn knows(&self, app: AppId, local: UtcMillis) -> bool {
        self.lock().get(&app).is_some_and(|measured| {
            let passed = local.0.saturating_sub(measured.local.0);
            let really = i64::try_from(measured.at.elapsed().as_millis()).unwrap_or(i64::MAX);
            passed.saturating_sub(really).saturating_abs() <= STEP
        })
    }

    /// Learns from an answer dated `date` that was complete at `received` after `round_trip`.
    pub(crate) fn learn(&self, app: AppId, date: UtcMillis, received: UtcMillis, round_trip: Duration) {
        // The date was written somewhere between sending and receiving.
        let written = received.minus(round_trip / 2);
        let offset = date.0.saturating_sub(written.0);
        if offset.saturating_abs() > IMPLAUSIBLE {
            return;
        }
        let mut measured = self.lock();
        let known = measured.get(&app).map_or(0, |known| known.offset);
        let change = offset.saturating_sub(known).saturating_abs();
        let offset = if change > NOISE { offset } else { known };
        measured.insert(app, Measured { offset, local: received, at: Instant::now() });
    }

    fn offset(&self, app: AppId) -> i64 {
        self.lock().get(&app).map_or(0, |known| known.offset)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AppId, Measured>> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a call signed for one of two moments would be refused at the other.
pub(crate) fn is_apart(one: UtcMillis, other: UtcMillis) -> bool {
    one.0.saturating_sub(other.0).saturating_abs() > MOVED
}

#[cfg(test)]
mod tests {
    use super::PlatformClock;
    use crate::model::{AppId, UtcMillis};
    use std::time::Duration;

    const APP: AppId = AppId(1);
    const NOW: UtcMillis = UtcMillis(1_790_000_000_000);

    #[test]
    fn follows_the_platform_and_counts_half_of_the_way() {
        let clock = PlatformClock::new();
        assert_eq!(clock.at(APP, NOW), NOW);
        let date = NOW.plus(Duration::from_secs(300));
        clock.learn(APP, date, NOW, Duration::from_secs(4));
        assert_eq!(clock.at(APP, NOW), date.plus(Duration::from_secs(2)));
        assert_eq!(clock.at(AppId(2), NOW), NOW);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_was_set_has_to_be_compared_again() {
        let clock = PlatformClock::new();
        assert!(!clock.knows(APP, NOW));
        clock.learn(APP, NOW, NOW, Duration::ZERO);
        tokio::time::advance(Duration::from_secs(3600)).await;
        let later = NOW.plus(Duration::from_secs(3600));
        assert!(clock.knows(APP, later));
        assert!(!clock.knows(APP, later.plus(Duration::from_secs(6))));
        assert!(!clock.knows(APP, NOW));
    }

    #[test]
    fn small_changes_do_not_move_it() {
        let clock = PlatformClock::new();
        clock.learn(APP, NOW.plus(Duration::from_secs(2)), NOW, Duration::ZERO);
        assert_eq!(clock.at(APP, NOW), NOW);
        clock.learn(APP, NOW.plus(Duration::from_secs(30)), NOW, Duration::ZERO);
        assert_eq!(clock.at(APP, NOW), NOW.plus(Duration::from_secs(30)));
    }

    #[test]
    fn a_date_more_than_a_day_off_is_ignored() {
        let clock = PlatformClock::new();
        for date in
            [UtcMillis(0), UtcMillis(i64::MAX), UtcMillis(i64::MIN), NOW.plus(Duration::from_secs(86_401))]
        {
            clock.learn(APP, date, NOW, Duration::ZERO);
            assert_eq!(clock.at(APP, NOW), NOW);
        }
    }
}
