use super::*;
use crate::platform::Publication;

/// What is said of a draft before anything is sent, and how many questions it took.
fn said(product: Option<&str>, change: impl FnOnce(&mut ListingDraft)) -> (String, usize) {
    let mut draft = draft();
    change(&mut draft);
    let what = Publication { draft: &draft, product, platform_shop_id: "500012345", shop_type: None };
    let (outcome, asked) = follow(|facts| Pinduoduo.publish_plan(&what, facts), category);
    let error = refused(outcome.map(|call| call.parts));
    (error.message().to_owned(), asked.len())
}

fn attribute(draft: &mut ListingDraft, name: &str, value: Value) {
    let mut all: Value = serde_json::from_str(&draft.attributes).unwrap();
    all[name] = value;
    draft.attributes = all.to_string();
}

#[test]
fn what_only_the_merchant_knows_is_asked_for_all_at_once() {
    let (said, asked) = said(None, |draft| {
        draft.attributes = r#"{"market_price":" ","goods_type":2}"#.into();
    });
    for name in [
        "cost_template_id",
        "market_price",
        "is_refundable",
        "is_folt",
        "second_hand",
        "country_id",
        "shipment_limit_second",
    ] {
        assert!(said.contains(&format!("`attributes.{name}` is needed")), "{name}: {said}");
    }
    assert_eq!(asked, 0, "nothing is asked for a draft that cannot be sent");
    let (said, _) = self::said(None, |draft| attribute(draft, "is_pre_sale", json!(true)));
    assert!(said.contains("`attributes.pre_sale_time` is needed"), "{said}");
    let (said, _) = self::said(None, |draft| draft.skus[1].attributes = None);
    assert!(said.contains("`skus[1].attributes.price` is needed"), "{said}");
    assert!(said.contains("`skus[1].attributes.weight` is needed"), "{said}");
}

#[test]
fn what_the_platform_surely_refuses_is_not_sent() {
    type Change = fn(&mut ListingDraft);
    let cases: [(&str, Change); 11] = [
        ("`outerId` must hold no comma", |draft| draft.outer_id = "A,B".into()),
        ("`detailImages` must hold 1 to 20", |draft| draft.detail_images.clear()),
        ("`description` must have 20 to 500", |draft| draft.description = Some("短".into())),
        ("the category's id must be a number", |draft| draft.category_id = "茶".into()),
        ("`attributes.goods_name` is not known (known: properties,", |draft| {
            attribute(draft, "goods_name", json!("x"));
        }),
        // The platform shows such fields as 1 and 0.
        ("`attributes.is_folt` must be true or false", |draft| attribute(draft, "is_folt", json!(1))),
        ("`attributes.market_price` must be a whole number", |draft| {
            attribute(draft, "market_price", json!(99.5));
        }),
        ("`attributes.market_price` must not be below `skus[0].attributes.price`", |draft| {
            attribute(draft, "market_price", json!(2189));
        }),
        ("`skus[0].attributes.price` must not be below `priceFen`", |draft| draft.skus[0].price = Fen(2191)),
        ("`skus[0].attributes.quantity` is not known", |draft| {
            draft.skus[0].attributes = Some(r#"{"price":2190,"weight":1,"quantity":3}"#.into());
        }),
        ("`attributes.properties` must be an object", |draft| attribute(draft, "properties", json!([1]))),
    ];
    for (words, change) in cases {
        let (said, asked) = said(None, change);
        assert!(said.contains(words), "{words}: {said}");
        assert_eq!(asked, 0, "{words}");
    }
}

#[test]
fn what_the_category_does_not_know_is_not_sent() {
    let (said, _) = said(None, |draft| {
        for sku in &mut draft.skus {
            sku.options[1].name = "口味".into();
        }
    });
    assert_eq!(said, "the option 口味 is no specification of category 16548: 颜色, 重量");
    let (said, _) = self::said(None, |draft| {
        draft.skus[0].attributes = Some(r#"{"price":2190,"weight":1,"properties":{"310":"3105"}}"#.into());
    });
    assert!(said.contains("310 is no property that the category asks for with each SKU"), "{said}");
    for value in [json!("250"), json!({"value": "250", "value_unit": "两"})] {
        let (said, _) = self::said(None, |draft| attribute(draft, "properties", json!({"312": value})));
        assert_eq!(said, "`attributes.properties.312` (净含量) needs a `value_unit`: g, kg");
    }
    let (said, _) = self::said(None, |draft| attribute(draft, "properties", json!({"310": true})));
    assert!(said.starts_with("`attributes.properties.310` (品牌) must be"), "{said}");
}

#[test]
fn an_edit_needs_its_product() {
    let (said, asked) = said(Some("茶"), |_| {});
    assert_eq!((said.as_str(), asked), ("the product's id must be a number", 0));
}

#[test]
fn an_answer_that_cannot_be_read_says_what_it_was_about() {
    let draft = draft();
    let what = Publication { draft: &draft, product: None, platform_shop_id: "1", shop_type: None };
    let body = br#"{"cat_rule_get_response":{"goods_properties_rule":{"properties":[{"name":"x"}]}}}"#;
    let (outcome, _) = follow(|facts| Pinduoduo.publish_plan(&what, facts), |_| body.to_vec());
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(
        error.message().contains("the category's rules") && error.message().contains("ref_pid"),
        "{error}"
    );
}
