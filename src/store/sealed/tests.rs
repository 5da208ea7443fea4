use rusqlite::Connection;

use super::*;
use crate::error::ErrorKind;
use crate::store::fixture::{NOW, at, database, new_grant, number, order, page, run, shop, window};
use crate::store::grant::commit_refresh;
use crate::store::key::{announce_keys, close_keys, replace_keys, require_open_key, supersede_keys};
use crate::store::oauth::{NewPending, insert_pending};
use crate::store::{BadRow, KeyCheck};

const OLD: &str = "0101010101010101";
const NEW: &str = "0202020202020202";
const PROCESS: i64 = crate::store::fixture::PROCESS;

/// What a value sealed with this key looks like.
fn sealed(key: &str, text: &str) -> Vec<u8> {
    [&[1_u8][..], &hex::decode(key).unwrap(), text.as_bytes()].concat()
}

fn texts(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

/// A row in each table, every sealed column filled with the old key.
fn filled() -> Connection {
    let conn = database();
    let check = KeyCheck::new(OLD.to_owned(), vec![1]);
    assert!(replace_keys(&conn, PROCESS, &check, NOW).unwrap().is_empty());
    announce_keys(&conn, PROCESS, OLD, &[OLD.to_owned()]).unwrap();
    let shop = shop(&conn);
    let pending = NewPending {
        app_id: AppId(1),
        platform_shop_id: "s9".to_owned(),
        name: String::new(),
        shop_type: None,
        sealed_access: vec![0],
        sealed_refresh: Some(vec![0]),
        grant_expires_at: at(9),
        refresh_expires_at: None,
        scope: None,
        tiers: None,
        now: NOW,
        expires_at: at(9),
    };
    insert_pending(&conn, &pending).unwrap();
    let run = run(&conn, shop, crate::model::RunKind::Orders);
    let window = window(&conn, shop, run, crate::model::RunKind::Orders);
    let bad = BadRow { platform_id: None, sealed_raw: vec![0], digest: [7; 16], reason: String::new() };
    let page =
        crate::store::PageWrite { rows: vec![order("o1", 1, 1)], bad: vec![bad], ..page(shop, run, window) };
    crate::store::page::store_page(&conn, &page).unwrap();
    conn.execute("UPDATE ecommerce_platforms SET proxy_shown = 'p', proxy = x'00'", []).unwrap();
    conn.execute(
        "UPDATE grants SET previous_generation = 0, previous_access = x'00', previous_refresh = x'00'",
        [],
    )
    .unwrap();
    for column in SealedColumn::ALL {
        let (table, name) = column.place();
        let sql = format!("UPDATE {table} SET {name} = ?1");
        assert_eq!(conn.execute(&sql, [sealed(OLD, &format!("{column:?}"))]).unwrap(), 1, "{column:?}");
    }
    conn
}

/// Puts the new key in the place of the old one, up to its closing.
fn close(conn: &Connection) {
    announce_keys(conn, PROCESS, NEW, &[OLD.to_owned(), NEW.to_owned()]).unwrap();
    let check = KeyCheck::new(NEW.to_owned(), vec![2]);
    assert!(replace_keys(conn, PROCESS, &check, NOW).unwrap().is_empty());
    assert!(close_keys(conn, NEW, NOW).unwrap().is_empty());
}

fn foreign(conn: &Connection, column: SealedColumn) -> Vec<SealedValue> {
    foreign_values(conn, column, 0, NEW, 10).unwrap().foreign
}

/// Whoever adds a column of bytes decides here whether it is sealed; a sealed one then needs a place, triggers
/// and a row in `filled`.
#[test]
fn every_column_of_bytes_is_sealed_or_a_digest() {
    let digests = [
        "oauth_states.state_hash",
        "oauth_states.session_hash",
        "oauth_states.code_hash",
        "products.hash",
        "products.skus_hash",
        "skus.hash",
        "orders.hash",
        "refunds.hash",
        "quarantine.digest",
        // Blank once its key is superseded.
        "key_checks.sealed",
    ];
    let sealed = SealedColumn::ALL.map(SealedColumn::place).map(|(table, name)| format!("{table}.{name}"));
    let mut known: Vec<_> = digests.into_iter().map(str::to_owned).chain(sealed).collect();
    let sql = "SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
        WHERE m.type = 'table' AND c.type = 'BLOB' ORDER BY 1";
    known.sort();
    assert_eq!(texts(&database(), sql), known);
}

fn change(conn: &Connection, column: SealedColumn, key: &str, text: &str) -> Result<i64> {
    let (table, name) = column.place();
    execute(conn, &format!("UPDATE {table} SET {name} = ?1"), [sealed(key, text)])
}

/// Stores the same row again as a new one, with this column sealed with `key` and the others with the new one.
/// Nothing of it stays.
fn insert(conn: &Connection, column: SealedColumn, key: &str) -> Result<i64> {
    let (table, name) = column.place();
    conn.execute_batch(&format!(
        "SAVEPOINT one; DROP TABLE IF EXISTS temp.copy; CREATE TEMP TABLE copy AS SELECT * FROM {table};
        DELETE FROM {table}"
    ))?;
    for other in SealedColumn::ALL.into_iter().filter(|other| other.place().0 == table) {
        conn.execute(&format!("UPDATE temp.copy SET {} = ?1", other.place().1), [sealed(NEW, "new")])?;
    }
    conn.execute(&format!("UPDATE temp.copy SET {name} = ?1"), [sealed(key, "a third")])?;
    let done = execute(conn, &format!("INSERT INTO main.{table} SELECT * FROM temp.copy"), []);
    conn.execute_batch("ROLLBACK TO one; RELEASE one")?;
    done
}

#[test]
fn a_new_value_of_a_closed_key_is_taken_by_no_sealed_column() {
    let conn = filled();
    conn.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for column in SealedColumn::ALL {
        assert_eq!(insert(&conn, column, OLD).unwrap(), 1, "{column:?}: it is not closed yet");
        assert_eq!(change(&conn, column, OLD, "another").unwrap(), 1, "{column:?}: it is not closed yet");
    }
    close(&conn);
    for column in SealedColumn::ALL {
        let before = foreign(&conn, column);
        for stale in [insert(&conn, column, OLD), change(&conn, column, OLD, "a third")] {
            assert_eq!(stale.map_err(|error| error.kind()), Err(ErrorKind::KeyWrong), "{column:?}");
        }
        assert_eq!(foreign(&conn, column), before, "{column:?}");
        assert_eq!(insert(&conn, column, NEW).unwrap(), 1, "{column:?}: nothing else stands in its way");
        assert_eq!(change(&conn, column, NEW, "new").unwrap(), 1, "{column:?}");
    }
}

#[test]
fn rows_whose_values_wait_to_be_sealed_anew_change_in_every_other_way() {
    let conn = filled();
    close(&conn);
    for table in ["ecommerce_platforms", "grants", "pending_grants", "orders", "quarantine"] {
        let columns = SealedColumn::ALL.into_iter().filter(|column| column.place().0 == table);
        let same =
            columns.map(|column| format!("{0} = {0}", column.place().1)).collect::<Vec<_>>().join(", ");
        assert_eq!(conn.execute(&format!("UPDATE {table} SET {same}"), []).unwrap(), 1, "{table}");
    }
    // A refresh keeps the pair before, whatever it is sealed with.
    let next = crate::store::NewGrant {
        sealed_access: sealed(NEW, "a2"),
        sealed_refresh: Some(sealed(NEW, "r2")),
        ..new_grant("g2")
    };
    assert!(commit_refresh(&conn, ShopId(1), 1, &next, NOW).unwrap());
    let moved = foreign(&conn, SealedColumn::PreviousAccess).remove(0);
    assert_eq!((moved.sealed, moved.generation), (sealed(OLD, "Access"), 1));
    assert!(foreign(&conn, SealedColumn::Access).is_empty());
}

#[test]
fn a_value_is_sealed_anew_only_where_nobody_wrote_meanwhile() {
    let conn = filled();
    for column in SealedColumn::ALL {
        let value = foreign(&conn, column).remove(0);
        let put = |from: &[u8]| {
            reseal(&conn, &Reseal { column, id: value.id, from: from.to_vec(), to: sealed(NEW, "anew") })
                .unwrap()
        };
        assert_eq!(put(&sealed(OLD, "what was there before")), 0, "{column:?}");
        assert_eq!(foreign(&conn, column).as_slice(), std::slice::from_ref(&value), "{column:?}");
        assert_eq!(put(&value.sealed), 1, "{column:?}");
        assert!(foreign(&conn, column).is_empty(), "{column:?}");
    }
}

#[test]
fn a_walk_in_small_stretches_meets_every_value_once() {
    let conn = filled();
    for n in 2..=23_i64 {
        let sql =
            "INSERT INTO orders SELECT ?1, shop_id, ?1, status, platform_status, order_type, order_amount,
            pay_amount, post_amount, promotion_amount, pay_type, buyer_words, seller_words, seller_stars,
            buyer_open_id, receiver_name, receiver_name_cipher, receiver_phone, receiver_phone_cipher,
            receiver_detail, receiver_detail_cipher, receiver_province, receiver_city, receiver_town,
            receiver_street, ?2, packages, platform_created_at, platform_updated_at, paid_at, shipped_at,
            finished_at, ship_by, pay_by, hash, created_at, updated_at, synced_at FROM orders WHERE id = 1";
        let key = [Some(OLD), Some(NEW), None][usize::try_from(n % 3).unwrap()];
        conn.execute(sql, rusqlite::params![n, key.map(|key| sealed(key, "x"))]).unwrap();
    }
    for limit in [1, 2, 7, 100] {
        let (mut after, mut ids, mut looked) = (Some(0), Vec::new(), 0);
        while let Some(from) = after {
            let stretch = foreign_values(&conn, SealedColumn::Receiver, from, NEW, limit).unwrap();
            ids.extend(stretch.foreign.iter().map(|value| value.id));
            (after, looked) = (stretch.next, looked + stretch.looked);
        }
        let wanted: Vec<i64> = (1..=23).filter(|n| *n == 1 || n % 3 == 0).collect();
        assert_eq!((ids, looked), (wanted, 15), "{limit}");
    }
    assert_eq!(count_sealed(&conn).unwrap(), 9 + 15);
}

#[test]
fn no_key_is_closed_while_a_process_writes_with_another_and_none_replaced_that_a_process_lacks() {
    let conn = filled();
    let sql = "INSERT INTO processes (id, lock_name, pid, host, started_at, seen_at) VALUES (2, 'q', 77, 'there', 0, 0)";
    conn.execute(sql, []).unwrap();
    let check = KeyCheck::new(NEW.to_owned(), vec![2]);
    let both = [OLD.to_owned(), NEW.to_owned()];
    let pids = |others: Vec<crate::store::OtherProcess>| {
        others.into_iter().map(|other| other.pid).collect::<Vec<_>>()
    };
    let replaced = || number(&conn, "SELECT count(*) FROM key_checks WHERE replaced_by IS NOT NULL", []);
    assert_eq!(
        pids(replace_keys(&conn, PROCESS, &check, NOW).unwrap()),
        [77],
        "it has not said anything yet"
    );
    announce_keys(&conn, 2, OLD, &both[..1]).unwrap();
    assert_eq!(pids(replace_keys(&conn, PROCESS, &check, NOW).unwrap()), [77]);
    assert_eq!((replaced(), number(&conn, "SELECT count(*) FROM key_checks", [])), (0, 1));
    announce_keys(&conn, 2, OLD, &both).unwrap();
    assert!(replace_keys(&conn, PROCESS, &check, NOW).unwrap().is_empty());
    announce_keys(&conn, PROCESS, NEW, &both).unwrap();
    assert_eq!(pids(close_keys(&conn, NEW, NOW).unwrap()), [77]);
    assert_eq!(number(&conn, "SELECT count(*) FROM key_checks WHERE closed_at IS NOT NULL", []), 0);
    require_open_key(&conn, OLD).unwrap();
    announce_keys(&conn, 2, NEW, &both).unwrap();
    assert!(close_keys(&conn, NEW, NOW).unwrap().is_empty());
    assert_eq!(require_open_key(&conn, OLD).unwrap_err().kind(), ErrorKind::KeyWrong);
    require_open_key(&conn, NEW).unwrap();
    assert_eq!(supersede_keys(&conn, NEW, NOW).unwrap(), [OLD]);
    assert!(supersede_keys(&conn, NEW, NOW).unwrap().is_empty());
}

#[test]
fn a_superseded_key_never_comes_back_and_its_check_is_blank() {
    let conn = filled();
    close(&conn);
    supersede_keys(&conn, NEW, NOW).unwrap();
    let old = KeyCheck::new(OLD.to_owned(), vec![1]);
    assert_eq!(replace_keys(&conn, PROCESS, &old, NOW).unwrap_err().kind(), ErrorKind::Conflict);
    for sql in [
        "UPDATE key_checks SET superseded_at = NULL, sealed = x'01' WHERE closed_at IS NOT NULL",
        "UPDATE key_checks SET sealed = x'01' WHERE closed_at IS NOT NULL",
        "DELETE FROM key_checks",
    ] {
        assert!(conn.execute(sql, []).is_err(), "{sql}");
    }
    assert_eq!(number(&conn, "SELECT count(*) FROM key_checks WHERE length(sealed) = 0", []), 1);
}

#[test]
fn a_key_that_came_in_late_is_not_superseded_unseen() {
    let conn = filled();
    close(&conn);
    let sql = "INSERT INTO key_checks (key_id, sealed, created_at) VALUES ('0303030303030303', x'03', 0)";
    conn.execute(sql, []).unwrap();
    assert_eq!(supersede_keys(&conn, NEW, NOW).unwrap_err().kind(), ErrorKind::Conflict);
    // A third rotation takes the place of this one.
    announce_keys(&conn, PROCESS, NEW, &[]).unwrap();
    let third = KeyCheck::new("0303030303030303".to_owned(), vec![3]);
    assert!(replace_keys(&conn, PROCESS, &third, NOW).unwrap().is_empty());
    for error in [close_keys(&conn, NEW, NOW).map(drop), supersede_keys(&conn, NEW, NOW).map(drop)] {
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Conflict);
    }
}
