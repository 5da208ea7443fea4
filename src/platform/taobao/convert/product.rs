//! Products, their SKUs (5.2) and categories (5.1).

use super::super::wire::{self, Item, ItemCat, Picture, Sku};
use super::{extra, page};
use crate::model::{Category, ProductRecord, ProductStatus, SkuRecord};
use crate::platform::lenient::{Field, record, text};
use crate::platform::{DecodeError, ListPage, Parsed, ProductDetail};

/// Reads a page of `taobao.items.onsale.get`, or of those in stock that wait for being listed.
pub(in crate::platform::taobao) fn item_page(body: &[u8]) -> Result<ListPage<ProductRecord>, DecodeError> {
    listed(body, None)
}

/// Reads a page of those in stock that are sold out.
pub(in crate::platform::taobao) fn sold_out_page(
    body: &[u8],
) -> Result<ListPage<ProductRecord>, DecodeError> {
    listed(body, Some("sold_out"))
}

/// Reads a page of those that the platform took down.
pub(in crate::platform::taobao) fn violation_page(
    body: &[u8],
) -> Result<ListPage<ProductRecord>, DecodeError> {
    listed(body, Some("violation_off_shelf"))
}

fn listed(body: &[u8], banner: Option<&str>) -> Result<ListPage<ProductRecord>, DecodeError> {
    let read = |item: &Item<'_>| product(item, banner);
    page(&wire::members(body)?, ("items", "item"), |raw| record::<Item<'_>, _>(raw, "num_iid", read))
}

/// Reads the product of `taobao.item.seller.get`.
pub(in crate::platform::taobao) fn item_detail(body: &[u8]) -> Result<ProductDetail, DecodeError> {
    let text = text(wire::object(body, "item")?)?;
    let item = Item::read(&text)?;
    let banner = item.violation.flag()?.unwrap_or(false).then_some("violation_off_shelf");
    Ok(ProductDetail { record: product(&item, banner)?, skus: skus_of(&item)? })
}

/// Reads the SKUs of the product of `taobao.item.seller.get`.
pub(in crate::platform::taobao) fn skus(body: &[u8]) -> Result<Vec<Parsed<SkuRecord>>, DecodeError> {
    skus_of(&Item::read(&text(wire::object(body, "item")?)?)?)
}

/// Reads `taobao.itemcats.get`. A tree with holes would mislead, so one bad entry fails the answer.
pub(in crate::platform::taobao) fn categories(body: &[u8]) -> Result<Vec<Category>, DecodeError> {
    let records = wire::list(&wire::members(body)?, "item_cats", "item_cat")?.into_iter().enumerate();
    records
        .map(|(place, raw)| {
            text(raw).and_then(|text| category(&text)).map_err(|error| {
                DecodeError::new(format!("item_cats.item_cat[{place}].{}", error.path), error.expected)
            })
        })
        .collect()
}

fn category(text: &str) -> Result<Category, DecodeError> {
    let wire = ItemCat::read(text)?;
    let parent_id = wire.parent_cid.id()?;
    Ok(Category {
        id: wire.cid.id()?.ok_or_else(|| wire.cid.wrong("a category's id"))?,
        // The platform names the parent, not the depth.
        level: parent_id.is_none().then_some(1),
        parent_id,
        name: wire.name.text()?.unwrap_or_default(),
        is_leaf: !wire.is_parent.flag()?.unwrap_or(false),
        is_enabled: wire.status.text()?.is_none_or(|status| status == "normal"),
    })
}

/// `banner` is the list that the product was found in, where that says more than the product itself.
fn product(wire: &Item<'_>, banner: Option<&str>) -> Result<ProductRecord, DecodeError> {
    let (platform_status, status) = status(wire.approve_status, banner)?;
    Ok(ProductRecord {
        platform_product_id: wire.num_iid.id()?.ok_or_else(|| wire.num_iid.wrong("a product's id"))?,
        name: wire.title.text()?.unwrap_or_default(),
        status,
        platform_status,
        outer_id: wire.outer_id.outer()?,
        category_id: wire.cid.id()?,
        description: wire.desc.text()?,
        images: images(wire)?,
        platform_created_at: wire.created.time()?,
        platform_updated_at: wire.modified.time()?,
        extra: extra(&[
            wire.delist_time,
            wire.list_time,
            wire.num,
            wire.postage_id,
            wire.price,
            wire.product_id,
            wire.seller_cids,
            wire.r#type,
        ]),
    })
}

/// `onsale`, `instock`, or `instock/` and the list of those in stock that it is in (5.2, 8).
fn status(field: Field<'_>, banner: Option<&str>) -> Result<(String, ProductStatus), DecodeError> {
    let value = field.text()?.ok_or_else(|| field.wrong("a status"))?;
    let status = match (value.as_str(), banner) {
        ("instock", Some("violation_off_shelf")) => ProductStatus::Banned,
        ("onsale", _) => ProductStatus::OnSale,
        ("instock", _) => ProductStatus::OffSale,
        _ => ProductStatus::Unknown,
    };
    Ok((banner.map_or(value.clone(), |banner| format!("{value}/{banner}")), status))
}

/// The pictures in their order; the one of the list where there are no details.
fn images(wire: &Item<'_>) -> Result<Vec<String>, DecodeError> {
    let mut pictures = Vec::new();
    for token in wire::inner_list(wire.item_imgs, "item_img")? {
        let picture = Picture::read(token)?;
        pictures.extend(picture.url.text()?.map(|url| (picture.position.int().ok().flatten(), url)));
    }
    pictures.sort_by_key(|(position, _)| *position);
    let found: Vec<_> = pictures.into_iter().map(|(_, url)| url).collect();
    Ok(if found.is_empty() { wire.pic_url.text()?.into_iter().collect() } else { found })
}

/// The SKUs that can be sold. A product without SKUs is its own only one.
fn skus_of(item: &Item<'_>) -> Result<Vec<Parsed<SkuRecord>>, DecodeError> {
    let listed = wire::inner_list(item.skus, "sku")?;
    if listed.is_empty() {
        return Ok(vec![Ok(only_sku(item)?)]);
    }
    let read = |token: &str| record::<Sku<'_>, _>(token.as_bytes(), "sku_id", sku);
    let records = listed.into_iter().map(read).filter_map(Result::transpose);
    Ok(records.collect())
}

fn only_sku(item: &Item<'_>) -> Result<SkuRecord, DecodeError> {
    Ok(SkuRecord {
        platform_sku_id: item.num_iid.id()?.ok_or_else(|| item.num_iid.wrong("a product's id"))?,
        outer_id: item.outer_id.outer()?,
        code: item.barcode.text()?,
        price: item.price.yuan()?.ok_or_else(|| item.price.wrong("a price in yuan"))?,
        stock: item.num.int()?.ok_or_else(|| item.num.wrong("a whole number"))?,
        specs: Vec::new(),
        extra: None,
    })
}

/// Nothing for one that was deleted (8).
fn sku(wire: &Sku<'_>) -> Result<Option<SkuRecord>, DecodeError> {
    if wire.status.text()?.as_deref() == Some("delete") {
        return Ok(None);
    }
    Ok(Some(SkuRecord {
        platform_sku_id: wire.sku_id.id()?.ok_or_else(|| wire.sku_id.wrong("a SKU's id"))?,
        outer_id: wire.outer_id.outer()?,
        code: wire.barcode.text()?,
        price: wire.price.yuan()?.ok_or_else(|| wire.price.wrong("a price in yuan"))?,
        stock: wire.quantity.int()?.ok_or_else(|| wire.quantity.wrong("a whole number"))?,
        specs: wire.properties_name.text()?.map(|names| specs(&names)).unwrap_or_default(),
        extra: extra(&[wire.properties, wire.properties_name, wire.status, wire.with_hold_quantity]),
    }))
}

/// The names of the options in `pid:vid:name:option;…`, where `#cln#` and `#scln#` stand for `:` and `;`.
fn specs(names: &str) -> Vec<String> {
    let option = |one: &str| one.splitn(4, ':').nth(3).map(str::to_owned);
    let plain = |name: String| name.replace("#cln#", ":").replace("#scln#", ";");
    names.split(';').filter_map(option).map(plain).collect()
}
