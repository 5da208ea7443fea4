//! `hub.oauth`.

use napi::Env;
use napi::bindgen_prelude::{Either, Object, Unknown};
use napi_derive::napi;

use super::callback::parameters;
use super::fields::Fields;
use super::runtime::promise;
use super::shops::Shop;
use crate::error::Result;
use crate::{auth, hub, model};

/// How shops are authorised.
#[napi]
pub struct OAuth(pub(super) hub::OAuth);

#[napi]
impl OAuth {
    /// Makes the URL that a merchant opens to authorise the app. Give `session`, the OA's own value of the
    /// person's session, and give it again to `complete`: only then can nobody else finish what was begun.
    #[napi(ts_args_type = "options: OAuthBegin", ts_return_type = "Promise<BegunOAuth>")]
    pub fn begin<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "oauth.begin", || {
            let mut fields = Fields::read(env, options, &["appId", "shopId", "session"])?;
            let request = auth::BeginRequest {
                app_id: fields.required_id("appId")?,
                shop_id: fields.id("shopId")?,
                session: fields.text("session")?,
            };
            Ok(async move { group.begin(request).await.map(BegunOAuth::from) })
        })
    }

    /// Takes the platform's callback. Resolves to the shop or, when we had not asked for it, to a pending
    /// grant that an actor with the right may adopt. `appId` tells which app's callback URL it was.
    #[napi(
        ts_args_type = "options: OAuthComplete",
        ts_return_type = "Promise<ConnectedOAuth | PendingOAuth>"
    )]
    pub fn complete<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "oauth.complete", || {
            let mut fields = Fields::read(env, options, &["query", "session", "appId"])?;
            let callback = auth::Callback {
                params: parameters("query", fields.take("query"))?,
                session: fields.text("session")?,
                app_id: fields.id("appId")?,
            };
            Ok(async move { outcome(group.complete(callback).await?) })
        })
    }

    /// Connects a shop of the company's own to a self-use app, without a browser.
    #[napi(ts_args_type = "options: OAuthConnect", ts_return_type = "Promise<Shop>")]
    pub fn connect<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "oauth.connect", || {
            let mut fields = Fields::read(env, options, &["appId", "platformShopId"])?;
            let (app, shop) = (fields.required_id("appId")?, fields.required_text("platformShopId")?);
            Ok(async move { Shop::try_from(group.connect(app, shop).await?) })
        })
    }

    /// Lists authorisations that wait for adoption.
    #[napi(ts_return_type = "Promise<Array<PendingGrant>>")]
    pub fn pending<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "oauth.pending", || {
            Ok(
                async move { Ok(group.pending().await?.into_iter().map(PendingGrant::from).collect::<Vec<_>>()) },
            )
        })
    }

    /// Adopts a pending grant. A person must do it: use `hub.as(…)`.
    #[napi(ts_args_type = "options: Adoption", ts_return_type = "Promise<Shop>")]
    pub fn adopt<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "oauth.adopt", || {
            let id = Fields::read(env, options, &["id"])?.required_id("id")?;
            Ok(async move { Shop::try_from(group.adopt(id).await?) })
        })
    }
}

/// Where to send the merchant.
#[napi(object, object_from_js = false)]
pub struct BegunOAuth {
    /// The URL to open.
    pub url: String,
    /// Until when the callback is taken.
    pub expires_at: String,
}

/// An authorisation that arrived without our request.
#[napi(object, object_from_js = false)]
pub struct PendingGrant {
    /// Its id, for `adopt`.
    pub id: String,
    /// The app it is for.
    pub app_id: String,
    /// The platform.
    #[napi(ts_type = "PlatformId")]
    pub platform: String,
    /// The platform's id of the shop.
    pub platform_shop_id: String,
    /// The shop's name.
    pub name: String,
    /// When it arrived.
    pub created_at: String,
    /// When it is dropped.
    pub expires_at: String,
}

/// The shop is authorised.
#[napi(object, object_from_js = false)]
pub struct ConnectedOAuth {
    /// Tells it from a pending one.
    #[napi(ts_type = "'connected'")]
    pub state: String,
    /// The shop.
    pub shop: Shop,
}

/// The authorisation arrived without our request and waits for adoption.
#[napi(object, object_from_js = false)]
pub struct PendingOAuth {
    /// Tells it from a connected one.
    #[napi(ts_type = "'pending'")]
    pub state: String,
    /// What waits.
    pub pending: PendingGrant,
}

impl From<auth::Begun> for BegunOAuth {
    fn from(begun: auth::Begun) -> Self {
        Self { url: begun.url, expires_at: begun.expires_at.to_string() }
    }
}

impl From<model::PendingGrant> for PendingGrant {
    fn from(grant: model::PendingGrant) -> Self {
        Self {
            id: grant.id.to_string(),
            app_id: grant.app_id.to_string(),
            platform: grant.platform.to_string(),
            platform_shop_id: grant.platform_shop_id,
            name: grant.name,
            created_at: grant.created_at.to_string(),
            expires_at: grant.expires_at.to_string(),
        }
    }
}

fn outcome(completed: auth::Completed) -> Result<Either<ConnectedOAuth, PendingOAuth>> {
    Ok(match completed {
        auth::Completed::Connected(shop) => {
            Either::A(ConnectedOAuth { state: "connected".to_owned(), shop: Shop::try_from(shop)? })
        }
        auth::Completed::Pending(grant) => {
            Either::B(PendingOAuth { state: "pending".to_owned(), pending: grant.into() })
        }
    })
}
