#![doc = include_str!("docs.md")]

mod convert;
mod decrypt;
mod fault;
mod listing;
mod market;
pub mod notice;
mod sign;
mod video;
mod wire;
mod writes;

use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::ask::{self, given, number, page_size, seconds_around};
use super::{
    ApiCall, AuthorizeRequest, CallParts, Capability, Credentials, Decryption, Facts, FullList, GoodsQuery,
    GrantTimes, LinkOrderQuery, LinkWish, ListPage, ListShape, LookUp, MarketPage, OrderQuery, PageOrder,
    Parsed, PictureRules, Place, PlacedFile, Platform, Post, PostKind, PostLookUp, PostRef, PostSeen, Posted,
    ProductDetail, ProductQuery, Publication, Published, Quota, Reading, RefreshWindow, RemoteOrder,
    ReviewSeen, Shipment, ShopFacts, SignedRequest, Step, StockChange, TokenSet, TokenUse, Turn, UnderReview,
    Upload, UploadShape, Uploaded, WindowRules, WriteClass,
};
use crate::error::{Error, Result};
use crate::model::{
    AppField, Campaign, Category, CategoryRules, Company, Coupon, Fen, FilePart, LinkGoods, LinkOrder,
    MediaRules, MediaSlot, PlatformId, ProductRecord, PromotionDraft, PromotionLink, RefundRecord, SkuRecord,
    UtcMillis, Wanted,
};
use crate::secret::Secret;

const API_BASE: &str = "https://gw-api.pinduoduo.com";
/// Where merchants authorise (3.1).
const AUTHORIZE_PAGE: &str = "https://fuwu.pinduoduo.com/service-market/auth";
/// Records a page at the most (18).
const PAGE_SIZE: u32 = 100;
/// Windows of changes are 30 minutes at the most (18); two seconds go into whole seconds at both ends.
const CHANGES_WINDOW: Duration = Duration::from_secs(30 * 60 - 2);
/// How far back orders are shown (10), less a margin for the time that a run takes.
const HISTORY_SHOWN: Duration = Duration::from_secs(90 * 86_400 - 3_600);
/// Nothing newer is taken for complete (10).
const LAG: Duration = Duration::from_secs(3 * 60);
/// How much before its end an access token is renewed, at the most.
const REFRESH_OPENS: Duration = Duration::from_secs(6 * 3_600);

/// Methods that only read (8 to 17). The name is also the group in which they are limited.
/// `pdd.open.decrypt.batch` is missing: it reads, but each call uses up a quota.
const READS: &[&str] = &[
    "pdd.ddk.goods.search",
    "pdd.ddk.member.authority.query",
    "pdd.ddk.order.list.increment.get",
    "pdd.ddk.order.list.range.get",
    "pdd.goods.authorization.cats",
    "pdd.goods.cat.rule.get",
    "pdd.goods.cats.get",
    "pdd.goods.commit.detail.get",
    "pdd.goods.commit.list.get",
    "pdd.goods.commit.status.get",
    "pdd.goods.cps.mall.unit.query",
    "pdd.goods.cps.unit.query",
    "pdd.goods.detail.get",
    "pdd.goods.file.info.get",
    "pdd.goods.information.get",
    "pdd.goods.latest.commit.status.get",
    "pdd.goods.list.get",
    "pdd.goods.logistics.template.get",
    "pdd.goods.skus.get",
    "pdd.goods.spec.get",
    "pdd.goods.spec.id.get",
    "pdd.live.video.mall.querymallvideoauditstatus",
    "pdd.logistics.companies.get",
    "pdd.logistics.ordertrace.get",
    "pdd.mall.cps.protocol.status.query",
    "pdd.mall.info.get",
    "pdd.open.decrypt.mask.batch",
    "pdd.order.basic.list.get",
    "pdd.order.information.get",
    "pdd.order.list.get",
    "pdd.order.number.list.increment.get",
    "pdd.order.promotion.get",
    "pdd.order.status.get",
    "pdd.pmc.accrue.query",
    "pdd.pmc.user.get",
    "pdd.promotion.goods.coupon.list.get",
    "pdd.promotion.limited.discount.list.get",
    "pdd.promotion.limited.qualified.goods.get",
    "pdd.promotion.limited.qualified.sku.get",
    "pdd.promotion.merchant.coupon.list.get",
    "pdd.refund.information.get",
    "pdd.refund.list.increment.get",
    "pdd.refund.status.check",
    "pdd.time.get",
];

