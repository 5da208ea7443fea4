//! Writes: sale status and price (9.2), stock (9.3), shipping (10.7).

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::convert;
use crate::error::{Error, Result};
use crate::model::{Fen, Wanted};
use crate::platform::ask::{given, number};
use crate::platform::{ApiCall, Shipment, StockChange, WriteClass};

/// Methods that our own functions call, or that do the same, and which.
pub(super) const TYPED: &[(&str, &str)] = &[
    ("jingdong.pop.order.shipment", "orders.ship"),
    ("jingdong.price.write.updateSkuJdPrice", "products.setPrice"),
    ("jingdong.seller.promotion.add", "marketing.createCampaign"),
    ("jingdong.seller.promotion.commit", "marketing.createCampaign"),
    ("jingdong.seller.promotion.ordermode.add", "marketing.createCampaign"),
    ("jingdong.seller.promotion.sku.add", "marketing.createCampaign"),
    ("jingdong.stock.write.increaseSkuStock", "products.setStock"),
    ("jingdong.stock.write.updateSkuStock", "products.setStock"),
    ("jingdong.ware.stock.sku.set", "products.setStock"),
    ("jingdong.ware.write.add", "products.publish"),
    ("jingdong.ware.write.upOrDown", "products.setOnline"),
];

/// The store of the whole country (9.3).
const NATIONWIDE: u32 = 0;

/// 9.2: sets the same thing again. 9.3: a number of ours makes an addition count once. 10.7: what a second
/// shipment is answered with is not established, so the order is looked at.
pub(super) const fn class(wanted: &Wanted) -> WriteClass {
    match wanted {
        Wanted::Online { .. } | Wanted::Price { .. } | Wanted::Stock { .. } | Wanted::Update { .. } => {
            WriteClass::Repeat
        }
        Wanted::AddStock { .. } => WriteClass::RepeatWithKey,
        Wanted::Publish { .. } | Wanted::Ship { .. } => WriteClass::LookOnly,
        // The last of its calls names the one promotion that it makes (12).
        Wanted::Campaign { .. } => WriteClass::Resume,
        Wanted::Post { .. } => WriteClass::AskPerson,
    }
}

pub(super) fn set_online(product: &str, online: bool) -> Result<ApiCall<()>> {
    let product = number(product, "the product's id")?;
    Ok(write(
        "jingdong.ware.write.upOrDown",
        &json!({"wareId": product, "opType": if online { 1 } else { 2 }}),
    ))
}

pub(super) fn set_price(sku: &str, price: Fen) -> Result<ApiCall<()>> {
    if price.0 <= 0 {
        return Err(Error::invalid("a price is at least one fen"));
    }
    let params = json!({"skuId": number(sku, "the SKU's id")?, "jdPrice": yuan(price)});
    Ok(write("jingdong.price.write.updateSkuJdPrice", &params))
}

/// An amount as text of yuan.
pub(super) fn yuan(Fen(fen): Fen) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

pub(super) fn set_stock(product: &str, sku: &str, change: StockChange<'_>) -> Result<ApiCall<()>> {
    number(product, "the product's id")?;
    let sku = number(sku, "the SKU's id")?;
    let (model, key, amount) = match change {
        StockChange::Set { stock, .. } if stock < 0 => {
            return Err(Error::invalid("stock is never set below zero"));
        }
        StockChange::Set { stock, key } => ("fullStockIn", key, ("stockNum", stock)),
        StockChange::Add { delta, key } => ("incrStockIn", key, ("incrStockNum", delta)),
    };
    let params = json!({"req": {
        "updateModel": model,
        "stockRfId": change_number(given(key, "the idempotency key")?),
        "skuStocks": [{"skuId": sku, amount.0: amount.1, "storeId": NATIONWIDE}],
    }});
    Ok(write("jingdong.ware.stock.sku.set", &params))
}

/// A key as a number of the platform's width, the same for the same key.
fn change_number(key: &str) -> u64 {
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte)) >> 1
}

pub(super) fn ship(shipment: &Shipment<'_>) -> Result<ApiCall<()>> {
    let tracking = given(shipment.tracking_no, "the tracking number")?;
    if tracking.contains(['|', ',']) {
        return Err(Error::invalid("one tracking number ships an order"));
    }
    let params = json!({
        "orderId": number(shipment.platform_order_id, "the order's number")?,
        "logiCoprId": number(shipment.company_code, "the carrier's id")?.to_string(),
        "logiNo": tracking,
    });
    Ok(write("jingdong.pop.order.shipment", &params))
}

fn write(api: &'static str, params: &Value) -> ApiCall<()> {
    ApiCall::shop_write(api, params, convert::done)
}
