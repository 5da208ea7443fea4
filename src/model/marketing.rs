//! Promotions of a shop, coupons, and the links by which goods are promoted for a commission.
//!
//! Read straight from the platform and never stored. What has no place in a field is kept in `extra`.

use super::words::words;
use super::{Fen, UtcMillis};

words! {
    /// Where a promotion or a coupon stands, the same words on every platform.
    CampaignStatus {
        /// Put together, not handed in.
        Draft = "draft",
        /// The platform looks at it.
        UnderReview = "under_review",
        /// The platform refused it.
        Refused = "refused",
        /// Approved, or accepted without a review; it begins later.
        Scheduled = "scheduled",
        /// It works now.
        Running = "running",
        /// Held by the shop or by the platform.
        Paused = "paused",
        /// All coupons are taken.
        UsedUp = "used_up",
        /// Over, closed or void.
        Ended = "ended",
        /// The platform says nothing, or a value this version does not know; `platform_status` holds it.
        Unknown = "unknown",
    }
}

words! {
    /// Where an order of a promotion link stands, the same words on every platform.
    LinkOrderStatus {
        /// Not paid.
        Unpaid = "unpaid",
        /// Paid, or its deposit is.
        Paid = "paid",
        /// The buyer has the goods.
        Received = "received",
        /// The platform has approved the commission.
        Approved = "approved",
        /// There is no commission: refused or punished.
        Refused = "refused",
        /// The commission is settled.
        Settled = "settled",
        /// Closed or void: there is no commission.
        Closed = "closed",
        /// A value this version does not know; `platform_status` holds it.
        Unknown = "unknown",
    }
}

/// A promotion of a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// The platform's id.
    pub platform_campaign_id: String,
    /// Its name.
    pub name: String,
    /// The platform's word for its kind.
    pub kind: String,
    /// Where it stands.
    pub status: CampaignStatus,
    /// The platform's own status; empty where it gives none.
    pub platform_status: String,
    /// When it begins.
    pub from: Option<UtcMillis>,
    /// When it ends.
    pub to: Option<UtcMillis>,
    /// Further fields of the platform as the text of a JSON object.
    pub extra: Option<String>,
}

/// A kind of coupon that a shop gives away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coupon {
    /// The platform's id.
    pub platform_coupon_id: String,
    /// Its name; empty where the platform gives none.
    pub name: String,
    /// What it takes off.
    pub face_value: Fen,
    /// From which amount on; absent when it has no threshold, or the platform does not say.
    pub threshold: Option<Fen>,
    /// How many there are.
    pub total: Option<i64>,
    /// How many were taken.
    pub taken: Option<i64>,
    /// How many were used.
    pub used: Option<i64>,
    /// Where it stands.
    pub status: CampaignStatus,
    /// The platform's own status; empty where it gives none.
    pub platform_status: String,
    /// When it begins.
    pub from: Option<UtcMillis>,
    /// When it ends.
    pub to: Option<UtcMillis>,
    /// Further fields of the platform as the text of a JSON object.
    pub extra: Option<String>,
}

/// A link that earns a commission, in the forms that the platform gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// Further fields of the platform as the text of a JSON object.
    pub extra: Option<String>,
}

/// The coupon of goods found for a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodsCoupon {
    /// What it takes off.
    pub face_value: Fen,
    /// From which amount on.
    pub threshold: Option<Fen>,
    /// When it begins.
    pub from: Option<UtcMillis>,
    /// When it ends.
    pub to: Option<UtcMillis>,
}

/// Goods for which a link may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkGoods {
    /// The platform's id in its promotion program, which need not be the product's id.
    pub platform_goods_id: String,
    /// What a link for them is made of: give it to `createLinks`. Absent where nothing can be promoted.
    pub target: Option<String>,
    /// Their name.
    pub name: String,
    /// Their price.
    pub price: Option<Fen>,
    /// The commission in basis points of the price: 1234 are 12.34 %.
    pub commission_bp: Option<i64>,
    /// The coupon that goes with them.
    pub coupon: Option<GoodsCoupon>,
    /// URL of a picture.
    pub image: Option<String>,
    /// Further fields of the platform as the text of a JSON object.
    pub extra: Option<String>,
}

/// An order that a link brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkOrder {
    /// The platform's id of the order, or of its line where each has a commission of its own.
    pub platform_order_id: String,
    /// The platform's id of the goods.
    pub platform_goods_id: Option<String>,
    /// The promoter's place that it is counted for, in the form in which links are made for it.
    pub placement: Option<String>,
    /// What the commission is counted from.
    pub amount: Option<Fen>,
    /// The commission: an estimate until it is settled.
    pub commission: Option<Fen>,
    /// Where it stands.
    pub status: LinkOrderStatus,
    /// The platform's own status.
    pub platform_status: String,
    /// When it was ordered.
    pub ordered_at: Option<UtcMillis>,
    /// When it was paid.
    pub paid_at: Option<UtcMillis>,
    /// When the commission was settled.
    pub settled_at: Option<UtcMillis>,
    /// When it last changed.
    pub updated_at: Option<UtcMillis>,
    /// Further fields of the platform as the text of a JSON object.
    pub extra: Option<String>,
}

/// One part of a list that is read straight from the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketList<T> {
    /// What could be read.
    pub items: Vec<T>,
    /// How many records of this part could not be read.
    pub unreadable: u32,
    /// Where the list goes on; absent at the end. There may be more even where `items` is empty.
    pub next_cursor: Option<String>,
}
