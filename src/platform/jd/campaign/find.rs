//! Looking for a promotion that was to be created (12): by its id once that alone can be it, otherwise by name, times
//! and all that takes part.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::convert::moment;
use super::super::listing::ask;
use super::super::market::CALLER;
use super::{bound, kind, rule};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{CampaignDraft, Fen, UtcMillis};
use crate::platform::ask::number;
use crate::platform::lenient::{Members, items, record, wire};
use crate::platform::listing::{Facts, Step, known, unreadable};
use crate::platform::{CampaignLookUp, DecodeError, Parsed};

const LIST: &str = "jingdong.seller.promotion.v2.list";
const SKUS: &str = "jingdong.seller.promotion.v2.sku.list";
const A_PAGE: usize = 20;
/// A thousand of a name, or all SKUs of one.
const PAGES: u32 = 51;
/// As far as a clock may be off for the platform to take a call (3).
const CLOCKS: Duration = Duration::from_secs(10 * 60);

wire! {
    /// A promotion as the look-up reads it.
    Seen { promo_id, promo_name, name, promo_status, status, begin_time, end_time, favor_mode, bound, created }
}

wire! {
    /// A SKU of a promotion.
    SeenSku { sku_id, promo_price }
}

struct Promotion {
    id: String,
    name: String,
    counts: bool,
    times: (Option<UtcMillis>, Option<UtcMillis>),
    mode: Option<i64>,
    bound: Option<i64>,
    created: Option<UtcMillis>,
}

impl Promotion {
    /// Whether it says of itself what the draft says.
    fn is_like(&self, what: &CampaignLookUp<'_>) -> bool {
        let draft = what.draft;
        let scope = rule(&draft.offer).map(|rule| (i64::from(rule.mode), i64::from(bound(draft))));
        self.counts
            && self.name == draft.name
            && self.times == (Some(draft.from), Some(draft.to))
            && scope.is_none_or(|scope| (self.mode, self.bound) == (Some(scope.0), Some(scope.1)))
            && self.created.is_none_or(|created| created >= what.since.minus(CLOCKS))
    }
}

/// The id of the promotion, when it was committed and is not void.
pub(in crate::platform::jd) fn find(
    what: &CampaignLookUp<'_>,
    facts: &Facts,
) -> Result<Step<Option<String>>> {
    let mut narrowed = json!({"type": kind(&what.draft.offer)});
    match what.id {
        Some(id) => narrowed["promo_id"] = number(id, "the promotion's id")?.into(),
        None => narrowed["name"] = what.draft.name.clone().into(),
    }
    let list = Pages { api: LIST, topic: "campaigns", rows: "promotion_list", narrowed };
    let shown = known!(list.read(facts, |raw| record::<Seen<'_>, _>(raw, "promo_id", promotion))?);
    if let Some(id) = what.id {
        let ours = shown.iter().any(|one| one.id == id && one.counts);
        return Ok(Step::Done(ours.then(|| id.to_owned())));
    }
    for one in shown.into_iter().filter(|one| one.is_like(what)) {
        if known!(has_skus(&one.id, what.draft, facts)?) {
            return Ok(Step::Done(Some(one.id)));
        }
    }
    Ok(Step::Done(None))
}

/// Whether exactly the draft's SKUs take part, at its prices.
fn has_skus(id: &str, draft: &CampaignDraft, facts: &Facts) -> Result<Step<bool>> {
    if draft.skus.is_empty() {
        return Ok(Step::Done(true));
    }
    let narrowed = json!({"promo_id": number(id, "the promotion's id")?, "promo_type": kind(&draft.offer)});
    let topic = format!("campaign-{id}");
    let list = Pages { api: SKUS, topic: &topic, rows: "promotion_sku_list", narrowed };
    let shown = known!(list.read(facts, |raw| record::<SeenSku<'_>, _>(raw, "sku_id", sku))?);
    let theirs: BTreeMap<String, Option<Fen>> = shown.into_iter().collect();
    let same = |one: &crate::model::CampaignSku| {
        theirs.get(&one.sku).is_some_and(|price| one.price.is_none() || one.price == *price)
    };
    Ok(Step::Done(theirs.len() == draft.skus.len() && draft.skus.iter().all(same)))
}

/// A list without a count: its last page is the one that is not full.
struct Pages<'a> {
    api: &'static str,
    topic: &'a str,
    rows: &'static str,
    narrowed: Value,
}

impl Pages<'_> {
    fn read<T>(&self, facts: &Facts, row: impl Fn(&[u8]) -> Parsed<T>) -> Result<Step<Vec<T>>> {
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let mut params = self.narrowed.clone();
            params["ip"] = CALLER.into();
            params["port"] = "80".into();
            params["request_id"] = format!("{}-{page}", self.topic).into();
            params["page"] = page.to_string().into();
            // The platform's own spelling.
            params["pageS_size"] = A_PAGE.to_string().into();
            let answer = known!(ask(facts, format!("{}:{page}", self.topic), self.api, &params, None));
            let rows = self.rows(answer).map_err(unreadable)?;
            let is_last = rows.len() < A_PAGE;
            // One that cannot be read is not known to be ours.
            all.extend(rows.into_iter().filter_map(|raw| row(raw).ok()));
            if is_last {
                return Ok(Step::Done(all));
            }
        }
        let message = "the platform lists too many promotions of this name to look through";
        Err(Error::new(ErrorKind::Transient, message).with_retry(Retry::Backoff))
    }

    /// Without rows the array may be missing.
    fn rows<'t>(&self, answer: &'t str) -> Result<Vec<&'t [u8]>, DecodeError> {
        let wrong = || DecodeError::new(self.rows, "an array of at most 10000 records");
        let answer = Members::of_body(answer.as_bytes()).ok_or_else(wrong)?;
        answer.get(self.rows).map_or_else(|| Some(Vec::new()), items).ok_or_else(wrong)
    }
}

/// Not committed (-1) counts for nobody, nor does what is void (0): a draft that lapsed is void too.
fn promotion(wire: &Seen<'_>) -> Result<Promotion, DecodeError> {
    let status = wire.promo_status.or(wire.status);
    let known = status.text()?.ok_or_else(|| status.wrong("a status"))?;
    Ok(Promotion {
        id: wire.promo_id.id()?.ok_or_else(|| wire.promo_id.wrong("a promotion's id"))?,
        name: wire.promo_name.or(wire.name).text()?.unwrap_or_default(),
        counts: !matches!(known.as_str(), "-1" | "0"),
        times: (moment(wire.begin_time)?, moment(wire.end_time)?),
        mode: wire.favor_mode.int()?,
        bound: wire.bound.int()?,
        created: wire.created.millis().ok().flatten(),
    })
}

fn sku(wire: &SeenSku<'_>) -> Result<(String, Option<Fen>), DecodeError> {
    let id = wire.sku_id.id()?.ok_or_else(|| wire.sku_id.wrong("a SKU's id"))?;
    Ok((id, wire.promo_price.yuan()?))
}
