//! Publishing on Pinduoduo: once, found again, followed to the end of its review, and edited without moving stock.

use std::time::Duration;

use dianqiao::ErrorKind;
use dianqiao::model::{
    Change, ChangeState, DraftSku, Evidence, Fen, Listing, ListingDraft, ListingFilter, ListingStatus,
    Picture, Receipt, SkuOption,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::pinduoduo::PARTY;
use super::{Visit, text};

const ADD: &str = "pdd.goods.add";

fn image(mark: u8) -> Picture {
    Picture::of_bytes([b"\x89PNG\r\n\x1a\n".as_slice(), &[mark; 16]].concat())
}

fn sku(color: &str, stock: i64) -> DraftSku {
    let option = |name: &str, value: &str| SkuOption { name: name.into(), value: value.into() };
    DraftSku {
        outer_id: Some(format!("TEE-{color}")),
        price: Fen(1_990),
        stock,
        options: vec![option("颜色", color), option("尺码", "M")],
        image: None,
        attributes: Some(r#"{"price":2190,"weight":250}"#.into()),
    }
}

/// A draft in the category of a product that the shop has.
async fn draft(visit: &Visit) -> ListingDraft {
    let goods = visit.truth("products").await.remove(0);
    let rules = visit.hub.products().rules(visit.shop.id, text(&goods["cat_id"])).await.unwrap();
    let needed = rules.properties.iter().filter(|one| one.required && !one.is_sku);
    let properties: serde_json::Map<_, _> =
        needed.map(|one| (one.id.clone(), one.options[0].id.clone().into())).collect();
    ListingDraft {
        outer_id: "TEE-1".into(),
        title: "纯棉T恤".into(),
        category_id: rules.category_id,
        images: vec![image(1), image(2)],
        detail_images: vec![image(3)],
        description: None,
        skus: vec![sku("红", 7), sku("蓝", 9)],
        attributes: json!({"properties": properties, "cost_template_id": goods["cost_template_id"],
            "market_price": 9900, "is_refundable": true, "is_folt": false, "second_hand": false,
            "shipment_limit_second": 172_800})
        .to_string(),
    }
}

async fn review(visit: &Visit, ms: u64, outcome: &str) {
    let wanted = json!({"platform": "pinduoduo", "ms": ms, "outcome": outcome});
    visit.sandbox.post("/review", wanted).await;
}

/// The change when it has ended, or needs a person.
async fn ended(visit: &Visit, receipt: &Receipt) -> Change {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let change = visit.hub.changes().get(receipt.change_id).await.unwrap();
        if change.state.is_final() || change.state == ChangeState::NeedsHuman {
            return change;
        }
        assert!(Instant::now() < until, "{change:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn listing_of(visit: &Visit, change: &Change) -> Listing {
    let listings = visit.hub.listings().list(ListingFilter::default()).await.unwrap().items;
    listings.into_iter().find(|listing| listing.change_id == change.id).expect("a listing")
}

/// The listing when its review has ended.
async fn reviewed(visit: &Visit, change: &Change) -> Listing {
    let until = Instant::now() + Duration::from_secs(60);
    let id = listing_of(visit, change).await.id;
    loop {
        let listing = visit.hub.listings().check(id).await.unwrap();
        if listing.status.is_final() {
            return listing;
        }
        assert_eq!(listing.status, ListingStatus::UnderReview);
        assert!(Instant::now() < until, "{listing:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn executed(visit: &Visit, method: &str) -> usize {
    let writes = visit.sandbox.get("/writes?platform=pinduoduo&after=0&limit=1000").await;
    writes["items"].as_array().unwrap().iter().filter(|write| write["method"] == method).count()
}

/// Colour, group price, stock and whether it is on sale of each SKU, by what the platform shows.
async fn shown(visit: &Visit, product: &str) -> Vec<(String, i64, i64, bool)> {
    let fetched = visit.hub.products().fetch(visit.shop.id, product.into()).await.unwrap();
    let is_on = |extra: &str| serde_json::from_str::<Value>(extra).unwrap()["is_onsale"] == 1;
    let mut all: Vec<_> = fetched
        .skus
        .iter()
        .map(|sku| (sku.specs[0].clone(), sku.price.0, sku.stock, is_on(sku.extra.as_deref().unwrap())))
        .collect();
    all.sort();
    all
}

fn row(color: &str, price: i64, stock: i64, is_on: bool) -> (String, i64, i64, bool) {
    (color.to_owned(), price, stock, is_on)
}

#[tokio::test(flavor = "multi_thread")]
async fn pinduoduo_publishes_once_and_edits_without_moving_stock() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    let products = visit.hub.products();
    let mut draft = draft(&visit).await;
    review(&visit, 100, "approve").await;
    let receipt = products.publish(visit.shop.id, draft.clone()).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let change = visit.hub.changes().get(receipt.change_id).await.unwrap();
    let listing = reviewed(&visit, &change).await;
    assert_eq!((listing.status, listing.reason.as_deref()), (ListingStatus::OnSale, None), "{listing:?}");
    let product = listing.platform_product_id.clone().unwrap();
    assert_eq!(shown(&visit, &product).await, [row("红", 1_990, 7, true), row("蓝", 1_990, 9, true)]);
    let goods =
        visit.truth("products").await.into_iter().find(|one| text(&one["goods_id"]) == product).unwrap();
    assert_eq!((&goods["outer_goods_id"], &goods["market_price"]), (&json!("TEE-1"), &json!(9900)));
    assert_eq!(goods["carousel_gallery_list"].as_array().unwrap().len(), 2);
    // The same draft again is the same change.
    let again = products.publish(visit.shop.id, draft.clone()).await.unwrap();
    assert_eq!((again.change_id, executed(&visit, ADD).await), (receipt.change_id, 1));
    // Another price, one colour gone, another added; the stock of the draft counts for the new one alone.
    draft.title = "纯棉T恤 加厚".into();
    draft.skus = vec![DraftSku { price: Fen(1_890), ..sku("红", 700) }, sku("绿", 5)];
    let receipt = products.update(visit.shop.id, product.clone(), draft).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let change = visit.hub.changes().get(receipt.change_id).await.unwrap();
    let listing = reviewed(&visit, &change).await;
    assert_eq!(
        (listing.status, listing.platform_product_id.as_deref()),
        (ListingStatus::OnSale, Some(&*product))
    );
    assert_eq!(
        shown(&visit, &product).await,
        [row("红", 1_890, 7, true), row("绿", 1_990, 5, true), row("蓝", 1_990, 9, false)]
    );
    let name = products.fetch(visit.shop.id, product).await.unwrap().record.name;
    assert_eq!((name.as_str(), executed(&visit, "pdd.goods.information.update").await), ("纯棉T恤 加厚", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn pinduoduo_tells_why_a_product_was_refused() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    let mut draft = draft(&visit).await;
    review(&visit, 100, "reject").await;
    let receipt = visit.hub.products().publish(visit.shop.id, draft.clone()).await.unwrap();
    let change = ended(&visit, &receipt).await;
    assert_eq!(change.state, ChangeState::Accepted, "{change:?}");
    let listing = reviewed(&visit, &change).await;
    assert_eq!(listing.status, ListingStatus::Rejected);
    assert!(listing.reason.as_deref().is_some_and(|reason| !reason.is_empty()), "{listing:?}");
    // What cannot be sent is refused before anything is.
    draft.outer_id = "TEE-2".into();
    draft.attributes = draft.attributes.replace("\"is_folt\":false", "\"is_folt\":0");
    let error = visit.hub.products().publish(visit.shop.id, draft).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("is_folt"), "{error}");
    assert_eq!(executed(&visit, ADD).await, 1);
}

/// Whether it is still in review or in the shop already, a product whose answer was lost is found by its outer id.
#[tokio::test(flavor = "multi_thread")]
async fn pinduoduo_finds_a_product_whose_answer_was_lost() {
    for (ms, status) in [(3_600_000, ListingStatus::UnderReview), (0, ListingStatus::OnSale)] {
        let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
        let draft = draft(&visit).await;
        review(&visit, ms, "approve").await;
        visit.fault("lost_reset", ADD, 1).await;
        let receipt = visit.hub.products().publish(visit.shop.id, draft).await.unwrap();
        let change = ended(&visit, &receipt).await;
        assert_eq!(
            (change.state, change.evidence),
            (ChangeState::Accepted, Some(Evidence::ReadBack)),
            "{change:?}"
        );
        assert_eq!(executed(&visit, ADD).await, 1, "{ms}");
        let listing = listing_of(&visit, &change).await;
        let listing = visit.hub.listings().check(listing.id).await.unwrap();
        assert_eq!(listing.status, status, "{listing:?}");
        let writes = visit.sandbox.get("/writes?platform=pinduoduo&after=0&limit=1000").await;
        let added = writes["items"].as_array().unwrap().iter().find(|write| write["method"] == ADD).unwrap();
        assert_eq!(listing.platform_product_id, Some(text(&added["target"])), "{added}");
    }
}
