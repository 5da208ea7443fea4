//! What a hub tells whoever listens.

use super::words::words;
use super::{Change, Job, Listing, LiveState, Promotion, Run, ShopId, UtcMillis};

words! {
    /// What can be listened for.
    EventKind {
        /// A shop's authorisation ended; a person must authorise it again.
        ShopReauthorize = "shop.reauthorize",
        /// A shop's authorisation ends soon; a person must authorise it again by then.
        ShopExpiring = "shop.expiring",
        /// A run's numbers changed.
        RunProgress = "run.progress",
        /// A run ended, well or not.
        RunFinished = "run.finished",
        /// A change of the platform moved on.
        ChangeState = "change.state",
        /// A published product went on in its review.
        ListingStatus = "listing.status",
        /// A promotion went on.
        PromotionState = "promotion.state",
        /// A promotion stands where it stands for too long.
        PromotionOverdue = "promotion.overdue",
        /// The broadcast of a live preview is further.
        PromotionLive = "promotion.live",
        /// A job failed too often, or for good.
        JobDead = "job.dead",
    }
}

/// Something that happened in this process. Events are news and may be missed; the tables are the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A shop's authorisation ended.
    ShopReauthorize {
        /// The shop.
        shop_id: ShopId,
        /// Why, in a sentence.
        reason: String,
    },
    /// A shop's authorisation ends soon, and only a person can move its end. Told once for each of 30, 14, 7, 3 and 1
    /// days ahead.
    ShopExpiring {
        /// The shop.
        shop_id: ShopId,
        /// So many days ahead, or fewer.
        days: u32,
        /// The end.
        expires_at: UtcMillis,
        /// Whether tokens are renewed until then.
        can_refresh: bool,
    },
    /// A run's numbers changed.
    RunProgress(Run),
    /// A run ended; its state says how.
    RunFinished(Run),
    /// A change of the platform moved on.
    ChangeState(Change),
    /// A published product went on in its review.
    ListingStatus(Box<Listing>),
    /// A promotion went on.
    PromotionState(Box<Promotion>),
    /// A promotion stands where it stands for longer than its `deadline_at`. Told once for each state.
    PromotionOverdue(Box<Promotion>),
    /// The broadcast that a live preview tells of starts now, or is over. Whether somebody is on air, no platform tells.
    PromotionLive {
        /// The live preview.
        promotion: Box<Promotion>,
        /// How far the broadcast is.
        state: LiveState,
    },
    /// A job failed too often, or for good.
    JobDead(Box<Job>),
}

impl Event {
    /// What it is.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::ShopReauthorize { .. } => EventKind::ShopReauthorize,
            Self::ShopExpiring { .. } => EventKind::ShopExpiring,
            Self::RunProgress(_) => EventKind::RunProgress,
            Self::RunFinished(_) => EventKind::RunFinished,
            Self::ChangeState(_) => EventKind::ChangeState,
            Self::ListingStatus(_) => EventKind::ListingStatus,
            Self::PromotionState(_) => EventKind::PromotionState,
            Self::PromotionOverdue(_) => EventKind::PromotionOverdue,
            Self::PromotionLive { .. } => EventKind::PromotionLive,
            Self::JobDead(_) => EventKind::JobDead,
        }
    }

    /// The shop it concerns; a job may be about none.
    pub fn shop_id(&self) -> Option<ShopId> {
        match self {
            Self::ShopReauthorize { shop_id, .. } | Self::ShopExpiring { shop_id, .. } => Some(*shop_id),
            Self::RunProgress(run) | Self::RunFinished(run) => Some(run.shop_id),
            Self::ChangeState(change) => Some(change.shop_id),
            Self::ListingStatus(listing) => Some(listing.shop_id),
            Self::PromotionState(promotion) | Self::PromotionOverdue(promotion) => Some(promotion.shop_id),
            Self::PromotionLive { promotion, .. } => Some(promotion.shop_id),
            Self::JobDead(job) => job.shop_id,
        }
    }
}
