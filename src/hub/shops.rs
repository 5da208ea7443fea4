//! `hub.shops`.

use super::Hub;
use super::guard::Action;
use super::sync::{SyncRequest, run_sync};
use crate::error::Result;
use crate::limit::{Lane, Share};
use crate::model::{Category, Right, Run, RunKind, Shop, ShopCounts, ShopFilter, ShopId, ShopStatus};
use crate::pipeline::{CallStyle, RetryPolicy};
use crate::platform::{Capability, adapter as platform_adapter};

/// The shops.
#[derive(Clone, Debug)]
pub struct Shops(pub(super) Hub);

impl Shops {
    /// The shops that the actor may see.
    ///
    /// # Errors
    /// `CLOSED`, `STORAGE`.
    pub async fn list(&self, filter: ShopFilter) -> Result<Vec<Shop>> {
        let engine = self.0.engine()?;
        let shops = engine.store.list_shops(filter).await?;
        if self.0.has(Right::ShopsRead, None).await? {
            return Ok(shops);
        }
        let mut visible = Vec::new();
        for shop in shops {
            if self.0.has(Right::ShopsRead, Some(shop.id)).await? {
                visible.push(shop);
            }
        }
        Ok(visible)
    }

    /// One shop.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `shops.read`.
    pub async fn get(&self, id: ShopId) -> Result<Shop> {
        let engine = self.0.read("shops.get", Right::ShopsRead, Some(id)).await?;
        engine.store.get_shop(id).await.map_err(|error| error.with_operation("shops.get").with_shop(id))
    }

    /// How many rows we keep for a shop.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `shops.read`.
    pub async fn counts(&self, id: ShopId) -> Result<ShopCounts> {
        let engine = self.0.read("shops.counts", Right::ShopsRead, Some(id)).await?;
        engine.store.shop_counts(id).await.map_err(|error| error.with_operation("shops.counts").with_shop(id))
    }

    /// Switches a shop on again.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `shops.manage`.
    pub async fn enable(&self, id: ShopId) -> Result<Shop> {
        self.set_status("shops.enable", id, ShopStatus::Active).await
    }

    /// Switches a shop off: no call is made for it until it is enabled.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `shops.manage`.
    pub async fn disable(&self, id: ShopId) -> Result<Shop> {
        self.set_status("shops.disable", id, ShopStatus::Disabled).await
    }

    /// Forgets a shop's tokens and switches it off; with `purge` its products, orders and runs go too.
    ///
    /// # Errors
    /// `NOT_FOUND`; `CONFLICT` while a run of it is under way; `FORBIDDEN` without the right `shops.manage`.
    pub async fn remove(&self, id: ShopId, purge: bool) -> Result<()> {
        let engine = self.0.engine()?;
        let action = Action::new("shops.remove", Right::ShopsManage).on_shop(id);
        let action = if purge { action.about("purge") } else { action };
        self.0.act(action, || engine.store.remove_shop(id, purge)).await?;
        engine.grants.forget(id);
        Ok(())
    }

    /// Binds a content account to the store that it posts for; to none when `store` is absent.
    ///
    /// # Errors
    /// `NOT_FOUND`; `INVALID_REQUEST` when one of the two is of another kind; `FORBIDDEN` without the right
    /// `shops.manage` for both.
    pub async fn bind(&self, content: ShopId, store: Option<ShopId>) -> Result<Shop> {
        let engine = self.0.engine()?;
        let target = store.map_or_else(|| "none".to_owned(), |store| format!("store {store}"));
        let action = Action::new("shops.bind", Right::ShopsManage).on_shop(content).about(target);
        self.0
            .act(action, || async {
                if let Some(store) = store {
                    self.0.read("shops.bind", Right::ShopsManage, Some(store)).await?;
                }
                engine.store.bind_shop(content, store, engine.clock.now()).await
            })
            .await
    }

    /// The platform's categories below `parent`; the top ones when absent.
    ///
    /// # Errors
    /// `FORBIDDEN` without the right `products.read`, and what a call to the platform can fail with.
    pub async fn categories(&self, id: ShopId, parent: Option<String>) -> Result<Vec<Category>> {
        let engine = self.0.read("shops.categories", Right::ProductsRead, Some(id)).await?;
        let shop = engine.contexts.shop(id).await?;
        let call = shop.app.platform.list_categories(parent.as_deref())?;
        engine.caller.call(&shop, &call, interactive()).await
    }

    /// Syncs a shop's products, then its orders, then its refunds where the platform lists them. Returns the
    /// runs.
    ///
    /// # Errors
    /// As `products.sync` and `orders.sync`.
    pub async fn sync(&self, request: SyncRequest) -> Result<Vec<Run>> {
        let platform = self.0.engine()?.store.get_shop(request.shop_id).await?.platform;
        let lists_refunds = platform_adapter(platform).capabilities().contains(&Capability::ListRefunds);
        let mut runs = vec![run_sync(&self.0, request.clone(), RunKind::Products).await?];
        if lists_refunds {
            runs.push(run_sync(&self.0, request.clone(), RunKind::Orders).await?);
            runs.push(run_sync(&self.0, request, RunKind::Refunds).await?);
        } else {
            runs.push(run_sync(&self.0, request, RunKind::Orders).await?);
        }
        Ok(runs)
    }

    async fn set_status(&self, name: &'static str, id: ShopId, status: ShopStatus) -> Result<Shop> {
        let engine = self.0.engine()?;
        let action = Action::new(name, Right::ShopsManage).on_shop(id);
        let shop =
            self.0.act(action, || engine.store.set_shop_status(id, status, engine.clock.now())).await?;
        engine.grants.forget(id);
        Ok(shop)
    }
}

/// How a call is made that somebody waits for.
pub(super) fn interactive() -> CallStyle<'static> {
    CallStyle {
        lane: Lane::Interactive,
        share: Share::Leader,
        policy: RetryPolicy::INTERACTIVE,
        counter: None,
    }
}
