//! The client of the simulation: the real store, tokens, pipeline and syncer on a file, without a network.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::world::{BEGIN, SHOP, Version, World, item_facts, sku_facts};
use super::{KINDS, Wish};
use crate::auth::{AppContexts, Cipher, Grants, KeyRing, MasterKey, OAuthFlow, app_row, app_secret_place};
use crate::clock::Clock;
use crate::error::{ErrorKind, Result};
use crate::event::Events;
use crate::http::{Http, Played};
use crate::model::{
    AppDraft, AppKind, OrderFilter, PageRequest, PlatformId, ProductFilter, Run, RunKind, ShopFilter, ShopId,
    UtcMillis,
};
use crate::pipeline::{Caller, Sender};
use crate::platform::{Platform, adapter};
use crate::secret::Secret;
use crate::store::{SaveApp, Store, StoreOptions};
use crate::sync::{StartSync, Syncer};

/// Answers tell the platform's time in whole seconds, and small changes are not followed.
const CLOCK_SLACK: i64 = 4_000;

pub(super) struct Desk {
    store: Store,
    syncer: Syncer,
    tasks: TaskTracker,
    shop: ShopId,
}

impl Desk {
    pub(super) async fn open(world: &Arc<World>, path: &Path) -> Self {
        let key: Vec<u8> = (0..32).collect();
        let cipher = Cipher::new(&KeyRing::new(MasterKey::from_bytes(&key).unwrap()));
        let told = Arc::clone(world);
        let clock = Clock::of(move || told.local_now());
        let store = open_store(path, &cipher, &clock).await;
        let played: Arc<dyn Played> = Arc::<World>::clone(world);
        let sender = Sender::new(Http::played(played), clock.clone());
        let (tasks, events) = (TaskTracker::new(), Events::new());
        let contexts = AppContexts::new(store.clone(), cipher.clone(), Vec::new());
        let grants = Grants::new(
            store.clone(),
            cipher.clone(),
            Arc::clone(&sender),
            clock.clone(),
            tasks.clone(),
            events.clone(),
        );
        let flow = OAuthFlow::new(
            store.clone(),
            cipher.clone(),
            contexts.clone(),
            grants.clone(),
            Arc::clone(&sender),
            clock.clone(),
        );
        let shop = connect(&store, &cipher, &flow, &clock).await;
        let syncer = Syncer {
            store: store.clone(),
            cipher,
            contexts,
            caller: Caller::new(Arc::clone(&sender), grants),
            sender,
            clock,
            events,
            tasks: tasks.clone(),
            closing: CancellationToken::new(),
        };
        Self { store, syncer, tasks, shop }
    }

    pub(super) async fn close(self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.store.close().await.unwrap();
    }

    pub(super) async fn sync(&self, kind: RunKind, wish: Wish) -> Result<Run> {
        let frontier = self.store.frontier(self.shop, kind).await?;
        // The first sync reads the world's whole history, unless it is a backfill.
        let first = (frontier.is_none() && wish.until.is_none()).then_some(UtcMillis(BEGIN));
        let start = StartSync {
            shop: self.shop,
            kind,
            full: wish.full,
            since: first.or(wish.since),
            until: wish.until,
            actor: "system".to_owned(),
            on_progress: None,
            cancel: CancellationToken::new(),
        };
        self.syncer.run(start).await
    }

    /// Nothing that changed is given up: what is not here is still to be read, since it lies in an open
    /// window or where the next one will start; and nothing is planned beyond what can be known.
    pub(super) async fn check(&self, world: &World, about: &str) {
        for kind in KINDS {
            let Some(frontier) = self.store.frontier(self.shop, kind).await.unwrap() else { continue };
            let platform = adapter(PlatformId::Doudian);
            let rules = rules(platform, kind);
            let now = world.state().now();
            let lag = i64::try_from(rules.lag.as_millis()).unwrap();
            assert!(
                frontier.0 <= now - lag + CLOCK_SLACK,
                "{about}: the {kind} frontier is {frontier}, too far"
            );
            let open = self.store.open_windows(self.shop, kind).await.unwrap();
            // Not by the lists of the face: this is asked after every run, and they read whole records.
            let ours = self.store.change_times(self.shop, kind).await.unwrap();
            let resume = frontier.minus(rules.overlap).0;
            let newest: Vec<(u64, Version)> = {
                let mut state = world.state();
                let records = state.records(kind_of(kind)).iter();
                records.filter_map(|(id, versions)| Some((*id, *versions.last()?))).collect()
            };
            for (id, version) in newest {
                let at = version.second * 1000;
                let is_due =
                    at + 1000 > resume || open.iter().any(|w| w.from.0 - 1000 <= at && at <= w.to.0 + 1000);
                let is_here = ours.get(&id.to_string()).is_some_and(|at| at.secs() >= version.second);
                assert!(
                    is_here || is_due,
                    "{about}: {kind} {id} of {version:?} is lost, frontier {frontier}"
                );
            }
        }
    }

