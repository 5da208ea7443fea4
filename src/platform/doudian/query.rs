//! What is asked to read orders, refunds and products, and by which rules (2.10 to 2.12).

use std::time::Duration;

use serde_json::{Map, json};

use super::convert;
use crate::error::{Error, Result};
use crate::model::{Category, Company, ProductRecord, RefundRecord, SkuRecord, UtcMillis};
use crate::platform::ask::{given, number, page_size, seconds_around};
use crate::platform::{
    ApiCall, ListPage, OrderQuery, PageOrder, Parsed, Place, ProductDetail, ProductQuery, RemoteOrder,
    WindowRules,
};

/// Records a page at the most (2.10, 2.12).
pub(super) const PAGE_SIZE: u32 = 100;
/// Records that `product.listV2` shows of one question by pages (2.10).
pub(super) const PRODUCT_DEPTH: u64 = 10_000;
/// How long a change may stay invisible; see `docs.md`.
const LAG: Duration = Duration::from_secs(3 * 60);

/// Late changes land behind the place of reading (2.12).
pub(super) const ORDERS: WindowRules = WindowRules {
    order: PageOrder::Ascending,
    page_size: PAGE_SIZE,
    max_records: None,
    max_window: Duration::from_secs(6 * 3600),
    lag: LAG,
    overlap: Duration::from_secs(2 * LAG.as_secs()),
    sections: 1,
    history: None,
};

/// Nothing is stated of their windows and pages either, and they come in the same order.
pub(super) const REFUNDS: WindowRules = ORDERS;

pub(super) const PRODUCTS: WindowRules = WindowRules {
    order: PageOrder::LastPageFirst,
    max_records: Some(PRODUCT_DEPTH),
    // Products change far less often than orders and a full window is split, so only the run's first look is
    // limited by this.
    max_window: Duration::from_secs(7 * 24 * 3600),
    ..ORDERS
};

/// Methods that only read (2.10 to 2.13). The name is also the group in which they are limited.
/// `order.batchDecrypt` is missing: it reads, but each call uses up a quota.
pub(super) const READS: &[&str] = &[
    "afterSale.Detail",
    "afterSale.List",
    "material.queryMaterialDetail",
    "order.BatchSearchIndex",
    "order.batchSensitive",
    "order.getSearchIndex",
    "order.logisticsCompanyList",
    "order.orderDetail",
    "order.searchList",
    "product.auditList",
    "product.detail",
    "product.getCatePropertyV2",
    "product.getProductUpdateRule",
    "product.listV2",
    "shop.brandList",
    "shop.getShopCategory",
    "sku.list",
    "sku.stockNum",
];

pub(super) fn orders(query: &OrderQuery) -> Result<ApiCall<ListPage<RemoteOrder>>> {
    let (start, end) = bounds(query.from, query.to)?;
    let params = json!({
        "update_time_start": start,
        "update_time_end": end,
        "page": query.page, // counted from 0 (2.12)
        "size": page_size(query.size, PAGE_SIZE)?,
        "order_by": "update_time",
        "order_asc": true,
    });
    Ok(ApiCall::shop_read("order.searchList", &params, convert::order_page))
}

pub(super) fn order(id: &str) -> Result<ApiCall<RemoteOrder>> {
    let params = json!({"shop_order_id": given(id, "the order's id")?});
    Ok(ApiCall::shop_read("order.orderDetail", &params, convert::order_detail))
}

pub(super) fn refunds(query: &OrderQuery) -> Result<ApiCall<ListPage<RefundRecord>>> {
    let (start, end) = bounds(query.from, query.to)?;
    let params = json!({
        "update_start_time": start,
        "update_end_time": end,
        "page": query.page, // counted from 0 (2.12)
        "size": page_size(query.size, PAGE_SIZE)?,
        "order_by": ["update_time asc"],
    });
    Ok(ApiCall::shop_read("afterSale.List", &params, convert::refund_page))
}

pub(super) fn refund(id: &str) -> Result<ApiCall<RefundRecord>> {
    let params = json!({"after_sale_id": given(id, "the refund's id")?});
    Ok(ApiCall::shop_read("afterSale.Detail", &params, convert::refund_detail))
}

pub(super) fn products(query: &ProductQuery) -> Result<ApiCall<ListPage<ProductRecord>>> {
    let size = page_size(query.size, PAGE_SIZE)?;
    let mut params = Map::new();
    params.insert("size".to_owned(), size.into());
    match &query.place {
        Place::Page(page) => {
            let page = product_page(*page, size)?;
            params.insert("page".to_owned(), page.into());
        }
        Place::Cursor(cursor) => {
            params.insert("use_cursor".to_owned(), true.into());
            if let Some(cursor) = cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
                params.insert("cursor_id".to_owned(), cursor.into());
            }
        }
    }
    if let Some((from, to)) = query.updated {
        let (start, end) = bounds(from, to)?;
        params.insert("update_start_time".to_owned(), start.into());
        params.insert("update_end_time".to_owned(), end.into());
    }
    Ok(ApiCall::shop_read("product.listV2", &params.into(), convert::product_page))
}

pub(super) fn skus(product: &str) -> Result<ApiCall<Vec<Parsed<SkuRecord>>>> {
    let params = json!({"product_id": number(product, "the product's id")?});
    Ok(ApiCall::shop_read("sku.list", &params, convert::skus))
}

pub(super) fn product(id: &str) -> Result<ApiCall<ProductDetail>> {
    let params = json!({"product_id": given(id, "the product's id")?});
    Ok(ApiCall::shop_read("product.detail", &params, convert::product_detail))
}

pub(super) fn categories(parent: Option<&str>) -> Result<ApiCall<Vec<Category>>> {
    let cid = number(parent.unwrap_or("0"), "the category's id")?;
    Ok(ApiCall::shop_read("shop.getShopCategory", &json!({"cid": cid}), convert::categories))
}

pub(super) fn companies() -> Result<ApiCall<Vec<Company>>> {
    Ok(ApiCall::shop_read("order.logisticsCompanyList", &json!({}), convert::companies))
}

/// Whole seconds around a window, one more at both ends: the bounds of products are said to be left out
/// (2.10, one source) and nobody says how those of orders and refunds are. A record twice is harmless, one
/// missed is not.
pub(super) fn bounds(from: UtcMillis, to: UtcMillis) -> Result<(i64, i64)> {
    let (start, end) = seconds_around(from, to)?;
    Ok(((start - 1).max(0), end + 1))
}

/// The platform's number of a page, counted from 1 (2.10).
pub(super) fn product_page(page: u32, size: u32) -> Result<u32> {
    let page = page.saturating_add(1);
    if page > 100 || u64::from(page) * u64::from(size) > PRODUCT_DEPTH {
        return Err(Error::invalid("pages show 10000 products at the most; use a narrower window"));
    }
    Ok(page)
}
