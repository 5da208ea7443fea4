//! SIGKILL at random moments of a sync: what was acknowledged is there, and a page is all or none.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use dianqiao::model::{Run, RunKind, ShopId};
use dianqiao::{Hub, HubConfig, SyncRequest};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Desk, config, keys};
use crate::sync::{assert_orders_equal, assert_products_equal, true_order_facts};

const MARK: &str = "acknowledged ";
const ORDERS: &str = "SELECT id, platform_order_id, platform_status, platform_updated_at, pay_amount, seller_words FROM orders";
const ITEMS: &str = "SELECT platform_item_id, platform_sku_id, quantity FROM order_items WHERE order_id = ?1 ORDER BY position";

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// The syncing process: acknowledged numbers go to its output, a line each.
struct Syncer {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

/// What a process said of a run.
#[derive(Debug)]
struct Acknowledged {
    run: i64,
    listed: i64,
    written: i64,
    detailed: i64,
}

impl Syncer {
    fn start(desk: &Desk, first: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kills::child", "--ignored", "--nocapture", "--test-threads", "1"])
            .env("DIANQIAO_CHILD", first)
            .env("DIANQIAO_DATABASE", desk.database())
            .env("DIANQIAO_HOST", desk.sandbox.host())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// The next thing it acknowledged; `None` at its end. A line that was cut off is not one.
    fn hear(&mut self) -> Option<Acknowledged> {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            if let Some(said) = line.strip_suffix('\n').and_then(|line| line.strip_prefix(MARK)) {
                let said: Vec<i64> = said.split(' ').map(|text| text.parse().unwrap()).collect();
                return Some(Acknowledged {
                    run: said[0],
                    listed: said[1],
                    written: said[2],
                    detailed: said[3],
                });
            }
            line.clear();
        }
        None
    }

    /// Kills it `after` its first acknowledgement, and answers all of them.
    fn kill(mut self, after: Duration) -> Vec<Acknowledged> {
        let first = self.hear().expect("the child syncs");
        std::thread::sleep(after);
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::iter::once(first).chain(std::iter::from_fn(|| self.hear())).collect()
    }
}

fn acknowledge(run: &Run) {
    let progress = &run.progress;
    let mut out = std::io::stdout().lock();
    let line =
        format!("\n{MARK}{} {} {} {}\n", run.id.0, progress.listed, progress.written, progress.detailed);
    out.write_all(line.as_bytes()).unwrap();
    out.flush().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that the tests below kill"]
async fn child() {
    let first = std::env::var("DIANQIAO_CHILD").unwrap();
    let config = HubConfig::new(std::env::var("DIANQIAO_DATABASE").unwrap(), keys())
        .with_allowed_host(std::env::var("DIANQIAO_HOST").unwrap());
    let hub = Hub::open(config).await.unwrap();
    let full = first == "full";
    for round in 0.. {
        let mut request = SyncRequest { full, ..SyncRequest::new(ShopId(1)) };
        request.on_progress = Some(Arc::new(acknowledge));
        let products = (first == "products") == (round % 2 == 0);
        let run =
            if products { hub.products().sync(request).await } else { hub.orders().sync(request).await };
        acknowledge(&run.unwrap());
    }
}

/// A window, as far as it matters here.
#[derive(Debug)]
struct Window {
    from: i64,
    to: i64,
    settled: i64,
    listed: i64,
    is_open: bool,
}

/// What the file says after a death.
struct Stored {
    /// By run: kind, listed, written, detailed.
    runs: BTreeMap<i64, (String, i64, i64, i64)>,
    windows: BTreeMap<i64, Window>,
    /// By the platform's id.
    orders: BTreeMap<String, String>,
}

impl Stored {
    /// Reads a copy, so that the next process meets the file as the dead one left it.
    fn read(desk: &Desk) -> Self {
        let copy = tempfile::tempdir().unwrap();
        let path = copy.path().join("copy.db");
        for suffix in ["", "-wal"] {
            let file = |base: &std::path::Path| format!("{}{suffix}", base.display());
            match std::fs::copy(file(&desk.database()), file(&path)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
                _ => {}
            }
        }
        let conn = Connection::open(&path).unwrap();
        let verdict: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        // Before anything is read from a file that may be damaged.
        assert_eq!(verdict, "ok", "the file that a dead process left");
        Self { runs: runs(&conn), windows: windows(&conn), orders: orders(&conn) }
    }

    fn sum(&self, of: impl Fn(&(String, i64, i64, i64)) -> i64) -> i64 {
        self.runs.values().filter(|run| run.0 == RunKind::Orders.as_str()).map(of).sum()
    }
}

fn runs(conn: &Connection) -> BTreeMap<i64, (String, i64, i64, i64)> {
    let mut statement = conn.prepare("SELECT id, kind, listed, written, detailed FROM runs").unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))));
    rows.unwrap().map(Result::unwrap).collect()
}

