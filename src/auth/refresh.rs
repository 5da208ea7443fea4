//! One refresh of one shop, from the claim in SQL to the commit of the new pair.
//!
//! The old refresh token is sent until its fate is known; the new pair is on disk before anyone uses
//! it; a blip costs a cool-down, never the shop.

use std::time::Duration;

use super::app::ShopContext;
use super::grant::{END_MARGIN, Inner, Need, Token, dead, sealed_grant};
use super::place::{grant_row, place};
use super::renewal::is_refusal;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{GrantState, ShopId, UtcMillis};
use crate::pipeline::{Executed, Failure, RetryPolicy, SendRequest};
use crate::platform::{ApiCall, Capability, Repeat, TokenSet, Verdict};
use crate::secret::Secret;
use crate::store::{GrantRow, OutlivedGrant, RefreshClaim, Release, SealedColumn};

/// A claim longer than the longest exchange, so that no second process sends the same refresh token.
const CLAIM_LEASE: Duration = Duration::from_secs(180);
/// How often a process looks whether another one has finished the refresh it waits for.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
const FIRST_COOL_DOWN: Duration = Duration::from_secs(10);
const LONGEST_COOL_DOWN: Duration = Duration::from_secs(600);
/// The longest pause once the token is over or the platform refuses it: nothing else is sent for the shop
/// then, and its users wait for the platform to come back.
const OVER_COOL_DOWN: Duration = Duration::from_secs(45);
/// Refusals in a row, some fifteen minutes at [`OVER_COOL_DOWN`], after which words that could mean anything end a grant
/// whose token is over.
const MOST_REFUSALS: u32 = 20;
/// Tries to put a new pair on disk before giving up: losing it can cost the authorisation.
const COMMIT_TRIES: u32 = 20;
const COMMIT_PAUSE: Duration = Duration::from_millis(500);

