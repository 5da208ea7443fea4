use super::*;
use crate::model::{Product, RunState};
use crate::store::fixture::{NOW, at, bad, database, hash, number, page, product, run, shop, window};
use crate::store::page::{PageWrite, ProductRow, store_page};
use crate::store::product::get_product;
use crate::store::run::finish_run;

struct Setup {
    conn: Connection,
    shop: ShopId,
    run: RunId,
    window: i64,
}

fn setup(rows: Vec<ProductRow>) -> Setup {
    let conn = database();
    let shop = shop(&conn);
    let run = run(&conn, shop, RunKind::Products);
    let window = window(&conn, shop, run, RunKind::Products);
    let setup = Setup { conn, shop, run, window };
    setup.list(rows);
    setup
}

impl Setup {
    fn list(&self, rows: Vec<ProductRow>) {
        store_page(&self.conn, &PageWrite { rows, ..page(self.shop, self.run, self.window) }).unwrap();
    }

    fn due(&self) -> Vec<SkuTask> {
        let due = pending_skus(&self.conn, self.shop, None, 100).unwrap();
        assert_eq!(count(due.len()).unwrap(), count_pending(&self.conn, self.shop).unwrap());
        due
    }

    fn store(&self, writes: &[SkuWrite]) -> PageResult {
        let met = Met { shop: self.shop, run: self.run, kind: BadKind::Sku, parent: None, now: at(1) };
        store_skus(&self.conn, &met, writes, 1).unwrap()
    }

    fn product(&self, task: &SkuTask) -> Product {
        get_product(&self.conn, task.product).unwrap()
    }
}

fn sku(id: &str, price: i64, stock: i64, version: u8) -> SkuRow {
    let record = SkuRecord {
        platform_sku_id: id.to_owned(),
        outer_id: None,
        code: Some("C".to_owned()),
        price: Fen(price),
        stock,
        specs: vec!["黑".to_owned(), "M".to_owned()],
        extra: None,
    };
    SkuRow { record, hash: hash(version) }
}

fn answer(task: &SkuTask, skus: Vec<SkuRow>) -> SkuWrite {
    SkuWrite {
        product: task.product,
        version: task.version,
        detail: None,
        skus,
        bad: Vec::new(),
        missing: false,
    }
}

#[test]
fn skus_of_new_and_moved_products_are_due_until_they_are_stored() {
    let setup = setup(vec![product("p1", Some(1), 1), product("p2", Some(1), 1)]);
    let due = setup.due();
    assert_eq!(due.iter().map(|task| task.platform_product_id.as_str()).collect::<Vec<_>>(), ["p1", "p2"]);
    setup.store(&[answer(&due[0], vec![sku("k1", 100, 1, 1)])]);
    assert_eq!(setup.due(), &due[1..]);
    setup.list(vec![product("p1", Some(1), 1)]);
    assert_eq!(setup.due(), &due[1..], "an unchanged product is not read again");
    setup.list(vec![product("p1", Some(2), 1)]);
    assert_eq!(setup.due(), due, "a moved time alone may be a moved SKU");
    setup.store(&[answer(&due[0], Vec::new())]);
    setup.list(vec![product("p1", Some(2), 3)]);
    assert_eq!(setup.due()[0].version, hash(3));
}

#[test]
fn a_product_that_moves_while_its_skus_are_read_stays_due() {
    let setup = setup(vec![product("p1", Some(1), 1)]);
    let before = setup.due().remove(0);
    setup.list(vec![product("p1", Some(2), 2)]);
    setup.store(&[answer(&before, vec![sku("k1", 100, 1, 1)])]);
    assert_eq!(setup.due().len(), 1);
}

#[test]
fn due_products_are_walked_by_id_and_deleted_ones_are_left_out() {
    let mut deleted = product("p2", Some(1), 1);
    deleted.record.status = crate::model::ProductStatus::Deleted;
    let setup =
        setup(vec![product("p1", Some(1), 1), deleted, product("p3", Some(1), 1), product("p4", Some(1), 1)]);
    let first = pending_skus(&setup.conn, setup.shop, None, 2).unwrap();
    let rest = pending_skus(&setup.conn, setup.shop, Some(first[1].product), 2).unwrap();
    let ids: Vec<_> = first.iter().chain(&rest).map(|task| task.platform_product_id.as_str()).collect();
    assert_eq!(ids, ["p1", "p3", "p4"]);
    assert!(pending_skus(&setup.conn, ShopId(99), None, 2).unwrap().is_empty());
}

#[test]
fn expiring_makes_everything_due_again() {
    let setup = setup(vec![product("p1", Some(1), 1), product("p2", Some(1), 1)]);
    let due = setup.due();
    setup.store(&[answer(&due[0], Vec::new()), answer(&due[1], Vec::new())]);
    assert!(setup.due().is_empty());
    assert_eq!(expire_skus(&setup.conn, setup.shop).unwrap(), 2);
    assert_eq!(setup.due(), due);
}

