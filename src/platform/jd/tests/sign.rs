use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{master_key_signature, notice, sign};
use super::Jd;
use crate::error::ErrorKind;
use crate::model::{FilePart, UtcMillis};
use crate::platform::{AuthorizeRequest, CallParts, Credentials, Platform, SignedRequest};
use crate::secret::Secret;

const VECTORS: &str = include_str!("../../../../tests/vectors/jd.json");

fn all() -> Vec<Value> {
    serde_json::from_str(VECTORS).unwrap()
}

fn vectors(algorithm: &str) -> Vec<Value> {
    all().into_iter().filter(|vector| vector["algorithm"].as_str().unwrap().starts_with(algorithm)).collect()
}

fn params(vector: &Value) -> BTreeMap<String, String> {
    let params = vector["inputs"]["params"].as_object().unwrap();
    params.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn pairs(params: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    params.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

fn expected(vector: &Value) -> &str {
    vector["expected"].as_str().unwrap()
}

/// Each of them is reproduced by a test: those of buyer data in `decrypt.rs`.
#[test]
fn every_vector_is_counted() {
    let counts = ["jos-md5", "jos-wire-query", "jos-authorize-url", "jcq-", "tde-master-key-sig", "tde-aes"]
        .map(|algorithm| vectors(algorithm).len());
    assert_eq!(counts, [14, 2, 1, 2, 1, 2]);
    assert_eq!(all().len(), 22);
}

#[test]
fn every_request_vector_is_reproduced() {
    for vector in vectors("jos-md5") {
        let secret = Secret::from(vector["inputs"]["app_secret"].as_str().unwrap());
        let mut params = params(&vector);
        if !vector["algorithm"].as_str().unwrap().contains("blank values are kept") {
            params.retain(|_, value| !value.trim().is_empty());
        }
        assert_eq!(sign::signature(&secret, pairs(&params)), expected(&vector), "{}", vector["name"]);
    }
}

/// The whole way from a call to its form, wherever a vector is such a call.
#[test]
fn the_form_of_a_call_is_that_of_its_vector() {
    let mut seen = 0;
    for vector in vectors("jos-md5") {
        let params = params(&vector);
        let ours = ["360buy_param_json", "access_token", "app_key", "method", "timestamp", "v"];
        let is_ours = params.keys().all(|name| ours.contains(&name.as_str())) && params["v"] == "2.0";
        if !is_ours || params["method"].len() < 2 || params["timestamp"].len() != 19 {
            continue;
        }
        let time: jiff::civil::DateTime = params["timestamp"].parse().unwrap();
        let now = jiff::tz::Offset::constant(8).to_timestamp(time).unwrap().as_millisecond();
        let parts = CallParts {
            api: params["method"].clone(),
            ..CallParts::shop_read("g", params["360buy_param_json"].clone())
        };
        let credentials = Credentials {
            app_key: params["app_key"].clone(),
            app_secret: Secret::from(vector["inputs"]["app_secret"].as_str().unwrap()),
            ..credentials("https://api.jd.com/routerjson", None)
        };
        let token = Secret::from(params["access_token"].as_str());
        let request = Jd.sign(&parts, &credentials, Some(&token), UtcMillis(now)).unwrap();
        let form: BTreeMap<String, String> =
            url::form_urlencoded::parse(&request.body).into_owned().collect();
        assert_eq!(form["sign"], expected(&vector), "{}", vector["name"]);
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn every_wire_vector_is_reproduced() {
    let decoded = |text: &str| -> BTreeMap<String, String> {
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    };
    for vector in vectors("jos-wire-query") {
        let mut params = params(&vector);
        params.retain(|_, value| !value.is_empty());
        let made = sign::form(pairs(&params));
        assert_eq!(decoded(&made), decoded(expected(&vector)), "{}", vector["name"]);
    }
}

#[test]
fn the_authorise_url_is_reproduced() {
    for vector in vectors("jos-authorize-url") {
        let input = |name: &str| vector["inputs"][name].as_str().unwrap();
        let request = AuthorizeRequest {
            app_key: input("app_key"),
            service_id: None,
            redirect_uri: Some(input("redirect_uri")),
            endpoint: None,
            state: input("state"),
        };
        let (made, wanted) = (
            url::Url::parse(&Jd.authorize_url(&request).unwrap()).unwrap(),
            url::Url::parse(expected(&vector)).unwrap(),
        );
        let query = |url: &url::Url| url.query_pairs().into_owned().collect::<BTreeMap<_, _>>();
        assert_eq!((made.origin(), made.path()), (wanted.origin(), wanted.path()));
        assert_eq!(query(&made), query(&wanted));
    }
}

#[test]
fn every_queue_vector_is_reproduced() {
    for vector in vectors("jcq-") {
        let input = |name: &str| vector["inputs"][name].as_str().unwrap();
        let secret = Secret::from(input("secretKey"));
        let made = notice::queue_signature(input("accessKey"), &secret, input("dateTime"), &params(&vector));
        assert_eq!(made.unwrap(), expected(&vector), "{}", vector["name"]);
    }
    let mut with_blank = params(&vectors("jcq-")[0]);
    with_blank.insert("blank".to_owned(), String::new());
    let vector = &vectors("jcq-")[0];
    let input = |name: &str| vector["inputs"][name].as_str().unwrap();
    let secret = Secret::from(input("secretKey"));
    let made = notice::queue_signature(input("accessKey"), &secret, input("dateTime"), &with_blank);
    assert_eq!(made.unwrap(), expected(vector), "what has no value is not signed");
}

#[test]
fn the_master_key_vector_is_reproduced() {
    for vector in vectors("tde-master-key-sig") {
        let input = &vector["inputs"];
        let key = Secret::from(input["voucher_key"].as_str().unwrap());
        let made = master_key_signature(&key, input["ts"].as_i64().unwrap(), input["tid"].as_str().unwrap());
        assert_eq!(made.unwrap(), expected(&vector));
    }
    assert!(master_key_signature(&Secret::from("no base64!"), 1, "t").is_err());
}

fn credentials(api_base: &str, token_base: Option<&str>) -> Credentials {
    Credentials {
        app_key: "FAKE0APPKEY".to_owned(),
        app_secret: Secret::from("fakesecret"),
        api_base: api_base.to_owned(),
        token_base: token_base.map(str::to_owned),
        upload_base: None,
    }
}

fn signed(parts: &CallParts, credentials: &Credentials) -> crate::error::Result<SignedRequest> {
    let token = Secret::from("faketoken");
    Jd.sign(parts, credentials, Some(&token), UtcMillis::from_secs(1_700_000_000))
}

#[test]
fn what_is_signed_is_what_is_sent() {
    let parts = CallParts::shop_read(
        "jingdong.pop.order.get",
        r#"{ "order_id" : 9007199254740993, "a":null,"b":"" }"#,
    );
    let request = signed(&parts, &credentials("https://api.jd.com/routerjson", None)).unwrap();
    assert_eq!(request.url.expose(), "https://api.jd.com/routerjson");
    let mut form: BTreeMap<String, String> =
        url::form_urlencoded::parse(&request.body).into_owned().collect();
    let sign = form.remove("sign").unwrap();
    assert_eq!(sign, sign::signature(&Secret::from("fakesecret"), pairs(&form)));
    assert_eq!(form["360buy_param_json"], r#"{"order_id":9007199254740993}"#);
    assert_eq!((form["timestamp"].as_str(), form["v"].as_str()), ("2023-11-15 06:13:20", "2.0"));
    assert_eq!(form.len(), 6, "{form:?}");
}

#[test]
fn a_call_of_the_union_has_its_version_and_no_token() {
    let call = Jd.raw("jd.union.open.goods.query", r#"{"goodsReqDTO":{"keyword":"手机"}}"#).unwrap();
    let request = signed(&call.parts, &credentials("https://api.jd.com/routerjson", None)).unwrap();
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    assert_eq!((form["v"].as_str(), form["sign_method"].as_str()), ("1.0", "md5"));
    assert!(!form.contains_key("access_token"));
}

#[test]
fn a_file_travels_unsigned() {
    let file = FilePart {
        name: "imgFile".to_owned(),
        file_name: "a.png".to_owned(),
        content_type: "image/png".to_owned(),
        bytes: b"\x89PNG".to_vec(),
    };
    let bare = CallParts::shop_write("jingdong.imgzone.image.upload", r#"{"imgName":"a"}"#);
    let credentials = credentials("https://api.jd.com/routerjson", None);
    let form: BTreeMap<String, String> =
        url::form_urlencoded::parse(&signed(&bare, &credentials).unwrap().body).into_owned().collect();
    let parts = CallParts { files: vec![file], ..bare };
    let body = signed(&parts, &credentials).unwrap().body;
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("name=\"imgFile\"; filename=\"a.png\""));
    assert!(body.contains(&form["sign"]), "the file changes nothing about the signature");
}

#[test]
fn the_secret_goes_to_the_token_host_in_a_body_and_nowhere_else() {
    let call = Jd.exchange_code(" c0de ").unwrap();
    let request = signed(&call.parts, &credentials("https://api.jd.com/routerjson", None)).unwrap();
    assert_eq!(request.url.expose(), "https://open-oauth.jd.com/oauth2/access_token");
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        form,
        [
            ("app_key", "FAKE0APPKEY"),
            ("app_secret", "fakesecret"),
            ("code", "c0de"),
            ("grant_type", "authorization_code"),
        ]
    );
    let refresh = Jd.refresh_grant(&Secret::from("r")).unwrap();
    let named =
        signed(&refresh.parts, &credentials("http://127.0.0.1:9/x", Some("http://127.0.0.1:8/oauth2")));
    assert_eq!(named.unwrap().url.expose(), "http://127.0.0.1:8/oauth2/refresh_token");
    let whole = Some("http://127.0.0.1:8/oauth2/access_token");
    let named = signed(&refresh.parts, &credentials("http://127.0.0.1:9/x", whole));
    assert_eq!(named.unwrap().url.expose(), "http://127.0.0.1:8/oauth2/refresh_token");
    let unnamed = signed(&refresh.parts, &credentials("http://127.0.0.1:9/x", None));
    assert_eq!(unnamed.unwrap_err().kind(), ErrorKind::ConfigInvalid);
    let before_release = signed(&refresh.parts, &credentials("https://api-dev.jd.com/routerjson", None));
    assert!(before_release.unwrap().url.expose().starts_with("https://open-oauth.jd.com/"));
}

#[test]
fn blank_keys_and_parameters_that_could_be_read_in_two_ways_are_refused() {
    let parts = CallParts::shop_read("jingdong.x.get", "{}");
    let blank = Credentials { app_key: " ".to_owned(), ..credentials("https://api.jd.com/routerjson", None) };
    assert_eq!(signed(&parts, &blank).unwrap_err().kind(), ErrorKind::ConfigInvalid);
    for params in [r#"{"a":1,"a":2}"#, r#"{"a":1,"\u0061":2}"#, "[]", "", "{} {}"] {
        assert!(sign::compact(params).is_err(), "{params}");
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    assert!(sign::compact(&deep).is_err());
    assert_eq!(sign::compact(r#"{"标题" : "a/b" , "n": 1.50}"#).unwrap(), r#"{"标题":"a/b","n":1.50}"#);
}