fn windows(conn: &Connection) -> BTreeMap<i64, Window> {
    let sql = "SELECT id, from_at, to_at, settled_at, listed, state = 'open' FROM sync_windows WHERE kind = 'orders'";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| {
        let window = Window {
            from: row.get(1)?,
            to: row.get(2)?,
            settled: row.get(3)?,
            listed: row.get(4)?,
            is_open: row.get(5)?,
        };
        Ok((row.get(0)?, window))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Orders as `true_order_facts` tells them, each with its items. Put together here and not in SQL, where `||`
/// binds closer than `/`: `a || b / 1000 || c` is a number.
fn orders(conn: &Connection) -> BTreeMap<String, String> {
    let mut statement = conn.prepare(ORDERS).unwrap();
    let mut items = conn.prepare(ITEMS).unwrap();
    let rows = statement.query_map([], |row| {
        let (id, at): (i64, i64) = (row.get(0)?, row.get(3)?);
        let (status, paid): (String, Option<i64>) = (row.get(2)?, row.get(4)?);
        let words: Option<String> = row.get(5)?;
        let lines = items.query_map([id], |row| {
            let (item, sku): (String, Option<String>) = (row.get(0)?, row.get(1)?);
            Ok(format!("{item} {} x{}", sku.unwrap_or_default(), row.get::<_, i64>(2)?))
        })?;
        let lines: Vec<String> = lines.collect::<rusqlite::Result<_>>()?;
        let (words, lines) = (words.unwrap_or_default(), lines.join(","));
        let facts = format!("{status} {} {} {words} {lines}", at / 1000, paid.unwrap_or(-1));
        Ok((row.get(1)?, facts))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// The platform's orders: facts, and when each changed.
async fn truth(desk: &Desk) -> BTreeMap<String, (String, i64)> {
    let all = desk.sandbox.truth("orders").await;
    let facts = |order: &Value| (true_order_facts(order), order["update_time"].as_i64().unwrap() * 1000);
    all.iter().map(|order| (order["order_id"].as_str().unwrap().to_owned(), facts(order))).collect()
}

/// Everything that must hold after a death, with what was there before and what the process said.
fn check(
    before: &Stored,
    after: &Stored,
    truth: &BTreeMap<String, (String, i64)>,
    said: &[Acknowledged],
    label: &str,
) {
    for fact in said {
        let (_, listed, written, detailed) = &after.runs[&fact.run];
        let stored = *listed >= fact.listed && *written >= fact.written && *detailed >= fact.detailed;
        assert!(stored, "{label}: {fact:?} was acknowledged, stored {:?}", after.runs[&fact.run]);
    }
    let mut arrived = 0;
    for (id, facts) in &after.orders {
        let (theirs, old) = (&truth[id].0, before.orders.get(id));
        assert!(facts == theirs || Some(facts) == old, "{label}: {id} is half written: {facts}");
        arrived += i64::from(Some(facts) != old);
    }
    assert!(before.orders.keys().all(|id| after.orders.contains_key(id)), "{label}: an order is gone");
    // The run's numbers, the rows and the window's place land together.
    assert_eq!(after.sum(|run| run.2) - before.sum(|run| run.2), arrived, "{label}: rows written");
    if before.windows.keys().all(|id| after.windows.contains_key(id)) {
        let listed = |stored: &Stored| stored.windows.values().map(|window| window.listed).sum::<i64>();
        let in_runs = after.sum(|run| run.1) - before.sum(|run| run.1);
        assert_eq!(listed(after) - listed(before), in_runs, "{label}: listed");
    }
    let settled = after.windows.values().map(|window| window.settled).max().unwrap_or(i64::MIN);
    for (id, (facts, at)) in truth {
        let is_due = |window: &Window| window.is_open && (window.from..=window.to).contains(at);
        let is_read = after.orders.get(id) == Some(facts);
        let will_be = *at >= settled || after.windows.values().any(is_due);
        assert!(is_read || will_be, "{label}: {id} of {at} was stepped over: {:?}", after.windows);
    }
}

/// `DIANQIAO_ROUNDS` kills, 100 unless told. The seed decides the moments; what they hit is the machine's.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_killed_at_any_moment_keeps_what_it_acknowledged() {
    let (rounds, mut seed) = (number("DIANQIAO_ROUNDS", 100), number("DIANQIAO_SEED", 7));
    println!("DIANQIAO_SEED={seed} DIANQIAO_ROUNDS={rounds} replay the moments of the kills");
    let mut desk = Desk::open(&["--orders", "2000", "--products", "100", "--calls-per-second", "0"]).await;
    let shop = desk.connect().await;
    assert_eq!(shop.id, ShopId(1));
    desk.hub.close().await.unwrap();
    let (started, mut said, mut cut) = (Instant::now(), 0, BTreeSet::new());
    let (mut before, mut theirs) = (Stored::read(&desk), BTreeMap::new());
    for round in 0..rounds {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let first = ["orders", "orders", "products", "full"][(seed >> 60) as usize % 4];
        let after = Duration::from_micros(5_000 + (seed >> 33) % 195_000);
        if round % 3 == 0 {
            desk.sandbox.post("/change", json!({ "orders": 700, "products": 10, "newOrders": 5 })).await;
            theirs = truth(&desk).await;
        }
        let acknowledged = Syncer::start(&desk, first).kill(after);
        let stored = Stored::read(&desk);
        let label = format!("round {round}, {first} first, killed after {after:?}");
        check(&before, &stored, &theirs, &acknowledged, &label);
        said += acknowledged.len();
        cut.extend(stored.windows.iter().filter(|(_, window)| window.is_open).map(|(id, _)| *id));
        before = stored;
    }
    let took = started.elapsed();
    println!(
        "{rounds} kills in {took:?}, {:.2} a second; {said} acknowledgements, none lost; {} windows were cut off",
        rounds as f64 / took.as_secs_f64(),
        cut.len()
    );
    assert!(!cut.is_empty(), "no kill met a window half read");
    desk.hub = Hub::open(config(&desk.database(), &desk.sandbox)).await.unwrap();
    desk.hub.shops().sync(SyncRequest::new(shop.id)).await.unwrap();
    assert_orders_equal(&desk, &shop).await;
    assert_products_equal(&desk, &shop).await;
    desk.hub.close().await.unwrap();
}
