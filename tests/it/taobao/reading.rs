//! What is read is what is there: products of all lists, orders of all types, refunds.

use dianqiao::model::{OrderItem, OrderStatus, ProductStatus, RefundStatus};
use serde_json::{Value, json};

use super::desk::{App, Play, TAOBAO, TMALL, fault, fen, moment, text};
use dianqiao::{RawRequest, SyncRequest};

async fn assert_orders_equal(play: &Play) {
    let (ours, truth) = (play.orders().await, play.truth("orders").await);
    assert_eq!(ours.len(), truth.len());
    for trade in &truth {
        let record = &ours[&text(&trade["tid"])].record;
        let lines: Vec<_> = record.items.iter().map(line_of).collect();
        let theirs = trade["orders"].as_array().unwrap().iter().map(true_line);
        assert_eq!(lines, theirs.collect::<Vec<_>>(), "{trade}");
        assert_eq!(
            (record.platform_status.clone(), record.order_type.clone()),
            (text(&trade["status"]), Some(text(&trade["type"])))
        );
        assert_eq!(
            (record.platform_created_at.0, record.platform_updated_at.0),
            (moment(&trade["created"]), moment(&trade["modified"]))
        );
        let amounts = (record.pay_amount.unwrap().0, record.order_amount.unwrap().0);
        assert_eq!(
            amounts,
            (fen(&trade["payment"]), fen(&trade["total_fee"]) + fen(&trade["post_fee"])),
            "{trade}"
        );
        assert_eq!(record.receiver.name.masked.clone().unwrap_or_default(), text(&trade["receiver_name"]));
        assert_eq!(record.receiver.phone.cipher.clone().unwrap_or_default(), text(&trade["oaid"]));
    }
}

fn line_of(item: &OrderItem) -> (String, String, i64, i64) {
    let sku = item.platform_sku_id.clone().unwrap();
    (item.platform_item_id.clone(), sku, item.quantity, item.origin_price.unwrap().0)
}

/// A line of a product without SKUs names the product as its SKU.
fn true_line(line: &Value) -> (String, String, i64, i64) {
    let sku = text(&line["sku_id"]);
    let sku = if sku.is_empty() { text(&line["num_iid"]) } else { sku };
    (text(&line["oid"]), sku, line["num"].as_i64().unwrap(), fen(&line["price"]))
}

async fn assert_products_equal(play: &Play) {
    let (ours, truth) = (play.products().await, play.truth("products").await);
    assert_eq!(ours.len(), truth.len());
    for item in &truth {
        let product = &ours[&text(&item["num_iid"])];
        let record = &product.record;
        assert_eq!(
            (record.name.clone(), record.description.clone().unwrap_or_default()),
            (text(&item["title"]), text(&item["desc"]))
        );
        assert_eq!(record.platform_updated_at.unwrap().0, moment(&item["modified"]));
        let on_sale = item["approve_status"] == "onsale";
        assert_eq!(record.status == ProductStatus::OnSale, on_sale, "{item}");
        assert_eq!(record.status == ProductStatus::Banned, item["violation"] == true, "{item}");
        let mut skus: Vec<_> = product
            .skus
            .iter()
            .map(|sku| (sku.record.platform_sku_id.clone(), sku.record.price.0, sku.record.stock))
            .collect();
        let mut theirs: Vec<_> = skus_of(item);
        skus.sort();
        theirs.sort();
        assert_eq!(skus, theirs, "{item}");
    }
}

/// A product without SKUs is its own.
fn skus_of(item: &Value) -> Vec<(String, i64, i64)> {
    let skus = item["skus"].as_array().unwrap();
    if skus.is_empty() {
        return vec![(text(&item["num_iid"]), fen(&item["price"]), item["num"].as_i64().unwrap())];
    }
    let living = skus.iter().filter(|sku| sku["status"] != "delete");
    living.map(|sku| (text(&sku["sku_id"]), fen(&sku["price"]), sku["quantity"].as_i64().unwrap())).collect()
}

async fn assert_refunds_equal(play: &Play) {
    let (ours, truth) = (play.refunds().await, play.truth("refunds").await);
    assert_eq!(ours.len(), truth.len());
    for refund in &truth {
        let record = &ours[&text(&refund["refund_id"])].record;
        assert_eq!(
            (record.platform_order_id.clone(), record.platform_status.clone()),
            (text(&refund["tid"]), text(&refund["status"]))
        );
        assert_eq!(
            (record.refund_amount.unwrap().0, record.platform_kind.clone()),
            (fen(&refund["refund_fee"]), text(&refund["dispute_type"]))
        );
        assert_eq!(record.platform_updated_at.0, moment(&refund["modified"]));
        assert!(
            record.status != RefundStatus::Unknown || refund["status"] == "EXCHANGE_TRANSFORM_TO_REFUND",
            "{refund}"
        );
    }
}

