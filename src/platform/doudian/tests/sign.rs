use proptest::prelude::*;
use serde_json::Value;

use super::super::{notice, sign};
use crate::model::UtcMillis;
use crate::platform::digest::Algorithm;
use crate::platform::{CallParts, Credentials, Repeat, TokenUse};
use crate::secret::Secret;

const VECTORS: &str = include_str!("../../../../tests/vectors/douyin.json");

fn vectors(prefix: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    let text = |vector: &Value| vector["algorithm"].as_str().unwrap().to_owned();
    let found: Vec<_> = all.into_iter().filter(|vector| text(vector).starts_with(prefix)).collect();
    assert!(!found.is_empty(), "no vectors of {prefix}");
    found
}

fn input<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector["inputs"][name].as_str().unwrap()
}

#[test]
fn every_request_vector_is_reproduced() {
    let mut seen = 0;
    for (name, algorithm) in [("doudian-hmac-sha256", Algorithm::HmacSha256), ("doudian-md5", Algorithm::Md5)]
    {
        for vector in vectors(name) {
            let params = sign::canonical(input(&vector, "param_json_source")).unwrap();
            assert_eq!(params, vector["canonical_param_json"].as_str().unwrap(), "{}", vector["name"]);
            let signed = sign::Signed {
                method: input(&vector, "method"),
                params: &params,
                timestamp: input(&vector, "timestamp"),
            };
            let secret = Secret::from(input(&vector, "app_secret"));
            let made = sign::signature(algorithm, input(&vector, "app_key"), &secret, &signed);
            assert_eq!(made, vector["expected"].as_str().unwrap(), "{}", vector["name"]);
            seen += 1;
        }
    }
    assert!(seen >= 17, "only {seen} vectors");
}

#[test]
fn every_spi_vector_is_genuine_and_a_changed_one_is_not() {
    for vector in vectors("doudian-spi") {
        let genuine = |given: &str, params: &str| {
            let secret = Secret::from(input(&vector, "app_secret"));
            let method = Some(input(&vector, "sign_method"));
            notice::is_genuine_spi(
                input(&vector, "app_key"),
                &secret,
                method,
                input(&vector, "timestamp"),
                params,
                given,
            )
        };
        let (expected, params) = (vector["expected"].as_str().unwrap(), input(&vector, "param_json_source"));
        assert!(genuine(expected, params), "{}", vector["name"]);
        assert!(genuine(&expected.to_uppercase(), params));
        assert!(!genuine(expected, "{\"z\":2}"));
        assert!(!genuine("", params));
        assert!(!genuine(expected, "not json"));
    }
}

#[test]
fn every_push_vector_is_genuine_with_and_without_its_header() {
    for vector in vectors("doudian-event-sign") {
        let secret = Secret::from(input(&vector, "app_secret"));
        let body = input(&vector, "body").as_bytes();
        let genuine = |method: Option<&str>, given: &str, body: &[u8]| {
            notice::is_genuine_push(input(&vector, "app_key"), &secret, method, given, body)
        };
        let (expected, method) = (vector["expected"].as_str().unwrap(), input(&vector, "sign_method"));
        assert!(genuine(Some(method), expected, body), "{}", vector["name"]);
        assert!(genuine(None, expected, body));
        assert!(genuine(Some(&method.to_uppercase()), &expected.to_uppercase(), body));
        assert!(!genuine(Some(method), expected, &[body, b" "].concat()));
        assert!(!genuine(Some("sha1"), expected, body));
        for wrong in ["", "00", "zz", &expected[1..], &"0".repeat(expected.len())] {
            assert!(!genuine(None, wrong, body), "{wrong}");
        }
    }
}

