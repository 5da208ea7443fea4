//! Parameters and results of raw calls: JS values to JSON text and back, without losing a digit.

use napi::Env;
use napi::bindgen_prelude::{Function, JsObjectValue, Object, Unknown};
use serde_json::{Map, Number, Value};

use super::checked::{Tree, join, refuse};
use super::fields::{MAX_SAFE, expected, whole};
use crate::error::Result;

/// The JSON object text of `params`: an object, or JSON text that the core checks.
pub(super) fn to_json(path: &str, params: Tree) -> Result<String> {
    match params {
        Tree::Undefined => Ok("{}".to_owned()),
        Tree::Text(mut text) => Ok(std::mem::take(&mut *text)),
        Tree::Map(_) => Ok(value(path, params)?.to_string()),
        other => Err(expected(path, "an object or JSON text", &other)),
    }
}

fn value(path: &str, tree: Tree) -> Result<Value> {
    Ok(match tree {
        Tree::Null => Value::Null,
        Tree::Bool(flag) => Value::Bool(flag),
        Tree::Number(number) => Value::Number(exact(path, number)?),
        Tree::Text(mut text) => Value::String(std::mem::take(&mut *text)),
        Tree::List(items) => {
            let item = |(index, item)| value(&format!("{path}[{index}]"), item);
            Value::Array(items.into_iter().enumerate().map(item).collect::<Result<_>>()?)
        }
        Tree::Map(fields) => {
            let mut map = Map::new();
            for (key, field) in fields {
                // As JSON.stringify does: a field that is undefined is not there.
                if !matches!(field, Tree::Undefined) {
                    let field = value(&join(path, &key), field)?;
                    map.insert(key, field);
                }
            }
            Value::Object(map)
        }
        Tree::Undefined | Tree::Integer(_) | Tree::Bytes(_) | Tree::Foreign(_) => {
            return Err(refuse(path, &format!("cannot be sent as JSON: it is {}", tree.kind())));
        }
    })
}

fn exact(path: &str, number: f64) -> Result<Number> {
    if let Some(whole) = whole(number) {
        return Ok(whole.into());
    }
    let fraction = (number.fract() != 0.0).then(|| Number::from_f64(number)).flatten();
    fraction.ok_or_else(|| {
        refuse(path, "is not a number that JSON carries exactly; give large integers as strings, or params as JSON text")
    })
}

/// JSON text in which integers beyond ±(2^53 − 1), which JS cannot hold, are decimal strings. The rest is
/// unchanged.
pub(super) fn quote_large_integers(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (before, token) = rest.split_at(start);
        out.push_str(before);
        let end = if token.starts_with('"') { string_end(token) } else { number_end(token) };
        let (token, after) = token.split_at(end);
        if is_large_integer(token) {
            out.extend(["\"", token, "\""]);
        } else {
            out.push_str(token);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Where the string that starts `text` ends.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    let closing = text.bytes().enumerate().skip(1).find(|(_, byte)| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    closing.map_or(text.len(), |(index, _)| index + 1)
}

fn number_end(text: &str) -> usize {
    text.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(text.len())
}

fn is_large_integer(token: &str) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    let integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Sixteen digits are needed to pass 2^53; what does not parse is longer than any i64.
    integer && digits.len() >= 16 && digits.parse::<i64>().map_or(true, |number| number > MAX_SAFE)
}

/// The JS value of JSON text, made by the engine's own parser, which takes `__proto__` as plain data.
pub(super) fn parse(env: &Env, json: String) -> napi::Result<Unknown<'static>> {
    let namespace: Object<'static> = env.get_global()?.get_named_property("JSON")?;
    let parse: Function<'static, String, Unknown<'static>> = namespace.get_named_property("parse")?;
    parse.call(json)
}
