use dianqiao::model::{ChangeState, Fen, OrderFilter, PageRequest, PlatformId, SkuRecord};
use dianqiao::{ErrorKind, RawRequest, ShipRequest, SkuTarget, StockWish, SyncRequest};
use serde_json::{Value, json};

use super::decrypt::visit_with;
use super::{Party, Visit, beijing, fen, order_facts, product_facts, refund_facts, sku_facts, text};

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

/// The calls of the plain order search, and of its masked form.
async fn searches(visit: &Visit) -> (i64, i64) {
    let calls = |method| visit.sandbox.calls_of("jd", method);
    (calls("jingdong.pop.order.search").await, calls("jingdong.pop.order.enSearch").await)
}

/// Outside JD's cloud an app sees orders masked: they are followed as inside of it, and no buyer's data is here in plain
/// text until somebody with the right asks for it.
#[tokio::test(flavor = "multi_thread")]
async fn jd_outside_its_cloud_orders_are_followed_in_their_masked_form() {
    let mut visit = visit_with(&PARTY, json!({"buyerData": "encrypted"})).await;
    visit.sync().await;
    visit.assert_orders_equal().await;
    let (plain, masked) = searches(&visit).await;
    assert!(plain == 1 && masked >= 1, "{plain} {masked}");
    let changes = json!({"platform": "jd", "orders": 25, "newOrders": 8});
    visit.sandbox.post("/change", changes).await;
    visit.sync().await;
    visit.assert_equal().await;
    assert_eq!(
        searches(&visit).await.0,
        plain,
        "the platform is not asked again for what it does not show here"
    );
    let (filter, page) = (OrderFilter::default(), PageRequest { limit: Some(500), cursor: None });
    let filter = OrderFilter { shop_id: Some(visit.shop.id), page, ..filter };
    let orders = visit.hub.orders().list(filter).await.unwrap().items;
    for order in &orders {
        let receiver = &order.record.receiver;
        for field in [&receiver.name, &receiver.phone, &receiver.detail] {
            assert!(field.masked.as_deref().is_some_and(|text| text.contains('*')), "{receiver:?}");
            assert!(field.cipher.is_some(), "{receiver:?}");
        }
    }
    let wanted = orders[0].record.platform_order_id.clone();
    let fetched = visit.hub.orders().fetch(visit.shop.id, wanted).await.unwrap();
    assert_eq!(fetched.platform_status, orders[0].record.platform_status);
    assert_eq!(visit.sandbox.calls_of("jd", "jingdong.pop.order.get").await, 0, "that is known by now");
    // Another process may run elsewhere: it asks anew.
    visit.hub.close().await.unwrap();
    visit.reopen().await;
    visit.sync().await;
    assert!(searches(&visit).await.0 > plain);
}

/// A parcel is read back in the masked form too.
#[tokio::test(flavor = "multi_thread")]
async fn jd_outside_its_cloud_a_lost_shipment_is_found_again() {
    let visit = visit_with(&PARTY, json!({"buyerData": "encrypted"})).await;
    let orders = visit.truth("orders").await;
    let order = orders.iter().find(|order| order["orderState"] == "WAIT_SELLER_STOCK_OUT").unwrap();
    let company = visit.hub.orders().companies(visit.shop.id).await.unwrap().remove(0);
    let parcel = ShipRequest {
        shop_id: visit.shop.id,
        platform_order_id: text(&order["orderId"]),
        company_code: company.code,
        tracking_number: "JD0001112223334".into(),
    };
    visit.fault("lost_reset", "jingdong.pop.order.shipment", 1).await;
    let receipt = visit.hub.orders().ship(parcel).await.unwrap();
    let settled = visit.hub.changes().settle(receipt.change_id).await.unwrap();
    assert_eq!(settled.state, ChangeState::Accepted, "{settled:?}");
    assert_eq!(writes(&visit, "jingdong.pop.order.shipment").await, 1);
}

/// An app that is refused the masked orders too: the sync says what to do, and all the rest goes on.
#[tokio::test(flavor = "multi_thread")]
async fn jd_outside_its_cloud_without_masked_orders_says_what_to_do() {
    let visit = visit_with(&PARTY, json!({"buyerData": "refused"})).await;
    let (hub, shop) = (&visit.hub, &visit.shop);
    let refused = hub.orders().sync(SyncRequest::new(shop.id)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.platform_code()), (ErrorKind::PlatformConfig, Some("73")));
    assert!(refused.to_string().contains("jingdong.pop.order.enSearch"), "{refused}");
    hub.products().sync(SyncRequest::new(shop.id)).await.unwrap();
    hub.refunds().sync(SyncRequest::new(shop.id)).await.unwrap();
    // A raw call is of the very method that was named.
    let masked = visit.sandbox.calls_of("jd", "jingdong.pop.order.enGet").await;
    let raw = |api: &str, params: Value| RawRequest {
        shop_id: shop.id,
        api: api.into(),
        params: params.to_string(),
        files: Vec::new(),
        repeatable: false,
    };
    let order = json!({"order_id": 1, "optional_fields": "orderId"});
    assert_eq!(hub.call(raw("jingdong.pop.order.get", order)).await.unwrap_err().platform_code(), Some("73"));
    assert_eq!(visit.sandbox.calls_of("jd", "jingdong.pop.order.enGet").await, masked);
    let month =
        json!({"startDate": "2026-11-01 00:00:00", "endDate": "2026-11-27 00:00:00", "page": 1, "size": 10});
    let listed = hub.call(raw("jingdong.shop.order.list.search", month)).await.unwrap();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let id = &listed["returnType"]["orders"][0];
    let read = hub.call(raw("jingdong.shop.order.get", json!({"orders": [id]}))).await.unwrap();
    let read: Value = serde_json::from_str(&read).unwrap();
    assert_eq!(read["orderDetailResult"]["orders"][0]["orderId"], *id, "{read}");
}
