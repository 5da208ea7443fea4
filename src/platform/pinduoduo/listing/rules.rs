//! What a category asks of its products (9.1).

use serde_json::{Map, Value, json};

use super::wire::{CatRules, PropertiesRule, PropertyItem, ValueItem};
use super::{KEEP_RULES, Stop, answer, digits, read};
use crate::error::{Error, Result};
use crate::model::{CategoryRules, PropertyInput, PropertyOption, PropertyRule};
use crate::platform::ask::number;
use crate::platform::lenient::Field;
use crate::platform::{DecodeError, Facts};

/// The rules that a plan works by, and their text.
pub(super) struct Rules<'a> {
    pub(super) properties: Vec<Property>,
    raw: &'a str,
}

/// A property of a category.
pub(super) struct Property {
    pub(super) id: String,
    pub(super) name: String,
    required: bool,
    /// Tells SKUs apart: its values are specifications.
    pub(super) is_sale: bool,
    /// Is sent with each SKU.
    pub(super) is_sku: bool,
    pub(super) parent_spec_id: Option<String>,
    choose_max: u32,
    input_max: u32,
    is_number: bool,
    max_length: Option<u32>,
    units: Vec<String>,
    pub(super) values: Vec<Choice>,
}

/// A value of a property.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) spec_id: Option<String>,
}

/// The rules of a category, for a product that is there already when it is named.
pub(super) fn of<'f>(category: &str, product: Option<u64>, facts: &'f Facts) -> Result<Rules<'f>, Stop> {
    let category = number(category, "the category's id")?;
    let (name, params, keep) = match product {
        None => (format!("rules:{category}"), json!({"cat_id": category}), Some(KEEP_RULES)),
        Some(id) => (format!("rules:{category}:{id}"), json!({"cat_id": category, "goods_id": id}), None),
    };
    let raw = answer(facts, name, "pdd.goods.cat.rule.get", &params, keep)?;
    Ok(Rules { properties: read("the category's rules", properties(raw))?, raw })
}

fn properties(raw: &str) -> Result<Vec<Property>, DecodeError> {
    let inside = |text| PropertiesRule::read(text)?.properties.each(property);
    Ok(CatRules::read(raw)?.goods_properties_rule.inside(inside)?.unwrap_or_default())
}

fn property(text: &str) -> Result<Property, DecodeError> {
    let wire = PropertyItem::read(text)?;
    let kind = wire.property_value_type.int()?.unwrap_or_default();
    let is_on = |field: Field<'_>| field.flag().map(Option::unwrap_or_default);
    let count = |field: Field<'_>| {
        field.int().map(|count| count.and_then(|count| u32::try_from(count).ok()).unwrap_or_default())
    };
    // Whether it is needed may depend on other values; then only the platform can say.
    let depends = wire.required_rule_type.text()?.as_deref() == Some("1");
    let longest = wire.max_value.text()?.and_then(|most| most.parse().ok());
    Ok(Property {
        id: wire.ref_pid.id()?.ok_or_else(|| wire.ref_pid.wrong("a property's id"))?,
        name: wire.name.text()?.unwrap_or_default(),
        required: is_on(wire.required)? && !depends,
        is_sale: is_on(wire.is_sale)?,
        is_sku: is_on(wire.is_sku)?,
        parent_spec_id: wire.parent_spec_id.id()?,
        choose_max: count(wire.choose_max_num)?,
        input_max: count(wire.input_max_num)?,
        is_number: kind == 1,
        max_length: longest.filter(|most| kind == 0 && *most > 0),
        units: wire.value_unit.each(|text| Field::new("unit", text).text())?.into_iter().flatten().collect(),
        values: wire.values.each(choice)?,
    })
}

fn choice(text: &str) -> Result<Choice, DecodeError> {
    let wire = ValueItem::read(text)?;
    Ok(Choice {
        id: wire.vid.id()?.ok_or_else(|| wire.vid.wrong("a value's id"))?,
        name: wire.value.text()?.unwrap_or_default(),
        spec_id: wire.spec_id.id()?,
    })
}

