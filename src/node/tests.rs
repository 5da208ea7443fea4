//! What of the Node face can be tried without Node; the rest is in `__test__`.

use std::collections::BTreeSet;

use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::callback::parameters;
use super::checked::Tree;
use super::fields::{MAX_SAFE, whole};
use super::outcome::guarded;
use super::page::{fen, safe};
use super::params::{quote_large_integers, to_json};
use super::runtime::caught;
use crate::ErrorKind;
use crate::model::{
    AppKind, BuyerPart, CampaignStatus, CatchUp, Decision, DecryptPurpose, Delivery, Fen, GrantState,
    JobKind, JobState, Lane, LinkOrderStatus, ListingStatus, LiveState, Operation, OrderStatus, PlatformId,
    ProductStatus, PromotionKind, PromotionStatus, PropertyInput, RefundKind, RefundStatus, Right, RunKind,
    RunMode, RunState, ShopKind, ShopStatus, Stage, Tier,
};

fn text(text: &str) -> Tree {
    Tree::Text(Zeroizing::new(text.to_owned()))
}

fn map(fields: Vec<(&str, Tree)>) -> Tree {
    Tree::Map(fields.into_iter().map(|(key, tree)| (key.to_owned(), tree)).collect())
}

/// The words of a union type in the hand-written head of index.d.ts.
fn union_of(name: &str) -> BTreeSet<String> {
    let header = include_str!("header.d.ts");
    let start = header.find(&format!("export type {name} =")).expect("the union is in the header");
    let body =
        header.get(start..).and_then(|rest| rest.find("\nexport ").map_or(Some(rest), |end| rest.get(..end)));
    let words = body.expect("the union ends").split('\'').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> BTreeSet<String> {
    all.iter().map(|value| word(*value).to_owned()).collect()
}

#[test]
fn unions_of_the_types_hold_the_words_of_the_model() {
    assert_eq!(union_of("ErrorCode"), words(&ErrorKind::ALL, ErrorKind::code));
    // The fake is in no addon that is shipped.
    let shipped: Vec<_> = PlatformId::ALL.iter().copied().filter(|id| *id != PlatformId::Fake).collect();
    assert_eq!(union_of("PlatformId"), words(&shipped, PlatformId::as_str));
    assert_eq!(union_of("AppKind"), words(AppKind::ALL, AppKind::as_str));
    assert_eq!(union_of("ShopKind"), words(ShopKind::ALL, ShopKind::as_str));
    assert_eq!(union_of("ShopStatus"), words(ShopStatus::ALL, ShopStatus::as_str));
    assert_eq!(union_of("GrantState"), words(GrantState::ALL, GrantState::as_str));
    assert_eq!(union_of("RunKind"), words(RunKind::ALL, RunKind::as_str));
    assert_eq!(union_of("RunMode"), words(RunMode::ALL, RunMode::as_str));
    assert_eq!(union_of("RunState"), words(RunState::ALL, RunState::as_str));
    assert_eq!(union_of("RunStage"), words(Stage::ALL, Stage::as_str));
    assert_eq!(union_of("ProductStatus"), words(ProductStatus::ALL, ProductStatus::as_str));
    assert_eq!(union_of("OrderStatus"), words(OrderStatus::ALL, OrderStatus::as_str));
    assert_eq!(union_of("ChangeOperation"), words(Operation::ALL, Operation::as_str));
    assert_eq!(union_of("ListingStatus"), words(ListingStatus::ALL, ListingStatus::as_str));
    assert_eq!(union_of("JobKind"), words(JobKind::ALL, JobKind::as_str));
    assert_eq!(union_of("JobState"), words(JobState::ALL, JobState::as_str));
    assert_eq!(union_of("Lane"), words(Lane::ALL, Lane::as_str));
    assert_eq!(union_of("CatchUp"), words(CatchUp::ALL, CatchUp::as_str));
    assert_eq!(union_of("PropertyInput"), words(PropertyInput::ALL, PropertyInput::as_str));
    assert_eq!(union_of("RefundKind"), words(RefundKind::ALL, RefundKind::as_str));
    assert_eq!(union_of("RefundStatus"), words(RefundStatus::ALL, RefundStatus::as_str));
    assert_eq!(union_of("CampaignStatus"), words(CampaignStatus::ALL, CampaignStatus::as_str));
    assert_eq!(union_of("LinkOrderStatus"), words(LinkOrderStatus::ALL, LinkOrderStatus::as_str));
    assert_eq!(union_of("BuyerPart"), words(BuyerPart::ALL, BuyerPart::as_str));
    assert_eq!(union_of("DecryptPurpose"), words(DecryptPurpose::ALL, DecryptPurpose::as_str));
    assert_eq!(union_of("Tier"), words(Tier::ALL, Tier::as_str));
    assert_eq!(union_of("Right"), words(Right::ALL, Right::as_str));
    assert_eq!(union_of("PromotionKind"), words(PromotionKind::ALL, PromotionKind::as_str));
    assert_eq!(union_of("PromotionStatus"), words(PromotionStatus::ALL, PromotionStatus::as_str));
    assert_eq!(union_of("Delivery"), words(Delivery::ALL, Delivery::as_str));
    assert_eq!(union_of("Decision"), words(Decision::ALL, Decision::as_str));
    assert_eq!(union_of("LiveState"), words(LiveState::ALL, LiveState::as_str));
}

#[test]
fn numbers_beyond_what_js_holds_are_errors_and_never_neighbours() {
    assert_eq!(safe(MAX_SAFE).unwrap(), MAX_SAFE);
    assert_eq!(safe(-MAX_SAFE).unwrap(), -MAX_SAFE);
    for number in [MAX_SAFE + 1, -MAX_SAFE - 1, i64::MAX, i64::MIN] {
        assert_eq!(safe(number).unwrap_err().kind(), ErrorKind::Internal);
        assert!(fen(Some(Fen(number))).is_err());
    }
}

#[test]
fn only_exact_whole_numbers_are_whole() {
    assert_eq!(whole(-0.0), Some(0));
    assert_eq!(whole(9_007_199_254_740_991.0), Some(MAX_SAFE));
    for number in [1.5, f64::NAN, f64::INFINITY, 9_007_199_254_740_992.0, 1e300] {
        assert_eq!(whole(number), None, "{number}");
    }
}

#[test]
fn integers_that_js_cannot_hold_become_strings() {
    let given = r#"{"a":9007199254740991,"b":9007199254740992,"c":-9007199254740992,"d":[184467440737095516150,1e20,0.1,1234567890123456.5],"9007199254740993":"9007199254740993\"9007199254740993"}"#;
    let wanted = r#"{"a":9007199254740991,"b":"9007199254740992","c":"-9007199254740992","d":["184467440737095516150",1e20,0.1,1234567890123456.5],"9007199254740993":"9007199254740993\"9007199254740993"}"#;
    assert_eq!(quote_large_integers(given), wanted);
}

#[test]
fn params_are_json_or_are_refused() {
    let fields = vec![
        ("n", Tree::Number(3.0)),
        ("f", Tree::Number(0.5)),
        ("gone", Tree::Undefined),
        ("__proto__", map(vec![("x", Tree::Bool(true))])),
        ("list", Tree::List(vec![Tree::Null, text("黑")])),
    ];
    let json: Value = serde_json::from_str(&to_json("params", map(fields)).unwrap()).unwrap();
    assert_eq!(json, json!({"n": 3, "f": 0.5, "__proto__": {"x": true}, "list": [null, "黑"]}));
    assert_eq!(to_json("params", Tree::Undefined).unwrap(), "{}");
    for bad in [
        Tree::Number(f64::NAN),
        Tree::Number(1e300),
        Tree::Foreign("a Date"),
        Tree::Bytes(Zeroizing::default()),
    ] {
        let error = to_json("params", map(vec![("x", bad)])).unwrap_err();
        assert!(error.message().contains("`params.x`"), "{error}");
    }
}

#[test]
fn a_callback_may_come_as_object_query_path_or_url() {
    let wanted = vec![("code".to_owned(), "a b".to_owned()), ("next".to_owned(), "https://x/?y".to_owned())];
    let query = "code=a+b&next=https://x/?y";
    for form in [
        query.to_owned(),
        format!("?{query}"),
        format!("/cb?{query}"),
        format!("https://oa.example/cb?{query}#z"),
    ] {
        assert_eq!(parameters("query", text(&form)).unwrap(), wanted, "{form}");
    }
    let object = map(vec![("code", text("a b")), ("next", text("https://x/?y"))]);
    assert_eq!(parameters("query", object).unwrap(), wanted);
    let twice = map(vec![("state", Tree::List(vec![text("a"), text("b")]))]);
    assert!(parameters("query", twice).is_err());
    assert!(parameters("query", Tree::Null).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<Option<bool>>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn quoted(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let small = number.as_i64().is_some_and(|n| n.unsigned_abs() <= MAX_SAFE.unsigned_abs());
            if number.is_f64() || small { Value::Number(number) } else { Value::String(number.to_string()) }
        }
        Value::Array(items) => items.into_iter().map(quoted).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, quoted(value))).collect(),
        other => other,
    }
}

proptest! {
    #[test]
    fn quoting_changes_large_integers_and_nothing_else(json in any_json()) {
        let text = json.to_string();
        let through: Value = serde_json::from_str(&quote_large_integers(&text)).unwrap();
        // Read back, since serde_json's floats may move by a digit on the way through text.
        assert_eq!(through, quoted(serde_json::from_str(&text).unwrap()));
    }

    #[test]
    fn quoting_takes_any_text(text in ".*") {
        let _ = quote_large_integers(&text);
    }
}

#[tokio::test]
async fn a_panic_is_an_error_and_not_the_end_of_the_process() {
    let immediate: crate::Result<()> = guarded("test", || panic!("planted"));
    let late: crate::Result<()> = caught(async { panic!("planted") }).await;
    for error in [immediate.unwrap_err(), late.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(!error.to_string().contains("planted"), "a panic's text may quote anything");
    }
}
