//! Runs: executions of a sync. Which states follow which is the schema's business, and what has ended
//! never changes again.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::cursor::{Cursor, cursor_of, limit_of, page_of, rows_for};
use super::row::{Columns, all, conflict, execute, first, not_found, value};
use super::shop::check_shop;
use crate::error::{Error, Result};
use crate::model::{
    Page, Progress, Run, RunFilter, RunId, RunKind, RunMode, RunState, ShopId, Stage, TimeRange, UtcMillis,
};

#[cfg(test)]
mod tests;

const LIST: &str = "runs";
const COLUMNS: &str =
    "id, shop_id, kind, iif(backfill_from IS NULL, mode, 'backfill'), backfill_from, backfill_to, state, stage, listed, list_total, detailed, detail_total, written,
    unchanged, quarantined, calls, error_code, error_message, actor, started_at, updated_at, finished_at";

/// The answer to starting a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StartRun {
    /// It runs.
    Started(Box<Run>),
    /// Another run of this kind is under way for the shop.
    Busy(RunId),
}

/// What a step of a run adds to its numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Step {
    pub(super) listed: i64,
    pub(super) list_total: Option<i64>,
    pub(super) detailed: i64,
    pub(super) written: i64,
    pub(super) unchanged: i64,
    pub(super) quarantined: i64,
    pub(super) calls: i64,
}

impl Store {
    /// Starts a run, unless one of its kind is under way for the shop.
    pub(crate) async fn start_run(&self, start: NewRun) -> Result<StartRun> {
        self.write("start_run", move |conn| start_run(conn, &start)).await
    }

    /// Says what a run is doing now; an absent total keeps the one that is known.
    pub(crate) async fn set_stage(
        &self,
        id: RunId,
        stage: Stage,
        detail_total: Option<i64>,
        now: UtcMillis,
    ) -> Result<Run> {
        self.write("set_stage", move |conn| set_stage(conn, id, stage, detail_total, now)).await
    }

    /// Ends a run; a good end is the shop's newest sync. `CONFLICT` when it has ended already.
    pub(crate) async fn finish_run(
        &self,
        id: RunId,
        state: RunState,
        error: Option<(String, String)>,
        now: UtcMillis,
    ) -> Result<Run> {
        self.write("finish_run", move |conn| finish_run(conn, id, state, error.as_ref(), now)).await
    }

    /// One run, or `NOT_FOUND`.
    pub(crate) async fn get_run(&self, id: RunId) -> Result<Run> {
        self.read("get_run", move |conn| get_run(conn, id)).await
    }

    /// The runs of a filter, newest first.
    pub(crate) async fn list_runs(&self, filter: RunFilter) -> Result<Page<Run>> {
        self.read("list_runs", move |conn| list_runs(conn, &filter)).await
    }

    /// Asks a run to stop; its next page tells it. `CONFLICT` when it has ended already.
    pub(crate) async fn request_cancel(&self, id: RunId, now: UtcMillis) -> Result<Run> {
        self.write("request_cancel", move |conn| request_cancel(conn, id, now)).await
    }

    /// Counts calls that stored nothing. A run that has ended keeps its numbers.
    pub(crate) async fn add_calls(&self, id: RunId, calls: i64) -> Result<()> {
        self.write("add_calls", move |conn| add_calls(conn, id, calls)).await
    }

    /// Ends the runs of these processes, and of processes that are no longer listed, as interrupted.
    /// Answers how many.
    pub(crate) async fn interrupt_runs(&self, dead: Vec<i64>, now: UtcMillis) -> Result<i64> {
        self.write("interrupt_runs", move |conn| interrupt_runs(conn, &dead, now)).await
    }
}

/// A run to start.
#[derive(Clone, Debug)]
pub(crate) struct NewRun {
    pub(crate) shop: ShopId,
    pub(crate) kind: RunKind,
    pub(crate) mode: RunMode,
    /// The stretch that a backfill reads.
    pub(crate) backfill: Option<TimeRange>,
    pub(crate) actor: String,
    pub(crate) owner_process: i64,
    pub(crate) now: UtcMillis,
}

