//! The tokens of shops: cached by generation, renewed by one flight per shop, on disk before use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::app::ShopContext;
use super::app_token::AppTokens;
use super::cipher::{Cipher, Sealing};
use super::place::{grant_row, place};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::event::Events;
use crate::model::{Event, GrantState, ShopId, Tier, UtcMillis};
use crate::pipeline::Sender;
use crate::platform::{GrantTimes, RefreshWindow, TokenSet};
use crate::secret::Secret;
use crate::store::{GrantRow, NewGrant, SealedColumn, Store, tiers_to_json};

/// How long a token is used before its row is read again: another process may have renewed it.
const CACHE_LIFE: Duration = Duration::from_secs(20);
const TOKENS_KEPT: u64 = 10_000;
/// A token this close to its end is not sent any more: the call could arrive too late.
pub(super) const END_MARGIN: Duration = Duration::from_secs(30);

/// Refreshes of one shop within `PACE` after which something is plainly wrong.
const MOST_RENEWALS: u32 = 5;
const PACE: Duration = Duration::from_secs(60);

/// A token and the generation it belongs to.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) secret: Secret<String>,
    pub(crate) generation: i64,
}

#[derive(Clone)]
pub(super) struct CachedToken {
    pub(super) token: Token,
    pub(super) expires_at: UtcMillis,
    /// From then on a refresh is started in the background.
    pub(super) refresh_at: Option<UtcMillis>,
}

/// Whether the token still works while it is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// It works: a refusal can wait until it does not.
    Soon,
    /// It is over, or the platform refuses it.
    Now,
}

type FlightResult = std::result::Result<Token, Arc<Error>>;
type Flight = watch::Receiver<Option<FlightResult>>;
type Landing = watch::Sender<Option<FlightResult>>;

/// The tokens of a hub's shops. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Grants(Arc<Inner>);

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) cipher: Cipher,
    pub(super) sender: Arc<Sender>,
    pub(super) clock: Clock,
    pub(super) events: Events,
    cache: Cache<ShopId, CachedToken>,
    /// When a shop's count of renewals began, and the count.
    renewals: Cache<ShopId, (UtcMillis, u32)>,
    /// How often in a row the platform has refused to renew a shop's tokens, asked by this process.
    refusals: Cache<ShopId, u32>,
    /// Generations that were renewed here and have not been used yet.
    pub(super) unproved: Cache<ShopId, i64>,
    flights: Mutex<HashMap<ShopId, Landing>>,
    /// The tokens of the shops' apps.
    apps: AppTokens,
    /// Refreshes outlive their callers; `close` waits for them.
    tasks: TaskTracker,
}

impl Grants {
    pub(crate) fn new(
        store: Store,
        cipher: Cipher,
        sender: Arc<Sender>,
        clock: Clock,
        tasks: TaskTracker,
        events: Events,
    ) -> Self {
        let cache = Cache::builder().max_capacity(TOKENS_KEPT).time_to_live(CACHE_LIFE).build();
        let renewals = Cache::builder().max_capacity(TOKENS_KEPT).build();
        let refusals = Cache::builder().max_capacity(TOKENS_KEPT).build();
        let unproved = Cache::builder().max_capacity(TOKENS_KEPT).build();
        let flights = Mutex::default();
        let apps = AppTokens::new(Arc::clone(&sender), clock.clone(), tasks.clone());
        Self(Arc::new(Inner {
            store,
            cipher,
            sender,
            clock,
            events,
            cache,
            renewals,
            refusals,
            unproved,
            flights,
            apps,
            tasks,
        }))
    }

    /// The tokens of the apps themselves.
    pub(crate) fn apps(&self) -> &AppTokens {
        &self.0.apps
    }

    /// A token that works now. Starts a refresh in the background when its window has opened, and
    /// waits for one only when the token is over.
    ///
    /// # Errors
    /// `REAUTHORIZE` when only a person can help; `TRANSIENT` when the platform cannot renew it now.
    pub(crate) async fn token(&self, shop: &ShopContext) -> Result<Token> {
        let cached = match self.0.cache.get(&shop.shop.id) {
            Some(cached) => cached,
            None => {
                let row = self.0.live_row(shop.shop.id).await?;
                self.0.remember(shop, &row)?
            }
        };
        let now = self.0.clock.now();
        if now.plus(END_MARGIN) >= cached.expires_at {
            return self.renew(shop, cached.token.generation).await;
        }
        if cached.refresh_at.is_some_and(|at| now >= at) {
            drop(self.fly(shop, cached.token.generation, Need::Soon));
        }
        Ok(cached.token)
    }

    /// When the tokens will be renewed, or are tried again; absent when nothing is planned.
    pub(crate) async fn next_refresh(&self, shop: &ShopContext) -> Result<Option<UtcMillis>> {
        let row = self.0.store.grant(shop.shop.id).await?;
        let alive = row.filter(|row| row.state != GrantState::Reauthorize);
        Ok(alive.and_then(|row| self.0.refresh_at(shop, &row)))
    }

