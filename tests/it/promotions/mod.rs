//! Promotions through the public face: approved, published once, followed to their end.

mod clicks;
mod desk;
mod film;
mod killed;

use std::time::Duration;

use dianqiao::model::{
    ChangeState, Delivery, Event, LivePlan, PlatformId, PromotionDraft, PromotionId, PromotionKind,
    PromotionStatus, Resolution, UtcMillis,
};
use dianqiao::{ErrorKind, NoticeRequest};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::media::png;
use desk::{Stage, draft};
use film::film;

const CREATE: &str = "video/create_video";

#[tokio::test(flavor = "multi_thread")]
async fn a_video_is_approved_published_once_and_its_figures_are_read() {
    let stage = Stage::open().await;
    let cover = stage.add(png(720, 1280, 3)).await;
    let made =
        stage.drafted(PromotionDraft { cover: Some(cover), ..stage.video("新茶到店 #上新").await }).await;
    let asked = stage.writer().promotions().submit(made.id).await.unwrap();
    assert_eq!(asked.status, PromotionStatus::InApproval);
    // Neither the program itself nor who wrote it can say yes.
    for hub in [stage.hub().clone(), stage.writer()] {
        let error = hub.promotions().approve(made.id, None, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    }
    assert!(stage.posted().await.is_empty(), "nothing is published before it is approved");
    let approved = stage.boss().promotions().approve(made.id, Some(1), Some("好".into())).await.unwrap();
    assert_eq!(approved.approval.as_ref().unwrap().actor, "boss");
    let there = stage.until(made.id, PromotionStatus::Published).await;
    assert!(there.link.is_some() && there.platform_promotion_id.is_some(), "{there:#?}");
    assert_eq!(
        stage.walk(made.id).await,
        ["draft", "in_approval", "queued", "uploading", "submitting", "under_review", "published"]
    );
    let posted = stage.posted().await;
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0]["params"]["text"], json!("新茶到店 #上新"));

    stage.post("/clock", json!({"advanceMs": 2 * 86_400_000_i64})).await;
    stage.post("/tokens", json!({"platform": "douyin"})).await;
    let metrics = stage.hub().promotions().metrics(made.id, true).await.unwrap();
    assert!(metrics.total.plays.is_some() && metrics.total_at.is_some(), "{metrics:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_whose_answer_is_lost_is_found_and_is_there_once() {
    let stage = Stage::open().await;
    for fault in ["lost_reset", "lost_close", "lost_cut", "lost_500"] {
        stage.fault(fault, CREATE).await;
        let made = stage.approved(stage.video(&format!("一次就好 {fault}")).await).await;
        stage.until(made.id, PromotionStatus::Published).await;
        assert!(stage.walk(made.id).await.contains(&"unknown".to_owned()), "{fault} was no loss");
    }
    let posted = stage.posted().await;
    assert_eq!(posted.len(), 4, "{posted:#?}");
    assert!(posted.iter().all(|post| post["params"]["count"] == json!(1)), "{posted:#?}");
}

