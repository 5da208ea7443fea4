//! From the platform's words to ours: the only place that knows both. Units are fixed here, field by field.

mod figures;
mod post;
mod token;

pub(super) use figures::{Measure, days};
pub(super) use post::{Item, Page, items, page, placed_image, placed_video, posted, upload_id};
pub(super) use token::{app_token, created, refreshed, renewed, share_id, ticket, user};

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::wire;
use crate::platform::DecodeError;
use crate::platform::lenient::{self, Field, text};

/// Ids are opaque text (1.5); pictures have the longest, of some 150 characters.
const ID_CAP: usize = 1_024;

/// A call was done: refusals were found before this is asked.
pub(super) fn done(_: &[u8]) -> Result<(), DecodeError> {
    Ok(())
}

/// What any call answers, as it came; the whole answer where it has no `data`.
pub(super) fn raw_data(body: &[u8]) -> Result<Box<RawValue>, DecodeError> {
    lenient::raw_json(wire::data(body).unwrap_or(body), "the answer")
}

/// The text of `data`.
fn data(body: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    text(wire::data(body).ok_or_else(|| DecodeError::new("data", "an object"))?)
}

/// An id. None is empty, and none holds blanks.
fn opaque(field: &Field<'_>) -> Result<Option<String>, DecodeError> {
    let id = field.text()?;
    let fits =
        |id: &String| id.len() <= ID_CAP && !id.chars().any(|char| char.is_whitespace() || char.is_control());
    match id {
        Some(id) if !fits(&id) => Err(field.wrong("an id")),
        id => Ok(id),
    }
}

/// An id that has to be there.
fn needed(field: &Field<'_>) -> Result<String, DecodeError> {
    opaque(field)?.ok_or_else(|| field.wrong("an id"))
}
