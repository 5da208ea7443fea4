//! The signature of the message queue (17), which is pulled from JD Cloud. Pure.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::error::{Error, Result};
use crate::secret::Secret;

/// The header `signature` of a request to the queue: over its access key, its time and each parameter of its
/// query or body that has a value, by their names' order, not URL-encoded. The key pair is JD Cloud's, not
/// the app's. `date_time` is UTC, such as `2026-03-08T01:05:03Z`.
///
/// # Errors
/// None in practice: HMAC takes keys of every length.
pub fn queue_signature(
    access_key: &str,
    secret_key: &Secret<String>,
    date_time: &str,
    params: &BTreeMap<String, String>,
) -> Result<String> {
    let mut signed: BTreeMap<&str, &str> =
        params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    signed.insert("accessKey", access_key);
    signed.insert("dateTime", date_time);
    let pairs: Vec<String> = signed
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(secret_key.expose().as_bytes())
        .map_err(|_| Error::internal("HMAC takes keys of every length (RFC 2104)"))?;
    mac.update(pairs.join("&").as_bytes());
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}
