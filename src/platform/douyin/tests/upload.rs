use super::super::Douyin;
use super::{ACCOUNT, pairs, sent};
use crate::error::ErrorKind;
use crate::model::MediaSlot;
use crate::platform::{Method, Platform, Repeat, TokenUse, Upload, UploadShape};

const MB: u64 = 1_000_000;

const fn upload(slot: MediaSlot, bytes: u64) -> Upload<'static> {
    let content_type = if matches!(slot, MediaSlot::Video) { "video/mp4" } else { "image/png" };
    Upload { account: ACCOUNT, slot, content_type, bytes }
}

#[test]
fn small_videos_and_pictures_go_whole() {
    for (slot, bytes) in [(MediaSlot::Video, 50 * MB), (MediaSlot::Image, 20 << 20), (MediaSlot::Cover, 1)] {
        assert_eq!(Douyin.upload_shape(&upload(slot, bytes)), Some(UploadShape::Whole));
    }
    for (slot, bytes) in
        [(MediaSlot::Image, (20 << 20) + 1), (MediaSlot::Video, (4 << 30) + 1), (MediaSlot::ProductImage, 1)]
    {
        assert_eq!(Douyin.upload_shape(&upload(slot, bytes)), None, "{slot:?}");
    }
}

#[test]
fn no_part_is_too_small_or_too_large() {
    for bytes in [50 * MB + 1, 60 << 20, (60 << 20) + 1, 128 * MB, 1 << 30, (4 << 30) - 1, 4 << 30] {
        let Some(UploadShape::Parts { size, life }) = Douyin.upload_shape(&upload(MediaSlot::Video, bytes))
        else {
            panic!("{bytes} bytes go in parts");
        };
        let parts = bytes.div_ceil(size);
        let last = bytes - (parts - 1) * size;
        assert!(size <= 20 << 20 && last >= 5 << 20 && last <= size, "{bytes}: {parts} of {size}, {last}");
        assert!(life.as_secs() < 7_200);
    }
}

#[test]
fn a_whole_file_is_one_part_of_a_form() {
    let call = Douyin.upload_file(&upload(MediaSlot::Video, 3), b"\x00\r\n".to_vec()).unwrap();
    assert_eq!((call.parts.repeat, call.parts.token), (Repeat::Safe, TokenUse::Shop));
    let sent = sent(&call.parts);
    assert_eq!((sent.method, sent.url.path()), (Method::Post, "/api/douyin/v1/video/upload_video/"));
    assert_eq!(pairs(&sent.query()), [("open_id", ACCOUNT)]);
    assert_eq!(sent.header("access-token"), Some("act.token"));
    assert!(sent.header("content-type").unwrap().starts_with("multipart/form-data; boundary="));
    let body = String::from_utf8(sent.body).unwrap();
    assert!(
        body.contains(
            "name=\"video\"; filename=\"video.mp4\"\r\nContent-Type: video/mp4\r\n\r\n\0\r\n\r\n--"
        )
    );
    let cover =
        super::sent(&Douyin.upload_file(&upload(MediaSlot::Cover, 3), b"png".to_vec()).unwrap().parts);
    assert_eq!(cover.url.path(), "/api/douyin/v1/video/upload_image/");
    assert!(String::from_utf8(cover.body).unwrap().contains("name=\"image\"; filename=\"image.png\""));
}

#[test]
fn parts_are_begun_counted_and_ended() {
    let file = upload(MediaSlot::Video, 60 * MB);
    let begun = sent(&Douyin.begin_upload(&file).unwrap().parts);
    assert_eq!((begun.url.path(), begun.body.len()), ("/api/douyin/v1/video/init_video_part_upload/", 0));
    assert_eq!(pairs(&begun.query()), [("open_id", ACCOUNT)]);
    let part = sent(&Douyin.upload_part(&file, "@u+/=", 1, vec![7]).unwrap().parts);
    assert_eq!(part.url.path(), "/api/douyin/v1/video/upload_video_part/");
    assert!(part.url.query().unwrap().contains("upload_id=%40u%2B%2F%3D"));
    let query = part.query();
    assert!(pairs(&query).contains(&("part_number", "1")) && pairs(&query).contains(&("open_id", ACCOUNT)));
    let ended = sent(&Douyin.end_upload(&file, "@u+/=").unwrap().parts);
    assert_eq!((ended.url.path(), ended.body.len()), ("/api/douyin/v1/video/complete_video_part_upload/", 0));
    assert!(pairs(&ended.query()).contains(&("upload_id", "@u+/=")));
}

#[test]
fn what_the_platform_surely_refuses_is_not_sent() {
    let odd = Upload { content_type: "video/quicktime", ..upload(MediaSlot::Video, 1) };
    let large = upload(MediaSlot::Image, 21 << 20);
    for wrong in [odd, large, Upload { account: "", ..upload(MediaSlot::Image, 1) }] {
        let error = Douyin.upload_file(&wrong, Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    let shop = Douyin.upload_file(&upload(MediaSlot::ProductImage, 1), Vec::new()).unwrap_err();
    assert_eq!(shop.kind(), ErrorKind::Unsupported);
    assert_eq!(Douyin.begin_upload(&odd).unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert!(Douyin.upload_part(&odd, " ", 1, Vec::new()).is_err());
}

#[test]
fn a_videos_id_is_good_for_one_post() {
    assert!(Douyin.files_serve_once(MediaSlot::Video));
    assert!(!Douyin.files_serve_once(MediaSlot::Image) && !Douyin.files_serve_once(MediaSlot::Cover));
}

#[test]
fn the_rules_of_each_slot_are_those_of_its_upload() {
    let rules = |slot| Douyin.media_rules(slot).unwrap();
    assert_eq!(rules(MediaSlot::Video).duration_ms.unwrap().1, 900_000);
    for slot in [MediaSlot::Video, MediaSlot::Image, MediaSlot::Cover] {
        let most = rules(slot).max_bytes;
        assert!(Douyin.upload_shape(&upload(slot, most)).is_some(), "{slot:?}");
        assert!(Douyin.upload_shape(&upload(slot, most + 1)).is_none(), "{slot:?}");
    }
    assert!(Douyin.media_rules(MediaSlot::DetailImage).is_none());
}
