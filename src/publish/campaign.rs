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
use crate::model::{CampaignDraft, Change, Fen, Resolution, ShopId, SkuRecord, UtcMillis, Wanted};
use crate::pipeline::{Executed, Failure, all_skus};
use crate::platform::{ApiCall, CampaignCall, CampaignLookUp, CampaignWork, Published};
use crate::store::{CampaignRow, CampaignStep, Holder, NewCampaign, SendRow};

/// Products whose prices are read before it is begun: each is a call, and somebody waits.
const MOST_PRODUCTS: usize = 200;
/// How old something that was begun may be to be gone on with: the shortest life of a platform's drafts is half an
/// hour, and the calls that are left need their time.
const DRAFT_LIFE: Duration = Duration::from_secs(20 * 60);

/// One attempt at a campaign.
struct Attempt<'a> {
    shop: &'a ShopContext,
    holder: Holder,
    until: UtcMillis,
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
        let mut known: BTreeMap<(String, String), Fen> = BTreeMap::new();
        for product in products {
            let ask = |call| async move { self.read(shop, &call).await };
            let skus = all_skus(shop.app.platform, product, ask).await?;
            let priced = |sku: SkuRecord| ((product.to_owned(), sku.platform_sku_id), sku.price);
            known.extend(skus.into_iter().flatten().map(priced));
        }
        let price = |(product, sku): (&String, &String)| {
            let unknown = || Error::invalid(format!("the shop has no SKU {sku} of product {product}"));
            let found = known.get(&(product.clone(), sku.clone())).ok_or_else(unknown)?;
            Ok((sku.clone(), *found))
        };
        draft.skus.iter().map(|sku| (&sku.product, &sku.sku)).map(price).collect()
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
        let attempt = Attempt { shop, holder: Holder { change: change.id, epoch: send.epoch }, until };
        let mut row = self.store.campaign_of(change.id).await?;
        let now = self.clock.now();
        if !row.committing {
            // It may have waited for so long that its time is over.
            shop.app.platform.check_campaign(&row.draft, now)?;
        }
        if !goes_on(&row, now) {
            row = self.note(&attempt, CampaignStep::Anew).await?;
        }
        loop {
            let work = CampaignWork {
                draft: &row.draft,
                prices: &row.prices,
                id: row.platform_id.as_deref(),
                answered: row.answered,
            };
            row = match shop.app.platform.campaign_call(&work)? {
                CampaignCall::Begin(call) => {
                    let id = self.prepare(&attempt, &call).await?;
                    let row = self.note(&attempt, CampaignStep::Answered(Some(id))).await?;
                    die_at("campaign-begun");
                    row
                }
                CampaignCall::Add { call, parts } => {
                    let taken = self.prepare(&attempt, &call).await?;
                    check_taken(taken, parts)?;
                    let row = self.note(&attempt, CampaignStep::Answered(None)).await?;
                    die_at("campaign-added");
                    row
                }
                CampaignCall::Commit(call) => return self.commit(&attempt, &call).await,
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
        let message = format!(
            "{}: the promotion was not put together to its end, and nothing of it counts",
            failure.error.message()
        );
        let mut error = Error::new(ErrorKind::Transient, message).with_retry(Retry::Backoff);
        if let Some(code) = failure.error.platform_code() {
            error = error.with_platform_code(code);
        }
        if let Some(id) = failure.error.request_id() {
            error = error.with_request_id(id);
        }
        Err(Failure { executed: Executed::No, error, ..failure })
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
