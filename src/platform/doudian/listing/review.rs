//! What became of a product that was sent: its three states together, and why it was refused (2.10).

use serde_json::{Value, json};

use super::wire::{Audit, Audits};
use crate::error::Result;
use crate::model::{ListingStatus, ProductStatus};
use crate::platform::ask::{given, number};
use crate::platform::doudian::convert;
use crate::platform::doudian::query::PAGE_SIZE;
use crate::platform::doudian::wire::ProductItem;
use crate::platform::listing::{known, unreadable};
use crate::platform::said::clean;
use crate::platform::{ApiCall, DecodeError, Facts, ReviewSeen, Step, UnderReview};

/// Pages of refusals that are read. The list is filtered by the product, so that the first one holds them.
const MOST_PAGES: u32 = 10;
/// Refusals, in the words of `product.auditList`.
const REFUSED: u32 = 2;
/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 500;

pub(in crate::platform::doudian) fn review_plan(
    what: &UnderReview<'_>,
    facts: &Facts,
) -> Result<Step<ReviewSeen>> {
    let product = given(what.product, "the product's id")?;
    let call = || ApiCall::shop_read("product.detail", &json!({"product_id": product}), convert::raw_data);
    let answer = known!(facts.ask(format!("product:{product}"), None, call));
    let (status, platform_status) = status(answer).map_err(unreadable)?;
    let reason = match status {
        ListingStatus::Rejected => known!(reason(product, facts)?),
        _ => None,
    };
    Ok(Step::Done(ReviewSeen { status, platform_status, reason }))
}

/// A product that buyers see may have a new version beside it, and that is the one that was sent.
fn status(answer: &str) -> Result<(ListingStatus, String), DecodeError> {
    let item = ProductItem::read(answer)?;
    let (platform_status, status) = convert::status(&item)?;
    let status = match (status, item.draft_status.text()?.as_deref()) {
        (ProductStatus::OnSale | ProductStatus::OffSale, Some("2")) => ListingStatus::UnderReview,
        (ProductStatus::OnSale | ProductStatus::OffSale, Some("4")) => ListingStatus::Rejected,
        (ProductStatus::OnSale, _) => ListingStatus::OnSale,
        (ProductStatus::OffSale, _) => ListingStatus::OffSale,
        (ProductStatus::Draft, _) => ListingStatus::Draft,
        (ProductStatus::UnderReview, _) => ListingStatus::UnderReview,
        (ProductStatus::Scheduled, _) => ListingStatus::Scheduled,
        (ProductStatus::Rejected, _) => ListingStatus::Rejected,
        (ProductStatus::Banned, _) => ListingStatus::Banned,
        (ProductStatus::Deleted, _) => ListingStatus::Deleted,
        (ProductStatus::Unknown, _) => ListingStatus::Unknown,
    };
    Ok((status, platform_status))
}

/// The newest refusal's reason. The list shows 15 days; an older one is lost, and the status stands without it.
fn reason(product: &str, facts: &Facts) -> Result<Step<Option<String>>> {
    for page in 0..MOST_PAGES {
        let params = json!({
            "publish_status": REFUSED,
            "page": page, // counted from 0 (2.10)
            "size": PAGE_SIZE,
            "product_id": number(product, "the product's id")?,
        });
        let call = || ApiCall::shop_read("product.auditList", &params, convert::raw_data);
        let answer = known!(facts.ask(format!("audit:{page}"), None, call).optional());
        if answer == "null" {
            return Ok(Step::Done(None));
        }
        let (is_empty, found) = refusal(answer, product).map_err(unreadable)?;
        if is_empty || found.is_some() {
            return Ok(Step::Done(found));
        }
    }
    Ok(Step::Done(None))
}

/// Whether a page is empty, and the newest reason of this product on it.
fn refusal(answer: &str, product: &str) -> Result<(bool, Option<String>), DecodeError> {
    let records = Audits::read(answer)?.records.items()?;
    let mut found = Vec::new();
    for record in &records {
        let audit = Audit::read(record)?;
        let is_refusal = audit.publish_status.int()?.is_none_or(|status| status == i64::from(REFUSED));
        if is_refusal && audit.product_id.id()?.as_deref() == Some(product) {
            let said = audit.audit_reason.token().and_then(|token| serde_json::from_str(token).ok());
            found.push((
                audit.audit_time.seconds()?,
                said.map(|said: Value| words(&said)).unwrap_or_default(),
            ));
        }
    }
    let reason = found.into_iter().max().map(|(_, said)| clean(&said, LONGEST_REASON));
    Ok((records.is_empty(), reason.filter(|said| !said.is_empty())))
}

/// What is wrong, by the fields it is wrong with: `{field: [text]}`, or plain text.
fn words(said: &Value) -> String {
    match said {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(field, said)| format!("{field}: {}", words(said)));
            fields.collect::<Vec<_>>().join("; ")
        }
        Value::Array(said) => said.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::String(said) => said.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
