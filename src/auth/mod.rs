//! Keys, apps' secrets, the OAuth flow and the tokens of shops. Nothing here leaves as plain text
//! except into the bytes of a signed request.

mod app;
mod cipher;
mod flow;
mod grant;
mod key;
mod refresh;
#[cfg(test)]
mod tests;

pub use flow::{BeginRequest, Begun, Callback, Completed};
pub use key::{KeyRing, MASTER_KEY_BYTES, MasterKey};

pub(crate) use app::{AppContexts, ShopContext, app_row, app_secret_place, proxy_place};
pub(crate) use cipher::{Cipher, SealPlace};
pub(crate) use flow::OAuthFlow;
pub(crate) use grant::{Grants, Token};
