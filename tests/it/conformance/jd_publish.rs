//! JD publishes wares, through the public face and against the sandbox.

use dianqiao::ErrorKind;
use dianqiao::model::{
    ChangeState, DraftSku, Fen, FilePart, Listing, ListingDraft, ListingFilter, ListingStatus, Picture,
    PropertyInput, SkuOption,
};
use serde_json::{Map, Value, json};

use super::jd::PARTY;
use super::{Visit, text};

const ADD: &str = "jingdong.ware.write.add";
/// How long audits take here: less than the platform's clock may be off.
const AUDIT_MS: u64 = 60_000;

fn png(last: u8) -> Picture {
    Picture::File(Box::new(FilePart {
        name: "image".into(),
        file_name: "灯.png".into(),
        content_type: "image/png".into(),
        bytes: [b"\x89PNG\r\n\x1a\n".as_slice(), &[last]].concat(),
    }))
}

/// A leaf below the third level, so that the ware names two categories.
async fn leaf(visit: &Visit) -> String {
    let (mut parent, mut leaf) = (None, None);
    while leaf.is_none() {
        let children = visit.hub.shops().categories(visit.shop.id, parent.clone()).await.unwrap();
        leaf = children.iter().find(|one| one.is_leaf && one.level == Some(4)).map(|one| one.id.clone());
        parent = children.first().map(|one| one.id.clone());
    }
    leaf.unwrap()
}

/// A draft that keeps the rules of its category, as they are asked for.
async fn draft(visit: &Visit, outer_id: &str) -> ListingDraft {
    let category_id = leaf(visit).await;
    let rules = visit.hub.products().rules(visit.shop.id, category_id.clone()).await.unwrap();
    let mut properties = Map::new();
    for rule in rules.properties.iter().filter(|rule| !rule.is_sku) {
        let value = rule.options.first().map_or("云南", |option| option.id.as_str());
        properties.insert(rule.id.clone(), value.into());
    }
    let color = rules.properties.iter().find(|rule| rule.is_sku && rule.required).expect("a colour");
    assert_eq!((color.name.as_str(), color.input), ("颜色", PropertyInput::One));
    let sku = |nth: usize, price: i64, stock: i64| DraftSku {
        outer_id: Some(format!("{outer_id}-{nth}")),
        price: Fen(price),
        stock,
        options: vec![SkuOption { name: "颜色".into(), value: color.options[nth].name.clone() }],
        image: Some(png(nth as u8)),
        attributes: None,
    };
    ListingDraft {
        outer_id: outer_id.into(),
        title: "复古露营灯".into(),
        category_id,
        images: vec![png(100), png(101)],
        detail_images: vec![png(102)],
        description: Some("亮度 <高> & 省电".into()),
        skus: vec![sku(0, 1_905, 7), sku(1, 29_990, 0)],
        attributes: json!({"transportId": 12345, "brandId": 8551, "properties": properties}).to_string(),
    }
}

async fn audits(visit: &Visit, outcome: &str, reason: Option<&str>) {
    let review = json!({"platform": "jd", "ms": AUDIT_MS, "outcome": outcome, "reason": reason});
    visit.sandbox.post("/review", review).await;
}

async fn listing(visit: &Visit, outer_id: &str) -> Listing {
    let filter = ListingFilter { outer_id: Some(outer_id.into()), ..ListingFilter::default() };
    visit.hub.listings().list(filter).await.unwrap().items.remove(0)
}

/// The wares that the platform really has under an outer id.
async fn there(visit: &Visit, outer_id: &str) -> Vec<Value> {
    visit.truth("products").await.into_iter().filter(|ware| ware["outerId"] == outer_id).collect()
}

