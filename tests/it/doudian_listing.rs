//! Publishing on 抖店, from the draft to the end of the review.

use std::collections::BTreeMap;
use std::time::Duration;

use dianqiao::model::{
    CategoryRules, ChangeState, DraftSku, Fen, Listing, ListingDraft, ListingFilter, ListingStatus, Picture,
    PropertyInput, Receipt, Shop, SkuOption,
};
use dianqiao::{ErrorKind, Result};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::support::{Desk, fault};

/// A shop that publishes, and what its category asks for.
struct Play {
    desk: Desk,
    shop: Shop,
    rules: CategoryRules,
}

impl Play {
    async fn start() -> Self {
        let desk = Desk::open(&["--orders", "20", "--products", "20"]).await;
        let shop = desk.connect().await;
        let category = leaf(&desk, &shop).await;
        let rules = desk.hub.products().rules(shop.id, category).await.unwrap();
        Self { desk, shop, rules }
    }

    /// A draft with what the category needs, by its own rules.
    fn draft(&self, outer_id: &str) -> ListingDraft {
        let picture = |name: &str| Picture::At(format!("https://oa.example.invalid/{name}.jpg"));
        ListingDraft {
            outer_id: outer_id.into(),
            title: "法式碎花连衣裙收腰显瘦".into(),
            category_id: self.rules.category_id.clone(),
            images: vec![picture("1"), picture("2")],
            detail_images: vec![picture("3"), picture("1")],
            description: None,
            skus: vec![sku("黑", 12_905), sku("白", 13_900)],
            attributes: json!({
                "freight_id": 0, "mobile": "4008001234", "reduce_type": 1, "delivery_delay_day": 2,
                "presell_type": 0, "standard_brand_id": 596_120_136, "weight": 0.5, "weight_unit": 0,
                "start_sale_type": 0, "properties": self.properties(),
            })
            .to_string(),
        }
    }

    fn properties(&self) -> BTreeMap<String, Value> {
        let needed = self.rules.properties.iter().filter(|rule| rule.required && !rule.is_sku);
        let value = |rule: &dianqiao::model::PropertyRule| match rule.input {
            PropertyInput::One | PropertyInput::OneOrText => json!(rule.options[0].id),
            PropertyInput::Many => json!([rule.options[0].id]),
            _ => json!("自填"),
        };
        needed.map(|rule| (rule.id.clone(), value(rule))).collect()
    }

