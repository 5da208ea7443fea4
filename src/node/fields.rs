//! Takes typed options out of what [`checked`](super::checked) read.

use std::ops::RangeInclusive;
use std::str::FromStr;

use napi::bindgen_prelude::{Object, Unknown};
use napi::{Env, JsValue, ValueType};
use zeroize::Zeroizing;

use super::checked::{OPTIONS_CAP, Reader, Tree, join, refuse};
use super::outcome::cast;
use crate::error::{Error, Result};
use crate::model::UtcMillis;

/// The largest integer that a JS number holds exactly, 2^53 − 1.
pub(super) const MAX_SAFE: i64 = (1 << 53) - 1;

/// The options of one call. Unknown names are refused: a typing error must not widen a list or a right.
pub(super) struct Fields<'v> {
    path: String,
    entries: Vec<Entry<'v>>,
}

struct Entry<'v> {
    name: String,
    tree: Tree,
    /// The JS value itself, for callbacks, signals and keys; absent below the top level.
    handle: Option<Unknown<'v>>,
}

impl<'v> Fields<'v> {
    /// Reads the options object of an export.
    pub(super) fn read(env: &Env, value: Unknown<'v>, known: &[&str]) -> Result<Self> {
        Self::read_capped(env, value, known, OPTIONS_CAP)
    }

    /// As [`read`](Self::read), where leaving the object out means no options.
    pub(super) fn read_optional(env: &Env, value: Unknown<'v>, known: &[&str]) -> Result<Self> {
        let reader = Reader::new(env, OPTIONS_CAP);
        if reader.ask("", value.get_type())? == ValueType::Undefined {
            return Ok(Self { path: String::new(), entries: Vec::new() });
        }
        Self::read(env, value, known)
    }

    /// As [`read`](Self::read), under another size cap.
    pub(super) fn read_capped(env: &Env, value: Unknown<'v>, known: &[&str], cap: usize) -> Result<Self> {
        let mut reader = Reader::new(env, cap);
        let object = plain_object(&mut reader, &value)?;
        let mut entries = Vec::new();
        for (name, handle) in reader.entries("", &object)? {
            check_name("", &name, known)?;
            let tree = reader.tree(&name, &handle, 1)?;
            let handle = (!matches!(tree, Tree::Undefined)).then_some(handle);
            entries.push(Entry { name, tree, handle });
        }
        Ok(Self { path: String::new(), entries })
    }

