use dianqiao::model::PlatformId;
use serde_json::Value;

use super::{Party, order_facts, product_facts, sku_facts, text};

pub(super) static PARTY: Party = Party {
    platform: PlatformId::Doudian,
    read: "shop.brandList",
    shop_field: "shop_id",
    refund_kinds: &[],
    forgets: false,
    limit_is_daily: false,
    order,
    only_sku: |_| None,
    product: |product| {
        let status = ["status", "check_status", "draft_status"].map(|name| text(&product[name])).join("/");
        (text(&product["product_id"]), product_facts(&status, &product["name"]))
    },
    sku: |sku| {
        let facts = sku_facts(&text(&sku["product_id"]), int(&sku["price"]), int(&sku["stock_num"]));
        (text(&sku["id"]), facts)
    },
    refund: |_| unreachable!("the adapter lists no refunds"),
};

fn int(value: &Value) -> i64 {
    text(value).parse().unwrap()
}

fn order(order: &Value) -> (String, String) {
    let lines: Vec<_> = order["sku_order_list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (text(&item["sku_id"]), int(&item["item_num"])))
        .collect();
    let facts = order_facts(
        &text(&order["order_status"]),
        int(&order["update_time"]),
        Some(int(&order["pay_amount"])),
        &lines,
    );
    (text(&order["order_id"]), facts)
}
