//! The platform's own fields of a draft, and its category's properties as `product_format_new` (2.10).

use serde_json::{Map, Value, json};

use super::rule::Rule;
use crate::error::{Error, Result};
use crate::model::{ListingDraft, PropertyInput, PropertyRule};
use crate::platform::ask::number;
use crate::platform::listing::{members, missing, take_properties};

/// What a field of the platform's own holds.
#[derive(Clone, Copy)]
enum Kind {
    /// A whole number; ids too.
    Whole,
    /// A number.
    Number,
    Text,
    List,
    Object,
}

/// A field's name and what it holds.
type Own = (&'static str, Kind);

/// Those of a product; the sheet's and the official SDK's.
const OF_PRODUCT: &[Own] = &[
    ("account_template_id", Kind::Text),
    ("after_sale_service", Kind::Object),
    ("appoint_delivery_day", Kind::Whole),
    ("car_vin_code", Kind::Text),
    ("delay_rule", Kind::Object),
    ("delivery_delay_day", Kind::Whole),
    ("freight_id", Kind::Whole),
    ("limit_per_buyer", Kind::Whole),
    ("long_pic_url", Kind::Text),
    ("main_image_three_to_four", Kind::Text),
    ("material_video_id", Kind::Text),
    ("maximum_per_order", Kind::Whole),
    ("minimum_per_order", Kind::Whole),
    ("mobile", Kind::Text),
    ("name_prefix", Kind::Text),
    ("pickup_method", Kind::Text),
    ("presell_config_level", Kind::Whole),
    ("presell_delay", Kind::Whole),
    ("presell_delivery_type", Kind::Whole),
    ("presell_end_time", Kind::Text),
    ("presell_type", Kind::Whole),
    ("product_type", Kind::Whole),
    ("quality_list", Kind::List),
    ("recommend_remark", Kind::Text),
    ("reduce_type", Kind::Whole),
    ("reference_price", Kind::Whole),
    ("reference_price_certificate", Kind::Object),
    ("remark", Kind::Text),
    ("sale_limit_id", Kind::Whole),
    ("sell_channel", Kind::List),
    ("size_info_template_id", Kind::Whole),
    ("spec_name", Kind::Text),
    ("spu_id", Kind::Whole),
    ("standard_brand_id", Kind::Whole),
    ("start_sale_type", Kind::Whole),
    ("weight", Kind::Number),
    ("weight_unit", Kind::Whole),
    ("white_back_ground_pic_url", Kind::Text),
];

/// Those of a SKU.
const OF_SKU: &[Own] = &[
    ("code", Kind::Text),
    ("delivery_infos", Kind::List),
    ("gold_process_charge", Kind::Whole),
    ("step_stock_num", Kind::Whole),
    ("supplier_id", Kind::Text),
];

/// Without these nothing is published, and an edit wants the same (2.10). They are the merchant's promises and prices,
/// so none is guessed.
const NEEDED: [(&str, &str); 3] = [
    ("freight_id", "the id of the freight template, 0 where shipping is free"),
    ("mobile", "the phone number of the shop's service"),
    ("reduce_type", "when stock is taken: 1 with the order, 2 with the payment"),
];
/// The kinds of shipping (`presell_type`) that promise a day: from stock, and in steps.
const PROMISES_DAY: [u64; 2] = [0, 2];

/// The product's own fields, and the properties of its category by their ids.
pub(super) fn of_product(draft: &ListingDraft) -> Result<(Map<String, Value>, Map<String, Value>)> {
    let mut attributes = members(&draft.attributes, "attributes")?;
    let properties = take_properties(&mut attributes)?;
    let mut fields = own(attributes, OF_PRODUCT, "attributes")?;
    check_needed(&fields)?;
    fields.entry("product_type").or_insert_with(|| 0.into());
    Ok((fields, properties))
}

/// A SKU's own fields.
pub(super) fn of_sku(text: &str, nth: usize) -> Result<Map<String, Value>> {
    let place = format!("skus[{nth}].attributes");
    own(members(text, &place)?, OF_SKU, &place)
}

fn check_needed(fields: &Map<String, Value>) -> Result<()> {
    for (name, what) in NEEDED {
        if !fields.contains_key(name) {
            return Err(missing(name, what));
        }
    }
    let presell = fields.get("presell_type").map_or(Some(0), Value::as_u64);
    if presell.is_some_and(|kind| PROMISES_DAY.contains(&kind)) && !fields.contains_key("delivery_delay_day")
    {
        return Err(missing("delivery_delay_day", "shipped after 1 or 2 days, 9999 for the same day"));
    }
    Ok(())
}

fn own(members: Map<String, Value>, known: &[Own], place: &str) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    for (name, value) in members {
        let Some((_, kind)) = known.iter().find(|(own, _)| *own == name) else {
            let names: Vec<_> = known.iter().map(|(own, _)| *own).collect();
            let names = names.join(", ");
            return Err(Error::invalid(format!("`{place}.{name}` is no field of 抖店; known: {names}")));
        };
        if value.is_null() {
            continue;
        }
        let (value, what) = kind.read(value);
        match value {
            Some(value) => fields.insert(name, value),
            None => return Err(Error::invalid(format!("`{place}.{name}` must be {what}"))),
        };
    }
    Ok(fields)
}

