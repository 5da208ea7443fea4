use super::*;
use crate::model::{OrderFilter, OrderId, ProductFilter, ProductId};
use crate::store::fixture::{
    NOW, at, atomically, bad, database, hash, item, number, order, page, product, run, shop, window,
};
use crate::store::order::{get_order, list_orders};
use crate::store::product::{get_product, list_products};
use crate::store::run::{finish_run, get_run, request_cancel};
use crate::store::window::open_windows;

struct Setup {
    conn: Connection,
    shop: ShopId,
    run: RunId,
    window: i64,
}

fn setup(kind: RunKind) -> Setup {
    let conn = database();
    let shop = shop(&conn);
    let run = run(&conn, shop, kind);
    let window = window(&conn, shop, run, kind);
    Setup { conn, shop, run, window }
}

impl Setup {
    fn page<R>(&self, rows: Vec<R>) -> PageWrite<R> {
        PageWrite { rows, ..page(self.shop, self.run, self.window) }
    }

    fn store<R: PageRow>(&self, rows: Vec<R>) -> (i64, i64, i64) {
        let result = store_page(&self.conn, &self.page(rows)).unwrap();
        (result.written, result.unchanged, result.stale)
    }

    fn order(&self) -> crate::model::Order {
        list_orders(&self.conn, &OrderFilter::default()).unwrap().items.remove(0)
    }

    fn product(&self) -> crate::model::Product {
        list_products(&self.conn, &ProductFilter::default()).unwrap().items.remove(0)
    }
}

#[test]
fn an_order_comes_back_as_it_was_stored() {
    let setup = setup(RunKind::Orders);
    let mut row = order("o1", 10, 1);
    row.record.buyer_words = Some("🧶 a\0b \u{202e}x".to_owned());
    assert_eq!(setup.store(vec![order("o1", 10, 1)]), (1, 0, 0));
    assert_eq!(setup.store(vec![OrderRow { hash: hash(2), ..row }]), (1, 0, 0));
    let stored = get_order(&setup.conn, setup.order().id).unwrap();
    let mut expected = order("o1", 10, 1).record;
    expected.buyer_words = Some("🧶 a\0b \u{202e}x".to_owned());
    assert_eq!((stored.record, stored.shop_id, stored.synced_at), (expected, setup.shop, NOW));
    let sealed: Vec<u8> =
        setup.conn.query_row("SELECT receiver_sealed FROM orders", [], |row| row.get(0)).unwrap();
    assert_eq!(sealed, b"sealed receiver");
    assert_eq!(get_order(&setup.conn, OrderId(77)).unwrap_err().code(), "NOT_FOUND");
}

#[test]
fn a_product_comes_back_as_it_was_stored() {
    let setup = setup(RunKind::Products);
    assert_eq!(setup.store(vec![product("p1", Some(3), 1)]), (1, 0, 0));
    let stored = get_product(&setup.conn, setup.product().id).unwrap();
    assert_eq!(stored.record, product("p1", Some(3), 1).record);
    assert_eq!((stored.price, stored.stock, stored.skus_synced_at), (None, None, None));
    assert_eq!(get_product(&setup.conn, ProductId(77)).unwrap_err().code(), "NOT_FOUND");
}

#[test]
fn an_older_order_is_stale_an_equal_one_unchanged_and_the_rest_is_written() {
    let setup = setup(RunKind::Orders);
    setup.store(vec![order("o1", 10, 1)]);
    let id = setup.order().id;
    assert_eq!(setup.store(vec![order("o1", 9, 2)]), (0, 0, 1), "older, other content");
    assert_eq!(setup.store(vec![order("o1", 9, 1)]), (0, 0, 1), "older, same content");
    assert_eq!(setup.store(vec![order("o1", 10, 1)]), (0, 1, 0), "same time and content");
    assert_eq!(setup.order().record, order("o1", 10, 1).record);
    assert_eq!(setup.store(vec![order("o1", 10, 2)]), (1, 0, 0), "same time, other content");
    assert_eq!(setup.order().record, order("o1", 10, 2).record);
    assert_eq!(setup.store(vec![order("o1", 11, 2)]), (1, 0, 0), "newer, same content");
    assert_eq!((setup.order().record, setup.order().id), (order("o1", 11, 2).record, id));
}

