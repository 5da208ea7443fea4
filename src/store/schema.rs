//! Tests of the schema as a whole, and of the statements that must find an index.

use rusqlite::{Connection, params_from_iter};

use super::fixture::{NOW, database, shop};
use super::{order, product, sku};

fn names(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

/// The steps that SQLite takes for a statement.
pub(super) fn plan(conn: &Connection, sql: &str) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let mut statement = conn.prepare(&sql).unwrap();
    let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
    let steps = statement.query_map(params_from_iter(nothing), |row| row.get(3)).unwrap();
    steps.collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn every_table_is_strict_and_ids_are_never_used_twice() {
    let conn = database();
    let sloppy = "SELECT name FROM pragma_table_list
        WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite%'";
    assert!(names(&conn, sloppy).is_empty());
    let plain = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
        AND sql NOT LIKE '%PRIMARY KEY AUTOINCREMENT%' ORDER BY name";
    assert_eq!(
        names(&conn, plain),
        [
            "decrypt_days",
            "key_checks",
            "link_orders",
            "link_reads",
            "meta",
            "order_items",
            "platform_facts",
            "promotion_metrics"
        ]
    );
}

#[test]
fn every_foreign_key_has_an_index_so_that_a_purge_does_not_scan() {
    let conn = database();
    let keys = "SELECT m.name || '.' || f.\"from\" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
        WHERE m.type = 'table' AND NOT EXISTS (
            SELECT 1 FROM pragma_index_list(m.name) i, pragma_index_info(i.name) c
            WHERE c.seqno = 0 AND c.name = f.\"from\")";
    assert!(names(&conn, keys).is_empty(), "{:?}", names(&conn, keys));
}

#[test]
fn lists_upserts_and_due_skus_never_scan_a_table_and_never_sort() {
    let conn = database();
    let mut statements = vec![
        "SELECT id, platform_updated_at, hash FROM orders WHERE shop_id = ?1 AND platform_order_id = ?2"
            .to_owned(),
        "SELECT id, platform_updated_at, hash FROM products WHERE shop_id = ?1 AND platform_product_id = ?2"
            .to_owned(),
        "SELECT name FROM order_items WHERE order_id = ?1 ORDER BY position".to_owned(),
        sku::PENDING.to_owned(),
        sku::COUNT_PENDING.to_owned(),
    ];
    for (by_shop, by_status) in [(false, false), (false, true), (true, false), (true, true)] {
        statements.push(order::list_sql(by_shop, by_status));
        statements.push(product::list_sql(by_shop, by_status));
    }
    for sql in statements {
        for step in plan(&conn, &sql) {
            assert!(step.starts_with("SEARCH"), "{step}: {sql}");
        }
    }
}

#[test]
fn each_shape_of_a_list_uses_the_index_made_for_it() {
    let conn = database();
    let index = |sql: String| plan(&conn, &sql).remove(0);
    for (by_shop, by_status, orders, products) in [
        (false, false, "orders_by_update (", "INTEGER PRIMARY KEY"),
        (true, false, "orders_by_shop_and_update (", "products_by_shop ("),
        (false, true, "orders_by_status_and_update (", "products_by_status ("),
        (true, true, "orders_by_shop_status_and_update (", "products_by_shop_and_status ("),
    ] {
        for (sql, expected) in
            [(order::list_sql(by_shop, by_status), orders), (product::list_sql(by_shop, by_status), products)]
        {
            let step = index(sql);
            assert!(step.contains(expected), "{expected}: {step}");
        }
    }
    assert!(index(sku::PENDING.to_owned()).contains("products_with_due_skus ("));
}

#[test]
fn views_show_no_secret_and_no_ciphertext() {
    let conn = database();
    shop(&conn);
    for view in super::query::VIEWS {
        let statement = conn.prepare(&format!("SELECT * FROM {view}")).unwrap();
        for column in statement.column_names() {
            for word in
                ["secret", "token", "cipher", "sealed", "hash", "open_id", "proxy", "refresh", "detail"]
            {
                assert!(!column.contains(word), "{view}.{column}");
            }
            let time = column.ends_with("_at");
            let money = column.contains("amount") || column.contains("price");
            assert!(!time && (!money || column.ends_with("_fen")), "{view}.{column} says its unit");
        }
    }
    assert_eq!(
        names(&conn, "SELECT name FROM v_shops WHERE grant_state = 'valid' AND platform = 'doudian'").len(),
        1
    );
}

#[test]
fn sql_refuses_words_that_are_not_ours() {
    let conn = database();
    shop(&conn);
    for (table, column) in
        [("shops", "status"), ("shops", "kind"), ("grants", "state"), ("ecommerce_platforms", "status")]
    {
        assert!(
            conn.execute(&format!("UPDATE {table} SET {column} = 'odd'"), []).is_err(),
            "{table}.{column}"
        );
    }
    conn.execute(
        "INSERT INTO ecommerce_platforms (platform_name, app_name, app_key, app_secret, kind, status,
        created_at, updated_at) VALUES ('a-new-platform', '', '', x'', 'tool', 'enabled', 0, 0)",
        [],
    )
    .unwrap();
    assert!(conn.execute("UPDATE shops SET created_at = 'soon'", []).is_err(), "a text in a column of times");
}

#[test]
fn the_audit_is_only_added_to() {
    let conn = database();
    conn.execute("INSERT INTO audit (at, actor, action, outcome) VALUES (?1, 'u', 'a', 'ok')", [NOW])
        .unwrap();
    assert!(conn.execute("UPDATE audit SET actor = 'other'", []).is_err());
    assert!(conn.execute("DELETE FROM audit", []).is_err());
}

#[test]
fn the_documented_columns_of_the_views_are_those_of_the_schema() {
    let conn = database();
    let document = include_str!("../../docs/query.md");
    for view in super::query::VIEWS {
        let row = document.lines().find(|line| line.starts_with(&format!("| `{view}` |"))).unwrap();
        let told: Vec<&str> = row.split('`').skip(3).step_by(2).collect();
        let statement = conn.prepare(&format!("SELECT * FROM {view}")).unwrap();
        assert_eq!(told, statement.column_names().collect::<Vec<_>>(), "{view}");
    }
    let views = names(&conn, "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY rowid");
    assert_eq!(views, super::query::VIEWS);
}
