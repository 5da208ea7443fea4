use dianqiao::model::{ChangeState, Fen, PlatformId, SkuRecord};
use dianqiao::{ErrorKind, Hub, RawRequest, ShipRequest, SkuTarget, StockWish, SyncRequest};
use serde_json::{Value, json};

use super::{
    Party, Visit, beijing, connect, draft, fen, order_facts, product_facts, refund_facts, sku_facts, text,
};
use crate::support::{Sandbox, config};

pub(super) static PARTY: Party = Party {
    platform: PlatformId::Jd,
    read: "jingdong.vender.shop.query",
    shop_field: "shop_id",
    refund_kinds: &["refunds", "services"],
    forgets: true,
    limit_is_daily: true,
    order,
    product: |ware| (text(&ware["wareId"]), product_facts(&text(&ware["wareStatus"]), &ware["title"])),
    sku: |sku| {
        let price = fen(&sku["jdPrice"]).unwrap();
        (text(&sku["skuId"]), sku_facts(&text(&sku["wareId"]), price, int(&sku["stockNum"])))
    },
    refund,
    only_sku: |_| None,
};

fn int(value: &Value) -> i64 {
    text(value).parse().unwrap()
}

fn order(order: &Value) -> (String, String) {
    let lines: Vec<_> = order["itemInfoList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (text(&item["skuId"]), int(&item["itemTotal"])))
        .collect();
    let facts = order_facts(
        &text(&order["orderState"]),
        beijing(&order["modified"]),
        fen(&order["shouldPay"]),
        &lines,
    );
    (text(&order["orderId"]), facts)
}

/// Applications before shipment give fen and text times; cases after it no amount and milliseconds.
fn refund(refund: &Value) -> (String, String) {
    let order = text(&refund["orderId"]);
    if refund["serviceId"].is_null() {
        let (amount, state) = (int(&refund["applyRefundSum"]), text(&refund["status"]));
        let facts = refund_facts(&order, Some(amount), &state, beijing(&refund["modified"]));
        return (text(&refund["id"]), facts);
    }
    let updated = int(&refund["updateTime"]).div_euclid(1_000);
    let facts = refund_facts(&order, None, &text(&refund["serviceStatus"]), updated);
    (format!("asc-{}", text(&refund["serviceId"])), facts)
}

async fn one_sku(visit: &Visit) -> (SkuTarget, Value) {
    let wares = visit.truth("products").await;
    let on_sale = wares.iter().find(|ware| ware["wareStatus"] == 8).expect("a ware on sale");
    let skus = visit.truth("skus").await;
    let sku = skus.into_iter().find(|sku| text(&sku["wareId"]) == text(&on_sale["wareId"])).unwrap();
    let target = SkuTarget {
        shop_id: visit.shop.id,
        platform_product_id: text(&sku["wareId"]),
        platform_sku_id: text(&sku["skuId"]),
    };
    (target, sku)
}

async fn writes(visit: &Visit, method: &str) -> usize {
    let log = visit.sandbox.get("/writes?platform=jd&after=0&limit=1000").await;
    log["items"].as_array().unwrap().iter().filter(|write| write["method"] == method).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn jd_takes_each_write_once() {
    let visit = Visit::start(&PARTY, &["--orders", "60", "--products", "6"]).await;
    visit.sync().await;
    let (target, sku) = one_sku(&visit).await;
    let products = visit.hub.products();
    let price = fen(&sku["jdPrice"]).unwrap() + 105;
    let receipts = [
        products.set_stock(target.clone(), StockWish::Set(77)).await.unwrap(),
        products.set_stock(target.clone(), StockWish::Add(-7)).await.unwrap(),
        products.set_stock(target.clone(), StockWish::Set(77)).await.unwrap(),
        products.set_price(target.clone(), Fen(price)).await.unwrap(),
        products.set_online(visit.shop.id, target.platform_product_id.clone(), false).await.unwrap(),
    ];
    for receipt in receipts {
        assert_eq!(receipt.state, ChangeState::Accepted);
    }
    let now = visit.truth("skus").await.into_iter().find(|one| one["skuId"] == sku["skuId"]).unwrap();
    assert_eq!(int(&now["stockNum"]), 77, "setting the same again is another change");
    assert_eq!(fen(&now["jdPrice"]), Some(price));
    let fetched = products.fetch(visit.shop.id, target.platform_product_id.clone()).await.unwrap();
    let of_it = |one: &&SkuRecord| one.platform_sku_id == target.platform_sku_id;
    assert_eq!(fetched.skus.iter().find(of_it).map(|sku| (sku.price, sku.stock)), Some((Fen(price), 77)));
    assert!(fetched.record.description.is_some());
    let company = visit.hub.orders().companies(visit.shop.id).await.unwrap().remove(0);
    let orders = visit.truth("orders").await;
    let order = orders.iter().find(|order| order["orderState"] == "WAIT_SELLER_STOCK_OUT").unwrap();
    let parcel = ShipRequest {
        shop_id: visit.shop.id,
        platform_order_id: text(&order["orderId"]),
        company_code: company.code,
        tracking_number: "SF1234567890".into(),
    };
    assert_eq!(visit.hub.orders().ship(parcel).await.unwrap().state, ChangeState::Accepted);
    assert_eq!(writes(&visit, "jingdong.ware.stock.sku.set").await, 3);
    assert_eq!(writes(&visit, "jingdong.price.write.updateSkuJdPrice").await, 1);
    assert_eq!(writes(&visit, "jingdong.ware.write.upOrDown").await, 1);
    assert_eq!(writes(&visit, "jingdong.pop.order.shipment").await, 1);
}

/// The number of a change makes an addition whose answer was lost count once, however often it is sent.
#[tokio::test(flavor = "multi_thread")]
async fn jd_adds_stock_once_when_the_answer_is_lost() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "6"]).await;
    visit.sync().await;
    let (target, sku) = one_sku(&visit).await;
    visit.fault("lost_reset", "jingdong.ware.stock.sku.set", 1).await;
    let receipt = visit.hub.products().set_stock(target, StockWish::Add(5)).await.unwrap();
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let change = visit.hub.changes().get(receipt.change_id).await.unwrap();
        if change.state.is_final() {
            assert_eq!(change.state, ChangeState::Accepted, "{change:?}");
            break;
        }
        assert!(tokio::time::Instant::now() < until, "{change:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let now = visit.truth("skus").await.into_iter().find(|one| one["skuId"] == sku["skuId"]).unwrap();
    assert_eq!(int(&now["stockNum"]), int(&sku["stockNum"]) + 5);
}

