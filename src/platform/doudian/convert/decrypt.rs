//! The answer of `order.batchDecrypt` (2.13).

use super::super::wire::{self, DecryptInfo};
use crate::platform::lenient::{Field, Members, text};
use crate::platform::{DecodeError, DecryptAnswer, OpenedFact};

/// Each item has a verdict of its own; one that cannot be read counts as left out.
pub(in crate::platform::doudian) fn decrypted(body: &[u8]) -> Result<DecryptAnswer, DecodeError> {
    let data = wire::data_object(body)?;
    let refused = data.get("custom_err").and_then(Members::of).and_then(|error| error.scalar("err_code"));
    let refused = refused.filter(|code| code != "0");
    let facts = match data.array("decrypt_infos") {
        Some(infos) => infos.into_iter().filter_map(|raw| fact(raw).ok()).collect(),
        None if refused.is_some() => Vec::new(),
        None => return Err(DecodeError::new("data.decrypt_infos", "an array")),
    };
    Ok(DecryptAnswer { facts, refused })
}

fn fact(raw: &[u8]) -> Result<OpenedFact, DecodeError> {
    let text = text(raw)?;
    let wire = DecryptInfo::read(&text)?;
    let refused = wire.err_no.text()?.filter(|code| code != "0");
    let plain = wire.decrypt_text.secret()?.filter(|_| refused.is_none());
    Ok(OpenedFact {
        platform_order_id: wire.auth_id.id()?.ok_or_else(|| wire.auth_id.wrong("an order's id"))?,
        ciphertext: wire.cipher_text.text()?.ok_or_else(|| wire.cipher_text.wrong("ciphertext"))?,
        texts: plain.into_iter().map(|plain| (None, plain)).collect(),
        phone_is_virtual: wire.is_virtual_tel.flag().ok().flatten().unwrap_or(false),
        phone_valid_until: loose_time(wire.expire_time),
        refused,
    })
}

/// Nothing that was opened is lost for a time that cannot be read.
fn loose_time(field: Field<'_>) -> Option<crate::model::UtcMillis> {
    field.time().ok().flatten()
}
