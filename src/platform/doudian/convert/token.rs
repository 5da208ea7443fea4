//! Token answers (2.3).

use std::time::Duration;

use super::super::wire::{self, Token};
use crate::platform::lenient::{Field, text};
use crate::platform::{DecodeError, RemoteShop, TokenSet};

/// What the platform promises for an access token.
const ACCESS_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// What the refresh token lives longer than the access token it came with: 14 days against 7.
const REFRESH_SURPLUS: Duration = Duration::from_secs(7 * 24 * 3600);
/// What a lifetime counts as that makes no sense: usable now, due for a refresh at once.
const DUE_SOON: Duration = Duration::from_secs(60);

/// Reads a token set. Only the token and its shop are needed: by the time this answer is read the old
/// refresh token may be dead, so nothing less may lose the new one.
pub(in crate::platform::doudian) fn token_set(body: &[u8]) -> Result<TokenSet, DecodeError> {
    let data = text(wire::data(body)?)?;
    let token = Token::read(&data)?;
    let access_token = token.access_token.secret()?.ok_or_else(|| token.access_token.wrong("a token"))?;
    let platform_shop_id = token.shop_id.id()?.ok_or_else(|| token.shop_id.wrong("a shop's id"))?;
    let refresh_token = token.refresh_token.secret().ok().flatten();
    let expires_in = lifetime(token.expires_in);
    Ok(TokenSet {
        access_token,
        // An early call returns the old pair with the time it has left, so a refresh token is as old as
        // its access token.
        refresh_expires_in: refresh_token.as_ref().map(|_| expires_in + REFRESH_SURPLUS),
        refresh_token,
        expires_in,
        scope: loose(token.scope),
        tiers: Vec::new(),
        shop: RemoteShop {
            platform_shop_id,
            name: loose(token.shop_name).unwrap_or_default(),
            shop_type: loose(token.auth_subject_type),
        },
    })
}

fn loose(field: Field<'_>) -> Option<String> {
    field.text().ok().flatten()
}

/// Seconds that are left, at most what the platform promises.
fn lifetime(field: Field<'_>) -> Duration {
    // More digits than fit are a huge lifetime, not a broken one.
    let huge = || loose(field).filter(|text| text.len() > 18 && text.bytes().all(|b| b.is_ascii_digit()));
    let secs = field.int().ok().flatten().or_else(|| huge().map(|_| i64::MAX));
    match secs.and_then(|secs| u64::try_from(secs).ok()) {
        None | Some(0) => DUE_SOON,
        Some(secs) => Duration::from_secs(secs).min(ACCESS_LIFE),
    }
}