impl Inner {
    /// Renews the tokens of a shop unless somebody already has.
    pub(super) async fn refresh(&self, shop: &ShopContext, generation: i64, need: Need) -> Result<Token> {
        loop {
            let row = self.live_row(shop.shop.id).await?;
            if row.generation != generation {
                return Ok(self.remember(shop, &row)?.token);
            }
            let now = self.clock.now();
            if let Some(wait) = cool_for(&row, need, now) {
                return self.keep_or_wait(shop, &row, wait);
            }
            self.check_pace(row.shop_id)?;
            // What could not be stored would be lost.
            self.store.require_open_key(self.cipher.key_ids().0).await?;
            let (owner, lease) = (self.store.process_id(), now.plus(CLAIM_LEASE));
            match self.store.claim_refresh(shop.shop.id, generation, owner, now, lease).await? {
                RefreshClaim::Claimed => {
                    self.count_renewal(row.shop_id);
                    if self.renews(shop, &row, need)
                        && let Some(token) = self.renew_refresh(shop, &row).await?
                    {
                        return Ok(token);
                    }
                    return self.exchange(shop, row, need).await;
                }
                RefreshClaim::Moved => {}
                RefreshClaim::Busy { .. } => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    async fn exchange(&self, shop: &ShopContext, row: GrantRow, need: Need) -> Result<Token> {
        let asked_at = self.clock.now();
        let bought = self.buy(shop, &row).await;
        let refusals = self.count_refusals(row.shop_id, bought.as_ref().err().is_some_and(is_refusal));
        match bought {
            Ok(set) => self.keep(shop, &row, set, asked_at).await,
            Err(failure) if failure.verdict == Some(Verdict::Reauthorize) => {
                self.refused(shop, row, &failure, need).await
            }
            // Not every platform has words of its own for a dead refresh token. What it goes on refusing stays refused.
            Err(failure) if refusals >= MOST_REFUSALS && need == Need::Now => {
                self.refused(shop, row, &failure, need).await
            }
            Err(failure) => self.cool_down(shop, row, failure).await,
        }
    }

    /// Sends the refresh token; a self-use app makes a new pair where that is refused.
    async fn buy(&self, shop: &ShopContext, row: &GrantRow) -> Result<TokenSet, Failure> {
        let refreshed = match self.open_refresh(row)? {
            Some(token) => {
                let mut call = shop.app.platform.refresh_grant(&token)?;
                // Sending the same old refresh token again is the only way to learn a pair whose answer
                // was lost, so that this write may be repeated.
                call.parts.repeat = Repeat::Safe;
                Some(self.send(shop, &call).await)
            }
            None => None,
        };
        let is_refused = |failure: &Failure| failure.verdict == Some(Verdict::Reauthorize);
        match refreshed {
            Some(Ok(set)) => Ok(set),
            Some(Err(failure)) if !(row.renewable && is_refused(&failure)) => Err(failure),
            None if !row.renewable => Err(Failure::from_verdict(
                Verdict::Reauthorize,
                Error::new(ErrorKind::Reauthorize, "the platform gave no refresh token for this shop"),
            )),
            _ if shop.app.platform.capabilities().contains(&Capability::ConnectSelfUse) => {
                self.send(shop, &shop.app.platform.self_grant(&row.platform_shop_id)?).await
            }
            _ => Err(Error::internal("a renewable grant needs an adapter with self-use apps").into()),
        }
    }

    async fn send(&self, shop: &ShopContext, call: &ApiCall<TokenSet>) -> Result<TokenSet, Failure> {
        let (sender, app) = (&self.sender, &shop.app);
        let attempt = |attempt| {
            sender.send(SendRequest { shop: Some(shop.shop.id), ..SendRequest::waited(call, app, attempt) })
        };
        sender.with_retry(app.id, Repeat::Safe, RetryPolicy::INTERACTIVE, attempt).await
    }

    /// Puts the new pair on disk, then into memory. Its life is counted from before it was asked for.
    async fn keep(
        &self,
        shop: &ShopContext,
        row: &GrantRow,
        mut set: TokenSet,
        asked_at: UtcMillis,
    ) -> Result<Token> {
        let named = &set.shop.platform_shop_id;
        if !named.is_empty() && *named != row.platform_shop_id {
            let now = self.clock.now();
            let release = Release { next_attempt_at: now.plus(LONGEST_COOL_DOWN), unanswered: None, now };
            self.store.release_refresh(row.shop_id, row.generation, release).await?;
            let message = "the platform answered the refresh with tokens of another shop: nothing was stored; check the \
                           app's binding in the platform's console";
            return Err(Error::new(ErrorKind::Conflict, message).with_shop(row.shop_id));
        }
        let name = grant_row(row.app_id, &row.platform_shop_id);
        if let Some(old) = self.open_refresh(row)? {
            let answered = set.refresh_token.take();
            let is_same = answered.as_ref().is_none_or(|new| new.expose() == old.expose());
            if is_same && (answered.is_none() || set.refresh_expires_in.is_none()) {
                // An answer without a refresh token leaves the old one in force, and its end. So does one that says
                // nothing new of it.
                set.refresh_expires_in = row.refresh_expires_at.map(|end| end.since(asked_at));
            }
            set.refresh_token = Some(answered.unwrap_or(old));
        }
        #[cfg(test)]
        super::tests::child::reached("answered").await;
        self.surely_stored(row.shop_id, || async {
            let sealing = self.cipher.sealing();
            let grant = sealed_grant(&sealing, &name, row.generation.saturating_add(1), &set, asked_at)?;
            self.store.commit_refresh(row.shop_id, row.generation, grant, self.clock.now()).await
        })
        .await?;
        let row = self.live_row(row.shop_id).await?;
        self.unproved.insert(row.shop_id, row.generation);
        tracing::info!(shop = %row.shop_id, generation = row.generation, "tokens renewed");
        Ok(self.remember(shop, &row)?.token)
    }

    /// Stores what a platform gave, sealed anew for each try. Nothing is stored where the generation has moved.
    pub(super) async fn surely_stored<F>(&self, shop: ShopId, put: impl Fn() -> F) -> Result<()>
    where
        F: Future<Output = Result<bool>>,
    {
        let mut tries = 0;
        loop {
            match put().await {
                Ok(_) => return Ok(()),
                Err(error) if may_pass(&error) && tries < COMMIT_TRIES => {
                    tries += 1;
                    tracing::error!(shop = %shop, tries, "cannot store renewed tokens, trying again");
                    tokio::time::sleep(COMMIT_PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The refresh token is dead. Another process may have used it; else only a person helps.
    async fn refused(
        &self,
        shop: &ShopContext,
        row: GrantRow,
        failure: &Failure,
        need: Need,
    ) -> Result<Token> {
        let stored = self.live_row(row.shop_id).await?;
        if stored.generation != row.generation {
            return Ok(self.remember(shop, &stored)?.token);
        }
        let now = self.clock.now();
        let unanswered = stored.renewal_sent.or_else(|| unanswered(&row, failure, now));
        if let Some(sent) = unanswered.filter(|_| shop.app.platform.refresh_keeps_access())
            && let Some(token) = self.outlive(shop, &row, sent).await?
        {
            return Ok(token);
        }
        if need == Need::Soon && !is_over(&row, now) {
            // The access token outlives its refresh token: use it to its end, and ask once more then.
            let unanswered = unanswered.filter(|_| kills_refresh(shop));
            let release = Release { next_attempt_at: row.expires_at, unanswered, now };
            self.store.release_refresh(row.shop_id, row.generation, release).await?;
            return Ok(self.remember(shop, &self.live_row(row.shop_id).await?)?.token);
        }
        let code = failure.error.platform_code().unwrap_or("no code");
        let lost = if unanswered.is_some() { " after a renewal that got no answer" } else { "" };
        let reason = match row.sealed_refresh {
            None if !row.renewable => unrenewable(&row, now).to_owned(),
            _ => format!("the platform refused to renew the authorisation{lost} ({code})"),
        };
        self.kill(row.shop_id, row.generation, reason.clone()).await?;
        Err(dead(&GrantRow { reason: Some(reason), ..row }))
    }

    /// The refresh token is dead by a refresh of ours whose answer was lost, and the platform keeps the access token's
    /// text: it goes on from that refresh, as far as its last life tells. Once for each such refresh: where the platform
    /// refuses the token all the same, it is over. `None` when there is nothing to go on with.
    async fn outlive(&self, shop: &ShopContext, row: &GrantRow, sent: UtcMillis) -> Result<Option<Token>> {
        let (now, expires_at) = (self.clock.now(), sent.plus(row.expires_at.since(row.obtained_at)));
        if sent <= row.obtained_at || now.plus(END_MARGIN) >= expires_at {
            return Ok(None);
        }
        let (name, next) = (grant_row(row.app_id, &row.platform_shop_id), row.generation.saturating_add(1));
        let access =
            self.cipher.open_text(&place(SealedColumn::Access, &name, row.generation), &row.sealed_access)?;
        let refresh = self.open_refresh(row)?;
        self.surely_stored(row.shop_id, || async {
            let sealing = self.cipher.sealing();
            let seal = |column, token: &Secret<String>| sealing.seal_text(&place(column, &name, next), token);
            let outlived = OutlivedGrant {
                sealed_access: seal(SealedColumn::Access, &access)?,
                sealed_refresh: refresh
                    .as_ref()
                    .map(|token| seal(SealedColumn::Refresh, token))
                    .transpose()?,
                sent,
                expires_at,
                now,
            };
            self.store.outlive_refresh(row.shop_id, row.generation, outlived).await
        })
        .await?;
        let row = self.live_row(row.shop_id).await?;
        tracing::warn!(shop = %row.shop_id, generation = row.generation, "the refresh token is dead, its access token goes on");
        Ok(Some(self.remember(shop, &row)?.token))
    }

    /// Anything else says nothing about the grant: wait a while, longer each time.
    pub(super) async fn cool_down(
        &self,
        shop: &ShopContext,
        row: GrantRow,
        failure: Failure,
    ) -> Result<Token> {
        let now = self.clock.now();
        let doubled = 1_u32.checked_shl(u32::try_from(row.failures.clamp(0, 10)).unwrap_or(10)).unwrap_or(1);
        let pause = FIRST_COOL_DOWN.saturating_mul(doubled).min(LONGEST_COOL_DOWN);
        // Not much beyond the token's end: until then nobody is kept waiting, after it everybody is.
        let left = row.expires_at.minus(END_MARGIN).since(now);
        let pause = pause.min(left.max(OVER_COOL_DOWN));
        let is_unknown = failure.executed == Executed::Maybe;
        let unanswered = unanswered(&row, &failure, now).or(is_unknown.then_some(now));
        let unanswered = unanswered.filter(|_| kills_refresh(shop));
        let release = Release { next_attempt_at: now.plus(pause), unanswered, now };
        self.store.release_refresh(row.shop_id, row.generation, release).await?;
        self.forget_token(row.shop_id);
        tracing::warn!(shop = %row.shop_id, code = failure.error.code(), ?pause, "refresh failed, waiting");
        // A stored token that does not open is no blip: the caller must hear of it.
        match is_over(&row, now) || failure.error.kind() == ErrorKind::KeyWrong {
            false => Ok(self.remember(shop, &row)?.token),
            true => Err(failure.error),
        }
    }

    fn keep_or_wait(&self, shop: &ShopContext, row: &GrantRow, wait: Duration) -> Result<Token> {
        if !is_over(row, self.clock.now()) {
            return Ok(self.remember(shop, row)?.token);
        }
        let message = "the token is over and its last refresh failed: the next attempt follows by itself";
        Err(Error::new(ErrorKind::Transient, message).with_shop(row.shop_id).with_retry(Retry::After(wait)))
    }
}

/// Whether storing what a platform gave may go well the next time: when the disk does, or when the file takes no
/// value of our key any more and the one in its place writes.
fn may_pass(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Storage | ErrorKind::KeyWrong)
}

/// How long to wait before this refresh, if at all.
fn cool_for(row: &GrantRow, need: Need, now: UtcMillis) -> Option<Duration> {
    let until = row.next_attempt_at.filter(|until| *until > now)?;
    let wait = until.since(now);
    if until == row.expires_at {
        // The platform refused to renew while the token worked. Once it does not, that is asked again.
        return (need == Need::Soon).then_some(wait);
    }
    if wait > LONGEST_COOL_DOWN {
        // A longer pause than there is was given before the clock was set back.
        return None;
    }
    // The pause may have been given while the token worked. Nothing else is sent for the shop now.
    let wait = match need {
        Need::Soon => wait,
        Need::Now => wait.min(row.updated_at.plus(OVER_COOL_DOWN).since(now)),
    };
    (!wait.is_zero()).then_some(wait)
}

/// Why a grant that cannot be renewed is dead. A platform that refuses its token does not say whether it ended or
/// was taken back; the end that was announced does.
fn unrenewable(row: &GrantRow, now: UtcMillis) -> &'static str {
    if is_over(row, now) {
        return "the authorisation is over, and its app cannot renew it";
    }
    "the platform refuses the authorisation before its end: the merchant took it back, the shop is frozen, or it is \
     another app's"
}

/// When a refresh was sent of which nobody knows what the platform answered: by a process that died in it, or by the
/// tries before the last one.
fn unanswered(row: &GrantRow, failure: &Failure, now: UtcMillis) -> Option<UtcMillis> {
    let is_of_the_dead = row.state == GrantState::Refreshing;
    let is_of_ours = failure.error.attempts() > 1;
    is_of_the_dead.then_some(row.updated_at).or(is_of_ours.then_some(now))
}

/// Whether a refresh can kill the refresh token that it is bought with. Where that is renewed apart, only a renewal does.
fn kills_refresh(shop: &ShopContext) -> bool {
    shop.app.platform.renewal_rules().is_none()
}

fn is_over(row: &GrantRow, now: UtcMillis) -> bool {
    now.plus(END_MARGIN) >= row.expires_at
}
