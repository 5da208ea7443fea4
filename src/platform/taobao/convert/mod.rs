//! From Taobao's words to ours: the only place that knows both. Units are fixed here, field by field.

mod decrypt;
mod market;
mod order;
mod product;
mod refund;
mod token;

pub(super) use decrypt::decrypted;
pub(super) use market::{coupons, item_activities, link_orders, materials, mjs_activities, password};
pub(super) use order::{carriers, trade_detail, trade_page};
pub(super) use product::{categories, item_detail, item_page, skus, sold_out_page, violation_page};
pub(super) use refund::{refund_detail, refund_page};
pub(super) use token::{seller, shop, token_result, token_set};

use serde_json::value::RawValue;

use super::wire;
use crate::platform::lenient::{self, Field, Members};
use crate::platform::{DecodeError, ListPage, Parsed};

/// A write was done: refusals inside answers that look good were found before (6).
pub(super) fn done(body: &[u8]) -> Result<(), DecodeError> {
    wire::members(body).map(drop)
}

/// A trade was shipped, which the answer must say.
pub(super) fn shipped(body: &[u8]) -> Result<(), DecodeError> {
    let shipping = Members::of(wire::object(body, "shipping")?);
    match shipping.and_then(|shipping| shipping.scalar("is_success")).as_deref() {
        Some("true") => Ok(()),
        _ => Err(DecodeError::new("shipping.is_success", "true, for a call that does one thing")),
    }
}

/// What stands below the root of any answer, as it came.
pub(super) fn raw_content(body: &[u8]) -> Result<Box<RawValue>, DecodeError> {
    lenient::raw_json(wire::content(body)?, "the answer")
}

/// A page of records. `total_results` is there because it was asked for (5.5).
fn page<T>(
    members: &Members<'_>,
    (outer, inner): (&str, &str),
    read: impl Fn(&[u8]) -> Parsed<T>,
) -> Result<ListPage<T>, DecodeError> {
    let total = members.scalar("total_results").and_then(|total| total.parse().ok());
    let records: Vec<_> = wire::list(members, outer, inner)?.into_iter().map(read).collect();
    if records.is_empty() && total.is_none() {
        return Err(DecodeError::new("total_results", "a number where there are no records"));
    }
    Ok(ListPage { records, total, next_cursor: None })
}

/// Fields that have no place in our records, where they are plain values.
fn extra(fields: &[Field<'_>]) -> Option<String> {
    let is_plain = |field: &&Field<'_>| field.token().is_some_and(|token| !token.starts_with(['{', '[']));
    let plain: Vec<_> = fields.iter().filter(is_plain).copied().collect();
    lenient::extra(&plain)
}
