//! `hub.products`.

use super::Hub;
use super::shops::interactive;
use super::sync::{SyncRequest, run_sync};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Page, Product, ProductFilter, ProductId, ProductRecord, Right, Run, RunKind, ShopId, SkuRecord,
};

/// A product straight from the platform. Nothing is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedProduct {
    /// The product.
    pub record: ProductRecord,
    /// Its SKUs.
    pub skus: Vec<SkuRecord>,
}

/// The shops' products.
#[derive(Clone, Debug)]
pub struct Products(pub(super) Hub);

impl Products {
    /// Products as they were last synced, by id. Without a shop the general right is needed.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a wrong limit or cursor; `FORBIDDEN` without the right `products.read`.
    pub async fn list(&self, filter: ProductFilter) -> Result<Page<Product>> {
        let engine = self.0.read("products.list", Right::ProductsRead, filter.shop_id).await?;
        engine.store.list_products(filter).await.map_err(|error| error.with_operation("products.list"))
    }

    /// One product with its SKUs.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `products.read` for its shop.
    pub async fn get(&self, id: ProductId) -> Result<Product> {
        let engine = self.0.engine()?;
        let product =
            engine.store.get_product(id).await.map_err(|error| error.with_operation("products.get"))?;
        self.0.read("products.get", Right::ProductsRead, Some(product.shop_id)).await?;
        Ok(product)
    }

    /// Reads new and changed products and their SKUs; everything at the first sync.
    ///
    /// # Errors
    /// `CONFLICT` while such a run is under way, `CANCELLED` when it was stopped, `FORBIDDEN` without the
    /// right `sync`, and what calls to the platform can fail with. What was stored stays.
    pub async fn sync(&self, request: SyncRequest) -> Result<Run> {
        run_sync(&self.0, request, RunKind::Products).await
    }

    /// Reads one product straight from the platform, without storing it.
    ///
    /// # Errors
    /// `DECODE` when a SKU cannot be read, `FORBIDDEN` without the right `products.read`, and what a call to
    /// the platform can fail with.
    pub async fn fetch(&self, shop_id: ShopId, platform_product_id: String) -> Result<FetchedProduct> {
        let engine = self.0.read("products.fetch", Right::ProductsRead, Some(shop_id)).await?;
        let shop = engine.contexts.shop(shop_id).await?;
        let call = shop.app.platform.get_product(&platform_product_id)?;
        let detail = engine.caller.call(&shop, &call, interactive()).await?;
        let unreadable = |bad: crate::platform::BadRecord| {
            Error::new(ErrorKind::Decode, format!("a SKU cannot be read: {}", bad.reason))
                .with_operation("products.fetch")
        };
        let skus = detail.skus.into_iter().collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        Ok(FetchedProduct { record: detail.record, skus })
    }
}
