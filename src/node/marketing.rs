//! `hub.marketing`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::campaign::{CAMPAIGN_CAP, campaign};
use super::changes::Receipt;
use super::fields::{Fields, required};
use super::page::{all, fen, iso, request, safe, safe_some};
use super::runtime::promise;
use crate::error::{Error, Result};
use crate::{hub, model};

/// Promotions and coupons of shops, and links that earn a commission. Everything is read straight from the
/// platform; a promotion that is created is a change.
#[napi]
pub struct Marketing(pub(super) hub::Marketing);

#[napi]
impl Marketing {
    /// Lists the promotions of a shop.
    #[napi(ts_args_type = "options: PromotionQuery", ts_return_type = "Promise<CampaignListing>")]
    pub fn campaigns<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "marketing.campaigns", || {
            let filter = promotions(env, options)?;
            Ok(async move { CampaignListing::try_from(group.campaigns(filter).await?) })
        })
    }

    /// Creates a promotion of a shop. Only the last of its calls counts for buyers, after the platform's review, whose
    /// end `campaigns` tells. The same draft again gives the same change, which has the platform's id once it is
    /// accepted. An unknown outcome is settled by looking for the promotion; it is never made a second time. Fails with
    /// UNSUPPORTED where the platform or this version has no such function, with INVALID_REQUEST and every problem of
    /// the draft, and with CONFLICT when another draft has its name and times.
    #[napi(ts_args_type = "wish: CampaignWish", ts_return_type = "Promise<Receipt>")]
    pub fn create_campaign<'env>(&self, env: &'env Env, wish: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "marketing.createCampaign", || {
            let mut fields = Fields::read_capped(env, wish, &["shopId", "draft"], CAMPAIGN_CAP)?;
            let (shop, draft) = (fields.required_id("shopId")?, campaign(&mut fields)?);
            Ok(async move { group.create_campaign(shop, draft).await.map(Receipt::from) })
        })
    }

    /// Lists the coupons that a shop gives away.
    #[napi(ts_args_type = "options: PromotionQuery", ts_return_type = "Promise<CouponListing>")]
    pub fn coupons<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "marketing.coupons", || {
            let filter = promotions(env, options)?;
            Ok(async move { CouponListing::try_from(group.coupons(filter).await?) })
        })
    }

    /// Makes links that earn a commission, one for each target, in that order. The app must be a promoter's;
    /// no shop is needed. A link made twice does no harm.
    #[napi(ts_args_type = "options: LinkRequest", ts_return_type = "Promise<Array<PromotionLink>>")]
    pub fn create_links<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "marketing.createLinks", || {
            let mut fields = Fields::read(env, options, &["appId", "placement", "targets"])?;
            let request = hub::LinkRequest {
                app_id: fields.required_id("appId")?,
                placement: fields.text("placement")?,
                targets: fields.texts("targets")?,
            };
            Ok(async move {
                let links = group.create_links(request).await?;
                Ok(links.into_iter().map(PromotionLink::from).collect::<Vec<_>>())
            })
        })
    }

    /// Searches goods for which links can be made. The app must be a promoter's.
    #[napi(ts_args_type = "options: LinkSearch", ts_return_type = "Promise<LinkGoodsListing>")]
    pub fn search_goods<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "marketing.searchGoods", || {
            let known = ["appId", "placement", "keyword", "limit", "cursor"];
            let mut fields = Fields::read(env, options, &known)?;
            let search = hub::LinkSearch {
                app_id: fields.required_id("appId")?,
                placement: fields.text("placement")?,
                keyword: fields.required_text("keyword")?,
                page: request(&mut fields)?,
            };
            Ok(async move { LinkGoodsListing::try_from(group.search_goods(search).await?) })
        })
    }

    /// Lists orders that links brought and that changed in a time. A part may be empty and not the last: go on
    /// while there is a `nextCursor`. An order that changes meanwhile may come twice.
    #[napi(ts_args_type = "options: LinkOrderQuery", ts_return_type = "Promise<LinkOrderListing>")]
    pub fn link_orders<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "marketing.linkOrders", || {
            let mut fields = Fields::read(env, options, &["appId", "from", "to", "limit", "cursor"])?;
            let filter = hub::LinkOrderFilter {
                app_id: fields.required_id("appId")?,
                from: required("from", "an ISO 8601 time", fields.time("from")?)?,
                to: fields.time("to")?,
                page: request(&mut fields)?,
            };
            Ok(async move { LinkOrderListing::try_from(group.link_orders(filter).await?) })
        })
    }
}

