use serde_json::{Value, json};

use super::super::fault::{Key, ROWS, read};
use super::fixture;
use crate::platform::{Fault, Reading, Verdict};

fn fault(body: &Value) -> Fault {
    match read(body.to_string().as_bytes()) {
        Reading::Fault(fault) => fault,
        other => panic!("{body}: {other:?}"),
    }
}

fn cases() -> Vec<Value> {
    serde_json::from_slice(fixture!("faults")).unwrap()
}

#[test]
fn every_case_gets_its_verdict() {
    for case in cases() {
        let verdict = format!("{:?}", fault(&case["body"]).verdict);
        assert_eq!(verdict, case["verdict"].as_str().unwrap(), "{case}");
    }
}

#[test]
fn every_row_has_a_case() {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for row in ROWS {
        let found = cases().iter().any(|case| {
            let body = &case["body"];
            match row.key {
                Key::Sub(start) => text(&body["sub_code"]).replace(": ", ":").starts_with(start),
                Key::Code(code) => text(&body["code"]) == code && text(&body["sub_code"]).is_empty(),
                Key::Old(code) => body.get("code").is_none() && text(&body["err_no"]) == code,
            }
        });
        assert!(found, "no case for {row:?}");
    }
}

#[test]
fn no_row_hides_a_later_one() {
    for (place, row) in ROWS.iter().enumerate() {
        for later in ROWS.iter().skip(place + 1) {
            assert_ne!(row.key, later.key);
            if let (Key::Sub(one), Key::Sub(two)) = (row.key, later.key) {
                assert!(!two.starts_with(&format!("{one}:")), "{one} hides {two}");
            }
        }
    }
}

#[test]
fn success_is_a_code_as_number_or_text_partial_too_and_the_old_zero() {
    for body in [
        r#"{"code":10000,"msg":"success","log_id":"L1"}"#,
        r#"{"code":"10000","log_id":"L1","data":[]}"#,
        r#"{"code":10001,"sub_code":"isv.business-part-failed","log_id":"L1"}"#,
        "\u{feff} {\"err_no\":0,\"message\":\"ok\",\"log_id\":\"L1\"}\n",
    ] {
        assert_eq!(read(body.as_bytes()), Reading::Success { request_id: Some("L1".to_owned()) }, "{body}");
    }
}

#[test]
fn what_is_not_the_envelope_is_foreign() {
    for body in [
        "<html><body>login</body></html>",
        r#"{"code":10000,"data":{"a":[1,2"#,
        r#"{"code":10000}}"#,
        r#"{"code":10000} x"#,
        r#"{"code":null}"#,
        r#"{"code":"NOT_FOUND"}"#,
        r#"{"code":{"a":1}}"#,
        r#"{"error":"bad gateway"}"#,
    ] {
        assert_eq!(read(body.as_bytes()), Reading::Foreign, "{body}");
    }
}

#[test]
fn a_fault_names_its_codes_and_request() {
    let body = json!({"code": 50002, "sub_code": "isv.business-failed: 2010326",
        "sub_msg": "店铺违规", "log_id": "L9"});
    let fault = fault(&body);
    assert_eq!(fault.code, "50002/isv.business-failed:2010326");
    assert_eq!(fault.message, "店铺违规");
    assert_eq!(fault.request_id.as_deref(), Some("L9"));
    assert_eq!(fault.verdict, Verdict::Rejected);
}

#[test]
fn a_message_is_short_printable_and_holds_no_token_or_phone() {
    let token = "0d1f-2a3b".repeat(5);
    let said = format!(
        "bad\u{7}\n token {token}, call 13800000000 about order 4781320682406083640: {}",
        "长".repeat(500)
    );
    let message = fault(&json!({"code": 50000, "sub_msg": said})).message;
    assert!(message.starts_with("bad token ***, call *** about order 4781320682406083640: 长"), "{message}");
    assert_eq!(message.chars().count(), 200);
}

#[test]
fn advice_stands_before_the_platforms_words() {
    let body = json!({"code": 30002, "sub_code": "isv.invalid_ip", "sub_msg": "ip 203.0.113.9"});
    let message = fault(&body).message;
    assert!(message.contains("allow-list") && message.contains("203.0.113.9"), "{message}");
}
