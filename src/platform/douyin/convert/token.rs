//! Token answers (1.3, 1.4), the account they are for, and what share links need (1.9).

use std::time::Duration;

use super::super::wire::{Ticket, Token, User};
use super::{data, needed, opaque};
use crate::platform::lenient::{Field, Members};
use crate::platform::{AppToken, DecodeError, RemoteShop, RenewedToken, ShopFacts, TokenSet};
use crate::secret::Secret;

/// What no token outlives (1.4).
const ACCESS_LIFE: Duration = Duration::from_secs(15 * 86_400);
const REFRESH_LIFE: Duration = Duration::from_secs(30 * 86_400);
const APP_LIFE: Duration = Duration::from_secs(7_200);
/// What a lifetime counts as that makes no sense: usable now, due for a refresh at once.
const DUE_SOON: Duration = Duration::from_secs(60);

/// Reads the tokens that a code bought.
pub(in crate::platform::douyin) fn created(body: &[u8]) -> Result<TokenSet, DecodeError> {
    token_set(body)
}

/// Reads refreshed tokens. The refresh token keeps its value and its end (1.4), so nothing is said of that: published
/// answers show a life of 30 days here too, and an end that moved with each refresh would be missed.
pub(in crate::platform::douyin) fn refreshed(body: &[u8]) -> Result<TokenSet, DecodeError> {
    Ok(TokenSet { refresh_expires_in: None, ..token_set(body)? })
}

fn token_set(body: &[u8]) -> Result<TokenSet, DecodeError> {
    let text = data(body)?;
    let token = Token::read(&text)?;
    let access_token = token.access_token.secret()?.ok_or_else(|| token.access_token.wrong("a token"))?;
    let platform_shop_id = needed(&token.open_id)?;
    let refresh_token = token.refresh_token.secret().ok().flatten();
    let has_life = token.refresh_expires_in.token().is_some() && refresh_token.is_some();
    Ok(TokenSet {
        access_token,
        refresh_expires_in: has_life.then(|| life(token.refresh_expires_in, REFRESH_LIFE)),
        refresh_token,
        expires_in: life(token.expires_in, ACCESS_LIFE),
        scope: token.scope.text().ok().flatten(),
        tiers: Vec::new(),
        shop: RemoteShop { platform_shop_id, name: String::new(), shop_type: None },
    })
}

/// Reads a renewed refresh token.
pub(in crate::platform::douyin) fn renewed(body: &[u8]) -> Result<RenewedToken, DecodeError> {
    let text = data(body)?;
    let token = Token::read(&text)?;
    Ok(RenewedToken {
        refresh_token: token.refresh_token.secret()?.ok_or_else(|| token.refresh_token.wrong("a token"))?,
        expires_in: life(token.expires_in, REFRESH_LIFE),
    })
}

/// Reads the token of the app.
pub(in crate::platform::douyin) fn app_token(body: &[u8]) -> Result<AppToken, DecodeError> {
    let text = data(body)?;
    let token = Token::read(&text)?;
    Ok(AppToken {
        token: token.access_token.secret()?.ok_or_else(|| token.access_token.wrong("a token"))?,
        expires_in: life(token.expires_in, APP_LIFE),
    })
}

/// Seconds left, as number or text.
fn life(field: Field<'_>, longest: Duration) -> Duration {
    match field.int().ok().flatten().map(u64::try_from) {
        Some(Ok(secs @ 1..)) => Duration::from_secs(secs).min(longest),
        _ => DUE_SOON,
    }
}

/// Reads who an account is.
pub(in crate::platform::douyin) fn user(body: &[u8]) -> Result<ShopFacts, DecodeError> {
    let text = data(body)?;
    let user = User::read(&text)?;
    Ok(ShopFacts {
        platform_shop_id: opaque(&user.open_id)?,
        name: user.nickname.text()?,
        shop_type: user.e_account_role.text()?,
    })
}

/// Reads `data` of a ticket: it, and how long it lives.
pub(in crate::platform::douyin) fn ticket(answer: &str) -> Result<(Secret<String>, Duration), DecodeError> {
    let ticket = Ticket::read(answer)?;
    let value = ticket.ticket.secret()?.ok_or_else(|| ticket.ticket.wrong("a ticket"))?;
    Ok((value, life(ticket.expires_in, APP_LIFE)))
}

/// Reads `data` of a share's id. It is a number or text.
pub(in crate::platform::douyin) fn share_id(answer: &str) -> Result<String, DecodeError> {
    let members = Members::of_body(answer.as_bytes());
    let id = members.and_then(|members| members.scalar("share_id"));
    id.ok_or_else(|| DecodeError::new("share_id", "an id"))
}
