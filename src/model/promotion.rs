//! Promotions: content that we publish, from the draft to what became of it.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{ChangeId, Fen, MediaId, PageRequest, PromotionId, ShopId, UtcMillis};

words! {
    /// What is published.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    PromotionKind {
        /// A short video.
        Video = "video",
        /// Pictures with a text.
        ImageText = "image_text",
        /// Tells of a live broadcast to come. No platform has such a thing of its own: it is a video or pictures whose
        /// text says when, with a clock of ours beside it.
        LivePreview = "live_preview",
        /// A video in the video list of a store.
        ShopVideo = "shop_video",
        /// A link that earns a commission.
        PromotionLink = "promotion_link",
    }
}

words! {
    /// How content gets to the platform.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Delivery {
        /// By us.
        Direct = "direct",
        /// By a person, who opens a link in the platform's app and presses publish there: for apps that may not post
        /// by themselves.
        ShareLink = "share_link",
    }
}

words! {
    /// Where a promotion stands; `docs/promotion-states.md` draws which follows which.
    PromotionStatus {
        /// Being written.
        Draft = "draft",
        /// Waits for somebody to approve or reject it.
        InApproval = "in_approval",
        /// Approved; its time has not come.
        Scheduled = "scheduled",
        /// Its time has come; it waits for its turn.
        Queued = "queued",
        /// Its files go to the platform. Nothing is published yet.
        Uploading = "uploading",
        /// The call that publishes it is under way, or about to be made again because it surely was not done.
        Submitting = "submitting",
        /// Nobody knows yet whether the platform published it; it is being found out.
        Unknown = "unknown",
        /// A person has to say what happened.
        NeedsHuman = "needs_human",
        /// A person has to press publish in the platform's app.
        WaitingForUser = "waiting_for_user",
        /// The platform has it and reviews it.
        UnderReview = "under_review",
        /// Everybody can see it.
        Published = "published",
        /// The platform refused it.
        Rejected = "rejected",
        /// It surely was not published, for a reason that is not its content.
        Failed = "failed",
        /// Taken back before it was published.
        Cancelled = "cancelled",
        /// It waited for too long.
        Expired = "expired",
        /// It was published, and is gone or hidden now.
        TakenDown = "taken_down",
    }
}

impl PromotionStatus {
    /// Whether nothing follows by itself. A draft that ended so may be written anew.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Published
                | Self::Rejected
                | Self::Failed
                | Self::Cancelled
                | Self::Expired
                | Self::TakenDown
        )
    }
}

/// Content to publish, in neutral words. What only one platform wants stands in `attributes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionDraft {
    /// What it is.
    pub kind: PromotionKind,
    /// Its name, for people here; a store's video shows it.
    pub title: String,
    /// What readers see. Platforms read `#topic` in it.
    pub text: String,
    /// Its files, in their order: one video, or pictures.
    pub media: Vec<MediaId>,
    /// The picture that stands for a video.
    pub cover: Option<MediaId>,
    /// How it gets to the platform.
    pub delivery: Delivery,
    /// Public addresses of its files, in their order, for a share link: the platform's app fetches them.
    pub media_urls: Vec<String>,
    /// What it promotes: the platform's id of a product, or what `marketing.goods` gives as `target` of a link.
    pub target: Option<String>,
    /// The broadcast that a live preview tells of.
    pub live: Option<LivePlan>,
    /// The text of a JSON object: the platform's own fields, by the platform's names.
    pub attributes: String,
}

impl PromotionDraft {
    /// A draft with a title and a text, to be published by us; the rest is added as it is needed.
    pub fn new(kind: PromotionKind, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            text: text.into(),
            media: Vec::new(),
            cover: None,
            delivery: Delivery::Direct,
            media_urls: Vec::new(),
            target: None,
            live: None,
            attributes: "{}".to_owned(),
        }
    }
}

/// A broadcast to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivePlan {
    /// When it starts.
    pub starts_at: UtcMillis,
    /// When it is over.
    pub ends_at: UtcMillis,
    /// Where: a room or an account, in words for readers.
    pub room: Option<String>,
}

words! {
    /// How far the broadcast of a live preview is.
    LiveState {
        /// It starts later.
        Upcoming = "upcoming",
        /// Its time has come. Whether somebody really is on air, no platform tells.
        LiveTime = "live_time",
        /// It is over.
        Over = "over",
    }
}

impl LivePlan {
    /// How far it is at a time.
    pub fn state(&self, now: UtcMillis) -> LiveState {
        match now {
            now if now < self.starts_at => LiveState::Upcoming,
            now if now < self.ends_at => LiveState::LiveTime,
            _ => LiveState::Over,
        }
    }
}

words! {
    /// What somebody said to a promotion that asked for approval.
    Decision {
        /// It may be published.
        Approved = "approved",
        /// It may not; it is a draft again.
        Rejected = "rejected",
    }
}

/// Who approved or rejected a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// What was said.
    pub decision: Decision,
    /// By whom.
    pub actor: String,
    /// Why.
    pub comment: Option<String>,
    /// When.
    pub at: UtcMillis,
}

/// Content that we publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// Our id.
    pub id: PromotionId,
    /// The shop or content account.
    pub shop_id: ShopId,
    /// What is published.
    pub draft: PromotionDraft,
    /// Counts the drafts of this promotion, from 1. An approval is for one version.
    pub version: i64,
    /// Where it stands.
    pub status: PromotionStatus,
    /// Why it stands there, in words.
    pub reason: Option<String>,
    /// What was said to this version.
    pub approval: Option<Approval>,
    /// When it is to be published; as soon as it is approved when absent.
    pub publish_at: Option<UtcMillis>,
    /// When its state has lasted too long: an event tells then.
    pub deadline_at: Option<UtcMillis>,
    /// The change that publishes it, where it is published by us.
    pub change_id: Option<ChangeId>,
    /// The platform's id of what it became.
    pub platform_promotion_id: Option<String>,
    /// Where people find it, or the link that was made.
    pub link: Option<String>,
    /// The platform's own status, unchanged.
    pub platform_status: Option<String>,
    /// When the platform was last asked.
    pub checked_at: Option<UtcMillis>,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: UtcMillis,
    /// When it last changed.
    pub updated_at: UtcMillis,
}

/// Which promotions a list shows, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromotionFilter {
    /// Of this shop.
    pub shop_id: Option<ShopId>,
    /// With this status.
    pub status: Option<PromotionStatus>,
    /// Of this kind.
    pub kind: Option<PromotionKind>,
    /// Which part.
    pub page: PageRequest,
}

/// One line of what happened to a promotion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromotionStep {
    /// When.
    pub at: UtcMillis,
    /// Which version.
    pub version: i64,
    /// Where it stood from then on.
    pub status: PromotionStatus,
    /// Who did it: an actor, or `system`.
    pub actor: String,
    /// What was said.
    pub comment: Option<String>,
}

/// Figures of a promotion. Absent is what the platform does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What they earned.
    pub commission: Option<Fen>,
}

/// Figures of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayFigures {
    /// The day at +08:00, as `2026-11-27`.
    pub day: String,
    /// What happened on it.
    pub figures: Figures,
    /// The platform counts a day once it is over: what it says of a day is known on the next one.
    pub next_day: bool,
}

/// What is known of a promotion's effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromotionMetrics {
    /// Since it was published, as far as it was last asked.
    pub total: Figures,
    /// When the total was asked for.
    pub total_at: Option<UtcMillis>,
    /// Day by day, oldest first.
    pub days: Vec<DayFigures>,
}
