//! Writes: sale status, price and stock (9.4), shipping (10).

use serde_json::{Value, json};

use super::convert;
use crate::error::{Error, Result};
use crate::model::{Fen, Wanted};
use crate::platform::ask::{given, number};
use crate::platform::{ApiCall, Shipment, StockChange, WriteClass};

/// Methods that our own functions call, and which.
pub(super) const TYPED: &[(&str, &str)] = &[
    ("pdd.goods.add", "products.publish"),
    ("pdd.goods.edit.goods.commit", "products.update"),
    ("pdd.goods.information.update", "products.update"),
    ("pdd.goods.quantity.update", "products.setStock"),
    ("pdd.goods.sale.status.set", "products.setOnline"),
    ("pdd.goods.sku.price.update", "products.setPrice"),
    ("pdd.goods.submit.goods.commit", "products.publish"),
    (super::video::CREATE, "promotions.draft"),
    ("pdd.logistics.online.send", "orders.ship"),
];

/// 9.4: setting repeats safely; a delta has no key and counts each time it arrives. 10: a first shipment is for
/// unshipped orders only, but nothing says what a second one is answered with. A product has no key either, and an
/// edit's quantities are deltas (9.2).
pub(super) const fn class(wanted: &Wanted) -> WriteClass {
    match wanted {
        Wanted::Online { .. } | Wanted::Price { .. } | Wanted::Stock { .. } => WriteClass::Repeat,
        Wanted::AddStock { .. } | Wanted::Post { .. } | Wanted::Campaign { .. } => WriteClass::AskPerson,
        Wanted::Publish { .. } | Wanted::Update { .. } | Wanted::Ship { .. } => WriteClass::LookOnly,
    }
}

pub(super) fn set_online(product: &str, online: bool) -> Result<ApiCall<()>> {
    let product = number(product, "the product's id")?;
    let params = json!({"goods_id": product, "is_onsale": i32::from(online)});
    Ok(write("pdd.goods.sale.status.set", &params))
}

/// The price of buying in a group, which is the SKU's price with us.
pub(super) fn set_price(product: &str, sku: &str, price: Fen) -> Result<ApiCall<()>> {
    if price.0 <= 0 {
        return Err(Error::invalid("a price is at least one fen"));
    }
    let (product, sku) = (number(product, "the product's id")?, number(sku, "the SKU's id")?);
    let params = json!({
        "goods_id": product,
        "sku_price_list": [{"sku_id": sku, "group_price": price.0}],
    });
    Ok(write("pdd.goods.sku.price.update", &params))
}

pub(super) fn set_stock(product: &str, sku: &str, change: StockChange<'_>) -> Result<ApiCall<()>> {
    let (product, sku) = (number(product, "the product's id")?, number(sku, "the SKU's id")?);
    let (quantity, update_type) = match change {
        StockChange::Set { stock, .. } if stock < 0 => {
            return Err(Error::invalid("stock is never set below zero"));
        }
        StockChange::Set { stock, .. } => (stock, 1),
        StockChange::Add { delta, .. } => (delta, 2),
    };
    let params =
        json!({"goods_id": product, "sku_id": sku, "quantity": quantity, "update_type": update_type});
    Ok(write("pdd.goods.quantity.update", &params))
}

pub(super) fn ship(shipment: &Shipment<'_>) -> Result<ApiCall<()>> {
    let params = json!({
        "order_sn": given(shipment.platform_order_id, "the order's number")?,
        "logistics_id": number(shipment.company_code, "the carrier's id")?,
        "tracking_number": given(shipment.tracking_no, "the tracking number")?,
        // A first shipment, never a correction of another one (10).
        "redelivery_type": 1,
    });
    Ok(write("pdd.logistics.online.send", &params))
}

fn write(api: &'static str, params: &Value) -> ApiCall<()> {
    ApiCall::shop_write(api, params, convert::done)
}
