#![doc = include_str!("docs.md")]

mod convert;
mod decrypt;
mod fault;
mod listing;
mod market;
pub mod notice;
mod query;
mod sign;
mod wire;
mod writes;

use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::ask::{self, given};
use super::{
    ApiCall, AuthorizeRequest, CallParts, Capability, Credentials, Decryption, Facts, FullList, GrantTimes,
    ListPage, LookUp, OrderQuery, Parsed, PictureRules, Platform, ProductDetail, ProductQuery, Publication,
    Published, Quota, Reading, RefreshWindow, RemoteOrder, Repeat, ReviewSeen, Shipment, SignedRequest, Step,
    StockChange, TokenSet, TokenUse, UnderReview, Uploaded, WindowRules, WriteClass,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AppField, Category, CategoryRules, Company, Fen, FilePart, PlatformId, ProductRecord, RefundRecord,
    SkuRecord, UtcMillis, Wanted,
};
use crate::secret::Secret;

/// Where merchants of tool apps authorise (2.2).
const AUTHORIZE_PAGE: &str = "https://fuwu.jinritemai.com/authorize";
/// How much before its end an access token can be refreshed at all: an hour (2.3), less a margin.
const REFRESH_OPENS: Duration = Duration::from_secs(50 * 60);
/// How much before the end a refresh must be done at the latest.
const REFRESH_CLOSES: Duration = Duration::from_secs(10 * 60);

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
            Capability::ListRefunds,
            Capability::GetRefund,
            Capability::ListCategories,
            Capability::SetOnline,
            Capability::SetPrice,
            Capability::SetStock,
            Capability::CategoryRules,
            Capability::PublishProduct,
            Capability::UpdateProduct,
            Capability::ShipOrder,
            Capability::DecryptOrders,
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
        Some(query::ORDERS)
    }

    fn list_orders(&self, query: &OrderQuery) -> Result<ApiCall<ListPage<RemoteOrder>>> {
        query::orders(query)
    }

    fn get_order(&self, platform_order_id: &str) -> Result<ApiCall<RemoteOrder>> {
        query::order(platform_order_id)
    }

    fn refund_rules(&self) -> Option<WindowRules> {
        Some(query::REFUNDS)
    }

    fn list_refunds(&self, _: &str, query: &OrderQuery) -> Result<ApiCall<ListPage<RefundRecord>>> {
        query::refunds(query)
    }

    fn get_refund(&self, platform_refund_id: &str, _: &str) -> Result<ApiCall<RefundRecord>> {
        query::refund(platform_refund_id)
    }

    fn product_list(&self) -> Option<FullList> {
        Some(FullList::Cursor)
    }

    fn product_rules(&self) -> Option<WindowRules> {
        Some(query::PRODUCTS)
    }

    fn list_products(&self, query: &ProductQuery) -> Result<ApiCall<ListPage<ProductRecord>>> {
        query::products(query)
    }

    fn list_skus(&self, platform_product_id: &str) -> Result<ApiCall<Vec<Parsed<SkuRecord>>>> {
        query::skus(platform_product_id)
    }

    fn get_product(&self, platform_product_id: &str) -> Result<ApiCall<ProductDetail>> {
        query::product(platform_product_id)
    }

    fn list_categories(&self, parent: Option<&str>) -> Result<ApiCall<Vec<Category>>> {
        query::categories(parent)
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
        query::companies()
    }

    fn picture_rules(&self) -> Option<PictureRules> {
        Some(listing::PICTURES)
    }

    fn upload_picture(&self, file: &FilePart) -> Result<ApiCall<Uploaded>> {
        listing::upload_picture(file)
    }

    fn category_rules(&self, category: &str, _: Option<&str>, facts: &Facts) -> Result<Step<CategoryRules>> {
        listing::category_rules(category, facts)
    }

    fn publish_plan(&self, what: &Publication<'_>, facts: &Facts) -> Result<Step<ApiCall<Published>>> {
        listing::publish_plan(what, facts)
    }

    fn find_plan(&self, what: &LookUp<'_>, facts: &Facts) -> Result<Step<Option<Published>>> {
        listing::find_plan(what, facts)
    }

    fn review_plan(&self, what: &UnderReview<'_>, facts: &Facts) -> Result<Step<ReviewSeen>> {
        listing::review_plan(what, facts)
    }

    fn decryption(&self) -> Result<Decryption> {
        Ok(Decryption::ByCall(&decrypt::Decrypt))
    }

    fn opens_buyer_data(&self, api: &str) -> bool {
        ask::is_one_of(&["order.batchDecrypt"], api)
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
        Ok(ApiCall::raw(method, sign::canonical(params)?, query::READS, TokenUse::Shop, convert::raw_data))
    }
}

fn token_call(api: &'static str, params: &Value, repeat: Repeat) -> Result<ApiCall<TokenSet>> {
    let parts = CallParts::new(api, params.to_string(), repeat, TokenUse::None);
    Ok(ApiCall { parts, decode: convert::token_set })
}

#[cfg(test)]
mod tests;
