//! The answer of `taobao.top.oaid.decrypt` (5.7).

use super::super::wire::{self, OpenedReceiver};
use crate::model::BuyerPart;
use crate::platform::lenient::text;
use crate::platform::{DecodeError, DecryptAnswer, OpenedFact};

/// Each trade has a verdict of its own; one that cannot be read counts as left out.
pub(in crate::platform::taobao) fn decrypted(body: &[u8]) -> Result<DecryptAnswer, DecodeError> {
    let list = wire::list(&wire::members(body)?, "receiver_list", "receiver")?;
    let facts = list.into_iter().filter_map(|raw| fact(raw).ok()).collect();
    Ok(DecryptAnswer { facts, refused: None })
}

fn fact(raw: &[u8]) -> Result<OpenedFact, DecodeError> {
    let text = text(raw)?;
    let wire = OpenedReceiver::read(&text)?;
    let is_matched = wire.matched.flag()?.unwrap_or(true);
    let phone = if wire.mobile.text()?.is_some() { wire.mobile } else { wire.phone };
    let parts =
        [(BuyerPart::Name, wire.name), (BuyerPart::Phone, phone), (BuyerPart::Detail, wire.address_detail)];
    let mut texts = Vec::new();
    for (part, field) in parts {
        texts.extend(field.secret()?.filter(|_| is_matched).map(|text| (Some(part), text)));
    }
    Ok(OpenedFact {
        platform_order_id: wire.tid.id()?.ok_or_else(|| wire.tid.wrong("a trade's id"))?,
        ciphertext: wire.oaid.text()?.ok_or_else(|| wire.oaid.wrong("an oaid"))?,
        texts,
        phone_is_virtual: wire.privacy_protection.flag().ok().flatten().unwrap_or(false),
        phone_valid_until: wire.secret_no_expire_time.time().ok().flatten(),
        refused: (!is_matched).then(|| "matched=false".to_owned()),
    })
}