/// The adapter of Pinduoduo.
#[derive(Debug)]
pub struct Pinduoduo;

impl Platform for Pinduoduo {
    fn id(&self) -> PlatformId {
        PlatformId::Pinduoduo
    }

    fn name(&self) -> &'static str {
        "拼多多"
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
            Capability::CategoryRules,
            Capability::PublishProduct,
            Capability::UpdateProduct,
            Capability::ShipOrder,
            Capability::DecryptOrders,
            Capability::ListCompanies,
            Capability::ListCampaigns,
            Capability::ListCoupons,
            Capability::CreateLinks,
            Capability::SearchGoods,
            Capability::ListLinkOrders,
            Capability::PostShopVideo,
            Capability::Raw,
        ]
    }

    fn app_fields(&self) -> &'static [AppField] {
        &[
            AppField { name: "appKey", label: "client_id", required: true },
            AppField { name: "appSecret", label: "client_secret", required: true },
            AppField { name: "redirectUri", label: "回调地址", required: true },
        ]
    }

    fn api_base(&self) -> &'static str {
        API_BASE
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["gw-api.pinduoduo.com", "gw-upload.pinduoduo.com"]
    }

    // 13 of the sheet. Nothing is documented of how large or long its videos may be, so no slot for them is here.
    fn media_rules(&self, slot: MediaSlot) -> Option<MediaRules> {
        let rules = MediaRules::new(listing::PICTURES.types, listing::PICTURES.max_bytes as u64);
        match slot {
            MediaSlot::ProductImage => {
                Some(MediaRules { min_pixels: (480, 480), ratio: Some([(1, 1), (1, 1)]), ..rules })
            }
            MediaSlot::DetailImage => {
                Some(MediaRules { min_pixels: (480, 1), max_pixels: (1200, 1500), ..rules })
            }
            _ => None,
        }
    }

    // Limits are documented by method (7); the whole is a careful start below the lowest of the large ones.
    fn quota(&self) -> Quota {
        Quota { app_per_second: 80, shop_per_second: 40, in_flight: 8 }
    }

    // Calls of one shop, a little below what section 7 documents.
    fn group_quota(&self, group: &str) -> Option<u32> {
        match group {
            "pdd.goods.add" => Some(18),
            "pdd.goods.list.get" => Some(9),
            "pdd.refund.list.increment.get" => Some(9),
            _ => None,
        }
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
            .append_pair("state", request.state);
        Ok(url.into())
    }

    fn exchange_code(&self, code: &str) -> Result<ApiCall<TokenSet>> {
        // A code works once: sent again it could only fail.
        let params = json!({"code": given(code, "code")?});
        Ok(ApiCall::tokens("pdd.pop.auth.token.create", &params, convert::created))
    }

    fn identify(&self) -> Vec<ApiCall<ShopFacts>> {
        vec![ApiCall::shop_read("pdd.mall.info.get", &json!({}), convert::mall)]
    }

    fn refresh_grant(&self, refresh_token: &Secret<String>) -> Result<ApiCall<TokenSet>> {
        let params = json!({"refresh_token": refresh_token.expose()});
        Ok(ApiCall::tokens("pdd.pop.auth.token.refresh", &params, convert::refreshed))
    }

    // In the last quarter of its life, and not earlier than six hours before the end: lifetimes differ by kind of
    // app (3.4).
    fn refresh_window(&self, times: &GrantTimes) -> Option<RefreshWindow> {
        let life = times.expires_at.since(times.obtained_at);
        Some(RefreshWindow {
            opens_at: times.expires_at.minus(REFRESH_OPENS.min(life / 4)),
            closes_at: times.expires_at.minus((REFRESH_OPENS / 6).min(life / 20)),
        })
    }

    fn order_rules(&self) -> Option<WindowRules> {
        Some(changes())
    }

    fn list_orders(&self, query: &OrderQuery) -> Result<ApiCall<ListPage<RemoteOrder>>> {
        let (start, end) = seconds_around(query.from, query.to)?;
        let params = json!({
            "start_updated_at": start,
            "end_updated_at": end,
            "is_lucky_flag": 0,
            "order_status": 5,
            "refund_status": 5,
            "page": query.page.saturating_add(1),
            "page_size": page_size(query.size, PAGE_SIZE)?,
            // The count is dear and only the first look needs it (10).
            "use_has_next": query.page > 0,
        });
        Ok(ApiCall::shop_read("pdd.order.number.list.increment.get", &params, convert::order_changes))
    }

    fn get_order(&self, platform_order_id: &str) -> Result<ApiCall<RemoteOrder>> {
        let params = json!({"order_sn": given(platform_order_id, "the order's number")?});
        Ok(ApiCall::shop_read("pdd.order.information.get", &params, convert::order_detail))
    }

    // History as for orders: the sheet says nothing else.
    fn refund_rules(&self) -> Option<WindowRules> {
        Some(changes())
    }

    fn list_refunds(&self, _: &str, query: &OrderQuery) -> Result<ApiCall<ListPage<RefundRecord>>> {
        let (start, end) = seconds_around(query.from, query.to)?;
        let params = json!({
            "start_updated_at": start,
            "end_updated_at": end,
            "after_sales_type": 1,
            "after_sales_status": 1,
            "page": query.page.saturating_add(1),
            "page_size": page_size(query.size, PAGE_SIZE)?,
        });
        Ok(ApiCall::shop_read("pdd.refund.list.increment.get", &params, convert::refund_page))
    }

    fn get_refund(&self, platform_refund_id: &str, platform_order_id: &str) -> Result<ApiCall<RefundRecord>> {
        let params = json!({
            "order_sn": given(platform_order_id, "the order's number")?,
            "after_sales_id": number(platform_refund_id, "the refund's id")?,
        });
        Ok(ApiCall::shop_read("pdd.refund.information.get", &params, convert::refund_detail))
    }

    // Nothing in the list says when a product changed (9.2).
    fn product_list(&self) -> Option<FullList> {
        Some(FullList::Pages { page_size: PAGE_SIZE, sections: 1 })
    }

    fn list_products(&self, query: &ProductQuery) -> Result<ApiCall<ListPage<ProductRecord>>> {
        let Place::Page(page) = query.place else {
            return Err(Error::invalid("the platform lists products by pages"));
        };
        if query.updated.is_some() {
            return Err(Error::invalid("the platform cannot say which products changed"));
        }
        let mut params = Map::new();
        params.insert("page".to_owned(), page.saturating_add(1).into());
        params.insert("page_size".to_owned(), page_size(query.size, PAGE_SIZE)?.into());
        Ok(ApiCall::shop_read("pdd.goods.list.get", &params.into(), convert::goods_list))
    }

    fn products_need_detail(&self) -> bool {
        true
    }

    fn list_skus(&self, platform_product_id: &str) -> Result<ApiCall<Vec<Parsed<SkuRecord>>>> {
        Ok(ApiCall::shop_read("pdd.goods.detail.get", &product(platform_product_id)?, convert::goods_skus))
    }

    fn get_product(&self, platform_product_id: &str) -> Result<ApiCall<ProductDetail>> {
        Ok(ApiCall::shop_read(
            "pdd.goods.detail.get",
            &product(platform_product_id)?,
            convert::product_detail,
        ))
    }

    fn list_categories(&self, parent: Option<&str>) -> Result<ApiCall<Vec<Category>>> {
        let parent = number(parent.unwrap_or("0"), "the category's id")?;
        let params = json!({"parent_cat_id": parent});
        Ok(ApiCall::shop_read("pdd.goods.authorization.cats", &params, convert::categories))
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
        Ok(ApiCall::shop_read("pdd.logistics.companies.get", &json!({}), convert::companies))
    }

    fn picture_rules(&self) -> Option<PictureRules> {
        Some(listing::PICTURES)
    }

    fn upload_picture(&self, file: &FilePart) -> Result<ApiCall<Uploaded>> {
        Ok(listing::upload(file))
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

    fn upload_shape(&self, upload: &Upload<'_>) -> Option<UploadShape> {
        video::shape(upload)
    }

    fn upload_file(&self, upload: &Upload<'_>, bytes: Vec<u8>) -> Result<ApiCall<PlacedFile>> {
        video::cover(upload, bytes)
    }

    fn begin_upload(&self, upload: &Upload<'_>) -> Result<ApiCall<String>> {
        Ok(video::begin(upload))
    }

    fn upload_part(&self, upload: &Upload<'_>, id: &str, part: u32, bytes: Vec<u8>) -> Result<ApiCall<()>> {
        video::hand_over(upload, id, part, bytes)
    }

    fn end_upload(&self, _: &Upload<'_>, id: &str) -> Result<ApiCall<PlacedFile>> {
        video::end(id)
    }

    // Each attempt to publish wants a video of its own (13).
    fn files_serve_once(&self, slot: MediaSlot) -> bool {
        slot == MediaSlot::Video
    }

    fn check_post(&self, kind: PostKind, draft: &PromotionDraft) -> Result<()> {
        video::check(kind, draft)
    }

    fn create_post(&self, post: &Post<'_>) -> Result<ApiCall<Posted>> {
        video::create(post)
    }

    fn find_post(&self, _: &PostLookUp<'_>, _: &Facts) -> Result<Step<Vec<Posted>>> {
        Err(video::find())
    }

    fn post_state(&self, what: &PostRef<'_>, facts: &Facts) -> Result<Step<PostSeen>> {
        video::state(what, facts)
    }

    fn decryption(&self) -> Result<Decryption> {
        Ok(Decryption::ByCall(&decrypt::Decrypt))
    }

    fn opens_buyer_data(&self, api: &str) -> bool {
        ask::is_one_of(&["pdd.open.decrypt.batch"], api)
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

    fn why_not(&self, capability: Capability) -> Option<&'static str> {
        market::why_not(capability)
    }

    fn raw(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>> {
        let method = sign::method(api)?;
        if method.starts_with("pdd.pop.auth.") {
            return Err(Error::invalid("token calls are made by the hub itself: tokens never leave it"));
        }
        sign::texts(params)?;
        // Promoters' methods go by the client_id alone (12.2).
        let token = if is_promoters(method) { TokenUse::None } else { TokenUse::Shop };
        Ok(ApiCall::raw(method, params.to_owned(), READS, token, convert::raw_result))
    }
}

/// How changes of orders and refunds are read (10, 18).
fn changes() -> WindowRules {
    WindowRules {
        order: PageOrder::LastPageFirst,
        page_size: PAGE_SIZE,
        max_records: None,
        max_window: CHANGES_WINDOW,
        lag: LAG,
        overlap: 2 * LAG,
        sections: 1,
        history: Some(HISTORY_SHOWN),
    }
}

fn is_promoters(method: &str) -> bool {
    method.starts_with("pdd.ddk.") && !method.starts_with("pdd.ddk.oauth.") || method == "pdd.time.get"
}

fn product(id: &str) -> Result<Value> {
    Ok(json!({"goods_id": number(id, "the product's id")?}))
}

#[cfg(test)]
mod tests;
