//! `hub.audit`.

use super::Hub;
use crate::error::Result;
use crate::model::{AuditEntry, AuditFilter, Page, Right};

/// What was done, by whom.
#[derive(Clone, Debug)]
pub struct Audit(pub(super) Hub);

impl Audit {
    /// Lines of the audit, newest first.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a wrong limit or cursor; `FORBIDDEN` without the right `audit.read`.
    pub async fn list(&self, filter: AuditFilter) -> Result<Page<AuditEntry>> {
        let engine = self.0.read("audit.list", Right::AuditRead, filter.shop_id).await?;
        engine.store.list_audit(filter).await.map_err(|error| error.with_operation("audit.list"))
    }
}
