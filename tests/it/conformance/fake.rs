//! The fifth platform: what the suite proves of the others holds for one that is added as the documents say.

use dianqiao::model::{ChangeState, PlatformId};
use dianqiao::{ErrorKind, SkuTarget, StockWish, SyncRequest};
use serde_json::Value;

use super::{Party, Visit, order_facts, product_facts, sku_facts, text};

pub(super) static PARTY: Party = Party {
    platform: PlatformId::Fake,
    read: "shop.info",
    shop_field: "shop_id",
    refund_kinds: &[],
    forgets: false,
    limit_is_daily: false,
    order,
    only_sku: |_| None,
    product: |product| (text(&product["id"]), product_facts(&text(&product["status"]), &product["name"])),
    sku: |sku| {
        let facts = sku_facts(&text(&sku["product"]), int(&sku["price"]), int(&sku["stock"]));
        (text(&sku["id"]), facts)
    },
    refund: |_| unreachable!("it lists no refunds"),
};

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

fn order(order: &Value) -> (String, String) {
    let lines = order["lines"].as_array().unwrap().iter();
    let lines: Vec<_> = lines.map(|line| (text(&line["sku"]), int(&line["count"]))).collect();
    let updated = int(&order["updated"]).div_euclid(1_000);
    let facts = order_facts(&text(&order["status"]), updated, Some(int(&order["pay"])), &lines);
    (text(&order["id"]), facts)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fifth_platform_takes_each_write_once() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    visit.sync().await;
    let sku = visit.truth("skus").await.remove(0);
    let target = || SkuTarget {
        shop_id: visit.shop.id,
        platform_product_id: text(&sku["product"]),
        platform_sku_id: text(&sku["id"]),
    };
    let products = visit.hub.products();
    let set = products.set_stock(target(), StockWish::Set(77)).await.unwrap();
    assert_eq!(set.state, ChangeState::Accepted);
    // Its answer is lost, and the key makes it count once.
    visit.fault("lost_reset", "stock.set", 1).await;
    let add = products.set_stock(target(), StockWish::Add(-7)).await.unwrap();
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    while !visit.hub.changes().get(add.change_id).await.unwrap().state.is_final() {
        assert!(tokio::time::Instant::now() < until, "the addition is settled");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(visit.hub.changes().get(add.change_id).await.unwrap().state, ChangeState::Accepted);
    assert_eq!(int(&visit.truth("skus").await[0]["stock"]), 70);
    let writes = visit.sandbox.get("/writes").await;
    assert_eq!(writes["items"].as_array().unwrap().len(), 2, "{writes}");
    visit.sync().await;
    visit.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fifth_platform_says_what_it_does_not_offer() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    let refused = visit.hub.refunds().sync(SyncRequest::new(visit.shop.id)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.platform()), (ErrorKind::Unsupported, Some(PlatformId::Fake)));
    let by_hand = visit.by_hand("stock.set", &serde_json::json!({}));
    let refused = visit.hub.call(by_hand).await.unwrap_err();
    assert!(refused.to_string().contains("products.setStock"), "{refused}");
    let listed = visit.hub.platforms().list().await.unwrap();
    let fake = listed.iter().find(|one| one.id == PlatformId::Fake).unwrap();
    assert!(fake.capabilities.contains(&"orders.sync") && !fake.capabilities.contains(&"refunds.sync"));
}
