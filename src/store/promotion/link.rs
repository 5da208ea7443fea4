//! What promotion links brought: the orders of their places, and what each link has of them.

use rusqlite::{Connection, params};

use super::super::row::{Columns, all, execute, first, to_json};
use super::Store;
use super::metric::keep;
use crate::error::Result;
use crate::model::{AppId, DayFigures, Figures, LinkOrder, PromotionId, UtcMillis};

/// A link that earns, and the place that its orders are counted for.
#[derive(Clone, Debug)]
pub(crate) struct EarningLink {
    pub(crate) promotion: PromotionId,
    pub(crate) app: AppId,
    pub(crate) placement: String,
    pub(crate) made_at: UtcMillis,
}

impl Store {
    /// Promotion links that were made since a time.
    pub(crate) async fn links_to_count(&self, since: UtcMillis) -> Result<Vec<PromotionId>> {
        self.read("links_to_count", move |conn| {
            let sql =
                "SELECT id FROM promotions WHERE promotion_type = 'promotion_link' AND status = 'published'
                AND published_at >= ?1 ORDER BY id";
            all(conn, sql, [since], |row| row.get(0))
        })
        .await
    }

    /// Up to when the orders of an app's links were read.
    pub(crate) async fn links_read_to(&self, app: AppId) -> Result<Option<UtcMillis>> {
        self.read("links_read_to", move |conn| {
            first(conn, "SELECT read_to FROM link_reads WHERE app_id = ?1", [app], |row| row.get(0))
        })
        .await
    }

    /// The orders that changed by then were read.
    pub(crate) async fn note_links_read(&self, app: AppId, to: UtcMillis) -> Result<()> {
        self.write("note_links_read", move |conn| {
            let sql = "INSERT INTO link_reads (app_id, read_to) VALUES (?1, ?2)
                ON CONFLICT (app_id) DO UPDATE SET read_to = max(read_to, excluded.read_to)";
            execute(conn, sql, params![app, to]).map(drop)
        })
        .await
    }

    /// Keeps orders as they are now. An older state than the one that is here changes nothing.
    pub(crate) async fn keep_link_orders(
        &self,
        app: AppId,
        orders: Vec<LinkOrder>,
        now: UtcMillis,
    ) -> Result<()> {
        self.write("keep_link_orders", move |conn| {
            orders.iter().try_for_each(|order| keep_order(conn, app, order, now))
        })
        .await
    }

    /// Counts anew what a link brought, day by day.
    pub(crate) async fn count_link(&self, link: EarningLink, now: UtcMillis) -> Result<()> {
        self.write("count_link", move |conn| count(conn, &link, now)).await
    }
}

pub(super) fn keep_order(conn: &Connection, app: AppId, order: &LinkOrder, now: UtcMillis) -> Result<()> {
    let sql = "INSERT INTO link_orders (app_id, platform_order_id, placement, status, commission, ordered_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (app_id, platform_order_id) DO UPDATE SET placement = excluded.placement,
            status = excluded.status, commission = excluded.commission, ordered_at = excluded.ordered_at,
            updated_at = excluded.updated_at
        WHERE excluded.updated_at >= updated_at";
    let updated_at = order.updated_at.unwrap_or(now);
    let ordered_at = order.ordered_at.or(order.paid_at).unwrap_or(updated_at);
    let (id, place) = (&order.platform_order_id, &order.placement);
    let values = params![app, id, place, order.status.as_str(), order.commission, ordered_at, updated_at];
    execute(conn, sql, values).map(drop)
}

/// An order counts once it is paid, and no longer when it is closed; what was refused earns nothing. Days are those of
/// the platforms, at +08:00. One whose orders were all closed since has none.
pub(super) fn count(conn: &Connection, link: &EarningLink, now: UtcMillis) -> Result<()> {
    let id = link.promotion;
    let sql = "SELECT date((ordered_at + 28800000) / 1000, 'unixepoch') AS day, count(*),
            coalesce(sum(iif(status = 'refused', 0, commission)), 0)
        FROM link_orders
        WHERE app_id = ?1 AND placement = ?2 AND ordered_at >= ?3 AND status NOT IN ('unpaid', 'closed')
        GROUP BY day ORDER BY day";
    let days = all(conn, sql, params![link.app, link.placement, link.made_at], |row| {
        let mut columns = Columns::of(row);
        let day = columns.take()?;
        let figures = Figures { orders: columns.take()?, commission: columns.take()?, ..Figures::default() };
        Ok(DayFigures { day, figures, next_day: false })
    })?;
    let sql = "UPDATE promotion_metrics SET orders = 0, commission = 0 WHERE promotion_id = ?1";
    execute(conn, sql, [id])?;
    days.iter().try_for_each(|day| keep(conn, id, day, now))?;
    let of =
        |figure: fn(&Figures) -> Option<i64>| Some(days.iter().filter_map(|day| figure(&day.figures)).sum());
    let total = Figures {
        orders: of(|figures| figures.orders),
        commission: of(|figures| figures.commission.map(|fen| fen.0)).map(crate::model::Fen),
        ..Figures::default()
    };
    let sql = "UPDATE promotions SET total = ?2, total_at = ?3 WHERE id = ?1";
    execute(conn, sql, params![id, to_json(&total)?, now]).map(drop)
}
