//! A 抖店-like platform in simulated time, answering the real wire format. Its records change while they
//! are read, become visible late, crowd into one second, and its answers fail and lie.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::Tally;
use crate::http::{HttpAnswer, HttpFailure, HttpFailureKind, Played, Sent};
use crate::model::UtcMillis;

pub(super) const SHOP: &str = "4463798";
/// When the world's first record was made; nothing is older.
pub(super) const BEGIN: i64 = 1_790_000_000_000;
const DAY: i64 = 86_400_000;
/// No change stays invisible longer: less than the adapter's lag and overlap together, 540 seconds, since a
/// clock is read to the second.
const LATEST: u64 = 500_000;
const PAGE: usize = 100;

/// SplitMix64: the same seed, the same world.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5EED)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end.max(1)
    }

    /// True so many times in a thousand.
    pub(super) fn often(&mut self, mille: u64) -> bool {
        self.below(1000) < mille
    }
}

/// One state of a record. What it holds follows from its id and tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) second: i64,
    visible: i64,
    pub(super) tag: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Order,
    Product,
}

/// How the platform behaves; all zero is fair weather.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    /// Answers in a thousand that fail or lie.
    pub(super) faults: u64,
    /// Calls in a thousand during which records change.
    pub(super) moving: u64,
    /// The longest time in milliseconds that a change stays invisible.
    pub(super) late: u64,
}

impl Weather {
    pub(super) fn foul(rng: &mut Rng) -> Self {
        Self { faults: rng.below(90), moving: rng.below(400), late: rng.below(2) * LATEST }
    }
}

/// What was asked for one window of a run, and what a perfect client would have needed.
#[derive(Clone, Copy, Debug)]
struct Asked {
    calls: u64,
    least: u64,
}

pub(super) struct State {
    pub(super) rng: Rng,
    base: i64,
    started: Option<Instant>,
    /// How much the machine's clock is ahead of the platform's.
    pub(super) skew: i64,
    pub(super) weather: Weather,
    pub(super) orders: BTreeMap<u64, Vec<Version>>,
    pub(super) products: BTreeMap<u64, Vec<Version>>,
    /// Calls until the client is killed.
    pub(super) kill_in: Option<u64>,
    emptied: HashSet<Vec<u8>>,
    asked: HashMap<(List, i64), Asked>,
    skus_served: HashMap<u64, u64>,
    pub(super) is_exclusive: bool,
    tags: u64,
}

type List = u8;
const ORDERS: List = 0;
const ALL_PRODUCTS: List = 1;
const CHANGED_PRODUCTS: List = 2;
const SKUS: List = 3;

pub(super) struct World {
    state: Mutex<State>,
    pub(super) killed: Notify,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let is_exclusive = rng.often(500);
        let mut state = State {
            rng,
            base: BEGIN + 3 * DAY,
            started: None,
            skew: 0,
            weather: Weather::default(),
            orders: BTreeMap::new(),
            products: BTreeMap::new(),
            kill_in: None,
            emptied: HashSet::new(),
            asked: HashMap::new(),
            skus_served: HashMap::new(),
            is_exclusive,
            tags: 0,
        };
        let (orders, products) = (150 + state.rng.below(450), 5 + state.rng.below(40));
        for (kind, count) in [(Kind::Order, orders), (Kind::Product, products)] {
            for id in 1..=count {
                let at = BEGIN + 1000 + i64::try_from(state.rng.below(3 * 86_400_000 - 2000)).unwrap();
                state.change(kind, id, at);
            }
        }
        if state.rng.often(500) {
            state.crowd(BEGIN + DAY);
        }
        Self { state: Mutex::new(state), killed: Notify::new() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The machine's clock.
    pub(super) fn local_now(&self) -> UtcMillis {
        let state = self.state();
        UtcMillis(state.now() + state.skew)
    }

    /// A new life of the client starts: tokio's clock is a new one.
    pub(super) fn resume(&self) {
        self.state().started = Some(Instant::now());
    }

    /// The life ends; the world's clock stands until the next.
    pub(super) fn pause(&self) {
        let mut state = self.state();
        state.base = state.now();
        state.started = None;
    }
}

impl State {
    /// The platform's clock.
    pub(super) fn now(&self) -> i64 {
        let since = self.started.map_or(0, |started| i64::try_from(started.elapsed().as_millis()).unwrap());
        self.base + since
    }

