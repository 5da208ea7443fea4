//! A product as it is before an edit (9.2).

use serde_json::{Map, Value, json};

use super::wire::{Goods, GoodsSku, GoodsSpec};
use super::{Stop, answer, digits, read, without_blanks};
use crate::error::Result;
use crate::platform::ask::number;
use crate::platform::lenient::Field;
use crate::platform::{DecodeError, Facts};

/// One value of a specification, such as 颜色: 黑.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spec {
    pub(super) parent: String,
    pub(super) parent_name: String,
    pub(super) id: String,
    pub(super) name: String,
}

/// The product.
pub(super) struct Known {
    pub(super) id: u64,
    pub(super) skus: Vec<KnownSku>,
}

/// One of its SKUs.
pub(super) struct KnownSku {
    pub(super) id: String,
    pub(super) specs: Vec<Spec>,
    /// Its fields as an edit sends them.
    pub(super) fields: Map<String, Value>,
}

pub(super) fn of(product: &str, facts: &Facts) -> Result<Known, Stop> {
    let id = number(product, "the product's id")?;
    let params = json!({"goods_id": id});
    let text = answer(facts, format!("product:{id}"), "pdd.goods.detail.get", &params, None)?;
    let skus = Goods::read(text).and_then(|goods| goods.sku_list.each(sku));
    Ok(Known { id, skus: read("the product", skus)? })
}

impl Known {
    /// A value of a specification that one of its SKUs has.
    pub(super) fn spec(&self, fits: impl Fn(&Spec) -> bool) -> Option<&Spec> {
        self.skus.iter().flat_map(|sku| &sku.specs).find(|spec| fits(spec))
    }
}

fn sku(text: &str) -> Result<KnownSku, DecodeError> {
    let wire = GoodsSku::read(text)?;
    let fen = |field: Field<'_>| field.fen()?.ok_or_else(|| field.wrong("whole fen")).map(|fen| fen.0);
    let fields = json!({
        "price": fen(wire.price)?,
        "multi_price": fen(wire.multi_price)?,
        "weight": wire.weight.int()?.unwrap_or_default(),
        "out_sku_sn": wire.out_sku_sn.text()?,
        "thumb_url": wire.thumb_url.text()?,
        "sku_properties": wire.sku_property_list.token().and_then(|text| serde_json::from_str::<Value>(text).ok()),
    });
    let fields = match without_blanks(fields) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    Ok(KnownSku {
        id: wire.sku_id.id()?.ok_or_else(|| wire.sku_id.wrong("a SKU's id"))?,
        specs: wire.spec.each(spec)?,
        fields,
    })
}

fn spec(text: &str) -> Result<Spec, DecodeError> {
    let wire = GoodsSpec::read(text)?;
    let id = |field: Field<'_>| field.id()?.ok_or_else(|| field.wrong("a specification's id"));
    Ok(Spec {
        parent: id(wire.parent_id)?,
        parent_name: wire.parent_name.text()?.unwrap_or_default(),
        id: id(wire.spec_id)?,
        name: wire.spec_name.text()?.unwrap_or_default(),
    })
}

/// The ids of specifications as SKUs carry them: a text that holds a JSON array (9.3).
pub(super) fn spec_id_list(specs: &[Spec]) -> String {
    Value::from(specs.iter().map(|spec| digits(&spec.id)).collect::<Vec<_>>()).to_string()
}
