//! What an adapter describes: the parts of a call, the bytes to send, and what an answer means.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{FilePart, OrderRecord, ProductRecord, SkuRecord, Tier, UtcMillis};
use crate::secret::Secret;

/// Whether a call may be sent again when its outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// A read, or a write that sets the same thing again.
    Safe,
    /// A write that may have happened: never sent again blindly.
    Never,
}

/// Which token a call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// None: the token calls themselves, and calls of an app that are in the name of no shop.
    None,
    /// The shop's access token.
    Shop,
    /// The token of the app itself, on platforms whose apps have one.
    App,
}

/// The parts of one call, before it is signed.
#[derive(Clone)]
pub struct CallParts {
    /// The platform's name of the method, such as `product.listV2`.
    pub api: String,
    /// The parameters as the text of a JSON object. The signer brings it into canonical form.
    pub params: String,
    /// Methods that share a limit share a group; usually the method's name.
    pub group: &'static str,
    /// Whether it may be sent again.
    pub repeat: Repeat,
    /// Which token it carries.
    pub token: TokenUse,
    /// Files that travel along. No platform signs them.
    pub files: Vec<FilePart>,
}

impl CallParts {
    /// A call that only reads, in the name of a shop. Its method is its group.
    pub fn shop_read(api: &'static str, params: impl Into<String>) -> Self {
        Self::new(api, params, Repeat::Safe, TokenUse::Shop)
    }

    /// A call that changes something, in the name of a shop. Its method is its group.
    pub fn shop_write(api: &'static str, params: impl Into<String>) -> Self {
        Self::new(api, params, Repeat::Never, TokenUse::Shop)
    }

    /// A call without files whose method is its group.
    pub fn new(api: &'static str, params: impl Into<String>, repeat: Repeat, token: TokenUse) -> Self {
        Self { api: api.to_owned(), params: params.into(), group: api, repeat, token, files: Vec::new() }
    }
}

impl fmt::Debug for CallParts {
    // Parameters may hold a code, a refresh token or buyer data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallParts")
            .field("api", &self.api)
            .field("repeat", &self.repeat)
            .finish_non_exhaustive()
    }
}

/// Reads the value out of a successful answer's body.
pub type Decode<T> = fn(&[u8]) -> Result<T, DecodeError>;

/// How a platform shows the same with buyer data masked, to apps that it shows none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskedForm {
    /// The method that takes the same parameters and is read the same way.
    pub api: &'static str,
    /// The code by which the plain method says that the app may not see buyer data where it runs.
    pub refusal: &'static str,
}

/// One call and how its answer is read.
#[derive(Clone, Debug)]
pub struct ApiCall<T> {
    /// What to send.
    pub parts: CallParts,
    /// How to read the answer. Runs off the async threads when the answer is large.
    pub decode: Decode<T>,
}

impl<T> ApiCall<T> {
    /// The same call of another method.
    pub(crate) fn of(&self, api: &'static str) -> Self {
        Self {
            parts: CallParts { api: api.to_owned(), group: api, ..self.parts.clone() },
            decode: self.decode,
        }
    }

    /// A call that only reads, in the name of a shop. Its method is its group.
    pub(crate) fn shop_read(api: &'static str, params: &Value, decode: Decode<T>) -> Self {
        Self { parts: CallParts::shop_read(api, params.to_string()), decode }
    }

    /// A call that changes something, in the name of a shop. Whether it is sent again is decided above, where it is
    /// remembered what was sent.
    pub(crate) fn shop_write(api: &'static str, params: &Value, decode: Decode<T>) -> Self {
        Self { parts: CallParts::shop_write(api, params.to_string()), decode }
    }

    /// A call of an app itself, in the name of no shop, that may be sent again.
    pub(crate) fn app_read(api: &'static str, params: &Value, decode: Decode<T>) -> Self {
        Self { parts: CallParts::new(api, params.to_string(), Repeat::Safe, TokenUse::None), decode }
    }
}

