//! Writes, end to end: each ends with certainty, newest wins, nothing that adds up or ships happens twice.

use std::time::Duration;

use dianqiao::model::{
    Actor, Change, ChangeFilter, ChangeId, ChangeState, Event, Evidence, Fen, Operation, ProductFilter,
    ProductStatus, Receipt, Resolution,
};
use dianqiao::{ErrorKind, Hub, RawRequest, Result, ShipRequest, StockWish};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::stage::{Fault, ORDER, PRODUCT, Play, open};
use crate::support::{Desk, fault};

/// Each write, its method, and what the platform is told in the end.
const EACH: [(&str, &str); 5] = [
    ("online", "product.setOffline"),
    ("price", "sku.editPrice"),
    ("stock", "sku.syncStock"),
    ("add", "sku.syncStock"),
    ("ship", "order.logisticsAdd"),
];

async fn make(play: &Play, hub: &Hub, what: &str) -> Result<Receipt> {
    match what {
        "online" => hub.products().set_online(play.shop.id, PRODUCT.into(), false).await,
        "price" => hub.products().set_price(play.sku(), Fen(1999)).await,
        "stock" => hub.products().set_stock(play.sku(), StockWish::Set(77)).await,
        "add" => hub.products().set_stock(play.sku(), StockWish::Add(-3)).await,
        "ship" => hub.orders().ship(parcel(play, "SF1234567890")).await,
        other => panic!("unknown write {other}"),
    }
}

fn parcel(play: &Play, tracking_number: &str) -> ShipRequest {
    ShipRequest {
        shop_id: play.shop.id,
        platform_order_id: ORDER.into(),
        company_code: "shunfeng".into(),
        tracking_number: tracking_number.into(),
    }
}

/// The platform is as the write wanted it.
fn assert_done(play: &Play, what: &str) {
    let state = play.stage.state();
    match what {
        "online" => assert!(!state.online),
        "price" => assert_eq!(state.price, 1999),
        "stock" => assert_eq!(state.stock, 77),
        "add" => assert_eq!(state.stock, 7),
        _ => assert_eq!(state.parcel, Some(("shunfeng".into(), "SF1234567890".into()))),
    }
}

