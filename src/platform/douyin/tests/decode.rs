use std::time::Duration;

use serde_json::json;

use super::super::convert;
use super::{ACCOUNT, fixture};
use crate::model::UtcMillis;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn tokens_stand_under_data_and_their_lives_may_be_texts() {
    let set = convert::created(fixture!("token.created")).unwrap();
    assert!(set.access_token.expose().starts_with("act."));
    assert!(set.refresh_token.unwrap().expose().starts_with("rft."));
    assert_eq!((set.expires_in, set.refresh_expires_in), (15 * DAY, Some(30 * DAY)));
    assert_eq!(set.shop.platform_shop_id, ACCOUNT);
    assert_eq!(set.scope.as_deref(), Some("user_info,video.create.bind"));
}

#[test]
fn a_refresh_keeps_the_refresh_token_and_says_nothing_of_its_end() {
    let (old, new) = (
        convert::created(fixture!("token.created")).unwrap(),
        convert::refreshed(fixture!("token.refreshed")).unwrap(),
    );
    assert_eq!(old.refresh_token.unwrap().expose(), new.refresh_token.unwrap().expose());
    assert_eq!((new.expires_in, new.refresh_expires_in), (15 * DAY, None));
}

#[test]
fn a_life_that_makes_no_sense_is_short_and_none_is_too_long() {
    let life = |expires_in: serde_json::Value| {
        let body = json!({"data": {"access_token": "a", "open_id": "o", "expires_in": expires_in}});
        let set = convert::created(body.to_string().as_bytes()).unwrap();
        assert!(set.refresh_token.is_none() && set.refresh_expires_in.is_none());
        set.expires_in
    };
    assert_eq!(life(json!(1_700_000_000)), 15 * DAY, "a moment is no life");
    for odd in [json!(0), json!(-1), json!("soon"), json!(null)] {
        assert_eq!(life(odd), Duration::from_secs(60));
    }
}

#[test]
fn an_answer_without_a_token_or_an_account_is_no_token_answer() {
    for data in
        [json!({"open_id": "o"}), json!({"access_token": "a"}), json!({"access_token": "", "open_id": "o"})]
    {
        assert!(convert::created(json!({"data": data}).to_string().as_bytes()).is_err(), "{data}");
    }
    assert!(convert::created(br#"{"access_token":"a","open_id":"o"}"#).is_err(), "not under data");
}

#[test]
fn renewed_and_app_tokens_have_their_own_lives() {
    let renewed = convert::renewed(fixture!("token.renewed")).unwrap();
    assert!(renewed.refresh_token.expose().ends_with("NeWtOkEn"));
    assert_eq!(renewed.expires_in, 30 * DAY);
    let app = convert::app_token(fixture!("token.app")).unwrap();
    assert!(app.token.expose().starts_with("clt."));
    assert_eq!(app.expires_in, Duration::from_secs(7_200));
    let shown = format!("{renewed:?} {app:?}");
    assert!(!shown.contains("NeWtOkEn") && !shown.contains("clt."));
}

#[test]
fn a_user_has_a_name_and_a_role() {
    let facts = convert::user(fixture!("userinfo")).unwrap();
    assert_eq!(facts.platform_shop_id.as_deref(), Some(ACCOUNT));
    assert_eq!((facts.name.as_deref(), facts.shop_type.as_deref()), (Some("茶铺"), Some("EAccountM")));
}

#[test]
fn files_get_ids_that_are_longer_than_others() {
    let video = convert::placed_video(fixture!("upload.video")).unwrap().0;
    let image = convert::placed_image(fixture!("upload.image")).unwrap().0;
    assert!(video.starts_with("@9VxVx/") && video.len() > 100);
    assert!(image.starts_with("@9VxVx/") && image.len() > 128);
    assert_eq!(convert::upload_id(fixture!("upload.begun")).unwrap(), "@8hxdhauTCM+/a==");
    assert!(convert::done(fixture!("upload.part")).is_ok());
    for wrong in [
        &br#"{"data":{}}"#[..],
        br#"{"data":{"video":{"video_id":""}}}"#,
        br#"{"data":{"video":{"video_id":"a b"}}}"#,
    ] {
        assert!(convert::placed_video(wrong).is_err());
    }
    assert!(convert::placed_image(fixture!("upload.video")).is_err());
}

#[test]
fn a_new_post_has_its_items_id() {
    let posted = convert::posted(fixture!("create")).unwrap();
    assert!(posted.platform_post_id.starts_with("@8hxdhauTCMppanGnM4ltGM780mDqPP+"));
    assert!(posted.link.is_none());
    assert!(convert::posted(br#"{"data":{"error_code":0,"video_id":"7"}}"#).is_err());
}

#[test]
fn a_page_of_posts_is_read_whole_or_not_at_all() {
    let data = convert::raw_data(fixture!("video.list")).unwrap();
    let page = convert::page(data.get()).unwrap();
    assert_eq!((page.items.len(), page.next), (3, Some(1_700_000_000_000)));
    let video = &page.items[1];
    assert_eq!(video.video_id.as_deref(), Some("@v/1+=="));
    assert_eq!((video.created, video.status), (Some(UtcMillis::from_secs(1_700_000_050)), Some(4)));
    assert_eq!(video.total.unwrap().plays, Some(12));
    assert!(page.items[0].is_top && !video.is_top);
    let last = |text: &str| convert::page(text).unwrap().next;
    assert_eq!(last(r#"{"list":[],"cursor":5,"has_more":false}"#), None);
    assert_eq!(last(r#"{"cursor":0}"#), None);
    for wrong in [
        r#"{"has_more":true,"list":[]}"#,
        r#"{"list":[{"title":"no id"}]}"#,
        r#"{"list":[{"item_id":"@a","create_time":1700000050000}]}"#,
        r#"{"list":{}}"#,
    ] {
        assert!(convert::page(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_answer_without_data_is_given_whole() {
    let raw = |body: &[u8]| convert::raw_data(body).unwrap().to_string();
    assert_eq!(raw(br#"{"err_no":0,"data":{"a":9007199254740993}}"#), r#"{"a":9007199254740993}"#);
    assert_eq!(raw(br#"{"err_no":0}"#), r#"{"err_no":0}"#);
}
