use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::fault::{Key, ROWS, read};
use super::super::routes;
use super::fixture;
use crate::platform::{Fault, Reading, Verdict};

const API: &str = "/api/douyin/v1/video/create_video/";

fn fault(api: &str, body: &Value) -> Fault {
    match read(api, body.to_string().as_bytes()) {
        Reading::Fault(fault) => fault,
        other => panic!("{body}: {other:?}"),
    }
}

/// A refusal in each of the three envelopes, numbers and texts mixed.
fn envelopes(code: &str) -> [Value; 5] {
    let number: i64 = code.parse().unwrap();
    [
        json!({"data": {"error_code": number, "description": "原因", "log_id": "L1"}, "message": "error"}),
        json!({"data": {"error_code": number, "description": "原因"},
            "extra": {"error_code": number, "description": "原因", "sub_error_code": 0, "logid": "L1"}}),
        json!({"extra": {"error_code": code, "description": "原因", "log_id": "L1"}}),
        json!({"err_no": number, "err_msg": "原因", "log_id": "L1", "data": {}}),
        json!({"error_code": code, "description": "原因", "log_id": "L1"}),
    ]
}

#[test]
fn every_row_answers_to_its_code_in_every_envelope() {
    for row in ROWS {
        let (api, code) = match row.key {
            Key::Of(api, code) => (api, code),
            Key::Code(code) => (API, code),
        };
        for body in envelopes(code) {
            let found = fault(api, &body);
            assert_eq!((found.verdict, found.code.as_str()), (row.verdict, code), "{body}");
            assert_eq!(found.request_id.as_deref(), Some("L1"), "{body}");
            assert!(found.message.contains("原因"), "{}", found.message);
        }
    }
    let keys: BTreeSet<_> = ROWS.iter().map(|row| format!("{:?}", row.key)).collect();
    assert_eq!(keys.len(), ROWS.len(), "no code stands twice");
}

#[test]
fn a_code_with_two_meanings_is_told_by_its_call() {
    let of = |api| fault(api, &json!({"data": {"error_code": 10_020}, "message": "error"})).verdict;
    // The grant lives on until its refresh token ends, so that it is not given up.
    assert_eq!(of(routes::RENEW_REFRESH_TOKEN), Verdict::TierExpired);
    assert_eq!(of(routes::CLIENT_TOKEN), Verdict::Limited);
    assert_eq!(of(routes::STABLE_CLIENT_TOKEN), Verdict::Limited);
    assert_eq!(of(routes::REFRESH_TOKEN), Verdict::Unknown);
}

#[test]
fn a_used_up_quota_waits_for_the_platforms_next_day() {
    // 2023-11-14 22:15:00 UTC is 06:15 in Beijing, 17 hours and three quarters before midnight.
    let body = json!({"extra": {"error_code": 28_003_017, "now": 1_700_000_100_000_i64}});
    assert_eq!(fault(API, &body).wait, Some(Duration::from_secs(17 * 3600 + 45 * 60)));
    let untimed = fault(API, &json!({"err_no": 2_190_001})).wait.unwrap();
    assert!(untimed >= Duration::from_secs(3600));
    for code in [28_003_018, 2_119_003, 2_100_004, 2_111_001] {
        assert_eq!(fault(API, &json!({"err_no": code})).wait, None, "{code}");
    }
}

#[test]
fn the_first_code_that_is_not_zero_counts_and_the_finer_words_do() {
    let body = json!({"data": {"error_code": 0, "description": ""}, "extra": {"error_code": 0,
        "description": "ok", "sub_error_code": 2_190_002, "sub_description": "token 无效"}});
    let found = fault(API, &body);
    assert_eq!((found.verdict, found.code.as_str()), (Verdict::TokenExpired, "2190002"));
    assert!(found.message.contains("token 无效"));
    let both = json!({"extra": {"error_code": 28_001_999, "sub_error_code": 28_001_008}});
    let found = fault(API, &both);
    assert_eq!((found.verdict, found.code.as_str()), (Verdict::TokenExpired, "28001999/28001008"));
    let word = fault(API, &json!({"data": {"description": "?"}, "message": "error"}));
    assert_eq!((word.verdict, word.code.as_str()), (Verdict::Unknown, "error"));
}

#[test]
fn success_is_zero_everywhere_as_number_or_text() {
    for body in [fixture!("token.created"), fixture!("userinfo"), fixture!("upload.part"), fixture!("create")]
    {
        assert!(matches!(read(API, body), Reading::Success { request_id: Some(_) }));
    }
    let id = Some("20230525105733ED3ED7AC56A8E7A0D0A1".to_owned());
    assert_eq!(read(API, fixture!("token.created")), Reading::Success { request_id: id });
}

#[test]
fn what_is_no_envelope_is_foreign() {
    for body in [
        "<html>",
        "{}",
        "[]",
        r#"{"code":10000}"#,
        r#"{"code":0,"data":{"access_token":"a"}}"#,
        r#"{"message":"success"}"#,
        r#"{"message":"ok","data":{}}"#,
        r#"{"data":{"error_code":0}} x"#,
        r#"{"error_code":{"a":1}}"#,
        r#"{"extra":[1]}"#,
    ] {
        assert_eq!(read(API, body.as_bytes()), Reading::Foreign, "{body}");
    }
}
