//! The SKUs of a product as they are sent (9.3). All prices are fen.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::field::{Kind, checked};
use super::known::{Known, KnownSku, Spec, spec_id_list};
use super::rules::Rules;
use super::{digits, members};
use crate::error::{Error, Result};
use crate::model::{DraftSku, ListingDraft};
use crate::platform::listing::missing;

/// What the platform takes here and nothing else (9.3).
const LIMIT_QUANTITY: u32 = 999;

/// The platform's own fields of a SKU. Beyond the sheet's: the models of the public Rust client open-pdd.
const FIELDS: &[(&str, Kind)] = &[
    ("is_onsale", Kind::Whole),
    ("length", Kind::Whole),
    ("out_source_sku_id", Kind::Text),
    ("oversea_sku", Kind::Any),
    ("price", Kind::Whole),
    ("sku_pre_sale_time", Kind::Whole),
    ("weight", Kind::Whole),
];

const NEEDED: &[(&str, &str)] = &[
    ("price", "the price in fen of buying alone; `priceFen` is that of buying in a group"),
    ("weight", "in grams"),
];

/// The attributes of one SKU.
pub(super) struct Own {
    fields: Map<String, Value>,
    properties: Map<String, Value>,
}

/// Reads the attributes of each SKU.
///
/// # Errors
/// `INVALID_REQUEST` with everything that is missing or wrong.
pub(super) fn own(draft: &ListingDraft, market_price: Option<i64>) -> Result<Vec<Own>> {
    let mut problems = Vec::new();
    let mut all = Vec::new();
    for (nth, sku) in draft.skus.iter().enumerate() {
        let of = format!("skus[{nth}].attributes");
        let mut given = members(&of, sku.attributes.as_deref().unwrap_or("{}"))?;
        let properties = match given.remove("properties") {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        let fields = checked(&of, given, FIELDS, &mut problems);
        let absent = NEEDED.iter().filter(|(name, _)| !fields.contains_key(*name));
        problems.extend(absent.map(|(name, what)| {
            format!("`skus[{nth}].{}", missing(name, what).message().trim_start_matches('`'))
        }));
        problems.extend(price_problem(nth, sku, &fields, market_price));
        all.push(Own { fields, properties });
    }
    if problems.is_empty() { Ok(all) } else { Err(Error::invalid(problems.join("; "))) }
}

/// Buying in a group is not dearer than buying alone, and that not dearer than the reference price (9.3).
fn price_problem(
    nth: usize,
    sku: &DraftSku,
    fields: &Map<String, Value>,
    market: Option<i64>,
) -> Option<String> {
    let price = fields.get("price")?.as_i64()?;
    if price < sku.price.0 {
        return Some(format!("`skus[{nth}].attributes.price` must not be below `priceFen`"));
    }
    market
        .filter(|market| *market < price)
        .map(|_| format!("`attributes.market_price` must not be below `skus[{nth}].attributes.price`"))
}

/// What the SKUs are made of.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) draft: &'a ListingDraft,
    pub(super) own: &'a [Own],
    pub(super) specs: &'a [Vec<Spec>],
    pub(super) rules: &'a Rules<'a>,
    pub(super) known: Option<&'a Known>,
    /// The product's properties: those that go with SKUs count for all of them.
    pub(super) properties: &'a Map<String, Value>,
}

