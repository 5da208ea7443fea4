//! Signing: the parameters of a call as one flat list, and the digest over it (3.1, 4).

use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::model::UtcMillis;
use crate::platform::ask::{self, Members, Name, check_depth, parsed, wall_clock};
use crate::platform::digest::Algorithm;
use crate::platform::multipart::{Multipart, multipart};
use crate::platform::{CallParts, Credentials, Method, SignedRequest};
use crate::secret::Secret;

/// Parameters of the protocol itself (3.1). A caller who could set them could change what is signed and how the
/// answer looks.
const COMMON: &[&str] = &[
    "method",
    "app_key",
    "session",
    "timestamp",
    "v",
    "format",
    "sign",
    "sign_method",
    "simplify",
    "partner_id",
    "target_app_key",
];

/// The signature over names and values, and over a body that is no form (4). In upper case.
pub(super) fn signature(
    algorithm: Algorithm,
    app_secret: &Secret<String>,
    fields: &[(&str, &str)],
    body: &str,
) -> String {
    let secret = app_secret.expose().as_str();
    let text = glued(fields);
    let around = match algorithm {
        Algorithm::Md5 => secret,
        Algorithm::HmacSha256 => "",
    };
    algorithm.hex(secret, [around, &text, body, around].map(str::as_bytes)).to_ascii_uppercase()
}

/// Names and their values in the byte order of the names, without anything between them.
pub(super) fn glued(fields: &[(&str, &str)]) -> String {
    let mut fields: Vec<_> = fields.iter().filter(|(name, _)| *name != "sign").collect();
    fields.sort_unstable();
    fields.into_iter().flat_map(|(name, value)| [*name, *value]).collect()
}

/// The request as it goes out: everything in the body, so that no log of URLs holds a session (3.1).
pub(super) fn request(
    parts: &CallParts,
    credentials: &Credentials,
    token: Option<&Secret<String>>,
    now: UtcMillis,
) -> Result<SignedRequest> {
    let timestamp = wall_clock(now)?;
    let given = fields(&parts.params)?;
    let mut sent: Vec<(&str, &str)> = vec![
        ("method", method(&parts.api)?),
        ("app_key", &credentials.app_key),
        ("timestamp", &timestamp),
        ("v", "2.0"),
        ("format", "json"),
        ("sign_method", "hmac-sha256"),
    ];
    if let Some(token) = ask::token(parts, token)? {
        sent.push(("session", token.expose()));
    }
    sent.extend(given.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let sign = signature(Algorithm::HmacSha256, &credentials.app_secret, &sent, "");
    sent.push(("sign", &sign));
    let (content_type, body) = encoded(&sent, parts)?;
    Ok(SignedRequest {
        method: Method::Post,
        url: Secret::from(credentials.api_base.as_str()),
        headers: vec![("content-type", content_type.into())],
        body,
    })
}

/// Files travel beside the text fields and take no part in the signature (4).
fn encoded(sent: &[(&str, &str)], parts: &CallParts) -> Result<(String, Vec<u8>)> {
    if parts.files.is_empty() {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(sent).finish();
        return Ok(("application/x-www-form-urlencoded;charset=utf-8".to_owned(), form.into_bytes()));
    }
    let is_text = |name: &str| sent.iter().any(|(taken, _)| *taken == name);
    if parts.files.iter().any(|file| is_text(&file.name)) {
        return Err(Error::invalid("a file has the name of another parameter"));
    }
    let Multipart { content_type, body } = multipart(sent, &parts.files)?;
    Ok((content_type, body))
}

/// The name when it can be a method's: words with dots between.
pub(super) fn method(name: &str) -> Result<&str> {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if name.len() <= 100 && name.contains('.') && name.split('.').all(word) {
        return Ok(name);
    }
    Err(Error::invalid("the method's name must look like taobao.trades.sold.get"))
}

/// The root of a method's answer (3.2). The rule holds for all methods of the reference: there are no exceptions
/// to keep a table of.
pub(super) fn wrapper(method: &str) -> String {
    let name = method.strip_prefix("taobao.").unwrap_or(method);
    format!("{}_response", name.replace('.', "_"))
}

/// The fields that the text of a JSON object becomes: each member by its name, structured ones as compact JSON,
/// lists of plain values joined by commas (3.1). Blank ones are never sent (4.3).
///
/// # Errors
/// `INVALID_REQUEST` when it is no JSON object, holds a key twice, or sets a parameter of the protocol.
pub(super) fn fields(text: &str) -> Result<Vec<(String, String)>> {
    check_depth(text)?;
    // Checks the whole text once; below, every token is known to be valid JSON.
    let value: &RawValue = serde_json::from_str(text)
        .map_err(|_| Error::invalid("parameters must be the text of a JSON object"))?;
    if !value.get().starts_with('{') {
        return Err(Error::invalid("parameters must be a JSON object"));
    }
    let Members(members) = parsed(value.get())?;
    let mut fields = Vec::with_capacity(members.len());
    for (Name(name), value) in members {
        if fields.iter().any(|(taken, _)| *taken == *name) {
            return Err(Error::invalid("parameters hold a key twice"));
        }
        fields.push((name.into_owned(), field_text(value.get())?));
    }
    fields.retain(|(name, value)| !name.trim().is_empty() && !value.trim().is_empty());
    Ok(fields)
}

/// Refuses parameters that belong to the protocol.
pub(super) fn check_names(fields: &[(String, String)]) -> Result<()> {
    match fields.iter().find(|(name, _)| COMMON.contains(&name.as_str())) {
        Some((name, _)) => Err(Error::invalid(format!("`{name}` is set by the hub itself: leave it out"))),
        None => Ok(()),
    }
}

fn field_text(token: &str) -> Result<String> {
    match token.as_bytes().first() {
        Some(b'"') => parsed(token),
        Some(b'{') => Ok(compact(token)),
        Some(b'[') => list_text(token),
        // Numbers stay as they are written: ids do not survive a float.
        _ if token == "null" => Ok(String::new()),
        _ => Ok(token.to_owned()),
    }
}

/// A list of plain values is joined by commas; one with structured items is JSON.
fn list_text(token: &str) -> Result<String> {
    let items: Vec<&RawValue> = parsed(token)?;
    let is_plain = |item: &&RawValue| !item.get().starts_with(['{', '[']);
    if !items.iter().all(is_plain) {
        return Ok(compact(token));
    }
    let texts = items.iter().map(|item| field_text(item.get())).collect::<Result<Vec<_>>>()?;
    if texts.iter().any(|text| text.contains(',') || text.trim().is_empty()) {
        return Err(Error::invalid("an item of a list must be neither blank nor hold a comma"));
    }
    Ok(texts.join(","))
}

/// Valid JSON without the spaces between its tokens.
fn compact(token: &str) -> String {
    let (mut out, mut in_string, mut is_escaped) = (String::with_capacity(token.len()), false, false);
    for char in token.chars() {
        if in_string || !matches!(char, ' ' | '\t' | '\r' | '\n') {
            out.push(char);
        }
        in_string ^= char == '"' && !is_escaped;
        is_escaped = in_string && char == '\\' && !is_escaped;
    }
    out
}
