//! Four platforms, eight shops and one hub: records change while they are synced, one call in twenty goes wrong, tokens
//! end, the hub is closed and opened again, and its process is killed. In the end every row equals the sandbox's.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use dianqiao::model::{App, PlatformId, Shop, ShopId, ShopStatus, UtcMillis};
use dianqiao::{ErrorKind, Hub, HubConfig, SyncRequest};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Notify, Semaphore};
use tokio::task::{JoinError, JoinSet};

use crate::conformance::{Pair, Party, SHIPPED, connect, draft, text};
use crate::support::{Sandbox, config, keys};

const SHOPS_EACH: usize = 2;
/// Records of the sandbox changed within its history, a quarter of a day, and the first sync asks for a bit more.
const HISTORY: Duration = Duration::from_secs(8 * 3_600);
/// Calls that go wrong, of all that read records.
const WRONG: f64 = 0.05;
/// Seeds played at once; they wait more than they work.
const AT_ONCE: usize = 4;
/// Longer than any seed takes when nothing hangs.
const LONGEST: Duration = Duration::from_secs(180);
const MARK: &str = "under way";

/// What a sync gets over by itself. None of it strikes token calls: an answer lost there may rightly cost the grant.
const FAULTS: &[&str] = &[
    "http_429",
    "http_500",
    "http_503",
    "html_200",
    "empty_200",
    "reset",
    "close_silently",
    "garbage_status",
    "service_error",
    "cut_body",
    "chunked_cut",
    "cut_json",
    "trailing_bytes",
    "byte_order_mark",
    "numbers_as_strings",
    "new_fields",
    "duplicate_rows",
    "wrong_total",
    "empty_page",
    "rows_move",
];

/// Costly ones strike so many times on each platform, of calls with this probability.
const COSTLY_TIMES: u32 = 2;
const COSTLY: f64 = 0.02;

/// The methods that read records.
const METHODS: [(PlatformId, &[&str]); 4] = [
    (PlatformId::Doudian, &["order.searchList", "product.listV2", "sku.list"]),
    (
        PlatformId::Taobao,
        &[
            "taobao.trades.sold.increment.get",
            "taobao.trade.fullinfo.get",
            "taobao.items.onsale.get",
            "taobao.items.inventory.get",
            "taobao.item.seller.get",
            "taobao.refunds.receive.get",
        ],
    ),
    (
        PlatformId::Jd,
        &[
            "jingdong.pop.order.search",
            "jingdong.ware.read.searchWare4Valid",
            "jingdong.sku.read.searchSkuList",
            "jingdong.pop.afs.soa.refundapply.queryPageList",
            "jingdong.asc.query.list",
        ],
    ),
    (
        PlatformId::Pinduoduo,
        &[
            "pdd.order.number.list.increment.get",
            "pdd.goods.list.get",
            "pdd.goods.detail.get",
            "pdd.refund.list.increment.get",
        ],
    ),
];

/// Decides moments and amounts.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

struct Account {
    party: &'static Party,
    app: App,
    /// Which of the platform's shops it is.
    index: usize,
    shop: Shop,
    /// Its first sync came to an end: from there on only what changed is asked for.
    is_read: bool,
}

/// One seed under way.
struct Play {
    dice: Dice,
    sandbox: Sandbox,
    folder: TempDir,
    hub: Hub,
    accounts: Vec<Account>,
    begin: UtcMillis,
}

impl Play {
    async fn start(seed: u64) -> Self {
        let number = seed.to_string();
        let shops = SHOPS_EACH.to_string();
        let sandbox = Sandbox::start(&[
            "--seed",
            &number,
            "--shops",
            &shops,
            "--orders",
            "40",
            "--products",
            "8",
            "--history-days",
            "0.25",
            "--calls-per-second",
            "0",
        ]);
        // What Pinduoduo says of a dead refresh token could mean anything, so that it takes a quarter of an hour until a
        // person is asked (`renewals`): longer than this may last. Here its refresh token stays good.
        let key = sandbox.text("/pinduoduo/appKey");
        sandbox.post("/apps", json!({"platform": "pinduoduo", "appKey": key, "rotation": "keep"})).await;
        let begin = dianqiao::clock::Clock::system().now().minus(HISTORY);
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::open(config(&folder.path().join("shop.db"), &sandbox)).await.unwrap();
        let mut accounts = Vec::new();
        for party in SHIPPED {
            let app = hub.apps().save(draft(&sandbox, party)).await.unwrap();
            for index in 0..SHOPS_EACH {
                let shop = connect(&hub, &sandbox, party, &app, index).await;
                accounts.push(Account { party, app: app.clone(), index, shop, is_read: false });
            }
        }
        Self { dice: Dice(seed), sandbox, folder, hub, accounts, begin }
    }

