//! Tokens beside those of shops: of apps themselves, and refresh tokens that are renewed apart.

use std::time::Duration;

use crate::secret::Secret;

/// A renewed refresh token, on platforms that renew it apart from the access token.
#[derive(Clone, Debug)]
pub struct RenewedToken {
    /// The new one. The old one is dead.
    pub refresh_token: Secret<String>,
    /// How long it lives from now.
    pub expires_in: Duration,
}

/// How often, and when, a refresh token is renewed apart from the access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenewalRules {
    /// So often in the life of an authorisation.
    pub most: u32,
    /// This long before its end.
    pub ahead: Duration,
}

/// The token of an app itself.
#[derive(Clone, Debug)]
pub struct AppToken {
    /// Goes into calls of the app.
    pub token: Secret<String>,
    /// How long it lives from now.
    pub expires_in: Duration,
}
