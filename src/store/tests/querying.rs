//! Questions in SQL: what they may see, and what a hostile one comes to.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Place, error_of, put};
use crate::error::{ErrorKind, Result};
use crate::model::{SqlParams, SqlRows, SqlValue};
use crate::store::{SqlQuery, Store};

const FILL: &str = "
    INSERT INTO ecommerce_platforms (id, platform_name, app_name, app_key, app_secret, kind, status, created_at,
        updated_at) VALUES (1, 'doudian', 'a', 'hush-key', CAST('hush-secret' AS BLOB), 'tool', 'enabled', 0, 0);
    INSERT INTO shops (id, platform_id, shop_id, shop_name, kind, status, created_at, updated_at)
        VALUES (1, 1, 's', '店', 'store', 'active', 0, 0);
    INSERT INTO grants (shop_id, generation, state, access_token, refresh_token, obtained_at, expires_at, renewable,
        created_at, updated_at) VALUES (1, 7, 'valid', CAST('hush-token' AS BLOB), CAST('hush-refresh' AS BLOB), 0, 0,
        0, 0, 0);
    INSERT INTO orders (shop_id, platform_order_id, status, platform_status, order_amount, buyer_words, receiver_name,
        receiver_name_cipher, packages, platform_created_at, platform_updated_at, hash, created_at, updated_at,
        synced_at) VALUES (1, 'o1', 'paid', '2', 1234, 'hush-words', '张*', 'hush-cipher', '[]', 0, 0,
        CAST('hush-hash' AS BLOB), 0, 0, 0);
    INSERT INTO audit (at, actor, action, outcome) VALUES (0, 'hush-actor', 'a', 'ok');";

async fn filled(place: &Place) -> Store {
    let store = place.open().await.unwrap();
    store.write("test.fill", |conn| Ok(conn.execute_batch(FILL)?)).await.unwrap();
    store
}

fn query(sql: &str) -> SqlQuery {
    SqlQuery {
        sql: sql.into(),
        params: SqlParams::default(),
        time: Duration::from_secs(5),
        rows: 1_000,
        bytes: 1 << 20,
        cancel: CancellationToken::new(),
    }
}

async fn ask(store: &Store, sql: &str) -> Result<SqlRows> {
    store.query(query(sql)).await
}

