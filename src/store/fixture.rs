//! A database in memory with a shop in it, for the tests of the queries.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Params};

use super::app::{SaveApp, save_app};
use super::grant::NewGrant;
use super::migrate::STEPS;
use super::page::{OrderRow, PageWrite, ProductRow, RefundRow};
use super::quarantine::BadRow;
use super::run::{NewRun, StartRun, start_run};
use super::send::{Claim, MoveSend, SendRow, claim_send, get as get_send};
use super::shop::{ConnectShop, connect_shop};
use super::window::{NewWindow, Plan, plan_windows};
use crate::error::Result;
use crate::model::{
    AppDraft, AppId, AppKind, BuyerField, ChangeId, ChangeState, Endpoints, Evidence, Fen, OrderItem,
    OrderRecord, OrderStatus, Package, PlatformId, ProductRecord, ProductStatus, Receiver, RefundKind,
    RefundRecord, RefundStatus, RunId, RunKind, RunMode, ShopId, ShopKind, UtcMillis,
};

/// A moment that all fixtures share.
pub(super) const NOW: UtcMillis = UtcMillis(1_760_000_000_000);
/// The process that owns the fixtures' runs.
pub(super) const PROCESS: i64 = 1;

/// `NOW` and so many milliseconds.
pub(super) fn at(millis: i64) -> UtcMillis {
    UtcMillis(NOW.0 + millis)
}

/// Applies the schema as the engine does.
pub(super) fn migrate(conn: &Connection) {
    conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF").unwrap();
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false).unwrap();
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false).unwrap();
    STEPS.iter().for_each(|(_, sql)| conn.execute_batch(sql).unwrap());
    conn.set_prepared_statement_cache_capacity(128);
    let sql = "INSERT INTO processes (id, lock_name, pid, host, started_at, seen_at) VALUES (?1, 'p', 1, 'h', 0, 0)";
    conn.execute(sql, [PROCESS]).unwrap();
}

pub(super) fn database() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    migrate(&conn);
    conn
}

/// What the engine does around every write.
pub(super) fn atomically<T>(conn: &Connection, f: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    conn.execute_batch("SAVEPOINT one").unwrap();
    let result = f(conn);
    conn.execute_batch(if result.is_ok() { "RELEASE one" } else { "ROLLBACK TO one; RELEASE one" }).unwrap();
    result
}

/// The single number of a query.
pub(super) fn number(conn: &Connection, sql: &str, params: impl Params) -> i64 {
    conn.query_row(sql, params, |row| row.get(0)).unwrap()
}

pub(super) fn draft(app_key: &str) -> AppDraft {
    AppDraft {
        id: None,
        platform: PlatformId::Doudian,
        name: "自营".to_owned(),
        app_key: app_key.to_owned(),
        app_secret: None,
        kind: AppKind::SelfUse,
        service_id: None,
        redirect_uri: None,
        endpoints: Endpoints::default(),
        proxy: None,
        calls_per_second: None,
        enabled: true,
    }
}

pub(super) fn save(draft: AppDraft) -> SaveApp {
    SaveApp {
        draft,
        sealed_secret: Some(b"sealed".to_vec()),
        sealed_proxy: None,
        shown_proxy: None,
        now: NOW,
    }
}

pub(super) fn app(conn: &Connection, app_key: &str) -> AppId {
    save_app(conn, &save(draft(app_key))).unwrap().id
}

pub(super) fn new_grant(name: &str) -> NewGrant {
    NewGrant {
        sealed_access: format!("{name}-access").into_bytes(),
        sealed_refresh: Some(format!("{name}-refresh").into_bytes()),
        obtained_at: NOW,
        expires_at: at(1000),
        refresh_expires_at: Some(at(9000)),
        scope: Some("all".to_owned()),
        tiers: None,
    }
}

pub(super) fn connect(app_id: AppId, platform_shop_id: &str, expected_generation: i64) -> ConnectShop {
    ConnectShop {
        app_id,
        platform_shop_id: platform_shop_id.to_owned(),
        name: format!("店 {platform_shop_id}"),
        shop_type: Some("3".to_owned()),
        kind: ShopKind::Store,
        renewable: true,
        most_renewals: None,
        expected_generation,
        grant: new_grant(&format!("g{}", expected_generation + 1)),
        now: NOW,
    }
}

/// A change that this process has claimed.
pub(super) fn claimed(conn: &Connection, change: ChangeId, now: UtcMillis) -> SendRow {
    let claim = Claim { process: PROCESS, lease_until: at(100), now };
    claim_send(conn, &get_send(conn, change).unwrap(), claim).unwrap().unwrap()
}

/// The end of an attempt, five milliseconds after `NOW`, that met and became nothing.
pub(super) fn ended(to: ChangeState) -> MoveSend {
    MoveSend {
        to,
        evidence: (to == ChangeState::Accepted).then_some(Evidence::Answer),
        unsure: to == ChangeState::Unknown,
        looked: false,
        due_at: None,
        expires_at: None,
        error: None,
        became: None,
        now: at(5),
    }
}

/// A shop of a new app.
pub(super) fn shop(conn: &Connection) -> ShopId {
    let app = app(conn, "key");
    connect_shop(conn, &connect(app, "s1", 0)).unwrap().unwrap().id
}

/// A run under way.
pub(super) fn run(conn: &Connection, shop: ShopId, kind: RunKind) -> RunId {
    let mode = RunMode::Incremental;
    let actor = "system".to_owned();
    let start = NewRun { shop, kind, mode, backfill: None, actor, owner_process: PROCESS, now: NOW };
    match start_run(conn, &start).unwrap() {
        StartRun::Started(run) => run.id,
        StartRun::Busy(id) => panic!("run {id} is under way"),
    }
}