impl ApiCall<TokenSet> {
    /// A call that asks for tokens. A code works once and an old refresh token may die with the answer, so that it is
    /// never sent again blindly.
    pub(crate) fn tokens(api: &'static str, params: &Value, decode: Decode<TokenSet>) -> Self {
        Self { parts: CallParts::new(api, params.to_string(), Repeat::Never, TokenUse::None), decode }
    }
}

impl ApiCall<Box<RawValue>> {
    /// A call that a caller put together. Only one of the methods in `reads` may be sent again and is limited by
    /// itself.
    pub(crate) fn raw(
        method: &str,
        params: String,
        reads: &[&'static str],
        token: TokenUse,
        decode: Decode<Box<RawValue>>,
    ) -> Self {
        let known = reads.iter().copied().find(|read| *read == method);
        let parts = CallParts {
            api: method.to_owned(),
            params,
            group: known.unwrap_or("call"),
            repeat: if known.is_some() { Repeat::Safe } else { Repeat::Never },
            token,
            files: Vec::new(),
        };
        Self { parts, decode }
    }
}

/// An answer that claims success but cannot be read. Names the place, never the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {path}: {expected}")]
pub struct DecodeError {
    /// The JSON path, such as `data.total`.
    pub path: String,
    /// What was expected there.
    pub expected: String,
}

impl DecodeError {
    /// An error at a JSON path.
    pub fn new(path: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { path: path.into(), expected: expected.into() }
    }
}

/// A record that could not be read. The page goes on; the raw bytes go to quarantine, sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct BadRecord {
    /// The platform's id of the record, if that much could be read.
    pub platform_id: Option<String>,
    /// The record's bytes as they came.
    pub raw: Vec<u8>,
    /// What is wrong, by JSON path; never the value.
    pub reason: String,
}

impl fmt::Debug for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BadRecord").field("reason", &self.reason).finish_non_exhaustive()
    }
}

/// A record of a page: read, or kept aside.
pub type Parsed<T> = Result<T, BadRecord>;

/// One page of a platform's list.
#[derive(Clone, Debug)]
pub struct ListPage<T> {
    /// The records in the platform's order.
    pub records: Vec<Parsed<T>>,
    /// How many records the whole list has, when the platform says.
    pub total: Option<u64>,
    /// Where the next page starts, for lists with cursors; absent at the end.
    pub next_cursor: Option<String>,
}

/// Buyer data in plain text, where a platform still sends it. It is sealed before it is stored and
/// never leaves through a list.
#[derive(Clone, Debug)]
pub struct PlainReceiver {
    /// Name.
    pub name: Option<Secret<String>>,
    /// Phone number.
    pub phone: Option<Secret<String>>,
    /// Street address below the street's name.
    pub detail: Option<Secret<String>>,
}

/// An order as it came: what the OA sees, and what only the sealed store may hold.
#[derive(Clone, Debug)]
pub struct RemoteOrder {
    /// What the OA sees.
    pub record: OrderRecord,
    /// Plain buyer data; absent where the platform gives masked text and ciphertext only.
    pub plain: Option<PlainReceiver>,
}

impl RemoteOrder {
    /// An order without plain buyer data.
    pub const fn masked(record: OrderRecord) -> Self {
        Self { record, plain: None }
    }
}

/// What a call is signed with.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// AppKey.
    pub app_key: String,
    /// AppSecret.
    pub app_secret: Secret<String>,
    /// Base URL of the API, without a slash at the end.
    pub api_base: String,
    /// Base URL of the token calls where it is not the API's own, without a slash at the end.
    pub token_base: Option<String>,
    /// Base URL of uploads where it is not the API's own, without a slash at the end.
    pub upload_base: Option<String>,
}

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// With a body. Nearly every platform is called so.
    Post,
    /// Without one.
    Get,
}

