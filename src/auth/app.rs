//! What the pipeline needs to know of an app, with its secret opened once and kept for a moment.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::cipher::Cipher;
use super::place::{app_row, app_secret_place, proxy_place};
use crate::error::{Error, ErrorKind, Result};
use crate::http::HostRules;
use crate::model::{App, AppId, Endpoints, PlatformId, Shop, ShopId};
use crate::pipeline::AppContext;
use crate::platform::{Credentials, Quota, adapter};
use crate::secret::Secret;
use crate::store::{AppSecrets, Store};

/// How long a context is used before the row is read again: another process may have changed it.
const CONTEXT_LIFE: Duration = Duration::from_secs(10);
const CONTEXTS_KEPT: u64 = 1_000;

/// The app contexts of a hub.
#[derive(Clone)]
pub(crate) struct AppContexts {
    store: Store,
    cipher: Cipher,
    allow_hosts: Arc<[String]>,
    cache: Cache<AppId, Arc<AppContext>>,
}

/// A shop and the app it is authorised for.
#[derive(Clone)]
pub(crate) struct ShopContext {
    pub(crate) shop: Shop,
    pub(crate) app: Arc<AppContext>,
}

impl AppContexts {
    pub(crate) fn new(store: Store, cipher: Cipher, allow_hosts: Vec<String>) -> Self {
        let cache = Cache::builder().max_capacity(CONTEXTS_KEPT).time_to_live(CONTEXT_LIFE).build();
        Self { store, cipher, allow_hosts: allow_hosts.into(), cache }
    }

    /// The context of an app that is switched on.
    pub(crate) async fn app(&self, id: AppId) -> Result<Arc<AppContext>> {
        if let Some(context) = self.cache.get(&id) {
            return Ok(context);
        }
        let secrets = self.store.app_secrets(id).await?;
        if !secrets.app.enabled {
            let message = format!("app {id} is switched off: save it with enabled: true");
            return Err(Error::new(ErrorKind::Conflict, message).with_platform(secrets.app.platform));
        }
        let context = Arc::new(self.context(&secrets)?);
        self.cache.insert(id, Arc::clone(&context));
        Ok(context)
    }

    /// The context of a shop whose app is switched on.
    pub(crate) async fn shop(&self, id: ShopId) -> Result<ShopContext> {
        let shop = self.store.get_shop(id).await?;
        let app = self.app(shop.app_id).await?;
        Ok(ShopContext { shop, app })
    }

    /// Called when an app was saved.
    pub(crate) fn forget(&self, id: AppId) {
        self.cache.invalidate(&id);
    }

    /// Checks that the addresses of an app may be used, before it is saved.
    pub(crate) fn check_endpoints(&self, platform: PlatformId, endpoints: &Endpoints) -> Result<()> {
        let hosts = self.hosts(platform)?;
        let Endpoints { api, authorize, token, upload } = endpoints;
        [api, authorize, token, upload].into_iter().flatten().try_for_each(|url| hosts.check_endpoint(url))
    }

    fn hosts(&self, platform: PlatformId) -> Result<HostRules> {
        HostRules::new(adapter(platform).hosts(), &self.allow_hosts)
    }

    fn context(&self, secrets: &AppSecrets) -> Result<AppContext> {
        let app = &secrets.app;
        let row = app_row(app.platform, &app.app_key);
        let app_secret = self.cipher.open_text(&app_secret_place(&row), &secrets.sealed_secret)?;
        let open_proxy = |sealed: &Vec<u8>| self.cipher.open_text(&proxy_place(&row), sealed);
        let proxy = secrets.sealed_proxy.as_ref().map(open_proxy).transpose()?;
        let platform = adapter(app.platform);
        Ok(AppContext {
            id: app.id,
            platform,
            credentials: credentials(app, app_secret),
            proxy,
            quota: granted(platform.quota(), app.calls_per_second),
            hosts: Arc::new(self.hosts(app.platform)?),
        })
    }
}

fn credentials(app: &App, app_secret: Secret<String>) -> Credentials {
    let base = app.endpoints.api.as_deref().unwrap_or_else(|| adapter(app.platform).api_base());
    let trimmed = |base: &str| base.trim_end_matches('/').to_owned();
    Credentials {
        app_key: app.app_key.clone(),
        app_secret,
        api_base: trimmed(base),
        token_base: app.endpoints.token.as_deref().map(trimmed),
        upload_base: app.endpoints.upload.as_deref().map(trimmed),
    }
}

/// What the platform granted replaces the adapter's careful default, for the app and its shops.
fn granted(default: Quota, calls_per_second: Option<u32>) -> Quota {
    match calls_per_second {
        Some(rate) => Quota { app_per_second: rate, shop_per_second: rate, ..default },
        None => default,
    }
}
