use std::time::Duration;

use dianqiao::model::{ChangeState, Fen, PlatformId};
use dianqiao::{ErrorKind, RawRequest, ShipRequest, SkuTarget, StockWish};
use serde_json::{Value, json};

use super::{Party, Visit, beijing, fen, order_facts, product_facts, refund_facts, sku_facts, text};

pub(super) static PARTY: Party = Party {
    platform: PlatformId::Pinduoduo,
    read: "pdd.mall.info.get",
    shop_field: "mall_id",
    refund_kinds: &["refunds"],
    forgets: false,
    limit_is_daily: false,
    order,
    only_sku: |_| None,
    product: |goods| {
        let status = if goods["is_onsale"] == 1 { "on" } else { "off" };
        (text(&goods["goods_id"]), product_facts(status, &goods["goods_name"]))
    },
    sku: |sku| {
        let facts = sku_facts(&text(&sku["goods_id"]), int(&sku["multi_price"]), int(&sku["quantity"]));
        (text(&sku["sku_id"]), facts)
    },
    refund: |refund| {
        let facts = refund_facts(
            &text(&refund["order_sn"]),
            fen(&refund["refund_amount"]),
            &text(&refund["after_sales_status"]),
            beijing(&refund["updated_time"]),
        );
        (text(&refund["id"]), facts)
    },
};

fn int(value: &Value) -> i64 {
    text(value).parse().unwrap()
}

fn order(order: &Value) -> (String, String) {
    let lines: Vec<_> = order["item_list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (text(&item["sku_id"]), int(&item["goods_count"])))
        .collect();
    let status = ["order_status", "confirm_status", "group_status", "risk_control_status"];
    let status = status.map(|name| text(&order[name])).join("/");
    let facts = order_facts(&status, beijing(&order["updated_at"]), fen(&order["pay_amount"]), &lines);
    (text(&order["order_sn"]), facts)
}

#[tokio::test(flavor = "multi_thread")]
async fn pinduoduo_takes_each_write_once() {
    let visit = Visit::start(&PARTY, &["--orders", "60", "--products", "6"]).await;
    visit.sync().await;
    let sku = visit.truth("skus").await.remove(0);
    let product = text(&sku["goods_id"]);
    let target = || SkuTarget {
        shop_id: visit.shop.id,
        platform_product_id: product.clone(),
        platform_sku_id: text(&sku["sku_id"]),
    };
    let products = visit.hub.products();
    let set = products.set_stock(target(), StockWish::Set(77)).await.unwrap();
    let add = products.set_stock(target(), StockWish::Add(-7)).await.unwrap();
    let price = products.set_price(target(), Fen(int(&sku["multi_price"]) - 100)).await.unwrap();
    let online = products.set_online(visit.shop.id, product.clone(), false).await.unwrap();
    for receipt in [set, add, price, online] {
        assert_eq!(receipt.state, ChangeState::Accepted);
    }
    let now = visit.truth("skus").await.into_iter().find(|one| one["sku_id"] == sku["sku_id"]).unwrap();
    assert_eq!(int(&now["quantity"]), 70);
    let company = visit.hub.orders().companies(visit.shop.id).await.unwrap().remove(0);
    let to_ship = |order: &Value| {
        order["order_status"] == 1
            && order["confirm_status"] == 1
            && order["group_status"] == 1
            && order["risk_control_status"] == 0
            && order["refund_status"] == 1
    };
    let order = visit.truth("orders").await.into_iter().find(to_ship).expect("an order to ship");
    let parcel = || ShipRequest {
        shop_id: visit.shop.id,
        platform_order_id: text(&order["order_sn"]),
        company_code: company.code.clone(),
        tracking_number: "SF1234567890".into(),
    };
    let shipped = visit.hub.orders().ship(parcel()).await.unwrap();
    assert_eq!(shipped.state, ChangeState::Accepted);
    let writes = visit.sandbox.get("/writes?platform=pinduoduo&after=0&limit=1000").await;
    let of = |method: &str| {
        writes["items"].as_array().unwrap().iter().filter(|write| write["method"] == method).count()
    };
    assert_eq!(of("pdd.goods.quantity.update"), 2);
    assert_eq!(of("pdd.goods.sku.price.update"), 1);
    assert_eq!(of("pdd.goods.sale.status.set"), 1);
    assert_eq!(of("pdd.logistics.online.send"), 1);
}

/// A trap of the platform: a delta has no key, so one whose answer was lost is not sent again.
#[tokio::test(flavor = "multi_thread")]
async fn pinduoduo_stock_is_never_added_twice() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    visit.sync().await;
    let sku = visit.truth("skus").await.remove(0);
    visit.fault("lost_reset", "pdd.goods.quantity.update", 1).await;
    let target = SkuTarget {
        shop_id: visit.shop.id,
        platform_product_id: text(&sku["goods_id"]),
        platform_sku_id: text(&sku["sku_id"]),
    };
    let receipt = visit.hub.products().set_stock(target, StockWish::Add(5)).await.unwrap();
    visit.sandbox.clear_faults().await;
    let until = tokio::time::Instant::now() + Duration::from_secs(60);
    let change = loop {
        let change = visit.hub.changes().get(receipt.change_id).await.unwrap();
        if change.state == ChangeState::NeedsHuman || change.state.is_final() {
            break change;
        }
        assert!(tokio::time::Instant::now() < until, "{change:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(change.state, ChangeState::NeedsHuman);
    let writes = visit.sandbox.get("/writes?platform=pinduoduo&after=0&limit=1000").await;
    assert_eq!(writes["items"].as_array().unwrap().len(), 1, "{writes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pinduoduo_takes_files_and_tells_of_windows_that_are_too_wide() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    let call = |api: &str, params: Value, files| RawRequest {
        shop_id: visit.shop.id,
        api: api.into(),
        params: params.to_string(),
        files,
        repeatable: false,
    };
    let file = dianqiao::model::FilePart {
        name: "file".into(),
        file_name: "a.png".into(),
        content_type: "image/png".into(),
        bytes: b"\x89PNG\r\n\x1a\n0000".to_vec(),
    };
    let uploaded = visit.hub.call(call("pdd.goods.img.upload", json!({}), vec![file])).await.unwrap();
    let uploaded: Value = serde_json::from_str(&uploaded).unwrap();
    assert!(uploaded["url"].as_str().unwrap().starts_with("https://"), "{uploaded}");
    let now = 1_790_000_000;
    let wide = json!({"start_updated_at": now, "end_updated_at": now + 1_801, "is_lucky_flag": 0,
        "order_status": 5, "refund_status": 5, "page": 1, "page_size": 10});
    let refused = visit.hub.call(call("pdd.order.number.list.increment.get", wide, Vec::new())).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidRequest);
}
