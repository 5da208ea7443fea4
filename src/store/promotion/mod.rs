//! Promotions, one row each, with the steps they took. A promotion, the job that publishes it and the change that does
//! it are made together and move together.

mod follow;
mod link;
mod metric;
mod moves;
#[cfg(test)]
mod tests;

use rusqlite::{Connection, Params, Row, params};

use super::Store;
use super::cursor::{Cursor, cursor_of, limit_of, page_of, rows_for};
use super::row::{Columns, all, execute, first, not_found, to_json};
use super::shop::check_shop;
use crate::error::Result;
use crate::model::{
    Approval, LiveState, Page, Promotion, PromotionDraft, PromotionFilter, PromotionId, PromotionStep,
    ShopId, UtcMillis,
};

pub(crate) use follow::{Clocks, SeenPost};
pub(crate) use link::EarningLink;
pub(crate) use moves::MovePromotion;
pub(super) use moves::{accept_post, hold_promotions};

const LIST: &str = "promotions";
const COLUMNS: &str = "id, shop_id, content, version, status, reason, decision, decided_by, decision_comment,
    decided_at, publish_time, deadline_at, change_id, platform_promotion_id, link, platform_status, checked_at,
    created_by, created_at, updated_at, polls, published_at, live_state";

/// A promotion with what only its followers need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PromotionRow {
    pub(crate) promotion: Promotion,
    /// How often the platform was asked since it has it.
    pub(crate) polls: i64,
    /// When the platform took it.
    pub(crate) published_at: Option<UtcMillis>,
    /// How far its broadcast was when somebody was last told.
    pub(crate) live_state: Option<LiveState>,
}

/// A draft to keep.
#[derive(Clone)]
pub(crate) struct NewPromotion {
    pub(crate) shop: ShopId,
    pub(crate) draft: PromotionDraft,
    pub(crate) publish_at: Option<UtcMillis>,
    pub(crate) actor: String,
    pub(crate) deadline_at: UtcMillis,
    pub(crate) now: UtcMillis,
}

impl Store {
    /// Keeps a draft.
    pub(crate) async fn create_promotion(&self, new: NewPromotion) -> Result<Promotion> {
        self.write("create_promotion", move |conn| create(conn, &new)).await
    }

    /// One promotion, or `NOT_FOUND`.
    pub(crate) async fn get_promotion(&self, id: PromotionId) -> Result<PromotionRow> {
        self.read("get_promotion", move |conn| get(conn, id)).await
    }

    /// The promotions of a filter, newest first.
    pub(crate) async fn list_promotions(&self, filter: PromotionFilter) -> Result<Page<Promotion>> {
        self.read("list_promotions", move |conn| list(conn, &filter)).await
    }

    /// What happened to a promotion, oldest first.
    pub(crate) async fn promotion_steps(&self, id: PromotionId) -> Result<Vec<PromotionStep>> {
        self.read("promotion_steps", move |conn| {
            let sql =
                "SELECT at, version, status, actor, comment FROM promotion_steps WHERE promotion_id = ?1
                ORDER BY id";
            all(conn, sql, [id], |row| {
                let mut columns = Columns::of(row);
                Ok(PromotionStep {
                    at: columns.take()?,
                    version: columns.take()?,
                    status: columns.take()?,
                    actor: columns.take()?,
                    comment: columns.take()?,
                })
            })
        })
        .await
    }
}

fn create(conn: &Connection, new: &NewPromotion) -> Result<Promotion> {
    check_shop(conn, new.shop)?;
    let sql =
        "INSERT INTO promotions (shop_id, promotion_type, title, content, status, publish_time, deadline_at,
            created_by, moved_by, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, 'draft', ?5, ?6, ?7, ?7, ?8, ?8)";
    let draft = to_json(&new.draft)?;
    let NewPromotion { shop, draft: PromotionDraft { kind, title, .. }, publish_at, actor, deadline_at, now } =
        new;
    execute(conn, sql, params![shop, kind, title, draft, publish_at, deadline_at, actor, now])?;
    get(conn, PromotionId(conn.last_insert_rowid())).map(|row| row.promotion)
}

pub(super) fn get(conn: &Connection, id: PromotionId) -> Result<PromotionRow> {
    find(conn, "id = ?1", [id])?.ok_or_else(|| not_found("promotion", id))
}

/// The one promotion of which this holds.
fn find(conn: &Connection, which: &str, params: impl Params) -> Result<Option<PromotionRow>> {
    first(conn, &format!("SELECT {COLUMNS} FROM promotions WHERE {which}"), params, read_promotion)
}

fn list(conn: &Connection, filter: &PromotionFilter) -> Result<Page<Promotion>> {
    let limit = limit_of(&filter.page)?;
    let before = cursor_of(&filter.page, LIST)?.map_or(i64::MAX, |cursor| cursor.id);
    let by_shop = if filter.shop_id.is_some() { "shop_id = ?1" } else { "?1 IS NULL" };
    let by_status = if filter.status.is_some() { "status = ?2" } else { "?2 IS NULL" };
    let sql = format!(
        "SELECT {COLUMNS} FROM promotions
            WHERE {by_shop} AND {by_status} AND (?3 IS NULL OR promotion_type = ?3) AND id < ?4
            ORDER BY id DESC LIMIT ?5"
    );
    let values = params![filter.shop_id, filter.status, filter.kind, before, rows_for(limit)];
    let rows = all(conn, &sql, values, |row| read_promotion(row).map(|row| row.promotion))?;
    Ok(page_of(rows, limit, LIST, |promotion| Cursor { key: 0, id: promotion.id.0 }))
}

fn read_promotion(row: &Row<'_>) -> rusqlite::Result<PromotionRow> {
    let mut columns = Columns::of(row);
    Ok(PromotionRow {
        promotion: Promotion {
            id: columns.take()?,
            shop_id: columns.take()?,
            draft: columns.json()?,
            version: columns.take()?,
            status: columns.take()?,
            reason: columns.take()?,
            approval: read_approval(&mut columns)?,
            publish_at: columns.take()?,
            deadline_at: columns.take()?,
            change_id: columns.take()?,
            platform_promotion_id: columns.take()?,
            link: columns.take()?,
            platform_status: columns.take()?,
            checked_at: columns.take()?,
            created_by: columns.take()?,
            created_at: columns.take()?,
            updated_at: columns.take()?,
        },
        polls: columns.take()?,
        published_at: columns.take()?,
        live_state: columns.take()?,
    })
}

fn read_approval(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Option<Approval>> {
    let (decision, actor) = (columns.take()?, columns.take()?);
    let (comment, at) = (columns.take()?, columns.take()?);
    match (decision, actor, at) {
        (Some(decision), Some(actor), Some(at)) => Ok(Some(Approval { decision, actor, comment, at })),
        _ => Ok(None),
    }
}
