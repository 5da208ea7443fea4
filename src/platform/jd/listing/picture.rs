//! Pictures: the shop's picture zone (9.5) and how a ware names what lies there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use url::Url;

use super::super::convert::{self, ZONE};
use super::super::wire;
use crate::error::{Error, Result};
use crate::model::FilePart;
use crate::platform::listing::{PictureRules, Uploaded};
use crate::platform::{ApiCall, DecodeError};

const UPLOAD: &str = "jingdong.imgzone.picture.upload";
/// Where all pictures of the platform are shown.
const HOST: &str = "360buyimg.com";
/// Bytes of a picture's name (9.5).
const LONGEST_NAME: usize = 64;

/// What the picture zone takes (9.5), BMP aside, and how many pictures a colour has (9.1).
pub(in crate::platform::jd) const RULES: PictureRules = PictureRules {
    max_bytes: 1 << 20,
    types: &["image/jpeg", "image/png", "image/gif"],
    max_images: 10,
    max_detail_images: None,
};

/// Puts a picture into the zone. It has its address at once; a second one is another picture, no harm.
pub(in crate::platform::jd) fn upload(file: &FilePart) -> Result<ApiCall<Uploaded>> {
    if file.bytes.is_empty() {
        return Err(Error::invalid("the picture is empty"));
    }
    let params = json!({
        "image_data": STANDARD.encode(&file.bytes),
        "picture_name": name(file.file_name.trim()),
    });
    Ok(ApiCall::shop_read(UPLOAD, &params, uploaded))
}

/// As much of a name as the zone keeps. A blank one is left out when the call is signed.
fn name(whole: &str) -> &str {
    let fits =
        whole.char_indices().map(|(at, char)| at + char.len_utf8()).take_while(|end| *end <= LONGEST_NAME);
    whole.get(..fits.last().unwrap_or(0)).unwrap_or_default()
}

fn uploaded(body: &[u8]) -> Result<Uploaded, DecodeError> {
    let answer = wire::object(UPLOAD, body)?;
    let path = answer.scalar("picture_url").filter(|path| !path.is_empty());
    let path = path.ok_or_else(|| DecodeError::new("picture_url", "a path"))?;
    Ok(Uploaded { id: answer.scalar("picture_id"), url: Some(convert::address(ZONE, path)) })
}

/// The path under which a picture is stored, from any address that shows it: what stands in front of `jfs/` says
/// where and in which size. Elsewhere that is the first folder.
pub(super) fn stored(address: &str, what: &str) -> Result<String> {
    let elsewhere = || {
        Error::invalid(format!(
            "{what} must lie in the shop's picture zone ({HOST}): give its bytes to have it put there"
        ))
    };
    let url = Url::parse(address).map_err(|_| elsewhere())?;
    let host = url.host_str().unwrap_or_default();
    if host != HOST && !host.strip_suffix(HOST).is_some_and(|rest| rest.ends_with('.')) {
        return Err(elsewhere());
    }
    let path = url.path();
    let stored = match path.find("jfs/") {
        Some(at) => path.get(at..),
        None => path.trim_start_matches('/').split_once('/').map(|(_, rest)| rest),
    };
    stored.filter(|stored| !stored.is_empty()).map(str::to_owned).ok_or_else(elsewhere)
}
