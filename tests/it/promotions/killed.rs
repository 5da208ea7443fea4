//! A process that publishes dies at each step; two others go on. There is one post at the most, and one that is said to
//! be there is there.

use std::process::Child;
use std::time::Duration;

use dianqiao::Hub;
use dianqiao::model::{PromotionId, PromotionStatus, UtcMillis};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::desk::Stage;
use crate::support::{Desk, config, config_for};

const ROLE: &str = "DIANQIAO_PROMOTIONS_CHILD";
const CREATE: &str = "video/create_video";
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

/// Where the process that publishes dies.
enum Death {
    /// It dies there itself; the platform may lose an answer before.
    At(&'static str, Option<&'static str>),
    /// It is killed when the platform has done this much of the call, which hangs from then on.
    While { fault: &'static str, executed: bool },
}

impl Death {
    async fn meet(&self, stage: &Stage) {
        let (mut child, executed) = match self {
            Self::At(point, fault) => {
                if let Some(fault) = fault {
                    stage.fault(fault, CREATE).await;
                }
                let mut child = child(&stage.desk, Some(point));
                let died = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
                assert!(!died.success(), "{point} is reached");
                return;
            }
            Self::While { fault, executed } => {
                stage.fault(fault, CREATE).await;
                (child(&stage.desk, None), *executed)
            }
        };
        let patience = Instant::now() + PATIENCE;
        let is_there = async || match executed {
            true => !stage.posted().await.is_empty(),
            false => stage.desk.sandbox.calls_of("douyin", CREATE).await > 0,
        };
        while !is_there().await {
            assert!(Instant::now() < patience, "the call does not come");
            sleep(Duration::from_millis(20)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Approved for in a moment by a hub that is closed then: somebody else publishes it.
async fn approved(stage: &Stage, text: &str) -> PromotionId {
    let soon = dianqiao::clock::Clock::system().now().0 + 3_000;
    let draft = stage.video(text).await;
    let made = stage.writer().promotions().draft(stage.shop.id, draft, Some(UtcMillis(soon))).await.unwrap();
    stage.writer().promotions().submit(made.id).await.unwrap();
    let approved = stage.boss().promotions().approve(made.id, None, None).await.unwrap();
    assert_eq!(approved.status, PromotionStatus::Scheduled, "this machine is too slow for this test");
    stage.hub().close().await.unwrap();
    made.id
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_step_a_promotion_is_there_once_or_known_to_be_unknown() {
    let deaths = [
        (Death::At("before-intent", None), true),
        (Death::At("after-intent", None), false),
        (Death::While { fault: "hang", executed: false }, false),
        (Death::While { fault: "slow_body", executed: true }, true),
        (Death::At("after-send", None), true),
        (Death::At("after-result", None), true),
        (Death::At("before-look", Some("lost_reset")), true),
        (Death::At("after-look", Some("lost_close")), true),
    ];
    let rounds = std::env::var("DIANQIAO_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    for (nth, (death, is_posted)) in deaths.iter().enumerate() {
        for _ in 0..rounds {
            killed(nth, death, *is_posted).await;
        }
        println!("step {nth}: {rounds} deaths, {} posts each", u8::from(*is_posted));
    }
}

async fn killed(nth: usize, death: &Death, is_posted: bool) {
    let mut stage = Stage::open().await;
    let id = approved(&stage, &format!("第 {nth} 步")).await;
    death.meet(&stage).await;
    stage.desk.sandbox.clear_faults().await;
    let mut other = child(&stage.desk, None);
    stage.desk.hub = Hub::open(config(&stage.desk.database(), &stage.desk.sandbox)).await.unwrap();
    if is_posted {
        let there = stage.until(id, PromotionStatus::Published).await;
        let posted = stage.posted().await;
        assert_eq!(posted.len(), 1, "step {nth}: {posted:#?}");
        assert_eq!(there.platform_promotion_id.as_deref(), posted[0]["target"].as_str(), "step {nth}");
    } else {
        let unknown = stage.until(id, PromotionStatus::Unknown).await;
        stage.hub().changes().settle(unknown.change_id.unwrap()).await.unwrap();
        assert_eq!(stage.now(id).await.status, PromotionStatus::Unknown, "step {nth}");
        assert!(stage.posted().await.is_empty(), "step {nth}: nobody knows, so nobody sends it again");
    }
    other.kill().unwrap();
    other.wait().unwrap();
}
