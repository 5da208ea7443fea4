//! Files, posts, what becomes of them, and their figures.

use dianqiao::model::{MediaSlot, PromotionKind, PromotionStatus, UtcMillis};
use dianqiao::platform::{
    PlacedFile, Post, PostKind, PostLookUp, PostRef, Posted, Upload, UploadShape, Verdict,
};
use serde_json::json;

use super::desk::{Play, VIDEO_LIST, Wire, draft, now};

/// A file that a platform takes for a video: the beginning of an mp4.
pub(super) fn video(bytes: usize) -> Vec<u8> {
    let mut file = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    file.resize(bytes, 7);
    file
}

fn png() -> Vec<u8> {
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()
}

const fn upload<'a>(account: &'a str, slot: MediaSlot, content_type: &'a str, bytes: u64) -> Upload<'a> {
    Upload { account, slot, content_type, bytes }
}

pub(super) async fn placed(wire: &Wire, slot: MediaSlot, bytes: Vec<u8>) -> PlacedFile {
    let content_type = if slot == MediaSlot::Video { "video/mp4" } else { "image/png" };
    let file = upload(&wire.account, slot, content_type, bytes.len() as u64);
    assert_eq!(wire.adapter().upload_shape(&file), Some(UploadShape::Whole));
    wire.made(&wire.adapter().upload_file(&file, bytes).unwrap()).await
}

pub(super) async fn state(wire: &Wire, id: &str, published_at: UtcMillis) -> dianqiao::platform::PostSeen {
    let what = PostRef {
        account: &wire.account,
        kind: PostKind::Video,
        platform_post_id: id,
        published_at,
        now: now(),
    };
    wire.played(|facts| wire.adapter().post_state(&what, facts)).await.unwrap()
}

