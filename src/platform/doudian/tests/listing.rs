//! Publishing: the category's rules, pictures, and the one call.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::convert;
use super::{Doudian, fixture};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{CategoryRules, DraftSku, Fen, FilePart, ListingDraft, Picture, PropertyInput, SkuOption};
use crate::platform::{
    ApiCall, Facts, Platform, Publication, Published, Question, Repeat, Step, check_draft,
};

const OWN: &str = "https://p3-aio.ecombdimg.com/obj/ecom-shop-material/known";
const NEW: &str = "https://p3-aio.ecombdimg.com/obj/ecom-shop-material/new";
const FIELDS: &str = r#"{"freight_id": 0, "mobile": "40012345", "reduce_type": "1", "delivery_delay_day": 2,
    "standard_brand_id": 596120136, "weight": 1.5, "remark": null,
    "properties": {"1687": "9007199254740993", "449": "杭州", "501": ["7310", "7312"], "502": "头采", "3271": null,
        "785": {"measure_info": {"template_id": 147}}}}"#;

/// What a question is answered with, by its method.
type Answers<'a> = &'a [(&'static str, &'a [u8])];

/// Answers questions until the plan is done, and says what was asked.
pub(super) fn run<T>(
    answers: Answers<'_>,
    plan: impl Fn(&Facts) -> Result<Step<T>>,
) -> (Result<T>, Vec<Question>) {
    let (mut facts, mut asked) = (Facts::default(), Vec::<Question>::new());
    loop {
        let question = match plan(&facts) {
            Ok(Step::Ask(question)) => question,
            Ok(Step::Done(value)) => return (Ok(value), asked),
            Err(error) => return (Err(error), asked),
        };
        assert_eq!(question.call.parts.repeat, Repeat::Safe);
        assert!(facts.get(&question.name).is_none(), "{} is asked twice", question.name);
        let times = asked.iter().filter(|old| old.call.parts.api == question.call.parts.api).count();
        let mut fitting = answers.iter().filter(|(api, _)| *api == question.call.parts.api);
        let (_, body) = fitting.nth(times).unwrap_or_else(|| panic!("{} is not answered", question.name));
        facts.insert(&question.name, (question.call.decode)(body).unwrap().get());
        asked.push(question);
    }
}

fn option(name: &str, value: &str) -> SkuOption {
    SkuOption { name: name.into(), value: value.into() }
}

fn sku(color: &str, size: &str, fen: i64) -> DraftSku {
    DraftSku {
        outer_id: Some(format!("{color}-{size}")),
        price: Fen(fen),
        stock: 3,
        options: vec![option("颜色", color), option("尺码", size)],
        image: None,
        attributes: None,
    }
}

fn draft() -> ListingDraft {
    ListingDraft {
        outer_id: "TEA-1".into(),
        title: "明前西湖龙井".into(),
        category_id: "20219".into(),
        images: vec![Picture::At(OWN.into())],
        detail_images: vec![Picture::At(OWN.into()), Picture::At(OWN.into())],
        description: None,
        skus: vec![sku("黑", "S", 1990), sku("黑", "M", 2990), sku("白", "S", 1), sku("白", "M", 2)],
        attributes: FIELDS.into(),
    }
}

fn plan(
    draft: &ListingDraft,
    product: Option<&str>,
    answers: Answers<'_>,
) -> (Result<ApiCall<Published>>, Vec<Question>) {
    let what = Publication { draft, product, platform_shop_id: "4463798", shop_type: None };
    run(answers, |facts| Doudian.publish_plan(&what, facts))
}

fn sent(call: &ApiCall<Published>) -> Value {
    serde_json::from_str(&call.parts.params).unwrap()
}

const RULES: (&str, &[u8]) = ("product.getCatePropertyV2", fixture!("product.getCatePropertyV2.wrapped"));

