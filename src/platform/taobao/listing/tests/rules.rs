//! The rules of a category in neutral words.

use super::*;
use crate::model::{CategoryRules, PropertyInput, PropertyRule};
use crate::platform::check_draft;

fn rules(answer: &[u8]) -> CategoryRules {
    let mut facts = Facts::default();
    told(&mut facts, "rules:50008613", answer);
    match Taobao.category_rules(CATEGORY, Some("C"), &facts).unwrap() {
        Step::Done(rules) => rules,
        Step::Ask(question) => panic!("{question:?}"),
    }
}

fn find<'a>(rules: &'a CategoryRules, id: &str) -> &'a PropertyRule {
    rules.properties.iter().find(|rule| rule.id == id).unwrap()
}

#[test]
fn the_market_and_the_product_of_tmall_are_asked_for() {
    let question = asked(Taobao.category_rules(CATEGORY, Some("C"), &Facts::default()).unwrap());
    assert_eq!((question.name.as_str(), question.keep), ("rules:50008613", Some(super::super::RULES_HOLD)));
    assert_eq!(question.call.parts.api, "alibaba.item.publish.schema.get");
    assert_eq!(question.call.parts.params, r#"{"cat_id":50008613,"market":"taobao"}"#);

    let mut facts = Facts::default();
    let question = asked(Taobao.category_rules("50008613:337259102", None, &facts).unwrap());
    assert_eq!(question.call.parts.api, "alibaba.item.publish.market.get");
    told(&mut facts, &question.name, fixture!("item.publish.market.get.ok"));
    let question = asked(Taobao.category_rules("50008613:337259102", None, &facts).unwrap());
    assert_eq!(question.name, "rules:50008613:337259102");
    let params: Value = serde_json::from_str(&question.call.parts.params).unwrap();
    assert_eq!(params, json!({"cat_id": 50_008_613, "market": "tmall", "spu_id": 337_259_102}));

    let without = Taobao.category_rules(CATEGORY, Some("B"), &Facts::default()).unwrap_err();
    assert!(without.message().contains("`attributes.spu_id` is needed"), "{without}");
    let wrong = Taobao.category_rules("50008613:1", Some("C"), &Facts::default()).unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::InvalidRequest);
}

#[test]
fn each_field_becomes_a_rule_unless_the_draft_itself_fills_it() {
    let rules = rules(fixture!("item.publish.schema.get.ok"));
    let ids: Vec<_> = rules.properties.iter().map(|rule| rule.id.as_str()).collect();
    let expected = [
        "p-20000",
        "service",
        "start_time",
        "food_security.prd_license_no",
        "food_security.period",
        "food_security.contact",
        "steps",
        "p-1627207",
        "p-20509",
    ];
    assert_eq!(ids, expected);
    let brand = find(&rules, "p-20000");
    assert_eq!((brand.input, brand.required, brand.name.as_str()), (PropertyInput::One, true, "品牌"));
    assert_eq!((brand.options[1].id.as_str(), brand.options[1].name.as_str()), ("93764828", "云溪 & 山"));
    assert_eq!(find(&rules, "service").input, PropertyInput::Many);
    // Whether it is wanted depends on another field, and the whole of food is not wanted everywhere.
    assert!(!find(&rules, "start_time").required);
    assert!(!find(&rules, "food_security.prd_license_no").required);
    assert_eq!(find(&rules, "food_security.period").input, PropertyInput::Number);
    assert_eq!(find(&rules, "steps").input, PropertyInput::Other);
    let color = find(&rules, "p-1627207");
    assert_eq!((color.is_sku, color.required, color.options.len()), (true, false, 2));
    assert!(rules.raw.starts_with("<?xml"));
    check_draft(&with_skus(), Some(&rules), &super::super::PICTURES).unwrap();
}

#[test]
fn the_current_way_of_writing_rules_is_read_too() {
    let rules = rules(fixture!("item.publish.schema.get.current"));
    let ids: Vec<_> = rules.properties.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["catProp.p-20000", "catProp.p-21299", "stuffStatus", "p-1627207", "p-20509"]);
    // The brands are left out of the document, so that an id is taken as it is.
    let brand = find(&rules, "catProp.p-20000");
    assert_eq!((brand.input, brand.required), (PropertyInput::Text, true));
    assert_eq!(find(&rules, "catProp.p-21299").max_length, Some(4));
    // It has a value already.
    assert!(!find(&rules, "stuffStatus").required);
}

#[test]
fn rules_that_cannot_be_read_say_so() {
    for text in ["<html/>", "<itemRule>", "<itemRule><field type=\"input\"/></itemRule>"] {
        let mut facts = Facts::default();
        facts.insert("rules:50008613", json!({"result": text}).to_string());
        let error = Taobao.category_rules(CATEGORY, Some("C"), &facts).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{text}");
    }
}
