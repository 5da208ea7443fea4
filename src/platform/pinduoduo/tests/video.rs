//! Videos of a shop: parts, the call that publishes one, its review.

use serde_json::{Value, json};

use super::super::Pinduoduo;
use super::fixture;
use crate::error::ErrorKind;
use crate::model::{
    Delivery, MediaId, MediaSlot, PromotionDraft, PromotionKind, PromotionStatus, UtcMillis, Wanted,
};
use crate::platform::{
    CallParts, Credentials, Facts, PlacedFile, Platform, Post, PostKind, PostLookUp, PostRef, PostSeen,
    Reading, Repeat, Step, TokenUse, Upload, UploadShape, Verdict, WriteClass,
};
use crate::secret::Secret;

const CREATE: &str = "pdd.live.video.mall.create";
const VIDEO: Upload<'static> =
    Upload { account: "1", slot: MediaSlot::Video, content_type: "video/mp4", bytes: 50_000_000 };
const COVER: Upload<'static> =
    Upload { account: "1", slot: MediaSlot::Cover, content_type: "image/jpeg", bytes: 100_000 };

fn draft() -> PromotionDraft {
    PromotionDraft {
        media: vec![MediaId(1)],
        cover: Some(MediaId(2)),
        target: Some("9007199254740993".to_owned()),
        ..PromotionDraft::new(PromotionKind::ShopVideo, "新茶", "新茶 #上新")
    }
}

fn create(draft: &PromotionDraft) -> crate::error::Result<CallParts> {
    let (files, cover) = ([PlacedFile("vid-0001".to_owned())], PlacedFile("https://c.example/1".to_owned()));
    let post = Post { account: "1", kind: PostKind::ShopVideo, draft, files: &files, cover: Some(&cover) };
    Pinduoduo.create_post(&post).map(|call| call.parts)
}

fn params(parts: &CallParts) -> Value {
    serde_json::from_str(&parts.params).unwrap()
}

fn sent(parts: &CallParts) -> (String, String) {
    let credentials = Credentials {
        app_key: "fake-client-0001".to_owned(),
        app_secret: Secret::from("fakeSecretForTests0001"),
        api_base: "https://gw-api.pinduoduo.com".to_owned(),
        token_base: None,
        upload_base: None,
    };
    let token = Secret::from("t");
    let request = Pinduoduo.sign(parts, &credentials, Some(&token), UtcMillis(1)).unwrap();
    (request.url.expose().clone(), String::from_utf8_lossy(&request.body).into_owned())
}

#[test]
fn a_video_goes_in_parts_below_the_platforms_limit_and_its_cover_whole() {
    let Some(UploadShape::Parts { size, .. }) = Pinduoduo.upload_shape(&VIDEO) else {
        panic!("a video goes in parts");
    };
    assert!(size <= 20_000_000);
    assert_eq!(Pinduoduo.upload_shape(&COVER), Some(UploadShape::Whole));
    for upload in [
        Upload { content_type: "image/jpeg", ..VIDEO },
        Upload { content_type: "image/gif", ..COVER },
        Upload { slot: MediaSlot::ProductImage, ..VIDEO },
        Upload { slot: MediaSlot::Image, ..COVER },
    ] {
        assert_eq!(Pinduoduo.upload_shape(&upload), None, "{upload:?}");
    }
    assert!(Pinduoduo.files_serve_once(MediaSlot::Video) && !Pinduoduo.files_serve_once(MediaSlot::Cover));
}

