//! One page of a list: its rows, its bad records, the window's place and the run's numbers, all or
//! nothing.
//!
//! A row is written when it is new, when the platform's time of change is newer than the stored one, or
//! when the time is the same (or absent) and the content is not. An older row is stale and left alone;
//! an unchanged one costs a look-up and no write.

use rusqlite::{CachedStatement, Connection, OptionalExtension, ToSql, params};

use super::quarantine::{BadKind, BadRow, Met, any, keep, release};
use super::row::{conflict, count, execute};
use super::run::{Step, advance, check_running};
use crate::error::Result;
use crate::model::{Progress, RunId, RunKind, ShopId, UtcMillis};

mod order;
mod product;
mod refund;
#[cfg(test)]
mod tests;

pub(crate) use order::OrderRow;
pub(super) use order::store_order;
pub(crate) use product::ProductRow;
pub(crate) use refund::RefundRow;
#[cfg(test)]
pub(super) use store_page as store_rows_of;

/// A page to store.
pub(crate) struct PageWrite<R> {
    pub(crate) shop: ShopId,
    pub(crate) run: RunId,
    /// The open window it belongs to.
    pub(crate) window: i64,
    /// Where the window goes on.
    pub(crate) place: Option<String>,
    /// Whether it was the window's last page.
    pub(crate) done: bool,
    pub(crate) rows: Vec<R>,
    /// Records that are known to be as we have them: counted, and neither compared nor written.
    pub(crate) confirmed: usize,
    pub(crate) bad: Vec<BadRow>,
    pub(crate) calls: i64,
    /// How many records the run will list; absent keeps what is known.
    pub(crate) list_total: Option<i64>,
    pub(crate) now: UtcMillis,
}

/// What storing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageResult {
    /// Rows that were new or changed.
    pub(crate) written: i64,
    /// Rows that were as we had them.
    pub(crate) unchanged: i64,
    /// Rows older than what we had; the run's numbers count them as unchanged.
    pub(crate) stale: i64,
    /// The run's numbers now.
    pub(crate) progress: Progress,
    /// Someone asked the run to stop.
    pub(crate) cancel_requested: bool,
}

/// What became of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Written,
    Unchanged,
    Stale,
}

/// The stored side of the decision.
struct Known {
    id: i64,
    updated_at: Option<UtcMillis>,
    hash: [u8; 16],
}

/// A kind of row that pages are made of.
pub(super) trait PageRow {
    const RUN: RunKind;
    const BAD: BadKind;
    /// Finds the row's id, time of change and hash by shop and platform id.
    const KNOWN: &'static str;
    /// Names the row's content, its shop and its platform id.
    const INSERT: &'static str;
    /// Names the row's content and its id.
    const UPDATE: &'static str;

    fn platform_id(&self) -> &str;
    fn updated_at(&self) -> Option<UtcMillis>;
    fn hash(&self) -> &[u8; 16];
    fn insert(&self, statements: &mut Statements<'_>, shop: ShopId, now: UtcMillis) -> Result<()>;
    fn update(&self, statements: &mut Statements<'_>, id: i64, now: UtcMillis) -> Result<()>;

    fn store(&self, statements: &mut Statements<'_>, shop: ShopId, now: UtcMillis) -> Result<Outcome> {
        let Some(known) = statements.known(shop, self.platform_id())? else {
            self.insert(statements, shop, now)?;
            return Ok(Outcome::Written);
        };
        let outcome = judge(&known, self.updated_at(), self.hash());
        if outcome == Outcome::Written {
            self.update(statements, known.id, now)?;
        }
        Ok(outcome)
    }
}

/// The statements of a kind of row, looked up by their long texts once a page instead of once a row.
pub(super) struct Statements<'c> {
    conn: &'c Connection,
    known: CachedStatement<'c>,
    insert: CachedStatement<'c>,
    update: CachedStatement<'c>,
}

impl<'c> Statements<'c> {
    fn of<R: PageRow>(conn: &'c Connection) -> Result<Self> {
        Ok(Self {
            conn,
            known: conn.prepare_cached(R::KNOWN)?,
            insert: conn.prepare_cached(R::INSERT)?,
            update: conn.prepare_cached(R::UPDATE)?,
        })
    }

