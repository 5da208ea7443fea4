//! A process that publishes dies at each step; two others go on. There is one post at the most, and one that is said to
//! be there is there.

use std::collections::BTreeMap;
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use dianqiao::Hub;
use dianqiao::clock::{Clock, ManualClock};
use dianqiao::model::{PromotionId, PromotionStatus};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::desk::Stage;
use crate::support::{Desk, config, config_for};

const ROLE: &str = "DIANQIAO_PROMOTIONS_CHILD";
const UPLOAD: &str = "video/upload_video";
const CREATE: &str = "video/create_video";
const LIST: &str = "video/video_list";
const PATIENCE: Duration = Duration::from_secs(60);

/// Nothing unless it is started as a child: works until somebody ends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn works_as_another_process() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let role: Value = serde_json::from_str(&role).unwrap();
    let text = |name: &str| role[name].as_str().unwrap().to_owned();
    let hub = Hub::open(config_for(text("database").as_ref(), &text("host"))).await.unwrap();
    sleep(PATIENCE).await;
    hub.close().await.unwrap();
}

fn child(desk: &Desk, failpoint: Option<&str>) -> Child {
    let role = json!({"host": desk.sandbox.host(), "database": desk.database()});
    crate::support::child("promotions::killed::works_as_another_process", (ROLE, &role), failpoint)
}

/// Where the process that publishes dies, and whether there is a post then.
struct Step {
    name: &'static str,
    /// What the platform does to all calls of a method.
    faults: &'static [(&'static str, &'static str)],
    death: Death,
    is_posted: bool,
}

#[derive(Clone, Copy)]
enum Death {
    /// It dies there by itself.
    At(&'static str),
    /// It is killed once the platform counts one of these, which goes no further then.
    Once(&'static str),
}

const STEPS: [Step; 16] = [
    step("before the intent's commit", &[], Death::At("before-intent"), true),
    step("after the intent's commit", &[], Death::At("after-intent"), false),
    step("sign", &[], Death::At("signed:/api/douyin/v1/video/create_video/"), false),
    step("connect", &[("hang_connect", UPLOAD)], Death::Once("/heldConnections"), false),
    step("first byte", &[("hang_reading", CREATE)], Death::Once("/faults/hang_reading"), false),
    step("last byte", &[("hang", CREATE)], Death::Once("/faults/hang"), false),
    step("headers in", &[("hang_headers", CREATE)], Death::Once("/faults/hang_headers"), true),
    step("body in", &[], Death::At("answered:/api/douyin/v1/video/create_video/"), true),
    step("parse", &[], Death::At("read:/api/douyin/v1/video/create_video/"), true),
    step("before the result's commit", &[], Death::At("after-send"), true),
    step("after the result's commit", &[], Death::At("after-result"), true),
    step(
        "listing call",
        &[("lost_reset", CREATE), ("hang_headers", LIST)],
        Death::Once("/faults/hang_headers"),
        true,
    ),
    step(
        "listing parse",
        &[("lost_close", CREATE)],
        Death::At("read:/api/douyin/v1/video/video_list/"),
        true,
    ),
    step("after the listing's commit", &[("lost_cut", CREATE)], Death::At("after-sight"), true),
    step("before the requeue's commit", &[("limited", CREATE)], Death::At("after-send"), false),
    step("after the requeue's commit", &[("limited", CREATE)], Death::At("after-result"), true),
];

const fn step(
    name: &'static str,
    faults: &'static [(&'static str, &'static str)],
    death: Death,
    is_posted: bool,
) -> Step {
    Step { name, faults, death, is_posted }
}

impl Step {
    async fn die(&self, stage: &Stage) {
        for (fault, method) in self.faults {
            stage.fault_all(fault, method).await;
        }
        let count = match self.death {
            Death::At(point) => {
                let mut child = child(&stage.desk, Some(point));
                let died = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
                assert!(!died.success(), "{}: is reached", self.name);
                return;
            }
            Death::Once(count) => count,
        };
        let mut child = child(&stage.desk, None);
        let patience = Instant::now() + PATIENCE;
        while stage.desk.sandbox.get("/stats").await.pointer(count).and_then(Value::as_u64).unwrap_or(0) == 0
        {
            assert!(Instant::now() < patience, "{}: is not reached", self.name);
            sleep(Duration::from_millis(10)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Approved in the past, for a moment that has passed by the clock of the others: somebody else publishes it.
async fn approved(stage: &mut Stage, text: &str) -> PromotionId {
    let now = Clock::system().now();
    stage.desk.hub.close().await.unwrap();
    let clock = ManualClock::new(now.minus(Duration::from_secs(20)));
    let config = config(&stage.desk.database(), &stage.desk.sandbox).with_clock(clock.clock());
    stage.desk.hub = Hub::open(config).await.unwrap();
    let draft = stage.video(text).await;
    let soon = Some(now.minus(Duration::from_secs(10)));
    let made = stage.writer().promotions().draft(stage.shop.id, draft, soon).await.unwrap();
    stage.writer().promotions().submit(made.id).await.unwrap();
    let approved = stage.boss().promotions().approve(made.id, None, None).await.unwrap();
    assert_eq!(approved.status, PromotionStatus::Scheduled);
    stage.hub().close().await.unwrap();
    made.id
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_step_a_promotion_is_there_once_or_known_to_be_unknown() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let rounds = number("DIANQIAO_ROUNDS").unwrap_or(3);
    let turns = Arc::new(Semaphore::new(number("DIANQIAO_AT_ONCE").unwrap_or(4)));
    let mut deaths = JoinSet::new();
    for step in (0..rounds).flat_map(|_| &STEPS) {
        let turn = Arc::clone(&turns).acquire_owned().await.unwrap();
        deaths.spawn(async move {
            let posts = killed(step).await;
            drop(turn);
            (step.name, posts)
        });
    }
    let mut table = BTreeMap::<_, (usize, usize)>::new();
    while let Some(died) = deaths.join_next().await {
        let (name, posts) = died.unwrap();
        let (deaths, all) = table.entry(name).or_default();
        *deaths += 1;
        *all += posts;
    }
    for Step { name, .. } in &STEPS {
        let (deaths, posts) = table[name];
        println!("{name}: {deaths} deaths, {posts} posts");
    }
}

/// How many posts there are in the end.
async fn killed(step: &Step) -> usize {
    let mut stage = Stage::open().await;
    let id = approved(&mut stage, step.name).await;
    step.die(&stage).await;
    stage.desk.sandbox.clear_faults().await;
    let mut other = child(&stage.desk, None);
    stage.desk.hub = Hub::open(config(&stage.desk.database(), &stage.desk.sandbox)).await.unwrap();
    if step.is_posted {
        let there = stage.until(id, PromotionStatus::Published).await;
        let posted = stage.posted().await;
        assert_eq!(posted.len(), 1, "{}: {posted:#?}", step.name);
        assert_eq!(there.platform_promotion_id.as_deref(), posted[0]["target"].as_str(), "{}", step.name);
    } else {
        let unknown = stage.until(id, PromotionStatus::Unknown).await;
        stage.hub().changes().settle(unknown.change_id.unwrap()).await.unwrap();
        assert_eq!(stage.now(id).await.status, PromotionStatus::Unknown, "{}", step.name);
        assert!(stage.posted().await.is_empty(), "{}: nobody knows, so nobody sends it again", step.name);
    }
    other.kill().unwrap();
    other.wait().unwrap();
    usize::from(step.is_posted)
}
