//! Reads what JS gives us, once, into an owned tree. Napi's own conversions are silent (−1 becomes
//! 4294967295, NaN becomes 0, a Date becomes `{}`), so none of them is used for arguments.
//!
//! Nothing here runs JS code except getters and Proxy traps of the caller's own value; when they throw,
//! the argument is refused. No message quotes a value: it may be a secret.

use napi::bindgen_prelude::{
    BigInt, BufferSlice, JsObjectValue, KeyCollectionMode, KeyConversion, KeyFilter, Object, Uint8Array,
    Unknown,
};
use napi::{Env, JsValue, ValueType};
use zeroize::Zeroizing;

use super::outcome::{cast, clear_exception};
use crate::error::{Error, Result};

/// Deeper nesting is refused; so are cycles, which have no end.
const MAX_DEPTH: usize = 32;
/// Size of all text of an argument, in UTF-16 units, with a few for each value.
pub(super) const OPTIONS_CAP: usize = 1 << 20;
/// The same for the parameters of a raw call.
pub(super) const PARAMS_CAP: usize = 16 << 20;
/// What a value without text counts for, so that a million of them are refused too.
const VALUE_COST: usize = 8;

/// A JS value, owned.
pub(super) enum Tree {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    /// A BigInt that fits 64 bits.
    Integer(i64),
    Text(Zeroizing<String>),
    Bytes(Zeroizing<Vec<u8>>),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
    /// A value we never take, and what it is.
    Foreign(&'static str),
}

impl Tree {
    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(number) if number.is_nan() => "NaN",
            Self::Number(_) => "a number",
            Self::Integer(_) => "a BigInt",
            Self::Text(_) => "a string",
            Self::Bytes(_) => "a Buffer",
            Self::List(_) => "an array",
            Self::Map(_) => "an object",
            Self::Foreign(kind) => kind,
        }
    }
}

/// Reads values under one size cap.
pub(super) struct Reader<'e> {
    env: &'e Env,
    cap: usize,
    left: usize,
}

impl<'e> Reader<'e> {
    /// A reader that takes `cap` units.
    pub(super) fn new(env: &'e Env, cap: usize) -> Self {
        Self { env, cap, left: cap }
    }

    /// Reads `value`, found at `path`, and all below it.
    pub(super) fn tree(&mut self, path: &str, value: &Unknown<'_>, depth: usize) -> Result<Tree> {
        self.spend(path, VALUE_COST)?;
        Ok(match self.ask(path, value.get_type())? {
            ValueType::Undefined => Tree::Undefined,
            ValueType::Null => Tree::Null,
            ValueType::Boolean => Tree::Bool(self.ask(path, cast(value))?),
            ValueType::Number => Tree::Number(self.ask(path, cast(value))?),
            ValueType::String => Tree::Text(self.text(path, value)?),
            ValueType::Object => self.object(path, value, depth)?,
            ValueType::Function => Tree::Foreign("a function"),
            ValueType::Symbol => Tree::Foreign("a symbol"),
            ValueType::BigInt => match self.ask(path, cast::<BigInt>(value))?.get_i64() {
                (number, true) => Tree::Integer(number),
                _ => Tree::Foreign("a BigInt of more than 64 bits"),
            },
            ValueType::External | ValueType::Unknown => Tree::Foreign("a native value"),
        })
    }

