use serde_json::Value;

use super::super::{notice, sign};
use crate::secret::Secret;

const VECTORS: &str = include_str!("../../../../tests/vectors/douyin.json");

fn vectors(algorithm: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    let found: Vec<_> = all.into_iter().filter(|vector| vector["algorithm"] == algorithm).collect();
    assert!(!found.is_empty(), "no vectors of {algorithm}");
    found
}

fn input<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector["inputs"][name].as_str().unwrap()
}

/// Requests are not signed on this platform: links that people open are.
#[test]
fn every_vector_of_a_share_link_is_reproduced() {
    for vector in vectors("douyin-open-h5-share-md5") {
        let ticket = Secret::from(input(&vector, "ticket"));
        let timestamp = vector["inputs"]["timestamp"].to_string();
        let made = sign::share_signature(&ticket, input(&vector, "nonce_str"), &timestamp);
        assert_eq!(made, vector["expected"].as_str().unwrap(), "{}", vector["name"]);
    }
}

#[test]
fn every_webhook_vector_is_genuine_and_a_changed_one_is_not() {
    let vectors = vectors("douyin-open-webhook-sha1");
    assert!(vectors.len() >= 3);
    for vector in vectors {
        let secret = Secret::from(input(&vector, "client_secret"));
        let (body, expected) = (input(&vector, "body").as_bytes(), vector["expected"].as_str().unwrap());
        assert!(notice::is_genuine(&secret, expected, body), "{}", vector["name"]);
        assert!(notice::is_genuine(&secret, &expected.to_uppercase(), body));
        // The platform's sample reads lines: what it signed has no breaks, what arrives may.
        assert!(notice::is_genuine(&secret, expected, &[body, b"\r\n"].concat()));
        assert!(!notice::is_genuine(&secret, expected, &[body, b" "].concat()));
        assert!(!notice::is_genuine(&Secret::from("another"), expected, body));
        for wrong in ["", "00", &expected[1..], &"0".repeat(40)] {
            assert!(!notice::is_genuine(&secret, wrong, body), "{wrong}");
        }
    }
}

#[test]
fn a_body_that_was_signed_with_its_line_breaks_is_genuine() {
    let secret = Secret::from("s");
    let signed = crate::platform::digest::sha1_hex([&b"s"[..], b"{\n}"]);
    assert!(notice::is_genuine(&secret, &signed, b"{\n}"));
    assert!(!notice::is_genuine(&secret, &signed, b"{}"), "breaks are dropped, never added");
}
