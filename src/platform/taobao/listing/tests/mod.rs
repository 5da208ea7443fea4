//! Tests of publishing: rules as they are read, drafts as they are sent, looking for what was sent.

mod edit;
mod find;
mod publish;
mod rules;
mod xml;

use serde_json::{Value, json};

/// An answer, built from the fact sheet and the reference.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/taobao/", $name, ".json"))
            .as_slice()
    };
}

use super::super::{Taobao, convert};
use super::xml::Element;
use crate::error::{Error, ErrorKind};
use crate::model::{DraftSku, Fen, ListingDraft, Picture, SkuOption};
use crate::platform::{ApiCall, Facts, Platform, Publication, Published, Question, Step};
use fixture;

const CATEGORY: &str = "50008613";

/// An answer as a plan is told of it.
fn told(facts: &mut Facts, name: &str, answer: &[u8]) {
    facts.insert(name, convert::raw_content(answer).unwrap().get());
}

/// What is known of the category.
fn rules_known() -> Facts {
    let mut facts = Facts::default();
    told(&mut facts, "rules:50008613", fixture!("item.publish.schema.get.ok"));
    facts
}

fn sku(color: &str, size: &str, fen: i64, stock: i64) -> DraftSku {
    let option = |name: &str, value: &str| SkuOption { name: name.into(), value: value.into() };
    DraftSku {
        outer_id: None,
        price: Fen(fen),
        stock,
        options: vec![option("颜色分类", color), option("尺码", size)],
        image: None,
        attributes: None,
    }
}

/// A product without a choice.
fn draft() -> ListingDraft {
    ListingDraft {
        outer_id: "TEA-1".into(),
        title: "春茶 <新> & \"好\"".into(),
        category_id: CATEGORY.into(),
        images: vec![Picture::At("https://img.alicdn.com/1.png".into())],
        detail_images: vec![Picture::At("https://img.alicdn.com/d.png?a=1&b=2".into())],
        description: Some("a < b\n第二行".into()),
        skus: vec![DraftSku { options: Vec::new(), ..sku("", "", 1990, 3) }],
        attributes: json!({"properties": {"p-20000": "93764828"}}).to_string(),
    }
}

/// Two SKUs of it.
fn with_skus() -> ListingDraft {
    ListingDraft { skus: vec![sku("白色", "S", 2190, 2), sku("黑色", "M", 1890, 0)], ..draft() }
}

fn step(
    draft: &ListingDraft,
    product: Option<&str>,
    facts: &Facts,
) -> Result<Step<ApiCall<Published>>, Error> {
    let what = Publication { draft, product, platform_shop_id: "2200121933725", shop_type: Some("C") };
    Taobao.publish_plan(&what, facts)
}

fn done(step: Step<ApiCall<Published>>) -> (String, Value) {
    match step {
        Step::Done(call) => (call.parts.api, serde_json::from_str(&call.parts.params).unwrap()),
        Step::Ask(question) => panic!("it asks for {}", question.name),
    }
}

fn asked<T>(step: Step<T>) -> Question {
    match step {
        Step::Ask(question) => question,
        Step::Done(_) => panic!("it asks nothing"),
    }
}

/// Why it is refused.
fn refused(draft: &ListingDraft, product: Option<&str>, facts: &Facts) -> String {
    let error = step(draft, product, facts).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    error.message().to_owned()
}

/// The document that is sent for a draft.
fn document(draft: &ListingDraft, facts: &Facts) -> Element {
    let (_, params) = done(step(draft, None, facts).unwrap());
    super::xml::read(params["schema"].as_str().unwrap()).unwrap()
}

/// A field of a document, or of a part of it, by ids.
fn field<'a>(parent: &'a Element, id: &str) -> Option<&'a Element> {
    parent.all("field").find(|field| field.attribute("id") == Some(id))
}

/// The value of a field.
fn value<'a>(parent: &'a Element, id: &str) -> Option<&'a str> {
    Some(field(parent, id)?.child("value")?.text.as_str())
}
