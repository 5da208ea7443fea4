//! The end of an authorisation that only a person can move, and the warnings ahead of it.

use std::time::Duration;

use super::grant::times;
use super::renewal::{left, renewal_window};
use crate::clock::Clock;
use crate::error::Result;
use crate::event::Events;
use crate::model::{Event, GrantState, ShopStatus, UtcMillis};
use crate::platform::{Platform, RefreshWindow, adapter};
use crate::store::{GrantRow, Store};

/// How many days ahead somebody is told.
const LEVELS: [u32; 5] = [30, 14, 7, 3, 1];
const DAY: Duration = Duration::from_secs(86_400);

/// The end of an authorisation, as long as nobody authorises the shop again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) at: UtcMillis,
    /// Whether tokens are renewed until then; the end stays where it is all the same.
    pub(crate) can_refresh: bool,
}

impl Ending {
    /// The smallest of the levels that has begun; none while the end is further away, and none after it.
    pub(crate) fn level(&self, now: UtcMillis) -> Option<u32> {
        let left = self.at.since(now);
        let begun = |days: &u32| now < self.at && left <= DAY * *days;
        LEVELS.into_iter().filter(begun).min()
    }
}

/// Where an authorisation ends that only a person can renew; nothing where renewing goes on and on, and where it
/// has ended already.
pub(crate) fn ending(platform: &dyn Platform, row: &GrantRow, now: UtcMillis) -> Option<Ending> {
    if row.renewable || row.state == GrantState::Reauthorize {
        return None;
    }
    let window = platform.refresh_window(&times(row)).filter(|_| row.sealed_refresh.is_some());
    let Some(window) = window else {
        return Some(Ending { at: row.expires_at, can_refresh: false });
    };
    if row.next_attempt_at == Some(row.expires_at) {
        // The platform has refused to renew: the access token is used to its end.
        return Some(Ending { at: row.expires_at, can_refresh: false });
    }
    // A refresh that should be done by now and is not may never be.
    if row.failures > 0 && now >= window.closes_at {
        return Some(Ending { at: row.expires_at, can_refresh: true });
    }
    if let Some(rules) = platform.renewal_rules() {
        // Each renewal moves the end: it is near after the last one, and when the next one should be done and is not.
        let is_late = |window: RefreshWindow| row.failures > 0 && now >= window.closes_at;
        let is_last = left(rules, row) == 0 || renewal_window(platform, row).is_some_and(is_late);
        return row.refresh_expires_at.filter(|_| is_last).map(|at| Ending { at, can_refresh: true });
    }
    // Most platforms move the end of the refresh token with each refresh. One that did not once has a fixed end.
    let fixed = row.refresh_expires_at.filter(|_| row.end_is_fixed);
    fixed.map(|at| Ending { at, can_refresh: true })
}

/// Tells ahead of the ends of authorisations. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Expiry {
    pub(crate) store: Store,
    pub(crate) events: Events,
    pub(crate) clock: Clock,
}

impl Expiry {
    /// Tells of each level once. It is written down first: a listener that missed it sees it in `shops.list` and
    /// `shops.explain`, and nobody is told twice.
    pub(crate) async fn warn(&self) -> Result<()> {
        let now = self.clock.now();
        for (row, platform) in self.store.live_grants().await? {
            let found =
                ending(adapter(platform), &row, now).filter(|_| row.shop_status == ShopStatus::Active);
            let Some((ending, days)) = found.and_then(|ending| Some((ending, ending.level(now)?))) else {
                continue;
            };
            if self.store.note_warning(row.shop_id, row.generation, days, ending.at).await? {
                tracing::warn!(shop = %row.shop_id, days, "an authorisation ends soon");
                self.events.tell(Event::ShopExpiring {
                    shop_id: row.shop_id,
                    days,
                    expires_at: ending.at,
                    can_refresh: ending.can_refresh,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AppId, PlatformId, ShopId};

    const NOW: UtcMillis = UtcMillis(1_800_000_000_000);

    fn row(life: u32, refresh_life: Option<u32>) -> GrantRow {
        GrantRow {
            shop_id: ShopId(1),
            app_id: AppId(1),
            platform_shop_id: "7".to_owned(),
            generation: 1,
            state: GrantState::Valid,
            reason: None,
            sealed_access: vec![1],
            sealed_refresh: refresh_life.map(|_| vec![2]),
            obtained_at: NOW,
            expires_at: NOW.plus(DAY * life),
            refresh_expires_at: refresh_life.map(|days| NOW.plus(DAY * days)),
            end_is_fixed: false,
            scope: None,
            failures: 0,
            next_attempt_at: None,
            updated_at: NOW,
            renewable: false,
            renewals: 0,
            most_renewals: None,
            renewal_sent: None,
            shop_status: ShopStatus::Active,
        }
    }

    fn end(platform: PlatformId, row: &GrantRow, now: UtcMillis) -> Option<Ending> {
        ending(adapter(platform), row, now)
    }

    #[test]
    fn levels_begin_with_their_day_and_end_with_the_authorisation() {
        let ending = Ending { at: NOW.plus(DAY * 40), can_refresh: false };
        let level = |left: Duration| ending.level(ending.at.minus(left));
        let hour = Duration::from_secs(3_600);
        assert_eq!(level(DAY * 30 + hour), None);
        for (begins, next) in [(30, 14), (14, 7), (7, 3), (3, 1)] {
            assert_eq!(level(DAY * begins), Some(begins));
            assert_eq!(level(DAY * next + hour), Some(begins));
        }
        assert_eq!((level(DAY), level(hour), level(Duration::ZERO)), (Some(1), Some(1), None));
        assert_eq!(ending.level(ending.at.plus(DAY)), None);
    }

    #[test]
    fn an_app_that_cannot_renew_ends_with_its_token() {
        for platform in [PlatformId::Taobao, PlatformId::Jd, PlatformId::Pinduoduo, PlatformId::Doudian] {
            let merchant = row(365, None);
            let wanted = Some(Ending { at: merchant.expires_at, can_refresh: false });
            assert_eq!(end(platform, &merchant, NOW), wanted, "{platform}");
            let self_use = GrantRow { renewable: true, ..row(365, None) };
            assert_eq!(end(platform, &self_use, NOW), None, "{platform}");
            let dead = GrantRow { state: GrantState::Reauthorize, ..row(365, None) };
            assert_eq!(end(platform, &dead, NOW), None, "{platform}");
        }
    }

    #[test]
    fn what_is_renewed_ends_where_a_refresh_did_not_move_the_end_or_fails() {
        for platform in [PlatformId::Taobao, PlatformId::Jd, PlatformId::Pinduoduo, PlatformId::Doudian] {
            let renewed = row(7, Some(14));
            assert_eq!(end(platform, &renewed, NOW), None, "{platform}: each refresh may move it");
            let fixed = GrantRow { end_is_fixed: true, ..row(1, Some(25)) };
            let wanted = Ending { at: NOW.plus(DAY * 25), can_refresh: true };
            assert_eq!(end(platform, &fixed, NOW), Some(wanted), "{platform}");
            let failing = GrantRow { failures: 3, ..renewed };
            assert_eq!(end(platform, &failing, NOW), None, "{platform}: there is time to try again");
            let late = failing.expires_at.minus(Duration::from_secs(60));
            let wanted = Ending { at: failing.expires_at, can_refresh: true };
            assert_eq!(end(platform, &failing, late), Some(wanted), "{platform}");
        }
    }
}
