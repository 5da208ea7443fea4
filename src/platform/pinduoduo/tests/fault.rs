use serde_json::{Value, json};

use super::super::fault::{ROWS, read};
use super::fixture;
use crate::platform::{Fault, Reading, Verdict};

fn fault(api: &str, body: &Value) -> Fault {
    match read(api, body.to_string().as_bytes()) {
        Reading::Fault(fault) => fault,
        other => panic!("{body}: {other:?}"),
    }
}

fn error(code: i64, sub_code: Value) -> Value {
    json!({"error_response": {"error_code": code, "error_msg": "内部", "sub_code": sub_code,
        "sub_msg": "原因", "request_id": "16-99"}})
}

#[test]
fn every_row_answers_to_its_code_as_number_and_text() {
    for row in ROWS {
        let code: i64 = row.key.parse().unwrap();
        let found = fault("pdd.goods.list.get", &error(code, Value::Null));
        assert_eq!((found.verdict, found.code.as_str()), (row.verdict, row.key));
        assert_eq!(found.request_id.as_deref(), Some("16-99"));
        let text = json!({"error_response": {"error_code": row.key}});
        assert_eq!(fault("x.y", &text).verdict, row.verdict);
    }
    let codes: std::collections::BTreeSet<_> = ROWS.iter().map(|row| row.key).collect();
    assert_eq!(codes.len(), ROWS.len(), "no code stands twice");
}

#[test]
fn the_reason_of_a_business_failure_is_kept() {
    let found = fault("pdd.goods.add", &error(50_001, json!("goods.price_too_low")));
    assert_eq!(found.code, "50001/goods.price_too_low");
    assert_eq!((found.verdict, found.message.as_str()), (Verdict::Rejected, "原因"));
    assert_eq!(fault("pdd.goods.add", &error(50_001, json!("50001"))).code, "50001");
    assert_eq!(fault("pdd.goods.add", &error(99_999, Value::Null)).verdict, Verdict::Unknown);
}

#[test]
fn an_error_inside_http_200_of_a_token_call_is_an_error() {
    let found = fault("pdd.pop.auth.token.create", &error(10_000, Value::Null));
    assert_eq!(found.verdict, Verdict::InvalidRequest);
}

#[test]
fn a_refusal_inside_a_good_answer_is_a_refusal() {
    let body = json!({"goods_quantity_update_response": {"is_success": false, "request_id": "16-1"}});
    let found = fault("pdd.goods.quantity.update", &body);
    assert_eq!((found.verdict, found.request_id.as_deref()), (Verdict::Rejected, Some("16-1")));
    let body = json!({"response": {"success": false, "error_code": 7, "error_msg": "备注过长"}});
    let found = fault("pdd.order.note.update", &body);
    assert_eq!((found.code.as_str(), found.message.as_str()), ("7", "备注过长"));
}

#[test]
fn a_method_is_answered_under_its_own_key_only() {
    let ok = |api: &str, body: &[u8]| matches!(read(api, body), Reading::Success { .. });
    assert!(ok("pdd.order.number.list.increment.get", fixture!("order.increment")));
    assert!(ok("pdd.refund.information.get", fixture!("refund.information")), "documented without a key");
    assert!(ok("pdd.logistics.ordertrace.get", br#"{"logistics_ordertrace_get_resposne":{"a":1}}"#));
    assert!(ok("pdd.some.new.method", br#"{"odd_name_response":{"a":1}}"#), "nothing is known of its key");
    for body in ["<html>", "{}", "[]", r#"{"request_id":"1"}"#, r#"{"error_response":{}}"#, r#"{"a":1}"#] {
        assert_eq!(read("pdd.goods.list.get", body.as_bytes()), Reading::Foreign, "{body}");
    }
}
