//! A restored database is a past: what it had not sent yet is not sent by itself, and ids of the lost time
//! name nothing.

use std::sync::Arc;

use dianqiao::model::{
    Actor, ChangeFilter, ChangeId, ChangeState, Fen, NextAction, Resolution, RunState, ShopId,
};
use dianqiao::{
    BackupRequest, BeginRequest, Callback, ErrorKind, Hub, RawRequest, RestoreRequest, ShipRequest,
    StockWish, SyncRequest,
};
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::{Duration, Instant, sleep};

use crate::stage::{Fault, ORDER, PRODUCT, Play, open};
use crate::support::{Desk, keys};

const APIS: [&str; 3] = ["sku.editPrice", "sku.syncStock", "order.logisticsAdd"];

/// A price, an addition and a shipment that the platform puts off.
async fn put_off(play: &Play) -> [ChangeId; 3] {
    for api in APIS {
        play.stage.fault(api, &[Fault::Limited; 3]);
    }
    let parcel = ShipRequest {
        shop_id: play.shop.id,
        platform_order_id: ORDER.into(),
        company_code: "shunfeng".into(),
        tracking_number: "SF1234567890".into(),
    };
    let (products, orders) = (play.hub.products(), play.hub.orders());
    let made = [
        products.set_price(play.sku(), Fen(1999)).await.unwrap(),
        products.set_stock(play.sku(), StockWish::Add(-3)).await.unwrap(),
        orders.ship(parcel).await.unwrap(),
    ];
    made.map(|receipt| {
        assert_eq!(receipt.state, ChangeState::RetryWait);
        receipt.change_id
    })
}

async fn until(hub: &Hub, id: ChangeId, state: ChangeState) {
    let until = Instant::now() + Duration::from_secs(60);
    while hub.changes().get(id).await.unwrap().state != state {
        assert!(Instant::now() < until, "{:?}", hub.changes().get(id).await.unwrap());
        sleep(Duration::from_millis(50)).await;
    }
}

