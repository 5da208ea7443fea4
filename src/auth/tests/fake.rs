//! A token server in the fake platform's words: tokens of an app, and refresh tokens that are renewed apart, where
//! the new one kills the old one at once.

use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::{QUOTA, keys};
use crate::auth::grant::sealed_grant;
use crate::auth::place::grant_row;
use crate::auth::{Cipher, Grants, ShopContext};
use crate::clock::Clock;
use crate::event::Events;
use crate::http::mock::{good, read_request};
use crate::http::{HostRules, Http, HttpAnswer, HttpFailure, HttpFailureKind, Played, Sent};
use crate::limit::{Lane, Share};
use crate::model::{AppDraft, AppId, PlatformId, ShopId, ShopKind, UtcMillis};
use crate::pipeline::{AppContext, CallStyle, Caller, RetryPolicy, Sender};
use crate::platform::fake::FAKE;
use crate::platform::{Credentials, Platform, RemoteShop, TokenSet};
use crate::secret::Secret;
use crate::store::{ConnectShop, SaveApp, Store, StoreOptions};

pub(super) const DAY: Duration = Duration::from_secs(86_400);
pub(super) const ACCESS_LIFE: Duration = Duration::from_secs(15 * 86_400);
pub(super) const REFRESH_LIFE: Duration = Duration::from_secs(30 * 86_400);
pub(super) const APP_LIFE: Duration = Duration::from_secs(7_200);
pub(super) const MOST: u32 = 5;
const SHOP: &str = "s1";

/// What the server saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) app_fetches: u32,
    pub(super) app_calls: u32,
    /// Refreshes and renewals, those in trouble too.
    pub(super) token_calls: u32,
    pub(super) refreshes: u32,
    pub(super) renewals: u32,
    /// Renewals that it did.
    pub(super) renewed: u32,
    /// Refresh tokens that had been killed and came all the same.
    pub(super) dead: u32,
    pub(super) calls: u32,
}

/// How the token calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// With this code, and nothing done.
    Code(&'static str),
    /// Done, and the answer is lost; the next one comes.
    LostOnce,
    /// Nothing is done, and no answer comes.
    Down,
}

pub(super) struct State {
    clock: Clock,
    pub(super) seen: Seen,
    pub(super) trouble: Option<Trouble>,
    pub(super) app_trouble: Option<Trouble>,
    /// The app's tokens that work.
    app_token: u32,
    pub(super) app_refuses_all: bool,
    access_ends: UtcMillis,
    pub(super) refresh: u32,
    pub(super) refresh_ends: UtcMillis,
    pub(super) used: u32,
    /// Refreshes do not say when the refresh token ends.
    pub(super) is_silent: bool,
    pub(super) revoked: bool,
}

#[derive(Clone)]
pub(super) struct Server {
    pub(super) state: Arc<Mutex<State>>,
    /// Leaves to answer, when there is a gate.
    pub(super) gate: Option<Arc<Semaphore>>,
}

type Answer = Result<Value, &'static str>;