    /// Publishes, as a person does who is told that the platform still looks at a picture.
    async fn publish(&self, draft: &ListingDraft, product: Option<&str>) -> Result<Receipt> {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let products = self.desk.hub.products();
            let outcome = match product {
                Some(product) => products.update(self.shop.id, product.into(), draft.clone()).await,
                None => products.publish(self.shop.id, draft.clone()).await,
            };
            match outcome {
                Err(error) if error.kind() == ErrorKind::Transient && Instant::now() < until => {
                    assert!(error.message().contains("publish the same draft again"), "{error}");
                    sleep(Duration::from_millis(50)).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn listing(&self, outer_id: &str) -> Listing {
        let filter = ListingFilter { outer_id: Some(outer_id.into()), ..ListingFilter::default() };
        self.desk.hub.listings().list(filter).await.unwrap().items.remove(0)
    }

    /// The listing once the platform has decided.
    async fn decided(&self, outer_id: &str) -> Listing {
        let until = Instant::now() + Duration::from_secs(30);
        let id = self.listing(outer_id).await.id;
        loop {
            let listing = self.desk.hub.listings().check(id).await.unwrap();
            if listing.status.is_final() {
                return listing;
            }
            assert_eq!(listing.status, ListingStatus::UnderReview);
            assert!(Instant::now() < until, "{listing:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the platform has with this outer id.
    async fn theirs(&self, kind: &str, outer_id: &str) -> Vec<Value> {
        let mut rows = self.desk.sandbox.truth(kind).await;
        rows.retain(|row| row["outer_product_id"] == outer_id);
        rows
    }
}

fn sku(color: &str, fen: i64) -> DraftSku {
    let option = |name: &str, value: &str| SkuOption { name: name.into(), value: value.into() };
    DraftSku {
        outer_id: Some(format!("OA-{color}")),
        price: Fen(fen),
        stock: 7,
        options: vec![option("颜色", color), option("尺码", "S")],
        image: None,
        attributes: None,
    }
}

/// The first leaf of the tree.
async fn leaf(desk: &Desk, shop: &Shop) -> String {
    let mut parent = None;
    loop {
        let below = desk.hub.shops().categories(shop.id, parent).await.unwrap();
        let first = below.first().unwrap();
        if first.is_leaf {
            return first.id.clone();
        }
        parent = Some(first.id.clone());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_published_with_its_pictures_and_goes_on_sale() {
    let play = Play::start().await;
    let draft = play.draft("OA-7");
    let receipt = play.publish(&draft, None).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let sandbox = &play.desk.sandbox;
    assert_eq!(sandbox.calls("material.uploadImageSync").await, 3, "each picture is given once");
    let listing = play.decided("OA-7").await;
    assert_eq!((listing.status, listing.platform_status.as_deref()), (ListingStatus::OnSale, Some("0/3/0")));
    let [theirs] = play.theirs("products", "OA-7").await.try_into().unwrap();
    assert_eq!(theirs["product_id"], listing.platform_product_id.clone().unwrap());
    assert_eq!(theirs["name"], draft.title);
    let product = listing.platform_product_id.unwrap();
    let fetched = play.desk.hub.products().fetch(play.shop.id, product).await.unwrap();
    let skus: Vec<_> =
        fetched.skus.iter().map(|sku| (sku.price, sku.stock, sku.outer_id.as_deref().unwrap())).collect();
    assert_eq!(skus, [(Fen(12_905), 7, "OA-黑"), (Fen(13_900), 7, "OA-白")]);
    assert_eq!(fetched.record.images.len(), 2);
    // The same draft again is the same change.
    assert_eq!(play.publish(&draft, None).await.unwrap().change_id, receipt.change_id);
    assert_eq!(sandbox.calls("product.addV2").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_product_comes_with_its_reason() {
    let play = Play::start().await;
    for (outcome, status) in [("reject", ListingStatus::Rejected), ("ban", ListingStatus::Banned)] {
        let review = json!({ "platform": "doudian", "outcome": outcome });
        play.desk.sandbox.post("/review", review).await;
        let receipt = play.publish(&play.draft(outcome), None).await.unwrap();
        assert_eq!(receipt.state, ChangeState::Accepted);
        let listing = play.decided(outcome).await;
        assert_eq!(listing.status, status, "{listing:?}");
        assert_eq!(listing.reason.is_some(), status == ListingStatus::Rejected, "{listing:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_whose_answer_is_lost_is_found_and_is_there_once() {
    let play = Play::start().await;
    for name in ["lost_reset", "lost_cut", "lost_500", "lost_code"] {
        play.desk.sandbox.fault(fault(name, "product.addV2", 1)).await;
        let receipt = play.publish(&play.draft(name), None).await.unwrap();
        assert_eq!(receipt.state, ChangeState::Accepted, "{name}");
        let listing = play.decided(name).await;
        assert_eq!(listing.status, ListingStatus::OnSale, "{name}");
        let [theirs] = play.theirs("products", name).await.try_into().unwrap();
        assert_eq!(theirs["product_id"], listing.platform_product_id.unwrap(), "{name}");
    }
    assert_eq!(play.desk.sandbox.calls("product.addV2").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_are_refused_and_bytes_publish_nothing() {
    let play = Play::start().await;
    let review = json!({ "platform": "doudian", "materialOutcome": "reject" });
    play.desk.sandbox.post("/review", review).await;
    let error = play.publish(&play.draft("OA-8"), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    assert!(error.message().contains("`images[0]`"), "{error}");
    let bytes = Picture::of_bytes(b"\x89PNG\r\n\x1a\n".to_vec());
    let draft = ListingDraft { images: vec![bytes], ..play.draft("OA-9") };
    let error = play.publish(&draft, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.message().contains("give the address"), "{error}");
    assert_eq!(play.desk.sandbox.calls("product.addV2").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_replaces_the_product_on_sale_after_its_review() {
    let play = Play::start().await;
    play.publish(&play.draft("OA-7"), None).await.unwrap();
    let product = play.decided("OA-7").await.platform_product_id.unwrap();
    let mut edit = ListingDraft { title: "法式碎花连衣裙秋季新款".into(), ..play.draft("OA-7") };
    edit.skus[0].price = Fen(9_900);
    let receipt = play.publish(&edit, Some(&product)).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let listing = play.decided("OA-7").await;
    assert_eq!((listing.status, listing.platform_product_id), (ListingStatus::OnSale, Some(product.clone())));
    let [theirs] = play.theirs("products", "OA-7").await.try_into().unwrap();
    assert_eq!((&theirs["product_id"], &theirs["name"]), (&json!(product), &json!(edit.title)));
    let fetched = play.desk.hub.products().fetch(play.shop.id, product).await.unwrap();
    let skus: Vec<_> = fetched.skus.iter().map(|sku| (sku.price, sku.stock)).collect();
    assert_eq!(skus, [(Fen(9_900), 7), (Fen(13_900), 7)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_whose_answer_is_lost_is_told_to_a_person_and_made_once() {
    let play = Play::start().await;
    play.publish(&play.draft("OA-7"), None).await.unwrap();
    let product = play.decided("OA-7").await.platform_product_id.unwrap();
    // The review is not over when the edit is sent again, and what is under review is not edited.
    play.desk.sandbox.post("/review", json!({ "platform": "doudian", "ms": 600_000 })).await;
    play.desk.sandbox.fault(fault("lost_reset", "product.editV2", 1)).await;
    let edit = ListingDraft { title: "法式碎花连衣裙秋季新款".into(), ..play.draft("OA-7") };
    let receipt = play.publish(&edit, Some(&product)).await.unwrap();
    assert_eq!(receipt.state, ChangeState::NeedsHuman);
    let writes = play.desk.sandbox.get("/writes?platform=doudian&limit=1000").await;
    let edits = writes["items"].as_array().unwrap().iter();
    assert_eq!(edits.filter(|write| write["method"] == "product.editV2").count(), 1);
}
