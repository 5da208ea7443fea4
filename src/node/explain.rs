//! What `shops.explain` shows.

use napi_derive::napi;

use super::page::{iso, safe, safe_some};
use super::shops::Shop;
use crate::error::{Error, Result};
use crate::model;

/// A call that went well.
#[napi(object, object_from_js = false)]
pub struct GoodCall {
    /// When.
    pub at: String,
    /// The platform's method.
    pub api: String,
}

/// An error that the platform answered with.
#[napi(object, object_from_js = false)]
pub struct PlatformError {
    /// When.
    pub at: String,
    /// The platform's method.
    pub api: String,
    /// Our code of it.
    #[napi(ts_type = "ErrorCode")]
    pub code: String,
    /// The platform's code.
    pub platform_code: Option<String>,
    /// The platform's id of the request: its support asks for it.
    pub request_id: Option<String>,
    /// What it means.
    pub message: String,
}

/// How fast this process calls now.
#[napi(object, object_from_js = false)]
pub struct LimitReport {
    /// Of the app or of the shop.
    #[napi(ts_type = "'app' | 'shop'")]
    pub layer: String,
    /// Calls a second now.
    pub per_second: f64,
    /// Calls a second by quota.
    pub quota: f64,
    /// Whether the platform's refusals lowered it.
    pub is_lowered: bool,
    /// Calls that could start at once, at the least; one more may start each 1/`perSecond` seconds.
    pub permits: u32,
}

/// Changes of a shop that have not ended, in one state.
#[napi(object, object_from_js = false)]
pub struct OpenChanges {
    /// Where they are.
    #[napi(ts_type = "ChangeState")]
    pub state: String,
    /// How many.
    pub count: i64,
    /// When the oldest of them was asked for.
    pub oldest_at: String,
}

/// How far one kind of record is read.
#[napi(object, object_from_js = false)]
pub struct SyncReport {
    /// Of what.
    #[napi(ts_type = "RunKind")]
    pub kind: String,
    /// Up to where changes were planned; absent before the first sync.
    pub frontier: Option<String>,
    /// How far that is behind now.
    pub lag_ms: Option<i64>,
    /// Where the oldest window starts that is still to be read.
    pub oldest_open: Option<String>,
    /// Windows still to be read, without those of backfills.
    pub open_windows: i64,
    /// When a run last ended well.
    pub last_finished_at: Option<String>,
}

/// The end of an authorisation that only a person can renew.
#[napi(object, object_from_js = false)]
pub struct ExpiryReport {
    /// So many days are left, or fewer: 30, 14, 7, 3 or 1.
    pub days: u32,
    /// The end.
    pub expires_at: String,
    /// Whether tokens are renewed until then.
    pub can_refresh: bool,
}

impl From<model::ExpiryReport> for ExpiryReport {
    fn from(report: model::ExpiryReport) -> Self {
        let model::ExpiryReport { days, expires_at, can_refresh } = report;
        Self { days, expires_at: expires_at.to_string(), can_refresh }
    }
}

/// Why a shop works or does not. Holds no secret and no buyer data.
#[napi(object, object_from_js = false)]
pub struct ShopExplanation {
    /// The shop, with what is known of its tokens.
    pub shop: Shop,
    /// When the tokens will be renewed, or are tried again.
    pub next_refresh_at: Option<String>,
    /// When its authorisation ends that only a person can renew, once that is near.
    pub expiry: Option<ExpiryReport>,
    /// The last good call, at most 30 seconds behind.
    pub last_good_call: Option<GoodCall>,
    /// The last error with a code of the platform.
    pub last_error: Option<PlatformError>,
    /// How fast it is called; empty before its first call in this process.
    pub limits: Vec<LimitReport>,
    /// Calls that may start at once beside those under way.
    pub free_slots: Option<i64>,
    /// How far it is read.
    pub syncs: Vec<SyncReport>,
    /// Its changes of the platform that have not ended, by state.
    pub open_changes: Vec<OpenChanges>,
    /// What to do.
    #[napi(ts_type = "NextAction")]
    pub next_action: String,
    /// The same in a sentence.
    pub advice: String,
}

impl From<model::PlatformError> for PlatformError {
    fn from(error: model::PlatformError) -> Self {
        Self {
            at: error.at.to_string(),
            api: error.api,
            code: error.code,
            platform_code: error.platform_code,
            request_id: error.request_id,
            message: error.message,
        }
    }
}

impl From<model::LimitReport> for LimitReport {
    fn from(limit: model::LimitReport) -> Self {
        let model::LimitReport { layer, per_second, quota, is_lowered, permits } = limit;
        Self { layer: layer.to_owned(), per_second, quota, is_lowered, permits }
    }
}

impl TryFrom<model::OpenChanges> for OpenChanges {
    type Error = Error;

    fn try_from(open: model::OpenChanges) -> Result<Self> {
        let model::OpenChanges { state, count, oldest_at } = open;
        Ok(Self { state: state.to_string(), count: safe(count)?, oldest_at: oldest_at.to_string() })
    }
}

impl TryFrom<model::SyncReport> for SyncReport {
    type Error = Error;

    fn try_from(sync: model::SyncReport) -> Result<Self> {
        Ok(Self {
            kind: sync.kind.to_string(),
            frontier: iso(sync.frontier),
            lag_ms: safe_some(sync.lag_ms)?,
            oldest_open: iso(sync.oldest_open),
            open_windows: safe(sync.open_windows)?,
            last_finished_at: iso(sync.last_finished_at),
        })
    }
}

impl TryFrom<model::ShopExplanation> for ShopExplanation {
    type Error = Error;

    fn try_from(known: model::ShopExplanation) -> Result<Self> {
        let good = |call: model::GoodCall| GoodCall { at: call.at.to_string(), api: call.api };
        Ok(Self {
            shop: Shop::try_from(known.shop)?,
            next_refresh_at: iso(known.next_refresh_at),
            expiry: known.expiry.map(ExpiryReport::from),
            last_good_call: known.contact.last_good_call.map(good),
            last_error: known.contact.last_error.map(PlatformError::from),
            limits: known.limits.into_iter().map(LimitReport::from).collect(),
            free_slots: known.free_slots.and_then(|slots| i64::try_from(slots).ok()),
            syncs: known.syncs.into_iter().map(SyncReport::try_from).collect::<Result<_>>()?,
            open_changes: known.open_changes.into_iter().map(OpenChanges::try_from).collect::<Result<_>>()?,
            next_action: known.next_action.to_string(),
            advice: known.advice,
        })
    }
}