pub(super) fn new_window(from: i64, to: i64) -> NewWindow {
    NewWindow { section: 0, full: false, from: at(from), to: at(to), settled: at(to) }
}

/// An open window of the run.
pub(super) fn window(conn: &Connection, shop: ShopId, run: RunId, kind: RunKind) -> i64 {
    let plan = Plan { shop, kind, run, windows: vec![new_window(0, 100)], now: NOW };
    plan_windows(conn, &plan).unwrap()[0].id
}

/// A page without rows.
pub(super) fn page<R>(shop: ShopId, run: RunId, window: i64) -> PageWrite<R> {
    PageWrite {
        shop,
        run,
        window,
        place: Some("next".to_owned()),
        done: false,
        rows: Vec::new(),
        confirmed: 0,
        bad: Vec::new(),
        calls: 1,
        list_total: None,
        now: NOW,
    }
}

pub(super) fn bad(platform_id: Option<&str>, digest: u8) -> BadRow {
    BadRow {
        platform_id: platform_id.map(str::to_owned),
        sealed_raw: vec![digest; 4],
        digest: [digest; 16],
        reason: "price: not a number".to_owned(),
    }
}

/// A hash that differs with `version`.
pub(super) fn hash(version: u8) -> [u8; 16] {
    [version; 16]
}

pub(super) fn product(id: &str, updated: Option<i64>, version: u8) -> ProductRow {
    let record = ProductRecord {
        platform_product_id: id.to_owned(),
        name: format!("毛衣 {id} v{version}"),
        status: ProductStatus::OnSale,
        platform_status: "0/1".to_owned(),
        outer_id: Some("out".to_owned()),
        category_id: Some("20005".to_owned()),
        description: None,
        images: vec!["https://p.example/1.jpg".to_owned(), "https://p.example/2.jpg".to_owned()],
        platform_created_at: Some(at(-5)),
        platform_updated_at: updated.map(at),
        extra: Some(r#"{"a":1}"#.to_owned()),
    };
    ProductRow { record, hash: hash(version), is_thin: false }
}

pub(super) fn refund(id: &str, updated: i64, version: u8) -> RefundRow {
    let record = RefundRecord {
        platform_refund_id: id.to_owned(),
        platform_order_id: format!("o-{id}"),
        platform_item_id: Some(format!("o-{id}-1")),
        kind: RefundKind::ReturnRefund,
        platform_kind: "REFUND_AND_RETURN".to_owned(),
        status: RefundStatus::Requested,
        platform_status: "WAIT_SELLER_AGREE".to_owned(),
        refund_amount: Some(Fen(1990)),
        quantity: Some(1),
        platform_product_id: Some("p1".to_owned()),
        platform_sku_id: None,
        reason: Some("不喜欢".to_owned()),
        buyer_words: Some(format!("大了 v{version}")),
        return_tracking_no: None,
        return_company: None,
        platform_created_at: at(-50),
        platform_updated_at: at(updated),
        deadline_at: Some(at(900)),
        extra: None,
    };
    RefundRow { record, hash: hash(version) }
}

pub(super) fn item(id: &str) -> OrderItem {
    OrderItem {
        platform_item_id: id.to_owned(),
        platform_product_id: Some("p1".to_owned()),
        platform_sku_id: Some("k1".to_owned()),
        outer_sku_id: None,
        code: Some("C".to_owned()),
        name: Some("毛衣".to_owned()),
        quantity: 2,
        origin_price: Some(Fen(1999)),
        sum_amount: Some(Fen(3998)),
        pay_amount: Some(Fen(3000)),
        status: OrderStatus::ToShip,
        platform_status: "2".to_owned(),
        after_sale_status: None,
        refund_status: Some("0".to_owned()),
    }
}

pub(super) fn order(id: &str, updated: i64, version: u8) -> OrderRow {
    let field =
        |word: &str| BuyerField { masked: Some(format!("{word}*")), cipher: Some(format!("##{word}##")) };
    let record = OrderRecord {
        platform_order_id: id.to_owned(),
        status: OrderStatus::ToShip,
        platform_status: "2".to_owned(),
        order_type: Some("0".to_owned()),
        order_amount: Some(Fen(4998)),
        pay_amount: Some(Fen(4000)),
        post_amount: Some(Fen(1000)),
        promotion_amount: Some(Fen(998)),
        pay_type: Some("7".to_owned()),
        buyer_words: Some(format!("尽快 v{version}")),
        seller_words: None,
        seller_stars: Some(3),
        buyer_open_id: Some("open".to_owned()),
        receiver: Receiver {
            name: field("张"),
            phone: field("138"),
            detail: field("路"),
            province: Some("上海市".to_owned()),
            city: Some("上海市".to_owned()),
            town: Some("徐汇区".to_owned()),
            street: None,
        },
        packages: vec![Package {
            tracking_no: "SF1".to_owned(),
            company: Some("shunfeng".to_owned()),
            delivery_id: None,
            shipped_at: Some(at(1)),
        }],
        items: vec![item(&format!("{id}-1")), item(&format!("{id}-2"))],
        platform_created_at: at(-100),
        platform_updated_at: at(updated),
        paid_at: Some(at(-90)),
        shipped_at: None,
        finished_at: None,
        ship_by: Some(at(500)),
        pay_by: None,
    };
    OrderRow { record, hash: hash(version), sealed_receiver: Some(b"sealed receiver".to_vec()) }
}