    /// Switches the weather on: together the faults strike one call in twenty.
    async fn spoil(&self) {
        for (platform, methods) in METHODS {
            for name in FAULTS {
                let options = if *name == "http_429" { json!({"retryAfter": 0}) } else { json!({}) };
                let scope = json!({"platform": platform.as_str(), "fault": name, "method": methods,
                    "probability": WRONG / FAULTS.len() as f64, "options": options});
                self.sandbox.fault(scope).await;
            }
        }
        for platform in SHIPPED.iter().map(|party| party.platform).filter(|id| *id != PlatformId::Jd) {
            self.spoil_rarely("limited", platform, json!({"times": COSTLY_TIMES})).await;
            // Tokens end early.
            self.spoil_rarely("expired_token", platform, json!({"times": COSTLY_TIMES})).await;
        }
        // JD's limit is that of a day: its sync would rightly give up until tomorrow. Its tokens end early once in each
        // shop: one goes on from a refresh whose answer was lost in a kill; refused a second time, it is rightly over.
        for shop in
            self.accounts.iter().map(|account| &account.shop).filter(|shop| shop.platform == PlatformId::Jd)
        {
            let once = json!({"shopId": shop.platform_shop_id, "times": 1});
            self.spoil_rarely("expired_token", PlatformId::Jd, once).await;
        }
        self.sandbox.fault(json!({"fault": "late_rows", "options": {"lateMs": 20_000}})).await;
    }

    async fn spoil_rarely(&self, name: &str, platform: PlatformId, mut scope: Value) {
        let (_, methods) = METHODS.iter().find(|(one, _)| *one == platform).unwrap();
        scope["platform"] = json!(platform.as_str());
        scope["fault"] = json!(name);
        scope["method"] = json!(methods);
        scope["probability"] = json!(COSTLY);
        self.sandbox.fault(scope).await;
    }

    /// A person authorises again what a kill within a renewal has ended, as it must where each refresh kills the token
    /// before it. Answers how many there were.
    async fn authorize_again(&self) -> usize {
        let mut ended = 0;
        for Account { party, app, index, shop, .. } in &self.accounts {
            let now = self.hub.shops().get(shop.id).await.unwrap();
            if now.status == ShopStatus::Active {
                continue;
            }
            let reason = now.authorization.unwrap().reason.unwrap();
            assert!(reason.contains("after a renewal that got no answer"), "{}: {reason}", party.platform);
            assert!(may_end(party.platform), "{}: its rules save it: {reason}", party.platform);
            connect(&self.hub, &self.sandbox, party, app, *index).await;
            ended += 1;
        }
        ended
    }

    /// Starts a sync of every shop, each in a task of its own.
    fn sync_all(&self, progress: &Arc<dyn Fn() + Send + Sync>) -> JoinSet<(ShopId, dianqiao::Result<()>)> {
        let mut runs = JoinSet::new();
        for account in &self.accounts {
            let (hub, id, told) = (self.hub.clone(), account.shop.id, Arc::clone(progress));
            let mut request = SyncRequest::new(id);
            request.since = Some(self.begin).filter(|_| !account.is_read);
            request.on_progress = Some(Arc::new(move |_: &_| told()));
            runs.spawn(async move { (id, hub.shops().sync(request).await.map(drop)) });
        }
        runs
    }

    /// Records of every shop change on the platform.
    async fn change(&mut self) {
        for account in &self.accounts {
            let mut amount = |most: u64| self.dice.roll(most + 1);
            let mut changes = json!({"platform": account.party.platform.as_str(),
                "shopId": account.shop.platform_shop_id, "orders": amount(6), "products": amount(2),
                "newOrders": amount(3)});
            if !account.party.refund_kinds.is_empty() {
                changes["refunds"] = json!(amount(2));
            }
            self.sandbox.post("/change", changes).await;
        }
    }

