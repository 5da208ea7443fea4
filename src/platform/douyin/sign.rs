//! The request's form (1.3, 1.5), which is not signed, and the signature of share links (1.9).

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::routes;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::ask::{self, Members, Name, check_depth, parsed};
use crate::platform::digest::Algorithm;
use crate::platform::multipart::multipart;
use crate::platform::{CallParts, Credentials, Method, SignedRequest};
use crate::secret::Secret;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");
/// Header of the token (1.5).
const TOKEN: &str = "access-token";
/// Parameters of calls with a body that stand in the query all the same (1.5, 1.6).
const IN_QUERY: &[&str] = &["open_id", "part_number", "upload_id"];

/// The signature of a share link (1.9), over values that are not encoded.
pub(super) fn share_signature(ticket: &Secret<String>, nonce: &str, timestamp: &str) -> String {
    let parts = ["nonce_str=", nonce, "&ticket=", ticket.expose(), "&timestamp=", timestamp];
    Algorithm::Md5.hex("", parts.map(str::as_bytes))
}

/// The request as it goes out. Nothing in it depends on the time.
pub(super) fn request(
    parts: &CallParts,
    credentials: &Credentials,
    token: Option<&Secret<String>>,
) -> Result<SignedRequest> {
    let path = routes::path(&parts.api)?;
    let params = members(&parts.params)?;
    if routes::is_token_call(&path) {
        return token_request(&path, &params, credentials);
    }
    let token = ask::token(parts, token)?;
    if path == routes::USER_INFO {
        return user_request(&path, &params, credentials, token);
    }
    let mut headers: Vec<_> =
        token.map(|token| (TOKEN, Cow::from(token.expose().clone()))).into_iter().collect();
    if !parts.files.is_empty() {
        let form = multipart(&[], &parts.files)?;
        headers.push((JSON.0, form.content_type.into()));
        return Ok(sent(Method::Post, url(credentials, &path, &params)?, headers, form.body));
    }
    if routes::is_get(&path) {
        return Ok(sent(Method::Get, url(credentials, &path, &params)?, headers, Vec::new()));
    }
    let (query, rest): (Vec<_>, Vec<_>) =
        params.into_iter().partition(|(name, _)| IN_QUERY.contains(&name.as_str()));
    headers.push((JSON.0, JSON.1.into()));
    Ok(sent(Method::Post, url(credentials, &path, &query)?, headers, body(&path, &rest)?))
}

fn sent(
    method: Method,
    url: String,
    headers: Vec<(&'static str, Cow<'static, str>)>,
    body: Vec<u8>,
) -> SignedRequest {
    SignedRequest { method, url: Secret::new(url), headers, body }
}

/// A token call (1.3): the app's key, and its secret where the platform wants it, in the body and never in the URL.
fn token_request(path: &str, params: &[Member<'_>], credentials: &Credentials) -> Result<SignedRequest> {
    let key = credentials.app_key.trim();
    let secret = credentials.app_secret.expose().trim();
    if key.is_empty() || secret.is_empty() {
        return Err(Error::new(ErrorKind::ConfigInvalid, "the app's key or secret is blank"));
    }
    let mut fields = vec![("client_key", key.to_owned())];
    if !matches!(path, routes::REFRESH_TOKEN | routes::RENEW_REFRESH_TOKEN) {
        fields.push(("client_secret", secret.to_owned()));
    }
    for (name, value) in params {
        fields.extend(scalar(value)?.map(|value| (name.as_str(), value)));
    }
    let base = credentials.token_base.as_deref().unwrap_or(&credentials.api_base);
    let url = format!("{}{path}", base.trim_end_matches(path).trim_end_matches('/'));
    if matches!(path, routes::CLIENT_TOKEN | routes::STABLE_CLIENT_TOKEN) {
        let body: serde_json::Map<_, _> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let headers = vec![(JSON.0, JSON.1.into())];
        let body = serde_json::Value::from(body).to_string().into_bytes();
        return Ok(sent(Method::Post, url, headers, body));
    }
    Ok(sent(Method::Post, url, vec![(FORM.0, FORM.1.into())], form(&fields)))
}

/// The one call whose token stands in its form (1.3).
fn user_request(
    path: &str,
    params: &[Member<'_>],
    credentials: &Credentials,
    token: Option<&Secret<String>>,
) -> Result<SignedRequest> {
    let mut fields: Vec<_> =
        token.map(|token| ("access_token", token.expose().clone())).into_iter().collect();
    for (name, value) in params {
        fields.extend(scalar(value)?.map(|value| (name.as_str(), value)));
    }
    let url = format!("{}{path}", credentials.api_base);
    Ok(sent(Method::Post, url, vec![(FORM.0, FORM.1.into())], form(&fields)))
}

fn form(fields: &[(&str, String)]) -> Vec<u8> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish().into_bytes()
}

/// A parameter: its name, and its value as it was given.
type Member<'a> = (String, &'a RawValue);

