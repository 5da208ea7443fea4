//! Looking at the platform: does it show what is wanted? And the local rows as it shows them.

use std::pin::Pin;
use std::sync::Arc;

use super::Publisher;
use super::state::Sight;
use crate::auth::ShopContext;
use crate::error::{Error, ErrorKind, Result};
use crate::limit::{Lane, Share};
use crate::model::{Change, OrderStatus, ProductRecord, ShopId, SkuRecord, Wanted};
use crate::pipeline::{CallStyle, RetryPolicy, all_skus};
use crate::platform::{ApiCall, Platform, Published, RemoteOrder};

/// Something as the platform shows it now.
#[derive(Clone)]
pub(crate) enum Fresh {
    /// The SKUs of a product.
    Skus {
        /// The platform's id of the product.
        product: String,
        /// All of them.
        skus: Vec<SkuRecord>,
    },
    /// A product.
    Product(Box<ProductRecord>),
    /// An order.
    Order(Box<RemoteOrder>),
    /// The product that a listing became, or the promotion of the shop that was created, if there is one.
    Listing(Option<Published>),
    /// Every post that a promotion can have become.
    Posts(Vec<Published>),
}

impl Fresh {
    /// The product that a listing became.
    pub(super) fn became(&self) -> Option<&Published> {
        match self {
            Self::Listing(found) => found.as_ref(),
            Self::Posts(found) => match found.as_slice() {
                [one] => Some(one),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Stores what was read, as a sync would. `publish` and `sync` meet here only.
pub(crate) type Refresh =
    Arc<dyn Fn(ShopId, Fresh) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// How a look is made: the machine itself looks again.
pub(super) const fn style() -> CallStyle<'static> {
    CallStyle {
        lane: Lane::Interactive,
        share: Share::Leader,
        policy: RetryPolicy::INTERACTIVE,
        counter: None,
    }
}

impl Publisher {
    /// Reads what a wish is about.
    pub(super) async fn look(&self, shop: &ShopContext, change: &Change) -> Result<Fresh> {
        let platform = shop.app.platform;
        match &change.wanted {
            Wanted::Online { product, .. } => {
                let detail = self.read(shop, &platform.get_product(product)?).await?;
                Ok(Fresh::Product(Box::new(detail.record)))
            }
            Wanted::Price { product, .. }
            | Wanted::Stock { product, .. }
            | Wanted::AddStock { product, .. } => {
                let ask = |call| async move { self.read(shop, &call).await };
                let records = all_skus(platform, product, ask).await?;
                let unreadable = |bad: crate::platform::BadRecord| {
                    Error::new(ErrorKind::Decode, format!("a SKU cannot be read: {}", bad.reason))
                };
                let skus = records.into_iter().collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
                Ok(Fresh::Skus { product: product.clone(), skus })
            }
            Wanted::Publish { outer_id, .. } => {
                self.find_listing(shop, outer_id, change.created_at).await.map(Fresh::Listing)
            }
            // What a product looks like says nothing of the draft that waits behind it for its review.
            Wanted::Update { .. } => Ok(Fresh::Listing(None)),
            Wanted::Campaign { .. } => self.find_campaign(shop, change).await.map(Fresh::Listing),
            Wanted::Post { .. } => self.look_for_post(shop, change).await.map(Fresh::Posts),
            Wanted::Ship { order, .. } => {
                Ok(Fresh::Order(Box::new(self.read(shop, &platform.get_order(order)?).await?)))
            }
        }
    }

    pub(super) async fn read<T: Send + 'static>(&self, shop: &ShopContext, call: &ApiCall<T>) -> Result<T> {
        self.caller.call_or_masked(shop, call, style()).await
    }
}

/// What the platform shows of a wish.
pub(super) fn sight(platform: &dyn Platform, wanted: &Wanted, fresh: &Fresh) -> Sight {
    let is = |same: bool| if same { Sight::Wanted } else { Sight::Other };
    match (wanted, fresh) {
        (Wanted::Online { online, .. }, Fresh::Product(record)) => match platform.shows_online(record) {
            Some(shown) => is(shown == *online),
            None => Sight::Contradiction,
        },
        (Wanted::Price { sku, fen, .. }, Fresh::Skus { skus, .. }) => {
            find(skus, sku).map_or(Sight::Contradiction, |found| is(found.price.0 == *fen))
        }
        (Wanted::Stock { sku, stock, .. }, Fresh::Skus { skus, .. }) => {
            find(skus, sku).map_or(Sight::Contradiction, |found| is(found.stock == *stock))
        }
        (Wanted::Ship { tracking, .. }, Fresh::Order(order)) => shipped(order, tracking),
        (Wanted::Publish { .. } | Wanted::Campaign { .. }, Fresh::Listing(found)) => is(found.is_some()),
        // Two that look alike: a person has to say which is ours.
        (Wanted::Post { .. }, Fresh::Posts(found)) if found.len() > 1 => Sight::Contradiction,
        (Wanted::Post { .. }, Fresh::Posts(found)) => is(!found.is_empty()),
        // A sum shows nothing of its parts.
        _ => Sight::Other,
    }
}

fn find<'a>(skus: &'a [SkuRecord], id: &str) -> Option<&'a SkuRecord> {
    skus.iter().find(|sku| sku.platform_sku_id == id)
}

/// Our parcel, another one, none yet, or an order that is not shipped any more.
fn shipped(order: &RemoteOrder, tracking: &str) -> Sight {
    let record = &order.record;
    if record.packages.iter().any(|parcel| parcel.tracking_no == tracking) {
        return Sight::Wanted;
    }
    match record.status {
        OrderStatus::Shipped | OrderStatus::Completed | OrderStatus::Cancelled => Sight::Contradiction,
        _ => Sight::Other,
    }
}