#[test]
fn without_a_time_of_change_the_content_decides() {
    let setup = setup(RunKind::Products);
    assert_eq!(setup.store(vec![product("p1", None, 1)]), (1, 0, 0));
    assert_eq!(setup.store(vec![product("p1", None, 1)]), (0, 1, 0));
    assert_eq!(setup.store(vec![product("p1", None, 2)]), (1, 0, 0));
    assert_eq!(setup.store(vec![product("p1", Some(5), 2)]), (0, 1, 0));
    assert_eq!(setup.store(vec![product("p1", Some(5), 3)]), (1, 0, 0));
    assert_eq!(setup.store(vec![product("p1", Some(4), 4)]), (0, 0, 1));
    assert_eq!(setup.store(vec![product("p1", Some(6), 3)]), (1, 0, 0));
    assert_eq!(setup.product().record, product("p1", Some(6), 3).record);
}

#[test]
fn the_newest_of_one_record_in_a_page_wins_in_every_order() {
    for versions in [[(1, 1), (2, 2), (1, 1)], [(2, 2), (1, 1), (2, 2)]] {
        let setup = setup(RunKind::Orders);
        setup.store(versions.map(|(time, version)| order("o1", time, version)).into());
        assert_eq!(setup.order().record, order("o1", 2, 2).record);
        assert_eq!(number(&setup.conn, "SELECT count(*) FROM order_items", []), 2);
    }
}

#[test]
fn an_unchanged_order_is_not_written_at_all_and_a_changed_one_has_its_items_replaced() {
    let setup = setup(RunKind::Orders);
    setup.store(vec![order("o1", 10, 1)]);
    let forbid = |table: &str| {
        let sql = format!(
            "CREATE TEMP TRIGGER no_update_{table} BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, 'written'); END;
            CREATE TEMP TRIGGER no_delete_{table} BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, 'deleted'); END;"
        );
        setup.conn.execute_batch(&sql).unwrap();
    };
    forbid("orders");
    forbid("order_items");
    assert_eq!(setup.store(vec![order("o1", 10, 1)]), (0, 1, 0));
    setup.conn.execute_batch("DROP TRIGGER no_update_orders; DROP TRIGGER no_delete_order_items").unwrap();

    let mut changed = order("o1", 11, 2);
    changed.record.items = vec![item("only"), item("only")];
    setup.store(vec![changed]);
    let items: Vec<_> = setup.order().record.items.into_iter().map(|item| item.platform_item_id).collect();
    assert_eq!(items, ["only", "only"]);
}

#[test]
fn one_id_in_two_shops_is_two_orders() {
    let setup = setup(RunKind::Orders);
    let app = crate::store::fixture::app(&setup.conn, "other");
    let connect = crate::store::fixture::connect(app, "s2", 0);
    let other = crate::store::shop::connect_shop(&setup.conn, &connect).unwrap().unwrap().id;
    let run = run(&setup.conn, other, RunKind::Orders);
    let window = window(&setup.conn, other, run, RunKind::Orders);
    setup.store(vec![order("o1", 10, 1)]);
    let page = PageWrite { rows: vec![order("o1", 5, 2)], ..page(other, run, window) };
    assert_eq!(store_page(&setup.conn, &page).unwrap().written, 1);
    assert_eq!(number(&setup.conn, "SELECT count(*) FROM orders", []), 2);
}

