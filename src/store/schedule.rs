//! Schedules, and the one step by which they queue jobs: the next time moves and the jobs are there, or neither.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::job::{QueuedJob, enqueue};
use super::row::{Columns, all, execute, first, not_found};
use crate::error::Result;
use crate::model::{NewJob, Schedule, ScheduleChange, ScheduleId, UtcMillis};

const COLUMNS: &str = "id, name, kind, cron, zone, spread_ms, catch_up, enabled, next_at, last_at";

/// A schedule whose time has come, or whose next time is not known.
pub(crate) struct Tick {
    pub(crate) id: ScheduleId,
    /// The time that it had: whoever else moved it has queued its jobs.
    pub(crate) had: Option<UtcMillis>,
    pub(crate) next_at: Option<UtcMillis>,
    pub(crate) jobs: Vec<NewJob>,
    pub(crate) now: UtcMillis,
}

impl Store {
    /// Every schedule, by name.
    pub(crate) async fn list_schedules(&self) -> Result<Vec<Schedule>> {
        self.read("list_schedules", |conn| {
            all(conn, &format!("SELECT {COLUMNS} FROM schedules ORDER BY name"), [], read_schedule)
        })
        .await
    }

    /// Changes a schedule. Its next time is computed anew.
    pub(crate) async fn set_schedule(
        &self,
        name: String,
        change: ScheduleChange,
        now: UtcMillis,
    ) -> Result<Schedule> {
        self.write("set_schedule", move |conn| set(conn, &name, &change, now)).await
    }

    /// Moves a schedule on and queues its jobs. False when somebody else has done so.
    pub(crate) async fn tick_schedule(&self, tick: Tick) -> Result<bool> {
        self.write("tick_schedule", move |conn| run_tick(conn, &tick)).await
    }
}

fn set(conn: &Connection, name: &str, change: &ScheduleChange, now: UtcMillis) -> Result<Schedule> {
    let sql = format!(
        "UPDATE schedules SET cron = coalesce(?2, cron), zone = coalesce(?3, zone),
            spread_ms = coalesce(?4, spread_ms), catch_up = coalesce(?5, catch_up), enabled = coalesce(?6, enabled),
            next_at = NULL, updated_at = ?7
        WHERE name = ?1 RETURNING {COLUMNS}"
    );
    let values =
        params![name, change.cron, change.zone, change.spread_ms, change.catch_up, change.enabled, now];
    first(conn, &sql, values, read_schedule)?.ok_or_else(|| not_found("schedule", name))
}

pub(super) fn run_tick(conn: &Connection, tick: &Tick) -> Result<bool> {
    let sql = "UPDATE schedules SET next_at = ?3, last_at = iif(?4, ?5, last_at)
        WHERE id = ?1 AND next_at IS ?2 AND enabled = 1";
    let values = params![tick.id, tick.had, tick.next_at, !tick.jobs.is_empty(), tick.now];
    if execute(conn, sql, values)? == 0 {
        return Ok(false);
    }
    let queued: Result<Vec<QueuedJob>> =
        tick.jobs.iter().map(|job| enqueue(conn, job, "system", tick.now)).collect();
    queued.map(|_| true)
}

fn read_schedule(row: &Row<'_>) -> rusqlite::Result<Schedule> {
    let mut columns = Columns::of(row);
    Ok(Schedule {
        id: columns.take()?,
        name: columns.take()?,
        kind: columns.take()?,
        cron: columns.take()?,
        zone: columns.take()?,
        spread_ms: columns.take()?,
        catch_up: columns.take()?,
        enabled: columns.take()?,
        next_at: columns.take()?,
        last_at: columns.take()?,
    })
}
