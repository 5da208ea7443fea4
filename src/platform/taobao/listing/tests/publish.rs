//! A draft as it is sent.

use super::*;
use crate::model::FilePart;
use crate::platform::{Repeat, TokenUse};

#[test]
fn a_product_without_a_choice_is_sent_as_one_document() {
    let question = asked(step(&draft(), None, &Facts::default()).unwrap());
    assert_eq!(question.call.parts.api, "alibaba.item.publish.schema.get");
    let (api, params) = done(step(&draft(), None, &rules_known()).unwrap());
    assert_eq!(api, "alibaba.item.publish.submit");
    let expected = "<?xml version=\"1.0\" encoding=\"utf-8\"?><itemParam>\
        <field id=\"title\" name=\"宝贝标题\" type=\"input\"><value>春茶 &lt;新&gt; &amp; &quot;好&quot;</value></field>\
        <field id=\"price\" name=\"一口价\" type=\"input\"><value>19.90</value></field>\
        <field id=\"quantity\" name=\"数量\" type=\"input\"><value>3</value></field>\
        <field id=\"outer_id\" name=\"商家编码\" type=\"input\"><value>TEA-1</value></field>\
        <field id=\"description\" name=\"宝贝描述\" type=\"input\"><value>&lt;p&gt;a &amp;lt; b&lt;/p&gt;\
        &lt;p&gt;第二行&lt;/p&gt;\
        &lt;p&gt;&lt;img src=&quot;https://img.alicdn.com/d.png?a=1&amp;amp;b=2&quot;&gt;&lt;/p&gt;</value></field>\
        <field id=\"images\" name=\"宝贝图片\" type=\"multiInput\">\
        <values><value>https://img.alicdn.com/1.png</value></values></field>\
        <field id=\"p-20000\" name=\"品牌\" type=\"singleCheck\"><value>93764828</value></field>\
        </itemParam>";
    assert_eq!(params, json!({"cat_id": 50_008_613, "market": "taobao", "schema": expected}));
}

#[test]
fn skus_are_rows_with_the_ids_of_their_options() {
    let mut draft = with_skus();
    draft.skus[1].outer_id = Some("TEA-1-B".into());
    draft.skus[1].attributes = Some(json!({"sku_barcode": "690002"}).to_string());
    let root = document(&draft, &rules_known());
    let rows: Vec<_> = field(&root, "sku").unwrap().all("complex-values").collect();
    let of = |row: &Element| {
        ["p-1627207", "p-20509", "sku_price", "sku_quantity", "sku_outerId", "sku_barcode", "sku_id"]
            .map(|id| value(row, id).map(str::to_owned))
    };
    let row = |texts: [&str; 7]| texts.map(|text| (!text.is_empty()).then(|| text.to_owned()));
    assert_eq!(rows.len(), 2);
    assert_eq!(of(rows[0]), row(["28320", "28314", "21.90", "2", "", "", ""]));
    assert_eq!(of(rows[1]), row(["28341", "28315", "18.90", "0", "TEA-1-B", "690002", ""]));
    // The price of the product is that of a SKU in stock, though another one is lower.
    assert_eq!(value(&root, "price"), Some("21.90"));
    assert_eq!(value(&root, "quantity"), Some("2"));
}

