//! Pictures of a product. The platform fetches each from its address into the shop's material centre and looks at it
//! (2.10); a product gets the addresses there. Nearly all are passed within seconds.

use std::time::Duration;

use serde_json::json;
use serde_json::value::RawValue;
use url::Url;

use super::wire::{Material, MaterialDetail};
use super::{MOST_PICTURES, unreadable};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{ListingDraft, Picture};
use crate::platform::doudian::convert;
use crate::platform::lenient::Field;
use crate::platform::said::clean;
use crate::platform::{ApiCall, DecodeError, Facts, Question, Step};

/// Where the pictures of the material centre are shown.
const OWN_DOMAIN: &str = ".ecombdimg.com";
/// How long it is remembered that a picture was given: a review that needs a person takes a day at the most.
const KEEP: Duration = Duration::from_secs(24 * 3600);
/// Nearly every picture is looked at in four seconds.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// The longest name of a picture.
const LONGEST_NAME: usize = 50;

/// A draft's pictures at the platform's addresses.
pub(super) struct Pictures {
    pub(super) main: Vec<String>,
    pub(super) detail: Vec<String>,
    /// In the order of the SKUs.
    pub(super) of_skus: Vec<Option<String>>,
}

/// All pictures, or what to ask for the first that is not there yet.
///
/// # Errors
/// `TRANSIENT` while the platform looks at one, `REJECTED` when it refused one.
pub(super) fn settled(draft: &ListingDraft, facts: &Facts) -> Result<Step<Pictures>> {
    let skus = draft.skus.iter().map(|sku| sku.image.as_ref());
    let images = draft.images.iter().chain(&draft.detail_images).map(Some);
    let mut found = Vec::new();
    for (nth, picture) in images.chain(skus).enumerate() {
        let Some(picture) = picture else {
            found.push(None);
            continue;
        };
        match one(picture, &place(draft, nth), facts)? {
            Step::Done(address) => found.push(Some(address)),
            Step::Ask(question) => return Ok(Step::Ask(question)),
        }
    }
    let of_skus = found.split_off(draft.images.len() + draft.detail_images.len());
    let detail = found.split_off(draft.images.len());
    let (main, detail) = (found.into_iter().flatten().collect(), detail.into_iter().flatten().collect());
    Ok(Step::Done(Pictures { main, detail, of_skus }))
}

/// How many pictures a product has, of which those of its options count once for each option.
pub(super) fn check_count(draft: &ListingDraft, of_options: usize) -> Result<()> {
    if draft.images.len() + draft.detail_images.len() + of_options > MOST_PICTURES {
        let what = "`images`, `detailImages` and the images of options";
        return Err(Error::invalid(format!("{what} must be {MOST_PICTURES} together at the most")));
    }
    Ok(())
}

/// What a picture is called in messages.
fn place(draft: &ListingDraft, nth: usize) -> String {
    let (main, detail) = (draft.images.len(), draft.detail_images.len());
    if nth < main {
        format!("images[{nth}]")
    } else if nth < main + detail {
        format!("detailImages[{}]", nth - main)
    } else {
        format!("skus[{}].image", nth - main - detail)
    }
}

fn one(picture: &Picture, place: &str, facts: &Facts) -> Result<Step<String>> {
    let address = picture.address()?;
    let url = Url::parse(address).map_err(|_| Error::invalid(format!("`{place}` must be an address")))?;
    if url.host_str().is_some_and(|host| host.ends_with(OWN_DOMAIN)) {
        return joinable(address.to_owned(), place).map(Step::Done);
    }
    let name = format!("picture:{address}");
    let Some(answer) = facts.get(&name) else {
        return Ok(Step::Ask(Question { name, call: fetch(&url), keep: Some(KEEP) }));
    };
    let given = Material::read(answer).map_err(|error| unreadable(&error))?;
    if let Some(address) = passed(&given, place)? {
        return joinable(address, place).map(Step::Done);
    }
    let id =
        given.material_id.id().and_then(|id| id.ok_or_else(|| given.material_id.wrong("a picture's id")));
    looked_at(&id.map_err(|error| unreadable(&error))?, place, facts)
}

/// Has the platform fetch a picture. Twice costs room and nothing else, and none once a picture with the same bytes
/// has passed.
fn fetch(url: &Url) -> ApiCall<Box<RawValue>> {
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    let fit = |char: &char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_');
    let mut name: String = last.chars().filter(fit).collect();
    name.drain(..name.len().saturating_sub(LONGEST_NAME));
    let name = if name.is_empty() { "picture".to_owned() } else { name };
    let params = json!({"folder_id": "0", "url": url.as_str(), "material_name": name, "need_distinct": true});
    ApiCall::shop_read("material.uploadImageSync", &params, convert::raw_data)
}

fn looked_at(id: &str, place: &str, facts: &Facts) -> Result<Step<String>> {
    let name = format!("material:{id}");
    let Some(answer) = facts.get(&name) else {
        let params = json!({"material_id": id});
        let call = ApiCall::shop_read("material.queryMaterialDetail", &params, convert::raw_data);
        return Ok(Step::Ask(Question { name, call, keep: None }));
    };
    match passed(&info(answer).map_err(|error| unreadable(&error))?, place)? {
        Some(address) => joinable(address, place).map(Step::Done),
        // A plan cannot wait; asked again, it goes on here.
        None => Err(Error::new(ErrorKind::Transient, format!("the platform is still looking at `{place}`"))
            .with_retry(Retry::After(LOOK_AGAIN))),
    }
}

fn info(answer: &str) -> Result<Material<'_>, DecodeError> {
    let info = MaterialDetail::read(answer)?.material_info;
    info.inside(Material::read)?.ok_or_else(|| info.wrong("a picture"))
}

/// Its address once it has passed; nothing while it is looked at.
fn passed(material: &Material<'_>, place: &str) -> Result<Option<String>> {
    let text = |field: Field<'_>| field.text().map_err(|error: DecodeError| unreadable(&error));
    match text(material.audit_status)?.as_deref() {
        Some("3") => text(material.byte_url),
        Some("4") => {
            let said = text(material.audit_reject_desc)?.unwrap_or_default();
            let advice = "give another picture at another address";
            let message = format!("the platform refused `{place}`: {advice} {}", clean(&said, 100));
            Err(Error::new(ErrorKind::Rejected, message.trim_end()))
        }
        _ => Ok(None),
    }
}

/// Lists of pictures are joined by `|`, those of options by `,`.
fn joinable(address: String, place: &str) -> Result<String> {
    if address.contains(['|', ',']) {
        return Err(Error::invalid(format!("the address of `{place}` must not hold `|` or `,`")));
    }
    Ok(address)
}
