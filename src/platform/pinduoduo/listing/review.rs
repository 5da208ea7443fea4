//! Where a product stands after it was sent (9.5): its newest review, then the product itself.

use serde_json::json;

use super::wire::{Commit, CommitDetail, CommitPage, Goods};
use super::{Stop, answer, read, step};
use crate::error::Result;
use crate::model::ListingStatus;
use crate::platform::ask::number;
use crate::platform::{DecodeError, Facts, ReviewSeen, Step, UnderReview};

/// What a review says.
struct Verdict {
    status: String,
    reason: Option<String>,
}

pub(in crate::platform::pinduoduo) fn plan(
    what: &UnderReview<'_>,
    facts: &Facts,
) -> Result<Step<ReviewSeen>> {
    step(seen(what, facts))
}

fn seen(what: &UnderReview<'_>, facts: &Facts) -> Result<ReviewSeen, Stop> {
    let product = number(what.product, "the product's id")?;
    let review = match what.review_id {
        Some(review) => by_review(product, review, facts)?,
        None => newest(product, facts)?,
    };
    let status = match review.status.as_str() {
        "0" => ListingStatus::Draft,
        "1" => ListingStatus::UnderReview,
        "2" => return on_shelf(product, facts),
        "3" => ListingStatus::Rejected,
        _ => ListingStatus::Unknown,
    };
    Ok(ReviewSeen { status, platform_status: review.status, reason: review.reason })
}

/// The review that this product's change started. Where it tells a refusal without a reason, the newest one is asked:
/// pages disagree about when it is shown here.
fn by_review(product: u64, review: &str, facts: &Facts) -> Result<Verdict, Stop> {
    let review = number(review, "the review's id")?;
    let params = json!({"goods_commit_id": review, "goods_id": product});
    let text = answer(facts, format!("review:{review}"), "pdd.goods.commit.detail.get", &params, None)?;
    let seen = read("the review", detail(text))?;
    if seen.status != "3" || seen.reason.is_some() {
        return Ok(seen);
    }
    let newest = newest(product, facts)?;
    let reason = newest.reason.filter(|_| newest.status == "3");
    Ok(Verdict { reason, ..seen })
}

fn detail(text: &str) -> Result<Verdict, DecodeError> {
    let wire = CommitDetail::read(text)?;
    let status = wire.goods_status.text()?.ok_or_else(|| wire.goods_status.wrong("a status"))?;
    let reason = wire.commit_message.text()?.filter(|_| status == "3");
    Ok(Verdict { status, reason })
}

fn newest(product: u64, facts: &Facts) -> Result<Verdict, Stop> {
    let params = json!({"goods_id_list": [product]});
    let text =
        answer(facts, format!("newest:{product}"), "pdd.goods.latest.commit.status.get", &params, None)?;
    Ok(read("the newest review", latest(text, &product.to_string()))?)
}

fn latest(text: &str, product: &str) -> Result<Verdict, DecodeError> {
    let list = CommitPage::read(text)?.list;
    for text in list.items()? {
        let wire = Commit::read(text)?;
        if wire.goods_id.id()?.as_deref() == Some(product) {
            let status = wire.check_status.text()?.ok_or_else(|| wire.check_status.wrong("a status"))?;
            let reason = wire.reject_comment.text()?.filter(|_| status == "3");
            return Ok(Verdict { status, reason });
        }
    }
    Err(list.wrong("the product's newest review"))
}

/// An approved product is on sale, or not (9.2).
fn on_shelf(product: u64, facts: &Facts) -> Result<ReviewSeen, Stop> {
    let params = json!({"goods_id": product});
    let text = answer(facts, format!("product:{product}"), "pdd.goods.detail.get", &params, None)?;
    let status = read("the product", shelf(text))?;
    let seen = match status.as_str() {
        "1" => ListingStatus::OnSale,
        "2" | "3" => ListingStatus::OffSale,
        "4" => ListingStatus::Deleted,
        _ => ListingStatus::Unknown,
    };
    Ok(ReviewSeen { status: seen, platform_status: format!("2/{status}"), reason: None })
}

fn shelf(text: &str) -> Result<String, DecodeError> {
    let wire = Goods::read(text)?;
    wire.status.text()?.ok_or_else(|| wire.status.wrong("a status"))
}