    /// The options nested under `name`.
    pub(super) fn nested(&mut self, name: &str, known: &[&str]) -> Result<Option<Fields<'static>>> {
        let path = self.path_of(name);
        let fields = match self.take(name) {
            Tree::Undefined => return Ok(None),
            Tree::Map(fields) => fields,
            other => return Err(expected(&path, "an object", &other)),
        };
        Fields::of(path, fields, known).map(Some)
    }

    fn of(path: String, fields: Vec<(String, Tree)>, known: &[&str]) -> Result<Fields<'static>> {
        let mut entries = Vec::new();
        for (name, tree) in fields {
            check_name(&path, &name, known)?;
            entries.push(Entry { name, tree, handle: None });
        }
        Ok(Fields { path, entries })
    }

    /// An array of objects of options; empty when it is left out.
    pub(super) fn nested_list(&mut self, name: &str, known: &[&str]) -> Result<Vec<Fields<'static>>> {
        let path = self.path_of(name);
        let items = match self.take(name) {
            Tree::Undefined => return Ok(Vec::new()),
            Tree::List(items) => items,
            other => return Err(expected(&path, "an array of objects", &other)),
        };
        let of = |(index, item)| match item {
            Tree::Map(fields) => Fields::of(format!("{path}[{index}]"), fields, known),
            other => Err(expected(&format!("{path}[{index}]"), "an object", &other)),
        };
        items.into_iter().enumerate().map(of).collect()
    }

    /// The JS value of a top-level option, unless it is left out.
    pub(super) fn handle(&self, name: &str) -> Option<&Unknown<'v>> {
        self.entries.iter().find(|entry| entry.name == name)?.handle.as_ref()
    }

    /// Whatever it is; `Undefined` when it is left out.
    pub(super) fn take(&mut self, name: &str) -> Tree {
        let entry = self.entries.iter_mut().find(|entry| entry.name == name);
        entry.map_or(Tree::Undefined, |entry| std::mem::replace(&mut entry.tree, Tree::Undefined))
    }

    /// The full name of an option, for messages.
    pub(super) fn path_of(&self, name: &str) -> String {
        join(&self.path, name)
    }

    /// Text.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>> {
        let path = self.path_of(name);
        text_of(&path, self.take(name))
    }

    /// Text that must be there and hold something.
    pub(super) fn required_text(&mut self, name: &str) -> Result<String> {
        let path = self.path_of(name);
        let text = required(&path, "a string", self.text(name)?)?;
        if text.is_empty() { Err(refuse(&path, "must not be empty")) } else { Ok(text) }
    }

    /// An array of strings; empty when it is left out.
    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>> {
        let path = self.path_of(name);
        match self.take(name) {
            Tree::Undefined => Ok(Vec::new()),
            Tree::List(items) => items
                .into_iter()
                .enumerate()
                .map(|(index, item)| required_tree(&format!("{path}[{index}]"), item))
                .collect(),
            other => Err(expected(&path, "an array of strings", &other)),
        }
    }

    /// An id of ours: a decimal string.
    pub(super) fn id<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let path = self.path_of(name);
        match self.take(name) {
            Tree::Undefined => Ok(None),
            tree => id_of(&path, &tree).map(Some),
        }
    }

    /// An id that must be there.
    pub(super) fn required_id<T: FromStr>(&mut self, name: &str) -> Result<T> {
        let path = self.path_of(name);
        required(&path, ID, self.id(name)?)
    }

    /// A whole number in a range.
    pub(super) fn integer(&mut self, name: &str, range: RangeInclusive<u32>) -> Result<Option<u32>> {
        let path = self.path_of(name);
        let wanted = || format!("a whole number from {} to {}", range.start(), range.end());
        match self.take(name) {
            Tree::Undefined => Ok(None),
            Tree::Number(number) => match whole(number).and_then(|n| u32::try_from(n).ok()) {
                Some(n) if range.contains(&n) => Ok(Some(n)),
                _ => Err(refuse(&path, &format!("must be {}", wanted()))),
            },
            other => Err(expected(&path, &wanted(), &other)),
        }
    }

    /// A whole number that JS holds exactly; its range is the hub's business.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<i64>> {
        const WANTED: &str = "a whole number within ±(2^53 − 1)";
        let path = self.path_of(name);
        match self.take(name) {
            Tree::Undefined => Ok(None),
            Tree::Number(number) => {
                whole(number).map(Some).ok_or_else(|| refuse(&path, &format!("must be {WANTED}")))
            }
            other => Err(expected(&path, WANTED, &other)),
        }
    }

    /// A whole number that must be there.
    pub(super) fn required_number(&mut self, name: &str) -> Result<i64> {
        let path = self.path_of(name);
        required(&path, "a whole number", self.number(name)?)
    }

    /// A boolean; `default` when it is left out.
    pub(super) fn flag(&mut self, name: &str, default: bool) -> Result<bool> {
        let path = self.path_of(name);
        match self.take(name) {
            Tree::Undefined => Ok(default),
            Tree::Bool(flag) => Ok(flag),
            other => Err(expected(&path, "true or false", &other)),
        }
    }

    /// A boolean that must be said.
    pub(super) fn required_flag(&mut self, name: &str) -> Result<bool> {
        let path = self.path_of(name);
        match self.take(name) {
            Tree::Bool(flag) => Ok(flag),
            other => Err(expected(&path, "true or false", &other)),
        }
    }

    /// One of a set of stable words.
    pub(super) fn word<T: FromStr<Err = Error>>(&mut self, name: &str) -> Result<Option<T>> {
        let path = self.path_of(name);
        let parse = |text: String| {
            text.parse().map_err(|error: Error| refuse(&path, &format!("is an {}", error.message())))
        };
        self.text(name)?.map(parse).transpose()
    }

    /// A word that must be there.
    pub(super) fn required_word<T: FromStr<Err = Error>>(&mut self, name: &str) -> Result<T> {
        let path = self.path_of(name);
        required(&path, "a string", self.word(name)?)
    }

    /// A point in time: ISO 8601 text with a zone.
    pub(super) fn time(&mut self, name: &str) -> Result<Option<UtcMillis>> {
        const WANTED: &str = "an ISO 8601 time with a zone, such as 2026-01-31T08:00:00+08:00";
        let path = self.path_of(name);
        match self.take(name) {
            Tree::Undefined => Ok(None),
            Tree::Text(text) => match text.parse::<jiff::Timestamp>() {
                Ok(time) => Ok(Some(UtcMillis(time.as_millisecond()))),
                Err(_) => Err(refuse(&path, &format!("must be {WANTED}"))),
            },
            Tree::Foreign("a Date") => {
                Err(refuse(&path, "must be a string, not a Date: pass date.toISOString()"))
            }
            other => Err(expected(&path, WANTED, &other)),
        }
    }

    /// The bytes of a Buffer.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let path = self.path_of(name);
        match self.take(name) {
            Tree::Undefined => Ok(None),
            tree => bytes_of(&path, tree).map(Some),
        }
    }

    /// An array of Buffers; empty when it is left out.
    pub(super) fn bytes_list(&mut self, name: &str) -> Result<Vec<Zeroizing<Vec<u8>>>> {
        let path = self.path_of(name);
        match self.take(name) {
            Tree::Undefined => Ok(Vec::new()),
            Tree::List(items) => {
                let item = |(index, item)| bytes_of(&format!("{path}[{index}]"), item);
                items.into_iter().enumerate().map(item).collect()
            }
            other => Err(expected(&path, "an array of Buffers", &other)),
        }
    }
}