fn promotions(env: &Env, options: Unknown<'_>) -> Result<hub::CampaignFilter> {
    let mut fields = Fields::read(env, options, &["shopId", "limit", "cursor"])?;
    Ok(hub::CampaignFilter { shop_id: fields.required_id("shopId")?, page: request(&mut fields)? })
}

/// A promotion of a shop.
#[napi(object, object_from_js = false)]
pub struct Campaign {
    /// The platform's id.
    pub platform_campaign_id: String,
    /// Its name.
    pub name: String,
    /// The platform's word for its kind.
    pub kind: String,
    /// Where it stands.
    #[napi(ts_type = "CampaignStatus")]
    pub status: String,
    /// The platform's own status value; empty where it gives none.
    pub platform_status: String,
    /// When it begins.
    pub from: Option<String>,
    /// When it ends.
    pub to: Option<String>,
    /// Further fields of the platform as the text of a JSON object, unchanged.
    pub extra: Option<String>,
}

/// A kind of coupon that a shop gives away.
#[napi(object, object_from_js = false)]
pub struct Coupon {
    /// The platform's id.
    pub platform_coupon_id: String,
    /// Its name; empty where the platform gives none.
    pub name: String,
    /// What it takes off, in fen.
    pub face_value_fen: i64,
    /// From which amount on, in fen.
    pub threshold_fen: Option<i64>,
    /// How many there are.
    pub total: Option<i64>,
    /// How many were taken.
    pub taken: Option<i64>,
    /// How many were used.
    pub used: Option<i64>,
    /// Where it stands.
    #[napi(ts_type = "CampaignStatus")]
    pub status: String,
    /// The platform's own status value; empty where it gives none.
    pub platform_status: String,
    /// When it begins.
    pub from: Option<String>,
    /// When it ends.
    pub to: Option<String>,
    /// Further fields of the platform as the text of a JSON object, unchanged.
    pub extra: Option<String>,
}

/// A link that earns a commission, in the forms that the platform gives.
#[napi(object, object_from_js = false)]
pub struct PromotionLink {
    /// A web page.
    pub url: Option<String>,
    /// The same, shorter.
    pub short_url: Option<String>,
    /// Opens the platform's app.
    pub app_url: Option<String>,
    /// Id of the mini-app that shows it.
    pub mini_app_id: Option<String>,
    /// Its page in the mini-app.
    pub mini_app_path: Option<String>,
    /// Text that the platform's app understands when it is copied (淘口令).
    pub password: Option<String>,
    /// Further fields of the platform as the text of a JSON object, unchanged.
    pub extra: Option<String>,
}

/// The coupon of goods found for a link.
#[napi(object, object_from_js = false)]
pub struct GoodsCoupon {
    /// What it takes off, in fen.
    pub face_value_fen: i64,
    /// From which amount on, in fen.
    pub threshold_fen: Option<i64>,
    /// When it begins.
    pub from: Option<String>,
    /// When it ends.
    pub to: Option<String>,
}

/// Goods for which a link may be made.
#[napi(object, object_from_js = false)]
pub struct LinkGoods {
    /// The platform's id in its promotion program, which need not be the product's id.
    pub platform_goods_id: String,
    /// Give it to `createLinks`. Absent where nothing can be promoted.
    pub target: Option<String>,
    /// Their name.
    pub name: String,
    /// Their price, in fen.
    pub price_fen: Option<i64>,
    /// The commission in basis points of the price: 1234 are 12.34 %.
    pub commission_bp: Option<i64>,
    /// The coupon that goes with them.
    pub coupon: Option<GoodsCoupon>,
    /// URL of a picture.
    pub image: Option<String>,
    /// Further fields of the platform as the text of a JSON object, unchanged.
    pub extra: Option<String>,
}

/// An order that a link brought.
#[napi(object, object_from_js = false)]
pub struct LinkOrder {
    /// The platform's id of the order, or of its line where each has a commission of its own.
    pub platform_order_id: String,
    /// The platform's id of the goods.
    pub platform_goods_id: Option<String>,
    /// The promoter's place that it is counted for, in the form in which links are made for it.
    pub placement: Option<String>,
    /// What the commission is counted from, in fen.
    pub amount_fen: Option<i64>,
    /// The commission, in fen: an estimate until it is settled.
    pub commission_fen: Option<i64>,
    /// Where it stands.
    #[napi(ts_type = "LinkOrderStatus")]
    pub status: String,
    /// The platform's own status value.
    pub platform_status: String,
    /// When it was ordered.
    pub ordered_at: Option<String>,
    /// When it was paid.
    pub paid_at: Option<String>,
    /// When the commission was settled.
    pub settled_at: Option<String>,
    /// When it last changed.
    pub updated_at: Option<String>,
    /// Further fields of the platform as the text of a JSON object, unchanged.
    pub extra: Option<String>,
}

