//! `hub.refunds`.

use super::Hub;
use super::sync::{SyncRequest, run_sync};
use crate::error::Result;
use crate::model::{Page, Refund, RefundFilter, RefundId, Right, Run, RunKind};

/// Refunds and other after-sale cases.
#[derive(Clone, Debug)]
pub struct Refunds(pub(super) Hub);

impl Refunds {
    /// Stored refunds, those that changed last first.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a cursor or limit that cannot be used, `FORBIDDEN` without the right
    /// `orders.read`.
    pub async fn list(&self, filter: RefundFilter) -> Result<Page<Refund>> {
        let engine = self.0.read("refunds.list", Right::OrdersRead, filter.shop_id).await?;
        engine.store.list_refunds(filter).await.map_err(|error| error.with_operation("refunds.list"))
    }

    /// One stored refund.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `orders.read` for its shop.
    pub async fn get(&self, id: RefundId) -> Result<Refund> {
        let engine = self.0.engine()?;
        let found = engine.store.get_refund(id).await;
        let refund = found.map_err(|error| error.with_operation("refunds.get"))?;
        self.0.read("refunds.get", Right::OrdersRead, Some(refund.shop_id)).await?;
        Ok(refund)
    }

    /// Reads refunds that changed; at the first sync those of the last 90 days, or since `since`.
    ///
    /// # Errors
    /// `UNSUPPORTED` on platforms that list none; otherwise as `orders.sync`.
    pub async fn sync(&self, request: SyncRequest) -> Result<Run> {
        run_sync(&self.0, request, RunKind::Refunds).await
    }
}
