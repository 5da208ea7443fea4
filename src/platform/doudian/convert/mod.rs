//! From 抖店's words to ours: the only place that knows both. Units are fixed here, field by field.

mod order;
mod product;
mod refund;
mod token;

pub(super) use order::{companies, order_detail, order_page};
pub(super) use product::{categories, product_detail, product_page, skus, status};
pub(super) use refund::{refund_detail, refund_page};
pub(super) use token::token_set;

use serde_json::value::RawValue;

use super::{sign, wire};
use crate::platform::lenient::{self, Field, Members};
use crate::platform::{DecodeError, ListPage, Parsed};

/// A write was done. "A part failed" (10001) does not say which part, so it is no success here.
pub(super) fn done(body: &[u8]) -> Result<(), DecodeError> {
    let code = wire::Envelope::of(body).and_then(|envelope| envelope.code());
    match code.as_deref() {
        Some("10000") => Ok(()),
        _ => Err(DecodeError::new("code", "10000, for a call that does one thing")),
    }
}

/// The `data` of any answer, as it came.
pub(super) fn raw_data(body: &[u8]) -> Result<Box<RawValue>, DecodeError> {
    let envelope =
        wire::Envelope::of(body).ok_or_else(|| DecodeError::new("the answer", "an envelope with a code"))?;
    lenient::raw_json(envelope.data().unwrap_or(b"null"), "data")
}

/// A page: `name` holds its records. A list that is missing altogether is no page, unless the platform
/// at least counts its records.
fn page<T>(
    data: Members<'_>,
    name: &str,
    read: impl Fn(&[u8]) -> Parsed<T>,
) -> Result<ListPage<T>, DecodeError> {
    let total = data.scalar("total").and_then(|total| total.parse().ok());
    let cursor = data.scalar("cursor_id").filter(|cursor| cursor != "0");
    let is_there = data.get(name).is_some();
    let records = match data.array(name) {
        Some(records) if is_there => records,
        None if !is_there && total.is_some() => Vec::new(),
        _ => return Err(DecodeError::new(format!("data.{name}"), "an array of at most 10000 records")),
    };
    let next_cursor = cursor.filter(|_| !records.is_empty());
    Ok(ListPage { records: records.into_iter().map(read).collect(), total, next_cursor })
}

/// Fields that have no place in our records, as the text of a JSON object in canonical form, so that the
/// same fields always give the same text.
fn extra(fields: &[Field<'_>]) -> Option<String> {
    let mut given: Vec<(&str, &str)> =
        fields.iter().filter_map(|field| Some((field.name(), field.token()?))).collect();
    if given.is_empty() {
        return None;
    }
    given.sort_unstable();
    // What cannot be brought into the form (a key twice) is left out: it is not worth the record.
    sign::canonical_members(&given).ok()
}
