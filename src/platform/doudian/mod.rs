#![doc = include_str!("docs.md")]

mod convert;
mod fault;
mod market;
pub mod notice;
mod sign;
mod wire;
mod writes;

use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::ask::{self, given, number, page_size, seconds_around};
use super::{
    ApiCall, AuthorizeRequest, CallParts, Capability, Credentials, FullList, GrantTimes, ListPage,
    OrderQuery, PageOrder, Parsed, Place, Platform, ProductDetail, ProductQuery, Quota, Reading,
    RefreshWindow, RemoteOrder, Repeat, Shipment, SignedRequest, StockChange, TokenSet, TokenUse,
    WindowRules, WriteClass,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AppField, Category, Company, Fen, PlatformId, ProductRecord, SkuRecord, UtcMillis, Wanted,
};
use crate::secret::Secret;

/// Where merchants of tool apps authorise (2.2).
const AUTHORIZE_PAGE: &str = "https://fuwu.jinritemai.com/authorize";
/// Records a page at the most (2.10, 2.12).
const PAGE_SIZE: u32 = 100;
/// Records that `product.listV2` shows of one question by pages (2.10).
const PRODUCT_DEPTH: u64 = 10_000;
/// How much before its end an access token can be refreshed at all: an hour (2.3), less a margin.
const REFRESH_OPENS: Duration = Duration::from_secs(50 * 60);
/// How much before the end a refresh must be done at the latest.
const REFRESH_CLOSES: Duration = Duration::from_secs(10 * 60);
/// How long a change may stay invisible; see `docs.md`.
const LAG: Duration = Duration::from_secs(3 * 60);

