//! Wares, their SKUs (8) and categories (7). Prices are yuan as numbers, times milliseconds.

use super::super::wire::{self, Category as CategoryItem, Image, SaleAttr, Sku, Ware};
use super::page;
use crate::model::{Category, ProductRecord, ProductStatus, SkuRecord};
use crate::platform::lenient::{Field, extra, items, record, text};
use crate::platform::{DecodeError, ListPage, Parsed, ProductDetail};

/// Where pictures are shown, in front of their stored path (2).
const PICTURES: &str = "https://img10.360buyimg.com/n0/";
/// Where pictures of descriptions are shown, and those of the picture zone.
pub(in crate::platform::jd) const ZONE: &str = "https://img10.360buyimg.com/imgzone/";
/// Added to where a ware stands while an edit waits for audit, or was refused (8).
const IN_AUDIT: i64 = 512;
const AUDIT_REFUSED: i64 = 1024;

/// Reads a page of `jingdong.ware.read.searchWare4Valid`.
pub(in crate::platform::jd) fn ware_page(body: &[u8]) -> Result<ListPage<ProductRecord>, DecodeError> {
    let answer = wire::object("jingdong.ware.read.searchWare4Valid", body)?;
    let holder = wire::inner(&answer, "page")?;
    page(&holder, ("data", "totalItem"), |raw| record::<Ware<'_>, _>(raw, "wareId", ware))
}

/// Reads `jingdong.ware.read.findWareById`. Its SKUs are another call's.
pub(in crate::platform::jd) fn product_detail(body: &[u8]) -> Result<ProductDetail, DecodeError> {
    let answer = wire::object("jingdong.ware.read.findWareById", body)?;
    let raw =
        answer.get("ware").ok_or_else(|| DecodeError::new("ware", "a ware: there is none of this id"))?;
    Ok(ProductDetail { record: ware(&Ware::read(&text(raw)?)?)?, skus: Vec::new() })
}

/// Reads a page of `jingdong.sku.read.searchSkuList` of one ware.
pub(in crate::platform::jd) fn skus(body: &[u8]) -> Result<Vec<Parsed<SkuRecord>>, DecodeError> {
    let answer = wire::object("jingdong.sku.read.searchSkuList", body)?;
    let holder = wire::inner(&answer, "page")?;
    Ok(page(&holder, ("data", "totalItem"), |raw| record::<Sku<'_>, _>(raw, "skuId", sku))?.records)
}

/// Reads `jingdong.category.read.findByPId`. A tree with holes would mislead, so one bad entry fails the answer.
pub(in crate::platform::jd) fn categories(body: &[u8]) -> Result<Vec<Category>, DecodeError> {
    let answer = wire::object("jingdong.category.read.findByPId", body)?;
    let wrong = || DecodeError::new("categories", "an array");
    let list = match answer.get("categories") {
        Some(list) => items(list).ok_or_else(wrong)?,
        None => Vec::new(),
    };
    list.into_iter().map(|raw| category(&text(raw)?)).collect()
}

pub(in crate::platform::jd) fn category(text: &str) -> Result<Category, DecodeError> {
    let wire = CategoryItem::read(text)?;
    Ok(Category {
        id: wire.id.id()?.ok_or_else(|| wire.id.wrong("a category's id"))?,
        parent_id: wire.fid.id()?,
        name: wire.name.text()?.unwrap_or_default(),
        level: wire.lev.int()?.and_then(|level| u32::try_from(level).ok()),
        is_leaf: wire.isLeaf.flag()?.unwrap_or(false),
        is_enabled: wire.status.int()?.is_none_or(|status| status == 1),
    })
}

fn ware(wire: &Ware<'_>) -> Result<ProductRecord, DecodeError> {
    let (platform_status, status) = status(wire.wareStatus)?;
    Ok(ProductRecord {
        platform_product_id: wire.wareId.id()?.ok_or_else(|| wire.wareId.wrong("a ware's id"))?,
        name: wire.title.text()?.unwrap_or_default(),
        status,
        platform_status,
        outer_id: wire.outerId.text()?,
        category_id: wire.multiCategoryId.id()?.or(wire.categoryId.id()?),
        description: wire.introduction.text()?,
        images: images(wire)?,
        platform_created_at: wire.created.millis()?,
        platform_updated_at: wire.modified.millis()?,
        extra: extra(&[
            wire.barCode,
            wire.brandId,
            wire.colType,
            wire.costPrice,
            wire.itemNum,
            wire.jdPrice,
            wire.marketPrice,
            wire.offlineTime,
            wire.onlineTime,
            wire.stockNum,
            wire.transportId,
        ]),
    })
}

/// What the audit of what was sent last says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::platform::jd) enum Audit {
    /// Nothing: it has passed, or there is none.
    Silent,
    Waits,
    Refused,
}

/// Low bits say where the ware stands, 512 and 1024 what the audit of its last edit says (8).
pub(in crate::platform::jd) const fn audited(status: i64) -> (Audit, i64) {
    match status {
        IN_AUDIT..AUDIT_REFUSED => (Audit::Waits, status - IN_AUDIT),
        AUDIT_REFUSED.. => (Audit::Refused, status - AUDIT_REFUSED),
        _ => (Audit::Silent, status),
    }
}

/// An edit that is being audited does not take a ware off sale.
fn status(field: Field<'_>) -> Result<(String, ProductStatus), DecodeError> {
    let value = field.int()?.ok_or_else(|| field.wrong("a ware's status"))?;
    let (audit, stands) = audited(value);
    let status = match (stands, audit) {
        (-1, _) => ProductStatus::Deleted,
        (1, Audit::Waits) => ProductStatus::UnderReview,
        (1, Audit::Refused) => ProductStatus::Rejected,
        (1, Audit::Silent) => ProductStatus::Draft,
        (2, _) => ProductStatus::OffSale,
        (4, _) => ProductStatus::Banned,
        (8, _) => ProductStatus::OnSale,
        _ => ProductStatus::Unknown,
    };
    Ok((value.to_string(), status))
}

/// The pictures of the ware itself, in their order; those of single colours are left out (9.1).
fn images(wire: &Ware<'_>) -> Result<Vec<String>, DecodeError> {
    let mut shown = wire.images.each(|text| {
        let image = Image::read(text)?;
        let is_main = image.colorId.text()?.is_none_or(|color| color.bytes().all(|byte| byte == b'0'));
        Ok((image.imgIndex.int()?.unwrap_or(0), image.imgUrl.text()?.filter(|_| is_main)))
    })?;
    shown.sort_by_key(|(place, _)| *place);
    let shown: Vec<String> = shown.into_iter().filter_map(|(_, path)| path).map(shown_at).collect();
    Ok(if shown.is_empty() { wire.logo.text()?.map(shown_at).into_iter().collect() } else { shown })
}

fn shown_at(path: String) -> String {
    address(PICTURES, path)
}

/// The address of a stored path, which the platform gives with its host now and then.
pub(in crate::platform::jd) fn address(base: &str, path: String) -> String {
    match path.strip_prefix("//") {
        Some(rest) => format!("https://{rest}"),
        None if path.contains("://") => path,
        None => format!("{base}{}", path.trim_start_matches('/')),
    }
}

fn sku(wire: &Sku<'_>) -> Result<SkuRecord, DecodeError> {
    Ok(SkuRecord {
        platform_sku_id: wire.skuId.id()?.ok_or_else(|| wire.skuId.wrong("a SKU's id"))?,
        outer_id: wire.outerId.text()?,
        code: wire.barCode.text()?,
        price: wire.jdPrice.yuan()?.ok_or_else(|| wire.jdPrice.wrong("a price in yuan"))?,
        stock: wire.stockNum.int()?.ok_or_else(|| wire.stockNum.wrong("a stock"))?,
        specs: specs(wire.saleAttrs)?,
        extra: extra(&[wire.saleAttrs, wire.skuName, wire.status]),
    })
}

/// Names of the options in the order of their index; the ids of values that have no name.
fn specs(field: Field<'_>) -> Result<Vec<String>, DecodeError> {
    let mut specs = field.each(|text| {
        let attr = SaleAttr::read(text)?;
        let texts = |field: Field<'_>| field.each(|token| Field::new("", token).text());
        let aliases: Vec<String> = texts(attr.attrValueAlias)?.into_iter().flatten().collect();
        let names = if aliases.is_empty() {
            texts(attr.attrValues)?.into_iter().flatten().collect()
        } else {
            aliases
        };
        Ok((attr.index.int()?.unwrap_or(i64::MAX), names.join(" ")))
    })?;
    specs.sort_by_key(|(index, _)| *index);
    Ok(specs.into_iter().map(|(_, name)| name).filter(|name| !name.is_empty()).collect())
}
