//! The one error of the crate: a kind, a retry verdict and the context in which it happened.
//!
//! A fault is classified once, where it is met; nothing above rewrites the verdict. No message may
//! hold a secret, a URL query, a request body or buyer data.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::model::{PlatformId, ShopId};

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as a stable word. `docs/errors.md` says what to do about each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is missing or cannot be used.
    ConfigInvalid,
    /// An argument is wrong; nothing was done.
    InvalidRequest,
    /// The platform or this version does not offer the operation.
    Unsupported,
    /// There is no such app, shop, run, product or order here or on the platform.
    NotFound,
    /// The request contradicts what is already there.
    Conflict,
    /// The actor lacks the right, or the callback could not be matched to a request of ours.
    Forbidden,
    /// The shop's authorisation is gone; a person must authorise it again.
    Reauthorize,
    /// The platform asked us to slow down.
    RateLimited,
    /// A passing failure of the network or the platform.
    Transient,
    /// The platform refused the request for business reasons.
    Rejected,
    /// The app or its environment is set up wrongly on the platform's side.
    PlatformConfig,
    /// A write may or may not have happened.
    UnknownOutcome,
    /// The platform's answer could not be read.
    Decode,
    /// The database or its disk failed.
    Storage,
    /// Another engine holds the database file.
    DatabaseInUse,
    /// The master key does not fit the database.
    KeyWrong,
    /// The caller cancelled.
    Cancelled,
    /// The hub was closed.
    Closed,
    /// A bug of ours.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order of `docs/errors.md`.
    pub const ALL: [Self; 19] = [
        Self::ConfigInvalid,
        Self::InvalidRequest,
        Self::Unsupported,
        Self::NotFound,
        Self::Conflict,
        Self::Forbidden,
        Self::Reauthorize,
        Self::RateLimited,
        Self::Transient,
        Self::Rejected,
        Self::PlatformConfig,
        Self::UnknownOutcome,
        Self::Decode,
        Self::Storage,
        Self::DatabaseInUse,
        Self::KeyWrong,
        Self::Cancelled,
        Self::Closed,
        Self::Internal,
    ];

    /// The stable upper-case word, the same in Rust, JS and the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ConfigInvalid => "CONFIG_INVALID",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::Unsupported => "UNSUPPORTED",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::Forbidden => "FORBIDDEN",
            Self::Reauthorize => "REAUTHORIZE",
            Self::RateLimited => "RATE_LIMITED",
            Self::Transient => "TRANSIENT",
            Self::Rejected => "REJECTED",
            Self::PlatformConfig => "PLATFORM_CONFIG",
            Self::UnknownOutcome => "UNKNOWN_OUTCOME",
            Self::Decode => "DECODE",
            Self::Storage => "STORAGE",
            Self::DatabaseInUse => "DATABASE_IN_USE",
            Self::KeyWrong => "KEY_WRONG",
            Self::Cancelled => "CANCELLED",
            Self::Closed => "CLOSED",
            Self::Internal => "INTERNAL",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Whether trying again can help, decided once, where the fault is classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same request will fail again.
    Never,
    /// Try again, but not before this has passed.
    After(Duration),
    /// Try again with back-off.
    Backoff,
}

struct Inner {
    kind: ErrorKind,
    message: String,
    retry: Retry,
    platform: Option<PlatformId>,
    shop: Option<ShopId>,
    operation: Option<String>,
    platform_code: Option<String>,
    request_id: Option<String>,
    attempts: u32,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What every fallible function of this crate returns; one pointer wide.
pub struct Error(Box<Inner>);

impl Error {
    /// An error that repeating will not cure. The message says what to do.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            retry: Retry::Never,
            platform: None,
            shop: None,
            operation: None,
            platform_code: None,
            request_id: None,
            attempts: 0,
            source: None,
        }))
    }

    /// A bug of ours, with the reason why it was thought impossible.
    pub fn internal(why: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, why)
    }

    /// An argument that cannot be used.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    /// Returns self saying something more.
    pub(crate) fn adding(mut self, more: &str) -> Self {
        self.0.message = format!("{}; {more}", self.0.message);
        self
    }

    /// Returns self with the retry verdict.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Returns self with the platform it concerns.
    #[must_use]
    pub fn with_platform(mut self, platform: PlatformId) -> Self {
        self.0.platform = Some(platform);
        self
    }

    /// Returns self with the shop it concerns.
    #[must_use]
    pub fn with_shop(mut self, shop: ShopId) -> Self {
        self.0.shop = Some(shop);
        self
    }

    /// Returns self with the operation that failed, unless one is already named.
    #[must_use]
    pub fn with_operation(mut self, operation: impl Into<String>) -> Self {
        self.0.operation.get_or_insert_with(|| operation.into());
        self
    }

    /// Returns self with the platform's own code.
    #[must_use]
    pub fn with_platform_code(mut self, code: impl Into<String>) -> Self {
        self.0.platform_code = Some(code.into());
        self
    }

    /// Returns self with the platform's id of the request, which its support asks for.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = Some(id.into());
        self
    }

    /// Returns self with the number of times we tried.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Returns self with the error below it. Its text must be free of secrets.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable word of [`kind`](Self::kind).
    pub fn code(&self) -> &'static str {
        self.0.kind.code()
    }

    /// The sentence that says what to do, without its context.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The platform it concerns.
    pub fn platform(&self) -> Option<PlatformId> {
        self.0.platform
    }

    /// The shop it concerns.
    pub fn shop(&self) -> Option<ShopId> {
        self.0.shop
    }

    /// The operation that failed.
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// The platform's own code.
    pub fn platform_code(&self) -> Option<&str> {
        self.0.platform_code.as_deref()
    }

    /// The platform's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How often we tried; 0 when nothing was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// A copy for another waiter of the same work. The source stays with the original.
    pub fn duplicate(&self) -> Self {
        let inner = &self.0;
        Self(Box::new(Inner {
            kind: inner.kind,
            message: inner.message.clone(),
            retry: inner.retry,
            platform: inner.platform,
            shop: inner.shop,
            operation: inner.operation.clone(),
            platform_code: inner.platform_code.clone(),
            request_id: inner.request_id.clone(),
            attempts: inner.attempts,
            source: None,
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(operation) = &inner.operation {
            write!(f, "{operation}")?;
            if let Some(shop) = inner.shop {
                write!(f, " (shop {shop})")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&inner.message)?;
        match (&inner.platform_code, &inner.request_id) {
            (Some(code), Some(id)) => write!(f, " [{code}, request {id}]"),
            (Some(code), None) => write!(f, " [{code}]"),
            (None, Some(id)) => write!(f, " [request {id}]"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.code())
            .field("message", &self.to_string())
            .field("retry", &self.0.retry)
            .field("platform", &self.0.platform)
            .field("attempts", &self.0.attempts)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