impl Kind {
    /// The value as the platform wants it, nothing where it cannot be; and what it must be.
    fn read(self, value: Value) -> (Option<Value>, &'static str) {
        match self {
            Self::Whole => (whole(&value).map(Value::from), "a whole number"),
            Self::Number => (Some(value).filter(Value::is_number), "a number"),
            Self::Text => (text(&value).map(Value::from), "a text"),
            Self::List => {
                (Some(value).filter(|value| value.as_array().is_some_and(|list| !list.is_empty())), "a list")
            }
            Self::Object => (
                Some(value).filter(|value| value.as_object().is_some_and(|members| !members.is_empty())),
                "an object",
            ),
        }
    }
}

fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => number(text, "").ok(),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `product_format_new`: JSON text of `{id: [{value, name, diy_type}]}`; none without properties.
pub(super) fn format(given: &Map<String, Value>, rules: &[Rule]) -> Result<Option<String>> {
    let mut format = Map::new();
    for (id, value) in given {
        let values = match value {
            Value::Null => continue,
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        let Some(rule) = rules.iter().find(|rule| rule.shown.id == *id) else {
            return Err(Error::invalid(format!(
                "`attributes.properties.{id}` is no property of the category"
            )));
        };
        if rule.shown.is_sku {
            let name = &rule.shown.name;
            return Err(Error::invalid(format!(
                "`attributes.properties.{id}` is given by options named {name}"
            )));
        }
        let values: Vec<Value> = values.iter().map(|value| chosen(rule, value)).collect::<Result<_>>()?;
        if !values.is_empty() {
            format.insert(id.clone(), values.into());
        }
    }
    Ok((!format.is_empty()).then(|| Value::Object(format).to_string()))
}

/// An option by its id or name, else the text. An object is in the platform's own form, as measures are.
fn chosen(rule: &Rule, value: &Value) -> Result<Value> {
    if value.as_object().is_some_and(|members| !members.is_empty()) {
        return Ok(value.clone());
    }
    let PropertyRule { id, name, options, input, .. } = &rule.shown;
    let Some(given) = text(value) else {
        return Err(Error::invalid(format!(
            "`attributes.properties.{id}` ({name}) must be a text or a number"
        )));
    };
    let option = options.iter().find(|option| option.id == given);
    match option.or_else(|| options.iter().find(|option| option.name == given)) {
        Some(option) => {
            let number = option.id.parse::<u64>().map_or_else(|_| option.id.as_str().into(), Value::from);
            Ok(json!({"value": number, "name": option.name, "diy_type": 0}))
        }
        None if options.is_empty() || *input == PropertyInput::Text => {
            Ok(json!({"value": 0, "name": given, "diy_type": 0}))
        }
        None if rule.is_open => Ok(json!({"value": 0, "name": given, "diy_type": 1})),
        None => {
            Err(Error::invalid(format!("`attributes.properties.{id}` ({name}) must be one of its options")))
        }
    }
}
