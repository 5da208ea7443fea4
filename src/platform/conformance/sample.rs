//! What adapters are asked with.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{
    BuyerPart, CampaignDraft, CampaignOffer, CampaignSku, DraftSku, Fen, ListingDraft, Picture,
    ProductRecord, ProductStatus, PromotionDraft, PromotionKind, SkuRecord, UtcMillis, Wanted,
};
use crate::platform::{
    AuthorizeRequest, Credentials, FullList, GoodsQuery, KnownProduct, LinkOrderQuery, LinkWish, LookUp,
    OrderQuery, Place, Platform, PostKind, PostRef, ProductQuery, SealedOrder, Share, Turn, UnderReview,
};
use crate::secret::Secret;

pub(super) const SECRET: &str = "canary-secret-5f1d";

pub(super) const TOKEN: &str = "canary-token-77aa";

pub(super) const CODE: &str = "canary-code-31c0";

/// What is not signed where [`Platform::token_base`] says so.
pub(super) const TOKEN_CALLS: [&str; 2] = ["oauth.tool", "oauth.refresh"];

pub(super) const NOW: UtcMillis = UtcMillis(1_700_000_000_000);

/// More SKUs than a platform may take in one call.
pub(super) fn campaign() -> CampaignDraft {
    let minute = 60_000;
    let from = UtcMillis(NOW.0 / minute * minute + 60 * minute);
    let sku = |id: u32| CampaignSku { product: PRODUCT.into(), sku: id.to_string(), price: Some(Fen(990)) };
    CampaignDraft {
        name: "秋季".into(),
        from,
        to: UtcMillis(from.0 + 24 * 60 * minute),
        offer: CampaignOffer::ItemPrices,
        skus: (1..=250).map(sku).collect(),
        slogan: None,
        comment: None,
    }
}

pub(super) fn shop_prices(draft: &CampaignDraft) -> BTreeMap<String, Fen> {
    draft.skus.iter().map(|sku| (sku.sku.clone(), Fen(1_990))).collect()
}

pub(super) const ACCOUNT: &str = "a1b2-c3";

pub(super) fn promotion() -> PromotionDraft {
    PromotionDraft {
        media_urls: vec!["https://media.example/1.mp4".to_owned()],
        target: Some(PRODUCT.to_owned()),
        ..PromotionDraft::new(PromotionKind::Video, "茶", "新茶 #上新")
    }
}

pub(super) const fn post_ref(kind: PostKind) -> PostRef<'static> {
    let published_at = UtcMillis(NOW.0 - 86_400_000);
    PostRef { account: ACCOUNT, kind, platform_post_id: "@9VwPj/a+b==", published_at, now: NOW }
}

pub(super) const fn share(draft: &PromotionDraft) -> Share<'_> {
    Share { app_key: "aw1", draft, nonce: "n0nce", now: NOW }
}

pub(super) const CATEGORY: &str = "20219";

pub(super) fn draft() -> ListingDraft {
    ListingDraft {
        outer_id: "TEA-1".to_owned(),
        title: "茶".to_owned(),
        category_id: CATEGORY.to_owned(),
        images: vec![Picture::At("https://img.example/1.png".to_owned())],
        detail_images: Vec::new(),
        description: None,
        skus: vec![DraftSku {
            outer_id: None,
            price: Fen(1990),
            stock: 3,
            options: Vec::new(),
            image: None,
            attributes: None,
        }],
        attributes: "{}".to_owned(),
    }
}

pub(super) fn look_up() -> LookUp<'static> {
    LookUp { outer_id: "TEA-1", since: NOW, until: NOW.plus(Duration::from_secs(60)) }
}

pub(super) fn under_review() -> UnderReview<'static> {
    UnderReview { product: PRODUCT, review_id: Some("1") }
}

pub(super) const TARGET: &str = "https://item.example/3539925204033339668";

pub(super) fn turn(page: u32) -> Turn<'static> {
    Turn { section: 0, page, size: 20, cursor: (page > 0).then_some("next") }
}

/// Each platform takes it: an ad zone's, a site's or a promoter's.
pub(super) const PLACEMENT: Option<&str> = Some("60005_612");

pub(super) fn link_wish(target: &str) -> LinkWish<'_> {
    LinkWish { placement: PLACEMENT, target }
}

