//! Turns what a page held into rows for the store: digests, and seals around what must not be read.

use serde::Serialize;

use super::hash::{bytes_hash, content_hash};
use crate::auth::{Cipher, SealPlace};
use crate::error::{Error, Result};
use crate::model::{ProductRecord, RunKind, ShopId, SkuRecord};
use crate::platform::{BadRecord, PlainReceiver, RemoteOrder};
use crate::secret::Secret;
use crate::store::{BadRow, OrderRow, ProductRow, SkuRow};

/// A quarantined record longer than this is cut: its beginning is enough to see what is wrong.
const LONGEST_RAW: usize = 64 * 1024;

/// Makes rows for one shop.
pub(super) struct Sealer<'a> {
    pub(super) cipher: &'a Cipher,
    pub(super) shop: ShopId,
}

impl Sealer<'_> {
    pub(super) fn product(&self, record: ProductRecord) -> ProductRow {
        ProductRow { hash: content_hash(&record), record }
    }

    pub(super) fn sku(&self, record: SkuRecord) -> SkuRow {
        SkuRow { hash: content_hash(&record), record }
    }

    /// Plain buyer data is left out of the digest: it would tell whether two orders have the same buyer.
    pub(super) fn order(&self, order: RemoteOrder) -> Result<OrderRow> {
        let seal = |plain: &PlainReceiver| self.receiver(&order.record.platform_order_id, plain);
        let sealed_receiver = order.plain.as_ref().map(seal).transpose()?;
        Ok(OrderRow { hash: content_hash(&order.record), sealed_receiver, record: order.record })
    }

    /// Raw bytes may hold anything, buyer data among it, so they are sealed.
    pub(super) fn bad(&self, kind: RunKind, bad: BadRecord) -> Result<BadRow> {
        let digest = bytes_hash(&bad.raw);
        let raw = bad.raw.get(..LONGEST_RAW).unwrap_or(&bad.raw);
        let row = format!("{}/{kind}/{}", self.shop, hex::encode(digest));
        let place = SealPlace { table: "quarantine", column: "sealed_raw", row: &row, generation: 0 };
        Ok(BadRow {
            platform_id: bad.platform_id,
            sealed_raw: self.cipher.seal(&place, raw)?,
            digest,
            reason: bad.reason,
        })
    }

    fn receiver(&self, platform_order_id: &str, plain: &PlainReceiver) -> Result<Vec<u8>> {
        #[derive(Serialize)]
        struct Fields<'a> {
            name: Option<&'a str>,
            phone: Option<&'a str>,
            detail: Option<&'a str>,
        }
        let text = |secret: &'_ Option<Secret<String>>| secret.as_ref().map(|text| text.expose().clone());
        let (name, phone, detail) = (text(&plain.name), text(&plain.phone), text(&plain.detail));
        let fields = Fields { name: name.as_deref(), phone: phone.as_deref(), detail: detail.as_deref() };
        let json = serde_json::to_string(&fields)
            .map_err(|_| Error::internal("three texts always have a JSON form"))?;
        let row = format!("{}/{platform_order_id}", self.shop);
        let place = SealPlace { table: "orders", column: "sealed_receiver", row: &row, generation: 0 };
        self.cipher.seal_text(&place, &Secret::new(json))
    }
}

#[cfg(test)]
mod tests {
    use super::Sealer;
    use crate::auth::{Cipher, KeyRing, MasterKey, SealPlace};
    use crate::error::ErrorKind;
    use crate::model::{PlatformId, RunKind, ShopId, UtcMillis};
    use crate::platform::{BadRecord, OrderQuery, adapter};

    /// A sealed value and where it may be opened.
    type Sealed = (String, &'static str, &'static str, Vec<u8>);

    fn cipher() -> Cipher {
        Cipher::new(&KeyRing::new(MasterKey::from_bytes(b"0123456789abcdefghijklmnopqrstuv").unwrap()))
    }

    fn receiver(sealer: &Sealer<'_>, id: &str) -> Sealed {
        let query = OrderQuery { from: UtcMillis(0), to: UtcMillis(0), page: 0, size: 100 };
        let call = adapter(PlatformId::Doudian).list_orders(&query).unwrap();
        let order = format!(
            r#"{{"order_id":"{id}","order_status":2,"create_time":1,"update_time":1,"post_receiver":"王小明"}}"#
        );
        let body = format!(r#"{{"code":10000,"data":{{"total":1,"shop_order_list":[{order}]}}}}"#);
        let order = (call.decode)(body.as_bytes()).unwrap().records.remove(0).unwrap();
        let row = sealer.order(order).unwrap();
        (format!("{}/{id}", sealer.shop), "orders", "sealed_receiver", row.sealed_receiver.unwrap())
    }

    fn raw(sealer: &Sealer<'_>, kind: RunKind, raw: &str) -> Sealed {
        let bad = BadRecord { platform_id: None, raw: raw.into(), reason: "odd".to_owned() };
        let row = sealer.bad(kind, bad).unwrap();
        let place = format!("{}/{kind}/{}", sealer.shop, hex::encode(row.digest));
        (place, "quarantine", "sealed_raw", row.sealed_raw)
    }

    #[test]
    fn receivers_and_raw_records_open_at_their_own_place_and_unaltered_only() {
        let cipher = cipher();
        let (one, two) =
            (Sealer { cipher: &cipher, shop: ShopId(1) }, Sealer { cipher: &cipher, shop: ShopId(2) });
        let all = [
            receiver(&one, "7"),
            receiver(&one, "8"),
            receiver(&two, "7"),
            raw(&one, RunKind::Orders, "a"),
            raw(&one, RunKind::Orders, "b"),
            raw(&one, RunKind::Products, "a"),
            raw(&two, RunKind::Orders, "a"),
        ];
        let open = |(row, table, column, _): &Sealed, sealed: &[u8]| {
            let opened = cipher.open(&SealPlace { table, column, row, generation: 0 }, sealed);
            opened.map_err(|error| error.kind()).map(|plain| plain.expose().clone())
        };
        for (n, place) in all.iter().enumerate() {
            assert!(open(place, &place.3).unwrap().starts_with(if n < 3 { b"{\"name\"" } else { b"" }));
            for (m, other) in all.iter().enumerate() {
                assert_eq!(open(place, &other.3).is_ok(), n == m, "{m} at the place of {n}");
            }
            for bit in 0..place.3.len() * 8 {
                let mut altered = place.3.clone();
                altered[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(open(place, &altered), Err(ErrorKind::KeyWrong), "{n}: bit {bit}");
            }
            for length in 0..place.3.len() {
                assert_eq!(open(place, &place.3[..length]), Err(ErrorKind::KeyWrong), "{n}: cut at {length}");
                assert_eq!(
                    open(place, &place.3[length + 1..]),
                    Err(ErrorKind::KeyWrong),
                    "{n}: from {length}"
                );
            }
        }
    }
}
