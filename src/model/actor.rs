//! Who asks, and what they may do.

use super::words::words;
use super::{PageRequest, ShopId, UtcMillis};

/// Who asks: the hub's owner, or a user of the OA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The program that opened the hub.
    System,
    /// A user of the OA, with the roles the OA gives them.
    User {
        /// The OA's own id of the user.
        id: String,
        /// Names of roles, such as `operator`.
        roles: Vec<String>,
    },
}

impl Actor {
    /// The id that the audit shows.
    pub fn id(&self) -> &str {
        match self {
            Self::System => "system",
            Self::User { id, .. } => id,
        }
    }
}

words! {
    /// Something an actor may do, in general or for one shop.
    Right {
        /// See apps.
        AppsRead = "apps.read",
        /// Save and remove apps.
        AppsManage = "apps.manage",
        /// See shops and their state.
        ShopsRead = "shops.read",
        /// Authorise shops.
        ShopsConnect = "shops.connect",
        /// Enable, disable, remove shops.
        ShopsManage = "shops.manage",
        /// Adopt a shop whose authorisation arrived without our request.
        ShopsAdopt = "shops.adopt",
        /// See products.
        ProductsRead = "products.read",
        /// Change products on the platform: price, stock, on or off sale.
        ProductsWrite = "products.write",
        /// See orders.
        OrdersRead = "orders.read",
        /// Ship orders.
        OrdersShip = "orders.ship",
        /// See promotions and coupons of shops, and the goods and orders of promotion links.
        MarketingRead = "marketing.read",
        /// Make promotion links.
        MarketingManage = "marketing.manage",
        /// See promotions and what they did.
        PromotionsRead = "promotions.read",
        /// Write, submit, schedule and take back promotions.
        PromotionsWrite = "promotions.write",
        /// Approve and reject promotions, and say what became of one that nobody knows.
        PromotionsApprove = "promotions.approve",
        /// See images and videos.
        MediaRead = "media.read",
        /// Add, convert and remove images and videos.
        MediaWrite = "media.write",
        /// Have buyer data of orders in plain text.
        OrdersDecrypt = "orders.decrypt",
        /// Start and cancel syncs.
        Sync = "sync",
        /// Call any method of a platform.
        Raw = "raw",
        /// See and change rights.
        RightsManage = "rights.manage",
        /// Read the audit.
        AuditRead = "audit.read",
        /// Make backups.
        Maintenance = "maintenance",
    }
}

/// One row of the rights: a role or a user, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightEntry {
    /// `role:NAME` or `user:ID`.
    pub subject: String,
    /// What it may do.
    pub right: Right,
    /// For this shop only; for all when absent.
    pub shop: Option<ShopId>,
}

/// One line of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, growing.
    pub id: i64,
    /// When.
    pub at: UtcMillis,
    /// Who: the OA's user id, or `system`.
    pub actor: String,
    /// What, such as `apps.save`.
    pub action: String,
    /// The shop concerned.
    pub shop: Option<ShopId>,
    /// What it was about: an id or a method name; never a secret or buyer data.
    pub target: Option<String>,
    /// `ok`, `refused` or the code of the error.
    pub outcome: String,
}

/// Which lines of the audit a list shows, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// About this shop.
    pub shop_id: Option<ShopId>,
    /// By this actor.
    pub actor: Option<String>,
    /// Which part.
    pub page: PageRequest,
}
