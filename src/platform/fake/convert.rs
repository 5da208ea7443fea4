//! From the fake's words to ours. Money is fen, times are milliseconds.

use std::time::Duration;

use serde_json::value::RawValue;

use super::wire::{Envelope, Line, Order, Product, Sku, Token};
use crate::model::{
    BuyerField, OrderItem, OrderRecord, OrderStatus, ProductRecord, ProductStatus, Receiver, SkuRecord,
};
use crate::platform::lenient::{Field, Members, record, text};
use crate::platform::{
    AppToken, DecodeError, ListPage, Parsed, RemoteOrder, RemoteShop, RenewedToken, TokenSet,
};
use crate::secret::Secret;

/// Reads `data` as it came.
///
/// # Errors
/// When the envelope has none.
pub fn decode_data(body: &[u8]) -> Result<Box<RawValue>, DecodeError> {
    let envelope: Envelope<'_> =
        serde_json::from_slice(body).map_err(|_| DecodeError::new("$", "an envelope"))?;
    envelope.data.map(RawValue::to_owned).ok_or_else(|| DecodeError::new("data", "a value"))
}

/// A write was done: refusals were found before this is asked.
pub(super) fn done(_: &[u8]) -> Result<(), DecodeError> {
    Ok(())
}

pub(super) fn token_set(body: &[u8]) -> Result<TokenSet, DecodeError> {
    let data = decode_data(body)?;
    let text = text(data.get().as_bytes())?;
    let wire = Token::read(&text)?;
    Ok(TokenSet {
        access_token: token(wire.access_token)?,
        refresh_token: wire.refresh_token.secret()?,
        expires_in: life(wire.expires_in)?,
        refresh_expires_in: seconds(wire.refresh_expires_in)?,
        scope: None,
        tiers: Vec::new(),
        shop: RemoteShop {
            platform_shop_id: id(wire.shop_id)?,
            name: wire.shop_name.text()?.unwrap_or_default(),
            shop_type: None,
        },
    })
}

pub(super) fn renewed(body: &[u8]) -> Result<RenewedToken, DecodeError> {
    let data = decode_data(body)?;
    let text = text(data.get().as_bytes())?;
    let wire = Token::read(&text)?;
    Ok(RenewedToken { refresh_token: token(wire.refresh_token)?, expires_in: life(wire.refresh_expires_in)? })
}

pub(super) fn app_token(body: &[u8]) -> Result<AppToken, DecodeError> {
    let data = decode_data(body)?;
    let text = text(data.get().as_bytes())?;
    let wire = Token::read(&text)?;
    Ok(AppToken { token: token(wire.access_token)?, expires_in: life(wire.expires_in)? })
}

fn token(field: Field<'_>) -> Result<Secret<String>, DecodeError> {
    field.secret()?.ok_or_else(|| field.wrong("a token"))
}

fn life(field: Field<'_>) -> Result<Duration, DecodeError> {
    seconds(field)?.ok_or_else(|| field.wrong("seconds"))
}

fn seconds(field: Field<'_>) -> Result<Option<Duration>, DecodeError> {
    Ok(field.int()?.and_then(|life| u64::try_from(life).ok()).map(Duration::from_secs))
}

