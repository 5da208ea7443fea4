use std::time::Duration;

use serde_json::{Value, json};

use super::super::Douyin;
use super::{ACCOUNT, NOW, fixture, played};
use crate::model::PromotionStatus::{self, Published, Rejected, TakenDown, UnderReview};
use crate::platform::{Platform, PostKind, PostRef, PostSeen};

const ID: &str = "@video+a/==";
const DAY: u64 = 86_400;

const fn post() -> PostRef<'static> {
    PostRef { account: ACCOUNT, kind: PostKind::Video, platform_post_id: ID, published_at: NOW, now: NOW }
}

/// What is seen of a post of this age, by its own record and by the list; none where the app may not ask.
fn seen(record: Option<Value>, list: Value, age: u64) -> PostSeen {
    let what = PostRef { published_at: NOW.minus(Duration::from_secs(age)), ..post() };
    let body =
        |list: &Value| json!({"data": {"list": list}, "extra": {"error_code": 0}}).to_string().into_bytes();
    let answer =
        |name: &str| if name.starts_with("post:") { record.as_ref().map(body) } else { Some(body(&list)) };
    played(|facts| Douyin.post_state(&what, facts), |name, _| answer(name)).unwrap()
}

fn item(status: i64, at: i64) -> Value {
    json!({"item_id": ID, "create_time": at, "video_status": status})
}

fn status_of(record: Value, age: u64) -> PromotionStatus {
    seen(Some(json!([record])), json!([]), age).status
}

#[test]
fn a_public_post_is_told_by_its_own_record_alone() {
    let seen = played(
        |facts| Douyin.post_state(&post(), facts),
        |name, parts| {
            assert_eq!(name, format!("post:{ID}"), "nothing else is asked");
            let params: Value = serde_json::from_str(&parts.params).unwrap();
            assert_eq!(params, json!({"open_id": ACCOUNT, "item_ids": [ID]}));
            Some(fixture!("video.data").to_vec())
        },
    )
    .unwrap();
    assert_eq!((seen.status, seen.platform_status.as_str()), (Published, "5"));
    assert_eq!(seen.link.as_deref(), Some("https://www.iesdouyin.com/share/video/1"));
    let total = seen.total.unwrap();
    let six = [total.plays, total.likes, total.comments, total.shares, total.forwards, total.downloads];
    assert_eq!(six, [300, 200, 100, 10, 11, 12].map(Some));
}

#[test]
fn states_are_the_platforms() {
    for (status, ours) in [(1, Published), (5, Published), (2, Rejected), (4, UnderReview), (9, UnderReview)]
    {
        assert_eq!(status_of(item(status, 1_700_000_050), 2 * DAY), ours, "{status}");
    }
    let refused = seen(Some(json!([item(2, 1_700_000_050)])), json!([]), 60);
    assert_eq!((refused.reason, refused.platform_status.as_str()), (None, "2"), "no reason is ever given");
}

#[test]
fn what_is_not_public_is_told_by_the_list() {
    let hidden = || Some(json!([item(1, 0)]));
    assert_eq!(seen(hidden(), json!([item(4, 1_700_000_050)]), 2 * DAY).status, UnderReview);
    assert_eq!(seen(hidden(), json!([item(2, 0)]), 60).status, Rejected);
    // No list shows it as public: its author hid it, once it has had its review.
    assert_eq!(seen(hidden(), json!([]), 60).status, UnderReview);
    assert_eq!(seen(hidden(), json!([]), 2 * DAY).status, TakenDown);
}

#[test]
fn a_post_that_is_shown_nowhere_is_gone_once_it_is_old() {
    let other = json!([{"item_id": "@other", "create_time": 1_700_000_050, "video_status": 1}]);
    for (age, ours) in [(60, UnderReview), (DAY - 1, UnderReview), (DAY, TakenDown)] {
        let seen = seen(Some(other.clone()), other.clone(), age);
        assert_eq!((seen.status, seen.platform_status.as_str()), (ours, "absent"), "{age}");
    }
}

#[test]
fn an_app_that_may_not_ask_for_records_has_the_list() {
    let seen = seen(None, json!([item(1, 1_700_000_050)]), DAY);
    assert_eq!(seen.status, Published);
}
