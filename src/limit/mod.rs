//! When a call may be sent. The only user of governor.
//!
//! Four layers, each optional: platform, app, shop, method group. A call waits from narrow to wide
//! and never gives back what it took: giving back would let others overtake without end. In front
//! stand the shop's slots (calls under way) and a gate that lets interactive calls go first.

mod clock;
mod gate;
mod layer;
mod slot;
#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::model::{AppId, PlatformId, ShopId};
use gate::Gate;
use layer::Layer;
use slot::Slots;

/// Limiters kept; a few hundred bytes each.
const CAPACITY: u64 = 20_000;
/// Longer than any call lasts and than any quota's memory.
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// Who waits for the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// A person.
    Interactive,
    /// A sync or a job.
    Bulk,
}

/// Which part of a quota this process uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// All of it.
    Leader,
    /// 20 %.
    Follower,
}

/// How fast each layer may go; a layer without a number is not limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rates {
    /// Calls a second to the platform, over all apps.
    pub(crate) platform: Option<NonZeroU32>,
    /// Calls a second of the app, over all its shops.
    pub(crate) app: Option<NonZeroU32>,
    /// Calls a second of one shop.
    pub(crate) shop: Option<NonZeroU32>,
    /// Calls a second of one method group of one shop.
    pub(crate) group: Option<NonZeroU32>,
    /// Calls of one shop under way at the same time; 0 is no limit.
    pub(crate) in_flight: usize,
}

/// Whose call waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PermitRequest {
    /// On which platform.
    pub(crate) platform: PlatformId,
    /// Of which app.
    pub(crate) app: AppId,
    /// Of which shop; token calls have none.
    pub(crate) shop: Option<ShopId>,
    /// Of which method group.
    pub(crate) group: &'static str,
    /// What is allowed now.
    pub(crate) rates: Rates,
    /// Who waits.
    pub(crate) lane: Lane,
    /// Which part is ours.
    pub(crate) share: Share,
}

/// A rate in thousandths of a call a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rate(u64);

impl Rate {
    const fn per_second(calls: u32) -> Self {
        Self(calls as u64 * 1000)
    }

    const fn period(self) -> Duration {
        let rate = if self.0 == 0 { 1 } else { self.0 };
        Duration::from_nanos(1_000_000_000_000 / rate)
    }

    const fn share(self, share: Share) -> Self {
        match share {
            Share::Leader => self,
            Share::Follower => Self(self.0 / 5),
        }
    }

    fn as_f64(self) -> f64 {
        u32::try_from(self.0).map_or(f64::INFINITY, |milli| f64::from(milli) / 1000.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Platform(PlatformId),
    App(AppId),
    Shop(AppId, ShopId),
    Group(AppId, Option<ShopId>, &'static str),
}

/// The limiters of this process.
pub(crate) struct Limits {
    layers: Cache<Key, Arc<Layer>>,
    slots: Cache<(AppId, ShopId), Arc<Slots>>,
    gates: Cache<AppId, Arc<Gate>>,
}

impl Limits {
    /// No limiter yet; each opens with its first call.
    pub(crate) fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    fn with_capacity(capacity: u64) -> Self {
        Self { layers: cache(capacity), slots: cache(capacity), gates: cache(capacity) }
    }

    /// Waits until the call may be sent. Dropping the future gives up the place in every queue.
    pub(crate) async fn permit(&self, request: &PermitRequest) -> Permit {
        let gate = self.gates.get_with(request.app, || Arc::new(Gate::new()));
        let mut ticket = (request.lane == Lane::Interactive).then(|| gate.enter());
        let slot = self.slot(request, &gate).await;
        if let Some(ticket) = &mut ticket {
            ticket.is_ready();
        }
        let mut turns = Vec::new();
        let mut narrowest = None;
        for (key, quota) in layers(request) {
            let layer = self.layers.get_with(key, || Arc::new(Layer::open(quota)));
            turns.push(layer.pass(request.lane, quota, &gate).await);
            narrowest.get_or_insert(layer);
        }
        Permit { narrowest, at: Instant::now(), _slot: slot }
    }

    /// What the shop may do now.
    pub(crate) fn snapshot(&self, app: AppId, shop: ShopId) -> LimitSnapshot {
        let pace = |key| {
            self.layers.get(&key).map(|layer| {
                let (rate, quota) = layer.rates();
                Pace { per_second: rate.as_f64(), quota: quota.as_f64(), permits: layer.permits() }
            })
        };
        LimitSnapshot {
            app: pace(Key::App(app)),
            shop: pace(Key::Shop(app, shop)),
            free_slots: self.slots.get(&(app, shop)).map(|slots| slots.free()),
        }
    }

    async fn slot(&self, request: &PermitRequest, gate: &Gate) -> Option<OwnedSemaphorePermit> {
        let shop = request.shop?;
        let size = request.rates.in_flight;
        if size == 0 {
            return None;
        }
        let slots = self.slots.get_with((request.app, shop), || Arc::new(Slots::new(size)));
        slots.take(size, request.lane, gate).await
    }
}

/// The limited layers of a call, narrow to wide.
fn layers(request: &PermitRequest) -> impl Iterator<Item = (Key, Rate)> {
    let PermitRequest { platform, app, shop, group, rates, share, .. } = *request;
    let all = [
        (Some(Key::Group(app, shop, group)), rates.group),
        (shop.map(|shop| Key::Shop(app, shop)), rates.shop),
        (Some(Key::App(app)), rates.app),
        (Some(Key::Platform(platform)), rates.platform),
    ];
    all.into_iter().filter_map(move |(key, calls)| Some((key?, Rate::per_second(calls?.get()).share(share))))
}

/// LRU, not moka's default: that one may refuse a new key when full, and a limiter that is not kept
/// limits nothing.
fn cache<K, V>(capacity: u64) -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder()
        .max_capacity(capacity)
        .time_to_idle(FORGET_AFTER)
        .eviction_policy(EvictionPolicy::lru())
        .build()
}

/// What a shop may do now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LimitSnapshot {
    /// Of its app, with all its shops; absent while nothing was called.
    pub(crate) app: Option<Pace>,
    /// Of the shop alone.
    pub(crate) shop: Option<Pace>,
    /// Slots that are free.
    pub(crate) free_slots: Option<usize>,
}

/// How fast a layer goes now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pace {
    /// Calls a second now.
    pub(crate) per_second: f64,
    /// Calls a second by quota.
    pub(crate) quota: f64,
    /// Calls that could start at once.
    pub(crate) permits: u32,
}

/// The leave to send one call. Holds the shop's slot until it is dropped, and takes the news of how
/// the platform answered.
pub(crate) struct Permit {
    narrowest: Option<Arc<Layer>>,
    at: Instant,
    _slot: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// The platform said "too fast": halves the rate of the narrowest limited layer of this call.
    /// Which layer the platform meant it does not say; the narrow one harms the fewest, and when it
    /// is a wide one every shop hears the same soon.
    pub(crate) fn too_fast(&self) {
        if let Some(layer) = &self.narrowest {
            layer.lower(self.at);
        }
    }

    /// The platform answered: a lowered rate comes back slowly.
    pub(crate) fn went_well(&self) {
        if let Some(layer) = &self.narrowest {
            layer.raise();
        }
    }
}
