//! Makes one value's bytes into text that a strict parser takes, where that loses nothing a person
//! would miss.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

use super::run::plain;
use super::strict::is_plain;
use crate::platform::DecodeError;

/// How deep a value may nest.
pub(crate) const DEPTH_CAP: usize = 128;

/// How long one record may be. The longest in the wild carry a description of some 100 KB.
const RECORD_CAP: usize = 1024 * 1024;

/// The value as text: UTF-8, not too long, not too deep. Raw control characters inside strings become
/// escapes, and halves of surrogate pairs become U+FFFD; both are refused by strict parsers and sent by
/// platforms that cut text in the middle of an emoji.
pub(crate) fn text(value: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    unrepaired(value).and_then(text_of)
}

/// A record's bytes as text that may be too deep and need repair.
pub(super) fn unrepaired(value: &[u8]) -> Result<&str, DecodeError> {
    if value.len() > RECORD_CAP {
        return Err(DecodeError::new("the record", "at most 1 MiB"));
    }
    std::str::from_utf8(value).map_err(|_| no_text())
}

/// Like [`text`] for a whole answer, whose length the transport has capped.
pub(crate) fn body_text(value: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    std::str::from_utf8(value).map_err(|_| no_text()).and_then(text_of)
}

fn no_text() -> DecodeError {
    DecodeError::new("the record", "UTF-8")
}

fn text_of(text: &str) -> Result<Cow<'_, str>, DecodeError> {
    if is_plain(text) {
        return Ok(Cow::Borrowed(text));
    }
    let look = look_at(text.as_bytes());
    if look.depth > DEPTH_CAP {
        return Err(DecodeError::new("the record", "at most 128 levels"));
    }
    Ok(if look.needs_repair { Cow::Owned(repaired(text)) } else { Cow::Borrowed(text) })
}

/// How deep brackets nest outside strings.
pub(crate) fn depth(value: &[u8]) -> usize {
    look_at(value).depth
}

/// What one look at a value finds.
#[derive(Default)]
struct Look {
    depth: usize,
    /// A control character or what may be half a surrogate pair. White space between values counts too:
    /// copying it is cheaper than telling it apart.
    needs_repair: bool,
}

fn look_at(value: &[u8]) -> Look {
    let mut look = Look::default();
    let (mut open, mut in_string, mut at) = (0usize, false, 0usize);
    let rest = |at: usize| value.get(at..).unwrap_or_default();
    while let [byte, ahead @ ..] = rest(at) {
        at += 1;
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                look.needs_repair |= matches!(ahead, [b'u', b'd' | b'D', ..]);
                at += 1;
            }
            b'{' | b'[' if !in_string => {
                open += 1;
                look.depth = look.depth.max(open);
            }
            b'}' | b']' if !in_string => open = open.saturating_sub(1),
            0..0x20 => look.needs_repair = true,
            _ => {}
        }
        if in_string {
            at += plain(rest(at));
        }
    }
    look
}

pub(super) fn repaired(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut in_string = false;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' if in_string => copy_escape(&mut chars, &mut out),
            '"' => {
                in_string = !in_string;
                out.push(char);
            }
            control if in_string && control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out
}

/// Copies one escape; the backslash is already taken.
fn copy_escape(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    let Some(kind) = chars.next() else {
        out.push('\\');
        return;
    };
    if kind != 'u' {
        out.push('\\');
        out.push(kind);
        return;
    }
    let first = hex_digits(chars);
    match u16::from_str_radix(&first, 16).ok().filter(|_| first.len() == 4) {
        Some(0xD800..=0xDBFF) => copy_pair(&first, chars, out),
        Some(0xDC00..=0xDFFF) => out.push_str("\\ufffd"),
        _ => {
            out.push_str("\\u");
            out.push_str(&first);
        }
    }
}

/// Copies a surrogate pair when its second half follows.
fn copy_pair(first: &str, chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut ahead = chars.clone();
    let escape = ahead.next() == Some('\\') && ahead.next() == Some('u');
    let second = if escape { hex_digits(&mut ahead) } else { String::new() };
    if second.len() == 4 && matches!(u16::from_str_radix(&second, 16), Ok(0xDC00..=0xDFFF)) {
        out.push_str(&format!("\\u{first}\\u{second}"));
        *chars = ahead;
    } else {
        out.push_str("\\ufffd");
    }
}

fn hex_digits(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut digits = String::with_capacity(4);
    while digits.len() < 4
        && let Some(digit) = chars.next_if(char::is_ascii_hexdigit)
    {
        digits.push(digit);
    }
    digits
}
