//! Tests of the adapter: golden vectors, fixtures of every answer, every fault row, every call.

mod call;
mod check;
mod decode;
mod fault;
mod figures;
mod find;
mod notice;
mod share;
mod sign;
mod state;
mod upload;

use std::borrow::Cow;

use serde_json::Value;

use super::Douyin;
use crate::model::{PromotionDraft, PromotionKind, UtcMillis};
use crate::platform::{CallParts, Credentials, Facts, Platform, Step};
use crate::secret::Secret;

/// A recorded-looking answer, built from the fact sheet.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/douyin/", $name, ".json"))
            .as_slice()
    };
}

use fixture;

const ACCOUNT: &str = "ba253642-0590-40bc-9bdf-9a1334b94059";
const NOW: UtcMillis = UtcMillis(1_700_000_100_000);

fn draft(kind: PromotionKind) -> PromotionDraft {
    PromotionDraft::new(kind, "新茶", "新茶 #上新")
}

fn credentials() -> Credentials {
    Credentials {
        app_key: "awfakeclientkey001".to_owned(),
        app_secret: Secret::from("fakeclientsecret00000000000000001"),
        api_base: "https://open.example".to_owned(),
        token_base: None,
        upload_base: None,
    }
}

/// A request: its path with the query, decoded; its body as text; its headers.
struct Sent {
    method: crate::platform::Method,
    url: url::Url,
    body: Vec<u8>,
    headers: Vec<(&'static str, Cow<'static, str>)>,
}

impl Sent {
    fn query(&self) -> Vec<(String, String)> {
        self.url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value)
    }
}

fn sent(parts: &CallParts) -> Sent {
    let token = Secret::from("act.token");
    let request = Douyin.sign(parts, &credentials(), Some(&token), NOW).unwrap();
    Sent {
        method: request.method,
        url: url::Url::parse(request.url.expose()).unwrap(),
        body: request.body,
        headers: request.headers,
    }
}

fn pairs(owned: &[(String, String)]) -> Vec<(&str, &str)> {
    owned.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Plays a plan to its end: each question is answered by `answer`, from its name and its call.
fn played<T>(
    plan: impl Fn(&Facts) -> crate::error::Result<Step<T>>,
    answer: impl Fn(&str, &CallParts) -> Option<Vec<u8>>,
) -> crate::error::Result<T> {
    let mut facts = Facts::default();
    for _ in 0..200 {
        match plan(&facts)? {
            Step::Done(value) => return Ok(value),
            Step::Ask(question) => {
                let text = match answer(&question.name, &question.call.parts) {
                    Some(body) => (question.call.decode)(&body).unwrap().to_string(),
                    None => {
                        assert!(question.optional, "{} must be answered", question.name);
                        "null".to_owned()
                    }
                };
                facts.insert(question.name, text);
            }
        }
    }
    panic!("the plan never ends");
}
