//! What an adapter offers and how its platform wants to be paged and limited: data that the core
//! acts on. Waiting, paging and retrying are never written in an adapter.

use std::time::Duration;

use super::Platform;
use crate::error::{Error, ErrorKind};
use crate::model::{PlatformId, RunKind};

/// An operation that an adapter can offer. Claimed means: a conformance check exercises it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Capability {
    /// A merchant authorises in a browser.
    ConnectTool,
    /// The company's own shops, without a browser.
    ConnectSelfUse,
    /// A token set is renewed without a person.
    RefreshGrant,
    /// Products are listed.
    ListProducts,
    /// SKUs of one product are listed.
    ListSkus,
    /// One product is read.
    GetProduct,
    /// Orders are listed by the time they changed.
    ListOrders,
    /// One order is read.
    GetOrder,
    /// Refunds and other after-sale cases are listed by the time they changed.
    ListRefunds,
    /// One refund is read.
    GetRefund,
    /// The tree of categories is read.
    ListCategories,
    /// A product is put on sale or taken down.
    SetOnline,
    /// The price of a SKU is set.
    SetPrice,
    /// The stock of a SKU is set, or added to.
    SetStock,
    /// What a category asks of its products is read.
    CategoryRules,
    /// A product is published, and its review followed to the end.
    PublishProduct,
    /// A published product is changed as a whole.
    UpdateProduct,
    /// An order is shipped.
    ShipOrder,
    /// Buyer data of orders is opened.
    DecryptOrders,
    /// The carriers that the platform knows are read.
    ListCompanies,
    /// The promotions of a shop are listed.
    ListCampaigns,
    /// A promotion of a shop is created.
    CreateCampaigns,
    /// The coupons of a shop are listed.
    ListCoupons,
    /// A link that earns a commission is made.
    CreateLinks,
    /// Goods for such links are searched.
    SearchGoods,
    /// Orders that such links brought are listed by the time they changed.
    ListLinkOrders,
    /// A video is posted, and its review followed.
    PostVideo,
    /// Pictures with a text are posted, and their review followed.
    PostImages,
    /// A video is added to a store's own list, and its review followed.
    PostShopVideo,
    /// A link is made by which a person posts in the platform's app.
    ShareLink,
    /// What became of a post is read as figures.
    PostFigures,
    /// Any method is called.
    Raw,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 32] = [
        Self::ConnectTool,
        Self::ConnectSelfUse,
        Self::RefreshGrant,
        Self::ListProducts,
        Self::ListSkus,
        Self::GetProduct,
        Self::ListOrders,
        Self::GetOrder,
        Self::ListRefunds,
        Self::GetRefund,
        Self::ListCategories,
        Self::SetOnline,
        Self::SetPrice,
        Self::SetStock,
        Self::CategoryRules,
        Self::PublishProduct,
        Self::UpdateProduct,
        Self::ShipOrder,
        Self::DecryptOrders,
        Self::ListCompanies,
        Self::ListCampaigns,
        Self::CreateCampaigns,
        Self::ListCoupons,
        Self::CreateLinks,
        Self::SearchGoods,
        Self::ListLinkOrders,
        Self::PostVideo,
        Self::PostImages,
        Self::PostShopVideo,
        Self::ShareLink,
        Self::PostFigures,
        Self::Raw,
    ];

    /// What a sync of this kind needs.
    pub const fn of_sync(kind: RunKind) -> Self {
        match kind {
            RunKind::Products => Self::ListProducts,
            RunKind::Refunds => Self::ListRefunds,
            RunKind::Orders => Self::ListOrders,
        }
    }

    /// The stable word that `hub.platforms.list()` shows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConnectTool => "oauth.tool",
            Self::ConnectSelfUse => "oauth.self_use",
            Self::RefreshGrant => "oauth.refresh",
            Self::ListProducts => "products.sync",
            Self::ListSkus => "products.skus",
            Self::GetProduct => "products.detail",
            Self::ListOrders => "orders.sync",
            Self::GetOrder => "orders.detail",
            Self::ListRefunds => "refunds.sync",
            Self::GetRefund => "refunds.detail",
            Self::ListCategories => "shops.categories",
            Self::SetOnline => "products.online",
            Self::SetPrice => "products.price",
            Self::SetStock => "products.stock",
            Self::CategoryRules => "products.rules",
            Self::PublishProduct => "products.publish",
            Self::UpdateProduct => "products.update",
            Self::ShipOrder => "orders.ship",
            Self::DecryptOrders => "orders.decrypt",
            Self::ListCompanies => "orders.companies",
            Self::ListCampaigns => "campaigns.list",
            Self::CreateCampaigns => "campaigns.create",
            Self::ListCoupons => "coupons.list",
            Self::CreateLinks => "links.create",
            Self::SearchGoods => "links.search",
            Self::ListLinkOrders => "links.orders",
            Self::PostVideo => "promotions.video",
            Self::PostImages => "promotions.image_text",
            Self::PostShopVideo => "promotions.shop_video",
            Self::ShareLink => "promotions.share_link",
            Self::PostFigures => "promotions.metrics",
            Self::Raw => "call",
        }
    }
}

