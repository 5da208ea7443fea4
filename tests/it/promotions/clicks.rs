//! Many who click at once, in many processes: one post.

use std::path::Path;
use std::process::Child;
use std::time::Duration;

use dianqiao::Hub;
use dianqiao::model::{Actor, PromotionId, PromotionStatus};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::desk::Stage;
use crate::support::config_for;

const ROLE: &str = "DIANQIAO_CLICKS_CHILD";
const PROCESSES: usize = 4;
const CLICKS: usize = 2_500;

/// Nothing unless it is started as a child: approves again and again, and writes down how often that was heard.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clicks_as_another_process() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let role: Value = serde_json::from_str(&role).unwrap();
    let text = |name: &str| role[name].as_str().unwrap();
    let hub = Hub::open(config_for(text("database").as_ref(), text("host"))).await.unwrap();
    let boss = hub.acting(Actor::User { id: text("name").into(), roles: vec!["admin".into()] }).unwrap();
    let id = PromotionId(role["promotion"].as_i64().unwrap());
    std::fs::write(text("ready"), "").unwrap();
    while !Path::new(text("go")).exists() {
        sleep(Duration::from_millis(1)).await;
    }
    let mut clicks = JoinSet::new();
    for _ in 0..CLICKS {
        let boss = boss.clone();
        clicks.spawn(async move { boss.promotions().approve(id, None, None).await.is_ok() });
    }
    let won = clicks.join_all().await.into_iter().filter(|won| *won).count();
    hub.close().await.unwrap();
    std::fs::write(text("ready"), won.to_string()).unwrap();
}

/// A process that clicks, and the file in which it says that it is ready, and then how often it was heard.
struct Clicker {
    child: Child,
    ready: std::path::PathBuf,
}

impl Clicker {
    fn start(stage: &Stage, name: &str, promotion: PromotionId, go: &Path) -> Self {
        let ready = stage.desk.folder.path().join(name);
        let role = json!({
            "host": stage.desk.sandbox.host(), "database": stage.desk.database(), "name": name,
            "promotion": promotion.0, "ready": ready, "go": go,
        });
        let child =
            crate::support::child("promotions::clicks::clicks_as_another_process", (ROLE, &role), None);
        Self { child, ready }
    }

    async fn is_ready(&mut self) {
        while !self.ready.exists() {
            assert!(self.child.try_wait().unwrap().is_none(), "it ended before its time");
            sleep(Duration::from_millis(5)).await;
        }
    }

    fn won(mut self) -> usize {
        assert!(self.child.wait().unwrap().success());
        std::fs::read_to_string(&self.ready).unwrap().parse().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_clicks_of_four_processes_publish_it_once() {
    let stage = Stage::open().await;
    let made = stage.drafted(stage.video("一万次点击").await).await;
    stage.writer().promotions().submit(made.id).await.unwrap();
    let go = stage.desk.folder.path().join("go");
    let mut clickers: Vec<_> =
        (0..PROCESSES).map(|nth| Clicker::start(&stage, &format!("boss{nth}"), made.id, &go)).collect();
    for clicker in &mut clickers {
        clicker.is_ready().await;
    }
    std::fs::write(&go, "").unwrap();
    let won: usize = clickers.into_iter().map(Clicker::won).sum();
    assert_eq!(won, 1, "of {} clicks", PROCESSES * CLICKS);
    stage.until(made.id, PromotionStatus::Published).await;
    assert_eq!(stage.posted().await.len(), 1);
    // The same content again is another promotion, and allowed.
    let again = stage.approved(made.draft).await;
    stage.until(again.id, PromotionStatus::Published).await;
    assert_eq!(stage.posted().await.len(), 2);
}
