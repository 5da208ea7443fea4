//! Token answers (3.2) and the shop they are for (8).

use std::time::Duration;

use super::super::wire::{self, Mall, Token};
use crate::model::Tier;
use crate::platform::lenient::{Field, text};
use crate::platform::{DecodeError, RemoteShop, ShopFacts, TokenSet};

/// What no token outlives: lifetimes per kind of app are not established (3.4).
const LONGEST_LIFE: Duration = Duration::from_secs(400 * 86_400);
/// What a lifetime counts as that makes no sense: usable now, due for a refresh at once.
const DUE_SOON: Duration = Duration::from_secs(60);
/// Seconds beyond this are a moment, not a life: one sample holds moments in fields of lives (3.2).
const MOMENT: i64 = 1_000_000_000;

/// Reads the answer to `pdd.pop.auth.token.create`.
pub(in crate::platform::pinduoduo) fn created(body: &[u8]) -> Result<TokenSet, DecodeError> {
    token_set("pdd.pop.auth.token.create", body)
}

/// Reads the answer to `pdd.pop.auth.token.refresh`.
pub(in crate::platform::pinduoduo) fn refreshed(body: &[u8]) -> Result<TokenSet, DecodeError> {
    token_set("pdd.pop.auth.token.refresh", body)
}

/// Only the token and its shop are needed: the old refresh token may be dead by now.
fn token_set(api: &str, body: &[u8]) -> Result<TokenSet, DecodeError> {
    let raw = wire::result(api, body).ok_or_else(|| DecodeError::new(wire::key(api), "an object"))?;
    let text = text(raw)?;
    let token = Token::read(&text)?;
    let access_token = token.access_token.secret()?.ok_or_else(|| token.access_token.wrong("a token"))?;
    let platform_shop_id = token.owner_id.id()?.ok_or_else(|| token.owner_id.wrong("a shop's id"))?;
    let refresh_token = token.refresh_token.secret().ok().flatten();
    let now = loose_int(token.expires_at).zip(loose_int(token.expires_in)).map(|(end, life)| end - life);
    let life = |at: Field<'_>, left: Field<'_>| life(now, loose_int(at), loose_int(left));
    let expires_in = life(token.expires_at, token.expires_in).unwrap_or(DUE_SOON);
    let tiers = [
        (Tier::R1, token.r1_expires_at, token.r1_expires_in),
        (Tier::R2, token.r2_expires_at, token.r2_expires_in),
        (Tier::W1, token.w1_expires_at, token.w1_expires_in),
        (Tier::W2, token.w2_expires_at, token.w2_expires_in),
    ];
    Ok(TokenSet {
        access_token,
        refresh_expires_in: refresh_token
            .as_ref()
            .and_then(|_| life(token.refresh_token_expires_at, token.refresh_token_expires_in)),
        refresh_token,
        expires_in,
        scope: scope(token.scope),
        tiers: tiers.into_iter().filter_map(|(tier, at, left)| Some((tier, life(at, left)?))).collect(),
        // `owner_name` is a login's name, not the shop's.
        shop: RemoteShop { platform_shop_id, name: String::new(), shop_type: None },
    })
}

/// How long something lives: by its moment where the answer tells its own now, else by its seconds.
fn life(now: Option<i64>, at: Option<i64>, left: Option<i64>) -> Option<Duration> {
    let by_moment = at.zip(now).map(|(at, now)| at.saturating_sub(now));
    let left = match left {
        Some(moment) if moment >= MOMENT => now.map(|now| moment.saturating_sub(now)),
        left => left,
    };
    let secs = by_moment.or(left)?;
    match u64::try_from(secs) {
        Ok(secs @ 1..) => Some(Duration::from_secs(secs).min(LONGEST_LIFE)),
        _ => Some(DUE_SOON),
    }
}

fn loose_int(field: Field<'_>) -> Option<i64> {
    field.int().ok().flatten()
}

/// The methods that were granted.
fn scope(field: Field<'_>) -> Option<String> {
    let names = field.each(|token| Field::new("", token).text()).ok()?;
    let names: Vec<String> = names.into_iter().flatten().collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// Reads `pdd.mall.info.get`.
pub(in crate::platform::pinduoduo) fn mall(body: &[u8]) -> Result<ShopFacts, DecodeError> {
    let api = "pdd.mall.info.get";
    let raw = wire::result(api, body).ok_or_else(|| DecodeError::new(wire::key(api), "an object"))?;
    let text = text(raw)?;
    let mall = Mall::read(&text)?;
    Ok(ShopFacts {
        platform_shop_id: mall.mall_id.id()?,
        name: mall.mall_name.text()?,
        shop_type: mall.merchant_type.text()?,
    })
}