#[test]
fn rows_bad_records_place_and_numbers_go_together() {
    let setup = setup(RunKind::Orders);
    let mut page = setup.page(vec![order("o1", 10, 1), order("o2", 10, 1)]);
    page.bad = vec![bad(Some("o3"), 3)];
    page.calls = 2;
    page.list_total = Some(40);
    let result = store_page(&setup.conn, &page).unwrap();
    let expected = Progress {
        listed: 3,
        list_total: Some(40),
        written: 2,
        quarantined: 1,
        calls: 2,
        ..Progress::default()
    };
    assert_eq!(result.progress, expected);
    assert_eq!(get_run(&setup.conn, setup.run).unwrap().progress, expected);
    let window = open_windows(&setup.conn, setup.shop, RunKind::Orders).unwrap().remove(0);
    assert_eq!((window.place.as_deref(), window.listed), (Some("next"), 3));

    page.rows.push(order("o1", 9, 5));
    page.bad.clear();
    page.done = true;
    page.list_total = None;
    let result = store_page(&setup.conn, &page).unwrap();
    assert_eq!((result.written, result.unchanged, result.stale), (0, 2, 1));
    assert_eq!(
        (result.progress.listed, result.progress.unchanged, result.progress.list_total),
        (6, 3, Some(40))
    );
    assert!(open_windows(&setup.conn, setup.shop, RunKind::Orders).unwrap().is_empty());
}

#[test]
fn an_error_anywhere_in_a_page_leaves_nothing_of_it() {
    let everything = |conn: &Connection| {
        let mut dump = Vec::new();
        for table in ["orders", "order_items", "quarantine", "sync_windows", "runs"] {
            let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                dump.extend((0..columns).map(|at| format!("{table} {:?}", row.get_ref(at).unwrap())));
            }
        }
        dump
    };
    let places = [
        "INSERT ON orders WHEN NEW.platform_order_id = 'o3'",
        "INSERT ON order_items WHEN NEW.platform_item_id = 'o3-2'",
        "UPDATE ON orders WHEN NEW.platform_order_id = 'o1'",
        "DELETE ON quarantine",
        "INSERT ON quarantine",
        "UPDATE ON sync_windows",
        "UPDATE ON runs",
    ];
    for place in places {
        let setup = setup(RunKind::Orders);
        let mut first = setup.page(vec![order("o1", 10, 1)]);
        first.bad = vec![bad(Some("o2"), 2)];
        store_page(&setup.conn, &first).unwrap();
        let before = everything(&setup.conn);
        let trigger =
            format!("CREATE TEMP TRIGGER boom BEFORE {place} BEGIN SELECT RAISE(ABORT, 'boom'); END");
        setup.conn.execute_batch(&trigger).unwrap();
        let mut page = setup.page(vec![order("o1", 11, 2), order("o2", 10, 1), order("o3", 10, 1)]);
        page.bad = vec![bad(None, 9)];
        page.place = Some("far".to_owned());
        page.done = true;
        assert!(atomically(&setup.conn, |conn| store_page(conn, &page)).is_err(), "{place}");
        assert_eq!(everything(&setup.conn), before, "{place}");
        setup.conn.execute_batch("DROP TRIGGER boom").unwrap();
        assert_eq!(atomically(&setup.conn, |conn| store_page(conn, &page)).unwrap().written, 3, "{place}");
    }
}

#[test]
fn a_run_that_has_ended_stores_nothing() {
    let setup = setup(RunKind::Orders);
    finish_run(&setup.conn, setup.run, crate::model::RunState::Interrupted, None, NOW).unwrap();
    let page = setup.page(vec![order("o1", 10, 1)]);
    assert_eq!(store_page(&setup.conn, &page).unwrap_err().code(), "CONFLICT");
    let unknown = PageWrite { run: RunId(99), ..page };
    assert_eq!(store_page(&setup.conn, &unknown).unwrap_err().code(), "NOT_FOUND");
    assert_eq!(number(&setup.conn, "SELECT count(*) FROM orders", []), 0);
}

