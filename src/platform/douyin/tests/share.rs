use std::time::Duration;

use serde_json::json;

use super::super::Douyin;
use super::{draft, fixture, played, sent};
use crate::error::{ErrorKind, Result};
use crate::model::{Delivery, PromotionDraft, PromotionKind, UtcMillis};
use crate::platform::{Facts, Platform, Share, ShareLink, Step, TokenUse};

/// The time and the nonce of the vector.
const NOW: UtcMillis = UtcMillis(1_700_000_040_000);
const SIGNATURE: &str = "5ccfe08d4cfceba7d1f0a1dc45d60910";

fn linked(kind: PromotionKind, urls: &[&str]) -> PromotionDraft {
    PromotionDraft {
        delivery: Delivery::ShareLink,
        media_urls: urls.iter().map(|url| (*url).to_owned()).collect(),
        ..draft(kind)
    }
}

const fn share(draft: &PromotionDraft) -> Share<'_> {
    Share { app_key: "awfakeclientkey001", draft, nonce: "nonceA1", now: NOW }
}

fn link(draft: &PromotionDraft) -> Result<ShareLink> {
    played(
        |facts| Douyin.share_link(&share(draft), facts),
        |name, _| Some(if name == "ticket" { fixture!("ticket") } else { fixture!("share.id") }.to_vec()),
    )
}

fn query(link: &ShareLink) -> Vec<(String, String)> {
    let (page, query) = link.url.split_once('?').unwrap();
    assert_eq!(page, "snssdk1128://openplatform/share");
    assert!(!query.contains('+') && !query.contains(' '), "{query}");
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

#[test]
fn a_link_is_signed_and_says_what_it_shares() {
    let mut draft = linked(PromotionKind::Video, &["https://m.example/a b.mp4?x=1&y=2"]);
    draft.attributes = r#"{"hashtag_list":["上新","茶"],"poi_id":"p"}"#.to_owned();
    let link = link(&draft).unwrap();
    let wanted = [
        ("share_type", "h5"),
        ("client_key", "awfakeclientkey001"),
        ("nonce_str", "nonceA1"),
        ("timestamp", "1700000040"),
        ("signature", SIGNATURE),
        ("state", "1743849"),
        ("video_path", "https://m.example/a b.mp4?x=1&y=2"),
        ("share_to_publish", "1"),
        ("title", "新茶 #上新"),
        ("hashtag_list", r#"["上新","茶"]"#),
        ("poi_id", "p"),
    ];
    assert_eq!(super::pairs(&query(&link)), wanted);
    assert_eq!(link.share_id, "1743849");
    assert_eq!(link.expires_at, NOW.plus(Duration::from_secs(7_200)));
}

#[test]
fn ticket_and_id_are_asked_for_with_the_apps_token_and_kept_nowhere_else() {
    let draft = linked(PromotionKind::Video, &["https://m.example/1.mp4"]);
    let mut facts = Facts::default();
    let mut asked = Vec::new();
    while let Step::Ask(question) = Douyin.share_link(&share(&draft), &facts).unwrap() {
        let parts = &question.call.parts;
        assert_eq!((parts.token, question.keep, question.optional), (TokenUse::App, None, false));
        let url = sent(parts).url;
        asked.push(format!("{}?{}", url.path(), url.query().unwrap_or_default()));
        let body = if question.name == "ticket" { fixture!("ticket") } else { fixture!("share.id") };
        facts.insert(question.name, (question.call.decode)(body).unwrap().to_string());
    }
    assert_eq!(asked, ["/open/getticket/?", "/share-id/?need_callback=true"]);
}

#[test]
fn pictures_stand_alone_or_in_a_list() {
    let file = |draft: &PromotionDraft| query(&link(draft).unwrap())[6].clone();
    let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let one = "https://m.example/1.png";
    let two = "https://m.example/2.png";
    assert_eq!(file(&linked(PromotionKind::ImageText, &[one])), of("image_path", one));
    let both = json!([one, two]).to_string();
    assert_eq!(file(&linked(PromotionKind::ImageText, &[one, two])), of("image_list_path", &both));
    assert_eq!(file(&linked(PromotionKind::LivePreview, &[one])), of("image_path", one));
    let video = "https://m.example/1.MP4?sign=1";
    assert_eq!(file(&linked(PromotionKind::LivePreview, &[video])), of("video_path", video));
    let thirty_one = ["https://m.example/1.png"; 31];
    let error = link(&linked(PromotionKind::ImageText, &thirty_one)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[test]
fn a_draft_that_is_no_post_gets_no_link() {
    for kind in [PromotionKind::ShopVideo, PromotionKind::PromotionLink] {
        let error = link(&linked(kind, &["https://m.example/1.mp4"])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    let untitled =
        PromotionDraft { text: " ".to_owned(), ..linked(PromotionKind::Video, &["https://m.example/1.mp4"]) };
    assert!(query(&link(&untitled).unwrap()).contains(&("title".to_owned(), "新茶".to_owned())));
}

#[test]
fn a_ticket_that_lives_short_makes_a_link_that_does() {
    let draft = linked(PromotionKind::Video, &["https://m.example/1.mp4"]);
    let ticket = json!({"data": {"ticket": "t", "expires_in": "90"}, "extra": {"error_code": 0}});
    let link = played(
        |facts| Douyin.share_link(&share(&draft), facts),
        |name, _| {
            Some(if name == "ticket" {
                ticket.to_string().into_bytes()
            } else {
                fixture!("share.id").to_vec()
            })
        },
    );
    assert_eq!(link.unwrap().expires_at, NOW.plus(Duration::from_secs(90)));
}
