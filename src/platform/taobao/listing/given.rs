//! What a draft gives by the platform's own names: `attributes` of the product, and of its SKUs.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::schema::{Content, Field, Filled, Kind};
use crate::error::{Error, Result};
use crate::model::ListingDraft;
use crate::platform::listing::{members, take_properties};

/// Members that are sent beside the document.
const BESIDE: [&str; 3] = ["barcode", "biz_type", "spu_id"];
/// Rows of a field that takes rows.
const MOST_ROWS: usize = 1000;

/// The members of a draft's `attributes`.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) properties: Map<String, Value>,
    beside: Map<String, Value>,
}

impl Given {
    /// Reads them.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for members that are not known.
    pub(super) fn of(draft: &ListingDraft) -> Result<Self> {
        let mut beside = members(&draft.attributes, "attributes")?;
        let properties = take_properties(&mut beside)?;
        match beside.keys().find(|name| !BESIDE.contains(&name.as_str())) {
            None => Ok(Self { properties, beside }),
            Some(name) => {
                let known = BESIDE.join(", ");
                Err(Error::invalid(format!("`attributes.{name}` is not known: properties, {known}")))
            }
        }
    }

    /// One of the members beside the properties.
    pub(super) fn beside(&self, name: &str) -> Result<Option<String>> {
        match self.beside.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => text(value, &format!("attributes.{name}")).map(Some),
        }
    }
}

/// Fills fields with values that are given by the ids of the fields.
pub(super) struct Filler<'a> {
    values: &'a Map<String, Value>,
    /// How the values are called in messages, such as `attributes.properties`.
    shown: &'a str,
    used: BTreeSet<String>,
}

impl<'a> Filler<'a> {
    pub(super) const fn new(values: &'a Map<String, Value>, shown: &'a str) -> Self {
        Self { values, shown, used: BTreeSet::new() }
    }

    /// What a field is filled with: what is given, else what it holds; nothing where it may stay empty.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for what is missing or does not fit.
    pub(super) fn fill(
        &mut self,
        field: &Field,
        key: &str,
        held: Option<&Content>,
    ) -> Result<Option<Content>> {
        if !field.is_open() {
            return Ok(held.filter(|_| field.rules.read_only).cloned());
        }
        let found = match field.kind {
            Kind::Complex => self.parts(field, key, held)?,
            Kind::MultiComplex => self.rows(field, key)?,
            _ => self.value(key).map(|value| leaf(field, value, &self.name(key))).transpose()?,
        };
        let found = found.or_else(|| held.cloned());
        if found.is_none() && field.rules.required {
            return Err(Error::invalid(format!("`{}` is needed: {}", self.name(key), field.name)));
        }
        Ok(found)
    }

    /// Refuses values that no field took.
    pub(super) fn end(&self) -> Result<()> {
        match self.values.iter().find(|(name, value)| !value.is_null() && !self.used.contains(*name)) {
            None => Ok(()),
            Some((name, _)) => Err(Error::invalid(format!("`{}` cannot be set here", self.name(name)))),
        }
    }

    fn name(&self, key: &str) -> String {
        format!("{}.{key}", self.shown)
    }

    fn value(&mut self, key: &str) -> Option<&'a Value> {
        let value = self.values.get(key).filter(|value| !value.is_null())?;
        self.used.insert(key.to_owned());
        Some(value)
    }

    /// A field of fields: as soon as one of them is given, or all must be, the required ones are.
    fn parts(&mut self, field: &Field, key: &str, held: Option<&Content>) -> Result<Option<Content>> {
        let inside = format!("{key}.");
        let is_given = self.values.iter().any(|(name, value)| name.starts_with(&inside) && !value.is_null());
        if !is_given && (held.is_some() || !field.rules.required) {
            return Ok(None);
        }
        let before: &[Filled] = match held {
            Some(Content::Parts(parts)) => parts,
            _ => &[],
        };
        let mut parts = Vec::new();
        for part in &field.fields {
            let held = before.iter().find(|filled| filled.id == part.id).map(|filled| &filled.content);
            let content = self.fill(part, &format!("{inside}{}", part.id), held.or(part.held.as_ref()))?;
            parts.extend(content.map(|content| part.filled(content)));
        }
        Ok((!parts.is_empty()).then_some(Content::Parts(parts)))
    }

    /// A field of rows: a list of objects, each with the ids of the fields inside.
    fn rows(&mut self, field: &Field, key: &str) -> Result<Option<Content>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let name = self.name(key);
        let Some(given) = value.as_array().filter(|rows| (1..=MOST_ROWS).contains(&rows.len())) else {
            return Err(Error::invalid(format!("`{name}` must be a list of 1 to {MOST_ROWS} objects")));
        };
        let mut rows = Vec::new();
        for (nth, row) in given.iter().enumerate() {
            let shown = format!("{name}[{nth}]");
            let row =
                row.as_object().ok_or_else(|| Error::invalid(format!("`{shown}` must be an object")))?;
            let mut filler = Filler::new(row, &shown);
            let mut parts = Vec::new();
            for part in &field.fields {
                let content = filler.fill(part, &part.id, part.held.as_ref())?;
                parts.extend(content.map(|content| part.filled(content)));
            }
            filler.end()?;
            rows.push(parts);
        }
        Ok(Some(Content::Rows(rows)))
    }
}

fn leaf(field: &Field, value: &Value, name: &str) -> Result<Content> {
    if matches!(field.kind, Kind::Input | Kind::SingleCheck) {
        return chosen(field, &text(value, name)?, name).map(Content::text);
    }
    let values = match value {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    let each = values.iter().map(|value| chosen(field, &text(value, name)?, name));
    each.collect::<Result<Vec<_>>>().map(Content::texts)
}

/// A text that fits a field; the id of the option where there are options.
pub(super) fn chosen(field: &Field, text: &str, name: &str) -> Result<String> {
    let by_id = field.options.iter().find(|(id, _)| id == text);
    if let Some((id, _)) = by_id.or_else(|| field.options.iter().find(|(_, shown)| shown == text)) {
        return Ok(id.clone());
    }
    if field.kind != Kind::Input && field.kind != Kind::MultiInput && !field.options.is_empty() {
        let first: Vec<_> = field.options.iter().take(5).map(|(_, shown)| shown.as_str()).collect();
        let first = first.join(", ");
        return Err(Error::invalid(format!(
            "`{name}` must be one of the options of {}: {first} …",
            field.name
        )));
    }
    let length = if field.rules.in_bytes { width(text) } else { text.chars().count() };
    match field.rules.longest {
        Some(most) if length > most as usize => {
            let counted = if field.rules.in_bytes { " (a Chinese character counts two)" } else { "" };
            Err(Error::invalid(format!("`{name}` must have at most {most} characters{counted}")))
        }
        _ => Ok(text.to_owned()),
    }
}

/// Bytes in GBK.
fn width(text: &str) -> usize {
    text.chars().map(|char| if char.is_ascii() { 1 } else { 2 }).sum()
}

fn text(value: &Value, name: &str) -> Result<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(Error::invalid(format!("`{name}` must be a text or a number"))),
    }
}