pub(super) fn goods_query(keyword: &str, page: u32) -> GoodsQuery<'_> {
    GoodsQuery { placement: PLACEMENT, keyword, turn: turn(page) }
}

pub(super) fn link_orders(page: u32) -> LinkOrderQuery<'static> {
    LinkOrderQuery { from: NOW.minus(Duration::from_secs(60)), to: NOW, turn: turn(page) }
}

pub(super) const SHOP: &str = "1000001";

pub(super) const PRODUCT: &str = "3539925204033339668";

pub(super) const SKU: &str = "1736502463777799";

/// Ciphertext of a buyer, and a key to ask for more keys with.
pub(super) const CIPHERTEXT: &str = "canary-cipher-9c3e";

pub(super) const VOUCHER_KEY: &str = "Y2FuYXJ5LWtleS00ZDIx";

pub(super) fn sealed() -> SealedOrder {
    let parts = BuyerPart::ALL.iter().map(|part| (*part, format!("{CIPHERTEXT}-{part}"))).collect();
    SealedOrder { platform_order_id: "4781320682406083640".to_owned(), parts }
}

/// A product on sale with one SKU, as it would be stored.
pub(super) fn known() -> KnownProduct {
    KnownProduct {
        shop_type: None,
        record: ProductRecord {
            platform_product_id: PRODUCT.to_owned(),
            name: "茶".to_owned(),
            status: ProductStatus::OnSale,
            platform_status: String::new(),
            outer_id: None,
            category_id: None,
            description: None,
            images: Vec::new(),
            platform_created_at: None,
            platform_updated_at: None,
            extra: None,
        },
        skus: vec![SkuRecord {
            platform_sku_id: SKU.to_owned(),
            outer_id: None,
            code: None,
            price: Fen(2),
            stock: 3,
            specs: Vec::new(),
            extra: Some("{\"properties\":\"1627207:28341\"}".to_owned()),
        }],
    }
}

pub(super) fn online(product: &str, online: bool) -> Wanted {
    Wanted::Online { product: product.to_owned(), online }
}

pub(super) fn price(sku: &str, fen: i64) -> Wanted {
    Wanted::Price { product: PRODUCT.to_owned(), sku: sku.to_owned(), fen }
}

pub(super) fn stock(product: &str, stock: i64) -> Wanted {
    Wanted::Stock { product: product.to_owned(), sku: SKU.to_owned(), stock }
}

pub(super) fn add_stock() -> Wanted {
    Wanted::AddStock { product: PRODUCT.to_owned(), sku: SKU.to_owned(), delta: -1 }
}

pub(super) fn ship(tracking: &str) -> Wanted {
    Wanted::Ship { order: "4781320682406083640".into(), company: "115".into(), tracking: tracking.into() }
}

/// A wish of each kind.
pub(super) fn wishes() -> [Wanted; 6] {
    [
        online(PRODUCT, true),
        online(PRODUCT, false),
        price(SKU, 1),
        stock(PRODUCT, 0),
        add_stock(),
        ship("SF1"),
    ]
}

pub(super) fn authorize_request() -> AuthorizeRequest<'static> {
    AuthorizeRequest {
        app_key: "7000000000000000001",
        service_id: Some("12345"),
        redirect_uri: Some("https://oa.example/callback"),
        endpoint: None,
        state: "canary-state",
    }
}

pub(super) fn order_query(page: u32) -> OrderQuery {
    OrderQuery { from: NOW.minus(Duration::from_secs(60)), to: NOW, page, size: 50, section: 0 }
}

/// Both kinds of place are asked for in turn: page 0 by a cursor where the platform has one.
pub(super) fn product_query(adapter: &dyn Platform, page: u32) -> ProductQuery {
    let cursor = page == 0 && adapter.product_list() == Some(FullList::Cursor);
    let place = if cursor { Place::Cursor(None) } else { Place::Page(page) };
    let by_change = page > 0 && adapter.product_rules().is_some();
    ProductQuery { updated: by_change.then_some((NOW, NOW)), place, size: 50, section: 0 }
}

pub(super) fn credentials(adapter: &dyn Platform) -> Credentials {
    Credentials {
        app_key: "7000000000000000001".to_owned(),
        app_secret: Secret::from(SECRET),
        api_base: adapter.api_base().to_owned(),
        token_base: None,
        upload_base: None,
    }
}
