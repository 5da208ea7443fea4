//! `hub.rights`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::fields::Fields;
use super::runtime::promise;
use crate::{hub, model};

/// What roles and users may do.
#[napi]
pub struct Rights(pub(super) hub::Rights);

#[napi]
impl Rights {
    /// Lists what is granted.
    #[napi(ts_return_type = "Promise<Array<RightEntry>>")]
    pub fn list<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "rights.list", || {
            Ok(async move { Ok(group.list().await?.into_iter().map(RightEntry::from).collect::<Vec<_>>()) })
        })
    }

    /// Grants a right or takes it away: for one shop with `shopId`, for all without.
    #[napi(ts_args_type = "change: RightChange", ts_return_type = "Promise<void>")]
    pub fn set<'env>(&self, env: &'env Env, change: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "rights.set", || {
            let mut fields = Fields::read(env, change, &["subject", "right", "shopId", "granted"])?;
            let entry = model::RightEntry {
                subject: fields.required_text("subject")?,
                right: fields.required_word("right")?,
                shop: fields.id("shopId")?,
            };
            let granted = fields.required_flag("granted")?;
            Ok(async move { group.set(entry, granted).await })
        })
    }
}

/// One row of the rights.
#[napi(object, object_from_js = false)]
pub struct RightEntry {
    /// `role:NAME` or `user:ID`.
    pub subject: String,
    /// What it may do.
    #[napi(ts_type = "Right")]
    pub right: String,
    /// For this shop only; for all when absent.
    pub shop_id: Option<String>,
}

impl From<model::RightEntry> for RightEntry {
    fn from(entry: model::RightEntry) -> Self {
        Self {
            subject: entry.subject,
            right: entry.right.to_string(),
            shop_id: entry.shop.map(|shop| shop.to_string()),
        }
    }
}