#[test]
fn parts_and_rows_are_given_by_their_ids() {
    let mut draft = draft();
    let mut properties = json!({"p-20000": "无品牌", "service": ["2", 1], "food_security.prd_license_no": "SC1",
        "food_security.period": 180, "steps": [{"from": 2, "price": "18.00"}, {"from": 10, "price": "17"}]});
    draft.attributes = json!({"properties": properties, "barcode": "6900001"}).to_string();
    let (_, params) = done(step(&draft, None, &rules_known()).unwrap());
    assert_eq!(params["barcode"], "6900001");
    let root = document(&draft, &rules_known());
    assert_eq!(value(&root, "p-20000"), Some("30111"));
    let service: Vec<_> = field(&root, "service")
        .unwrap()
        .child("values")
        .unwrap()
        .all("value")
        .map(|one| &*one.text)
        .collect();
    assert_eq!(service, ["2", "1"]);
    let food = field(&root, "food_security").unwrap().child("complex-values").unwrap();
    assert_eq!((value(food, "prd_license_no"), value(food, "period")), (Some("SC1"), Some("180")));
    assert!(field(food, "contact").is_none());
    let steps: Vec<_> = field(&root, "steps").unwrap().all("complex-values").collect();
    assert_eq!((steps.len(), value(steps[1], "price")), (2, Some("17")));

    let mut refuse = |change: &dyn Fn(&mut Value), words: &str| {
        let before = properties.clone();
        change(&mut properties);
        draft.attributes = json!({"properties": properties}).to_string();
        let said = refused(&draft, None, &rules_known());
        assert!(said.contains(words), "{words}: {said}");
        properties = before;
    };
    let period = |all: &mut Value| drop(all.as_object_mut().unwrap().remove("food_security.period"));
    refuse(&period, "`attributes.properties.food_security.period` is needed");
    refuse(&|all| all["steps"] = json!([{"from": 2}]), "`attributes.properties.steps[0].price` is needed");
    refuse(
        &|all| all["steps"] = json!([{"from": 2, "price": 1, "x": 1}]),
        "`attributes.properties.steps[0].x`",
    );
    refuse(&|all| all["p-20000"] = json!("乙"), "`attributes.properties.p-20000` must be one of the options");
    refuse(&|all| all["gone"] = json!("1"), "`attributes.properties.gone` cannot be set");
    refuse(&|all| all["title"] = json!("1"), "`attributes.properties.title` cannot be set");
    refuse(&|all| all["p-20000"] = Value::Null, "`attributes.properties.p-20000` is needed: 品牌");
}

#[test]
fn the_current_dialect_is_answered_in_its_own_words() {
    let mut facts = Facts::default();
    told(&mut facts, "rules:50008613", fixture!("item.publish.schema.get.current"));
    let mut draft = with_skus();
    draft.skus[0].image = Some(Picture::At("https://img.alicdn.com/white.png".into()));
    draft.attributes = json!({"properties": {"catProp.p-20000": "93764828"}}).to_string();
    let root = document(&draft, &facts);
    assert_eq!(root.name, "itemSchema");
    let props = field(&root, "catProp").unwrap().child("complex-value").unwrap();
    assert_eq!(value(props, "p-20000"), Some("93764828"));
    let images = field(&root, "images").unwrap().child("complex-value").unwrap();
    assert_eq!(value(images, "images_0"), Some("https://img.alicdn.com/1.png"));
    assert!(field(images, "images_1").is_none());
    // What the platform presets goes back.
    assert_eq!(value(&root, "stuffStatus"), Some("5"));
    let rows: Vec<_> = field(&root, "sku").unwrap().all("complex-values").collect();
    let options = field(rows[0], "props").unwrap().child("complex-value").unwrap();
    assert_eq!((value(options, "p-1627207"), value(options, "p-20509")), (Some("28320"), Some("S")));
    assert_eq!((value(rows[0], "skuPrice"), value(rows[0], "skuStock")), (Some("21.90"), Some("2")));
    assert_eq!(value(rows[0], "skuImage"), Some("https://img.alicdn.com/white.png"));
    assert_eq!(value(&root, "outerId"), Some("TEA-1"));

    draft.images = vec![Picture::At("https://img.alicdn.com/1.png".into()); 3];
    assert!(refused(&draft, None, &facts).contains("`images` holds more"));
}

