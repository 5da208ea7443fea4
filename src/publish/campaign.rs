//! Creating a promotion of a shop: a platform puts it together by several calls, of which the last alone counts. What
//! was sent and answered is on the disk before the next call, so that another process goes on; what is in doubt before
//! the last call is left behind and put together anew. From the last call on, only that one promotion is looked for and
//! committed again: there are never two.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::look::style;
use super::{Publisher, Wish};
use crate::auth::ShopContext;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::failpoint::die_at;
use crate::model::{CampaignDraft, CampaignSku, Change, Fen, Resolution, ShopId, UtcMillis, Wanted};
use crate::pipeline::{Executed, Failure, all_skus};
use crate::platform::{ApiCall, CampaignCall, CampaignLookUp, CampaignWork, Published};
use crate::store::{CampaignRow, CampaignStep, Holder, NewCampaign, SendRow};

/// Products whose prices are read before it is begun: each is a call, and somebody waits.
const MOST_PRODUCTS: usize = 200;
/// How old something that was begun may be to be gone on with: the shortest life of a platform's drafts is half an
/// hour, and the calls that are left need their time.
const DRAFT_LIFE: Duration = Duration::from_secs(20 * 60);

/// Tries after which an answer that is always lost, or never read, is told to who wanted the promotion: each try leaves
/// a draft behind.
const MOST_TRIES: i64 = 5;

/// One attempt at a campaign.
struct Attempt<'a> {
    shop: &'a ShopContext,
    holder: Holder,
    until: UtcMillis,
    /// Whether it is not begun anew after this one.
    is_last: bool,
}

impl Publisher {
    /// Creates a promotion of a shop and waits for the end of its change, for a while. The same draft again is the same
    /// change.
    ///
    /// # Errors
    /// `UNSUPPORTED`; `INVALID_REQUEST` with every problem of the draft; `CONFLICT` when another draft has its name and
    /// times; otherwise as [`submit`](Self::submit).
    pub(crate) async fn create_campaign(
        &self,
        shop: ShopId,
        draft: CampaignDraft,
        actor: &str,
    ) -> Result<Change> {
        let context = self.contexts.shop(shop).await?;
        let wanted = Wanted::Campaign {
            name: draft.name.clone(),
            from: draft.from,
            to: draft.to,
            fingerprint: fingerprint(&draft)?,
        };
        if let Some(same) = self.store.same_campaign(shop, wanted.clone()).await? {
            return self.drive_now(same).await;
        }
        // What cannot be sent at all is refused before it has a row.
        context.app.platform.check_campaign(&draft, self.clock.now())?;
        let prices = self.shop_prices(&context, &draft).await?;
        check_prices(&draft, &prices)?;
        let new = NewCampaign { send: self.new_send(shop, wanted, None, actor), draft, prices };
        let id = self.place(Wish::Campaign(Box::new(new))).await?;
        self.drive_now(id).await
    }

    /// The shop's own price of each SKU that takes part, as the platform has it now.
    async fn shop_prices(&self, shop: &ShopContext, draft: &CampaignDraft) -> Result<BTreeMap<String, Fen>> {
        let products: BTreeSet<&str> = draft.skus.iter().map(|sku| sku.product.as_str()).collect();
        if products.len() > MOST_PRODUCTS {
            let message = format!("a promotion has SKUs of at most {MOST_PRODUCTS} products: make several");
            return Err(Error::invalid(message));
        }
        let (mut known, mut unreadable) = (BTreeMap::new(), BTreeSet::new());
        for product in products {
            let ask = |call| async move { self.read(shop, &call).await };
            for sku in all_skus(shop.app.platform, product, ask).await? {
                match sku {
                    Ok(sku) => drop(known.insert((product, sku.platform_sku_id), sku.price)),
                    Err(_) => drop(unreadable.insert(product)),
                }
            }
        }
        let price = |CampaignSku { product, sku, .. }: &CampaignSku| {
            let found = known.get(&(product.as_str(), sku.clone())).copied();
            let missing = || match unreadable.contains(product.as_str()) {
                true => Error::new(ErrorKind::Decode, format!("a SKU of product {product} cannot be read")),
                false => Error::invalid(format!("the shop has no SKU {sku} of product {product}")),
            };
            Ok((sku.clone(), found.ok_or_else(missing)?))
        };
        draft.skus.iter().map(price).collect()
    }

