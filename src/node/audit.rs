//! `hub.audit`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::fields::Fields;
use super::page::{converted, request};
use super::runtime::promise;
use crate::error::{Error, Result};
use crate::{hub, model};

/// Who did what.
#[napi]
pub struct Audit(pub(super) hub::Audit);

#[napi]
impl Audit {
    /// Lists the audit, newest first.
    #[napi(ts_args_type = "filter?: AuditFilter", ts_return_type = "Promise<AuditPage>")]
    pub fn list<'env>(&self, env: &'env Env, filter: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "audit.list", || {
            let mut fields = Fields::read_optional(env, filter, &["shopId", "actor", "limit", "cursor"])?;
            let filter = model::AuditFilter {
                shop_id: fields.id("shopId")?,
                actor: fields.text("actor")?,
                page: request(&mut fields)?,
            };
            Ok(async move { AuditPage::try_from(group.list(filter).await?) })
        })
    }
}

/// One line of the audit.
#[napi(object, object_from_js = false)]
pub struct AuditEntry {
    /// Its number, growing.
    pub id: String,
    /// When.
    pub at: String,
    /// Who: the OA's user id, or `system`.
    pub actor: String,
    /// What, such as `apps.save`.
    pub action: String,
    /// The shop concerned.
    pub shop_id: Option<String>,
    /// What it was about: an id or a method name.
    pub target: Option<String>,
    /// `ok`, `refused` or the code of the error.
    pub outcome: String,
}

/// Lines of the audit, and where the next page starts; `nextCursor` is absent at the end.
#[napi(object, object_from_js = false)]
pub struct AuditPage {
    /// The lines.
    pub items: Vec<AuditEntry>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

impl TryFrom<model::AuditEntry> for AuditEntry {
    type Error = Error;

    fn try_from(entry: model::AuditEntry) -> Result<Self> {
        Ok(Self {
            id: entry.id.to_string(),
            at: entry.at.to_string(),
            actor: entry.actor,
            action: entry.action,
            shop_id: entry.shop.map(|shop| shop.to_string()),
            target: entry.target,
            outcome: entry.outcome,
        })
    }
}

impl TryFrom<model::Page<model::AuditEntry>> for AuditPage {
    type Error = Error;

    fn try_from(page: model::Page<model::AuditEntry>) -> Result<Self> {
        let (items, next_cursor) = converted(page)?;
        Ok(Self { items, next_cursor })
    }
}
