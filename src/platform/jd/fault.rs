//! What an answer means: one table, a row per code (6.3, 5.4), and the refusals that look like successes (6.1).

use std::time::Duration;

use super::wire;
use crate::platform::lenient::{Field, Members, items, text};
use crate::platform::said::{self, Row, clean, message, row};
use crate::platform::{Fault, Reading, Verdict};

use Verdict::{
    InvalidRequest, Limited, NotFound, PlatformConfig, Reauthorize, Rejected, TokenExpired, Transient,
    Unsupported,
};

/// Code 2 is about the day's calls, which no quick repetition brings back.
const DAY_IS_USED_UP: Duration = Duration::from_secs(30 * 60);

const REAUTHORIZE: &str = "authorise the shop again with its main account";
const NO_MERCHANT: &str =
    "authorise with the main account of a POP shop: suppliers of JD's own sales are not served";
const CHECK_KEY: &str = "check the app's AppKey";
const CHECK_SECRET: &str = "check the app's AppSecret";
const CHECK_CLOCK: &str = "check this machine's clock";
const GRANT_APP: &str = "have the app granted this method in the platform's console";
const RELEASE_APP: &str = "have the app released in the platform's console";
const INSIDE_CLOUD: &str = "JD shows plain buyer data inside its own cloud only: elsewhere orders are read by the masked \
                            jingdong.pop.order.enSearch and enGet, which the app must be granted";

/// The gateway's codes (6.3), then those of token calls (5.4).
pub(super) const ROWS: &[Row<&'static str>] = &[
    row("19", TokenExpired, REAUTHORIZE),
    row("18", Reauthorize, REAUTHORIZE),
    row("22", Reauthorize, NO_MERCHANT),
    row("64", Reauthorize, NO_MERCHANT),
    row("71", Reauthorize, REAUTHORIZE),
    row("72", Reauthorize, NO_MERCHANT),
    row("11100006", Reauthorize, "the shop is not open: open it, then authorise it again"),
    row("2", Limited, "the app has used up its calls: they come back the next day"),
    row("1", Transient, ""),
    row("33", Transient, ""),
    row("43", Transient, ""),
    row("65", Transient, ""),
    row("66", Transient, ""),
    row("67", Transient, ""),
    row("69", Transient, ""),
    row("999999", Transient, ""),
    row("99999999", Transient, ""),
    row("3", InvalidRequest, ""),
    row("4", InvalidRequest, ""),
    row("5", InvalidRequest, ""),
    row("6", InvalidRequest, ""),
    row("7", InvalidRequest, CHECK_CLOCK),
    row("8", InvalidRequest, CHECK_CLOCK),
    row("9", InvalidRequest, ""),
    row("10", InvalidRequest, ""),
    row("11", InvalidRequest, CHECK_SECRET),
    row("12", InvalidRequest, CHECK_SECRET),
    row("13", InvalidRequest, ""),
    row("14", InvalidRequest, ""),
    row("15", Unsupported, "the platform knows no such method"),
    row("16", InvalidRequest, ""),
    row("17", InvalidRequest, ""),
    row("20", PlatformConfig, CHECK_KEY),
    row("21", PlatformConfig, CHECK_KEY),
    row("23", Unsupported, "the platform has withdrawn this method"),
    row("24", PlatformConfig, GRANT_APP),
    row("25", PlatformConfig, RELEASE_APP),
    row("26", InvalidRequest, ""),
    row("27", InvalidRequest, ""),
    row("50", InvalidRequest, ""),
    row("60", InvalidRequest, ""),
    row("61", InvalidRequest, ""),
    row("62", InvalidRequest, ""),
    row("63", InvalidRequest, ""),
    row("68", InvalidRequest, ""),
    row("1100", InvalidRequest, ""),
    row(super::OUTSIDE_CLOUD, PlatformConfig, INSIDE_CLOUD),
    row("2001", PlatformConfig, GRANT_APP),
    row("70", Rejected, ""),
    row("10100001", NotFound, ""),
    row("10100021", Rejected, ""),
    row("10500001", Rejected, ""),
    row("21201", Rejected, ""),
    row("21202", Rejected, ""),
    row("11000003", InvalidRequest, "a text is too long"),
    row("11000012", InvalidRequest, "a text holds characters that the platform does not take"),
    row("11000019", InvalidRequest, "a value is missing or not one that the platform knows"),
    row("1003", PlatformConfig, CHECK_SECRET),
    row("1004", Reauthorize, REAUTHORIZE),
    row("1005", Reauthorize, "open the authorise page again: its code or token is used up or too old"),
    row("2011", Reauthorize, REAUTHORIZE),
    row("2012", Reauthorize, REAUTHORIZE),
    row("304", Reauthorize, REAUTHORIZE),
];

