//! `hub.orders`.

use super::Hub;
use super::changes::submit;
use super::shops::interactive;
use super::sync::{SyncRequest, run_sync};
use super::wishes::{self, ShipRequest};
use crate::error::Result;
use crate::model::{
    Company, Order, OrderFilter, OrderId, OrderRecord, Page, Receipt, Right, Run, RunKind, ShopId,
};

/// The shops' orders.
#[derive(Clone, Debug)]
pub struct Orders(pub(super) Hub);

impl Orders {
    /// Orders as they were last synced, newest change first. Without a shop the general right is needed.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a wrong limit or cursor; `FORBIDDEN` without the right `orders.read`.
    pub async fn list(&self, filter: OrderFilter) -> Result<Page<Order>> {
        let engine = self.0.read("orders.list", Right::OrdersRead, filter.shop_id).await?;
        engine.store.list_orders(filter).await.map_err(|error| error.with_operation("orders.list"))
    }

    /// One order.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `orders.read` for its shop.
    pub async fn get(&self, id: OrderId) -> Result<Order> {
        let engine = self.0.engine()?;
        let order = engine.store.get_order(id).await.map_err(|error| error.with_operation("orders.get"))?;
        self.0.read("orders.get", Right::OrdersRead, Some(order.shop_id)).await?;
        Ok(order)
    }

    /// Reads orders that changed; at the first sync those of the last 90 days, or since `since`.
    ///
    /// # Errors
    /// `CONFLICT` while such a run is under way, `CANCELLED` when it was stopped, `FORBIDDEN` without the
    /// right `sync`, and what calls to the platform can fail with. What was stored stays.
    pub async fn sync(&self, request: SyncRequest) -> Result<Run> {
        run_sync(&self.0, request, RunKind::Orders).await
    }

    /// Ships an order with one parcel. It is never sent a second time without a person: while its outcome is
    /// unknown, the order is looked at, and after many looks the change is `needs_human`.
    ///
    /// # Errors
    /// `FORBIDDEN` without the right `orders.ship`; `CONFLICT` while another shipment of the order waits;
    /// what the platform refused it with.
    pub async fn ship(&self, request: ShipRequest) -> Result<Receipt> {
        let (name, shop) = ("orders.ship", request.shop_id);
        let wanted = wishes::ship(request).map_err(|error| error.with_operation(name))?;
        submit(&self.0, name, shop, wanted).await
    }

    /// The carriers that the shop's platform knows.
    ///
    /// # Errors
    /// `FORBIDDEN` without the right `orders.read`, and what a call to the platform can fail with.
    pub async fn companies(&self, shop_id: ShopId) -> Result<Vec<Company>> {
        let engine = self.0.read("orders.companies", Right::OrdersRead, Some(shop_id)).await?;
        let shop = engine.contexts.shop(shop_id).await?;
        let call = shop.app.platform.list_companies()?;
        engine.caller.call(&shop, &call, interactive()).await
    }

    /// Reads one order straight from the platform, without storing it. Plain buyer data is left out.
    ///
    /// # Errors
    /// `FORBIDDEN` without the right `orders.read`, and what a call to the platform can fail with.
    pub async fn fetch(&self, shop_id: ShopId, platform_order_id: String) -> Result<OrderRecord> {
        let engine = self.0.read("orders.fetch", Right::OrdersRead, Some(shop_id)).await?;
        let shop = engine.contexts.shop(shop_id).await?;
        let call = shop.app.platform.get_order(&platform_order_id)?;
        engine.caller.call_or_masked(&shop, &call, interactive()).await.map(|order| order.record)
    }
}
