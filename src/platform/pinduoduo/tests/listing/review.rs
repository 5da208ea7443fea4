use proptest::prelude::*;

use super::*;
use crate::model::ListingStatus;
use crate::platform::{ReviewSeen, UnderReview};

fn review(review_id: Option<&str>, body: impl Fn(&Question) -> Value) -> (Result<ReviewSeen>, Vec<Question>) {
    let what = UnderReview { product: PRODUCT, review_id };
    follow(|facts| Pinduoduo.review_plan(&what, facts), |question| body(question).to_string().into_bytes())
}

fn detail(status: i32, message: &str) -> Value {
    json!({"goods_commit_detail_response": {"goods_status": status, "commit_message": message}})
}

fn shelf(status: i32) -> Value {
    json!({"goods_detail_get_response": {"goods_id": 1, "status": status}})
}

#[test]
fn every_state_of_a_review_has_its_meaning() {
    let cases = [(0, ListingStatus::Draft), (1, ListingStatus::UnderReview), (9, ListingStatus::Unknown)];
    for (status, meaning) in cases {
        let (seen, asked) = review(Some("902"), |_| detail(status, "旧的原因"));
        let seen = seen.unwrap();
        assert_eq!((seen.status, seen.platform_status, seen.reason), (meaning, status.to_string(), None));
        assert_eq!(names(&asked), ["review:902"]);
        assert_eq!(
            params(&asked[0].call.parts),
            json!({"goods_commit_id": 902, "goods_id": 9_007_199_254_740_993_u64})
        );
        assert_eq!(asked[0].keep, None);
    }
}

#[test]
fn an_approved_product_is_where_its_shelf_says() {
    let cases = [
        (1, ListingStatus::OnSale),
        (2, ListingStatus::OffSale),
        (3, ListingStatus::OffSale),
        (4, ListingStatus::Deleted),
        (8, ListingStatus::Unknown),
    ];
    for (status, meaning) in cases {
        let (seen, asked) = review(Some("902"), |asked| match asked.name.as_str() {
            "review:902" => detail(2, ""),
            _ => shelf(status),
        });
        let seen = seen.unwrap();
        assert_eq!((seen.status, seen.platform_status, seen.reason), (meaning, format!("2/{status}"), None));
        assert_eq!(names(&asked), ["review:902", "product:9007199254740993"]);
    }
}

#[test]
fn a_refusal_tells_the_platforms_reason() {
    let rejected = || serde_json::from_slice(fixture!("goods.commit.rejected")).unwrap();
    let (seen, asked) = review(Some("902"), |_| rejected());
    let seen = seen.unwrap();
    assert_eq!((seen.status, seen.reason.as_deref()), (ListingStatus::Rejected, Some("主图含有联系方式")));
    assert_eq!(asked.len(), 1);
    // Without one, the newest review says it.
    let latest = || serde_json::from_slice::<Value>(fixture!("goods.latest.commit")).unwrap();
    let (seen, asked) =
        review(Some("902"), |asked| if asked.name == "review:902" { detail(3, "") } else { latest() });
    assert_eq!(seen.unwrap().reason.as_deref(), Some("类目错放"));
    assert_eq!(params(&asked[1].call.parts), json!({"goods_id_list": [9_007_199_254_740_993_u64]}));
}

#[test]
fn without_a_review_the_newest_one_counts() {
    let latest = || serde_json::from_slice::<Value>(fixture!("goods.latest.commit")).unwrap();
    let (seen, asked) = review(None, |_| latest());
    let seen = seen.unwrap();
    assert_eq!((seen.status, seen.platform_status.as_str()), (ListingStatus::Rejected, "3"));
    assert_eq!((seen.reason.as_deref(), names(&asked)), (Some("类目错放"), vec!["newest:9007199254740993"]));
    let other =
        json!({"goods_latest_commit_status_get_response": {"list": [{"goods_id": 7, "check_status": 2}]}});
    let (seen, _) = review(None, |_| other.clone());
    assert_eq!(seen.unwrap_err().kind(), ErrorKind::Decode, "another product's review is none");
}

proptest! {
    #[test]
    fn no_fact_makes_a_plan_panic(text in r#"[\[\]{}":,a-z_0-9]{0,60}"#) {
        let mut facts = Facts::default();
        for name in ["rules:16548", "review:902", "newest:9007199254740993", "product:9007199254740993", "commits:0:1"] {
            facts.insert(name, text.clone());
        }
        let _ = Pinduoduo.category_rules("16548", None, &facts);
        let _ = Pinduoduo.review_plan(&UnderReview { product: PRODUCT, review_id: Some("902") }, &facts);
        let _ = Pinduoduo.review_plan(&UnderReview { product: PRODUCT, review_id: None }, &facts);
    }
}
