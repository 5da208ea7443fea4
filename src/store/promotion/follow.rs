//! Promotions that somebody has to look after: what became of them, what has lasted too long, whose broadcast comes.

use rusqlite::{Connection, params};

use super::super::row::{all, execute, to_json, value};
use super::moves::go_under_review;
use super::{PromotionRow, Store, find, get};
use crate::error::Result;
use crate::model::{Figures, LiveState, Promotion, PromotionId, PromotionStatus, UtcMillis};

/// What the platform showed of a promotion.
#[derive(Clone, Debug)]
pub(crate) struct SeenPost {
    pub(crate) status: PromotionStatus,
    pub(crate) platform_status: String,
    pub(crate) reason: Option<String>,
    pub(crate) link: Option<String>,
    pub(crate) total: Option<Figures>,
    /// When to ask again.
    pub(crate) due_at: Option<UtcMillis>,
    pub(crate) now: UtcMillis,
}

/// Whether the clock has anything to tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    /// A state has lasted too long.
    pub(crate) overdue: bool,
    /// A broadcast is further.
    pub(crate) live: bool,
}

impl Store {
    /// Promotions whose platform has to be asked, the longest due first.
    pub(crate) async fn due_promotions(&self, now: UtcMillis, limit: u32) -> Result<Vec<PromotionId>> {
        self.read("due_promotions", move |conn| {
            let sql = "SELECT id FROM promotions WHERE due_at <= ?1 ORDER BY due_at, id LIMIT ?2";
            all(conn, sql, params![now, limit], |row| row.get(0))
        })
        .await
    }

    /// Writes down what the platform showed; the promotion as it is then.
    pub(crate) async fn see_post(&self, id: PromotionId, seen: SeenPost) -> Result<PromotionRow> {
        self.write("see_post", move |conn| see(conn, id, &seen)).await
    }

    /// Asks again at a later time: the platform could not be asked.
    pub(crate) async fn put_off_promotion(&self, id: PromotionId, due_at: UtcMillis) -> Result<()> {
        self.write("put_off_promotion", move |conn| {
            let sql =
                "UPDATE promotions SET due_at = ?2, polls = polls + 1 WHERE id = ?1 AND due_at IS NOT NULL";
            execute(conn, sql, params![id, due_at]).map(drop)
        })
        .await
    }

    /// A person has posted what a share link was made for.
    pub(crate) async fn found_post(
        &self,
        id: PromotionId,
        post: String,
        now: UtcMillis,
    ) -> Result<PromotionRow> {
        self.write("found_post", move |conn| {
            go_under_review(conn, "id = ?1 AND status = 'waiting_for_user'", id.0, Some(&post), now)?;
            get(conn, id)
        })
        .await
    }

    /// The promotion that a share link was made for.
    pub(crate) async fn promotion_by_share(&self, share_id: String) -> Result<Option<PromotionRow>> {
        self.read("promotion_by_share", move |conn| find(conn, "share_id = ?1", [share_id])).await
    }

    /// What has come by the clock. Asked before it is taken, so that a hub with nothing to do writes nothing.
    pub(crate) async fn promotion_clocks(&self, now: UtcMillis) -> Result<Clocks> {
        self.read("promotion_clocks", move |conn| {
            let overdue =
                "SELECT EXISTS (SELECT 1 FROM promotions WHERE deadline_at <= ?1 AND overdue_told = 0)";
            let live = "SELECT EXISTS (SELECT 1 FROM promotions WHERE live_due_at <= ?1)";
            Ok(Clocks { overdue: value(conn, overdue, [now])?, live: value(conn, live, [now])? })
        })
        .await
    }

    /// Promotions whose state has lasted too long, each once for each state.
    pub(crate) async fn take_overdue(&self, now: UtcMillis, limit: u32) -> Result<Vec<Promotion>> {
        self.write("take_overdue", move |conn| {
            let sql = "UPDATE promotions SET overdue_told = 1 WHERE id IN (SELECT id FROM promotions
                    WHERE deadline_at <= ?1 AND overdue_told = 0 ORDER BY deadline_at LIMIT ?2) RETURNING id";
            let ids: Vec<PromotionId> = all(conn, sql, params![now, limit], |row| row.get(0))?;
            ids.into_iter().map(|id| get(conn, id).map(|row| row.promotion)).collect()
        })
        .await
    }

    /// Live previews whose broadcast is further than somebody was told, each step once.
    pub(crate) async fn take_live(&self, now: UtcMillis, limit: u32) -> Result<Vec<(Promotion, LiveState)>> {
        self.write("take_live", move |conn| {
            let sql = "SELECT id FROM promotions WHERE live_due_at <= ?1 ORDER BY live_due_at LIMIT ?2";
            let ids: Vec<PromotionId> = all(conn, sql, params![now, limit], |row| row.get(0))?;
            ids.into_iter().filter_map(|id| step_live(conn, id, now).transpose()).collect()
        })
        .await
    }
}

pub(super) fn step_live(
    conn: &Connection,
    id: PromotionId,
    now: UtcMillis,
) -> Result<Option<(Promotion, LiveState)>> {
    let row = get(conn, id)?;
    let state = row.promotion.draft.live.as_ref().map(|live| (live.state(now), live.ends_at));
    let due = state.and_then(|(state, ends)| (state == LiveState::LiveTime).then_some(ends));
    let sql = "UPDATE promotions SET live_state = ?2, live_due_at = ?3 WHERE id = ?1";
    execute(conn, sql, params![id, state.map(|(state, _)| state), due])?;
    let moved = state.filter(|(state, _)| row.live_state != Some(*state));
    Ok(moved.map(|(state, _)| (row.promotion, state)))
}

pub(super) fn see(conn: &Connection, id: PromotionId, seen: &SeenPost) -> Result<PromotionRow> {
    let total = seen.total.as_ref().map(to_json).transpose()?;
    let sql = "UPDATE promotions SET status = ?2, moved_by = 'system', remark = ?3, reason = ?3,
            platform_status = ?4, link = coalesce(?5, link), total = coalesce(?6, total),
            total_at = iif(?6 IS NULL, total_at, ?7), due_at = ?8, checked_at = ?7, polls = polls + 1,
            deadline_at = iif(?2 = 'under_review', deadline_at, NULL),
            updated_at = iif(status = ?2 AND platform_status IS ?4, updated_at, ?7)
        WHERE id = ?1 AND status IN ('under_review', 'published', 'rejected', 'taken_down')";
    let values =
        params![id, seen.status, seen.reason, seen.platform_status, seen.link, total, seen.now, seen.due_at,];
    execute(conn, sql, values)?;
    get(conn, id)
}
