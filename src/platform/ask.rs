//! What adapters share when they put a call together.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::lenient::{DEPTH_CAP, depth};
use super::{CallParts, TokenUse};
use crate::error::{Error, Result};
use crate::model::UtcMillis;
use crate::secret::Secret;

/// Text that must be there, without the blanks around it.
pub(super) fn given<'a>(text: &'a str, what: &str) -> Result<&'a str> {
    let text = text.trim();
    if text.is_empty() { Err(Error::invalid(format!("{what} is missing"))) } else { Ok(text) }
}

/// An id that the platform wants as a number. It stays digits; no id passes through a float.
pub(super) fn number(text: &str, what: &str) -> Result<u64> {
    given(text, what)?.parse().map_err(|_| Error::invalid(format!("{what} must be a number")))
}

/// Records a page, as many as the platform takes.
pub(super) fn page_size(size: u32, most: u32) -> Result<u32> {
    if (1..=most).contains(&size) {
        return Ok(size);
    }
    Err(Error::invalid(format!("a page holds 1 to {most} records")))
}

/// Whole seconds around a window.
pub(super) fn seconds_around(from: UtcMillis, to: UtcMillis) -> Result<(i64, i64)> {
    if from > to || from.0 < 0 {
        return Err(Error::invalid("a window must start before it ends"));
    }
    Ok((from.secs(), to.secs() + i64::from(to.0.rem_euclid(1000) != 0)))
}

/// `yyyy-MM-dd HH:mm:ss` at +08:00, wherever this machine is.
pub(super) fn wall_clock(at: UtcMillis) -> Result<String> {
    let time = Timestamp::from_second(at.secs()).map_err(|_| Error::invalid("a time is out of range"))?;
    Ok(Offset::constant(8).to_datetime(time).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// The token that a call is to carry.
pub(super) fn token<'a>(
    parts: &CallParts,
    token: Option<&'a Secret<String>>,
) -> Result<Option<&'a Secret<String>>> {
    match parts.token {
        TokenUse::None => Ok(None),
        TokenUse::Shop | TokenUse::App => {
            token.map(Some).ok_or_else(|| Error::internal("a call that needs a token was signed without one"))
        }
    }
}

/// Which of our own functions makes this call, by a table of methods and functions.
pub(super) fn typed(methods: &[(&str, &'static str)], api: &str) -> Option<&'static str> {
    methods.iter().find(|(method, _)| method.eq_ignore_ascii_case(api.trim())).map(|(_, ours)| *ours)
}

/// Whether a method is in a list, whatever the case of its letters.
pub(super) fn is_one_of(methods: &[&str], api: &str) -> bool {
    methods.iter().any(|method| method.eq_ignore_ascii_case(api.trim()))
}

/// Refuses parameters that nest too deeply to be parsed safely.
pub(super) fn check_depth(params: &str) -> Result<()> {
    if depth(params.as_bytes()) > DEPTH_CAP {
        return Err(Error::invalid("parameters nest deeper than 128 levels"));
    }
    Ok(())
}

/// Parses a token out of parameters that were parsed as a whole before: nothing but half a surrogate pair is left
/// to go wrong.
pub(super) fn parsed<'a, T: Deserialize<'a>>(token: &'a str) -> Result<T> {
    serde_json::from_str(token)
        .map_err(|_| Error::invalid("parameters hold text that is not Unicode (half of a surrogate pair)"))
}

/// An object's members with decoded names, in the order they came, repeated ones too.
pub(super) struct Members<'a>(pub(super) Vec<(Name<'a>, &'a RawValue)>);

/// A member's name, copied only when it has escapes.
#[derive(PartialEq, Deserialize)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}