    /// Takes the ends of runs. They may end for the weather's sake, because the hub was closed, or because a person has
    /// to help (`authorize_again` looks whether rightly so).
    async fn take(&mut self, mut runs: JoinSet<(ShopId, dianqiao::Result<()>)>) -> Vec<String> {
        let mut failed = Vec::new();
        while let Some(run) = runs.join_next().await {
            let (id, result) = run.unwrap();
            let account = self.accounts.iter_mut().find(|account| account.shop.id == id).unwrap();
            match result {
                Ok(()) => account.is_read = true,
                Err(error) => {
                    let may_be = [
                        ErrorKind::Transient,
                        ErrorKind::RateLimited,
                        ErrorKind::Cancelled,
                        ErrorKind::Closed,
                        ErrorKind::Reauthorize,
                    ];
                    assert!(may_be.contains(&error.kind()), "{}: {error}", account.party.platform);
                    failed.push(format!("{}: {error}", account.party.platform));
                }
            }
        }
        failed
    }

    /// Everything is synced while it changes.
    async fn sync_in_motion(&mut self) -> usize {
        let runs = self.sync_all(&nothing());
        self.change().await;
        self.change().await;
        self.take(runs).await.len()
    }

    /// Closes the hub in the middle of its runs and opens it again.
    async fn restart(&mut self) -> usize {
        let (left, reached) = (AtomicI64::new(1 + self.dice.roll(60) as i64), Arc::new(Notify::new()));
        let (told, hub) = (Arc::clone(&reached), self.hub.clone());
        let runs = self.sync_all(&as_told(move || {
            if left.fetch_sub(1, Ordering::Relaxed) == 1 {
                told.notify_one();
            }
        }));
        let closing = tokio::spawn(async move {
            // Runs that say less than that are over by then.
            let _ = tokio::time::timeout(Duration::from_secs(5), reached.notified()).await;
            hub.close().await.unwrap();
        });
        self.change().await;
        let failed = self.take(runs).await.len();
        closing.await.unwrap();
        self.open().await;
        failed
    }

    /// Lets another process sync and kills it.
    async fn kill(&mut self) {
        self.hub.close().await.unwrap();
        let after = Duration::from_micros(self.dice.roll(400_000));
        let mut child = self.child();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let killed = tokio::task::spawn_blocking(move || {
            lines.find(|line| line.as_ref().unwrap().contains(MARK)).expect("the child syncs").unwrap();
            std::thread::sleep(after);
            child.kill().unwrap();
            child.wait().unwrap();
        });
        self.change().await;
        killed.await.unwrap();
        self.open().await;
    }

    fn child(&self) -> Child {
        let is_read = self.accounts.iter().all(|account| account.is_read);
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "platforms::child", "--ignored", "--nocapture", "--test-threads", "1"])
            .env("DIANQIAO_DATABASE", self.folder.path().join("shop.db"))
            .env("DIANQIAO_HOST", self.sandbox.host())
            .env("DIANQIAO_SINCE", if is_read { String::new() } else { self.begin.0.to_string() })
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    async fn open(&mut self) {
        self.hub = Hub::open(config(&self.folder.path().join("shop.db"), &self.sandbox)).await.unwrap();
    }

    /// The weather clears, what is late becomes visible, and two syncs bring the rest.
    /// Answers how many calls went wrong before, and of how many.
    async fn settle(&mut self) -> (i64, i64) {
        let stats = self.sandbox.get("/stats").await;
        let faults = stats["faults"].as_object().unwrap();
        // Late rows are no fault of a call.
        let struck = faults.iter().filter(|(name, _)| *name != "late_rows").filter_map(|(_, n)| n.as_i64());
        let (struck, calls) = (struck.sum(), stats["calls"].as_i64().unwrap());
        self.sandbox.clear_faults().await;
        self.sandbox.post("/clock", json!({"advanceMs": 60_000})).await;
        for _ in 0..2 {
            let runs = self.sync_all(&nothing());
            let failed = self.take(runs).await;
            assert!(failed.is_empty(), "a sync in fair weather ends well: {failed:?}");
        }
        (struck, calls)
    }

    /// Every row of ours is as the platform has it, and there are some of each kind.
    async fn assert_equal(&self) {
        let mut compared = [0; 3];
        for Account { party, shop, .. } in &self.accounts {
            let pair = Pair { party, sandbox: &self.sandbox, hub: &self.hub, shop };
            let (hidden, bare) = unshown(party.platform, &pair.truth("products").await);
            compared[0] += pair.assert_orders_equal().await;
            compared[1] += pair.assert_products_equal(&hidden, &bare).await;
            if !party.refund_kinds.is_empty() {
                compared[2] += pair.assert_refunds_equal().await;
            }
        }
        assert!(compared.iter().all(|rows| *rows > 0), "{compared:?}");
    }
}