impl Rules<'_> {
    /// As the OA sees them.
    pub(super) fn shown(&self, category: &str) -> CategoryRules {
        CategoryRules {
            category_id: category.to_owned(),
            properties: self.properties.iter().map(Property::shown).collect(),
            raw: self.raw.to_owned(),
        }
    }

    /// The property whose values are those of a specification.
    pub(super) fn sale(&self, parent_spec_id: &str) -> Option<&Property> {
        let fits = |one: &&Property| one.is_sale && one.parent_spec_id.as_deref() == Some(parent_spec_id);
        self.properties.iter().find(fits)
    }

    /// What is sent of these values, by the ids of their properties: of products or of SKUs.
    pub(super) fn entries(&self, given: &Map<String, Value>, of_sku: bool) -> Result<Vec<Value>> {
        let mut entries = Vec::new();
        for property in self.properties.iter().filter(|one| !one.is_sale && one.is_sku == of_sku) {
            match given.get(&property.id) {
                None => {}
                Some(Value::Array(values)) => {
                    for value in values {
                        entries.push(property.entry(value)?);
                    }
                }
                Some(value) => entries.push(property.entry(value)?),
            }
        }
        Ok(entries)
    }
}

impl Property {
    fn shown(&self) -> PropertyRule {
        let option = |choice: &Choice| PropertyOption { id: choice.id.clone(), name: choice.name.clone() };
        PropertyRule {
            id: self.id.clone(),
            name: self.name.clone(),
            required: self.required,
            is_sku: self.is_sale,
            input: self.input(),
            options: self.values.iter().map(option).collect(),
            max_values: Some(self.max_values()),
            max_length: self.max_length,
        }
    }

    /// Zero chosen values means any number of them, zero texts means none.
    fn max_values(&self) -> u32 {
        let known = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        match self.choose_max {
            0 => known.saturating_add(self.input_max).max(1),
            most => most,
        }
    }

    fn input(&self) -> PropertyInput {
        match (self.values.is_empty(), self.input_max, self.max_values()) {
            (false, 0, 1) => PropertyInput::One,
            (false, 0, _) => PropertyInput::Many,
            // A number needs a unit beside it where there is a choice of units.
            _ if self.units.len() > 1 => PropertyInput::Other,
            (false, ..) => PropertyInput::OneOrText,
            _ if self.is_number => PropertyInput::Number,
            _ => PropertyInput::Text,
        }
    }

    /// One value: an option's id, a text, or a text with its unit.
    fn entry(&self, value: &Value) -> Result<Value> {
        let (value, unit) = match value {
            Value::Object(both) => (both.get("value").unwrap_or(value), both.get("value_unit")),
            one => (one, None),
        };
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(self.wrong("must be an option's id, a text, or {\"value\", \"value_unit\"}")),
        };
        let mut entry = Map::from_iter([("ref_pid".to_owned(), digits(&self.id))]);
        if let Some(choice) = self.values.iter().find(|choice| choice.id == text) {
            entry.insert("vid".to_owned(), digits(&choice.id));
            entry.insert("value".to_owned(), choice.name.clone().into());
            return Ok(entry.into());
        }
        entry.insert("value".to_owned(), text.into());
        if let Some(unit) = self.unit(unit)? {
            let name = if self.is_sku { "punit" } else { "value_unit" };
            entry.insert(name.to_owned(), unit.into());
        }
        Ok(entry.into())
    }

    fn unit(&self, given: Option<&Value>) -> Result<Option<&str>> {
        match (given.and_then(Value::as_str), self.units.as_slice()) {
            (None, []) => Ok(None),
            (None, [only]) => Ok(Some(only)),
            (Some(unit), units) if units.iter().any(|known| known == unit) => {
                Ok(units.iter().find(|known| *known == unit).map(String::as_str))
            }
            (_, units) => Err(self.wrong(&format!("needs a `value_unit`: {}", units.join(", ")))),
        }
    }

    fn wrong(&self, what: &str) -> Error {
        Error::invalid(format!("`attributes.properties.{}` ({}) {what}", self.id, self.name))
    }
}
