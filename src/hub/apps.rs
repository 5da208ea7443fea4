//! `hub.apps`.

use url::Url;

use super::Hub;
use super::guard::Action;
use crate::auth::{app_row, app_secret_place, proxy_place};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{App, AppDraft, AppId, AppKind, Right};
use crate::store::SaveApp;

/// Longest AppKey, name and secret that are taken.
const LONGEST_FIELD: usize = 500;
/// More calls per second than any platform grants.
const MOST_CALLS_PER_SECOND: u32 = 100_000;

/// Our registrations on the platforms.
#[derive(Clone, Debug)]
pub struct Apps(pub(super) Hub);

impl Apps {
    /// All apps, without their secrets.
    ///
    /// # Errors
    /// `FORBIDDEN` without the right `apps.read`.
    pub async fn list(&self) -> Result<Vec<App>> {
        self.0.read("apps.list", Right::AppsRead, None).await?.store.list_apps().await
    }

    /// One app.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `apps.read`.
    pub async fn get(&self, id: AppId) -> Result<App> {
        let engine = self.0.read("apps.get", Right::AppsRead, None).await?;
        engine.store.get_app(id).await.map_err(|error| error.with_operation("apps.get"))
    }

    /// Saves a new app, or changes one when the draft has an id. The secret is sealed before it is
    /// written and never comes back; a change may leave it out.
    ///
    /// # Errors
    /// `INVALID_REQUEST` or `CONFIG_INVALID` for fields that cannot be used, `CONFLICT` when the AppKey is
    /// taken or would change, `NOT_FOUND` for an unknown id, `FORBIDDEN` without the right `apps.manage`.
    pub async fn save(&self, draft: AppDraft) -> Result<App> {
        let action = Action::new("apps.save", Right::AppsManage).about(&draft.app_key);
        self.0.act(action, || self.save_checked(draft)).await
    }

    /// Removes an app that no shop uses.
    ///
    /// # Errors
    /// `CONFLICT` while shops use it, `NOT_FOUND`, `FORBIDDEN` without the right `apps.manage`.
    pub async fn remove(&self, id: AppId) -> Result<()> {
        let engine = self.0.engine()?;
        let action = Action::new("apps.remove", Right::AppsManage).about(id);
        self.0.act(action, || engine.store.remove_app(id)).await?;
        engine.contexts.forget(id);
        engine.grants.apps().forget(id);
        Ok(())
    }

    async fn save_checked(&self, draft: AppDraft) -> Result<App> {
        let engine = self.0.engine()?;
        check_fields(&draft)?;
        engine.contexts.check_endpoints(draft.platform, &draft.endpoints)?;
        let row = app_row(draft.platform, &draft.app_key);
        let sealing = engine.cipher.sealing();
        let seal_secret = |secret| sealing.seal_text(&app_secret_place(&row), secret);
        let seal_proxy = |proxy| sealing.seal_text(&proxy_place(&row), proxy);
        let save = SaveApp {
            sealed_secret: draft.app_secret.as_ref().map(seal_secret).transpose()?,
            sealed_proxy: draft.proxy.as_ref().map(seal_proxy).transpose()?,
            shown_proxy: draft.proxy.as_ref().map(|proxy| shown_proxy(proxy.expose())).transpose()?,
            now: engine.clock.now(),
            draft,
        };
        let app = engine.store.save_app(save).await?;
        engine.contexts.forget(app.id);
        engine.grants.apps().forget(app.id);
        Ok(app)
    }
}

fn check_fields(draft: &AppDraft) -> Result<()> {
    let secret = draft.app_secret.as_ref().map(|secret| secret.expose().as_str());
    let texts = [
        ("appName", Some(draft.name.as_str())),
        ("appKey", Some(draft.app_key.as_str())),
        ("appSecret", secret),
    ];
    for (name, text) in texts {
        if text
            .is_some_and(|text| text.trim().is_empty() || text.len() > LONGEST_FIELD || text.contains('\0'))
        {
            return Err(Error::invalid(format!("{name} must be 1 to {LONGEST_FIELD} bytes of text")));
        }
    }
    if draft.calls_per_second.is_some_and(|rate| !(1..=MOST_CALLS_PER_SECOND).contains(&rate)) {
        return Err(Error::invalid(format!("callsPerSecond must be 1 to {MOST_CALLS_PER_SECOND}")));
    }
    if let Some(uri) = &draft.redirect_uri {
        check_redirect(uri)?;
    }
    check_required(draft)
}

/// What only the merchant's way through the browser needs is asked of apps that take it.
fn check_required(draft: &AppDraft) -> Result<()> {
    if draft.kind != AppKind::Tool {
        return Ok(());
    }
    for field in crate::platform::adapter(draft.platform).app_fields().iter().filter(|field| field.required) {
        let given = match field.name {
            "redirectUri" => draft.redirect_uri.as_deref(),
            "serviceId" => draft.service_id.as_deref(),
            _ => continue,
        };
        if given.is_none_or(|text| text.trim().is_empty()) {
            let (name, label) = (field.name, field.label);
            let message = format!("{name} is needed ({label}): it stands in the platform's page of the app");
            return Err(Error::new(ErrorKind::ConfigInvalid, message).with_platform(draft.platform));
        }
    }
    Ok(())
}

/// Only from configuration, https or loopback, and without a fragment: codes come back to it.
fn check_redirect(uri: &str) -> Result<()> {
    let wrong = || {
        Error::new(ErrorKind::ConfigInvalid, "redirectUri must be an https address (http only for loopback)")
    };
    let url = Url::parse(uri).map_err(|_| wrong())?;
    let is_loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    if is_safe && url.fragment().is_none() && url.username().is_empty() { Ok(()) } else { Err(wrong()) }
}

/// A proxy's address without user and password.
fn shown_proxy(proxy: &str) -> Result<String> {
    let wrong = || Error::new(ErrorKind::ConfigInvalid, "proxy must be an http or https address with a host");
    let url = Url::parse(proxy).map_err(|_| wrong())?;
    let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or_else(wrong)?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{}://{host}{port}", url.scheme()))
}
