//! Opening buyer data: by a call that takes ciphertext, or with keys of the platform's on our side.

use super::ApiCall;
use crate::error::{ErrorKind, Result};
use crate::model::{BuyerPart, DecryptFailure, DecryptPurpose, DecryptedOrder, Receiver, UtcMillis};
use crate::secret::Secret;

/// How a platform opens buyer data.
#[derive(Clone, Copy)]
pub enum Decryption {
    /// It takes ciphertext and answers plain text.
    ByCall(&'static dyn DecryptCall),
    /// It gives keys.
    ByKeys(&'static dyn KeyService),
}

/// A platform that opens ciphertext itself.
pub trait DecryptCall: Send + Sync {
    /// Orders in one call at the most, each with all of its parts.
    fn most_orders(&self) -> usize;
    /// Why an order may be without ciphertext, and what to do.
    fn without_ciphertext(&self) -> &'static str;
    /// The call that opens these. It reads, but is counted, so it is never sent again blindly.
    fn call(&self, orders: &[SealedOrder], ask: &DecryptAsk<'_>) -> Result<ApiCall<DecryptAnswer>>;
}

/// A platform that gives the keys of its ciphertext.
pub trait KeyService: Send + Sync {
    /// The voucher that keys are asked for with.
    fn voucher(&self) -> Result<ApiCall<Voucher>>;
    /// The keys themselves.
    fn keys(&self, voucher: &Voucher, now: UtcMillis) -> Result<ApiCall<BuyerKeys>>;
    /// Reads an order's receiver with ciphertext.
    fn receiver(&self, platform_order_id: &str) -> Result<ApiCall<Receiver>>;
    /// Opens ciphertext.
    ///
    /// # Errors
    /// `DECODE` when it is none or no key fits; the message never holds it.
    fn open(&self, keys: &BuyerKeys, ciphertext: &str) -> Result<Secret<String>>;
}

/// The ciphertext of an order's parts.
#[derive(Clone)]
pub struct SealedOrder {
    /// The platform's id of the order.
    pub platform_order_id: String,
    /// Which parts, and their ciphertext. Some platforms have one for all of them.
    pub parts: Vec<(BuyerPart, String)>,
}

impl SealedOrder {
    /// Each ciphertext once.
    pub(super) fn ciphertexts(&self) -> impl Iterator<Item = &str> {
        let is_first = |(place, text): &(usize, &String)| {
            self.parts.iter().take(*place).all(|(_, earlier)| earlier != *text)
        };
        let texts = self.parts.iter().map(|(_, text)| text);
        texts.enumerate().filter(is_first).map(|(_, text)| text.as_str())
    }
}

/// Who asks, and what for.
#[derive(Clone, Copy, Debug)]
pub struct DecryptAsk<'a> {
    /// What the buyer data is wanted for.
    pub purpose: DecryptPurpose,
    /// The id of the user who asks, where platforms want it.
    pub actor: &'a str,
}

/// A platform's answer to ciphertext.
pub struct DecryptAnswer {
    /// What it says of each.
    pub facts: Vec<OpenedFact>,
    /// Its code for all that it says nothing of.
    pub refused: Option<String>,
}

/// What a platform says of one ciphertext.
pub struct OpenedFact {
    /// The platform's id of the order.
    pub platform_order_id: String,
    /// The ciphertext as it was sent.
    pub ciphertext: String,
    /// Its text; absent parts are those of the ciphertext.
    pub texts: Vec<(Option<BuyerPart>, Secret<String>)>,
    /// Whether the phone number is a temporary one.
    pub phone_is_virtual: bool,
    /// Until when that one works.
    pub phone_valid_until: Option<UtcMillis>,
    /// The platform's code when it refused.
    pub refused: Option<String>,
}

/// The permission to ask for keys.
#[derive(Debug)]
pub struct Voucher {
    /// Its id.
    pub id: String,
    /// What asking is signed with, in Base64.
    pub key: Secret<String>,
}

/// Keys by their ids.
pub struct BuyerKeys(pub(super) Vec<BuyerKey>);

/// A key and its id.
pub(super) struct BuyerKey {
    pub(super) id: Vec<u8>,
    pub(super) key: Secret<Vec<u8>>,
}

/// Brings an answer to what was asked for. The order of the answer does not count, and what it leaves out is a
/// failure.
pub fn opened(asked: &[SealedOrder], answer: &DecryptAnswer) -> Vec<DecryptedOrder> {
    let open = |order: &SealedOrder| {
        let mut opened = DecryptedOrder::of(order.platform_order_id.clone());
        for (part, ciphertext) in &order.parts {
            part_of(&mut opened, (*part, ciphertext), answer);
        }
        opened
    };
    asked.iter().map(open).collect()
}

fn part_of(opened: &mut DecryptedOrder, (part, ciphertext): (BuyerPart, &str), answer: &DecryptAnswer) {
    let is_it = |fact: &&OpenedFact| {
        fact.ciphertext == ciphertext && fact.platform_order_id == opened.platform_order_id
    };
    let found = answer.facts.iter().find(is_it);
    let text = found.and_then(|fact| fact.texts.iter().find(|(of, _)| of.is_none_or(|of| of == part)));
    if let (Some(fact), Some((_, text))) = (found, text) {
        if part == BuyerPart::Phone {
            opened.phone_is_virtual = fact.phone_is_virtual;
            opened.phone_valid_until = fact.phone_valid_until;
        }
        opened.set(part, text.clone());
        return;
    }
    let code = found.and_then(|fact| fact.refused.as_ref()).or(answer.refused.as_ref());
    opened.failures.push(DecryptFailure {
        part: Some(part),
        kind: if code.is_some() { ErrorKind::Rejected } else { ErrorKind::NotFound },
        platform_code: code.cloned(),
        message: match code {
            // The platform's own words are left out: they may repeat what was asked for.
            Some(_) => {
                "the platform refuses to open this one: its own quota of the day may be used up, or the order or its \
                 ciphertext too old. Sync the order, and look the code up in the platform's documents before asking \
                 again"
            }
            None => "the platform's answer leaves this one out",
        }
        .to_owned(),
    });
}
