//! Cursors of lists: where the next page starts, as text that is opaque to everyone else.

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::model::{Page, PageRequest};

/// Items of a page when the request does not say.
const DEFAULT_LIMIT: u32 = 50;
/// The most items of a page.
const MAX_LIMIT: u32 = 500;
/// Bytes of a cursor's check: enough to tell our own from typing errors and other lists'.
pub(crate) const CHECK: usize = 8;
/// A sort key and an id, eight bytes each.
const BODY: usize = 16;

/// The last row of a page: its sort key and its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) key: i64,
    pub(super) id: i64,
}

/// Reads the cursor of a request for `list`; absent for the first page.
pub(super) fn cursor_of(page: &PageRequest, list: &str) -> Result<Option<Cursor>> {
    let Some(text) = &page.cursor else { return Ok(None) };
    decode(text, list).map(Some).ok_or_else(|| {
        Error::invalid(
            "the cursor is not one this list returned; pass nextCursor unchanged, or none for the first page",
        )
    })
}

/// Reads the limit of a request.
pub(super) fn limit_of(page: &PageRequest) -> Result<u32> {
    limit_or(page, DEFAULT_LIMIT)
}

/// Reads the limit of a request, for lists with a default of their own.
pub(crate) fn limit_or(page: &PageRequest, default: u32) -> Result<u32> {
    let limit = page.limit.unwrap_or(default);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Error::invalid(format!("limit must be from 1 to {MAX_LIMIT}")));
    }
    Ok(limit)
}

/// How many rows to read for a page: one more than it shows, which tells whether another follows.
pub(super) fn rows_for(limit: u32) -> i64 {
    i64::from(limit) + 1
}

/// Makes a page of at most `limit` items from the rows that were read for it.
pub(super) fn page_of<T>(mut rows: Vec<T>, limit: u32, list: &str, key: impl Fn(&T) -> Cursor) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| encode(key(row), list));
    Page { items: rows, next_cursor }
}

fn encode(cursor: Cursor, list: &str) -> String {
    let mut bytes = Vec::with_capacity(BODY + CHECK);
    bytes.extend_from_slice(&cursor.key.to_be_bytes());
    bytes.extend_from_slice(&cursor.id.to_be_bytes());
    let check = check_of(&bytes, list);
    bytes.extend_from_slice(&check);
    hex::encode(bytes)
}

fn decode(text: &str, list: &str) -> Option<Cursor> {
    let bytes = hex::decode(text).ok()?;
    let (body, check) = bytes.split_at_checked(BODY)?;
    if check != check_of(body, list) || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let (key, id) = body.split_first_chunk::<8>()?;
    Some(Cursor { key: i64::from_be_bytes(*key), id: i64::from_be_bytes(id.try_into().ok()?) })
}

/// What tells a cursor of this list from typing errors and other lists'.
pub(crate) fn check_of(body: &[u8], list: &str) -> [u8; CHECK] {
    let digest = Sha256::new().chain_update(list.as_bytes()).chain_update([0]).chain_update(body).finalize();
    let mut check = [0; CHECK];
    check.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cursor: &str) -> PageRequest {
        PageRequest { limit: None, cursor: Some(cursor.to_owned()) }
    }

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        for cursor in
            [Cursor { key: i64::MIN, id: i64::MAX }, Cursor { key: 0, id: 1 }, Cursor { key: -5, id: 9 }]
        {
            assert_eq!(cursor_of(&request(&encode(cursor, "orders")), "orders").unwrap(), Some(cursor));
        }
    }

    #[test]
    fn a_cursor_of_another_list_or_a_changed_one_is_refused() {
        let good = encode(Cursor { key: 7, id: 8 }, "orders");
        assert!(cursor_of(&request(&good), "products").is_err());
        for at in 0..good.len() {
            let mut forged = good.clone().into_bytes();
            forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
            assert!(cursor_of(&request(std::str::from_utf8(&forged).unwrap()), "orders").is_err());
        }
        for text in
            ["", "0", "8", "x", "é", &good[2..], &format!("{good}00"), &good.to_uppercase(), &"00".repeat(24)]
        {
            let error = cursor_of(&request(text), "orders").unwrap_err();
            assert_eq!(error.code(), "INVALID_REQUEST");
        }
    }

    #[test]
    fn a_limit_is_from_1_to_500_and_50_when_absent() {
        let limit = |limit| limit_of(&PageRequest { limit, cursor: None });
        assert_eq!(limit(None).unwrap(), 50);
        assert_eq!(limit(Some(1)).unwrap(), 1);
        assert_eq!(limit(Some(500)).unwrap(), 500);
        for bad in [0, 501, u32::MAX] {
            assert_eq!(limit(Some(bad)).unwrap_err().code(), "INVALID_REQUEST");
        }
    }
}
