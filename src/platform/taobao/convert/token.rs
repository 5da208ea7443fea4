//! Token answers (2.3) and whose token it is (5.1).

use std::time::Duration;

use super::super::wire::{self, ShopItem, Token, User};
use crate::model::Tier;
use crate::platform::lenient::{Field, Members, body_text, text};
use crate::platform::{DecodeError, RemoteShop, ShopFacts, TokenSet};

/// More than any subscription or grant lasts; a longer life is a wrong unit.
const LONGEST_LIFE: Duration = Duration::from_secs(10 * 366 * 24 * 3600);
/// What a lifetime counts as that makes no sense: usable now, over at once.
const DUE_SOON: Duration = Duration::from_secs(60);

/// The JSON that a token answer holds in a string; nothing when there is none.
pub(in crate::platform::taobao) fn token_result(content: &Members<'_>) -> Option<String> {
    serde_json::from_str(&body_text(content.get("token_result")?).ok()?).ok()
}

/// Reads a token set. Only the token is needed: by the time this answer is read its code is used up, so nothing
/// less may lose it.
pub(in crate::platform::taobao) fn token_set(body: &[u8]) -> Result<TokenSet, DecodeError> {
    let result = token_result(&wire::members(body)?)
        .ok_or_else(|| DecodeError::new("token_result", "JSON in a string"))?;
    let token = Token::read(&result)?;
    let access_token = token.access_token.secret()?.ok_or_else(|| token.access_token.wrong("a token"))?;
    // Only apps of the service market can renew; for others the platform says 0 and the token is no use.
    let renewable = loose(token.re_expires_in).as_deref() != Some("0");
    let refresh_token = token.refresh_token.secret().ok().flatten().filter(|_| renewable);
    let tiers = [
        (Tier::R1, token.r1_expires_in),
        (Tier::R2, token.r2_expires_in),
        (Tier::W1, token.w1_expires_in),
        (Tier::W2, token.w2_expires_in),
    ];
    Ok(TokenSet {
        access_token,
        refresh_expires_in: refresh_token.as_ref().and_then(|_| seconds(token.re_expires_in)),
        refresh_token,
        expires_in: seconds(token.expires_in).filter(|life| !life.is_zero()).unwrap_or(DUE_SOON),
        scope: None,
        tiers: tiers.into_iter().filter_map(|(tier, field)| Some((tier, seconds(field)?))).collect(),
        shop: RemoteShop {
            platform_shop_id: token.taobao_user_id.id().ok().flatten().unwrap_or_default(),
            name: loose(token.taobao_user_nick).map(|nick| decoded(&nick)).unwrap_or_default(),
            shop_type: None,
        },
    })
}

/// Reads `user.seller.get`: the seller's id is the shop's, and the type tells Tmall from Taobao.
pub(in crate::platform::taobao) fn seller(body: &[u8]) -> Result<ShopFacts, DecodeError> {
    let text = text(wire::object(body, "user")?)?;
    let user = User::read(&text)?;
    Ok(ShopFacts {
        platform_shop_id: Some(user.user_id.id()?.ok_or_else(|| user.user_id.wrong("a seller's id"))?),
        name: loose(user.nick),
        shop_type: loose(user.r#type),
    })
}

/// Reads `shop.seller.get`.
pub(in crate::platform::taobao) fn shop(body: &[u8]) -> Result<ShopFacts, DecodeError> {
    let text = text(wire::object(body, "shop")?)?;
    let shop = ShopItem::read(&text)?;
    Ok(ShopFacts { name: loose(shop.title), ..ShopFacts::default() })
}

fn loose(field: Field<'_>) -> Option<String> {
    field.text().ok().flatten()
}

/// A number of seconds, as a number or as text; nothing when it is neither.
fn seconds(field: Field<'_>) -> Option<Duration> {
    // More digits than fit are a huge lifetime, not a broken one.
    let huge = || loose(field).filter(|text| text.len() > 18 && text.bytes().all(|b| b.is_ascii_digit()));
    let secs = field.int().ok().flatten().or_else(|| huge().map(|_| i64::MAX))?;
    Some(Duration::from_secs(u64::try_from(secs).unwrap_or(0)).min(LONGEST_LIFE))
}

/// A percent-encoded nick (2.3). One that does not decode to UTF-8 stays as it came.
fn decoded(nick: &str) -> String {
    let safe = nick.replace('&', "%26");
    let decoded = url::form_urlencoded::parse(format!("n={safe}").as_bytes())
        .next()
        .map(|(_, nick)| nick.into_owned())
        .unwrap_or_default();
    if decoded.contains('\u{fffd}') { nick.to_owned() } else { decoded }
}