    /// Second of change, amount, lines.
    async fn orders(&self) -> BTreeMap<u64, (i64, i64, Vec<(String, i64)>)> {
        let (mut all, mut cursor) = (BTreeMap::new(), None);
        loop {
            let page = PageRequest { limit: Some(500), cursor };
            let page = self.store.list_orders(OrderFilter { page, ..OrderFilter::default() }).await.unwrap();
            for order in page.items {
                let record = order.record;
                let items =
                    record.items.into_iter().map(|item| (item.platform_item_id, item.quantity)).collect();
                let facts =
                    (record.platform_updated_at.secs(), record.pay_amount.map_or(-1, |fen| fen.0), items);
                all.insert(record.platform_order_id.parse().unwrap(), facts);
            }
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => return all,
            }
        }
    }

    /// Second of change, name, SKUs.
    async fn products(&self) -> BTreeMap<u64, (i64, String, Vec<(u64, u64, u64)>)> {
        let page = PageRequest { limit: Some(500), cursor: None };
        let page =
            self.store.list_products(ProductFilter { page, ..ProductFilter::default() }).await.unwrap();
        let mut all = BTreeMap::new();
        for product in page.items {
            let product = self.store.get_product(product.id).await.unwrap();
            let mut skus: Vec<(u64, u64, u64)> = product
                .skus
                .iter()
                .map(|sku| &sku.record)
                .map(|sku| (sku.platform_sku_id.parse().unwrap(), sku.price.0 as u64, sku.stock as u64))
                .collect();
            skus.sort_unstable();
            let record = product.record;
            let second = record.platform_updated_at.unwrap().secs();
            all.insert(record.platform_product_id.parse().unwrap(), (second, record.name, skus));
        }
        all
    }

    pub(super) async fn assert_equal(&self, world: &World, seed: u64) {
        let (orders, products) = {
            let state = world.state();
            let newest = |versions: &Vec<Version>| *versions.last().unwrap();
            let order = |(id, versions): (&u64, &Vec<Version>)| {
                let version = newest(versions);
                (*id, (version.second, version.tag as i64, item_facts(*id, version)))
            };
            let product = |(id, versions): (&u64, &Vec<Version>)| {
                let version = newest(versions);
                (*id, (version.second, format!("p{id} v{}", version.tag), sku_facts(*id, version)))
            };
            let orders: BTreeMap<_, _> = state.orders.iter().map(order).collect();
            let products: BTreeMap<_, _> = state.products.iter().map(product).collect();
            (orders, products)
        };
        let differing = |id: &u64, what: String| panic!("seed {seed}: {id} differs: {what}");
        let (ours, ours_too) = (self.orders().await, self.products().await);
        for (id, facts) in &orders {
            if ours.get(id) != Some(facts) {
                differing(id, format!("theirs {facts:?}, ours {:?}", ours.get(id)));
            }
        }
        for (id, facts) in &products {
            if ours_too.get(id) != Some(facts) {
                differing(id, format!("theirs {facts:?}, ours {:?}", ours_too.get(id)));
            }
        }
        assert_eq!((ours.len(), ours_too.len()), (orders.len(), products.len()), "seed {seed}");
    }
}

fn kind_of(kind: RunKind) -> super::world::Kind {
    match kind {
        RunKind::Orders => super::world::Kind::Order,
        RunKind::Products => super::world::Kind::Product,
        RunKind::Refunds => unreachable!("the model has no refunds"),
    }
}

fn rules(platform: &dyn Platform, kind: RunKind) -> crate::platform::WindowRules {
    match kind {
        RunKind::Orders => platform.order_rules().unwrap(),
        RunKind::Products => platform.product_rules().unwrap(),
        RunKind::Refunds => platform.refund_rules().unwrap(),
    }
}

/// The thread of a life that was cut off lets go of the file a moment later.
async fn open_store(path: &Path, cipher: &Cipher, clock: &Clock) -> Store {
    loop {
        let verifier = cipher.clone();
        let options = StoreOptions { path: path.to_owned(), force_network: true, clock: clock.clone() };
        match Store::open(options, move |stored| verifier.verify(stored)).await {
            Ok(store) => {
                let dead = store.reap_dead_processes().await.unwrap();
                store.interrupt_runs(dead, store.now()).await.unwrap();
                return store;
            }
            Err(error) if error.kind() == ErrorKind::DatabaseInUse => {
                tokio::time::sleep(Duration::from_millis(1)).await;
                std::thread::yield_now();
            }
            Err(error) => panic!("{error}"),
        }
    }
}

async fn connect(store: &Store, cipher: &Cipher, flow: &OAuthFlow, clock: &Clock) -> ShopId {
    if let Some(shop) = store.list_shops(ShopFilter::default()).await.unwrap().first() {
        return shop.id;
    }
    let secret = Secret::from("secret".to_owned());
    let row = app_row(PlatformId::Doudian, "key");
    let save = SaveApp {
        sealed_secret: Some(cipher.sealing().seal_text(&app_secret_place(&row), &secret).unwrap()),
        sealed_proxy: None,
        shown_proxy: None,
        now: clock.now(),
        draft: AppDraft {
            kind: AppKind::SelfUse,
            calls_per_second: Some(500),
            ..AppDraft::new(PlatformId::Doudian, "模型", "key", "secret")
        },
    };
    let app = store.save_app(save).await.unwrap();
    flow.connect(app.id, SHOP).await.unwrap().id
}
