//! Signing (5) and the request's form (4).

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::UtcMillis;
use crate::platform::ask::{self, Members, Name, check_depth};
use crate::platform::digest::Algorithm;
use crate::platform::multipart::multipart;
use crate::platform::{CallParts, Credentials, Method, SignedRequest};
use crate::secret::Secret;

/// Where every method but those with files is called (1).
const API_PATH: &str = "/api/router";
/// Where methods with files are called (1).
const UPLOAD_PATH: &str = "/api/upload";
const UPLOAD_BASE: &str = "https://gw-upload.pinduoduo.com";
/// Methods that go there without a file of their own (13).
const TO_UPLOADS: &[&str] = &[super::video::BEGIN, super::video::END];
/// Parameters that are ours to set (4).
const RESERVED: &[&str] =
    &["access_token", "client_id", "client_secret", "data_type", "sign", "timestamp", "type", "version"];

/// The signature over names and values in the order of their names, with the secret around them (5).
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
    let mut fields = texts(&parts.params)?;
    fields.insert("type".to_owned(), method(&parts.api)?.to_owned());
    fields.insert("client_id".to_owned(), credentials.app_key.clone());
    fields.insert("timestamp".to_owned(), now.secs().to_string());
    fields.insert("data_type".to_owned(), "JSON".to_owned());
    if let Some(token) = ask::token(parts, token)? {
        fields.insert("access_token".to_owned(), token.expose().clone());
    }
    let pairs = || fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let sign = signature(&credentials.app_secret, pairs());
    if parts.files.is_empty() && !TO_UPLOADS.contains(&parts.api.as_str()) {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs()).append_pair("sign", &sign);
        return Ok(SignedRequest {
            method: Method::Post,
            url: Secret::new(gateway(&credentials.api_base, API_PATH)),
            headers: vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8".into())],
            body: form.finish().into_bytes(),
        });
    }
    // Files are not signed (5).
    let sent: Vec<_> = pairs().chain([("sign", sign.as_str())]).collect();
    let form = multipart(&sent, &parts.files)?;
    Ok(SignedRequest {
        method: Method::Post,
        url: Secret::new(gateway(upload_base(credentials), UPLOAD_PATH)),
        headers: vec![("content-type", form.content_type.into())],
        body: form.body,
    })
}

/// People give the base or the whole address of a gateway.
fn gateway(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches(API_PATH).trim_end_matches(UPLOAD_PATH))
}

/// An app with an API address of its own sends its uploads there too, unless it names another: never to the
/// real platform by default.
fn upload_base(credentials: &Credentials) -> &str {
    match &credentials.upload_base {
        Some(base) => base,
        None if credentials.api_base == super::API_BASE => UPLOAD_BASE,
        None => &credentials.api_base,
    }
}

/// The name when it can be a method's: words of lower-case letters and digits with dots between.
pub(super) fn method(name: &str) -> Result<&str> {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if name.len() <= 100 && name.contains('.') && name.split('.').all(word) {
        return Ok(name);
    }
    Err(Error::invalid("the method's name must look like pdd.goods.list.get"))
}

/// The parameters as texts (5.2): strings decoded, other scalars as written, arrays and objects as their own
/// text. Nulls and empty strings are neither sent nor signed.
pub(super) fn texts(params: &str) -> Result<BTreeMap<String, String>> {
    check_depth(params)?;
    let Members(members) =
        serde_json::from_str(params).map_err(|_| Error::invalid("parameters must be a JSON object"))?;
    let mut fields = BTreeMap::new();
    for (Name(name), value) in members {
        if RESERVED.contains(&&*name) {
            return Err(Error::invalid(format!("`{name}` is set by the signature, not by parameters")));
        }
        let text = match value.get() {
            "null" => continue,
            token if token.starts_with('"') => serde_json::from_str(token)
                .map_err(|_| Error::invalid(format!("`{name}` holds half a surrogate pair")))?,
            token => token.to_owned(),
        };
        if text.is_empty() {
            continue;
        }
        if fields.insert(name.into_owned(), text).is_some() {
            return Err(Error::invalid("a parameter is given twice"));
        }
    }
    Ok(fields)
}