/// The parameters of a call: the text of a JSON object with each name once.
pub(super) fn members(params: &str) -> Result<Vec<Member<'_>>> {
    check_depth(params)?;
    let Members(members) =
        serde_json::from_str(params).map_err(|_| Error::invalid("parameters must be a JSON object"))?;
    let mut found: Vec<Member<'_>> = Vec::with_capacity(members.len());
    for (Name(name), value) in members {
        if found.iter().any(|(known, _)| *known == name) {
            return Err(Error::invalid("a parameter is given twice"));
        }
        found.push((name.into_owned(), value));
    }
    Ok(found)
}

/// Digits and words as they are, text decoded, lists and objects as JSON, as this platform has them in queries; nothing
/// for `null`.
fn scalar(value: &RawValue) -> Result<Option<String>> {
    match value.get() {
        "null" => Ok(None),
        text if text.starts_with('"') => parsed::<String>(text).map(Some),
        token => Ok(Some(token.to_owned())),
    }
}

fn url(credentials: &Credentials, path: &str, query: &[Member<'_>]) -> Result<String> {
    let mut url = format!("{}{path}", credentials.api_base);
    let mut before = '?';
    for (name, value) in query {
        let Some(value) = scalar(value)? else { continue };
        url.push(before);
        url.push_str(&encoded(name));
        url.push('=');
        url.push_str(&encoded(&value));
        before = '&';
    }
    Ok(url)
}

/// Percent-encoded whole: ids hold `+`, `/` and `=` (1.5), and not everybody reads a plus as a space.
pub(super) fn encoded(text: &str) -> String {
    let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    form.replace('+', "%20")
}

/// The body's object, member by member as it was given. Uploads begin and end without one (1.6).
fn body(path: &str, members: &[Member<'_>]) -> Result<Vec<u8>> {
    if members.is_empty() && matches!(path, routes::BEGIN_PARTS | routes::END_PARTS) {
        return Ok(Vec::new());
    }
    object(members.iter().map(|(name, value)| (name.as_str(), value.get()))).map(String::into_bytes)
}

/// The parameters with one more, whose value is a text; the others stay as they were given.
pub(super) fn with_text(params: &str, name: &str, value: &str) -> Result<String> {
    let (members, value) = (members(params)?, json_text(value)?);
    object(members.iter().map(|(name, value)| (name.as_str(), value.get())).chain([(name, value.as_str())]))
}

/// An object of names and of values that are JSON already.
fn object<'a>(members: impl Iterator<Item = (&'a str, &'a str)>) -> Result<String> {
    let mut text = String::from("{");
    for (name, value) in members {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&json_text(name)?);
        text.push(':');
        text.push_str(value);
    }
    text.push('}');
    Ok(text)
}

fn json_text(text: &str) -> Result<String> {
    serde_json::to_string(text).map_err(|_| Error::internal("text always has a JSON form"))
}
