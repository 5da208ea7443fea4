use std::time::Duration;

use super::*;
use crate::model::{FilePart, PropertyInput, UtcMillis};
use crate::platform::{ApiCall, Credentials, Publication, Published, check_draft};
use crate::secret::Secret;

fn plan(draft: &ListingDraft, product: Option<&str>) -> (Result<ApiCall<Published>>, Vec<Question>) {
    let what = Publication { draft, product, platform_shop_id: "500012345", shop_type: None };
    follow(|facts| Pinduoduo.publish_plan(&what, facts), category)
}

#[test]
fn a_new_product_is_sent_as_the_platform_wants_it() {
    let (call, asked) = plan(&draft(), None);
    let call = call.unwrap();
    // 红罐 is a value of the category's own, so that nothing makes an id for it.
    assert_eq!(
        names(&asked),
        ["rules:16548", "specs:16548", "spec:1216:250g", "spec:1215:蓝罐", "spec:1216:500g"]
    );
    let hour = Duration::from_secs(3_600);
    assert_eq!((asked[0].keep, asked[1].keep, asked[2].keep), (Some(hour), Some(24 * hour), Some(24 * hour)));
    assert_eq!(params(&asked[3].call.parts), json!({"parent_spec_id": 1215, "spec_name": "蓝罐"}));
    assert_eq!((call.parts.api.as_str(), call.parts.repeat), ("pdd.goods.add", Repeat::Never));
    assert_eq!(Pinduoduo.typed_write(&call.parts.api), Some("products.publish"));
    let one = |spec: &str, stock: i64, outer: &str| {
        json!({"is_onsale": 1, "limit_quantity": 999, "multi_price": 1990, "price": 2190, "quantity": stock,
            "weight": 250, "spec_id_list": spec, "thumb_url": "https://img.pddpic.example/1.png",
            "out_sku_sn": outer, "sku_properties": [{"ref_pid": 330, "value": "6900000000017"}]})
    };
    let properties = json!([
        {"ref_pid": 310, "vid": 9_007_199_254_740_995_u64, "value": "山野"},
        {"ref_pid": 311, "vid": 3111, "value": "清香"},
        {"ref_pid": 311, "vid": 3113, "value": "果香"},
        {"ref_pid": 312, "value": "250", "value_unit": "g"},
        {"ref_pid": 313, "value": "540", "value_unit": "天"},
        {"ref_pid": 314, "value": "狮峰"},
        {"ref_pid": 314, "vid": 3141, "value": "杭州"},
        {"ref_pid": 320, "parent_spec_id": 1215, "spec_id": 770_001, "value": "红罐", "vid": 3201},
        {"ref_pid": 320, "parent_spec_id": 1215, "spec_id": 9_007_199_254_740_997_u64, "value": "蓝罐"},
    ]);
    assert_eq!(
        params(&call.parts),
        json!({
            "cat_id": 16548, "goods_name": "明前龙井", "out_goods_id": "TEA-1", "goods_type": 1, "country_id": 0,
            "carousel_gallery": ["https://img.pddpic.example/1.png", "https://img.pddpic.example/2.png"],
            "detail_gallery": ["https://img.pddpic.example/d1.png"],
            "cost_template_id": 9_007_199_254_740_991_u64, "market_price": 9900, "shipment_limit_second": 172_800,
            "is_pre_sale": false, "is_refundable": true, "is_folt": false, "second_hand": false,
            "goods_properties": properties,
            "sku_list": [one("[770001,880250]", 7, "红罐250g"),
                one("[9007199254740997,880500]", 0, "蓝罐500g")],
        })
    );
    let done = (call.decode)(fixture!("goods.add")).unwrap();
    assert_eq!(
        (done.platform_product_id.as_str(), done.review_id.as_deref()),
        (PRODUCT, Some("9007199254740999"))
    );
}

