//! Signatures of what 抖店 sends to us (2.14, 2.15). Pure: the body's bytes as they came, before any
//! parser saw them.

use super::sign;
use crate::platform::digest::{Algorithm, same_hex};
use crate::secret::Secret;

/// Whether a push is from the platform.
///
/// `sign_method` is the header of that name when there is one; without it the length of `event_sign`
/// decides: 32 digits are MD5, 64 are HMAC-SHA256.
pub fn is_genuine_push(
    app_key: &str,
    app_secret: &Secret<String>,
    sign_method: Option<&str>,
    event_sign: &str,
    body: &[u8],
) -> bool {
    let Some(algorithm) = algorithm(sign_method, event_sign) else {
        return false;
    };
    let secret = app_secret.expose();
    same_hex(&algorithm.hex(secret, [app_key.as_bytes(), body, secret.as_bytes()]), event_sign)
}

/// Whether a call to a service of ours (SPI) is from the platform.
///
/// The official helper signs its parameters with `&`, `<` and `>` escaped or not, so both are tried.
pub fn is_genuine_spi(
    app_key: &str,
    app_secret: &Secret<String>,
    sign_method: Option<&str>,
    timestamp: &str,
    params: &str,
    given: &str,
) -> bool {
    let Ok(plain) = sign::canonical(params) else {
        return false;
    };
    // No method named means MD5 here (2.15); the length does not decide.
    let algorithm = if sign_method == Some("hmac-sha256") { Algorithm::HmacSha256 } else { Algorithm::Md5 };
    let escaped = plain.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    [escaped, plain].iter().any(|params| {
        let fields = [("app_key", app_key), ("param_json", params.as_str()), ("timestamp", timestamp)];
        same_hex(&sign::digest(algorithm, app_secret, &fields), given)
    })
}

fn algorithm(sign_method: Option<&str>, event_sign: &str) -> Option<Algorithm> {
    match (sign_method.map(str::trim).filter(|method| !method.is_empty()), event_sign.len()) {
        (Some(method), _) if method.eq_ignore_ascii_case("hmac-sha256") => Some(Algorithm::HmacSha256),
        (Some(method), _) if method.eq_ignore_ascii_case("md5") => Some(Algorithm::Md5),
        (None, 32) => Some(Algorithm::Md5),
        (None, 64) => Some(Algorithm::HmacSha256),
        _ => None,
    }
}
