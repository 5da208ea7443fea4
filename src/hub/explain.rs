//! `hub.shops.explain`.

use super::engine::Engine;
use super::shops::Shops;
use crate::auth::{Ending, ending};
use crate::error::{ErrorKind, Result};
use crate::limit::Pace;
use crate::model::{
    ChangeState, Contact, ExpiryReport, GrantState, LimitReport, NextAction, PageRequest, PlatformId, Right,
    RunFilter, RunKind, RunState, Shop, ShopExplanation, ShopId, ShopStatus, SyncReport, UtcMillis,
};

use crate::platform::{Capability, adapter};

/// A shop whose changes were not read for longer is due for a sync.
const DUE_AFTER_MS: i64 = 3_600_000;

impl Shops {
    /// Why a shop works or does not, and what to do about it. Calls nothing.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `shops.read`.
    pub async fn explain(&self, id: ShopId) -> Result<ShopExplanation> {
        let engine = self.0.read("shops.explain", Right::ShopsRead, Some(id)).await?;
        explain(engine, id).await.map_err(|error| error.with_operation("shops.explain").with_shop(id))
    }
}

async fn explain(engine: &Engine, id: ShopId) -> Result<ShopExplanation> {
    let shop = engine.store.get_shop(id).await?;
    let app_is_on = match engine.contexts.app(shop.app_id).await {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::Conflict => false,
        Err(error) => return Err(error),
    };
    let expiry = expiry(engine, &shop).await?;
    let next_refresh_at = if app_is_on {
        let context = engine.contexts.shop(id).await?;
        engine.grants.next_refresh(&context).await?
    } else {
        None
    };
    let contact = engine.store.contact(id).await?;
    let mut syncs = Vec::new();
    for kind in kinds(shop.platform) {
        syncs.push(sync_report(engine, id, kind).await?);
    }
    let (limits, free_slots) = limits(engine, &shop);
    let open_changes = engine.store.open_changes(id).await?;
    let needs_person = open_changes.iter().any(|open| open.state == ChangeState::NeedsHuman);
    let known = Known { shop: &shop, app_is_on, expiry, contact: &contact, syncs: &syncs, needs_person };
    let (next_action, advice) = advise(&known);
    Ok(ShopExplanation {
        shop,
        next_refresh_at,
        expiry,
        contact,
        limits,
        free_slots,
        syncs,
        open_changes,
        next_action,
        advice,
    })
}

/// What is synced of a shop.
fn kinds(platform: PlatformId) -> impl Iterator<Item = RunKind> {
    let refunds = adapter(platform).capabilities().contains(&Capability::ListRefunds);
    [RunKind::Products, RunKind::Orders].into_iter().chain(refunds.then_some(RunKind::Refunds))
}

async fn sync_report(engine: &Engine, shop: ShopId, kind: RunKind) -> Result<SyncReport> {
    let frontier = engine.store.frontier(shop, kind).await?;
    let open = engine.store.open_windows(shop, kind).await?;
    let page = PageRequest { limit: Some(1), cursor: None };
    let filter = RunFilter { shop_id: Some(shop), kind: Some(kind), state: Some(RunState::Done), page };
    let last = engine.store.list_runs(filter).await?.items.into_iter().next();
    let behind = |frontier: UtcMillis| engine.clock.now().0.saturating_sub(frontier.0).max(0);
    Ok(SyncReport {
        kind,
        frontier,
        lag_ms: frontier.map(behind),
        oldest_open: open.first().map(|window| window.from),
        open_windows: i64::try_from(open.len()).unwrap_or(i64::MAX),
        last_finished_at: last.and_then(|run| run.finished_at),
    })
}

