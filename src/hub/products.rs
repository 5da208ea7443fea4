//! `hub.products`.

use super::Hub;
use super::changes::submit;
use super::guard::Action;
use super::shops::interactive;
use super::sync::{SyncRequest, run_sync};
use super::wishes::{self, SkuTarget, StockWish};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    CategoryRules, Fen, ListingDraft, Page, Product, ProductFilter, ProductId, ProductRecord, Receipt, Right,
    Run, RunKind, ShopId, SkuRecord,
};
use crate::pipeline::all_skus;

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

    /// Puts a product on sale or takes it down. On sale may mean under review first.
    ///
    /// An unknown outcome is no error here, nor in the other writes: the receipt says `unknown`, and the
    /// change is settled by itself (`changes.get`).
    ///
    /// # Errors
    /// `FORBIDDEN` without the right `products.write`; `NOT_FOUND` where the platform's call wants a product that
    /// was not synced; what the platform refused it with.
    pub async fn set_online(
        &self,
        shop_id: ShopId,
        platform_product_id: String,
        online: bool,
    ) -> Result<Receipt> {
        let name = "products.setOnline";
        let wanted =
            wishes::online(platform_product_id, online).map_err(|error| error.with_operation(name))?;
        submit(&self.0, name, shop_id, wanted).await
    }

    /// Sets the price of a SKU. The newest price that was wanted wins.
    ///
    /// # Errors
    /// As [`set_online`](Self::set_online); `INVALID_REQUEST` for a negative price.
    pub async fn set_price(&self, target: SkuTarget, price: Fen) -> Result<Receipt> {
        let (name, shop) = ("products.setPrice", target.shop_id);
        let wanted = wishes::price(target, price).map_err(|error| error.with_operation(name))?;
        submit(&self.0, name, shop, wanted).await
    }

    /// Sets the stock of a SKU, or adds to it.
    ///
    /// # Errors
    /// As [`set_online`](Self::set_online); `INVALID_REQUEST` for stock below zero; `CONFLICT` when an
    /// addition waits for the same SKU for too long.
    pub async fn set_stock(&self, target: SkuTarget, wish: StockWish) -> Result<Receipt> {
        let (name, shop) = ("products.setStock", target.shop_id);
        let wanted = wishes::stock(target, wish).map_err(|error| error.with_operation(name))?;
        submit(&self.0, name, shop, wanted).await
    }

    /// What a category asks of its products: its properties, which are needed, and what can be chosen.
    ///
    /// # Errors
    /// `UNSUPPORTED`, `FORBIDDEN` without the right `products.read`, and what a call to the platform can fail with.
    pub async fn rules(&self, shop_id: ShopId, category_id: String) -> Result<CategoryRules> {
        let name = "products.rules";
        let engine = self.0.read(name, Right::ProductsRead, Some(shop_id)).await?;
        let rules = engine.publisher.category_rules(shop_id, category_id.trim()).await;
        rules.map_err(|error| error.with_operation(name))
    }

    /// Publishes a new product. The draft is checked by the rules of its category and its images are uploaded; then one
    /// call is made, once. The same draft again gives the same change. How the review ends is told by `listings` and
    /// the event `listing.status`.
    ///
    /// An unknown outcome is settled by looking for the outer id; it is never sent again without a person.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every problem of the draft; `CONFLICT` when a product of the shop has the outer id;
    /// `TRANSIENT` while the platform checks an image; otherwise as [`set_online`](Self::set_online).
    pub async fn publish(&self, shop_id: ShopId, draft: ListingDraft) -> Result<Receipt> {
        publish(&self.0, "products.publish", shop_id, draft, None).await
    }

    /// Changes a published product to what the draft says, as a whole. The newest draft that was wanted wins.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub async fn update(
        &self,
        shop_id: ShopId,
        platform_product_id: String,
        draft: ListingDraft,
    ) -> Result<Receipt> {
        let name = "products.update";
        let product = wishes::id("platformProductId", platform_product_id)
            .map_err(|error| error.with_operation(name))?;
        publish(&self.0, name, shop_id, draft, Some(product)).await
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
        let records = match shop.app.platform.product_has_skus() {
            true => detail.skus,
            false => {
                let (caller, shop) = (&engine.caller, &shop);
                let ask = |call| async move { caller.call(shop, &call, interactive()).await };
                all_skus(shop.app.platform, &platform_product_id, ask).await?
            }
        };
        let skus = records.into_iter().collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        Ok(FetchedProduct { record: detail.record, skus })
    }
}

async fn publish(
    hub: &Hub,
    name: &'static str,
    shop: ShopId,
    draft: ListingDraft,
    product: Option<String>,
) -> Result<Receipt> {
    let engine = hub.engine()?;
    let about = product.as_deref().unwrap_or(&draft.outer_id).to_owned();
    let action = Action::new(name, Right::ProductsWrite).on_shop(shop).about(about);
    let actor = hub.actor.id();
    hub.act(action, || async {
        let change = engine.publisher.publish(shop, draft, product, actor).await?;
        Ok(Receipt { change_id: change.id, state: change.state })
    })
    .await
}