    /// What happens in the time that is about to pass.
    pub(super) fn foresee(&mut self, millis: i64, changes: u64) {
        let from = self.now();
        let mut times: Vec<i64> =
            (0..changes).map(|_| from + i64::try_from(self.rng.below(millis as u64)).unwrap()).collect();
        times.sort_unstable();
        for at in times {
            self.happen(at);
        }
        if self.rng.often(300) {
            self.crowd(from + millis / 2);
        }
    }

    /// Something changes.
    fn happen(&mut self, at: i64) {
        let kind = if self.rng.often(150) { Kind::Product } else { Kind::Order };
        let count = self.records(kind).len() as u64;
        // A tenth is new.
        let id = if self.rng.often(100) { count + 1 } else { 1 + self.rng.below(count) };
        self.change(kind, id, at);
    }

    /// More records change within one second than a page holds.
    fn crowd(&mut self, at: i64) {
        let count = 101 + self.rng.below(160);
        let known = self.orders.len() as u64;
        let first = 1 + self.rng.below(known);
        for step in 0..count {
            self.change(Kind::Order, 1 + (first + step) % (known + 50), at);
        }
    }

    pub(super) fn records(&mut self, kind: Kind) -> &mut BTreeMap<u64, Vec<Version>> {
        match kind {
            Kind::Order => &mut self.orders,
            Kind::Product => &mut self.products,
        }
    }

    fn change(&mut self, kind: Kind, id: u64, at: i64) {
        let late = if self.weather.late > 0 { self.rng.below(self.weather.late) } else { 0 };
        self.tags += 1;
        let tag = self.tags;
        let versions = self.records(kind).entry(id).or_default();
        let last = versions.last().copied();
        let second = at.div_euclid(1000);
        // A record's time of change never goes back, and a product that changes has another one: its SKUs
        // carry no time of their own.
        let is_old = |last: Version| last.second > second || (kind == Kind::Product && last.second == second);
        if last.is_some_and(is_old) {
            return;
        }
        let visible = last.map_or(i64::MIN, |last| last.visible).max(at + i64::try_from(late).unwrap());
        versions.push(Version { second, visible, tag });
    }

    fn visible(versions: &[Version], now: i64) -> Option<Version> {
        versions.iter().rev().find(|version| version.visible <= now).copied()
    }

    fn rows(&self, kind: Kind, range: Option<(i64, i64)>) -> Vec<(u64, Version)> {
        let now = self.now();
        let edge = i64::from(self.is_exclusive);
        let records = if kind == Kind::Order { &self.orders } else { &self.products };
        let inside = |version: &Version| {
            range.is_none_or(|(from, to)| from + edge <= version.second && version.second <= to - edge)
        };
        let shown = |(id, versions): (&u64, &Vec<Version>)| {
            Self::visible(versions, now).filter(inside).map(|version| (*id, version))
        };
        records.iter().filter_map(shown).collect()
    }

    /// Forgets what was counted: a run starts, and perhaps reads everything again.
    pub(super) fn count_anew(&mut self, full: bool) {
        self.asked.clear();
        if full {
            self.skus_served.clear();
        }
    }

    /// The run's calls and the least possible, and the worst window's calls beyond twice its least.
    pub(super) fn counted(&self) -> (Tally, u64) {
        let sum = |of: fn(&Asked) -> u64, lists: bool| {
            self.asked
                .iter()
                .filter(|((list, _), _)| !lists || *list != SKUS)
                .map(|(_, asked)| of(asked))
                .sum()
        };
        let tally = Tally {
            calls: sum(|asked| asked.calls, false),
            least: sum(|asked| asked.least, false),
            list_calls: sum(|asked| asked.calls, true),
            list_least: sum(|asked| asked.least, true),
        };
        let worst = self.asked.values().map(|asked| asked.calls.saturating_sub(2 * asked.least)).max();
        (tally, worst.unwrap_or(0))
    }

    /// The first question of a window shows all of its rows; the small one for the platform's time may end
    /// in the same second.
    fn count(&mut self, key: (List, i64), least: u64) {
        let asked = self.asked.entry(key).or_insert(Asked { calls: 0, least: 0 });
        asked.calls += 1;
        asked.least = asked.least.max(least);
    }

