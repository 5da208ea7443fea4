//! What promotions did, day by day.

use rusqlite::{Connection, Row, params};

use super::super::row::{Columns, all, execute, first};
use super::Store;
use crate::error::Result;
use crate::model::{DayFigures, Figures, PromotionId, PromotionMetrics, UtcMillis};

impl Store {
    /// Promotions that the platform has, that were published since a time, and whose figures can change. A link is made
    /// and told nothing of.
    pub(crate) async fn promotions_to_count(&self, since: UtcMillis) -> Result<Vec<PromotionId>> {
        self.read("promotions_to_count", move |conn| {
            let sql = "SELECT id FROM promotions WHERE status IN ('published', 'taken_down')
                AND platform_promotion_id IS NOT NULL AND published_at >= ?1 ORDER BY id";
            all(conn, sql, [since], |row| row.get(0))
        })
        .await
    }

    /// Keeps the figures of days. What is absent leaves what is known: one question of several may stay unanswered.
    pub(crate) async fn keep_figures(
        &self,
        id: PromotionId,
        days: Vec<DayFigures>,
        now: UtcMillis,
    ) -> Result<()> {
        self.write("keep_figures", move |conn| days.iter().try_for_each(|day| keep(conn, id, day, now))).await
    }

    /// What is known of a promotion's effect.
    pub(crate) async fn promotion_metrics(&self, id: PromotionId) -> Result<PromotionMetrics> {
        self.read("promotion_metrics", move |conn| metrics(conn, id)).await
    }
}

pub(super) fn metrics(conn: &Connection, id: PromotionId) -> Result<PromotionMetrics> {
    let sql = "SELECT day, plays, likes, comments, shares, forwards, downloads, clicks, orders, commission, next_day
        FROM promotion_metrics WHERE promotion_id = ?1 ORDER BY day";
    let days = all(conn, sql, [id], read_day)?;
    let sql = "SELECT total, total_at FROM promotions WHERE id = ?1 AND total IS NOT NULL";
    let total = first(conn, sql, [id], |row| {
        let mut columns = Columns::of(row);
        Ok((columns.json::<Figures>()?, columns.take()?))
    })?;
    let (total, total_at) = total.map_or_else(Default::default, |(total, at)| (total, Some(at)));
    Ok(PromotionMetrics { total, total_at, days })
}

pub(super) fn keep(conn: &Connection, id: PromotionId, day: &DayFigures, now: UtcMillis) -> Result<()> {
    let sql = "INSERT INTO promotion_metrics (promotion_id, day, plays, likes, comments, shares, forwards, downloads,
            clicks, orders, commission, next_day, seen_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        ON CONFLICT (promotion_id, day) DO UPDATE SET plays = coalesce(excluded.plays, plays),
            likes = coalesce(excluded.likes, likes), comments = coalesce(excluded.comments, comments),
            shares = coalesce(excluded.shares, shares), forwards = coalesce(excluded.forwards, forwards),
            downloads = coalesce(excluded.downloads, downloads), clicks = coalesce(excluded.clicks, clicks),
            orders = coalesce(excluded.orders, orders), commission = coalesce(excluded.commission, commission),
            next_day = excluded.next_day, seen_at = excluded.seen_at";
    let figures = &day.figures;
    let values = params![
        id,
        day.day,
        figures.plays,
        figures.likes,
        figures.comments,
        figures.shares,
        figures.forwards,
        figures.downloads,
        figures.clicks,
        figures.orders,
        figures.commission,
        day.next_day,
        now,
    ];
    execute(conn, sql, values).map(drop)
}

fn read_day(row: &Row<'_>) -> rusqlite::Result<DayFigures> {
    let mut columns = Columns::of(row);
    Ok(DayFigures {
        day: columns.take()?,
        figures: Figures {
            plays: columns.take()?,
            likes: columns.take()?,
            comments: columns.take()?,
            shares: columns.take()?,
            forwards: columns.take()?,
            downloads: columns.take()?,
            clicks: columns.take()?,
            orders: columns.take()?,
            commission: columns.take()?,
        },
        next_day: columns.take()?,
    })
}
