//! Looking for a ware that was just sent (8): there is no filter by the merchant's own id, but one by creation.

use std::time::Duration;

use serde_json::json;

use super::super::bounds;
use super::ask;
use super::wire::WareSeen;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::platform::DecodeError;
use crate::platform::lenient::{Members, items, text};
use crate::platform::listing::{Facts, LookUp, Published, Step, known, unreadable};

const SEARCH: &str = "jingdong.ware.read.searchWare4Valid";
const A_PAGE: usize = 50;
/// Pages that the platform shows (8).
const PAGES: u32 = 100;
/// As far as a clock may be off for the platform to take a call (3): so far before the sending may a ware's creation
/// lie.
const CLOCKS: Duration = Duration::from_secs(10 * 60);

/// One page of what was created since.
struct Page {
    wares: Vec<Ware>,
    total: usize,
}

struct Ware {
    id: String,
    is_ours: bool,
    created: i64,
}

/// The newest ware with this outer id, among all that are not in the bin, whatever their audit says.
pub(in crate::platform::jd) fn find(what: &LookUp<'_>, facts: &Facts) -> Result<Step<Option<Published>>> {
    let (start, end) = bounds(what.since.minus(CLOCKS), what.until.plus(CLOCKS))?;
    let mut wares: Vec<Ware> = Vec::new();
    for page in 1..=PAGES {
        let params = json!({
            "startCreatedTime": start,
            "endCreatedTime": end,
            "pageNo": page,
            "pageSize": A_PAGE,
            "field": "wareId,outerId,created,wareStatus",
        });
        let answer = known!(ask(facts, format!("found:{page}"), SEARCH, &params, None));
        let shown = read(answer, what.outer_id).map_err(unreadable)?;
        let is_last = shown.wares.len() < A_PAGE;
        wares.extend(shown.wares);
        if is_last {
            return found(wares, shown.total).map(Step::Done);
        }
    }
    let found = found(wares, 0)?;
    let too_many = || Error::new(ErrorKind::Transient, "too many wares were made meanwhile to look through");
    found.map(|found| Step::Done(Some(found))).ok_or_else(too_many)
}

/// What was found. That there is nothing is only said when all was seen: rows may have moved between two pages.
fn found(mut wares: Vec<Ware>, total: usize) -> Result<Option<Published>> {
    wares.sort_by(|one, other| one.id.cmp(&other.id));
    wares.dedup_by(|one, other| one.id == other.id);
    let seen = wares.len();
    let ours = wares.into_iter().filter(|ware| ware.is_ours).max_by_key(|ware| ware.created);
    match ours {
        Some(ware) => Ok(Some(Published { platform_product_id: ware.id, review_id: None })),
        None if seen < total => {
            let message = "the list of wares moved while it was read: look again";
            Err(Error::new(ErrorKind::Transient, message).with_retry(Retry::Backoff))
        }
        None => Ok(None),
    }
}

fn read(answer: &str, outer_id: &str) -> Result<Page, DecodeError> {
    let wrong = || DecodeError::new("page.data", "an array with a count");
    let page =
        Members::of_body(answer.as_bytes()).and_then(|answer| answer.object("page")).ok_or_else(wrong)?;
    let total = page.scalar("totalItem").and_then(|total| total.parse().ok()).ok_or_else(wrong)?;
    let rows = match page.get("data") {
        Some(rows) => items(rows).ok_or_else(wrong)?,
        None => Vec::new(),
    };
    let wares = rows.into_iter().map(|row| ware(&text(row)?, outer_id)).collect::<Result<_, _>>()?;
    Ok(Page { wares, total })
}

fn ware(text: &str, outer_id: &str) -> Result<Ware, DecodeError> {
    let wire = WareSeen::read(text)?;
    Ok(Ware {
        id: wire.wareId.id()?.ok_or_else(|| wire.wareId.wrong("a ware's id"))?,
        is_ours: wire.outerId.text()?.as_deref() == Some(outer_id),
        created: wire.created.int()?.unwrap_or(0),
    })
}