fn limits(engine: &Engine, shop: &Shop) -> (Vec<LimitReport>, Option<usize>) {
    let now = engine.syncer.sender.limits().snapshot(shop.app_id, shop.id);
    let report = |(layer, pace): (&'static str, Option<Pace>)| {
        pace.map(|Pace { per_second, quota, permits }| LimitReport {
            layer,
            per_second,
            quota,
            is_lowered: per_second < quota,
            permits,
        })
    };
    let layers = [("shop", now.shop), ("app", now.app)];
    (layers.into_iter().filter_map(report).collect(), now.free_slots)
}

/// The end of its authorisation, once somebody has to think of it.
async fn expiry(engine: &Engine, shop: &Shop) -> Result<Option<ExpiryReport>> {
    let now = engine.clock.now();
    let row = engine.store.grant(shop.id).await?;
    let report = |ending: Ending| {
        let days = ending.level(now)?;
        Some(ExpiryReport { days, expires_at: ending.at, can_refresh: ending.can_refresh })
    };
    Ok(row.and_then(|row| ending(adapter(shop.platform), &row, now)).and_then(report))
}

/// What advice rests on.
struct Known<'a> {
    shop: &'a Shop,
    app_is_on: bool,
    expiry: Option<ExpiryReport>,
    contact: &'a Contact,
    syncs: &'a [SyncReport],
    needs_person: bool,
}

/// From so many days ahead on, an end is more urgent than what is still to be read.
const URGENT_DAYS: u32 = 7;

/// The first thing that stands in the way.
fn advise(known: &Known<'_>) -> (NextAction, String) {
    let said = |(action, advice): (NextAction, &str)| (action, advice.to_owned());
    let urgent = known.expiry.filter(|expiry| expiry.days <= URGENT_DAYS);
    blocked(known)
        .map(said)
        .or_else(|| urgent.map(renew))
        .or_else(|| pending(known).map(said))
        .or_else(|| known.expiry.map(renew))
        .unwrap_or_else(|| said((NextAction::None, "all is well")))
}

fn renew(expiry: ExpiryReport) -> (NextAction, String) {
    let by = expiry.expires_at;
    let advice =
        format!("the authorisation ends at {by}: authorise the shop again with oauth.begin before that");
    (NextAction::RenewAuthorization, advice)
}

/// What keeps calls from being made at all.
fn blocked(known: &Known<'_>) -> Option<(NextAction, &'static str)> {
    let Known { shop, contact, .. } = known;
    let is_dead = |state: GrantState| state == GrantState::Reauthorize;
    let good_at = contact.last_good_call.as_ref().map(|call| call.at);
    let error = contact.last_error.as_ref().filter(|error| good_at.is_none_or(|good| error.at > good));
    if shop.status == ShopStatus::Disabled {
        return Some((NextAction::EnableShop, "the shop is switched off: enable it with shops.enable"));
    }
    if !known.app_is_on {
        return Some((NextAction::EnableApp, "the shop's app is switched off: save it with enabled: true"));
    }
    if shop.authorization.as_ref().is_none_or(|known| is_dead(known.state)) {
        return Some((
            NextAction::Authorize,
            "the authorisation is gone: authorise the shop again with oauth.begin",
        ));
    }
    match error.map(|error| error.code.as_str()) {
        Some("PLATFORM_CONFIG") => {
            Some((NextAction::PlatformConfig, "the platform refuses the app: do what the last error says"))
        }
        Some("RATE_LIMITED" | "TRANSIENT") => {
            Some((NextAction::Wait, "the platform failed or asked for a slower pace: try again later"))
        }
        _ => None,
    }
}

/// What waits to be done.
fn pending(known: &Known<'_>) -> Option<(NextAction, &'static str)> {
    let is_due =
        |sync: &SyncReport| sync.open_windows > 0 || sync.lag_ms.is_none_or(|lag| lag > DUE_AFTER_MS);
    if known.needs_person {
        let advice = "changes need a person: look with changes.settle, decide with changes.resolve";
        return Some((NextAction::ResolveChanges, advice));
    }
    let advice = "changes are still to be read: start shops.sync";
    known.syncs.iter().any(is_due).then_some((NextAction::Sync, advice))
}
