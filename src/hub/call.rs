//! `hub.call`.

use super::Hub;
use super::guard::Action;
use super::shops::interactive;
use crate::error::Result;
use crate::model::{Right, ShopId};
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
    /// The caller's word that sending it twice does no harm. Without it, a method that the adapter does not
    /// know as a read is never sent again once bytes left.
    pub repeatable: bool,
}

impl Hub {
    /// Calls any method of a platform: signed, limited and classified like our own calls. Returns the JSON
    /// text of the result, unwrapped from the platform's envelope.
    ///
    /// # Errors
    /// `UNKNOWN_OUTCOME` when a call that must not be repeated may have happened; `FORBIDDEN` without the
    /// right `raw`; otherwise what the platform answered.
    pub async fn call(&self, request: RawRequest) -> Result<String> {
        let engine = self.engine()?;
        let action = Action::new("call", Right::Raw).on_shop(request.shop_id).about(&request.api);
        self.act(action, || async {
            let shop = engine.contexts.shop(request.shop_id).await?;
            let mut call = shop.app.platform.raw(&request.api, &request.params)?;
            if request.repeatable {
                call.parts.repeat = Repeat::Safe;
            }
            let result = engine.caller.call(&shop, &call, interactive()).await?;
            Ok(String::from(Box::<str>::from(result)))
        })
        .await
    }
}
