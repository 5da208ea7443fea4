//! Answers that nobody documents: nothing panics, nothing harms its neighbours, nothing is printed.

use proptest::prelude::*;

use super::super::{convert, fault};
use super::fixture;

/// Every reader of an answer.
fn read_all(body: &[u8]) -> Vec<String> {
    fn error<T>(read: Result<T, crate::platform::DecodeError>) -> Option<String> {
        read.err().map(|error| error.to_string())
    }
    let _ = fault::read("taobao.trade.fullinfo.get", body);
    let _ = fault::read("taobao.top.auth.token.create", body);
    let errors = [
        error(convert::token_set(body)),
        error(convert::seller(body)),
        error(convert::shop(body)),
        error(convert::trade_page(body)),
        error(convert::trade_detail(body)),
        error(convert::refund_page(body)),
        error(convert::refund_detail(body)),
        error(convert::item_page(body)),
        error(convert::item_detail(body)),
        error(convert::skus(body)),
        error(convert::categories(body)),
        error(convert::carriers(body)),
        error(convert::shipped(body)),
        error(convert::done(body)),
        error(convert::raw_content(body)),
    ];
    errors.into_iter().flatten().collect()
}

#[test]
fn an_error_names_a_place_and_never_a_value() {
    let canary = "canary-5f1d";
    for shape in [
        format!(r#"{{"x_response":{{"trade":{{"tid":"{canary} {canary}","status":"s"}}}}}}"#),
        format!(r#"{{"x_response":{{"trade":{{"tid":1,"status":"S","payment":"{canary}"}}}}}}"#),
        format!(
            r#"{{"x_response":{{"item":{{"num_iid":"{canary} x"}},"total_results":1,"items":"{canary}"}}}}"#
        ),
        format!(r#"{{"x_response":{{"token_result":"{{\"access_token\":[\"{canary}\"]}}"}}}}"#),
        format!(r#"{{"x_response":{{"user":{{"user_id":"{canary} x"}},"shop":"{canary}"}}}}"#),
    ] {
        for error in read_all(shape.as_bytes()) {
            assert!(!error.contains(canary), "{error}");
        }
    }
}

#[test]
fn deep_and_long_answers_are_refused_without_a_deep_stack() {
    let nested = |open: &str, close: &str| {
        format!(r#"{{"x_response":{{"trade":{}1{}}}}}"#, open.repeat(100_000), close.repeat(100_000))
    };
    for body in [nested("[", "]"), nested("{\"a\":", "}")] {
        assert!(convert::trade_detail(body.as_bytes()).is_err());
    }
    let rows = "{\"tid\":1},".repeat(10_001);
    let many = format!(
        r#"{{"x_response":{{"total_results":1,"trades":{{"trade":[{}]}}}}}}"#,
        rows.trim_end_matches(',')
    );
    assert!(convert::trade_page(many.as_bytes()).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
    }

    #[test]
    fn any_inside_of_a_right_outside_is_read_or_refused(text in "[\\[\\]{}\",:0-9a-z\\\\ .*-]{0,200}") {
        for (outer, inner) in [("trades", "trade"), ("items", "item"), ("refunds", "refund")] {
            read_all(format!(r#"{{"x_response":{{"total_results":1,"{outer}":{{"{inner}":[{{{text}}}]}}}}}}"#).as_bytes());
        }
        for name in ["trade", "item", "refund", "user", "shop", "shipping"] {
            read_all(format!(r#"{{"x_response":{{"{name}":{{{text}}}}}}}"#).as_bytes());
        }
    }

    #[test]
    fn one_changed_record_never_harms_its_neighbour(
        place in 0usize..2000,
        byte in prop_oneof![0u8..32, 127u8..=255, b'0'..=b'9', b'a'..=b'z'],
    ) {
        let page = fixture!("trades.sold.increment.get.page");
        let text = std::str::from_utf8(page).unwrap();
        let list = text.find("\"trade\"").unwrap();
        let start = list + text[list..].find('{').unwrap() + 1;
        let length = text[start..].find('}').unwrap();
        // Whatever is not a bracket, a quote or a backslash stays inside its own record.
        let mut changed = page.to_vec();
        let at = start + place % length;
        prop_assume!(!b"{}[]\"\\,:".contains(&changed[at]));
        changed[at] = byte;
        let read = convert::trade_page(&changed).unwrap();
        prop_assert_eq!(read.records.len(), 2);
        prop_assert!(read.records[1].is_ok());
    }
}
