//! Writes: shelf, price and stock (5.3), shipping (5.8).

use serde_json::json;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

use super::convert;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Fen, SkuRecord, Wanted};
use crate::platform::ask::{given, number};
use crate::platform::lenient::Field;
use crate::platform::write::needed;
use crate::platform::{ApiCall, KnownProduct, Shipment, StockChange, WriteClass};

/// Methods that change what our own functions change, and which those are.
pub(super) const TYPED: &[(&str, &str)] = &[
    ("alibaba.item.edit.fastupdate", "products.setPrice"),
    ("alibaba.item.edit.submit", "products.update"),
    ("alibaba.item.operate.downshelf", "products.setOnline"),
    ("alibaba.item.operate.upshelf", "products.setOnline"),
    ("alibaba.item.publish.submit", "products.publish"),
    ("taobao.item.add", "products.publish"),
    ("taobao.item.quantity.update", "products.setStock"),
    ("taobao.item.sku.price.update", "products.setPrice"),
    ("taobao.item.update", "products.update"),
    ("taobao.item.update.delisting", "products.setOnline"),
    ("taobao.item.update.delisting.tmall", "products.setOnline"),
    ("taobao.item.update.listing", "products.setOnline"),
    ("taobao.item.update.listing.tmall", "products.setOnline"),
    ("taobao.logistics.dummy.send", "orders.ship"),
    ("taobao.logistics.offline.send", "orders.ship"),
    ("taobao.logistics.online.confirm", "orders.ship"),
    ("taobao.logistics.online.send", "orders.ship"),
    ("taobao.skus.quantity.update", "products.setStock"),
    ("tmall.item.price.update", "products.setPrice"),
    ("tmall.item.quantity.update", "products.setStock"),
    ("tmall.item.schema.add", "products.publish"),
    ("tmall.item.schema.increment.update", "products.update"),
    ("tmall.item.schema.update", "products.update"),
    ("tmall.item.simpleschema.add", "products.publish"),
    ("tmall.item.simpleschema.update", "products.update"),
];

/// The type of a Taobao shop; `B` is Tmall (5.1).
const TAOBAO_SHOP: &str = "C";

/// 5.3: setting repeats safely and adding has an idempotency key. Shipping has none, and nothing says that a second
/// parcel for a shipped trade is refused (5.8).
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

/// Listing wants the stock, prices want the options of a SKU and the prices of its siblings, and adding differs
/// between Taobao and Tmall.
pub(super) const fn wants_product(wanted: &Wanted) -> bool {
    matches!(wanted, Wanted::Online { online: true, .. } | Wanted::Price { .. } | Wanted::AddStock { .. })
}

pub(super) fn by_product(wanted: &Wanted, key: Option<&str>, known: &KnownProduct) -> Result<ApiCall<()>> {
    match wanted {
        Wanted::Online { product, .. } => list_product(product, known),
        Wanted::Price { product, sku, fen } => set_price(product, sku, Fen(*fen), known),
        Wanted::AddStock { product, sku, delta } => add_stock(product, sku, *delta, needed(key)?, known),
        Wanted::Stock { .. }
        | Wanted::Publish { .. }
        | Wanted::Update { .. }
        | Wanted::Ship { .. }
        | Wanted::Post { .. }
        | Wanted::Campaign { .. } => {
            Err(Error::internal("only wishes that want the product are made with it"))
        }
    }
}

/// What is listed is as many as there are: the platform takes no other number where there are SKUs (5.3).
fn list_product(product: &str, known: &KnownProduct) -> Result<ApiCall<()>> {
    let product = number(product, "the product's id")?;
    let stock = known.skus.iter().map(|sku| sku.stock.max(0)).fold(0, i64::saturating_add);
    if stock == 0 {
        return Err(Error::invalid("a product without stock cannot be listed: set its stock first"));
    }
    let params = json!({"num_iid": product, "num": stock});
    Ok(ApiCall::shop_write("taobao.item.update.listing", &params, convert::done))
}

pub(super) fn take_down(product: &str) -> Result<ApiCall<()>> {
    let params = json!({"num_iid": number(product, "the product's id")?});
    Ok(ApiCall::shop_write("taobao.item.update.delisting", &params, convert::done))
}