impl Server {
    pub(super) fn new(clock: Clock) -> Self {
        let now = clock.now();
        let state = State {
            clock,
            seen: Seen::default(),
            trouble: None,
            app_trouble: None,
            app_token: 0,
            app_refuses_all: false,
            access_ends: now.plus(ACCESS_LIFE),
            refresh: 1,
            refresh_ends: now.plus(REFRESH_LIFE),
            used: 0,
            is_silent: false,
            revoked: false,
        };
        Self { state: Arc::new(Mutex::new(state)), gate: None }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn seen(&self) -> Seen {
        self.state().seen.clone()
    }

    /// The app's token is over before its time.
    pub(super) fn expire_app_token(&self) {
        self.state().app_token += 1;
    }

    /// The shop's access token is over before its time.
    pub(super) fn expire(&self) {
        let mut state = self.state();
        state.access_ends = state.clock.now();
    }

    /// What it answers, where an answer comes.
    fn answer(&self, url: &str, body: &[u8]) -> Option<String> {
        let url = url::Url::parse(url).unwrap();
        let token = url.query_pairs().find(|(name, _)| name == "access_token").map(|(_, value)| value);
        let token = token.as_deref().unwrap_or_default();
        let params: Value = serde_json::from_slice(body).unwrap();
        let refresh = params["refreshToken"].as_str().unwrap_or_default().to_owned();
        let mut state = self.state();
        let answer = match url.path() {
            "/token.app" => state.fetch(),
            "/token.create" => Some(Ok(state.created())),
            "/token.refresh" => state.in_trouble(|state| state.refreshed(&refresh)),
            "/token.renew" => state.in_trouble(|state| state.renewed(&refresh)),
            path if path.starts_with("/app.") => Some(state.app_call(token)),
            _ => Some(state.call(token)),
        };
        answer.map(|answer| match answer {
            Ok(data) => json!({"ok": true, "requestId": "q1", "data": data}).to_string(),
            Err(code) => json!({"ok": false, "code": code, "message": "no", "requestId": "q1"}).to_string(),
        })
    }

    /// Serves on loopback until the runtime ends; the base URL.
    pub(super) async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(request) = read_request(&mut stream).await {
                        let target = request.head.split(' ').nth(1).unwrap();
                        let Some(body) = server.answer(&format!("http://x{target}"), &request.body) else {
                            return;
                        };
                        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                        if stream.write_all((head + &body).as_bytes()).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        base
    }
}

impl Played for Server {
    fn answer<'a>(
        &'a self,
        url: &'a str,
        body: Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = Result<HttpAnswer, HttpFailure>> + Send + 'a>> {
        Box::pin(async move {
            let answer = Self::answer(self, url, &body);
            if let Some(gate) = &self.gate {
                gate.acquire().await.unwrap().forget();
            }
            let lost = HttpFailure { sent: Sent::Maybe, kind: HttpFailureKind::Broken };
            answer.map(good).ok_or(lost)
        })
    }
}

impl State {
    fn in_trouble(&mut self, act: impl FnOnce(&mut Self) -> Answer) -> Option<Answer> {
        self.seen.token_calls += 1;
        match self.trouble {
            None => Some(act(self)),
            Some(Trouble::Code(code)) => Some(Err(code)),
            Some(Trouble::LostOnce) => {
                self.trouble = None;
                let _ = act(self);
                None
            }
            Some(Trouble::Down) => None,
        }
    }

    fn fetch(&mut self) -> Option<Answer> {
        self.seen.app_fetches += 1;
        match self.app_trouble {
            Some(Trouble::Code(code)) => return Some(Err(code)),
            Some(_) => return None,
            None => {}
        }
        self.app_token += 1;
        let token = format!("canary-app-{}", self.app_token);
        Some(Ok(json!({"access_token": token, "expires_in": APP_LIFE.as_secs()})))
    }

    fn app_call(&mut self, token: &str) -> Answer {
        self.seen.app_calls += 1;
        let is_good = token == format!("canary-app-{}", self.app_token) && !self.app_refuses_all;
        if is_good { Ok(json!({})) } else { Err("token_expired") }
    }

    /// An authorisation; its refresh token lives as long as the server says.
    fn created(&self) -> Value {
        let left = self.refresh_ends.since(self.clock.now()).as_secs();
        json!({"access_token": "access", "expires_in": ACCESS_LIFE.as_secs(), "refresh_token": "refresh-1",
            "refresh_expires_in": left, "shop_id": SHOP, "shop_name": "店"})
    }

    /// The same access token lives longer; the refresh token and its end stay what they are.
    fn refreshed(&mut self, token: &str) -> Answer {
        self.seen.refreshes += 1;
        self.check(token)?;
        self.access_ends = self.clock.now().plus(ACCESS_LIFE);
        let left = self.refresh_ends.since(self.clock.now()).as_secs();
        let mut answer = json!({"access_token": "access", "expires_in": ACCESS_LIFE.as_secs(), "shop_id": SHOP,
            "refresh_token": token});
        if !self.is_silent {
            answer["refresh_expires_in"] = left.into();
        }
        Ok(answer)
    }

    fn renewed(&mut self, token: &str) -> Answer {
        self.seen.renewals += 1;
        self.check(token)?;
        if self.used == MOST {
            return Err("reauthorize");
        }
        self.used += 1;
        self.refresh += 1;
        self.seen.renewed += 1;
        self.refresh_ends = self.clock.now().plus(REFRESH_LIFE);
        let token = format!("refresh-{}", self.refresh);
        Ok(json!({"refresh_token": token, "refresh_expires_in": REFRESH_LIFE.as_secs()}))
    }