impl Parts<'_> {
    /// The SKUs of the draft, and off sale those that the product has beside them: nothing says what becomes of a SKU
    /// that an edit leaves out.
    pub(super) fn list(&self) -> Result<Vec<Value>> {
        let cover =
            self.draft.images.first().map(|picture| picture.address()).transpose()?.unwrap_or_default();
        let mut list = Vec::new();
        let mut kept = BTreeSet::new();
        for ((sku, own), specs) in self.draft.skus.iter().zip(self.own).zip(self.specs) {
            let known = self.known.and_then(|known| known.skus.iter().find(|one| same(&one.specs, specs)));
            kept.extend(known.map(|known| known.id.as_str()));
            list.push(self.one(sku, own, specs, known, cover)?);
        }
        let others = self.known.map_or(&[][..], |known| &known.skus);
        list.extend(
            others.iter().filter(|one| !kept.contains(one.id.as_str())).map(|one| off_sale(one, cover)),
        );
        Ok(list)
    }

    fn one(
        &self,
        sku: &DraftSku,
        own: &Own,
        specs: &[Spec],
        known: Option<&KnownSku>,
        cover: &str,
    ) -> Result<Value> {
        let mut sent = Map::from_iter([
            ("is_onsale".to_owned(), json!(1)),
            ("limit_quantity".to_owned(), LIMIT_QUANTITY.into()),
            ("multi_price".to_owned(), sku.price.0.into()),
            // What an edit sends of a SKU that is there is a change, which counts each time it arrives (9.3).
            ("quantity".to_owned(), known.map_or(sku.stock, |_| 0).into()),
            ("spec_id_list".to_owned(), spec_id_list(specs).into()),
        ]);
        let image = sku.image.as_ref().map(|picture| picture.address()).transpose()?;
        sent.insert("thumb_url".to_owned(), image.unwrap_or(cover).into());
        if let Some(outer) = sku.outer_id.as_deref().filter(|id| !id.trim().is_empty()) {
            sent.insert("out_sku_sn".to_owned(), outer.into());
        }
        if let Some(known) = known {
            sent.insert("sku_id".to_owned(), digits(&known.id));
        }
        let properties = self.properties_of(own)?;
        if !properties.is_empty() {
            sent.insert("sku_properties".to_owned(), properties.into());
        }
        sent.extend(own.fields.clone());
        Ok(sent.into())
    }

    fn properties_of(&self, own: &Own) -> Result<Vec<Value>> {
        let fits = |id: &String| self.rules.properties.iter().any(|one| one.is_sku && one.id == *id);
        if let Some(id) = own.properties.keys().find(|id| !fits(id)) {
            return Err(Error::invalid(format!(
                "{id} is no property that the category asks for with each SKU"
            )));
        }
        let mut given = self.properties.clone();
        given.extend(own.properties.clone());
        self.rules.entries(&given, true)
    }

    /// The values of specifications that are properties of the product too (9.1), each once, those of SKUs that stay
    /// beside the draft's too.
    pub(super) fn sale_entries(&self) -> Vec<Value> {
        let known = self.known.iter().flat_map(|known| &known.skus).flat_map(|sku| &sku.specs);
        let mut seen = BTreeSet::new();
        let mut entries = Vec::new();
        for spec in self.specs.iter().flatten().chain(known) {
            let Some(property) = self.rules.sale(&spec.parent).filter(|_| seen.insert(&spec.id)) else {
                continue;
            };
            let mut entry = Map::from_iter([
                ("ref_pid".to_owned(), digits(&property.id)),
                ("parent_spec_id".to_owned(), digits(&spec.parent)),
                ("spec_id".to_owned(), digits(&spec.id)),
                ("value".to_owned(), spec.name.clone().into()),
            ]);
            if let Some(choice) = property.values.iter().find(|choice| choice.name == spec.name) {
                entry.insert("vid".to_owned(), digits(&choice.id));
            }
            entries.push(entry.into());
        }
        entries
    }
}

/// Whether these are the same choices, in any order.
fn same(one: &[Spec], other: &[Spec]) -> bool {
    let ids = |specs: &[Spec]| specs.iter().map(|spec| spec.id.clone()).collect::<BTreeSet<_>>();
    ids(one) == ids(other)
}

fn off_sale(known: &KnownSku, cover: &str) -> Value {
    let mut sent = known.fields.clone();
    sent.entry("thumb_url").or_insert(cover.into());
    sent.extend([
        ("sku_id".to_owned(), digits(&known.id)),
        ("is_onsale".to_owned(), json!(0)),
        ("limit_quantity".to_owned(), LIMIT_QUANTITY.into()),
        ("quantity".to_owned(), json!(0)),
        ("spec_id_list".to_owned(), spec_id_list(&known.specs).into()),
    ]);
    sent.into()
}