/// The shortest of the business's codes that the table knows.
const BUSINESS_DIGITS: usize = 5;

/// Inner codes of the union (15), which mean other things than the gateway's.
const UNION_CONFIG: &[&str] = &["403", "50030", "50200"];

/// Methods whose answers have a code of their own, its name, and what it says of a success (6.1, 9.5, 11, 16).
const OWN_CODES: &[(&str, &str, &str)] = &[
    ("jingdong.asc.serviceAndRefund.view", "resultCode", "00000"),
    ("jingdong.b2c.shop.aftersales.refund.get", "resultCode", "200"),
    ("jingdong.club.pop.commentreply.save", "resultCode", "200"),
    ("jingdong.imgzone.category.add", "return_code", "1"),
    ("jingdong.imgzone.category.query", "return_code", "1"),
    ("jingdong.imgzone.picture.query", "return_code", "1"),
    ("jingdong.imgzone.picture.upload", "return_code", "1"),
    ("jingdong.jos.master.key.get", "status_code", "0"),
    ("jingdong.jos.voucher.info.get", "errorCode", "0"),
];

/// Reads that only tell why something was refused. That they know nothing, however they say it, is no fault: what
/// they were asked beside would be lost with it.
const TELL_WHY: &[&str] = &["jingdong.ware.audit.getWareAuditDetail", "jingdong.ware.read.findOpReason"];

/// Answers about one record that is not there leave out its member.
const ABSENT: &[(&str, &str)] =
    &[("jingdong.sku.read.findSkuById", "sku"), ("jingdong.ware.read.findWareById", "ware")];

/// Says what a body is.
pub(super) fn read(api: &str, body: &[u8]) -> Reading {
    let Some(members) = Members::of_body(body) else {
        return Reading::Foreign;
    };
    if super::is_token_call(api) && members.scalar("access_token").is_some() {
        return Reading::Success { request_id: None };
    }
    if let Some(error) = members.get("error_response").and_then(Members::of) {
        return error.scalar("code").map_or(Reading::Foreign, |code| Reading::Fault(fault(&code, &error)));
    }
    let Some(answer) = wire::result(api, body).and_then(Members::of) else {
        return bare(api, &members);
    };
    if let Some(code) = answer.scalar("code").filter(|code| code != "0") {
        return Reading::Fault(fault(&code, &answer));
    }
    match refusal(api, &answer) {
        Some(fault) => Reading::Fault(Fault { request_id: request_id(&answer), ..fault }),
        None => Reading::Success { request_id: request_id(&answer) },
    }
}

/// A failure without a wrapper (5.2, 6.2): a code and words. Anything else is not the platform's.
fn bare(api: &str, members: &Members<'_>) -> Reading {
    let has_words = words(members).is_some();
    let code = members.scalar("code").or_else(|| members.scalar("gw_code"));
    match code.filter(|code| code != "0" && (has_words || super::is_token_call(api))) {
        Some(code) => Reading::Fault(fault(&code, members)),
        None => Reading::Foreign,
    }
}

/// Where the platform's words stand, Chinese ones first (6.2).
const WORDS: &[&str] = &[
    "zh_desc",
    "chineseErrCode",
    "error_description",
    "errorMessage",
    "errorMsg",
    "sub_msg",
    "message",
    "msg",
    "desc",
    "resultMsg",
    "en_desc",
    "englishErrCode",
];

fn fault(code: &str, said_in: &Members<'_>) -> Fault {
    let found = ROWS.iter().find(|row| row.key == code);
    let fault = said::fault(found, clean(code, 40), words(said_in).as_deref());
    let wait = (fault.verdict == Limited).then_some(DAY_IS_USED_UP);
    Fault { request_id: request_id(said_in), wait, ..fault }
}

fn words(members: &Members<'_>) -> Option<String> {
    WORDS.iter().find_map(|name| members.scalar(name))
}

