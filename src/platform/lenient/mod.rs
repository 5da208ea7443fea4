//! Lenient reading: what platforms send differs from what they document, and one bad record must never
//! lose its page.
//!
//! A body is first split by its brackets alone ([`scan`]), so that a record with broken text cannot hide
//! its neighbours. Each record is then repaired where that is safe ([`repair`]), parsed on its own ([`strict`]
//! where that can, serde elsewhere), and its fields are read by the rule of each field ([`field`]). No value
//! passes through a float, and nothing here prints a value.

mod field;
mod repair;
mod run;
mod scan;
mod strict;

pub(crate) use field::Field;
use repair::unrepaired;
pub(crate) use repair::{DEPTH_CAP, body_text, depth, text};
pub(crate) use scan::{Members, items};
pub(crate) use strict::{is_canonical, members};

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::{BadRecord, DecodeError, Parsed};

/// Declares a record in the platform's own words: every field optional, its raw token kept for the rule
/// that reads it. `read` gives each field its name, so that errors can say where they are.
macro_rules! wire {
    ($(#[$meta:meta])* $name:ident { $($field:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Default, serde::Deserialize)]
        #[serde(default)]
        pub(super) struct $name<'a> {
            $(#[serde(borrow)] pub(super) $field: $crate::platform::lenient::Field<'a>,)+
        }

        impl<'a> $name<'a> {
            /// Reads it from the text of a JSON object.
            pub(super) fn read(text: &'a str) -> Result<Self, $crate::platform::DecodeError> {
                match <Self as $crate::platform::lenient::Wire>::plain(text) {
                    Some(record) => Ok(record),
                    None => $crate::platform::lenient::object(text).map(Self::named),
                }
            }

            fn named(mut self) -> Self {
                $(self.$field.rename(const { $crate::platform::lenient::written(stringify!($field)) });)+
                self
            }
        }

        impl $crate::platform::lenient::Wire for $name<'_> {
            type Read<'a> = $name<'a>;

            fn plain(text: &str) -> Option<$name<'_>> {
                let mut record = $name::default();
                $crate::platform::lenient::members(text, |name, token| {
                    match $crate::platform::lenient::identifier(name) {
                        $(stringify!($field) => record.$field.fill(stringify!($field), token),)+
                        _ => Some(()),
                    }
                })?;
                Some(record.named())
            }

            fn read(text: &str) -> Result<$name<'_>, $crate::platform::DecodeError> {
                $name::read(text)
            }
        }
    };
}

pub(crate) use wire;

/// How a field's name is written in Rust, where the two differ.
pub(crate) fn identifier(name: &str) -> &str {
    match name {
        "type" => "r#type",
        "return" => "r#return",
        _ => name,
    }
}

/// What [`identifier`] was made of: `r#type` is the field `type`. Worked out when compiled: each field of each record asks.
pub(crate) const fn written(identifier: &'static str) -> &'static str {
    match identifier.as_bytes() {
        [b'r', b'#', name @ ..] => match std::str::from_utf8(name) {
            Ok(name) => name,
            Err(_) => identifier,
        },
        _ => identifier,
    }
}

/// Parses the text of an object. The error names the kind of fault, never the value.
pub(crate) fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(text).map_err(|error| {
        let expected = match error.classify() {
            Category::Data => "an object with each field once",
            _ => "valid JSON",
        };
        DecodeError::new("the record", expected)
    })
}

/// JSON of a body, as it came, for callers who read it themselves. `path` is where it stands.
pub(crate) fn raw_json(value: &[u8], path: &str) -> Result<Box<RawValue>, DecodeError> {
    let text = body_text(value)?;
    RawValue::from_string(text.into_owned()).map_err(|_| DecodeError::new(path, "valid JSON"))
}

/// Fields that have no place in our records, as the text of a JSON object in the order of their names, so that the
/// same fields always give the same text.
pub(crate) fn extra(fields: &[Field<'_>]) -> Option<String> {
    let mut given: Vec<_> = fields.iter().filter_map(|field| Some((field.name(), field.token()?))).collect();
    given.sort_unstable();
    let members: Vec<_> = given.iter().map(|(name, token)| format!("\"{name}\":{token}")).collect();
    (!members.is_empty()).then(|| format!("{{{}}}", members.join(",")))
}

/// A record in a platform's own words, made by `wire!`.
pub(crate) trait Wire {
    /// What reading a text gives.
    type Read<'a>;
    /// Reads it when one look tells that the text is valid and needs no repair, all that is inside it too.
    fn plain(text: &str) -> Option<Self::Read<'_>>;
    /// Reads any text.
    fn read(text: &str) -> Result<Self::Read<'_>, DecodeError>;
}

/// Reads one record, or keeps it aside with its bytes and, when that much can be found, its id.
pub(crate) fn record<W: Wire, T>(
    raw: &[u8],
    id_key: &str,
    convert: impl Fn(&W::Read<'_>) -> Result<T, DecodeError>,
) -> Parsed<T> {
    let plain = || convert(&W::plain(unrepaired(raw).ok()?)?).ok();
    if let Some(value) = plain() {
        return Ok(value);
    }
    let repaired = |text: Cow<'_, str>| convert(&W::read(&text)?);
    text(raw).and_then(repaired).map_err(|error| BadRecord {
        platform_id: Members::of(raw).and_then(|members| members.scalar(id_key)),
        raw: raw.to_vec(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests;
