//! `hub.schedules`.

use super::Hub;
use super::guard::Action;
use super::jobs::right_of;
use crate::error::{Error, Result};
use crate::model::{JobKind, Right, Schedule, ScheduleChange};
use crate::queue::check_cron;

/// A day: shops are not spread wider.
const WIDEST_SPREAD_MS: i64 = 86_400_000;

/// What is queued by the clock.
#[derive(Clone, Debug)]
pub struct Schedules(pub(super) Hub);

impl Schedules {
    /// Every schedule. Those of syncs and backups are off until somebody switches them on.
    ///
    /// # Errors
    /// `FORBIDDEN` without the right `shops.read`.
    pub async fn list(&self) -> Result<Vec<Schedule>> {
        self.0.read("schedules.list", Right::ShopsRead, None).await?.store.list_schedules().await
    }

    /// Changes a schedule, or switches it on or off.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a cron expression or a time zone that cannot be used; `CONFIG_INVALID` for backups without
    /// a directory; `NOT_FOUND`; `FORBIDDEN` without the general right `sync`, for backups
    /// `maintenance`.
    pub async fn set(&self, name: String, change: ScheduleChange) -> Result<Schedule> {
        let engine = self.0.engine()?;
        // A schedule has the name of what it queues.
        let kind = name.parse::<JobKind>().ok();
        let right = kind.map_or(Right::Sync, right_of);
        let action = Action::new("schedules.set", right).about(&name);
        self.0
            .act(action, || async move {
                let known = engine.store.list_schedules().await?;
                if kind == Some(JobKind::DatabaseBackup) && change.enabled == Some(true) {
                    engine.backups.require()?;
                }
                if let Some(schedule) = known.iter().find(|schedule| schedule.name == name) {
                    let cron = change.cron.as_deref().unwrap_or(&schedule.cron);
                    check_cron(cron, change.zone.as_deref().unwrap_or(&schedule.zone))?;
                }
                if change.spread_ms.is_some_and(|spread| !(0..=WIDEST_SPREAD_MS).contains(&spread)) {
                    return Err(Error::invalid(format!("`spreadMs` must be 0 to {WIDEST_SPREAD_MS}")));
                }
                engine.store.set_schedule(name, change, engine.clock.now()).await
            })
            .await
    }
}