#[test]
fn what_the_platform_would_refuse_is_named_before_it_is_sent() {
    type Change = fn(&mut ListingDraft);
    let cases: [(&str, Change); 13] = [
        ("`title` must have at most 60 characters (a Chinese", |draft| draft.title = "茶".repeat(31)),
        ("`description` must have at most", |draft| draft.description = Some("x".repeat(25_001))),
        ("`description` or `detailImages` is needed", |draft| {
            draft.description = None;
            draft.detail_images.clear();
        }),
        ("names 口味, which is no option here: 颜色分类, 尺码", |draft| {
            draft.skus[0].options[0].name = "口味".into();
        }),
        ("`skus[1].options[0].value` must be one of the options of 颜色分类: 白色, 黑色", |draft| {
            draft.skus[1].options[0].value = "粉".into();
        }),
        ("`skus[0].options` needs 尺码", |draft| drop(draft.skus[0].options.pop())),
        ("`skus[0].image` cannot be sent", |draft| {
            draft.skus[0].image = Some(Picture::At("https://img.alicdn.com/2.png".into()));
        }),
        ("`skus[0].attributes.sku_price` cannot be set", |draft| {
            draft.skus[0].attributes = Some(r#"{"sku_price":"1"}"#.into());
        }),
        ("`skus[0].outerId` must be `outerId`", |draft| {
            draft.skus.truncate(1);
            draft.skus[0].options.clear();
            draft.skus[0].outer_id = Some("OTHER".into());
        }),
        ("`attributes.freight` is not known: properties, barcode, biz_type, spu_id", |draft| {
            draft.attributes = r#"{"freight":"1"}"#.into();
        }),
        ("only products of a Tmall shop", |draft| draft.attributes = r#"{"spu_id":"1"}"#.into()),
        ("differ", |draft| {
            draft.category_id = "50008613:2".into();
            draft.attributes = r#"{"spu_id":"1"}"#.into();
        }),
        ("`attributes.barcode` must be a text", |draft| {
            draft.attributes = r#"{"barcode":true,"properties":{"p-20000":"30111"}}"#.into();
        }),
    ];
    for (words, change) in cases {
        let mut draft = with_skus();
        change(&mut draft);
        let said = refused(&draft, None, &rules_known());
        assert!(said.contains(words), "{words}: {said}");
    }
    let mut fits = with_skus();
    fits.title = format!("{}ab", "茶".repeat(29));
    done(step(&fits, None, &rules_known()).unwrap());
}

#[test]
fn a_document_whose_fields_are_not_known_is_not_guessed_at() {
    let mut facts = Facts::default();
    let text = String::from_utf8(fixture!("item.publish.schema.get.ok").to_vec()).unwrap();
    told(&mut facts, "rules:50008613", text.replace("outer_id", "merchant_code").as_bytes());
    let error = step(&draft(), None, &facts).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("`outerId`"), "{error}");
}

#[test]
fn tmall_names_the_platforms_product() {
    let mut facts = Facts::default();
    told(&mut facts, "rules:50008613:337259102", fixture!("item.publish.schema.get.ok"));
    for (category, spu) in [("50008613:337259102", None), ("50008613", Some("337259102"))] {
        let mut draft = ListingDraft { category_id: category.into(), ..draft() };
        draft.attributes = json!({"properties": {"p-20000": "30111"}, "spu_id": spu}).to_string();
        let shop_type = Some("B");
        let what = Publication { draft: &draft, product: None, platform_shop_id: "1", shop_type };
        let (_, params) = done(Taobao.publish_plan(&what, &facts).unwrap());
        assert_eq!((&params["market"], &params["spu_id"]), (&json!("tmall"), &json!(337_259_102)));
    }
}

#[test]
fn the_answer_names_the_product() {
    let Step::Done(call) = step(&draft(), None, &rules_known()).unwrap() else { panic!("it asks") };
    assert_eq!(call.parts.repeat, Repeat::Never);
    let published = (call.decode)(fixture!("item.publish.submit.ok")).unwrap();
    assert_eq!(published.platform_product_id, "9007199254740993");
    for id in ["null", "\"\"", "\"a\"", "true"] {
        let body = format!("{{\"alibaba_item_publish_submit_response\":{{\"item_id\":{id}}}}}");
        assert!((call.decode)(body.as_bytes()).is_err(), "{id}");
    }
}

#[test]
fn a_picture_goes_to_the_shops_store() {
    let file = FilePart {
        name: "file".into(),
        file_name: format!("{}.png", "图".repeat(60)),
        content_type: "image/png".into(),
        bytes: b"\x89PNG\r\n\x1a\n".to_vec(),
    };
    let call = Taobao.upload_picture(&file).unwrap();
    assert_eq!((call.parts.api.as_str(), call.parts.token), ("taobao.picture.upload", TokenUse::Shop));
    let params: Value = serde_json::from_str(&call.parts.params).unwrap();
    assert_eq!(params["image_input_title"], format!("{}.png", "图".repeat(46)));
    assert_eq!((call.parts.files[0].name.as_str(), call.parts.files[0].bytes.len()), ("img", 8));
    let found = (call.decode)(fixture!("picture.upload.ok")).unwrap();
    assert_eq!(found.id.as_deref(), Some("9007199254740995"));
    assert_eq!(found.url.as_deref(), Some("https://img.alicdn.com/imgextra/i1/2200/tea.png"));
    let short = br#"{"picture_upload_response":{"picture":{"picture_id":1,"picture_path":"//img.alicdn.com/a.png"}}}"#;
    assert_eq!((call.decode)(short).unwrap().url.as_deref(), Some("https://img.alicdn.com/a.png"));
}
