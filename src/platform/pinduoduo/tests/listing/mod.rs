//! Publishing: what is asked, what is sent, what is read.

mod find;
mod publish;
mod refuse;
mod review;

use serde_json::{Value, json};

use super::{Pinduoduo, fixture};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DraftSku, Fen, ListingDraft, Picture, SkuOption};
use crate::platform::{CallParts, Facts, Platform, Question, Repeat, Step, TokenUse};

const PRODUCT: &str = "9007199254740993";

/// Follows a plan to its end, with a body for each question.
fn follow<T>(
    plan: impl Fn(&Facts) -> Result<Step<T>>,
    body: impl Fn(&Question) -> Vec<u8>,
) -> (Result<T>, Vec<Question>) {
    let mut facts = Facts::default();
    let mut asked: Vec<Question> = Vec::new();
    loop {
        match plan(&facts) {
            Err(error) => return (Err(error), asked),
            Ok(Step::Done(value)) => return (Ok(value), asked),
            Ok(Step::Ask(question)) => {
                assert!(asked.iter().all(|one| one.name != question.name), "asked twice: {}", question.name);
                assert_eq!(
                    (question.call.parts.repeat, question.call.parts.token),
                    (Repeat::Safe, TokenUse::Shop)
                );
                let raw = (question.call.decode)(&body(&question)).unwrap();
                facts.insert(question.name.clone(), raw.get());
                asked.push(question);
            }
        }
    }
}

fn params(parts: &CallParts) -> Value {
    serde_json::from_str(&parts.params).unwrap()
}

fn names(asked: &[Question]) -> Vec<&str> {
    asked.iter().map(|question| question.name.as_str()).collect()
}

/// What a shop answers about a category and its specifications.
fn category(question: &Question) -> Vec<u8> {
    let asked = params(&question.call.parts);
    match question.call.parts.api.as_str() {
        "pdd.goods.cat.rule.get" => fixture!("goods.cat.rule").to_vec(),
        "pdd.goods.spec.get" => fixture!("goods.spec").to_vec(),
        "pdd.goods.detail.get" => fixture!("goods.before-edit").to_vec(),
        "pdd.goods.spec.id.get" => {
            let id = match asked["spec_name"].as_str().unwrap() {
                "蓝罐" => 9_007_199_254_740_997_u64,
                "250g" => 880_250,
                _ => 880_500,
            };
            json!({"goods_spec_id_get_response": {"parent_spec_id": asked["parent_spec_id"], "spec_id": id,
                "spec_name": asked["spec_name"], "request_id": "16-30"}})
            .to_string()
            .into_bytes()
        }
        other => panic!("nobody asks {other}"),
    }
}

fn sku(color: &str, weight: &str, stock: i64) -> DraftSku {
    let option = |name: &str, value: &str| SkuOption { name: name.into(), value: value.into() };
    DraftSku {
        outer_id: Some(format!("{color}{weight}")),
        price: Fen(1_990),
        stock,
        options: vec![option("颜色", color), option("重量", weight)],
        image: None,
        attributes: Some(r#"{"price":2190,"weight":"250"}"#.into()),
    }
}

fn at(name: &str) -> Picture {
    Picture::At(format!("https://img.pddpic.example/{name}.png"))
}

fn draft() -> ListingDraft {
    ListingDraft {
        outer_id: "TEA-1".into(),
        title: "明前龙井".into(),
        category_id: "16548".into(),
        images: vec![at("1"), at("2")],
        detail_images: vec![at("d1")],
        description: None,
        skus: vec![sku("红罐", "250g", 7), sku("蓝罐", "500g", 0)],
        attributes: json!({
            "properties": {"310": "9007199254740995", "311": [3111, "3113"], "312": {"value": "250", "value_unit": "g"},
                "313": 540, "314": ["狮峰", "3141"], "330": "6900000000017"},
            "cost_template_id": "9007199254740991",
            "market_price": 9900,
            "is_refundable": true,
            "is_folt": false,
            "second_hand": false,
            "shipment_limit_second": 172_800,
            "tiny_name": "",
            "carousel_video": null,
        })
        .to_string(),
    }
}

fn refused<T: std::fmt::Debug>(outcome: Result<T>) -> Error {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    error
}