/// Products that no list shows any more, and those that are shown without SKUs.
fn unshown(platform: PlatformId, products: &[Value]) -> (BTreeSet<String>, BTreeSet<String>) {
    let those = |id: &str, is: &dyn Fn(&Value) -> bool| {
        products.iter().filter(|one| is(one)).map(|one| text(&one[id])).collect()
    };
    match platform {
        PlatformId::Doudian => (BTreeSet::new(), those("product_id", &|one| one["status"] == 2)),
        PlatformId::Jd => (those("wareId", &|one| one["wareStatus"] == -1), BTreeSet::new()),
        _ => (BTreeSet::new(), BTreeSet::new()),
    }
}

/// Whether a kill within a renewal may end an authorisation. JD keeps the access token's text, and here Pinduoduo's
/// refresh token stays good.
fn may_end(platform: PlatformId) -> bool {
    matches!(platform, PlatformId::Doudian | PlatformId::Taobao)
}

fn nothing() -> Arc<dyn Fn() + Send + Sync> {
    as_told(|| {})
}

fn as_told(told: impl Fn() + Send + Sync + 'static) -> Arc<dyn Fn() + Send + Sync> {
    Arc::new(told)
}

/// Plays a seed to its end and answers what happened.
async fn play(seed: u64) -> String {
    let mut play = Play::start(seed).await;
    play.spoil().await;
    // The first sync, the longest one, is cut off twice, also within renewals.
    play.kill().await;
    let mut failed = play.restart().await;
    let mut ended = play.authorize_again().await;
    failed += play.sync_in_motion().await;
    play.kill().await;
    failed += play.restart().await;
    ended += play.authorize_again().await;
    failed += play.sync_in_motion().await;
    ended += play.authorize_again().await;
    let (struck, calls) = play.settle().await;
    play.assert_equal().await;
    play.hub.close().await.unwrap();
    format!(
        "{struck} of {calls} calls went wrong, {failed} syncs were cut off or failed, {ended} shops authorised again"
    )
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that the test below kills"]
async fn child() {
    let config = HubConfig::new(std::env::var("DIANQIAO_DATABASE").unwrap(), keys())
        .with_allowed_host(std::env::var("DIANQIAO_HOST").unwrap());
    let since = std::env::var("DIANQIAO_SINCE").unwrap().parse().ok().map(UtcMillis);
    let hub = Hub::open(config).await.unwrap();
    let shops = hub.shops().list(Default::default()).await.unwrap();
    loop {
        let mut runs = JoinSet::new();
        for shop in &shops {
            let (hub, mut request) = (hub.clone(), SyncRequest::new(shop.id));
            request.since = since;
            request.on_progress = Some(Arc::new(|_: &_| {
                // In one piece: the test's own words may stand in the same line.
                std::io::stdout().lock().write_all(format!("\n{MARK}\n").as_bytes()).unwrap();
            }));
            // The weather may end it; the next turn goes on.
            runs.spawn(async move { hub.shops().sync(request).await.map(drop) });
        }
        runs.join_all().await;
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// `DIANQIAO_ROUNDS` seeds from `DIANQIAO_SEED` on, 20 from 1 unless told. A seed repeats data, changes and faults,
/// not how the system schedules threads.
#[tokio::test(flavor = "multi_thread")]
async fn eight_shops_equal_their_platforms_after_any_weather_restarts_and_a_kill() {
    let (rounds, first) = (number("DIANQIAO_ROUNDS", 20), number("DIANQIAO_SEED", 1));
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut seeds = JoinSet::new();
    for seed in first..first + rounds {
        let places = Arc::clone(&places);
        seeds.spawn(async move {
            let _place = places.acquire_owned().await.unwrap();
            // In a task of its own: its panic must not hide which seed it was.
            let ended = match tokio::time::timeout(LONGEST, tokio::spawn(play(seed))).await {
                Ok(ended) => ended.map_err(why),
                Err(_) => Err(format!("not over after {} s", LONGEST.as_secs())),
            };
            match ended {
                Ok(told) => {
                    println!("seed {seed}: {told}");
                    None
                }
                Err(reason) => Some(format!("seed {seed}, scripts/torture platforms 1 {seed}: {reason}")),
            }
        });
    }
    let bad: Vec<String> = seeds.join_all().await.into_iter().flatten().collect();
    assert!(bad.is_empty(), "these failed, by what replays each:\n{}", bad.join("\n"));
}

/// What a task said that panicked.
fn why(ended: JoinError) -> String {
    let said = ended.into_panic();
    let text =
        said.downcast_ref::<String>().map(String::as_str).or_else(|| said.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked without a word").to_owned()
}
