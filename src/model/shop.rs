//! Shops, and what is known of their authorisation.

use super::words::words;
use super::{AppId, PlatformId, ShopId, UtcMillis};

words! {
    /// What kind of account it is.
    ShopKind {
        /// A store that sells.
        Store = "store",
        /// An account that posts content.
        ContentAccount = "content_account",
    }
}

words! {
    /// Whether we work for the shop.
    ShopStatus {
        /// Calls are made.
        Active = "active",
        /// Switched off here.
        Disabled = "disabled",
        /// Its authorisation is gone; a person must authorise it again.
        Reauthorize = "reauthorize",
    }
}

words! {
    /// Where the stored token set stands.
    GrantState {
        /// Usable.
        Valid = "valid",
        /// A refresh was started; its outcome is not stored yet.
        Refreshing = "refreshing",
        /// Dead; a person must authorise again.
        Reauthorize = "reauthorize",
    }
}

words! {
    /// A level of permission that ends by itself, on platforms that have them (Taobao, Pinduoduo): reading or
    /// writing, ordinary or sensitive data.
    Tier {
        /// Reading ordinary data.
        R1 = "r1",
        /// Reading sensitive data.
        R2 = "r2",
        /// Writing ordinary data.
        W1 = "w1",
        /// Writing sensitive data.
        W2 = "w2",
    }
}

/// What may be known of a shop's tokens; never the tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// Where it stands.
    pub state: GrantState,
    /// Why it is dead, in a sentence.
    pub reason: Option<String>,
    /// Grows with every stored token set.
    pub generation: i64,
    /// When the access token ends.
    pub expires_at: UtcMillis,
    /// When the refresh token ends, where the platform has one.
    pub refresh_expires_at: Option<UtcMillis>,
    /// Whether the platform lets us make a new token without a person (self-use apps).
    pub renewable_without_person: bool,
    /// How many days ahead of its end it was last warned of: only a person can renew it.
    pub warned_days: Option<u32>,
    /// When single levels of permission end, on platforms that have them. The token itself may live longer.
    pub tiers: Vec<(Tier, UtcMillis)>,
    /// How often the refresh token can still be renewed, on platforms that renew it apart from the access token.
    /// After the last time only a person can move its end.
    pub renewals_left: Option<u32>,
    /// Why the platform renews the refresh token no further, where it said so before the last time.
    pub renewal_refused: Option<String>,
}

/// One authorised account of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// Our id.
    pub id: ShopId,
    /// The app it is authorised for.
    pub app_id: AppId,
    /// The platform.
    pub platform: PlatformId,
    /// The platform's id of the shop.
    pub platform_shop_id: String,
    /// Its name.
    pub name: String,
    /// Store or content account.
    pub kind: ShopKind,
    /// The platform's own word for the type of shop.
    pub shop_type: Option<String>,
    /// Whether we work for it.
    pub status: ShopStatus,
    /// The store that a content account belongs to.
    pub bound_shop_id: Option<ShopId>,
    /// What is known of its tokens.
    pub authorization: Option<Authorization>,
    /// When a sync last finished.
    pub last_synced_at: Option<UtcMillis>,
    /// When it was first connected.
    pub created_at: UtcMillis,
    /// When its row last changed.
    pub updated_at: UtcMillis,
}

/// Which shops a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShopFilter {
    /// Of this platform.
    pub platform: Option<PlatformId>,
    /// Of this app.
    pub app_id: Option<AppId>,
    /// With this status.
    pub status: Option<ShopStatus>,
}

/// An authorisation that arrived without our request, waiting for someone to adopt it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingGrant {
    /// Its id, for `adopt`.
    pub id: i64,
    /// The app it is for.
    pub app_id: AppId,
    /// The platform.
    pub platform: PlatformId,
    /// The platform's id of the shop.
    pub platform_shop_id: String,
    /// The shop's name.
    pub name: String,
    /// When it arrived.
    pub created_at: UtcMillis,
    /// When it is dropped.
    pub expires_at: UtcMillis,
}

/// How many rows we keep for a shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShopCounts {
    /// Products, deleted ones included.
    pub products: i64,
    /// SKUs of all products.
    pub skus: i64,
    /// Orders.
    pub orders: i64,
    /// Refunds.
    pub refunds: i64,
    /// Records that could not be read and are kept aside.
    pub quarantined: i64,
}
