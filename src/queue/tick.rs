//! Queues what schedules are due for. One process does it: the one that leads, and whoever is late finds the
//! schedule moved on.

use std::time::Duration;

use super::Queue;
use super::schedule::{Due, due};
use crate::error::Result;
use crate::model::{JobKind, Lane, NewJob, Schedule, Shop, ShopFilter, ShopStatus, UtcMillis};
use crate::platform::{Capability, adapter};
use crate::store::Tick;

/// How often schedules are looked at.
const EVERY: Duration = Duration::from_secs(1);
/// No schedule is due so late: the clock was ahead when its time was computed.
const FAR: Duration = Duration::from_secs(366 * 86_400);

impl Queue {
    pub(super) async fn keep_ticking(self) {
        loop {
            if self.store.is_leader()
                && let Err(error) = self.tick().await
            {
                tracing::warn!(code = error.code(), "cannot look at schedules");
            }
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    pub(super) async fn tick(&self) -> Result<()> {
        let now = self.clock.now();
        for schedule in self.store.list_schedules().await? {
            let is_due = schedule.next_at.is_none_or(|next| next <= now || next > now.plus(FAR));
            if !schedule.enabled || !is_due {
                continue;
            }
            let due = match due(&schedule, now) {
                Ok(due) => due,
                Err(error) => {
                    tracing::warn!(schedule = schedule.name, message = error.message(), "cannot be read");
                    continue;
                }
            };
            let jobs = self.jobs(&schedule, &due).await?;
            let any = !jobs.is_empty();
            let tick = Tick { id: schedule.id, had: schedule.next_at, next_at: due.next_at, jobs, now };
            if self.store.tick_schedule(tick).await? && any {
                self.nudge();
            }
        }
        Ok(())
    }

    async fn jobs(&self, schedule: &Schedule, due: &Due) -> Result<Vec<NewJob>> {
        if due.times.is_empty() {
            return Ok(Vec::new());
        }
        if !schedule.kind.is_per_shop() {
            return Ok(due.times.iter().map(|at| job(schedule, None, *at, due.times.len())).collect());
        }
        let filter = ShopFilter { status: Some(ShopStatus::Active), ..ShopFilter::default() };
        let shops = self.store.list_shops(filter).await?;
        let wanted = shops.iter().filter(|shop| offers(shop, schedule.kind));
        let each = |shop: &Shop| {
            due.times.iter().map(|at| job(schedule, Some(shop), *at, due.times.len())).collect::<Vec<_>>()
        };
        Ok(wanted.flat_map(each).collect())
    }
}

/// What a platform does not offer is not queued.
fn offers(shop: &Shop, kind: JobKind) -> bool {
    let offered = adapter(shop.platform).capabilities();
    kind.syncs().is_none_or(|kind| offered.contains(&Capability::of_sync(kind)))
}

/// Of one schedule and shop one job is not finished: a sync that takes longer than its schedule is not queued twice.
/// Where each missed time counts, each has a key of its own and they go one after the other.
fn job(schedule: &Schedule, shop: Option<&Shop>, at: UtcMillis, times: usize) -> NewJob {
    let target = shop.map_or_else(String::new, |shop| shop.id.to_string());
    let key = format!("schedule:{}:{target}", schedule.id);
    let spread = shop.map_or(0, |shop| spread(schedule, shop));
    NewJob {
        lane: Lane::Bulk,
        due_at: Some(at.plus(Duration::from_millis(spread))),
        unique_key: Some(if times > 1 { format!("{key}:{}", at.0) } else { key.clone() }),
        order_key: Some(key),
        ..NewJob::new(schedule.kind, shop.map(|shop| shop.id))
    }
}

/// The same place in the spread each time, so that a shop's syncs keep their distance.
fn spread(schedule: &Schedule, shop: &Shop) -> u64 {
    let width = u64::try_from(schedule.spread_ms).unwrap_or(0);
    if width == 0 {
        return 0;
    }
    // A multiplier of the golden ratio puts neighbouring ids far apart.
    shop.id.0.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) % width
}