/// Publishes a draft, lets its audit end, and gives the listing then.
async fn published(visit: &Visit, draft: ListingDraft) -> Listing {
    let outer_id = draft.outer_id.clone();
    let receipt = visit.hub.products().publish(visit.shop.id, draft).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let waits = listing(visit, &outer_id).await;
    let seen = visit.hub.listings().check(waits.id).await.unwrap();
    assert_eq!((seen.status, seen.reason), (ListingStatus::UnderReview, None));
    visit.sandbox.post("/clock", json!({"advanceMs": AUDIT_MS})).await;
    visit.hub.listings().check(waits.id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn jd_publishes_a_ware_and_follows_its_audit() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    audits(&visit, "approve", None).await;
    let draft = draft(&visit, "OA-1").await;
    let listed = published(&visit, draft.clone()).await;
    assert_eq!((listed.status, listed.platform_status.as_deref()), (ListingStatus::OnSale, Some("8")));
    let wares = there(&visit, "OA-1").await;
    assert_eq!(wares.len(), 1);
    let id = text(&wares[0]["wareId"]);
    assert_eq!(listed.platform_product_id.as_deref(), Some(id.as_str()));
    assert_eq!(text(&wares[0]["multiCategoryId"]), draft.category_id);
    let colors: Vec<_> =
        wares[0]["images"].as_array().unwrap().iter().map(|image| text(&image["colorId"])).collect();
    assert_eq!(colors.iter().filter(|color| *color == "0000000000").count(), 2);
    assert_eq!(colors.len(), 4, "each colour has its picture: {colors:?}");
    let page = text(&wares[0]["introduction"]);
    assert!(
        page.starts_with(
            "<p>亮度 &lt;高&gt; &amp; 省电</p><img src=\"https://img10.360buyimg.com/imgzone/jfs/"
        )
    );
    let mut skus: Vec<_> = visit
        .truth("skus")
        .await
        .into_iter()
        .filter(|sku| text(&sku["wareId"]) == id)
        .map(|sku| (text(&sku["outerId"]), text(&sku["jdPrice"]), text(&sku["stockNum"])))
        .collect();
    skus.sort();
    let expected = [("OA-1-0", "19.05", "7"), ("OA-1-1", "299.90", "0")];
    assert_eq!(skus, expected.map(|(outer, price, stock)| (outer.into(), price.into(), stock.into())));
    // The same draft again is the same change, its pictures are in the zone already, and nothing is sent.
    let uploads = visit.sandbox.calls_of("jd", "jingdong.imgzone.picture.upload").await;
    assert_eq!(uploads, 5);
    let again = visit.hub.products().publish(visit.shop.id, draft.clone()).await.unwrap();
    assert_eq!(again.change_id, listed.change_id);
    assert_eq!(visit.sandbox.calls_of("jd", "jingdong.imgzone.picture.upload").await, uploads);
    assert_eq!(visit.sandbox.calls_of("jd", ADD).await, 1);
    let refused = visit.hub.products().update(visit.shop.id, id, draft).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
}

#[tokio::test(flavor = "multi_thread")]
async fn jd_tells_why_a_ware_was_refused_or_banned() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    audits(&visit, "reject", Some("标题含有极限词")).await;
    let rejected = published(&visit, draft(&visit, "OA-1").await).await;
    assert_eq!(
        (rejected.status, rejected.platform_status.as_deref()),
        (ListingStatus::Rejected, Some("1025"))
    );
    assert_eq!(rejected.reason.as_deref(), Some("商品信息 / 内容 / 标题含有极限词"));
    audits(&visit, "ban", Some("主图含有联系方式")).await;
    let banned = published(&visit, draft(&visit, "OA-2").await).await;
    assert_eq!((banned.status, banned.reason.as_deref()), (ListingStatus::Banned, Some("主图含有联系方式")));
}

