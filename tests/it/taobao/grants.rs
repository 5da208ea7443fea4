//! Tokens: renewed where the app can, and a person asked where it cannot.

use std::time::Duration;

use dianqiao::clock::ManualClock;
use dianqiao::model::{Event, NextAction, OrderStatus, ShopStatus};
use dianqiao::{ErrorKind, Hub, ShipRequest, SyncRequest};
use serde_json::json;

use super::desk::{App, Play, TAOBAO, TMALL};

const ONE: &[&str] = &["--orders", "20", "--products", "10"];

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_is_renewed_once_and_the_call_repeated() {
    let play = Play::start(TAOBAO, App::Market, ONE).await;
    let before = play.shop.authorization.as_ref().unwrap().generation;
    play.desk.sandbox.post("/stats/reset", json!({})).await;
    play.desk
        .sandbox
        .fault(json!({ "fault": "expired_token", "method": "taobao.refunds.receive.get", "times": 1 }))
        .await;
    play.desk.hub.refunds().sync(SyncRequest::new(play.shop.id)).await.unwrap();
    let stats = play.desk.sandbox.get("/stats").await;
    assert_eq!(
        (&stats["tokenCalls"], play.calls("taobao.top.auth.token.refresh").await),
        (&json!(1), 1),
        "{stats}"
    );
    let after = play.desk.hub.shops().get(play.shop.id).await.unwrap();
    assert_eq!((after.status, after.authorization.unwrap().generation), (ShopStatus::Active, before + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_live_grant_that_is_refused_was_taken_back() {
    let play = Play::start(TMALL, App::Merchant, ONE).await;
    assert_eq!(play.shop.authorization.as_ref().unwrap().refresh_expires_at, None);
    let (key, shop) = (play.desk.sandbox.text("/taobao/fixedTerm/appKey"), &play.shop.platform_shop_id);
    let ended = json!({ "platform": "taobao", "appKey": key, "shopId": shop, "expireAccess": true });
    play.desk.sandbox.post("/tokens", ended).await;
    let error = play.desk.hub.refunds().sync(SyncRequest::new(play.shop.id)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Reauthorize, "{error}");
    let shop = play.desk.hub.shops().get(play.shop.id).await.unwrap();
    assert_eq!(shop.status, ShopStatus::Reauthorize);
    let reason = shop.authorization.unwrap().reason.unwrap();
    assert!(reason.contains("before its end") && reason.contains("took it back"), "{reason}");
    assert_eq!(play.calls("taobao.top.auth.token.refresh").await, 0, "there is nothing to renew with");
    // Nothing more is sent for it until a person authorises again.
    play.desk.sandbox.post("/stats/reset", json!({})).await;
    let again = play.desk.hub.refunds().sync(SyncRequest::new(play.shop.id)).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Reauthorize);
    assert_eq!(play.desk.sandbox.get("/stats").await["calls"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_grant_ends_with_its_year() {
    let play = Play::start(TMALL, App::Merchant, ONE).await;
    let expires_at = play.shop.authorization.as_ref().unwrap().expires_at;
    play.desk.hub.close().await.unwrap();
    let clock = ManualClock::new(expires_at.plus(Duration::from_secs(60)));
    let config = crate::support::config(&play.desk.database(), &play.desk.sandbox).with_clock(clock.clock());
    let hub = Hub::open(config).await.unwrap();
    let error = hub.refunds().sync(SyncRequest::new(play.shop.id)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Reauthorize, "{error}");
    let reason = hub.shops().get(play.shop.id).await.unwrap().authorization.unwrap().reason.unwrap();
    assert!(reason.contains("is over"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_used_up_says_so_inside_a_good_answer() {
    let play = Play::start(TAOBAO, App::Market, ONE).await;
    let begin = dianqiao::BeginRequest { app_id: play.shop.app_id, shop_id: None, session: None };
    let begun = play.desk.hub.oauth().begin(begin).await.unwrap();
    let state = url::Url::parse(&begun.url).unwrap();
    let state = state.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let params = vec![("code".to_owned(), "used-up".to_owned()), ("state".to_owned(), state)];
    let callback = dianqiao::Callback { params, session: None, app_id: None };
    let error = play.desk.hub.oauth().complete(callback).await.unwrap_err();
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::Reauthorize, Some("oauth/invalid_client")));
    assert_eq!(play.desk.hub.shops().list(Default::default()).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_of_permission_ends_without_the_grant() {
    let play = Play::start(TAOBAO, App::Market, &["--orders", "80", "--products", "10"]).await;
    play.sync().await;
    let ended = json!({ "platform": "taobao", "appKey": play.desk.sandbox.text("/taobao/appKey"),
        "shopId": play.shop.platform_shop_id, "tierSecondsLeft": { "w2": 0 } });
    play.desk.sandbox.post("/tokens", ended).await;
    let to_ship = |order: &dianqiao::model::Order| order.record.status == OrderStatus::ToShip;
    let order = play.orders().await.into_values().find(to_ship).expect("a trade to ship");
    let parcel = ShipRequest {
        shop_id: play.shop.id,
        platform_order_id: order.record.platform_order_id,
        company_code: "SF".into(),
        tracking_number: "SF1234567890123".into(),
    };
    let error = play.desk.hub.orders().ship(parcel).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Reauthorize, "{error}");
    assert_eq!(error.platform_code(), Some("53/isv.w2-security-authorize-invalid"));
    assert!(error.message().contains("others may go on"), "{error}");
    // The shop goes on with what it may still do, and its token is not renewed for that.
    play.sync().await;
    let shop = play.desk.hub.shops().get(play.shop.id).await.unwrap();
    assert_eq!(shop.status, ShopStatus::Active);
    assert_eq!(play.calls("taobao.top.auth.token.refresh").await, 0);
}

/// A listener that hears of ends.
async fn ends_told(hub: &Hub, mut news: dianqiao::EventStream) -> Vec<(u32, i64, bool)> {
    hub.look_for_ends().await.unwrap();
    hub.look_for_ends().await.unwrap();
    let mut told = Vec::new();
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(50), news.next()).await {
        if let Event::ShopExpiring { days, expires_at, can_refresh, .. } = event {
            told.push((days, expires_at.0, can_refresh));
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_grant_warns_of_its_end_once_for_each_level_also_after_restarts() {
    let play = Play::start(TMALL, App::Merchant, ONE).await;
    let id = play.shop.id;
    let end = play.shop.authorization.as_ref().unwrap().expires_at;
    let day = Duration::from_secs(86_400);
    let explained = |hub: &Hub| {
        let shops = hub.shops();
        async move { shops.explain(id).await.unwrap() }
    };
    assert_eq!(ends_told(&play.desk.hub, play.desk.hub.events().unwrap()).await, []);
    assert_eq!(explained(&play.desk.hub).await.expiry, None);
    play.desk.hub.close().await.unwrap();
    for (left, days) in [(30, 30), (20, 30), (14, 14), (5, 7), (3, 3), (1, 1)] {
        // Each time as a process of its own.
        let clock = ManualClock::new(end.minus(day * left));
        let config = crate::support::config(&play.desk.database(), &play.desk.sandbox);
        let hub = Hub::open(config.with_clock(clock.clock())).await.unwrap();
        let wanted = if left == 20 { vec![] } else { vec![(days, end.0, false)] };
        assert_eq!(ends_told(&hub, hub.events().unwrap()).await, wanted, "{left} days ahead");
        let known = explained(&hub).await;
        let expiry = known.expiry.expect("an end that is near");
        assert_eq!((expiry.days, expiry.expires_at, expiry.can_refresh), (days, end, false));
        let renew = known.next_action == NextAction::RenewAuthorization;
        assert_eq!(renew, days <= 7, "{left}: what is still to be read comes first: {}", known.advice);
        assert!(!renew || known.advice.contains(&end.to_string()), "{}", known.advice);
        let listed = hub.shops().list(Default::default()).await.unwrap().remove(0);
        assert_eq!(listed.authorization.unwrap().warned_days, Some(days));
        // The clock goes on in a process that stays open.
        if left == 1 {
            clock.advance(day);
            assert_eq!(ends_told(&hub, hub.events().unwrap()).await, [], "what has ended is no warning");
        }
        hub.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_renewed_warns_of_nothing() {
    let play = Play::start(TAOBAO, App::Market, ONE).await;
    let grant = play.shop.authorization.as_ref().unwrap();
    play.desk.hub.close().await.unwrap();
    for left in [29, 10, 2] {
        let clock = ManualClock::new(grant.expires_at.minus(Duration::from_secs(86_400 * left)));
        let config = crate::support::config(&play.desk.database(), &play.desk.sandbox);
        let hub = Hub::open(config.with_clock(clock.clock())).await.unwrap();
        assert_eq!(ends_told(&hub, hub.events().unwrap()).await, []);
        assert_eq!(hub.shops().explain(play.shop.id).await.unwrap().expiry, None);
        hub.close().await.unwrap();
    }
}
