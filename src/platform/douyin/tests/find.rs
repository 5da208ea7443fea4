use serde_json::{Value, json};

use super::super::Douyin;
use super::{ACCOUNT, draft, fixture, played};
use crate::error::{ErrorKind, Result};
use crate::model::{PromotionDraft, PromotionKind, UtcMillis};
use crate::platform::{PlacedFile, Platform, Post, PostKind, PostLookUp, Posted};

const SINCE: UtcMillis = UtcMillis(1_700_000_030_000);

/// An account's pages, each with whether there is more.
fn found(
    pages: &[Value],
    kind: PostKind,
    draft: &PromotionDraft,
    files: &[PlacedFile],
) -> Result<Vec<Posted>> {
    let post = Post { account: ACCOUNT, kind, draft, files, cover: None };
    let what = PostLookUp { post, since: SINCE };
    played(
        |facts| Douyin.find_post(&what, facts),
        |name, parts| {
            let page: usize = name.strip_prefix("posts:").unwrap().parse().unwrap();
            let params: Value = serde_json::from_str(&parts.params).unwrap();
            assert_eq!((&params["open_id"], &params["count"]), (&json!(ACCOUNT), &json!(10)));
            assert_eq!(params["cursor"], json!(page * 100), "each page goes on from the cursor of the last");
            let more = page + 1 < pages.len();
            let data = json!({"list": pages[page], "cursor": (page + 1) * 100, "has_more": more});
            Some(json!({"data": data, "extra": {"error_code": 0}}).to_string().into_bytes())
        },
    )
}

fn item(id: &str, video: Value, title: &str, at: i64, media_type: i64) -> Value {
    json!({"item_id": id, "video_id": video, "title": title, "create_time": at, "media_type": media_type,
        "share_url": format!("https://s.example/{id}"), "video_status": 4})
}

fn ids(found: &[Posted]) -> Vec<&str> {
    found.iter().map(|posted| posted.platform_post_id.as_str()).collect()
}

fn video(id: &str) -> [PlacedFile; 1] {
    [PlacedFile(id.to_owned())]
}

#[test]
fn a_video_is_known_by_its_id_and_nothing_else() {
    let draft = draft(PromotionKind::Video);
    let page = json!([
        item("@1", json!("@other"), "新茶 #上新", 1_700_000_050, 4),
        item("@2", json!("@ours"), "another title", 1_700_000_040, 4),
        item("@3", json!("@ours"), "of another kind", 1_700_000_040, 2),
    ]);
    let ours = found(std::slice::from_ref(&page), PostKind::Video, &draft, &video("@ours")).unwrap();
    assert_eq!(ids(&ours), ["@2"]);
    assert_eq!(ours[0].link.as_deref(), Some("https://s.example/@2"));
    assert!(found(&[page], PostKind::Video, &draft, &video("@none")).unwrap().is_empty());
}

#[test]
fn a_list_that_shows_no_ids_does_not_say_that_there_is_no_post() {
    let draft = draft(PromotionKind::Video);
    for dumb in [json!(null), json!("7215132967188970000")] {
        let page = json!([item("@1", dumb, "新茶 #上新", 1_700_000_050, 4)]);
        let error = found(&[page], PostKind::Video, &draft, &video("@ours")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transient);
    }
    let old = json!([item("@1", json!(null), "新茶 #上新", 1_699_999_000, 4)]);
    assert!(
        found(&[old], PostKind::Video, &draft, &video("@ours")).unwrap().is_empty(),
        "older than the sending"
    );
}

#[test]
fn pictures_are_known_by_kind_exact_text_and_time() {
    let draft = draft(PromotionKind::ImageText);
    let page = json!([
        item("@1", json!(null), "新茶 #上新", 1_700_000_050, 2),
        item("@2", json!(null), "新茶 #上新 ", 1_700_000_030, 2),
        item("@3", json!(null), "新茶 #上新!", 1_700_000_050, 2),
        item("@4", json!(null), "新茶 #上新", 1_700_000_050, 4),
        item("@5", json!(null), "新茶 #上新", 1_699_999_990, 2),
        item("@6", json!(null), "新茶 #上新", 0, 2),
        item("@7", json!(null), "新茶", 1_700_000_050, 2),
    ]);
    let ours = found(&[page], PostKind::Images, &draft, &video("@i")).unwrap();
    assert_eq!(ids(&ours), ["@1", "@2"], "every match, and no other");
}

#[test]
fn a_post_made_with_a_link_is_known_by_its_text() {
    let draft = draft(PromotionKind::Video);
    let page = json!([
        item("@1", json!("@theirs"), "新茶 #上新", 1_700_000_050, 4),
        item("@2", json!("@theirs"), "新茶 #上新", 1_700_000_000, 4),
    ]);
    assert_eq!(ids(&found(std::slice::from_ref(&page), PostKind::Video, &draft, &[]).unwrap()), ["@1"]);
    let untitled = PromotionDraft { text: String::new(), title: "新茶 #上新".to_owned(), ..draft };
    assert_eq!(ids(&found(&[page], PostKind::Video, &untitled, &[]).unwrap()), ["@1"]);
}

#[test]
fn pages_are_read_back_past_the_sending_and_not_further() {
    let draft = draft(PromotionKind::Video);
    let pinned = json!({"item_id": "@top", "create_time": 1_500_000_000, "is_top": true, "video_id": "@p"});
    let pages = [
        json!([pinned, item("@1", json!("@x"), "", 1_700_000_900, 4)]),
        json!([pinned]),
        json!([item("@2", json!("@ours"), "", 1_700_000_040, 4)]),
        json!([item("@3", json!("@y"), "", 1_699_000_000, 4)]),
        json!([item("@never", json!("@ours"), "", 1_700_000_040, 4)]),
    ];
    assert_eq!(ids(&found(&pages, PostKind::Video, &draft, &video("@ours")).unwrap()), ["@2"]);
    let endless: Vec<Value> =
        (0..60).map(|_| json!([item("@n", json!("@x"), "", 1_700_000_900, 4)])).collect();
    let error = found(&endless, PostKind::Video, &draft, &video("@ours")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transient, "what was not read through is not said to be absent");
}

#[test]
fn the_fixture_holds_one_video_of_ours() {
    let draft = draft(PromotionKind::Video);
    let files = video("@v/1+==");
    let post = Post { account: ACCOUNT, kind: PostKind::Video, draft: &draft, files: &files, cover: None };
    let what = PostLookUp { post, since: SINCE };
    let ours = played(
        |facts| Douyin.find_post(&what, facts),
        |name, _| {
            let empty = br#"{"data":{"list":[],"has_more":false},"extra":{"error_code":0}}"#;
            Some(if name == "posts:0" { fixture!("video.list").to_vec() } else { empty.to_vec() })
        },
    );
    assert_eq!(ids(&ours.unwrap()), ["@video+a/=="]);
}