    fn check(&mut self, token: &str) -> Result<(), &'static str> {
        let is_current = token == format!("refresh-{}", self.refresh);
        if !is_current {
            self.seen.dead += 1;
        }
        let is_good = is_current && !self.revoked && self.clock.now() < self.refresh_ends;
        if is_good { Ok(()) } else { Err("reauthorize") }
    }

    fn call(&mut self, token: &str) -> Answer {
        self.seen.calls += 1;
        let is_good = token == "access" && self.clock.now() < self.access_ends && !self.revoked;
        if is_good { Ok(json!({})) } else { Err("token_expired") }
    }
}

/// The parts of a hub that tokens need, on one file.
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) grants: Grants,
    pub(super) caller: Caller,
    pub(super) app: Arc<AppContext>,
    pub(super) events: Events,
}

impl Desk {
    /// Opens the file and calls `base` by `http`.
    pub(super) async fn open(path: &Path, base: &str, http: Http, clock: &Clock) -> Self {
        let options = StoreOptions { path: path.to_owned(), force_network: true, clock: clock.clone() };
        let store = Store::open(options, |_| Ok(Vec::new())).await.unwrap();
        let (sender, events) = (Sender::new(http, clock.clone()), Events::new());
        let grants = Grants::new(
            store.clone(),
            Cipher::new(&keys()),
            Arc::clone(&sender),
            clock.clone(),
            TaskTracker::new(),
            events.clone(),
        );
        let caller = Caller::new(sender, grants.clone());
        let app = Arc::new(app("canary-secret", base));
        Self { store, grants, caller, app, events }
    }

    /// On a file of its own, with answers that come from a server without sockets.
    pub(super) async fn played(server: &Server, clock: &Clock) -> (Self, TempDir) {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let http = Http::played(Arc::new(server.clone()));
        let desk = Self::open(&folder.path().join("shop.db"), "http://127.0.0.1:1", http, clock).await;
        desk.connect(clock, REFRESH_LIFE).await;
        (desk, folder)
    }

    /// Authorises the one shop, whose refresh token lives so long.
    pub(super) async fn connect(&self, clock: &Clock, refresh_life: Duration) -> ShopId {
        let (store, now, cipher) = (&self.store, clock.now(), Cipher::new(&keys()));
        let sealing = cipher.sealing();
        let row = grant_row(AppId(1), SHOP);
        let set = TokenSet {
            access_token: Secret::from("access"),
            refresh_token: Some(Secret::from("refresh-1")),
            expires_in: ACCESS_LIFE,
            refresh_expires_in: Some(refresh_life),
            scope: None,
            tiers: Vec::new(),
            shop: RemoteShop { platform_shop_id: SHOP.to_owned(), name: "店".to_owned(), shop_type: None },
        };
        let generation = store.grant_generation(AppId(1), SHOP).await.unwrap();
        if generation == 0 {
            let draft = AppDraft::new(PlatformId::Fake, "应用", "key", "secret");
            let save =
                SaveApp { draft, sealed_secret: Some(vec![1]), sealed_proxy: None, shown_proxy: None, now };
            assert_eq!(store.save_app(save).await.unwrap().id, AppId(1));
        }
        let connect = ConnectShop {
            app_id: AppId(1),
            platform_shop_id: SHOP.to_owned(),
            name: "店".to_owned(),
            shop_type: None,
            kind: ShopKind::ContentAccount,
            renewable: false,
            most_renewals: FAKE.renewal_rules().map(|rules| rules.most),
            expected_generation: generation,
            grant: sealed_grant(&sealing, &row, generation + 1, &set, now).unwrap(),
            now,
        };
        store.connect_shop(connect).await.unwrap().unwrap().id
    }

    pub(super) async fn context(&self) -> ShopContext {
        ShopContext { shop: self.store.get_shop(ShopId(1)).await.unwrap(), app: Arc::clone(&self.app) }
    }
}

pub(super) fn app(secret: &str, base: &str) -> AppContext {
    AppContext {
        id: AppId(1),
        platform: &FAKE,
        credentials: Credentials {
            app_key: "key".into(),
            app_secret: Secret::from(secret),
            api_base: base.into(),
            token_base: None,
            upload_base: None,
        },
        proxy: None,
        quota: QUOTA,
        hosts: Arc::new(HostRules::new(&[], &[base.trim_start_matches("http://").into()]).unwrap()),
    }
}

pub(super) const STYLE: CallStyle<'static> = CallStyle {
    lane: Lane::Interactive,
    share: Share::Leader,
    policy: RetryPolicy::INTERACTIVE,
    counter: None,
};
