use dianqiao::model::PlatformId;
use serde_json::Value;

use super::{Party, beijing, fen, order_facts, product_facts, refund_facts, sku_facts, text};

pub(super) static PARTY: Party = Party {
    platform: PlatformId::Taobao,
    read: "taobao.sellercats.list.get",
    shop_field: "shop_id",
    refund_kinds: &["refunds"],
    forgets: false,
    limit_is_daily: false,
    order,
    product: |item| (text(&item["num_iid"]), product_facts(&status(item), &item["title"])),
    sku: |sku| {
        let price = fen(&sku["price"]).unwrap();
        (text(&sku["sku_id"]), sku_facts(&text(&sku["num_iid"]), price, int(&sku["quantity"])))
    },
    only_sku: |item| {
        let id = text(&item["num_iid"]);
        let facts = sku_facts(&id, fen(&item["price"]).unwrap(), int(&item["num"]));
        item["skus"].as_array().unwrap().is_empty().then_some((id, facts))
    },
    refund: |refund| {
        let facts = refund_facts(
            &text(&refund["tid"]),
            fen(&refund["refund_fee"]),
            &text(&refund["status"]),
            beijing(&refund["modified"]),
        );
        (text(&refund["refund_id"]), facts)
    },
};

fn int(value: &Value) -> i64 {
    text(value).parse().unwrap()
}

/// The list says why an item is in stock only of those that it keeps apart.
fn status(item: &Value) -> String {
    let (status, state) = (text(&item["approve_status"]), text(&item["state"]));
    let is_apart = ["sold_out", "violation_off_shelf"].contains(&state.as_str());
    if is_apart { format!("{status}/{state}") } else { status }
}

fn order(trade: &Value) -> (String, String) {
    let sku = |line: &Value| match line["sku_id"].as_str() {
        None | Some("") => text(&line["num_iid"]),
        Some(sku) => sku.to_owned(),
    };
    let lines: Vec<_> =
        trade["orders"].as_array().unwrap().iter().map(|line| (sku(line), int(&line["num"]))).collect();
    (
        text(&trade["tid"]),
        order_facts(&text(&trade["status"]), beijing(&trade["modified"]), fen(&trade["payment"]), &lines),
    )
}