pub(super) fn start_run(conn: &Connection, start: &NewRun) -> Result<StartRun> {
    check_shop(conn, start.shop)?;
    // A file of the first schema knows two modes; the stretch tells a backfill.
    let mode = if start.mode == RunMode::Backfill { RunMode::Incremental } else { start.mode };
    let (from, to) = start.backfill.map(|range| (range.from, range.to)).unzip();
    let sql = "INSERT INTO runs (shop_id, kind, mode, state, actor, owner_process, started_at, updated_at,
            backfill_from, backfill_to)
        VALUES (?1, ?2, ?3, 'running', ?4, ?5, ?6, ?6, ?7, ?8)
        ON CONFLICT (shop_id, kind) WHERE state = 'running' DO NOTHING RETURNING id";
    let values = params![start.shop, start.kind, mode, start.actor, start.owner_process, start.now, from, to];
    if let Some(id) = first(conn, sql, values, |row| row.get(0))? {
        return get_run(conn, id).map(Box::new).map(StartRun::Started);
    }
    let sql = "SELECT id FROM runs WHERE shop_id = ?1 AND kind = ?2 AND state = 'running'";
    value(conn, sql, params![start.shop, start.kind]).map(StartRun::Busy)
}

fn set_stage(
    conn: &Connection,
    id: RunId,
    stage: Stage,
    detail_total: Option<i64>,
    now: UtcMillis,
) -> Result<Run> {
    let sql = "UPDATE runs SET stage = ?2, detail_total = coalesce(?3, detail_total), updated_at = ?4
        WHERE id = ?1 AND state = 'running'";
    let changed = execute(conn, sql, params![id, stage, detail_total, now])?;
    running(conn, id, changed)
}

pub(super) fn finish_run(
    conn: &Connection,
    id: RunId,
    state: RunState,
    error: Option<&(String, String)>,
    now: UtcMillis,
) -> Result<Run> {
    if state == RunState::Running {
        return Err(Error::internal("a run is never finished as running"));
    }
    let (code, message) = error.map(|(code, message)| (code, message)).unzip();
    let sql =
        "UPDATE runs SET state = ?2, error_code = ?3, error_message = ?4, updated_at = ?5, finished_at = ?5
        WHERE id = ?1 AND state = 'running'";
    let changed = execute(conn, sql, params![id, state, code, message, now])?;
    let run = running(conn, id, changed)?;
    if state == RunState::Done && run.backfill.is_none() {
        let sql = "UPDATE shops SET last_synced_at = max(coalesce(last_synced_at, ?2), ?2) WHERE id = ?1";
        execute(conn, sql, params![run.shop_id, now])?;
    }
    Ok(run)
}

/// The run that was just changed; an error when it was not, because it is gone or has ended.
fn running(conn: &Connection, id: RunId, changed: i64) -> Result<Run> {
    let run = get_run(conn, id)?;
    if changed == 0 { Err(ended(&run)) } else { Ok(run) }
}

fn ended(run: &Run) -> Error {
    conflict(format!("run {} has ended ({}); start a new one", run.id, run.state))
}

pub(super) fn get_run(conn: &Connection, id: RunId) -> Result<Run> {
    first(conn, &format!("SELECT {COLUMNS} FROM runs WHERE id = ?1"), [id], read_run)?
        .ok_or_else(|| not_found("run", id))
}

fn list_runs(conn: &Connection, filter: &RunFilter) -> Result<Page<Run>> {
    let limit = limit_of(&filter.page)?;
    let before = cursor_of(&filter.page, LIST)?.map_or(i64::MAX, |cursor| cursor.id);
    // Each shape of the filter is its own statement, so that each finds its index.
    let by_shop = if filter.shop_id.is_some() { "shop_id = ?1" } else { "?1 IS NULL" };
    let by_state = if filter.state.is_some() { "state = ?3" } else { "?3 IS NULL" };
    let sql = format!(
        "SELECT {COLUMNS} FROM runs WHERE {by_shop} AND (?2 IS NULL OR kind = ?2) AND {by_state} AND id < ?4
            ORDER BY id DESC LIMIT ?5"
    );
    let values = params![filter.shop_id, filter.kind, filter.state, before, rows_for(limit)];
    let rows = all(conn, &sql, values, read_run)?;
    Ok(page_of(rows, limit, LIST, |run| Cursor { key: 0, id: run.id.0 }))
}

