//! `hub.oauth`.

use super::Hub;
use super::guard::Action;
use crate::auth::{BeginRequest, Begun, Callback, Completed};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AppId, PendingGrant, Right, Shop};

/// Longest platform shop id that is taken.
const LONGEST_SHOP_ID: usize = 100;

/// Authorising shops.
#[derive(Clone, Debug)]
pub struct OAuth(pub(super) Hub);

impl OAuth {
    /// Makes the URL to which the merchant is sent. Its state is good once and for 10 minutes.
    ///
    /// # Errors
    /// `NOT_FOUND` for an unknown app or shop, `UNSUPPORTED` for self-use apps, `CONFIG_INVALID` when the app
    /// lacks a field, `FORBIDDEN` without the right `shops.connect`.
    pub async fn begin(&self, request: BeginRequest) -> Result<Begun> {
        let engine = self.0.engine()?;
        let mut action = Action::new("oauth.begin", Right::ShopsConnect).about(request.app_id);
        action.shop = request.shop_id;
        self.0.act(action, || engine.flow.begin(request, self.0.actor.id())).await
    }

    /// Takes what came back to the redirect URI. The state is the proof that it was asked for, so no right
    /// is needed here.
    ///
    /// # Errors
    /// `FORBIDDEN` when the callback matches nothing that was started, `CONFLICT` when it was completed
    /// before or names another shop, `REJECTED` when the merchant did not agree, and what the platform's
    /// token call can fail with.
    pub async fn complete(&self, callback: Callback) -> Result<Completed> {
        let engine = self.0.engine()?;
        let result = engine.flow.complete(callback).await;
        let (shop, outcome) = match &result {
            Ok(Completed::Connected(shop)) => (Some(shop.id), "ok"),
            Ok(Completed::Pending(_)) => (None, "pending"),
            Err(error) => (None, error.code()),
        };
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Forbidden) {
            // Anybody can reach a callback: strangers must not be able to fill the audit.
            tracing::warn!("a callback that matches nothing was refused");
        } else {
            let outcome = outcome.to_owned();
            self.0.note(engine, "oauth.complete", shop, None, outcome).await?;
        }
        result.map_err(|error| error.with_operation("oauth.complete"))
    }

    /// Connects a shop of the company's own through a self-use app, without a browser.
    ///
    /// # Errors
    /// `UNSUPPORTED` for other apps, `CONFLICT` when the platform answers for another shop, `FORBIDDEN`
    /// without the right `shops.connect`, and what the platform's token call can fail with.
    pub async fn connect(&self, app_id: AppId, platform_shop_id: String) -> Result<Shop> {
        let engine = self.0.engine()?;
        if platform_shop_id.is_empty() || platform_shop_id.len() > LONGEST_SHOP_ID {
            return Err(Error::invalid("platformShopId must be the platform's id of the shop")
                .with_operation("oauth.connect"));
        }
        let action = Action::new("oauth.connect", Right::ShopsConnect).about(&platform_shop_id);
        self.0.act(action, || engine.flow.connect(app_id, &platform_shop_id)).await
    }

    /// Authorisations that arrived without our asking and wait for somebody to adopt them.
    ///
    /// # Errors
    /// `FORBIDDEN` without the right `shops.adopt`.
    pub async fn pending(&self) -> Result<Vec<PendingGrant>> {
        let engine = self.0.read("oauth.pending", Right::ShopsAdopt, None).await?;
        engine.store.list_pending(engine.clock.now()).await
    }

    /// Makes a pending authorisation a shop. A named person has to do it.
    ///
    /// # Errors
    /// `FORBIDDEN` for `system` and without the right `shops.adopt`, `NOT_FOUND` when it is gone.
    pub async fn adopt(&self, id: i64) -> Result<Shop> {
        let engine = self.0.engine()?;
        self.0.check_person("oauth.adopt")?;
        let action = Action::new("oauth.adopt", Right::ShopsAdopt).about(id);
        self.0.act(action, || engine.flow.adopt(id)).await
    }
}
