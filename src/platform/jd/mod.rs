#![doc = include_str!("docs.md")]

mod campaign;
mod convert;
mod decrypt;
mod fault;
mod listing;
mod market;
pub mod notice;
mod reads;
mod sign;
mod wire;
mod writes;

pub use sign::master_key_signature;

use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::ask::{self, given, number, page_size, seconds_around, wall_clock};
use super::{
    ApiCall, AuthorizeRequest, CallParts, CampaignCall, CampaignLookUp, CampaignWork, Capability,
    Credentials, Decryption, Facts, FullList, GoodsQuery, GrantTimes, LinkOrderQuery, LinkWish, ListPage,
    ListShape, LookUp, MarketPage, MaskedForm, OrderQuery, PageOrder, Parsed, PictureRules, Place, Platform,
    ProductDetail, ProductQuery, Publication, Published, Quota, Reading, RefreshWindow, RemoteOrder,
    ReviewSeen, Shipment, ShopFacts, SignedRequest, Step, StockChange, TokenSet, TokenUse, Turn, UnderReview,
    Uploaded, WindowRules, WriteClass,
};
use crate::error::{Error, Result};
use crate::model::{
    AppField, Campaign, CampaignDraft, Category, CategoryRules, Company, Coupon, Fen, FilePart, LinkGoods,
    LinkOrder, PlatformId, ProductRecord, PromotionLink, RefundRecord, SkuRecord, UtcMillis, Wanted,
};
use crate::secret::Secret;

/// The gateway itself: others of the platform's have other paths (2).
const API_BASE: &str = "https://api.jd.com/routerjson";
const TOKEN_BASE: &str = "https://open-oauth.jd.com/oauth2";
/// Where merchants authorise (5.1).
const AUTHORIZE_PAGE: &str = "https://open-oauth.jd.com/oauth2/to_login";
/// What a merchant grants (5.1).
const SCOPE: &str = "snsapi_base";
const TOKEN_CALL: &str = "oauth2/access_token";
/// Orders with buyer data in plain text, and the methods that mask it and add ciphertext (10.1, 10.2).
const ORDERS: [&str; 2] = ["jingdong.pop.order.search", "jingdong.pop.order.enSearch"];
const ONE_ORDER: [&str; 2] = ["jingdong.pop.order.get", "jingdong.pop.order.enGet"];
/// The gateway shows buyer data in plain text inside JD's cloud alone (1, 6.3).
const OUTSIDE_CLOUD: &str = "73";
const REFRESH_CALL: &str = "oauth2/refresh_token";

/// Records a page at the most (18).
const ORDERS_A_PAGE: u32 = 100;
const WARES_A_PAGE: u32 = 50;
const SKUS_A_PAGE: usize = 100;
const REFUNDS_A_PAGE: u32 = 50;
/// A hundred pages are shown of wares and of refund applications (8, 11); of orders nothing is said.
const PAGES_SHOWN: u64 = 100;
/// One window of orders covers a month at the most (10.1); small ones are better than deep pages.
const WINDOW: Duration = Duration::from_secs(7 * 86_400);
/// Orders are found by their time of change for about three months (10.1), less a margin for a run.
const HISTORY_SHOWN: Duration = Duration::from_secs(90 * 86_400 - 3_600);
/// Nothing says how long a change may stay invisible: a careful start, as for other platforms.
const LAG: Duration = Duration::from_secs(3 * 60);
/// A token is renewed in its last day, and well before its end: afterwards it cannot be (5.3).
const REFRESH_OPENS: Duration = Duration::from_secs(86_400);
const REFRESH_CLOSES: Duration = Duration::from_secs(6 * 3_600);

/// What is asked of an order: what is not named is not returned (10.1).
const ORDER_FIELDS: &str = "orderId,venderId,orderType,payType,orderState,orderStateRemark,orderTotalPrice,\
    orderSellerPrice,orderPayment,shouldPay,freightPrice,sellerDiscount,orderStartTime,orderEndTime,\
    paymentConfirmTime,modified,orderRemark,venderRemark,waybill,logisticsId,consigneeInfo,itemInfoList,\
    open_id_buyer";
/// What is asked of a ware (8). Descriptions are long, so that only one ware alone is asked for its own.
const WARE_FIELDS: &str = "wareId,title,categoryId,multiCategoryId,brandId,transportId,wareStatus,outerId,itemNum,\
    barCode,created,modified,onlineTime,offlineTime,colType,logo,images,marketPrice,costPrice,jdPrice,stockNum";
