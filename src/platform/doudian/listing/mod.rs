//! Publishing products (2.10): what is asked before, the one call that publishes, and what became of it.

mod attribute;
mod find;
mod picture;
mod review;
mod rule;
mod spec;
mod wire;

pub(super) use find::find_plan;
pub(super) use review::review_plan;
pub(super) use rule::category_rules;

use serde_json::{Map, Value};

use super::convert;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{FilePart, ListingDraft};
use crate::platform::ask::number;
use crate::platform::listing::known;
use crate::platform::{ApiCall, DecodeError, Facts, PictureRules, Publication, Published, Step, Uploaded};

/// Images of a product, its description and its options together.
const MOST_PICTURES: usize = 50;
/// The width of a title, where a Chinese character counts two.
const TITLE_WIDTH: std::ops::RangeInclusive<usize> = 8..=60;

/// What pictures it takes.
pub(super) const PICTURES: PictureRules = PictureRules {
    max_bytes: 5 << 20,
    types: &["image/png", "image/jpeg"],
    max_images: 5,
    max_detail_images: Some(MOST_PICTURES),
};

/// Bytes go by way of other hosts, which an answer names, with other methods than POST: see `docs.md`.
pub(super) fn upload_picture(_: &FilePart) -> Result<ApiCall<Uploaded>> {
    let message =
        "抖店 fetches pictures and takes no bytes: put the picture at a public address, and give the address";
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// Checks what can be checked, then asks for the category's rules and has the platform fetch each picture, so that
/// nothing is fetched for a draft that is surely refused.
pub(super) fn publish_plan(what: &Publication<'_>, facts: &Facts) -> Result<Step<ApiCall<Published>>> {
    let draft = what.draft;
    check_texts(draft)?;
    let (mut fields, properties) = attribute::of_product(draft)?;
    let skus = spec::of(draft)?;
    let rules = known!(rule::of_category(&draft.category_id, facts)?);
    let format = attribute::format(&properties, &rules)?;
    let pictures = known!(picture::settled(draft, facts)?);
    fields.insert("name".into(), draft.title.as_str().into());
    fields.insert("outer_product_id".into(), draft.outer_id.as_str().into());
    fields.insert("category_leaf_id".into(), number(&draft.category_id, "`categoryId`")?.into());
    fields.insert("pic".into(), pictures.main.join("|").into());
    fields.insert("description".into(), pictures.detail.join("|").into());
    fields.insert("specs".into(), skus.specs.clone().into());
    fields.insert("spec_prices".into(), skus.prices.clone().into());
    if let Some(pictures) = skus.pictures(draft, &pictures.of_skus)? {
        fields.insert("spec_pic".into(), pictures.into());
    }
    if let Some(format) = format {
        fields.insert("product_format_new".into(), format.into());
    }
    // Submitted for review at once; what is only saved is a draft that nobody looks at.
    fields.insert("commit".into(), true.into());
    call(what.product, fields).map(Step::Done)
}

fn call(product: Option<&str>, mut fields: Map<String, Value>) -> Result<ApiCall<Published>> {
    let Some(product) = product else {
        return Ok(ApiCall::shop_write("product.addV2", &fields.into(), published));
    };
    fields.insert("product_id".into(), number(product, "the product's id")?.into());
    Ok(ApiCall::shop_write("product.editV2", &fields.into(), edited))
}

fn check_texts(draft: &ListingDraft) -> Result<()> {
    let width: usize = draft.title.chars().map(|char| if char.is_ascii() { 1 } else { 2 }).sum();
    if !TITLE_WIDTH.contains(&width) {
        return Err(Error::invalid("`title` must be 8 to 60 wide; a Chinese character counts two"));
    }
    if draft.title.chars().any(|char| matches!(char, '\u{1f000}'..='\u{1faff}' | '\u{fe0f}')) {
        return Err(Error::invalid("`title` must have no emoji"));
    }
    if draft.description.as_deref().is_some_and(|text| !text.trim().is_empty()) {
        return Err(Error::invalid(
            "`description` must be absent: 抖店 describes a product by `detailImages`",
        ));
    }
    if draft.detail_images.is_empty() {
        return Err(Error::invalid("`detailImages` must hold at least one: they are the description"));
    }
    Ok(())
}

fn published(body: &[u8]) -> Result<Published, DecodeError> {
    let published = edited(body)?;
    if published.platform_product_id.is_empty() {
        return Err(DecodeError::new("data.product_id", "a product's id"));
    }
    Ok(published)
}

/// The answer to an edit need not name the product, which the caller knows.
fn edited(body: &[u8]) -> Result<Published, DecodeError> {
    convert::done(body)?;
    let data = convert::raw_data(body)?;
    let data = Some(data.get()).filter(|data| *data != "null").unwrap_or("{}");
    let item = wire::PublishedItem::read(data)?;
    let id = item.product_id.or(item.product_id_str).id()?;
    Ok(Published { platform_product_id: id.unwrap_or_default(), review_id: None })
}
