//! A change of the master key while two processes renew tokens and store orders.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use super::{assert_rotated, file, open, process, ring_of, rotation};
use crate::auth::tests::platform::{Platform, Rotation};
use crate::auth::tests::{brands, connect};
use crate::clock::Clock;
use crate::error::ErrorKind;
use crate::hub::Hub;
use crate::model::{ShopFilter, ShopId};
use crate::tests::number;

const MARK: &str = "child> ";
const SHOPS: u64 = 6;

async fn shops(hub: &Hub) -> Vec<ShopId> {
    hub.shops().list(ShopFilter::default()).await.unwrap().iter().map(|shop| shop.id).collect()
}

/// Orders with receivers, so that there is something to seal anew.
pub(super) async fn write_orders(hub: &Hub, orders: u64) {
    let (refresher, shop) = (hub.refresher().unwrap(), shops(hub).await[0]);
    let mut writing = JoinSet::new();
    for id in 0..orders {
        let refresher = refresher.clone();
        writing.spawn(async move { refresher.order(shop, file::order(id, 1)).await.unwrap() });
    }
    while let Some(done) = writing.join_next().await {
        done.unwrap();
    }
}

/// What is going on: calls that renew tokens, and orders that change. Any failure ends the test.
struct Load {
    stop: Arc<AtomicBool>,
    calls: Arc<AtomicI64>,
    orders: Arc<AtomicI64>,
    tasks: JoinSet<()>,
}

impl Load {
    async fn start(hub: &Hub) -> Self {
        let mut load = Self {
            stop: Arc::default(),
            calls: Arc::default(),
            orders: Arc::default(),
            tasks: JoinSet::new(),
        };
        for (number, shop) in (0..).zip(shops(hub).await) {
            load.call(hub, shop);
            load.store(hub, shop, number);
        }
        load
    }

    fn call(&mut self, hub: &Hub, shop: ShopId) {
        let (hub, stop, calls) = (hub.clone(), Arc::clone(&self.stop), Arc::clone(&self.calls));
        self.tasks.spawn(async move {
            let mut waits = 0;
            while !stop.load(Ordering::SeqCst) {
                match hub.call(brands(shop)).await {
                    Ok(_) => drop(calls.fetch_add(1, Ordering::SeqCst)),
                    // Others use the token up; more than five renewals a minute have to wait.
                    Err(error) if error.kind() == ErrorKind::Transient && waits < 10_000 => {
                        waits += 1;
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        });
    }

    fn store(&mut self, hub: &Hub, shop: ShopId, number: u64) {
        let (refresher, stop, orders) =
            (hub.refresher().unwrap(), Arc::clone(&self.stop), Arc::clone(&self.orders));
        self.tasks.spawn(async move {
            for version in 2.. {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                // Some change, some are new; the first 300 are left to the rotation.
                let id = number * 1_000 + 300 + u64::try_from(version % 700).unwrap();
                refresher.order(shop, file::order(id, version)).await.unwrap();
                orders.fetch_add(1, Ordering::SeqCst);
            }
        });
    }

    fn done(&self) -> (i64, i64) {
        (self.calls.load(Ordering::SeqCst), self.orders.load(Ordering::SeqCst))
    }

    /// Waits until so many more orders were stored.
    async fn goes_on(&self, orders: i64) {
        let wanted = self.done().1 + orders;
        while self.done().1 < wanted {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn end(mut self) -> (i64, i64) {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(done) = self.tasks.join_next().await {
            done.unwrap();
        }
        (self.calls.load(Ordering::SeqCst), self.orders.load(Ordering::SeqCst))
    }
}

/// A child that is killed while it works.
pub(super) async fn work_for_ever(hub: Hub) {
    let mut load = Load::start(&hub).await;
    println!("\n{MARK}working");
    while load.tasks.join_next().await.is_some() {}
}

/// A child that works until its input ends.
pub(super) async fn work_until_told(hub: &Hub) {
    let load = Load::start(hub).await;
    println!("\n{MARK}working");
    let told = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
    told.await.unwrap().unwrap();
    let (calls, orders) = load.end().await;
    println!("\n{MARK}{calls} {orders}");
}

/// A second process under load, started.
struct Other {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(mut command: std::process::Command) -> Self {
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut other = Self { child, lines };
        assert_eq!(other.hear(), "working");
        other
    }

    fn hear(&mut self) -> String {
        let mut said = self.lines.by_ref().map_while(Result::ok);
        said.find_map(|line| line.split_once(MARK).map(|(_, said)| said.to_owned()))
            .expect("the child speaks")
    }

    /// Tells it to end; what it did.
    fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let said = self.hear();
        assert!(self.child.wait().unwrap().success());
        said
    }
}

/// `DIANQIAO_ORDERS` orders to seal anew; `scripts/torture rotate` takes many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_under_load_go_on_while_the_key_changes() {
    let platform = Platform::new(Rotation::Strict, Clock::system(), Duration::from_secs(7 * 86_400));
    let base = platform.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("shop.db");
    let hub = open(&database, ring_of("old"), &base).await.unwrap();
    connect(&hub, &base, SHOPS).await;
    write_orders(&hub, number("DIANQIAO_ORDERS", 600)).await;
    // Grants are written all the time, and less often than the pace of renewals allows.
    let expiring = tokio::spawn({
        let platform = platform.clone();
        async move {
            loop {
                platform.expire();
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    });
    let command = process("load", &database, "prepared", &base);
    let other = tokio::task::spawn_blocking(move || Other::start(command)).await.unwrap();
    let load = Load::start(&hub).await;
    load.goes_on(20).await;
    let (before, begun) = (load.done(), tokio::time::Instant::now());
    let mut request = rotation();
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    request.on_progress = Some(Arc::new(move |progress| keep.lock().unwrap().push(progress)));
    let report = hub.rotate_key(request).await.unwrap();
    let (after, took) = (load.done(), begun.elapsed());
    load.goes_on(20).await;
    expiring.abort();
    let ended = load.end().await;
    let theirs = tokio::task::spawn_blocking(move || other.end()).await.unwrap();
    hub.close().await.unwrap();
    println!("{took:?}, {report:?}; calls and orders {before:?} → {after:?} → {ended:?}; the other {theirs}");
    let seen = platform.seen();
    println!("{seen:?}");
    assert_eq!((report.unreadable, report.superseded.len()), (0, 1));
    assert!(report.resealed >= 300, "{report:?}");
    assert!(after.0 > before.0 && after.1 > before.1, "nobody waited for it");
    assert_eq!(seen.retired, 0, "no token was lost: {seen:?}");
    assert!(u64::from(seen.rotations) >= 2 * SHOPS, "{seen:?}");
    let last = told.lock().unwrap().last().copied();
    assert!(last.is_some_and(|last| last.resealed == report.resealed && last.looked > 0), "{last:?}");
    assert_rotated(&database).await;
}