/// A refusal inside an answer that looks good: what the gateway took, the business refused (6.1).
fn refusal(api: &str, answer: &Members<'_>) -> Option<Fault> {
    if super::sign::is_union(api) {
        return union_refusal(answer);
    }
    if TELL_WHY.contains(&api) {
        return None;
    }
    let own = OWN_CODES.iter().find(|(method, ..)| *method == api);
    let inside: Vec<Members<'_>> =
        answer.names().filter_map(|name| Members::of(answer.get(std::str::from_utf8(name).ok()?)?)).collect();
    let levels = || std::iter::once(answer).chain(&inside);
    if let Some((_, name, success)) = own {
        let refused = levels().find_map(|level| {
            level.scalar(name).filter(|code| code != success).map(|code| business(&code, level))
        });
        return refused.or_else(|| levels().find_map(says_no));
    }
    let absent = ABSENT.iter().find(|(method, name)| *method == api && answer.get(name).is_none());
    levels()
        .find_map(says_no)
        .or_else(|| levels().find_map(partly_done))
        .or_else(|| absent.map(|(_, name)| nothing(name)))
        .or_else(|| contradicts_itself(api, answer).then(empty_page))
}

/// `success` is false, as a word or as text, here or in `apiResult`.
fn says_no(level: &Members<'_>) -> Option<Fault> {
    let api_result = level.get("apiResult").and_then(Members::of);
    let level = api_result.as_ref().unwrap_or(level);
    if level.scalar("success").as_deref() != Some("false") {
        return None;
    }
    let codes = ["numberCode", "errorCode", "code"].iter().filter_map(|name| level.scalar(name));
    let code = codes.into_iter().find(|code| code != "0");
    Some(business(&code.unwrap_or_else(|| "success=false".to_owned()), level))
}

/// SKUs are counted and none is shown: taken as it is, the ware would lose all of them here.
fn contradicts_itself(api: &str, answer: &Members<'_>) -> bool {
    let page = answer.get("page").and_then(Members::of).filter(|_| api == "jingdong.sku.read.searchSkuList");
    page.is_some_and(|page| {
        let is_empty = page.get("data").is_none_or(|data| items(data).is_some_and(|rows| rows.is_empty()));
        let counts = page.scalar("totalItem").is_some_and(|total| total != "0");
        is_empty && counts && page.scalar("pageNo").as_deref() == Some("1")
    })
}

fn empty_page() -> Fault {
    let message = message("the platform counts SKUs and shows none", None);
    Fault::new(Transient, "empty page".to_owned(), message)
}

fn nothing(name: &str) -> Fault {
    Fault::new(NotFound, format!("no {name}"), message("the platform has none of this id", None))
}

/// Stock that was not set is listed inside a success (9.3).
fn partly_done(level: &Members<'_>) -> Option<Fault> {
    let failed = level.get("obj").and_then(Members::of)?.get("updateStockResult").and_then(items)?;
    let first = failed
        .into_iter()
        .filter_map(Members::of)
        .find(|one| one.scalar("success").as_deref() != Some("true"))?;
    Some(business("updateStockResult", &first))
}

/// What the business refused is not executed. Its short codes are not the gateway's, whatever their number.
fn business(code: &str, level: &Members<'_>) -> Fault {
    let found = fault(code, level);
    let is_known = code.len() >= BUSINESS_DIGITS && found.verdict != Verdict::Unknown;
    if is_known { found } else { Fault { verdict: Rejected, wait: None, message: said(level), ..found } }
}

/// Where the union's answers hold their result (15).
pub(super) const UNION_RESULTS: [&str; 3] = ["queryResult", "getResult", "result"];

/// The union's results are JSON inside a text (15).
fn union_refusal(answer: &Members<'_>) -> Option<Fault> {
    // A request's id may stand beside it, in any order.
    let held = UNION_RESULTS.iter().find_map(|name| answer.get(name))?;
    let token = text(held).ok()?;
    let result = Field::new("result", &token).text().ok().flatten()?;
    let result = Members::of(result.as_bytes())?;
    let code = result.scalar("code").filter(|code| code != "200")?;
    let verdict = if UNION_CONFIG.contains(&code.as_str()) { PlatformConfig } else { Rejected };
    Some(Fault { verdict, wait: None, message: said(&result), ..fault(&code, &result) })
}

/// The platform's words alone.
fn said(members: &Members<'_>) -> String {
    message("", words(members).as_deref())
}

fn request_id(members: &Members<'_>) -> Option<String> {
    let id = members.scalar("request_id").or_else(|| members.scalar("requestId"))?;
    let fits =
        id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    fits.then_some(id)
}