pub(super) async fn assert_all_equal(play: &Play) {
    assert_products_equal(play).await;
    assert_orders_equal(play).await;
    assert_refunds_equal(play).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sync_reads_all_and_the_next_what_changed() {
    let play = Play::start(TAOBAO, App::Market, &["--orders", "700", "--products", "260"]).await;
    assert_eq!(
        (play.shop.shop_type.as_deref(), play.shop.name.as_str()),
        (Some("C"), play.desk.sandbox.text("/taobao/shops/0/shopName").as_str())
    );
    assert_eq!(play.shop.authorization.as_ref().unwrap().tiers.len(), 4);
    play.sync().await;
    assert_all_equal(&play).await;
    let orders = play.orders().await;
    let types: std::collections::BTreeSet<_> =
        orders.values().filter_map(|one| one.record.order_type.clone()).collect();
    assert!(
        types.contains("tmall_i18n") && types.contains("step"),
        "types that lists hide are asked for: {types:?}"
    );
    assert!(orders.values().all(|one| one.record.status != OrderStatus::Unknown));
    let stats = play.desk.sandbox.get("/stats").await;
    assert_eq!((&stats["refusals"], &stats["refusedSignatures"]), (&json!({}), &json!(0)));

    let change = json!({ "platform": "taobao", "shopId": play.shop.platform_shop_id, "orders": 25, "products": 6, "newOrders": 4, "refunds": 5 });
    let changed = play.desk.sandbox.post("/change", change).await;
    play.desk.sandbox.post("/stats/reset", json!({})).await;
    play.sync().await;
    assert_all_equal(&play).await;
    let details = play.calls("taobao.trade.fullinfo.get").await;
    assert!(details <= changed["orders"].as_array().unwrap().len() as i64 + 12, "{details} for {changed}");
    assert!(play.calls("taobao.trades.sold.increment.get").await <= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_move_while_pages_are_read_are_not_lost() {
    let play =
        Play::start(TMALL, App::Market, &["--orders", "900", "--products", "300", "--history-days", "2"])
            .await;
    assert_eq!(play.shop.shop_type.as_deref(), Some("B"));
    for method in
        ["taobao.trades.sold.increment.get", "taobao.items.onsale.get", "taobao.items.inventory.get"]
    {
        play.desk
            .sandbox
            .fault(json!({ "fault": "rows_move", "method": method, "times": 6, "every": 2 }))
            .await;
    }
    play.sync().await;
    play.desk.sandbox.clear_faults().await;
    play.sync().await;
    assert_all_equal(&play).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_call_waits_as_long_as_the_platform_says() {
    let play = Play::start(TAOBAO, App::Market, &["--orders", "20", "--products", "10"]).await;
    let mut limited = fault("limited", "taobao.refunds.receive.get", 1);
    limited["options"] = json!({ "seconds": 2 });
    play.desk.sandbox.fault(limited).await;
    let started = tokio::time::Instant::now();
    play.desk.hub.refunds().sync(SyncRequest::new(play.shop.id)).await.unwrap();
    assert!(started.elapsed() >= std::time::Duration::from_secs(2), "{:?}", started.elapsed());
    assert_refunds_equal(&play).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_method_is_called_files_included() {
    let play = Play::start(TAOBAO, App::Market, &["--orders", "10", "--products", "10"]).await;
    let file = dianqiao::model::FilePart {
        name: "img".into(),
        file_name: "主图.png".into(),
        content_type: "image/png".into(),
        bytes: png(),
    };
    let request = RawRequest {
        shop_id: play.shop.id,
        api: "taobao.picture.upload".into(),
        params: json!({ "picture_category_id": 0, "image_input_title": "主图😀.png" }).to_string(),
        files: vec![file],
        repeatable: false,
    };
    let answer: Value = serde_json::from_str(&play.desk.hub.call(request).await.unwrap()).unwrap();
    assert!(text(&answer["picture"]["picture_path"]).starts_with("https://"), "{answer}");
    let catalogue = play.desk.hub.shops().categories(play.shop.id, None).await.unwrap();
    assert!(catalogue.iter().all(|one| one.level == Some(1)) && !catalogue.is_empty());
    let below = play.desk.hub.shops().categories(play.shop.id, Some(catalogue[0].id.clone())).await.unwrap();
    assert!(below.iter().all(|one| one.parent_id.as_deref() == Some(catalogue[0].id.as_str())));
}

/// The smallest picture: one pixel.
fn png() -> Vec<u8> {
    let hex = "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c6360000000\
               0200015d0b2aad0000000049454e44ae426082";
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