#[tokio::test]
async fn the_views_answer_questions_of_every_usual_form() {
    let place = Place::new();
    let store = filled(&place).await;
    for sql in [
        "SELECT * FROM v_shops",
        "SELECT * FROM v_orders o JOIN v_shops s ON s.id = o.shop_id WHERE 0 ",
        "SELECT count(*) AS n FROM v_orders",
        "SELECT count(*) AS n FROM v_shops; -- and a remark",
        "WITH paid AS (SELECT * FROM v_orders WHERE status = 'paid') SELECT sum(order_amount_fen) AS fen FROM paid",
        "WITH n AS (SELECT 1 FROM v_orders) SELECT count(*) AS n FROM n",
        "SELECT count(*) AS n FROM (SELECT DISTINCT status FROM v_orders)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n",
        "SELECT id, row_number() OVER (PARTITION BY shop_id ORDER BY id) AS nr FROM v_orders",
        "SELECT p.id, j.value FROM v_products p, json_each(p.images) j",
        "SELECT upper(name) AS n FROM v_shops WHERE name LIKE '%店%' AND id IN (SELECT shop_id FROM v_orders)",
        "SELECT strftime('%Y', created_at_ms / 1000, 'unixepoch') AS y, round(1.5) AS r FROM v_orders GROUP BY 1",
    ] {
        // Two columns of a join have one name, unless that is what the statement is about.
        let sql = sql.replace("* FROM v_orders o JOIN", "o.id, s.name FROM v_orders o JOIN");
        ask(&store, &sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let rows = ask(&store, "SELECT name, NULL AS n, 1.5 AS r FROM v_shops").await.unwrap();
    assert_eq!(rows.columns, ["name", "n", "r"]);
    assert_eq!(rows.rows, [[SqlValue::Text("店".into()), SqlValue::Null, SqlValue::Real(1.5)]]);
    store.close().await.unwrap();
}

/// Each must fail as the asker's mistake, soon, without a word of what is stored, and change nothing.
const HOSTILE: [&str; 82] = [
    "SELECT app_secret FROM ecommerce_platforms",
    "SELECT count(*) FROM audit",
    "SELECT 1 FROM meta",
    "SELECT rowid FROM grants, v_shops",
    "SELECT name, (SELECT access_token FROM grants) AS t FROM v_shops",
    "SELECT name FROM v_shops WHERE EXISTS (SELECT 1 FROM grants WHERE access_token > x'00')",
    "SELECT name FROM v_shops ORDER BY (SELECT refresh_token FROM grants)",
    "SELECT name FROM v_shops UNION SELECT hex(access_token) FROM grants",
    "SELECT name FROM v_shops UNION ALL SELECT actor FROM audit",
    "WITH v_shops AS (SELECT access_token FROM grants) SELECT * FROM v_shops",
    "WITH v_shops AS (SELECT * FROM grants) SELECT * FROM v_shops",
    "WITH v_orders AS (SELECT buyer_words FROM orders) SELECT * FROM v_orders",
    "WITH v_orders AS (SELECT hash FROM orders) SELECT * FROM v_orders",
    "WITH v_orders AS (SELECT state, expires_at FROM grants) SELECT * FROM v_orders",
    "WITH v_shops(a) AS (WITH v_shops AS (SELECT generation FROM grants) SELECT * FROM v_shops) SELECT a FROM v_shops",
    "WITH json_each AS (SELECT app_secret FROM ecommerce_platforms) SELECT * FROM json_each",
    "WITH RECURSIVE v_shops(x) AS (SELECT access_token FROM grants UNION SELECT x FROM v_shops) SELECT x FROM v_shops",
    "SELECT receiver_name_cipher FROM v_orders",
    "SELECT receiver_name_cipher FROM orders",
    "SELECT * FROM sqlite_schema",
    "SELECT sql FROM sqlite_master",
    "SELECT * FROM main.sqlite_schema",
    "SELECT * FROM temp.sqlite_schema",
    "SELECT * FROM sqlite_sequence",
    "WITH v_shops AS (SELECT sql FROM sqlite_schema) SELECT * FROM v_shops",
    "SELECT * FROM pragma_table_info('grants')",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM dbstat",
    "SELECT * FROM sqlite_stmt",
    "SELECT * FROM bytecode('SELECT 1')",
    "SELECT count(*) FROM sqlite_schema",
    "SELECT count(*) FROM pragma_database_list",
    "SELECT count(*) FROM dbstat",
    "SELECT count(*) FROM MAIN.Audit",
    "SELECT count(*) FROM \"key_checks\"",
    "SELECT count(*) FROM Pragma_Table_Info('grants')",
    "SELECT count(*) FROM (SELECT access_token FROM grants)",
    "WITH n AS (SELECT count(*) AS c FROM grants WHERE access_token > x'05') SELECT 1 FROM n",
    "PRAGMA table_info(grants)",
    "PRAGMA query_only = 0",
    "PRAGMA writable_schema = 1",
    "ATTACH DATABASE ':memory:' AS other",
    "ATTACH DATABASE 'shop.db' AS other",
    "DETACH DATABASE main",
    "SELECT load_extension('/tmp/x.so')",
    "SELECT randomblob(100000000)",
    "SELECT zeroblob(100000000)",
    "SELECT printf('%100000000d', 1)",
    "SELECT writefile('/tmp/x', 'y')",
    "SELECT readfile('/etc/passwd')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT sqlite_version()",
    "SELECT changes()",
    "SELECT last_insert_rowid()",
    "SELECT hex(name) FROM v_shops",
    "INSERT INTO v_shops VALUES (1)",
    "INSERT INTO meta VALUES ('a', 'b')",
    "UPDATE shops SET shop_name = 'mine' RETURNING shop_name",
    "DELETE FROM shops RETURNING shop_name",
    "WITH x AS (SELECT 1) DELETE FROM shops",
    "REPLACE INTO meta VALUES ('a', 'b')",
    "CREATE TABLE mine (a)",
    "CREATE TEMP TABLE mine AS SELECT * FROM v_shops",
    "CREATE TEMP VIEW v_mine AS SELECT * FROM grants",
    "CREATE TRIGGER t AFTER INSERT ON meta BEGIN SELECT 1; END",
    "CREATE VIRTUAL TABLE t USING fts5(a)",
    "DROP VIEW v_shops",
    "ALTER TABLE shops RENAME TO mine",
    "VACUUM",
    "VACUUM INTO '/tmp/dianqiao-stolen.db'",
    "ANALYZE",
    "REINDEX",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT a",
    "EXPLAIN SELECT * FROM v_shops",
    "EXPLAIN QUERY PLAN SELECT * FROM v_shops",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE shops",
    "",
    " ; -- nothing",
];

#[tokio::test]
async fn hostile_statements_are_refused_tell_nothing_and_change_nothing() {
    let place = Place::new();
    let store = filled(&place).await;
    for sql in HOSTILE {
        let started = Instant::now();
        let answer = ask(&store, sql).await;
        assert!(answer.is_err(), "{sql}: {answer:?}");
        let error = error_of(answer);
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{sql}: {error}");
        let told = format!("{error} {error:?}");
        assert!(!told.contains("hush"), "{sql}: {told}");
        assert!(started.elapsed() < Duration::from_secs(2), "{sql}");
    }
    assert!(!std::path::Path::new("/tmp/dianqiao-stolen.db").exists());
    let rows = ask(&store, "SELECT name FROM v_shops").await.unwrap();
    assert_eq!(rows.rows, [[SqlValue::Text("店".into())]]);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bombs_are_stopped_while_the_hub_reads_and_writes_on() {
    let place = Place::new();
    let store = filled(&place).await;
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    let long = "WITH RECURSIVE d(t) AS (SELECT 'a' UNION ALL SELECT t || t FROM d WHERE length(t) < 200000)";
    for bomb in [
        format!("{endless} SELECT count(*) AS n FROM n"),
        format!("{endless} SELECT i FROM n ORDER BY -i"),
        format!("{endless} SELECT i FROM n"),
        format!(
            "{long}, e(t) AS (SELECT max(t) || 'b' FROM d) SELECT instr(max(d.t), e.t) FROM d, e, d x, d y, d z, d u"
        ),
        format!("{long} SELECT max(t) LIKE '%a%a%a%a%a%a%a%a%a%a%b' AS x FROM d"),
        format!("{long} SELECT t || t || t || t AS x FROM d"),
        format!("{long} SELECT d.t || x.t AS t FROM d, d x, d y, d z, d u, d v ORDER BY 1 DESC"),
        format!("{long} SELECT group_concat(d.t) AS t FROM d, d x"),
        format!("SELECT {} AS x", "(".repeat(5_000)),
        format!("SELECT 1{} AS x", " + 1".repeat(15_000)),
        format!("SELECT '{}' AS x", "a".repeat(70_000)),
    ] {
        let started = Instant::now();
        let stopped = store.query(SqlQuery { time: Duration::from_millis(300), ..query(&bomb) });
        let (answer, ()) = tokio::join!(stopped, async {
            let begun = Instant::now();
            put(&store, format!("{bomb:.90}{}", bomb.len())).await.unwrap();
            assert!(begun.elapsed() < Duration::from_secs(2));
        });
        // Some are no bombs to this SQLite: they end in time.
        if let Err(error) = answer {
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{bomb:.90}: {error}");
        }
        assert!(started.elapsed() < Duration::from_secs(4), "{bomb:.90}: {:?}", started.elapsed());
    }
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_and_closing_end_a_running_query() {
    let place = Place::new();
    let store = filled(&place).await;
    let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS n FROM n";
    let endless = || SqlQuery { time: Duration::from_secs(60), ..query(endless) };
    let cancelled = endless();
    cancelled.cancel.cancel();
    let error = error_of(store.query(cancelled).await);
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    let started = Instant::now();
    let late = endless();
    let cancel = late.cancel.clone();
    let (answer, ()) = tokio::join!(store.query(late), async move { cancel.cancel() });
    let error = error_of(answer);
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    let (asking, other) = (store.clone(), endless());
    let running = tokio::spawn(async move { asking.query(other).await });
    tokio::task::yield_now().await;
    store.close().await.unwrap();
    let error = error_of(running.await.unwrap());
    assert!(matches!(error.kind(), ErrorKind::Storage | ErrorKind::Closed), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn parameters_and_results_are_exact_or_refused() {
    let place = Place::new();
    let store = filled(&place).await;
    let with = |sql: &str, params| store.query(SqlQuery { params, ..query(sql) });
    let values = vec![SqlValue::Integer(7), SqlValue::Text("'; DROP TABLE shops --".into()), SqlValue::Null];
    let rows = with("SELECT ? AS a, ? AS b, ? AS c", SqlParams::Positional(values.clone())).await.unwrap();
    assert_eq!(rows.rows, [values]);
    let named = SqlParams::Named(vec![("b".into(), SqlValue::Real(0.5)), ("a".into(), SqlValue::Integer(1))]);
    let rows = with("SELECT :a AS a, @b AS b", named).await.unwrap();
    assert_eq!(rows.rows, [[SqlValue::Integer(1), SqlValue::Real(0.5)]]);
    for (sql, params) in [
        ("SELECT ? AS a", SqlParams::default()),
        ("SELECT :a AS a", SqlParams::Named(vec![("b".into(), SqlValue::Null)])),
        ("SELECT 1 AS a", SqlParams::Positional(vec![SqlValue::Null])),
    ] {
        assert_eq!(error_of(with(sql, params).await).kind(), ErrorKind::InvalidRequest, "{sql}");
    }
    for (sql, word) in [
        ("SELECT 9007199254740992 AS big", "big"),
        ("SELECT -9007199254740992 AS small", "small"),
        ("SELECT x'00' AS bytes", "bytes"),
        ("SELECT 9e999 AS endless", "endless"),
        ("SELECT CAST(x'ff' AS TEXT) AS odd", "odd"),
        ("SELECT id, id FROM v_shops", "AS"),
        ("SELECT nosuch FROM v_shops", "nosuch"),
        ("SELECT * FROM v_none", "v_none"),
        ("SELECT FROM", "byte"),
    ] {
        let error = error_of(ask(&store, sql).await);
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{sql}: {error}");
        assert!(error.to_string().contains(word), "{sql}: {error}");
    }
    let error = error_of(ask(&store, "SELECT 'hush' 'hush' hush hush FROM").await);
    assert!(!error.to_string().contains("hush"), "{error}");
    let few = SqlQuery { rows: 2, ..query("SELECT value FROM json_each('[1,2,3]')") };
    assert!(error_of(store.query(few).await).to_string().contains("more than 2 rows"));
    let small = SqlQuery { bytes: 40, ..query("SELECT value FROM json_each('[1,2,3]')") };
    assert!(error_of(store.query(small).await).to_string().contains("larger than 40"));
    store.close().await.unwrap();
}
