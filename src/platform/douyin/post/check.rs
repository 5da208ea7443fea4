//! What a draft may say on this platform, told before its files are there (1.6, 1.9).

use serde_json::{Map, Value};

use super::share;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Delivery, PlatformId, PromotionDraft};
use crate::platform::PostKind;
use crate::platform::listing::members;

/// Pictures of one post.
pub(in crate::platform::douyin) const MOST_IMAGES: usize = 30;
/// Why there are no videos of a store's list.
pub(in crate::platform::douyin) const NO_SHOP: &str =
    "an account of 抖音 posts content and has no store: shops are on the platform doudian";

/// What a member of the attributes has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Texts,
    Whole,
    Seconds,
    Flag,
    Object,
}

/// The platform's own fields of both kinds of posts, by its own names (1.6).
const OF_POSTS: &[(&str, Shape)] = &[
    ("at_users", Shape::Texts),
    ("download_type", Shape::Whole),
    ("micro_app_id", Shape::Text),
    ("micro_app_title", Shape::Text),
    ("micro_app_url", Shape::Text),
    ("poi_id", Shape::Text),
    ("private_status", Shape::Whole),
];
const OF_VIDEOS: &[(&str, Shape)] = &[
    ("agent_client_key", Shape::Text),
    ("cover_tsp", Shape::Seconds),
    ("ent_id", Shape::Text),
    ("poi_commerce", Shape::Flag),
    ("task_id", Shape::Text),
];
const OF_IMAGES: &[(&str, Shape)] = &[("music_id", Shape::Text)];

/// Refuses what the platform surely refuses. How long a text may be is not established, so that is not among it.
pub(in crate::platform::douyin) fn check(kind: PostKind, draft: &PromotionDraft) -> Result<()> {
    let files = draft.media.len();
    match kind {
        PostKind::ShopVideo => return Err(no_shop()),
        PostKind::Video if files > 1 => return Err(Error::invalid("a post has one video")),
        PostKind::Images if files > MOST_IMAGES => {
            return Err(Error::invalid(format!("a post has {MOST_IMAGES} pictures at the most")));
        }
        PostKind::Video | PostKind::Images => {}
    }
    if draft.delivery == Delivery::ShareLink {
        share::addresses(draft)?;
    }
    attributes(kind, draft, draft.delivery).map(drop)
}

/// The draft's own fields of the platform; what is `null` is not there.
///
/// # Errors
/// `INVALID_REQUEST` for unknown ones, with the list of known ones, and for values of another shape.
pub(super) fn attributes(
    kind: PostKind,
    draft: &PromotionDraft,
    delivery: Delivery,
) -> Result<Map<String, Value>> {
    let mut given = members(&draft.attributes, "attributes")?;
    given.retain(|_, value| !value.is_null());
    let of_kind = match (delivery, kind) {
        (Delivery::ShareLink, _) => [share::ATTRIBUTES, &[]],
        (Delivery::Direct, PostKind::Video) => [OF_POSTS, OF_VIDEOS],
        (Delivery::Direct, _) => [OF_POSTS, OF_IMAGES],
    };
    for (name, value) in &given {
        let found = of_kind.iter().copied().flatten().find(|(known, _)| known == name);
        let Some((_, shape)) = found else {
            let mut known: Vec<_> = of_kind.iter().copied().flatten().map(|(known, _)| *known).collect();
            known.sort_unstable();
            let message = format!("`attributes.{name}` is not known here; known are {}", known.join(", "));
            return Err(Error::invalid(message));
        };
        fits(name, *shape, value)?;
    }
    one_anchor(&given)?;
    Ok(given)
}

fn fits(name: &str, shape: Shape, value: &Value) -> Result<()> {
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let (is_fit, what) = match shape {
        Shape::Text => (is_text(value), "a text"),
        Shape::Texts => (value.as_array().is_some_and(|all| all.iter().all(is_text)), "a list of texts"),
        Shape::Whole => (value.is_u64(), "a whole number"),
        Shape::Seconds => (value.is_number() && !value.to_string().starts_with('-'), "a number of seconds"),
        Shape::Flag => (value.is_boolean(), "true or false"),
        Shape::Object => (value.is_object(), "an object"),
    };
    if is_fit { Ok(()) } else { Err(Error::invalid(format!("`attributes.{name}` must be {what}"))) }
}

/// A post leads to a mini app or to a place, never to both (1.6).
fn one_anchor(given: &Map<String, Value>) -> Result<()> {
    let leads_to_app = given.keys().any(|name| name.starts_with("micro_app_"));
    let leads_to_place = given.keys().any(|name| name.starts_with("poi_"));
    if leads_to_app && leads_to_place {
        return Err(Error::invalid(
            "`attributes` may lead to a mini app (micro_app_…) or to a place (poi_…), not to both",
        ));
    }
    Ok(())
}

pub(super) fn no_shop() -> Error {
    let message = format!("{} does not offer videos of a store's list: {NO_SHOP}", PlatformId::Douyin);
    Error::new(ErrorKind::Unsupported, message).with_platform(PlatformId::Douyin)
}
