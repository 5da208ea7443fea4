//! The SKUs of a product: `specs` and `spec_prices` (2.10).

use serde_json::{Map, Value};

use super::{attribute, picture};
use crate::error::{Error, Result};
use crate::model::{DraftSku, ListingDraft};

/// What separates kinds of options, their names and their values.
const SEPARATORS: [char; 3] = ['^', '|', ','];
/// The fields of a SKU's options.
const NAMES: [&str; 3] = ["spec_detail_name1", "spec_detail_name2", "spec_detail_name3"];
/// What a product without a choice is offered as: it cannot be published without any option.
const NO_CHOICE: (&str, &str) = ("规格", "默认");

/// A draft's SKUs in the platform's form.
pub(super) struct Specs {
    /// `颜色|黑,白^尺码|S,M`
    pub(super) specs: String,
    /// JSON text, as the platform wants it.
    pub(super) prices: String,
    /// For each value of the first kind of option, the SKUs that have it.
    first: Vec<(String, Vec<usize>)>,
}

/// A kind of option, and its values in the order of the SKUs.
type Kinds<'a> = Vec<(&'a str, Vec<&'a str>)>;

pub(super) fn of(draft: &ListingDraft) -> Result<Specs> {
    let kinds = kinds(&draft.skus)?;
    check_combinations(&draft.skus, &kinds)?;
    let written = kinds.iter().map(|(name, values)| format!("{name}|{}", values.join(",")));
    let rows = draft.skus.iter().enumerate().map(|(nth, sku)| row(nth, sku));
    let first = first(&draft.skus, &kinds);
    let with_images = first.iter().filter(|(_, skus)| skus.iter().any(|nth| has_image(draft, *nth))).count();
    picture::check_count(draft, with_images)?;
    Ok(Specs {
        specs: written.collect::<Vec<_>>().join("^"),
        prices: Value::Array(rows.collect::<Result<_>>()?).to_string(),
        first,
    })
}

fn has_image(draft: &ListingDraft, sku: usize) -> bool {
    draft.skus.get(sku).is_some_and(|sku| sku.image.is_some())
}

/// Name and value of a SKU's options.
fn options(sku: &DraftSku) -> Vec<(&str, &str)> {
    let given: Vec<_> = sku.options.iter().map(|option| (option.name.trim(), option.value.trim())).collect();
    if given.is_empty() { vec![NO_CHOICE] } else { given }
}

fn kinds(skus: &[DraftSku]) -> Result<Kinds<'_>> {
    let mut kinds: Kinds<'_> = Vec::new();
    for (nth, sku) in skus.iter().enumerate() {
        let options = options(sku);
        if options.len() > NAMES.len() {
            return Err(Error::invalid(format!("`skus[{nth}].options` must be three at the most")));
        }
        for (name, value) in options {
            if name.contains(SEPARATORS) || value.contains(SEPARATORS) {
                return Err(Error::invalid(format!("`skus[{nth}].options` must not hold `^`, `|` or `,`")));
            }
            match kinds.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) if values.contains(&value) => {}
                Some((_, values)) => values.push(value),
                None => kinds.push((name, vec![value])),
            }
        }
    }
    Ok(kinds)
}

/// The platform wants a SKU for each combination of values.
fn check_combinations(skus: &[DraftSku], kinds: &Kinds<'_>) -> Result<()> {
    let all = kinds.iter().try_fold(1usize, |all, (_, values)| all.checked_mul(values.len()));
    if all == Some(skus.len()) {
        return Ok(());
    }
    Err(Error::invalid(
        "`skus` must hold one for each combination of options; give those that are not sold a stock of 0",
    ))
}

fn first(skus: &[DraftSku], kinds: &Kinds<'_>) -> Vec<(String, Vec<usize>)> {
    let values = kinds.first().map(|(_, values)| values.as_slice()).unwrap_or_default();
    let having = |value: &str| {
        let has = |sku: &DraftSku| options(sku).first().is_some_and(|(_, own)| *own == value);
        skus.iter().enumerate().filter(|(_, sku)| has(sku)).map(|(nth, _)| nth).collect()
    };
    values.iter().map(|value| ((*value).to_owned(), having(value))).collect()
}

fn row(nth: usize, sku: &DraftSku) -> Result<Value> {
    let mut row = match &sku.attributes {
        Some(text) => attribute::of_sku(text, nth)?,
        None => Map::new(),
    };
    for (field, (_, value)) in NAMES.into_iter().zip(options(sku)) {
        row.insert(field.into(), value.into());
    }
    row.insert("price".into(), sku.price.0.into()); // fen (2.9)
    row.insert("stock_num".into(), sku.stock.into());
    if let Some(id) = sku.outer_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
        row.insert("outer_sku_id".into(), id.into());
    }
    Ok(row.into())
}

impl Specs {
    /// `spec_pic`: one picture for each value of the first kind of option; none where no SKU has one.
    pub(super) fn pictures(
        &self,
        draft: &ListingDraft,
        of_skus: &[Option<String>],
    ) -> Result<Option<String>> {
        if draft.skus.iter().all(|sku| sku.image.is_none()) {
            return Ok(None);
        }
        let mut found = Vec::new();
        for (value, skus) in &self.first {
            let mut own = skus.iter().map(|nth| of_skus.get(*nth).and_then(Option::as_deref));
            let one = own.next().flatten();
            match one.filter(|one| own.all(|other| other == Some(one))) {
                Some(one) => found.push(one),
                None => {
                    return Err(Error::invalid(format!("all `skus` with {value} must have the same image")));
                }
            }
        }
        Ok(Some(found.join(",")))
    }
}
