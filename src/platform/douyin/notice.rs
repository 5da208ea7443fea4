//! What 抖音 sends to us (1.12): whether it is genuine, and what it says. Pure: the body's bytes as they came, before
//! any parser saw them.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::platform::digest::{same_hex, sha1_hex};
use crate::platform::lenient::{Field, body_text, wire};
use crate::platform::{DecodeError, Heard, Pushed};
use crate::secret::Secret;

wire! { Wire { event, client_key, from_user_id, to_user_id, content, log_id } }
wire! { Content { item_id, share_id, scopes, challenge } }

/// A notice of the platform. It may come twice and late: its header `Msg-Id` tells which one it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// The account that it is about: its `open_id`.
    pub account: Option<String>,
    /// What happened.
    pub event: Event,
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice").field("event", &self.event).finish_non_exhaustive()
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The platform asks whether somebody is there; the answer is [`answer`].
    Check {
        /// What it wants to hear again, as JSON: a number stays one.
        challenge: String,
    },
    /// A post was made, by us or with a link of ours.
    Posted {
        /// The post's id.
        item_id: String,
        /// The share's id, where it was made with a link.
        share_id: Option<String>,
    },
    /// The account authorised the app.
    Authorized {
        /// For these.
        scopes: Vec<String>,
    },
    /// The account took its authorisation back; its tokens are dead.
    Unauthorized {
        /// For these.
        scopes: Vec<String>,
    },
    /// Something that we do nothing about.
    Other {
        /// Its name.
        name: String,
    },
}

/// Whether a notice is from the platform: `signature` is the header `X-Douyin-Signature`. Its own sample drops line
/// breaks before it hashes, so a body that has some is tried without them too.
pub fn is_genuine(client_secret: &Secret<String>, signature: &str, body: &[u8]) -> bool {
    let is_signed = |body: &[u8]| same_hex(&sha1_hex([client_secret.expose().as_bytes(), body]), signature);
    if is_signed(body) {
        return true;
    }
    let joined: Vec<u8> = body.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    joined.len() != body.len() && is_signed(&joined)
}

/// What the platform has to be answered when it [asks](Event::Check) whether somebody is there.
pub fn answer(challenge: &str) -> String {
    format!("{{\"challenge\":{challenge}}}")
}

/// The app that a push names.
pub(super) fn app_key(body: &[u8]) -> Option<String> {
    let body = body_text(body).ok()?;
    Wire::read(&body).ok()?.client_key.text().ok()?
}

/// What a push says, once it is known to be the platform's.
pub(super) fn hear(client_secret: &Secret<String>, pushed: &Pushed<'_>) -> crate::error::Result<Heard> {
    let signature = pushed.header("x-douyin-signature").unwrap_or_default();
    if !is_genuine(client_secret, signature, pushed.body) {
        return Err(Error::new(ErrorKind::Forbidden, "the notice is not signed by the platform"));
    }
    let unreadable = |error: DecodeError| Error::new(ErrorKind::Decode, error.to_string());
    Ok(match read(pushed.body).map_err(unreadable)?.event {
        Event::Check { challenge } => Heard::Reply(answer(&challenge)),
        Event::Posted { item_id, share_id: Some(share_id) } => {
            Heard::Posted { platform_post_id: item_id, share_id }
        }
        _ => Heard::Other,
    })
}

/// Reads a notice that [is genuine](is_genuine).
///
/// # Errors
/// Where it cannot be read, naming the place.
pub fn read(body: &[u8]) -> Result<Notice, DecodeError> {
    let body = body_text(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))?;
    let wire = Wire::read(&body)?;
    let name = wire.event.text()?.ok_or_else(|| wire.event.wrong("an event's name"))?;
    let content = content(&wire.content)?;
    let content = Content::read(&content)?;
    // It is the account that authorised or posted; which of the two names it differs by event.
    let account = wire.from_user_id.text()?.or(wire.to_user_id.text()?);
    Ok(Notice { account, event: event(name, &content)? })
}

fn event(name: String, content: &Content<'_>) -> Result<Event, DecodeError> {
    Ok(match name.as_str() {
        "verify_webhook" => {
            let challenge = content.challenge.token().ok_or_else(|| content.challenge.wrong("a value"))?;
            Event::Check { challenge: challenge.to_owned() }
        }
        "create_video" => Event::Posted {
            item_id: content.item_id.text()?.ok_or_else(|| content.item_id.wrong("an id"))?,
            share_id: content.share_id.id()?,
        },
        "authorize" => Event::Authorized { scopes: scopes(&content.scopes)? },
        "unauthorize" => Event::Unauthorized { scopes: scopes(&content.scopes)? },
        _ => Event::Other { name },
    })
}

fn scopes(field: &Field<'_>) -> Result<Vec<String>, DecodeError> {
    let read = field.each(|token| Field::new("", token).text())?;
    Ok(read.into_iter().flatten().collect())
}

/// The content's object, which older events hold as text.
fn content(field: &Field<'_>) -> Result<String, DecodeError> {
    match field.token() {
        None => Ok("{}".to_owned()),
        Some(token) if token.starts_with('"') => Ok(field.text()?.unwrap_or_else(|| "{}".to_owned())),
        Some(token) => Ok(token.to_owned()),
    }
}
