//! Publishing: plans are walked over fixtures, so that each answer is read as it would come.

use serde_json::{Value, json};

use super::super::Jd;
use super::fixture;
use crate::error::Result;
use crate::model::{DraftSku, Fen, FilePart, ListingDraft, Picture, PropertyInput, SkuOption};
use crate::platform::{
    ApiCall, Facts, Platform, Publication, Published, Repeat, Step, TokenUse, check_draft,
};

const LEAF: &str = "9739";

/// Walks a plan to its end: each question is answered with the body that `answer` has for it.
pub(super) fn walk<T>(
    mut plan: impl FnMut(&Facts) -> Result<Step<T>>,
    answer: impl Fn(&str, &Value) -> Vec<u8>,
) -> Result<(T, Vec<String>)> {
    let (mut facts, mut asked) = (Facts::default(), Vec::new());
    loop {
        match plan(&facts)? {
            Step::Done(value) => return Ok((value, asked)),
            Step::Ask(question) => {
                assert!(!asked.contains(&question.name), "{} is asked twice", question.name);
                assert_eq!(question.call.parts.repeat, Repeat::Safe, "{}", question.name);
                assert_eq!(question.call.parts.token, TokenUse::Shop, "{}", question.name);
                let params = serde_json::from_str(&question.call.parts.params).unwrap();
                let body = answer(&question.name, &params);
                facts.insert(question.name.clone(), (question.call.decode)(&body).unwrap().get());
                asked.push(question.name);
            }
        }
    }
}

/// The answers about the category of the fixtures.
fn category(name: &str, params: &Value) -> Vec<u8> {
    match name {
        "category:9739" => fixture!("category.leaf"),
        "category:9738" => fixture!("category.third"),
        "attrs:9739" => {
            assert_eq!(*params, json!({"cid": 9739, "field": "attrValueList"}));
            fixture!("attrs")
        }
        "sale_attrs:9739" => {
            assert_eq!(params["attributeType"], json!(4));
            fixture!("attrs.sale")
        }
        "values:1000012746" => fixture!("attrs.values"),
        other => panic!("{other} is not asked"),
    }
    .to_vec()
}

fn sku(color: &str) -> DraftSku {
    DraftSku {
        outer_id: Some(format!("DQ-1-{color}")),
        price: Fen(1_905),
        stock: 7,
        options: vec![SkuOption { name: "颜色".into(), value: color.into() }],
        image: None,
        attributes: None,
    }
}

pub(super) fn at(path: &str) -> Picture {
    Picture::At(format!("https://img10.360buyimg.com/imgzone/{path}"))
}

pub(super) fn draft() -> ListingDraft {
    ListingDraft {
        outer_id: "DQ-1".into(),
        title: "复古露营灯".into(),
        category_id: LEAF.into(),
        images: vec![at("jfs/t1/a.jpg"), at("jfs/t1/b.jpg")],
        detail_images: vec![at("jfs/t1/d.jpg")],
        description: Some("亮度 <高>\n& 省电".into()),
        skus: vec![sku("红色"), DraftSku { price: Fen(1_900), ..sku("黑色") }],
        attributes: json!({
            "transportId": "720609", "brandId": 8551, "marketPrice": 29.9, "itemNum": "", "weight": 0.35, "barCode": 690,
            "properties": {"9002": "9007199254740993", "9003": ["92", "93"], "9005": "云南", "9007": 95,
                "9004": {"attrValues": ["94"], "expands": ["100"], "units": ["%"]}},
        })
        .to_string(),
    }
}

pub(super) fn publish(draft: &ListingDraft) -> Result<(ApiCall<Published>, Vec<String>)> {
    let what = Publication { draft, product: None, platform_shop_id: "1", shop_type: None };
    walk(|facts| Jd.publish_plan(&what, facts), category)
}

