//! What every platform has to do alike, through the public face and against the sandbox. A platform joins by a
//! [`Party`]: its names in the sandbox, and how the truth there reads. The pure half of the suite is
//! `src/platform/conformance/mod.rs`.

mod decrypt;
mod doudian;
mod fake;
mod jd;
mod jd_campaign;
mod jd_publish;
mod pinduoduo;
mod pinduoduo_publish;
mod taobao;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use dianqiao::model::{
    App, AppDraft, Endpoints, Fen, Order, OrderFilter, PageRequest, PlatformId, Product, ProductFilter,
    Refund, RefundFilter, RunState, Shop, UtcMillis,
};
use dianqiao::{BeginRequest, Callback, Completed, ErrorKind, Hub, RawRequest, SyncRequest};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{REDIRECT_URI, Sandbox, config};

/// A platform in the suite.
pub(crate) struct Party {
    pub(crate) platform: PlatformId,
    /// A read without parameters.
    pub(crate) read: &'static str,
    /// The name of the shop in the form of the consent page.
    pub(crate) shop_field: &'static str,
    /// The sandbox's kinds of records that are refunds; none where the platform lists none.
    pub(crate) refund_kinds: &'static [&'static str],
    /// A token that ended is renewed no more: an expired one is played by a gateway that forgets it too early.
    pub(crate) forgets: bool,
    /// A limit is that of a day: the caller is told at once.
    pub(crate) limit_is_daily: bool,
    /// Id and facts of an order, of a product, of a SKU (with its product) and of a refund as the sandbox has it.
    pub(crate) order: fn(&Value) -> (String, String),
    pub(crate) product: fn(&Value) -> (String, String),
    pub(crate) sku: fn(&Value) -> (String, String),
    pub(crate) refund: fn(&Value) -> (String, String),
    /// The SKU that a product without SKUs counts as.
    pub(crate) only_sku: fn(&Value) -> Option<(String, String)>,
}

/// The platforms of the sandbox, and the fifth one, which exists for tests alone.
const PARTIES: [&Party; 5] = [&doudian::PARTY, &taobao::PARTY, &jd::PARTY, &pinduoduo::PARTY, &fake::PARTY];

/// Those that are shipped.
pub(crate) const SHIPPED: [&Party; 4] = [&doudian::PARTY, &taobao::PARTY, &jd::PARTY, &pinduoduo::PARTY];

/// A sandbox, a hub and a connected shop of one platform.
pub(crate) struct Visit {
    pub(crate) party: &'static Party,
    pub(crate) sandbox: Sandbox,
    pub(crate) hub: Hub,
    pub(crate) shop: Shop,
    /// Before everything that the sandbox has.
    begin: UtcMillis,
    folder: TempDir,
}

impl Visit {
    pub(crate) async fn start(party: &'static Party, flags: &[&str]) -> Self {
        let sandbox = play(party, flags).await;
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::open(config(&folder.path().join("shop.db"), &sandbox)).await.unwrap();
        let app = hub.apps().save(draft(&sandbox, party)).await.unwrap();
        let shop = connect(&hub, &sandbox, party, &app, 0).await;
        let begin = dianqiao::clock::Clock::system().now().minus(std::time::Duration::from_secs(26 * 3_600));
        Self { party, sandbox, hub, shop, begin, folder }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    /// Opens the file again, whose hub is closed.
    pub(crate) async fn reopen(&mut self) {
        self.hub = Hub::open(config(&self.database(), &self.sandbox)).await.unwrap();
    }

    fn name(&self) -> &'static str {
        self.party.platform.as_str()
    }

    pub(crate) async fn truth(&self, kind: &str) -> Vec<Value> {
        self.pair().truth(kind).await
    }

