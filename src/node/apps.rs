//! `hub.apps`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::checked::{Tree, refuse};
use super::fields::{Fields, expected, id_argument};
use super::runtime::promise;
use crate::error::Result;
use crate::model::{AppDraft, AppKind, PlatformId};
use crate::secret::Secret;
use crate::{hub, model};

const DRAFT: [&str; 12] = [
    "id",
    "platform",
    "appName",
    "appKey",
    "appSecret",
    "kind",
    "serviceId",
    "redirectUri",
    "endpoints",
    "proxy",
    "callsPerSecond",
    "enabled",
];

/// Far above what any platform grants; a larger number is a mistake.
const MAX_CALLS_PER_SECOND: u32 = 100_000;

/// Our registrations on platforms.
#[napi]
pub struct Apps(pub(super) hub::Apps);

#[napi]
impl Apps {
    /// Lists all apps, without their secrets.
    #[napi(ts_return_type = "Promise<Array<App>>")]
    pub fn list<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "apps.list", || {
            Ok(async move { Ok(group.list().await?.into_iter().map(App::from).collect::<Vec<_>>()) })
        })
    }

    /// Gives one app, without its secret. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<App>")]
    pub fn get<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "apps.get", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { group.get(id).await.map(App::from) })
        })
    }

    /// Saves a new app or, with `id`, changes one; `appSecret` may then be left out. The secret is sealed at
    /// once and never given back.
    #[napi(ts_args_type = "app: AppDraft", ts_return_type = "Promise<App>")]
    pub fn save<'env>(&self, env: &'env Env, app: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "apps.save", || {
            let draft = draft(Fields::read(env, app, &DRAFT)?)?;
            Ok(async move { group.save(draft).await.map(App::from) })
        })
    }

    /// Removes an app. Fails with CONFLICT while shops use it.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<void>")]
    pub fn remove<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "apps.remove", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { group.remove(id).await })
        })
    }
}

fn draft(mut fields: Fields<'_>) -> Result<AppDraft> {
    let endpoints = match fields.nested("endpoints", &["api", "authorize", "token", "upload"])? {
        Some(mut inner) => model::Endpoints {
            api: inner.text("api")?,
            authorize: inner.text("authorize")?,
            token: inner.text("token")?,
            upload: inner.text("upload")?,
        },
        None => model::Endpoints::default(),
    };
    Ok(AppDraft {
        id: fields.id("id")?,
        platform: fields.required_word::<PlatformId>("platform")?,
        name: fields.required_text("appName")?,
        app_key: fields.required_text("appKey")?,
        app_secret: secret(&mut fields)?,
        kind: fields.required_word::<AppKind>("kind")?,
        service_id: fields.text("serviceId")?,
        redirect_uri: fields.text("redirectUri")?,
        endpoints,
        proxy: fields.text("proxy")?.map(Secret::from),
        calls_per_second: fields.integer("callsPerSecond", 1..=MAX_CALLS_PER_SECOND)?,
        enabled: fields.flag("enabled", true)?,
    })
}

/// The secret as text or as a Buffer of its UTF-8 bytes, which the caller can wipe.
fn secret(fields: &mut Fields<'_>) -> Result<Option<Secret<String>>> {
    const NAME: &str = "appSecret";
    let text = match fields.take(NAME) {
        Tree::Undefined => return Ok(None),
        Tree::Text(mut text) => std::mem::take(&mut *text),
        Tree::Bytes(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => return Err(refuse(NAME, "must hold UTF-8 text")),
        },
        other => return Err(expected(NAME, "a string or a Buffer", &other)),
    };
    if text.is_empty() { Err(refuse(NAME, "must not be empty")) } else { Ok(Some(Secret::from(text))) }
}

/// Addresses that differ from the platform's own.
#[napi(object, object_from_js = false)]
pub struct Endpoints {
    /// Base URL of the API.
    pub api: Option<String>,
    /// URL of the page where a merchant authorises.
    pub authorize: Option<String>,
    /// Base URL of the token calls, on platforms where it is not the API's (JD).
    pub token: Option<String>,
    /// Base URL of uploads, on platforms where it is not the API's (Pinduoduo).
    pub upload: Option<String>,
}

/// One registered application, without its secret.
#[napi(object, object_from_js = false)]
pub struct App {
    /// Our id.
    pub id: String,
    /// The platform it is registered on.
    #[napi(ts_type = "PlatformId")]
    pub platform: String,
    /// What people call it.
    pub app_name: String,
    /// The platform's AppKey.
    pub app_key: String,
    /// How merchants authorise it.
    #[napi(ts_type = "AppKind")]
    pub kind: String,
    /// 抖店: the service id in the service market.
    pub service_id: Option<String>,
    /// Where the platform sends the merchant back to.
    pub redirect_uri: Option<String>,
    /// Addresses that differ from the platform's own.
    pub endpoints: Endpoints,
    /// Proxy of this app, shown without user and password.
    pub proxy: Option<String>,
    /// Calls per second that the platform granted, when it differs from our careful default.
    pub calls_per_second: Option<u32>,
    /// Off means: no call is made with it.
    pub enabled: bool,
    /// When it was first saved.
    pub created_at: String,
    /// When it was last saved.
    pub updated_at: String,
}

impl From<model::App> for App {
    fn from(app: model::App) -> Self {
        Self {
            id: app.id.to_string(),
            platform: app.platform.to_string(),
            app_name: app.name,
            app_key: app.app_key,
            kind: app.kind.to_string(),
            service_id: app.service_id,
            redirect_uri: app.redirect_uri,
            endpoints: Endpoints {
                api: app.endpoints.api,
                authorize: app.endpoints.authorize,
                token: app.endpoints.token,
                upload: app.endpoints.upload,
            },
            proxy: app.proxy,
            calls_per_second: app.calls_per_second,
            enabled: app.enabled,
            created_at: app.created_at.to_string(),
            updated_at: app.updated_at.to_string(),
        }
    }
}
