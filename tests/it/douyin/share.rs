//! Links by which a person posts in the app.

use dianqiao::model::{Delivery, PromotionDraft, PromotionKind};
use dianqiao::platform::Share;
use serde_json::json;

use super::desk::{Play, Wire, draft, now};

#[tokio::test(flavor = "multi_thread")]
async fn a_share_link_opens_in_the_app() {
    let play = Play::start(&[]).await;
    let wire = Wire::of(&play).await;
    let draft = PromotionDraft {
        delivery: Delivery::ShareLink,
        media_urls: vec!["https://media.example/a b.mp4?x=1&y=2".to_owned()],
        ..draft(PromotionKind::Video, "新茶 #上新")
    };
    let key = play.desk.sandbox.text("/douyin/appKey");
    let share = Share { app_key: &key, draft: &draft, nonce: "n0nce", now: now() };
    let link = wire.played(|facts| wire.adapter().share_link(&share, facts)).await.unwrap();
    assert!(link.url.starts_with("snssdk1128://openplatform/share?"), "{}", link.url);
    assert!(link.expires_at > now() && link.expires_at.since(now()).as_secs() <= 7_200);
    let _ = json!({});
}
