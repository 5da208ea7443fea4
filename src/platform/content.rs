//! Content: files that go to a platform, the one call that publishes them, and what became of it.
//!
//! Files are uploaded as often as need be: one that nobody uses hurts nobody. What must not happen twice is the call
//! that publishes them. Platforms without content say so by the defaults of the trait.

use std::time::Duration;

use super::Capability;
use crate::model::{Figures, MediaSlot, PromotionDraft, PromotionKind, PromotionStatus, UtcMillis};

/// What is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PostKind {
    /// A video, seen by everybody.
    Video,
    /// Pictures with a text.
    Images,
    /// A video in a store's own list.
    ShopVideo,
}

/// How a file is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadShape {
    /// In one call.
    Whole,
    /// In parts of this many bytes, the last one of what is left. What was handed over of a begun upload holds for
    /// `life`, so that it can be taken up again.
    Parts {
        /// Bytes of a part.
        size: u64,
        /// How long a begun upload can be continued.
        life: Duration,
    },
}

/// A file to be handed over.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// The platform's id of the account that uploads.
    pub account: &'a str,
    /// What it is for.
    pub slot: MediaSlot,
    /// Its media type, by its content.
    pub content_type: &'a str,
    /// How large it is.
    pub bytes: u64,
}

/// A file that the platform has: its id there, or its address where it goes by that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedFile(pub String);

/// What is to be posted, its files being there.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// The platform's id of the account that posts.
    pub account: &'a str,
    /// What it is on this platform.
    pub kind: PostKind,
    /// What is said.
    pub draft: &'a PromotionDraft,
    /// Its files, in their order, as the platform knows them.
    pub files: &'a [PlacedFile],
    /// The picture that stands for a video.
    pub cover: Option<&'a PlacedFile>,
}

/// What a post became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The platform's id.
    pub platform_post_id: String,
    /// Where people find it, where the platform says.
    pub link: Option<String>,
}

/// Where a post of ours is looked for.
#[derive(Clone, Copy, Debug)]
pub struct PostLookUp<'a> {
    /// What was sent. Without files it is looked for by its text: somebody else posted it for us.
    pub post: Post<'a>,
    /// When it was first sent: it cannot be older.
    pub since: UtcMillis,
}

/// A post that is asked about.
#[derive(Clone, Copy, Debug)]
pub struct PostRef<'a> {
    /// The platform's id of the account.
    pub account: &'a str,
    /// What it is.
    pub kind: PostKind,
    /// The platform's id of it.
    pub platform_post_id: &'a str,
    /// When we published it.
    pub published_at: UtcMillis,
    /// Now.
    pub now: UtcMillis,
}

/// What the platform shows of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostSeen {
    /// [`UnderReview`](PromotionStatus::UnderReview), [`Published`](PromotionStatus::Published),
    /// [`Rejected`](PromotionStatus::Rejected) or [`TakenDown`](PromotionStatus::TakenDown).
    pub status: PromotionStatus,
    /// The platform's own status, unchanged.
    pub platform_status: String,
    /// Why, in the platform's words.
    pub reason: Option<String>,
    /// Where people find it.
    pub link: Option<String>,
    /// What it did so far.
    pub total: Option<Figures>,
}

/// What a share link is made of.
#[derive(Clone, Copy, Debug)]
pub struct Share<'a> {
    /// The app's key.
    pub app_key: &'a str,
    /// What is said.
    pub draft: &'a PromotionDraft,
    /// Random text, made once for the link.
    pub nonce: &'a str,
    /// Now.
    pub now: UtcMillis,
}

/// A link by which a person posts in the platform's app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareLink {
    /// Opens the app.
    pub url: String,
    /// Comes back with the notice that it was posted.
    pub share_id: String,
    /// When it works no more.
    pub expires_at: UtcMillis,
}

impl PostKind {
    /// What a promotion is on a platform: a live preview is a video or pictures, and says so by its files.
    pub fn of(draft: &PromotionDraft, is_video: bool) -> Option<Self> {
        match draft.kind {
            PromotionKind::Video => Some(Self::Video),
            PromotionKind::ImageText => Some(Self::Images),
            PromotionKind::LivePreview if is_video => Some(Self::Video),
            PromotionKind::LivePreview => Some(Self::Images),
            PromotionKind::ShopVideo => Some(Self::ShopVideo),
            PromotionKind::PromotionLink => None,
        }
    }

    /// What an adapter claims that can post it.
    pub const fn capability(self) -> Capability {
        match self {
            Self::Video => Capability::PostVideo,
            Self::Images => Capability::PostImages,
            Self::ShopVideo => Capability::PostShopVideo,
        }
    }

    /// What its files are.
    pub const fn slot(self) -> MediaSlot {
        match self {
            Self::Video | Self::ShopVideo => MediaSlot::Video,
            Self::Images => MediaSlot::Image,
        }
    }
}
