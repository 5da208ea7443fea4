//! The platform's own members of a draft's attributes, by the platform's names (9.1), and the form of each.

use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::platform::ask::number;
use crate::platform::listing::members;

/// What is sent: values keep the digits they were given.
pub(super) type Members = BTreeMap<String, Box<RawValue>>;

/// The form of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An id, sent as a number.
    Id,
    /// A text.
    Text,
    /// A number in the platform's unit: millimetres, kilograms.
    Number,
    /// Yuan with at most two decimals, sent as a number.
    Yuan,
    /// Passed on as it is.
    Any,
}

/// Members of a ware. Those that a draft has words for are missing.
pub(super) const OF_WARE: &[(&str, Form)] = &[
    ("adWords", Form::Any),
    ("afterSales", Form::Text),
    ("barCode", Form::Text),
    ("brandId", Form::Id),
    ("delivery", Form::Id),
    ("designConcept", Form::Text),
    ("features", Form::Any),
    ("fitCaseHtmlApp", Form::Text),
    ("fitCaseHtmlPc", Form::Text),
    ("height", Form::Number),
    ("introduction", Form::Text),
    ("introductionUseFlag", Form::Text),
    ("itemNum", Form::Text),
    ("length", Form::Number),
    ("marketPrice", Form::Yuan),
    ("mobileDesc", Form::Text),
    ("mobileDescUseFlag", Form::Text),
    ("mobileZhuangBaId", Form::Text),
    ("packListing", Form::Text),
    ("promiseId", Form::Id),
    ("shopCategorys", Form::Any),
    ("specialServices", Form::Any),
    ("templateId", Form::Id),
    ("transportId", Form::Id),
    ("wareLocation", Form::Id),
    ("wareStatus", Form::Id),
    ("weight", Form::Number),
    ("width", Form::Number),
    ("wrap", Form::Text),
    ("zhuangBaId", Form::Text),
];

/// Members of a SKU.
pub(super) const OF_SKU: &[(&str, Form)] =
    &[("barCode", Form::Text), ("capacity", Form::Text), ("features", Form::Any), ("saleAttrs", Form::Any)];

/// What an attributes object holds.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) members: Members,
    pub(super) properties: Map<String, Value>,
}

impl Given {
    /// Reads an attributes object; `place` names it in messages, such as `skus[0].attributes`.
    pub(super) fn read(text: &str, place: &str, known: &[(&str, Form)]) -> Result<Self> {
        let mut given = Self::default();
        for (name, value) in members(text, place)? {
            let Some(value) = without_blanks(value) else { continue };
            if name == "properties" {
                let Value::Object(properties) = value else {
                    return Err(Error::invalid(format!("`{place}.properties` must be an object")));
                };
                given.properties = properties;
                continue;
            }
            let Some((_, form)) = known.iter().find(|(known, _)| *known == name) else {
                return Err(unknown(&format!("{place}.{name}"), known));
            };
            given.members.insert(name.clone(), form.raw(value, &format!("`{place}.{name}`"))?);
        }
        Ok(given)
    }

    /// A text member.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.members.get(name)?.get()).ok()
    }
}

fn unknown(what: &str, known: &[(&str, Form)]) -> Error {
    let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
    Error::invalid(format!("`{what}` is unknown; known: properties, {}", names.join(", ")))
}

impl Form {
    fn raw(self, value: Value, what: &str) -> Result<Box<RawValue>> {
        let said = match &value {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        match (self, said) {
            (Self::Any, _) => raw(&value),
            (Self::Id, Some(said)) => raw(&number(&said, what)?),
            (Self::Text, Some(said)) => raw(&said),
            (Self::Number, Some(said)) if is_decimal(&said, 6) => exact(said),
            (Self::Yuan, Some(said)) if is_decimal(&said, 2) => exact(said),
            (form, _) => Err(Error::invalid(format!("{what} must be {}", form.words()))),
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Id => "an id",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Yuan => "yuan with at most two decimals",
            Self::Any => "JSON",
        }
    }
}

/// JSON of a value.
pub(super) fn raw(value: &impl serde::Serialize) -> Result<Box<RawValue>> {
    to_raw_value(value).map_err(|_| Error::internal("every value has a JSON form"))
}

/// A number with these digits and no others.
pub(super) fn exact(digits: String) -> Result<Box<RawValue>> {
    RawValue::from_string(digits).map_err(|_| Error::internal("digits are JSON"))
}

/// Plain digits with at most so many decimals: what JSON takes as a number too.
fn is_decimal(text: &str, decimals: usize) -> bool {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let has_odd_zero = whole.len() > 1 && whole.starts_with('0');
    digits(whole) && digits(rest) && !has_odd_zero && whole.len() <= 15 && rest.len() <= decimals
}

/// Blank parameters are never sent, however deep they stand.
pub(super) fn without_blanks(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::Array(items) => Some(items.into_iter().filter_map(without_blanks).collect::<Vec<_>>())
            .filter(|items| !items.is_empty())
            .map(Value::Array),
        Value::Object(members) => {
            let members =
                members.into_iter().filter_map(|(name, value)| Some((name, without_blanks(value)?)));
            Some(Value::Object(members.collect()))
        }
        other => Some(other),
    }
}
