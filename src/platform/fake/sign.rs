//! The request's form and its "signature".

use crate::error::{Error, Result};
use crate::model::UtcMillis;
use crate::platform::ask::{self, Members, Name, check_depth};
use crate::platform::{CallParts, Credentials, Method, SignedRequest};
use crate::secret::Secret;

/// The request as it goes out.
pub(super) fn request(
    parts: &CallParts,
    credentials: &Credentials,
    token: Option<&Secret<String>>,
    now: UtcMillis,
) -> Result<SignedRequest> {
    checked(&parts.params)?;
    let api = method(&parts.api)?;
    let mut url = url::Url::parse(&credentials.api_base)
        .and_then(|base| base.join(api))
        .map_err(|_| Error::invalid("the endpoint or the method's name is not usable"))?;
    url.query_pairs_mut()
        .append_pair("app_key", &credentials.app_key)
        .append_pair("timestamp", &now.0.to_string())
        .append_pair("sign", &format!("{}.{}", now.0, credentials.app_secret.expose().len()));
    if let Some(token) = ask::token(parts, token)? {
        url.query_pairs_mut().append_pair("access_token", token.expose());
    }
    Ok(SignedRequest {
        method: Method::Post,
        url: Secret::new(url.into()),
        headers: vec![("content-type", "application/json".into())],
        body: parts.params.clone().into_bytes(),
    })
}

/// A method's name: words with dots between them.
pub(super) fn method(name: &str) -> Result<&str> {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if name.len() <= 100 && name.contains('.') && name.split('.').all(word) {
        return Ok(name);
    }
    Err(Error::invalid("the method's name must look like order.list"))
}

/// Parameters are a JSON object with each name once.
pub(super) fn checked(params: &str) -> Result<()> {
    check_depth(params)?;
    let Members(members) = serde_json::from_str(params)
        .map_err(|_| Error::invalid("params must be the text of a JSON object"))?;
    let mut names: Vec<&str> = members.iter().map(|(Name(name), _)| name.as_ref()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
        return Err(Error::invalid("params hold a name twice"));
    }
    Ok(())
}