pub(super) fn orders(body: &[u8]) -> Result<ListPage<RemoteOrder>, DecodeError> {
    page(body, |raw| record::<Order<'_>, _>(raw, "id", order))
}

pub(super) fn products(body: &[u8]) -> Result<ListPage<ProductRecord>, DecodeError> {
    page(body, |raw| record::<Product<'_>, _>(raw, "id", product))
}

pub(super) fn skus(body: &[u8]) -> Result<Vec<Parsed<SkuRecord>>, DecodeError> {
    page(body, |raw| record::<Sku<'_>, _>(raw, "id", sku)).map(|page| page.records)
}

fn page<T>(body: &[u8], read: impl Fn(&[u8]) -> Parsed<T>) -> Result<ListPage<T>, DecodeError> {
    let data = Members::of_body(body).and_then(|members| members.object("data"));
    let data = data.ok_or_else(|| DecodeError::new("data", "an object"))?;
    let total = data.scalar("total").and_then(|total| total.parse().ok());
    let items = data.array("items").ok_or_else(|| DecodeError::new("items", "an array"))?;
    Ok(ListPage { records: items.into_iter().map(read).collect(), total, next_cursor: None })
}

fn id(field: Field<'_>) -> Result<String, DecodeError> {
    field.id()?.ok_or_else(|| field.wrong("an id"))
}

fn order(wire: &Order<'_>) -> Result<RemoteOrder, DecodeError> {
    let platform_status = wire.status.text()?.ok_or_else(|| wire.status.wrong("a status"))?;
    let status = match platform_status.as_str() {
        "paid" => OrderStatus::ToShip,
        "sent" => OrderStatus::Shipped,
        _ => OrderStatus::Unknown,
    };
    let nothing = || BuyerField { masked: None, cipher: None };
    let lines = wire.lines.each(|token| line(token, status, &platform_status))?;
    Ok(RemoteOrder::masked(OrderRecord {
        platform_order_id: id(wire.id)?,
        status,
        platform_status: platform_status.clone(),
        order_type: None,
        order_amount: None,
        pay_amount: wire.pay.fen()?,
        post_amount: None,
        promotion_amount: None,
        pay_type: None,
        buyer_words: None,
        seller_words: None,
        seller_stars: None,
        buyer_open_id: None,
        receiver: Receiver {
            name: nothing(),
            phone: nothing(),
            detail: nothing(),
            province: None,
            city: None,
            town: None,
            street: None,
        },
        packages: Vec::new(),
        items: lines,
        platform_created_at: wire.created.millis()?.ok_or_else(|| wire.created.wrong("a time"))?,
        platform_updated_at: wire.updated.millis()?.ok_or_else(|| wire.updated.wrong("a time"))?,
        paid_at: None,
        shipped_at: None,
        finished_at: None,
        ship_by: None,
        pay_by: None,
    }))
}

fn line(token: &str, status: OrderStatus, platform_status: &str) -> Result<OrderItem, DecodeError> {
    let wire = Line::read(token)?;
    Ok(OrderItem {
        platform_item_id: id(wire.id)?,
        platform_product_id: wire.product.id()?,
        platform_sku_id: wire.sku.id()?,
        outer_sku_id: None,
        code: None,
        name: None,
        quantity: wire.count.int()?.ok_or_else(|| wire.count.wrong("a number"))?,
        origin_price: None,
        sum_amount: None,
        pay_amount: None,
        status,
        platform_status: platform_status.to_owned(),
        after_sale_status: None,
        refund_status: None,
    })
}

fn product(wire: &Product<'_>) -> Result<ProductRecord, DecodeError> {
    let platform_status = wire.status.text()?.ok_or_else(|| wire.status.wrong("a status"))?;
    Ok(ProductRecord {
        platform_product_id: id(wire.id)?,
        name: wire.name.text()?.unwrap_or_default(),
        status: if platform_status == "on" { ProductStatus::OnSale } else { ProductStatus::Unknown },
        platform_status,
        outer_id: None,
        category_id: None,
        description: None,
        images: Vec::new(),
        platform_created_at: None,
        platform_updated_at: wire.updated.millis()?,
        extra: None,
    })
}

fn sku(wire: &Sku<'_>) -> Result<SkuRecord, DecodeError> {
    Ok(SkuRecord {
        platform_sku_id: id(wire.id)?,
        outer_id: None,
        code: None,
        price: wire.price.fen()?.ok_or_else(|| wire.price.wrong("fen"))?,
        stock: wire.stock.int()?.ok_or_else(|| wire.stock.wrong("a number"))?,
        specs: Vec::new(),
        extra: None,
    })
}
