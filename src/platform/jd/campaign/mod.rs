//! Creating promotions (12): `add`, the SKUs a hundred at a time, the rule of an order total, `commit`. See `docs.md`
//! for what is offered and where each limit comes from.

mod check;
mod find;

pub(super) use check::check;
pub(super) use find::find;

use serde_json::{Map, Value, json};

use super::convert;
use super::writes::yuan;
use crate::error::{Error, Result};
use crate::model::{CampaignDraft, CampaignOffer, CampaignSku, Fen};
use crate::platform::ask::{number, wall_clock};
use crate::platform::{ApiCall, CampaignCall, CampaignWork};

/// SKUs of a call.
const A_CALL: usize = 100;
/// Key of the promotion's id in the calls that add to it: literally so (12).
const PROMO_ID: &str = "#promo_id";
/// `type` of promotions of single items, and of an order's total.
const SINGLE: u8 = 1;
const TOTAL: u8 = 10;
/// `bound`: some SKUs, or the whole shop.
const SOME: u8 = 1;
const WHOLE_SHOP: u8 = 2;
/// `bind_type` of what is sold, as opposed to gifts.
const MAIN: &str = "1";

/// How a rule of an order's total is written: the platform's number of its mode, and `quota` with one of the others.
struct Rule {
    mode: u8,
    quota: String,
    amount: (&'static str, String),
}

fn kind(offer: &CampaignOffer) -> u8 {
    if matches!(offer, CampaignOffer::ItemPrices) { SINGLE } else { TOTAL }
}

/// What takes part in an order's total.
fn bound(draft: &CampaignDraft) -> u8 {
    if draft.skus.is_empty() { WHOLE_SHOP } else { SOME }
}

/// Units differ by mode: pieces, whole yuan, yuan with a decimal, tenths of the price.
fn rule(offer: &CampaignOffer) -> Option<Rule> {
    let rule = |mode, quota, amount| Some(Rule { mode, quota, amount });
    match *offer {
        CampaignOffer::ItemPrices => None,
        CampaignOffer::PiecesFree { pieces, free } => rule(6, pieces.to_string(), ("rate", free.to_string())),
        CampaignOffer::PiecesFor { pieces, total } => rule(13, tenths(total), ("rate", pieces.to_string())),
        CampaignOffer::PiecesDiscount { pieces, pays_bp } => {
            let share = format!("{}.{}", pays_bp / 1_000, pays_bp % 1_000 / 100);
            rule(15, pieces.to_string(), ("rate", share))
        }
        CampaignOffer::AmountOff { from, off } => {
            rule(16, (from.0 / 100).to_string(), ("minus", (off.0 / 100).to_string()))
        }
    }
}

/// Yuan with one decimal.
fn tenths(amount: Fen) -> String {
    format!("{}.{}", amount.0 / 100, amount.0 % 100 / 10)
}

/// The call after those that were answered.
pub(super) fn call(work: &CampaignWork<'_>) -> Result<CampaignCall> {
    let (draft, Some(id)) = (work.draft, work.id) else {
        return begin(work.draft).map(CampaignCall::Begin);
    };
    let id = number(id, "the promotion's id")?;
    let after_begin = work.answered.saturating_sub(1) as usize;
    let lists = draft.skus.len().div_ceil(A_CALL);
    if let Some(skus) = draft.skus.chunks(A_CALL).nth(after_begin) {
        let call = add_skus(id, skus, work)?;
        return Ok(CampaignCall::Add { call, parts: skus.len() });
    }
    match rule(&draft.offer) {
        Some(rule) if after_begin == lists => Ok(CampaignCall::Add { call: add_rule(id, &rule), parts: 1 }),
        _ => {
            let params = json!({"promo_id": id});
            let commit = ApiCall::shop_write("jingdong.seller.promotion.commit", &params, convert::committed);
            Ok(CampaignCall::Commit(commit))
        }
    }
}

fn begin(draft: &CampaignDraft) -> Result<ApiCall<String>> {
    let mut params = Map::new();
    let mut give = |name: &str, value: Value| params.insert(name.to_owned(), value);
    give("name", draft.name.clone().into());
    give("type", kind(&draft.offer).into());
    give("begin_time", wall_clock(draft.from)?.into());
    give("end_time", wall_clock(draft.to)?.into());
    if let Some(rule) = rule(&draft.offer) {
        give("bound", bound(draft).into());
        give("favor_mode", rule.mode.into());
    }
    for (name, text) in [("slogan", &draft.slogan), ("comment", &draft.comment)] {
        if let Some(text) = text {
            give(name, text.clone().into());
        }
    }
    let params = Value::Object(params);
    Ok(ApiCall::shop_write("jingdong.seller.promotion.add", &params, convert::begun))
}

/// Lists are texts with commas, in the same order (12).
fn add_skus(id: u64, skus: &[CampaignSku], work: &CampaignWork<'_>) -> Result<ApiCall<usize>> {
    let listed = |text: &dyn Fn(&CampaignSku) -> Result<String>| {
        skus.iter().map(text).collect::<Result<Vec<_>>>().map(|texts| texts.join(","))
    };
    let shop_price = |sku: &CampaignSku| {
        let unknown = || Error::internal("the shop's prices are read before a promotion is begun");
        work.prices.get(&sku.sku).copied().map(yuan).ok_or_else(unknown)
    };
    let mut params = json!({
        PROMO_ID: id,
        "sku_ids": listed(&|sku| number(&sku.sku, "the SKU's id").map(|id| id.to_string()))?,
        "jd_prices": listed(&shop_price)?,
        "bind_type": listed(&|_| Ok(MAIN.to_owned()))?,
    });
    if matches!(work.draft.offer, CampaignOffer::ItemPrices) {
        let missing = || Error::invalid("each SKU has a price in the promotion");
        params["promo_prices"] = listed(&|sku| sku.price.map(yuan).ok_or_else(missing))?.into();
    }
    Ok(ApiCall::shop_write("jingdong.seller.promotion.sku.add", &params, convert::skus_taken))
}

fn add_rule(id: u64, rule: &Rule) -> ApiCall<usize> {
    let (name, amount) = &rule.amount;
    let params = json!({PROMO_ID: id, "#favor_mode": rule.mode, "quota": rule.quota, *name: amount});
    ApiCall::shop_write("jingdong.seller.promotion.ordermode.add", &params, convert::rules_taken)
}
