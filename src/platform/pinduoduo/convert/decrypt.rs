//! The answer of `pdd.open.decrypt.batch` (16).

use super::super::wire::{self, DecryptItem};
use crate::platform::lenient::{items, text};
use crate::platform::{DecodeError, DecryptAnswer, OpenedFact};
use crate::secret::Secret;

/// Each item has a verdict of its own; one that cannot be read counts as left out.
pub(in crate::platform::pinduoduo) fn decrypted(body: &[u8]) -> Result<DecryptAnswer, DecodeError> {
    let result = wire::object("pdd.open.decrypt.batch", body)?;
    let wrong = || DecodeError::new("data_decrypt_list", "an array");
    let list = result.get("data_decrypt_list").and_then(items).ok_or_else(wrong)?;
    Ok(DecryptAnswer { facts: list.into_iter().filter_map(|raw| fact(raw).ok()).collect(), refused: None })
}

fn fact(raw: &[u8]) -> Result<OpenedFact, DecodeError> {
    let text = text(raw)?;
    let wire = DecryptItem::read(&text)?;
    let refused = wire.error_code.text()?.filter(|code| code != "0");
    let plain = wire.decrypted_data.secret()?.filter(|_| refused.is_none());
    let virtual_type = wire.virtual_number_type.outer().ok().flatten();
    let virtual_number = wire.virtual_identify_number.outer().ok().flatten();
    Ok(OpenedFact {
        platform_order_id: wire.data_tag.id()?.ok_or_else(|| wire.data_tag.wrong("an order's number"))?,
        ciphertext: wire.encrypted_data.text()?.ok_or_else(|| wire.encrypted_data.wrong("ciphertext"))?,
        texts: plain.map(|plain| (None, dialled(plain))).into_iter().collect(),
        phone_is_virtual: virtual_type.is_some() || virtual_number.is_some(),
        phone_valid_until: None,
        refused,
    })
}

/// A virtual number as it is dialled: `$13800000000$#1234#` and `13800000000#1234#` are number and extension (16).
/// Any other text stays as it is.
fn dialled(text: Secret<String>) -> Secret<String> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let split = || {
        let (number, extension) = text.expose().strip_suffix('#')?.split_once('#')?;
        let number = number.strip_prefix('$').and_then(|bare| bare.strip_suffix('$')).unwrap_or(number);
        (is_number(number) && is_number(extension)).then(|| format!("{number}-{extension}"))
    };
    match split() {
        Some(dialled) => Secret::new(dialled),
        None => text,
    }
}
