//! What an answer means: one table, a row per code (2.8).

use super::wire::Envelope;
use crate::platform::said::{Row, fault, full_code, is_request_id, row};
use crate::platform::{Fault, Reading, Verdict};

/// What an answer is matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The start of `sub_code`, up to its end or a separator. Looked at first.
    Sub(&'static str),
    /// `code`, when no `sub_code` is known.
    Code(&'static str),
    /// `err_no` of the very old envelope, whose numbers mean other things than `code`.
    Old(&'static str),
}

const REAUTHORIZE: &str = "authorise the shop again";
const NEW_CODE: &str = "open the authorise page again, the code is used up or too old";
const GRANT_APP: &str = "have the app granted this permission in the platform's console";
const CHECK_SECRET: &str = "check the app's AppKey and AppSecret";
const CHECK_CLOCK: &str = "check this machine's clock";
const ALLOW_IP: &str = "add this machine's address to the app's allow-list in the platform's console";
const OTHER_APP: &str = "the token belongs to another app: check the app's AppKey, then authorise again";

use Key::{Code, Old, Sub};
use Verdict::{
    InvalidRequest, Limited, PlatformConfig, Reauthorize, Rejected, TokenExpired, Transient, Unsupported,
};

/// Every row is section 2.8 of the fact sheet, and 2.17 for `60000`. A longer `Sub` stands before the
/// shorter one that it starts with.
///
/// `Code` has no row for 40003 and 50001: expired tokens, wrong signatures and wrong set-ups share them,
/// so without a known `sub_code` they stay unknown.
pub(super) const ROWS: &[Row<Key>] = &[
    row(Sub("isv.access-token-expired"), TokenExpired, REAUTHORIZE),
    row(Sub("isv.access-token-no-existed"), TokenExpired, REAUTHORIZE),
    row(Sub("dop.token-generate-failed:token-expired"), Reauthorize, REAUTHORIZE),
    row(Sub("dop.token-generate-failed:token-invalid"), Reauthorize, REAUTHORIZE),
    row(Sub("dop.token-generate-failed:no-authorization"), Reauthorize, REAUTHORIZE),
    row(Sub("dop.token-generate-failed:code-expired"), Reauthorize, NEW_CODE),
    row(Sub("dop.token-generate-failed:code-invalid"), Reauthorize, NEW_CODE),
    row(Sub("dop.token-generate-failed:app-secret-invalid"), PlatformConfig, CHECK_SECRET),
    row(Sub("dop.token-generate-failed:app-forbidden"), PlatformConfig, GRANT_APP),
    row(
        Sub("dop.token-generate-failed:grant-type-invalid"),
        PlatformConfig,
        "check the app's kind (tool or self_use)",
    ),
    row(Sub("isv.business-failed:31009"), Reauthorize, REAUTHORIZE),
    row(Sub("dop.authorization-closed"), Reauthorize, REAUTHORIZE),
    row(Sub("dop.authorization-no-existed"), Reauthorize, REAUTHORIZE),
    row(Sub("isv.app-permissions-insufficient"), PlatformConfig, GRANT_APP),
    row(Sub("dop.no-permissions"), PlatformConfig, GRANT_APP),
    row(Sub("dop.app-forbidden"), PlatformConfig, GRANT_APP),
    row(Sub("isv.invalid_ip"), PlatformConfig, ALLOW_IP),
    row(Sub("isv.app-id-invalid"), PlatformConfig, CHECK_SECRET),
    row(Sub("isv.app-id-expired"), PlatformConfig, "renew the app in the platform's console"),
    row(Sub("isv.access-token-invalid"), PlatformConfig, OTHER_APP),
    row(Sub("isv.authorization-type-invalid"), PlatformConfig, "check the app's kind (tool or self_use)"),
    row(Sub("isv.signature-missing"), InvalidRequest, CHECK_SECRET),
    row(Sub("isv.signature-invalid"), InvalidRequest, CHECK_SECRET),
    row(Sub("isv.timestamp-invalid"), InvalidRequest, CHECK_CLOCK),
    row(Sub("isv.timestamp-format-error"), InvalidRequest, CHECK_CLOCK),
    row(Sub("isv.parameter-missing"), InvalidRequest, ""),
    row(Sub("isv.parameter-invalid"), InvalidRequest, ""),
    row(Sub("isv.parameter-format-invalid"), InvalidRequest, ""),
    row(Sub("isv.idempotent-id-existed"), InvalidRequest, ""),
    row(Sub("isv.traffic-limited"), Limited, ""),
    row(Sub("dop.service-error"), Transient, ""),
    row(Sub("isp.service-error"), Transient, ""),
    row(Sub("isp.unknown-error"), Transient, ""),
    row(Sub("dop.unknown-error"), Transient, ""),
    row(Sub("isv.business-failed"), Rejected, ""),
    row(Sub("isv.api-service-off"), Unsupported, "the platform has withdrawn this method"),
    row(Sub("isp.api-service-off"), Unsupported, "the platform has withdrawn this method"),
    row(Code("20000"), Transient, ""),
    row(Code("20001"), Transient, ""),
    row(Code("90000"), Transient, ""),
    row(Code("30001"), PlatformConfig, GRANT_APP),
    row(Code("30002"), PlatformConfig, GRANT_APP),
    row(Code("30202"), Rejected, "the remark is too long"),
    row(Code("30204"), Rejected, "the image is too large"),
    row(Code("30205"), Rejected, "there are too many images"),
    row(Code("40001"), InvalidRequest, ""),
    row(Code("40002"), InvalidRequest, ""),
    row(Code("40004"), InvalidRequest, ""),
    row(Code("50000"), Rejected, ""),
    row(Code("50002"), Rejected, ""),
    row(Code("60000"), Limited, ""),
    row(Code("70000"), Unsupported, "the platform has withdrawn this method"),
    row(Code("80000"), PlatformConfig, "the platform refused the app for security reasons: see its console"),
    row(Old("3"), InvalidRequest, ""),
    row(Old("4"), InvalidRequest, ""),
    row(Old("5"), InvalidRequest, ""),
    row(Old("7"), Transient, ""),
    row(Old("8"), Transient, ""),
    row(Old("9"), Limited, ""),
    row(Old("11"), InvalidRequest, CHECK_SECRET),
    row(Old("12"), Unsupported, "the platform has withdrawn this version of the method"),
    row(Old("30002"), TokenExpired, REAUTHORIZE),
    row(Old("30003"), Reauthorize, REAUTHORIZE),
    row(Old("30004"), PlatformConfig, GRANT_APP),
    row(Old("30005"), TokenExpired, REAUTHORIZE),
    row(Old("30006"), Reauthorize, REAUTHORIZE),
    row(Old("30007"), PlatformConfig, OTHER_APP),
];

/// Says what a body is.
pub(super) fn read(body: &[u8]) -> Reading {
    let Some(envelope) = Envelope::of(body) else {
        return Reading::Foreign;
    };
    let request_id = envelope.log_id().filter(|id| is_request_id(id));
    let (code, sub_code) = (envelope.code(), envelope.sub_code().map(|sub| tidy(&sub)));
    let old_code = envelope.old_code();
    match (code.as_deref(), old_code.as_deref()) {
        // 10001: part of a batch was refused; the answer says which. For reads there is no such part.
        (Some("10000" | "10001"), _) | (None, Some("0")) => return Reading::Success { request_id },
        _ => {}
    }
    let found = find(code.as_deref(), sub_code.as_deref(), old_code.as_deref());
    let shown = full_code(&code.or(old_code).unwrap_or_default(), sub_code.as_deref());
    Reading::Fault(Fault { request_id, ..fault(found, shown, envelope.message().as_deref()) })
}

fn find(code: Option<&str>, sub_code: Option<&str>, old_code: Option<&str>) -> Option<&'static Row<Key>> {
    let by_sub = ROWS.iter().find(|row| match (row.key, sub_code) {
        (Sub(start), Some(sub)) => starts(sub, start),
        _ => false,
    });
    by_sub.or_else(|| {
        ROWS.iter().find(|row| match row.key {
            Code(known) => code == Some(known),
            // An answer with a `code` has its `err_no` for older clients only.
            Old(known) => code.is_none() && old_code == Some(known),
            Sub(_) => false,
        })
    })
}

fn starts(sub: &str, start: &str) -> bool {
    let goes_on = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    sub.strip_prefix(start).is_some_and(|rest| !rest.starts_with(goes_on))
}

/// The platform writes `isv.business-failed:1` and `isv.business-failed: 1`.
fn tidy(sub_code: &str) -> String {
    sub_code.trim().replace(": ", ":")
}