fn rules(body: &'static [u8]) -> CategoryRules {
    let answers = [("product.getCatePropertyV2", body)];
    let (rules, asked) = run(&answers, |facts| Doudian.category_rules("20219", None, facts));
    let [question] = asked.as_slice() else { panic!("one question") };
    assert_eq!(question.call.parts.params, r#"{"category_leaf_id":20219}"#);
    assert_eq!((question.name.as_str(), question.keep), ("rules:20219", Some(Duration::from_secs(3600))));
    rules.unwrap()
}

#[test]
fn rules_of_a_category_are_read_bare_or_wrapped() {
    let wrapped = rules(fixture!("product.getCatePropertyV2.wrapped"));
    let bare = rules(fixture!("product.getCatePropertyV2.bare"));
    assert_eq!(wrapped.properties, bare.properties);
    assert!(wrapped.raw.contains("tpl_type"));
    let seen: Vec<_> = wrapped
        .properties
        .iter()
        .map(|rule| (rule.id.as_str(), rule.required, rule.is_sku, rule.input, rule.max_values))
        .collect();
    assert_eq!(
        seen,
        [
            ("1687", true, false, PropertyInput::One, None),
            ("449", true, false, PropertyInput::Text, None),
            ("501", false, false, PropertyInput::Many, Some(2)),
            ("502", false, false, PropertyInput::OneOrText, None),
            ("504", false, false, PropertyInput::Text, None),
            ("785", false, false, PropertyInput::Other, None),
            ("3271", false, false, PropertyInput::Other, None),
            ("900", true, true, PropertyInput::OneOrText, None),
        ]
    );
    assert_eq!(wrapped.properties[0].options[1].id, "9007199254740993");
    assert_eq!(wrapped.properties[0].options[1].name, "狮峰");
    check_draft(&draft(), Some(&wrapped), &Doudian.picture_rules().unwrap()).unwrap();
}

#[test]
fn rules_that_cannot_be_read_whole_are_no_rules() {
    for body in [r#"{}"#, r#"{"data":{}}"#, r#"[{"property_name":"x"}]"#, r#"[{"property_id":1}]"#, "7"] {
        let mut facts = Facts::default();
        facts.insert("rules:20219", body);
        let error = Doudian.category_rules("20219", None, &facts).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
    let error = Doudian.category_rules("茶", None, &Facts::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[test]
fn a_new_product_is_sent_in_the_platforms_form() {
    let (call, asked) = plan(&draft(), None, &[RULES]);
    let call = call.unwrap();
    assert_eq!(asked.len(), 1, "its own pictures are not fetched again");
    assert_eq!((call.parts.api.as_str(), call.parts.repeat), ("product.addV2", Repeat::Never));
    let mut sent = sent(&call);
    let text = |value: Value| serde_json::from_str::<Value>(value.as_str().unwrap()).unwrap();
    assert_eq!(
        text(sent["spec_prices"].take()),
        json!([
            {"spec_detail_name1": "黑", "spec_detail_name2": "S", "price": 1990, "stock_num": 3, "outer_sku_id": "黑-S"},
            {"spec_detail_name1": "黑", "spec_detail_name2": "M", "price": 2990, "stock_num": 3, "outer_sku_id": "黑-M"},
            {"spec_detail_name1": "白", "spec_detail_name2": "S", "price": 1, "stock_num": 3, "outer_sku_id": "白-S"},
            {"spec_detail_name1": "白", "spec_detail_name2": "M", "price": 2, "stock_num": 3, "outer_sku_id": "白-M"},
        ])
    );
    assert!(call.parts.params.contains("9007199254740993"), "no id passes through a float");
    assert_eq!(
        text(sent["product_format_new"].take()),
        json!({
            "1687": [{"value": 9_007_199_254_740_993_u64, "name": "狮峰", "diy_type": 0}],
            "449": [{"value": 0, "name": "杭州", "diy_type": 0}],
            "501": [{"value": 7310, "name": "清香", "diy_type": 0}, {"value": 7312, "name": "栗香", "diy_type": 0}],
            "502": [{"value": 0, "name": "头采", "diy_type": 1}],
            "785": [{"measure_info": {"template_id": 147}}],
        })
    );
    assert_eq!(
        sent,
        json!({
            "product_type": 0, "category_leaf_id": 20219, "name": "明前西湖龙井", "outer_product_id": "TEA-1",
            "pic": OWN, "description": format!("{OWN}|{OWN}"), "specs": "颜色|黑,白^尺码|S,M", "commit": true,
            "spec_prices": null, "product_format_new": null, "freight_id": 0, "mobile": "40012345",
            "reduce_type": 1, "delivery_delay_day": 2, "standard_brand_id": 596_120_136, "weight": 1.5,
        })
    );
    let published = (call.decode)(fixture!("product.addV2.ok")).unwrap();
    assert_eq!(published.platform_product_id, "3539925204033339668");
    assert!(
        (call.decode)(fixture!("product.editV2.ok")).is_err(),
        "a new product without an id is no success"
    );
    assert!((call.decode)(br#"{"code":10001,"data":{"product_id":1}}"#).is_err());
}

#[test]
fn an_edit_is_the_same_and_names_its_product() {
    let new = sent(&plan(&draft(), None, &[RULES]).0.unwrap());
    let call = plan(&draft(), Some("3539925204033339668"), &[RULES]).0.unwrap();
    assert_eq!((call.parts.api.as_str(), call.parts.repeat), ("product.editV2", Repeat::Never));
    let mut edit = sent(&call);
    let product = edit.as_object_mut().unwrap().remove("product_id");
    assert_eq!((edit, product), (new, Some(json!(3_539_925_204_033_339_668_u64))));
    assert_eq!((call.decode)(fixture!("product.editV2.ok")).unwrap().platform_product_id, "");
    assert!((call.decode)(br#"{"code":10000,"data":null}"#).is_ok());
    assert!((call.decode)(br#"{"code":10001,"data":{}}"#).is_err());
    assert_eq!(plan(&draft(), Some("x"), &[RULES]).0.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn a_product_without_a_choice_has_one_option_and_options_may_have_pictures() {
    let only = DraftSku { options: Vec::new(), outer_id: None, ..sku("黑", "S", 1990) };
    let call = plan(&ListingDraft { skus: vec![only], ..draft() }, None, &[RULES]).0.unwrap();
    assert_eq!(sent(&call)["specs"], "规格|默认");
    assert_eq!(sent(&call)["spec_prices"], r#"[{"price":1990,"spec_detail_name1":"默认","stock_num":3}]"#);
    assert!(sent(&call).get("spec_pic").is_none());

    let mut draft = draft();
    draft.skus[0].attributes = Some(r#"{"code":"6901","step_stock_num":0}"#.into());
    for (sku, name) in draft.skus.iter_mut().zip(["b", "b", "w", "w"]) {
        sku.image = Some(Picture::At(format!("https://p3-aio.ecombdimg.com/obj/{name}")));
    }
    let sent = sent(&plan(&draft, None, &[RULES]).0.unwrap());
    assert_eq!(sent["spec_pic"], "https://p3-aio.ecombdimg.com/obj/b,https://p3-aio.ecombdimg.com/obj/w");
    assert!(sent["spec_prices"].as_str().unwrap().contains(r#""code":"6901""#));
}

#[test]
fn all_pictures_are_given_once_and_then_taken_when_they_have_passed() {
    let at = |address: &str| Picture::At(address.into());
    let draft = ListingDraft {
        images: vec![at("https://img.example/a/1.png?x=1"), at("https://img.example/2.png")],
        detail_images: vec![at("https://img.example/a/1.png?x=1")],
        ..draft()
    };
    let answers = [
        RULES,
        ("material.uploadImageSync", fixture!("material.uploadImageSync.waiting")),
        ("material.uploadImageSync", fixture!("material.uploadImageSync.passed")),
        ("material.queryMaterialDetail", fixture!("material.queryMaterialDetail.passed")),
    ];
    let (call, asked) = plan(&draft, None, &answers);
    let sent = sent(&call.unwrap());
    assert_eq!(sent["pic"], format!("{NEW}|{OWN}"));
    assert_eq!(sent["description"], NEW);
    let params: Value = serde_json::from_str(&asked[1].call.parts.params).unwrap();
    assert_eq!(
        params,
        json!({"folder_id": "0", "url": "https://img.example/a/1.png?x=1", "material_name": "1.png",
            "need_distinct": true})
    );
    assert_eq!(asked[3].call.parts.params, r#"{"material_id":"7101"}"#);
    // What was given is remembered, how it stands is not: asked again, the plan goes on where it stood.
    let keep: Vec<_> = asked.iter().map(|question| question.keep.map(|keep| keep.as_secs())).collect();
    assert_eq!(keep, [Some(3600), Some(86_400), Some(86_400), None]);
}

fn pictured(last: &'static [u8]) -> Error {
    let images = vec![Picture::At(OWN.into()), Picture::At("https://img.example/1.png".into())];
    let answers = [
        RULES,
        ("material.uploadImageSync", fixture!("material.uploadImageSync.waiting")),
        ("material.queryMaterialDetail", last),
    ];
    plan(&ListingDraft { images, ..draft() }, None, &answers).0.unwrap_err()
}

#[test]
fn a_picture_that_is_looked_at_is_waited_for_and_a_refused_one_ends_it() {
    let waiting = pictured(fixture!("material.queryMaterialDetail.waiting"));
    assert_eq!(waiting.kind(), ErrorKind::Transient);
    assert_eq!(waiting.retry(), Retry::After(Duration::from_secs(5)));
    assert!(waiting.message().contains("`images[1]`: publish the same draft again"));
    let refused = pictured(fixture!("material.queryMaterialDetail.refused"));
    assert_eq!((refused.kind(), refused.retry()), (ErrorKind::Rejected, Retry::Never));
    assert!(refused.message().contains("图片含水印") && refused.message().contains("`images[1]`"));
    assert_eq!(pictured(br#"{"code":10000,"data":{}}"#).kind(), ErrorKind::Decode);
}

#[test]
fn bytes_are_refused_with_what_to_do() {
    let file = FilePart {
        name: "file".into(),
        file_name: "a.png".into(),
        content_type: "image/png".into(),
        bytes: b"\x89PNG\r\n\x1a\n".to_vec(),
    };
    let error = Doudian.upload_picture(&file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("address"));
}

#[test]
fn what_the_platform_surely_refuses_is_said_before_anything_is_asked() {
    type Change = fn(&mut ListingDraft);
    let cases: [(&str, Change); 19] = [
        ("`title` must be 8 to 60 wide", |draft| draft.title = "龙井茶".into()),
        ("`title` must be 8 to 60 wide", |draft| draft.title = "茶".repeat(31)),
        ("emoji", |draft| draft.title = "明前西湖龙井🍵".into()),
        ("`description` must be absent", |draft| draft.description = Some("好茶".into())),
        ("`detailImages` must hold", |draft| draft.detail_images.clear()),
        ("50 together", |draft| draft.detail_images = vec![Picture::At(OWN.into()); 50]),
        ("each combination", |draft| drop(draft.skus.pop())),
        ("`skus[0].options` must not hold", |draft| draft.skus[0].options[0].value = "黑,白".into()),
        ("three at the most", |draft| {
            draft.skus = vec![DraftSku { options: vec![option("a", "b"); 4], ..sku("黑", "S", 1) }];
        }),
        ("`attributes.freight_id` is needed", |draft| draft.attributes = "{}".into()),
        ("`attributes.mobile` is needed", |draft| draft.attributes = r#"{"freight_id":0}"#.into()),
        ("`attributes.delivery_delay_day` is needed", |draft| {
            draft.attributes = r#"{"freight_id":0,"mobile":1,"reduce_type":1}"#.into();
        }),
        ("`attributes.pic` is no field of 抖店; known: account_template_id", |draft| {
            draft.attributes = r#"{"pic":"x"}"#.into();
        }),
        ("`attributes.freight_id` must be a whole number", |draft| {
            draft.attributes = r#"{"freight_id":-1}"#.into();
        }),
        ("`attributes.mobile` must be a text", |draft| draft.attributes = r#"{"mobile":" "}"#.into()),
        ("`attributes.quality_list` must be a list", |draft| {
            draft.attributes = r#"{"quality_list":[]}"#.into();
        }),
        ("`attributes.after_sale_service` must be an object", |draft| {
            draft.attributes = r#"{"after_sale_service":"1"}"#.into();
        }),
        ("`attributes.weight` must be a number", |draft| draft.attributes = r#"{"weight":"1"}"#.into()),
        ("`skus[1].attributes.price` is no field", |draft| {
            draft.skus[1].attributes = Some(r#"{"price":1}"#.into());
        }),
    ];
    for (words, change) in cases {
        let mut draft = draft();
        change(&mut draft);
        let (outcome, asked) = plan(&draft, None, &[]);
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{words}");
        assert!(error.message().contains(words), "{words}: {}", error.message());
        assert!(asked.is_empty(), "{words}");
    }
}

#[test]
fn what_only_the_rules_or_pictures_tell_is_said_too() {
    type Change = fn(&mut ListingDraft);
    let cases: [(&str, Change); 5] = [
        ("(品牌) must be one of its options", |draft| {
            draft.attributes = FIELDS.replace("9007199254740993", "无");
        }),
        ("`attributes.properties.900` is given by options named 颜色", |draft| {
            draft.attributes = FIELDS.replace("\"449\"", "\"900\"");
        }),
        ("`attributes.properties.77` is no property", |draft| {
            draft.attributes = FIELDS.replace("\"449\"", "\"77\"");
        }),
        ("`images[0]` must not hold", |draft| draft.images = vec![Picture::At(format!("{OWN},x"))]),
        ("all `skus` with 黑 must have the same image", |draft| {
            draft.skus[0].image = Some(Picture::At(OWN.into()));
        }),
    ];
    for (words, change) in cases {
        let mut draft = draft();
        change(&mut draft);
        let error = plan(&draft, None, &[RULES]).0.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{words}");
        assert!(error.message().contains(words), "{words}: {}", error.message());
    }
}

#[test]
fn publishing_by_hand_is_the_hubs() {
    assert_eq!(Doudian.typed_write("product.addV2"), Some("products.publish"));
    assert_eq!(Doudian.typed_write("product.editV2"), Some("products.update"));
    assert_eq!(Doudian.typed_write("material.uploadImageSync"), None);
    assert!(convert::raw_data(fixture!("product.editV2.ok")).is_ok());
}