/// Wares are asked for since the beginning of the platform: in as many calls as there are pages, not weeks.
#[tokio::test(flavor = "multi_thread")]
async fn jd_reads_all_wares_of_a_small_shop_in_a_few_calls() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "60"]).await;
    visit.hub.products().sync(SyncRequest::new(visit.shop.id)).await.unwrap();
    let calls = visit.sandbox.calls_of("jd", "jingdong.ware.read.searchWare4Valid").await;
    assert!(calls <= 6, "{calls}");
    visit.assert_products_equal(&deleted(&visit.truth("products").await)).await;
}

/// Wares that no list shows.
fn deleted(wares: &[Value]) -> std::collections::BTreeSet<String> {
    wares.iter().filter(|ware| ware["wareStatus"] == -1).map(|ware| text(&ware["wareId"])).collect()
}

/// Rows leave a window while it is paged, so that forward paging would lose some however they are sorted.
#[tokio::test(flavor = "multi_thread")]
async fn jd_loses_no_row_while_rows_move() {
    let visit = Visit::start(&PARTY, &["--orders", "700", "--products", "130"]).await;
    for method in [
        "jingdong.pop.order.search",
        "jingdong.ware.read.searchWare4Valid",
        "jingdong.pop.afs.soa.refundapply.queryPageList",
        "jingdong.asc.query.list",
    ] {
        visit.fault("rows_move", method, 6).await;
    }
    visit.sync().await;
    let moved = visit.sandbox.get("/stats?platform=jd").await["faults"]["rows_move"].as_i64();
    assert!(moved >= Some(6), "{moved:?}");
    visit.sandbox.clear_faults().await;
    visit.sync().await;
    visit.assert_orders_equal().await;
    visit.assert_refunds_equal().await;
    // No list shows deleted wares (8): one that was deleted before it was read is unknown.
    let wares = visit.truth("products").await;
    visit.assert_products_equal(&deleted(&wares)).await;
}

