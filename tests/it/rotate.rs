//! The master key changes while a shop is read, and what the sync sealed is sealed anew.

use std::sync::Arc;

use dianqiao::model::{RunState, ShopId};
use dianqiao::{Hub, HubConfig, KeyRing, MasterKey, RotateKeyRequest, SyncRequest};
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{Desk, config};

fn new_key() -> MasterKey {
    MasterKey::from_bytes(b"another-key-of-thirty-two-bytes!").unwrap()
}

/// Every fifth order comes with a readable receiver, every seventh cannot be read.
async fn spoil(desk: &Desk) -> (usize, usize) {
    let (mut receivers, mut bad) = (0, 0);
    for (number, order) in (1..).zip(desk.sandbox.truth("orders").await) {
        let set = match (number % 5, number % 7) {
            (0, _) => {
                json!({ "post_receiver": "张三", "post_tel": "13800000000", "post_addr": { "detail": "路 1" } })
            }
            (_, 0) => json!({ "order_status": { "odd": true } }),
            _ => continue,
        };
        receivers += usize::from(number % 5 == 0);
        bad += usize::from(number % 5 != 0);
        desk.sandbox.post("/edit", json!({ "kind": "order", "id": order["order_id"], "set": set })).await;
    }
    (receivers, bad)
}

fn count(desk: &Desk, sql: &str) -> usize {
    let conn = rusqlite::Connection::open(desk.database()).unwrap();
    let rows: i64 = conn.query_row(sql, [], |row| row.get(0)).unwrap();
    usize::try_from(rows).unwrap()
}

async fn sync(hub: Hub, shop: ShopId, began: Arc<Notify>) {
    let mut request = SyncRequest::new(shop);
    request.on_progress = Some(Arc::new(move |_| began.notify_one()));
    assert_eq!(hub.orders().sync(request).await.unwrap().state, RunState::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_goes_on_while_the_key_changes_and_every_value_of_it_opens_with_the_new_one() {
    let desk = Desk::open(&["--orders", "600", "--products", "5"]).await;
    let (receivers, bad) = spoil(&desk).await;
    let shop = desk.connect().await;
    let began = Arc::new(Notify::new());
    let syncing = tokio::spawn(sync(desk.hub.clone(), shop.id, Arc::clone(&began)));
    began.notified().await;
    let report = desk.hub.rotate_key(RotateKeyRequest::new(new_key())).await.unwrap();
    assert_eq!((report.unreadable, report.superseded.len()), (0, 1));
    syncing.await.unwrap();
    // A third key meets everything that the sync has sealed, as its own functions did.
    let third = MasterKey::from_bytes(b"the-third-key-of-thirty-2-bytes!").unwrap();
    let report = desk.hub.rotate_key(RotateKeyRequest::new(third.clone())).await.unwrap();
    desk.hub.close().await.unwrap();
    let stored = [
        count(&desk, "SELECT count(receiver_sealed) FROM orders"),
        count(&desk, "SELECT count(*) FROM quarantine"),
    ];
    assert_eq!(stored, [receivers, bad]);
    // With the app's secret and the shop's pair.
    assert_eq!(usize::try_from(report.resealed).unwrap(), receivers + bad + 3);
    assert!(Hub::open(config(&desk.database(), &desk.sandbox)).await.is_err());
    let config = HubConfig::new(desk.database(), KeyRing::new(third)).with_allowed_host(desk.sandbox.host());
    let hub = Hub::open(config).await.unwrap();
    desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
    hub.products().sync(SyncRequest::new(shop.id)).await.unwrap();
    hub.close().await.unwrap();
}
