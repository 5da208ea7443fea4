//! The database file: wrong keys, newer schemas, other processes, and death in the middle of a sync.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use dianqiao::model::{RunFilter, RunState, ShopId};
use dianqiao::{ErrorKind, Hub, HubConfig, KeyRing, MasterKey, RawRequest, SyncRequest};
use serde_json::json;

use crate::support::{Desk, keys};
use crate::sync::assert_orders_equal;

fn other_key() -> MasterKey {
    MasterKey::from_bytes(b"another key of thirty-two bytes!").unwrap()
}

/// Every file of a folder with its bytes.
fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let mut files: Vec<_> = entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .filter(|(name, _)| !name.ends_with("-shm"))
        .collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_refused_before_anything_is_written() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    desk.connect().await;
    // While it is open …
    let wrong = HubConfig::new(desk.database(), KeyRing::new(other_key()));
    assert_eq!(Hub::open(wrong.clone()).await.unwrap_err().kind(), ErrorKind::KeyWrong);
    desk.hub.close().await.unwrap();
    // … and when it is not.
    let before = snapshot(desk.folder.path());
    let error = Hub::open(wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyWrong);
    assert!(
        error.to_string().contains(&MasterKey::from_bytes(&crate::support::KEY).unwrap().id()),
        "{error}"
    );
    assert_eq!(snapshot(desk.folder.path()), before);
    // A new writing key with the old one for reading opens everything.
    let ring = KeyRing::new(other_key()).with_reader(MasterKey::from_bytes(&crate::support::KEY).unwrap());
    let hub = Hub::open(HubConfig::new(desk.database(), ring)).await.unwrap();
    assert_eq!(hub.shops().list(Default::default()).await.unwrap().len(), 1);
    hub.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_newer_version_stays_as_it_is_even_when_only_its_log_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("shop.db");
    let hub = Hub::open(HubConfig::new(&database, keys())).await.unwrap();
    hub.close().await.unwrap();
    let future = tempfile::tempdir().unwrap();
    {
        let conn = rusqlite::Connection::open(&database).unwrap();
        conn.pragma_update(None, "journal_mode", "wal").unwrap();
        conn.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
        conn.execute(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
             VALUES (999, 'from_the_future', '2030-01-01T00:00:00Z', '1')",
            [],
        )
        .unwrap();
        for name in ["shop.db", "shop.db-wal"] {
            fs::copy(folder.path().join(name), future.path().join(name)).unwrap();
        }
    }
    let plain = fs::read(future.path().join("shop.db")).unwrap();
    assert!(
        !plain.windows(15).any(|bytes| bytes == b"from_the_future"),
        "the version stands in the log alone"
    );
    let before = snapshot(future.path());
    let error = Hub::open(HubConfig::new(future.path().join("shop.db"), keys())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid, "{error}");
    assert!(error.to_string().contains("999"), "{error}");
    assert_eq!(snapshot(future.path()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "这不是数据库".repeat(1000)).unwrap();
    let before = snapshot(folder.path());
    let error = Hub::open(HubConfig::new(&path, keys())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
    assert_eq!(snapshot(folder.path()), before);
}

/// A child process that does `work` on a database until it is told to stop.
struct Other {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Other {
    fn start(work: &str, desk: &Desk) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "files::child", "--ignored", "--nocapture", "--test-threads", "1"])
            .env("DIANQIAO_CHILD", work)
            .env("DIANQIAO_DATABASE", desk.database())
            .env("DIANQIAO_HOST", desk.sandbox.host())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// The next line that starts with `word`; the rest of it.
    fn wait_for(&mut self, word: &str) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "the child ended before it said {word}");
            if let Some(rest) = line.trim().strip_prefix(word) {
                return rest.trim().to_owned();
            }
        }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn stop(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
#[ignore = "the other process of the tests below"]
fn child() {
    let work = std::env::var("DIANQIAO_CHILD").unwrap_or_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let config = HubConfig::new(std::env::var("DIANQIAO_DATABASE").unwrap(), keys())
            .with_allowed_host(std::env::var("DIANQIAO_HOST").unwrap());
        let hub = Hub::open(config).await.unwrap();
        println!("\nopened {}", hub.health().await.unwrap().is_leader);
        if work == "sync" {
            let mut request = SyncRequest::new(ShopId(1));
            request.on_progress = Some(std::sync::Arc::new(|run: &dianqiao::model::Run| {
                println!("\nlisted {}", run.progress.listed);
                std::io::stdout().flush().unwrap();
            }));
            hub.orders().sync(request).await.unwrap();
            println!("\ndone");
        }
        if work == "call" {
            // Never answered: the sandbox hangs.
            let request = RawRequest {
                shop_id: ShopId(1),
                api: "shop.brandList".into(),
                params: "{}".into(),
                files: Vec::new(),
                repeatable: false,
            };
            let _ = hub.call(request).await;
        }
        let mut line = String::new();
        tokio::task::spawn_blocking(move || std::io::stdin().read_line(&mut line)).await.unwrap().unwrap();
        hub.close().await.unwrap();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_killed_at_any_page_goes_on_and_loses_nothing() {
    for (round, at_least) in [100_i64, 400, 900].into_iter().enumerate() {
        let mut desk = Desk::open(&["--orders", "1500", "--products", "5"]).await;
        let shop = desk.connect().await;
        desk.hub.close().await.unwrap();
        desk.sandbox.fault(json!({ "fault": "latency", "options": { "ms": 5, "jitterMs": 4 } })).await;
        let mut other = Other::start("sync", &desk);
        let mut said = 0;
        while said < at_least {
            said = other.wait_for("listed").parse().unwrap();
        }
        other.kill();
        desk.hub = Hub::open(crate::support::config(&desk.database(), &desk.sandbox)).await.unwrap();
        let filter = RunFilter { shop_id: Some(shop.id), ..RunFilter::default() };
        let run = desk.hub.runs().list(filter).await.unwrap().items.remove(0);
        assert_eq!(run.state, RunState::Interrupted, "round {round}");
        assert!(run.progress.listed >= said, "acknowledged {said}, stored {}", run.progress.listed);
        let before = desk.sandbox.calls("order.searchList").await;
        let run = desk.hub.orders().sync(SyncRequest::new(shop.id)).await.unwrap();
        assert!(run.progress.listed < 1500 + 700, "reads on, not again: {}", run.progress.listed);
        assert!(desk.sandbox.calls("order.searchList").await > before);
        assert_orders_equal(&desk, &shop).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_a_file_and_one_of_them_leads() {
    let desk = Desk::open(&["--orders", "300", "--products", "5"]).await;
    let shop = desk.connect().await;
    let mut other = Other::start("sync", &desk);
    let leads = other.wait_for("opened");
    assert_eq!((leads.as_str(), desk.hub.health().await.unwrap().is_leader), ("false", true));
    other.wait_for("done");
    // Its rows are ours, and it is still there while we write.
    assert_orders_equal(&desk, &shop).await;
    desk.hub.products().sync(SyncRequest::new(shop.id)).await.unwrap();
    other.stop();
    desk.hub.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_twice_in_one_process_shares_the_engine_until_the_last_close() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    let again = Hub::open(crate::support::config(&desk.database(), &desk.sandbox)).await.unwrap();
    desk.hub.close().await.unwrap();
    assert_eq!(desk.hub.shops().get(shop.id).await.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(again.shops().get(shop.id).await.unwrap().id, shop.id);
    again.close().await.unwrap();
    again.close().await.unwrap();
    // A clean close leaves nothing but the database.
    let names: Vec<_> = snapshot(desk.folder.path()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["shop.db"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_while_it_renews_a_token_holds_nobody_up() {
    let mut desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    desk.hub.close().await.unwrap();
    desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
    desk.sandbox.fault(json!({ "fault": "hang", "method": "token.refresh" })).await;
    let mut other = Other::start("call", &desk);
    other.wait_for("opened");
    while desk.sandbox.calls("token.refresh").await == 0 {
        tokio::task::yield_now().await;
    }
    other.kill();
    desk.sandbox.clear_faults().await;
    desk.hub = Hub::open(crate::support::config(&desk.database(), &desk.sandbox)).await.unwrap();
    let request = RawRequest {
        shop_id: shop.id,
        api: "shop.brandList".into(),
        params: "{}".into(),
        files: Vec::new(),
        repeatable: false,
    };
    let called = tokio::time::timeout(std::time::Duration::from_secs(20), desk.hub.call(request));
    called.await.expect("not held up by the dead process's claim").unwrap();
    assert_eq!(desk.sandbox.get("/stats").await["retiredRefreshUses"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_waits_for_the_refresh_of_another_and_uses_its_tokens() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
    desk.sandbox
        .fault(json!({ "fault": "latency", "method": "token.refresh", "options": { "ms": 3000 } }))
        .await;
    let mut other = Other::start("call", &desk);
    other.wait_for("opened");
    while desk.sandbox.calls("token.refresh").await == 0 {
        tokio::task::yield_now().await;
    }
    let request = RawRequest {
        shop_id: shop.id,
        api: "shop.brandList".into(),
        params: "{}".into(),
        files: Vec::new(),
        repeatable: false,
    };
    desk.hub.call(request).await.unwrap();
    assert_eq!(desk.sandbox.calls("token.refresh").await, 1);
    other.stop();
}
