//! Images and videos: what is known of a file, and what a platform takes.

use super::words::words;
use super::{MediaId, PageRequest, PlatformId, UtcMillis};

words! {
    /// What a media file is.
    MediaKind {
        /// A still image.
        Image = "image",
        /// A video.
        Video = "video",
    }
}

words! {
    /// What a media file is used for. Each has rules of its own on each platform.
    MediaSlot {
        /// The video of a promotion.
        Video = "video",
        /// The cover of a video.
        Cover = "cover",
        /// An image of an image post.
        Image = "image",
        /// A main image of a product.
        ProductImage = "product_image",
        /// An image in the description of a product.
        DetailImage = "detail_image",
    }
}

words! {
    /// Which rule a file breaks.
    MediaRule {
        /// The slot takes images, or videos, and this is the other.
        Kind = "kind",
        /// The format of the file.
        Format = "format",
        /// How the pictures of a video are coded.
        Codec = "codec",
        /// The size in bytes.
        Bytes = "bytes",
        /// Width and height.
        Pixels = "pixels",
        /// Width to height.
        Ratio = "ratio",
        /// How long a video is.
        Duration = "duration",
        /// What the rule is about cannot be read from the file.
        Unreadable = "unreadable",
    }
}

/// What was found in the file itself. Names and headers lie, so nothing comes from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaFacts {
    /// What it is.
    pub kind: MediaKind,
    /// Its media type, such as `image/jpeg`.
    pub content_type: String,
    /// Its size.
    pub bytes: u64,
    /// Width in pixels as it is shown, after turning.
    pub width: Option<u32>,
    /// Height in pixels as it is shown.
    pub height: Option<u32>,
    /// How long a video is.
    pub duration_ms: Option<u64>,
    /// How the pictures of a video are coded: `h264`, `h265`, `av1`, `vp8`, `vp9` or the file's own word.
    pub codec: Option<String>,
    /// Whether an image carries data of its camera, which may say where it was taken. `fit` leaves it out.
    pub has_metadata: bool,
}

/// An image or a video that was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Its id. The same content has the same id.
    pub id: MediaId,
    /// SHA-256 of the content, in hex.
    pub sha256: String,
    /// What was found in it.
    pub facts: MediaFacts,
    /// The name that it was first added under.
    pub file_name: Option<String>,
    /// The media that it was made from to fit.
    pub made_from: Option<MediaId>,
    /// Who added it.
    pub actor: String,
    /// When it was added.
    pub created_at: UtcMillis,
}

/// Which media a list shows, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaFilter {
    /// Only these.
    pub kind: Option<MediaKind>,
    /// Which part.
    pub page: PageRequest,
}

/// What a platform takes in a slot: plain data, given by its adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaRules {
    /// Media types. They also say whether the slot takes images or videos.
    pub types: &'static [&'static str],
    /// Codecs of videos; every one when empty.
    pub codecs: &'static [&'static str],
    /// Most bytes.
    pub max_bytes: u64,
    /// Least width and height.
    pub min_pixels: (u32, u32),
    /// Most width and height.
    pub max_pixels: (u32, u32),
    /// Narrowest and widest ratio of width to height, as fractions; every one when absent.
    pub ratio: Option<[(u32, u32); 2]>,
    /// Shortest and longest duration of a video in milliseconds.
    pub duration_ms: Option<(u64, u64)>,
}

impl MediaRules {
    /// Rules for these media types and so many bytes, without any further one.
    pub const fn new(types: &'static [&'static str], max_bytes: u64) -> Self {
        Self {
            types,
            codecs: &[],
            max_bytes,
            min_pixels: (1, 1),
            max_pixels: (u32::MAX, u32::MAX),
            ratio: None,
            duration_ms: None,
        }
    }
}

/// A rule that a file breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaProblem {
    /// Which one.
    pub rule: MediaRule,
    /// What is wrong, with the numbers.
    pub message: String,
    /// What to do.
    pub fix: String,
    /// Whether `fit` does it.
    pub can_fit: bool,
}

/// What a file was held against, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaCheck {
    /// The file.
    pub media_id: MediaId,
    /// The platform.
    pub platform: PlatformId,
    /// The slot.
    pub slot: MediaSlot,
    /// The rules that it breaks; none when it can be used.
    pub problems: Vec<MediaProblem>,
}
