//! Each write reaches the platform once and shows in our rows without a sync.

use dianqiao::model::{ChangeState, Fen, OrderStatus, Product, ProductStatus, ShopId};
use dianqiao::{ErrorKind, ShipRequest, SkuTarget, StockWish};
use serde_json::{Value, json};

use super::desk::{App, Play, TAOBAO, TMALL, fen, text};

const SOME: &[&str] = &["--orders", "80", "--products", "40"];

fn target(shop_id: ShopId, product: &Product, sku: usize) -> SkuTarget {
    SkuTarget {
        shop_id,
        platform_product_id: product.record.platform_product_id.clone(),
        platform_sku_id: product.skus[sku].record.platform_sku_id.clone(),
    }
}

impl Play {
    /// A product on sale with at least two SKUs in stock.
    async fn on_sale(&self) -> Product {
        let fits = |one: &Product| {
            one.record.status == ProductStatus::OnSale
                && one.skus.len() >= 2
                && one.skus.iter().all(|sku| sku.record.stock > 0)
        };
        self.products().await.into_values().find(fits).expect("a product on sale")
    }

    async fn ours(&self, product: &Product) -> Product {
        self.desk.hub.products().get(product.id).await.unwrap()
    }

    async fn theirs(&self, product: &Product) -> Value {
        let truth = self.truth("products").await;
        truth.into_iter().find(|one| text(&one["num_iid"]) == product.record.platform_product_id).unwrap()
    }
}

fn sku<'a>(item: &'a Value, id: &str) -> &'a Value {
    item["skus"].as_array().unwrap().iter().find(|one| text(&one["sku_id"]) == id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taobao_shop_sets_prices_by_options_and_stock_by_id() {
    let play = Play::start(TAOBAO, App::Market, SOME).await;
    play.sync().await;
    let product = play.on_sale().await;
    let target = target(play.shop.id, &product, 0);
    let receipt = play.desk.hub.products().set_price(target.clone(), Fen(1_05)).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let receipt = play.desk.hub.products().set_stock(target.clone(), StockWish::Set(77)).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let item = play.theirs(&product).await;
    let (theirs, ours) = (sku(&item, &target.platform_sku_id), play.ours(&product).await);
    assert_eq!((fen(&theirs["price"]), &theirs["quantity"]), (105, &json!(77)));
    let mine = ours.skus.iter().find(|one| one.record.platform_sku_id == target.platform_sku_id).unwrap();
    assert_eq!((mine.record.price, mine.record.stock), (Fen(105), 77));
    assert_eq!(play.writes("taobao.item.sku.price.update").await.len(), 1);
    assert_eq!(play.writes("taobao.item.quantity.update").await.len(), 1);
    let error = play.desk.hub.products().set_stock(target, StockWish::Add(3)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("set the stock"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tmall_shop_adds_stock_once_even_when_the_answer_is_lost() {
    let play = Play::start(TMALL, App::Market, SOME).await;
    play.sync().await;
    let product = play.on_sale().await;
    let target = target(play.shop.id, &product, 1);
    let before = product.skus[1].record.stock;
    let lost = json!({ "fault": "lost_reset", "method": "tmall.item.quantity.update", "times": 1 });
    play.desk.sandbox.fault(lost).await;
    let receipt = play.desk.hub.products().set_stock(target.clone(), StockWish::Add(-1)).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    assert!(play.calls("tmall.item.quantity.update").await >= 2, "it was sent again with its key");
    let item = play.theirs(&product).await;
    assert_eq!(sku(&item, &target.platform_sku_id)["quantity"], json!(before - 1));
    let receipt = play.desk.hub.products().set_price(target.clone(), Fen(9_99)).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    assert_eq!(fen(&sku(&play.theirs(&product).await, &target.platform_sku_id)["price"]), 999);
    assert_eq!(play.writes("tmall.item.price.update").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_taken_down_and_listed_again_with_its_stock() {
    let play = Play::start(TAOBAO, App::Market, SOME).await;
    play.sync().await;
    let product = play.on_sale().await;
    let id = product.record.platform_product_id.clone();
    for (online, status) in [(false, ProductStatus::OffSale), (true, ProductStatus::OnSale)] {
        let receipt = play.desk.hub.products().set_online(play.shop.id, id.clone(), online).await.unwrap();
        assert_eq!(receipt.state, ChangeState::Accepted);
        assert_eq!(play.theirs(&product).await["approve_status"] == "onsale", online);
        assert_eq!(play.ours(&product).await.record.status, status);
    }
    let listed = play.writes("taobao.item.update.listing").await;
    let stock: i64 = product.skus.iter().map(|one| one.record.stock).sum();
    assert_eq!((listed.len(), &listed[0]["params"]["num"]), (1, &json!(stock)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trade_is_shipped_once() {
    let play = Play::start(TAOBAO, App::Market, SOME).await;
    play.sync().await;
    let companies = play.desk.hub.orders().companies(play.shop.id).await.unwrap();
    assert!(companies.iter().any(|one| one.code == "SF" && one.name == "顺丰速运"), "{companies:?}");
    let order = play
        .orders()
        .await
        .into_values()
        .find(|one| one.record.status == OrderStatus::ToShip)
        .expect("a trade to ship");
    let parcel = |tracking: &str| ShipRequest {
        shop_id: play.shop.id,
        platform_order_id: order.record.platform_order_id.clone(),
        company_code: "SF".into(),
        tracking_number: tracking.into(),
    };
    let receipt = play.desk.hub.orders().ship(parcel("SF1234567890123")).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let now = play.desk.hub.orders().get(order.id).await.unwrap();
    assert_eq!(now.record.packages[0].tracking_no, "SF1234567890123");
    let again = play.desk.hub.orders().ship(parcel("SF9999999999999")).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Rejected, "{again}");
    assert_eq!(play.writes("taobao.logistics.offline.send").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_ends_accepted_and_was_executed_once() {
    let play = Play::start(TMALL, App::Market, SOME).await;
    play.sync().await;
    for name in ["lost_reset", "lost_cut", "lost_500", "lost_code"] {
        let product = play.on_sale().await;
        let target = target(play.shop.id, &product, 0);
        let price = product.skus[0].record.price.0 + 1;
        let lost = json!({ "fault": name, "method": "tmall.item.price.update", "times": 1 });
        let before = play.writes("tmall.item.price.update").await.len();
        play.desk.sandbox.fault(lost).await;
        let receipt = play.desk.hub.products().set_price(target.clone(), Fen(price)).await.unwrap();
        assert_eq!(receipt.state, ChangeState::Accepted, "{name}");
        assert_eq!(
            fen(&sku(&play.theirs(&product).await, &target.platform_sku_id)["price"]),
            price,
            "{name}"
        );
        assert_eq!(play.writes("tmall.item.price.update").await.len(), before + 1, "{name}");
        play.desk.sandbox.clear_faults().await;
    }
    let to_ship = |order: &dianqiao::model::Order| order.record.status == OrderStatus::ToShip;
    let order = play.orders().await.into_values().find(to_ship).expect("a trade to ship");
    play.desk
        .sandbox
        .fault(json!({ "fault": "lost_close", "method": "taobao.logistics.offline.send" }))
        .await;
    let parcel = ShipRequest {
        shop_id: play.shop.id,
        platform_order_id: order.record.platform_order_id,
        company_code: "YTO".into(),
        tracking_number: "YT1234567890123".into(),
    };
    let receipt = play.desk.hub.orders().ship(parcel).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    assert_eq!(play.calls("taobao.logistics.offline.send").await, 1, "a parcel is never sent twice");
}
