//! An account's posts, newest first, and a post of ours among them (1.7).

use std::time::Duration;

use super::super::convert::{self, Item};
use super::super::routes;
use super::{ask, asked};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::UtcMillis;
use crate::platform::ask::given;
use crate::platform::listing::{Facts, Step, known, unreadable};
use crate::platform::{PostKind, PostLookUp, Posted};

/// Posts a page: what samples use, as nothing says how many there may be.
const A_PAGE: u32 = 10;
/// Pages that are read at the most.
const PAGES: u32 = 50;
/// How far a post's time may lie before what it is looked for by, for the list to be read on.
const MARGIN: Duration = Duration::from_secs(3_600);
/// How far this machine's clock may be ahead of the platform's, which writes whole seconds.
const CLOCKS: Duration = Duration::from_secs(5);
/// Kinds of posts in lists.
const IMAGES: i64 = 2;
const VIDEO: i64 = 4;

/// Every post that is ours, as far as the list can tell.
pub(in crate::platform::douyin) fn find(what: &PostLookUp<'_>, facts: &Facts) -> Result<Step<Vec<Posted>>> {
    let shown = known!(posts(what.post.account, what.since, facts, |_| false)?);
    let candidates: Vec<&Item> = shown.iter().filter(|item| may_be(item, what)).collect();
    let ours: Vec<Posted> = candidates
        .iter()
        .filter(|item| is_ours(item, what))
        .map(|item| Posted { platform_post_id: item.item_id.clone(), link: item.link.clone() })
        .collect();
    if ours.is_empty() && candidates.iter().any(|item| is_dumb(item, what)) {
        let message = "the list of posts does not say which videos its newest posts hold: look there";
        return Err(Error::new(ErrorKind::Transient, message).with_retry(Retry::Backoff));
    }
    Ok(Step::Done(ours))
}

/// Of the right kind. A post that is not public has no time, which says nothing.
fn may_be(item: &Item, what: &PostLookUp<'_>) -> bool {
    let other = if what.post.kind == PostKind::Images { VIDEO } else { IMAGES };
    let is_old = item.created.is_some_and(|at| at < what.since.minus(CLOCKS));
    item.media_type != Some(other) && !is_old
}

/// A video that we uploaded is known by its id alone. Pictures have no mark, and a post that somebody made with our
/// link has none either: they are known by their kind, their exact text, and a time after the sending.
fn is_ours(item: &Item, what: &PostLookUp<'_>) -> bool {
    match (what.post.kind, what.post.files) {
        (PostKind::Video, [video, ..]) => item.video_id.as_ref() == Some(&video.0),
        (kind, _) => {
            let media_type = if kind == PostKind::Images { IMAGES } else { VIDEO };
            item.created.is_some() && item.media_type == Some(media_type) && has_text(item, what)
        }
    }
}

fn has_text(item: &Item, what: &PostLookUp<'_>) -> bool {
    let draft = what.post.draft;
    let said = if draft.text.trim().is_empty() { &draft.title } else { &draft.text };
    item.title.as_deref().map(str::trim) == Some(said.trim())
}

/// A video whose id the list does not show, or shows in another of the platform's two forms: `@…` and digits.
fn is_dumb(item: &Item, what: &PostLookUp<'_>) -> bool {
    let (PostKind::Video, [video, ..]) = (what.post.kind, what.post.files) else {
        return false;
    };
    let form = |id: &str| id.starts_with('@');
    item.video_id.as_ref().is_none_or(|id| form(id) != form(&video.0))
}

/// The account's posts back to a time, or until there is enough. Pinned ones stand first and are old.
pub(super) fn posts(
    account: &str,
    since: UtcMillis,
    facts: &Facts,
    is_enough: impl Fn(&Item) -> bool,
) -> Result<Step<Vec<Item>>> {
    let account = given(account, "the account's id")?;
    let oldest = since.minus(MARGIN);
    let (mut shown, mut cursor) = (Vec::new(), 0);
    for page in 0..PAGES {
        let params =
            asked([("open_id", account.into()), ("cursor", cursor.into()), ("count", A_PAGE.into())]);
        let answer = known!(ask(facts, format!("posts:{page}"), routes::VIDEO_LIST, params));
        let convert::Page { items, next } = convert::page(answer).map_err(unreadable)?;
        let is_done = items.iter().any(&is_enough) || is_past(&items, oldest);
        shown.extend(items);
        match next.filter(|next| *next != cursor) {
            Some(next) if !is_done => cursor = next,
            _ => return Ok(Step::Done(shown)),
        }
    }
    let message = "the account made too many posts since to look through: look there";
    Err(Error::new(ErrorKind::Transient, message).with_retry(Retry::Backoff))
}

fn is_past(items: &[Item], oldest: UtcMillis) -> bool {
    let mut times = items.iter().filter(|item| !item.is_top).filter_map(|item| item.created).peekable();
    times.peek().is_some() && times.all(|at| at < oldest)
}
