//! Turns what a page held into rows for the store: digests, and seals around what must not be read.

use serde::Serialize;

use super::hash::{bytes_hash, content_hash};
use crate::auth::{Sealing, place, shop_row};
use crate::error::{Error, Result};
use crate::model::{ProductRecord, RefundRecord, RunKind, ShopId, SkuRecord};
use crate::platform::{BadRecord, PlainReceiver, RemoteOrder};
use crate::secret::Secret;
use crate::store::{BadRow, OrderRow, ProductRow, RefundRow, SealedColumn, SkuRow};

/// A quarantined record longer than this is cut: its beginning is enough to see what is wrong.
const LONGEST_RAW: usize = 64 * 1024;

pub(super) fn sku_row(record: SkuRecord) -> SkuRow {
    SkuRow { hash: content_hash(&record), record }
}

/// Makes rows for one shop.
pub(super) struct Sealer<'a> {
    pub(super) sealing: &'a Sealing,
    pub(super) shop: ShopId,
    /// The platform's lists of products leave out parts that are read beside them.
    pub(super) thin_products: bool,
}

impl Sealer<'_> {
    pub(super) fn product(&self, record: ProductRecord) -> ProductRow {
        ProductRow { hash: content_hash(&record), is_thin: self.thin_products, record }
    }

    pub(super) fn refund(&self, record: RefundRecord) -> RefundRow {
        RefundRow { hash: content_hash(&record), record }
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
        let row = shop_row(self.shop, &format!("{kind}/{}", hex::encode(digest)));
        Ok(BadRow {
            platform_id: bad.platform_id,
            sealed_raw: self.sealing.seal(&place(SealedColumn::Raw, &row, 0), raw)?,
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
        let row = shop_row(self.shop, platform_order_id);
        self.sealing.seal_text(&place(SealedColumn::Receiver, &row, 0), &Secret::new(json))
    }
}

#[cfg(test)]
mod tests {
    use super::Sealer;
    use crate::auth::{Cipher, KeyRing, MasterKey, place};
    use crate::error::ErrorKind;
    use crate::model::{PlatformId, RunKind, ShopId, UtcMillis};
    use crate::platform::{BadRecord, OrderQuery, adapter};
    use crate::store::SealedColumn;

    /// A sealed value and where it may be opened.
    type Sealed = (String, SealedColumn, Vec<u8>);

    fn cipher() -> Cipher {
        Cipher::new(&KeyRing::new(MasterKey::from_bytes(b"0123456789abcdefghijklmnopqrstuv").unwrap()))
    }

    fn receiver(sealer: &Sealer<'_>, id: &str) -> Sealed {
        let query = OrderQuery { from: UtcMillis(0), to: UtcMillis(0), page: 0, size: 100, section: 0 };
        let call = adapter(PlatformId::Doudian).list_orders(&query).unwrap();
        let order = format!(
            r#"{{"order_id":"{id}","order_status":2,"create_time":1,"update_time":1,"post_receiver":"王小明"}}"#
        );
        let body = format!(r#"{{"code":10000,"data":{{"total":1,"shop_order_list":[{order}]}}}}"#);
        let order = (call.decode)(body.as_bytes()).unwrap().records.remove(0).unwrap();
        let row = sealer.order(order).unwrap();
        (format!("{}/{id}", sealer.shop), SealedColumn::Receiver, row.sealed_receiver.unwrap())
    }

    fn raw(sealer: &Sealer<'_>, kind: RunKind, raw: &str) -> Sealed {
        let bad = BadRecord { platform_id: None, raw: raw.into(), reason: "odd".to_owned() };
        let row = sealer.bad(kind, bad).unwrap();
        let place = format!("{}/{kind}/{}", sealer.shop, hex::encode(row.digest));
        (place, SealedColumn::Raw, row.sealed_raw)
    }

    #[test]
    fn receivers_and_raw_records_open_at_their_own_place_and_unaltered_only() {
        let cipher = cipher();
        let sealing = cipher.sealing();
        let of = |shop| Sealer { sealing: &sealing, shop: ShopId(shop), thin_products: false };
        let (one, two) = (of(1), of(2));
        let all = [
            receiver(&one, "7"),
            receiver(&one, "8"),
            receiver(&two, "7"),
            raw(&one, RunKind::Orders, "a"),
            raw(&one, RunKind::Orders, "b"),
            raw(&one, RunKind::Products, "a"),
            raw(&two, RunKind::Orders, "a"),
        ];
        let open = |(row, column, _): &Sealed, sealed: &[u8]| {
            let opened = cipher.open(&place(*column, row, 0), sealed);
            opened.map_err(|error| error.kind()).map(|plain| plain.expose().clone())
        };
        for (n, place) in all.iter().enumerate() {
            assert!(open(place, &place.2).unwrap().starts_with(if n < 3 { b"{\"name\"" } else { b"" }));
            for (m, other) in all.iter().enumerate() {
                assert_eq!(open(place, &other.2).is_ok(), n == m, "{m} at the place of {n}");
            }
            for bit in 0..place.2.len() * 8 {
                let mut altered = place.2.clone();
                altered[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(open(place, &altered), Err(ErrorKind::KeyWrong), "{n}: bit {bit}");
            }
            for length in 0..place.2.len() {
                assert_eq!(open(place, &place.2[..length]), Err(ErrorKind::KeyWrong), "{n}: cut at {length}");
                assert_eq!(
                    open(place, &place.2[length + 1..]),
                    Err(ErrorKind::KeyWrong),
                    "{n}: from {length}"
                );
            }
        }
    }
}
