//! Windows: the stretches of time that a sync still has to read, and those it has read.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::row::{Columns, all, conflict, execute, first, not_found, value};
use super::run::{check_running, get_run};
use crate::error::{Error, Result};
use crate::model::{Run, RunId, RunKind, ShopId, TimeRange, UtcMillis};

#[cfg(test)]
mod tests;

/// Windows that were read and are kept, per shop and kind.
const KEPT_WINDOWS: i64 = 200;

const COLUMNS: &str = "id, shop_id, kind, section, is_full, from_at, to_at, settled_at, place, listed";

/// A window to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NewWindow {
    /// Which of the lists that make up the whole it reads, from 0.
    pub(crate) section: u8,
    pub(crate) full: bool,
    pub(crate) from: UtcMillis,
    pub(crate) to: UtcMillis,
    /// Up to where everything is known once the window is read.
    pub(crate) settled: UtcMillis,
}

/// A stored window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) id: i64,
    pub(crate) shop_id: ShopId,
    pub(crate) kind: RunKind,
    /// Which of the lists that make up the whole it reads, from 0.
    pub(crate) section: u8,
    pub(crate) full: bool,
    pub(crate) from: UtcMillis,
    pub(crate) to: UtcMillis,
    pub(crate) settled: UtcMillis,
    /// The sync's own note of where to go on; nothing is read into it here.
    pub(crate) place: Option<String>,
    /// Records read so far.
    pub(crate) listed: i64,
}

impl Store {
    /// The windows that are still to be read, oldest first. Those of backfills are not among them.
    pub(crate) async fn open_windows(&self, shop: ShopId, kind: RunKind) -> Result<Vec<Window>> {
        self.read("open_windows", move |conn| open_windows(conn, shop, kind)).await
    }

    /// Adds windows of a run under way and answers all that are open. Old ones that were read are dropped.
    pub(crate) async fn plan_windows(
        &self,
        shop: ShopId,
        kind: RunKind,
        run: RunId,
        windows: Vec<NewWindow>,
        now: UtcMillis,
    ) -> Result<Vec<Window>> {
        let plan = Plan { shop, kind, run, windows, now };
        self.write("plan_windows", move |conn| plan_windows(conn, &plan)).await
    }

    /// Adds the windows of a backfill under way, and answers those that are open: when an earlier one of
    /// the same stretch was stopped, its own, and nothing is added. One stretch is kept at a time.
    pub(crate) async fn plan_backfill(
        &self,
        run: RunId,
        range: TimeRange,
        windows: Vec<NewWindow>,
        now: UtcMillis,
    ) -> Result<Vec<Window>> {
        self.write("plan_backfill", move |conn| plan_backfill(conn, run, range, windows, now)).await
    }

    /// Up to where a shop's windows reach, the open ones included: those will be read before the sync is
    /// done, so the next window starts here.
    pub(crate) async fn frontier(&self, shop: ShopId, kind: RunKind) -> Result<Option<UtcMillis>> {
        self.read("frontier", move |conn| frontier(conn, shop, kind)).await
    }

    /// Cuts an open window in two, both to be read from their start.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when `at` is not inside; `CONFLICT` when the window is read; `NOT_FOUND`.
    pub(crate) async fn split_window(
        &self,
        id: i64,
        at: UtcMillis,
        now: UtcMillis,
    ) -> Result<(Window, Window)> {
        self.write("split_window", move |conn| split_window(conn, id, at, now)).await
    }

    /// Forgets the windows of a shop and kind, before everything is read again. Those of a backfill stay.
    pub(crate) async fn drop_windows(&self, shop: ShopId, kind: RunKind) -> Result<()> {
        self.write("drop_windows", move |conn| drop_windows(conn, shop, kind)).await
    }
}

pub(super) fn open_windows(conn: &Connection, shop: ShopId, kind: RunKind) -> Result<Vec<Window>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sync_windows WHERE shop_id = ?1 AND kind = ?2 AND state = 'open'
            AND backfill_from IS NULL ORDER BY from_at, to_at, id"
    );
    all(conn, &sql, params![shop, kind], read_window)
}

pub(super) struct Plan {
    pub(super) shop: ShopId,
    pub(super) kind: RunKind,
    pub(super) run: RunId,
    pub(super) windows: Vec<NewWindow>,
    pub(super) now: UtcMillis,
}

pub(super) fn plan_windows(conn: &Connection, plan: &Plan) -> Result<Vec<Window>> {
    check_running(conn, plan.run, plan.shop, plan.kind)?;
    plan.windows.iter().try_for_each(|window| insert_window(conn, plan, window, None))?;
    prune_windows(conn, plan.shop, plan.kind)?;
    open_windows(conn, plan.shop, plan.kind)
}

pub(super) fn plan_backfill(
    conn: &Connection,
    run: RunId,
    range: TimeRange,
    windows: Vec<NewWindow>,
    now: UtcMillis,
) -> Result<Vec<Window>> {
    let Run { shop_id: shop, kind, .. } = get_run(conn, run)?;
    check_running(conn, run, shop, kind)?;
    let open = open_of_backfill(conn, shop, kind, range)?;
    if !open.is_empty() {
        return Ok(open);
    }
    let sql = "DELETE FROM sync_windows WHERE shop_id = ?1 AND kind = ?2 AND backfill_from IS NOT NULL";
    execute(conn, sql, params![shop, kind])?;
    let plan = Plan { shop, kind, run, windows, now };
    plan.windows.iter().try_for_each(|window| insert_window(conn, &plan, window, Some(range)))?;
    open_of_backfill(conn, shop, kind, range)
}

