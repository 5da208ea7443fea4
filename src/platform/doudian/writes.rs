//! Writes: listing and unlisting (2.10), price and stock (2.11), shipping (2.12).

use serde_json::{Value, json};

use super::convert;
use crate::error::{Error, Result};
use crate::model::{Fen, Wanted};
use crate::platform::ask::{given, number};
use crate::platform::{ApiCall, Shipment, StockChange, WriteClass};

/// What a second call with an `idempotent_id` is answered with (2.8).
const ID_EXISTED: &str = "isv.idempotent-id-existed";

/// Methods that our own functions call, and which.
pub(super) const TYPED: &[(&str, &str)] = &[
    ("order.logisticsAdd", "orders.ship"),
    ("product.addV2", "products.publish"),
    ("product.editV2", "products.update"),
    ("product.setOffline", "products.setOnline"),
    ("product.setOnline", "products.setOnline"),
    ("sku.editPrice", "products.setPrice"),
    ("sku.syncStock", "products.setStock"),
];

/// 2.11 and checklist 9: setting repeats safely, adding has an idempotency key, shipping has none and
/// nothing says that a second parcel for a shipped order is refused (2.12).
pub(super) const fn class(wanted: &Wanted) -> WriteClass {
    match wanted {
        Wanted::Online { .. } | Wanted::Price { .. } | Wanted::Stock { .. } | Wanted::Update { .. } => {
            WriteClass::Repeat
        }
        Wanted::AddStock { .. } => WriteClass::RepeatWithKey,
        Wanted::Publish { .. } | Wanted::Ship { .. } => WriteClass::LookOnly,
        Wanted::Post { .. } | Wanted::Campaign { .. } => WriteClass::AskPerson,
    }
}

pub(super) fn is_done_before(platform_code: &str) -> bool {
    platform_code.contains(ID_EXISTED)
}

pub(super) fn set_online(product: &str, online: bool) -> Result<ApiCall<()>> {
    let params = json!({"product_id": number(product, "the product's id")?});
    Ok(write(if online { "product.setOnline" } else { "product.setOffline" }, &params))
}

pub(super) fn set_price(product: &str, sku: &str, price: Fen) -> Result<ApiCall<()>> {
    if price.0 < 0 {
        return Err(Error::invalid("a price is never negative"));
    }
    let (product, sku) = (number(product, "the product's id")?, number(sku, "the SKU's id")?);
    Ok(write("sku.editPrice", &json!({"product_id": product, "sku_id": sku, "price": price.0})))
}

pub(super) fn set_stock(product: &str, sku: &str, change: StockChange<'_>) -> Result<ApiCall<()>> {
    let (product, sku) = (number(product, "the product's id")?, number(sku, "the SKU's id")?);
    let params = match change {
        StockChange::Set { stock, .. } if stock < 0 => {
            return Err(Error::invalid("stock is never set below zero"));
        }
        StockChange::Set { stock, .. } => {
            json!({"product_id": product, "sku_id": sku, "stock_num": stock, "incremental": false})
        }
        StockChange::Add { delta, key } => json!({
            "product_id": product,
            "sku_id": sku,
            "stock_num": delta,
            "incremental": true,
            "idempotent_id": given(key, "the idempotency key")?,
        }),
    };
    Ok(write("sku.syncStock", &params))
}

pub(super) fn ship(shipment: &Shipment<'_>) -> Result<ApiCall<()>> {
    let params = json!({
        "order_id": given(shipment.platform_order_id, "the order's id")?,
        "company_code": given(shipment.company_code, "the carrier's code")?,
        "logistics_code": given(shipment.tracking_no, "the tracking number")?,
    });
    Ok(write("order.logisticsAdd", &params))
}

fn write(api: &'static str, params: &Value) -> ApiCall<()> {
    ApiCall::shop_write(api, params, convert::done)
}
