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
    ApiCall, AuthorizeRequest, CallParts, Capability, Credentials, Decode, Decryption, Facts, FullList,
    GoodsQuery, GrantTimes, KnownProduct, LinkOrderQuery, LinkWish, ListPage, ListShape, LookUp, MarketPage,
    OrderQuery, Parsed, PictureRules, Platform, ProductDetail, ProductQuery, Publication, Published, Quota,
    Reading, RefreshWindow, RemoteOrder, ReviewSeen, Shipment, ShopFacts, SignedRequest, Step, StockChange,
    TokenSet, TokenUse, Turn, UnderReview, Uploaded, WindowRules, WriteClass,
};
use crate::error::{Error, Result};
use crate::model::{
    AppField, Campaign, Category, CategoryRules, Company, Coupon, FilePart, LinkGoods, LinkOrder, PlatformId,
    ProductRecord, PromotionLink, RefundRecord, SkuRecord, UtcMillis, Wanted,
};
use crate::secret::Secret;

/// Where merchants authorise (1).
const AUTHORIZE_PAGE: &str = "https://oauth.taobao.com/authorize";
/// How much before its end a token is renewed at the earliest: nothing is won by renewing a year early.
const REFRESH_OPENS: Duration = Duration::from_secs(24 * 3600);
/// The first part in this many of a token's life in which it is not renewed yet, where it lives shortly.
const REFRESH_SHARE: u32 = 4;
/// How much of that window is left when it closes.
const CLOSES_SHARE: u32 = 4;

/// The adapter of Taobao and Tmall.
#[derive(Debug)]
pub struct Taobao;

impl Platform for Taobao {
    fn id(&self) -> PlatformId {
        PlatformId::Taobao
    }

