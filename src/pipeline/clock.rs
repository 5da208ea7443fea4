//! The platforms' clocks, measured by the `Date` of their answers. Signatures carry a time that the
//! platform compares with its own, and sync windows end behind the platform's clock, not ours.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::{AppId, UtcMillis};

/// A server that is a day off tells us about itself, not about the platform.
const IMPLAUSIBLE: i64 = 24 * 3600 * 1000;
/// `Date` has whole seconds and the way back takes time: smaller changes are noise, and following
/// them would let the platform's time jump back and forth.
const NOISE: i64 = 2_000;
/// A change that explains a refused signature.
const MOVED: i64 = 60_000;

/// Offset between each app's platform and this machine. By app, because apps may have endpoints and
/// proxies of their own.
#[derive(Debug, Default)]
pub(crate) struct PlatformClock {
    offsets: Mutex<HashMap<AppId, i64>>,
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

    /// Whether any answer of this app has told its time.
    pub(crate) fn knows(&self, app: AppId) -> bool {
        self.lock().contains_key(&app)
    }

    /// Learns from an answer dated `date` that was complete at `received` after `round_trip`.
    /// Returns whether the offset moved so far that a call signed before has a wrong time.
    pub(crate) fn learn(
        &self,
        app: AppId,
        date: UtcMillis,
        received: UtcMillis,
        round_trip: Duration,
    ) -> bool {
        // The date was written somewhere between sending and receiving.
        let written = received.minus(round_trip / 2);
        let offset = date.0.saturating_sub(written.0);
        if offset.saturating_abs() > IMPLAUSIBLE {
            return false;
        }
        let mut offsets = self.lock();
        let known = offsets.entry(app).or_insert(0);
        let change = offset.saturating_sub(*known).saturating_abs();
        if change > NOISE {
            *known = offset;
        }
        change > MOVED
    }

    fn offset(&self, app: AppId) -> i64 {
        self.lock().get(&app).copied().unwrap_or(0)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AppId, i64>> {
        self.offsets.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        assert!(clock.learn(APP, date, NOW, Duration::from_secs(4)));
        assert_eq!(clock.at(APP, NOW), date.plus(Duration::from_secs(2)));
        assert_eq!(clock.at(AppId(2), NOW), NOW);
    }

    #[test]
    fn small_changes_do_not_move_it() {
        let clock = PlatformClock::new();
        assert!(!clock.learn(APP, NOW.plus(Duration::from_secs(2)), NOW, Duration::ZERO));
        assert_eq!(clock.at(APP, NOW), NOW);
        assert!(!clock.learn(APP, NOW.plus(Duration::from_secs(30)), NOW, Duration::ZERO));
        assert_eq!(clock.at(APP, NOW), NOW.plus(Duration::from_secs(30)));
    }

    #[test]
    fn a_date_more_than_a_day_off_is_ignored() {
        let clock = PlatformClock::new();
        for date in
            [UtcMillis(0), UtcMillis(i64::MAX), UtcMillis(i64::MIN), NOW.plus(Duration::from_secs(86_401))]
        {
            assert!(!clock.learn(APP, date, NOW, Duration::ZERO));
            assert_eq!(clock.at(APP, NOW), NOW);
        }
    }
}