/// By the SKU's id on Tmall, by its options on Taobao (5.3). The price of the product itself must be that of a SKU
/// in stock, so it moves along where it would not be one any more.
fn set_price(product: &str, sku: &str, price: Fen, known: &KnownProduct) -> Result<ApiCall<()>> {
    if price.0 < 0 {
        return Err(Error::invalid("a price is never negative"));
    }
    let (product, sku_id) = (number(product, "the product's id")?, number(sku, "the SKU's id")?);
    let is_taobao = known.shop_type.as_deref() == Some(TAOBAO_SHOP);
    let mut params = match (product == sku_id, is_taobao) {
        (true, true) => {
            return Err(unsupported("Taobao offers no call for the price of a product without SKUs"));
        }
        (true, false) => json!({"item_id": product, "item_price": yuan(price)}),
        (false, true) => {
            let properties = properties(&known.skus, sku)?;
            json!({"num_iid": product, "properties": properties, "price": yuan(price)})
        }
        (false, false) => {
            json!({"item_id": product, "sku_prices": [{"sku_id": sku_id, "price": yuan(price)}]})
        }
    };
    if product != sku_id
        && let Some(moved) = moved_price(known, sku, price)
    {
        params["item_price"] = yuan(moved).into();
    }
    let method = if is_taobao { "taobao.item.sku.price.update" } else { "tmall.item.price.update" };
    Ok(ApiCall::shop_write(method, &params, convert::done))
}

/// The options that name a SKU, such as `1627207:28341`.
fn properties(skus: &[SkuRecord], sku: &str) -> Result<String> {
    let unknown =
        || Error::new(ErrorKind::NotFound, "the SKU's options are not known here: sync products first");
    let found = skus.iter().find(|one| one.platform_sku_id == sku).ok_or_else(unknown)?;
    stored(found.extra.as_deref(), "properties").ok_or_else(unknown)
}

/// The product's new price; nothing while its price is still that of a SKU in stock, or none is.
fn moved_price(known: &KnownProduct, sku: &str, price: Fen) -> Option<Fen> {
    let in_stock = known.skus.iter().filter(|one| one.stock > 0);
    let prices: Vec<_> =
        in_stock.map(|one| if one.platform_sku_id == sku { price } else { one.price }).collect();
    let item_price = stored(known.record.extra.as_deref(), "price")
        .and_then(|text| Field::new("price", &format!("\"{text}\"")).yuan().ok().flatten());
    let lowest = prices.iter().min_by_key(|price| price.0)?;
    let is_kept = item_price.is_some_and(|kept| prices.contains(&kept));
    (!is_kept).then_some(*lowest)
}

/// A member of what is stored of the platform's own fields.
fn stored(extra: Option<&str>, name: &str) -> Option<String> {
    let members: BTreeMap<&str, &RawValue> = serde_json::from_str(extra?).ok()?;
    Field::new("extra", members.get(name)?.get()).text().ok().flatten()
}

pub(super) fn set_stock(product: &str, sku: &str, change: StockChange<'_>) -> Result<ApiCall<()>> {
    let (product, sku) = (number(product, "the product's id")?, number(sku, "the SKU's id")?);
    let StockChange::Set { stock, .. } = change else {
        return Err(Error::internal("adding wants the product"));
    };
    if stock < 0 {
        return Err(Error::invalid("stock is never set below zero"));
    }
    let mut params = json!({"num_iid": product, "quantity": stock, "type": 1});
    if sku != product {
        params["sku_id"] = sku.into();
    }
    Ok(ApiCall::shop_write("taobao.item.quantity.update", &params, convert::done))
}

/// Only Tmall's call has an idempotency key (5.3): without one a repeated addition would add twice.
fn add_stock(product: &str, sku: &str, delta: i64, key: &str, known: &KnownProduct) -> Result<ApiCall<()>> {
    if known.shop_type.as_deref() == Some(TAOBAO_SHOP) {
        return Err(unsupported("Taobao cannot add to stock safely: set the stock instead"));
    }
    let (product, sku) = (number(product, "the product's id")?, number(sku, "the SKU's id")?);
    let options = json!({"type": 2, "outer_biz_key": given(key, "the idempotency key")?});
    let params = if sku == product {
        json!({"item_id": product, "item_quantity": delta, "options": options})
    } else {
        let quantities = json!([{"sku_id": sku, "quantity": delta}]);
        json!({"item_id": product, "sku_quantities": quantities, "options": options})
    };
    Ok(ApiCall::shop_write("tmall.item.quantity.update", &params, convert::done))
}

/// With a parcel that the merchant sends: the trade counts as shipped at once (5.8).
pub(super) fn ship(shipment: &Shipment<'_>) -> Result<ApiCall<()>> {
    let params = json!({
        "tid": number(shipment.platform_order_id, "the order's id")?,
        "out_sid": given(shipment.tracking_no, "the tracking number")?,
        "company_code": given(shipment.company_code, "the carrier's code")?,
    });
    Ok(ApiCall::shop_write("taobao.logistics.offline.send", &params, convert::shipped))
}

/// Yuan as text (3.5), by digits alone.
pub(super) fn yuan(price: Fen) -> String {
    format!("{}.{:02}", price.0 / 100, price.0 % 100)
}

fn unsupported(message: &str) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}