/// A signed request: bytes that go out as they are. Its URL may hold a token.
#[derive(Clone)]
pub struct SignedRequest {
    /// How it is sent.
    pub method: Method,
    /// The whole URL.
    pub url: Secret<String>,
    /// Headers beside the transport's own.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body; empty where the method has none.
    pub body: Vec<u8>,
}

impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedRequest")
    }
}

/// What a fault means for us. Decided in the adapter's table and never rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The access token is expired or unknown: refresh once, then call once more.
    TokenExpired,
    /// The grant is gone; only a person helps.
    Reauthorize,
    /// The grant no longer covers this call, but others: a person must authorise again for it.
    TierExpired,
    /// Too fast. Not executed.
    Limited,
    /// A passing failure on their side; it may have been executed.
    Transient,
    /// Refused for business reasons. Not executed.
    Rejected,
    /// A parameter, signature or time is wrong. Not executed.
    InvalidRequest,
    /// The app or its environment is set up wrongly. Not executed.
    PlatformConfig,
    /// There is no such thing on the platform. Not executed.
    NotFound,
    /// The method is withdrawn or not offered. Not executed.
    Unsupported,
    /// A code that the table does not know: it may have been executed.
    Unknown,
}

impl Verdict {
    /// The kind of error it becomes.
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::TokenExpired | Self::Reauthorize | Self::TierExpired => ErrorKind::Reauthorize,
            Self::Limited => ErrorKind::RateLimited,
            Self::Transient => ErrorKind::Transient,
            Self::Rejected | Self::Unknown => ErrorKind::Rejected,
            Self::InvalidRequest => ErrorKind::InvalidRequest,
            Self::PlatformConfig => ErrorKind::PlatformConfig,
            Self::NotFound => ErrorKind::NotFound,
            Self::Unsupported => ErrorKind::Unsupported,
        }
    }

    /// Whether trying again can help.
    pub const fn retry(self) -> Retry {
        match self {
            Self::Limited | Self::Transient => Retry::Backoff,
            _ => Retry::Never,
        }
    }

    /// Whether the platform surely did not act on the call.
    pub const fn surely_not_executed(self) -> bool {
        !matches!(self, Self::Transient | Self::Unknown)
    }
}

/// An answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it means for us.
    pub verdict: Verdict,
    /// The platform's code, such as `40003/isv.access-token-expired`.
    pub code: String,
    /// What to do, or what the platform said; at most 200 characters.
    pub message: String,
    /// The platform's id of the request.
    pub request_id: Option<String>,
    /// How long to wait, where the platform says.
    pub wait: Option<Duration>,
}

impl Fault {
    /// A fault that says nothing of the request or of waiting.
    pub(crate) const fn new(verdict: Verdict, code: String, message: String) -> Self {
        Self { verdict, code, message, request_id: None, wait: None }
    }

    /// The error it becomes; the pipeline adds where it happened.
    pub fn into_error(self) -> Error {
        let retry = self.wait.map_or(self.verdict.retry(), Retry::After);
        let error =
            Error::new(self.verdict.kind(), self.message).with_retry(retry).with_platform_code(self.code);
        match self.request_id {
            Some(id) => error.with_request_id(id),
            None => error,
        }
    }
}

/// What a body is, before it is decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A success of this platform.
    Success {
        /// The platform's id of the request.
        request_id: Option<String>,
    },
    /// A failure of this platform.
    Fault(Fault),
    /// Not this platform's envelope: a login page, a cut body, another server.
    Foreign,
}

