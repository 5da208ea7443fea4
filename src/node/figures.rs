//! What promotions did, as JS sees it.

use napi_derive::napi;

use super::page::{all, fen, iso, safe_some};
use crate::error::{Error, Result};
use crate::model;

/// Figures. Absent is what the platform does not tell.
#[napi(object, object_from_js = false)]
pub struct Figures {
    /// How often it was played or shown.
    pub plays: Option<i64>,
    /// Likes.
    pub likes: Option<i64>,
    /// Comments.
    pub comments: Option<i64>,
    /// How often it was shared.
    pub shares: Option<i64>,
    /// How often it was forwarded.
    pub forwards: Option<i64>,
    /// How often it was downloaded.
    pub downloads: Option<i64>,
    /// How often a link was followed. No platform that we know tells it.
    pub clicks: Option<i64>,
    /// Paid orders of a link's placement since it was made.
    pub orders: Option<i64>,
    /// What they earned, in fen.
    pub commission_fen: Option<i64>,
}

/// Figures of one day.
#[napi(object, object_from_js = false)]
pub struct DayFigures {
    /// The day in China, as `2026-11-27`.
    pub day: String,
    /// What happened on it.
    pub figures: Figures,
    /// The platform counts a day once it is over: what it says of a day is known on the next one.
    pub next_day: bool,
}

/// What is known of a promotion's effect.
#[napi(object, object_from_js = false)]
pub struct PromotionMetrics {
    /// Since it was published, as far as it was last asked.
    pub total: Figures,
    /// When the total was asked for.
    pub total_at: Option<String>,
    /// Day by day, oldest first.
    pub days: Vec<DayFigures>,
}

impl TryFrom<model::Figures> for Figures {
    type Error = Error;

    fn try_from(figures: model::Figures) -> Result<Self> {
        Ok(Self {
            plays: safe_some(figures.plays)?,
            likes: safe_some(figures.likes)?,
            comments: safe_some(figures.comments)?,
            shares: safe_some(figures.shares)?,
            forwards: safe_some(figures.forwards)?,
            downloads: safe_some(figures.downloads)?,
            clicks: safe_some(figures.clicks)?,
            orders: safe_some(figures.orders)?,
            commission_fen: fen(figures.commission)?,
        })
    }
}

impl TryFrom<model::DayFigures> for DayFigures {
    type Error = Error;

    fn try_from(day: model::DayFigures) -> Result<Self> {
        Ok(Self { day: day.day, figures: day.figures.try_into()?, next_day: day.next_day })
    }
}

impl TryFrom<model::PromotionMetrics> for PromotionMetrics {
    type Error = Error;

    fn try_from(metrics: model::PromotionMetrics) -> Result<Self> {
        Ok(Self {
            total: metrics.total.try_into()?,
            total_at: iso(metrics.total_at),
            days: all(metrics.days)?,
        })
    }
}