    /// A token newer than `generation`, which the platform no longer takes. All callers share one refresh.
    pub(crate) async fn renew(&self, shop: &ShopContext, generation: i64) -> Result<Token> {
        let mut flight = self.fly(shop, generation, Need::Now);
        let landed = flight.wait_for(Option::is_some).await;
        let result = landed.ok().and_then(|result| result.clone());
        match result {
            Some(Ok(token)) => Ok(token),
            Some(Err(error)) => Err(error.duplicate()),
            None => Err(Error::internal("a refresh ended without a result")),
        }
    }

    /// The platform answered a call with this token that the authorisation is gone: nothing more is sent
    /// for the shop until a person authorises it again.
    pub(crate) async fn revoked(&self, shop: &ShopContext, token: &Token, error: &Error) -> Result<()> {
        let code = error.platform_code().unwrap_or("no code");
        let reason = format!("the platform says that the authorisation is gone ({code})");
        self.0.kill(shop.shop.id, token.generation, reason).await
    }

    /// Called after a call with this token went well. The first time after a refresh, the old pair is
    /// wiped from the disk.
    pub(crate) async fn proved(&self, shop: &ShopContext, token: &Token) {
        let id = shop.shop.id;
        if self.0.unproved.get(&id) != Some(token.generation) {
            return;
        }
        self.0.unproved.invalidate(&id);
        if let Err(error) = self.0.store.forget_previous(id, token.generation).await {
            tracing::warn!(shop = %id, code = error.code(), "the old tokens could not be wiped");
        }
    }

    /// Called when a shop was authorised, removed or switched off.
    pub(crate) fn forget(&self, shop: ShopId) {
        self.0.forget_token(shop);
    }

    /// How many wait for the refresh of this shop; none without one.
    #[cfg(test)]
    pub(super) fn waiting(&self, shop: ShopId) -> usize {
        self.0.flights().get(&shop).map_or(0, Landing::receiver_count)
    }

    /// Refreshes under way.
    #[cfg(test)]
    pub(crate) fn flights(&self) -> usize {
        self.0.flights().len()
    }

    /// Joins the refresh of this shop that is under way, or starts it in a task of its own, so that a
    /// caller who goes away does not stop it between the answer and the commit.
    fn fly(&self, shop: &ShopContext, generation: i64, need: Need) -> Flight {
        let id = shop.shop.id;
        let mut flights = self.0.flights();
        if let Some(flight) = flights.get(&id) {
            return flight.subscribe();
        }
        let (landed, flight) = watch::channel(None);
        flights.insert(id, landed.clone());
        let (inner, shop) = (Arc::clone(&self.0), shop.clone());
        self.0.tasks.spawn(async move {
            // Cleared even when the refresh panics: a shop must never wait for a flight that is gone.
            let cleared = ClearFlight { inner: Arc::clone(&inner), shop: id };
            let result = inner.refresh(&shop, generation, need).await.map_err(Arc::new);
            // Before the landing is told: who comes after it must not be given its old news.
            drop(cleared);
            landed.send_replace(Some(result));
        });
        flight
    }
}

struct ClearFlight {
    inner: Arc<Inner>,
    shop: ShopId,
}

impl Drop for ClearFlight {
    fn drop(&mut self) {
        self.inner.flights().remove(&self.shop);
    }
}

