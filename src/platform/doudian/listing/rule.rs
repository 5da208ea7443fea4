//! What a category asks of its products: `product.getCatePropertyV2` (2.10).

use std::time::Duration;

use serde_json::json;

use super::wire::{Properties, Property, PropertyValue};
use crate::error::Result;
use crate::model::{CategoryRules, PropertyInput, PropertyOption, PropertyRule};
use crate::platform::ask::number;
use crate::platform::doudian::convert;
use crate::platform::lenient::Field;
use crate::platform::listing::{known, unreadable};
use crate::platform::{ApiCall, DecodeError, Facts, Step};

/// How long a category's rules are believed.
const KEEP: Duration = Duration::from_secs(3600);
/// The kind of property that tells SKUs apart.
const SALE_PROPERTY: i64 = 2;

/// A property, and whether it takes a text where none of its options fits.
pub(super) struct Rule {
    pub(super) shown: PropertyRule,
    pub(super) is_open: bool,
}

pub(in crate::platform::doudian) fn category_rules(
    category: &str,
    facts: &Facts,
) -> Result<Step<CategoryRules>> {
    let rules = known!(of_category(category, facts)?);
    Ok(Step::Done(CategoryRules {
        category_id: category.to_owned(),
        properties: rules.into_iter().map(|rule| rule.shown).collect(),
        raw: facts.get(&name(category)).unwrap_or_default().to_owned(),
    }))
}

pub(super) fn of_category(category: &str, facts: &Facts) -> Result<Step<Vec<Rule>>> {
    let params = json!({"category_leaf_id": number(category, "the category's id")?});
    let call = || ApiCall::shop_read("product.getCatePropertyV2", &params, convert::raw_data);
    let answer = known!(facts.ask(name(category), Some(KEEP), call));
    read(answer).map(Step::Done).map_err(unreadable)
}

fn name(category: &str) -> String {
    format!("rules:{category}")
}

/// The array comes bare or in another `data`, as public clients tell. Rules with holes would let a draft through, so
/// one bad entry fails the answer.
fn read(answer: &str) -> Result<Vec<Rule>, DecodeError> {
    let list = if answer.starts_with('[') {
        Field::new("data", answer)
    } else {
        let list = Properties::read(answer)?.data;
        list.token().ok_or_else(|| list.wrong("an array"))?;
        list
    };
    Ok(list.each(rule)?.into_iter().flatten().collect())
}

/// Nothing for a property that is no longer in use.
fn rule(text: &str) -> Result<Option<Rule>, DecodeError> {
    let wire = Property::read(text)?;
    if wire.status.int()? == Some(1) {
        return Ok(None);
    }
    let is_open = is_yes(wire.diy_type)?;
    // Properties of one value name a most of several, too.
    let is_many = wire.r#type.text()?.as_deref() == Some("multi_select");
    let most = wire.multi_select_max.int()?.and_then(|most| u32::try_from(most).ok());
    let shown = PropertyRule {
        id: wire.property_id.id()?.ok_or_else(|| wire.property_id.wrong("a property's id"))?,
        name: wire.property_name.text()?.ok_or_else(|| wire.property_name.wrong("a name"))?,
        required: is_yes(wire.required)?,
        is_sku: wire.property_type.int()? == Some(SALE_PROPERTY),
        options: wire.options.each(option)?,
        input: input(&wire, is_open)?,
        max_values: most.filter(|most| is_many && *most > 0),
        max_length: None,
    };
    Ok(Some(Rule { shown, is_open }))
}

/// 1 in the official SDK, true in older answers.
fn is_yes(field: Field<'_>) -> Result<bool, DecodeError> {
    Ok(matches!(field.text()?.as_deref(), Some("1" | "true")))
}

fn option(text: &str) -> Result<PropertyOption, DecodeError> {
    let wire = PropertyValue::read(text)?;
    let id = wire.value_id.id()?.or(wire.value.id()?).ok_or_else(|| wire.value_id.wrong("a value's id"))?;
    Ok(PropertyOption { name: wire.name.text()?.unwrap_or_else(|| id.clone()), id })
}

/// Without options a text is taken. Measures (a number with its unit, a material with its share) and times have forms
/// of their own; some of the options with a text beside them has no word of ours.
fn input(wire: &Property<'_>, is_open: bool) -> Result<PropertyInput, DecodeError> {
    if !wire.measure_templates.items()?.is_empty() {
        return Ok(PropertyInput::Other);
    }
    let has_options = !wire.options.items()?.is_empty();
    Ok(match (wire.r#type.text()?.as_deref(), has_options) {
        (Some("text"), _) | (Some("select" | "multi_select"), false) => PropertyInput::Text,
        (Some("select"), true) if is_open => PropertyInput::OneOrText,
        (Some("select"), true) => PropertyInput::One,
        (Some("multi_select"), true) if !is_open => PropertyInput::Many,
        _ => PropertyInput::Other,
    })
}
