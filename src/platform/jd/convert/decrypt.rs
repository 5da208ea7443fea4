//! Vouchers, keys and receivers with ciphertext (16, 10.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::super::wire::{self, MasterKey, OrderInfo, VoucherData};
use crate::model::Receiver;
use crate::platform::decrypt::BuyerKey;
use crate::platform::lenient::{Members, items, text};
use crate::platform::{BuyerKeys, DecodeError, Voucher};
use crate::secret::Secret;

/// Reads `jingdong.jos.voucher.info.get`: the voucher is Base64 of JSON. Its signature is not checked: the
/// certificate for it is only found inside the platform's kits, and who answers is known by TLS.
pub(in crate::platform::jd) fn voucher(body: &[u8]) -> Result<Voucher, DecodeError> {
    let answer = wire::object("jingdong.jos.voucher.info.get", body)?;
    let data = wire::inner(&wire::inner(&answer, "response")?, "data")?;
    let wrong = || DecodeError::new("data.voucher", "JSON in Base64");
    let json = STANDARD.decode(data.scalar("voucher").ok_or_else(wrong)?).map_err(|_| wrong())?;
    let voucher = Members::of_body(&json).ok_or_else(wrong)?;
    let text = text(voucher.get("data").ok_or_else(wrong)?)?;
    let data = VoucherData::read(&text)?;
    Ok(Voucher {
        id: data.id.text()?.ok_or_else(|| data.id.wrong("a voucher's id"))?,
        key: data.key.secret()?.ok_or_else(|| data.key.wrong("a key in Base64"))?,
    })
}

/// Reads `jingdong.jos.master.key.get`. A key that was revoked, or that is not the one its digest says, is left
/// out: what it sealed does not open.
pub(in crate::platform::jd) fn master_keys(body: &[u8]) -> Result<BuyerKeys, DecodeError> {
    let answer = wire::object("jingdong.jos.master.key.get", body)?;
    let response = wire::inner(&answer, "response")?;
    let wrong = || DecodeError::new("service_key_list", "an array");
    let mut keys = Vec::new();
    for service in response.get("service_key_list").and_then(items).ok_or_else(wrong)? {
        let service = Members::of(service).ok_or_else(wrong)?;
        for raw in service.get("keys").and_then(items).unwrap_or_default() {
            keys.extend(master_key(raw)?);
        }
    }
    Ok(BuyerKeys(keys))
}

/// What a key counts as that the platform has taken back.
const REVOKED: i64 = 2;

fn master_key(raw: &[u8]) -> Result<Option<BuyerKey>, DecodeError> {
    let text = text(raw)?;
    let wire = MasterKey::read(&text)?;
    let (id, key) = (wire.id.text()?, wire.key_string.secret()?);
    let Some((id, key)) = id.zip(key).filter(|_| wire.key_status.int().ok().flatten() != Some(REVOKED))
    else {
        return Ok(None);
    };
    let id = STANDARD.decode(id).map_err(|_| wire.id.wrong("Base64"))?;
    let key = STANDARD.decode(key.expose()).map_err(|_| wire.key_string.wrong("Base64"))?;
    let digest = STANDARD.encode(Sha256::digest(&key));
    let is_it = wire.key_digest.text()?.is_none_or(|told| told == digest);
    Ok(is_it.then(|| BuyerKey { id, key: Secret::new(key) }))
}

/// Reads the receiver of `jingdong.pop.order.enGet`.
pub(in crate::platform::jd) fn sealed_receiver(body: &[u8]) -> Result<Receiver, DecodeError> {
    let answer = wire::object("jingdong.pop.order.enGet", body)?;
    let result = wire::inner(&answer, "orderDetailInfo")?;
    let raw = result.get("orderInfo").ok_or_else(|| DecodeError::new("orderInfo", "an order"))?;
    let text = text(raw)?;
    let (receiver, _) =
        OrderInfo::read(&text)?.consigneeInfo.inside(super::order::receiver)?.unwrap_or_default();
    Ok(receiver)
}
