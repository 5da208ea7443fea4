//! From JD's words to ours: the only place that knows both. Units are fixed here, field by field.

mod decrypt;
mod market;
mod order;
mod product;
mod refund;
mod token;

pub(super) use decrypt::{master_keys, sealed_receiver, voucher};
pub(super) use market::{
    begun, committed, coupons, goods, link, link_orders, promotions, rules_taken, skus_taken,
};
pub(super) use order::{companies, order_detail, order_page};
pub(super) use product::{
    Audit, ZONE, address, audited, categories, category, product_detail, skus, ware_page,
};
pub(super) use refund::{application_page, service_page};
pub(super) use token::{token_set, vender};

use serde_json::value::RawValue;

use crate::model::UtcMillis;
use crate::platform::lenient::{self, Field, Members, items};
use crate::platform::{DecodeError, ListPage, Parsed};

/// A write was done: refusals were found before this is asked.
pub(super) fn done(_: &[u8]) -> Result<(), DecodeError> {
    Ok(())
}

/// The answer of any method without its wrapper, as it came.
pub(super) fn raw_result(body: &[u8]) -> Result<Box<RawValue>, DecodeError> {
    let members = Members::of_body(body).ok_or_else(|| DecodeError::new("the answer", "an object"))?;
    let mut names = members.names();
    let only = names.next().filter(|_| names.next().is_none());
    let inner = only.and_then(|name| members.get(std::str::from_utf8(name).ok()?)).unwrap_or(body);
    lenient::raw_json(inner, "the answer")
}

/// A page: `rows` names the array in `holder`, `total` the count beside it. An array without rows may be
/// missing where there is a count.
fn page<T>(
    holder: &Members<'_>,
    (rows, total): (&'static str, &'static str),
    read: impl Fn(&[u8]) -> Parsed<T>,
) -> Result<ListPage<T>, DecodeError> {
    let total = holder.scalar(total).and_then(|total| total.parse().ok());
    let wrong = || DecodeError::new(rows, "an array of at most 10000 records");
    let records = match holder.get(rows) {
        Some(list) => items(list).ok_or_else(wrong)?,
        None if total.is_some() => Vec::new(),
        None => return Err(wrong()),
    };
    Ok(ListPage { records: records.into_iter().map(read).collect(), total, next_cursor: None })
}

/// A time as text at +08:00. Unset ones are the first moment of the years 1 or 1970 (10.3).
pub(super) fn moment(field: Field<'_>) -> Result<Option<UtcMillis>, DecodeError> {
    let is_unset = |text: &str| text.starts_with("0001-01-01") || text.starts_with("1970-01-01");
    if field.text()?.is_some_and(|text| is_unset(&text)) { Ok(None) } else { field.time() }
}
