//! One field of a record, read by the rule that its platform's documents give it.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::run::plain;
use super::strict;
use crate::model::{Fen, UtcMillis};
use crate::platform::DecodeError;
use crate::secret::Secret;

/// The longest id any platform has shown, with room.
const ID_CAP: usize = 128;
/// Seconds since 1970 have ten digits until 2286; more are milliseconds in the wrong field.
const SECONDS_CAP: i64 = 10_000_000_000;

/// A field's raw token; nothing when the field is missing or null.
#[derive(Clone, Copy, Default)]
pub(crate) struct Field<'a> {
    name: &'static str,
    token: Option<&'a str>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let token: Option<&'a RawValue> = Option::deserialize(deserializer)?;
        Ok(Self { name: "", token: token.map(RawValue::get) })
    }
}

impl<'a> Field<'a> {
    /// A field from its token.
    pub(crate) fn new(name: &'static str, token: &'a str) -> Self {
        Self { name, token: Some(token).filter(|token| *token != "null") }
    }

    /// Gives it the name that errors show.
    pub(crate) fn rename(&mut self, name: &'static str) {
        self.name = name;
    }

    /// Takes in its token; `None` when it had one before.
    pub(crate) fn fill(&mut self, name: &'static str, token: &'a str) -> Option<()> {
        let is_first = self.name.is_empty();
        *self = Self::new(name, token);
        is_first.then_some(())
    }

