//! Links by which a person posts in the app (1.9): signed with a ticket, told apart by a share's id.

use serde_json::Value;

use super::super::sign::{encoded, share_signature};
use super::super::{convert, routes};
use super::check::{MOST_IMAGES, Shape, attributes, no_shop};
use super::{ask, asked};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Delivery, PromotionDraft, PromotionKind};
use crate::platform::listing::{Facts, Step, known, unreadable};
use crate::platform::{PostKind, Share, ShareLink};

const OPENS: &str = "snssdk1128://openplatform/share";

/// The link's own fields, by the platform's names.
pub(super) const ATTRIBUTES: &[(&str, Shape)] =
    &[("hashtag_list", Shape::Texts), ("micro_app_info", Shape::Object), ("poi_id", Shape::Text)];

/// The link of a draft. Ticket and id are asked for once for it and stay in its plan.
pub(in crate::platform::douyin) fn share(share: &Share<'_>, facts: &Facts) -> Result<Step<ShareLink>> {
    let draft = share.draft;
    let (media, kind) = addresses(draft)?;
    let own = attributes(kind, draft, Delivery::ShareLink)?;
    let answer = known!(ask(facts, "ticket".to_owned(), routes::TICKET, asked([])));
    let (ticket, life) = convert::ticket(answer).map_err(unreadable)?;
    let params = asked([("need_callback", true.into())]);
    let answer = known!(ask(facts, "share".to_owned(), routes::SHARE_ID, params));
    let share_id = convert::share_id(answer).map_err(unreadable)?;
    let timestamp = share.now.secs().to_string();
    let signature = share_signature(&ticket, share.nonce, &timestamp);
    let said = if draft.text.trim().is_empty() { &draft.title } else { &draft.text };
    let mut query = vec![
        ("share_type", "h5".to_owned()),
        ("client_key", share.app_key.trim().to_owned()),
        ("nonce_str", share.nonce.to_owned()),
        ("timestamp", timestamp),
        ("signature", signature),
        ("state", share_id.clone()),
        media,
        ("share_to_publish", "1".to_owned()),
        ("title", said.clone()),
    ];
    query.extend(ATTRIBUTES.iter().filter_map(|(name, _)| Some((*name, in_query(own.get(*name)?)))));
    let pairs: Vec<_> = query
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let url = format!("{OPENS}?{}", pairs.join("&"));
    Ok(Step::Done(ShareLink { url, share_id, expires_at: share.now.plus(life) }))
}

fn in_query(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The parameter that names the files, which the app fetches, and what they are.
///
/// # Errors
/// `INVALID_REQUEST` where there are none, too many or not public ones; `UNSUPPORTED` for what is no post.
pub(super) fn addresses(draft: &PromotionDraft) -> Result<((&'static str, String), PostKind)> {
    let urls = draft.media_urls.as_slice();
    if urls.iter().any(|url| !url::Url::parse(url).is_ok_and(|url| url.scheme() == "https")) {
        return Err(Error::invalid("`mediaUrls` must be https: the app on a phone fetches them"));
    }
    let is_video = match draft.kind {
        PromotionKind::Video => true,
        PromotionKind::ImageText => false,
        PromotionKind::LivePreview => urls.first().is_some_and(|url| names_video(url)),
        PromotionKind::ShopVideo => return Err(no_shop()),
        PromotionKind::PromotionLink => {
            return Err(Error::new(ErrorKind::Unsupported, "a promotion link is no post"));
        }
    };
    match urls {
        [] => {
            Err(Error::invalid("a share link needs `mediaUrls`: public addresses of the video or pictures"))
        }
        [video] if is_video => Ok((("video_path", video.clone()), PostKind::Video)),
        _ if is_video => Err(Error::invalid("a share link holds one video")),
        [image] => Ok((("image_path", image.clone()), PostKind::Images)),
        images if images.len() > MOST_IMAGES => {
            Err(Error::invalid(format!("a share link holds {MOST_IMAGES} pictures at the most")))
        }
        images => Ok((("image_list_path", Value::from(images).to_string()), PostKind::Images)),
    }
}

/// A live preview does not say what its file is; its address does.
fn names_video(url: &str) -> bool {
    let path = url::Url::parse(url).map(|url| url.path().to_ascii_lowercase()).unwrap_or_default();
    [".mp4", ".mov", ".webm"].iter().any(|ending| path.ends_with(ending))
}
