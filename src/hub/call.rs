//! `hub.call`.

use super::Hub;
use super::guard::Action;
use super::shops::interactive;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{FilePart, Right, ShopId};
use crate::platform::Repeat;

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

    async fn call_raw(&self, request: RawRequest, force: bool) -> Result<String> {
        let engine = self.engine()?;
        let action = Action::new("call", Right::Raw).on_shop(request.shop_id).about(&request.api);
        self.act(action, || async {
            let shop = engine.contexts.shop(request.shop_id).await?;
            if let Some(typed) = shop.app.platform.typed_write(&request.api).filter(|_| !force) {
                let message = format!(
                    "use {typed}: it keeps changes of one target in order and finds out what became of them; \
                     `force: true` calls the method all the same"
                );
                return Err(Error::invalid(message).with_shop(request.shop_id));
            }
            if shop.app.platform.opens_buyer_data(&request.api) {
                self.check_opening(request.shop_id, force).await?;
            }
            let mut call = shop.app.platform.raw(&request.api, &request.params)?;
            shop.app.platform.name_account(&mut call.parts, &shop.shop.platform_shop_id)?;
            call.parts.files = request.files;
            if request.repeatable {
                call.parts.repeat = Repeat::Safe;
            }
            let result = engine.caller.call(&shop, &call, interactive()).await?;
            Ok(String::from(Box::<str>::from(result)))
        })
        .await
    }

    /// Methods that open buyer data go past the budget of the day, so that they have to be meant.
    async fn check_opening(&self, shop: ShopId, force: bool) -> Result<()> {
        if !self.has(Right::OrdersDecrypt, Some(shop)).await? {
            let message = format!("{} lacks the right {}", self.actor.id(), Right::OrdersDecrypt);
            return Err(Error::new(ErrorKind::Forbidden, message).with_shop(shop));
        }
        if force {
            return Ok(());
        }
        let message =
            "use orders.decrypt: it keeps to the day's budget; `force: true` calls the method all the same";
        Err(Error::invalid(message).with_shop(shop))
    }
}
