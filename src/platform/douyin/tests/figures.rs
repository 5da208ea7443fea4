use std::time::Duration;

use serde_json::{Value, json};

use super::super::Douyin;
use super::{ACCOUNT, NOW, fixture, played};
use crate::model::{DayFigures, Figures};
use crate::platform::{CallParts, Facts, Method, Platform, PostKind, PostRef, Step};

const ID: &str = "@video+a/==";

fn post(days: u64) -> PostRef<'static> {
    let published_at = NOW.minus(Duration::from_secs(days * 86_400));
    PostRef { account: ACCOUNT, kind: PostKind::Video, platform_post_id: ID, published_at, now: NOW }
}

fn params(parts: &CallParts) -> Value {
    serde_json::from_str(&parts.params).unwrap()
}

#[test]
fn four_measures_are_put_together_by_day() {
    let days = played(
        |facts| Douyin.post_figures(&post(2), facts),
        |name, parts| {
            assert_eq!(params(parts), json!({"open_id": ACCOUNT, "item_id": ID, "date_type": 7}));
            assert_eq!(super::sent(parts).method, Method::Get);
            match name.split(':').next().unwrap() {
                "plays" => Some(fixture!("item.play").to_vec()),
                "likes" => Some(fixture!("item.like").to_vec()),
                _ => None,
            }
        },
    )
    .unwrap();
    let day = |day: &str, plays, likes| DayFigures {
        day: day.to_owned(),
        figures: Figures { plays, likes, ..Figures::default() },
        next_day: true,
    };
    assert_eq!(days, [day("2023-11-13", Some(1_200), None), day("2023-11-14", Some(80), Some(7))]);
}

#[test]
fn the_span_is_the_posts_age() {
    for (days, span) in [(0, 7), (6, 7), (7, 15), (20, 15), (29, 15)] {
        let Step::Ask(question) = Douyin.post_figures(&post(days), &Facts::default()).unwrap() else {
            panic!("{days} days: nothing is asked");
        };
        assert_eq!(params(&question.call.parts)["date_type"], json!(span), "{days} days");
        assert!(!question.optional, "an app without the permission is told so");
    }
    for days in [30, 400] {
        let step = Douyin.post_figures(&post(days), &Facts::default()).unwrap();
        assert!(matches!(step, Step::Done(days) if days.is_empty()), "{days} days");
    }
}

#[test]
fn a_day_that_is_none_is_an_error() {
    for day in ["", "20231114", "2023-11-14 00:00:00", "yesterday"] {
        let body = json!({"data": {"result_list": [{"date": day, "play": 1}]}, "extra": {"error_code": 0}});
        let done =
            played(|facts| Douyin.post_figures(&post(2), facts), |_, _| Some(body.to_string().into_bytes()));
        assert!(done.is_err(), "{day:?}");
    }
}
