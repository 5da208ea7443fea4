//! The SKUs of a draft as rows of the field that takes them.

use super::fill::has_options;
use super::given::{Filler, chosen};
use super::roles::{SkuRole, held_as, options_of, sku_role};
use super::schema::{Content, Field, Filled};
use crate::error::{Error, Result};
use crate::model::{DraftSku, ListingDraft, Picture};
use crate::platform::listing::members;
use crate::platform::taobao::writes::yuan;

/// Rows, and the stock of each.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) rows: Vec<Vec<Filled>>,
    pub(super) stocks: Vec<i64>,
}

/// The rows of a draft; none for a product without a choice.
pub(super) fn rows(field: Option<&Field>, draft: &ListingDraft) -> Result<Option<Rows>> {
    let Some(field) = field.filter(|_| has_options(draft)) else {
        return only(draft).map(|()| None);
    };
    let mut found = Rows { rows: Vec::new(), stocks: Vec::new() };
    for (nth, sku) in draft.skus.iter().enumerate() {
        let choices = choices(field, sku, nth)?;
        let before = existing(field, &choices);
        let (row, stock) = Row { field, sku, nth, choices, before }.filled()?;
        found.rows.push(row);
        found.stocks.push(stock);
    }
    Ok(Some(found))
}

/// A product without a choice has one outer id, no picture beside its own and no fields of a SKU.
fn only(draft: &ListingDraft) -> Result<()> {
    let Some(sku) = draft.skus.first() else { return Ok(()) };
    if sku.outer_id.as_ref().is_some_and(|id| *id != draft.outer_id) {
        return Err(Error::invalid(
            "`skus[0].outerId` must be `outerId` or left out: a product without options has one outer id",
        ));
    }
    if sku.image.is_some() || sku.attributes.as_deref().is_some_and(|text| text.trim() != "{}") {
        return Err(Error::invalid(
            "`skus[0]` without options has no `image` and no `attributes`: give them to the product",
        ));
    }
    Ok(())
}

/// The field of each option and its value.
fn choices<'a>(field: &'a Field, sku: &DraftSku, nth: usize) -> Result<Vec<(&'a Field, String)>> {
    let known = options_of(field);
    let mut found: Vec<(&Field, String)> = Vec::new();
    for (place, option) in sku.options.iter().enumerate() {
        let by_name = |one: &&&Field| one.name == option.name || one.id == option.name;
        let Some(option_field) = known.iter().find(by_name) else {
            let names: Vec<_> = known.iter().map(|one| one.name.as_str()).collect();
            let names = names.join(", ");
            return Err(Error::invalid(format!(
                "`skus[{nth}].options[{place}]` names {}, which is no option here: {names}",
                option.name
            )));
        };
        let name = format!("skus[{nth}].options[{place}].value");
        found.push((option_field, chosen(option_field, &option.value, &name)?));
    }
    let lacks = |one: &&&Field| one.rules.required && !found.iter().any(|(field, _)| field.id == one.id);
    match known.iter().find(lacks) {
        None => Ok(found),
        Some(lacking) => Err(Error::invalid(format!("`skus[{nth}].options` needs {}", lacking.name))),
    }
}

/// The SKU that the product has with these choices.
fn existing<'a>(field: &'a Field, choices: &[(&Field, String)]) -> Option<&'a [Filled]> {
    let Some(Content::Rows(rows)) = &field.held else { return None };
    let is_same = |row: &&Vec<Filled>| {
        let held = held_choices(field, row);
        held.len() == choices.len()
            && choices.iter().all(|(one, value)| held.contains(&(one.id.as_str(), value.as_str())))
    };
    rows.iter().find(is_same).map(Vec::as_slice)
}

fn held_choices<'a>(field: &Field, row: &'a [Filled]) -> Vec<(&'a str, &'a str)> {
    let known = options_of(field);
    let inside = |filled: &'a Filled| match &filled.content {
        Content::Parts(parts) => parts.as_slice(),
        _ => std::slice::from_ref(filled),
    };
    let all = row.iter().flat_map(inside).filter(|one| known.iter().any(|field| field.id == one.id));
    all.filter_map(|one| Some((one.id.as_str(), one.content.as_text()?))).collect()
}

/// One SKU on its way into a row.
struct Row<'a> {
    field: &'a Field,
    sku: &'a DraftSku,
    nth: usize,
    choices: Vec<(&'a Field, String)>,
    /// What the product has of it.
    before: Option<&'a [Filled]>,
}

impl Row<'_> {
    fn filled(&self) -> Result<(Vec<Filled>, i64)> {
        let name = format!("skus[{}].attributes", self.nth);
        let given = members(self.sku.attributes.as_deref().unwrap_or("{}"), &name)?;
        let mut filler = Filler::new(&given, &name);
        let mut row = Vec::new();
        for field in &self.field.fields {
            let content = match sku_role(field) {
                Some(role) => self.part(field, role)?,
                None => filler.fill(field, &field.id, self.held(field))?,
            };
            row.extend(content.map(|content| field.filled(content)));
        }
        filler.end()?;
        if self.sku.image.is_some() && !self.has(SkuRole::Image) {
            return Err(Error::invalid(format!(
                "`skus[{}].image` cannot be sent: this category has no field for it that is known",
                self.nth
            )));
        }
        Ok((row, self.stock()))
    }

    fn part(&self, field: &Field, role: SkuRole) -> Result<Option<Content>> {
        let held = || self.held(field).cloned();
        match role {
            SkuRole::Id => Ok(held()),
            SkuRole::Price => Ok(Some(Content::text(yuan(self.sku.price)))),
            SkuRole::Quantity => Ok(Some(Content::text(self.stock().to_string()))),
            SkuRole::OuterId => match &self.sku.outer_id {
                Some(id) => chosen(field, id, &format!("skus[{}].outerId", self.nth))
                    .map(|id| Some(Content::text(id))),
                None => Ok(held()),
            },
            SkuRole::Image => {
                let address = self.sku.image.as_ref().map(Picture::address).transpose()?;
                Ok(address.map(Content::text).or_else(held))
            }
            SkuRole::Option => Ok(self.choice(field)),
            SkuRole::Options => {
                let each = field.fields.iter().filter_map(|part| Some(part.filled(self.choice(part)?)));
                Ok(Some(Content::Parts(each.collect())))
            }
        }
    }

    fn choice(&self, field: &Field) -> Option<Content> {
        let found = self.choices.iter().find(|(one, _)| one.id == field.id);
        found.map(|(_, value)| Content::text(value.clone()))
    }

    fn held(&self, field: &Field) -> Option<&Content> {
        let held = self.before?.iter().find(|filled| filled.id == field.id)?;
        Some(&held.content)
    }

    /// An edit leaves the stock of the SKUs that there are: what was sold since the draft would come back.
    fn stock(&self) -> i64 {
        let held = self.before.and_then(|row| held_as(self.field, row, SkuRole::Quantity));
        held.and_then(|held| held.content.as_text()?.parse().ok()).unwrap_or(self.sku.stock)
    }

    fn has(&self, role: SkuRole) -> bool {
        self.field.fields.iter().any(|field| sku_role(field) == Some(role))
    }
}