const ID: &str = "an id: a decimal string as the API returned it";

/// An id given as the argument itself.
pub(super) fn id_argument<T: FromStr>(env: &Env, name: &str, value: &Unknown<'_>) -> Result<T> {
    id_of(name, &Reader::new(env, OPTIONS_CAP).tree(name, value, 1)?)
}

/// An id given as the argument itself, or `null` for none: what is left out was forgotten.
pub(super) fn id_or_null_argument<T: FromStr>(
    env: &Env,
    name: &str,
    value: &Unknown<'_>,
) -> Result<Option<T>> {
    match Reader::new(env, OPTIONS_CAP).tree(name, value, 1)? {
        Tree::Null => Ok(None),
        tree => id_of(name, &tree).map(Some),
    }
}

/// A text that is there.
pub(super) fn required<T>(path: &str, wanted: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| refuse(path, &format!("is missing: it must be {wanted}")))
}

/// The integer that a JS number is, when it is one and exact.
pub(super) fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is exact in an f64")]
    let safe = number.fract() == 0.0 && number.abs() <= MAX_SAFE as f64;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    safe.then_some(number as i64)
}

/// A refusal that names what was wanted and what came.
pub(super) fn expected(path: &str, wanted: &str, got: &Tree) -> Error {
    match got {
        Tree::Undefined => refuse(path, &format!("is missing: it must be {wanted}")),
        Tree::Null => refuse(path, &format!("must be {wanted}, not null; leave it out instead")),
        other => refuse(path, &format!("must be {wanted}, not {}", other.kind())),
    }
}

fn plain_object<'v>(reader: &mut Reader<'_>, value: &Unknown<'v>) -> Result<Object<'v>> {
    const WANTED: &str = "must be an object of options";
    if reader.ask("", value.get_type())? != ValueType::Object || reader.ask("", value.is_array())? {
        return Err(refuse("", WANTED));
    }
    let object = reader.ask("", cast(value))?;
    if reader.is_plain("", &object)? { Ok(object) } else { Err(refuse("", WANTED)) }
}

fn check_name(path: &str, name: &str, known: &[&str]) -> Result<()> {
    if known.contains(&name) {
        return Ok(());
    }
    let list = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(refuse(&join(path, name), &format!("is not an option here (known: {list})")))
}

fn text_of(path: &str, tree: Tree) -> Result<Option<String>> {
    match tree {
        Tree::Undefined => Ok(None),
        Tree::Text(mut text) => Ok(Some(std::mem::take(&mut *text))),
        other => Err(expected(path, "a string", &other)),
    }
}

fn required_tree(path: &str, tree: Tree) -> Result<String> {
    required(path, "a string", text_of(path, tree)?)
}

fn id_of<T: FromStr>(path: &str, tree: &Tree) -> Result<T> {
    let Tree::Text(text) = tree else { return Err(expected(path, ID, tree)) };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().ok_or_else(|| refuse(path, &format!("must be {ID}")))
}

fn bytes_of(path: &str, tree: Tree) -> Result<Zeroizing<Vec<u8>>> {
    match tree {
        Tree::Bytes(bytes) => Ok(bytes),
        other => Err(expected(path, "a Buffer", &other)),
    }
}