    fn pair(&self) -> Pair<'_> {
        Pair { party: self.party, sandbox: &self.sandbox, hub: &self.hub, shop: &self.shop }
    }

    pub(crate) async fn sync(&self) {
        let mut request = SyncRequest::new(self.shop.id);
        request.since = Some(self.begin);
        for run in self.hub.shops().sync(request).await.unwrap() {
            assert_eq!(run.state, RunState::Done, "{}: {run:?}", self.name());
            assert_eq!(run.progress.quarantined, 0, "{}: {run:?}", self.name());
        }
    }

    /// Every local row is as the sandbox has it.
    pub(crate) async fn assert_equal(&self) {
        self.assert_orders_equal().await;
        self.assert_products_equal(&BTreeSet::new()).await;
        self.assert_refunds_equal().await;
    }

    pub(crate) async fn assert_orders_equal(&self) {
        assert_ne!(self.pair().assert_orders_equal().await, 0, "{}: no order", self.name());
    }

    /// `hidden` are products that the platform may never have shown.
    pub(crate) async fn assert_products_equal(&self, hidden: &BTreeSet<String>) {
        let compared = self.pair().assert_products_equal(hidden, &BTreeSet::new()).await;
        assert_ne!(compared, 0, "{}: no SKU", self.name());
    }

    pub(crate) async fn assert_refunds_equal(&self) {
        if !self.party.refund_kinds.is_empty() {
            assert_ne!(self.pair().assert_refunds_equal().await, 0, "{}: no refund", self.name());
        }
    }

    pub(crate) async fn fault(&self, name: &str, method: &str, times: u32) {
        let scope = json!({"platform": self.name(), "fault": name, "method": method, "times": times});
        self.sandbox.fault(scope).await;
    }

    pub(crate) async fn read(&self) -> dianqiao::Result<String> {
        self.hub.call(self.by_hand(self.party.read, &json!({}))).await
    }

    /// A call of any method in the name of the shop.
    pub(crate) fn by_hand(&self, api: &str, params: &Value) -> RawRequest {
        RawRequest {
            shop_id: self.shop.id,
            api: api.into(),
            params: params.to_string(),
            files: Vec::new(),
            repeatable: false,
        }
    }
}

/// A shop of ours beside what the sandbox has of it.
pub(crate) struct Pair<'a> {
    pub(crate) party: &'static Party,
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) hub: &'a Hub,
    pub(crate) shop: &'a Shop,
}

impl Pair<'_> {
    pub(crate) async fn truth(&self, kind: &str) -> Vec<Value> {
        truth(self.sandbox, self.party, self.shop, kind).await
    }

    /// How many there are, which all are equal.
    pub(crate) async fn assert_orders_equal(&self) -> usize {
        let theirs = self.truth("orders").await.iter().map(self.party.order).collect();
        self.compare("orders", orders(self.hub, self.shop).await, theirs)
    }

    /// `hidden` are products that the platform may never have shown, `bare` those whose SKUs it shows no more.
    /// Answers how many SKUs there are.
    pub(crate) async fn assert_products_equal(
        &self,
        hidden: &BTreeSet<String>,
        bare: &BTreeSet<String>,
    ) -> usize {
        let (mut products, mut skus) = products(self.hub, self.shop).await;
        let goods = self.truth("products").await;
        let mut theirs: BTreeMap<_, _> = goods.iter().map(self.party.product).collect();
        let mut their_skus: BTreeMap<_, _> = self.truth("skus").await.iter().map(self.party.sku).collect();
        their_skus.extend(goods.iter().filter_map(self.party.only_sku));
        for rows in [&mut products, &mut theirs] {
            rows.retain(|id, _| !hidden.contains(id));
        }
        let is_of = |facts: &str, some: &BTreeSet<String>| {
            facts.split(' ').next().is_some_and(|product| some.contains(product))
        };
        skus.retain(|_, facts| !is_of(facts, hidden));
        their_skus.retain(|_, facts| !is_of(facts, hidden) && !is_of(facts, bare));
        self.compare("products", products, theirs);
        self.compare("skus", skus, their_skus)
    }

    pub(crate) async fn assert_refunds_equal(&self) -> usize {
        let mut theirs = BTreeMap::new();
        for kind in self.party.refund_kinds {
            theirs.extend(self.truth(kind).await.iter().map(self.party.refund));
        }
        self.compare("refunds", refunds(self.hub, self.shop).await, theirs)
    }

    fn compare(&self, what: &str, ours: BTreeMap<String, String>, theirs: BTreeMap<String, String>) -> usize {
        let differing: Vec<_> = theirs
            .iter()
            .filter(|(id, facts)| ours.get(*id) != Some(*facts))
            .map(|(id, facts)| format!("{id}: ours {:?}, theirs {facts}", ours.get(id)))
            .take(5)
            .collect();
        assert!(differing.is_empty(), "{} {what}: {differing:#?}", self.party.platform);
        let extra: Vec<_> = ours.keys().filter(|id| !theirs.contains_key(*id)).take(5).collect();
        assert!(extra.is_empty(), "{} {what}: only here: {extra:?}", self.party.platform);
        ours.len()
    }
}

