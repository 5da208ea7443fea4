//! No secret in a file, a log line, an error or a value that can be printed; sealed rows that were altered.

use std::error::Error as StdError;
use std::fmt::{Debug, Write as _};
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dianqiao::model::{AppDraft, AppId, Endpoints, Fen, PlatformId, Shop, ShopId, SqlParams};
use dianqiao::{
    BackupRequest, BeginRequest, Callback, Completed, Hub, HubConfig, KeyRing, MasterKey, QueryOptions,
    RawRequest, RotateKeyRequest, ShipRequest, SkuTarget, StockWish, SyncRequest,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::canary::{Log, Scanner, canary, files, forms};
use crate::support::{Desk, REDIRECT_URI, Sandbox};

/// Not every fault ends a call in time, and some are about the whole sandbox.
const LEFT_OUT: [(&str, &str); 6] = [
    ("gzip_bomb", "only costs time"),
    ("endless_body", "only costs time"),
    ("retry_after_ten_years", "is waited for"),
    ("clock_jump", "moves the clock of all apps of the sandbox"),
    ("hang_connect", "is about the next connection of all apps"),
    ("late_rows", "is about all apps of a shop, and gives no error"),
];
/// What a correct client takes without an error. All others must end in one, whose text is looked at.
const NO_ERROR: [(&str, &str); 18] = [
    ("duplicate_rows", "a record twice is one"),
    ("empty_page", "is asked for twice"),
    ("late_write", "is seen at the second look"),
    ("lone_surrogate", "that record is kept aside or repaired"),
    ("lost_500", "an unknown outcome of a change is no error"),
    ("lost_close", "an unknown outcome of a change is no error"),
    ("lost_code", "an unknown outcome of a change is no error"),
    ("lost_cut", "an unknown outcome of a change is no error"),
    ("lost_reset", "an unknown outcome of a change is no error"),
    ("missing_fields", "that record is kept aside"),
    ("new_fields", "are not looked at"),
    ("null_fields", "that record is kept aside"),
    ("raw_control", "is repaired"),
    ("rows_move", "are read where they went"),
    ("token_no_refresh", "the old one stays in force"),
    ("token_odd_expiry", "is made a fair one"),
    ("unknown_status", "is kept as it is"),
    ("wrong_total", "is not believed"),
];
const AT_ONCE: usize = 6;
const PATIENCE: Duration = Duration::from_secs(6);
/// Something that is no secret and must be found wherever secrets are looked for.
const PLANT: &str = "a-plant-that-is-no-secret";

/// One app with secrets of its own, on a hub and a file of its own.
struct Nest {
    sandbox: Arc<Sandbox>,
    hub: Hub,
    config: HubConfig,
    folder: TempDir,
    app_key: String,
    app: AppId,
    secrets: Mutex<Vec<(String, Vec<u8>)>>,
    /// Everything that was printed: errors and values.
    told: Mutex<String>,
}

impl Nest {
    async fn open(sandbox: Arc<Sandbox>) -> (Self, Shop) {
        let (secret, password, mut key) = (canary(), canary(), [0; 32]);
        getrandom::fill(&mut key).unwrap();
        let given = json!({ "appSecret": secret, "redirectUri": REDIRECT_URI, "callsPerSecond": 0 });
        let made = sandbox.post("/apps", given).await;
        let folder = tempfile::tempdir().unwrap();
        let ring = KeyRing::new(MasterKey::from_bytes(&key).unwrap());
        let config = HubConfig::new(folder.path().join("shop.db"), ring).with_allowed_host(sandbox.host());
        let told = Mutex::new(format!("{config:?} {config:#?}"));
        let hub = Hub::open(config.clone()).await.unwrap();
        // The sandbox takes the absolute form, so it can stand as its own proxy.
        let escaped: String = url::form_urlencoded::byte_serialize(password.as_bytes()).collect();
        let app_key = made["appKey"].as_str().unwrap().to_owned();
        let draft = AppDraft {
            service_id: made["serviceId"].as_str().map(str::to_owned),
            redirect_uri: Some(REDIRECT_URI.into()),
            endpoints: Endpoints {
                api: Some(sandbox.api()),
                authorize: Some(sandbox.text("/doudian/authorize")),
                ..Endpoints::default()
            },
            proxy: Some(format!("http://user:{escaped}@{}", sandbox.host()).into()),
            calls_per_second: Some(500),
            ..AppDraft::new(PlatformId::Doudian, PLANT, app_key.clone(), secret.clone())
        };
        let secrets = Mutex::new(vec![
            ("app secret".to_owned(), secret.into_bytes()),
            ("proxy password".to_owned(), password.into_bytes()),
            ("master key".to_owned(), key.to_vec()),
        ]);
        told.lock().unwrap().push_str(&format!("{draft:?} {draft:#?}"));
        let app = hub.apps().save(draft).await.unwrap().id;
        let nest = Self { sandbox, hub, config, folder, app_key, app, secrets, told };
        let shop = nest.authorise().await.expect("no fault is on");
        (nest, shop)
    }

    /// Opens the hub again with the short times that faults are met with; a busy machine may miss them, so that
    /// nothing that must go well is done in them.
    async fn hurry(&mut self) {
        self.hub.close().await.unwrap();
        let config = self.config.clone();
        let short = config.with_timeouts(
            Duration::from_secs(1),
            Duration::from_millis(400),
            Duration::from_millis(900),
        );
        self.hub = Hub::open(short).await.unwrap();
    }

    fn secret(&self, name: &str, value: impl AsRef<str>) {
        self.secrets.lock().unwrap().push((name.to_owned(), value.as_ref().as_bytes().to_vec()));
    }

    fn tell(&self, value: &impl Debug) {
        write!(self.told.lock().unwrap(), "{value:?}\n{value:#?}\n").unwrap();
    }

    fn tell_error(&self, error: &(dyn StdError + 'static)) {
        let (mut told, mut next) = (self.told.lock().unwrap(), Some(error));
        while let Some(error) = next {
            writeln!(told, "{error} {error:?} {error:#?}").unwrap();
            next = error.source();
        }
    }

    /// Does it, and keeps what its value or error looks like; true when there was an error.
    async fn attempt<T: Debug>(&self, work: impl Future<Output = dianqiao::Result<T>>) -> bool {
        match timeout(PATIENCE, work).await {
            Ok(Ok(value)) => self.tell(&value),
            Ok(Err(error)) => {
                self.tell_error(&error);
                return true;
            }
            Err(_) => {}
        }
        false
    }

    /// The tokens that the platform holds of us.
    async fn tokens(&self, bend: Value) {
        let mut wish = bend;
        wish["appKey"] = json!(self.app_key);
        let grant = self.sandbox.post("/tokens", wish).await;
        for name in ["accessToken", "refreshToken"] {
            self.secret(name, grant[name].as_str().unwrap());
        }
    }

    async fn authorise(&self) -> Option<Shop> {
        let session = Some(canary());
        self.secret("session", session.as_ref().unwrap());
        let request = BeginRequest { app_id: self.app, shop_id: None, session: session.clone() };
        self.tell(&request);
        let begun = self.hub.oauth().begin(request).await.unwrap();
        self.tell(&begun);
        let params = self.sandbox.agree(&begun).await;
        for (name, value) in &params {
            if name == "code" || name == "state" {
                self.secret(name, value);
            }
        }
        let callback = Callback { params, session, app_id: None };
        self.tell(&callback);
        let completed = timeout(PATIENCE, self.hub.oauth().complete(callback.clone())).await;
        // The code is used now, and the state is gone: a second time is refused.
        self.attempt(self.hub.oauth().complete(callback)).await;
        self.tokens(json!({})).await;
        match completed {
            Ok(Ok(Completed::Connected(shop))) => Some(shop),
            Ok(Ok(other)) => panic!("{other:?}"),
            Ok(Err(error)) => {
                self.tell_error(&error);
                None
            }
            Err(_) => None,
        }
    }

    /// Meets the fault with the calls that it is about; says whether anything failed.
    async fn suffer(&self, shop: ShopId, on: &str) -> bool {
        match on {
            "token" => {
                self.tokens(json!({ "expireAccess": true })).await;
                let failed = self.attempt(self.call(shop)).await;
                self.authorise().await.is_none() || failed
            }
            "write" => self.write(shop).await,
            "records" | "list" => self.read(shop).await,
            _ => self.attempt(self.call(shop)).await | self.write(shop).await,
        }
    }

    async fn call(&self, shop: ShopId) -> dianqiao::Result<String> {
        let request = RawRequest {
            shop_id: shop,
            api: "shop.brandList".into(),
            params: "{}".into(),
            files: Vec::new(),
            repeatable: false,
        };
        self.hub.call(request).await
    }

    async fn read(&self, shop: ShopId) -> bool {
        let (product, order) = (self.first("products", "product_id").await, self.order().await);
        let one = self.attempt(self.hub.products().fetch(shop, product)).await;
        let two = self.attempt(self.hub.orders().fetch(shop, order)).await;
        let full = SyncRequest { full: true, ..SyncRequest::new(shop) };
        one | two | self.attempt(self.hub.shops().sync(full)).await
    }

    async fn write(&self, shop: ShopId) -> bool {
        let product = self.first("products", "product_id").await;
        let platform_sku_id = self.first("skus", "id").await;
        let sku = SkuTarget { shop_id: shop, platform_product_id: product.clone(), platform_sku_id };
        let parcel = ShipRequest {
            shop_id: shop,
            platform_order_id: self.order().await,
            company_code: "shunfeng".into(),
            tracking_number: "SF1234567890".into(),
        };
        let (products, orders) = (self.hub.products(), self.hub.orders());
        let failed = tokio::join!(
            self.attempt(products.set_price(sku.clone(), Fen(1_234))),
            self.attempt(products.set_stock(sku, StockWish::Add(1))),
            self.attempt(products.set_online(shop, product, false)),
            self.attempt(orders.ship(parcel)),
        );
        failed.0 | failed.1 | failed.2 | failed.3
    }

    async fn first(&self, kind: &str, field: &str) -> String {
        let id = self.sandbox.truth(kind).await[0][field].clone();
        id.as_str().map_or_else(|| id.to_string(), str::to_owned)
    }

    async fn order(&self) -> String {
        self.first("orders", "order_id").await
    }

    /// Everything that can be listed, as it is printed.
    async fn look(&self, shop: ShopId) {
        let hub = &self.hub;
        self.tell(hub);
        self.attempt(hub.apps().list()).await;
        self.attempt(hub.apps().get(self.app)).await;
        self.attempt(hub.shops().list(Default::default())).await;
        self.attempt(hub.shops().counts(shop)).await;
        self.attempt(hub.shops().explain(shop)).await;
        self.attempt(hub.products().list(Default::default())).await;
        self.attempt(hub.orders().list(Default::default())).await;
        self.attempt(hub.orders().companies(shop)).await;
        self.attempt(hub.changes().list(Default::default())).await;
        self.attempt(hub.runs().list(Default::default())).await;
        self.attempt(hub.audit().list(Default::default())).await;
        self.attempt(hub.rights().list()).await;
        self.attempt(hub.oauth().pending()).await;
        self.attempt(hub.platforms().list()).await;
        self.attempt(hub.health()).await;
        for sql in
            ["SELECT * FROM v_shops", "SELECT * FROM v_orders", "SELECT app_secret FROM ecommerce_platforms"]
        {
            self.attempt(hub.query(sql, SqlParams::default(), QueryOptions::default())).await;
        }
        self.attempt(hub.backup(BackupRequest::new(self.folder.path().join("backup.db")))).await;
        let mut key = [0; 32];
        getrandom::fill(&mut key).unwrap();
        self.secrets.lock().unwrap().push(("new master key".to_owned(), key.to_vec()));
        let rotation = RotateKeyRequest::new(MasterKey::from_bytes(&key).unwrap());
        self.tell(&rotation);
        self.attempt(hub.rotate_key(rotation)).await;
    }

    fn scanner(&self) -> Scanner {
        let secrets = self.secrets.lock().unwrap().clone();
        Scanner::new(secrets.iter().map(|(name, secret)| (name.as_str(), secret.as_slice())))
    }

    /// Looks through all files and everything that was printed.
    fn check(&self, when: &str, scanner: &Scanner) -> Vec<String> {
        let mut places = files(self.folder.path());
        places.push(("told".to_owned(), self.told.lock().unwrap().clone().into_bytes()));
        let hits = |(name, bytes): &(String, Vec<u8>)| {
            let found = scanner.scan(bytes).into_iter().map(|hit| format!("{hit} in {name} ({when})"));
            found.collect::<Vec<_>>()
        };
        let plant = Scanner::new([("plant", PLANT.as_bytes())]);
        let planted = places.iter().filter(|(_, bytes)| plant.scan(bytes).contains("plant as raw"));
        let planted: Vec<_> = planted.map(|(name, _)| name.as_str()).collect();
        let in_database = planted.iter().any(|name| name.starts_with("shop.db"));
        assert!(in_database && planted.contains(&"backup.db") && planted.contains(&"told"), "{planted:?}");
        places.iter().flat_map(hits).collect()
    }
}

impl Nest {
    /// Two of the orders with readable receivers are rows, and two stand in quarantine with all they hold:
    /// else nothing would have been looked for there. The hub is closed.
    fn assert_receivers_were_met(&self, fault: &str, receivers: &Receivers) {
        let conn = rusqlite::Connection::open(self.folder.path().join("shop.db")).unwrap();
        let length = |sql: &str, id: &String| -> i64 {
            let found = conn.query_row(sql, [id], |row| row.get(0));
            found.unwrap_or_else(|error| panic!("under {fault}, order {id}: {error}: {sql}"))
        };
        let least = receivers.texts[..3].iter().map(|text| text.len() as i64).sum();
        for id in &receivers.of_rows {
            let sql = "SELECT length(receiver_sealed) FROM orders WHERE platform_order_id = ?1";
            assert!(length(sql, id) > least, "the receiver of order {id}");
        }
        for id in &receivers.kept_aside {
            let sql = "SELECT length(raw) FROM quarantine WHERE kind = 'order' AND platform_id = ?1";
            assert!(length(sql, id) > least, "order {id} in quarantine");
        }
    }
}

/// A whole life under one fault. Answers what leaked, the secrets, and whether there was an error.
async fn live(sandbox: Arc<Sandbox>, name: &str, fault: &Value, receivers: &Receivers) -> Lived {
    let (mut nest, shop) = Nest::open(Arc::clone(&sandbox)).await;
    for receiver in &receivers.texts {
        nest.secret("receiver", receiver);
    }
    // No fault is on yet for this life, but another one's `rows_move` may carry orders of the same shop beyond the
    // end of a first run: the next one reads them.
    for _ in 0..2 {
        nest.tell(&nest.hub.shops().sync(SyncRequest::new(shop.id)).await.unwrap());
    }
    nest.hurry().await;
    let options = match name {
        "http_429" | "http_503" => json!({ "retryAfter": "0" }),
        "retry_after_date" => json!({ "inMs": 100 }),
        "huge_record" => json!({ "megabytes": 1 }),
        _ => json!({}),
    };
    sandbox.fault(json!({ "fault": name, "appKey": nest.app_key, "options": options })).await;
    let failed = nest.suffer(shop.id, fault["on"].as_str().unwrap()).await;
    nest.look(shop.id).await;
    nest.tokens(json!({})).await;
    let scanner = nest.scanner();
    let mut leaks = nest.check("open", &scanner);
    nest.hub.close().await.unwrap();
    nest.attempt(nest.hub.apps().list()).await;
    leaks.extend(nest.check("closed", &scanner));
    nest.assert_receivers_were_met(name, receivers);
    let secrets = nest.secrets.into_inner().unwrap();
    Lived {
        name: name.to_owned(),
        leaks: leaks.into_iter().map(|leak| format!("{name}: {leak}")).collect(),
        secrets,
        failed,
    }
}

struct Lived {
    name: String,
    leaks: Vec<String>,
    secrets: Vec<(String, Vec<u8>)>,
    failed: bool,
}

/// What buyers wrote, and in which orders.
#[derive(Default)]
struct Receivers {
    texts: Vec<String>,
    of_rows: Vec<String>,
    kept_aside: Vec<String>,
}

/// Puts readable receivers into four orders, which a platform should not send; two of them cannot be read
/// otherwise.
async fn plain_receivers(sandbox: &Sandbox) -> Receivers {
    let mut receivers = Receivers::default();
    for (number, order) in sandbox.truth("orders").await.iter().take(4).enumerate() {
        let [name, phone, street] = [canary(), canary(), canary()];
        let mut set = json!({ "post_receiver": name, "post_tel": phone, "post_addr": { "detail": street } });
        let id = order["order_id"].as_str().unwrap().to_owned();
        if number % 2 == 1 {
            set["order_status"] = json!({ "odd": true });
            receivers.kept_aside.push(id);
        } else {
            receivers.of_rows.push(id);
        }
        sandbox.post("/edit", json!({ "kind": "order", "id": order["order_id"], "set": set })).await;
        receivers.texts.extend([name, phone, street]);
    }
    receivers
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_no_file_no_log_and_no_error_under_any_fault() {
    Log::keep();
    let mut seed = [0; 4];
    getrandom::fill(&mut seed).unwrap();
    // The tokens and codes of the sandbox follow from it.
    let seed = u32::from_le_bytes(seed).to_string();
    println!("sandbox: --seed {seed}");
    let sandbox = Arc::new(Sandbox::start(&["--orders", "20", "--products", "6", "--seed", &seed]));
    let receivers = Arc::new(plain_receivers(&sandbox).await);
    let (turns, mut lives) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    let table = sandbox.get("/faults/table").await;
    for (name, fault) in table.as_object().unwrap().clone() {
        if LEFT_OUT.iter().any(|(left_out, _)| *left_out == name) {
            continue;
        }
        let (sandbox, receivers, turns) = (Arc::clone(&sandbox), Arc::clone(&receivers), Arc::clone(&turns));
        lives.spawn(async move {
            let _turn = turns.acquire().await.unwrap();
            live(sandbox, &name, &fault, &receivers).await
        });
    }
    let lived = lives.join_all().await;
    assert!(lived.len() > 50, "{}", lived.len());
    // Which record a fault strikes follows from the seed, so that a few may strike where no error follows.
    let quiet = |life: &&Lived| !life.failed && NO_ERROR.iter().all(|(name, _)| *name != life.name);
    let quiet: Vec<_> = lived.iter().filter(quiet).map(|life| life.name.as_str()).collect();
    assert!(quiet.len() <= 4, "{quiet:?} ended in no error, so none was looked at");
    println!(
        "{} of {} faults ended in an error",
        lived.iter().filter(|life| life.failed).count(),
        lived.len()
    );
    let mut leaks: Vec<_> = lived.iter().flat_map(|life| life.leaks.clone()).collect();
    let secrets =
        lived.iter().flat_map(|life| &life.secrets).map(|(name, secret)| (name.as_str(), secret.as_slice()));
    let log = Log::read();
    leaks.extend(Scanner::new(secrets).scan(&log).into_iter().map(|hit| format!("{hit} in the log")));
    assert_eq!(leaks, Vec::<String>::new());
    let log = String::from_utf8_lossy(&log);
    for logged in ["platform.call", "reqwest::connect", "writes committed"] {
        assert!(log.contains(logged), "{logged} is not in the log");
    }
}

#[test]
fn what_is_planted_is_found_in_every_medium_and_form() {
    Log::keep();
    let (planted, folder) = (canary(), tempfile::tempdir().unwrap());
    let scanner = Scanner::new([("plant", planted.as_bytes())]);
    let forms = forms(planted.as_bytes());
    let database = folder.path().join("plant.db");
    let conn = rusqlite::Connection::open(&database).unwrap();
    conn.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE planted (bytes BLOB)").unwrap();
    let mut told = String::new();
    for (_, form) in &forms {
        conn.execute("INSERT INTO planted VALUES (?1)", [form]).unwrap();
        // Of an ASCII secret every form is text.
        let text = String::from_utf8(form.clone()).unwrap();
        let error = io::Error::other(text.clone());
        write!(told, "{error}").unwrap();
        tracing::trace!(target: "hyper", "{text}");
        log::trace!(target: "rustls", "{text}");
        io::Write::write_all(&mut Log, form).unwrap();
    }
    let all = |bytes: &[u8]| scanner.scan(bytes).len() == forms.len();
    let find = |name: &str| files(folder.path()).into_iter().any(|(file, bytes)| file == name && all(&bytes));
    assert!(find("plant.db-wal"));
    conn.execute("VACUUM INTO ?1", [folder.path().join("backup.db").to_str().unwrap()]).unwrap();
    conn.close().unwrap();
    assert!(find("plant.db") && find("backup.db"));
    assert!(all(told.as_bytes()) && all(&Log::read()));
    for (name, form) in &forms {
        let found =
            scanner.scan(&[b"noise ".as_slice(), form, b" noise"].concat()).into_iter().collect::<Vec<_>>();
        assert!(found.contains(&format!("plant as {name}").as_str()), "{name}: {found:?}");
    }
    assert!(scanner.scan(canary().as_bytes()).is_empty());
}

/// What the database says after somebody changed a row, and what the hub says to it.
async fn code_after(desk: &mut Desk, shop: ShopId, change: &str) -> (usize, String) {
    desk.hub.close().await.unwrap();
    let conn = rusqlite::Connection::open(desk.database()).unwrap();
    let kept: (i64, Vec<u8>, Option<Vec<u8>>) = conn
        .query_row("SELECT generation, access_token, refresh_token FROM grants", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    let secret: Vec<u8> =
        conn.query_row("SELECT app_secret FROM ecommerce_platforms", [], |row| row.get(0)).unwrap();
    let changed = conn.execute(change, []).unwrap();
    conn.close().unwrap();
    desk.hub = dianqiao::Hub::open(crate::support::config(&desk.database(), &desk.sandbox)).await.unwrap();
    let params = "{}".to_owned();
    let request = RawRequest {
        shop_id: shop,
        api: "shop.brandList".into(),
        params,
        files: Vec::new(),
        repeatable: false,
    };
    let code = desk.hub.call(request).await.map_or_else(|error| error.code().to_owned(), |_| "ok".to_owned());
    // Nothing else is broken by it.
    assert_eq!(desk.hub.apps().list().await.unwrap().len(), 1, "{change}");
    assert_eq!(desk.hub.shops().list(Default::default()).await.unwrap().len(), 1, "{change}");
    desk.hub.close().await.unwrap();
    let conn = rusqlite::Connection::open(desk.database()).unwrap();
    conn.execute_batch("DROP TRIGGER grants_grow").unwrap();
    conn.execute(
        "UPDATE grants SET generation = ?1, access_token = ?2, refresh_token = ?3, state = 'valid', \
                  reason = NULL, failures = 0, next_attempt_at = NULL, refresh_owner = NULL, \
                  refresh_lease_until = NULL",
        rusqlite::params![kept.0, kept.1, kept.2],
    )
    .unwrap();
    conn.execute("UPDATE ecommerce_platforms SET app_secret = ?1", [secret]).unwrap();
    conn.execute_batch(
        "CREATE TRIGGER grants_grow BEFORE UPDATE OF generation ON grants WHEN NEW.generation < OLD.generation
         BEGIN SELECT RAISE(ABORT, 'the generation of a grant only grows'); END",
    )
    .unwrap();
    conn.close().unwrap();
    desk.hub = dianqiao::Hub::open(crate::support::config(&desk.database(), &desk.sandbox)).await.unwrap();
    (changed, code)
}

#[tokio::test(flavor = "multi_thread")]
async fn sealed_rows_that_were_altered_or_moved_do_not_open_and_break_nothing_else() {
    let mut desk = Desk::open(&["--orders", "1", "--products", "1"]).await;
    let shop = desk.connect().await.id;
    let nothing = code_after(&mut desk, shop, "UPDATE grants SET failures = failures").await;
    assert_eq!(nothing, (1, "ok".to_owned()));
    // The same length with one byte replaced, at the version, key id, nonce, text and tag; cut; emptied.
    let mut changes = Vec::new();
    for (table, column) in [("ecommerce_platforms", "app_secret"), ("grants", "access_token")] {
        for at in [1, 2, 9, 10, 21, 22, 30] {
            changes.push(format!(
                "UPDATE {table} SET {column} = CAST(substr({column}, 1, {at} - 1) ||
                 iif(substr({column}, {at}, 1) = x'41', x'42', x'41') || substr({column}, {at} + 1) AS BLOB)"
            ));
        }
        changes.push(format!("UPDATE {table} SET {column} = substr({column}, 1, length({column}) - 1)"));
        changes.push(format!("UPDATE {table} SET {column} = x''"));
    }
    changes.extend([
        "UPDATE grants SET access_token = refresh_token".to_owned(),
        "UPDATE grants SET access_token = (SELECT app_secret FROM ecommerce_platforms)".to_owned(),
        "UPDATE ecommerce_platforms SET app_secret = (SELECT access_token FROM grants)".to_owned(),
        "UPDATE grants SET access_token = (SELECT sealed FROM key_checks)".to_owned(),
        "UPDATE grants SET generation = generation + 1".to_owned(),
    ]);
    for change in changes {
        assert_eq!(code_after(&mut desk, shop, &change).await, (1, "KEY_WRONG".to_owned()), "{change}");
    }
    // A refresh token is opened only when it is needed.
    for change in ["refresh_token = access_token", "refresh_token = substr(refresh_token, 2)"] {
        desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
        let change = format!("UPDATE grants SET {change}");
        assert_eq!(code_after(&mut desk, shop, &change).await, (1, "KEY_WRONG".to_owned()), "{change}");
    }
    desk.hub.close().await.unwrap();
}