/// Methods that only read (2.10 to 2.13). The name is also the group in which they are limited.
/// `order.batchDecrypt` is missing: it reads, but each call uses up a quota.
const READS: &[&str] = &[
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

/// The adapter of 抖店.
#[derive(Debug)]
pub struct Doudian;

impl Platform for Doudian {
    fn id(&self) -> PlatformId {
        PlatformId::Doudian
    }

    fn name(&self) -> &'static str {
        "抖店"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::ConnectTool,
            Capability::ConnectSelfUse,
            Capability::RefreshGrant,
            Capability::ListProducts,
            Capability::ListSkus,
            Capability::GetProduct,
            Capability::ListOrders,
            Capability::GetOrder,
            Capability::ListCategories,
            Capability::SetOnline,
            Capability::SetPrice,
            Capability::SetStock,
            Capability::ShipOrder,
            Capability::ListCompanies,
            Capability::Raw,
        ]
    }

    fn app_fields(&self) -> &'static [AppField] {
        &[
            AppField { name: "appKey", label: "AppKey", required: true },
            AppField { name: "appSecret", label: "AppSecret", required: true },
            AppField { name: "serviceId", label: "服务 ID (service_id)", required: false },
        ]
    }

    fn api_base(&self) -> &'static str {
        "https://openapi-fxg.jinritemai.com"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["openapi-fxg.jinritemai.com"]
    }

    // No numbers are published (2.17): a careful start that the limiter lowers on 60000.
    fn quota(&self) -> Quota {
        Quota { app_per_second: 5, shop_per_second: 5, in_flight: 8 }
    }

    fn sign(
        &self,
        parts: &CallParts,
        credentials: &Credentials,
        token: Option<&Secret<String>>,
        now: UtcMillis,
    ) -> Result<SignedRequest> {
        sign::request(parts, credentials, token, now)
    }

    fn read(&self, _: &str, body: &[u8]) -> Reading {
        fault::read(body)
    }

    fn authorize_url(&self, request: &AuthorizeRequest<'_>) -> Result<String> {
        let service_id = request.service_id.filter(|id| !id.trim().is_empty()).ok_or_else(|| {
            Error::new(ErrorKind::ConfigInvalid, "the app needs its service id to authorise merchants")
        })?;
        let mut url = request.page(AUTHORIZE_PAGE)?;
        url.query_pairs_mut().append_pair("service_id", service_id).append_pair("state", request.state);
        Ok(url.into())
    }

    fn exchange_code(&self, code: &str) -> Result<ApiCall<TokenSet>> {
        let code = given(code, "code")?;
        // A code works once: sent again it could only fail.
        token_call("token.create", &json!({"code": code, "grant_type": "authorization_code"}), Repeat::Never)
    }

    fn self_grant(&self, platform_shop_id: &str) -> Result<ApiCall<TokenSet>> {
        let shop_id = given(platform_shop_id, "the shop's id")?;
        let params = json!({"code": "", "grant_type": "authorization_self", "shop_id": shop_id});
        // While the token lives, asking again returns the same one (2.3).
        token_call("token.create", &params, Repeat::Safe)
    }

    fn refresh_grant(&self, refresh_token: &Secret<String>) -> Result<ApiCall<TokenSet>> {
        let params = json!({"grant_type": "refresh_token", "refresh_token": refresh_token.expose()});
        // The old refresh token dies with the answer (2.3); whether to try it again is the caller's case.
        token_call("token.refresh", &params, Repeat::Never)
    }

    fn refresh_window(&self, times: &GrantTimes) -> Option<RefreshWindow> {
        Some(RefreshWindow {
            opens_at: times.expires_at.minus(REFRESH_OPENS),
            closes_at: times.expires_at.minus(REFRESH_CLOSES),
        })
    }

    fn order_rules(&self) -> Option<WindowRules> {
        Some(WindowRules {
            order: PageOrder::Ascending,
            page_size: PAGE_SIZE,
            max_records: None,
            max_window: Duration::from_secs(6 * 3600),
            lag: LAG,
            overlap: 2 * LAG,
            sections: 1,
            history: None,
        })
    }

    fn list_orders(&self, query: &OrderQuery) -> Result<ApiCall<ListPage<RemoteOrder>>> {
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

    fn get_order(&self, platform_order_id: &str) -> Result<ApiCall<RemoteOrder>> {
        let params = json!({"shop_order_id": given(platform_order_id, "the order's id")?});
        Ok(ApiCall::shop_read("order.orderDetail", &params, convert::order_detail))
    }

    fn product_list(&self) -> Option<FullList> {
        Some(FullList::Cursor)
    }

    fn product_rules(&self) -> Option<WindowRules> {
        Some(WindowRules {
            order: PageOrder::LastPageFirst,
            page_size: PAGE_SIZE,
            max_records: Some(PRODUCT_DEPTH),
            // Products change far less often than orders and a full window is split, so only the run's
            // first look is limited by this.
            max_window: Duration::from_secs(7 * 24 * 3600),
            lag: LAG,
            overlap: 2 * LAG,
            sections: 1,
            history: None,
        })
    }

    fn list_products(&self, query: &ProductQuery) -> Result<ApiCall<ListPage<ProductRecord>>> {
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

    fn list_skus(&self, platform_product_id: &str) -> Result<ApiCall<Vec<Parsed<SkuRecord>>>> {
        let params = json!({"product_id": number(platform_product_id, "the product's id")?});
        Ok(ApiCall::shop_read("sku.list", &params, convert::skus))
    }

    fn get_product(&self, platform_product_id: &str) -> Result<ApiCall<ProductDetail>> {
        let params = json!({"product_id": given(platform_product_id, "the product's id")?});
        Ok(ApiCall::shop_read("product.detail", &params, convert::product_detail))
    }

    fn list_categories(&self, parent: Option<&str>) -> Result<ApiCall<Vec<Category>>> {
        let cid = number(parent.unwrap_or("0"), "the category's id")?;
        Ok(ApiCall::shop_read("shop.getShopCategory", &json!({"cid": cid}), convert::categories))
    }

    fn set_online(&self, platform_product_id: &str, online: bool) -> Result<ApiCall<()>> {
        writes::set_online(platform_product_id, online)
    }

    fn set_price(&self, platform_product_id: &str, platform_sku_id: &str, price: Fen) -> Result<ApiCall<()>> {
        writes::set_price(platform_product_id, platform_sku_id, price)
    }

    fn set_stock(
        &self,
        platform_product_id: &str,
        platform_sku_id: &str,
        change: StockChange<'_>,
    ) -> Result<ApiCall<()>> {
        writes::set_stock(platform_product_id, platform_sku_id, change)
    }

    fn ship_order(&self, shipment: &Shipment<'_>) -> Result<ApiCall<()>> {
        writes::ship(shipment)
    }

    fn list_companies(&self) -> Result<ApiCall<Vec<Company>>> {
        Ok(ApiCall::shop_read("order.logisticsCompanyList", &json!({}), convert::companies))
    }

    fn write_class(&self, wanted: &Wanted) -> WriteClass {
        writes::class(wanted)
    }

    fn says_done_before(&self, platform_code: &str) -> bool {
        writes::is_done_before(platform_code)
    }

    // The first of the three states is the shelf (2.10); a listing under review counts, since the platform
    // has taken the wish.
    fn shows_online(&self, record: &ProductRecord) -> Option<bool> {
        match record.platform_status.split('/').next() {
            Some("0") => Some(true),
            Some("1") => Some(false),
            _ => None,
        }
    }

    fn typed_write(&self, api: &str) -> Option<&'static str> {
        ask::typed(writes::TYPED, api)
    }

    fn why_not(&self, capability: Capability) -> Option<&'static str> {
        market::why_not(capability)
    }

    fn raw(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>> {
        let method = sign::method(api)?;
        if method.split('.').next().is_some_and(|noun| noun.eq_ignore_ascii_case("token")) {
            return Err(Error::invalid("token calls are made by the hub itself: tokens never leave it"));
        }
        Ok(ApiCall::raw(method, sign::canonical(params)?, READS, TokenUse::Shop, convert::raw_data))
    }
}

fn token_call(api: &'static str, params: &Value, repeat: Repeat) -> Result<ApiCall<TokenSet>> {
    let parts = CallParts::new(api, params.to_string(), repeat, TokenUse::None);
    Ok(ApiCall { parts, decode: convert::token_set })
}

/// Whole seconds around a window, one more at both ends: the bounds of products are said to be left out
/// (2.10, one source) and nobody says how those of orders are. A record twice is harmless, one missed is not.
fn bounds(from: UtcMillis, to: UtcMillis) -> Result<(i64, i64)> {
    let (start, end) = seconds_around(from, to)?;
    Ok(((start - 1).max(0), end + 1))
}

/// The platform's number of a page, counted from 1 (2.10).
fn product_page(page: u32, size: u32) -> Result<u32> {
    let page = page.saturating_add(1);
    if page > 100 || u64::from(page) * u64::from(size) > PRODUCT_DEPTH {
        return Err(Error::invalid("pages show 10000 products at the most; use a narrower window"));
    }
    Ok(page)
}

#[cfg(test)]
mod tests;
