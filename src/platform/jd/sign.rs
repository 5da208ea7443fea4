//! Signing (4), the request's form (3) and the token calls (5), which are not signed.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::{Error, ErrorKind, Result};
use crate::model::UtcMillis;
use crate::platform::ask::{self, Members, Name, check_depth, wall_clock};
use crate::platform::digest::Algorithm;
use crate::platform::multipart::multipart;
use crate::platform::{CallParts, Credentials, Method, SignedRequest};
use crate::secret::Secret;

/// What the names of token calls begin with; no method's name holds a slash.
const TOKEN_CALL: &str = "oauth2/";
/// Gateways of the platform's own, whose apps' token calls go to its token host (2).
const GATEWAYS: &[&str] =
    &[super::API_BASE, "https://api-dev.jd.com/routerjson", "https://router.jd.com/api"];
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");

/// The signature over names and values in the order of their names, with the secret around them (4).
pub(super) fn signature<'a>(
    secret: &'a Secret<String>,
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    Algorithm::Md5.around(secret.expose(), fields).to_ascii_uppercase()
}

/// The request as it goes out.
pub(super) fn request(
    parts: &CallParts,
    credentials: &Credentials,
    token: Option<&Secret<String>>,
    now: UtcMillis,
) -> Result<SignedRequest> {
    if let Some(name) = parts.api.strip_prefix(TOKEN_CALL) {
        return token_request(name, parts, credentials);
    }
    let token = ask::token(parts, token)?.map(Secret::expose);
    let fields = fields(method(&parts.api)?, compact(&parts.params)?, credentials, token, now)?;
    let pairs = || fields.iter().map(|(name, value)| (*name, value.as_str()));
    let sign = signature(&credentials.app_secret, pairs());
    let url = Secret::new(credentials.api_base.clone());
    if parts.files.is_empty() {
        let body = form(pairs().chain([("sign", sign.as_str())]));
        return Ok(SignedRequest {
            method: Method::Post,
            url,
            headers: vec![(FORM.0, FORM.1.into())],
            body: body.into_bytes(),
        });
    }
    // Files are not signed (3).
    let sent: Vec<_> = pairs().chain([("sign", sign.as_str())]).collect();
    let form = multipart(&sent, &parts.files)?;
    Ok(SignedRequest {
        method: Method::Post,
        url,
        headers: vec![("content-type", form.content_type.into())],
        body: form.body,
    })
}

/// The parameters of a call (3), none of them blank: kits differ on whether a blank one is signed.
fn fields(
    method: &str,
    params: String,
    credentials: &Credentials,
    token: Option<&String>,
    now: UtcMillis,
) -> Result<BTreeMap<&'static str, String>> {
    let is_union = is_union(method);
    let mut fields = BTreeMap::from([
        ("360buy_param_json", params),
        ("app_key", credentials.app_key.trim().to_owned()),
        ("method", method.to_owned()),
        ("timestamp", wall_clock(now)?),
        ("v", if is_union { "1.0" } else { "2.0" }.to_owned()),
    ]);
    if is_union {
        fields.insert("format", "json".to_owned());
        fields.insert("sign_method", "md5".to_owned());
    }
    if let Some(token) = token {
        fields.insert("access_token", token.clone());
    }
    match fields.iter().find(|(_, value)| value.trim().is_empty()) {
        Some((name, _)) => Err(Error::new(ErrorKind::ConfigInvalid, format!("`{name}` is blank"))),
        None => Ok(fields),
    }
}

/// A form in the order of its names, UTF-8, with a plus for a space.
pub(super) fn form<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

/// A token call (5.2, 5.3): unsigned, with the secret in its body and never in its URL.
fn token_request(name: &str, parts: &CallParts, credentials: &Credentials) -> Result<SignedRequest> {
    let params: BTreeMap<String, String> = serde_json::from_str(&parts.params)
        .map_err(|_| Error::internal("the parameters of a token call are texts"))?;
    let app =
        [("app_key", credentials.app_key.trim()), ("app_secret", credentials.app_secret.expose().trim())];
    let params = params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(SignedRequest {
        method: Method::Post,
        url: Secret::new(format!("{}/{name}", token_base(credentials)?)),
        headers: vec![(FORM.0, FORM.1.into())],
        body: form(app.into_iter().chain(params)).into_bytes(),
    })
}

/// An app whose API is elsewhere never sends its secret to the real platform, or to anybody, by default.
fn token_base(credentials: &Credentials) -> Result<&str> {
    match &credentials.token_base {
        // People give the base or the whole address of one of the calls.
        Some(base) => Ok(base.trim_end_matches("/access_token").trim_end_matches("/refresh_token")),
        None if GATEWAYS.contains(&credentials.api_base.as_str()) => Ok(super::TOKEN_BASE),
        None => Err(Error::new(
            ErrorKind::ConfigInvalid,
            "the app's API has an address of its own: give that of its token calls too",
        )),
    }
}

/// Methods of the union have an older version and go without a shop's token (15).
pub(super) fn is_union(method: &str) -> bool {
    method.starts_with("jd.union.open.")
}

/// The name when it can be a method's: words of letters and digits with dots between. Case matters.
pub(super) fn method(name: &str) -> Result<&str> {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if name.len() <= 120 && name.contains('.') && name.split('.').all(word) {
        return Ok(name);
    }
    Err(Error::invalid("the method's name must look like jingdong.pop.order.get"))
}

/// The business parameters as they are signed and sent: the text of an object, without blank members.
pub(super) fn compact(params: &str) -> Result<String> {
    check_depth(params)?;
    let Members(members) =
        serde_json::from_str(params).map_err(|_| Error::invalid("parameters must be a JSON object"))?;
    let mut text = String::from("{");
    let mut seen = std::collections::BTreeSet::new();
    for (Name(name), value) in members {
        if !seen.insert(name.clone()) {
            return Err(Error::invalid("a parameter is given twice"));
        }
        if matches!(value.get(), "null" | "\"\"") {
            continue;
        }
        if text.len() > 1 {
            text.push(',');
        }
        let name = serde_json::to_string(&name)
            .map_err(|_| Error::internal("a parameter's name always has a JSON form"))?;
        text.push_str(&name);
        text.push(':');
        text.push_str(value.get());
    }
    text.push('}');
    Ok(text)
}

/// The signature that `jingdong.jos.master.key.get` wants in its parameters (16), for callers who read
/// ciphertext by raw calls. `voucher_key` is the voucher's `key`, in Base64.
///
/// # Errors
/// `INVALID_REQUEST` when the key is not Base64.
pub fn master_key_signature(voucher_key: &Secret<String>, ts: i64, tid: &str) -> Result<String> {
    let wrong = |_| Error::invalid("the voucher's key is not Base64");
    let key = STANDARD.decode(voucher_key.expose()).map_err(wrong)?;
    let tid = serde_json::to_string(tid).map_err(|_| Error::internal("text always has a JSON form"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key)
        .map_err(|_| Error::internal("HMAC takes keys of every length (RFC 2104)"))?;
    mac.update(format!("{{\"sdk_ver\":2,\"ts\":{ts},\"tid\":{tid}}}").as_bytes());
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}