#[test]
fn every_step_of_an_upload_goes_to_the_upload_gateway_as_a_form_of_parts() {
    let begin = Pinduoduo.begin_upload(&VIDEO).unwrap();
    let part = Pinduoduo.upload_part(&VIDEO, "s1gn", 12, b"bytes of a part".to_vec()).unwrap();
    let end = Pinduoduo.end_upload(&VIDEO, "s1gn").unwrap();
    let cover = Pinduoduo.upload_file(&COVER, b"bytes of a cover".to_vec()).unwrap();
    assert_eq!(params(&begin.parts), json!({"content_type": "video/mp4"}));
    assert_eq!(params(&part.parts), json!({"upload_sign": "s1gn", "part_num": "12"}), "the number is a text");
    assert_eq!(params(&end.parts), json!({"upload_sign": "s1gn"}));
    for (parts, wanted) in [
        (&begin.parts, "name=\"content_type\"\r\n\r\nvideo/mp4"),
        (&part.parts, "name=\"part_file\""),
        (&part.parts, "bytes of a part"),
        (&end.parts, "name=\"upload_sign\"\r\n\r\ns1gn"),
        (&cover.parts, "name=\"file\""),
    ] {
        let (url, body) = sent(parts);
        assert_eq!(url, "https://gw-upload.pinduoduo.com/api/upload", "{}", parts.api);
        assert!(body.contains(wanted) && body.contains("name=\"sign\""), "{}: {body}", parts.api);
        assert_eq!((parts.repeat, parts.token), (Repeat::Safe, TokenUse::Shop), "{}", parts.api);
    }
    assert_eq!((begin.decode)(fixture!("video.init")).unwrap(), "s1gn+a/b==");
    assert!((part.decode)(fixture!("video.part")).is_ok());
    assert_eq!((end.decode)(fixture!("video.complete")).unwrap(), PlacedFile("vid-0001".to_owned()));
    let placed = (cover.decode)(fixture!("video.cover")).unwrap();
    assert_eq!(placed.0, "https://video-img.pddpic.example/cover/1.jpeg");
    assert!((begin.decode)(br#"{"response":{"upload_sign":""}}"#).is_err());
    assert!((end.decode)(br#"{"response":{"vid":null}}"#).is_err());
    assert!((cover.decode)(br#"{"response":{}}"#).is_err());
    assert!(Pinduoduo.upload_file(&VIDEO, Vec::new()).is_err());
}

#[test]
fn a_post_names_its_cover_text_product_and_video() {
    let parts = create(&draft()).unwrap();
    assert_eq!((parts.api.as_str(), parts.repeat), (CREATE, Repeat::Never));
    let wanted = json!({"request": {"cover": "https://c.example/1", "desc": "新茶 #上新",
        "goods_id": 9_007_199_254_740_993_u64, "vid": "vid-0001", "sync_explanation_video": false}});
    assert_eq!(params(&parts), wanted);
    assert_eq!(sent(&parts).0, "https://gw-api.pinduoduo.com/api/router");
    let draft = PromotionDraft { attributes: r#"{"sync_explanation_video":true}"#.to_owned(), ..draft() };
    assert_eq!(params(&create(&draft).unwrap())["request"]["sync_explanation_video"], true);
    assert_eq!(Pinduoduo.typed_write(CREATE), Some("promotions.draft"));
}

#[test]
fn what_the_platform_surely_refuses_is_refused_before_files_go_up() {
    let check = |draft: &PromotionDraft| Pinduoduo.check_post(PostKind::ShopVideo, draft);
    assert!(check(&draft()).is_ok());
    let attributes = |text: &str| PromotionDraft { attributes: text.to_owned(), ..draft() };
    for (bad, named) in [
        (PromotionDraft { target: None, ..draft() }, "`target`"),
        (PromotionDraft { target: Some("x".to_owned()), ..draft() }, "`target`"),
        (PromotionDraft { text: " ".to_owned(), ..draft() }, "`text`"),
        (PromotionDraft { cover: None, ..draft() }, "`cover`"),
        (attributes(r#"{"sync_explanation_video":1}"#), "sync_explanation_video"),
        (attributes(r#"{"sync":true}"#), "sync_explanation_video"),
    ] {
        let error = check(&bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(error.message().contains(named), "{named}: {error}");
    }
    let shared = PromotionDraft { delivery: Delivery::ShareLink, ..draft() };
    assert_eq!(check(&shared).unwrap_err().kind(), ErrorKind::Unsupported);
    for kind in [PostKind::Video, PostKind::Images] {
        assert_eq!(Pinduoduo.check_post(kind, &draft()).unwrap_err().kind(), ErrorKind::Unsupported);
    }
    let bare = Post { account: "1", kind: PostKind::ShopVideo, draft: &draft(), files: &[], cover: None };
    assert_eq!(Pinduoduo.create_post(&bare).unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn a_million_is_a_success_here_and_what_contradicts_itself_may_have_been_done() {
    let read = |body: &[u8]| Pinduoduo.read(CREATE, body);
    let verdict = |body: &str| match read(body.as_bytes()) {
        Reading::Success { .. } => None,
        Reading::Fault(fault) => Some((fault.verdict, fault.code)),
        Reading::Foreign => panic!("{body} is an answer"),
    };
    let call = Pinduoduo.create_post(&Post {
        account: "1",
        kind: PostKind::ShopVideo,
        draft: &draft(),
        files: &[PlacedFile("v".to_owned())],
        cover: Some(&PlacedFile("c".to_owned())),
    });
    let body = fixture!("video.create");
    assert_eq!(read(body), Reading::Success { request_id: Some("16-74".to_owned()) });
    let posted = (call.unwrap().decode)(body).unwrap();
    assert_eq!((posted.platform_post_id.as_str(), posted.link), ("9007199254740993", None));
    let Reading::Fault(refused) = read(fixture!("video.create.refused")) else { panic!("it is refused") };
    assert_eq!((refused.verdict, refused.code.as_str()), (Verdict::Rejected, "2000001"));
    assert!(refused.message.contains("商品不属于当前店铺"));
    let said = |code: u32| Some((Verdict::Unknown, code.to_string()));
    assert_eq!(verdict(r#"{"response":{"success":false,"error_code":1000000}}"#), said(1_000_000));
    assert_eq!(verdict(r#"{"response":{"error_code":50,"result":{"video_id":1}}}"#), said(50));
    for good in [
        r#"{"response":{"error_code":1000000,"result":{"video_id":1}}}"#,
        r#"{"response":{"success":true,"error_code":0,"result":{"video_id":1}}}"#,
        r#"{"response":{"success":true,"error_code":7,"result":{"video_id":1}}}"#,
        r#"{"response":{"result":{"video_id":1}}}"#,
    ] {
        assert_eq!(verdict(good), None, "{good}");
    }
    // A success without an id leaves open what was published.
    let decode = Pinduoduo.create_post(&Post {
        account: "1",
        kind: PostKind::ShopVideo,
        draft: &draft(),
        files: &[PlacedFile("v".to_owned())],
        cover: Some(&PlacedFile("c".to_owned())),
    });
    assert!((decode.unwrap().decode)(br#"{"response":{"success":true,"result":{}}}"#).is_err());
}

fn seen(answer: &str) -> PostSeen {
    let what = PostRef {
        account: "1",
        kind: PostKind::ShopVideo,
        platform_post_id: "9007199254740993",
        published_at: UtcMillis(1),
        now: UtcMillis(2),
    };
    let Step::Ask(question) = Pinduoduo.post_state(&what, &Facts::default()).unwrap() else {
        panic!("it has to ask");
    };
    assert_eq!(question.call.parts.api, "pdd.live.video.mall.querymallvideoauditstatus");
    assert_eq!(params(&question.call.parts), json!({"video_id": "9007199254740993"}));
    assert_eq!(question.call.parts.repeat, Repeat::Safe);
    let mut facts = Facts::default();
    facts.insert(question.name, (question.call.decode)(answer.as_bytes()).unwrap().get());
    match Pinduoduo.post_state(&what, &facts).unwrap() {
        Step::Done(seen) => seen,
        Step::Ask(_) => panic!("it was answered"),
    }
}

#[test]
fn a_review_is_read_wherever_it_stands_and_its_numbers_are_taken_for_nothing() {
    let refused = seen(std::str::from_utf8(fixture!("video.audit")).unwrap());
    assert_eq!((refused.status, refused.platform_status.as_str()), (PromotionStatus::UnderReview, "3"));
    assert_eq!(refused.reason.as_deref(), Some("封面模糊"));
    for (answer, word, reason) in [
        (r#"{"response":{"audit_status":2}}"#, "2", None),
        (r#"{"response":{"result":{"status":"2"}}}"#, "2", None),
        (r#"{"response":{"result":[{"auditStatus":3}]}}"#, "3", None),
        (r#"{"live_video_mall_querymallvideoauditstatus_response":{"audit_status":1}}"#, "1", None),
        (r#"{"response":{"audit_status":"PASSED"}}"#, "PASSED", None),
        (r#"{"response":{"audit_status":99,"reason":"x"}}"#, "99", Some("x")),
        (r#"{"response":{"something":{"else":1}}}"#, "unknown", None),
        (r#"{"response":{"audit_status":null}}"#, "unknown", None),
    ] {
        let seen = seen(answer);
        assert_eq!(
            (seen.status, seen.platform_status.as_str()),
            (PromotionStatus::UnderReview, word),
            "{answer}"
        );
        assert_eq!(seen.reason.as_deref(), reason, "{answer}");
    }
}

#[test]
fn a_lost_answer_needs_a_person_since_nothing_lists_the_videos() {
    let draft = draft();
    let post = Post { account: "1", kind: PostKind::ShopVideo, draft: &draft, files: &[], cover: None };
    let look = PostLookUp { post, since: UtcMillis(1) };
    let error = Pinduoduo.find_post(&look, &Facts::default()).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("merchants' console"), "{error}");
    let wanted = Wanted::Post { promotion: 1, version: 1 };
    assert_eq!(Pinduoduo.write_class(&wanted), WriteClass::AskPerson);
}