/// The platform by itself, with records of the last day. The fifth one takes numbers of orders and products alone.
async fn play(party: &Party, flags: &[&str]) -> Sandbox {
    if party.platform != PlatformId::Fake {
        let flags = [flags, &["--history-days", "1", "--platforms", party.platform.as_str()]].concat();
        return Sandbox::start(&flags);
    }
    let number = |flag| {
        let place = flags.iter().position(|one| *one == flag).expect("a number of records");
        flags[place + 1].parse().unwrap()
    };
    Sandbox::fake(number("--orders"), number("--products")).await
}

/// The sandbox's app of a platform, with the quota that it grants.
pub(crate) fn draft(sandbox: &Sandbox, party: &Party) -> AppDraft {
    let text = |name: &str| sandbox.find(&format!("/{}/{name}", party.platform));
    let key = text("appKey").expect("an app");
    AppDraft {
        service_id: text("serviceId"),
        redirect_uri: Some(REDIRECT_URI.into()),
        endpoints: Endpoints {
            api: text("api"),
            authorize: text("authorize"),
            token: text("token"),
            upload: text("upload"),
        },
        calls_per_second: Some(500),
        ..AppDraft::new(party.platform, "沙箱应用", key, text("appSecret").expect("a secret"))
    }
}

/// Connects the platform's `index`-th shop through the consent page.
pub(crate) async fn connect(hub: &Hub, sandbox: &Sandbox, party: &Party, app: &App, index: usize) -> Shop {
    let request = BeginRequest { app_id: app.id, shop_id: None, session: Some("s1".into()) };
    let begun = hub.oauth().begin(request).await.unwrap();
    let id = sandbox.find(&format!("/{}/shops/{index}/shopId", party.platform)).expect("a shop");
    let params = sandbox.consent(&begun.url, party.shop_field, &id).await;
    let callback = Callback { params, session: Some("s1".into()), app_id: None };
    match hub.oauth().complete(callback).await.unwrap() {
        Completed::Connected(shop) => {
            assert_eq!(shop.platform_shop_id, id, "{}", party.platform);
            assert!(!shop.name.is_empty(), "{}: the shop has a name", party.platform);
            shop
        }
        Completed::Pending(_) => panic!("our own state came back"),
    }
}

pub(crate) async fn truth(sandbox: &Sandbox, party: &Party, shop: &Shop, kind: &str) -> Vec<Value> {
    let (mut after, mut all) = (String::new(), Vec::new());
    loop {
        let (platform, id) = (party.platform, &shop.platform_shop_id);
        let path = format!("/truth?platform={platform}&shop={id}&kind={kind}&after={after}&limit=1000");
        let page = sandbox.get(&path).await;
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = next.replace('#', "%23"),
            None => return all,
        }
    }
}