/// Tokens as a platform gave them.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// Goes into every call.
    pub access_token: Secret<String>,
    /// Buys the next set; absent where the platform has none or sent an empty one.
    pub refresh_token: Option<Secret<String>>,
    /// How long the access token lives from now; clamped to what the platform promises.
    pub expires_in: Duration,
    /// How long the refresh token lives from now.
    pub refresh_expires_in: Option<Duration>,
    /// What was granted, in the platform's words.
    pub scope: Option<String>,
    /// How long single levels of permission live from now, where the platform ends them one by one.
    pub tiers: Vec<(Tier, Duration)>,
    /// The shop it is for. Its id is empty where the answer does not name it; [`ShopFacts`] then do.
    pub shop: RemoteShop,
}

/// What a call says of the shop whose token it carried. What is absent leaves what is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShopFacts {
    /// The platform's id.
    pub platform_shop_id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The platform's word for its type.
    pub shop_type: Option<String>,
}

/// The shop that a token answer names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteShop {
    /// The platform's id.
    pub platform_shop_id: String,
    /// Its name; may be empty.
    pub name: String,
    /// The platform's word for its type.
    pub shop_type: Option<String>,
}

/// When the tokens of a grant were issued and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantTimes {
    /// When this set was stored.
    pub obtained_at: UtcMillis,
    /// When the access token ends.
    pub expires_at: UtcMillis,
    /// When the refresh token ends.
    pub refresh_expires_at: Option<UtcMillis>,
}

/// When a refresh is useful. The core picks a jittered moment inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshWindow {
    /// Not before this: earlier is useless or harmful.
    pub opens_at: UtcMillis,
    /// By then at the latest, while the old token still works.
    pub closes_at: UtcMillis,
}

/// What an authorise URL is made of.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizeRequest<'a> {
    /// AppKey.
    pub app_key: &'a str,
    /// 抖店: the service id.
    pub service_id: Option<&'a str>,
    /// Where the merchant comes back to.
    pub redirect_uri: Option<&'a str>,
    /// The page's address when it differs from the platform's own.
    pub endpoint: Option<&'a str>,
    /// Our single-use state.
    pub state: &'a str,
}

impl<'a> AuthorizeRequest<'a> {
    /// The page's address, by default the platform's own.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when the app's own address is no URL.
    pub(crate) fn page(&self, default: &str) -> Result<Url> {
        Url::parse(self.endpoint.unwrap_or(default)).map_err(|_| {
            Error::new(ErrorKind::ConfigInvalid, "the app's address of the authorise page is no URL")
        })
    }

    /// Where the merchant comes back to, for platforms that must be told.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when the app has none.
    pub(crate) fn needed_redirect(&self) -> Result<&'a str> {
        self.redirect_uri.filter(|uri| !uri.trim().is_empty()).ok_or_else(|| {
            Error::new(ErrorKind::ConfigInvalid, "the app needs its redirectUri to authorise merchants")
        })
    }
}

/// Which orders a page shows: those changed in `[from, to]`, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderQuery {
    /// Start of the window. Adapters widen, never narrow, to their platform's resolution.
    pub from: UtcMillis,
    /// End of the window.
    pub to: UtcMillis,
    /// Page, counted from 0 whatever the platform counts from.
    pub page: u32,
    /// Records a page.
    pub size: u32,
    /// Which of the adapter's lists, from 0; see [`WindowRules::sections`](super::WindowRules).
    pub section: u8,
}

/// Which products a page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductQuery {
    /// Only those changed in this window, both ends included; all when absent.
    pub updated: Option<(UtcMillis, UtcMillis)>,
    /// Which page.
    pub place: Place,
    /// Records a page.
    pub size: u32,
    /// Which of the adapter's lists, from 0; see [`WindowRules::sections`](super::WindowRules).
    pub section: u8,
}

/// A place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A page, counted from 0 whatever the platform counts from.
    Page(u32),
    /// A cursor of the page before; `None` for the first.
    Cursor(Option<String>),
}

/// A product with the details that its list does not carry.
#[derive(Clone, Debug)]
pub struct ProductDetail {
    /// The product.
    pub record: ProductRecord,
    /// Its SKUs.
    pub skus: Vec<Parsed<SkuRecord>>,
}
