//! What lists and values share on their way to JS.

use crate::error::{Error, Result};
use crate::model::{Fen, Page, PageRequest, UtcMillis};

use super::fields::{Fields, MAX_SAFE};

/// The most items that a page may hold.
const MAX_LIMIT: u32 = 500;

/// The options `limit` and `cursor`.
pub(super) fn request(fields: &mut Fields<'_>) -> Result<PageRequest> {
    Ok(PageRequest { limit: fields.integer("limit", 1..=MAX_LIMIT)?, cursor: fields.text("cursor")? })
}

/// A page of model values as a page of JS values.
pub(super) fn converted<M, J: TryFrom<M, Error = Error>>(page: Page<M>) -> Result<(Vec<J>, Option<String>)> {
    Ok((all(page.items)?, page.next_cursor))
}

/// A list of model values as a list of JS values.
pub(super) fn all<M, J: TryFrom<M, Error = Error>>(items: Vec<M>) -> Result<Vec<J>> {
    items.into_iter().map(J::try_from).collect()
}

/// An integer that JS can hold exactly. One that it cannot is an error, never a neighbour.
pub(super) fn safe(number: i64) -> Result<i64> {
    if number.unsigned_abs() <= MAX_SAFE.unsigned_abs() {
        return Ok(number);
    }
    Err(Error::internal("a number beyond 2^53 cannot be given to JavaScript exactly"))
}

/// As [`safe`], when there is one.
pub(super) fn safe_some(number: Option<i64>) -> Result<Option<i64>> {
    number.map(safe).transpose()
}

/// An amount in fen, when there is one.
pub(super) fn fen(amount: Option<Fen>) -> Result<Option<i64>> {
    safe_some(amount.map(|amount| amount.0))
}

/// A point in time as ISO text, when there is one.
pub(super) fn iso(time: Option<UtcMillis>) -> Option<String> {
    time.map(|time| time.to_string())
}
