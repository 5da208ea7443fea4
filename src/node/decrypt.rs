//! `hub.orders.decrypt`: what leaves here is plain text, for the caller alone.

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::fields::Fields;
use super::page::iso;
use crate::error::Result;
use crate::secret::Secret;
use crate::{hub, model};

const KNOWN: [&str; 4] = ["shopId", "platformOrderIds", "fields", "purpose"];

pub(super) fn read(env: &Env, options: Unknown<'_>) -> Result<hub::DecryptRequest> {
    let mut fields = Fields::read(env, options, &KNOWN)?;
    let parts = fields.texts("fields")?;
    let path = fields.path_of("fields");
    let word = |text: String| {
        text.parse().map_err(|_| {
            let known: Vec<_> = model::BuyerPart::ALL.iter().map(|part| part.as_str()).collect();
            crate::error::Error::invalid(format!(
                "`{path}` holds an unknown part (known: {})",
                known.join(", ")
            ))
        })
    };
    Ok(hub::DecryptRequest {
        shop_id: fields.required_id("shopId")?,
        platform_order_ids: fields.texts("platformOrderIds")?,
        parts: parts.into_iter().map(word).collect::<Result<_>>()?,
        purpose: fields.word("purpose")?.unwrap_or(model::DecryptPurpose::Ship),
    })
}

/// Why a part of an order could not be opened.
#[napi(object, object_from_js = false)]
pub struct DecryptFailure {
    /// Which part; all that were asked for when absent.
    #[napi(ts_type = "BuyerPart")]
    pub field: Option<String>,
    /// The code of the error.
    #[napi(ts_type = "ErrorCode")]
    pub code: String,
    /// The platform's code.
    pub platform_code: Option<String>,
    /// What it means and what to do.
    pub message: String,
}

/// An order's buyer data in plain text. Keep it out of logs and databases.
#[napi(object, object_from_js = false)]
pub struct DecryptedOrder {
    /// The platform's id of the order.
    pub platform_order_id: String,
    /// The receiver's name.
    pub name: Option<String>,
    /// The receiver's phone number.
    pub phone: Option<String>,
    /// The street address below the street's name.
    pub detail: Option<String>,
    /// Whether the phone number is a temporary one of the platform's.
    pub phone_is_virtual: bool,
    /// Until when a temporary number works.
    pub phone_valid_until: Option<String>,
    /// What could not be opened.
    pub failures: Vec<DecryptFailure>,
}

/// How many orders of a shop may still be opened.
#[napi(object, object_from_js = false)]
pub struct DecryptBudget {
    /// A day, which is Beijing's.
    pub per_day: u32,
    /// Of those, today.
    pub left: u32,
    /// When the next day begins.
    pub resets_at: String,
}

/// What was opened.
#[napi(object, object_from_js = false)]
pub struct Decrypted {
    /// The orders, as they were asked for.
    pub orders: Vec<DecryptedOrder>,
    /// What is left for today.
    pub budget: DecryptBudget,
}

impl From<model::DecryptFailure> for DecryptFailure {
    fn from(failure: model::DecryptFailure) -> Self {
        Self {
            field: failure.part.map(|part| part.to_string()),
            code: failure.kind.code().to_owned(),
            platform_code: failure.platform_code,
            message: failure.message,
        }
    }
}

impl From<model::DecryptedOrder> for DecryptedOrder {
    fn from(order: model::DecryptedOrder) -> Self {
        let plain = |text: Option<Secret<String>>| text.map(|text| text.expose().clone());
        Self {
            platform_order_id: order.platform_order_id,
            name: plain(order.name),
            phone: plain(order.phone),
            detail: plain(order.detail),
            phone_is_virtual: order.phone_is_virtual,
            phone_valid_until: iso(order.phone_valid_until),
            failures: order.failures.into_iter().map(DecryptFailure::from).collect(),
        }
    }
}

impl From<model::Decrypted> for Decrypted {
    fn from(decrypted: model::Decrypted) -> Self {
        let budget = decrypted.budget;
        Self {
            orders: decrypted.orders.into_iter().map(DecryptedOrder::from).collect(),
            budget: DecryptBudget {
                per_day: budget.per_day,
                left: budget.left,
                resets_at: budget.resets_at.to_string(),
            },
        }
    }
}
