//! The lease of the leader, in the table and by the clock.

use std::time::Duration;

use rusqlite::Connection;

use super::{Place, manual, options};
use crate::model::UtcMillis;
use crate::store::migrate::STEPS;
use crate::store::process::{LEASE, Process, beat, register, unregister};
use crate::store::{Store, StoreOptions};

const START: UtcMillis = UtcMillis(1_800_000_000_000);

fn table() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    for (_, sql) in STEPS {
        conn.execute_batch(sql).unwrap();
    }
    conn
}

fn join(conn: &Connection, lock_name: &str) -> i64 {
    register(conn, &Process { lock_name, now: START }).unwrap()
}

fn leaders(conn: &Connection) -> i64 {
    conn.query_row("SELECT count(*) FROM processes WHERE is_leader = 1", [], |row| row.get(0)).unwrap()
}

#[test]
fn one_leads_until_its_lease_is_over() {
    let conn = table();
    let (a, b) = (join(&conn, "a"), join(&conn, "b"));
    assert_eq!(beat(&conn, a, START).unwrap(), Some(START.plus(LEASE)));
    let just_before = START.plus(LEASE - Duration::from_millis(1));
    assert_eq!(beat(&conn, b, just_before).unwrap(), None);
    assert_eq!(beat(&conn, b, START.plus(LEASE)).unwrap(), Some(START.plus(LEASE * 2)));
    assert_eq!(beat(&conn, a, START.plus(LEASE)).unwrap(), None);
    assert_eq!(leaders(&conn), 1);
}

#[test]
fn renewing_keeps_it_and_leaving_gives_it_back() {
    let conn = table();
    let (a, b) = (join(&conn, "a"), join(&conn, "b"));
    let mut now = START;
    for _ in 0..10 {
        assert!(beat(&conn, a, now).unwrap().is_some());
        assert!(beat(&conn, b, now).unwrap().is_none());
        now = now.plus(Duration::from_secs(5));
    }
    unregister(&conn, a).unwrap();
    assert!(beat(&conn, b, now).unwrap().is_some());
    assert_eq!(beat(&conn, a, now).unwrap(), None, "it has no row any more");
}

#[test]
fn a_clock_set_back_does_not_leave_everybody_without_a_leader() {
    let conn = table();
    let (a, b) = (join(&conn, "a"), join(&conn, "b"));
    assert!(beat(&conn, a, START).unwrap().is_some());
    assert!(beat(&conn, b, START.minus(Duration::from_secs(1))).unwrap().is_none());
    assert!(beat(&conn, b, START.minus(Duration::from_secs(3600))).unwrap().is_some());
    assert_eq!(leaders(&conn), 1);
}

#[test]
fn a_row_with_our_lock_name_is_of_a_dead_process_and_its_id_is_not_used_again() {
    let conn = table();
    let first = join(&conn, "a");
    assert!(join(&conn, "a") > first);
    let rows: i64 = conn.query_row("SELECT count(*) FROM processes", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test]
async fn a_process_whose_heartbeat_stops_knows_that_it_does_not_lead() {
    let (hands, clock) = manual();
    let place = Place::new();
    let options = StoreOptions { clock, ..options(&place.path()) };
    let store = Store::open(options, |_| Ok(Vec::new())).await.unwrap();
    assert!(store.is_leader());
    hands.advance(LEASE - Duration::from_millis(1));
    assert!(store.is_leader());
    hands.advance(Duration::from_millis(1));
    assert!(!store.is_leader());
    store.beat().await.unwrap();
    assert!(store.is_leader());
    store.close().await.unwrap();
    assert!(!store.is_leader());
}