/// What a platform may send or leave out without a row being lost or changed.
#[tokio::test(flavor = "multi_thread")]
async fn jd_faults_leave_no_trace_in_the_data() {
    let visit = Visit::start(&PARTY, &["--orders", "260", "--products", "20"]).await;
    let faults = [
        "numbers_as_strings",
        "new_fields",
        "duplicate_rows",
        "wrong_total",
        "empty_page",
        "service_error",
        "expired_token",
        "html_200",
        "cut_json",
        "byte_order_mark",
        "chunked_cut",
        "reset",
    ];
    for name in faults {
        for method in
            ["jingdong.pop.order.search", "jingdong.sku.read.searchSkuList", "jingdong.asc.query.list"]
        {
            visit.fault(name, method, 1).await;
        }
        let request = SyncRequest { full: true, ..SyncRequest::new(visit.shop.id) };
        let runs = visit.hub.shops().sync(request).await;
        runs.unwrap_or_else(|error| panic!("{name}: {error}"));
        visit.sandbox.clear_faults().await;
        visit.assert_equal().await;
    }
}

/// A refresh keeps the token's text, and is refused for good once the token has ended.
#[tokio::test(flavor = "multi_thread")]
async fn jd_asks_for_a_person_once_a_token_has_ended() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    visit.sandbox.post("/tokens", json!({"platform": "jd", "expireAccess": true})).await;
    let refused = visit.read().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Reauthorize, "{refused}");
    let refreshes = visit.sandbox.calls_of("jd", "oauth2.refresh_token").await;
    assert_eq!(refreshes, 1, "it was asked");
    assert!(visit.read().await.is_err());
    assert_eq!(
        visit.sandbox.calls_of("jd", "oauth2.refresh_token").await,
        refreshes,
        "a dead grant is left alone"
    );
}

/// An app outside JD's cloud sees no buyer data: the sync says what to do, the masked family is still there.
#[tokio::test(flavor = "multi_thread")]
async fn jd_outside_its_cloud_says_what_to_do() {
    let sandbox = Sandbox::start(&["--orders", "20", "--products", "3"]);
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub::open(config(&folder.path().join("shop.db"), &sandbox)).await.unwrap();
    let mut outside = draft(&sandbox, &PARTY);
    outside.app_key = sandbox.text("/jd/outside/appKey");
    outside.app_secret = Some(sandbox.text("/jd/outside/appSecret").into());
    let app = hub.apps().save(outside).await.unwrap();
    let shop = connect(&hub, &sandbox, &PARTY, &app, 0).await;
    let refused = hub.orders().sync(SyncRequest::new(shop.id)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.platform_code()), (ErrorKind::PlatformConfig, Some("73")));
    assert!(refused.to_string().contains("jingdong.shop.order.list.search"), "{refused}");
    hub.products().sync(SyncRequest::new(shop.id)).await.unwrap();
    hub.refunds().sync(SyncRequest::new(shop.id)).await.unwrap();
    let masked = RawRequest {
        shop_id: shop.id,
        api: "jingdong.shop.order.list.search".into(),
        params: json!({"startDate": "2026-11-01 00:00:00", "endDate": "2026-11-27 00:00:00", "page": 1,
            "size": 10})
        .to_string(),
        files: Vec::new(),
        repeatable: false,
    };
    let listed = hub.call(masked).await.unwrap();
    assert!(listed.contains("recordCount"), "{listed}");
}
