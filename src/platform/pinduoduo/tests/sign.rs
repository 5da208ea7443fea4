use serde_json::Value;

use super::super::{notice, sign};
use super::Pinduoduo;
use crate::model::{FilePart, UtcMillis};
use crate::platform::{CallParts, Credentials, Platform, SignedRequest};
use crate::secret::Secret;

const VECTORS: &str = include_str!("../../../../tests/vectors/pinduoduo.json");

fn vectors(prefix: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    all.into_iter().filter(|vector| vector["algorithm"].as_str().unwrap().starts_with(prefix)).collect()
}

fn wire(vector: &Value) -> Vec<(&str, &str)> {
    let params = vector["inputs"]["wire_params"].as_object().unwrap();
    let mut pairs: Vec<_> =
        params.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    pairs.sort_unstable();
    pairs
}

#[test]
fn every_request_vector_is_reproduced() {
    let vectors = vectors("pop-md5");
    assert_eq!(vectors.len(), 17);
    for vector in vectors {
        let secret = Secret::from(vector["inputs"]["client_secret"].as_str().unwrap());
        let made = sign::signature(&secret, wire(&vector));
        assert_eq!(made, vector["expected"].as_str().unwrap(), "{}", vector["name"]);
    }
}

/// From the parameters as a caller gives them: what is sent is what is signed. An empty string is the one
/// difference, which we leave out on both sides.
#[test]
fn parameters_become_the_texts_of_the_vectors() {
    let reserved = ["type", "client_id", "timestamp", "data_type", "version", "access_token"];
    let mut seen = 0;
    for vector in vectors("pop-md5") {
        let Some(params) = vector["inputs"]["params"].as_object() else { continue };
        let business: serde_json::Map<_, _> = params
            .iter()
            .filter(|(name, _)| !reserved.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let made = sign::texts(&Value::from(business).to_string()).unwrap();
        let wanted: Vec<_> = wire(&vector)
            .into_iter()
            .filter(|(name, value)| !reserved.contains(name) && !value.is_empty())
            .collect();
        let made: Vec<_> = made.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // The vectors' clients do not all order the keys of nested objects as we do; both verify.
        for (one, other) in made.iter().zip(&wanted) {
            let same =
                serde_json::from_str::<Value>(one.1).ok() == serde_json::from_str::<Value>(other.1).ok();
            assert!(one.0 == other.0 && (one.1 == other.1 || same), "{}: {one:?} {other:?}", vector["name"]);
        }
        assert_eq!(made.len(), wanted.len(), "{}", vector["name"]);
        seen += 1;
    }
    assert_eq!(seen, 16);
}

#[test]
fn every_channel_vector_is_reproduced() {
    let vectors = vectors("pmc-ws-digest");
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let input = |name: &str| vector["inputs"][name].as_str().unwrap();
        let secret = Secret::from(input("client_secret"));
        let made = notice::channel_path(input("client_id"), &secret, input("timestamp_ms").parse().unwrap());
        assert_eq!(made.expose(), vector["expected_path"].as_str().unwrap());
    }
}

fn signed(parts: &CallParts, upload_base: Option<&str>, api_base: &str) -> SignedRequest {
    let credentials = Credentials {
        app_key: "fake-client-0001".to_owned(),
        app_secret: Secret::from("fakeSecretForTests0001"),
        api_base: api_base.to_owned(),
        token_base: None,
        upload_base: upload_base.map(str::to_owned),
    };
    let token = Secret::from("fakeAccessToken000000000000000000000001");
    Pinduoduo.sign(parts, &credentials, Some(&token), UtcMillis::from_secs(1_700_000_700)).unwrap()
}

#[test]
fn the_form_carries_what_was_signed() {
    let parts =
        CallParts::shop_read("pdd.goods.detail.get", r#"{"goods_id":9007199254740993,"a":null,"b":""}"#);
    let request = signed(&parts, None, "https://gw-api.pinduoduo.com");
    assert_eq!(request.url.expose(), "https://gw-api.pinduoduo.com/api/router");
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let sent: Vec<_> =
        form.iter().filter(|(name, _)| name != "sign").map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(
        sent,
        [
            ("access_token", "fakeAccessToken000000000000000000000001"),
            ("client_id", "fake-client-0001"),
            ("data_type", "JSON"),
            ("goods_id", "9007199254740993"),
            ("timestamp", "1700000700"),
            ("type", "pdd.goods.detail.get"),
        ]
    );
    let sign = form.iter().find(|(name, _)| name == "sign").unwrap();
    assert_eq!(sign.1, sign::signature(&Secret::from("fakeSecretForTests0001"), sent));
}

#[test]
fn a_file_travels_unsigned_to_the_upload_gateway() {
    let file = FilePart {
        name: "file".to_owned(),
        file_name: "a.png".to_owned(),
        content_type: "image/png".to_owned(),
        bytes: b"\x89PNG".to_vec(),
    };
    let parts = CallParts { files: vec![file], ..CallParts::shop_write("pdd.goods.img.upload", "{}") };
    let request = signed(&parts, None, "https://gw-api.pinduoduo.com");
    assert_eq!(request.url.expose(), "https://gw-upload.pinduoduo.com/api/upload");
    let body = String::from_utf8_lossy(&request.body);
    assert!(body.contains("name=\"file\"; filename=\"a.png\"") && body.contains("name=\"sign\""));
    let bare =
        signed(&CallParts { files: Vec::new(), ..parts.clone() }, None, "https://gw-api.pinduoduo.com");
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&bare.body).into_owned().collect();
    let sign = &form.iter().find(|(name, _)| name == "sign").unwrap().1;
    assert!(body.contains(sign.as_str()), "the file changes nothing about the signature");
    // An app that talks to another address never uploads to the real platform by default.
    let elsewhere = signed(&parts, None, "http://127.0.0.1:9/pinduoduo");
    assert_eq!(elsewhere.url.expose(), "http://127.0.0.1:9/pinduoduo/api/upload");
    let named = signed(&parts, Some("http://127.0.0.1:8"), "http://127.0.0.1:9/pinduoduo");
    assert_eq!(named.url.expose(), "http://127.0.0.1:8/api/upload");
}

#[test]
fn parameters_that_could_be_read_in_two_ways_are_refused() {
    for params in [
        r#"{"type":"pdd.other"}"#,
        r#"{"access_token":"x"}"#,
        r#"{"sign":"x"}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"a":"\ud800"}"#,
        "[]",
        "",
    ] {
        assert!(sign::texts(params).is_err(), "{params}");
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    assert!(sign::texts(&deep).is_err());
}
