//! Publishing wares (9): what a category asks, the one call, the look-up, the audit. Pure plans over the answers so
//! far; see `docs.md` for where each name comes from.

mod attrs;
mod body;
mod category;
mod fields;
mod find;
mod picture;
mod review;
mod sku;
mod text;
mod wire;

pub(super) use find::find;
pub(super) use picture::{RULES as PICTURE_RULES, upload};
pub(super) use review::review;

use std::time::Duration;

use serde_json::Value;

use super::convert;
use crate::error::Result;
use crate::model::{Category, CategoryRules};
use crate::platform::listing::{Facts, Publication, Published, Step, known};
use crate::platform::{ApiCall, Capability, unsupported};

/// Rules of categories change rarely; a person who waits for a corrected one waits an hour at most.
const RULES_HOLD: Duration = Duration::from_secs(3_600);

/// What a category asks of its wares.
pub(super) fn category_rules(category: &str, facts: &Facts) -> Result<Step<CategoryRules>> {
    let attrs = known!(attrs::of_category(category, facts)?);
    Ok(Step::Done(CategoryRules {
        category_id: category.to_owned(),
        properties: attrs.iter().filter(|attr| !attr.is_brand).map(attrs::Attr::rule).collect(),
        raw: attrs::raw(category, &attrs, facts),
    }))
}

/// The call that makes a ware of a draft. What needs no answer is checked first.
pub(super) fn publish(what: &Publication<'_>, facts: &Facts) -> Result<Step<ApiCall<Published>>> {
    if what.product.is_some() {
        return Err(unsupported(crate::model::PlatformId::Jd, Capability::UpdateProduct));
    }
    let draft = body::Draft::read(what.draft)?;
    let category: Category = known!(category::of_third_level(&what.draft.category_id, facts)?);
    let attrs = known!(attrs::of_category(&what.draft.category_id, facts)?);
    draft.call(&category, &attrs).map(Step::Done)
}

/// The fact of this name, or the question that brings it.
pub(super) fn ask<'a>(
    facts: &'a Facts,
    name: String,
    api: &'static str,
    params: &Value,
    keep: Option<Duration>,
) -> Step<&'a str> {
    facts.ask(name, keep, || ApiCall::shop_read(api, params, convert::raw_result))
}