/// Waits until the change has ended, or needs a person.
async fn ended(hub: &Hub, id: ChangeId) -> Change {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let change = hub.changes().get(id).await.unwrap();
        if change.state.is_final() || change.state == ChangeState::NeedsHuman {
            return change;
        }
        assert!(Instant::now() < until, "{change:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_write_reaches_the_platform_once_and_the_local_rows_show_it_without_a_sync() {
    let play = Play::start().await;
    let mut events = play.hub.events().unwrap();
    for (what, api) in EACH {
        let before = play.stage.executed(api).len();
        let receipt = make(&play, &play.hub, what).await.unwrap();
        assert_eq!(receipt.state, ChangeState::Accepted, "{what}");
        assert_eq!(play.stage.executed(api).len(), before + 1, "{what}");
        let change = play.hub.changes().get(receipt.change_id).await.unwrap();
        assert_eq!((change.evidence, change.attempt), (Some(Evidence::Answer), 1));
        if what != "add" {
            assert_done(&play, what);
        }
    }
    let listed = play.hub.products().list(ProductFilter::default()).await.unwrap().items.remove(0);
    let product = play.hub.products().get(listed.id).await.unwrap();
    assert_eq!(
        (product.price, product.stock, product.record.status),
        (Some(Fen(1999)), Some(74), ProductStatus::OffSale)
    );
    assert_eq!(product.skus[0].record.price, Fen(1999));
    let order = play.hub.orders().list(Default::default()).await.unwrap().items.remove(0);
    assert_eq!(order.record.packages[0].tracking_no, "SF1234567890");
    let seen: Vec<_> = std::iter::repeat_with(|| ()).take(2).collect();
    for _ in seen {
        assert!(matches!(events.next().await, Some(Event::ChangeState(_))));
    }
    let all = play.hub.changes().list(ChangeFilter::default()).await.unwrap().items;
    assert_eq!(all.len(), 5);
    let ships = ChangeFilter { operation: Some(Operation::Ship), ..ChangeFilter::default() };
    assert_eq!(play.hub.changes().list(ships).await.unwrap().items.len(), 1);
    assert_eq!(play.hub.orders().companies(play.shop.id).await.unwrap()[0].code, "shunfeng");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_ends_accepted_and_what_adds_up_or_ships_is_executed_once() {
    for fault in [Fault::LostAnswer, Fault::ForeignAnswer, Fault::ServiceError] {
        for (what, api) in EACH {
            let play = Play::start().await;
            play.stage.fault(api, &[fault]);
            let receipt = make(&play, &play.hub, what).await.unwrap();
            let change = ended(&play.hub, receipt.change_id).await;
            assert_eq!(change.state, ChangeState::Accepted, "{what} {fault:?}: {change:?}");
            assert_done(&play, what);
            assert_eq!(play.stage.executed(api).len(), 1, "{what} {fault:?}");
            play.hub.close().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_arrived_is_sent_again_except_a_shipment() {
    for (what, api) in EACH {
        let play = Play::start().await;
        play.stage.fault(api, &[Fault::LostRequest]);
        let receipt = make(&play, &play.hub, what).await.unwrap();
        if what == "ship" {
            assert_eq!(receipt.state, ChangeState::Unknown);
            assert_eq!((play.stage.calls(api), play.stage.executed(api).len()), (1, 0));
            assert_eq!(
                play.hub.changes().cancel(receipt.change_id).await.unwrap_err().kind(),
                ErrorKind::Conflict
            );
        } else {
            assert_eq!(ended(&play.hub, receipt.change_id).await.state, ChangeState::Accepted);
            assert_done(&play, what);
            assert_eq!(play.stage.executed(api).len(), 1, "{what}");
        }
        play.hub.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_execution_is_found_or_harmless() {
    for (what, api) in EACH {
        let play = Play::start().await;
        play.stage.fault(api, &[Fault::Late(Duration::from_millis(1500))]);
        let receipt = make(&play, &play.hub, what).await.unwrap();
        let change = ended(&play.hub, receipt.change_id).await;
        assert_eq!(change.state, ChangeState::Accepted, "{what}");
        sleep(Duration::from_millis(1700)).await;
        assert_done(&play, what);
        if what == "add" || what == "ship" {
            assert_eq!(play.stage.executed(api).len(), 1, "{what}");
        }
        play.hub.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_value_that_arrives_after_a_newer_one_is_put_right() {
    let play = Play::start().await;
    // The first price stays on its way, and every look at it fails, so that the second takes its place.
    play.stage.fault("sku.editPrice", &[Fault::Late(Duration::from_secs(5))]);
    play.stage.fault("sku.list", &[Fault::Refused; 3]);
    let first = tokio::spawn({
        let (hub, sku) = (play.hub.clone(), play.sku());
        async move { hub.products().set_price(sku, Fen(1)).await.unwrap() }
    });
    while play.stage.calls("sku.editPrice") == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    sleep(Duration::from_millis(50)).await;
    let second = play.hub.products().set_price(play.sku(), Fen(2)).await.unwrap();
    assert_eq!(ended(&play.hub, second.change_id).await.state, ChangeState::Accepted);
    let first = ended(&play.hub, first.await.unwrap().change_id).await;
    assert_eq!(first.state, ChangeState::Superseded, "an older value is never sent again");
    let prices =
        || play.stage.executed("sku.editPrice").iter().map(|p| p["price"].clone()).collect::<Vec<_>>();
    let until = Instant::now() + Duration::from_secs(20);
    while prices() != [json!(2), json!(1), json!(2)] {
        assert!(Instant::now() < until, "{:?}", prices());
        sleep(Duration::from_millis(50)).await;
    }
    let newest = play.hub.changes().list(ChangeFilter::default()).await.unwrap().items.remove(0);
    assert_eq!(newest.actor, "system");
    assert_eq!(ended(&play.hub, newest.id).await.state, ChangeState::Accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_an_error_and_stays_with_the_change() {
    for (what, api) in EACH {
        let play = Play::start().await;
        play.stage.fault(api, &[Fault::Refused]);
        let error = make(&play, &play.hub, what).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
        assert_eq!(error.platform_code(), Some("50002/isv.business-failed:2010326"));
        let change = play.hub.changes().list(ChangeFilter::default()).await.unwrap().items.remove(0);
        assert_eq!((change.state, change.error_code.as_deref()), (ChangeState::Rejected, Some("REJECTED")));
        assert_eq!((change.request_id.as_deref(), play.stage.calls(api)), (Some("l-2"), 1));
        assert!(error.to_string().contains(&format!("change {}", change.id)), "{error}");
        play.hub.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_fast_is_repeated_a_little_and_then_waits_where_it_can_be_taken_back() {
    let play = Play::start().await;
    play.stage.fault("order.logisticsAdd", &[Fault::Limited]);
    assert_eq!(make(&play, &play.hub, "ship").await.unwrap().state, ChangeState::Accepted);
    assert_eq!(play.stage.executed("order.logisticsAdd").len(), 1);
    play.stage.fault("sku.editPrice", &[Fault::Limited; 3]);
    let receipt = make(&play, &play.hub, "price").await.unwrap();
    assert_eq!(receipt.state, ChangeState::RetryWait);
    // The same wish again is the same change.
    assert_eq!(make(&play, &play.hub, "price").await.unwrap().change_id, receipt.change_id);
    let cancelled = play.hub.changes().cancel(receipt.change_id).await.unwrap();
    assert_eq!(cancelled.state, ChangeState::Cancelled);
    play.stage.fault("sku.syncStock", &[Fault::Limited; 3]);
    let waiting = make(&play, &play.hub, "stock").await.unwrap();
    assert_eq!(waiting.state, ChangeState::RetryWait);
    assert_eq!(ended(&play.hub, waiting.change_id).await.state, ChangeState::Accepted);
    assert!(play.stage.executed("sku.editPrice").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_in_the_middle_is_renewed_and_the_write_happens_once() {
    for (what, api) in EACH {
        let play = Play::start().await;
        play.stage.fault(api, &[Fault::TokenExpired]);
        assert_eq!(make(&play, &play.hub, what).await.unwrap().state, ChangeState::Accepted, "{what}");
        assert_eq!((play.stage.calls(api), play.stage.executed(api).len()), (2, 1));
        play.hub.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_parcel_needs_a_person_who_is_named() {
    let play = Play::start().await;
    play.stage.fault("order.logisticsAdd", &[Fault::LostRequest]);
    play.stage.fault("order.orderDetail", &[Fault::Refused; 4]);
    let receipt = make(&play, &play.hub, "ship").await.unwrap();
    assert_eq!(receipt.state, ChangeState::Unknown);
    play.stage.state().parcel = Some(("yuantong".into(), "YT9".into()));
    let change = play.hub.changes().settle(receipt.change_id).await.unwrap();
    assert_eq!(change.state, ChangeState::NeedsHuman);
    let by_system = play.hub.changes().resolve(change.id, Resolution::Drop, None).await.unwrap_err();
    assert_eq!(by_system.kind(), ErrorKind::Forbidden);
    let person = play.hub.acting(Actor::User { id: "u1".into(), roles: vec!["operator".into()] }).unwrap();
    let done = person.changes().resolve(change.id, Resolution::Drop, None).await.unwrap();
    assert_eq!(done.state, ChangeState::Cancelled);
    assert_eq!(play.stage.executed("order.logisticsAdd").len(), 0);
    assert_eq!(
        person.changes().resolve(change.id, Resolution::Accepted, None).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_writes_nothing_and_a_call_by_hand_keeps_off() {
    let play = Play::start().await;
    let viewer = play.hub.acting(Actor::User { id: "u7".into(), roles: vec!["viewer".into()] }).unwrap();
    for (what, api) in EACH {
        assert_eq!(make(&play, &viewer, what).await.unwrap_err().kind(), ErrorKind::Forbidden, "{what}");
        assert_eq!(play.stage.calls(api), 0);
    }
    let params = json!({"product_id": 1, "sku_id": 2, "price": 3}).to_string();
    let request = RawRequest {
        shop_id: play.shop.id,
        api: "sku.editPrice".into(),
        params,
        files: Vec::new(),
        repeatable: false,
    };
    let refused = play.hub.call(request.clone()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
    assert!(refused.to_string().contains("products.setPrice"), "{refused}");
    assert_eq!(play.stage.calls("sku.editPrice"), 0);
    play.hub.call_forced(request).await.unwrap();
    assert_eq!(play.stage.executed("sku.editPrice").len(), 1);
    let lines = play.hub.audit().list(Default::default()).await.unwrap().items;
    let refused = lines.iter().filter(|line| line.outcome == "refused" && line.actor == "u7").count();
    assert_eq!(refused, EACH.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn additions_add_up_one_after_the_other() {
    let play = Play::start().await;
    play.stage.pace(Duration::from_millis(5));
    let adds = (0..8).map(|_| {
        let (hub, sku) = (play.hub.clone(), play.sku());
        tokio::spawn(async move { hub.products().set_stock(sku, StockWish::Add(2)).await.unwrap() })
    });
    for add in adds.collect::<Vec<_>>() {
        assert_eq!(add.await.unwrap().state, ChangeState::Accepted);
    }
    let state = play.stage.state();
    assert_eq!((state.stock, state.most_at_once), (26, 1));
}

const ROLE: &str = "DIANQIAO_WRITES_CHILD";

/// Nothing unless it is started as a child.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_as_another_process() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let role: Value = serde_json::from_str(&role).unwrap();
    let text = |name: &str| role[name].as_str().unwrap().to_owned();
    let hub = open(text("database").as_ref(), &text("host")).await;
    let shop = hub.shops().list(Default::default()).await.unwrap().remove(0);
    let sku = dianqiao::SkuTarget {
        shop_id: shop.id,
        platform_product_id: PRODUCT.into(),
        platform_sku_id: crate::stage::SKU.into(),
    };
    match text("do").as_str() {
        "prices" => race(&hub, &sku, role["from"].as_i64().unwrap()).await,
        "add" => drop(hub.products().set_stock(sku, StockWish::Add(-3)).await),
        "price" => drop(hub.products().set_price(sku, Fen(1999)).await),
        "ship" => {
            let request = ShipRequest {
                shop_id: shop.id,
                platform_order_id: ORDER.into(),
                company_code: "shunfeng".into(),
                tracking_number: "SF1234567890".into(),
            };
            drop(hub.orders().ship(request).await);
        }
        other => panic!("unknown role {other}"),
    }
    hub.close().await.unwrap();
}

/// Twenty-five prices at once.
async fn race(hub: &Hub, sku: &dianqiao::SkuTarget, from: i64) {
    let wishes = (from..from + 25).map(|price| {
        let (hub, sku) = (hub.clone(), sku.clone());
        tokio::spawn(async move { hub.products().set_price(sku, Fen(price)).await.unwrap() })
    });
    for wish in wishes.collect::<Vec<_>>() {
        let receipt = wish.await.unwrap();
        assert!(matches!(receipt.state, ChangeState::Accepted | ChangeState::Superseded), "{receipt:?}");
    }
}

fn child(play: &Play, what: &str, from: i64, failpoint: Option<&str>) -> std::process::Child {
    let role = json!({"do": what, "from": from, "host": play.stage.host, "database": play.database()});
    crate::support::child("writes::acts_as_another_process", (ROLE, &role), failpoint)
}

async fn wait_for(mut child: std::process::Child) -> bool {
    tokio::task::spawn_blocking(move || child.wait().unwrap().success()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_prices_from_two_processes_the_newest_wins_and_none_arrives_out_of_order() {
    let play = Play::start().await;
    play.stage.pace(Duration::from_millis(10));
    let other = child(&play, "prices", 2000, None);
    race(&play.hub, &play.sku(), 1000).await;
    assert!(wait_for(other).await, "the other process got all its answers");
    let mut changes = Vec::new();
    let mut filter = ChangeFilter::default();
    loop {
        let page = play.hub.changes().list(filter.clone()).await.unwrap();
        changes.extend(page.items);
        match page.next_cursor {
            Some(cursor) => filter.page.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(changes.len(), 50);
    changes.reverse();
    let price = |change: &Change| match change.wanted {
        dianqiao::model::Wanted::Price { fen, .. } => fen,
        _ => panic!("only prices"),
    };
    let newest = changes.last().unwrap();
    assert_eq!(newest.state, ChangeState::Accepted);
    assert_eq!(play.stage.state().price, price(newest));
    // What was executed is a part of what was wanted, in the same order, one at a time.
    let order: Vec<_> = changes.iter().map(price).collect();
    let places: Vec<_> = play
        .stage
        .executed("sku.editPrice")
        .iter()
        .map(|done| order.iter().position(|price| *price == done["price"].as_i64().unwrap()).unwrap())
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(play.stage.state().most_at_once, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_step_a_change_still_ends_and_is_executed_once() {
    for point in ["before-intent", "after-intent", "after-send", "after-result"] {
        for (what, api) in
            [("price", "sku.editPrice"), ("add", "sku.syncStock"), ("ship", "order.logisticsAdd")]
        {
            let mut play = Play::start().await;
            play.hub.close().await.unwrap();
            let died = !wait_for(child(&play, what, 0, Some(point))).await;
            assert!(died, "{point} is reached");
            play.hub = open(&play.database(), &play.stage.host).await;
            let change = play.hub.changes().list(ChangeFilter::default()).await.unwrap().items.remove(0);
            if what == "ship" && point == "after-intent" {
                // Never sent, but nobody can know: it is looked for, and never sent by itself.
                assert_eq!(change.state, ChangeState::Unknown);
                let looked = play.hub.changes().settle(change.id).await.unwrap();
                assert_eq!((looked.state, play.stage.executed(api).len()), (ChangeState::Unknown, 0));
            } else {
                let change = ended(&play.hub, change.id).await;
                assert_eq!(change.state, ChangeState::Accepted, "{what} at {point}: {change:?}");
                assert_done(&play, what);
                assert_eq!(play.stage.executed(api).len(), 1, "{what} at {point}");
            }
            play.hub.close().await.unwrap();
        }
    }
}

/// A hub on the sandbox with things to write to, in the platform's own words.
struct Site {
    desk: Desk,
    sku: dianqiao::SkuTarget,
    order: String,
}

impl Site {
    async fn open() -> Self {
        let desk = Desk::open(&["--orders", "400", "--products", "30"]).await;
        let shop = desk.connect().await;
        let id = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let products = desk.sandbox.truth("products").await;
        let on_sale = |product: &&Value| product["status"] == json!(0) && product["check_status"] == json!(3);
        let product = id(&products.iter().find(on_sale).expect("a product on sale")["product_id"]);
        let skus = desk.sandbox.truth("skus").await;
        let plain =
            |sku: &&Value| id(&sku["product_id"]) == product && sku["sku_type"].as_i64().unwrap_or(0) == 0;
        let sku = id(&skus.iter().find(plain).expect("a plain SKU")["id"]);
        let orders = desk.sandbox.truth("orders").await;
        let to_ship = |order: &&Value| order["order_status"] == json!(2);
        let order = id(&orders.iter().find(to_ship).expect("an order to ship")["order_id"]);
        let sku =
            dianqiao::SkuTarget { shop_id: shop.id, platform_product_id: product, platform_sku_id: sku };
        Self { desk, sku, order }
    }

    async fn make(&self, what: &str) -> Receipt {
        let products = self.desk.hub.products();
        let made = match what {
            "online" => {
                products.set_online(self.sku.shop_id, self.sku.platform_product_id.clone(), false).await
            }
            "price" => products.set_price(self.sku.clone(), Fen(1999)).await,
            "stock" => products.set_stock(self.sku.clone(), StockWish::Set(77)).await,
            "add" => products.set_stock(self.sku.clone(), StockWish::Add(4)).await,
            _ => {
                let company = self.desk.hub.orders().companies(self.sku.shop_id).await.unwrap().remove(0);
                let request = ShipRequest {
                    shop_id: self.sku.shop_id,
                    platform_order_id: self.order.clone(),
                    company_code: company.code,
                    tracking_number: "SF1234567890".into(),
                };
                self.desk.hub.orders().ship(request).await
            }
        };
        made.unwrap()
    }

    /// What the sandbox executed that changed something, oldest first: methods.
    async fn executed(&self) -> Vec<String> {
        let log = self.desk.sandbox.get("/writes?platform=doudian").await;
        let items = log["items"].as_array().unwrap().iter();
        items
            .filter(|item| item["changed"] == json!(true))
            .map(|item| item["method"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_write_reaches_the_sandbox_once() {
    let site = Site::open().await;
    // Last, since what is off sale may refuse the others.
    for what in ["price", "stock", "add", "ship", "online"] {
        assert_eq!(site.make(what).await.state, ChangeState::Accepted, "{what}");
    }
    let wanted =
        ["sku.editPrice", "sku.syncStock", "sku.syncStock", "order.logisticsAdd", "product.setOffline"];
    assert_eq!(site.executed().await, wanted);
    let fetched =
        site.desk.hub.products().fetch(site.sku.shop_id, site.sku.platform_product_id.clone()).await.unwrap();
    let sku = fetched.skus.iter().find(|sku| sku.platform_sku_id == site.sku.platform_sku_id).unwrap();
    assert_eq!((sku.price, sku.stock, fetched.record.status), (Fen(1999), 81, ProductStatus::OffSale));
    let order = site.desk.hub.orders().list(Default::default()).await.unwrap().items.remove(0);
    assert_eq!(order.record.platform_order_id, site.order, "read back, although nothing was synced");
    assert!(order.record.packages.iter().any(|parcel| parcel.tracking_no == "SF1234567890"));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_the_sandbox_loses_and_late_writes_end_accepted() {
    let writes = [
        ("price", "sku.editPrice"),
        ("stock", "sku.syncStock"),
        ("add", "sku.syncStock"),
        ("ship", "order.logisticsAdd"),
        ("online", "product.setOffline"),
    ];
    for name in ["lost_reset", "lost_close", "lost_cut", "lost_500", "lost_code", "late_write"] {
        let site = Site::open().await;
        for (what, api) in writes {
            let before = site.executed().await.len();
            site.desk.sandbox.fault(fault(name, api, 1)).await;
            let receipt = site.make(what).await;
            let change = ended(&site.desk.hub, receipt.change_id).await;
            assert_eq!(change.state, ChangeState::Accepted, "{what} {name}: {change:?}");
            if name == "late_write" {
                // The first copy arrives after a second by itself, and must not change anything more.
                sleep(Duration::from_millis(1200)).await;
            }
            // A value that nobody saw arrive is set again; what adds up or ships never is.
            let most = if name == "late_write" && !matches!(what, "add" | "ship") { 2 } else { 1 };
            let executed = site.executed().await.len() - before;
            assert!((1..=most).contains(&executed), "{what} {name}: {executed}");
            site.desk.sandbox.clear_faults().await;
        }
        site.desk.hub.close().await.unwrap();
    }
}
