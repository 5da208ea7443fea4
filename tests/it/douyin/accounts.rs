//! Accounts are authorised in the browser, renewed without anybody noticing, and called by hand.

use std::time::Duration;

use dianqiao::clock::ManualClock;
use dianqiao::model::{ShopKind, ShopStatus, UtcMillis};
use dianqiao::{ErrorKind, Hub, RawRequest, SyncRequest};
use serde_json::json;

use super::desk::{Play, USER_INFO, VIDEO_LIST};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_connected_in_the_browser_and_has_nothing_to_sync() {
    let play = Play::start(&[]).await;
    assert_eq!(play.shop.platform_shop_id, play.desk.sandbox.text("/douyin/shops/0/shopId"));
    assert_eq!((play.shop.kind, play.shop.status), (ShopKind::ContentAccount, ShopStatus::Active));
    let authorization = play.shop.authorization.as_ref().unwrap();
    let days = |until: dianqiao::model::UtcMillis| until.since(super::desk::now()).as_secs().div_ceil(86_400);
    assert_eq!(days(authorization.expires_at), 15);
    assert_eq!(days(authorization.refresh_expires_at.unwrap()), 30);
    let error = play.desk.hub.products().sync(SyncRequest::new(play.shop.id)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_by_hand_get_the_account_and_keep_its_order() {
    let play = Play::start(&[]).await;
    let user = play.call(USER_INFO, &json!({})).await.unwrap();
    assert_eq!(user["nickname"], json!(play.desk.sandbox.text("/douyin/shops/0/shopName")));
    let first =
        play.call("api/douyin/v1/video/video_list", &json!({"cursor": 0, "count": 10})).await.unwrap();
    let items = first["list"].as_array().unwrap();
    assert!(items.len() == 10 && first["has_more"] == json!(true), "{first}");
    // An id holds signs that a query would eat.
    let id = items[0]["item_id"].as_str().unwrap();
    let record = play.call("/api/douyin/v1/video/video_data/", &json!({"item_ids": [id]})).await.unwrap();
    assert_eq!(record["list"][0]["item_id"], json!(id));
    let other = play.call(VIDEO_LIST, &json!({"open_id": "somebody", "cursor": 0, "count": 10})).await;
    assert_eq!(other.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[tokio::test(flavor = "multi_thread")]
async fn posting_by_hand_has_to_be_meant() {
    let play = Play::start(&[]).await;
    let request = || RawRequest {
        shop_id: play.shop.id,
        api: "/api/douyin/v1/video/create_video/".to_owned(),
        params: json!({"video_id": "@none", "text": "x"}).to_string(),
        files: Vec::new(),
        repeatable: false,
    };
    let error = play.desk.hub.call(request()).await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::InvalidRequest && error.message().contains("promotions.draft"),
        "{error}"
    );
    let forced = play.desk.hub.call_forced(request()).await.unwrap_err();
    assert_eq!(forced.kind(), ErrorKind::InvalidRequest);
    assert!(forced.platform_code().is_some(), "the platform itself refused it: {forced}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed_once_and_keeps_its_refresh_token() {
    let play = Play::start(&[]).await;
    let before = play.shop.authorization.as_ref().unwrap();
    play.desk.sandbox.post("/tokens", json!({"platform": "douyin", "expireAccess": true})).await;
    play.call(USER_INFO, &json!({})).await.unwrap();
    assert_eq!(play.calls("oauth/refresh_token").await, 1);
    let after = play.desk.hub.shops().get(play.shop.id).await.unwrap().authorization.unwrap();
    assert_eq!(after.generation, before.generation + 1);
    let moved = after.refresh_expires_at.unwrap().0.abs_diff(before.refresh_expires_at.unwrap().0);
    assert!(moved < 60_000, "a refresh leaves the end of the refresh token where it was: {moved} ms");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_class_of_refusal_is_what_it_is_and_shows_no_token() {
    let play = Play::start(&[]).await;
    let secret = play.desk.sandbox.text("/douyin/appSecret");
    let cases = [
        ("limited", 1, None),
        ("service_error", 1, None),
        ("business_error", 9, Some(ErrorKind::Rejected)),
        ("unknown_code", 9, Some(ErrorKind::Rejected)),
        ("no_permission", 9, Some(ErrorKind::PlatformConfig)),
        ("html_200", 9, Some(ErrorKind::Transient)),
    ];
    for (name, times, wanted) in cases {
        play.fault(name, "video/video_list", times).await;
        let outcome = play.call(VIDEO_LIST, &json!({"cursor": 0, "count": 1})).await;
        play.desk.sandbox.clear_faults().await;
        let kind = outcome.as_ref().err().map(dianqiao::Error::kind);
        assert_eq!(kind, wanted, "{name}: {outcome:?}");
        assert!(!format!("{outcome:?}").contains(&secret));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorisation_that_was_taken_back_ends() {
    let play = Play::start(&[]).await;
    play.desk.sandbox.post("/tokens", json!({"platform": "douyin", "revoke": true})).await;
    let error = play.call(USER_INFO, &json!({})).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Reauthorize, "{error}");
    let shop = play.desk.hub.shops().get(play.shop.id).await.unwrap();
    assert_eq!(shop.status, ShopStatus::Reauthorize);
}

/// A person who authorised once is asked again only after five renewals: half a year, less what being early costs.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_lives_through_five_renewals_without_a_person() {
    let mut play = Play::start(&[]).await;
    play.desk.hub.close().await.unwrap();
    let clock = ManualClock::new(super::desk::now());
    let config = crate::support::config(&play.desk.database(), &play.desk.sandbox).with_clock(clock.clock());
    play.desk.hub = Hub::open(config).await.unwrap();
    let mut renewed = 0;
    for day in 1..200 {
        // The platform's day begins first: what is under way then is asked before it and answered after it, which is early.
        play.desk.sandbox.post("/clock", json!({"advanceMs": DAY.as_millis()})).await;
        clock.advance(DAY);
        let outcome = play.call(USER_INFO, &json!({})).await;
        let shop = play.desk.hub.shops().get(play.shop.id).await.unwrap();
        if shop.status == ShopStatus::Reauthorize {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Reauthorize);
            assert!(renewed == 5 && day > 155, "{renewed} renewals, {day} days");
            assert_eq!(play.calls("oauth/renew_refresh_token").await, 5);
            return;
        }
        outcome.unwrap_or_else(|error| panic!("day {day}: {error}"));
        let end = shop.authorization.unwrap().refresh_expires_at.unwrap();
        if renewed < 5 && end.since(clock.clock().now()) < DAY + DAY / 2 {
            renewed_from(&play, end).await;
            renewed += 1;
        } else if play.calls("oauth/renew_refresh_token").await > renewed {
            renewed += 1;
        }
    }
    panic!("it never ends");
}

/// Waits until the background has moved the end of the refresh token.
async fn renewed_from(play: &Play, end: UtcMillis) {
    let until = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        let shop = play.desk.hub.shops().get(play.shop.id).await.unwrap();
        if shop.authorization.unwrap().refresh_expires_at.unwrap().since(end) > DAY {
            return;
        }
        if tokio::time::Instant::now() >= until {
            let told = play.desk.hub.shops().explain(play.shop.id).await;
            panic!("the refresh token was not renewed in time: {told:?}");
        }
        play.call(USER_INFO, &json!({})).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
