//! Drafts that the platform surely refuses are refused here, with what to change.

use serde_json::{Value, json};

use super::super::Jd;
use super::listing::{at, draft, publish, walk};
use crate::error::{Error, ErrorKind};
use crate::model::{ListingDraft, Picture, SkuOption};
use crate::platform::{Facts, Platform, Publication};

fn refused(change: impl FnOnce(&mut ListingDraft)) -> Error {
    let mut draft = draft();
    change(&mut draft);
    publish(&draft).map(|_| ()).unwrap_err()
}

/// Sets members of the attributes; null takes one away.
fn with(draft: &mut ListingDraft, changes: &Value) {
    let mut attributes: Value = serde_json::from_str(&draft.attributes).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        attributes[name] = value.clone();
    }
    draft.attributes = attributes.to_string();
}

#[test]
fn what_the_platform_would_refuse_is_refused_with_what_to_change() {
    type Change = fn(&mut ListingDraft);
    let cases: [(&str, Change); 14] = [
        ("`attributes.transportId` is needed", |draft| with(draft, &json!({"transportId": null}))),
        ("`attributes.transport_id` is unknown; known: properties, adWords", |draft| {
            with(draft, &json!({"transport_id": 1}))
        }),
        ("`attributes.brandId` must be a number", |draft| with(draft, &json!({"brandId": "华为"}))),
        ("`attributes.marketPrice` must be yuan", |draft| with(draft, &json!({"marketPrice": "1.999"}))),
        ("`attributes.wareStatus` of a new ware", |draft| with(draft, &json!({"wareStatus": 2}))),
        ("`title` has more than 50", |draft| draft.title = "灯".repeat(51)),
        ("`images[1]` must lie in the shop's picture zone", |draft| {
            draft.images[1] = Picture::At("https://evil360buyimg.com/imgzone/jfs/a.jpg".into());
        }),
        ("wants a description", |draft| {
            (draft.description, draft.detail_images) = (Some(" ".into()), Vec::new());
        }),
        ("longer than 100000", |draft| draft.description = Some("灯".repeat(100_000))),
        ("款式 tells no SKUs apart in this category, but: 颜色, 尺码", |draft| {
            draft.skus[0].options[0].name = "款式".into()
        }),
        ("绿色 is no value of 颜色 (such as 红色, 黑色)", |draft| {
            draft.skus[1].options[0].value = "绿色".into()
        }),
        ("`skus[0].image`: the platform shows pictures by colour", |draft| {
            draft.skus[0].options[0] = SkuOption { name: "尺码".into(), value: "S".into() };
            draft.skus[0].image = Some(at("jfs/a.jpg"));
        }),
        ("`attributes.properties.9007` is needed: 能效", |draft| {
            with(draft, &json!({"properties": {"9002": "91"}}))
        }),
        ("`skus[0].attributes.properties.9002` is no property of single SKUs", |draft| {
            draft.skus[0].attributes = Some(json!({"properties": {"9002": "91"}}).to_string());
        }),
    ];
    for (words, change) in cases {
        let error = refused(change);
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{words}");
        assert!(error.message().contains(words), "{words}: {}", error.message());
    }
}

#[test]
fn a_category_above_the_third_level_is_refused_and_an_unknown_one_too() {
    let plan = |answer: &'static [u8]| {
        let draft = draft();
        let what = Publication { draft: &draft, product: None, platform_shop_id: "1", shop_type: None };
        walk(|facts| Jd.publish_plan(&what, facts), |_, _| answer.to_vec()).map(|_| ()).unwrap_err()
    };
    let high = br#"{"jingdong_category_read_findById_responce":{"code":"0","category":{"id":9739,"fid":1,"lev":2}}}"#;
    assert!(plan(high).message().contains("level 2"));
    let none = br#"{"jingdong_category_read_findById_responce":{"code":"0"}}"#;
    assert_eq!(plan(none).kind(), ErrorKind::InvalidRequest);
}

#[test]
fn a_whole_ware_is_not_changed_in_one_call() {
    let draft = draft();
    let what = Publication { draft: &draft, product: Some("1"), platform_shop_id: "1", shop_type: None };
    let error = Jd.publish_plan(&what, &Facts::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
