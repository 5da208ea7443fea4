//! Rules of writes, and of ids that are blank.

use super::probe::write;
use super::sample::{PRODUCT, SKU, goods_query, known, link_wish, online, price, ship, stock, wishes};
use super::{Report, refuses};
use crate::platform::{Capability, Repeat, WriteClass, write_call};

impl Report<'_> {
    /// A write goes out once by itself, is guarded against calls by hand, and what may be repeated differs
    /// with its value.
    pub(super) fn writes(&mut self) {
        let adapter = self.adapter;
        for wanted in wishes() {
            let word = wanted.operation().as_str();
            if !adapter.capabilities().iter().any(|capability| capability.as_str() == word) {
                continue;
            }
            let Ok(call) = write(adapter, &wanted) else {
                self.expect(false, format!("{word} is claimed but fails"));
                continue;
            };
            self.expect(call.parts.repeat == Repeat::Never, format!("{word} is never repeated by itself"));
            let guarded = adapter.typed_write(&call.parts.api).is_some();
            self.expect(guarded, format!("{word} is not called by hand"));
            let class = adapter.write_class(&wanted);
            self.expect(
                class != WriteClass::Repeat || wanted.is_absolute(),
                format!("{word} is only repeated where it sets a value"),
            );
            // Platforms want keys in forms of their own, so that only its effect can be checked.
            let keyed = class == WriteClass::RepeatWithKey;
            let sent = |key| {
                write_call(adapter, &wanted, Some(key), Some(&known())).map(|call| call.parts.params).ok()
            };
            let told_apart = sent("k-1") == sent("k-1") && sent("k-1") != sent("k-2");
            self.expect(!keyed || told_apart, format!("{word} carries its key"));
        }
    }

    pub(super) fn blank_ids(&mut self) {
        let adapter = self.adapter;
        let asked = [
            (Capability::ConnectTool, refuses(adapter.exchange_code(" "))),
            (Capability::ConnectSelfUse, refuses(adapter.self_grant(""))),
            (Capability::GetOrder, refuses(adapter.get_order(""))),
            (Capability::GetProduct, refuses(adapter.get_product(""))),
            (Capability::ListSkus, refuses(adapter.list_skus(" "))),
            (Capability::SetOnline, refuses(write(adapter, &online(" ", true)))),
            (Capability::SetPrice, refuses(write(adapter, &price("", 1)))),
            (Capability::SetPrice, refuses(write(adapter, &price(SKU, -1)))),
            (Capability::SetStock, refuses(write(adapter, &stock("", 1)))),
            (Capability::SetStock, refuses(write(adapter, &stock(PRODUCT, -1)))),
            (Capability::ShipOrder, refuses(write(adapter, &ship(" ")))),
            (Capability::CreateLinks, refuses(adapter.create_link(&link_wish(" ")))),
            (Capability::SearchGoods, refuses(adapter.search_goods(&goods_query(" ", 0)))),
        ];
        for (capability, refused) in asked {
            let claimed = adapter.capabilities().contains(&capability);
            self.expect(!claimed || refused, format!("{} wants an id", capability.as_str()));
        }
    }
}
