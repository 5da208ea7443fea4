//! Files (1.6), posts and what became of them (1.6, 1.7).

use super::super::wire::{Item as Wire, Media, Statistics};
use super::{data, needed, opaque};
use crate::model::{Figures, UtcMillis};
use crate::platform::lenient::{Field, Members, items as split, text};
use crate::platform::{DecodeError, PlacedFile, Posted};

/// A post as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::platform::douyin) struct Item {
    pub(in crate::platform::douyin) item_id: String,
    pub(in crate::platform::douyin) video_id: Option<String>,
    pub(in crate::platform::douyin) title: Option<String>,
    /// Nothing for a post that is not public (1.7).
    pub(in crate::platform::douyin) created: Option<UtcMillis>,
    pub(in crate::platform::douyin) is_top: bool,
    pub(in crate::platform::douyin) media_type: Option<i64>,
    pub(in crate::platform::douyin) link: Option<String>,
    pub(in crate::platform::douyin) status: Option<i64>,
    pub(in crate::platform::douyin) total: Option<Figures>,
}

/// One page of an account's posts.
#[derive(Debug)]
pub(in crate::platform::douyin) struct Page {
    pub(in crate::platform::douyin) items: Vec<Item>,
    /// Where the next page starts; absent at the end.
    pub(in crate::platform::douyin) next: Option<i64>,
}

/// Reads an uploaded video.
pub(in crate::platform::douyin) fn placed_video(body: &[u8]) -> Result<PlacedFile, DecodeError> {
    placed(body, "video", |media| &media.video_id)
}

/// Reads an uploaded picture.
pub(in crate::platform::douyin) fn placed_image(body: &[u8]) -> Result<PlacedFile, DecodeError> {
    placed(body, "image", |media| &media.image_id)
}

fn placed(
    body: &[u8],
    holder: &str,
    id: for<'a, 'b> fn(&'b Media<'a>) -> &'b Field<'a>,
) -> Result<PlacedFile, DecodeError> {
    let text = data(body)?;
    let members = Members::of_body(text.as_bytes());
    let held = members.and_then(|members| members.get(holder));
    let held = self::text(held.ok_or_else(|| DecodeError::new(format!("data.{holder}"), "an object"))?)?;
    needed(id(&Media::read(&held)?)).map(PlacedFile)
}

/// Reads the id of a begun upload.
pub(in crate::platform::douyin) fn upload_id(body: &[u8]) -> Result<String, DecodeError> {
    let text = data(body)?;
    let id = Members::of_body(text.as_bytes()).and_then(|members| members.scalar("upload_id"));
    id.ok_or_else(|| DecodeError::new("data.upload_id", "an id"))
}

/// Reads a new post. Where people find it, only lists tell.
pub(in crate::platform::douyin) fn posted(body: &[u8]) -> Result<Posted, DecodeError> {
    let text = data(body)?;
    Ok(Posted { platform_post_id: needed(&Wire::read(&text)?.item_id)?, link: None })
}

/// Reads `data` of a page of posts. One that cannot be read fails its page: whoever looks for a post must not
/// overlook it.
pub(in crate::platform::douyin) fn page(answer: &str) -> Result<Page, DecodeError> {
    let items = items(answer)?;
    let members = Members::of_body(answer.as_bytes()).ok_or_else(|| DecodeError::new("data", "an object"))?;
    let has_more = matches!(members.scalar("has_more").as_deref(), Some("true" | "1"));
    let cursor = members.scalar("cursor").and_then(|cursor| cursor.parse().ok());
    match (has_more, cursor) {
        (true, None) => Err(DecodeError::new("data.cursor", "a whole number, as there is more")),
        (has_more, cursor) => Ok(Page { items, next: cursor.filter(|_| has_more) }),
    }
}

/// Reads the posts in `data.list`. No list is an empty one.
pub(in crate::platform::douyin) fn items(answer: &str) -> Result<Vec<Item>, DecodeError> {
    let wrong = || DecodeError::new("data.list", "an array");
    let members = Members::of_body(answer.as_bytes()).ok_or_else(wrong)?;
    let list = members.get("list").map_or_else(|| Some(Vec::new()), split).ok_or_else(wrong)?;
    list.into_iter().map(|raw| item(&text(raw)?)).collect()
}

fn item(text: &str) -> Result<Item, DecodeError> {
    let wire = Wire::read(text)?;
    Ok(Item {
        item_id: needed(&wire.item_id)?,
        video_id: opaque(&wire.video_id)?,
        title: wire.title.text()?,
        created: wire.create_time.seconds()?,
        is_top: wire.is_top.flag().ok().flatten().unwrap_or(false),
        media_type: wire.media_type.int()?,
        link: wire.share_url.text().ok().flatten(),
        status: wire.video_status.int()?,
        total: wire.statistics.inside(statistics).ok().flatten(),
    })
}

fn statistics(text: &str) -> Result<Figures, DecodeError> {
    let wire = Statistics::read(text)?;
    Ok(Figures {
        plays: wire.play_count.int()?,
        likes: wire.digg_count.int()?,
        comments: wire.comment_count.int()?,
        shares: wire.share_count.int()?,
        forwards: wire.forward_count.int()?,
        downloads: wire.download_count.int()?,
        ..Figures::default()
    })
}
