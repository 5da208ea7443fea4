//! What Taobao sends, in its own words. Every field is optional and read by `convert`.

use std::str::from_utf8;

use super::sign::wrapper;
use crate::platform::DecodeError;
use crate::platform::lenient::{Field, Members, items, wire};

/// What a body is (3.2, 6).
pub(super) enum Answer<'a> {
    /// The members of an `error_response`.
    Refused(Members<'a>),
    /// The members below the root that belongs to the method.
    Content(Members<'a>),
}

impl<'a> Answer<'a> {
    /// `None` when the body is no answer to this method: cut, not JSON, or under another method's root.
    pub(super) fn of(api: &str, body: &'a [u8]) -> Option<Self> {
        let root = Members::of_body(body)?;
        if let Some(refusal) = root.get("error_response") {
            return Members::of(refusal).map(Self::Refused);
        }
        root.get(&wrapper(api)).and_then(Members::of).map(Self::Content)
    }
}

/// What stands below the root. The root's name was checked when the body was found to be an answer.
pub(super) fn content(body: &[u8]) -> Result<&[u8], DecodeError> {
    let root = Members::of_body(body).and_then(|root| root.only());
    root.ok_or_else(|| DecodeError::new("the answer", "an object with one member"))
}

/// The members below the root.
pub(super) fn members(body: &[u8]) -> Result<Members<'_>, DecodeError> {
    Members::of(content(body)?).ok_or_else(|| DecodeError::new("the answer", "an object in its only member"))
}

/// The object of this name below the root.
pub(super) fn object<'a>(body: &'a [u8], name: &str) -> Result<&'a [u8], DecodeError> {
    members(body)?.get(name).ok_or_else(|| DecodeError::new(name, "an object"))
}

/// A list and the name of its items, such as `trades` and `trade`. Without rows the list is absent, `null`, `{}`
/// or `[]` (3.3).
pub(super) fn list<'a>(
    members: &Members<'a>,
    outer: &str,
    inner: &str,
) -> Result<Vec<&'a [u8]>, DecodeError> {
    rows(members.get(outer), inner).ok_or_else(|| wrong_list(outer, inner))
}

/// [`list`] for a list inside a record.
pub(super) fn inner_list<'a>(field: Field<'a>, inner: &str) -> Result<Vec<&'a str>, DecodeError> {
    let wrong = || wrong_list(field.name(), inner);
    let found = rows(field.token().map(str::as_bytes), inner).ok_or_else(wrong)?;
    found.into_iter().map(|raw| from_utf8(raw).map_err(|_| wrong())).collect()
}

fn rows<'a>(value: Option<&'a [u8]>, inner: &str) -> Option<Vec<&'a [u8]>> {
    let Some(value) = value else { return Some(Vec::new()) };
    match Members::of(value) {
        Some(wrapped) => wrapped.get(inner).map_or_else(|| Some(Vec::new()), items),
        None => items(value),
    }
}

fn wrong_list(outer: &str, inner: &str) -> DecodeError {
    DecodeError::new(format!("{outer}.{inner}"), "an array of at most 10000 records")
}

wire! {
    /// A token set (2.3), the JSON inside `token_result`.
    Token {
        access_token, expires_in, refresh_token, re_expires_in, r1_expires_in, r2_expires_in, w1_expires_in,
        w2_expires_in, taobao_user_id, taobao_user_nick,
    }
}

wire! {
    /// A seller (5.1).
    User { user_id, nick, r#type }
}

wire! {
    /// A shop (5.1).
    ShopItem { title }
}

wire! {
    /// A trade of a list or of `trade.fullinfo.get` (5.6, 5.7).
    Trade {
        tid, tid_str, status, r#type, created, modified, pay_time, consign_time, end_time, timeout_action_time,
        payment, total_fee, discount_fee, post_fee, buyer_message, buyer_open_uid, buyer_open_id, seller_memo,
        seller_flag, step_trade_status, receiver_name, receiver_mobile, receiver_phone, receiver_state,
        receiver_city, receiver_district, receiver_town, receiver_address, oaid, orders,
    }
}

wire! {
    /// One line of a trade (5.6).
    OrderItem {
        oid, oid_str, num_iid, sku_id, outer_iid, outer_sku_id, title, price, num, payment, divide_order_fee,
        status, refund_status, logistics_company, invoice_no, consign_time,
    }
}

wire! {
    /// A product (5.2).
    Item {
        num_iid, title, r#type, cid, seller_cids, pic_url, num, price, outer_id, barcode, approve_status,
        violation, list_time, delist_time, created, modified, postage_id, product_id, desc, skus,
        item_imgs,
    }
}

wire! {
    /// A SKU of a product (5.2).
    Sku {
        sku_id, quantity, with_hold_quantity, price, properties, properties_name, outer_id, barcode, status,
    }
}

wire! {
    /// A picture of a product (5.2).
    Picture { url, position }
}

wire! {
    /// A picture of the shop's picture store (5.4).
    StoredPicture { picture_id, picture_path }
}

wire! {
    /// A category (5.1).
    ItemCat { cid, parent_cid, name, is_parent, status }
}

wire! {
    /// A refund (5.8).
    Refund {
        refund_id, tid, oid, status, order_status, good_status, has_good_return, refund_fee, total_fee, payment,
        reason, desc, refund_phase, refund_version, sid, company_name, dispute_type, created, modified,
    }
}

wire! {
    /// A carrier (5.8).
    Carrier { code, name }
}
