//! A token server that speaks 抖店's envelope and takes rotation seriously.
//!
//! Strict: a retired refresh token ends the whole authorisation, whoever sends it. Graceful: the pair
//! before the newest one brings the newest again, as servers with a grace window do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::http::mock::read_request;
use crate::model::UtcMillis;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rotation {
    Strict,
    Graceful,
}

/// The tokens of one shop.
struct Family {
    generation: u64,
    ends_at: UtcMillis,
    revoked: bool,
    expired: bool,
    uses: u32,
}

/// What the server saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Calls of `token.refresh`.
    pub(super) refreshes: u32,
    /// New pairs issued by them.
    pub(super) rotations: u32,
    /// Refresh tokens that had been retired.
    pub(super) retired: u32,
    /// Other calls.
    pub(super) calls: u32,
    /// Those of them with a token that is not good any more.
    pub(super) refused: u32,
}

struct State {
    rotation: Rotation,
    clock: Clock,
    life: Duration,
    /// After so many uses an access token is over.
    uses: u32,
    shops: HashMap<String, Family>,
    seen: Seen,
}

#[derive(Clone)]
pub(super) struct Platform(Arc<Mutex<State>>);

impl Platform {
    pub(super) fn new(rotation: Rotation, clock: Clock, life: Duration) -> Self {
        let (uses, shops, seen) = (u32::MAX, HashMap::new(), Seen::default());
        Self(Arc::new(Mutex::new(State { rotation, clock, life, uses, shops, seen })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(super) fn seen(&self) -> Seen {
        self.state().seen.clone()
    }

    /// Access tokens end after so many uses.
    pub(super) fn end_after(&self, uses: u32) {
        self.state().uses = uses;
    }

    /// The access token of every shop is over before its time.
    pub(super) fn expire(&self) {
        self.state().shops.values_mut().for_each(|family| family.expired = true);
    }

    /// Answers one request.
    pub(super) fn answer(&self, url: &str, body: &[u8]) -> String {
        let url = url::Url::parse(url).unwrap();
        let token = url.query_pairs().find(|(name, _)| name == "access_token").map(|(_, value)| value);
        let params: Value = serde_json::from_slice(body).unwrap();
        let text = |name: &str| params[name].as_str().unwrap_or_default().to_owned();
        let mut state = self.state();
        let data = match url.path() {
            "/token/create" => Ok(state.create(text("code"))),
            "/token/refresh" => state.refresh(&text("refresh_token")),
            _ => state.call(token.as_deref().unwrap_or_default()),
        };
        let answer = match data {
            Ok(data) => json!({ "code": 10000, "msg": "success", "log_id": "l1", "data": data }),
            Err((code, sub)) => json!({ "code": code, "msg": "no", "sub_code": sub, "log_id": "l1" }),
        };
        answer.to_string()
    }

    /// Serves on loopback until the runtime ends; the base URL.
    pub(super) async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let platform = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let platform = platform.clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(request) = read_request(&mut stream).await {
                        let target = request.head.split(' ').nth(1).unwrap();
                        let body = platform.answer(&format!("http://x{target}"), &request.body);
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

type Answer = Result<Value, (u32, &'static str)>;

impl State {
    fn create(&mut self, shop: String) -> Value {
        let ends_at = self.clock.now().plus(self.life);
        let family = Family { generation: 1, ends_at, revoked: false, expired: false, uses: 0 };
        self.shops.insert(shop.clone(), family);
        self.pair(&shop)
    }

    fn refresh(&mut self, token: &str) -> Answer {
        self.seen.refreshes += 1;
        let (now, life, rotation) = (self.clock.now(), self.life, self.rotation);
        let (shop, generation) = token.strip_prefix("r-").and_then(|rest| rest.rsplit_once('-')).unwrap();
        let generation: u64 = generation.parse().unwrap();
        let family = self.shops.get_mut(shop).unwrap();
        let is_newest = generation == family.generation;
        if !is_newest {
            self.seen.retired += 1;
        }
        let is_graced = rotation == Rotation::Graceful && generation + 1 == family.generation;
        if family.revoked || !(is_newest || is_graced) {
            family.revoked = true;
            return Err((50002, "dop.token-generate-failed:token-invalid"));
        }
        if is_newest {
            family.generation += 1;
            (family.ends_at, family.expired, family.uses) = (now.plus(life), false, 0);
            self.seen.rotations += 1;
        }
        Ok(self.pair(shop))
    }

    fn call(&mut self, token: &str) -> Answer {
        self.seen.calls += 1;
        let (now, uses) = (self.clock.now(), self.uses);
        let (shop, generation) = token.strip_prefix("a-").and_then(|rest| rest.rsplit_once('-')).unwrap();
        let family = self.shops.get_mut(shop).unwrap();
        let is_newest = generation == family.generation.to_string();
        let is_good = !family.revoked && !family.expired && now < family.ends_at && family.uses < uses;
        if !(is_newest && is_good) {
            self.seen.refused += 1;
            return Err((40003, "isv.access-token-expired"));
        }
        family.uses += 1;
        Ok(json!([{ "brand_id": 1 }]))
    }

    fn pair(&self, shop: &str) -> Value {
        let family = &self.shops[shop];
        json!({
            "access_token": format!("a-{shop}-{}", family.generation),
            "refresh_token": format!("r-{shop}-{}", family.generation),
            "expires_in": family.ends_at.since(self.clock.now()).as_secs(),
            "shop_id": shop, "shop_name": "店", "scope": "SCOPE",
        })
    }
}