const SKU_FIELDS: &str = "skuId,wareId,status,saleAttrs,jdPrice,stockNum,outerId,barCode,skuName";

/// The adapter of JD.
#[derive(Debug)]
pub struct Jd;

impl Platform for Jd {
    fn id(&self) -> PlatformId {
        PlatformId::Jd
    }

    fn name(&self) -> &'static str {
        "京东"
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
            Capability::ListCategories,
            Capability::SetOnline,
            Capability::SetPrice,
            Capability::SetStock,
            Capability::CategoryRules,
            Capability::PublishProduct,
            Capability::ShipOrder,
            Capability::DecryptOrders,
            Capability::ListCompanies,
            Capability::ListCampaigns,
            Capability::CreateCampaigns,
            Capability::ListCoupons,
            Capability::CreateLinks,
            Capability::SearchGoods,
            Capability::ListLinkOrders,
            Capability::Raw,
        ]
    }

    fn app_fields(&self) -> &'static [AppField] {
        &[
            AppField { name: "appKey", label: "AppKey", required: true },
            AppField { name: "appSecret", label: "AppSecret", required: true },
            AppField { name: "redirectUri", label: "回调地址", required: true },
        ]
    }

    fn api_base(&self) -> &'static str {
        API_BASE
    }

    fn token_base(&self) -> Option<&'static str> {
        Some(TOKEN_BASE)
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["api.jd.com", "api-dev.jd.com", "router.jd.com", "open-oauth.jd.com"]
    }

    // No figure per second was found, only quotas of a day (18): ours keeps a first sync from eating one at once.
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
            .append_pair("app_key", request.app_key)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", request.state)
            .append_pair("scope", SCOPE);
        Ok(url.into())
    }

    fn exchange_code(&self, code: &str) -> Result<ApiCall<TokenSet>> {
        let params = json!({"grant_type": "authorization_code", "code": given(code, "code")?});
        Ok(token_call(TOKEN_CALL, &params))
    }

    fn identify(&self) -> Vec<ApiCall<ShopFacts>> {
        vec![ApiCall::shop_read("jingdong.seller.vender.info.get", &json!({}), convert::vender)]
    }

    fn refresh_grant(&self, refresh_token: &Secret<String>) -> Result<ApiCall<TokenSet>> {
        let params = json!({"grant_type": "refresh_token", "refresh_token": refresh_token.expose()});
        Ok(token_call(REFRESH_CALL, &params))
    }

    // The number of refreshes a month is capped (5.3), so not earlier; tokens of apps in test live a day only.
    fn refresh_window(&self, times: &GrantTimes) -> Option<RefreshWindow> {
        let life = times.expires_at.since(times.obtained_at);
        Some(RefreshWindow {
            opens_at: times.expires_at.minus(REFRESH_OPENS.min(life / 2)),
            closes_at: times.expires_at.minus(REFRESH_CLOSES.min(life / 8)),
        })
    }

    fn refresh_keeps_access(&self) -> bool {
        true
    }

    // Oldest first is no promise to rely on: nothing says by which time, and rows that change leave the window and
    // pull others to pages that were read. Backward is safe in any order.
    fn order_rules(&self) -> Option<WindowRules> {
        Some(WindowRules {
            max_records: Some(PAGES_SHOWN * u64::from(ORDERS_A_PAGE)),
            history: Some(HISTORY_SHOWN),
            ..changes(ORDERS_A_PAGE)
        })
    }

    fn list_orders(&self, query: &OrderQuery) -> Result<ApiCall<ListPage<RemoteOrder>>> {
        let (start, end) = bounds(query.from, query.to)?;
        let params = json!({
            "start_date": start,
            "end_date": end,
            "optional_fields": ORDER_FIELDS,
            "page": query.page.saturating_add(1).to_string(),
            "page_size": page_size(query.size, ORDERS_A_PAGE)?.to_string(),
            // Oldest first, by the time of change.
            "sortType": "0",
            "dateType": "0",
        });
        Ok(ApiCall::shop_read(ORDERS[0], &params, convert::order_page))
    }

    fn masked_form(&self, api: &str) -> Option<MaskedForm> {
        let forms = [ORDERS, ONE_ORDER].into_iter().find(|[plain, _]| *plain == api)?;
        Some(MaskedForm { api: forms[1], refusal: OUTSIDE_CLOUD })
    }

    fn get_order(&self, platform_order_id: &str) -> Result<ApiCall<RemoteOrder>> {
        let order = number(platform_order_id, "the order's number")?;
        let params = json!({"order_id": order, "optional_fields": ORDER_FIELDS});
        Ok(ApiCall::shop_read(ONE_ORDER[0], &params, convert::order_detail))
    }

    /// Before shipment, and after it (11).
    fn refund_rules(&self) -> Option<WindowRules> {
        let most = PAGES_SHOWN * u64::from(REFUNDS_A_PAGE);
        Some(WindowRules { max_records: Some(most), sections: 2, ..changes(REFUNDS_A_PAGE) })
    }

    fn list_refunds(
        &self,
        platform_shop_id: &str,
        query: &OrderQuery,
    ) -> Result<ApiCall<ListPage<RefundRecord>>> {
        let (start, end) = bounds(query.from, query.to)?;
        let (page, size) = (query.page.saturating_add(1), page_size(query.size, REFUNDS_A_PAGE)?);
        if query.section == 0 {
            let params = json!({
                "modifiedStart": start, "modifiedEnd": end, "pageIndex": page, "pageSize": size,
            });
            return Ok(ApiCall::shop_read(
                "jingdong.pop.afs.soa.refundapply.queryPageList",
                &params,
                convert::application_page,
            ));
        }
        let vender = given(platform_shop_id, "the vender's id")?;
        let params = json!({
            "buId": vender,
            // Who asks, in words of the caller's own: no list of operators is known to us.
            "operatePin": vender,
            "operateNick": vender,
            "updateTimeBegin": start,
            "updateTimeEnd": end,
            "pageNumber": page,
            "pageSize": size,
        });
        Ok(ApiCall::shop_read("jingdong.asc.query.list", &params, convert::service_page))
    }

    fn product_list(&self) -> Option<FullList> {
        Some(FullList::Windows)
    }

    fn product_rules(&self) -> Option<WindowRules> {
        let most = PAGES_SHOWN * u64::from(WARES_A_PAGE);
        // The sheet states no longest window (8), only how deep one may page: weeks since the beginning would be
        // more than a thousand calls for a shop of any size.
        Some(WindowRules { max_records: Some(most), max_window: Duration::MAX, ..changes(WARES_A_PAGE) })
    }

    fn list_products(&self, query: &ProductQuery) -> Result<ApiCall<ListPage<ProductRecord>>> {
        let Place::Page(page) = query.place else {
            return Err(Error::invalid("the platform lists products by pages"));
        };
        let mut params = json!({
            "pageNo": page.saturating_add(1),
            "pageSize": page_size(query.size, WARES_A_PAGE)?,
            "field": WARE_FIELDS,
        });
        if let Some((from, to)) = query.updated {
            let (start, end) = bounds(from, to)?;
            params["startModifiedTime"] = start.into();
            params["endModifiedTime"] = end.into();
        }
        Ok(ApiCall::shop_read("jingdong.ware.read.searchWare4Valid", &params, convert::ware_page))
    }

    fn list_skus(&self, platform_product_id: &str) -> Result<ApiCall<Vec<Parsed<SkuRecord>>>> {
        skus(platform_product_id, 1)
    }

    fn more_skus(
        &self,
        platform_product_id: &str,
        pages: u32,
        last: usize,
    ) -> Result<Option<ApiCall<Vec<Parsed<SkuRecord>>>>> {
        let is_full = last >= SKUS_A_PAGE;
        is_full.then(|| skus(platform_product_id, pages.saturating_add(1))).transpose()
    }

    fn get_product(&self, platform_product_id: &str) -> Result<ApiCall<ProductDetail>> {
        let ware = number(platform_product_id, "the ware's id")?;
        let params = json!({"wareId": ware, "field": format!("{WARE_FIELDS},introduction")});
        Ok(ApiCall::shop_read("jingdong.ware.read.findWareById", &params, convert::product_detail))
    }

    fn product_has_skus(&self) -> bool {
        false
    }

    fn list_categories(&self, parent: Option<&str>) -> Result<ApiCall<Vec<Category>>> {
        let parent = number(parent.unwrap_or("0"), "the category's id")?;
        Ok(ApiCall::shop_read(
            "jingdong.category.read.findByPId",
            &json!({"parentCid": parent}),
            convert::categories,
        ))
    }

    fn set_online(&self, platform_product_id: &str, online: bool) -> Result<ApiCall<()>> {
        writes::set_online(platform_product_id, online)
    }

    fn set_price(&self, _: &str, platform_sku_id: &str, price: Fen) -> Result<ApiCall<()>> {
        writes::set_price(platform_sku_id, price)
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
        Ok(ApiCall::shop_read("jingdong.fce.alpha.getVenderCarrier", &json!({}), convert::companies))
    }

    fn picture_rules(&self) -> Option<PictureRules> {
        Some(listing::PICTURE_RULES)
    }

    fn upload_picture(&self, file: &FilePart) -> Result<ApiCall<Uploaded>> {
        listing::upload(file)
    }

    fn category_rules(&self, category: &str, _: Option<&str>, facts: &Facts) -> Result<Step<CategoryRules>> {
        listing::category_rules(category, facts)
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

    fn decryption(&self) -> Result<Decryption> {
        Ok(Decryption::ByKeys(&decrypt::Decrypt))
    }

    fn opens_buyer_data(&self, api: &str) -> bool {
        ask::is_one_of(decrypt::OPENING, api)
    }

    fn write_class(&self, wanted: &Wanted) -> WriteClass {
        writes::class(wanted)
    }

    fn typed_write(&self, api: &str) -> Option<&'static str> {
        ask::typed(writes::TYPED, api)
    }

    fn campaign_list(&self) -> Option<ListShape> {
        Some(market::CAMPAIGNS)
    }

    fn list_campaigns(&self, turn: &Turn<'_>) -> Result<ApiCall<MarketPage<Campaign>>> {
        market::campaigns(turn)
    }

    fn check_campaign(&self, draft: &CampaignDraft, now: UtcMillis) -> Result<()> {
        campaign::check(draft, now)
    }

    fn campaign_call(&self, work: &CampaignWork<'_>) -> Result<CampaignCall> {
        campaign::call(work)
    }

    fn find_campaign(&self, what: &CampaignLookUp<'_>, facts: &Facts) -> Result<Step<Option<String>>> {
        campaign::find(what, facts)
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

    fn link_order_rules(&self) -> Option<WindowRules> {
        Some(market::LINK_ORDERS)
    }

    fn list_link_orders(&self, query: &LinkOrderQuery<'_>) -> Result<ApiCall<MarketPage<LinkOrder>>> {
        market::link_orders(query)
    }

    fn raw(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>> {
        let method = sign::method(api)?;
        sign::compact(params)?;
        let token = if sign::is_union(method) { TokenUse::None } else { TokenUse::Shop };
        Ok(ApiCall::raw(method, params.to_owned(), reads::READS, token, convert::raw_result))
    }
}

/// How changes are read: last page first, in windows that overlap.
fn changes(page_size: u32) -> WindowRules {
    WindowRules {
        order: PageOrder::LastPageFirst,
        page_size,
        max_records: None,
        max_window: WINDOW,
        lag: LAG,
        overlap: 2 * LAG,
        sections: 1,
        history: None,
    }
}

fn skus(ware: &str, page: u32) -> Result<ApiCall<Vec<Parsed<SkuRecord>>>> {
    let params = json!({
        "wareId": number(ware, "the ware's id")?.to_string(),
        "pageNo": page,
        "page_size": SKUS_A_PAGE,
        "field": SKU_FIELDS,
    });
    Ok(ApiCall::shop_read("jingdong.sku.read.searchSkuList", &params, convert::skus))
}

/// Token calls are told by their name: no method's name holds a slash.
fn is_token_call(api: &str) -> bool {
    matches!(api, TOKEN_CALL | REFRESH_CALL)
}

fn token_call(api: &'static str, params: &Value) -> ApiCall<TokenSet> {
    ApiCall::tokens(api, params, convert::token_set)
}

/// Whole seconds around a window, as text at +08:00.
fn bounds(from: UtcMillis, to: UtcMillis) -> Result<(String, String)> {
    let (start, end) = seconds_around(from, to)?;
    Ok((wall_clock(UtcMillis::from_secs(start))?, wall_clock(UtcMillis::from_secs(end))?))
}

#[cfg(test)]
mod tests;
