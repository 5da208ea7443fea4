//! A hub with an account of the sandbox's 抖音, somebody who writes and somebody who approves.

use std::time::Duration;

use dianqiao::clock::{Clock, ManualClock};
use dianqiao::model::{
    Actor, MediaId, Promotion, PromotionDraft, PromotionId, PromotionKind, PromotionStatus, Shop,
};
use dianqiao::{AddMedia, Hub, MediaSource};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::film::film;
use crate::douyin::connect;
use crate::support::{Desk, config};

pub(super) struct Stage {
    pub(super) desk: Desk,
    pub(super) shop: Shop,
}

impl Stage {
    pub(super) async fn open() -> Self {
        let desk = Desk::open(&["--platforms", "douyin"]).await;
        let shop = connect(&desk).await;
        let stage = Self { desk, shop };
        stage.post("/review", json!({"platform": "douyin", "ms": 0, "outcome": "approve"})).await;
        stage
    }

    pub(super) async fn post(&self, path: &str, body: Value) {
        self.desk.sandbox.post(path, body).await;
    }

    /// Faults the next call of a method.
    pub(super) async fn fault(&self, name: &str, method: &str) {
        let scope = json!({"platform": "douyin", "fault": name, "method": method, "times": 1});
        self.desk.sandbox.fault(scope).await;
    }

    /// Faults every call of a method.
    pub(super) async fn fault_all(&self, name: &str, method: &str) {
        self.desk.sandbox.fault(json!({"platform": "douyin", "fault": name, "method": method})).await;
    }

    /// Closes the hub and opens it again so much later, with a clock that stands still from then on.
    pub(super) async fn later(&mut self, wait: Duration) -> ManualClock {
        self.desk.hub.close().await.unwrap();
        let clock = ManualClock::new(Clock::system().now().plus(wait));
        let config = config(&self.desk.database(), &self.desk.sandbox).with_clock(clock.clock());
        self.desk.hub = Hub::open(config).await.unwrap();
        clock
    }

    pub(super) fn hub(&self) -> &Hub {
        &self.desk.hub
    }

    pub(super) fn who(&self, id: &str, role: &str) -> Hub {
        self.hub().acting(Actor::User { id: id.into(), roles: vec![role.into()] }).unwrap()
    }

    pub(super) fn writer(&self) -> Hub {
        self.who("xiaoli", "operator")
    }

    pub(super) fn boss(&self) -> Hub {
        self.who("boss", "admin")
    }

    pub(super) async fn add(&self, bytes: Vec<u8>) -> MediaId {
        self.hub().media().add(AddMedia::new(MediaSource::Bytes(bytes))).await.unwrap().id
    }

    pub(super) async fn video(&self, text: &str) -> PromotionDraft {
        let seed = text.bytes().fold(0_u8, u8::wrapping_add);
        let media = vec![self.add(film(12, seed, 4_000)).await];
        PromotionDraft { media, ..draft(PromotionKind::Video, text) }
    }

    pub(super) async fn drafted(&self, draft: PromotionDraft) -> Promotion {
        self.writer().promotions().draft(self.shop.id, draft, None).await.unwrap()
    }

    pub(super) async fn approved(&self, draft: PromotionDraft) -> Promotion {
        let made = self.drafted(draft).await;
        let asked = self.writer().promotions().submit(made.id).await.unwrap();
        self.boss().promotions().approve(asked.id, Some(asked.version), None).await.unwrap()
    }

    pub(super) async fn now(&self, id: PromotionId) -> Promotion {
        self.hub().promotions().get(id).await.unwrap()
    }

    /// Waits until it stands there.
    pub(super) async fn until(&self, id: PromotionId, status: PromotionStatus) -> Promotion {
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            let promotion = self.now(id).await;
            if promotion.status == status {
                return promotion;
            }
            assert!(Instant::now() < patience, "waited for {status}: {promotion:#?}");
            // The platform is asked at once, and not only when it is due.
            let _ = self.hub().promotions().check(id).await;
            sleep(Duration::from_millis(100)).await;
        }
    }

    pub(super) async fn walk(&self, id: PromotionId) -> Vec<String> {
        let steps = self.hub().promotions().steps(id).await.unwrap();
        steps.iter().map(|step| step.status.to_string()).collect()
    }

    /// What the platform executed, by its own log.
    pub(super) async fn posted(&self) -> Vec<Value> {
        let log = self.desk.sandbox.get("/writes?platform=douyin").await;
        log["items"].as_array().unwrap().clone()
    }
}

pub(super) fn draft(kind: PromotionKind, text: &str) -> PromotionDraft {
    PromotionDraft::new(kind, "新茶", text)
}
