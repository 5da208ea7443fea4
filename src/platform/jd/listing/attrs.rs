//! The attributes of a category (7) and what they take.

use std::collections::BTreeMap;

use serde_json::json;
use serde_json::value::RawValue;

use super::wire::{AttrValue, CategoryAttr, Feature};
use super::{RULES_HOLD, ask};
use crate::error::Result;
use crate::model::{PropertyInput, PropertyOption, PropertyRule};
use crate::platform::DecodeError;
use crate::platform::ask::number;
use crate::platform::lenient::{Field, Members, items, text};
use crate::platform::listing::{Facts, Step, known, unreadable};

const ATTRS: &str = "jingdong.category.read.findAttrsByCategoryIdUnlimitCate";
const VALUES: &str = "jingdong.category.read.findValuesByAttrIdUnlimit";
/// The type of attributes that tell SKUs apart.
const SALE: i64 = 4;

/// One attribute.
pub(super) struct Attr {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_required: bool,
    /// It tells SKUs apart.
    pub(super) is_sale: bool,
    /// It is given for each SKU, though it does not tell them apart.
    pub(super) is_of_sku: bool,
    /// Pictures are shown by its values.
    pub(super) is_color: bool,
    /// The brand, which a ware names by `brandId` and not by this.
    pub(super) is_brand: bool,
    input: i64,
    is_percent: bool,
    pub(super) options: Vec<PropertyOption>,
}

impl Attr {
    pub(super) fn rule(&self) -> PropertyRule {
        PropertyRule {
            id: self.id.clone(),
            name: self.name.clone(),
            // One of the SKUs' may stand in each SKU's own attributes, which only the plan sees.
            required: self.is_required && !self.is_of_sku,
            is_sku: self.is_sale,
            input: self.takes(),
            options: self.options.clone(),
            max_values: None,
            max_length: None,
        }
    }

    /// Shares, several numbers with units, regions and what comes later have forms of their own.
    fn takes(&self) -> PropertyInput {
        match self.input {
            1 if !self.options.is_empty() => PropertyInput::One,
            2 if !self.options.is_empty() && !self.is_percent => PropertyInput::Many,
            // 4 to 6 are a year, a month and a day.
            3..=6 => PropertyInput::Text,
            7 => PropertyInput::Number,
            _ => PropertyInput::Other,
        }
    }

    fn wants_options(&self) -> bool {
        self.options.is_empty() && !self.is_brand && (self.is_sale || matches!(self.input, 1 | 2))
    }
}

/// All attributes. Those that tell SKUs apart are asked for by their type too: documents name no other way.
pub(super) fn of_category(category: &str, facts: &Facts) -> Result<Step<Vec<Attr>>> {
    let cid = number(category, "`categoryId`")?;
    let mut attrs: Vec<Attr> = Vec::new();
    for (name, only) in [(format!("attrs:{cid}"), None), (format!("sale_attrs:{cid}"), Some(SALE))] {
        let mut params = json!({"cid": cid, "field": "attrValueList"});
        if let Some(only) = only {
            params["attributeType"] = only.into();
        }
        let answer = known!(ask(facts, name, ATTRS, &params, Some(RULES_HOLD)));
        for attr in list(answer, "findattrsbycategoryidunlimitcate_result", attr)? {
            if attrs.iter().all(|known| known.id != attr.id) {
                attrs.push(attr);
            }
        }
    }
    for attr in attrs.iter_mut().filter(|attr| attr.wants_options()) {
        let id = number(&attr.id, "an attribute's id")?;
        let params = json!({"categoryAttrId": id});
        let name = format!("values:{id}");
        let answer = known!(ask(facts, name, VALUES, &params, Some(RULES_HOLD)));
        attr.options = list(answer, "findvaluesbyattridunlimit_result", option)?;
    }
    Ok(Step::Done(attrs))
}

/// The answers as they came, by their questions.
pub(super) fn raw(category: &str, attrs: &[Attr], facts: &Facts) -> String {
    let category = category.trim();
    let names = [format!("attrs:{category}"), format!("sale_attrs:{category}")]
        .into_iter()
        .chain(attrs.iter().map(|attr| format!("values:{}", attr.id)));
    let answers: BTreeMap<String, &RawValue> =
        names.filter_map(|name| Some((facts.get(&name)?, name))).filter_map(parsed).collect();
    serde_json::to_string(&answers).unwrap_or_default()
}

fn parsed((answer, name): (&str, String)) -> Option<(String, &RawValue)> {
    Some((name, serde_json::from_str(answer).ok()?))
}

/// A list of an answer; none where it is left out.
fn list<T>(answer: &str, name: &str, read: fn(&str) -> Result<T, DecodeError>) -> Result<Vec<T>> {
    let wrong = || DecodeError::new(name, "an array");
    let members = Members::of_body(answer.as_bytes()).ok_or_else(wrong).map_err(unreadable)?;
    let rows = match members.get(name) {
        Some(rows) => items(rows).ok_or_else(wrong).map_err(unreadable)?,
        None => Vec::new(),
    };
    rows.into_iter().map(|row| read(&text(row)?)).collect::<Result<_, _>>().map_err(unreadable)
}

fn attr(text: &str) -> Result<Attr, DecodeError> {
    let wire = CategoryAttr::read(text)?;
    let features = features(wire.features)?;
    let has = |name: &str| features.iter().any(|(key, value)| key == name && value == "1");
    let name = wire.name.text()?.ok_or_else(|| wire.name.wrong("an attribute's name"))?;
    Ok(Attr {
        id: wire.id.id()?.ok_or_else(|| wire.id.wrong("an attribute's id"))?,
        is_required: wire.isRequired.flag()?.unwrap_or(false) || has("required"),
        is_sale: wire.attributeType.int()? == Some(SALE),
        is_of_sku: has("attrLevel"),
        is_color: has("color") || name == "颜色",
        is_brand: has("brand"),
        input: wire.inputType.int()?.unwrap_or(0),
        is_percent: features.iter().any(|(key, _)| key == "inputPercent"),
        options: wire.attrValueList.each(option)?,
        name,
    })
}

fn features(field: Field<'_>) -> Result<Vec<(String, String)>, DecodeError> {
    field.each(|text| {
        let feature = Feature::read(text)?;
        Ok((feature.key.text()?.unwrap_or_default(), feature.fvalue.text()?.unwrap_or_default()))
    })
}

fn option(text: &str) -> Result<PropertyOption, DecodeError> {
    let wire = AttrValue::read(text)?;
    Ok(PropertyOption {
        id: wire.id.id()?.ok_or_else(|| wire.id.wrong("a value's id"))?,
        name: wire.name.text()?.unwrap_or_default(),
    })
}
