//! Buyer data in plain text: for the one who asked, this once. It is never stored.

use super::UtcMillis;
use super::words::words;
use crate::error::ErrorKind;
use crate::secret::Secret;

words! {
    /// A part of buyer data.
    BuyerPart {
        /// The receiver's name.
        Name = "name",
        /// The receiver's phone number.
        Phone = "phone",
        /// The street address below the street's name.
        Detail = "detail",
    }
}

words! {
    /// What buyer data is wanted for. Some platforms ask, and decide by it.
    DecryptPurpose {
        /// To ship the order.
        Ship = "ship",
        /// To handle a refund or a return.
        AfterSale = "after_sale",
        /// To answer the buyer.
        Service = "service",
    }
}

/// Why a part of an order could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecryptFailure {
    /// Which part; all that were asked for when absent.
    pub part: Option<BuyerPart>,
    /// The kind of error.
    pub kind: ErrorKind,
    /// The platform's code.
    pub platform_code: Option<String>,
    /// What it means and what to do. Never buyer data.
    pub message: String,
}

/// An order's buyer data in plain text. `Debug` shows none of it.
#[derive(Clone, Debug)]
pub struct DecryptedOrder {
    /// The platform's id of the order.
    pub platform_order_id: String,
    /// The receiver's name.
    pub name: Option<Secret<String>>,
    /// The receiver's phone number.
    pub phone: Option<Secret<String>>,
    /// The street address below the street's name.
    pub detail: Option<Secret<String>>,
    /// Whether the phone number is a temporary one of the platform's.
    pub phone_is_virtual: bool,
    /// Until when a temporary number works.
    pub phone_valid_until: Option<UtcMillis>,
    /// What could not be opened.
    pub failures: Vec<DecryptFailure>,
}

impl DecryptedOrder {
    /// An order of which nothing is open yet.
    pub const fn of(platform_order_id: String) -> Self {
        Self {
            platform_order_id,
            name: None,
            phone: None,
            detail: None,
            phone_is_virtual: false,
            phone_valid_until: None,
            failures: Vec::new(),
        }
    }

    /// Puts a part's text in its place.
    pub fn set(&mut self, part: BuyerPart, text: Secret<String>) {
        let place = match part {
            BuyerPart::Name => &mut self.name,
            BuyerPart::Phone => &mut self.phone,
            BuyerPart::Detail => &mut self.detail,
        };
        *place = Some(text);
    }

    /// Whether any part is open.
    pub const fn is_open(&self) -> bool {
        self.name.is_some() || self.phone.is_some() || self.detail.is_some()
    }

    /// A part's text, once it is open.
    pub const fn get(&self, part: BuyerPart) -> Option<&Secret<String>> {
        match part {
            BuyerPart::Name => self.name.as_ref(),
            BuyerPart::Phone => self.phone.as_ref(),
            BuyerPart::Detail => self.detail.as_ref(),
        }
    }
}

/// How many orders of a shop may still be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecryptBudget {
    /// A day, which is Beijing's.
    pub per_day: u32,
    /// Of those, today.
    pub left: u32,
    /// When the next day begins.
    pub resets_at: UtcMillis,
}

/// The answer to an `orders.decrypt`.
#[derive(Clone, Debug)]
pub struct Decrypted {
    /// The orders, as they were asked for.
    pub orders: Vec<DecryptedOrder>,
    /// What is left for today.
    pub budget: DecryptBudget,
}
