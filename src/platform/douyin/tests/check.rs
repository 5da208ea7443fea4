use super::super::Douyin;
use super::draft;
use crate::error::{Error, ErrorKind};
use crate::model::{Delivery, MediaId, PromotionDraft, PromotionKind};
use crate::platform::{Platform, PostKind};

fn with(kind: PromotionKind, attributes: &str) -> PromotionDraft {
    PromotionDraft { attributes: attributes.to_owned(), ..draft(kind) }
}

fn refused(kind: PostKind, draft: &PromotionDraft) -> Error {
    let error = Douyin.check_post(kind, draft).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    error
}

#[test]
fn known_fields_of_the_platform_pass_by_kind() {
    let both =
        r#""at_users":["o"],"download_type":2,"micro_app_id":"tt","micro_app_title":"t","private_status":1"#;
    for (kind, own) in [
        (PostKind::Video, r#""cover_tsp":0,"ent_id":"e","task_id":"t","agent_client_key":"k""#),
        (PostKind::Images, r#""music_id":"m""#),
    ] {
        let draft = with(PromotionKind::Video, &format!("{{{both},{own}}}"));
        assert!(Douyin.check_post(kind, &draft).is_ok(), "{kind:?}");
    }
}

#[test]
fn an_unknown_field_is_refused_with_the_known_ones() {
    let error = refused(PostKind::Images, &with(PromotionKind::ImageText, r#"{"cover_tsp":1}"#));
    assert!(error.message().contains("`attributes.cover_tsp`"), "{}", error.message());
    assert!(error.message().contains("at_users, download_type, micro_app_id"), "{}", error.message());
    refused(PostKind::Video, &with(PromotionKind::Video, r#"{"video_id":"@other"}"#));
    refused(PostKind::Video, &with(PromotionKind::Video, r#"{"open_id":"o"}"#));
    refused(PostKind::Video, &with(PromotionKind::Video, "[]"));
}

#[test]
fn a_field_of_another_shape_is_refused() {
    for wrong in [
        r#"{"at_users":"o"}"#,
        r#"{"at_users":[1]}"#,
        r#"{"cover_tsp":-1}"#,
        r#"{"cover_tsp":"2"}"#,
        r#"{"private_status":"1"}"#,
        r#"{"private_status":1.5}"#,
        r#"{"poi_id":" "}"#,
        r#"{"poi_commerce":1}"#,
    ] {
        refused(PostKind::Video, &with(PromotionKind::Video, wrong));
    }
}

#[test]
fn a_post_leads_to_one_place() {
    let error =
        refused(PostKind::Video, &with(PromotionKind::Video, r#"{"micro_app_id":"tt","poi_id":"p"}"#));
    assert!(error.message().contains("not to both"));
    let alone = with(PromotionKind::Video, r#"{"micro_app_id":null,"poi_id":"p","poi_commerce":true}"#);
    assert!(Douyin.check_post(PostKind::Video, &alone).is_ok());
}

#[test]
fn a_post_has_one_video_or_up_to_thirty_pictures() {
    let media = |count: i64| PromotionDraft {
        media: (1..=count).map(MediaId).collect(),
        ..draft(PromotionKind::Video)
    };
    assert!(Douyin.check_post(PostKind::Video, &media(1)).is_ok());
    refused(PostKind::Video, &media(2));
    assert!(Douyin.check_post(PostKind::Images, &media(30)).is_ok());
    refused(PostKind::Images, &media(31));
    let long = PromotionDraft { text: "长".repeat(5_000), ..draft(PromotionKind::Video) };
    assert!(Douyin.check_post(PostKind::Video, &long).is_ok(), "no length is established");
}

#[test]
fn a_store_is_elsewhere() {
    let error = Douyin.check_post(PostKind::ShopVideo, &draft(PromotionKind::ShopVideo)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn a_share_link_is_checked_as_one() {
    let link = |urls: &[&str], attributes: &str| PromotionDraft {
        delivery: Delivery::ShareLink,
        media_urls: urls.iter().map(|url| (*url).to_owned()).collect(),
        ..with(PromotionKind::Video, attributes)
    };
    let good = ["https://m.example/1.mp4"];
    assert!(Douyin.check_post(PostKind::Video, &link(&good, r#"{"hashtag_list":["茶"]}"#)).is_ok());
    refused(PostKind::Video, &link(&good, r#"{"private_status":1}"#));
    refused(PostKind::Video, &link(&[], "{}"));
    refused(PostKind::Video, &link(&["http://m.example/1.mp4"], "{}"));
    refused(PostKind::Video, &link(&["1.mp4"], "{}"));
    refused(PostKind::Video, &link(&[good[0], good[0]], "{}"));
    refused(PostKind::Video, &link(&good, r#"{"micro_app_info":{"appId":"tt"},"poi_id":"p"}"#));
}
