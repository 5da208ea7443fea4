//! Posting: files, the one call that publishes, what became of it, and links for people who post by themselves.

mod check;
mod figures;
mod list;
mod share;
mod state;
mod upload;

pub(super) use check::{NO_SHOP, check};
pub(super) use figures::figures;
pub(super) use list::find;
pub(super) use share::share;
pub(super) use state::state;
pub(super) use upload::{begin, end, file, part, rules as media_rules, serves_once, shape};

use serde_json::{Map, Value};

use super::{convert, routes};
use crate::error::{Error, Result};
use crate::model::{Delivery, Wanted};
use crate::platform::ask::given;
use crate::platform::listing::{Facts, Step};
use crate::platform::{ApiCall, CallParts, Post, PostKind, Posted, Repeat, WriteClass};

/// The call that publishes (1.6). The text is what readers see; the promotion's title is for people here.
pub(super) fn create(post: &Post<'_>) -> Result<ApiCall<Posted>> {
    let mut params = check::attributes(post.kind, post.draft, Delivery::Direct)?;
    let mut put = |name: &str, value: Value| params.insert(name.to_owned(), value);
    put("open_id", given(post.account, "the account's id")?.into());
    if !post.draft.text.trim().is_empty() {
        put("text", post.draft.text.clone().into());
    }
    let files: Vec<Value> = post.files.iter().map(|file| file.0.clone().into()).collect();
    let api = match (post.kind, files.as_slice()) {
        (PostKind::Video, [video]) => {
            put("video_id", video.clone());
            if let Some(cover) = post.cover {
                put("custom_cover_image_url", cover.0.clone().into());
            }
            routes::CREATE_VIDEO
        }
        (PostKind::Images, [_, ..]) => {
            put("image_list", files.into());
            routes::CREATE_IMAGES
        }
        (PostKind::ShopVideo, _) => return Err(check::no_shop()),
        _ => return Err(Error::invalid("a post has one video, or pictures")),
    };
    Ok(ApiCall::shop_write(api, &params.into(), convert::posted))
}

/// Nothing bounds how late a post may still arrive, and there is no key (1.6): it is only looked for.
pub(super) const fn class(wanted: &Wanted) -> WriteClass {
    match wanted {
        Wanted::Post { .. } => WriteClass::LookOnly,
        _ => WriteClass::AskPerson,
    }
}

/// What is known, or the call that asks for it.
fn ask<'a>(facts: &'a Facts, name: String, api: &'static str, params: Map<String, Value>) -> Step<&'a str> {
    // Nothing is kept for other plans: posts change, and what signs a link is not to be stored.
    facts.ask(name, None, || ApiCall {
        parts: CallParts::new(api, Value::from(params).to_string(), Repeat::Safe, routes::token_of(api)),
        decode: convert::raw_data,
    })
}

/// Parameters of a question.
fn asked<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
