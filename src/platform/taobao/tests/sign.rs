use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use proptest::prelude::*;
use serde_json::Value;

use super::super::{notice, sign};
use super::Taobao;
use crate::model::{FilePart, UtcMillis};
use crate::platform::ask::wall_clock;
use crate::platform::digest::Algorithm;
use crate::platform::{CallParts, Credentials, Platform, Repeat, SignedRequest, TokenUse};
use crate::secret::Secret;

const VECTORS: &str = include_str!("../../../../tests/vectors/taobao.json");

fn vectors(fits: impl Fn(&str) -> bool) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    all.into_iter().filter(|vector| fits(vector["algorithm"].as_str().unwrap())).collect()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

/// The parameters as the adapter would send them: blank ones are gone.
fn sent(vector: &Value) -> Vec<(String, String)> {
    sign::fields(&vector["inputs"]["params"].to_string()).unwrap()
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn every_request_vector_is_reproduced() {
    let mut seen = 0;
    for vector in vectors(|name| name.starts_with("top-md5") || name.starts_with("top-hmac-")) {
        let (inputs, name) = (&vector["inputs"], text(&vector, "name"));
        let (fields, secret) = (sent(&vector), Secret::from(text(inputs, "secret")));
        let body = inputs["body"].as_str().unwrap_or_default();
        let signature = |algorithm| sign::signature(algorithm, &secret, &borrowed(&fields), body);
        let made = match text(inputs, "sign_method") {
            "md5" => signature(Algorithm::Md5),
            "hmac-sha256" => signature(Algorithm::HmacSha256),
            // We neither send nor verify this form: only what it is made over is ours.
            "hmac" => {
                let mut mac = Hmac::<Md5>::new_from_slice(secret.expose().as_bytes()).unwrap();
                mac.update(sign::glued(&borrowed(&fields)).as_bytes());
                hex::encode_upper(mac.finalize().into_bytes())
            }
            other => panic!("{other}"),
        };
        assert_eq!(made, text(&vector, "expected"), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 17);
}

#[test]
fn the_connection_vector_is_the_same_rule_over_three_fields() {
    let vectors = vectors(|name| name == "tmc-connect-md5");
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let inputs = &vector["inputs"];
        let fields = ["app_key", "group_name", "timestamp"].map(|name| (name, text(inputs, name)));
        let made = sign::signature(Algorithm::Md5, &Secret::from(text(inputs, "secret")), &fields, "");
        assert_eq!(made, text(&vector, "expected"));
    }
}

#[test]
fn every_root_of_an_answer_follows_from_its_method() {
    let vectors = vectors(|name| name == "top-response-wrapper-name");
    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        assert_eq!(sign::wrapper(text(&vector["inputs"], "method")), text(&vector, "expected"));
    }
    assert_eq!(sign::wrapper("tmall.taobao.x"), "tmall_taobao_x_response");
}

#[test]
fn every_call_to_us_is_genuine_and_a_changed_one_is_not() {
    let vectors = vectors(|name| name == "top-spi-md5");
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let inputs = &vector["inputs"];
        let secret = Secret::from(text(inputs, "secret"));
        let headers: BTreeMap<String, String> = serde_json::from_value(inputs["headers"].clone()).unwrap();
        let mut headers: Vec<(&str, &str)> = headers.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        headers.push(("Content-Type", text(inputs, "content_type")));
        let genuine = |query: &str, headers: &[(&str, &str)], body: &str| {
            notice::is_genuine_spi(&secret, &notice::SpiCall { query, headers, body })
        };
        let (query, body) = (text(inputs, "query_string"), text(inputs, "body"));
        assert!(genuine(query, &headers, body));
        assert!(!genuine(query, &headers, &format!("{body} ")));
        assert!(!genuine(query, &headers[..2], body.trim_end_matches('}')));
        assert!(!genuine(&query.replace("empty_one=&", ""), &headers, body));
        assert!(!genuine(&query.replace("&sign=", "&sign=0"), &headers, body));
        assert!(!genuine(query.split("&sign=").next().unwrap(), &headers, body));
        assert!(!genuine(query, &[("content-type", "application/json")], body));
        assert!(!genuine("", &headers, body));
    }
}

#[test]
fn a_form_sent_to_us_is_signed_by_its_fields() {
    let (secret, form) = (Secret::from("fake-secret"), "b=2&a=%E4%B8%AD+");
    let made = sign::signature(Algorithm::Md5, &secret, &[("a", "中 "), ("b", "2"), ("q", "1")], "");
    let query = format!("q=1&sign={made}");
    let headers = [("content-type", "application/x-www-form-urlencoded; charset=UTF-8")];
    assert!(notice::is_genuine_spi(
        &secret,
        &notice::SpiCall { query: &query, headers: &headers, body: form }
    ));
    let other = notice::SpiCall { query: &query, headers: &headers, body: "b=3&a=%E4%B8%AD+" };
    assert!(!notice::is_genuine_spi(&secret, &other));
}

fn credentials() -> Credentials {
    Credentials {
        app_key: "10000001".to_owned(),
        app_secret: Secret::from("fakeSecretForTestsOnly0123456789ab"),
        api_base: "http://127.0.0.1:9/router/rest".to_owned(),
        token_base: None,
        upload_base: None,
    }
}

fn signed(parts: &CallParts) -> SignedRequest {
    Taobao
        .sign(parts, &credentials(), Some(&Secret::from("fake session/+&")), UtcMillis(1_709_618_767_999))
        .unwrap()
}

fn form(request: &SignedRequest) -> Vec<(String, String)> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

