use super::*;
use crate::model::UtcMillis;
use crate::platform::{LookUp, Published};

const SINCE: i64 = 1_700_000_080;

fn look_up(outer_id: &str) -> LookUp<'_> {
    let since = UtcMillis::from_secs(SINCE);
    LookUp { outer_id, since, until: UtcMillis::from_secs(SINCE + 86_400) }
}

fn find(outer_id: &str, body: impl Fn(&Question) -> Value) -> (Result<Option<Published>>, Vec<Question>) {
    let what = look_up(outer_id);
    follow(|facts| Pinduoduo.find_plan(&what, facts), |question| body(question).to_string().into_bytes())
}

/// Nothing anywhere.
fn empty(question: &Question) -> Value {
    match question.call.parts.api.as_str() {
        "pdd.goods.commit.list.get" => json!({"goods_commit_list_get_response": {"list": null, "total": 0}}),
        "pdd.goods.list.get" => json!({"goods_list_get_response": {"total_count": 0, "goods_list": []}}),
        other => panic!("nobody asks {other}"),
    }
}

fn shop(goods: Value) -> Value {
    json!({"goods_list_get_response": {"total_count": 1, "goods_list": goods}})
}

fn commits(total: usize, list: &[Value]) -> Value {
    json!({"goods_commit_list_get_response": {"total": total, "list": list}})
}

fn commit(id: usize, outer: &str) -> Value {
    json!({"commit_id": id, "goods_id": id, "outer_goods_id": outer, "submit_time": SINCE})
}

#[test]
fn nothing_is_said_to_be_missing_before_every_place_was_read() {
    let (found, asked) = find("TEA-1", empty);
    assert_eq!(found.unwrap(), None);
    assert_eq!(names(&asked), ["commits:0:1", "commits:1:1", "commits:3:1", "goods:1"]);
    assert!(asked.iter().all(|question| question.keep.is_none()));
    assert_eq!(params(&asked[1].call.parts), json!({"check_status": 1, "page": 1, "page_size": 100}));
    assert_eq!(params(&asked[3].call.parts), json!({"outer_goods_id": "TEA-1", "page": 1, "page_size": 100}));
}

#[test]
fn a_product_in_review_is_found_by_its_whole_id_and_not_an_older_one() {
    let body: Value = serde_json::from_slice(fixture!("goods.commit.list")).unwrap();
    let (found, _) =
        find("TEA-1", |asked| if asked.name == "commits:1:1" { body.clone() } else { empty(asked) });
    let found = found.unwrap().unwrap();
    assert_eq!((found.platform_product_id.as_str(), found.review_id.as_deref()), (PRODUCT, Some("902")));
    for other in ["TEA", "tea-1", "TEA-100"] {
        let (found, _) =
            find(other, |asked| if asked.name == "commits:1:1" { body.clone() } else { empty(asked) });
        assert_eq!(found.unwrap(), None, "{other}");
    }
}

/// A clock that is a little behind ours hides nothing; what is clearly older is another product.
#[test]
fn a_clock_that_is_behind_hides_nothing() {
    for (age, is_found) in [(299, true), (301, false)] {
        let goods =
            json!([{"goods_id": 7, "outer_goods_id": "TEA-1", "created_at": SINCE - age, "sku_list": []}]);
        let (found, _) =
            find("TEA-1", |asked| if asked.name == "goods:1" { shop(goods.clone()) } else { empty(asked) });
        assert_eq!(found.unwrap().is_some(), is_found, "{age}");
    }
}

#[test]
fn a_product_in_the_shop_is_found_by_the_id_of_its_skus_too() {
    let goods =
        json!([{"goods_id": 7, "created_at": SINCE, "sku_list": [{"sku_id": 1, "outer_goods_id": "TEA-1"}]}]);
    let (found, asked) =
        find("TEA-1", |asked| if asked.name == "goods:1" { shop(goods.clone()) } else { empty(asked) });
    assert_eq!(
        found.unwrap().map(|found| (found.platform_product_id, found.review_id)),
        Some(("7".into(), None))
    );
    assert_eq!(asked.len(), 4);
}

#[test]
fn where_a_list_leaves_the_id_out_the_details_are_asked() {
    let list = json!({"goods_commit_list_get_response": {"total": 2, "list": [
        {"commit_id": 902, "goods_id": 9_007_199_254_740_993_u64, "submit_time": SINCE + 20},
        {"commit_id": 900, "goods_id": 500, "submit_time": SINCE - 900},
    ]}});
    let goods = json!([{"goods_id": 8, "created_at": SINCE, "sku_list": []}]);
    let (found, asked) = find("TEA-1", |asked| match asked.call.parts.api.as_str() {
        "pdd.goods.commit.detail.get" => serde_json::from_slice(fixture!("goods.commit.rejected")).unwrap(),
        "pdd.goods.detail.get" => {
            json!({"goods_detail_get_response": {"goods_id": 8, "outer_goods_id": "TEA-2"}})
        }
        _ if asked.name == "commits:3:1" => list.clone(),
        _ if asked.name == "goods:1" => shop(goods.clone()),
        _ => empty(asked),
    });
    let found = found.unwrap().unwrap();
    assert_eq!((found.platform_product_id.as_str(), found.review_id.as_deref()), (PRODUCT, Some("902")));
    assert_eq!(names(&asked)[4..], ["review:902", "product:8"], "an older one is not asked about");
}

#[test]
fn the_newest_is_ours_and_keeps_its_review() {
    let list: Vec<_> = [(31, 10), (32, 50), (33, 20)]
        .map(|(id, age)| json!({"commit_id": id, "goods_id": id, "outer_goods_id": "TEA-1", "submit_time": SINCE + age}))
        .to_vec();
    let goods = json!([{"goods_id": 32, "outer_goods_id": "TEA-1", "created_at": SINCE + 51}]);
    let (found, _) = find("TEA-1", |asked| match asked.name.as_str() {
        "commits:1:1" => commits(3, &list),
        "goods:1" => shop(goods.clone()),
        _ => empty(asked),
    });
    let found = found.unwrap().unwrap();
    assert_eq!((found.platform_product_id.as_str(), found.review_id.as_deref()), ("32", Some("32")));
}

/// Neither a page that is short nor a total that is too small ends the list by itself; an empty page does.
#[test]
fn pages_are_read_to_their_end() {
    let page =
        |from: usize, count: usize| (from..from + count).map(|id| commit(id, "OTHER")).collect::<Vec<_>>();
    let (found, asked) = find("TEA-1", |asked| match asked.name.as_str() {
        "commits:0:1" => commits(120, &page(1, 60)),
        "commits:0:2" => commits(120, &[page(61, 59), vec![commit(150, "TEA-1")]].concat()),
        "commits:1:1" => commits(3, &page(201, 100)),
        _ => empty(asked),
    });
    assert_eq!(found.unwrap().unwrap().platform_product_id, "150");
    assert_eq!(names(&asked)[..4], ["commits:0:1", "commits:0:2", "commits:1:1", "commits:1:2"]);
}

#[test]
fn a_list_that_cannot_be_read_to_its_end_does_not_say_none() {
    let full: Vec<_> = (1..=100).map(|id| commit(id, "OTHER")).collect();
    let (found, asked) = find("TEA-1", |_| commits(20_000, &full));
    assert_eq!((found.unwrap_err().kind(), asked.len()), (ErrorKind::Unsupported, 100));
    refused(find("A,B", empty).0);
}
