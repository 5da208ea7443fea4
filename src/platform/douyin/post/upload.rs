//! Files on their way to the platform (1.6). Each call may be made again: a file that nobody posts hurts nobody.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{convert, routes};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{FilePart, MediaRules, MediaSlot};
use crate::platform::ask::given;
use crate::platform::{ApiCall, CallParts, Decode, PlacedFile, Repeat, TokenUse, Upload, UploadShape};

/// The largest video, and the largest picture.
pub(in crate::platform::douyin) const MOST_VIDEO_BYTES: u64 = 4 << 30;
pub(in crate::platform::douyin) const MOST_IMAGE_BYTES: u64 = 20 << 20;
/// Above this a video goes in parts.
const WHOLE_BYTES: u64 = 50_000_000;
/// What the platform suggests for a part; less than 5 MB is refused.
const PART_BYTES: u64 = 20 << 20;
/// A begun upload lives two hours; what is handed over late must still be ended.
const LIFE: Duration = Duration::from_secs(110 * 60);
/// Longest video.
const MOST_MILLIS: u64 = 15 * 60 * 1000;
/// What pictures may be.
const IMAGE_TYPES: &[&str] = &["image/jpeg", "image/png"];
/// What videos may be.
const VIDEO_TYPES: &[&str] = &["video/mp4", "video/webm"];

/// How a file is handed over.
pub(in crate::platform::douyin) fn shape(upload: &Upload<'_>) -> Option<UploadShape> {
    let bytes = upload.bytes;
    match upload.slot {
        MediaSlot::Video if bytes <= WHOLE_BYTES => Some(UploadShape::Whole),
        MediaSlot::Video if bytes <= MOST_VIDEO_BYTES => {
            // Parts of one size: whether a last one may be smaller than the least is not established.
            let size = bytes.div_ceil(bytes.div_ceil(PART_BYTES));
            Some(UploadShape::Parts { size, life: LIFE })
        }
        MediaSlot::Image | MediaSlot::Cover if bytes <= MOST_IMAGE_BYTES => Some(UploadShape::Whole),
        _ => None,
    }
}

/// A video's id is good for one post; of a picture nothing is said.
pub(in crate::platform::douyin) const fn serves_once(slot: MediaSlot) -> bool {
    matches!(slot, MediaSlot::Video)
}

pub(in crate::platform::douyin) fn file(upload: &Upload<'_>, bytes: Vec<u8>) -> Result<ApiCall<PlacedFile>> {
    check(upload)?;
    match upload.slot {
        MediaSlot::Video => {
            call(routes::UPLOAD_VIDEO, upload, &[], Some(("video", bytes)), convert::placed_video)
        }
        MediaSlot::Image | MediaSlot::Cover => {
            call(routes::UPLOAD_IMAGE, upload, &[], Some(("image", bytes)), convert::placed_image)
        }
        _ => Err(no_slot()),
    }
}

pub(in crate::platform::douyin) fn begin(upload: &Upload<'_>) -> Result<ApiCall<String>> {
    check(upload)?;
    call(routes::BEGIN_PARTS, upload, &[], None, convert::upload_id)
}

pub(in crate::platform::douyin) fn part(
    upload: &Upload<'_>,
    id: &str,
    part: u32,
    bytes: Vec<u8>,
) -> Result<ApiCall<()>> {
    let query = [("upload_id", given(id, "the upload's id")?.into()), ("part_number", part.into())];
    call(routes::UPLOAD_PART, upload, &query, Some(("video", bytes)), convert::done)
}

pub(in crate::platform::douyin) fn end(upload: &Upload<'_>, id: &str) -> Result<ApiCall<PlacedFile>> {
    let query = [("upload_id", given(id, "the upload's id")?.into())];
    call(routes::END_PARTS, upload, &query, None, convert::placed_video)
}

/// What it takes (1.6). Of pictures only sizes are said: these types every app of the platform shows.
pub(in crate::platform::douyin) const fn rules(slot: MediaSlot) -> Option<MediaRules> {
    match slot {
        MediaSlot::Video => Some(MediaRules {
            duration_ms: Some((1, MOST_MILLIS)),
            ..MediaRules::new(VIDEO_TYPES, MOST_VIDEO_BYTES)
        }),
        MediaSlot::Image | MediaSlot::Cover => Some(MediaRules::new(IMAGE_TYPES, MOST_IMAGE_BYTES)),
        _ => None,
    }
}

fn no_slot() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "accounts of 抖音 have no products: give its files to a video or a post",
    )
}

/// Refuses what the platform surely refuses.
fn check(upload: &Upload<'_>) -> Result<()> {
    if upload.slot == MediaSlot::Video && !VIDEO_TYPES.contains(&upload.content_type) {
        return Err(Error::invalid("the platform takes videos as mp4 or webm"));
    }
    match shape(upload) {
        Some(_) => Ok(()),
        None if rules(upload.slot).is_none() => Err(no_slot()),
        None => Err(Error::invalid("the platform takes videos up to 4 GB and pictures up to 20 MB")),
    }
}

fn call<T>(
    api: &'static str,
    upload: &Upload<'_>,
    query: &[(&str, Value)],
    file: Option<(&str, Vec<u8>)>,
    decode: Decode<T>,
) -> Result<ApiCall<T>> {
    let mut params = json!({"open_id": given(upload.account, "the account's id")?});
    for (name, value) in query {
        params[*name] = value.clone();
    }
    let mut parts = CallParts::new(api, params.to_string(), Repeat::Safe, TokenUse::Shop);
    parts.files = file.map(|(name, bytes)| file_part(name, upload.content_type, bytes)).into_iter().collect();
    Ok(ApiCall { parts, decode })
}

/// The part of the form that holds a file. Its name tells nothing of ours.
fn file_part(name: &str, content_type: &str, bytes: Vec<u8>) -> FilePart {
    let ending = content_type.split('/').next_back().unwrap_or_default();
    FilePart {
        name: name.to_owned(),
        file_name: format!("{name}.{ending}"),
        content_type: content_type.to_owned(),
        bytes,
    }
}
