//! Death in the middle of a migration: the old schema or the new one, never between, and the same rows.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::child::Process;
#[cfg(unix)]
use super::disk::{Disk, Fault, Op, Planned};
use super::{Place, number, options};
use crate::store::Store;
use crate::store::migrate::{Plan, STEPS};

/// Every row of every table but the bookkeeping, by table.
type Rows = BTreeMap<String, Vec<Vec<Value>>>;

/// The columns of each table of the first schema.
type Columns = BTreeMap<String, Vec<String>>;

fn texts(conn: &Connection, sql: &str, value: &[&str]) -> Vec<String> {
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map(params_from_iter(value), |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

fn schema(conn: &Connection) -> Vec<String> {
    let sql = "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY type, name";
    let mut all = texts(conn, sql, &[]);
    all.extend(texts(conn, "SELECT name FROM refinery_schema_history ORDER BY version", &[]));
    all
}

fn columns(conn: &Connection) -> Columns {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
        AND name NOT IN ('processes', 'refinery_schema_history')";
    let of = |table: &String| texts(conn, "SELECT name FROM pragma_table_info(?1) ORDER BY cid", &[table]);
    texts(conn, sql, &[]).into_iter().map(|table| (table.clone(), of(&table))).collect()
}

fn rows(conn: &Connection, columns: &Columns) -> Rows {
    let read = |(table, names): (&String, &Vec<String>)| {
        let mut statement =
            conn.prepare(&format!("SELECT {} FROM {table} ORDER BY 1, 2", names.join(", "))).unwrap();
        let rows = statement.query_map([], |row| (0..names.len()).map(|index| row.get(index)).collect());
        (table.clone(), rows.unwrap().collect::<rusqlite::Result<_>>().unwrap())
    };
    columns.iter().map(read).collect()
}

/// A file as the first version left it, with rows.
async fn first_version(place: &Place) {
    let plan = Plan::new(&STEPS[..1]).unwrap();
    let store = Store::open_with(options(&place.path()), plan, |_| Ok(Vec::new())).await.unwrap();
    // In SQL of its own: today's queries are for today's schema.
    let fill = |conn: &Connection| {
        conn.execute_batch(
            "INSERT INTO ecommerce_platforms (platform_name, app_name, app_key, app_secret, kind, status, created_at,
                updated_at) VALUES ('doudian', 'a', 'key', x'01', 'tool', 'enabled', 0, 0);
            INSERT INTO shops (platform_id, shop_id, shop_name, kind, status, created_at, updated_at)
                VALUES (1, 's1', '店', 'store', 'active', 0, 0);
            INSERT INTO grants (shop_id, generation, state, access_token, refresh_token, obtained_at, expires_at,
                renewable, created_at, updated_at) VALUES (1, 1, 'valid', x'02', x'03', 0, 9, 1, 0, 0);
            INSERT INTO runs (shop_id, kind, mode, state, listed, actor, owner_process, started_at, updated_at)
                VALUES (1, 'orders', 'full', 'running', 500, 'user:a', 1, 0, 0);
            INSERT INTO sync_windows (shop_id, run_id, kind, is_full, from_at, to_at, settled_at, place, listed, state,
                created_at, updated_at) VALUES (1, 1, 'orders', 1, 0, 9, 9, '{\"page\":5}', 500, 'open', 0, 0);
            INSERT INTO quarantine (shop_id, run_id, kind, raw, digest, reason, first_seen_at, seen_at)
                VALUES (1, 1, 'order', x'04', x'05', 'status: unknown', 0, 0);
            INSERT INTO audit (at, actor, action, outcome) VALUES (1, 'user:a', 'sync', 'ok');
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
            INSERT INTO orders (shop_id, platform_order_id, status, platform_status, packages, platform_created_at,
                platform_updated_at, hash, created_at, updated_at, synced_at)
                SELECT 1, 'o' || i, 'paid', '2', '[]', i, i, randomblob(16), 0, 0, 0 FROM n;
            INSERT INTO order_items (order_id, position, platform_item_id, quantity, status, platform_status)
                SELECT id, 0, 'i' || id, 1, 'paid', '2' FROM orders",
        )?;
        Ok(())
    };
    store.write("test.fill", fill).await.unwrap();
    store.close().await.unwrap();
}

/// The file of the first version, and what it and its migrated twin look like.
struct Reference {
    file: Vec<u8>,
    columns: Columns,
    rows: Rows,
    old: Vec<String>,
    new: Vec<String>,
}

impl Reference {
    async fn make() -> Self {
        let place = Place::new();
        first_version(&place).await;
        let file = std::fs::read(place.path()).unwrap();
        let conn = Connection::open(place.path()).unwrap();
        let (columns, old) = (columns(&conn), schema(&conn));
        let rows = rows(&conn, &columns);
        assert_eq!((rows["orders"].len(), rows["order_items"].len(), rows["grants"].len()), (500, 500, 1));
        drop(conn);
        place.open().await.unwrap().close().await.unwrap();
        let new = schema(&Connection::open(place.path()).unwrap());
        assert_ne!(old, new);
        Self { file, columns, rows, old, new }
    }

    fn lay_out(&self) -> Place {
        let place = Place::new();
        std::fs::write(place.path(), &self.file).unwrap();
        place
    }

    /// Checks what a dead process left, and that the next one makes the best of it. Answers whether
    /// the migration had landed.
    async fn check(&self, place: &Place, label: &str) -> bool {
        let conn = Connection::open(place.path()).unwrap();
        let found = schema(&conn);
        let is_new = found == self.new;
        assert!(is_new || found == self.old, "{label}: a schema between: {found:#?}");
        self.check_rows(&conn, label);
        drop(conn);
        place.open().await.unwrap_or_else(|error| panic!("{label}: {error}")).close().await.unwrap();
        let conn = Connection::open(place.path()).unwrap();
        assert_eq!(schema(&conn), self.new, "{label}");
        self.check_rows(&conn, label);
        is_new
    }

    fn check_rows(&self, conn: &Connection, label: &str) {
        assert_eq!(texts(conn, "PRAGMA integrity_check", &[]), ["ok"], "{label}");
        assert!(rows(conn, &self.columns) == self.rows, "{label}: the rows have changed");
    }
}

/// The system kills the process when a file would grow beyond its limit, that is with each page of the
/// log in turn.
#[cfg(unix)]
#[tokio::test]
async fn a_migration_killed_at_any_page_it_writes_is_done_or_undone() {
    let reference = Reference::make().await;
    let (mut old, mut blocks) = (0, 0);
    loop {
        let place = reference.lay_out();
        let survived = Process::start_limited("open", &place.path(), blocks).ends_well();
        let is_new = reference.check(&place, &format!("{blocks} blocks")).await;
        assert!(!survived || is_new, "{blocks} blocks");
        if survived {
            break;
        }
        old += usize::from(!is_new);
        // A page of the log is a little more than eight of them.
        blocks += 8;
    }
    println!("{} deaths, {old} of them before the commit", blocks / 8);
    assert!(old > 10, "{old}");
}

/// `DIANQIAO_ROUNDS` of them, 20 unless told, close to the moment of the commit: earlier after a death
/// that came too late, later after one that came too early.
#[tokio::test]
async fn a_migration_killed_at_any_moment_is_done_or_undone() {
    let reference = Reference::make().await;
    let (rounds, mut seed) = (number("DIANQIAO_ROUNDS", 20), number("DIANQIAO_SEED", 3));
    println!("DIANQIAO_SEED={seed} DIANQIAO_ROUNDS={rounds} replay the moments of the kills");
    let (mut pause, mut landed) = (Duration::ZERO, 0);
    for round in 0..rounds {
        let place = reference.lay_out();
        let mut process = Process::start("open", &place.path());
        while !place.beside("-wal").exists() && !process.has_ended() {
            std::thread::yield_now();
        }
        std::thread::sleep(pause);
        process.kill();
        let is_new = reference.check(&place, &format!("round {round}, after {pause:?}")).await;
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let step = Duration::from_micros((seed >> 33) % 2000);
        pause = if is_new { pause.saturating_sub(step) } else { pause + step };
        landed += u64::from(is_new);
    }
    println!("{rounds} kills, {landed} of them after the commit");
}

/// What a migration on a disk with this fault is told, and whether the file says afterwards that it landed.
#[cfg(unix)]
async fn migrate_on(reference: &Reference, planned: Planned) -> Option<(String, bool)> {
    let place = reference.lay_out();
    let disk = Disk::mount(place.dir.path(), "", None);
    disk.plan(Some(planned));
    let told = match place.open().await {
        Ok(store) => {
            store.close().await.unwrap();
            return None;
        }
        Err(error) => error.message().to_owned(),
    };
    disk.plan(None);
    let is_new = reference.check(&place, &format!("{planned:?}")).await;
    told.contains("migrated").then_some((told, is_new))
}

#[cfg(unix)]
#[tokio::test]
async fn a_migration_that_failed_says_unchanged_only_where_that_is_known() {
    let reference = Reference::make().await;
    let (mut unsure, mut sure) = (0, 0);
    for at in 1..=12 {
        for fault in [Fault::Broken(Op::Sync), Fault::Broken(Op::Write), Fault::Full] {
            let planned = Planned { fault, lasting: true, at };
            let Some((told, is_new)) = migrate_on(&reference, planned).await else { continue };
            let says_unchanged = told.contains("unchanged");
            assert_eq!(says_unchanged, fault == Fault::Full, "{planned:?}: {told}");
            assert!(!(says_unchanged && is_new), "{planned:?}: {told}");
            unsure += u32::from(!says_unchanged);
            sure += u32::from(says_unchanged);
        }
    }
    assert!(unsure > 0 && sure > 0, "{unsure} {sure}");
}
