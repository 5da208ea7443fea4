//! The call that publishes a product, or edits one (9.3). Both go straight to review.

use serde_json::{Map, Value, json};

use super::known::{self, Known};
use super::sku::{self, Parts};
use super::spec::Book;
use super::{Stop, field, published, rules, spec, step};
use crate::error::{Error, Result};
use crate::model::{ListingDraft, Picture};
use crate::platform::ask::number;
use crate::platform::{ApiCall, DecodeError, Facts, Publication, Published, Step};

const ADD: &str = "pdd.goods.add";
pub(super) const EDIT: &str = "pdd.goods.information.update";
/// Characters of a description (9.3).
const DESCRIPTION: std::ops::RangeInclusive<usize> = 20..=500;
/// Whether a product is put on sale after its edit was approved: it stays as it is (9.4). Left out it is put on sale,
/// says the page of the neighbouring `pdd.goods.child.sku.edit`.
const STAY: u32 = 1;

pub(in crate::platform::pinduoduo) fn plan(
    what: &Publication<'_>,
    facts: &Facts,
) -> Result<Step<ApiCall<Published>>> {
    step(call(what, facts))
}

fn call(what: &Publication<'_>, facts: &Facts) -> Result<ApiCall<Published>, Stop> {
    let draft = what.draft;
    checked(draft)?;
    let given = field::of(draft, what.product.is_some())?;
    let own = sku::own(draft, given.fields.get("market_price").and_then(Value::as_i64))?;
    let known = what.product.map(|id| known::of(id, facts)).transpose()?;
    let rules = rules::of(&draft.category_id, known.as_ref().map(|known| known.id), facts)?;
    let book = Book { category: &draft.category_id, rules: &rules, known: known.as_ref(), facts };
    let specs = spec::of(draft, book)?;
    let parts = Parts {
        draft,
        own: &own,
        specs: &specs,
        rules: &rules,
        known: known.as_ref(),
        properties: &given.properties,
    };
    let mut params = given.fields.clone();
    common(&parts, &mut params)?;
    Ok(match &known {
        None => ApiCall::shop_write(ADD, &params.into(), added),
        Some(known) => edit(known, params),
    })
}

/// What the platform refuses for sure, before anything is asked.
fn checked(draft: &ListingDraft) -> Result<()> {
    searchable(&draft.outer_id)?;
    if draft.detail_images.is_empty() {
        return Err(Error::invalid("`detailImages` must hold 1 to 20"));
    }
    let length = draft.description.as_ref().map(|text| text.chars().count()).filter(|length| *length > 0);
    if length.is_some_and(|length| !DESCRIPTION.contains(&length)) {
        return Err(Error::invalid("`description` must have 20 to 500 characters, or be left out"));
    }
    Ok(())
}

/// Products are looked up by a list of such ids with commas between (9.2).
pub(super) fn searchable(outer_id: &str) -> Result<()> {
    match outer_id.contains(',') {
        true => Err(Error::invalid("`outerId` must hold no comma: products are looked up by it")),
        false => Ok(()),
    }
}

/// What both calls send.
fn common(parts: &Parts<'_>, params: &mut Map<String, Value>) -> Result<()> {
    let draft = parts.draft;
    let addresses = |pictures: &[Picture]| -> Result<Vec<Value>> {
        pictures.iter().map(|picture| Ok(picture.address()?.into())).collect()
    };
    let mut properties = parts.rules.entries(parts.properties, false)?;
    properties.extend(parts.sale_entries());
    params.insert("cat_id".to_owned(), number(&draft.category_id, "the category's id")?.into());
    params.insert("goods_name".to_owned(), draft.title.clone().into());
    params.insert("out_goods_id".to_owned(), draft.outer_id.clone().into());
    params.insert("carousel_gallery".to_owned(), addresses(&draft.images)?.into());
    params.insert("detail_gallery".to_owned(), addresses(&draft.detail_images)?.into());
    params.insert("sku_list".to_owned(), parts.list()?.into());
    if let Some(text) = draft.description.as_ref().filter(|text| !text.is_empty()) {
        params.insert("goods_desc".to_owned(), text.clone().into());
    }
    if !properties.is_empty() {
        params.insert("goods_properties".to_owned(), properties.into());
    }
    Ok(())
}

fn edit(known: &Known, mut params: Map<String, Value>) -> ApiCall<Published> {
    params.insert("goods_id".to_owned(), known.id.into());
    params.entry("sync_goods_operate").or_insert(json!(STAY));
    ApiCall::shop_write(EDIT, &params.into(), edited)
}

fn added(body: &[u8]) -> Result<Published, DecodeError> {
    published(ADD, body)
}

fn edited(body: &[u8]) -> Result<Published, DecodeError> {
    published(EDIT, body)
}
