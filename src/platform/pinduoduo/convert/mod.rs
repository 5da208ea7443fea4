//! From Pinduoduo's words to ours: the only place that knows both. Units are fixed here, field by field.

mod decrypt;
mod market;
mod order;
mod product;
mod refund;
mod token;

pub(super) use decrypt::decrypted;
pub(super) use market::{activity_page, goods_coupons, goods_page, link, link_order_page, shop_coupons};
pub(super) use order::{companies, order_changes, order_detail};
pub(super) use product::{categories, goods_list, goods_skus, product_detail};
pub(super) use refund::{refund_detail, refund_page};
pub(super) use token::{created, mall, refreshed};

use serde_json::value::RawValue;

use super::{fault, wire};
use crate::platform::lenient::{self, Members, items};
use crate::platform::{DecodeError, ListPage, Parsed};

/// A write was done: refusals were found before this is asked.
pub(super) fn done(_: &[u8]) -> Result<(), DecodeError> {
    Ok(())
}

/// The result of any method, as it came.
pub(super) fn raw_result(body: &[u8]) -> Result<Box<RawValue>, DecodeError> {
    let members = Members::of_body(body).ok_or_else(|| DecodeError::new("the answer", "an object"))?;
    let inner = members.get("response").or_else(|| fault::only_key(&members)).unwrap_or(body);
    lenient::raw_json(inner, "the answer")
}

/// A page of the result of `api`: `name` holds its records. No rows: the key may be missing where the count is
/// there.
fn page<T>(
    api: &str,
    name: &str,
    body: &[u8],
    read: impl Fn(&[u8]) -> Parsed<T>,
) -> Result<ListPage<T>, DecodeError> {
    let result = wire::object(api, body)?;
    let total = result.scalar("total_count").and_then(|total| total.parse().ok());
    let wrong = || DecodeError::new(name, "an array of at most 10000 records");
    let records = match result.get(name) {
        Some(list) => items(list).ok_or_else(wrong)?,
        None if total.is_some() || result.get("has_next").is_some() => Vec::new(),
        None => return Err(wrong()),
    };
    Ok(ListPage { records: records.into_iter().map(read).collect(), total, next_cursor: None })
}