/// An app may lack the permission for the calls that say why.
#[tokio::test(flavor = "multi_thread")]
async fn jd_tells_that_a_ware_was_refused_when_it_may_not_be_asked_why() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    audits(&visit, "reject", Some("标题含有极限词")).await;
    for method in ["jingdong.ware.read.findOpReason", "jingdong.ware.audit.getWareAuditDetail"] {
        visit.fault("no_permission", method, 1).await;
    }
    let rejected = published(&visit, draft(&visit, "OA-1").await).await;
    assert_eq!((rejected.status, rejected.reason), (ListingStatus::Rejected, None));
}

/// Whatever hides the answer: the ware is found by its outer id, and there is exactly one.
#[tokio::test(flavor = "multi_thread")]
async fn jd_finds_a_ware_whose_answer_was_lost() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "60"]).await;
    let draft = draft(&visit, "OA").await;
    for fault in ["lost_reset", "lost_code", "lost_500", "cut_body"] {
        visit.fault(fault, ADD, 1).await;
        let draft = ListingDraft { outer_id: format!("OA-{fault}"), ..draft.clone() };
        let outer_id = draft.outer_id.clone();
        let receipt = visit.hub.products().publish(visit.shop.id, draft).await.unwrap();
        assert_eq!(receipt.state, ChangeState::Accepted, "{fault}");
        let wares = there(&visit, &outer_id).await;
        assert_eq!(wares.len(), 1, "{fault}");
        let listed = listing(&visit, &outer_id).await;
        assert_eq!(listed.platform_product_id, Some(text(&wares[0]["wareId"])), "{fault}");
    }
}

/// Nobody knows whether it was executed, and no ware shows: it is not sent again without a person.
#[tokio::test(flavor = "multi_thread")]
async fn jd_does_not_send_a_ware_again_whose_call_was_lost() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    let draft = draft(&visit, "OA-1").await;
    visit.fault("reset", ADD, 1).await;
    let receipt = visit.hub.products().publish(visit.shop.id, draft.clone()).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Unknown);
    let waits = listing(&visit, "OA-1").await;
    assert_eq!((waits.status, waits.platform_product_id), (ListingStatus::Submitting, None));
    let again = visit.hub.products().publish(visit.shop.id, draft).await.unwrap();
    assert_eq!((again.change_id, again.state), (receipt.change_id, ChangeState::Unknown));
    assert_eq!(visit.sandbox.calls_of("jd", ADD).await, 1);
    assert_eq!(there(&visit, "OA-1").await.len(), 0);
}

/// A draft that the platform surely refuses is never sent; what it refuses ends the change.
#[tokio::test(flavor = "multi_thread")]
async fn jd_refuses_a_bad_draft_before_it_is_sent() {
    let visit = Visit::start(&PARTY, &["--orders", "3", "--products", "3"]).await;
    let good = draft(&visit, "OA-1").await;
    let unsendable = good.attributes.replace("transportId", "afterSales").replace("12345", "\"七天\"");
    let elsewhere = Picture::At("https://img.example/1.png".into());
    let bad = [
        ("`attributes.transportId` is needed", ListingDraft { attributes: unsendable, ..good.clone() }),
        ("picture zone", ListingDraft { images: vec![elsewhere], ..good.clone() }),
        ("each SKU needs the option 颜色", {
            let mut draft = good.clone();
            draft.skus.truncate(1);
            draft.skus[0].options.clear();
            draft
        }),
    ];
    for (words, draft) in bad {
        let error = visit.hub.products().publish(visit.shop.id, draft).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{words}: {error}");
        assert!(error.message().contains(words), "{words}: {error}");
    }
    assert_eq!(visit.sandbox.calls_of("jd", ADD).await, 0);
    visit.fault("business_error", ADD, 1).await;
    let refused = visit.hub.products().publish(visit.shop.id, good).await.unwrap_err();
    assert_eq!((refused.kind(), refused.platform_code()), (ErrorKind::Rejected, Some("70")));
    assert_eq!(listing(&visit, "OA-1").await.status, ListingStatus::Failed);
    assert_eq!(there(&visit, "OA-1").await.len(), 0);
}