fn open_of_backfill(conn: &Connection, shop: ShopId, kind: RunKind, range: TimeRange) -> Result<Vec<Window>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sync_windows WHERE shop_id = ?1 AND kind = ?2 AND state = 'open'
            AND backfill_from = ?3 AND backfill_to = ?4 ORDER BY from_at, to_at, id"
    );
    all(conn, &sql, params![shop, kind, range.from, range.to], read_window)
}

fn insert_window(
    conn: &Connection,
    plan: &Plan,
    window: &NewWindow,
    backfill: Option<TimeRange>,
) -> Result<()> {
    if window.from > window.to {
        return Err(Error::invalid("a window ends after it starts"));
    }
    let sql = "INSERT INTO sync_windows (shop_id, run_id, kind, is_full, from_at, to_at, settled_at, state,
            created_at, updated_at, backfill_from, backfill_to, section)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'open', ?8, ?8, ?9, ?10, ?11)";
    let (from, to) = backfill.map(|range| (range.from, range.to)).unzip();
    let values = params![
        plan.shop,
        plan.run,
        plan.kind,
        window.full,
        window.from,
        window.to,
        window.settled,
        plan.now,
        from,
        to,
        window.section,
    ];
    execute(conn, sql, values).map(drop)
}

/// Keeps the newest windows that were read. Newest by what they settled: the frontier must never move
/// back because of tidying up.
fn prune_windows(conn: &Connection, shop: ShopId, kind: RunKind) -> Result<()> {
    let sql = "DELETE FROM sync_windows WHERE id IN (
            SELECT id FROM sync_windows WHERE shop_id = ?1 AND kind = ?2 AND state = 'done'
                AND backfill_from IS NULL
            ORDER BY settled_at DESC, id DESC LIMIT -1 OFFSET ?3)";
    execute(conn, sql, params![shop, kind, KEPT_WINDOWS]).map(drop)
}

fn frontier(conn: &Connection, shop: ShopId, kind: RunKind) -> Result<Option<UtcMillis>> {
    value(
        conn,
        "SELECT max(settled_at) FROM sync_windows WHERE shop_id = ?1 AND kind = ?2 AND backfill_from IS NULL",
        params![shop, kind],
    )
}

fn split_window(conn: &Connection, id: i64, at: UtcMillis, now: UtcMillis) -> Result<(Window, Window)> {
    let whole = get_window(conn, id)?;
    if at <= whole.from || at >= whole.to {
        return Err(Error::invalid("a window is cut between its start and its end"));
    }
    let sql = "INSERT INTO sync_windows (shop_id, run_id, kind, is_full, from_at, to_at, settled_at, state,
            created_at, updated_at, backfill_from, backfill_to, section)
        SELECT shop_id, run_id, kind, is_full, ?2, to_at, settled_at, 'open', ?3, ?3, backfill_from, backfill_to, section
        FROM sync_windows WHERE id = ?1 AND state = 'open' RETURNING id";
    let Some(second) = first(conn, sql, params![id, at, now], |row| row.get(0))? else {
        return Err(conflict("this window was read already and is not cut"));
    };
    let sql =
        "UPDATE sync_windows SET to_at = ?2, settled_at = min(settled_at, ?2), place = NULL, listed = 0,
            updated_at = ?3 WHERE id = ?1";
    execute(conn, sql, params![id, at, now])?;
    // A wide window is cut many thousand times.
    prune_windows(conn, whole.shop_id, whole.kind)?;
    prune_backfill(conn, whole.shop_id, whole.kind)?;
    Ok((get_window(conn, id)?, get_window(conn, second)?))
}

/// What a backfill has read: only what is open says where it goes on.
fn prune_backfill(conn: &Connection, shop: ShopId, kind: RunKind) -> Result<()> {
    let sql = "DELETE FROM sync_windows WHERE shop_id = ?1 AND kind = ?2 AND state = 'done'
        AND backfill_from IS NOT NULL";
    execute(conn, sql, params![shop, kind]).map(drop)
}

fn get_window(conn: &Connection, id: i64) -> Result<Window> {
    first(conn, &format!("SELECT {COLUMNS} FROM sync_windows WHERE id = ?1"), [id], read_window)?
        .ok_or_else(|| not_found("window", id))
}

fn drop_windows(conn: &Connection, shop: ShopId, kind: RunKind) -> Result<()> {
    let sql = "DELETE FROM sync_windows WHERE shop_id = ?1 AND kind = ?2 AND backfill_from IS NULL";
    execute(conn, sql, params![shop, kind]).map(drop)
}

fn read_window(row: &Row<'_>) -> rusqlite::Result<Window> {
    let mut columns = Columns::of(row);
    Ok(Window {
        id: columns.take()?,
        shop_id: columns.take()?,
        kind: columns.take()?,
        section: columns.take()?,
        full: columns.take()?,
        from: columns.take()?,
        to: columns.take()?,
        settled: columns.take()?,
        place: columns.take()?,
        listed: columns.take()?,
    })
}