#[test]
fn a_request_is_one_form_with_its_time_at_plus_eight() {
    let params = r#"{"fields":"tid,status","page_no":1,"use_has_next":false,"blank":" ","none":null,
        "ids":[9007199254740993,"2"],"options":{"type": 2, "key": "a \" b"}}"#;
    let parts = CallParts::shop_read("taobao.trades.sold.get", params);
    let request = signed(&parts);
    assert_eq!(request.url.expose(), "http://127.0.0.1:9/router/rest");
    assert_eq!(request.headers, [("content-type", "application/x-www-form-urlencoded;charset=utf-8".into())]);
    let mut fields = form(&request);
    let (_, sign) = fields.pop().unwrap();
    let expected = [
        ("method", "taobao.trades.sold.get"),
        ("app_key", "10000001"),
        // 2024-03-05 06:06:07 UTC: the moment of the vectors.
        ("timestamp", "2024-03-05 14:06:07"),
        ("v", "2.0"),
        ("format", "json"),
        ("sign_method", "hmac-sha256"),
        ("session", "fake session/+&"),
        ("fields", "tid,status"),
        ("page_no", "1"),
        ("use_has_next", "false"),
        ("ids", "9007199254740993,2"),
        ("options", r#"{"type":2,"key":"a \" b"}"#),
    ];
    assert_eq!(borrowed(&fields), expected);
    let again = sign::signature(Algorithm::HmacSha256, &credentials().app_secret, &expected, "");
    assert_eq!(sign, again);
}

#[test]
fn files_travel_beside_the_fields_and_are_not_signed() {
    let file = |bytes: &[u8]| FilePart {
        name: "img".to_owned(),
        file_name: "主图.png".to_owned(),
        content_type: "image/png".to_owned(),
        bytes: bytes.to_vec(),
    };
    let call = Taobao.raw("taobao.picture.upload", r#"{"image_input_title":"主图😀.png"}"#).unwrap();
    let with = |bytes: &[u8]| {
        let request = signed(&CallParts { files: vec![file(bytes)], ..call.parts.clone() });
        assert!(request.headers[0].1.starts_with("multipart/form-data; boundary="));
        String::from_utf8_lossy(&request.body).into_owned()
    };
    let (one, other) = (with(b"\x89PNG"), with(b"another"));
    let sign = |body: &str| body.split("name=\"sign\"").nth(1).unwrap()[..68].trim().to_owned();
    assert_eq!(sign(&one), sign(&other));
    assert_eq!(sign(&one), form(&signed(&call.parts)).pop().unwrap().1);
    assert!(one.contains("name=\"image_input_title\"\r\n\r\n主图😀.png\r\n"), "{one}");
    assert!(one.contains("filename=\"主图.png\"\r\nContent-Type: image/png"));
    let taken =
        CallParts { files: vec![FilePart { name: "session".to_owned(), ..file(b"x") }], ..call.parts };
    assert!(Taobao.sign(&taken, &credentials(), Some(&Secret::from("t")), UtcMillis(0)).is_err());
}

#[test]
fn token_calls_carry_no_session_and_the_secret_is_never_sent() {
    let parts = CallParts::new("taobao.time.get", "{}", Repeat::Safe, TokenUse::None);
    let request = signed(&parts);
    let body = String::from_utf8(request.body).unwrap();
    assert!(!body.contains("session") && !body.contains("fakeSecret"), "{body}");
}

#[test]
fn odd_parameters_are_refused() {
    for odd in [
        "",
        "[]",
        "{",
        "{}{}",
        r#"{"a":1,"\u0061":2}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"a":["x,y"]}"#,
        r#"{"a":[1,""]}"#,
        r#"{"a":[null]}"#,
    ] {
        assert!(sign::fields(odd).is_err(), "{odd}");
    }
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(sign::fields(&nested(127)).is_ok());
    assert!(sign::fields(&nested(128)).is_err() && sign::fields(&nested(100_000)).is_err());
}

#[test]
fn the_wall_clock_knows_no_zone_of_this_machine() {
    for (secs, wall) in [
        (0, "1970-01-01 08:00:00"),
        (583_718_400, "1988-07-01 08:00:00"),
        (1_709_222_399, "2024-02-29 23:59:59"),
        (1_735_660_800, "2025-01-01 00:00:00"),
    ] {
        assert_eq!(wall_clock(UtcMillis::from_secs(secs)).unwrap(), wall);
    }
    assert!(wall_clock(UtcMillis(i64::MAX)).is_err());
}

proptest! {
    #[test]
    fn what_is_sent_is_what_is_signed(values in proptest::collection::btree_map("[a-zA-Z0-9_]{1,8}", any::<String>(), 0..8)) {
        let values: BTreeMap<_, _> = values.into_iter().filter(|(name, _)| name != "sign").map(|(name, value)| (format!("x_{name}"), value)).collect();
        let params = serde_json::to_string(&values).unwrap();
        let request = signed(&CallParts::shop_read("taobao.time.get", params));
        let mut fields = form(&request);
        let (name, sign) = fields.pop().unwrap();
        prop_assert_eq!(name, "sign");
        for (_, value) in &fields {
            prop_assert!(!value.trim().is_empty());
        }
        for (name, value) in values.iter().filter(|(_, value)| !value.trim().is_empty()) {
            prop_assert!(fields.contains(&(name.clone(), value.clone())));
        }
        prop_assert_eq!(sign, sign::signature(Algorithm::HmacSha256, &credentials().app_secret, &borrowed(&fields), ""));
    }

    #[test]
    fn any_text_becomes_fields_or_is_refused(text in any::<String>()) {
        let _ = sign::fields(&text);
    }
}
