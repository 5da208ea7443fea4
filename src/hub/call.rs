//! `hub.call`.

use super::Hub;
use super::guard::Action;
use super::shops::interactive;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AppId, FilePart, Right, ShopId};
use crate::platform::{ApiCall, Platform, Repeat};

/// A call of any method of a platform.
#[derive(Clone, Debug)]
pub struct RawRequest {
    /// In the name of this shop.
    pub shop_id: ShopId,
    /// The platform's name of the method, such as `order.searchList`.
    pub api: String,
    /// Its parameters: the text of a JSON object. Integers of any size survive.
    pub params: String,
    /// Files that travel along, on platforms that take them. They are not signed.
    pub files: Vec<FilePart>,
    /// The caller's word that sending it twice does no harm. Without it, a method that the adapter does not
    /// know as a read is never sent again once bytes left.
    pub repeatable: bool,
}

/// A call of any method in the name of an app itself: of a promoter's, which has no shops, or what concerns no shop.
#[derive(Clone, Debug)]
pub struct RawAppRequest {
    /// In the name of this app, with no shop's token.
    pub app_id: AppId,
    /// As in [`RawRequest`].
    pub api: String,
    /// As in [`RawRequest`].
    pub params: String,
    /// As in [`RawRequest`].
    pub files: Vec<FilePart>,
    /// As in [`RawRequest`].
    pub repeatable: bool,
}

impl Hub {
    /// Calls any method of a platform: signed, limited and classified like our own calls. Returns the JSON
    /// text of the result, unwrapped from the platform's envelope.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for methods that a function of the hub owns, which the message names;
    /// `UNKNOWN_OUTCOME` when a call that must not be repeated may have happened; `FORBIDDEN` without the
    /// rights `raw` and, for methods that open buyer data, `orders.decrypt`; otherwise what the platform answered.
    pub async fn call(&self, request: RawRequest) -> Result<String> {
        self.call_raw(request, false).await
    }

    /// As [`call`](Self::call), also for methods that a function of the hub owns, such as
    /// `products.set_price`: a call by hand can cross a change that is under way.
    ///
    /// # Errors
    /// As `call`.
    pub async fn call_forced(&self, request: RawRequest) -> Result<String> {
        self.call_raw(request, true).await
    }

    /// As [`call`](Self::call), in the name of an app.
    ///
    /// # Errors
    /// As `call`; `INVALID_REQUEST` also for methods that need a shop's token.
    pub async fn call_by_app(&self, request: RawAppRequest) -> Result<String> {
        self.call_raw_by_app(request, false).await
    }

    /// As [`call_by_app`](Self::call_by_app), also for methods that a function of the hub owns.
    ///
    /// # Errors
    /// As `call_by_app`.
    pub async fn call_by_app_forced(&self, request: RawAppRequest) -> Result<String> {
        self.call_raw_by_app(request, true).await
    }

    async fn call_raw_by_app(&self, request: RawAppRequest, force: bool) -> Result<String> {
        let engine = self.engine()?;
        let RawAppRequest { app_id, api, params, files, repeatable } = request;
        let action = Action::new("call", Right::Raw).about(format!("{api} by app {app_id}"));
        self.act(action, || async {
            let app = engine.contexts.app(app_id).await?;
            check_owner(app.platform, &api, force)?;
            if app.platform.opens_buyer_data(&api) {
                self.check_opening(None, force).await?;
            }
            let mut call = app.platform.raw_of_app(&api, &params)?;
            send_along(&mut call, files, repeatable);
            let result = engine.caller.call_app(&app, &call, interactive()).await?;
            Ok(String::from(Box::<str>::from(result)))
        })
        .await
    }

    async fn call_raw(&self, request: RawRequest, force: bool) -> Result<String> {
        let engine = self.engine()?;
        let action = Action::new("call", Right::Raw).on_shop(request.shop_id).about(&request.api);
        self.act(action, || async {
            let shop = engine.contexts.shop(request.shop_id).await?;
            let of_shop = |error: Error| error.with_shop(request.shop_id);
            check_owner(shop.app.platform, &request.api, force).map_err(of_shop)?;
            if shop.app.platform.opens_buyer_data(&request.api) {
                self.check_opening(Some(request.shop_id), force).await.map_err(of_shop)?;
            }
            let mut call = shop.app.platform.raw(&request.api, &request.params)?;
            shop.app.platform.name_account(&mut call.parts, &shop.shop.platform_shop_id)?;
            send_along(&mut call, request.files, request.repeatable);
            let result = engine.caller.call(&shop, &call, interactive()).await?;
            Ok(String::from(Box::<str>::from(result)))
        })
        .await
    }

    /// Methods that open buyer data go past the budget of the day, so that they have to be meant.
    async fn check_opening(&self, shop: Option<ShopId>, force: bool) -> Result<()> {
        if !self.has(Right::OrdersDecrypt, shop).await? {
            let message = format!("{} lacks the right {}", self.actor.id(), Right::OrdersDecrypt);
            return Err(Error::new(ErrorKind::Forbidden, message));
        }
        if force {
            return Ok(());
        }
        let message =
            "use orders.decrypt: it keeps to the day's budget; `force: true` calls the method all the same";
        Err(Error::invalid(message))
    }
}

/// Refuses what a function of the hub does better.
fn check_owner(platform: &dyn Platform, api: &str, force: bool) -> Result<()> {
    let Some(typed) = platform.typed_write(api).filter(|_| !force) else { return Ok(()) };
    Err(Error::invalid(format!(
        "use {typed}: it keeps changes of one target in order and finds out what became of them; `force: true` calls \
         the method all the same"
    )))
}

fn send_along<T>(call: &mut ApiCall<T>, files: Vec<FilePart>, repeatable: bool) {
    call.parts.files = files;
    if repeatable {
        call.parts.repeat = Repeat::Safe;
    }
}
