//! Foul weather: what passes leaves no trace, what is broken is kept aside, what lies is not believed.

use dianqiao::model::{OrderStatus, RunState};
use dianqiao::{ErrorKind, SyncRequest};
use serde_json::json;

use super::desk::{App, Play, TAOBAO, TMALL, fault};
use super::reading::assert_all_equal;

const TRADES: &str = "taobao.trades.sold.increment.get";

/// Faults that a sync must survive without a trace in the data, each struck several times.
const SURVIVED: &[&str] = &[
    "http_429",
    "http_500",
    "http_503",
    "html_200",
    "empty_200",
    "reset",
    "close_silently",
    "garbage_status",
    "limited",
    "service_error",
    "expired_token",
    "rows_move",
    "numbers_as_strings",
    "new_fields",
    "duplicate_rows",
    "wrong_total",
    "empty_page",
    "wrong_content_type",
    "cut_body",
    "chunked_cut",
    "trailing_bytes",
    "byte_order_mark",
    "cut_json",
    "redirect_302",
];

#[tokio::test(flavor = "multi_thread")]
async fn faults_leave_no_trace_in_the_data() {
    let play =
        Play::start(TAOBAO, App::Market, &["--orders", "150", "--products", "30", "--history-days", "3"])
            .await;
    for name in SURVIVED {
        let options = match *name {
            "http_429" => json!({ "retryAfter": 0 }),
            _ => json!({}),
        };
        let methods = json!([
            TRADES,
            "taobao.trade.fullinfo.get",
            "taobao.items.onsale.get",
            "taobao.items.inventory.get",
            "taobao.item.seller.get",
            "taobao.refunds.receive.get",
        ]);
        let scope = json!({ "fault": name, "method": methods, "after": 1, "times": 3, "options": options });
        play.desk.sandbox.fault(scope).await;
        let four_days = std::time::Duration::from_secs(4 * 86_400);
        let since = dianqiao::clock::Clock::system().now().minus(four_days);
        let request = SyncRequest { full: true, since: Some(since), ..SyncRequest::new(play.shop.id) };
        let runs = play.desk.hub.shops().sync(request).await;
        let runs = runs.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(runs.iter().all(|run| run.state == RunState::Done), "{name}");
        let struck = play.desk.sandbox.get("/faults").await;
        assert!(struck[0]["fired"].as_i64().is_some_and(|fired| fired > 0), "{name}: {struck}");
        play.desk.sandbox.clear_faults().await;
        // What moved while we read lies behind the run's end: the next one sees it.
        play.sync().await;
        assert_all_equal(&play).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_trade_is_kept_aside_and_read_when_it_is_whole_again() {
    let play = Play::start(TMALL, App::Market, &["--orders", "120", "--products", "5"]).await;
    for method in [TRADES, "taobao.trade.fullinfo.get"] {
        play.desk.sandbox.fault(fault("broken_record", method, 5)).await;
    }
    let run = play.desk.hub.orders().sync(SyncRequest::new(play.shop.id)).await.unwrap();
    assert_eq!(run.state, RunState::Done);
    assert!(play.desk.hub.shops().counts(play.shop.id).await.unwrap().quarantined > 0);
    play.desk.sandbox.clear_faults().await;
    let full = SyncRequest { full: true, ..SyncRequest::new(play.shop.id) };
    play.desk.hub.shops().sync(full).await.unwrap();
    assert_all_equal(&play).await;
    assert_eq!(play.desk.hub.shops().counts(play.shop.id).await.unwrap().quarantined, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_status_is_kept_and_not_mapped() {
    let play = Play::start(TAOBAO, App::Market, &["--orders", "30", "--products", "5"]).await;
    play.desk.sandbox.fault(fault("unknown_status", "taobao.trade.fullinfo.get", 1000)).await;
    play.desk.hub.orders().sync(SyncRequest::new(play.shop.id)).await.unwrap();
    let odd: Vec<_> =
        play.orders().await.into_values().filter(|one| one.record.status == OrderStatus::Unknown).collect();
    assert!(!odd.is_empty() && odd.iter().all(|one| !one.record.platform_status.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_repeats_for_ever_stops_the_run_and_moves_no_checkpoint() {
    let flags = ["--orders", "400", "--products", "5", "--history-days", "1"];
    let play = Play::start(TAOBAO, App::Market, &flags).await;
    play.desk.sandbox.fault(json!({ "fault": "has_next_forever", "method": TRADES })).await;
    let error = play.desk.hub.orders().sync(SyncRequest::new(play.shop.id)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transient, "{error}");
    play.desk.sandbox.clear_faults().await;
    play.sync().await;
    assert_all_equal(&play).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trades_that_become_visible_late_are_read_by_a_later_sync() {
    let play = Play::start(TAOBAO, App::Market, &["--orders", "60", "--products", "5"]).await;
    play.desk.sandbox.fault(json!({ "fault": "late_rows", "options": { "lateMs": 60000 } })).await;
    play.sync().await;
    let change = json!({ "platform": "taobao", "shopId": play.shop.platform_shop_id, "orders": 12 });
    play.desk.sandbox.post("/change", change).await;
    // Not visible yet: this sync cannot see them, and must not step over them.
    play.sync().await;
    play.desk.sandbox.post("/clock", json!({ "advanceMs": 120000 })).await;
    play.sync().await;
    assert_all_equal(&play).await;
}
