//! What the platform's documents leave open, in each way that it may be: envelopes, places of codes, numbers as texts,
//! lists that are late or show other ids.

use dianqiao::ErrorKind;
use dianqiao::model::{MediaSlot, PromotionKind, PromotionStatus};
use dianqiao::platform::{Post, PostKind, PostLookUp, Posted};
use serde_json::{Value, json};

use super::desk::{Play, USER_INFO, VIDEO_LIST, Wire, draft, now};
use super::posting::{placed, state, video};

async fn set(play: &Play, name: &str, value: Value) {
    play.desk.sandbox.post("/settings", json!({"platform": "douyin", name: value})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_are_made_and_read_in_every_envelope_with_numbers_as_either() {
    let play = Play::start(&[]).await;
    for (envelope, strings) in [("v1", false), ("v1", true), ("new", false), ("new", true)] {
        set(&play, "envelope", json!(envelope)).await;
        set(&play, "stringNumbers", json!(strings)).await;
        let wire = Wire::of(&play).await;
        let files = [placed(&wire, MediaSlot::Video, video(4_000)).await];
        let draft = draft(PromotionKind::Video, "新茶");
        let post =
            Post { account: &wire.account, kind: PostKind::Video, draft: &draft, files: &files, cover: None };
        let since = now();
        let posted = wire.made(&wire.adapter().create_post(&post).unwrap()).await;
        let what = PostLookUp { post, since };
        let found = wire.played(|facts| wire.adapter().find_post(&what, facts)).await.unwrap();
        assert_eq!(ids(&found), [posted.platform_post_id.as_str()], "{envelope} {strings}");
        let seen = state(&wire, &posted.platform_post_id, since).await;
        assert_ne!(seen.status, PromotionStatus::TakenDown, "{envelope} {strings}: {seen:?}");
        assert!(seen.total.is_some(), "{envelope} {strings}: {seen:?}");
        // Tokens too: they end, and are renewed unseen.
        play.desk.sandbox.post("/tokens", json!({"platform": "douyin", "expireAccess": true})).await;
        play.call(USER_INFO, &json!({})).await.unwrap();
    }
    assert_eq!(play.calls("oauth/refresh_token").await, 4);
}

fn ids(found: &[Posted]) -> Vec<&str> {
    found.iter().map(|one| one.platform_post_id.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_found_wherever_it_stands() {
    let play = Play::start(&[]).await;
    for place in ["data", "extra", "both", "sub"] {
        set(&play, "errorIn", json!(place)).await;
        play.fault("business_error", "video/video_list", 1).await;
        let refused = play.call(VIDEO_LIST, &json!({"cursor": 0, "count": 1})).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Rejected, "{place}: {refused}");
        assert!(refused.platform_code().is_some() && refused.request_id().is_some(), "{place}: {refused:?}");
        let renewals = play.calls("oauth/refresh_token").await;
        play.fault("expired_token", "video/video_list", 1).await;
        play.call(VIDEO_LIST, &json!({"cursor": 0, "count": 1})).await.unwrap();
        assert_eq!(play.calls("oauth/refresh_token").await, renewals + 1, "{place}");
        play.desk.sandbox.clear_faults().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_shows_other_ids_or_is_late_never_shows_another_post() {
    let play = Play::start(&[]).await;
    let wire = Wire::of(&play).await;
    let draft = draft(PromotionKind::Video, "新茶");
    for (name, value) in [("listedVideoId", json!("other")), ("lateLists", json!(2))] {
        set(&play, name, value.clone()).await;
        let files = [placed(&wire, MediaSlot::Video, video(4_000)).await];
        let post =
            Post { account: &wire.account, kind: PostKind::Video, draft: &draft, files: &files, cover: None };
        let since = now();
        let posted = wire.made(&wire.adapter().create_post(&post).unwrap()).await;
        let what = PostLookUp { post, since };
        let mut found = Vec::new();
        for _ in 0..4 {
            match wire.played(|facts| wire.adapter().find_post(&what, facts)).await {
                Ok(seen) => found = seen,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Transient, "{error}"),
            }
            assert!(found.iter().all(|one| one.platform_post_id == posted.platform_post_id), "{name}");
        }
        let is_late = name == "lateLists";
        assert_eq!(
            found.len(),
            usize::from(is_late),
            "{name}: what comes late is found, what has no mark is not"
        );
        // The post itself is told by its id all the same.
        let seen = state(&wire, &posted.platform_post_id, since).await;
        assert_ne!(seen.status, PromotionStatus::TakenDown);
        set(&play, name, if is_late { json!(0) } else { json!("same") }).await;
    }
}
