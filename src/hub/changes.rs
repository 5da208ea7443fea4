//! `hub.changes`, and what the writes of `products` and `orders` share.

use super::guard::Action;
use super::{Hub, wishes};
use crate::error::Result;
use crate::model::{
    Change, ChangeFilter, ChangeId, Operation, Page, Receipt, Resolution, Right, ShopId, Wanted,
};

/// Writes to the platforms.
#[derive(Clone, Debug)]
pub struct Changes(pub(super) Hub);

impl Changes {
    /// Changes, newest first. Those of products, and of promotions of a shop, need the right `products.read`, shipments
    /// `orders.read`, what is posted `promotions.read`; without an operation all three.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a wrong limit or cursor; `FORBIDDEN` without the right.
    pub async fn list(&self, filter: ChangeFilter) -> Result<Page<Change>> {
        let name = "changes.list";
        let rights: &[Right] = match filter.operation {
            Some(operation) => &[read_right(operation)],
            None => &[Right::ProductsRead, Right::OrdersRead, Right::PromotionsRead],
        };
        for right in rights {
            self.0.read(name, *right, filter.shop_id).await?;
        }
        self.0.engine()?.store.list_changes(filter).await.map_err(|error| error.with_operation(name))
    }

    /// One change.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right to read what it changes.
    pub async fn get(&self, id: ChangeId) -> Result<Change> {
        let change = self.known("changes.get", id).await?;
        self.0.read("changes.get", read_right(change.operation), Some(change.shop_id)).await?;
        Ok(change)
    }

    /// Looks at the platform now for a change whose outcome is unknown, or that needs a person, and drives
    /// it on. Returns it as it is then.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right to make such a change; what the look can fail with.
    pub async fn settle(&self, id: ChangeId) -> Result<Change> {
        self.decide("changes.settle", id, async |engine| engine.publisher.settle(id).await).await
    }

    /// Takes a change back that still waits.
    ///
    /// # Errors
    /// `CONFLICT` when it is under way, unknown or has ended; `FORBIDDEN` without the right to make it.
    pub async fn cancel(&self, id: ChangeId) -> Result<Change> {
        self.decide("changes.cancel", id, async |engine| engine.publisher.cancel(id).await).await
    }

    /// Says what happened to a change that needs a person, who has looked at the platform. Of a new product that is
    /// there, `platform_product_id` says which it is; without it, it is looked for by its outer id.
    ///
    /// # Errors
    /// `FORBIDDEN` for the plain hub: a named person has to do this; `CONFLICT` when the change needs nobody, when a new
    /// product that is said to be there cannot be found, or when it is to be sent again while what was sent may still
    /// arrive (15 minutes).
    pub async fn resolve(
        &self,
        id: ChangeId,
        resolution: Resolution,
        platform_product_id: Option<String>,
    ) -> Result<Change> {
        self.0.check_person("changes.resolve")?;
        let product = platform_product_id.map(|id| wishes::id("platformProductId", id)).transpose()?;
        self.decide("changes.resolve", id, async |engine| {
            engine.publisher.resolve(id, resolution, product).await
        })
        .await
    }

    async fn known(&self, name: &'static str, id: ChangeId) -> Result<Change> {
        let send = self.0.engine()?.store.get_send(id).await;
        send.map(|send| send.change).map_err(|error| error.with_operation(name))
    }

    async fn decide(
        &self,
        name: &'static str,
        id: ChangeId,
        work: impl AsyncFnOnce(&super::engine::Engine) -> Result<Change>,
    ) -> Result<Change> {
        let change = self.known(name, id).await?;
        let engine = self.0.engine()?;
        let action = Action::new(name, write_right(change.operation)).on_shop(change.shop_id).about(id);
        self.0.act(action, || work(engine)).await
    }
}

/// Makes a change in the actor's name.
pub(super) async fn submit(hub: &Hub, name: &'static str, shop: ShopId, wanted: Wanted) -> Result<Receipt> {
    let engine = hub.engine()?;
    let action = Action::new(name, write_right(wanted.operation())).on_shop(shop).about(wanted.target());
    let actor = hub.actor.id();
    hub.act(action, || async {
        let change = engine.publisher.submit(shop, wanted, actor).await?;
        Ok(Receipt { change_id: change.id, state: change.state })
    })
    .await
}

const fn read_right(operation: Operation) -> Right {
    match operation {
        Operation::Ship => Right::OrdersRead,
        Operation::Post => Right::PromotionsRead,
        _ => Right::ProductsRead,
    }
}

pub(super) const fn write_right(operation: Operation) -> Right {
    match operation {
        Operation::Ship => Right::OrdersShip,
        Operation::Post => Right::PromotionsApprove,
        Operation::Campaign => Right::MarketingManage,
        _ => Right::ProductsWrite,
    }
}
