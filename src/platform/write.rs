//! Writes: what is sent for a wish, and what may follow when its outcome is unknown.

use super::{ApiCall, Platform};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Fen, ProductRecord, SkuRecord, Wanted};

/// How the stock of a SKU changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockChange<'a> {
    /// To this number.
    Set {
        /// How many there are then.
        stock: i64,
        /// Made once for a change, for platforms that want one even here.
        key: &'a str,
    },
    /// By this number.
    Add {
        /// How many more, or fewer.
        delta: i64,
        /// Made once for a change: the platform executes it once for each key.
        key: &'a str,
    },
}

/// One parcel that holds a whole order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipment<'a> {
    /// The platform's id of the order.
    pub platform_order_id: &'a str,
    /// The carrier's code.
    pub company_code: &'a str,
    /// The tracking number.
    pub tracking_no: &'a str,
}

/// What we keep of the product that a write is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownProduct {
    /// The platform's word for the shop's type.
    pub shop_type: Option<String>,
    /// The product.
    pub record: ProductRecord,
    /// Its SKUs.
    pub skus: Vec<SkuRecord>,
}

/// What may follow a write whose outcome nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteClass {
    /// Sets the same thing again: repeated while it is the newest wish.
    Repeat,
    /// The platform executes each key once: repeated with the same key.
    RepeatWithKey,
    /// A plan whose last call alone counts, and makes no second one when it is made twice: it goes on where it stopped,
    /// after a look.
    Resume,
    /// Only looked for; never sent again without a person.
    LookOnly,
    /// Nothing shows it: a person has to look.
    AskPerson,
}

/// The call of a wish. `key` is its idempotency key, where the class needs one; `known` is what we keep of its
/// product, where [`Platform::write_wants_product`] says so.
///
/// # Errors
/// `UNSUPPORTED`, `INVALID_REQUEST` for ids and values that the platform cannot take, or `NOT_FOUND` when we do
/// not know the product.
pub fn write_call(
    adapter: &dyn Platform,
    wanted: &Wanted,
    key: Option<&str>,
    known: Option<&KnownProduct>,
) -> Result<ApiCall<()>> {
    if adapter.write_wants_product(wanted) {
        let unknown =
            || Error::new(ErrorKind::NotFound, "the product is not known here: sync products first");
        return adapter.write_product(wanted, key, known.ok_or_else(unknown)?);
    }
    match wanted {
        Wanted::Online { product, online } => adapter.set_online(product, *online),
        Wanted::Price { product, sku, fen } => adapter.set_price(product, sku, Fen(*fen)),
        Wanted::Stock { product, sku, stock } => {
            adapter.set_stock(product, sku, StockChange::Set { stock: *stock, key: needed(key)? })
        }
        Wanted::AddStock { product, sku, delta } => {
            let change = StockChange::Add { delta: *delta, key: needed(key)? };
            adapter.set_stock(product, sku, change)
        }
        Wanted::Publish { .. } | Wanted::Update { .. } => {
            Err(Error::internal("a product is published by a plan of calls"))
        }
        Wanted::Post { .. } => Err(Error::internal("a promotion is published with its files")),
        Wanted::Campaign { .. } => Err(Error::internal("a promotion is created by a plan of calls")),
        Wanted::Ship { order, company, tracking } => adapter.ship_order(&Shipment {
            platform_order_id: order,
            company_code: company,
            tracking_no: tracking,
        }),
    }
}

/// The key of a wish for another stock.
///
/// # Errors
/// `INTERNAL` when there is none.
pub(crate) fn needed(key: Option<&str>) -> Result<&str> {
    key.ok_or_else(|| Error::internal("stock is never changed without a key"))
}
