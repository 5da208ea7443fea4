//! The address of the message channel (14.2). Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::platform::digest::Algorithm;
use crate::secret::Secret;

/// The path of the channel for a moment: its digest is the Base64 of the hex digits of an MD5, not of its
/// bytes. Made anew for each connection. It proves the secret, so that it is one.
pub fn channel_path(client_id: &str, client_secret: &Secret<String>, timestamp_ms: i64) -> Secret<String> {
    let moment = timestamp_ms.to_string();
    let secret = client_secret.expose().as_bytes();
    let hex = Algorithm::Md5.hex("", [client_id.as_bytes(), moment.as_bytes(), secret]);
    Secret::new(format!("/message/{client_id}/{moment}/{}", STANDARD.encode(hex)))
}
