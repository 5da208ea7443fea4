//! Apps: our registrations on a platform.

use super::words::words;
use super::{AppId, PlatformId, UtcMillis};
use crate::secret::Secret;

words! {
    /// How merchants authorise the app.
    AppKind {
        /// Merchants authorise it in a browser.
        Tool = "tool",
        /// Bound to the company's own shops in the platform's console; no browser step.
        SelfUse = "self_use",
    }
}

/// Addresses that differ from the platform's own. They must be https (or loopback) and listed in the
/// hub's `allow_hosts`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Our id.
    pub id: AppId,
    /// The platform it is registered on.
    pub platform: PlatformId,
    /// What people call it.
    pub name: String,
    /// The platform's AppKey.
    pub app_key: String,
    /// How merchants authorise it.
    pub kind: AppKind,
    /// 抖店: the service id in the service market, part of the authorise URL.
    pub service_id: Option<String>,
    /// Where the platform sends the merchant back to.
    pub redirect_uri: Option<String>,
    /// Addresses that differ from the platform's own.
    pub endpoints: Endpoints,
    /// Proxy of this app, shown without user and password.
    pub proxy: Option<String>,
    /// Calls per second that the platform granted, when it differs from the adapter's careful default. Limits
    /// that the platform states for single methods hold beside it.
    pub calls_per_second: Option<u32>,
    /// Off means: no call is made with it.
    pub enabled: bool,
    /// When it was first saved.
    pub created_at: UtcMillis,
    /// When it was last saved.
    pub updated_at: UtcMillis,
}

/// What is saved for an app. With `id` it changes that app; `app_secret` may then be left out.
#[derive(Clone, Debug)]
pub struct AppDraft {
    /// The app to change; absent for a new one.
    pub id: Option<AppId>,
    /// The platform it is registered on.
    pub platform: PlatformId,
    /// What people call it.
    pub name: String,
    /// The platform's AppKey.
    pub app_key: String,
    /// The platform's AppSecret; sealed at rest and never returned.
    pub app_secret: Option<Secret<String>>,
    /// How merchants authorise it.
    pub kind: AppKind,
    /// 抖店: the service id.
    pub service_id: Option<String>,
    /// Where the platform sends the merchant back to.
    pub redirect_uri: Option<String>,
    /// Addresses that differ from the platform's own.
    pub endpoints: Endpoints,
    /// Proxy of this app (`http://user:password@host:port`); sealed at rest.
    pub proxy: Option<Secret<String>>,
    /// Calls per second that the platform granted.
    pub calls_per_second: Option<u32>,
    /// Off means: no call is made with it.
    pub enabled: bool,
}

impl AppDraft {
    /// A new app that merchants authorise in a browser. Set the other fields as the platform needs them;
    /// `hub.platforms().list()` says which.
    pub fn new(
        platform: PlatformId,
        name: impl Into<String>,
        app_key: impl Into<String>,
        app_secret: impl Into<Secret<String>>,
    ) -> Self {
        Self {
            id: None,
            platform,
            name: name.into(),
            app_key: app_key.into(),
            app_secret: Some(app_secret.into()),
            kind: AppKind::Tool,
            service_id: None,
            redirect_uri: None,
            endpoints: Endpoints::default(),
            proxy: None,
            calls_per_second: None,
            enabled: true,
        }
    }
}

/// A field that a platform needs in [`AppDraft`], for a settings page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppField {
    /// The field's name in JS, such as `serviceId`.
    pub name: &'static str,
    /// What to show beside it.
    pub label: &'static str,
    /// Whether an app that merchants authorise in a browser cannot be saved without it.
    pub required: bool,
}

/// A platform this version speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformInfo {
    /// Its id.
    pub id: PlatformId,
    /// Its name for people.
    pub name: &'static str,
    /// The operations it offers, such as `orders.sync`.
    pub capabilities: Vec<&'static str>,
    /// What an app on it needs.
    pub fields: Vec<AppField>,
}
