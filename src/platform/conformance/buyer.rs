//! Rules of opening buyer data.

use super::Report;
use super::probe::decrypt;
use super::sample::{CIPHERTEXT, VOUCHER_KEY, sealed};
use crate::model::BuyerPart;
use crate::platform::{BuyerKeys, DecryptAnswer, DecryptCall, Decryption, Repeat, opened};

impl Report<'_> {
    /// Buyer data is never opened twice by ourselves, by nobody who does not mean to, and shows nowhere.
    pub(super) fn decryption(&mut self) {
        let adapter = self.adapter;
        let Ok(Some(parts)) = decrypt(adapter) else { return };
        self.expect(
            parts.repeat == Repeat::Never,
            "what opens buyer data is counted, so it is never repeated",
        );
        self.expect(adapter.opens_buyer_data(&parts.api), "its method is known to open buyer data");
        let upper = parts.api.to_ascii_uppercase();
        self.expect(adapter.opens_buyer_data(&upper), "its method is known in any case of letters");
        let leaks = [CIPHERTEXT, VOUCHER_KEY].iter().any(|canary| format!("{parts:?}").contains(canary));
        self.expect(!leaks, "what opens buyer data shows nothing in Debug");
        self.expect(!parts.params.contains(VOUCHER_KEY), "a voucher's key is not sent");
        match adapter.decryption() {
            Ok(Decryption::ByCall(call)) => self.answers(call),
            Ok(Decryption::ByKeys(service)) => {
                let keys = BuyerKeys(Vec::new());
                let error = service.open(&keys, CIPHERTEXT).err().map(|error| error.to_string());
                let is_silent = error.is_some_and(|error| !error.contains(CIPHERTEXT));
                self.expect(is_silent, "ciphertext without a key is an error that does not show it");
            }
            Err(_) => {}
        }
    }

    /// An answer is brought to its order and part by what was asked, and what it leaves out has failed.
    pub(super) fn answers(&mut self, call: &dyn DecryptCall) {
        self.expect(call.most_orders() > 0, "a call opens an order");
        self.expect(!call.without_ciphertext().is_empty(), "it says why ciphertext may be missing");
        let empty = DecryptAnswer { facts: Vec::new(), refused: None };
        let silent = opened(&[sealed()], &empty);
        let failed = silent.iter().flat_map(|order| &order.failures).count();
        self.expect(failed == BuyerPart::ALL.len(), "a part that is not answered has failed");
    }
}
