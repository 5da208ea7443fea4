//! Looking for a product by the merchant's own id. The list has no filter by it (2.10), so that all products are read
//! that were made around the time when it was sent, those in review and drafts too.

use std::time::Duration;

use serde_json::{Map, Value};

use super::wire::{Found, Page};
use crate::error::{Error, ErrorKind, Result};
use crate::model::UtcMillis;
use crate::platform::ask::given;
use crate::platform::doudian::convert;
use crate::platform::doudian::query::{PAGE_SIZE, PRODUCT_DEPTH, bounds, product_page};
use crate::platform::listing::{known, unreadable};
use crate::platform::{ApiCall, DecodeError, Facts, LookUp, Published, Step};

/// All, then those that a list of all might leave out: under review, not submitted, refused (2.10).
const SECTIONS: [Option<u8>; 4] = [None, Some(2), Some(1), Some(4)];
/// How far the platform's clock can be from ours: what is signed with more between them is refused (2.4).
const SKEW: Duration = Duration::from_secs(600);

/// When a product was made, and its id.
type Seen = (Option<UtcMillis>, String);

pub(in crate::platform::doudian) fn find_plan(
    what: &LookUp<'_>,
    facts: &Facts,
) -> Result<Step<Option<Published>>> {
    given(what.outer_id, "the outer id")?;
    for section in SECTIONS {
        match section_plan(what, section, facts)? {
            Step::Done(None) => {}
            step => return Ok(step),
        }
    }
    Ok(Step::Done(None))
}

/// Reads a list to its end, since its order is not stated, and takes the newest that fits.
fn section_plan(what: &LookUp<'_>, section: Option<u8>, facts: &Facts) -> Result<Step<Option<Published>>> {
    let mut newest: Option<Seen> = None;
    for page in 0..last_page() {
        let name = format!("find:{}:{page}", section.unwrap_or_default());
        let params = params(what, section, page)?;
        let call = || ApiCall::shop_read("product.listV2", &params, convert::raw_data);
        let answer = known!(facts.ask(name, None, call));
        let (is_empty, found) = fitting(answer, what.outer_id).map_err(unreadable)?;
        newest = newest.into_iter().chain(found).max();
        if is_empty {
            let id = newest.map(|(_, id)| id);
            return Ok(Step::Done(id.map(|id| Published { platform_product_id: id, review_id: None })));
        }
    }
    let message =
        "too many products were made since then to look through: look for it by hand and resolve the change";
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// The pages that the platform shows of one question.
fn last_page() -> u32 {
    u32::try_from(PRODUCT_DEPTH / u64::from(PAGE_SIZE)).unwrap_or(u32::MAX)
}

fn params(what: &LookUp<'_>, section: Option<u8>, page: u32) -> Result<Value> {
    let (start, end) = bounds(what.since.minus(SKEW), what.until.plus(SKEW))?;
    let mut params = Map::new();
    params.insert("start_time".into(), start.into());
    params.insert("end_time".into(), end.into());
    params.insert("page".into(), product_page(page, PAGE_SIZE)?.into());
    params.insert("size".into(), PAGE_SIZE.into());
    if let Some(state) = section {
        params.insert("check_status".into(), state.into());
    }
    Ok(params.into())
}

/// Whether a page is empty, and its newest product with this id. A row that cannot be read could be the one.
fn fitting(answer: &str, outer_id: &str) -> Result<(bool, Option<Seen>), DecodeError> {
    let page = Page::read(answer)?;
    // A list that is missing altogether is no page, unless the platform at least counts its records.
    if page.data.token().is_none() && page.total.token().is_none() {
        return Err(page.data.wrong("an array"));
    }
    let rows = page.data.items()?;
    let mut fitting = Vec::new();
    for row in &rows {
        let row = Found::read(row)?;
        if row.outer_product_id.text()?.as_deref() == Some(outer_id) {
            let id = row.product_id.or(row.product_id_str);
            let id = id.id()?.ok_or_else(|| row.product_id.wrong("a product's id"))?;
            fitting.push((row.create_time.time()?, id));
        }
    }
    Ok((rows.is_empty(), fitting.into_iter().max()))
}
