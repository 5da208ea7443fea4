//! Pictures of products: they go to the shop's picture store (5.4).

use serde_json::json;

use super::super::wire;
use crate::error::Result;
use crate::model::FilePart;
use crate::platform::ask::given as needed;
use crate::platform::lenient;
use crate::platform::{ApiCall, CallParts, DecodeError, PictureRules, Repeat, TokenUse, Uploaded};

/// The name of a picture in the shop's picture store (5.4).
const LONGEST_TITLE: usize = 50;

/// The limits of `taobao.picture.upload`; the five main pictures of a product (5.3, 5.4).
pub(in crate::platform::taobao) const PICTURES: PictureRules = PictureRules {
    max_bytes: 3 << 20,
    types: &["image/png", "image/jpeg", "image/gif"],
    max_images: 5,
    max_detail_images: None,
};

/// Twice is a second picture in the store and nothing else, so that it may be repeated.
pub(in crate::platform::taobao) fn upload(file: &FilePart) -> Result<ApiCall<Uploaded>> {
    const API: &str = "taobao.picture.upload";
    let params = json!({
        "picture_category_id": 0,
        "image_input_title": title(needed(&file.file_name, "the file's name")?),
        "client_type": "client:computer",
        "is_https": true,
    });
    let mut parts = CallParts::new(API, params.to_string(), Repeat::Safe, TokenUse::Shop);
    parts.files = vec![FilePart { name: "img".to_owned(), ..file.clone() }];
    Ok(ApiCall { parts, decode: uploaded })
}

/// The end of a long name stays: it says what kind of picture it is.
fn title(name: &str) -> String {
    name.chars().skip(name.chars().count().saturating_sub(LONGEST_TITLE)).collect()
}

fn uploaded(body: &[u8]) -> Result<Uploaded, DecodeError> {
    let text = lenient::text(wire::object(body, "picture")?)?;
    let picture = wire::StoredPicture::read(&text)?;
    let path = picture.picture_path.text()?.ok_or_else(|| picture.picture_path.wrong("an address"))?;
    let url = if path.starts_with("//") { format!("https:{path}") } else { path };
    Ok(Uploaded { id: picture.picture_id.id()?, url: Some(url) })
}
