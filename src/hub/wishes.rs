//! What a write is asked for, checked before anything happens.

use crate::error::{Error, Result};
use crate::model::{Fen, ShopId, Wanted};

/// Numbers that every face carries exactly: 2^53 − 1.
const LARGEST: i64 = (1 << 53) - 1;
/// Digits of an id of a platform.
const LONGEST_ID: usize = 32;
/// Characters of a tracking number, and of a carrier's code.
const LONGEST_WORD: usize = 64;

/// One SKU of a shop. Ids are the platform's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkuTarget {
    /// The shop.
    pub shop_id: ShopId,
    /// The product.
    pub platform_product_id: String,
    /// Its SKU.
    pub platform_sku_id: String,
}

/// The stock that a SKU should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockWish {
    /// So many.
    Set(i64),
    /// So many more, or fewer. Two equal additions are two changes.
    Add(i64),
}

/// An order to ship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipRequest {
    /// The shop.
    pub shop_id: ShopId,
    /// The platform's id of the order.
    pub platform_order_id: String,
    /// The carrier's code, of `orders.companies`.
    pub company_code: String,
    /// The tracking number.
    pub tracking_number: String,
}

pub(super) fn online(product: String, online: bool) -> Result<Wanted> {
    Ok(Wanted::Online { product: id("platformProductId", product)?, online })
}

pub(super) fn price(target: SkuTarget, price: Fen) -> Result<Wanted> {
    let (product, sku) = ids(target)?;
    Ok(Wanted::Price { product, sku, fen: within("priceFen", price.0, 0)? })
}

pub(super) fn stock(target: SkuTarget, wish: StockWish) -> Result<Wanted> {
    let (product, sku) = ids(target)?;
    match wish {
        StockWish::Set(stock) => Ok(Wanted::Stock { product, sku, stock: within("stock", stock, 0)? }),
        StockWish::Add(0) => Err(Error::invalid("`delta` must not be 0: nothing would change")),
        StockWish::Add(delta) => {
            Ok(Wanted::AddStock { product, sku, delta: within("delta", delta, -LARGEST)? })
        }
    }
}

pub(super) fn ship(request: ShipRequest) -> Result<Wanted> {
    Ok(Wanted::Ship {
        order: id("platformOrderId", request.platform_order_id)?,
        company: word("companyCode", request.company_code)?,
        tracking: word("trackingNumber", request.tracking_number)?,
    })
}

fn ids(target: SkuTarget) -> Result<(String, String)> {
    Ok((id("platformProductId", target.platform_product_id)?, id("platformSkuId", target.platform_sku_id)?))
}

/// The platform's id of an order.
pub(super) fn order_id(name: &str, text: String) -> Result<String> {
    id(name, text)
}

/// Digits on most platforms; orders of Pinduoduo have a dash. The adapter looks closer.
pub(super) fn id(name: &str, text: String) -> Result<String> {
    let is_known = |byte: u8| byte.is_ascii_digit() || byte == b'-';
    let fits = (1..=LONGEST_ID).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(is_known);
    if fits {
        Ok(text)
    } else {
        Err(Error::invalid(format!("`{name}` must be the platform's id, as it stands there")))
    }
}

fn within(name: &str, number: i64, least: i64) -> Result<i64> {
    if (least..=LARGEST).contains(&number) {
        return Ok(number);
    }
    Err(Error::invalid(format!("`{name}` must be a whole number from {least} to {LARGEST}")))
}

/// Letters, digits and the signs that carriers use; anything else is a slip, such as a pasted line.
fn word(name: &str, text: String) -> Result<String> {
    let is_known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if (1..=LONGEST_WORD).contains(&text.len()) && text.chars().all(is_known) {
        return Ok(text);
    }
    Err(Error::invalid(format!(
        "`{name}` must be 1 to {LONGEST_WORD} letters, digits or - _ . / without blanks"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> SkuTarget {
        SkuTarget { shop_id: ShopId(1), platform_product_id: "35".into(), platform_sku_id: "17".into() }
    }

    #[test]
    fn odd_values_are_refused_before_anything_happens() {
        let ship = |tracking: &str, company: &str| {
            ship(ShipRequest {
                shop_id: ShopId(1),
                platform_order_id: "1".into(),
                company_code: company.into(),
                tracking_number: tracking.into(),
            })
        };
        assert!(ship("SF-1234567890", "shunfeng").is_ok());
        for odd in ["", " ", "SF 1", "SF1\n", "SF\u{0}1", "单号", "1;2", &"9".repeat(65)] {
            assert_eq!(ship(odd, "shunfeng").unwrap_err().code(), "INVALID_REQUEST", "{odd:?}");
            assert_eq!(ship("SF1", odd).unwrap_err().code(), "INVALID_REQUEST", "{odd:?}");
        }
        for number in [-1, i64::MIN, LARGEST + 1, i64::MAX] {
            assert!(price(target(), Fen(number)).is_err());
            assert!(stock(target(), StockWish::Set(number)).is_err());
        }
        assert!(stock(target(), StockWish::Add(0)).is_err());
        assert!(stock(target(), StockWish::Add(i64::MIN)).is_err());
        assert!(stock(target(), StockWish::Add(-1)).is_ok());
        for odd in ["", "a", "-1", "1.0", "１", &"1".repeat(33)] {
            assert!(price(SkuTarget { platform_sku_id: odd.to_owned(), ..target() }, Fen(1)).is_err());
            assert!(online(odd.to_owned(), true).is_err());
        }
    }
}
