//! Opening buyer data (16).

use serde_json::json;

use super::convert;
use crate::error::Result;
use crate::platform::ask::given;
use crate::platform::{ApiCall, DecryptAnswer, DecryptAsk, DecryptCall, SealedOrder};

/// Ciphertext in one call (16), of which an order has three.
const MOST: usize = 100;
const OF_AN_ORDER: usize = 3;

pub(super) struct Decrypt;

impl DecryptCall for Decrypt {
    fn most_orders(&self) -> usize {
        MOST / OF_AN_ORDER
    }

    fn without_ciphertext(&self) -> &'static str {
        "the platform gives ciphertext only while an order waits to be shipped and is not under review: open it then, \
         or look the order up in the shop's console"
    }

    fn call(&self, orders: &[SealedOrder], _: &DecryptAsk<'_>) -> Result<ApiCall<DecryptAnswer>> {
        let mut data = Vec::new();
        for order in orders {
            let order_sn = given(&order.platform_order_id, "the order's number")?;
            data.extend(
                order.ciphertexts().map(|text| json!({"data_tag": order_sn, "encrypted_data": text})),
            );
        }
        Ok(ApiCall::shop_write("pdd.open.decrypt.batch", &json!({"data_list": data}), convert::decrypted))
    }
}