#[test]
fn a_query_says_what_it_was_given() {
    let odd = "a+b/c=d&e f%茶*-._~";
    let credentials = Credentials {
        app_key: odd.to_owned(),
        app_secret: Secret::from("s"),
        api_base: "https://openapi.example/base".to_owned(),
        token_base: None,
        upload_base: None,
    };
    let parts = CallParts {
        api: "product.listV2".to_owned(),
        params: r#"{"b":1,"a":"茶"}"#.to_owned(),
        group: "g",
        repeat: Repeat::Safe,
        token: TokenUse::Shop,
        files: Vec::new(),
    };
    let now = UtcMillis::from_secs(1_700_000_000);
    let token = Secret::from(odd);
    let request = sign::request(&parts, &credentials, Some(&token), now).unwrap();
    assert_eq!(request.body, r#"{"a":"茶","b":1}"#.as_bytes());
    // It never grew, which would have left a copy of the token behind.
    assert!(request.url.expose().capacity() < request.url.expose().len() + 8);
    let url = url::Url::parse(request.url.expose()).unwrap();
    assert_eq!(url.path(), "/base/product/listV2");
    let pairs: Vec<_> = url.query_pairs().filter(|(name, _)| name != "sign").collect();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    let expected = [
        ("method", "product.listV2"),
        ("app_key", odd),
        ("access_token", odd),
        ("timestamp", "1700000000"),
        ("v", "2"),
        ("sign_method", "hmac-sha256"),
    ];
    assert_eq!(pairs, expected);
    assert!(sign::request(&parts, &credentials, None, now).is_err());
}

#[test]
fn control_characters_are_escaped_in_the_official_way() {
    let source = r#"{"a":"\b\f\u0000\u001f\u007f\u2028","\u0041":[{"b":1,"a":[]}, -0 , 1E5, 1.0]}"#;
    let expected =
        "{\"A\":[{\"a\":[],\"b\":1},-0,1E5,1.0],\"a\":\"\\u0008\\u000c\\u0000\\u001f\u{7f}\\u2028\"}";
    assert_eq!(sign::canonical(source).unwrap(), expected);
}

#[test]
fn members_alone_give_what_their_whole_object_gives() {
    let tokens = [
        "1.0",
        "\"\"",
        "\"茶 a\"",
        "\"\u{2028}”\"",
        r#""\u8336\/\t""#,
        r#"{ "b":[ "x", {}], "\u0061":null }"#,
    ];
    for token in tokens {
        let whole = sign::canonical(&format!("{{\"z\":{token},\"a\":{token}}}")).unwrap();
        assert_eq!(sign::canonical_members(&[("a", token), ("z", token)]).unwrap(), whole);
    }
    assert!(sign::canonical_members(&[("a", r#"{"b":1,"b":1}"#)]).is_err());
}

#[test]
fn keys_are_compared_decoded() {
    assert!(sign::canonical(r#"{"a":1,"\u0061":2}"#).is_err());
    assert!(sign::canonical(r#"{"x":[{"a":1,"a":1}]}"#).is_err());
}

#[test]
fn what_is_no_object_is_refused() {
    for text in ["", "[]", "1", "\"{}\"", "{", "{}{}", "\u{feff}{}", r#"{"a":"\ud800"}"#, r#"{"\ud800":1}"#] {
        assert!(sign::canonical(text).is_err(), "{text}");
    }
}

#[test]
fn nesting_is_capped_without_a_deep_stack() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(sign::canonical(&nested(127)).is_ok());
    assert!(sign::canonical(&nested(128)).is_err());
    assert!(sign::canonical(&nested(100_000)).is_err());
}

/// JSON text whose objects hold each key once, with numbers in all their spellings.
fn json(depth: u32) -> BoxedStrategy<Json> {
    let number = prop_oneof![
        "-?(0|[1-9][0-9]{0,30})",
        "-?(0|[1-9][0-9]{0,5})\\.[0-9]{1,20}",
        "[1-9]e[+-]?[0-9]{1,3}",
    ];
    let leaf = prop_oneof![
        number.prop_map(Json::Verbatim),
        prop_oneof![Just("null"), Just("true"), Just("false")]
            .prop_map(|word| Json::Verbatim(word.to_owned())),
        any::<String>().prop_map(Json::Text),
    ];
    leaf.prop_recursive(depth, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}

#[derive(Clone, Debug)]
enum Json {
    Verbatim(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Its text with spaces and members turned by `turn`.
    fn text(&self, turn: usize) -> String {
        match self {
            Self::Verbatim(token) => token.clone(),
            Self::Text(text) => serde_json::to_string(text).unwrap(),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(|item| item.text(turn)).collect();
                format!("[ {} ]", items.join(" ,\n"))
            }
            Self::Object(members) => {
                let mut members: Vec<_> = members
                    .iter()
                    .map(|(name, value)| {
                        format!("{} :\t{}", serde_json::to_string(name).unwrap(), value.text(turn))
                    })
                    .collect();
                let by = turn % members.len().max(1);
                members.rotate_left(by);
                format!("{{ {} }}", members.join(","))
            }
        }
    }

    fn numbers(&self, found: &mut Vec<String>) {
        match self {
            Self::Verbatim(token) => found.push(token.clone()),
            Self::Text(_) => {}
            Self::List(items) => items.iter().for_each(|item| item.numbers(found)),
            Self::Object(members) => members.iter().for_each(|(_, value)| value.numbers(found)),
        }
    }
}

proptest! {
    #[test]
    fn the_canonical_form_is_one_form(value in json(4), turn in 0usize..5) {
        let object = Json::Object(vec![("k".to_owned(), value)]);
        let one = sign::canonical(&object.text(0)).unwrap();
        prop_assert_eq!(&one, &sign::canonical(&object.text(turn)).unwrap());
        prop_assert_eq!(&one, &sign::canonical(&one).unwrap());
        let mut numbers = Vec::new();
        object.numbers(&mut numbers);
        for number in numbers {
            prop_assert!(one.contains(&number), "{} lost in {}", number, one);
        }
    }

    #[test]
    fn the_canonical_form_means_the_same(value in json(3)) {
        let text = Json::Object(vec![("k".to_owned(), value)]).text(0);
        let meaning: Value = serde_json::from_str(&text).unwrap_or_default();
        let same: Value = serde_json::from_str(&sign::canonical(&text).unwrap()).unwrap_or_default();
        prop_assert_eq!(meaning, same);
    }

    #[test]
    fn any_text_is_signed_or_refused(text in any::<String>()) {
        let _ = sign::canonical(&text);
    }
}
