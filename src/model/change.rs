//! Changes: writes to a platform, from the wish to its certain end.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{ChangeId, PageRequest, ShopId, UtcMillis};

words! {
    /// What a change does. One target has one change under way and one waiting per operation.
    Operation {
        /// Puts a product on sale or takes it down.
        Online = "products.online",
        /// Sets the price of a SKU.
        Price = "products.price",
        /// Sets the stock of a SKU, or adds to it.
        Stock = "products.stock",
        /// Publishes a new product.
        Publish = "products.publish",
        /// Changes a published product as a whole.
        Update = "products.update",
        /// Ships an order.
        Ship = "orders.ship",
        /// Publishes a promotion.
        Post = "promotions.publish",
        /// Creates a promotion of the shop.
        Campaign = "campaigns.create",
    }
}

words! {
    /// Where a change stands; `docs/send-states.md` draws which follows which.
    ChangeState {
        /// Waits for its turn.
        Queued = "queued",
        /// A call for it is under way.
        Intent = "intent",
        /// Nobody knows yet whether the platform did it; it is being found out.
        Unknown = "unknown",
        /// The platform did it.
        Accepted = "accepted",
        /// The platform did not do it and will not.
        Rejected = "rejected",
        /// Not done for a passing reason; tried again by itself.
        RetryWait = "retry_wait",
        /// A person has to say what happened.
        NeedsHuman = "needs_human",
        /// Taken back before it was sent, or dropped by a person.
        Cancelled = "cancelled",
        /// Waited for too long.
        Expired = "expired",
        /// A newer value for the same target took its place.
        Superseded = "superseded",
    }
}

impl ChangeState {
    /// Whether it never changes again.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Accepted | Self::Rejected | Self::Cancelled | Self::Expired | Self::Superseded)
    }
}

words! {
    /// How we know that the platform did it.
    Evidence {
        /// It answered so.
        Answer = "answer",
        /// It shows what was wanted.
        ReadBack = "read_back",
        /// A person said so.
        Person = "person",
    }
}

words! {
    /// What a person decides about a change that needs one.
    Resolution {
        /// The platform did it.
        Accepted = "accepted",
        /// It did not; send it again.
        SendAgain = "send_again",
        /// Leave it.
        Drop = "drop",
    }
}

/// What is wanted of the platform. Ids are the platform's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Wanted {
    /// A product on sale, or not.
    Online {
        /// The product.
        product: String,
        /// On sale.
        online: bool,
    },
    /// A SKU's price.
    Price {
        /// The product.
        product: String,
        /// The SKU.
        sku: String,
        /// The price in fen.
        fen: i64,
    },
    /// A SKU's stock.
    Stock {
        /// The product.
        product: String,
        /// The SKU.
        sku: String,
        /// How many there are.
        stock: i64,
    },
    /// So many more (or fewer) of a SKU.
    AddStock {
        /// The product.
        product: String,
        /// The SKU.
        sku: String,
        /// How many more.
        delta: i64,
    },
    /// A new product, as its listing has it.
    Publish {
        /// The merchant's own id.
        outer_id: String,
        /// Tells equal drafts.
        fingerprint: String,
    },
    /// A product changed as a whole, as its listing has it.
    Update {
        /// The product.
        product: String,
        /// Tells equal drafts.
        fingerprint: String,
    },
    /// An order shipped.
    Ship {
        /// The order.
        order: String,
        /// The carrier's code.
        company: String,
        /// The tracking number.
        tracking: String,
    },
    /// A version of a promotion, published.
    Post {
        /// Our id of the promotion.
        promotion: i64,
        /// Its version.
        version: i64,
    },
    /// A new promotion of the shop, as its campaign has it.
    Campaign {
        /// Its name.
        name: String,
        /// When it begins.
        from: UtcMillis,
        /// When it ends.
        to: UtcMillis,
        /// Tells equal drafts.
        fingerprint: String,
    },
}

