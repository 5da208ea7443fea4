//! Answers in the fake's own words.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::platform::lenient::wire;

/// What every answer is wrapped in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope<'a> {
    pub(super) ok: bool,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) wait: Option<u64>,
    #[serde(borrow)]
    pub(super) data: Option<&'a RawValue>,
}

wire! {
    /// `token.create`, `token.refresh`, `token.renew`, `token.app`.
    Token { access_token, refresh_token, expires_in, refresh_expires_in, shop_id, shop_name }
}

wire! {
    /// An item of `order.list`.
    Order { id, status, created, updated, pay, lines }
}

wire! {
    /// A line of an order.
    Line { id, product, sku, count }
}

wire! {
    /// An item of `product.list`.
    Product { id, name, status, updated }
}

wire! {
    /// An item of `sku.list`.
    Sku { id, price, stock }
}