    /// The calls of a claimed change, from where the platform has it. Before any second try the promotion is looked
    /// for.
    pub(super) async fn send_campaign(
        &self,
        shop: &ShopContext,
        send: &SendRow,
        until: UtcMillis,
    ) -> Result<Published, Failure> {
        let change = &send.change;
        if change.attempt > 1
            && let Some(found) = self.find_campaign(shop, change).await?
        {
            return Ok(found);
        }
        let holder = Holder { change: change.id, epoch: send.epoch };
        let attempt = Attempt { shop, holder, until, is_last: change.attempt >= MOST_TRIES };
        let row = self.store.campaign_of(change.id).await?;
        let now = self.clock.now();
        if !row.committing {
            // It may have waited for so long that its time is over.
            shop.app.platform.check_campaign(&row.draft, now)?;
        }
        match goes_on(&row, now) {
            true => self.make_calls(&attempt, row).await,
            false => self.make_calls(&attempt, self.note(&attempt, CampaignStep::Anew).await?).await,
        }
    }

    /// Makes the calls that are left, one by one.
    async fn make_calls(&self, attempt: &Attempt<'_>, mut row: CampaignRow) -> Result<Published, Failure> {
        loop {
            let work = CampaignWork {
                draft: &row.draft,
                prices: &row.prices,
                id: row.platform_id.as_deref(),
                answered: row.answered,
            };
            row = match attempt.shop.app.platform.campaign_call(&work)? {
                CampaignCall::Begin(call) => {
                    let id = self.prepare(attempt, &call).await?;
                    let row = self.note(attempt, CampaignStep::Answered(Some(id))).await?;
                    die_at("campaign-begun");
                    row
                }
                CampaignCall::Add { call, parts } => {
                    check_taken(self.prepare(attempt, &call).await?, parts)?;
                    let row = self.note(attempt, CampaignStep::Answered(None)).await?;
                    die_at("campaign-added");
                    row
                }
                CampaignCall::Commit(call) => return self.commit(attempt, &call).await,
            };
        }
    }

    /// A call that does not count yet. That it may have happened says nothing of the promotion: what is in doubt is
    /// left behind.
    async fn prepare<T: Send + 'static>(
        &self,
        attempt: &Attempt<'_>,
        call: &ApiCall<T>,
    ) -> Result<T, Failure> {
        self.note(attempt, CampaignStep::Sending).await?;
        let caller = self.caller.signing_until(attempt.until);
        let failure = match caller.try_call(attempt.shop, call, style()).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        if failure.executed == Executed::No {
            self.note(attempt, CampaignStep::NotSent).await?;
            return Err(failure);
        }
        Err(Failure { executed: Executed::No, error: put_off(&failure.error, attempt.is_last), ..failure })
    }

    /// The call that counts. What was written down before it lets nobody commit another promotion for this change.
    async fn commit(&self, attempt: &Attempt<'_>, call: &ApiCall<()>) -> Result<Published, Failure> {
        let row = self.note(attempt, CampaignStep::Committing).await?;
        die_at("campaign-committing");
        self.caller.signing_until(attempt.until).try_call(attempt.shop, call, style()).await?;
        die_at("campaign-committed");
        let id = row.platform_id.ok_or_else(|| Error::internal("what is committed was begun"))?;
        Ok(Published { platform_product_id: id, review_id: None })
    }

    async fn note(&self, attempt: &Attempt<'_>, step: CampaignStep) -> Result<CampaignRow> {
        self.store.step_campaign(attempt.holder, step, self.clock.now()).await
    }

    /// Looks for the promotion of a change among those that count.
    pub(super) async fn find_campaign(
        &self,
        shop: &ShopContext,
        change: &Change,
    ) -> Result<Option<Published>> {
        let row = self.store.campaign_of(change.id).await?;
        let id = row.platform_id.as_deref().filter(|_| row.committing);
        let what = CampaignLookUp { draft: &row.draft, id, since: change.created_at };
        let found = self.run_plan(shop, |facts| shop.app.platform.find_campaign(&what, facts)).await?;
        Ok(found.map(|platform_product_id| Published { platform_product_id, review_id: None }))
    }

    /// The promotion that a person says is there, where the platform shows it.
    pub(super) async fn became_campaign(
        &self,
        change: &Change,
        resolution: Resolution,
    ) -> Result<Option<Published>> {
        if resolution != Resolution::Accepted {
            return Ok(None);
        }
        let shop = self.contexts.shop(change.shop_id).await?;
        self.find_campaign(&shop, change).await
    }
}

