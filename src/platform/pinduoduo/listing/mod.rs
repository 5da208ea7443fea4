//! Publishing products (9.1, 9.3, 9.5, 13): what to ask and what to send. Which uncertain facts this rests on is said
//! in the adapter's documents.

mod field;
mod find;
mod known;
mod review;
mod rules;
mod sku;
mod spec;
mod submit;
mod wire;

pub(super) use find::plan as find;
pub(super) use review::plan as review;
pub(super) use submit::plan as publish;

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{convert, wire as envelope};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{CategoryRules, FilePart};
use crate::platform::lenient::Field;
use crate::platform::listing;
use crate::platform::{
    ApiCall, CallParts, DecodeError, Facts, PictureRules, Published, Question, Repeat, Step, TokenUse,
    Uploaded,
};

/// How long the rules of a category hold.
const KEEP_RULES: Duration = Duration::from_secs(3_600);
/// How long specifications and their ids hold.
const KEEP_SPECS: Duration = Duration::from_secs(86_400);

/// 13. How many main images are taken is not established; ten is what the merchants' console shows.
pub(super) const PICTURES: PictureRules = PictureRules {
    max_bytes: 1024 * 1024,
    types: &["image/png", "image/jpeg"],
    max_images: 10,
    max_detail_images: Some(20),
};

/// Why a plan stops before its end.
enum Stop {
    Ask(Box<Question>),
    Fail(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Fail(error)
    }
}

/// How far a plan got.
fn step<T>(outcome: Result<T, Stop>) -> Result<Step<T>> {
    match outcome {
        Ok(value) => Ok(Step::Done(value)),
        Err(Stop::Ask(question)) => Ok(Step::Ask(*question)),
        Err(Stop::Fail(error)) => Err(error),
    }
}

/// The answer to a question, or the question.
fn answer<'f>(
    facts: &'f Facts,
    name: String,
    api: &'static str,
    params: &Value,
    keep: Option<Duration>,
) -> Result<&'f str, Stop> {
    match facts.ask(name, keep, || ApiCall::shop_read(api, params, convert::raw_result)) {
        Step::Done(answer) => Ok(answer),
        Step::Ask(question) => Err(Stop::Ask(Box::new(question))),
    }
}

/// What was read of an answer.
fn read<T>(about: &str, outcome: Result<T, DecodeError>) -> Result<T> {
    outcome.map_err(|error| Error::new(ErrorKind::Decode, format!("the answer about {about}: {error}")))
}

pub(super) fn upload(file: &FilePart) -> ApiCall<Uploaded> {
    let part = FilePart { name: "file".to_owned(), ..file.clone() };
    let parts = CallParts::new("pdd.goods.img.upload", "{}", Repeat::Safe, TokenUse::Shop);
    ApiCall { parts: CallParts { files: vec![part], ..parts }, decode: uploaded }
}

fn uploaded(body: &[u8]) -> Result<Uploaded, DecodeError> {
    let result = envelope::object("pdd.goods.img.upload", body)?;
    let url = result.scalar("url").filter(|url| !url.is_empty());
    let url = url.ok_or_else(|| DecodeError::new("url", "the image's address"))?;
    Ok(Uploaded { id: None, url: Some(url) })
}

pub(super) fn category_rules(category: &str, facts: &Facts) -> Result<Step<CategoryRules>> {
    step(rules::of(category, None, facts).map(|rules| rules.shown(category)))
}

fn published(api: &str, body: &[u8]) -> Result<Published, DecodeError> {
    let result = envelope::object(api, body)?;
    let id = |name: &'static str| match result.get(name) {
        Some(value) => Field::new(name, std::str::from_utf8(value).unwrap_or_default()).id(),
        None => Ok(None),
    };
    // Two public clients know an edit's answer without the product: which it was is known anyway.
    let product = match id("goods_id")? {
        None if api == submit::EDIT => String::new(),
        None => return Err(DecodeError::new("goods_id", "the product's id")),
        Some(product) => product,
    };
    Ok(Published { platform_product_id: product, review_id: id("goods_commit_id")? })
}

/// Without what says nothing: nulls, empty texts, and members that hold nothing else. Blank parameters are never sent.
fn without_blanks(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::Array(items) => {
            let items: Vec<_> = items.into_iter().filter_map(without_blanks).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(members) => {
            let kept = |(name, value)| without_blanks(value).map(|value| (name, value));
            let members: Map<_, _> = members.into_iter().filter_map(kept).collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        value => Some(value),
    }
}

/// The members of a JSON object's text, without blanks.
fn members(name: &str, text: &str) -> Result<Map<String, Value>> {
    let kept = |(name, value)| without_blanks(value).map(|value| (name, value));
    Ok(listing::members(text, name)?.into_iter().filter_map(kept).collect())
}

/// A number as the platform wants it, from digits that were read before.
fn digits(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), Value::from)
}
