//! What an answer means: three envelopes (1.5), and one table, a row per code (1.11).

use std::time::Duration;

use super::routes;
use super::wire::Envelope;
use crate::model::UtcMillis;
use crate::platform::said::{Row, clean, fault, full_code, is_request_id, row};
use crate::platform::{Fault, Reading, Verdict};

use Verdict::{
    InvalidRequest, Limited, PlatformConfig, Reauthorize, Rejected, TierExpired, TokenExpired, Transient,
    Unsupported,
};

/// What an answer is matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A code of one call, which means something else elsewhere. Looked at first.
    Of(&'static str, &'static str),
    /// A code of any call.
    Code(&'static str),
}

use Key::{Code, Of};

const REAUTHORIZE: &str = "authorise the account again";
const NEW_CODE: &str = "open the authorise page again, the code is used up or too old";
const CHECK_APP: &str = "check the app's client_key and client_secret";
const OTHER_APP: &str = "the token belongs to another app: check the app's client_key, then authorise again";
const CHECK_REDIRECT: &str = "the redirectUri must be the one in the platform's console";
const GRANT_APP: &str = "have the app granted this ability in the platform's console";
const RELEASE_APP: &str = "have the app released in the platform's console";
const APP_KIND: &str = "the app is of a kind that may not call this: see the platform's console";
const TEST_APP: &str = "an app in test serves the users of its white list only: have it released";
const RENEWED_OFTEN: &str = "this authorisation was renewed as often as it can be: authorise the account again before \
                             it ends";
const QUOTA_USED: &str = "the quota is used up, it comes back the next day";
const OTHER_ACCOUNT: &str = "the token and the open_id belong to different accounts";
const TOKENS_OFTEN: &str = "tokens of the app are asked for too often";

/// Every row is section 1.11 of the fact sheet.
pub(super) const ROWS: &[Row<Key>] = &[
    // The grant itself goes on until its refresh token ends (1.4).
    row(Of(routes::RENEW_REFRESH_TOKEN, "10020"), TierExpired, RENEWED_OFTEN),
    row(Of(routes::CLIENT_TOKEN, "10020"), Limited, TOKENS_OFTEN),
    row(Of(routes::STABLE_CLIENT_TOKEN, "10020"), Limited, TOKENS_OFTEN),
    row(Code("10008"), TokenExpired, REAUTHORIZE),
    row(Code("2190008"), TokenExpired, REAUTHORIZE),
    row(Code("28001008"), TokenExpired, REAUTHORIZE),
    row(Code("2190002"), TokenExpired, REAUTHORIZE),
    row(Code("28001003"), TokenExpired, REAUTHORIZE),
    row(Code("10010"), Reauthorize, REAUTHORIZE),
    row(Code("10007"), Reauthorize, NEW_CODE),
    row(Code("2190003"), Reauthorize, REAUTHORIZE),
    row(Code("28001012"), Reauthorize, REAUTHORIZE),
    row(Code("28001045"), Reauthorize, "the account is closed"),
    row(Code("28001046"), Reauthorize, "the platform has banned the account"),
    row(Code("2100009"), Reauthorize, "the platform has banned the account"),
    row(Code("10014"), PlatformConfig, OTHER_APP),
    row(Code("2190015"), InvalidRequest, OTHER_ACCOUNT),
    row(Code("28001015"), InvalidRequest, OTHER_ACCOUNT),
    row(Code("10003"), PlatformConfig, CHECK_APP),
    row(Code("10013"), PlatformConfig, CHECK_APP),
    row(Code("10006"), PlatformConfig, CHECK_REDIRECT),
    row(Code("10004"), PlatformConfig, GRANT_APP),
    row(Code("10012"), PlatformConfig, RELEASE_APP),
    row(Code("10015"), PlatformConfig, APP_KIND),
    row(Code("10011"), PlatformConfig, APP_KIND),
    row(Code("10017"), PlatformConfig, APP_KIND),
    row(Code("2190004"), PlatformConfig, GRANT_APP),
    row(Code("28001014"), PlatformConfig, GRANT_APP),
    row(Code("28001018"), PlatformConfig, GRANT_APP),
    row(Code("28001019"), PlatformConfig, GRANT_APP),
    row(Code("2190016"), PlatformConfig, "the platform has banned the app or taken it offline"),
    row(Code("28001016"), PlatformConfig, "the platform has banned the app or taken it offline"),
    row(Code("28001020"), PlatformConfig, TEST_APP),
    row(Code("28001021"), PlatformConfig, TEST_APP),
    row(Code("28004020"), PlatformConfig, GRANT_APP),
    row(Code("28001056"), Unsupported, "the platform has withdrawn this method"),
    row(Code("10002"), InvalidRequest, ""),
    row(Code("10005"), InvalidRequest, ""),
    row(Code("2100005"), InvalidRequest, ""),
    row(Code("28001007"), InvalidRequest, ""),
    row(Code("2190007"), InvalidRequest, "the platform knows no such video"),
    row(Code("2190001"), Limited, QUOTA_USED),
    row(Code("28003017"), Limited, QUOTA_USED),
    row(Code("2114007"), Limited, "the account has posted as often as it may today"),
    row(Code("28003018"), Limited, ""),
    row(Code("2119003"), Limited, ""),
    row(Code("2100004"), Transient, ""),
    row(Code("28001005"), Transient, ""),
    row(Code("28001006"), Transient, ""),
    row(Code("2111001"), Rejected, "the text holds words that the platform does not allow"),
    row(Code("2113001"), Rejected, "the platform refused the material"),
    row(Code("2113002"), Rejected, "the account has no room for more material"),
    row(Code("2112001"), Rejected, "the platform takes this from enterprise accounts only"),
    row(Code("2114005"), Rejected, "the platform does not let the account post"),
    row(Code("2190005"), Rejected, "the file is too large"),
    row(Code("2190006"), Rejected, "the video is longer than 15 minutes"),
    row(Code("28001052"), Rejected, "the platform's risk control refuses it"),
];

