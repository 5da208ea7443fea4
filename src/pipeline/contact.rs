//! Notes the last good call and the last platform error of each shop, beside the calls and never in their
//! way: good calls at most every half minute, errors at once.

use std::time::Duration;

use moka::sync::Cache;

use crate::clock::Clock;
use crate::error::Error;
use crate::model::{GoodCall, PlatformError, ShopId};
use crate::store::Store;

/// How old a noted good call may be.
const GOOD_EVERY: Duration = Duration::from_secs(30);
const SHOPS_KEPT: u64 = 10_000;

/// Where calls are noted. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Contacts {
    store: Store,
    clock: Clock,
    noted: Cache<ShopId, ()>,
}

impl Contacts {
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        let noted = Cache::builder().max_capacity(SHOPS_KEPT).time_to_live(GOOD_EVERY).build();
        Self { store, clock, noted }
    }

    /// Takes in how a call ended. The usual case is one look into a cache.
    pub(super) fn note(&self, shop: ShopId, api: &str, error: Option<&Error>) {
        match error {
            None if self.noted.contains_key(&shop) => {}
            None => self.good(shop, api),
            Some(error) if error.platform_code().is_some() => self.failed(shop, api, error),
            Some(_) => {}
        }
    }

    fn good(&self, shop: ShopId, api: &str) {
        self.noted.insert(shop, ());
        let (store, call) = (self.store.clone(), GoodCall { at: self.clock.now(), api: api.to_owned() });
        tokio::spawn(async move { store.note_good_call(shop, call).await });
    }

    fn failed(&self, shop: ShopId, api: &str, error: &Error) {
        // The next good call is news.
        self.noted.invalidate(&shop);
        let error = PlatformError {
            at: self.clock.now(),
            api: api.to_owned(),
            code: error.code().to_owned(),
            platform_code: error.platform_code().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            message: error.message().to_owned(),
        };
        let store = self.store.clone();
        tokio::spawn(async move { store.note_platform_error(shop, error).await });
    }
}