    fn orders_page(&mut self, ask: &Value) -> Value {
        let (from, to) =
            (ask["update_time_start"].as_i64().unwrap(), ask["update_time_end"].as_i64().unwrap());
        assert!(ask["order_asc"] == true && ask["order_by"] == "update_time");
        let mut rows = self.rows(Kind::Order, Some((from, to)));
        // Within a second the order is the platform's own.
        rows.sort_by_key(|(id, version)| (version.second, id.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        self.count((ORDERS, to), if to - from <= 4 { 0 } else { pages(rows.len()) });
        let page = usize::try_from(ask["page"].as_u64().unwrap()).unwrap();
        let list: Vec<Value> =
            rows.iter().skip(page * PAGE).take(PAGE).map(|(id, version)| order(*id, *version)).collect();
        json!({ "page": page, "size": PAGE, "total": rows.len(), "shop_order_list": list })
    }

    fn products_page(&mut self, ask: &Value) -> Value {
        if ask["use_cursor"] == true {
            let after: u64 = ask["cursor_id"].as_str().map_or(0, |cursor| cursor.parse().unwrap());
            let rows = self.rows(Kind::Product, None);
            self.count((ALL_PRODUCTS, 0), pages(rows.len()));
            let list: Vec<_> = rows.iter().filter(|(id, _)| *id > after).take(PAGE).collect();
            let last = list.last().map_or(0, |(id, _)| *id);
            let has_more = rows.iter().any(|(id, _)| *id > last);
            let records: Vec<Value> = list.iter().map(|(id, version)| product(*id, *version)).collect();
            let cursor = if has_more { last.to_string() } else { "0".to_owned() };
            return json!({ "total": rows.len(), "data": records, "cursor_id": cursor });
        }
        let (from, to) =
            (ask["update_start_time"].as_i64().unwrap(), ask["update_end_time"].as_i64().unwrap());
        let mut rows = self.rows(Kind::Product, Some((from, to)));
        rows.sort_by_key(|(id, version)| (-version.second, *id));
        self.count((CHANGED_PRODUCTS, to), if to - from <= 4 { 0 } else { pages(rows.len()) });
        let page = usize::try_from(ask["page"].as_u64().unwrap()).unwrap() - 1;
        let list: Vec<Value> =
            rows.iter().skip(page * PAGE).take(PAGE).map(|(id, version)| product(*id, *version)).collect();
        json!({ "page": page + 1, "size": PAGE, "total": rows.len(), "data": list })
    }

    fn skus(&mut self, ask: &Value) -> Value {
        let id = ask["product_id"].as_u64().unwrap();
        let Some(version) = Self::visible(&self.products[&id], self.now()) else { return json!([]) };
        let is_news = self.skus_served.insert(id, version.tag) != Some(version.tag);
        self.count((SKUS, i64::try_from(id).unwrap()), u64::from(is_news));
        Value::Array(sku_facts(id, version).into_iter().map(|(sku, price, stock)| {
            json!({ "id": sku, "price": price, "stock_num": stock, "sku_type": 0, "code": "" })
        }).collect())
    }

    /// The body and whether it is whole.
    fn body(&mut self, method: &str, ask: &Value) -> Value {
        let data = match method {
            "order.searchList" => self.orders_page(ask),
            "product.listV2" => self.products_page(ask),
            "sku.list" => self.skus(ask),
            "token.create" | "token.refresh" => json!({
                "access_token": "at-1", "refresh_token": "rt-1", "expires_in": 604_800, "scope": "SCOPE",
                "shop_id": SHOP, "shop_name": "模型店",
            }),
            other => panic!("nobody asks for {other}"),
        };
        json!({ "code": 10000, "msg": "success", "log_id": "L1", "data": data })
    }

    /// What goes wrong with this answer, if anything does.
    fn spoil(&mut self, method: &str, raw: &[u8], answer: &mut Answer) {
        if method.starts_with("token.") || !self.rng.often(self.weather.faults) {
            return;
        }
        let fault =
            |code: u64, sub: &str| json!({ "code": code, "sub_code": sub, "msg": "x", "log_id": "L2" });
        let list = if method == "order.searchList" { "shop_order_list" } else { "data" };
        match self.rng.below(10) {
            0 => *answer = Answer { status: 503, body: json!("down"), ..*answer },
            1 => *answer = Answer { status: 429, retry_after: true, body: json!("slow"), ..*answer },
            2 => answer.body = fault(60000, "isv.traffic-limited"),
            3 => answer.body = fault(20000, "dop.service-error"),
            4 => answer.is_cut = true,
            5 => answer.is_lost = true,
            // An empty page against the total, never twice for one question.
            6 if method != "sku.list" && self.emptied.insert(raw.to_vec()) => {
                answer.body["data"][list] = json!([]);
                if method == "product.listV2" {
                    answer.body["data"]["cursor_id"] = json!("0");
                }
            }
            7 if method != "sku.list" => answer.body["data"]["total"] = json!(self.rng.below(2) * 977),
            8 if method != "sku.list" => {
                let rows = answer.body["data"][list].as_array_mut().unwrap();
                if let Some(row) = rows.last().cloned() {
                    rows.push(row);
                }
            }
            _ => {}
        }
    }
}

fn pages(rows: usize) -> u64 {
    rows.div_ceil(PAGE).max(1) as u64
}

struct Answer {
    status: u16,
    retry_after: bool,
    is_cut: bool,
    is_lost: bool,
    body: Value,
}

/// The lines of an order: id and pieces.
pub(super) fn item_facts(id: u64, version: Version) -> Vec<(String, i64)> {
    (0..=version.tag % 3).map(|line| (format!("{id}{line}"), (version.tag % 50 + line) as i64)).collect()
}

/// The SKUs of a product: id, price and stock.
pub(super) fn sku_facts(id: u64, version: Version) -> Vec<(u64, u64, u64)> {
    (0..=version.tag % 3).map(|sku| (id * 10 + sku, version.tag * 100, version.tag + sku)).collect()
}

fn order(id: u64, version: Version) -> Value {
    let items: Vec<Value> = item_facts(id, version)
        .into_iter()
        .map(|(item, pieces)| json!({ "order_id": item, "item_num": pieces, "order_status": 2, "sku_id": 7 }))
        .collect();
    json!({
        "order_id": id.to_string(), "order_status": 2, "create_time": BEGIN / 1000,
        "update_time": version.second, "pay_amount": version.tag, "sku_order_list": items,
    })
}

fn product(id: u64, version: Version) -> Value {
    json!({
        "product_id": id, "status": 0, "check_status": 3, "name": format!("p{id} v{}", version.tag),
        "create_time": BEGIN / 1000, "update_time": version.second,
    })
}

impl Played for World {
    fn answer<'a>(
        &'a self,
        url: &'a str,
        body: Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = Result<HttpAnswer, HttpFailure>> + Send + 'a>> {
        Box::pin(async move {
            let url = url::Url::parse(url).unwrap();
            let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
            let (there, back) = {
                let mut state = self.state();
                (10 + state.rng.below(200), 10 + state.rng.below(200))
            };
            sleep(Duration::from_millis(there)).await;
            let (answer, date, is_killed) = self.decide(&query, &body);
            if is_killed {
                self.killed.notify_one();
                std::future::pending::<()>().await;
            }
            sleep(Duration::from_millis(back)).await;
            if answer.is_lost {
                return Err(HttpFailure { kind: HttpFailureKind::Timeout, sent: Sent::Maybe });
            }
            let mut bytes = answer.body.to_string().into_bytes();
            if answer.is_cut {
                bytes.truncate(bytes.len() / 2);
            }
            Ok(HttpAnswer {
                status: answer.status,
                content_type: None,
                retry_after: answer.retry_after.then(|| "1".to_owned()),
                date: Some(UtcMillis(date)),
                body: bytes.into(),
            })
        })
    }
}

impl World {
    fn decide(&self, query: &HashMap<String, String>, body: &[u8]) -> (Answer, i64, bool) {
        let mut state = self.state();
        let now = state.now();
        let moving = state.weather.moving;
        if state.rng.often(moving) {
            (0..=state.rng.below(4)).for_each(|_| state.happen(now));
        }
        let is_killed = state.kill_in.as_mut().is_some_and(|left| {
            *left = left.saturating_sub(1);
            *left == 0
        });
        let (method, stamp) = (&query["method"], query["timestamp"].parse::<i64>().unwrap());
        let mut answer =
            Answer { status: 200, retry_after: false, is_cut: false, is_lost: false, body: Value::Null };
        if (stamp - now / 1000).abs() > 600 {
            answer.body = json!({ "code": 40003, "sub_code": "isv.timestamp-invalid", "log_id": "L3" });
        } else {
            answer.body = state.body(method, &serde_json::from_slice(body).unwrap());
            state.spoil(method, body, &mut answer);
        }
        (answer, now / 1000 * 1000, is_killed)
    }
}
