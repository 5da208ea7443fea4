//! What became of a ware that was sent (8, 9.4): its status says it, two more calls say why.

use serde_json::{Value, json};

use super::super::convert::{Audit, audited};
use super::ask;
use super::wire::WareSeen;
use crate::error::Result;
use crate::model::ListingStatus;
use crate::platform::DecodeError;
use crate::platform::ask::number;
use crate::platform::lenient::{Members, text};
use crate::platform::listing::{Facts, ReviewSeen, Step, UnderReview, known, unreadable};

const WARE: &str = "jingdong.ware.read.findWareById";
/// Why a ware was taken down. It belongs to the same group as the ware's own methods, so that whoever publishes has it.
const REASON: &str = "jingdong.ware.read.findOpReason";
const AUDIT: &str = "jingdong.ware.audit.getWareAuditDetail";
/// Characters of a reason: an audit may name every field of a ware.
const LONGEST: usize = 1_000;

/// Where a ware stands, and why the platform refused it.
pub(in crate::platform::jd) fn review(what: &UnderReview<'_>, facts: &Facts) -> Result<Step<ReviewSeen>> {
    let id = number(what.product, "the product's id")?;
    let params = json!({"wareId": id, "field": "wareId,wareStatus"});
    let answer = known!(ask(facts, format!("ware:{id}"), WARE, &params, None));
    let platform_status = status(answer).map_err(unreadable)?;
    let status = listing(platform_status);
    let mut reason = None;
    if matches!(status, ListingStatus::Rejected | ListingStatus::Banned) {
        reason = words(known!(
            ask(facts, format!("reason:{id}"), REASON, &json!({"wareId": id}), None).optional()
        ));
    }
    if status == ListingStatus::Rejected && reason.is_none() {
        let params = json!({"wareAuditParam": {"wareId": id}});
        reason = words(known!(ask(facts, format!("audit:{id}"), AUDIT, &params, None).optional()));
    }
    Ok(Step::Done(ReviewSeen { status, platform_status: platform_status.to_string(), reason }))
}

fn status(answer: &str) -> Result<i64, DecodeError> {
    let wrong = || DecodeError::new("ware", "a ware: there is none of this id");
    let members = Members::of_body(answer.as_bytes()).ok_or_else(wrong)?;
    let text = text(members.get("ware").ok_or_else(wrong)?)?;
    let ware = WareSeen::read(&text)?;
    ware.wareStatus.int()?.ok_or_else(|| ware.wareStatus.wrong("a ware's status"))
}

/// What was sent is under review as long as its audit is, wherever the ware stands meanwhile.
const fn listing(platform_status: i64) -> ListingStatus {
    match (audited(platform_status), platform_status) {
        (_, -1) => ListingStatus::Deleted,
        ((Audit::Waits, 1 | 2 | 4 | 8), _) => ListingStatus::UnderReview,
        ((Audit::Refused, 1 | 2 | 4 | 8), _) => ListingStatus::Rejected,
        ((Audit::Silent, 1 | 2), _) => ListingStatus::OffSale,
        ((Audit::Silent, 4), _) => ListingStatus::Banned,
        ((Audit::Silent, 8), _) => ListingStatus::OnSale,
        _ => ListingStatus::Unknown,
    }
}

/// Members that say why, wherever they stand: an audit's reasons have three levels and belong to fields in modules.
const WORDS: &[&str] = &["note", "opReason", "firstName", "secondName", "thirdName", "marks"];

/// The platform's words; none where it has none.
fn words(answer: &str) -> Option<String> {
    let mut said = Vec::new();
    collect(&serde_json::from_str(answer).ok()?, &mut said);
    let words: String = said.join("; ").chars().take(LONGEST).collect();
    Some(words).filter(|words| !words.is_empty())
}

fn collect(value: &Value, said: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let of_it = WORDS.iter().filter_map(|name| members.get(*name)?.as_str().map(str::trim));
            let words = of_it.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" / ");
            if !words.is_empty() && !said.contains(&words) {
                said.push(words);
            }
            members.values().for_each(|member| collect(member, said));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, said)),
        _ => {}
    }
}
