use std::time::Duration;

use serde_json::{Value, json};

use super::super::fault::{Key, ROWS, read};
use super::fixture;
use crate::platform::{Fault, Reading, Verdict};

const API: &str = "taobao.trade.fullinfo.get";

fn fault_of(api: &str, body: &[u8]) -> Fault {
    match read(api, body) {
        Reading::Fault(fault) => fault,
        other => panic!("{}: {other:?}", String::from_utf8_lossy(body)),
    }
}

fn fault(body: &Value) -> Fault {
    fault_of(API, body.to_string().as_bytes())
}

fn refusal(code: u16, sub_code: &str, sub_msg: &str) -> Value {
    json!({"error_response": {"code": code, "msg": "m", "sub_code": sub_code, "sub_msg": sub_msg, "request_id": "r1"}})
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

/// Without this row its case, or one of them, would get another one's verdict and advice.
#[test]
fn every_row_is_reached_by_a_case() {
    for row in ROWS {
        let is_oauth = matches!(row.key, Key::Oauth(_));
        let reached = cases().iter().any(|case| {
            let error = &case["body"]["error_response"];
            let sub = error["sub_code"].as_str().unwrap_or_default();
            let head = sub.split(':').next().unwrap_or_default();
            let code = error["code"].as_str().map_or_else(|| error["code"].to_string(), str::to_owned);
            match row.key {
                Key::Sub(known) => head == known,
                Key::Start(known) => head.starts_with(known),
                Key::End(known) => head.ends_with(known),
                Key::Code(known) => code == known && sub.is_empty(),
                Key::Codes(from, to) => (from..=to).contains(&code.parse().unwrap()),
                Key::Oauth(_) => false,
            }
        });
        assert!(reached || is_oauth, "no case for {row:?}");
    }
}

#[test]
fn no_row_hides_a_later_one() {
    for (place, row) in ROWS.iter().enumerate() {
        for later in ROWS.iter().skip(place + 1) {
            assert_ne!(row.key, later.key);
            if let (Key::Start(one), Key::Sub(two) | Key::Start(two)) = (row.key, later.key) {
                assert!(!two.starts_with(one), "{one} hides {two}");
            }
        }
    }
}

#[test]
fn a_live_grant_that_the_platform_refuses_is_asked_to_be_renewed() {
    // 27 does not say whether the session expired or was withdrawn (2.6): what is stored decides that.
    let fault = fault(&json!({"error_response": {"code": 27, "msg": "Invalid session"}}));
    assert_eq!((fault.verdict, fault.code.as_str()), (Verdict::TokenExpired, "27"));
    assert_eq!(fault.request_id, None);
}

#[test]
fn a_ban_is_waited_for() {
    let wait = |said: &str| fault(&refusal(7, "accesscontrol.limited-by-api-access-count", said)).wait;
    assert_eq!(wait("This ban will last for 12 more seconds"), Some(Duration::from_secs(12)));
    assert_eq!(wait("限流: This ban will last for 3600 more seconds."), Some(Duration::from_secs(3600)));
    assert_eq!(wait("This ban will last for some more seconds"), None);
    assert_eq!(wait("This ban will last for 99999999999999999999999 more seconds"), None);
    // Said of something else it is no ban of this call.
    assert_eq!(fault(&refusal(15, "isv.x", "ban will last for 1 more seconds")).wait, None);
}

#[test]
fn a_fault_names_its_codes_with_their_detail_and_its_request() {
    let fault = fault(&refusal(15, "isv.invalid-parameter: tid", "参数tid不合法"));
    assert_eq!(fault.code, "15/isv.invalid-parameter:tid");
    assert_eq!(fault.message, "参数tid不合法");
    assert_eq!(fault.request_id.as_deref(), Some("r1"));
    let long = super::super::fault::read(
        API,
        refusal(15, &format!("isv.x:{}", "9".repeat(40)), "").to_string().as_bytes(),
    );
    let Reading::Fault(long) = long else { panic!("a fault") };
    assert_eq!((long.code.as_str(), long.message.as_str()), ("15/isv.x:***", "m"));
}

#[test]
fn a_session_in_a_message_is_not_shown() {
    let session = "6100fake0000session1111only2222for3333tests4444";
    let fault = fault(&refusal(27, "invalid-sessionkey", &format!("session {session} of 13800000000")));
    assert!(!fault.message.contains("6100") && !fault.message.contains("138"), "{}", fault.message);
    assert!(fault.message.contains("authorise"), "{}", fault.message);
}

#[test]
fn success_stands_under_the_root_of_its_method() {
    let ok = |api: &str, body: &str| read(api, body.as_bytes());
    let good = Reading::Success { request_id: Some("x1".to_owned()) };
    let body = r#"{"trade_fullinfo_get_response":{"trade":{},"request_id":"x1"}}"#;
    assert_eq!(ok(API, body), good);
    assert_eq!(ok(API, &format!("\u{feff}{body}\n")), good);
    // Page 2 under another method's root is not this method's answer.
    assert_eq!(ok("taobao.trades.sold.get", body), Reading::Foreign);
    let tmall = r#"{"tmall_item_quantity_update_response":{"quantity_update_result":"1"}}"#;
    assert_eq!(ok("tmall.item.quantity.update", tmall), Reading::Success { request_id: None });
}

#[test]
fn what_is_not_the_envelope_is_foreign() {
    for body in [
        "<html><body>login</body></html>",
        r#"{"trade_fullinfo_get_response":{"trade":{"a":[1,2"#,
        r#"{"trade_fullinfo_get_response":{}} x"#,
        r#"{"trade_fullinfo_get_response":[]}"#,
        r#"{"trade_fullinfo_get_response":null}"#,
        r#"{"trade":{"tid":1},"request_id":"x"}"#,
        r#"{"error_response":{"msg":"no code"}}"#,
        r#"{"error_response":{"code":"NOT_FOUND"}}"#,
        r#"{"error_response":"x"}"#,
        r#"{"error":"invalid_client","error_description":"the direct token call's envelope"}"#,
    ] {
        assert_eq!(read(API, body.as_bytes()), Reading::Foreign, "{body}");
    }
}

#[test]
fn a_refusal_inside_a_good_answer_is_found() {
    let fault = fault_of("taobao.logistics.offline.send", fixture!("logistics.offline.send.refused"));
    assert_eq!((fault.verdict, fault.code.as_str()), (Verdict::Rejected, "is_success=false"));
    assert_eq!(fault.message, "运单号不合法");
    for content in [
        r#"{"is_success":false}"#,
        r#"{"is_success":"false","error_code":"E1"}"#,
        r#"{"shipping":{"is_success":false}}"#,
        r#"{"result":{"is_success":false,"error_msg":"no"}}"#,
    ] {
        let body = format!("{{\"some_method_response\":{content}}}");
        assert_eq!(fault_of("some.method", body.as_bytes()).verdict, Verdict::Rejected, "{content}");
    }
    for content in
        [r#"{"is_success":true}"#, r#"{"result":"false","biz_error_desc":""}"#, r#"{"result":false}"#]
    {
        let body = format!("{{\"some_method_response\":{content}}}");
        assert_eq!(read("some.method", body.as_bytes()), Reading::Success { request_id: None }, "{content}");
    }
}

#[test]
fn a_token_answer_that_holds_an_error_is_a_fault() {
    let fault = fault_of("taobao.top.auth.token.create", fixture!("top.auth.token.create.refused"));
    assert_eq!((fault.verdict, fault.code.as_str()), (Verdict::Reauthorize, "oauth/invalid_client"));
    assert!(fault.message.contains("code is expired"), "{}", fault.message);
    let other =
        json!({"top_auth_token_refresh_response": {"token_result": "{\"error\":\"unauthorized_client\"}"}});
    let fault = fault_of("taobao.top.auth.token.refresh", other.to_string().as_bytes());
    assert_eq!(fault.verdict, Verdict::PlatformConfig);
    let grant = json!({"top_auth_token_refresh_response": {"token_result": "{\"error\":\"invalid_grant\"}"}});
    let fault = fault_of("taobao.top.auth.token.refresh", grant.to_string().as_bytes());
    assert_eq!(fault.verdict, Verdict::Reauthorize);
    let good = read("taobao.top.auth.token.create", fixture!("top.auth.token.create.merchant"));
    assert_eq!(good, Reading::Success { request_id: Some("fake0req1".to_owned()) });
}
