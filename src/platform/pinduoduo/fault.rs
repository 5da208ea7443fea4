//! What an answer means: one table, a row per code (6), and the refusals that look like successes.

use std::time::Duration;

use super::wire;
use crate::platform::lenient::Members;
use crate::platform::said::{Row, clean, fault, full_code, is_request_id, message, row};
use crate::platform::{Fault, Reading, Verdict};

use Verdict::{
    InvalidRequest, Limited, PlatformConfig, Reauthorize, Rejected, TokenExpired, Transient, Unsupported,
};

const REAUTHORIZE: &str = "authorise the shop again with its main account";
const CHECK_APP: &str = "check the app's client_id and client_secret";
const NO_RIGHT: &str = "have the app granted this method, then authorise the shop again";
const ALLOW_IP: &str = "add this machine's address to the app's allow-list in the platform's console";
const RISK: &str = "the platform's risk control refuses the call: see its console";

/// Every row is section 6 of the fact sheet.
pub(super) const ROWS: &[Row<&'static str>] = &[
    row("10019", TokenExpired, REAUTHORIZE),
    row("20032", Reauthorize, REAUTHORIZE),
    row("10016", PlatformConfig, CHECK_APP),
    row("10018", PlatformConfig, CHECK_APP),
    row("20031", PlatformConfig, NO_RIGHT),
    row("30000", PlatformConfig, NO_RIGHT),
    row("30001", PlatformConfig, CHECK_APP),
    row("20005", PlatformConfig, ALLOW_IP),
    row("52101", Limited, ""),
    row("70031", Limited, ""),
    row("70036", Limited, "an app in test has used up its calls: have it put online"),
    row("52102", Transient, ""),
    row("52103", Transient, ""),
    row("70033", Transient, "the platform maintains this method"),
    row("50000", Transient, ""),
    row("50002", Transient, ""),
    row("52001", Transient, ""),
    row("52002", Transient, ""),
    row("10000", InvalidRequest, ""),
    row("10001", InvalidRequest, ""),
    row("10017", Unsupported, "the platform knows no such method"),
    row("20004", InvalidRequest, "check the app's client_secret and this machine's clock"),
    row("20034", Unsupported, "the platform has withdrawn this method"),
    row("20035", InvalidRequest, "the method belongs to another gateway: check the app's addresses"),
    row("21001", InvalidRequest, ""),
    row("21002", InvalidRequest, ""),
    row("52004", InvalidRequest, "the request is too large"),
    row("70032", PlatformConfig, RISK),
    row("70034", PlatformConfig, RISK),
    row("70035", PlatformConfig, RISK),
    row("50001", Rejected, ""),
];

/// Says what a body is.
pub(super) fn read(api: &str, body: &[u8]) -> Reading {
    let Some(members) = Members::of_body(body) else {
        return Reading::Foreign;
    };
    if let Some(error) = members.get("error_response") {
        return error_response(api, error);
    }
    // A method that we know nothing of may answer under a key of its own (6).
    let inner = wire::result(api, body).or_else(|| only_key(&members));
    let Some(inner) = inner else {
        return Reading::Foreign;
    };
    let inner = Members::of_body(inner);
    let request_id = inner
        .as_ref()
        .and_then(|inner| inner.scalar("request_id"))
        .or_else(|| members.scalar("request_id"))
        .filter(|id| is_request_id(id));
    let refusal = if api == super::video::CREATE { video_refusal } else { refusal };
    match inner.as_ref().and_then(refusal) {
        Some(fault) => Reading::Fault(Fault { request_id, ..fault }),
        None => Reading::Success { request_id },
    }
}

/// The result under the only key that ends as such keys do (6).
pub(super) fn only_key<'a>(members: &Members<'a>) -> Option<&'a [u8]> {
    let mut names = members.names().filter(|name| *name != b"request_id");
    let (name, another) = (names.next()?, names.next());
    let fits = name.ends_with(b"_response") || name.ends_with(b"_resposne");
    (fits && another.is_none()).then(|| members.get(std::str::from_utf8(name).ok()?))?
}

/// Opening buyer data has limits of its own (16): a call in ten seconds and a hundred a day outside the platform's
/// cloud.
const OPENS: &str = "pdd.open.decrypt.batch";
const OPENING_PACE: Duration = Duration::from_secs(10);
const OPENING_LIMIT: Row<&str> = row(
    "52101",
    Limited,
    "outside its cloud the platform opens buyer data once in 10 seconds and 100 times a day: ask for many orders at \
     once",
);

fn error_response(api: &str, raw: &[u8]) -> Reading {
    let Some(error) = Members::of(raw) else {
        return Reading::Foreign;
    };
    let Some(code) = error.scalar("error_code").filter(|code| code.parse::<i64>().is_ok()) else {
        return Reading::Foreign;
    };
    let sub_code = error.scalar("sub_code").filter(|sub| *sub != code && sub != "null");
    let said = error.scalar("sub_msg").or_else(|| error.scalar("error_msg"));
    let is_opening = api == OPENS && code == OPENING_LIMIT.key;
    let found = if is_opening { Some(&OPENING_LIMIT) } else { ROWS.iter().find(|row| row.key == code) };
    let request_id = error.scalar("request_id").filter(|id| is_request_id(id));
    let code = full_code(&code, sub_code.as_deref());
    let wait = is_opening.then_some(OPENING_PACE);
    Reading::Fault(Fault { request_id, wait, ..fault(found, code, said.as_deref()) })
}

/// What a published video was answered with (13): a success, though every other method has errors there.
const VIDEO_TAKEN: &str = "1000000";

/// As [`refusal`], for the call that publishes a video. What contradicts itself may have been done.
fn video_refusal(inner: &Members<'_>) -> Option<Fault> {
    let code = inner.scalar("error_code").filter(|code| code != "null");
    let is_taken = code.as_deref().is_none_or(|code| code == VIDEO_TAKEN || code == "0");
    match (inner.get("success"), refusal(inner)) {
        (_, Some(refused)) if code.as_deref() != Some(VIDEO_TAKEN) => Some(refused),
        (Some(b"true"), _) => None,
        (_, None) if is_taken => None,
        (_, _) => {
            let said = inner.scalar("error_msg");
            let code = clean(code.as_deref().unwrap_or_default(), 40);
            Some(Fault::new(Verdict::Unknown, code, message("", said.as_deref())))
        }
    }
}

/// A refusal inside an answer that looks good (6): `is_success` or `success` is false.
fn refusal(inner: &Members<'_>) -> Option<Fault> {
    let says_no = |name: &str| inner.get(name).is_some_and(|value| value == b"false");
    let flag = ["is_success", "success"].into_iter().find(|name| says_no(name))?;
    let code = inner.scalar("error_code").map_or(format!("{flag}=false"), |code| clean(&code, 40));
    let said = inner.scalar("error_msg");
    Some(Fault::new(Rejected, code, message("", said.as_deref())))
}
