//! Opening buyer data by its `oaid` (5.7).

use serde_json::json;

use super::convert;
use crate::error::Result;
use crate::model::DecryptPurpose;
use crate::platform::ask::number;
use crate::platform::{ApiCall, DecryptAnswer, DecryptAsk, DecryptCall, SealedOrder};

/// Questions in one call (5.7).
const MOST: usize = 20;

pub(super) struct Decrypt;

impl DecryptCall for Decrypt {
    fn most_orders(&self) -> usize {
        MOST
    }

    fn without_ciphertext(&self) -> &'static str {
        "the platform gave no oaid with the trade: sync it again, or look it up in the shop's console"
    }

    /// One question for a trade: its `oaid` opens all of its fields.
    fn call(&self, orders: &[SealedOrder], ask: &DecryptAsk<'_>) -> Result<ApiCall<DecryptAnswer>> {
        let mut queries = Vec::new();
        for order in orders {
            // As text in the answer, and as text here: ids go beyond what JSON numbers carry safely.
            let tid = number(&order.platform_order_id, "the trade's id")?.to_string();
            let scene = scene(ask.purpose);
            queries.extend(order.ciphertexts().map(|oaid| json!({"tid": tid, "oaid": oaid, "scene": scene})));
        }
        let params = json!({"query_list": queries});
        Ok(ApiCall::shop_write("taobao.top.oaid.decrypt", &params, convert::decrypted))
    }
}

/// Shipping by hand, after-sale service, customer care. The scenes of printed waybills are those of the carriers'
/// own software.
const fn scene(purpose: DecryptPurpose) -> &'static str {
    match purpose {
        DecryptPurpose::Ship => "1006",
        DecryptPurpose::AfterSale => "2001",
        DecryptPurpose::Service => "2002",
    }
}