    /// The own, enumerable, string-named properties of a plain object, as handles.
    pub(super) fn entries<'v>(
        &mut self,
        path: &str,
        object: &Object<'v>,
    ) -> Result<Vec<(String, Unknown<'v>)>> {
        let names = object.get_all_property_names(
            KeyCollectionMode::OwnOnly,
            KeyFilter::Enumerable,
            KeyConversion::NumbersToStrings,
        );
        let names = self.ask(path, names)?;
        let count = self.ask(path, names.get_array_length())?;
        self.spend(path, VALUE_COST.saturating_mul(count as usize))?;
        let mut entries = Vec::with_capacity(count as usize);
        for index in 0..count {
            let name: Unknown<'_> = self.ask(path, names.get_element(index))?;
            if self.ask(path, name.get_type())? != ValueType::String {
                return Err(refuse(path, "must not have symbols as keys"));
            }
            let key = self.text(path, &name)?.to_string();
            let value = object.get_property::<_, Unknown<'v>>(name);
            let value = self.ask(&join(path, &key), value)?;
            entries.push((key, value));
        }
        Ok(entries)
    }

    /// Whether it is an object literal, of any realm: its prototype is nothing, or has none itself.
    pub(super) fn is_plain(&mut self, path: &str, object: &Object<'_>) -> Result<bool> {
        let prototype = self.ask(path, object.get_prototype())?;
        if self.ask(path, prototype.get_type())? != ValueType::Object {
            return Ok(true);
        }
        let parent: Object<'_> = self.ask(path, cast(&prototype))?;
        let above = self.ask(path, parent.get_prototype())?;
        Ok(self.ask(path, above.get_type())? == ValueType::Null)
    }

    fn object(&mut self, path: &str, value: &Unknown<'_>, depth: usize) -> Result<Tree> {
        if let Some(tree) = self.exotic(path, value, depth)? {
            return Ok(tree);
        }
        let object: Object<'_> = self.ask(path, cast(value))?;
        if !self.is_plain(path, &object)? {
            return Ok(Tree::Foreign("an instance of a class"));
        }
        let depth = deeper(path, depth)?;
        let mut fields = Vec::new();
        for (key, value) in self.entries(path, &object)? {
            let tree = self.tree(&join(path, &key), &value, depth)?;
            fields.push((key, tree));
        }
        Ok(Tree::Map(fields))
    }

    /// Everything of type `object` that is not an object literal.
    fn exotic(&mut self, path: &str, value: &Unknown<'_>, depth: usize) -> Result<Option<Tree>> {
        if self.ask(path, value.is_array())? {
            return self.list(path, value, depth).map(Some);
        }
        if self.ask(path, value.is_typedarray())? {
            return self.bytes(path, value).map(Some);
        }
        let kinds = [
            (value.is_date(), "a Date"),
            (value.is_promise(), "a Promise (is an await missing?)"),
            (value.is_error(), "an Error"),
            (value.is_arraybuffer(), "an ArrayBuffer"),
            (value.is_dataview(), "a DataView"),
        ];
        for (is, kind) in kinds {
            if self.ask(path, is)? {
                return Ok(Some(Tree::Foreign(kind)));
            }
        }
        Ok(None)
    }

    fn list(&mut self, path: &str, value: &Unknown<'_>, depth: usize) -> Result<Tree> {
        let list: Object<'_> = self.ask(path, cast(value))?;
        let length = self.ask(path, list.get_array_length())?;
        // Before the loop: a sparse array of four billion holes costs its maker nothing.
        if (length as usize).saturating_mul(VALUE_COST) > self.left {
            return Err(self.too_large(path));
        }
        let depth = deeper(path, depth)?;
        let mut items = Vec::with_capacity(length as usize);
        for index in 0..length {
            let item: Unknown<'_> = self.ask(path, list.get_element(index))?;
            items.push(self.tree(&format!("{path}[{index}]"), &item, depth)?);
        }
        Ok(Tree::List(items))
    }

    fn bytes(&mut self, path: &str, value: &Unknown<'_>) -> Result<Tree> {
        // A Buffer is a Uint8Array; other typed arrays are refused by the cast.
        let Ok(array) = cast::<Uint8Array>(value) else {
            clear_exception(self.env);
            return Ok(Tree::Foreign("a typed array of another kind than Buffer"));
        };
        self.spend(path, array.len())?;
        Ok(Tree::Bytes(Zeroizing::new(array.to_vec())))
    }

    fn text(&mut self, path: &str, value: &Unknown<'_>) -> Result<Zeroizing<String>> {
        let text = self.ask(path, value.coerce_to_string())?;
        // Its length first: a string over the cap is not even copied.
        let length = self.ask(path, text.utf16_len())?;
        self.spend(path, length)?;
        let units = self.ask(path, text.into_utf16())?;
        // Napi's buffer ends with a zero of its own, so the length decides.
        let units = units.as_slice().iter().copied().take(length);
        let decoded = char::decode_utf16(units).collect::<Result<String, _>>();
        decoded.map(Zeroizing::new).map_err(|_| {
            refuse(path, "holds half of a surrogate pair; such text cannot be stored or sent unchanged")
        })
    }

    fn spend(&mut self, path: &str, units: usize) -> Result<()> {
        self.left = self.left.checked_sub(units).ok_or_else(|| self.too_large(path))?;
        Ok(())
    }

    fn too_large(&self, path: &str) -> Error {
        refuse(path, &format!("makes the argument larger than {} MiB", self.cap >> 20))
    }

    /// The result of asking Node about the value. It fails when a getter or a Proxy trap throws.
    pub(super) fn ask<T>(&self, path: &str, answer: napi::Result<T>) -> Result<T> {
        answer.map_err(|_| {
            clear_exception(self.env);
            refuse(path, "could not be read: a getter or a Proxy threw")
        })
    }
}

/// Overwrites every Buffer in `value`, an option we have copied: a Buffer, or an object or array of them.
pub(super) fn wipe(env: &Env, value: &Unknown<'_>) -> Result<()> {
    let mut reader = Reader::new(env, OPTIONS_CAP);
    let path = "wipeKey";
    if reader.ask(path, value.is_buffer())? {
        let mut buffer: BufferSlice<'_> = reader.ask(path, cast(value))?;
        zeroize::Zeroize::zeroize(&mut *buffer);
    } else if reader.ask(path, value.get_type())? == ValueType::Object {
        let object: Object<'_> = reader.ask(path, cast(value))?;
        for (_, inner) in reader.entries(path, &object)? {
            wipe(env, &inner)?;
        }
    }
    Ok(())
}

/// An argument that cannot be used. `path` is empty for the argument itself.
pub(super) fn refuse(path: &str, why: &str) -> Error {
    let what = if path.is_empty() { "the argument".to_owned() } else { format!("`{path}`") };
    Error::invalid(format!("{what} {why}"))
}

/// The path of `key` below `path`. Keys are the caller's own words; long ones are cut.
pub(super) fn join(path: &str, key: &str) -> String {
    let key: String = key.chars().take(64).collect();
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

fn deeper(path: &str, depth: usize) -> Result<usize> {
    if depth >= MAX_DEPTH {
        let top = path.split(['.', '[']).next().unwrap_or_default();
        return Err(refuse(top, "is nested deeper than 32 levels, or contains itself"));
    }
    Ok(depth + 1)
}