/// SKUs travel as JSON text in a form, and in it the ids of their specifications are once more text with JSON.
#[test]
fn specifications_are_encoded_twice_on_the_wire() {
    let call = plan(&draft(), None).0.unwrap();
    let credentials = Credentials {
        app_key: "fake-client-0001".into(),
        app_secret: Secret::from("fakeSecretForTests0001"),
        api_base: "https://gw-api.pinduoduo.com".into(),
        token_base: None,
        upload_base: None,
    };
    let token = Secret::from("fakeAccessToken");
    let now = UtcMillis::from_secs(1_700_000_700);
    let request = Pinduoduo.sign(&call.parts, &credentials, Some(&token), now).unwrap();
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let sent = |name: &str| form.iter().find(|(field, _)| field == name).unwrap().1.clone();
    assert!(sent("sku_list").contains(r#""spec_id_list":"[770001,880250]""#), "{}", sent("sku_list"));
    assert_eq!((sent("is_pre_sale").as_str(), sent("market_price").as_str()), ("false", "9900"));
    assert!(!form.iter().any(|(_, value)| value.is_empty() || value == "null"));
}

#[test]
fn a_product_without_a_choice_has_one_sku_without_specifications() {
    let mut draft = draft();
    draft.skus.truncate(1);
    draft.skus[0].options.clear();
    draft.skus[0].image = Some(at("sku"));
    draft.skus[0].attributes =
        Some(r#"{"price":1990,"weight":0,"is_onsale":0,"properties":{"330":"6900000000024"}}"#.into());
    draft.description = Some("二十个字的描述二十个字的描述二十个字的描述".into());
    let (call, asked) = plan(&draft, None);
    assert_eq!(names(&asked), ["rules:16548"]);
    let sent = params(&call.unwrap().parts);
    assert_eq!(sent["sku_list"][0]["spec_id_list"], json!("[]"));
    assert_eq!(sent["sku_list"][0]["thumb_url"], json!("https://img.pddpic.example/sku.png"));
    assert_eq!(sent["sku_list"][0]["is_onsale"], json!(0));
    assert_eq!(sent["sku_list"][0]["sku_properties"], json!([{"ref_pid": 330, "value": "6900000000024"}]));
    assert_eq!(sent["goods_desc"], json!("二十个字的描述二十个字的描述二十个字的描述"));
}

/// The platform adds what an edit sends as stock: a SKU that is there gets nothing, a new one its stock, and one that
/// the draft no longer has is taken off sale.
#[test]
fn an_edit_never_moves_the_stock_of_what_is_there() {
    let mut draft = draft();
    draft.skus[1].stock = 5;
    let (call, asked) = plan(&draft, Some(PRODUCT));
    let call = call.unwrap();
    assert_eq!(
        names(&asked),
        ["product:9007199254740993", "rules:16548:9007199254740993", "spec:1215:蓝罐"],
        "what the product has keeps its ids"
    );
    assert_eq!(params(&asked[1].call.parts), json!({"cat_id": 16548, "goods_id": 9_007_199_254_740_993_u64}));
    assert_eq!((asked[0].keep, asked[1].keep), (None, None));
    assert_eq!((call.parts.api.as_str(), call.parts.repeat), ("pdd.goods.information.update", Repeat::Never));
    assert_eq!(Pinduoduo.typed_write(&call.parts.api), Some("products.update"));
    let sent = params(&call.parts);
    assert_eq!(
        (&sent["goods_id"], &sent["sync_goods_operate"]),
        (&json!(9_007_199_254_740_993_u64), &json!(1))
    );
    let skus = sent["sku_list"].as_array().unwrap();
    let seen: Vec<_> = skus.iter().map(|sku| (&sku["sku_id"], &sku["quantity"], &sku["is_onsale"])).collect();
    let nothing = Value::Null;
    assert_eq!(
        seen,
        [
            (&json!(1_400_000_000_001_u64), &json!(0), &json!(1)),
            (&nothing, &json!(5), &json!(1)),
            (&json!(9_007_199_254_740_997_u64), &json!(0), &json!(0)),
        ]
    );
    assert_eq!(
        skus[2],
        json!({"sku_id": 9_007_199_254_740_997_u64, "is_onsale": 0, "limit_quantity": 999, "quantity": 0,
            "price": 4990, "multi_price": 3990, "weight": 500, "out_sku_sn": "LJ-G-500",
            "spec_id_list": "[770009,880500]", "thumb_url": "https://img.pddpic.example/1.png"})
    );
    let colors: Vec<_> =
        sent["goods_properties"].as_array().unwrap().iter().filter(|one| one["ref_pid"] == 320).collect();
    let ids: Vec<_> = colors.iter().map(|one| one["spec_id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [770_001, 9_007_199_254_740_997, 770_009]);
    let done = (call.decode)(fixture!("goods.update")).unwrap();
    assert_eq!((done.platform_product_id.as_str(), done.review_id.as_deref()), (PRODUCT, Some("777000111")));
    assert!((call.decode)(fixture!("goods.add")).is_err(), "another method's answer");
    let nameless = br#"{"goods_update_response":{"is_success":true,"goods_commit_id":777000111}}"#;
    let settled = (call.decode)(nameless).unwrap();
    assert_eq!((settled.platform_product_id.as_str(), settled.review_id.as_deref()), ("", Some("777000111")));
}

#[test]
fn a_merchant_may_have_an_edited_product_put_on_sale() {
    let mut draft = draft();
    draft.attributes = draft.attributes.replace("\"is_folt\"", "\"sync_goods_operate\":0,\"is_folt\"");
    assert_eq!(params(&plan(&draft, Some(PRODUCT)).0.unwrap().parts)["sync_goods_operate"], json!(0));
    assert!(refused(plan(&draft, None).0).message().contains("`attributes.sync_goods_operate` is not known"));
}

#[test]
fn the_rules_of_a_category_are_shown_and_hold_a_draft() {
    let (rules, asked) = follow(|facts| Pinduoduo.category_rules("16548", None, facts), category);
    let rules = rules.unwrap();
    assert_eq!(
        (names(&asked), params(&asked[0].call.parts)),
        (vec!["rules:16548"], json!({"cat_id": 16548}))
    );
    let seen: Vec<_> = rules
        .properties
        .iter()
        .map(|one| (one.id.as_str(), one.required, one.is_sku, one.input, one.max_values, one.max_length))
        .collect();
    assert_eq!(
        seen,
        [
            ("310", true, false, PropertyInput::One, Some(1), None),
            ("311", false, false, PropertyInput::Many, Some(2), None),
            ("312", true, false, PropertyInput::Other, Some(1), None),
            ("313", false, false, PropertyInput::Number, Some(1), None),
            ("314", false, false, PropertyInput::OneOrText, Some(3), Some(10)),
            ("320", true, true, PropertyInput::OneOrText, Some(21), None),
            ("330", false, false, PropertyInput::Text, Some(1), Some(13)),
        ]
    );
    assert_eq!(rules.properties[0].options[0].id, "9007199254740995");
    assert!(rules.raw.contains("\"required_rule\"") && !rules.raw.contains("cat_rule_get_response"));
    let pictures = Pinduoduo.picture_rules().unwrap();
    check_draft(&draft(), Some(&rules), &pictures).unwrap();
}

#[test]
fn an_image_is_uploaded_as_a_file_and_has_its_address_at_once() {
    let file = FilePart {
        name: "image".into(),
        file_name: "1.png".into(),
        content_type: "image/png".into(),
        bytes: b"\x89PNG".to_vec(),
    };
    let call = Pinduoduo.upload_picture(&file).unwrap();
    assert_eq!((call.parts.api.as_str(), call.parts.repeat), ("pdd.goods.img.upload", Repeat::Safe));
    assert_eq!((call.parts.files[0].name.as_str(), call.parts.files[0].bytes.len()), ("file", 4));
    let done = (call.decode)(fixture!("goods.img.upload")).unwrap();
    assert_eq!(
        (done.id, done.url.as_deref()),
        (None, Some("https://img.pddpic.example/open-gw/2023-11-15/1.png"))
    );
    assert!((call.decode)(br#"{"goods_img_upload_response":{"url":""}}"#).is_err());
}