    fn known(&mut self, shop: ShopId, platform_id: &str) -> Result<Option<Known>> {
        let known = self.known.query_row(params![shop, platform_id], |row| {
            Ok(Known { id: row.get(0)?, updated_at: row.get(1)?, hash: row.get(2)? })
        });
        Ok(known.optional()?)
    }

    /// Answers the id of the new row.
    fn insert<'a>(
        &mut self,
        mut content: Vec<&'a dyn ToSql>,
        shop: &'a ShopId,
        platform_id: &'a dyn ToSql,
    ) -> Result<i64> {
        content.push(shop);
        content.push(platform_id);
        self.insert.execute(content.as_slice())?;
        Ok(self.conn.last_insert_rowid())
    }

    fn update<'a>(&mut self, mut content: Vec<&'a dyn ToSql>, id: &'a i64) -> Result<()> {
        content.push(id);
        self.update.execute(content.as_slice())?;
        Ok(())
    }
}

/// Whether an incoming row replaces the stored one.
fn judge(known: &Known, updated_at: Option<UtcMillis>, hash: &[u8; 16]) -> Outcome {
    let changed = if known.hash == *hash { Outcome::Unchanged } else { Outcome::Written };
    match (known.updated_at, updated_at) {
        (Some(stored), Some(new)) if new > stored => Outcome::Written,
        (Some(stored), Some(new)) if new < stored => Outcome::Stale,
        _ => changed,
    }
}

pub(super) fn store_page<R: PageRow>(conn: &Connection, page: &PageWrite<R>) -> Result<PageResult> {
    check_running(conn, page.run, page.shop, R::RUN)?;
    let (written, unchanged, stale) = store_rows(conn, page)?;
    let met = Met { shop: page.shop, run: page.run, kind: R::BAD, parent: None, now: page.now };
    keep(conn, &met, &page.bad)?;
    let quarantined = count(page.bad.len())?;
    let unchanged = unchanged + count(page.confirmed)?;
    let listed = written + unchanged + stale + quarantined;
    move_window(conn, page, R::RUN, listed)?;
    let step = Step {
        listed,
        list_total: page.list_total,
        written,
        unchanged: unchanged + stale,
        quarantined,
        calls: page.calls,
        ..Step::default()
    };
    let (progress, cancel_requested) = advance(conn, page.run, &step, page.now)?;
    Ok(PageResult { written, unchanged, stale, progress, cancel_requested })
}

fn store_rows<R: PageRow>(conn: &Connection, page: &PageWrite<R>) -> Result<(i64, i64, i64)> {
    let (mut written, mut unchanged, mut stale) = (0, 0, 0);
    let quarantine = any(conn, page.shop, R::BAD)?;
    let mut statements = Statements::of::<R>(conn)?;
    for row in &page.rows {
        let outcome = row.store(&mut statements, page.shop, page.now)?;
        match outcome {
            Outcome::Written => written += 1,
            Outcome::Unchanged => unchanged += 1,
            Outcome::Stale => stale += 1,
        }
        // A stale row proves nothing about the newer one that could not be read.
        if quarantine && outcome != Outcome::Stale {
            release(conn, page.shop, R::BAD, row.platform_id())?;
        }
    }
    Ok((written, unchanged, stale))
}

fn move_window<R>(conn: &Connection, page: &PageWrite<R>, kind: RunKind, listed: i64) -> Result<()> {
    let sql = "UPDATE sync_windows SET place = ?4, listed = listed + ?5, state = iif(?6, 'done', 'open'),
            run_id = ?7, updated_at = ?8
        WHERE id = ?1 AND shop_id = ?2 AND kind = ?3 AND state = 'open'";
    let values = params![page.window, page.shop, kind, page.place, listed, page.done, page.run, page.now];
    match execute(conn, sql, values)? {
        0 => Err(conflict("this window is no longer open; plan the shop's windows again")),
        _ => Ok(()),
    }
}
