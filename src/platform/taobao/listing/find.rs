//! Looking for a product by its outer id in all lists where it can be (5.2).

use std::time::Duration;

use serde_json::json;

use super::super::wire::{self, Item};
use super::{ask, item};
use crate::error::{Error, ErrorKind, Result};
use crate::model::UtcMillis;
use crate::platform::ask::wall_clock;
use crate::platform::lenient::{self, Members};
use crate::platform::listing::known;
use crate::platform::{DecodeError, Facts, LookUp, Published, Step};

/// How far the platform's clock may be behind ours: what it signs for (3.1).
const SKEW: Duration = Duration::from_secs(10 * 60);
/// Products a page, at most (5.2).
const PAGE: u64 = 200;
/// Pages a list shows, at most (5.2).
const MOST_PAGES: u64 = 100;
/// Every list, in the order in which a new product moves on: a product that is listed meanwhile is not missed.
const LISTS: [&str; 4] = ["for_shelved", "sold_out", "onsale", "violation_off_shelf"];

/// What a page says.
struct Page {
    total: u64,
    /// Products with the outer id.
    ids: Vec<String>,
}

/// The newest product with the outer id that was made since.
pub(in crate::platform::taobao) fn find(what: &LookUp<'_>, facts: &Facts) -> Result<Step<Option<Published>>> {
    let mut candidates: Vec<String> = Vec::new();
    for list in LISTS {
        candidates.extend(known!(walk(list, what, facts)?));
    }
    candidates.sort_unstable();
    candidates.dedup();
    let since = what.since.minus(SKEW);
    let mut newest: Option<(UtcMillis, String)> = None;
    for id in candidates {
        let name = format!("made:{id}");
        let Some(known) = facts.get(&name) else {
            let params = json!({"num_iid": crate::platform::ask::number(&id, "a product's id")?, "fields": "num_iid,outer_id,created"});
            return Ok(ask(name, "taobao.item.seller.get", &params, None));
        };
        let made = made(known, what.outer_id).map_err(unreadable)?;
        if let Some(at) = made.filter(|at| *at >= since && newest.as_ref().is_none_or(|(best, _)| at > best))
        {
            newest = Some((at, id));
        }
    }
    Ok(Step::Done(newest.map(|(_, id)| Published { platform_product_id: id, review_id: None })))
}

/// The first page says how many there are. Rows move to the front when they change, so that the others are read
/// from the last one on, and the first one again at the end.
fn walk(list: &str, what: &LookUp<'_>, facts: &Facts) -> Result<Step<Vec<String>>> {
    let first = known!(page(list, "first", 1, what, facts)?);
    let last = first.total.div_ceil(PAGE);
    if last > MOST_PAGES {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "more products have changed since than the platform shows: look for it in the shop's console",
        ));
    }
    let mut ids = first.ids;
    for number in (1..=last).rev().filter(|_| last > 1) {
        ids.extend(known!(page(list, &number.to_string(), number, what, facts)?).ids);
    }
    Ok(Step::Done(ids))
}

/// No end is given: a product that changes between two pages would fall out of the window.
fn page(list: &str, name: &str, number: u64, what: &LookUp<'_>, facts: &Facts) -> Result<Step<Page>> {
    let name = format!("found:{list}:{name}");
    if let Some(known) = facts.get(&name) {
        return read(known, what.outer_id).map(Step::Done).map_err(unreadable);
    }
    let since = UtcMillis(what.since.minus(SKEW).0.max(0));
    let mut params = json!({
        "fields": "num_iid,outer_id,modified",
        "order_by": "modified:desc",
        "page_no": number,
        "page_size": PAGE,
        "start_modified": wall_clock(since)?,
    });
    if list == "onsale" {
        return Ok(ask(name, "taobao.items.onsale.get", &params, None));
    }
    params["banner"] = list.into();
    Ok(ask(name, "taobao.items.inventory.get", &params, None))
}

fn read(known: &str, outer_id: &str) -> Result<Page, DecodeError> {
    let members = Members::of(known.as_bytes()).ok_or_else(|| DecodeError::new("the answer", "an object"))?;
    let items = wire::list(&members, "items", "item")?;
    let total = members.scalar("total_results").and_then(|total| total.parse().ok());
    let total = total.or_else(|| (!items.is_empty()).then_some(items.len() as u64));
    let total = total.ok_or_else(|| DecodeError::new("total_results", "a number"))?;
    let mut ids = Vec::new();
    for raw in items {
        let text = lenient::text(raw)?;
        let item = Item::read(&text)?;
        if item.outer_id.outer()?.as_deref() == Some(outer_id) {
            ids.push(item.num_iid.id()?.ok_or_else(|| item.num_iid.wrong("a product's id"))?);
        }
    }
    Ok(Page { total, ids })
}

/// When a product was made, if it has the outer id still.
fn made(known: &str, outer_id: &str) -> Result<Option<UtcMillis>, DecodeError> {
    let text = item(known)?;
    let item = Item::read(&text)?;
    if item.outer_id.outer()?.as_deref() != Some(outer_id) {
        return Ok(None);
    }
    item.created.time()?.ok_or_else(|| item.created.wrong("a time")).map(Some)
}

fn unreadable(error: DecodeError) -> Error {
    Error::new(ErrorKind::Decode, format!("the look-up's answer: {error}"))
}
