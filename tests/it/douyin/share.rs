//! Links by which a person posts in the app, and what the platform tells of it.

use dianqiao::model::{Delivery, PromotionDraft, PromotionKind};
use dianqiao::platform::douyin::notice::{self, Event};
use dianqiao::platform::{Post, PostKind, PostLookUp, Share, ShareLink};
use dianqiao::secret::Secret;
use serde_json::{Value, json};

use super::desk::{Play, Wire, draft, now};

/// Nobody listens there: what would be delivered is read from the sandbox.
const HOOK: &str = "http://127.0.0.1:9/hook";

async fn link(play: &Play, wire: &Wire, draft: &PromotionDraft) -> ShareLink {
    let key = play.desk.sandbox.text("/douyin/appKey");
    let share = Share { app_key: &key, draft, nonce: "n0nce", now: now() };
    wire.played(|facts| wire.adapter().share_link(&share, facts)).await.unwrap()
}

/// Opens a link on a phone and presses publish there; answers the post's id.
async fn pressed(play: &Play, link: &str) -> String {
    let opened = play.desk.sandbox.post("/phone", json!({"platform": "douyin", "link": link})).await;
    assert_eq!(opened["opened"], json!(true), "{opened}");
    opened["itemId"].as_str().expect("a post").to_owned()
}

/// The notices that the platform wrote, each with its signature and body.
async fn notices(play: &Play) -> Vec<(String, String)> {
    let sent = play.desk.sandbox.get("/webhooks?platform=douyin").await;
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    sent.as_array().unwrap().iter().map(|one| (text(one, "signature"), text(one, "body"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_in_the_app_and_its_post_is_found_and_told() {
    let play = Play::start(&[]).await;
    let key = play.desk.sandbox.text("/douyin/appKey");
    play.desk.sandbox.post("/apps", json!({"platform": "douyin", "appKey": key, "webhookUrl": HOOK})).await;
    let wire = Wire::of(&play).await;
    let pictures = ["https://m.example/1.png".to_owned(), "https://m.example/2.png?x=1&y=2".to_owned()];
    let drafts = [
        (
            PostKind::Video,
            PromotionKind::Video,
            vec!["https://m.example/a b.mp4?x=1&y=2".to_owned()],
            "新茶 #上新 +1",
        ),
        (PostKind::Images, PromotionKind::ImageText, pictures.to_vec(), "三款 100%"),
        (PostKind::Images, PromotionKind::ImageText, pictures[..1].to_vec(), "一款"),
    ];
    for (kind, promotion, media_urls, text) in drafts {
        let draft = PromotionDraft { delivery: Delivery::ShareLink, media_urls, ..draft(promotion, text) };
        let since = now();
        let link = link(&play, &wire, &draft).await;
        assert!(link.expires_at > since && link.expires_at.since(since).as_secs() <= 7_210);
        let id = pressed(&play, &link.url).await;
        let post = Post { account: &wire.account, kind, draft: &draft, files: &[], cover: None };
        let what = PostLookUp { post, since };
        let found = wire.played(|facts| wire.adapter().find_post(&what, facts)).await.unwrap();
        assert_eq!(
            found.iter().map(|one| one.platform_post_id.as_str()).collect::<Vec<_>>(),
            [&id],
            "{text}"
        );
        let (signature, body) = notices(&play).await.pop().expect("a notice");
        let secret = Secret::from(play.desk.sandbox.text("/douyin/appSecret").as_str());
        assert!(notice::is_genuine(&secret, &signature, body.as_bytes()), "{body}");
        assert!(!notice::is_genuine(&secret, &signature, body.replace('1', "2").as_bytes()));
        let told = notice::read(body.as_bytes()).unwrap();
        assert_eq!(told.account.as_deref(), Some(wire.account.as_str()));
        assert_eq!(told.event, Event::Posted { item_id: id, share_id: Some(link.share_id) });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_refused_once_its_ticket_is_over_or_anything_in_it_was_changed() {
    let play = Play::start(&[]).await;
    let wire = Wire::of(&play).await;
    let draft = PromotionDraft {
        delivery: Delivery::ShareLink,
        media_urls: vec!["https://m.example/1.mp4".to_owned()],
        ..draft(PromotionKind::Video, "新茶")
    };
    let link = link(&play, &wire, &draft).await;
    let open = async |url: &str| {
        play.desk.sandbox.post("/phone", json!({"platform": "douyin", "link": url})).await["opened"].clone()
    };
    assert_eq!(open(&link.url.replace("n0nce", "nonce")).await, json!(false));
    play.desk.sandbox.post("/clock", json!({"advanceMs": 7_300_000})).await;
    assert_eq!(open(&link.url).await, json!(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_are_read_however_they_hold_their_content() {
    let play = Play::start(&[]).await;
    let key = play.desk.sandbox.text("/douyin/appKey");
    let secret = Secret::from(play.desk.sandbox.text("/douyin/appSecret").as_str());
    play.desk.sandbox.post("/apps", json!({"platform": "douyin", "appKey": key, "webhookUrl": HOOK})).await;
    for content in ["text", "object"] {
        play.desk.sandbox.post("/settings", json!({"platform": "douyin", "webhookContent": content})).await;
        for event in ["verify_webhook", "unauthorize", "im_receive_msg"] {
            play.desk.sandbox.post("/webhooks", json!({"platform": "douyin", "event": event})).await;
            let (signature, body) = notices(&play).await.pop().unwrap();
            assert!(notice::is_genuine(&secret, &signature, body.as_bytes()));
            let told = notice::read(body.as_bytes()).unwrap().event;
            let fits = match event {
                "verify_webhook" => matches!(told, Event::Check { .. }),
                "unauthorize" => matches!(told, Event::Unauthorized { .. }),
                _ => matches!(told, Event::Other { .. }),
            };
            assert!(fits, "{content} {event}: {told:?}");
        }
    }
}
