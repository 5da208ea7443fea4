//! Publishing: finding what was sent, and what became of it.

use serde_json::{Value, json};

use super::listing::run;
use super::{Doudian, fixture};
use crate::error::{ErrorKind, Result};
use crate::model::{ListingStatus, UtcMillis};
use crate::platform::{Facts, LookUp, Platform, Published, Question, ReviewSeen, UnderReview};

const PRODUCT: &str = "3539925204033339668";
const END: (&str, &[u8]) = ("product.listV2", fixture!("product.listV2.end"));
const CREATED: (&str, &[u8]) = ("product.listV2", fixture!("product.listV2.created"));

fn find(outer_id: &str, answers: &[(&'static str, &[u8])]) -> (Result<Option<Published>>, Vec<Question>) {
    let what = LookUp { outer_id, since: UtcMillis(1_700_000_000_500), until: UtcMillis(1_700_000_100_000) };
    run(answers, |facts| Doudian.find_plan(&what, facts))
}

fn id(found: Result<Option<Published>>) -> Option<String> {
    found.unwrap().map(|published| published.platform_product_id)
}

#[test]
fn a_product_is_found_by_its_exact_outer_id_and_the_newest_wins() {
    let (found, asked) = find("TEA-1", &[CREATED, END]);
    assert_eq!(id(found).as_deref(), Some(PRODUCT));
    let params: Vec<Value> =
        asked.iter().map(|question| serde_json::from_str(&question.call.parts.params).unwrap()).collect();
    let page = |page: u32| json!({"start_time": 1_699_999_399, "end_time": 1_700_000_701, "page": page, "size": 100});
    assert_eq!(params, [page(1), page(2)]);
    assert!(asked.iter().all(|question| question.keep.is_none()), "a look-up is never answered from before");
    assert_eq!(id(find("TEA-10", &[CREATED, END]).0).as_deref(), Some("3539925204033339667"));
}

#[test]
fn nothing_is_found_only_after_reviews_drafts_and_refusals_were_read_to_their_end() {
    for outer_id in ["TEA", "tea-1", "0"] {
        let (found, asked) = find(outer_id, &[CREATED, END, CREATED, END, END, CREATED, END]);
        assert_eq!(id(found), None, "{outer_id}");
        let states: Vec<Value> = asked
            .iter()
            .map(|question| serde_json::from_str::<Value>(&question.call.parts.params).unwrap())
            .map(|params| params["check_status"].clone())
            .collect();
        let none = Value::Null;
        assert_eq!(states, [none.clone(), none, 2.into(), 2.into(), 1.into(), 4.into(), 4.into()]);
    }
    // One that only the drafts show.
    assert_eq!(id(find("TEA-1", &[END, END, CREATED, END]).0).as_deref(), Some(PRODUCT));
    assert_eq!(find(" ", &[]).0.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn what_cannot_be_read_is_not_taken_for_absent() {
    for body in [
        r#"{"code":10000,"data":{}}"#,
        r#"{"code":10000,"data":[]}"#,
        r#"{"code":10000,"data":{"total":1,"data":[7]}}"#,
        r#"{"code":10000,"data":{"total":1,"data":[{"outer_product_id":"TEA-1"}]}}"#,
        r#"{"code":10000,"data":{"total":1,"data":[{"outer_product_id":{}}]}}"#,
    ] {
        let error = find("TEA-1", &[("product.listV2", body.as_bytes())]).0.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
    // A list that never ends is given up, not believed.
    let endless = [CREATED; 101];
    let (found, asked) = find("TEA-1", &endless);
    assert_eq!(found.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(asked.len(), 100);
}

fn review(states: (u32, u32, Option<u32>), audits: &[&'static [u8]]) -> (ReviewSeen, Vec<Question>) {
    let draft = states.2.map_or_else(String::new, |draft| format!(",\"draft_status\":{draft}"));
    let detail = format!(
        "{{\"code\":10000,\"data\":{{\"status\":{},\"check_status\":{}{draft}}}}}",
        states.0, states.1
    );
    let mut answers = vec![("product.detail", detail.as_bytes())];
    answers.extend(audits.iter().map(|body| ("product.auditList", *body)));
    let what = UnderReview { product: PRODUCT, review_id: None };
    let (seen, asked) = run(&answers, |facts| Doudian.review_plan(&what, facts));
    (seen.unwrap(), asked)
}

#[test]
fn three_states_are_read_together() {
    use ListingStatus::{Banned, Deleted, Draft, OffSale, OnSale, Rejected, Scheduled, UnderReview, Unknown};
    for (states, status, shown) in [
        ((0, 2, Some(2)), UnderReview, "0/2/2"),
        ((0, 3, Some(0)), OnSale, "0/3/0"),
        ((0, 3, None), OnSale, "0/3"),
        ((0, 3, Some(2)), UnderReview, "0/3/2"),
        ((0, 3, Some(3)), OnSale, "0/3/3"),
        ((0, 3, Some(4)), Rejected, "0/3/4"),
        ((0, 4, Some(4)), Rejected, "0/4/4"),
        ((1, 4, Some(0)), Rejected, "1/4/0"),
        ((1, 5, Some(0)), Banned, "1/5/0"),
        ((1, 1, Some(0)), OffSale, "1/1/0"),
        ((1, 3, Some(2)), UnderReview, "1/3/2"),
        ((1, 7, Some(0)), Scheduled, "1/7/0"),
        ((2, 1, Some(0)), Deleted, "2/1/0"),
        ((0, 1, Some(0)), Draft, "0/1/0"),
        ((0, 1, Some(1)), Draft, "0/1/1"),
        ((0, 9, Some(0)), Unknown, "0/9/0"),
        ((7, 3, Some(0)), Unknown, "7/3/0"),
    ] {
        let (seen, asked) = review(states, &[fixture!("product.auditList.empty")]);
        assert_eq!((seen.status, seen.platform_status.as_str(), seen.reason), (status, shown, None));
        assert_eq!(asked.len(), if status == Rejected { 2 } else { 1 }, "{shown}");
        assert_eq!(asked[0].call.parts.params, format!("{{\"product_id\":\"{PRODUCT}\"}}"));
        assert!(asked.iter().all(|question| question.keep.is_none()));
    }
}

#[test]
fn a_refusal_comes_with_the_newest_reason_of_this_product() {
    let (seen, asked) = review((0, 4, Some(4)), &[fixture!("product.auditList.refused")]);
    assert_eq!(seen.reason.as_deref(), Some("主图: 图片模糊, 含有水印; 类目: 类目错放"));
    let params = &asked[1].call.parts.params;
    assert!(params.contains(&format!("\"product_id\":{PRODUCT}")), "{params}");
    let params: Value = serde_json::from_str(params).unwrap();
    assert_eq!(
        (&params["publish_status"], &params["page"], &params["size"]),
        (&2.into(), &0.into(), &100.into())
    );
}

#[test]
fn reasons_are_read_as_text_too_and_others_products_are_passed_over() {
    let other = r#"{"code":10000,"data":{"records":[{"product_id":1,"audit_reason":"x"}]}}"#.as_bytes();
    let plain: &[u8] = br#"{"code":10000,"data":{"records":[{"product_id":"3539925204033339668","audit_reason":"bad picture"}]}}"#;
    let (seen, asked) = review((0, 4, None), &[other, plain]);
    assert_eq!((seen.reason.as_deref(), asked.len()), (Some("bad picture"), 3));
    let (seen, asked) = review((0, 4, None), &[other; 10]);
    assert_eq!((seen.reason, asked.len()), (None, 11));
}

#[test]
fn a_product_without_states_is_not_read() {
    let mut facts = Facts::default();
    facts.insert(format!("product:{PRODUCT}"), "{}");
    let what = UnderReview { product: PRODUCT, review_id: None };
    assert_eq!(Doudian.review_plan(&what, &facts).unwrap_err().kind(), ErrorKind::Decode);
    let blank = UnderReview { product: " ", review_id: None };
    assert_eq!(Doudian.review_plan(&blank, &facts).unwrap_err().kind(), ErrorKind::InvalidRequest);
}
