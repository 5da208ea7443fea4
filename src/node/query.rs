//! `hub.query`: parameters from JS, rows to JS.

use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use serde_json::{Map, Number, Value};

use super::checked::{OPTIONS_CAP, Reader, Tree, join, refuse};
use super::fields::{Fields, expected, whole};
use super::outcome::guarded;
use super::params::parse;
use super::runtime::promise_then;
use super::signal::{self, Listener};
use crate::error::{Error, Result};
use crate::hub::{Hub, QueryOptions};
use crate::model::{SqlParams, SqlRows, SqlValue};

const OPTIONS: [&str; 4] = ["timeoutMs", "maxRows", "maxBytes", "signal"];

/// The promise of the rows, which cross to JS as JSON: its parser is quicker than a call for each value.
pub(super) fn promise_of<'env>(
    env: &'env Env,
    hub: Hub,
    sql: &Unknown<'_>,
    params: &Unknown<'_>,
    options: Unknown<'_>,
) -> napi::Result<Object<'env>> {
    let (prepared, listener) = match guarded("hub.query", || read(env, sql, params, options)) {
        Ok((sql, params, options, listener)) => {
            (Ok(async move { json(hub.query(sql, params, options).await?) }), listener)
        }
        Err(error) => (Err(error), None),
    };
    promise_then(env, "hub.query", prepared, move |env, done| {
        if let Some(listener) = listener {
            listener.detach(env);
        }
        parse(env, done?)
    })
}

type Question = (String, SqlParams, QueryOptions, Option<Listener>);

fn read(env: &Env, sql: &Unknown<'_>, params: &Unknown<'_>, options: Unknown<'_>) -> Result<Question> {
    let mut reader = Reader::new(env, OPTIONS_CAP);
    let sql = match reader.tree("sql", sql, 0)? {
        Tree::Text(mut text) => std::mem::take(&mut *text),
        other => return Err(expected("sql", "a string", &other)),
    };
    let params = params_of(reader.tree("params", params, 0)?)?;
    let mut fields = Fields::read_optional(env, options, &OPTIONS)?;
    let mut options = QueryOptions::default();
    if let Some(millis) = fields.integer("timeoutMs", 1..=60_000)? {
        options.timeout = Duration::from_millis(u64::from(millis));
    }
    if let Some(rows) = fields.integer("maxRows", 1..=100_000)? {
        options.max_rows = rows as usize;
    }
    if let Some(bytes) = fields.integer("maxBytes", 1..=64 << 20)? {
        options.max_bytes = bytes as usize;
    }
    // Last, so that no listener is left on the signal when another option is wrong.
    let (cancel, listener) = signal::token(env, &fields)?;
    options.cancel = cancel;
    Ok((sql, params, options, listener))
}

fn params_of(tree: Tree) -> Result<SqlParams> {
    match tree {
        Tree::Undefined => Ok(SqlParams::default()),
        Tree::List(items) => {
            let item = |(index, item)| value_of(&format!("params[{index}]"), item);
            items.into_iter().enumerate().map(item).collect::<Result<_>>().map(SqlParams::Positional)
        }
        Tree::Map(fields) => {
            let field = |(name, value)| Ok((String::clone(&name), value_of(&join("params", &name), value)?));
            fields.into_iter().map(field).collect::<Result<_>>().map(SqlParams::Named)
        }
        other => Err(expected("params", "an array or an object", &other)),
    }
}

fn value_of(path: &str, tree: Tree) -> Result<SqlValue> {
    Ok(match tree {
        Tree::Null => SqlValue::Null,
        Tree::Bool(flag) => SqlValue::Integer(i64::from(flag)),
        Tree::Integer(number) => SqlValue::Integer(number),
        Tree::Number(number) => match whole(number) {
            Some(whole) => SqlValue::Integer(whole),
            None if number.is_finite() && number.fract() != 0.0 => SqlValue::Real(number),
            None => return Err(refuse(path, "is not exact: give large integers as BigInt")),
        },
        Tree::Text(mut text) => SqlValue::Text(std::mem::take(&mut *text)),
        other => {
            let wanted = "null, a boolean, a number, a BigInt or a string";
            return Err(expected(path, wanted, &other));
        }
    })
}

fn json(answer: SqlRows) -> Result<String> {
    let columns = answer.columns;
    let row = |values: Vec<SqlValue>| {
        let fields = columns.iter().cloned().zip(values.into_iter().map(to_json));
        Value::Object(fields.collect::<Map<_, _>>())
    };
    let rows = Value::Array(answer.rows.into_iter().map(row).collect());
    serde_json::to_string(&rows).map_err(|_| Error::internal("rows always have a JSON form"))
}

fn to_json(value: SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Integer(number) => Value::Number(number.into()),
        SqlValue::Real(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        SqlValue::Text(text) => Value::String(text),
    }
}
