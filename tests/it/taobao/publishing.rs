//! A draft becomes one product, is followed, and is edited as a whole.

use dianqiao::ErrorKind;
use dianqiao::model::{
    ChangeState, DraftSku, Fen, Listing, ListingDraft, ListingFilter, ListingStatus, Picture, ProductStatus,
    PropertyInput, SkuOption,
};
use serde_json::{Value, json};

use super::desk::{App, Play, TAOBAO, TMALL, fault, fen, text};

/// Reviews end when the clock is moved.
const FLAGS: &[&str] = &["--orders", "5", "--products", "30", "--review-ms", "60000"];
const CATEGORY: &str = "50008613";

/// One grey pixel.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\
    \x00\x00\x00\nIDATx\x9cch\x00\x00\x00\x82\x00\x81w\xcdr\xb6\x00\x00\x00\x00IEND\xaeB`\x82";

fn sku(color: &str, fen: i64, stock: i64) -> DraftSku {
    let option = |name: &str, value: &str| SkuOption { name: name.into(), value: value.into() };
    DraftSku {
        outer_id: Some(format!("TEA-{color}")),
        price: Fen(fen),
        stock,
        options: vec![option("颜色分类", color), option("尺码", "M")],
        image: None,
        attributes: None,
    }
}

fn draft(outer_id: &str) -> ListingDraft {
    let properties = json!({
        "p-20000": "30111",
        "food_security.prd_license_no": "SC10111",
        "food_security.period": 180,
    });
    ListingDraft {
        outer_id: outer_id.into(),
        title: "春茶 <新> & \"好\"".into(),
        category_id: CATEGORY.into(),
        images: vec![Picture::of_bytes(PNG.to_vec())],
        detail_images: Vec::new(),
        description: Some("一芽两叶 & 清明前".into()),
        skus: vec![sku("白色", 21_90, 2), sku("黑色", 18_90, 4)],
        attributes: json!({ "properties": properties }).to_string(),
    }
}

impl Play {
    async fn publish(&self, draft: ListingDraft) -> dianqiao::Result<dianqiao::model::Receipt> {
        self.desk.hub.products().publish(self.shop.id, draft).await
    }

    async fn listing(&self) -> Listing {
        let page = self.desk.hub.listings().list(ListingFilter::default()).await.unwrap();
        page.items.into_iter().next().expect("a listing")
    }

    async fn advance(&self, seconds: u64) {
        self.desk.sandbox.post("/clock", json!({ "advanceMs": seconds * 1000 })).await;
    }

    /// All products with this outer id, as they really are.
    async fn with_outer_id(&self, outer_id: &str) -> Vec<Value> {
        let all = self.truth("products").await;
        all.into_iter().filter(|one| one["outer_id"] == outer_id).collect()
    }
}

fn sku_of<'a>(item: &'a Value, outer_id: &str) -> &'a Value {
    item["skus"].as_array().unwrap().iter().find(|one| one["outer_id"] == outer_id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_with_an_image_becomes_one_product_and_is_followed_to_the_shelf() {
    let play = Play::start(TAOBAO, App::Market, FLAGS).await;
    let rules = play.desk.hub.products().rules(play.shop.id, CATEGORY.into()).await.unwrap();
    let brand = rules.properties.iter().find(|rule| rule.id == "p-20000").unwrap();
    assert_eq!((brand.input, brand.required), (PropertyInput::One, true));

    let receipt = play.publish(draft("TEA-1")).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let listing = play.desk.hub.listings().check(play.listing().await.id).await.unwrap();
    assert_eq!(listing.status, ListingStatus::UnderReview, "{listing:?}");
    let found = play.with_outer_id("TEA-1").await;
    let [item] = found.as_slice() else { panic!("one product: {found:?}") };
    assert_eq!(Some(text(&item["num_iid"])), listing.platform_product_id);
    assert_eq!((&item["title"], fen(&item["price"])), (&json!("春茶 <新> & \"好\""), 18_90));
    let (white, black) = (sku_of(item, "TEA-白色"), sku_of(item, "TEA-黑色"));
    assert_eq!((fen(&white["price"]), &white["quantity"]), (21_90, &json!(2)));
    assert_eq!((fen(&black["price"]), &black["properties"]), (18_90, &json!("1627207:28341;20509:28315")));
    let image = listing.draft.images[0].address().unwrap();
    let shown = item["item_imgs"].as_array().unwrap();
    assert!(shown.iter().any(|one| one["url"] == image), "{image}: {shown:?}");

    // The same again is the same change, and the image is not uploaded again.
    let again = play.publish(draft("TEA-1")).await.unwrap();
    assert_eq!(again.change_id, receipt.change_id);
    assert_eq!(play.writes("alibaba.item.publish.submit").await.len(), 1);
    assert_eq!(play.calls("taobao.picture.upload").await, 1);

    play.advance(61).await;
    let listing = play.desk.hub.listings().check(listing.id).await.unwrap();
    assert_eq!((listing.status, listing.platform_status.as_deref()), (ListingStatus::OnSale, Some("onsale")));
    play.sync().await;
    let ours = play.products().await;
    assert_eq!(ours[&text(&item["num_iid"])].record.status, ProductStatus::OnSale);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_does_not_like_is_told_in_its_words() {
    let play = Play::start(TAOBAO, App::Market, FLAGS).await;
    let mut without = draft("TEA-2");
    without.attributes = json!({ "properties": { "p-20000": "30111" } }).to_string();
    let error = play.publish(without).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert_eq!(error.platform_code(), Some("15/isv.error-food-security-required"));
    assert!(error.message().contains("食品"), "{error}");
    assert_eq!(play.listing().await.status, ListingStatus::Failed);
    assert_eq!(play.with_outer_id("TEA-2").await.len(), 0);

    // What surely would be refused is not sent at all.
    let before = play.calls("alibaba.item.publish.submit").await;
    let mut wrong = draft("TEA-3");
    wrong.skus[1].options[0].value = "粉色".into();
    let error = play.publish(wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("颜色分类"), "{error}");
    assert_eq!(play.calls("alibaba.item.publish.submit").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_is_taken_down_for_a_violation_is_banned() {
    let play = Play::start(TAOBAO, App::Market, FLAGS).await;
    play.publish(draft("TEA-4")).await.unwrap();
    let listing = play.listing().await;
    let set = json!({ "approve_status": "instock", "violation": true });
    let edit = json!({ "platform": "taobao", "shopId": play.shop.platform_shop_id, "kind": "product",
        "id": listing.platform_product_id, "set": set });
    play.desk.sandbox.post("/edit", edit).await;
    let listing = play.desk.hub.listings().check(listing.id).await.unwrap();
    assert_eq!(listing.status, ListingStatus::Banned);
    assert_eq!(listing.platform_status.as_deref(), Some("instock/violation_off_shelf"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_whose_answer_is_lost_is_found_and_never_made_twice() {
    let play = Play::start(TAOBAO, App::Market, FLAGS).await;
    for (nth, name) in ["lost_reset", "lost_cut", "lost_500", "lost_code"].into_iter().enumerate() {
        let outer_id = format!("LOST-{nth}");
        let lost = json!({ "fault": name, "method": "alibaba.item.publish.submit", "times": 1 });
        play.desk.sandbox.fault(lost).await;
        let receipt = play.publish(draft(&outer_id)).await.unwrap();
        assert_eq!(receipt.state, ChangeState::Accepted, "{name}");
        let found = play.with_outer_id(&outer_id).await;
        assert_eq!(found.len(), 1, "{name}");
        let listing = play.listing().await;
        assert_eq!(listing.platform_product_id, Some(text(&found[0]["num_iid"])), "{name}");
        assert_eq!(play.writes("alibaba.item.publish.submit").await.len(), nth + 1, "{name}");
        play.desk.sandbox.clear_faults().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_edited_as_a_whole_and_keeps_what_was_sold_meanwhile() {
    let play = Play::start(TAOBAO, App::Market, FLAGS).await;
    play.publish(draft("TEA-5")).await.unwrap();
    play.advance(61).await;
    let product = play.listing().await.platform_product_id.unwrap();
    let before = play.with_outer_id("TEA-5").await.remove(0);
    let white = text(&sku_of(&before, "TEA-白色")["sku_id"]);
    let sold = json!({ "platform": "taobao", "shopId": play.shop.platform_shop_id, "kind": "sku", "id": white,
        "set": { "quantity": 1 } });
    play.desk.sandbox.post("/edit", sold).await;

    let mut changed = draft("TEA-5");
    changed.title = "夏茶".into();
    changed.skus[0].price = Fen(25_00);
    changed.skus[1] = sku("红色", 19_00, 9);
    let receipt = play.desk.hub.products().update(play.shop.id, product.clone(), changed).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let after = play.with_outer_id("TEA-5").await.remove(0);
    assert_eq!((text(&after["num_iid"]), &after["title"]), (product, &json!("夏茶")));
    assert_eq!(after["skus"].as_array().unwrap().len(), 2);
    let kept = sku_of(&after, "TEA-白色");
    assert_eq!((text(&kept["sku_id"]), fen(&kept["price"]), &kept["quantity"]), (white, 25_00, &json!(1)));
    let new = sku_of(&after, "TEA-红色");
    assert_eq!((fen(&new["price"]), &new["quantity"]), (19_00, &json!(9)));
    assert_eq!(play.writes("alibaba.item.edit.submit").await.len(), 1);
    assert_eq!(play.listing().await.version, 2);

    // An edit sets the same again, so that it is repeated when its answer is lost.
    let mut again = draft("TEA-5");
    again.title = "秋茶".into();
    play.desk.sandbox.fault(fault("lost_reset", "alibaba.item.edit.submit", 1)).await;
    let receipt =
        play.desk.hub.products().update(play.shop.id, text(&after["num_iid"]), again).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let after = play.with_outer_id("TEA-5").await.remove(0);
    assert_eq!((&after["title"], &sku_of(&after, "TEA-黑色")["quantity"]), (&json!("秋茶"), &json!(4)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tmall_product_belongs_to_a_product_of_the_platform() {
    let play = Play::start(TMALL, App::Market, FLAGS).await;
    let error = play.publish(draft("TEA-6")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("spu_id"), "{error}");
    let draft = ListingDraft { category_id: format!("{CATEGORY}:337259102"), ..draft("TEA-6") };
    let receipt = play.publish(draft).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    // Without the product of the platform it would have been refused (`SPU_NOT_EXIST`).
    assert_eq!(play.with_outer_id("TEA-6").await.len(), 1);
}
