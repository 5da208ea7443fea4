//! Pictures of a product. The platform fetches each from its address into the shop's material centre and looks at it
//! (2.10); a product gets the addresses there. Nearly all are passed within seconds.

use std::time::Duration;

use serde_json::json;
use url::Url;

use super::MOST_PICTURES;
use super::wire::{Material, MaterialDetail};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{ListingDraft, Picture};
use crate::platform::doudian::convert;
use crate::platform::lenient::Field;
use crate::platform::listing::{known, unreadable};
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

/// All pictures, or what to ask next. All are given before one is asked about, so that they are looked at together.
///
/// # Errors
/// `TRANSIENT` while the platform looks at one, `REJECTED` when it refused one.
pub(super) fn settled(draft: &ListingDraft, facts: &Facts) -> Result<Step<Pictures>> {
    let pictures = placed(draft)?;
    let given = pictures.iter().flatten().find_map(|picture| picture.giving(facts));
    if let Some(question) = given {
        return Ok(Step::Ask(question));
    }
    let mut found = Vec::new();
    for picture in &pictures {
        found.push(match picture {
            Some(picture) => Some(known!(picture.settled(facts)?)),
            None => None,
        });
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

/// A picture of a draft, and what it is called in messages.
struct Placed {
    url: Url,
    place: String,
}

/// The main images, those of the description, and one or none of each SKU.
fn placed(draft: &ListingDraft) -> Result<Vec<Option<Placed>>> {
    let main = draft.images.iter().enumerate().map(|(nth, one)| (format!("images[{nth}]"), Some(one)));
    let detail = draft.detail_images.iter().enumerate();
    let detail = detail.map(|(nth, one)| (format!("detailImages[{nth}]"), Some(one)));
    let skus = draft.skus.iter().enumerate();
    let skus = skus.map(|(nth, sku)| (format!("skus[{nth}].image"), sku.image.as_ref()));
    let place = |(place, picture): (String, Option<&Picture>)| {
        let Some(picture) = picture else { return Ok(None) };
        let url = Url::parse(picture.address()?);
        let url = url.map_err(|_| Error::invalid(format!("`{place}` must be an address")))?;
        Ok(Some(Placed { url, place }))
    };
    main.chain(detail).chain(skus).map(place).collect()
}

impl Placed {
    fn is_own(&self) -> bool {
        self.url.host_str().is_some_and(|host| host.ends_with(OWN_DOMAIN))
    }

    fn name(&self) -> String {
        format!("picture:{}", self.url)
    }

    /// Has the platform fetch it, where it was not. Twice costs room and nothing else, and none once a picture with
    /// the same bytes has passed.
    fn giving(&self, facts: &Facts) -> Option<Question> {
        let name = self.name();
        if self.is_own() || facts.get(&name).is_some() {
            return None;
        }
        let params = json!({
            "folder_id": "0",
            "url": self.url.as_str(),
            "material_name": self.file_name(),
            "need_distinct": true,
        });
        let call = ApiCall::shop_read("material.uploadImageSync", &params, convert::raw_data);
        Some(Question { name, call, keep: Some(KEEP), optional: false })
    }

    fn file_name(&self) -> String {
        let last = self.url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
        let fit = |char: &char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_');
        let mut name: String = last.chars().filter(fit).collect();
        name.drain(..name.len().saturating_sub(LONGEST_NAME));
        if name.is_empty() { "picture".to_owned() } else { name }
    }

    /// Its address in the material centre, or what to ask about it.
    fn settled(&self, facts: &Facts) -> Result<Step<String>> {
        if self.is_own() {
            return self.joinable(self.url.to_string()).map(Step::Done);
        }
        let answer = facts.get(&self.name()).ok_or_else(|| Error::internal("pictures are given first"))?;
        let given = Material::read(answer).map_err(unreadable)?;
        if let Some(address) = self.passed(&given)? {
            return self.joinable(address).map(Step::Done);
        }
        let id = given.material_id;
        let id = id.id().and_then(|found| found.ok_or_else(|| id.wrong("a picture's id")));
        self.looked_at(&id.map_err(unreadable)?, facts)
    }

    fn looked_at(&self, id: &str, facts: &Facts) -> Result<Step<String>> {
        let name = format!("material:{id}");
        let params = json!({"material_id": id});
        let call = || ApiCall::shop_read("material.queryMaterialDetail", &params, convert::raw_data);
        let answer = known!(facts.ask(name, None, call));
        if let Some(address) = self.passed(&info(answer).map_err(unreadable)?)? {
            return self.joinable(address).map(Step::Done);
        }
        // A plan cannot wait; made again, it goes on here.
        let place = &self.place;
        let message =
            format!("the platform still looks at `{place}`: publish the same draft again in a few seconds");
        Err(Error::new(ErrorKind::Transient, message).with_retry(Retry::After(LOOK_AGAIN)))
    }

    /// Its address once it has passed; nothing while it is looked at.
    fn passed(&self, material: &Material<'_>) -> Result<Option<String>> {
        let text = |field: Field<'_>| field.text().map_err(unreadable);
        match text(material.audit_status)?.as_deref() {
            Some("3") => text(material.byte_url),
            Some("4") => {
                let said = clean(&text(material.audit_reject_desc)?.unwrap_or_default(), 100);
                let advice = "give another picture at another address";
                let message = format!("the platform refused `{}`: {advice} {said}", self.place);
                Err(Error::new(ErrorKind::Rejected, message.trim_end()))
            }
            _ => Ok(None),
        }
    }

    /// Lists of pictures are joined by `|`, those of options by `,`.
    fn joinable(&self, address: String) -> Result<String> {
        if address.contains(['|', ',']) {
            let place = &self.place;
            return Err(Error::invalid(format!("the address of `{place}` must not hold `|` or `,`")));
        }
        Ok(address)
    }
}

fn info(answer: &str) -> Result<Material<'_>, DecodeError> {
    let info = MaterialDetail::read(answer)?.material_info;
    info.inside(Material::read)?.ok_or_else(|| info.wrong("a picture"))
}