async fn found(wire: &Wire, post: Post<'_>, since: UtcMillis) -> Vec<Posted> {
    let what = PostLookUp { post, since };
    wire.played(|facts| wire.adapter().find_post(&what, facts)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_with_a_cover_is_posted_found_and_followed_through_its_review() {
    let play = Play::start(&[]).await;
    play.desk
        .sandbox
        .post("/review", json!({"platform": "douyin", "ms": 3_600_000, "outcome": "approve"}))
        .await;
    let wire = Wire::of(&play).await;
    let files = [placed(&wire, MediaSlot::Video, video(4_000)).await];
    let cover = placed(&wire, MediaSlot::Cover, png()).await;
    let draft = draft(PromotionKind::Video, "新茶 #上新 到店");
    let post = Post {
        account: &wire.account,
        kind: PostKind::Video,
        draft: &draft,
        files: &files,
        cover: Some(&cover),
    };
    let since = now();
    assert!(found(&wire, post, since).await.is_empty(), "it is not there before it was sent");
    let posted = wire.made(&wire.adapter().create_post(&post).unwrap()).await;
    let ours = found(&wire, post, since).await;
    assert_eq!(ours.iter().map(|one| &one.platform_post_id).collect::<Vec<_>>(), [&posted.platform_post_id]);
    let seen = state(&wire, &posted.platform_post_id, since).await;
    assert_eq!((seen.status, seen.platform_status.as_str()), (PromotionStatus::UnderReview, "4"));
    play.desk.sandbox.post("/clock", json!({"advanceMs": 3_700_000})).await;
    let seen = state(&wire, &posted.platform_post_id, since).await;
    assert_eq!(seen.status, PromotionStatus::Published, "{seen:?}");
    assert!(seen.link.is_some() && seen.total.is_some(), "{seen:?}");
    // The video's id was good for that one post.
    let fault = wire.try_made(&wire.adapter().create_post(&post).unwrap()).await.unwrap_err();
    assert!(fault.verdict.surely_not_executed() && fault.verdict != Verdict::TokenExpired, "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_posted_and_found_by_their_text() {
    let play = Play::start(&[]).await;
    let wire = Wire::of(&play).await;
    let files = [placed(&wire, MediaSlot::Image, png()).await, placed(&wire, MediaSlot::Image, png()).await];
    let draft = draft(PromotionKind::ImageText, "三款新茶 #上新");
    let post =
        Post { account: &wire.account, kind: PostKind::Images, draft: &draft, files: &files, cover: None };
    let since = now();
    let posted = wire.made(&wire.adapter().create_post(&post).unwrap()).await;
    let ours = found(&wire, post, since).await;
    assert_eq!(ours.iter().map(|one| &one.platform_post_id).collect::<Vec<_>>(), [&posted.platform_post_id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_post_is_rejected_without_a_reason() {
    let play = Play::start(&[]).await;
    play.desk.sandbox.post("/review", json!({"platform": "douyin", "ms": 0, "outcome": "reject"})).await;
    let wire = Wire::of(&play).await;
    let files = [placed(&wire, MediaSlot::Video, video(4_000)).await];
    let draft = draft(PromotionKind::Video, "x");
    let post =
        Post { account: &wire.account, kind: PostKind::Video, draft: &draft, files: &files, cover: None };
    let posted = wire.made(&wire.adapter().create_post(&post).unwrap()).await;
    play.desk.sandbox.post("/clock", json!({"advanceMs": 60_000})).await;
    let seen = state(&wire, &posted.platform_post_id, now()).await;
    assert_eq!((seen.status, seen.reason), (PromotionStatus::Rejected, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_video_goes_in_parts_and_one_part_may_come_twice() {
    let play = Play::start(&[]).await;
    let wire = Wire::of(&play).await;
    let bytes = video(51_000_000);
    let file = upload(&wire.account, MediaSlot::Video, "video/mp4", bytes.len() as u64);
    let Some(UploadShape::Parts { size, .. }) = wire.adapter().upload_shape(&file) else {
        panic!("it goes in parts");
    };
    let id = wire.made(&wire.adapter().begin_upload(&file).unwrap()).await;
    let parts: Vec<&[u8]> = bytes.chunks(usize::try_from(size).unwrap()).collect();
    assert_eq!(parts.len(), 3);
    for (place, part) in parts.iter().enumerate().chain([(0, &parts[0])]) {
        let number = u32::try_from(place).unwrap() + 1;
        wire.made(&wire.adapter().upload_part(&file, &id, number, part.to_vec()).unwrap()).await;
    }
    let files = [wire.made(&wire.adapter().end_upload(&file, &id).unwrap()).await];
    let draft = draft(PromotionKind::Video, "长视频");
    let post =
        Post { account: &wire.account, kind: PostKind::Video, draft: &draft, files: &files, cover: None };
    let posted = wire.made(&wire.adapter().create_post(&post).unwrap()).await;
    assert!(posted.platform_post_id.starts_with('@'));
}

/// A post that everybody can see, so many days old.
async fn a_post_of_days(play: &Play, days: std::ops::Range<u64>) -> serde_json::Value {
    let mut cursor = json!(0);
    loop {
        let page = play.call(VIDEO_LIST, &json!({"cursor": cursor, "count": 10})).await.unwrap();
        let fits = |item: &&serde_json::Value| {
            let at = UtcMillis::from_secs(item["create_time"].as_i64().unwrap());
            matches!(item["video_status"].as_i64(), Some(1 | 5))
                && days.contains(&(now().since(at).as_secs() / 86_400))
        };
        if let Some(found) = page["list"].as_array().unwrap().iter().find(fits) {
            return found.clone();
        }
        assert_eq!(page["has_more"], json!(true), "no post is {days:?} days old");
        cursor = page["cursor"].clone();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_of_a_young_post_come_by_day() {
    let play = Play::start(&[]).await;
    let wire = Wire::of(&play).await;
    let item = a_post_of_days(&play, 3..14).await;
    let published_at = UtcMillis::from_secs(item["create_time"].as_i64().unwrap());
    let what = PostRef {
        account: &wire.account,
        kind: PostKind::Video,
        platform_post_id: item["item_id"].as_str().unwrap(),
        published_at,
        now: now(),
    };
    let days = wire.played(|facts| wire.adapter().post_figures(&what, facts)).await.unwrap();
    assert!(!days.is_empty(), "{item}");
    let in_order = days.windows(2).all(|pair| pair[0].day < pair[1].day);
    let known = |day: &dianqiao::model::DayFigures| {
        let figures = day.figures;
        [figures.plays, figures.likes, figures.comments, figures.shares].iter().all(Option::is_some)
    };
    assert!(in_order && days.iter().all(|day| day.next_day && known(day)), "{days:?}");
}