/// What is in doubt and does not count is surely not done.
fn put_off(met: &Error, is_last: bool) -> Error {
    let message =
        format!("{}: the promotion was not put together to its end, and nothing of it counts", met.message());
    let retry = if is_last { Retry::Never } else { Retry::Backoff };
    let mut error = Error::new(ErrorKind::Transient, message).with_retry(retry);
    if let Some(code) = met.platform_code() {
        error = error.with_platform_code(code);
    }
    if let Some(id) = met.request_id() {
        error = error.with_request_id(id);
    }
    error
}

/// Whether the platform has exactly what was answered, and has it still.
fn goes_on(row: &CampaignRow, now: UtcMillis) -> bool {
    let lives = row.begun_at.is_none_or(|begun| begun.plus(DRAFT_LIFE) > now);
    row.committing || row.sent == row.answered && lives
}

/// A price in a promotion is lower than the shop's.
fn check_prices(draft: &CampaignDraft, prices: &BTreeMap<String, Fen>) -> Result<()> {
    let problems: Vec<String> = draft
        .skus
        .iter()
        .filter_map(|sku| {
            let (wanted, shop) = (sku.price?, *prices.get(&sku.sku)?);
            (wanted >= shop).then(|| {
                let (id, wanted, shop) = (&sku.sku, wanted.0, shop.0);
                format!("SKU {id}: {wanted} fen are not below the shop's price of {shop} fen")
            })
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::invalid(problems.join("; "))) }
}

/// A platform leaves out what it does not want without a word.
fn check_taken(taken: usize, parts: usize) -> Result<()> {
    if taken == parts {
        return Ok(());
    }
    let message = format!(
        "the platform took {taken} of {parts} SKUs or rules: a SKU may not be on sale, or be in another promotion; \
         nothing of it counts"
    );
    Err(Error::new(ErrorKind::Rejected, message))
}

/// Tells equal drafts, by everything that is sent of them.
fn fingerprint(draft: &CampaignDraft) -> Result<String> {
    let text = serde_json::to_string(draft).map_err(|_| Error::internal("a draft has a JSON form"))?;
    Ok(hex::encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CampaignOffer;

    fn draft(price: i64) -> CampaignDraft {
        let sku = CampaignSku { product: "1".into(), sku: "7".into(), price: Some(Fen(price)) };
        CampaignDraft {
            name: "秋季".into(),
            from: UtcMillis(0),
            to: UtcMillis(60_000),
            offer: CampaignOffer::ItemPrices,
            skus: vec![sku],
            slogan: None,
            comment: None,
        }
    }

    fn row(sent: u32, answered: u32, committing: bool) -> CampaignRow {
        CampaignRow {
            draft: draft(1),
            prices: BTreeMap::new(),
            platform_id: Some("81".into()),
            sent,
            answered,
            committing,
            begun_at: Some(UtcMillis(0)),
        }
    }

    #[test]
    fn what_is_in_doubt_or_old_is_begun_anew_unless_it_may_count() {
        let (young, old) = (UtcMillis(1), UtcMillis(0).plus(DRAFT_LIFE));
        assert!(goes_on(&row(2, 2, false), young));
        assert!(!goes_on(&row(3, 2, false), young), "a call is in doubt");
        assert!(!goes_on(&row(2, 2, false), old), "the platform may have it no more");
        assert!(goes_on(&row(2, 2, true), old), "what may count stays the only one");
        assert!(goes_on(&CampaignRow { begun_at: None, platform_id: None, ..row(0, 0, false) }, old));
    }

    #[test]
    fn a_platform_that_leaves_something_out_did_not_take_it() {
        check_taken(3, 3).unwrap();
        let error = check_taken(2, 3).unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Rejected, Retry::Never), "{error}");
        assert!(error.message().contains("2 of 3"), "{error}");
    }

    #[test]
    fn a_price_lies_below_the_shops_own() {
        let prices = BTreeMap::from([("7".to_owned(), Fen(1_000))]);
        check_prices(&draft(999), &prices).unwrap();
        for price in [1_000, 1_001] {
            assert_eq!(check_prices(&draft(price), &prices).unwrap_err().kind(), ErrorKind::InvalidRequest);
        }
    }

    #[test]
    fn an_answer_that_is_always_lost_is_told_in_the_end() {
        let met = Error::new(ErrorKind::UnknownOutcome, "no answer").with_platform_code("c");
        let retries = [false, true].map(|is_last| put_off(&met, is_last));
        assert_eq!(retries.each_ref().map(Error::retry), [Retry::Backoff, Retry::Never]);
        assert!(retries.iter().all(|error| error.kind() == ErrorKind::Transient));
        assert_eq!(retries[1].platform_code(), Some("c"));
    }
}