#[test]
fn a_page_goes_into_an_open_window_of_its_own_shop_and_kind() {
    let setup = setup(RunKind::Orders);
    let page = setup.page(vec![product("p1", Some(1), 1)]);
    assert_eq!(store_page(&setup.conn, &page).unwrap_err().code(), "INTERNAL", "a run of orders");
    let mut page = setup.page::<OrderRow>(Vec::new());
    page.done = true;
    store_page(&setup.conn, &page).unwrap();
    assert_eq!(store_page(&setup.conn, &page).unwrap_err().code(), "CONFLICT", "read already");
    page.window += 1;
    assert_eq!(store_page(&setup.conn, &page).unwrap_err().code(), "CONFLICT", "no such window");
}

#[test]
fn a_cancel_is_seen_with_the_next_page() {
    let setup = setup(RunKind::Orders);
    let page = setup.page::<OrderRow>(Vec::new());
    assert!(!store_page(&setup.conn, &page).unwrap().cancel_requested);
    request_cancel(&setup.conn, setup.run, at(1)).unwrap();
    assert!(store_page(&setup.conn, &page).unwrap().cancel_requested);
}

#[test]
fn a_bad_record_is_kept_once_until_a_good_one_of_the_same_id_arrives() {
    let setup = setup(RunKind::Orders);
    let kept = |sql: &str| number(&setup.conn, &format!("SELECT {sql} FROM quarantine"), []);
    let mut page = setup.page(vec![order("o9", 10, 1)]);
    page.bad = vec![bad(Some("o1"), 1), bad(Some("o1"), 2), bad(Some("o2"), 3), bad(None, 4)];
    store_page(&setup.conn, &page).unwrap();
    page.now = at(5);
    let again = store_page(&setup.conn, &page).unwrap();
    assert_eq!((kept("count(*)"), kept("min(seen)"), kept("max(seen)")), (4, 2, 2));
    assert_eq!((kept("max(first_seen_at)"), kept("min(seen_at)")), (NOW.0, at(5).0));
    assert_eq!(again.progress.quarantined, 8, "a run counts what it met");

    setup.store(vec![order("o1", 10, 1)]);
    assert_eq!(kept("count(*)"), 2, "both of o1 are gone");
    setup.store(vec![order("o2", 10, 1)]);
    assert_eq!(kept("count(*)"), 1, "one without an id stays until it is old");
}

#[test]
fn a_stale_row_does_not_release_the_newer_one_that_could_not_be_read() {
    let setup = setup(RunKind::Orders);
    let mut page = setup.page(vec![order("o1", 10, 1)]);
    page.bad = vec![bad(Some("o1"), 2)];
    store_page(&setup.conn, &page).unwrap();
    setup.store(vec![order("o1", 9, 1)]);
    assert_eq!(number(&setup.conn, "SELECT count(*) FROM quarantine", []), 1);
    setup.store(vec![order("o1", 10, 1)]);
    assert_eq!(number(&setup.conn, "SELECT count(*) FROM quarantine", []), 0);
}

#[test]
fn a_bad_product_is_not_released_by_a_good_order_of_the_same_id() {
    let setup = setup(RunKind::Products);
    let mut page = setup.page::<ProductRow>(Vec::new());
    page.bad = vec![bad(Some("x1"), 2)];
    store_page(&setup.conn, &page).unwrap();
    let run = run(&setup.conn, setup.shop, RunKind::Orders);
    let window = window(&setup.conn, setup.shop, run, RunKind::Orders);
    let orders =
        PageWrite { rows: vec![order("x1", 1, 1)], ..crate::store::fixture::page(setup.shop, run, window) };
    store_page(&setup.conn, &orders).unwrap();
    assert_eq!(number(&setup.conn, "SELECT count(*) FROM quarantine", []), 1);
}

#[test]
fn a_status_word_of_a_newer_version_is_unknown_and_the_platforms_value_stays() {
    let setup = setup(RunKind::Orders);
    setup.store(vec![order("o1", 10, 1)]);
    setup.conn.execute("UPDATE orders SET status = 'teleported'", []).unwrap();
    let record = setup.order().record;
    assert_eq!((record.status.as_str(), record.platform_status.as_str()), ("unknown", "2"));
}

