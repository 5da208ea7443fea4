//! Lenient reading: what platforms send differs from what they document, and one bad record must never
//! lose its page.
//!
//! A body is first split by its brackets alone ([`scan`]), so that a record with broken text cannot hide
//! its neighbours. Each record is then repaired where that is safe ([`repair`]), parsed on its own, and its
//! fields are read by the rule of each field ([`field`]). No value passes through a float, and nothing
//! here prints a value.

mod field;
mod repair;
mod run;
mod scan;

pub(crate) use field::Field;
pub(crate) use repair::{DEPTH_CAP, body_text, depth, text};
pub(crate) use scan::{Members, items};

use serde::Deserialize;
use serde_json::error::Category;

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
                let mut record: Self = $crate::platform::lenient::object(text)?;
                // `r#type` is the field `type`.
                $(record.$field.rename(stringify!($field).trim_start_matches("r#"));)+
                Ok(record)
            }
        }
    };
}

pub(crate) use wire;

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

/// Reads one record, or keeps it aside with its bytes and, when that much can be found, its id.
pub(crate) fn record<T>(
    raw: &[u8],
    id_key: &str,
    read: impl Fn(&str) -> Result<T, DecodeError>,
) -> Parsed<T> {
    text(raw).and_then(|text| read(&text)).map_err(|error| BadRecord {
        platform_id: Members::of(raw).and_then(|members| members.scalar(id_key)),
        raw: raw.to_vec(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests;