pub(super) fn request_cancel(conn: &Connection, id: RunId, now: UtcMillis) -> Result<Run> {
    let sql = "UPDATE runs SET cancel_requested = 1, updated_at = ?2 WHERE id = ?1 AND state = 'running'";
    let changed = execute(conn, sql, params![id, now])?;
    running(conn, id, changed)
}

fn add_calls(conn: &Connection, id: RunId, calls: i64) -> Result<()> {
    let sql = "UPDATE runs SET calls = calls + ?2 WHERE id = ?1 AND state = 'running'";
    execute(conn, sql, params![id, calls]).map(drop)
}

pub(super) fn interrupt_runs(conn: &Connection, dead: &[i64], now: UtcMillis) -> Result<i64> {
    let sql = "UPDATE runs SET state = 'interrupted', updated_at = ?1, finished_at = ?1
        WHERE state = 'running' AND NOT EXISTS (SELECT 1 FROM processes WHERE id = owner_process)";
    let mut interrupted = execute(conn, sql, [now])?;
    let sql = "UPDATE runs SET state = 'interrupted', updated_at = ?1, finished_at = ?1
        WHERE state = 'running' AND owner_process = ?2";
    for process in dead {
        interrupted += execute(conn, sql, params![now, process])?;
    }
    Ok(interrupted)
}

/// Makes sure that a run may still store: a run that has ended meanwhile, because its process was taken
/// for dead or its shop was removed, must not write beside the one that follows it.
pub(super) fn check_running(conn: &Connection, id: RunId, shop: ShopId, kind: RunKind) -> Result<()> {
    let run = get_run(conn, id)?;
    if run.state != RunState::Running {
        return Err(ended(&run));
    }
    if run.shop_id != shop || run.kind != kind {
        return Err(Error::internal("a run stores rows of its own shop and kind only"));
    }
    Ok(())
}

/// Adds a step to a run's numbers. Answers them, and whether someone asked the run to stop.
pub(super) fn advance(conn: &Connection, id: RunId, step: &Step, now: UtcMillis) -> Result<(Progress, bool)> {
    let sql = "UPDATE runs SET listed = listed + ?2, list_total = max(coalesce(?3, list_total), listed + ?2),
            detailed = detailed + ?4, written = written + ?5, unchanged = unchanged + ?6,
            quarantined = quarantined + ?7, calls = calls + ?8, updated_at = ?9
        WHERE id = ?1 RETURNING listed, list_total, detailed, detail_total, written, unchanged, quarantined,
            calls, cancel_requested";
    let values = params![
        id,
        step.listed,
        step.list_total,
        step.detailed,
        step.written,
        step.unchanged,
        step.quarantined,
        step.calls,
        now,
    ];
    let numbers = first(conn, sql, values, |row| {
        let mut columns = Columns::of(row);
        Ok((read_progress(&mut columns)?, columns.take()?))
    })?;
    numbers.ok_or_else(|| not_found("run", id))
}

fn read_run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let mut columns = Columns::of(row);
    Ok(Run {
        id: columns.take()?,
        shop_id: columns.take()?,
        kind: columns.take()?,
        mode: columns.take()?,
        backfill: read_range(&mut columns)?,
        state: columns.take()?,
        stage: columns.take()?,
        progress: read_progress(&mut columns)?,
        error_code: columns.take()?,
        error_message: columns.take()?,
        actor: columns.take()?,
        started_at: columns.take()?,
        updated_at: columns.take()?,
        finished_at: columns.take()?,
    })
}

fn read_range(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Option<TimeRange>> {
    let (from, to): (Option<UtcMillis>, Option<UtcMillis>) = (columns.take()?, columns.take()?);
    Ok(from.zip(to).map(|(from, to)| TimeRange { from, to }))
}

fn read_progress(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Progress> {
    Ok(Progress {
        listed: columns.take()?,
        list_total: columns.take()?,
        detailed: columns.take()?,
        detail_total: columns.take()?,
        written: columns.take()?,
        unchanged: columns.take()?,
        quarantined: columns.take()?,
        calls: columns.take()?,
    })
}
