//! What a hub tells whoever listens.

use super::words::words;
use super::{Change, Job, Listing, Run, ShopId};

words! {
    /// What can be listened for.
    EventKind {
        /// A shop's authorisation ended; a person must authorise it again.
        ShopReauthorize = "shop.reauthorize",
        /// A run's numbers changed.
        RunProgress = "run.progress",
        /// A run ended, well or not.
        RunFinished = "run.finished",
        /// A change of the platform moved on.
        ChangeState = "change.state",
        /// A published product went on in its review.
        ListingStatus = "listing.status",
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
    /// A run's numbers changed.
    RunProgress(Run),
    /// A run ended; its state says how.
    RunFinished(Run),
    /// A change of the platform moved on.
    ChangeState(Change),
    /// A published product went on in its review.
    ListingStatus(Box<Listing>),
    /// A job failed too often, or for good.
    JobDead(Box<Job>),
}

impl Event {
    /// What it is.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::ShopReauthorize { .. } => EventKind::ShopReauthorize,
            Self::RunProgress(_) => EventKind::RunProgress,
            Self::RunFinished(_) => EventKind::RunFinished,
            Self::ChangeState(_) => EventKind::ChangeState,
            Self::ListingStatus(_) => EventKind::ListingStatus,
            Self::JobDead(_) => EventKind::JobDead,
        }
    }

    /// The shop it concerns; a job may be about none.
    pub fn shop_id(&self) -> Option<ShopId> {
        match self {
            Self::ShopReauthorize { shop_id, .. } => Some(*shop_id),
            Self::RunProgress(run) | Self::RunFinished(run) => Some(run.shop_id),
            Self::ChangeState(change) => Some(change.shop_id),
            Self::ListingStatus(listing) => Some(listing.shop_id),
            Self::JobDead(job) => job.shop_id,
        }
    }
}