impl Inner {
    fn flights(&self) -> MutexGuard<'_, HashMap<ShopId, Landing>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn forget_token(&self, shop: ShopId) {
        self.cache.invalidate(&shop);
    }

    /// Ends a grant, and tells it once.
    pub(super) async fn kill(&self, shop: ShopId, generation: i64, reason: String) -> Result<()> {
        let is_news = self.store.kill_grant(shop, generation, &reason, self.clock.now()).await?;
        self.forget_token(shop);
        if is_news {
            tracing::warn!(shop = %shop, reason, "authorisation ended");
            self.events.tell(Event::ShopReauthorize { shop_id: shop, reason });
        }
        Ok(())
    }

    /// A platform that refuses every token it has just issued must not be asked for ever more of them.
    pub(super) fn check_pace(&self, shop: ShopId) -> Result<()> {
        if self.recent_renewals(shop).1 < MOST_RENEWALS {
            return Ok(());
        }
        let message = "the platform refuses the tokens it has just issued: nothing is sent for a minute";
        Err(Error::new(ErrorKind::Transient, message).with_shop(shop).with_retry(Retry::After(PACE)))
    }

    /// Counts a renewal that is about to be sent; waiting for another process's is none.
    pub(super) fn count_renewal(&self, shop: ShopId) {
        let (since, renewals) = self.recent_renewals(shop);
        self.renewals.insert(shop, (since, renewals.saturating_add(1)));
    }

    /// Counts refusals in a row; anything else that came of asking ends the row.
    pub(super) fn count_refusals(&self, shop: ShopId, is_refused: bool) -> u32 {
        let before = self.refusals.get(&shop).filter(|_| is_refused);
        let refusals = if is_refused { before.unwrap_or(0).saturating_add(1) } else { 0 };
        self.refusals.insert(shop, refusals);
        refusals
    }

    /// The count of the span that is under way; a new one when it is over, or when the clock was set back.
    fn recent_renewals(&self, shop: ShopId) -> (UtcMillis, u32) {
        let now = self.clock.now();
        let is_current = |(since, _): &(UtcMillis, u32)| *since <= now && now.since(*since) < PACE;
        self.renewals.get(&shop).filter(is_current).unwrap_or((now, 0))
    }

    /// The stored grant, unless it is gone or dead.
    pub(super) async fn live_row(&self, shop: ShopId) -> Result<GrantRow> {
        let row = self.store.grant(shop).await?.ok_or_else(|| {
            Error::new(ErrorKind::Reauthorize, "the shop is not authorised: authorise it with oauth.begin")
                .with_shop(shop)
        })?;
        match row.state {
            GrantState::Reauthorize => Err(dead(&row)),
            _ => Ok(row),
        }
    }

    /// Opens the token of a row and keeps it in memory.
    pub(super) fn remember(&self, shop: &ShopContext, row: &GrantRow) -> Result<CachedToken> {
        let name = grant_row(row.app_id, &row.platform_shop_id);
        let secret =
            self.cipher.open_text(&place(SealedColumn::Access, &name, row.generation), &row.sealed_access)?;
        let cached = CachedToken {
            token: Token { secret, generation: row.generation },
            expires_at: row.expires_at,
            refresh_at: self.refresh_at(shop, row),
        };
        self.cache.insert(shop.shop.id, cached.clone());
        Ok(cached)
    }

    /// A moment inside the adapter's windows, different for each shop so that they do not all come at
    /// once, and not before the cool-down of an attempt that failed.
    fn refresh_at(&self, shop: &ShopContext, row: &GrantRow) -> Option<UtcMillis> {
        let at = self.planned(shop, row)?;
        Some(row.next_attempt_at.map_or(at, |cool| at.max(cool)))
    }
}

/// When levels of permission end that live this long from now.
pub(super) fn ends_of(tiers: &[(Tier, Duration)], now: UtcMillis) -> Vec<(Tier, UtcMillis)> {
    tiers.iter().map(|(tier, life)| (*tier, now.plus(*life))).collect()
}

/// Seals a token set for its generation.
pub(super) fn sealed_grant(
    sealing: &Sealing,
    row: &str,
    generation: i64,
    set: &TokenSet,
    asked_at: UtcMillis,
) -> Result<NewGrant> {
    let seal = |column, token: &Secret<String>| sealing.seal_text(&place(column, row, generation), token);
    Ok(NewGrant {
        sealed_access: seal(SealedColumn::Access, &set.access_token)?,
        sealed_refresh: set
            .refresh_token
            .as_ref()
            .map(|token| seal(SealedColumn::Refresh, token))
            .transpose()?,
        obtained_at: asked_at,
        expires_at: asked_at.plus(set.expires_in),
        refresh_expires_at: set.refresh_expires_in.map(|life| asked_at.plus(life)),
        scope: set.scope.clone(),
        tiers: tiers_to_json(&ends_of(&set.tiers, asked_at)),
    })
}

pub(super) fn dead(row: &GrantRow) -> Error {
    let reason = row.reason.as_deref().unwrap_or("its authorisation ended");
    let message = format!("{reason}: authorise the shop again with oauth.begin");
    Error::new(ErrorKind::Reauthorize, message).with_shop(row.shop_id).with_retry(Retry::Never)
}

/// When the tokens of a row were issued and end.
pub(super) fn times(row: &GrantRow) -> GrantTimes {
    GrantTimes {
        obtained_at: row.obtained_at,
        expires_at: row.expires_at,
        refresh_expires_at: row.refresh_expires_at,
    }
}

/// Spreads shops evenly over a window by a hash of their id.
pub(super) fn spread(window: RefreshWindow, shop: ShopId, generation: i64) -> UtcMillis {
    let width = window.closes_at.since(window.opens_at);
    // Fibonacci hashing: neighbours end far apart.
    let hash = (shop.0 ^ generation.rotate_left(32)).unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let share = f64::from(u32::try_from(hash >> 32).unwrap_or(0)) / f64::from(u32::MAX);
    window.opens_at.plus(width.mul_f64(share))
}

#[cfg(test)]
mod spreading {
    use super::spread;
    use crate::model::{ShopId, UtcMillis};
    use crate::platform::RefreshWindow;

    #[test]
    fn shops_are_spread_over_the_whole_window() {
        let window = RefreshWindow { opens_at: UtcMillis(1_000), closes_at: UtcMillis(11_000) };
        let mut tenths = [0; 10];
        for shop in 1..=1_000 {
            let at = spread(window, ShopId(shop), 1);
            assert!(window.opens_at <= at && at <= window.closes_at);
            tenths[usize::try_from((at.0 - 1_000) / 1_001).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|count| (70..=130).contains(count)), "{tenths:?}");
    }
}
