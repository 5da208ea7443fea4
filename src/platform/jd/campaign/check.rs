//! What a draft must keep to: the sheet's limits (12), and those of the platform's own field comments.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::{CampaignDraft, CampaignOffer, CampaignSku, Fen, UtcMillis};
use crate::platform::ask::number;

/// Characters of a name and of a slogan, bytes of a comment.
const LONGEST_NAME: usize = 10;
const LONGEST_SLOGAN: usize = 50;
const LONGEST_COMMENT: usize = 200;
/// How far off it may begin, and how long it may last.
const LONGEST: Duration = Duration::from_secs(180 * 86_400);
const MINUTE: Duration = Duration::from_secs(60);
/// SKUs of a promotion.
const MOST_SKUS: usize = 1_000;
/// The largest amount that is written: a hundred million yuan, in fen.
const LARGEST: i64 = 10_000_000_000;
/// Pieces that anybody buys at once.
const MOST_PIECES: i64 = 10_000;

/// Every problem at once, so that a person mends them all in one go.
pub(in crate::platform::jd) fn check(draft: &CampaignDraft, now: UtcMillis) -> Result<()> {
    let mut problems = Problems(Vec::new());
    problems.texts(draft);
    problems.times(draft, now);
    problems.skus(draft);
    problems.offer(draft);
    if problems.0.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(format!("the promotion cannot be created: {}", problems.0.join("; "))))
}

struct Problems(Vec<String>);

impl Problems {
    fn need(&mut self, holds: bool, problem: impl Into<String>) {
        if !holds {
            self.0.push(problem.into());
        }
    }

    /// The platform counts characters as Java does.
    fn texts(&mut self, draft: &CampaignDraft) {
        let is_fit = |text: &str| {
            !text.trim().is_empty() && text.trim() == text && !text.chars().any(char::is_control)
        };
        let length = |text: &str| text.encode_utf16().count();
        let named = is_fit(&draft.name) && length(&draft.name) <= LONGEST_NAME;
        self.need(named, format!("`name` must be 1 to {LONGEST_NAME} characters without blanks around them"));
        let said = draft.slogan.as_ref().is_none_or(|text| is_fit(text) && length(text) <= LONGEST_SLOGAN);
        self.need(said, format!("`slogan` must be 1 to {LONGEST_SLOGAN} characters, or left out"));
        let noted = draft.comment.as_ref().is_none_or(|text| is_fit(text) && text.len() <= LONGEST_COMMENT);
        self.need(noted, format!("`comment` must be 1 to {LONGEST_COMMENT} bytes of UTF-8, or left out"));
    }

    fn times(&mut self, draft: &CampaignDraft, now: UtcMillis) {
        let (from, to) = (draft.from, draft.to);
        let whole = [from, to].iter().all(|at| at.0.rem_euclid(60_000) == 0);
        self.need(whole, "`from` and `to` must be whole minutes: the platform counts no seconds");
        self.need(to >= from.plus(MINUTE), "`to` must be at least a minute after `from`");
        self.need(to > now, "`to` must lie in the future");
        self.need(to.since(from) <= LONGEST, "a promotion lasts 180 days at the most");
        self.need(from.since(now) <= LONGEST, "`from` must lie within the next 180 days");
    }

    fn skus(&mut self, draft: &CampaignDraft) {
        let is_id = |text: &str| number(text, "an id").is_ok_and(|id| id.to_string() == text);
        let known = draft.skus.iter().all(|one| is_id(&one.product) && is_id(&one.sku));
        self.need(known, "`skus` must have the platform's ids of products and SKUs");
        let ids: BTreeSet<&str> = draft.skus.iter().map(|one| one.sku.as_str()).collect();
        self.need(ids.len() == draft.skus.len(), "`skus` must name each SKU once");
        self.need(draft.skus.len() <= MOST_SKUS, format!("a promotion has at most {MOST_SKUS} SKUs"));
    }

    fn offer(&mut self, draft: &CampaignDraft) {
        let has_skus = !draft.skus.is_empty();
        let is_priced = |one: &CampaignSku| one.price.is_some_and(|Fen(fen)| (1..=LARGEST).contains(&fen));
        if matches!(draft.offer, CampaignOffer::ItemPrices) {
            self.need(has_skus, "`skus` must name what has a price in the promotion");
            self.need(
                draft.skus.iter().all(is_priced),
                "each of `skus` must have a price of at least one fen",
            );
            return;
        }
        let unpriced = draft.skus.iter().all(|one| one.price.is_none());
        self.need(unpriced, "only an offer of prices takes a price for each of `skus`");
        let pieces = |pieces: i64| (2..=MOST_PIECES).contains(&pieces);
        let amount = |Fen(fen): Fen, unit: i64| (unit..=LARGEST).contains(&fen) && fen % unit == 0;
        match draft.offer {
            CampaignOffer::ItemPrices => {}
            CampaignOffer::AmountOff { from, off } => {
                self.need(amount(from, 100) && amount(off, 100), "amounts of this offer must be whole yuan");
                self.need(off < from, "less must be taken off than what it takes off from");
            }
            CampaignOffer::PiecesDiscount { pieces: count, pays_bp } => {
                let share = (100..10_000).contains(&pays_bp) && pays_bp % 100 == 0;
                self.need(share, "`paysBp` must be 100 to 9900 and whole percents");
                self.need((1..=MOST_PIECES).contains(&count), "`pieces` must be 1 to 10000");
            }
            CampaignOffer::PiecesFree { pieces: count, free } => {
                self.need(pieces(count), "`pieces` must be 2 to 10000");
                self.need((1..count).contains(&free), "`free` must be at least 1 and fewer than `pieces`");
            }
            CampaignOffer::PiecesFor { pieces: count, total } => {
                self.need(pieces(count), "`pieces` must be 2 to 10000");
                self.need(amount(total, 10), "`totalFen` must be whole tenths of a yuan");
                self.need(
                    has_skus,
                    "`skus` must name what can be taken: the platform knows no such offer for the whole shop",
                );
            }
        }
    }
}
