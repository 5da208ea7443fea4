//! Why a shop works or does not, and what to do about it.

use super::words::words;
use super::{ChangeState, RunKind, Shop, UtcMillis};

words! {
    /// What the operator should do next.
    NextAction {
        /// Nothing.
        None = "none",
        /// Switch the shop on.
        EnableShop = "enable_shop",
        /// Switch the app on.
        EnableApp = "enable_app",
        /// Have a person authorise the shop.
        Authorize = "authorize",
        /// Have a person authorise the shop again before its authorisation ends.
        RenewAuthorization = "renew_authorization",
        /// Correct the app's set-up on the platform.
        PlatformConfig = "platform_config",
        /// Wait: it is tried again by itself.
        Wait = "wait",
        /// Settle or resolve changes that need a person.
        ResolveChanges = "resolve_changes",
        /// Start a sync.
        Sync = "sync",
    }
}

/// A call that went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodCall {
    /// When.
    pub at: UtcMillis,
    /// The platform's method.
    pub api: String,
}

/// An error that the platform answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformError {
    /// When.
    pub at: UtcMillis,
    /// The platform's method.
    pub api: String,
    /// Our code of it.
    pub code: String,
    /// The platform's code.
    pub platform_code: Option<String>,
    /// The platform's id of the request: its support asks for it.
    pub request_id: Option<String>,
    /// What it means, as errors say it.
    pub message: String,
}

/// A shop's last calls. Survives a restart; good calls are noted at most every 30 seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// The last good one.
    pub last_good_call: Option<GoodCall>,
    /// The last error with a code of the platform.
    pub last_error: Option<PlatformError>,
}

/// How fast this process calls now.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitReport {
    /// `app` or `shop`.
    pub layer: &'static str,
    /// Calls a second now.
    pub per_second: f64,
    /// Calls a second by quota.
    pub quota: f64,
    /// Whether the platform's refusals lowered it.
    pub is_lowered: bool,
    /// Calls that could start at once, at the least; the limiter lets one more start each 1/`per_second`
    /// seconds.
    pub permits: u32,
}

/// Changes of a shop that are not done yet, in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenChanges {
    /// Where they are.
    pub state: ChangeState,
    /// How many.
    pub count: i64,
    /// When the oldest of them was asked for.
    pub oldest_at: UtcMillis,
}

/// How far one kind of record is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncReport {
    /// Of what.
    pub kind: RunKind,
    /// Up to where changes were planned; absent before the first sync.
    pub frontier: Option<UtcMillis>,
    /// How far that is behind now, in milliseconds.
    pub lag_ms: Option<i64>,
    /// Where the oldest window starts that is still to be read.
    pub oldest_open: Option<UtcMillis>,
    /// Windows still to be read, without those of backfills.
    pub open_windows: i64,
    /// When a run last ended well.
    pub last_finished_at: Option<UtcMillis>,
}

/// The end of an authorisation that only a person can renew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiryReport {
    /// So many days are left, or fewer: 30, 14, 7, 3 or 1.
    pub days: u32,
    /// The end.
    pub expires_at: UtcMillis,
    /// Whether tokens are renewed until then.
    pub can_refresh: bool,
}

/// Why a shop works or does not. Holds no secret and no buyer data.
#[derive(Clone, Debug, PartialEq)]
pub struct ShopExplanation {
    /// The shop, with what is known of its tokens.
    pub shop: Shop,
    /// When they will be renewed, or are tried again.
    pub next_refresh_at: Option<UtcMillis>,
    /// When its authorisation ends that only a person can renew, once that is near.
    pub expiry: Option<ExpiryReport>,
    /// Its last calls.
    pub contact: Contact,
    /// How fast it is called; empty before its first call in this process.
    pub limits: Vec<LimitReport>,
    /// Calls that may start at once beside those under way.
    pub free_slots: Option<usize>,
    /// How far it is read.
    pub syncs: Vec<SyncReport>,
    /// Its changes that have not ended, by state.
    pub open_changes: Vec<OpenChanges>,
    /// What to do.
    pub next_action: NextAction,
    /// The same in a sentence.
    pub advice: String,
}