#[test]
fn an_unreadable_column_is_an_error_that_does_not_quote_it() {
    let setup = setup(RunKind::Orders);
    setup.store(vec![order("o1", 10, 1)]);
    setup.conn.execute("UPDATE orders SET packages = '[{\"tracking_no\":\"138-secret\"'", []).unwrap();
    let error = list_orders(&setup.conn, &OrderFilter::default()).unwrap_err();
    assert_eq!(error.code(), "STORAGE");
    assert!(!format!("{error} {error:?}").contains("secret"));
}

/// Run by hand: `cargo test --release --features test-util --lib store::page -- --ignored --nocapture`.
#[test]
#[ignore = "measures, does not check"]
fn speed_of_50_000_orders_in_pages_of_100() {
    let dir = tempfile::tempdir().unwrap();
    let file = Connection::open(dir.path().join("speed.db")).unwrap();
    file.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").unwrap();
    for (name, conn) in [("memory", Connection::open_in_memory().unwrap()), ("file, FULL", file)] {
        crate::store::fixture::migrate(&conn);
        let shop = shop(&conn);
        let run = run(&conn, shop, RunKind::Orders);
        let window = window(&conn, shop, run, RunKind::Orders);
        for (what, time, version) in [("new", 0, 1), ("unchanged", 0, 1), ("changed", 1_000_000, 2)] {
            let pages: Vec<PageWrite<OrderRow>> = (0..500)
                .map(|number| {
                    let rows = (0..100).map(|row| number * 100 + row);
                    let rows = rows.map(|n| order(&format!("69{n:016}"), time + n, version)).collect();
                    PageWrite { rows, ..page(shop, run, window) }
                })
                .collect();
            let start = tokio::time::Instant::now();
            for page in &pages {
                atomically(&conn, |conn| store_page(conn, page)).unwrap();
            }
            let took = start.elapsed();
            println!("{name}: {what}: {:.0} orders/s ({took:?})", 50_000.0 / took.as_secs_f64());
        }
    }
}

/// `DIANQIAO_ROUNDS=20 valgrind --tool=callgrind TEST_BINARY --ignored --exact ...`, as in sync/tests/measure.rs.
#[test]
#[ignore = "a measurement"]
fn pages_of_new_and_of_unchanged_rows() {
    let rounds = crate::tests::number("DIANQIAO_ROUNDS", 50);
    let pictures: Vec<String> = (0..5).map(|n| format!("https://p3.example/{n:064}.jpg")).collect();
    let (orders, products) = (setup(RunKind::Orders), setup(RunKind::Products));
    for (what, new) in [("new", 100), ("unchanged", 0)] {
        let (mut of_orders, mut of_products) = (f64::MAX, f64::MAX);
        for round in 0..rounds {
            let ids = (0..100).map(|n| format!("{:019}", 7_000_000 + round * 100 + n));
            let page = orders.page(ids.clone().map(|id| order(&id, 10, 1)).collect());
            let started = tokio::time::Instant::now();
            assert_eq!(atomically(&orders.conn, |conn| store_page(conn, &page)).unwrap().written, new);
            of_orders = of_orders.min(started.elapsed().as_secs_f64());
            let mut page = products.page(ids.map(|id| product(&id, Some(10), 1)).collect());
            for row in &mut page.rows {
                row.record.images.clone_from(&pictures);
                row.record.description = Some(pictures.join("|"));
                row.record.extra = Some("x".repeat(400));
            }
            let started = tokio::time::Instant::now();
            assert_eq!(atomically(&products.conn, |conn| store_page(conn, &page)).unwrap().written, new);
            of_products = of_products.min(started.elapsed().as_secs_f64());
        }
        println!("{what}: {:.1} µs an order, {:.1} µs a product", of_orders * 1e4, of_products * 1e4);
    }
}
