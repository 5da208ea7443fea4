//! Keys, apps' secrets, the OAuth flow and the tokens of shops. Nothing here leaves as plain text
//! except into the bytes of a signed request.

mod app;
mod app_token;
mod cipher;
mod expiry;
mod flow;
mod grant;
mod key;
mod place;
mod refresh;
mod renewal;
mod rotate;
#[cfg(test)]
mod tests;

pub use flow::{BeginRequest, Begun, Callback, Completed};
pub use key::{KeyRing, MASTER_KEY_BYTES, MasterKey};
pub use rotate::{RotationProgress, RotationProgressFn, RotationReport};

pub(crate) use app::{AppContexts, ShopContext};
pub(crate) use app_token::HeldToken;
pub(crate) use cipher::{Cipher, Sealing};
pub(crate) use expiry::{Ending, Expiry, ending};
pub(crate) use flow::OAuthFlow;
pub(crate) use grant::{Grants, Token};
pub(crate) use place::{app_row, app_secret_place, place, proxy_place, shop_row};
pub(crate) use rotate::{Keys, ROTATION_PATIENCE, Rotation};
