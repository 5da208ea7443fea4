//! Token answers (5.2) and the shop they are for (7).

use std::time::Duration;

use super::super::wire::{self, Token, Vender};
use crate::platform::lenient::{body_text, text};
use crate::platform::{DecodeError, RemoteShop, ShopFacts, TokenSet};

/// What no token outlives: a year is the longest that was seen.
const LONGEST_LIFE: Duration = Duration::from_secs(400 * 86_400);
/// What a lifetime counts as that makes no sense: usable now, due for a refresh at once.
const DUE_SOON: Duration = Duration::from_secs(60);

/// Reads the answer to both token calls. It names a user, never the shop.
pub(in crate::platform::jd) fn token_set(body: &[u8]) -> Result<TokenSet, DecodeError> {
    let text = body_text(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))?;
    let token = Token::read(&text)?;
    let expires_in = match token.expires_in.int().ok().flatten().map(u64::try_from) {
        Some(Ok(secs @ 1..)) => Duration::from_secs(secs).min(LONGEST_LIFE),
        _ => DUE_SOON,
    };
    let refresh_token = token.refresh_token.secret().ok().flatten();
    Ok(TokenSet {
        access_token: token.access_token.secret()?.ok_or_else(|| token.access_token.wrong("a token"))?,
        // A refresh is refused once the access token has ended (5.3).
        refresh_expires_in: refresh_token.as_ref().map(|_| expires_in),
        refresh_token,
        expires_in,
        scope: token.scope.text().ok().flatten(),
        tiers: Vec::new(),
        shop: RemoteShop { platform_shop_id: String::new(), name: String::new(), shop_type: None },
    })
}

/// Reads `jingdong.seller.vender.info.get`. A shop's id is that of its vender, which differs from its `shop_id`.
pub(in crate::platform::jd) fn vender(body: &[u8]) -> Result<ShopFacts, DecodeError> {
    let answer = wire::object("jingdong.seller.vender.info.get", body)?;
    let raw = answer.get("vender_info_result");
    let text = text(raw.ok_or_else(|| DecodeError::new("vender_info_result", "a shop"))?)?;
    let vender = Vender::read(&text)?;
    Ok(ShopFacts {
        platform_shop_id: Some(
            vender.vender_id.id()?.ok_or_else(|| vender.vender_id.wrong("a vender's id"))?,
        ),
        name: vender.shop_name.text()?,
        shop_type: vender.col_type.text()?,
    })
}
