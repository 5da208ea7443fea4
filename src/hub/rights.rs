//! `hub.rights`.

use super::Hub;
use super::guard::Action;
use crate::error::{Error, Result};
use crate::model::{Right, RightEntry};

/// Who may do what.
#[derive(Clone, Debug)]
pub struct Rights(pub(super) Hub);

impl Rights {
    /// Rights that were granted beside those of the roles `admin`, `operator` and `viewer`.
    ///
    /// # Errors
    /// `FORBIDDEN` without the right `rights.manage`.
    pub async fn list(&self) -> Result<Vec<RightEntry>> {
        self.0.read("rights.list", Right::RightsManage, None).await?.store.list_rights().await
    }

    /// Grants a right to a role or a user, or takes it back.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the subject is neither `role:NAME` nor `user:ID`, `NOT_FOUND` for an unknown
    /// shop, `FORBIDDEN` without the right `rights.manage`.
    pub async fn set(&self, entry: RightEntry, granted: bool) -> Result<()> {
        let engine = self.0.engine()?;
        let name = entry.subject.strip_prefix("role:").or_else(|| entry.subject.strip_prefix("user:"));
        if name.is_none_or(|name| name.is_empty() || name.len() > super::LONGEST_NAME) {
            return Err(Error::invalid("subject must be role:NAME or user:ID").with_operation("rights.set"));
        }
        let word = if granted { "grant" } else { "revoke" };
        let target = format!("{word} {} {}", entry.subject, entry.right);
        let mut action = Action::new("rights.set", Right::RightsManage).about(target);
        // The right to manage rights is asked for in general, even for a right on one shop.
        let shop = entry.shop;
        action.shop = None;
        self.0
            .act(action, || async move {
                if let Some(shop) = shop {
                    engine.store.get_shop(shop).await?;
                }
                engine.store.set_right(entry, granted).await
            })
            .await
    }
}