/// An order's facts: the platform's status, when it changed, what is paid, its lines.
pub(crate) fn order_facts(status: &str, updated: i64, pay: Option<i64>, lines: &[(String, i64)]) -> String {
    format!("{status} {updated} {pay:?} {lines:?}")
}

/// A product's facts: the platform's status, its name.
pub(crate) fn product_facts(status: &str, name: &Value) -> String {
    format!("{status} {}", text(name))
}

fn ours(order: &Order) -> (String, String) {
    let record = &order.record;
    let lines: Vec<_> = record
        .items
        .iter()
        .map(|item| (item.platform_sku_id.clone().unwrap_or_default(), item.quantity))
        .collect();
    let pay = record.pay_amount.map(|Fen(fen)| fen);
    (
        record.platform_order_id.clone(),
        order_facts(&record.platform_status, record.platform_updated_at.secs(), pay, &lines),
    )
}

async fn orders(hub: &Hub, shop: &Shop) -> BTreeMap<String, String> {
    let (mut all, mut cursor) = (BTreeMap::new(), None);
    loop {
        let page = PageRequest { limit: Some(500), cursor };
        let filter = OrderFilter { shop_id: Some(shop.id), page, ..OrderFilter::default() };
        let page = hub.orders().list(filter).await.unwrap();
        all.extend(page.items.iter().map(ours));
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return all,
        }
    }
}

/// A SKU's facts: its product, price and stock.
pub(crate) fn sku_facts(product: &str, price: i64, stock: i64) -> String {
    format!("{product} {price} {stock}")
}

async fn products(hub: &Hub, shop: &Shop) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (mut all, mut skus, mut cursor) = (BTreeMap::new(), BTreeMap::new(), None);
    loop {
        let page = PageRequest { limit: Some(500), cursor };
        let filter = ProductFilter { shop_id: Some(shop.id), page, ..ProductFilter::default() };
        let page = hub.products().list(filter).await.unwrap();
        for product in page.items {
            let Product { record, skus: of_it, .. } = hub.products().get(product.id).await.unwrap();
            let id = record.platform_product_id;
            for sku in of_it {
                let facts = sku_facts(&id, sku.record.price.0, sku.record.stock);
                skus.insert(sku.record.platform_sku_id, facts);
            }
            all.insert(id, product_facts(&record.platform_status, &json!(record.name)));
        }
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return (all, skus),
        }
    }
}

/// A refund's facts: its order, what is paid back, the platform's state, when it changed.
pub(crate) fn refund_facts(order: &str, amount: Option<i64>, state: &str, updated: i64) -> String {
    format!("{order} {amount:?} {state} {updated}")
}

async fn refunds(hub: &Hub, shop: &Shop) -> BTreeMap<String, String> {
    let facts = |refund: &Refund| {
        let record = &refund.record;
        let amount = record.refund_amount.map(|Fen(fen)| fen);
        let updated = record.platform_updated_at.secs();
        let state = &record.platform_status;
        let facts = refund_facts(&record.platform_order_id, amount, state, updated);
        (record.platform_refund_id.clone(), facts)
    };
    let (mut all, mut cursor) = (BTreeMap::new(), None);
    loop {
        let page = PageRequest { limit: Some(500), cursor };
        let filter = RefundFilter { shop_id: Some(shop.id), page, ..RefundFilter::default() };
        let page = hub.refunds().list(filter).await.unwrap();
        all.extend(page.items.iter().map(facts));
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return all,
        }
    }
}

/// Text of a string or a number.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Fen of yuan, as text or as a number, digit by digit.
pub(crate) fn fen(yuan: &Value) -> Option<i64> {
    let text = text(yuan);
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = format!("{part:0<2}");
    let fen = whole.trim_start_matches('-').parse::<i64>().ok()? * 100 + part.parse::<i64>().ok()?;
    Some(if text.starts_with('-') { -fen } else { fen })
}

