//! Everything that takes time between an adapter's description of a call and its value: permit,
//! signature with the platform's time, sending, classification, repeating.

mod answer;
mod call;
mod clock;
mod contact;
mod links;
mod place;
mod retry;
mod send;
mod skus;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::error::Error;
use crate::http::HostRules;
use crate::model::AppId;
use crate::platform::{Credentials, Platform, Quota, Verdict};
use crate::secret::Secret;

pub(crate) use call::{CallStyle, Caller};
pub(crate) use contact::Contacts;
pub(crate) use links::read_link_orders;
pub(crate) use place::{Place, size_of};
pub(crate) use retry::RetryPolicy;
pub(crate) use send::{SendRequest, Sender};
pub(crate) use skus::all_skus;

/// What every call of an app needs.
#[derive(Clone)]
pub(crate) struct AppContext {
    /// The app.
    pub(crate) id: AppId,
    /// Its platform's adapter.
    pub(crate) platform: &'static dyn Platform,
    /// What its calls are signed with.
    pub(crate) credentials: Credentials,
    /// Its way out.
    pub(crate) proxy: Option<Secret<String>>,
    /// How fast it may call.
    pub(crate) quota: Quota,
    /// Where it may call.
    pub(crate) hosts: Arc<HostRules>,
}

/// Whether the platform can have acted on a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Executed {
    /// Surely not.
    No,
    /// Perhaps, or surely.
    Maybe,
}

/// A call that brought no value.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What the caller is told.
    pub(crate) error: Error,
    /// The adapter's verdict, when the platform answered with a fault.
    pub(crate) verdict: Option<Verdict>,
    /// Whether the platform can have acted on it.
    pub(crate) executed: Executed,
    /// Whether the call was signed with a time that, as is known by now, was wrong. Signing it again may
    /// cure an `InvalidRequest`.
    pub(crate) clock_moved: bool,
}

impl Failure {
    /// A refusal that was decided without asking the platform.
    pub(crate) fn from_verdict(verdict: Verdict, error: Error) -> Self {
        Self { verdict: Some(verdict), ..Self::from(error) }
    }
}

impl From<Error> for Failure {
    /// An error met before anything was sent.
    fn from(error: Error) -> Self {
        Self { error, verdict: None, executed: Executed::No, clock_moved: false }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}