    fn name(&self) -> &'static str {
        "淘宝/天猫"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::ConnectTool,
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
            Capability::ShipOrder,
            Capability::DecryptOrders,
            Capability::ListCompanies,
            Capability::CategoryRules,
            Capability::CreateLinks,
            Capability::ListCampaigns,
            Capability::ListCoupons,
            Capability::ListLinkOrders,
            Capability::PublishProduct,
            Capability::SearchGoods,
            Capability::UpdateProduct,
            Capability::Raw,
        ]
    }

    fn app_fields(&self) -> &'static [AppField] {
        &[
            AppField { name: "appKey", label: "AppKey", required: true },
            AppField { name: "appSecret", label: "AppSecret", required: true },
            AppField { name: "redirectUri", label: "回调地址 (redirect_uri)", required: true },
        ]
    }

    fn api_base(&self) -> &'static str {
        "https://eco.taobao.com/router/rest"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["eco.taobao.com", "gw.api.taobao.com", "api.taobao.com"]
    }

    // No numbers are published for a method (6.1): a careful start that the limiter lowers on code 7.
    fn quota(&self) -> Quota {
        Quota { app_per_second: 10, shop_per_second: 5, in_flight: 4 }
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

    fn read(&self, api: &str, body: &[u8]) -> Reading {
        fault::read(api, body)
    }

    fn authorize_url(&self, request: &AuthorizeRequest<'_>) -> Result<String> {
        let redirect_uri = request.needed_redirect()?;
        let mut url = request.page(AUTHORIZE_PAGE)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", request.app_key)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", request.state)
            .append_pair("view", "web");
        Ok(url.into())
    }

    fn exchange_code(&self, code: &str) -> Result<ApiCall<TokenSet>> {
        let params = json!({"code": given(code, "code")?});
        Ok(token_call("taobao.top.auth.token.create", &params))
    }

    fn identify(&self) -> Vec<ApiCall<ShopFacts>> {
        vec![
            ApiCall::shop_read(
                "taobao.user.seller.get",
                &json!({"fields": "user_id,nick,type"}),
                convert::seller,
            ),
            ApiCall::shop_read("taobao.shop.seller.get", &json!({"fields": "title"}), convert::shop),
        ]
    }

    fn refresh_grant(&self, refresh_token: &Secret<String>) -> Result<ApiCall<TokenSet>> {
        let params = json!({"refresh_token": refresh_token.expose()});
        Ok(token_call("taobao.top.auth.token.refresh", &params))
    }

    /// Only what can be renewed has a window (2.4), and a pair is renewed while both of its tokens live.
    fn refresh_window(&self, times: &GrantTimes) -> Option<RefreshWindow> {
        let end = times.expires_at.min(times.refresh_expires_at?);
        let window = (end.since(times.obtained_at) / REFRESH_SHARE).min(REFRESH_OPENS);
        Some(RefreshWindow { opens_at: end.minus(window), closes_at: end.minus(window / CLOSES_SHARE) })
    }

    fn order_rules(&self) -> Option<WindowRules> {
        Some(query::ORDERS)
    }

    fn list_orders(&self, query: &OrderQuery) -> Result<ApiCall<ListPage<RemoteOrder>>> {
        query::orders(query)
    }

    fn orders_need_detail(&self) -> bool {
        true
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
        Some(FullList::Windows)
    }

    fn product_rules(&self) -> Option<WindowRules> {
        Some(query::PRODUCTS)
    }

    fn list_products(&self, query: &ProductQuery) -> Result<ApiCall<ListPage<ProductRecord>>> {
        query::products(query)
    }

    fn products_need_detail(&self) -> bool {
        true
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
        if online {
            return Err(Error::internal("listing wants the product"));
        }
        writes::take_down(platform_product_id)
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

    fn write_wants_product(&self, wanted: &Wanted) -> bool {
        writes::wants_product(wanted)
    }

    fn write_product(&self, wanted: &Wanted, key: Option<&str>, known: &KnownProduct) -> Result<ApiCall<()>> {
        writes::by_product(wanted, key, known)
    }

    fn decryption(&self) -> Result<Decryption> {
        Ok(Decryption::ByCall(&decrypt::Decrypt))
    }

    fn opens_buyer_data(&self, api: &str) -> bool {
        ask::is_one_of(&["taobao.top.oaid.decrypt", "taobao.top.secret.get"], api)
    }

    fn write_class(&self, wanted: &Wanted) -> WriteClass {
        writes::class(wanted)
    }

    fn typed_write(&self, api: &str) -> Option<&'static str> {
        ask::typed(writes::TYPED, api)
    }

    fn list_companies(&self) -> Result<ApiCall<Vec<Company>>> {
        Ok(ApiCall::shop_read(
            "taobao.logistics.companies.get",
            &json!({"fields": "code,name"}),
            convert::carriers,
        ))
    }

    fn picture_rules(&self) -> Option<PictureRules> {
        Some(listing::PICTURES)
    }

    fn upload_picture(&self, file: &FilePart) -> Result<ApiCall<Uploaded>> {
        listing::upload(file)
    }

    fn category_rules(
        &self,
        category: &str,
        shop_type: Option<&str>,
        facts: &Facts,
    ) -> Result<Step<CategoryRules>> {
        listing::category_rules(category, shop_type, facts)
    }

    fn publish_plan(&self, what: &Publication<'_>, facts: &Facts) -> Result<Step<ApiCall<Published>>> {
        listing::publish(what, facts)
    }

    fn find_plan(&self, what: &LookUp<'_>, facts: &Facts) -> Result<Step<Option<Published>>> {
        listing::find(what, facts)
    }

    fn review_plan(&self, what: &UnderReview<'_>, facts: &Facts) -> Result<Step<ReviewSeen>> {
        listing::review(what, facts)
    }

    // The first part of the status is the shelf (8).
    fn shows_online(&self, record: &ProductRecord) -> Option<bool> {
        match record.platform_status.split('/').next() {
            Some("onsale") => Some(true),
            Some("instock") => Some(false),
            _ => None,
        }
    }

    fn campaign_list(&self) -> Option<ListShape> {
        Some(market::CAMPAIGNS)
    }

    fn list_campaigns(&self, turn: &Turn<'_>) -> Result<ApiCall<MarketPage<Campaign>>> {
        market::campaigns(turn)
    }

    fn coupon_list(&self) -> Option<ListShape> {
        Some(market::COUPONS)
    }

    fn list_coupons(&self, turn: &Turn<'_>) -> Result<ApiCall<MarketPage<Coupon>>> {
        market::coupons(turn)
    }

    fn create_link(&self, wish: &LinkWish<'_>) -> Result<ApiCall<PromotionLink>> {
        market::link(wish)
    }

    fn goods_search(&self) -> Option<ListShape> {
        Some(market::GOODS)
    }

    fn search_goods(&self, query: &GoodsQuery<'_>) -> Result<ApiCall<MarketPage<LinkGoods>>> {
        market::goods(query)
    }

    fn placement<'a>(&self, given: &'a str) -> &'a str {
        market::zone_text(given)
    }

    fn link_order_rules(&self) -> Option<WindowRules> {
        Some(market::LINK_ORDERS)
    }

    fn list_link_orders(&self, query: &LinkOrderQuery<'_>) -> Result<ApiCall<MarketPage<LinkOrder>>> {
        market::link_orders(query)
    }

    fn why_not(&self, capability: Capability) -> Option<&'static str> {
        market::why_not(capability)
    }

    fn raw(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>> {
        let method = sign::method(api)?;
        if is_token_call(method) {
            return Err(Error::invalid("token calls are made by the hub itself: tokens never leave it"));
        }
        sign::check_names(&sign::fields(params)?)?;
        Ok(ApiCall::raw(method, params.to_owned(), query::READS, TokenUse::Shop, convert::raw_content))
    }

    /// Which methods go without a session their names do not tell: the platform refuses the others (26).
    fn raw_of_app(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>> {
        let call = self.raw(api, params)?;
        let parts = CallParts { token: TokenUse::None, ..call.parts };
        Ok(ApiCall { parts, ..call })
    }
}

/// Calls whose answers hold tokens.
fn is_token_call(api: &str) -> bool {
    api.to_ascii_lowercase().starts_with("taobao.top.auth.token.")
}

/// A code works once, and whether a refresh token rotates is not known (2.2, 2.4): neither is sent again blindly.
fn token_call(api: &'static str, params: &Value) -> ApiCall<TokenSet> {
    ApiCall::tokens(api, params, convert::token_set)
}

#[cfg(test)]
mod tests;