#[test]
fn an_answer_replaces_the_set_and_what_is_still_there_keeps_its_id() {
    let setup = setup(vec![product("p1", Some(1), 1)]);
    let task = setup.due().remove(0);
    setup.store(&[answer(&task, vec![sku("k1", 300, 5, 1), sku("k2", 200, 7, 1), sku("k3", 900, 1, 1)])]);
    let before = setup.product(&task);
    assert_eq!((before.price, before.stock, before.skus_synced_at), (Some(Fen(200)), Some(13), Some(at(1))));
    let result =
        setup.store(&[answer(&task, vec![sku("k1", 300, 5, 1), sku("k3", 400, 2, 2), sku("k4", 500, 0, 1)])]);
    assert_eq!((result.written, result.unchanged), (3, 1), "k2 gone, k3 changed, k4 new; k1 as it was");
    let after = setup.product(&task);
    assert_eq!((after.price, after.stock), (Some(Fen(300)), Some(7)));
    let id = |product: &Product, sku: &str| {
        product.skus.iter().find(|known| known.record.platform_sku_id == sku).map(|known| known.id)
    };
    assert_eq!(id(&after, "k1"), id(&before, "k1"));
    assert_eq!(id(&after, "k3"), id(&before, "k3"));
    assert_eq!(id(&after, "k2"), None);
    assert_eq!(after.skus[0].record, sku("k1", 300, 5, 1).record);
    let numbers = result.progress;
    assert_eq!((numbers.detailed, numbers.calls), (2, 3), "two answers; the list was a call too");
}

#[test]
fn an_empty_answer_leaves_neither_price_nor_stock() {
    let setup = setup(vec![product("p1", Some(1), 1)]);
    let task = setup.due().remove(0);
    setup.store(&[answer(&task, vec![sku("k1", 300, 5, 1)])]);
    setup.store(&[answer(&task, Vec::new())]);
    let product = setup.product(&task);
    assert_eq!((product.price, product.stock, product.skus.len()), (None, None, 0));
}

#[test]
fn the_last_of_two_skus_with_one_id_counts() {
    let setup = setup(vec![product("p1", Some(1), 1)]);
    let task = setup.due().remove(0);
    setup.store(&[answer(&task, vec![sku("k1", 300, 5, 1), sku("k1", 400, 6, 2)])]);
    let product = setup.product(&task);
    assert_eq!((product.price, product.stock, product.skus.len()), (Some(Fen(400)), Some(6), 1));
}

#[test]
fn a_sum_of_stocks_that_does_not_fit_is_absent_and_stops_nothing() {
    let setup = setup(vec![product("p1", Some(1), 1)]);
    let task = setup.due().remove(0);
    setup.store(&[answer(&task, vec![sku("k1", 300, i64::MAX, 1), sku("k2", 200, 1, 1)])]);
    let product = setup.product(&task);
    assert_eq!((product.price, product.stock, product.skus.len()), (Some(Fen(200)), None, 2));
}

#[test]
fn a_missing_product_keeps_what_we_have_and_counts_as_read() {
    let setup = setup(vec![product("p1", Some(1), 1)]);
    let task = setup.due().remove(0);
    setup.store(&[answer(&task, vec![sku("k1", 300, 5, 1)])]);
    expire_skus(&setup.conn, setup.shop).unwrap();
    let before = setup.product(&task);
    setup.store(&[SkuWrite { missing: true, ..answer(&task, Vec::new()) }]);
    assert_eq!(setup.product(&task), before);
    assert!(setup.due().is_empty());
}

#[test]
fn a_sku_that_could_not_be_read_keeps_its_row_and_is_released_by_a_good_answer() {
    let setup = setup(vec![product("p1", Some(1), 1), product("p2", Some(1), 1)]);
    let due = setup.due();
    let quarantined = || number(&setup.conn, "SELECT count(*) FROM quarantine WHERE kind = 'sku'", []);
    setup.store(&[answer(&due[0], vec![sku("k1", 300, 5, 1), sku("k2", 200, 7, 1), sku("k3", 100, 1, 1)])]);
    let unreadable =
        SkuWrite { bad: vec![bad(Some("k2"), 1)], ..answer(&due[0], vec![sku("k1", 300, 5, 1)]) };
    let result = setup.store(&[unreadable]);
    assert_eq!(
        (result.written, result.progress.quarantined, quarantined()),
        (1, 1, 1),
        "k3 is gone, k2 is not"
    );
    let product = setup.product(&due[0]);
    assert_eq!((product.price, product.stock, product.skus.len()), (Some(Fen(200)), Some(12), 2));

    let nameless = SkuWrite { bad: vec![bad(None, 2)], ..answer(&due[0], vec![sku("k1", 300, 5, 1)]) };
    setup.store(&[nameless]);
    assert_eq!((setup.product(&due[0]).skus.len(), quarantined()), (2, 1), "it may be any of ours");
    setup.store(&[answer(&due[1], Vec::new())]);
    assert_eq!(quarantined(), 1, "another product's answer releases nothing");
    setup.store(&[answer(&due[0], vec![sku("k1", 300, 5, 1)])]);
    assert_eq!((setup.product(&due[0]).skus.len(), quarantined()), (1, 0));
}

#[test]
fn a_product_of_another_shop_or_none_is_passed_over_and_an_ended_run_stores_nothing() {
    let setup = setup(vec![product("p1", Some(1), 1)]);
    let task = setup.due().remove(0);
    let gone = SkuTask { product: ProductId(99), ..task.clone() };
    assert_eq!(setup.store(&[answer(&gone, vec![sku("k1", 300, 5, 1)])]).written, 0);
    finish_run(&setup.conn, setup.run, RunState::Done, None, NOW).unwrap();
    let met = Met { shop: setup.shop, run: setup.run, kind: BadKind::Sku, parent: None, now: NOW };
    assert_eq!(
        store_skus(&setup.conn, &met, &[answer(&task, Vec::new())], 1).unwrap_err().code(),
        "CONFLICT"
    );
}
