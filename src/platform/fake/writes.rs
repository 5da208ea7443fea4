//! The one write: stock.

use serde_json::json;

use super::convert;
use crate::error::{Error, Result};
use crate::model::Wanted;
use crate::platform::ask::given;
use crate::platform::{ApiCall, StockChange, WriteClass};

/// Methods that our own functions call, and which.
pub(super) const TYPED: &[(&str, &str)] = &[("stock.set", "products.setStock")];

/// Setting repeats safely, an addition counts once by its key.
pub(super) fn class(wanted: &Wanted) -> WriteClass {
    match wanted {
        Wanted::Stock { .. } => WriteClass::Repeat,
        Wanted::AddStock { .. } => WriteClass::RepeatWithKey,
        _ => WriteClass::AskPerson,
    }
}

pub(super) fn set_stock(product: &str, sku: &str, change: StockChange<'_>) -> Result<ApiCall<()>> {
    let (product, sku) = (given(product, "the product's id")?, given(sku, "the SKU's id")?);
    let params = match change {
        StockChange::Set { stock, .. } if stock < 0 => {
            return Err(Error::invalid("stock is never set below zero"));
        }
        StockChange::Set { stock, .. } => json!({"productId": product, "skuId": sku, "stock": stock}),
        StockChange::Add { delta, key } => {
            json!({"productId": product, "skuId": sku, "delta": delta, "key": key})
        }
    };
    Ok(ApiCall::shop_write("stock.set", &params, convert::done))
}
