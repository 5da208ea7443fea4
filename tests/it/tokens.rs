//! Tokens are renewed once, in time, and never lost.

use dianqiao::model::ShopStatus;
use dianqiao::{ErrorKind, Hub, RawRequest};
use serde_json::json;

use crate::support::{Desk, config};

fn brands(shop: &dianqiao::model::Shop) -> RawRequest {
    RawRequest {
        shop_id: shop.id,
        api: "shop.brandList".into(),
        params: "{}".into(),
        files: Vec::new(),
        repeatable: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_callers_of_an_expired_token_make_one_refresh() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    desk.hub.call(brands(&shop)).await.unwrap();
    desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
    desk.sandbox.post("/stats/reset", json!({})).await;
    let calls = (0..100).map(|_| {
        let (hub, request) = (desk.hub.clone(), brands(&shop));
        tokio::spawn(async move { hub.call(request).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    let stats = desk.sandbox.get("/stats").await;
    assert_eq!((&stats["tokenCalls"], &stats["retiredRefreshUses"]), (&json!(1), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_goes_away_does_not_stop_the_refresh() {
    let mut desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
    desk.sandbox
        .fault(json!({ "fault": "latency", "method": "token.refresh", "options": { "ms": 300 } }))
        .await;
    let (hub, request) = (desk.hub.clone(), brands(&shop));
    let caller = tokio::spawn(async move { hub.call(request).await });
    while desk.sandbox.get("/stats").await["tokenCalls"] == 1 {
        tokio::task::yield_now().await;
    }
    caller.abort();
    // `close` waits for the refresh; the new pair is on disk, the old refresh token is never used again.
    desk.reopen().await;
    desk.sandbox.clear_faults().await;
    desk.hub.call(brands(&shop)).await.unwrap();
    let stats = desk.sandbox.get("/stats").await;
    assert_eq!((&stats["tokenCalls"], &stats["retiredRefreshUses"]), (&json!(2), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_refresh_ends_in_one_clear_state_and_no_more_calls() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    desk.sandbox.post("/tokens", json!({ "expireAccess": true, "expireRefresh": true })).await;
    let error = desk.hub.call(brands(&shop)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Reauthorize, "{error}");
    let after = desk.hub.shops().get(shop.id).await.unwrap();
    assert_eq!(after.status, ShopStatus::Reauthorize);
    assert!(after.authorization.unwrap().reason.unwrap().contains("refused"));
    let calls = desk.sandbox.get("/stats").await["calls"].clone();
    assert_eq!(desk.hub.call(brands(&shop)).await.unwrap_err().kind(), ErrorKind::Reauthorize);
    assert_eq!(desk.sandbox.get("/stats").await["calls"], calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blip_of_the_token_endpoint_marks_no_shop_dead() {
    for blip in ["http_500", "html_200", "reset", "limited", "service_error"] {
        let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
        let shop = desk.connect().await;
        desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
        desk.sandbox.fault(json!({ "fault": blip, "method": "token.refresh", "times": 1 })).await;
        desk.hub.call(brands(&shop)).await.unwrap_or_else(|error| panic!("{blip}: {error}"));
        assert_eq!(desk.hub.shops().get(shop.id).await.unwrap().status, ShopStatus::Active, "{blip}");
        desk.hub.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_token_endpoint_costs_a_pause_and_not_the_shop() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
    desk.sandbox.fault(json!({ "fault": "http_503", "method": "token.refresh" })).await;
    assert_eq!(desk.hub.call(brands(&shop)).await.unwrap_err().kind(), ErrorKind::Transient);
    let asked = desk.sandbox.calls("token.refresh").await;
    for _ in 0..20 {
        assert_eq!(desk.hub.call(brands(&shop)).await.unwrap_err().kind(), ErrorKind::Transient);
    }
    assert_eq!(desk.sandbox.calls("token.refresh").await, asked, "not hammered while it cools down");
    assert_eq!(desk.hub.shops().get(shop.id).await.unwrap().status, ShopStatus::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_renewed_inside_the_last_hour_and_without_a_waiting_caller() {
    use dianqiao::clock::{Clock, ManualClock};
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    desk.hub.close().await.unwrap();
    let clock = ManualClock::new(Clock::system().now());
    let hub = Hub::open(config(&desk.database(), &desk.sandbox).with_clock(clock.clock())).await.unwrap();
    // Both clocks go to 5 minutes before the end of the access token.
    let almost = std::time::Duration::from_secs(7 * 86_400 - 300);
    clock.advance(almost);
    desk.sandbox.post("/clock", json!({ "advanceMs": almost.as_millis() as u64 })).await;
    hub.call(brands(&shop)).await.unwrap();
    while hub.shops().get(shop.id).await.unwrap().authorization.unwrap().generation == 1 {
        tokio::task::yield_now().await;
    }
    hub.call(brands(&shop)).await.unwrap();
    let stats = desk.sandbox.get("/stats").await;
    assert_eq!((&stats["tokenCalls"], &stats["refusals"]), (&json!(2), &json!({})));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_that_answers_for_another_shop_or_without_a_token_keeps_the_old_one() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
    desk.sandbox.fault(json!({ "fault": "token_no_refresh", "method": "token.refresh", "times": 1 })).await;
    desk.hub.call(brands(&shop)).await.unwrap();
    desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
    desk.sandbox.fault(json!({ "fault": "token_other_shop", "method": "token.refresh", "times": 1 })).await;
    let error = desk.hub.call(brands(&shop)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Reauthorize), "{error}");
    assert_eq!(desk.hub.shops().get(shop.id).await.unwrap().platform_shop_id, shop.platform_shop_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_of_a_strict_platform_ends_in_one_clear_state() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
    // The platform has issued a new pair and retired the old one; the answer never arrives whole.
    desk.sandbox.fault(json!({ "fault": "cut_body", "method": "token.refresh", "times": 1 })).await;
    assert_eq!(desk.hub.call(brands(&shop)).await.unwrap_err().kind(), ErrorKind::Reauthorize);
    assert_eq!(
        desk.sandbox.calls("token.refresh").await,
        2,
        "the same old token is tried once more, and no further"
    );
    assert_eq!(desk.hub.shops().get(shop.id).await.unwrap().status, ShopStatus::Reauthorize);
}