    /// Its name.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Its token as it came.
    pub(crate) fn token(&self) -> Option<&'a str> {
        self.token
    }

    /// This field, or the other when this one is missing.
    pub(crate) fn or(self, other: Self) -> Self {
        if self.token.is_some() { self } else { other }
    }

    /// The error that this field is not what its rule asks for.
    pub(crate) fn wrong(&self, expected: &'static str) -> DecodeError {
        DecodeError::new(self.name, expected)
    }

    /// The decoded string or the verbatim number or word; `Err` for an object or array.
    fn scalar(&self) -> Result<Option<Cow<'a, str>>, DecodeError> {
        match self.token.map(|token| (token, token.as_bytes().first())) {
            None => Ok(None),
            Some((token, Some(b'"'))) => string(token).map(Some).ok_or_else(|| self.wrong("a string")),
            Some((_, Some(b'{' | b'['))) => Err(self.wrong("a string or a number")),
            Some((token, _)) => Ok(Some(Cow::Borrowed(token))),
        }
    }

    /// Text; empty text counts as missing. NUL is refused: databases and file names end there.
    pub(crate) fn text(&self) -> Result<Option<String>, DecodeError> {
        Ok(self.shown()?.map(Cow::into_owned))
    }

    /// [`text`](Self::text) where it stands, when it has no escapes.
    fn shown(&self) -> Result<Option<Cow<'a, str>>, DecodeError> {
        match self.scalar()? {
            Some(text) if text.contains('\0') => Err(self.wrong("text without NUL")),
            text => Ok(text.filter(|text| !text.is_empty())),
        }
    }

    /// An id as text, however long its number is. Empty and `0` mean none.
    pub(crate) fn id(&self) -> Result<Option<String>, DecodeError> {
        let is_string = self.token.is_some_and(|token| token.starts_with('"'));
        let Some(id) = self.shown()?.filter(|id| id != "0") else {
            return Ok(None);
        };
        let fits = if is_string {
            id.chars().all(|char| !char.is_whitespace() && !char.is_control())
        } else {
            id.bytes().all(|byte| byte.is_ascii_digit())
        };
        if fits && id.len() <= ID_CAP { Ok(Some(id.into_owned())) } else { Err(self.wrong("an id")) }
    }

    /// The merchant's own id of something; empty and `0` mean that none was given.
    pub(crate) fn outer(&self) -> Result<Option<String>, DecodeError> {
        Ok(self.text()?.filter(|text| text != "0"))
    }

    /// Text that nothing but its reader may see.
    pub(crate) fn secret(&self) -> Result<Option<Secret<String>>, DecodeError> {
        Ok(self.text()?.map(Secret::from))
    }

    /// A whole number, as a number or as text with plain digits. Empty text counts as missing.
    pub(crate) fn int(&self) -> Result<Option<i64>, DecodeError> {
        let Some(text) = self.scalar()?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        whole(&text).map(Some).ok_or_else(|| self.wrong("a whole number"))
    }

    /// An amount in fen. Anything but whole fen is refused, empty text too.
    pub(crate) fn fen(&self) -> Result<Option<Fen>, DecodeError> {
        let Some(text) = self.scalar()? else {
            return Ok(None);
        };
        whole(&text).map(|fen| Some(Fen(fen))).ok_or_else(|| self.wrong("whole fen"))
    }

    /// An amount in yuan with at most two decimals, as text or as a number, in fen: its digits are moved, no
    /// arithmetic is done. Anything else is refused, empty text too.
    pub(crate) fn yuan(&self) -> Result<Option<Fen>, DecodeError> {
        let Some(text) = self.scalar()? else {
            return Ok(None);
        };
        yuan(&text).map(|fen| Some(Fen(fen))).ok_or_else(|| self.wrong("yuan with at most two decimals"))
    }

    /// Milliseconds since 1970 UTC; 0 means none. Seconds are refused: the unit belongs to the field.
    pub(crate) fn millis(&self) -> Result<Option<UtcMillis>, DecodeError> {
        match self.int()? {
            None | Some(0) => Ok(None),
            Some(millis @ SECONDS_CAP..) => Ok(Some(UtcMillis(millis))),
            Some(_) => Err(self.wrong("milliseconds since 1970")),
        }
    }

    /// Yes or no, as a word, a number or text.
    pub(crate) fn flag(&self) -> Result<Option<bool>, DecodeError> {
        match self.scalar()?.as_deref() {
            None | Some("") => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(self.wrong("true or false")),
        }
    }

    /// Seconds since 1970 UTC; 0 means none. Milliseconds are refused: the unit belongs to the field.
    pub(crate) fn seconds(&self) -> Result<Option<UtcMillis>, DecodeError> {
        match self.int()? {
            None | Some(0) => Ok(None),
            Some(secs @ 1..SECONDS_CAP) => Ok(Some(UtcMillis::from_secs(secs))),
            Some(_) => Err(self.wrong("seconds since 1970")),
        }
    }

    /// Seconds since 1970, or `yyyy-mm-dd hh:mm:ss` at +08:00. Fixed: China's clocks went otherwise from
    /// 1986 to 1991, platforms' never did. Empty and all zeros mean none.
    pub(crate) fn time(&self) -> Result<Option<UtcMillis>, DecodeError> {
        let Some(text) = self.shown()? else {
            return Ok(None);
        };
        if whole(&text).is_some() {
            return self.seconds();
        }
        if text == "0000-00-00 00:00:00" {
            return Ok(None);
        }
        civil(&text).map(Some).ok_or_else(|| self.wrong("yyyy-mm-dd hh:mm:ss"))
    }

    /// The items of an array, as text; none when it is missing.
    pub(crate) fn items(&self) -> Result<Vec<&'a str>, DecodeError> {
        let Some(token) = self.token else {
            return Ok(Vec::new());
        };
        if let Some(items) = strict::items(token) {
            return Ok(items);
        }
        let items: Vec<&'a RawValue> = serde_json::from_str(token).map_err(|_| self.wrong("an array"))?;
        Ok(items.into_iter().map(RawValue::get).collect())
    }

    /// Reads each item; an error names the item's place.
    pub(crate) fn each<T>(
        &self,
        read: impl Fn(&'a str) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let items = self.items()?.into_iter().enumerate();
        items
            .map(|(place, item)| {
                read(item).map_err(|error| {
                    DecodeError::new(format!("{}[{place}].{}", self.name, error.path), error.expected)
                })
            })
            .collect()
    }

    /// Reads the object in this field; nothing when it is missing.
    pub(crate) fn inside<T>(
        &self,
        read: impl Fn(&'a str) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        self.token
            .map(read)
            .transpose()
            .map_err(|error| DecodeError::new(format!("{}.{}", self.name, error.path), error.expected))
    }
}

/// What a string's token says; `None` when it is no JSON. Without escapes it stands there as it is.
fn string(token: &str) -> Option<Cow<'_, str>> {
    let inner = token.strip_prefix('"').and_then(|token| token.strip_suffix('"'));
    match inner.filter(|inner| plain(inner.as_bytes()) == inner.len()) {
        Some(inner) => Some(Cow::Borrowed(inner)),
        None => serde_json::from_str(token).ok().map(Cow::Owned),
    }
}

/// Plain digits with at most a minus in front: no plus, space, leading zero, fraction or exponent.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let odd = (digits.len() > 1 && digits.starts_with('0')) || text == "-0";
    if plain && !odd { text.parse().ok() } else { None }
}

/// `12`, `12.3`, `12.30` and `-0.05`, and zeros behind that; no exponent, plus, space or comma.
fn yuan(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole_part, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let has_odd_zero = whole_part.len() > 1 && whole_part.starts_with('0');
    if !is_plain(whole_part) || !is_plain(decimals) || has_odd_zero {
        return None;
    }
    let (fen, rest) = decimals.split_at(decimals.len().min(2));
    if rest.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let fen: i64 = format!("{fen:0<2}").parse().ok()?;
    whole_part.parse::<i64>().ok()?.checked_mul(100)?.checked_add(fen)?.checked_mul(sign)
}

fn civil(text: &str) -> Option<UtcMillis> {
    let shape = text.len() == 19
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            10 => byte == b' ',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    let time: DateTime = if shape { text.parse().ok()? } else { return None };
    Offset::constant(8).to_timestamp(time).ok().map(|at| UtcMillis(at.as_millisecond()))
}
