//! What became of a product that was sent (5.2, 8).

use serde_json::json;

use super::super::wire::Item;
use super::{ask, item};
use crate::error::{Error, ErrorKind, Result};
use crate::model::ListingStatus;
use crate::platform::ask::number;
use crate::platform::{DecodeError, Facts, ReviewSeen, Step, UnderReview};

/// What is asked.
const FIELDS: &str = "num_iid,approve_status,violation,created,modified";

/// Where a product stands.
pub(in crate::platform::taobao) fn review(what: &UnderReview<'_>, facts: &Facts) -> Result<Step<ReviewSeen>> {
    let product = number(what.product, "the product's id")?;
    let name = format!("state:{product}");
    let Some(known) = facts.get(&name) else {
        let params = json!({"num_iid": product, "fields": FIELDS});
        return Ok(ask(name, "taobao.item.seller.get", &params, None));
    };
    let unreadable = |error: DecodeError| {
        Error::new(ErrorKind::Decode, format!("the answer to where the product stands: {error}"))
    };
    seen(known).map(Step::Done).map_err(unreadable)
}

/// The platform has no state of a review. One in stock that nobody touched since it was made may still be looked at;
/// see `docs.md`. What the platform did not like it says in a message (7.4), which no call repeats.
fn seen(known: &str) -> Result<ReviewSeen, DecodeError> {
    let text = item(known)?;
    let item = Item::read(&text)?;
    let shelf = item.approve_status.text()?.ok_or_else(|| item.approve_status.wrong("a status"))?;
    let violates = item.violation.flag()?.unwrap_or(false);
    let is_untouched = item.created.time()?.is_some_and(|made| item.modified.time() == Ok(Some(made)));
    let status = match shelf.as_str() {
        "instock" if violates => ListingStatus::Banned,
        "instock" if is_untouched => ListingStatus::UnderReview,
        "instock" => ListingStatus::OffSale,
        "onsale" => ListingStatus::OnSale,
        _ => ListingStatus::Unknown,
    };
    let platform_status = if violates { format!("{shelf}/violation_off_shelf") } else { shelf };
    Ok(ReviewSeen { status, platform_status, reason: None })
}