/// The parameters of the call, as they are sent.
fn sent(draft: &ListingDraft) -> (String, Value) {
    let (call, _) = publish(draft).unwrap();
    let text = call.parts.params;
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

#[test]
fn the_rules_of_a_category_say_what_each_attribute_takes() {
    let (rules, asked) = walk(|facts| Jd.category_rules(LEAF, None, facts), category).unwrap();
    assert_eq!(asked, ["attrs:9739", "sale_attrs:9739", "values:1000012746"]);
    let seen: Vec<_> = rules
        .properties
        .iter()
        .map(|rule| (rule.name.as_str(), rule.input, rule.required, rule.is_sku, rule.options.len()))
        .collect();
    assert_eq!(
        seen,
        [
            ("材质", PropertyInput::One, true, false, 2),
            ("适用场景", PropertyInput::Many, false, false, 2),
            ("成分", PropertyInput::Other, false, false, 1),
            ("产地说明", PropertyInput::Text, false, false, 0),
            ("功率", PropertyInput::Number, false, false, 0),
            ("能效", PropertyInput::One, false, false, 2),
            ("产地", PropertyInput::Other, false, false, 0),
            ("颜色", PropertyInput::One, true, true, 2),
            ("尺码", PropertyInput::One, false, true, 2),
        ]
    );
    assert_eq!(rules.properties[0].options[1].id, "9007199254740993");
    let raw: Value = serde_json::from_str(&rules.raw).unwrap();
    assert_eq!(raw["values:1000012746"]["code"], json!("0"));
    check_draft(&draft(), Some(&rules), &Jd.picture_rules().unwrap()).unwrap();
}

#[test]
fn a_ware_is_sent_in_the_platforms_units_and_words() {
    let (text, sent) = sent(&draft());
    // Exact digits: no price and no id passes through a float.
    for digits in ["\"jdPrice\":19.05,", "\"marketPrice\":29.9,", "\"attrValues\":[\"9007199254740993\"]"] {
        assert!(text.contains(digits), "{digits}: {text}");
    }
    let ware = &sent["ware"];
    assert_eq!((&ware["categoryId"], &ware["multiCategoryId"]), (&json!(9738), &json!(9739)));
    assert_eq!((&ware["transportId"], &ware["brandId"]), (&json!(720_609), &json!(8551)));
    assert_eq!((&ware["wareStatus"], &ware["outerId"]), (&json!(8), &json!("DQ-1")));
    assert_eq!((&ware["barCode"], &ware["weight"]), (&json!("690"), &json!(0.35)));
    assert!(ware.get("itemNum").is_none(), "a blank member is not sent");
    assert!(text.contains("\"jdPrice\":19.00,"), "the ware's price is its lowest: {text}");
    assert_eq!(
        ware["introduction"],
        json!(
            "<p>亮度 &lt;高&gt;</p><p>&amp; 省电</p><img src=\"https://img10.360buyimg.com/imgzone/jfs/t1/d.jpg\"/>"
        )
    );
    assert_eq!(ware["mobileDesc"], ware["introduction"]);
    assert_eq!(
        ware["images"],
        json!([
            {"colorId": "0000000000", "imgIndex": 1, "imgUrl": "jfs/t1/a.jpg"},
            {"colorId": "0000000000", "imgIndex": 2, "imgUrl": "jfs/t1/b.jpg"},
        ])
    );
    assert_eq!(
        ware["multiCateProps"],
        json!([
            {"attrId": "9002", "attrValues": ["9007199254740993"]},
            {"attrId": "9003", "attrValues": ["92", "93"]},
            {"attrId": "9004", "attrValues": ["94"], "expands": ["100"], "units": ["%"]},
            {"attrId": "9005", "attrValues": ["云南"]},
        ])
    );
    let first = &sent["skus"][0];
    assert_eq!(first["saleAttrs"], json!([{"attrId": "1000012746", "attrValues": ["4156857825"]}]));
    assert_eq!((&first["stockNum"], &first["outerId"]), (&json!("7"), &json!("DQ-1-红色")));
    assert_eq!(first["multiCateProps"], json!([{"attrId": "9007", "attrValues": ["95"]}]));
}

#[test]
fn publishing_is_one_write_whose_answer_names_the_ware() {
    let (call, asked) = publish(&draft()).unwrap();
    assert_eq!(
        asked,
        ["category:9739", "category:9738", "attrs:9739", "sale_attrs:9739", "values:1000012746"]
    );
    assert_eq!((call.parts.api.as_str(), call.parts.repeat), ("jingdong.ware.write.add", Repeat::Never));
    assert_eq!(Jd.typed_write(&call.parts.api), Some("products.publish"));
    let published = (call.decode)(fixture!("ware.added")).unwrap();
    assert_eq!(published.platform_product_id, "9007199254740993");
    let silent = br#"{"jingdong_ware_write_add_responce":{"code":"0"}}"#;
    assert!((call.decode)(silent).is_err(), "an answer without an id is no success");
}

#[test]
fn pictures_of_skus_belong_to_their_colour() {
    let mut draft = draft();
    let size = |value: &str| SkuOption { name: "尺码".into(), value: value.into() };
    draft.skus =
        ["S", "M"].map(|of| DraftSku { image: Some(at("jfs/t1/red.jpg")), ..sku_of(of, size) }).into();
    draft.skus[1].options[0].value = "红色".into();
    draft.skus.push(DraftSku { image: Some(at("jfs/t1/red2.jpg")), ..sku_of("M", size) });
    let images = sent(&draft).1["ware"]["images"].clone();
    assert_eq!(
        images.as_array().unwrap()[2..],
        [
            json!({"colorId": "4156857825", "imgIndex": 1, "imgUrl": "jfs/t1/red.jpg"}),
            json!({"colorId": "4156857825", "imgIndex": 2, "imgUrl": "jfs/t1/red2.jpg"}),
        ]
    );
}

fn sku_of(value: &str, size: impl Fn(&str) -> SkuOption) -> DraftSku {
    let mut sku = sku("红色");
    sku.options.push(size(value));
    sku
}

#[test]
fn values_of_the_shops_own_are_passed_on() {
    let mut draft = draft();
    draft.skus.truncate(1);
    draft.skus[0].options[0].value = "月光白".into();
    draft.skus[0].attributes = Some(
        json!({"saleAttrs": [{"attrId": "1000012746", "attrValues": ["77"], "attrValueAlias": ["月光白"]}],
            "properties": {"9007": "96"}})
        .to_string(),
    );
    draft.skus[0].image = Some(at("jfs/t1/moon.jpg"));
    let (_, sent) = sent(&draft);
    assert_eq!(sent["skus"][0]["saleAttrs"][0]["attrValueAlias"], json!(["月光白"]));
    assert_eq!(sent["skus"][0]["multiCateProps"][0]["attrValues"], json!(["96"]), "its own goes first");
    assert_eq!(sent["ware"]["images"][2]["colorId"], json!("77"));
}

#[test]
fn a_picture_goes_into_the_zone_and_has_its_address_at_once() {
    let file = |name: &str, bytes: &[u8]| FilePart {
        name: "file".into(),
        file_name: name.into(),
        content_type: "image/png".into(),
        bytes: bytes.to_vec(),
    };
    let call = Jd.upload_picture(&file(&"灯".repeat(30), &[0, 255])).unwrap();
    let params: Value = serde_json::from_str(&call.parts.params).unwrap();
    assert_eq!(params, json!({"image_data": "AP8=", "picture_name": "灯".repeat(21)}));
    let uploaded = (call.decode)(fixture!("picture.uploaded")).unwrap();
    let address = uploaded.url.unwrap();
    assert_eq!(address, "https://img10.360buyimg.com/imgzone/jfs/t1/1/12/f787e69e/3368776236.png");
    assert!(Jd.upload_picture(&file("a", &[])).is_err());
    let mut draft = draft();
    let shown = "https://img14.360buyimg.com/n1/s450x450_jfs/t1/c.jpg";
    draft.images = [address.as_str(), shown, "https://img30.360buyimg.com/popWaterMark/g14/M00/d.jpg"]
        .map(|at| Picture::At(at.into()))
        .into();
    let images = sent(&draft).1["ware"]["images"].clone();
    let paths: Vec<_> = images.as_array().unwrap().iter().map(|image| image["imgUrl"].clone()).collect();
    assert_eq!(paths, ["jfs/t1/1/12/f787e69e/3368776236.png", "jfs/t1/c.jpg", "g14/M00/d.jpg"]);
}
