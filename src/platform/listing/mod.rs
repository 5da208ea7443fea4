//! Publishing a product: a plan of calls, made step by step from what is known so far.
//!
//! A plan is a pure function: given the answers so far it says what to ask next, or that all is known. The core
//! asks, keeps the answers, and calls it again. So a plan can be resumed anywhere, also by another process, and
//! what it asks costs nothing to ask again. The one call that must not be repeated blindly is its result.

mod check;
#[cfg(test)]
mod tests;

pub use check::check_draft;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{ApiCall, DecodeError};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ListingDraft, ListingStatus, UtcMillis};

/// What was answered so far, by the names of the questions. JSON texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<String, String>);

impl Facts {
    /// Keeps an answer.
    pub fn insert(&mut self, name: impl Into<String>, answer: impl Into<String>) {
        self.0.insert(name.into(), answer.into());
    }

    /// The answer to a question, as JSON text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The answer to a question, or the question.
    pub(crate) fn ask(
        &self,
        name: impl Into<String>,
        keep: Option<Duration>,
        call: impl FnOnce() -> ApiCall<Box<RawValue>>,
    ) -> Step<&str> {
        let name = name.into();
        match self.get(&name) {
            Some(answer) => Step::Done(answer),
            None => Step::Ask(Question { name, call: call(), keep, optional: false }),
        }
    }

    /// The answer to a question, read; `None` when it was not asked.
    ///
    /// # Errors
    /// `DECODE` when the answer is not as expected.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let unreadable = |_| {
            let topic = name.split(':').next().unwrap_or_default();
            Error::new(ErrorKind::Decode, format!("the answer to the question about {topic} cannot be read"))
        };
        self.get(name).map(|text| serde_json::from_str(text).map_err(unreadable)).transpose()
    }
}

/// Something that has to be asked before a plan can go on.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its name among the facts, such as `rules:1234`. The part before the colon says what it is about.
    pub name: String,
    /// The call. It changes nothing, or nothing that would hurt twice.
    pub call: ApiCall<Box<RawValue>>,
    /// For how long the answer holds for the shop, also in other plans; `None` where it holds for this plan only.
    pub keep: Option<Duration>,
    /// The plan goes on without it, with `null` for an answer, when the platform refuses the question for good: an app
    /// may lack the permission for a call that only explains.
    pub optional: bool,
}

/// The next step of a plan.
#[derive(Clone, Debug)]
pub enum Step<T> {
    /// Something is missing.
    Ask(Question),
    /// All is known.
    Done(T),
}

impl<T> Step<T> {
    /// The same, but a question may stay unanswered.
    pub(crate) fn optional(self) -> Self {
        match self {
            Self::Ask(question) => Self::Ask(Question { optional: true, ..question }),
            done @ Self::Done(_) => done,
        }
    }
}

/// Goes on with what is known, or asks for it.
macro_rules! known {
    ($step:expr) => {
        match $step {
            $crate::platform::listing::Step::Done(value) => value,
            $crate::platform::listing::Step::Ask(question) => {
                return Ok($crate::platform::listing::Step::Ask(question))
            }
        }
    };
}
pub(crate) use known;

/// What is to be published, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// The draft. Its images are at addresses.
    pub draft: &'a ListingDraft,
    /// The platform's id of the product that is edited; none for a new one.
    pub product: Option<&'a str>,
    /// The platform's id of the shop.
    pub platform_shop_id: &'a str,
    /// The platform's word for the shop's type.
    pub shop_type: Option<&'a str>,
}

/// What the platform made of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its id of the product; empty where the answer to an edit names none, as the caller knows it.
    pub platform_product_id: String,
    /// Its id of the review, where it has one.
    pub review_id: Option<String>,
}

/// Where a draft of ours is looked for.
#[derive(Clone, Copy, Debug)]
pub struct LookUp<'a> {
    /// The merchant's own id.
    pub outer_id: &'a str,
    /// When it was first sent: it cannot be older.
    pub since: UtcMillis,
    /// Until when is looked; now.
    pub until: UtcMillis,
}

/// What is asked about after it was sent.
#[derive(Clone, Copy, Debug)]
pub struct UnderReview<'a> {
    /// The platform's id of the product.
    pub product: &'a str,
    /// Its id of the review, where it has one.
    pub review_id: Option<&'a str>,
}

/// Where a published product stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewSeen {
    /// In our words.
    pub status: ListingStatus,
    /// The platform's own status values, unchanged.
    pub platform_status: String,
    /// Why it was refused, in the platform's words.
    pub reason: Option<String>,
}

/// An image that was given to the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// The platform's id of it, where it has to be asked for.
    pub id: Option<String>,
    /// Its address; none while the platform looks at it.
    pub url: Option<String>,
}

/// What pictures a platform takes for products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureRules {
    /// Most bytes.
    pub max_bytes: usize,
    /// Media types, such as `image/png`.
    pub types: &'static [&'static str],
    /// Most main images.
    pub max_images: usize,
    /// Most images of the description, where it is limited.
    pub max_detail_images: Option<usize>,
}

/// A member of a draft's attributes that is missing or cannot be used.
pub(crate) fn missing(name: &str, what: &str) -> Error {
    Error::invalid(format!("`attributes.{name}` is needed: {what}"))
}

/// The members of a JSON object that a draft gives; `place` names it in messages.
///
/// # Errors
/// `INVALID_REQUEST` when it is none.
pub(crate) fn members(text: &str, place: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(text).map_err(|_| Error::invalid(format!("`{place}` must be a JSON object")))
}

/// Takes the category's properties out of a draft's attributes; the platform's own fields are left.
///
/// # Errors
/// `INVALID_REQUEST` when they are no object.
pub(crate) fn take_properties(attributes: &mut Map<String, Value>) -> Result<Map<String, Value>> {
    match attributes.remove("properties") {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(properties)) => Ok(properties),
        Some(_) => Err(Error::invalid("`attributes.properties` must be an object")),
    }
}

/// An answer to a question that is not as expected. Says where, never what.
pub(crate) fn unreadable(error: DecodeError) -> Error {
    Error::new(ErrorKind::Decode, error.to_string())
}