impl Wanted {
    /// The operation it is of.
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Online { .. } => Operation::Online,
            Self::Price { .. } => Operation::Price,
            Self::Stock { .. } | Self::AddStock { .. } => Operation::Stock,
            Self::Publish { .. } => Operation::Publish,
            Self::Update { .. } => Operation::Update,
            Self::Ship { .. } => Operation::Ship,
            Self::Post { .. } => Operation::Post,
            Self::Campaign { .. } => Operation::Campaign,
        }
    }

    /// What it changes: the platform's id of an order or product, `product/sku`, the merchant's own id of a
    /// product that is new, or the name and the times of a promotion that is new.
    pub fn target(&self) -> String {
        match self {
            Self::Online { product, .. } | Self::Update { product, .. } => product.clone(),
            Self::Publish { outer_id, .. } => outer_id.clone(),
            Self::Price { product, sku, .. }
            | Self::Stock { product, sku, .. }
            | Self::AddStock { product, sku, .. } => format!("{product}/{sku}"),
            Self::Ship { order, .. } => order.clone(),
            Self::Post { promotion, version } => format!("{promotion}/{version}"),
            Self::Campaign { name, from, to, .. } => format!("{name}/{from}/{to}"),
        }
    }

    /// The product that it is about; none for an order and for a product that is new.
    pub fn product(&self) -> Option<&str> {
        match self {
            Self::Online { product, .. }
            | Self::Update { product, .. }
            | Self::Price { product, .. }
            | Self::Stock { product, .. }
            | Self::AddStock { product, .. } => Some(product),
            Self::Publish { .. } | Self::Ship { .. } | Self::Post { .. } | Self::Campaign { .. } => None,
        }
    }

    /// Whether it says how things should be, whatever they are: a newer one makes an older one pointless.
    pub const fn is_absolute(&self) -> bool {
        matches!(self, Self::Online { .. } | Self::Price { .. } | Self::Stock { .. } | Self::Update { .. })
    }

    /// Whether what it published is followed to the end of its review.
    pub const fn is_followed(&self) -> bool {
        self.has_listing() || matches!(self, Self::Post { .. })
    }

    /// Whether it publishes what its listing has.
    pub const fn has_listing(&self) -> bool {
        matches!(self, Self::Publish { .. } | Self::Update { .. })
    }
}

/// A change as the caller of a write gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The change; `changes.get` tells how it goes on.
    pub change_id: ChangeId,
    /// Where it stood when the call returned.
    pub state: ChangeState,
}

/// A change as we keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its id, growing.
    pub id: ChangeId,
    /// The shop.
    pub shop_id: ShopId,
    /// What it does.
    pub operation: Operation,
    /// What it changes: the platform's id of an order or product, `product/sku`, the merchant's own id of a
    /// product that is new, or the name and the times of a promotion that is new.
    pub target: String,
    /// What is wanted.
    pub wanted: Wanted,
    /// Where it stands.
    pub state: ChangeState,
    /// How often it was sent.
    pub attempt: i64,
    /// The code of the error that it met last.
    pub error_code: Option<String>,
    /// What the error said.
    pub message: Option<String>,
    /// The platform's own code.
    pub platform_code: Option<String>,
    /// The platform's id of the request.
    pub request_id: Option<String>,
    /// How we know that it was done.
    pub evidence: Option<Evidence>,
    /// The platform's id of the promotion of the shop that it created, where it is known.
    pub platform_campaign_id: Option<String>,
    /// Who wanted it.
    pub actor: String,
    /// When it was wanted.
    pub created_at: UtcMillis,
    /// When it last changed.
    pub updated_at: UtcMillis,
    /// When it ended.
    pub finished_at: Option<UtcMillis>,
}

/// Which changes a list shows, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Of this shop.
    pub shop_id: Option<ShopId>,
    /// In this state.
    pub state: Option<ChangeState>,
    /// Of this operation.
    pub operation: Option<Operation>,
    /// Which part.
    pub page: PageRequest,
}

/// A carrier that a platform knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Its code, for `orders.ship`.
    pub code: String,
    /// Its name for people.
    pub name: String,
}
