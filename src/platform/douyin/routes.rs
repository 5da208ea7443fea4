//! The paths of the platform: which are asked with GET, which only read, and which are calls of the app itself.

use crate::error::{Error, Result};
use crate::platform::TokenUse;

// Token calls (1.3). No call by hand reaches them.
pub(super) const ACCESS_TOKEN: &str = "/oauth/access_token/";
pub(super) const REFRESH_TOKEN: &str = "/oauth/refresh_token/";
pub(super) const RENEW_REFRESH_TOKEN: &str = "/oauth/renew_refresh_token/";
pub(super) const CLIENT_TOKEN: &str = "/oauth/client_token/";
pub(super) const STABLE_CLIENT_TOKEN: &str = "/oauth/stable_client_token/";
pub(super) const USER_INFO: &str = "/oauth/userinfo/";

// Files and posts (1.6, 1.7).
pub(super) const UPLOAD_VIDEO: &str = "/api/douyin/v1/video/upload_video/";
pub(super) const BEGIN_PARTS: &str = "/api/douyin/v1/video/init_video_part_upload/";
pub(super) const UPLOAD_PART: &str = "/api/douyin/v1/video/upload_video_part/";
pub(super) const END_PARTS: &str = "/api/douyin/v1/video/complete_video_part_upload/";
pub(super) const UPLOAD_IMAGE: &str = "/api/douyin/v1/video/upload_image/";
pub(super) const CREATE_VIDEO: &str = "/api/douyin/v1/video/create_video/";
pub(super) const CREATE_IMAGES: &str = "/api/douyin/v1/video/create_image_text/";
pub(super) const VIDEO_LIST: &str = "/api/douyin/v1/video/video_list/";
pub(super) const VIDEO_DATA: &str = "/api/douyin/v1/video/video_data/";

// Figures of a post by day (1.8).
pub(super) const PLAYS: &str = "/data/external/item/play/";
pub(super) const LIKES: &str = "/data/external/item/like/";
pub(super) const COMMENTS: &str = "/data/external/item/comment/";
pub(super) const SHARES: &str = "/data/external/item/share/";

// Share links (1.9).
pub(super) const TICKET: &str = "/open/getticket/";
pub(super) const SHARE_ID: &str = "/share-id/";

const TOKEN_CALLS: &[&str] =
    &[ACCESS_TOKEN, REFRESH_TOKEN, RENEW_REFRESH_TOKEN, CLIENT_TOKEN, STABLE_CLIENT_TOKEN];

/// Everything that only reads. The path is also the group in which it is limited.
pub(super) const READS: &[&str] = &[
    COMMENTS,
    LIKES,
    PLAYS,
    SHARES,
    SHARE_ID,
    TICKET,
    USER_INFO,
    VIDEO_DATA,
    VIDEO_LIST,
    "/api/douyin/v1/video/video_basic_info/",
    "/data/external/item/base/",
    "/data/external/user/comment/",
    "/data/external/user/fans/",
    "/data/external/user/item/",
    "/data/external/user/like/",
    "/data/external/user/profile/",
    "/data/external/user/share/",
    "/event/status/list/",
    "/js/getticket/",
];

/// Reads that are asked with POST all the same (1.3, 1.7); every other one is asked with GET.
const POSTED_READS: &[&str] = &[USER_INFO, VIDEO_DATA, "/api/douyin/v1/video/video_basic_info/"];

/// Writes that a reader has to meet by their whole path.
const WRITES: &[&str] = &[
    BEGIN_PARTS,
    CREATE_IMAGES,
    CREATE_VIDEO,
    END_PARTS,
    UPLOAD_IMAGE,
    UPLOAD_PART,
    UPLOAD_VIDEO,
    "/api/douyin/v1/schema/get_share/",
    "/event/status/update/",
];

/// Calls that carry the token of the app (1.9, 1.12).
const OF_THE_APP: &[&str] = &[
    SHARE_ID,
    TICKET,
    "/api/douyin/v1/schema/get_share/",
    "/event/status/list/",
    "/event/status/update/",
    "/js/getticket/",
];

/// Calls that our own functions make, and which.
const TYPED: &[(&str, &str)] = &[(CREATE_IMAGES, "promotions.draft"), (CREATE_VIDEO, "promotions.draft")];

pub(super) fn is_get(path: &str) -> bool {
    READS.contains(&path) && !POSTED_READS.contains(&path)
}

pub(super) fn is_token_call(path: &str) -> bool {
    TOKEN_CALLS.iter().any(|known| is_same(known, path))
}

/// Which of our own functions makes this call.
pub(super) fn typed(path: &str) -> Option<&'static str> {
    TYPED.iter().find(|(known, _)| is_same(known, path.trim())).map(|(_, ours)| *ours)
}

pub(super) fn token_of(path: &str) -> TokenUse {
    if OF_THE_APP.contains(&path) { TokenUse::App } else { TokenUse::Shop }
}

/// The path as it is called: a known one however its slashes are given, any other one as it is given, below the host.
///
/// # Errors
/// `INVALID_REQUEST` for what is no path of plain words.
pub(super) fn path(name: &str) -> Result<String> {
    let inner = name.strip_prefix('/').unwrap_or(name);
    let words = inner.strip_suffix('/').unwrap_or(inner);
    if name.len() > 200 || !words.split('/').all(is_word) {
        return Err(Error::invalid(
            "the method must be a path of the platform such as /api/douyin/v1/video/video_list/, without a query",
        ));
    }
    let known = READS.iter().chain(WRITES).chain(TOKEN_CALLS).find(|known| known.trim_matches('/') == words);
    Ok(known.map_or_else(|| format!("/{inner}"), |known| (*known).to_owned()))
}

fn is_word(word: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !word.is_empty() && word != "." && !word.contains("..") && word.bytes().all(is_plain)
}

/// Whatever the case of the letters and the slashes around them.
fn is_same(known: &str, path: &str) -> bool {
    known.trim_matches('/').eq_ignore_ascii_case(path.trim_matches('/'))
}
