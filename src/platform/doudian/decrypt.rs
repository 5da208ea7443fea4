//! Opening buyer data (2.13).

use serde_json::json;

use super::convert;
use crate::error::Result;
use crate::platform::ask::given;
use crate::platform::{ApiCall, DecryptAnswer, DecryptAsk, DecryptCall, SealedOrder};

/// Ciphertext in one call (2.13), of which an order has three.
const MOST: usize = 50;
const OF_AN_ORDER: usize = 3;
/// The OA itself asks as the shop's main account, its users as others.
const SYSTEM: &str = "system";

pub(super) struct Decrypt;

impl DecryptCall for Decrypt {
    fn most_orders(&self) -> usize {
        MOST / OF_AN_ORDER
    }

    fn without_ciphertext(&self) -> &'static str {
        "the platform sent no ciphertext of it: sync the order again, or look it up in the shop's console"
    }

    fn call(&self, orders: &[SealedOrder], ask: &DecryptAsk<'_>) -> Result<ApiCall<DecryptAnswer>> {
        let mut infos = Vec::new();
        for order in orders {
            let id = given(&order.platform_order_id, "the order's id")?;
            infos.extend(order.ciphertexts().map(|text| json!({"auth_id": id, "cipher_text": text})));
        }
        let account = if ask.actor == SYSTEM { "main_account" } else { "sub_account" };
        let params = json!({"cipher_infos": infos, "account_id": ask.actor, "account_type": account});
        Ok(ApiCall::shop_write("order.batchDecrypt", &params, convert::decrypted))
    }
}
