//! Opening buyer data with keys of the platform's (16): a voucher, the keys that it gives, and AES on our side.

use aes::cipher::{BlockCipherDecrypt, KeyInit};
use aes::{Aes128, Block};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{convert, master_key_signature};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Receiver, UtcMillis};
use crate::platform::ask::number;
use crate::platform::{ApiCall, BuyerKeys, CallParts, KeyService, Voucher};
use crate::secret::Secret;

/// What ciphertext begins with.
const HEAD: [u8; 2] = [0, 4];
const KEY_ID: usize = 16;
const BLOCK: usize = 16;

/// Methods that give keys, or open buyer data elsewhere.
pub(super) const OPENING: &[&str] =
    &["jingdong.jos.master.key.get", "jingdong.jos.order.oaid.decrypt", "jingdong.jos.voucher.info.get"];

pub(super) struct Decrypt;

impl KeyService for Decrypt {
    fn voucher(&self) -> Result<ApiCall<Voucher>> {
        Ok(ApiCall::shop_write("jingdong.jos.voucher.info.get", &json!({}), convert::voucher))
    }

    fn keys(&self, voucher: &Voucher, now: UtcMillis) -> Result<ApiCall<BuyerKeys>> {
        let sig = master_key_signature(&voucher.key, now.0, &voucher.id)?;
        let params = json!({"sdk_ver": 2, "ts": now.0, "tid": voucher.id, "sig": sig});
        Ok(ApiCall::shop_write("jingdong.jos.master.key.get", &params, convert::master_keys))
    }

    fn receiver(&self, platform_order_id: &str) -> Result<ApiCall<Receiver>> {
        let order = number(platform_order_id, "the order's number")?;
        let params = json!({"order_id": order, "optional_fields": "orderId,consigneeInfo"});
        let parts = CallParts::shop_read("jingdong.pop.order.enGet", params.to_string());
        Ok(ApiCall { parts, decode: convert::sealed_receiver })
    }

    fn open(&self, keys: &BuyerKeys, ciphertext: &str) -> Result<Secret<String>> {
        open(keys, ciphertext).ok_or_else(|| {
            let message =
                "no key of the platform's opens this ciphertext: it is damaged, or its key was revoked";
            Error::new(ErrorKind::Decode, message)
        })
    }
}

fn open(keys: &BuyerKeys, ciphertext: &str) -> Option<Secret<String>> {
    let bytes = STANDARD.decode(ciphertext).ok()?;
    let rest = bytes.strip_prefix(&HEAD)?;
    let (id, rest) = rest.split_at_checked(KEY_ID)?;
    let (iv, blocks) = rest.split_at_checked(BLOCK)?;
    let known = keys.0.iter().find(|known| known.id == id)?;
    // Only the first half of a key counts.
    let cipher = Aes128::new_from_slice(known.key.expose().get(..BLOCK)?).ok()?;
    plain(&cipher, iv, blocks)
}

/// CBC with PKCS#7 padding.
fn plain(cipher: &Aes128, iv: &[u8], blocks: &[u8]) -> Option<Secret<String>> {
    if blocks.is_empty() || !blocks.len().is_multiple_of(BLOCK) {
        return None;
    }
    let mut plain = Vec::with_capacity(blocks.len());
    let mut before = iv;
    for block in blocks.chunks_exact(BLOCK) {
        let mut open = Block::try_from(block).ok()?;
        cipher.decrypt_block(&mut open);
        plain.extend(open.iter().zip(before).map(|(byte, mask)| byte ^ mask));
        before = block;
    }
    let padding = usize::from(*plain.last()?);
    let length = plain.len().checked_sub(padding).filter(|_| (1..=BLOCK).contains(&padding))?;
    // In a shell that wipes it, whatever comes of it.
    let plain = Secret::new(plain);
    let (text, padded) = plain.expose().split_at_checked(length)?;
    let is_padded = padded.iter().all(|byte| usize::from(*byte) == padding);
    std::str::from_utf8(text).ok().filter(|_| is_padded).map(Secret::from)
}
