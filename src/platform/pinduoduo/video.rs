//! Videos of a shop (13): handed over in parts, published with a cover and a product, reviewed. Which uncertain facts
//! this rests on is said in the adapter's documents.

use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{convert, wire};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Delivery, FilePart, MediaSlot, PlatformId, PromotionDraft, PromotionStatus};
use crate::platform::ask::{given, number};
use crate::platform::lenient::{Field, Members};
use crate::platform::listing;
use crate::platform::{
    ApiCall, CallParts, DecodeError, Facts, PlacedFile, Post, PostKind, PostRef, PostSeen, Posted, Repeat,
    Step, TokenUse, Upload, UploadShape,
};

pub(super) const BEGIN: &str = "pdd.live.video.mall.upload.part.init";
pub(super) const PART: &str = "pdd.live.video.mall.upload.part";
pub(super) const END: &str = "pdd.live.video.mall.upload.part.complete";
pub(super) const CREATE: &str = "pdd.live.video.mall.create";
const COVER: &str = "pdd.live.img.mall.upload";
const STATE: &str = "pdd.live.video.mall.querymallvideoauditstatus";

/// Half of what a part may hold (13), so that sending one again is cheap.
const PART_BYTES: u64 = 10_000_000;
/// Not established; a careful guess.
const UPLOAD_LIFE: Duration = Duration::from_secs(3_600);
/// What a member of `attributes` is called, and the call's own.
const SYNC_EXPLANATION: &str = "sync_explanation_video";

/// How a file is handed over; nothing for files of other uses and types.
pub(super) fn shape(upload: &Upload<'_>) -> Option<UploadShape> {
    let is_picture = matches!(upload.content_type, "image/png" | "image/jpeg");
    match upload.slot {
        MediaSlot::Video if upload.content_type.starts_with("video/") => {
            Some(UploadShape::Parts { size: PART_BYTES, life: UPLOAD_LIFE })
        }
        MediaSlot::Cover if is_picture => Some(UploadShape::Whole),
        _ => None,
    }
}

/// Hands a cover over. Its address is its name.
pub(super) fn cover(upload: &Upload<'_>, bytes: Vec<u8>) -> Result<ApiCall<PlacedFile>> {
    if upload.slot != MediaSlot::Cover {
        return Err(Error::internal("only covers are handed over whole"));
    }
    let parts = with_file(COVER, &json!({}), part("file", "cover", upload.content_type, bytes));
    Ok(ApiCall { parts, decode: placed_cover })
}

pub(super) fn begin(upload: &Upload<'_>) -> ApiCall<String> {
    ApiCall { parts: upload_call(BEGIN, &json!({"content_type": upload.content_type})), decode: begun }
}

pub(super) fn hand_over(upload: &Upload<'_>, id: &str, number: u32, bytes: Vec<u8>) -> Result<ApiCall<()>> {
    // The number is a text (13).
    let params = json!({"upload_sign": given(id, "the upload's id")?, "part_num": number.to_string()});
    let parts = with_file(PART, &params, part("part_file", "part", upload.content_type, bytes));
    Ok(ApiCall { parts, decode: convert::done })
}

pub(super) fn end(id: &str) -> Result<ApiCall<PlacedFile>> {
    let params = json!({"upload_sign": given(id, "the upload's id")?});
    Ok(ApiCall { parts: upload_call(END, &params), decode: placed_video })
}

/// Refuses what the platform surely refuses.
pub(super) fn check(kind: PostKind, draft: &PromotionDraft) -> Result<()> {
    if kind != PostKind::ShopVideo {
        let message = "pinduoduo publishes videos of shops only: choose the kind shop_video";
        return Err(Error::new(ErrorKind::Unsupported, message).with_platform(PlatformId::Pinduoduo));
    }
    if draft.delivery != Delivery::Direct {
        let message = "pinduoduo has no share links: choose the delivery direct";
        return Err(Error::new(ErrorKind::Unsupported, message).with_platform(PlatformId::Pinduoduo));
    }
    if draft.cover.is_none() {
        return Err(Error::invalid(
            "`cover` is missing: a video of a shop needs a picture that stands for it",
        ));
    }
    request(draft, "", "").map(drop)
}

/// Publishes a video that was handed over for this call alone.
pub(super) fn create(post: &Post<'_>) -> Result<ApiCall<Posted>> {
    if post.kind != PostKind::ShopVideo {
        return Err(Error::internal("only videos of shops are published"));
    }
    let [PlacedFile(video)] = post.files else {
        return Err(Error::invalid("`media` must hold one video"));
    };
    let Some(PlacedFile(cover)) = post.cover else {
        return Err(Error::invalid(
            "`cover` is missing: a video of a shop needs a picture that stands for it",
        ));
    };
    Ok(ApiCall::shop_write(CREATE, &json!({"request": request(post.draft, video, cover)?}), posted))
}

fn request(draft: &PromotionDraft, video: &str, cover: &str) -> Result<Value> {
    let product = draft.target.as_deref().filter(|target| !target.trim().is_empty());
    let product = product.ok_or_else(|| {
        Error::invalid("`target` is missing: a video of a shop shows one of its products, give its id")
    })?;
    if draft.text.trim().is_empty() {
        return Err(Error::invalid(
            "`text` is missing: it is what the video is called, topics with # included",
        ));
    }
    Ok(json!({
        "cover": cover,
        "desc": draft.text,
        "goods_id": number(product, "`target`, the product's id")?,
        "vid": video,
        SYNC_EXPLANATION: syncs_explanation(&draft.attributes)?,
    }))
}

