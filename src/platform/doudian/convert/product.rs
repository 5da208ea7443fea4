//! Products (2.10), their SKUs (2.11) and categories.

use std::collections::{BTreeMap, HashMap};

use serde_json::value::RawValue;

use super::super::wire::{
    self, CategoryItem, CategoryPath, ProductItem, SellProperty, SkuItem, SpecItem, SpecValue,
};
use super::{extra, page};
use crate::model::{Category, ProductRecord, ProductStatus, SkuRecord};
use crate::platform::lenient::{Field, record, text};
use crate::platform::{DecodeError, ListPage, Parsed, ProductDetail};

/// Reads a page of `product.listV2`.
pub(in crate::platform::doudian) fn product_page(
    body: &[u8],
) -> Result<ListPage<ProductRecord>, DecodeError> {
    let data = wire::data_object(body)?;
    page(data, "data", |raw| record::<ProductItem<'_>, _>(raw, "product_id", product))
}

/// Reads `product.detail`.
pub(in crate::platform::doudian) fn product_detail(body: &[u8]) -> Result<ProductDetail, DecodeError> {
    let text = text(wire::data(body)?)?;
    let item = ProductItem::read(&text)?;
    let names = spec_names(item.specs);
    let skus = item.spec_prices.items()?;
    Ok(ProductDetail {
        record: product(&item)?,
        skus: skus
            .into_iter()
            .map(|raw| record::<SkuItem<'_>, _>(raw.as_bytes(), "sku_id", |wire| sku(wire, &names)))
            .collect(),
    })
}

/// Reads `sku.list`.
pub(in crate::platform::doudian) fn skus(body: &[u8]) -> Result<Vec<Parsed<SkuRecord>>, DecodeError> {
    let none = HashMap::new();
    let records = wire::data_array(body)?;
    Ok(records.into_iter().map(|raw| record::<SkuItem<'_>, _>(raw, "id", |wire| sku(wire, &none))).collect())
}

/// Reads `shop.getShopCategory`. A tree with holes would mislead, so one bad entry fails the answer.
pub(in crate::platform::doudian) fn categories(body: &[u8]) -> Result<Vec<Category>, DecodeError> {
    let records = wire::data_array(body)?.into_iter().enumerate();
    records
        .map(|(place, raw)| {
            text(raw)
                .and_then(|text| category(&text))
                .map_err(|error| DecodeError::new(format!("data[{place}].{}", error.path), error.expected))
        })
        .collect()
}

fn category(text: &str) -> Result<Category, DecodeError> {
    let wire = CategoryItem::read(text)?;
    let level = wire.level.int()?.and_then(|level| u32::try_from(level).ok());
    Ok(Category {
        id: wire.id.id()?.ok_or_else(|| wire.id.wrong("a category's id"))?,
        parent_id: wire.parent_id.id()?,
        name: wire.name.text()?.unwrap_or_default(),
        level: Some(level.ok_or_else(|| wire.level.wrong("a level"))?),
        is_leaf: wire.is_leaf.flag()?.unwrap_or(false),
        is_enabled: wire.enable.flag()?.unwrap_or(true),
    })
}

fn product(wire: &ProductItem<'_>) -> Result<ProductRecord, DecodeError> {
    let (platform_status, status) = status(wire)?;
    let id = wire.product_id.or(wire.product_id_str);
    Ok(ProductRecord {
        platform_product_id: id.id()?.ok_or_else(|| wire.product_id.wrong("a product's id"))?,
        name: wire.name.text()?.unwrap_or_default(),
        status,
        platform_status,
        outer_id: wire.outer_product_id.outer()?.or(wire.out_product_id.outer()?),
        category_id: wire.category_detail.inside(leaf_category)?.flatten(),
        description: wire.description.text()?,
        images: images(wire)?,
        platform_created_at: wire.create_time.time()?,
        platform_updated_at: wire.update_time.time()?,
        extra: extra(&[
            wire.category_detail,
            wire.discount_price,
            wire.freight_id,
            wire.market_price,
            wire.out_product_id,
            wire.presell_type,
            wire.product_format_new,
            wire.product_type,
            wire.spec_id,
            wire.standard_brand_id,
        ]),
    })
}

fn leaf_category(text: &str) -> Result<Option<String>, DecodeError> {
    let path = CategoryPath::read(text)?;
    for cid in [path.fourth_cid, path.third_cid, path.second_cid, path.first_cid] {
        if let Some(id) = cid.id()? {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

fn images(wire: &ProductItem<'_>) -> Result<Vec<String>, DecodeError> {
    let pictures = wire.pic.each(|token| Field::new("", token).text())?;
    let pictures: Vec<String> = pictures.into_iter().flatten().collect();
    Ok(if pictures.is_empty() { wire.img.text()?.into_iter().collect() } else { pictures })
}

/// The three states as they are, such as `0/3/0` (lists may leave out the third), and what they mean
/// together (2.10).
pub(in crate::platform::doudian) fn status(
    wire: &ProductItem<'_>,
) -> Result<(String, ProductStatus), DecodeError> {
    let shelf = wire.status.text()?.ok_or_else(|| wire.status.wrong("a status"))?;
    let check = wire.check_status.text()?.ok_or_else(|| wire.check_status.wrong("a status"))?;
    let draft = wire.draft_status.text()?;
    let status = match (shelf.as_str(), check.as_str(), draft.as_deref()) {
        ("2" | "-1" | "-2", ..) => ProductStatus::Deleted,
        ("0" | "1", "5", _) => ProductStatus::Banned,
        ("0" | "1", "4", _) => ProductStatus::Rejected,
        ("0" | "1", "7", _) => ProductStatus::Scheduled,
        ("0" | "1", "2", _) => ProductStatus::UnderReview,
        ("0", "3", _) => ProductStatus::OnSale,
        ("1", "1" | "3", _) => ProductStatus::OffSale,
        ("0", "1", None | Some("0" | "1")) => ProductStatus::Draft,
        _ => ProductStatus::Unknown,
    };
    let mut platform_status = format!("{shelf}/{check}");
    if let Some(draft) = draft {
        platform_status.push('/');
        platform_status.push_str(&draft);
    }
    Ok((platform_status, status))
}

/// Names of options by their ids; `product.detail` gives ids with the SKUs and names beside them.
type SpecNames = HashMap<String, String>;

/// The fact sheet does not give the shape of `specs`, so that another one only costs the names.
fn spec_names(specs: Field<'_>) -> SpecNames {
    let value = |text| {
        let value = SpecValue::read(text)?;
        Ok(value.id.id()?.zip(value.name.text()?))
    };
    let kind = |text| {
        let values = SpecItem::read(text).and_then(|kind| kind.values.each(value));
        Ok(values.unwrap_or_default())
    };
    specs.each(kind).unwrap_or_default().into_iter().flatten().flatten().collect()
}

fn sku(wire: &SkuItem<'_>, names: &SpecNames) -> Result<SkuRecord, DecodeError> {
    let id = wire.id.or(wire.sku_id);
    Ok(SkuRecord {
        platform_sku_id: id.id()?.ok_or_else(|| wire.id.wrong("a SKU's id"))?,
        outer_id: wire.outer_sku_id.outer()?.or(wire.out_sku_id.outer()?),
        code: wire.code.text()?,
        price: wire.price.fen()?.ok_or_else(|| wire.price.wrong("whole fen"))?,
        stock: stock(wire)?,
        specs: specs(wire, names)?,
        extra: extra(&[
            wire.lock_stock_num,
            wire.out_sku_id,
            wire.prehold_stock_num,
            wire.prom_stock_num,
            wire.sell_properties,
            wire.sku_type,
            wire.spec_detail_id1,
            wire.spec_detail_id2,
            wire.spec_detail_id3,
            wire.spec_detail_ids,
            wire.step_stock_num,
            wire.stock_map,
            wire.stock_num_map,
            wire.supplier_id,
        ]),
    })
}

/// What can be sold. Regional stock (type 1) is kept by warehouse and summed; `stock_num` is not filled.
fn stock(wire: &SkuItem<'_>) -> Result<i64, DecodeError> {
    let by_warehouse = wire.stock_map.or(wire.stock_num_map);
    if wire.sku_type.int()? == Some(1)
        && let Some(sum) = by_warehouse.inside(warehouse_sum)?.flatten()
    {
        return Ok(sum);
    }
    wire.stock_num.int()?.ok_or_else(|| wire.stock_num.wrong("a whole number"))
}

fn warehouse_sum(text: &str) -> Result<Option<i64>, DecodeError> {
    let wrong = || DecodeError::new("*", "whole numbers whose sum fits");
    let stocks: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(|_| wrong())?;
    if stocks.is_empty() {
        return Ok(None);
    }
    let mut sum = 0i64;
    for stock in stocks.values() {
        let stock = Field::new("*", stock.get()).int()?.unwrap_or(0);
        sum = sum.checked_add(stock).ok_or_else(wrong)?;
    }
    Ok(Some(sum))
}

/// Names of a SKU's options: the newer list, else the three older fields, else by their ids.
fn specs(wire: &SkuItem<'_>, names: &SpecNames) -> Result<Vec<String>, DecodeError> {
    let properties = wire.sell_properties.each(|text| SellProperty::read(text)?.value_name.text())?;
    let found: Vec<String> = properties.into_iter().flatten().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let mut found = Vec::new();
    for name in [wire.spec_detail_name1, wire.spec_detail_name2, wire.spec_detail_name3] {
        found.extend(name.text()?);
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let ids = wire.spec_detail_ids.each(|token| Field::new("", token).id())?;
    Ok(ids.into_iter().flatten().filter_map(|id| names.get(&id).cloned()).collect())
}