/// Codes of a quota that comes back the next day (1.11).
const OF_THE_DAY: &[&str] = &["2190001", "28003017", "2114007"];
/// How long to wait for the next day when the answer does not tell its time: longer than anybody is told to wait.
const DAY_IS_USED_UP: Duration = Duration::from_secs(6 * 3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// Beijing is ahead of UTC by this.
const ZONE: Duration = Duration::from_secs(8 * 3_600);

/// Says what a body is.
pub(super) fn read(api: &str, body: &[u8]) -> Reading {
    let Some(envelope) = Envelope::of(body) else {
        return Reading::Foreign;
    };
    let request_id = envelope.request_id().filter(|id| is_request_id(id));
    let Some((code, sub_code)) = envelope.failure() else {
        return Reading::Success { request_id };
    };
    let found = find(api, &code).or_else(|| find(api, sub_code.as_deref()?));
    let shown = full_code(&clean(&code, 40), sub_code.as_deref());
    let fault = fault(found, shown, envelope.message().as_deref());
    let key = found.map(|row| row.key);
    let wait = matches!(key, Some(Code(code)) if OF_THE_DAY.contains(&code))
        .then(|| envelope.now().map_or(DAY_IS_USED_UP, until_tomorrow));
    Reading::Fault(Fault { request_id, wait, ..fault })
}

fn find(api: &str, code: &str) -> Option<&'static Row<Key>> {
    let here = |row: &&Row<Key>| matches!(row.key, Of(path, known) if path == api && known == code);
    let anywhere = |row: &&Row<Key>| matches!(row.key, Code(known) if known == code);
    ROWS.iter().find(here).or_else(|| ROWS.iter().find(anywhere))
}

/// From the platform's now to its next midnight.
fn until_tomorrow(now: UtcMillis) -> Duration {
    let day = i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX);
    let passed = now.plus(ZONE).0.rem_euclid(day);
    DAY.saturating_sub(Duration::from_millis(u64::try_from(passed).unwrap_or(0)))
}