/// Declares a part of a list that is read straight from the platform.
macro_rules! listing {
    ($(#[$meta:meta])* $name:ident of $item:ident) => {
        $(#[$meta])*
        #[napi(object, object_from_js = false)]
        pub struct $name {
            /// What could be read.
            pub items: Vec<$item>,
            /// How many records of this part could not be read.
            pub unreadable: u32,
            /// `cursor` of the next part; absent at the end.
            pub next_cursor: Option<String>,
        }

        impl TryFrom<model::MarketList<model::$item>> for $name {
            type Error = Error;

            fn try_from(listing: model::MarketList<model::$item>) -> Result<Self> {
                let model::MarketList { items, unreadable, next_cursor } = listing;
                Ok(Self { items: all(items)?, unreadable, next_cursor })
            }
        }
    };
}

listing! {
    /// Promotions of a shop.
    CampaignListing of Campaign
}
listing! {
    /// Coupons of a shop.
    CouponListing of Coupon
}
listing! {
    /// Goods for links.
    LinkGoodsListing of LinkGoods
}
listing! {
    /// Orders of links.
    LinkOrderListing of LinkOrder
}

impl TryFrom<model::Campaign> for Campaign {
    type Error = Error;

    fn try_from(campaign: model::Campaign) -> Result<Self> {
        Ok(Self {
            platform_campaign_id: campaign.platform_campaign_id,
            name: campaign.name,
            kind: campaign.kind,
            status: campaign.status.to_string(),
            platform_status: campaign.platform_status,
            from: iso(campaign.from),
            to: iso(campaign.to),
            extra: campaign.extra,
        })
    }
}

impl TryFrom<model::Coupon> for Coupon {
    type Error = Error;

    fn try_from(coupon: model::Coupon) -> Result<Self> {
        Ok(Self {
            platform_coupon_id: coupon.platform_coupon_id,
            name: coupon.name,
            face_value_fen: safe(coupon.face_value.0)?,
            threshold_fen: fen(coupon.threshold)?,
            total: safe_some(coupon.total)?,
            taken: safe_some(coupon.taken)?,
            used: safe_some(coupon.used)?,
            status: coupon.status.to_string(),
            platform_status: coupon.platform_status,
            from: iso(coupon.from),
            to: iso(coupon.to),
            extra: coupon.extra,
        })
    }
}

impl From<model::PromotionLink> for PromotionLink {
    fn from(link: model::PromotionLink) -> Self {
        Self {
            url: link.url,
            short_url: link.short_url,
            app_url: link.app_url,
            mini_app_id: link.mini_app_id,
            mini_app_path: link.mini_app_path,
            password: link.password,
            extra: link.extra,
        }
    }
}

impl TryFrom<model::GoodsCoupon> for GoodsCoupon {
    type Error = Error;

    fn try_from(coupon: model::GoodsCoupon) -> Result<Self> {
        Ok(Self {
            face_value_fen: safe(coupon.face_value.0)?,
            threshold_fen: fen(coupon.threshold)?,
            from: iso(coupon.from),
            to: iso(coupon.to),
        })
    }
}

impl TryFrom<model::LinkGoods> for LinkGoods {
    type Error = Error;

    fn try_from(goods: model::LinkGoods) -> Result<Self> {
        Ok(Self {
            platform_goods_id: goods.platform_goods_id,
            target: goods.target,
            name: goods.name,
            price_fen: fen(goods.price)?,
            commission_bp: safe_some(goods.commission_bp)?,
            coupon: goods.coupon.map(GoodsCoupon::try_from).transpose()?,
            image: goods.image,
            extra: goods.extra,
        })
    }
}

impl TryFrom<model::LinkOrder> for LinkOrder {
    type Error = Error;

    fn try_from(order: model::LinkOrder) -> Result<Self> {
        Ok(Self {
            platform_order_id: order.platform_order_id,
            platform_goods_id: order.platform_goods_id,
            placement: order.placement,
            amount_fen: fen(order.amount)?,
            commission_fen: fen(order.commission)?,
            status: order.status.to_string(),
            platform_status: order.platform_status,
            ordered_at: iso(order.ordered_at),
            paid_at: iso(order.paid_at),
            settled_at: iso(order.settled_at),
            updated_at: iso(order.updated_at),
            extra: order.extra,
        })
    }
}
