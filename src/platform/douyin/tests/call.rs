use std::time::Duration;

use serde_json::json;

use super::super::Douyin;
use super::{ACCOUNT, draft, pairs, sent};
use crate::error::ErrorKind;
use crate::model::{PromotionKind, UtcMillis, Wanted};
use crate::platform::{
    AuthorizeRequest, Capability, Credentials, GrantTimes, Method, PlacedFile, Platform, Post, PostKind,
    Repeat, TokenUse, WriteClass,
};
use crate::secret::Secret;

const SECRET: &str = "fakeclientsecret00000000000000001";

fn form(body: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

#[test]
fn a_code_is_bought_with_a_form_and_the_secret_in_it() {
    let call = Douyin.exchange_code(" c+1 ").unwrap();
    assert_eq!((call.parts.repeat, call.parts.token), (Repeat::Never, TokenUse::None));
    let sent = sent(&call.parts);
    assert_eq!(sent.method, Method::Post);
    assert_eq!(sent.url.as_str(), "https://open.example/oauth/access_token/");
    assert_eq!(sent.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(sent.header("access-token"), None);
    let wanted = [
        ("client_key", "awfakeclientkey001"),
        ("client_secret", SECRET),
        ("code", "c+1"),
        ("grant_type", "authorization_code"),
    ];
    assert_eq!(pairs(&form(&sent.body)), wanted);
}

#[test]
fn refreshing_and_renewing_send_no_secret() {
    let token = Secret::from("rft.1");
    let refresh = sent(&Douyin.refresh_grant(&token).unwrap().parts);
    assert_eq!(refresh.url.path(), "/oauth/refresh_token/");
    let wanted =
        [("client_key", "awfakeclientkey001"), ("grant_type", "refresh_token"), ("refresh_token", "rft.1")];
    assert_eq!(pairs(&form(&refresh.body)), wanted);
    let call = Douyin.renew_refresh_token(&token).unwrap();
    assert_eq!(call.parts.repeat, Repeat::Never);
    let renew = sent(&call.parts);
    assert_eq!(renew.url.path(), "/oauth/renew_refresh_token/");
    assert_eq!(pairs(&form(&renew.body)), [("client_key", "awfakeclientkey001"), ("refresh_token", "rft.1")]);
}

#[test]
fn the_token_of_an_app_is_asked_for_with_json() {
    let call = Douyin.app_token().unwrap();
    assert_eq!((call.parts.repeat, call.parts.token), (Repeat::Safe, TokenUse::None));
    let sent = sent(&call.parts);
    assert_eq!(sent.url.as_str(), "https://open.example/oauth/stable_client_token/");
    assert_eq!(sent.header("content-type"), Some("application/json"));
    let wanted = json!({"client_key": "awfakeclientkey001", "client_secret": SECRET,
        "grant_type": "client_credential"});
    assert_eq!(sent.json(), wanted);
}

#[test]
fn token_calls_go_to_their_own_address_where_there_is_one() {
    let parts = Douyin.exchange_code("c").unwrap().parts;
    for base in ["https://token.example", "https://token.example/oauth/access_token/"] {
        let credentials = Credentials { token_base: Some(base.to_owned()), ..super::credentials() };
        let request = Douyin.sign(&parts, &credentials, None, super::NOW).unwrap();
        assert_eq!(request.url.expose(), "https://token.example/oauth/access_token/");
    }
    let blank = Credentials { app_secret: Secret::from(" "), ..super::credentials() };
    let error = Douyin.sign(&parts, &blank, None, super::NOW).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
}

#[test]
fn an_account_is_introduced_by_its_open_id_with_the_token_in_the_form() {
    let call = Douyin.introduce(ACCOUNT).unwrap();
    let sent = sent(&call.parts);
    assert_eq!(sent.url.as_str(), "https://open.example/oauth/userinfo/");
    assert_eq!(pairs(&form(&sent.body)), [("access_token", "act.token"), ("open_id", ACCOUNT)]);
    assert!(Douyin.sign(&call.parts, &super::credentials(), None, super::NOW).is_err());
}

#[test]
fn the_authorise_page_gets_key_scope_and_state() {
    let request = AuthorizeRequest {
        app_key: "aw1",
        service_id: None,
        redirect_uri: Some("https://oa.example/back"),
        endpoint: None,
        state: "s&t",
    };
    let url = url::Url::parse(&Douyin.authorize_url(&request).unwrap()).unwrap();
    assert_eq!((url.host_str(), url.path()), (Some("open.douyin.com"), "/platform/oauth/connect/"));
    let query: Vec<_> = url.query_pairs().into_owned().collect();
    let scope = query.iter().find(|(name, _)| name == "scope").unwrap().1.clone();
    for needed in ["user_info", "video.create.bind", "video.list.bind", "renew_refresh_token"] {
        assert!(scope.split(',').any(|one| one == needed), "{needed}");
    }
    let rest: Vec<_> = query.iter().filter(|(name, _)| name != "scope").cloned().collect();
    let wanted = [
        ("client_key", "aw1"),
        ("response_type", "code"),
        ("redirect_uri", "https://oa.example/back"),
        ("state", "s&t"),
    ];
    assert_eq!(pairs(&rest), wanted);
    let endpoint = Some("http://127.0.0.1:1/p?scope=user_info");
    let own = Douyin.authorize_url(&AuthorizeRequest { endpoint, ..request }).unwrap();
    assert_eq!(own.matches("scope=").count(), 1, "{own}");
    let none = AuthorizeRequest { redirect_uri: None, ..request };
    assert_eq!(Douyin.authorize_url(&none).unwrap_err().kind(), ErrorKind::ConfigInvalid);
}

#[test]
fn a_refresh_happens_in_the_last_five_days() {
    let obtained_at = UtcMillis(1_700_000_000_000);
    let expires_at = obtained_at.plus(Duration::from_secs(15 * 86_400));
    let times = GrantTimes { obtained_at, expires_at, refresh_expires_at: None };
    let window = Douyin.refresh_window(&times).unwrap();
    assert_eq!(expires_at.since(window.opens_at), Duration::from_secs(5 * 86_400));
    assert_eq!(expires_at.since(window.closes_at), Duration::from_secs(86_400));
    let rules = Douyin.renewal_rules().unwrap();
    assert_eq!((rules.most, rules.ahead), (5, Duration::from_secs(3 * 86_400)));
}

#[test]
fn a_video_is_posted_by_its_id_with_the_drafts_own_fields() {
    let mut draft = draft(PromotionKind::Video);
    draft.attributes =
        r##"{"at_users":["o2"],"cover_tsp":2.5,"private_status":0,"poi_id":"p","music_id":null}"##.to_owned();
    let (files, cover) = ([PlacedFile("@v/1+==".to_owned())], PlacedFile("@i/1+==".to_owned()));
    let post =
        Post { account: ACCOUNT, kind: PostKind::Video, draft: &draft, files: &files, cover: Some(&cover) };
    let call = Douyin.create_post(&post).unwrap();
    assert_eq!((call.parts.repeat, call.parts.token), (Repeat::Never, TokenUse::Shop));
    let sent = sent(&call.parts);
    assert_eq!(sent.url.path(), "/api/douyin/v1/video/create_video/");
    assert_eq!(sent.header("access-token"), Some("act.token"));
    assert_eq!(pairs(&sent.query()), [("open_id", ACCOUNT)]);
    let wanted = json!({"video_id": "@v/1+==", "text": "新茶 #上新", "custom_cover_image_url": "@i/1+==",
        "at_users": ["o2"], "cover_tsp": 2.5, "private_status": 0, "poi_id": "p"});
    assert_eq!(sent.json(), wanted);
}

#[test]
fn pictures_are_posted_in_their_order() {
    let mut draft = draft(PromotionKind::ImageText);
    (draft.text, draft.attributes) = (" ".to_owned(), r#"{"music_id":"m"}"#.to_owned());
    let files = ["@b", "@a"].map(|id| PlacedFile(id.to_owned()));
    let post = Post { account: ACCOUNT, kind: PostKind::Images, draft: &draft, files: &files, cover: None };
    let sent = sent(&Douyin.create_post(&post).unwrap().parts);
    assert_eq!(sent.url.path(), "/api/douyin/v1/video/create_image_text/");
    assert_eq!(sent.json(), json!({"image_list": ["@b", "@a"], "music_id": "m"}), "a blank text is not sent");
}

#[test]
fn a_post_without_its_files_or_its_account_is_none() {
    let draft = draft(PromotionKind::Video);
    let files = [PlacedFile("@a".to_owned()), PlacedFile("@b".to_owned())];
    let post = |kind, files, account| Post { account, kind, draft: &draft, files, cover: None };
    for wrong in [
        post(PostKind::Video, &files[..0], ACCOUNT),
        post(PostKind::Video, &files[..], ACCOUNT),
        post(PostKind::Images, &files[..0], ACCOUNT),
        post(PostKind::Video, &files[..1], " "),
    ] {
        assert_eq!(Douyin.create_post(&wrong).unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
    let shop = Douyin.create_post(&post(PostKind::ShopVideo, &files[..1], ACCOUNT)).unwrap_err();
    assert_eq!(shop.kind(), ErrorKind::Unsupported);
    assert!(shop.message().contains("doudian"), "{}", shop.message());
}

#[test]
fn posting_is_only_looked_for_afterwards_and_not_called_by_hand() {
    assert_eq!(Douyin.write_class(&Wanted::Post { promotion: 1, version: 1 }), WriteClass::LookOnly);
    for spelled in ["/api/douyin/v1/video/create_video/", "api/douyin/v1/video/Create_Image_Text"] {
        assert_eq!(Douyin.typed_write(spelled), Some("promotions.draft"));
    }
    assert_eq!(Douyin.typed_write("/api/douyin/v1/video/video_list/"), None);
}

#[test]
fn a_known_read_by_hand_is_asked_with_get_and_may_be_repeated() {
    let call = Douyin.raw("api/douyin/v1/video/video_list", r#"{"cursor":0,"count":10,"x":null}"#).unwrap();
    assert_eq!((call.parts.repeat, call.parts.group), (Repeat::Safe, "/api/douyin/v1/video/video_list/"));
    let sent = sent(&call.parts);
    assert_eq!((sent.method, sent.body.len()), (Method::Get, 0));
    assert_eq!(sent.url.as_str(), "https://open.example/api/douyin/v1/video/video_list/?cursor=0&count=10");
}

#[test]
fn ids_are_percent_encoded_whole() {
    let params = r#"{"open_id":"o 1","item_id":"@9V+a/b==","list":["茶"]}"#;
    let url = sent(&Douyin.raw("/data/external/item/base/", params).unwrap().parts).url;
    assert_eq!(url.query(), Some("open_id=o%201&item_id=%409V%2Ba%2Fb%3D%3D&list=%5B%22%E8%8C%B6%22%5D"));
}

#[test]
fn an_unknown_method_by_hand_is_a_post_of_json_that_is_not_repeated() {
    let params = r#"{"open_id":"o","room_id":9007199254740993,"b":{"z":1,"a":1.0}}"#;
    let call = Douyin.raw("/room/data/x", params).unwrap();
    assert_eq!((call.parts.repeat, call.parts.group), (Repeat::Never, "call"));
    let sent = sent(&call.parts);
    assert_eq!(sent.url.as_str(), "https://open.example/room/data/x?open_id=o");
    assert_eq!(sent.body, br#"{"room_id":9007199254740993,"b":{"z":1,"a":1.0}}"#);
    let bare = super::sent(&Douyin.raw("/room/data/x/", "{}").unwrap().parts);
    assert_eq!((bare.url.path(), bare.body.as_slice()), ("/room/data/x/", &b"{}"[..]));
}

#[test]
fn calls_of_the_app_itself_carry_its_token() {
    for api in ["/share-id/", "/open/getticket/", "/event/status/list"] {
        assert_eq!(Douyin.raw(api, "{}").unwrap().parts.token, TokenUse::App, "{api}");
    }
    assert_eq!(Douyin.raw("/oauth/userinfo/", "{}").unwrap().parts.token, TokenUse::Shop);
}

#[test]
fn tokens_are_not_asked_for_by_hand() {
    for api in
        ["/oauth/access_token/", "oauth/refresh_token", "/oauth/Client_Token/", "/oauth/stable_client_token"]
    {
        assert_eq!(Douyin.raw(api, "{}").unwrap_err().kind(), ErrorKind::InvalidRequest, "{api}");
    }
    for api in ["//oauth/access_token/", "/a//b", "/a/../b", "/a/./b", "/a%2f", "/a?b", "/", "/a\\b", "/a/ "]
    {
        assert!(Douyin.raw(api, "{}").is_err(), "{api}");
    }
}

#[test]
fn the_account_of_a_call_by_hand_is_filled_in_once() {
    let named = |api: &str, params: &str| {
        let mut parts = Douyin.raw(api, params).unwrap().parts;
        Douyin.name_account(&mut parts, ACCOUNT).unwrap();
        parts.params
    };
    let filled = |before: &str| format!("{{{before}\"open_id\":\"{ACCOUNT}\"}}");
    assert_eq!(named("/room/data/x/", "{ }"), filled(""));
    assert_eq!(named("/room/data/x/", "{\"id\": 9007199254740993}"), filled("\"id\":9007199254740993,"));
    assert_eq!(named("/room/data/x/", r#"{"open_id":"o"}"#), r#"{"open_id":"o"}"#);
    assert_eq!(named("/share-id/", "{}"), "{}", "the app's own calls are about no account");
}

#[test]
fn what_is_lacking_says_why() {
    for capability in Capability::ALL {
        let is_offered = Douyin.capabilities().contains(&capability);
        assert_eq!(Douyin.why_not(capability).is_none(), is_offered, "{capability:?}");
    }
    assert!(Douyin.why_not(Capability::ListProducts).unwrap().contains("doudian"));
}
