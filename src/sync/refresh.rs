//! Single records outside a run: stored as a page would store them.

use super::seal::{Sealer, sku_row};
use crate::auth::Cipher;
use crate::clock::Clock;
use crate::error::Result;
use crate::model::{ProductRecord, ShopId, SkuRecord};
use crate::platform::RemoteOrder;
use crate::store::Store;

/// Stores what was read beside a sync. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Refresher {
    pub(crate) store: Store,
    pub(crate) cipher: Cipher,
    pub(crate) clock: Clock,
}

impl Refresher {
    /// The SKUs of a product, all of them.
    pub(crate) async fn skus(&self, shop: ShopId, product: String, skus: Vec<SkuRecord>) -> Result<()> {
        let rows = skus.into_iter().map(sku_row).collect();
        self.store.refresh_skus(shop, product, rows, self.clock.now()).await
    }

    /// Where a product stands. The rest of a single product is worded differently than in lists.
    pub(crate) async fn product(&self, shop: ShopId, record: ProductRecord) -> Result<()> {
        self.store.refresh_product_status(shop, record, self.clock.now()).await
    }

    /// An order.
    pub(crate) async fn order(&self, shop: ShopId, order: RemoteOrder) -> Result<()> {
        let sealing = self.cipher.sealing();
        let row = Sealer { sealing: &sealing, shop, thin_products: false }.order(order)?;
        self.store.refresh_order(shop, row, self.clock.now()).await
    }
}