/// Seconds of a time as text at +08:00.
pub(crate) fn beijing(time: &Value) -> i64 {
    let civil: jiff::civil::DateTime = time.as_str().unwrap().parse().unwrap();
    jiff::tz::Offset::constant(8).to_timestamp(civil).unwrap().as_second()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_platform_connects_syncs_and_follows_what_changes() {
    for party in PARTIES {
        let visit = Visit::start(party, &["--orders", "230", "--products", "24"]).await;
        visit.sync().await;
        visit.assert_equal().await;
        let changes = json!({"platform": visit.name(), "orders": 40, "newOrders": 12, "products": 6});
        visit.sandbox.post("/change", changes).await;
        visit.sync().await;
        visit.assert_equal().await;
        drop(visit.folder);
    }
}

/// A new process learns the platform's clock by its first call, which has to be one that the platform takes.
#[tokio::test(flavor = "multi_thread")]
async fn every_kind_is_synced_first_after_a_restart() {
    for party in PARTIES {
        let mut visit = Visit::start(party, &["--orders", "30", "--products", "6"]).await;
        visit.sync().await;
        for kind in ["products", "orders", "refunds"] {
            visit.hub.close().await.unwrap();
            visit.reopen().await;
            let (hub, request) = (&visit.hub, SyncRequest::new(visit.shop.id));
            let run = match kind {
                "products" => hub.products().sync(request).await,
                "orders" => hub.orders().sync(request).await,
                _ if party.refund_kinds.is_empty() => continue,
                _ => hub.refunds().sync(request).await,
            };
            run.unwrap_or_else(|error| panic!("{} {kind}: {error}", visit.name()));
        }
        visit.assert_equal().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed_once_and_the_call_made_again_once() {
    for party in PARTIES {
        let visit = Visit::start(party, &["--orders", "3", "--products", "3"]).await;
        let before = visit.hub.shops().get(visit.shop.id).await.unwrap().authorization.unwrap().generation;
        if party.forgets {
            visit.fault("expired_token", party.read, 1).await;
        } else {
            let tokens = json!({"platform": visit.name(), "expireAccess": true});
            visit.sandbox.post("/tokens", tokens).await;
        }
        let calls = visit.sandbox.calls_of(visit.name(), party.read).await;
        visit.read().await.unwrap();
        let after = visit.hub.shops().get(visit.shop.id).await.unwrap().authorization.unwrap().generation;
        assert_eq!(after, before + 1, "{}", visit.name());
        assert_eq!(visit.sandbox.calls_of(visit.name(), party.read).await, calls + 2, "{}", visit.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_class_of_refusal_is_what_it_is_and_shows_no_token() {
    let cases = [
        ("limited", 1, None),
        ("service_error", 1, None),
        ("business_error", 9, Some(ErrorKind::Rejected)),
        ("unknown_code", 9, Some(ErrorKind::Rejected)),
        ("no_permission", 9, Some(ErrorKind::PlatformConfig)),
        ("html_200", 9, Some(ErrorKind::Transient)),
    ];
    for party in PARTIES {
        let visit = Visit::start(party, &["--orders", "3", "--products", "3"]).await;
        let secrets = [text(&json!(visit.sandbox.find(&format!("/{}/appSecret", visit.name()))))];
        for (name, times, wanted) in cases {
            visit.fault(name, party.read, times).await;
            let outcome = visit.read().await;
            visit.sandbox.clear_faults().await;
            match (wanted, outcome) {
                (None, Ok(_)) => {}
                (None, Err(error)) if name == "limited" && party.limit_is_daily => {
                    assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
                }
                (Some(kind), Err(error)) => {
                    assert_eq!(error.kind(), kind, "{} {name}: {error}", visit.name());
                    let shown = format!("{error:?} {error}");
                    assert!(secrets.iter().all(|secret| !shown.contains(secret.as_str())), "{shown}");
                }
                (wanted, outcome) => panic!("{} {name}: {outcome:?}, wanted {wanted:?}", visit.name()),
            }
        }
    }
}
