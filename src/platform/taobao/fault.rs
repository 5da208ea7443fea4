//! What an answer means: one table, a row per code (6).

use std::time::Duration;

use super::wire::Answer;
use super::{convert, is_token_call};
use crate::platform::lenient::Members;
use crate::platform::said::{Row, clean, fault, full_code, is_request_id, message, row};
use crate::platform::{Fault, Reading, Verdict};

/// What an answer is matched by. The first row that matches counts: exact sub-codes stand before codes, and those
/// before what all sub-codes of the caller's side have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// `sub_code` up to its `:`; what follows is a detail.
    Sub(&'static str),
    /// The start of `sub_code`.
    Start(&'static str),
    /// The end of `sub_code` up to its `:`.
    End(&'static str),
    /// `code`.
    Code(&'static str),
    /// Such a range of `code`.
    Codes(u16, u16),
    /// The `error` of an OAuth answer inside a token answer that looks good (2.2).
    Oauth(&'static str),
}

const REAUTHORIZE: &str = "authorise the shop again";
const TIER: &str = "this level of permission has ended, others may go on: authorise the shop again";
const NEW_CODE: &str = "authorise again: the code or refresh token is used up, too old or withdrawn";
const GRANT_APP: &str = "have the app granted this permission in the platform's console";
const GRANT_USER: &str = "authorise with the shop's main account, or give the sub-account this permission";
const CHECK_KEY: &str = "check the app's AppKey and AppSecret";
const CHECK_CLOCK: &str = "check this machine's clock";
const ALLOW_IP: &str = "add this machine's address to the app's allow-list in the platform's console";
const SLOW: &str = "the platform limits calls: nothing is sent until it lets us again";

use Key::{Code, Codes, End, Oauth, Start, Sub};
use Verdict::{
    InvalidRequest, Limited, NotFound, PlatformConfig, Reauthorize, Rejected, TierExpired, TokenExpired,
    Transient, Unknown,
};

/// Every row is section 6 of the fact sheet, and 2.2 for `Oauth`.
///
/// `Code` has no row for 15: refusals and failures of the platform share it, so without a `sub_code` it stays
/// unknown. 44 has none either: two clients disagree on it.
pub(super) const ROWS: &[Row<Key>] = &[
    row(End("invalid-sessionkey"), TokenExpired, REAUTHORIZE),
    row(End("session-expired"), TokenExpired, REAUTHORIZE),
    row(End("session-not-exist"), TokenExpired, REAUTHORIZE),
    row(End("sessionkey-not-generated-by-server"), TokenExpired, REAUTHORIZE),
    row(End("session-is-blank"), InvalidRequest, "this method needs a shop's authorisation"),
    row(Sub("isv.w2-security-authorize-invalid"), TierExpired, TIER),
    row(Sub("isv.r2-security-authorize-invalid"), TierExpired, TIER),
    row(Sub("isv.permission-ip-whitelist-limit"), PlatformConfig, ALLOW_IP),
    row(Start("isv.permission-"), PlatformConfig, GRANT_APP),
    row(Start("accesscontrol.limited-by-"), Limited, SLOW),
    row(Sub("isp.call-limited"), Limited, SLOW),
    // Repeating these rarely helps, and a record that causes one must not stop the others.
    row(Sub("isp.null-pointer-exception"), Unknown, ""),
    row(Sub("isp.top-parse-error"), Unknown, ""),
    row(Sub("isp.top-mapping-parse-error"), Unknown, ""),
    row(Start("isp."), Transient, ""),
    row(Sub("isv.missing-parameter"), InvalidRequest, ""),
    row(Sub("isv.invalid-parameter"), InvalidRequest, ""),
    row(Sub("isv.parameters-mismatch"), InvalidRequest, ""),
    row(Sub("isv.oaid-field-miss"), InvalidRequest, ""),
    row(Sub("isv.invalid-permission"), InvalidRequest, ""),
    row(Sub("isv.item-is-delete"), NotFound, ""),
    row(End("-not-exist"), NotFound, ""),
    row(Code("3"), InvalidRequest, "the upload failed: check the file"),
    row(Code("7"), Limited, SLOW),
    row(Code("9"), InvalidRequest, ""),
    row(Code("10"), Transient, ""),
    row(Code("11"), PlatformConfig, GRANT_APP),
    row(Code("12"), PlatformConfig, GRANT_USER),
    row(Code("13"), PlatformConfig, GRANT_APP),
    row(Code("21"), InvalidRequest, ""),
    row(Code("22"), InvalidRequest, ""),
    row(Code("23"), InvalidRequest, ""),
    row(Code("24"), InvalidRequest, CHECK_KEY),
    row(Code("25"), InvalidRequest, CHECK_KEY),
    row(Code("26"), InvalidRequest, "this method needs a shop's authorisation"),
    row(Code("27"), TokenExpired, REAUTHORIZE),
    row(Code("28"), PlatformConfig, CHECK_KEY),
    row(Code("29"), PlatformConfig, CHECK_KEY),
    row(Code("30"), InvalidRequest, CHECK_CLOCK),
    row(Code("31"), InvalidRequest, CHECK_CLOCK),
    row(Code("32"), InvalidRequest, ""),
    row(Code("33"), InvalidRequest, ""),
    row(Code("34"), InvalidRequest, ""),
    row(Code("40"), InvalidRequest, ""),
    row(Code("41"), InvalidRequest, ""),
    row(Code("42"), PlatformConfig, GRANT_APP),
    row(Code("53"), TierExpired, TIER),
    row(Codes(501, 799), Rejected, ""),
    row(Start("isv."), Rejected, ""),
    row(Start("IC_"), Rejected, ""),
    row(Sub("ITEM_PROPERTIES_ERROR"), Rejected, ""),
    row(Sub("SPU_NOT_EXIST"), Rejected, ""),
    row(Oauth("invalid_client"), Reauthorize, NEW_CODE),
    row(Oauth("invalid_grant"), Reauthorize, NEW_CODE),
];

/// Says what a body is.
pub(super) fn read(api: &str, body: &[u8]) -> Reading {
    match Answer::of(api, body) {
        None => Reading::Foreign,
        Some(Answer::Refused(refusal)) => refused(&refusal).map_or(Reading::Foreign, Reading::Fault),
        Some(Answer::Content(content)) => {
            let hidden = if is_token_call(api) { token_refusal(&content) } else { hidden(&content) };
            hidden.map_or_else(|| Reading::Success { request_id: request_id(&content) }, Reading::Fault)
        }
    }
}

/// An `error_response`; `None` without a numeric code.
fn refused(refusal: &Members<'_>) -> Option<Fault> {
    let code = refusal.scalar("code").filter(|code| code.parse::<u16>().is_ok())?;
    let sub_code = refusal.scalar("sub_code").map(|sub| sub.trim().replace(": ", ":"));
    let found = find(&code, sub_code.as_deref());
    let said = refusal.scalar("sub_msg").or_else(|| refusal.scalar("msg"));
    let fault = fault(found, full_code(&code, sub_code.as_deref()), said.as_deref());
    let wait = said.filter(|_| fault.verdict == Limited).and_then(|said| ban(&said));
    Some(Fault { request_id: request_id(refusal), wait, ..fault })
}

fn find(code: &str, sub_code: Option<&str>) -> Option<&'static Row<Key>> {
    let sub_code = sub_code.unwrap_or_default();
    let head = sub_code.split(':').next().unwrap_or_default();
    let number: u16 = code.parse().unwrap_or_default();
    ROWS.iter().find(|row| match row.key {
        Sub(known) => head == known,
        Start(known) => head.starts_with(known),
        End(known) => head.ends_with(known),
        Code(known) => code == known,
        Codes(from, to) => (from..=to).contains(&number),
        Oauth(_) => false,
    })
}

/// `This ban will last for 12 more seconds`.
fn ban(said: &str) -> Option<Duration> {
    let (_, after) = said.split_once("ban will last for ")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(Duration::from_secs)
}

/// A token answer holds its JSON in a string, and that may be an OAuth error (2.2).
fn token_refusal(content: &Members<'_>) -> Option<Fault> {
    let result = convert::token_result(content)?;
    let result = Members::of(result.as_bytes())?;
    let error = result.scalar("error")?;
    let found = ROWS.iter().find(|row| matches!(row.key, Oauth(known) if known == error));
    let (verdict, advice) = found.map_or((PlatformConfig, CHECK_KEY), |row| (row.verdict, row.advice));
    let message = message(advice, result.scalar("error_description").as_deref());
    let fault = Fault::new(verdict, format!("oauth/{}", clean(&error, 100)), message);
    Some(Fault { request_id: request_id(content), ..fault })
}

/// A refusal for business reasons inside an answer that looks good (6): `is_success` is false, at the top or in
/// what it is about, or there is a description of an error.
fn hidden(content: &Members<'_>) -> Option<Fault> {
    let inside = ["shipping", "result"].into_iter().filter_map(|name| Members::of(content.get(name)?));
    let inside: Vec<_> = inside.collect();
    let refusal = std::iter::once(content).chain(&inside).find(|members| refuses(members))?;
    let first = |names: [&str; 4]| names.into_iter().find_map(|name| refusal.scalar(name));
    let said = first(["biz_error_desc", "error_desc", "error_message", "error_msg"]);
    let code = first(["biz_error_code", "error_code", "err_code", "code"]);
    let code = code.map_or_else(|| "is_success=false".to_owned(), |code| clean(&code, 100));
    let fault = Fault::new(Rejected, code, message("", said.as_deref()));
    Some(Fault { request_id: request_id(content), ..fault })
}

fn refuses(members: &Members<'_>) -> bool {
    members.scalar("is_success").as_deref() == Some("false")
        || members.scalar("biz_error_desc").is_some_and(|said| !said.trim().is_empty())
}

fn request_id(members: &Members<'_>) -> Option<String> {
    members.scalar("request_id").filter(|id| is_request_id(id))
}
