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