/// How fast a platform may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Calls per second of one app over all its shops.
    pub app_per_second: u32,
    /// Calls per second of one shop of an app.
    pub shop_per_second: u32,
    /// Calls of one shop that may be under way at the same time.
    pub in_flight: usize,
}

/// The order in which a window's pages are safe to read while rows move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageOrder {
    /// Rows come in ascending order of change: read page 0 and continue from the newest time seen.
    Ascending,
    /// Rows come in no order we may rely on, or newest first: read the last page first.
    LastPageFirst,
}

/// How changes of one kind of record are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowRules {
    /// The safe order of pages.
    pub order: PageOrder,
    /// Records a page.
    pub page_size: u32,
    /// Records that one window can show at all, where the platform limits it; a fuller one is split.
    pub max_records: Option<u64>,
    /// The widest window asked for.
    pub max_window: Duration,
    /// How long after a change it may still be invisible. The checkpoint stays this far behind the
    /// platform's clock.
    pub lag: Duration,
    /// How far behind the checkpoint the next window starts.
    pub overlap: Duration,
    /// How many lists make up the whole, such as goods on sale and goods in stock: each is read for itself,
    /// and the query says which. 1 where one list shows everything.
    pub sections: u8,
    /// How far back the platform shows anything, where it limits it.
    pub history: Option<Duration>,
}

impl WindowRules {
    /// Rules of one list whose changes are seen at once, however far back.
    pub const fn exact(order: PageOrder, page_size: u32, max_window: Duration) -> Self {
        Self {
            order,
            page_size,
            max_records: None,
            max_window,
            lag: Duration::ZERO,
            overlap: Duration::ZERO,
            sections: 1,
            history: None,
        }
    }
}

/// How a list of everything is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FullList {
    /// By a cursor that the platform keeps stable.
    Cursor,
    /// As all that changed since the beginning, by the rules for changed products: windows that are too
    /// full are split, so that no page is too deep.
    Windows,
    /// By pages, last page first. The platform cannot say what changed, so each sync reads all of them.
    Pages {
        /// Records a page.
        page_size: u32,
        /// How many lists make up the whole.
        sections: u8,
    },
}

impl FullList {
    /// The rules by which such pages are walked; absent for the other two.
    pub fn page_rules(self) -> Option<WindowRules> {
        match self {
            Self::Pages { page_size, sections } => Some(WindowRules {
                sections,
                ..WindowRules::exact(PageOrder::LastPageFirst, page_size, Duration::MAX)
            }),
            Self::Cursor | Self::Windows => None,
        }
    }
}

/// [`unsupported`], with the reason where there is one.
pub(super) fn lacking<P: Platform + ?Sized>(platform: &P, capability: Capability) -> Error {
    let id = platform.id();
    match platform.why_not(capability) {
        None => unsupported(id, capability),
        Some(why) => {
            let message = format!("{id} does not offer {}: {why}", capability.as_str());
            Error::new(ErrorKind::Unsupported, message).with_platform(id)
        }
    }
}

/// The platform has no such operation.
pub(crate) fn unsupported(id: PlatformId, capability: Capability) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{id} does not offer {}", capability.as_str()))
        .with_platform(id)
}