/// Looks for it until a person is asked.
async fn needs_human(stage: &Stage, id: PromotionId) {
    let unknown = stage.until(id, PromotionStatus::Unknown).await;
    let change = unknown.change_id.unwrap();
    let patience = Instant::now() + Duration::from_secs(120);
    while stage.hub().changes().settle(change).await.unwrap().state != ChangeState::NeedsHuman {
        assert!(Instant::now() < patience, "it asks for nobody");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_nothing_shows_is_never_sent_again_and_a_person_says_what_became_of_it() {
    let stage = Stage::open().await;
    // Its answer is lost, and the list shows it under another id: nobody can tell that it is ours.
    stage.post("/settings", json!({"platform": "douyin", "listedVideoId": "other"})).await;
    stage.fault("lost_reset", CREATE).await;
    let made = stage.approved(stage.video("只有人知道").await).await;
    needs_human(&stage, made.id).await;
    let waiting = stage.now(made.id).await;
    assert_eq!(waiting.status, PromotionStatus::NeedsHuman);
    assert_eq!(stage.posted().await.len(), 1, "it was never sent again");
    let promotions = stage.hub().promotions();
    let refused = promotions.resolve(made.id, Resolution::Accepted, None).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Forbidden, "a named person has to say it");
    let promotions = stage.boss();
    let promotions = promotions.promotions();
    let missing = promotions.resolve(made.id, Resolution::Accepted, None).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Conflict, "{missing}");
    let shop: String = url::form_urlencoded::byte_serialize(stage.shop.platform_shop_id.as_bytes()).collect();
    let path = format!("/truth?platform=douyin&shop={shop}&kind=posts&limit=1000");
    let posts = stage.desk.sandbox.get(&path).await["items"].as_array().unwrap().clone();
    let ours =
        posts.iter().find(|post| post["text"] == json!("只有人知道") || post["title"] == json!("只有人知道"));
    let ours = ours.unwrap_or_else(|| panic!("{posts:#?}"))["item_id"].as_str().unwrap().to_owned();
    let settled = promotions.resolve(made.id, Resolution::Accepted, Some(ours.clone())).await.unwrap();
    assert_eq!(settled.platform_promotion_id, Some(ours));
    stage.until(made.id, PromotionStatus::Published).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_are_written_anew_have_to_be_approved_anew() {
    let stage = Stage::open().await;
    let media = vec![stage.add(png(600, 800, 1)).await, stage.add(png(600, 800, 2)).await];
    let first = PromotionDraft { media, ..draft(PromotionKind::ImageText, "三款新茶") };
    let later = UtcMillis(first_of_2100());
    let made = stage.writer().promotions().draft(stage.shop.id, first.clone(), Some(later)).await.unwrap();
    stage.writer().promotions().submit(made.id).await.unwrap();
    let approved = stage.boss().promotions().approve(made.id, None, None).await.unwrap();
    assert_eq!(approved.status, PromotionStatus::Scheduled);
    let edited = PromotionDraft { text: "四款新茶".into(), ..first };
    let edited = stage.writer().promotions().edit(made.id, edited).await.unwrap();
    assert_eq!((edited.version, edited.status, edited.approval), (2, PromotionStatus::Draft, None));
    stage.writer().promotions().submit(made.id).await.unwrap();
    let old = stage.boss().promotions().approve(made.id, Some(1), None).await.unwrap_err();
    assert_eq!(old.kind(), ErrorKind::Conflict, "{old}");
    stage.boss().promotions().approve(made.id, Some(2), None).await.unwrap();
    let now = stage.writer().promotions().schedule(made.id, None).await.unwrap();
    assert_eq!(now.status, PromotionStatus::Queued);
    stage.until(made.id, PromotionStatus::Published).await;
    let posted = stage.posted().await;
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0]["params"]["text"], json!("四款新茶"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_refuses_says_why_and_can_be_written_anew() {
    let stage = Stage::open().await;
    let made = stage.approved(stage.video("敏感内容").await).await;
    let refused = stage.until(made.id, PromotionStatus::Rejected).await;
    assert!(refused.reason.is_some(), "{refused:#?}");
    assert!(stage.posted().await.is_empty());
    let better = PromotionDraft { text: "好内容".into(), ..refused.draft };
    let edited = stage.writer().promotions().edit(made.id, better).await.unwrap();
    assert_eq!(edited.version, 2);
    stage.post("/review", json!({"platform": "douyin", "ms": 0, "outcome": "reject"})).await;
    stage.writer().promotions().submit(made.id).await.unwrap();
    stage.boss().promotions().approve(made.id, None, None).await.unwrap();
    let judged = stage.until(made.id, PromotionStatus::Rejected).await;
    assert!(judged.platform_promotion_id.is_some(), "it was there, and its review refused it");
    let error = stage.writer().promotions().retry(made.id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "what was there is not posted again: {error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_link_waits_for_a_person_and_their_post_is_found() {
    let stage = Stage::open().await;
    let shared = PromotionDraft {
        delivery: Delivery::ShareLink,
        media_urls: vec!["https://media.example/1.mp4".into()],
        ..draft(PromotionKind::Video, "我来发 #茶")
    };
    let made = stage.approved(shared).await;
    let waiting = stage.until(made.id, PromotionStatus::WaitingForUser).await;
    let link = waiting.link.unwrap();
    assert!(link.starts_with("snssdk1128://openplatform/share?") && waiting.deadline_at.is_some(), "{link}");
    assert!(stage.posted().await.is_empty());
    let answer = stage.desk.sandbox.post("/phone", json!({"link": link})).await;
    assert_eq!(answer["opened"], json!(true), "{answer}");
    let there = stage.until(made.id, PromotionStatus::Published).await;
    assert_eq!(there.platform_promotion_id.as_deref(), answer["itemId"].as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_preview_says_when_and_a_kill_of_the_hub_resumes_its_upload() {
    let mut stage = Stage::open().await;
    let live = LivePlan {
        starts_at: UtcMillis(first_of_2100()),
        ends_at: UtcMillis(first_of_2100() + 7_200_000),
        room: Some("一号直播间".into()),
    };
    // Three parts, of which the second fails for a while.
    let media = vec![stage.add(film(30, 5, 51_000_000)).await];
    let preview =
        PromotionDraft {
            media, live: Some(live), ..draft(PromotionKind::LivePreview, "{start} 见 #直播")
        };
    let scope = json!({"platform": "douyin", "fault": "http_503", "method": "video/upload_video_part", "after": 1, "times": 100});
    stage.desk.sandbox.fault(scope).await;
    let made = stage.approved(preview).await;
    stage.until(made.id, PromotionStatus::Uploading).await;
    let part = "video/upload_video_part";
    let patience = Instant::now() + Duration::from_secs(60);
    while stage.desk.sandbox.calls_of("douyin", part).await < 3 {
        assert!(Instant::now() < patience, "no part was refused");
        sleep(Duration::from_millis(50)).await;
    }
    stage.desk.reopen().await;
    let before = stage.desk.sandbox.calls_of("douyin", part).await;
    stage.desk.sandbox.clear_faults().await;
    let job = stage.hub().jobs().list(dianqiao::model::JobFilter::default()).await.unwrap().items;
    let job = job.into_iter().find(|job| job.target == Some(made.id.to_string())).unwrap();
    let _ = stage.hub().jobs().retry(job.id).await;
    stage.until(made.id, PromotionStatus::Published).await;
    let after = stage.desk.sandbox.calls_of("douyin", part).await;
    assert_eq!(after - before, 2, "the first part is there and is not sent again");
    assert_eq!(stage.desk.sandbox.calls_of("douyin", "video/init_video_part_upload").await, 1);
    assert_eq!(stage.posted().await[0]["params"]["text"], json!("1月1日 08:00 见 #直播"));
}

/// 2100-01-01T00:00:00Z.
const fn first_of_2100() -> i64 {
    4_102_444_800_000
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_a_hint_that_counts_when_it_is_genuine_and_the_post_is_there() {
    let stage = Stage::open().await;
    // Lists show it an hour later: only the notice can tell.
    let settings =
        json!({"platform": "douyin", "lateMs": 3_600_000, "webhookRetries": 0, "webhookTimeoutMs": 200});
    stage.post("/settings", settings).await;
    let key = stage.desk.sandbox.text("/douyin/appKey");
    let nowhere = json!({"platform": "douyin", "appKey": key, "webhookUrl": "http://127.0.0.1:9/notice"});
    stage.post("/apps", nowhere).await;
    let shared = PromotionDraft {
        delivery: Delivery::ShareLink,
        media_urls: vec!["https://media.example/2.mp4".into()],
        ..draft(PromotionKind::Video, "通知说了算 #茶")
    };
    let made = stage.approved(shared).await;
    let waiting = stage.until(made.id, PromotionStatus::WaitingForUser).await;
    let answer = stage.desk.sandbox.post("/phone", json!({"link": waiting.link})).await;
    assert_eq!(answer["opened"], json!(true), "{answer}");
    let deliveries = stage.desk.sandbox.get("/webhooks").await;
    let push = deliveries["items"].as_array().or(deliveries.as_array()).unwrap().last().unwrap().clone();
    let text = |name: &str| push[name].as_str().unwrap().to_owned();
    let notice = |body: String| NoticeRequest {
        platform: PlatformId::Douyin,
        headers: vec![("X-Douyin-Signature".into(), text("signature")), ("Msg-Id".into(), text("msgId"))],
        body: body.into_bytes(),
    };
    let notices = stage.hub().notices();
    for forged in
        [text("body").replace("create_video", "create-video"), format!("{} ", text("body")), String::new()]
    {
        assert_eq!(notices.receive(notice(forged)).await.unwrap().status, 401);
    }
    assert_eq!(stage.now(made.id).await.status, PromotionStatus::WaitingForUser);
    for _ in 0..2 {
        assert_eq!(notices.receive(notice(text("body"))).await.unwrap().status, 200);
    }
    let there = stage.until(made.id, PromotionStatus::Published).await;
    assert_eq!(there.platform_promotion_id.as_deref(), answer["itemId"].as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_hub_in_mid_upload_fails_nothing_and_the_next_one_goes_on() {
    let mut stage = Stage::open().await;
    let media = vec![stage.add(film(30, 9, 51_000_000)).await];
    let long = PromotionDraft { media, ..draft(PromotionKind::Video, "关机也不怕") };
    let part = "video/upload_video_part";
    let slow = json!({"platform": "douyin", "fault": "latency", "method": part, "times": 1, "options": {"ms": 3_000}});
    stage.desk.sandbox.fault(slow).await;
    let made = stage.approved(long).await;
    let patience = Instant::now() + Duration::from_secs(60);
    while stage.desk.sandbox.calls_of("douyin", part).await == 0 {
        assert!(Instant::now() < patience, "no part is under way");
        sleep(Duration::from_millis(50)).await;
    }
    stage.desk.reopen().await;
    assert_eq!(stage.now(made.id).await.status, PromotionStatus::Uploading);
    stage.until(made.id, PromotionStatus::Published).await;
    assert_eq!(stage.posted().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_cannot_be_made_says_why_and_is_tried_again() {
    let stage = Stage::open().await;
    let link = PromotionDraft { target: Some("3601".into()), ..draft(PromotionKind::PromotionLink, "") };
    let made = stage.approved(link).await;
    let failed = stage.until(made.id, PromotionStatus::Failed).await;
    assert!(failed.reason.as_ref().unwrap().starts_with("UNSUPPORTED"), "{failed:#?}");
    let again = stage.writer().promotions().retry(made.id).await.unwrap();
    assert_eq!(again.status, PromotionStatus::Queued);
    stage.until(made.id, PromotionStatus::Failed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sends_again_only_once_nothing_of_it_can_arrive_any_more() {
    let mut stage = Stage::open().await;
    // It never came to the platform, and nobody can know that.
    stage.fault("reset", CREATE).await;
    let made = stage.approved(stage.video("晚点再发").await).await;
    needs_human(&stage, made.id).await;
    let again =
        async |stage: &Stage| stage.boss().promotions().resolve(made.id, Resolution::SendAgain, None).await;
    let early = again(&stage).await.unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Conflict, "{early}");
    assert!(matches!(early.retry(), dianqiao::Retry::After(wait) if wait.as_secs() <= 900), "{early}");
    stage.later(Duration::from_secs(16 * 60)).await;
    again(&stage).await.unwrap();
    stage.until(made.id, PromotionStatus::Published).await;
    assert_eq!(stage.posted().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_again_although_it_is_there_it_is_refused_and_says_that_it_may_be_there() {
    let mut stage = Stage::open().await;
    stage.post("/settings", json!({"platform": "douyin", "listedVideoId": "other"})).await;
    stage.fault("lost_reset", CREATE).await;
    let made = stage.approved(stage.video("其实已经发了").await).await;
    needs_human(&stage, made.id).await;
    stage.later(Duration::from_secs(16 * 60)).await;
    stage.boss().promotions().resolve(made.id, Resolution::SendAgain, None).await.unwrap();
    let failed = stage.until(made.id, PromotionStatus::Failed).await;
    let reason = failed.reason.unwrap();
    assert!(reason.contains("it was sent before and may be there"), "{reason}");
    assert_eq!(stage.posted().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_lasts_too_long_is_told_and_a_share_link_ends_with_its_time() {
    let mut stage = Stage::open().await;
    let shared = PromotionDraft {
        delivery: Delivery::ShareLink,
        media_urls: vec!["https://media.example/3.mp4".into()],
        ..draft(PromotionKind::Video, "没人来发")
    };
    let link = stage.approved(shared).await;
    stage.until(link.id, PromotionStatus::WaitingForUser).await;
    let asked = stage.drafted(stage.video("没人批").await).await;
    stage.writer().promotions().submit(asked.id).await.unwrap();
    let clock = stage.later(Duration::ZERO).await;
    let mut news = stage.hub().events().unwrap();
    clock.advance(Duration::from_secs(3 * 3600));
    let expired = stage.until(link.id, PromotionStatus::Expired).await;
    assert!(expired.reason.is_some(), "{expired:#?}");
    clock.advance(Duration::from_secs(4 * 86_400));
    let overdue = async {
        loop {
            if let Some(Event::PromotionOverdue(late)) = news.next().await {
                return late;
            }
        }
    };
    let late = tokio::time::timeout(Duration::from_secs(60), overdue).await.unwrap();
    assert_eq!((late.id, late.status), (asked.id, PromotionStatus::InApproval));
    assert_eq!(stage.now(asked.id).await.status, PromotionStatus::InApproval, "only a person ends it");
    // The link is made anew when somebody wants it.
    stage.writer().promotions().retry(link.id).await.unwrap();
    let again = stage.until(link.id, PromotionStatus::WaitingForUser).await;
    assert_ne!(again.link, expired.link);
}