/// Whether the video also becomes the product's explanation: only when the draft says so.
fn syncs_explanation(attributes: &str) -> Result<bool> {
    let mut is_wanted = false;
    for (name, value) in listing::members(attributes, "attributes")? {
        is_wanted = match (name.as_str(), value) {
            (SYNC_EXPLANATION, Value::Bool(flag)) => flag,
            (SYNC_EXPLANATION, _) => {
                return Err(Error::invalid(format!("`attributes.{SYNC_EXPLANATION}` must be true or false")));
            }
            _ => {
                let message = format!("`attributes` takes {SYNC_EXPLANATION} and nothing else");
                return Err(Error::invalid(message));
            }
        };
    }
    Ok(is_wanted)
}

/// No method lists what was published.
pub(super) fn find() -> Error {
    let message =
        "pinduoduo shows no list of a shop's videos: a person has to look in the merchants' console";
    Error::new(ErrorKind::Unsupported, message).with_platform(PlatformId::Pinduoduo)
}

/// Asks what the review says.
pub(super) fn state(what: &PostRef<'_>, facts: &Facts) -> Result<Step<PostSeen>> {
    let params = json!({"video_id": given(what.platform_post_id, "the video's id")?});
    let name = format!("video:{}", what.platform_post_id);
    match facts.ask(name, None, || ApiCall::shop_read(STATE, &params, review)) {
        Step::Ask(question) => Ok(Step::Ask(question)),
        Step::Done(answer) => Ok(Step::Done(seen(answer))),
    }
}

/// What an answer about a review says, whose form is not established: as it came.
fn review(body: &[u8]) -> Result<Box<RawValue>, DecodeError> {
    convert::raw_result(body)
}

/// Names under which the state may stand, of the answer or of its `result`.
const STATUS_NAMES: [&str; 4] = ["audit_status", "auditStatus", "video_status", "status"];
const REASON_NAMES: [&str; 5] =
    ["reject_reason", "rejectReason", "reject_comment", "audit_comment", "reason"];

fn seen(answer: &str) -> PostSeen {
    let levels = levels(answer);
    let found = |names: &[&str]| {
        let scalars = levels.iter().flat_map(|level| names.iter().filter_map(|name| level.scalar(name)));
        scalars.map(|text| text.trim().to_owned()).find(|text| !text.is_empty() && text != "null")
    };
    let platform_status = found(&STATUS_NAMES).unwrap_or_else(|| "unknown".to_owned());
    // Nobody has written down what its numbers mean (13): a person reads them, and nothing is taken for published.
    let (status, reason) = (PromotionStatus::UnderReview, found(&REASON_NAMES));
    PostSeen { status, platform_status, reason, link: None, total: None }
}

/// The answer's object and those in it that may hold the state, the innermost first.
fn levels(answer: &str) -> Vec<Members<'_>> {
    let outer = || Members::of_body(answer.as_bytes());
    let first = |name: &str| Members::of(outer()?.array(name)?.into_iter().next()?);
    let inner = |name: &str| outer()?.object(name);
    let inside =
        ["result", "data", "list"].into_iter().filter_map(|name| first(name).or_else(|| inner(name)));
    inside.chain(outer()).collect()
}

fn upload_call(api: &'static str, params: &Value) -> CallParts {
    // Files may be handed over as often as need be: one that nobody publishes shows nowhere.
    CallParts::new(api, params.to_string(), Repeat::Safe, TokenUse::Shop)
}

fn with_file(api: &'static str, params: &Value, file: FilePart) -> CallParts {
    CallParts { files: vec![file], ..upload_call(api, params) }
}

fn part(name: &str, file_name: &str, content_type: &str, bytes: Vec<u8>) -> FilePart {
    let (name, file_name) = (name.to_owned(), file_name.to_owned());
    FilePart { name, file_name, content_type: content_type.to_owned(), bytes }
}

fn begun(body: &[u8]) -> Result<String, DecodeError> {
    word(BEGIN, body, "upload_sign", "the upload's id")
}

fn placed_video(body: &[u8]) -> Result<PlacedFile, DecodeError> {
    word(END, body, "vid", "the video's id").map(PlacedFile)
}

fn placed_cover(body: &[u8]) -> Result<PlacedFile, DecodeError> {
    word(COVER, body, "url", "the picture's address").map(PlacedFile)
}

fn word(api: &str, body: &[u8], name: &'static str, wanted: &str) -> Result<String, DecodeError> {
    let value = wire::object(api, body)?.scalar(name).filter(|text| !text.is_empty() && text != "null");
    value.ok_or_else(|| DecodeError::new(name, wanted))
}

fn posted(body: &[u8]) -> Result<Posted, DecodeError> {
    let result = wire::object(CREATE, body)?.object("result");
    let result = result.ok_or_else(|| DecodeError::new("result", "an object"))?;
    let id = result.get("video_id").and_then(|value| std::str::from_utf8(value).ok());
    let id = id.map(|text| Field::new("video_id", text).id()).transpose()?.flatten();
    let platform_post_id = id.ok_or_else(|| DecodeError::new("result.video_id", "the video's id"))?;
    Ok(Posted { platform_post_id, link: None })
}