fn executed(play: &Play) -> [usize; 3] {
    APIS.map(|api| play.stage.executed(api).len())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_in_a_restored_database_is_not_sent_by_itself_and_a_person_decides() {
    let mut play = Play::start().await;
    let file = play.folder.path().join("backup.db");
    let waiting = put_off(&play).await;
    play.hub.backup(BackupRequest::new(&file)).await.unwrap();
    // The time that will be lost: all of them are done, and the price is changed again.
    for id in waiting {
        until(&play.hub, id, ChangeState::Accepted).await;
    }
    let lost = play.hub.products().set_price(play.sku(), Fen(2500)).await.unwrap();
    let request = RestoreRequest::new(&file, play.database(), keys());
    let refused = Hub::restore(RestoreRequest { overwrite: true, ..request.clone() }).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::DatabaseInUse);
    play.hub.close().await.unwrap();
    assert_eq!(Hub::restore(request.clone()).await.unwrap_err().kind(), ErrorKind::Conflict);

    let report = Hub::restore(RestoreRequest { overwrite: true, ..request }).await.unwrap();
    assert_eq!((report.held_changes, executed(&play)), (3, [2, 1, 1]));
    play.hub = open(&play.database(), &play.stage.host).await;
    let hub = &play.hub;
    assert_eq!(hub.changes().get(lost.change_id).await.unwrap_err().kind(), ErrorKind::NotFound);
    // One that only the background can end: then it has looked after all that was due.
    play.stage.fault("product.setOffline", &[Fault::Limited; 3]);
    let online = hub.products().set_online(play.shop.id, PRODUCT.into(), false).await.unwrap();
    assert_eq!(online.state, ChangeState::RetryWait);
    assert!(online.change_id.0 > 10_000_000, "{}", online.change_id);
    until(hub, online.change_id, ChangeState::Accepted).await;
    for id in waiting {
        let change = hub.changes().get(id).await.unwrap();
        assert_eq!(change.state, ChangeState::NeedsHuman);
        assert!(change.message.unwrap().contains("restored from a backup"));
    }
    assert_eq!((executed(&play), play.stage.state().price), ([2, 1, 1], 2500));
    let known = hub.shops().explain(play.shop.id).await.unwrap();
    let open: Vec<_> = known.open_changes.iter().map(|open| (open.state, open.count)).collect();
    assert_eq!((open, known.next_action), (vec![(ChangeState::NeedsHuman, 3)], NextAction::ResolveChanges));
    assert!(known.open_changes[0].oldest_at < hub.changes().get(online.change_id).await.unwrap().created_at);

    let [price, add, ship] = waiting;
    let person = hub.acting(Actor::User { id: "u1".into(), roles: vec!["admin".into()] }).unwrap();
    assert_eq!(hub.changes().settle(ship).await.unwrap().state, ChangeState::Accepted, "the parcel is shown");
    assert_eq!(hub.changes().settle(price).await.unwrap().state, ChangeState::NeedsHuman, "another price is");
    assert_eq!(
        person.changes().resolve(price, Resolution::Drop, None).await.unwrap().state,
        ChangeState::Cancelled
    );
    // The same key as before: the platform has done it already.
    person.changes().resolve(add, Resolution::SendAgain, None).await.unwrap();
    until(hub, add, ChangeState::Accepted).await;
    assert_eq!((executed(&play), play.stage.state().price), ([2, 1, 1], 2500));
    let open = ChangeFilter { state: Some(ChangeState::NeedsHuman), ..ChangeFilter::default() };
    assert!(hub.changes().list(open).await.unwrap().items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_and_tokens_of_a_restored_database_end_in_clear_states() {
    let mut desk = Desk::open(&["--orders", "1500", "--products", "5"]).await;
    let shop = desk.connect().await;
    let file = desk.database().with_file_name("backup.db");
    // A backup in the middle of a run: each page takes a while.
    desk.sandbox
        .fault(json!({ "fault": "latency", "method": "order.searchList", "options": { "ms": 300 } }))
        .await;
    let begun = Arc::new(Notify::new());
    let told = Arc::clone(&begun);
    let mut request = SyncRequest::new(shop.id);
    request.on_progress = Some(Arc::new(move |run| {
        if run.progress.listed > 0 {
            told.notify_one();
        }
    }));
    let hub = desk.hub.clone();
    let run = tokio::spawn(async move { hub.orders().sync(request).await });
    begun.notified().await;
    desk.hub.backup(BackupRequest::new(&file)).await.unwrap();
    desk.sandbox.clear_faults().await;
    run.await.unwrap().unwrap();
    // The refresh token of the backup is used up.
    desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
    desk.hub.call(brands(shop.id)).await.unwrap();
    desk.hub.close().await.unwrap();

    let request = RestoreRequest::new(&file, desk.database(), keys());
    Hub::restore(RestoreRequest { overwrite: true, ..request }).await.unwrap();
    desk.reopen().await;
    let runs = desk.hub.runs().list(Default::default()).await.unwrap().items;
    assert_eq!(runs.iter().map(|run| run.state).collect::<Vec<_>>(), [RunState::Interrupted]);
    let error = desk.hub.call(brands(shop.id)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Reauthorize, "{error}");
    // Authorised again, the next sync goes on where the backup was.
    let again = BeginRequest { app_id: shop.app_id, shop_id: Some(shop.id), session: None };
    let begun = desk.hub.oauth().begin(again).await.unwrap();
    let params = desk.sandbox.agree(&begun).await;
    desk.hub.oauth().complete(Callback { params, session: None, app_id: None }).await.unwrap();
    desk.hub.orders().sync(SyncRequest::new(shop.id)).await.unwrap();
    let counts = desk.hub.shops().counts(shop.id).await.unwrap();
    assert_eq!(counts.orders, 1500);
}

fn brands(shop_id: ShopId) -> RawRequest {
    RawRequest {
        shop_id,
        api: "shop.brandList".into(),
        params: "{}".into(),
        files: Vec::new(),
        repeatable: false,
    }
}
