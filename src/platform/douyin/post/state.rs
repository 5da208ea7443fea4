//! What became of a post (1.7): its own record, and the account's list where that says too little.

use std::time::Duration;

use super::super::convert::{self, Item};
use super::super::routes;
use super::list::posts;
use super::{ask, asked};
use crate::error::Result;
use crate::model::PromotionStatus;
use crate::platform::ask::given;
use crate::platform::listing::{Facts, Step, known, unreadable};
use crate::platform::{PostRef, PostSeen};

/// How long a post that is not to be seen may still be on its way: reviews of more than a day are not heard of.
const ON_ITS_WAY: Duration = Duration::from_secs(86_400);
/// What stands for the platform's status when it shows no post.
const ABSENT: &str = "absent";

/// Where a post stands. The record shows public posts only, so the list decides about all others; an app that may not
/// ask for records has the list alone.
pub(in crate::platform::douyin) fn state(what: &PostRef<'_>, facts: &Facts) -> Result<Step<PostSeen>> {
    let id = given(what.platform_post_id, "the post's id")?;
    let account = given(what.account, "the account's id")?;
    let params = asked([("open_id", account.into()), ("item_ids", vec![id].into())]);
    let answer = known!(ask(facts, format!("post:{id}"), routes::VIDEO_DATA, params).optional());
    let records = if answer == "null" { Vec::new() } else { convert::items(answer).map_err(unreadable)? };
    let record = records.into_iter().find(|item| item.item_id == id);
    if let Some(public) = record.as_ref().filter(|record| record.created.is_some()) {
        return Ok(Step::Done(seen(public, what)));
    }
    let listed = known!(posts(account, what.published_at, facts, |item| item.item_id == id)?);
    let item = listed.into_iter().find(|item| item.item_id == id).or(record);
    Ok(Step::Done(item.map_or_else(|| absent(what), |item| seen(&item, what))))
}

fn seen(item: &Item, what: &PostRef<'_>) -> PostSeen {
    PostSeen {
        status: status(item, what),
        platform_status: item.status.map(|status| status.to_string()).unwrap_or_default(),
        // There is no reason in this API (1.7).
        reason: None,
        link: item.link.clone(),
        total: item.total,
    }
}

/// 1 and 5 are published; without a time the post is not public all the same.
fn status(item: &Item, what: &PostRef<'_>) -> PromotionStatus {
    match (item.status, item.created) {
        (Some(2), _) => PromotionStatus::Rejected,
        (Some(1 | 5), Some(_)) => PromotionStatus::Published,
        (Some(1 | 5), None) => hidden(what),
        _ => PromotionStatus::UnderReview,
    }
}

/// The platform shows no such post: it is on its way, or was deleted.
fn absent(what: &PostRef<'_>) -> PostSeen {
    PostSeen {
        status: hidden(what),
        platform_status: ABSENT.to_owned(),
        reason: None,
        link: None,
        total: None,
    }
}

/// Until it is approved only its author sees a post (1.6), so that a young one is not called gone.
fn hidden(what: &PostRef<'_>) -> PromotionStatus {
    if what.now.since(what.published_at) < ON_ITS_WAY {
        PromotionStatus::UnderReview
    } else {
        PromotionStatus::TakenDown
    }
}
