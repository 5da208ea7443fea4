//! `hub.platforms`.

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;

use super::runtime::promise;
use crate::{hub, model};

/// The platforms that this version speaks.
#[napi]
pub struct Platforms(pub(super) hub::Platforms);

#[napi]
impl Platforms {
    /// Lists them, with what each offers and what an app on it needs.
    #[napi(ts_return_type = "Promise<Array<PlatformInfo>>")]
    pub fn list<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "platforms.list", || {
            Ok(async move { Ok(group.list().await?.into_iter().map(PlatformInfo::from).collect::<Vec<_>>()) })
        })
    }
}

/// A platform.
#[napi(object, object_from_js = false)]
pub struct PlatformInfo {
    /// Its id.
    #[napi(ts_type = "PlatformId")]
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The operations it offers, such as `orders.sync`.
    pub capabilities: Vec<String>,
    /// What an app on it needs, for a settings page.
    pub fields: Vec<AppField>,
}

/// A field that a platform needs in `apps.save`.
#[napi(object, object_from_js = false)]
pub struct AppField {
    /// The field's name, such as `serviceId`.
    pub name: String,
    /// What to show beside it.
    pub label: String,
    /// Whether it must be given.
    pub required: bool,
}

impl From<model::PlatformInfo> for PlatformInfo {
    fn from(info: model::PlatformInfo) -> Self {
        Self {
            id: info.id.to_string(),
            name: info.name.to_owned(),
            capabilities: info.capabilities.into_iter().map(str::to_owned).collect(),
            fields: info.fields.into_iter().map(AppField::from).collect(),
        }
    }
}

impl From<model::AppField> for AppField {
    fn from(field: model::AppField) -> Self {
        Self { name: field.name.to_owned(), label: field.label.to_owned(), required: field.required }
    }
}
