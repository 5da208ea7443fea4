//! Products and their SKUs (9). All prices are whole fen.

use super::super::wire::{self, Cat, GoodsDetail, GoodsItem, SkuInfo, Spec};
use super::page;
use crate::model::{Category, Fen, ProductRecord, ProductStatus, SkuRecord};
use crate::platform::lenient::{Field, extra, items, record, text};
use crate::platform::{DecodeError, ListPage, Parsed, ProductDetail};

const DETAIL: &str = "pdd.goods.detail.get";

/// Reads a page of `pdd.goods.list.get`.
pub(in crate::platform::pinduoduo) fn goods_list(
    body: &[u8],
) -> Result<ListPage<ProductRecord>, DecodeError> {
    page("pdd.goods.list.get", "goods_list", body, |raw| record::<GoodsItem<'_>, _>(raw, "goods_id", listed))
}

/// Reads `pdd.goods.detail.get`.
pub(in crate::platform::pinduoduo) fn product_detail(body: &[u8]) -> Result<ProductDetail, DecodeError> {
    let raw = wire::result(DETAIL, body).ok_or_else(|| DecodeError::new(wire::key(DETAIL), "a product"))?;
    let text = text(raw)?;
    let wire = GoodsDetail::read(&text)?;
    let (platform_status, status) = status(wire.status)?;
    let pictures = wire.carousel_gallery_list.each(|token| Field::new("", token).text())?;
    let pictures: Vec<String> = pictures.into_iter().flatten().collect();
    let record = ProductRecord {
        platform_product_id: wire.goods_id.id()?.ok_or_else(|| wire.goods_id.wrong("a product's id"))?,
        name: wire.goods_name.text()?.unwrap_or_default(),
        status,
        platform_status,
        outer_id: wire.outer_goods_id.outer()?,
        category_id: wire.cat_id.id()?,
        description: wire.goods_desc.text()?,
        images: if pictures.is_empty() { wire.image_url.text()?.into_iter().collect() } else { pictures },
        platform_created_at: None,
        platform_updated_at: None,
        extra: extra(&[wire.cost_template_id, wire.country_id, wire.market_price]),
    };
    Ok(ProductDetail { record, skus: skus_of(wire.sku_list)? })
}

/// Reads the SKUs of `pdd.goods.detail.get`.
pub(in crate::platform::pinduoduo) fn goods_skus(body: &[u8]) -> Result<Vec<Parsed<SkuRecord>>, DecodeError> {
    product_detail(body).map(|detail| detail.skus)
}

/// Reads `pdd.goods.authorization.cats`. A tree with holes would mislead, so one bad entry fails the answer.
pub(in crate::platform::pinduoduo) fn categories(body: &[u8]) -> Result<Vec<Category>, DecodeError> {
    let result = wire::object("pdd.goods.authorization.cats", body)?;
    let wrong = || DecodeError::new("goods_cats_list", "an array");
    let list = match result.get("goods_cats_list") {
        Some(list) => items(list).ok_or_else(wrong)?,
        None => Vec::new(),
    };
    list.into_iter().map(|raw| category(&text(raw)?)).collect()
}

fn category(text: &str) -> Result<Category, DecodeError> {
    let wire = Cat::read(text)?;
    Ok(Category {
        id: wire.cat_id.id()?.ok_or_else(|| wire.cat_id.wrong("a category's id"))?,
        parent_id: wire.parent_cat_id.id()?,
        name: wire.cat_name.text()?.unwrap_or_default(),
        level: wire.level.int()?.and_then(|level| u32::try_from(level).ok()),
        is_leaf: wire.leaf.flag()?.unwrap_or(false),
        is_enabled: true,
    })
}

/// A product as the list has it: no price, no description, no times (9.2).
fn listed(wire: &GoodsItem<'_>) -> Result<ProductRecord, DecodeError> {
    let shelf = wire.is_onsale.flag()?.ok_or_else(|| wire.is_onsale.wrong("1 or 0"))?;
    Ok(ProductRecord {
        platform_product_id: wire.goods_id.id()?.ok_or_else(|| wire.goods_id.wrong("a product's id"))?,
        name: wire.goods_name.text()?.unwrap_or_default(),
        status: if shelf { ProductStatus::OnSale } else { ProductStatus::OffSale },
        platform_status: if shelf { "on" } else { "off" }.to_owned(),
        outer_id: wire.outer_goods_id.outer()?,
        category_id: None,
        description: None,
        images: wire.image_url.or(wire.thumb_url).text()?.into_iter().collect(),
        platform_created_at: wire.created_at.seconds()?,
        platform_updated_at: None,
        // What changes with stock and options has to be seen, so that the details are read again.
        extra: extra(&[wire.goods_quantity, wire.goods_reserve_quantity, wire.is_more_sku, wire.sku_list]),
    })
}

fn status(field: Field<'_>) -> Result<(String, ProductStatus), DecodeError> {
    let value = field.text()?.ok_or_else(|| field.wrong("a status"))?;
    let status = match value.as_str() {
        "1" => ProductStatus::OnSale,
        "2" | "3" => ProductStatus::OffSale,
        "4" => ProductStatus::Deleted,
        _ => ProductStatus::Unknown,
    };
    Ok((value, status))
}

fn skus_of(list: Field<'_>) -> Result<Vec<Parsed<SkuRecord>>, DecodeError> {
    let records = list.items()?;
    Ok(records.into_iter().map(|raw| record::<SkuInfo<'_>, _>(raw.as_bytes(), "sku_id", sku)).collect())
}

fn sku(wire: &SkuInfo<'_>) -> Result<SkuRecord, DecodeError> {
    let specs = wire.spec.each(|text| Spec::read(text)?.spec_name.text())?;
    Ok(SkuRecord {
        platform_sku_id: wire.sku_id.id()?.ok_or_else(|| wire.sku_id.wrong("a SKU's id"))?,
        outer_id: wire.out_sku_sn.outer()?.or(wire.outer_sku_id.outer()?),
        code: None,
        price: group_price(wire)?,
        stock: wire.quantity.int()?.ok_or_else(|| wire.quantity.wrong("a whole number"))?,
        specs: specs.into_iter().flatten().collect(),
        extra: extra(&[wire.is_onsale, wire.price, wire.reserve_quantity, wire.thumb_url, wire.weight]),
    })
}

/// What buyers pay in a group, the normal way to buy here; `price` is that of buying alone and is kept in
/// `extra`.
fn group_price(wire: &SkuInfo<'_>) -> Result<Fen, DecodeError> {
    wire.multi_price.fen()?.ok_or_else(|| wire.multi_price.wrong("whole fen"))
}
