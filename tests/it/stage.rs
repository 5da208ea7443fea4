//! A stage for writes: a platform of one shop, in this process, that executes what it is told, remembers it
//! in order, and fails on demand at the worst moments. Signatures are the sandbox's business.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use dianqiao::model::{AppDraft, AppKind, Endpoints, PlatformId, Shop};
use dianqiao::{Hub, HubConfig, SkuTarget, SyncRequest};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::support::keys;

pub(crate) const SHOP: &str = "1000001";
pub(crate) const PRODUCT: &str = "3539925204033339668";
pub(crate) const SKU: &str = "1736502463777799";
pub(crate) const ORDER: &str = "4781320682406083640";

/// What goes wrong with the next call of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Executed, and the connection ends without an answer.
    LostAnswer,
    /// Executed, and the answer is a proxy's page.
    ForeignAnswer,
    /// The connection ends; executed so much later.
    Late(Duration),
    /// The connection ends; never executed.
    LostRequest,
    /// Not executed: too fast.
    Limited,
    /// Not executed: a business refusal.
    Refused,
    /// Not executed: the token is over.
    TokenExpired,
    /// "Service error", after it was executed.
    ServiceError,
}

/// One executed write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Executed {
    pub(crate) api: String,
    pub(crate) params: Value,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) price: i64,
    pub(crate) stock: i64,
    pub(crate) online: bool,
    pub(crate) parcel: Option<(String, String)>,
    pub(crate) executed: Vec<Executed>,
    pub(crate) calls: BTreeMap<String, u32>,
    used_keys: BTreeSet<String>,
    faults: BTreeMap<String, VecDeque<Fault>>,
    tokens: u32,
    under_way: BTreeMap<String, u32>,
    /// The most calls of one writing method that were under way at once.
    pub(crate) most_at_once: u32,
    pace: Duration,
}

/// The platform; it ends with the test.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) host: String,
    state: Arc<Mutex<State>>,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let state = State { price: 100, stock: 10, online: true, ..State::default() };
        let stage = Self { host, state: Arc::new(Mutex::new(state)) };
        let serving = stage.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let stage = serving.clone();
                tokio::spawn(async move { stage.serve(stream).await });
            }
        });
        stage
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn fault(&self, api: &str, faults: &[Fault]) {
        self.state().faults.entry(api.to_owned()).or_default().extend(faults);
    }

    /// Every writing call takes so long.
    pub(crate) fn pace(&self, pace: Duration) {
        self.state().pace = pace;
    }

    pub(crate) fn executed(&self, api: &str) -> Vec<Value> {
        let state = self.state();
        state.executed.iter().filter(|done| done.api == api).map(|done| done.params.clone()).collect()
    }

    pub(crate) fn calls(&self, api: &str) -> u32 {
        self.state().calls.get(api).copied().unwrap_or(0)
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Some((api, params)) = request(&mut stream).await else { return };
        let writes = WRITES.contains(&api.as_str());
        let fault = {
            let mut state = self.state();
            *state.calls.entry(api.clone()).or_default() += 1;
            if writes {
                let now = state.under_way.entry(api.clone()).or_default();
                *now += 1;
                let now = *now;
                state.most_at_once = state.most_at_once.max(now);
            }
            state.faults.get_mut(&api).and_then(VecDeque::pop_front)
        };
        let pace = self.state().pace;
        if writes && !pace.is_zero() {
            sleep(pace).await;
        }
        let answer = self.act(&api, params, fault);
        if writes && let Some(now) = self.state().under_way.get_mut(&api) {
            *now -= 1;
        }
        if let Some(body) = answer {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(body.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    }

    /// The body to answer with; none ends the connection.
    fn act(&self, api: &str, params: Value, fault: Option<Fault>) -> Option<String> {
        match fault {
            None => Some(self.execute(api, &params)),
            Some(Fault::LostAnswer) => {
                self.execute(api, &params);
                None
            }
            Some(Fault::ForeignAnswer) => {
                self.execute(api, &params);
                Some("<html>gateway</html>".to_owned())
            }
            Some(Fault::ServiceError) => {
                self.execute(api, &params);
                Some(refusal(20000, "isp.service-error:busy"))
            }
            Some(Fault::Late(after)) => {
                let (stage, api) = (self.clone(), api.to_owned());
                tokio::spawn(async move {
                    sleep(after).await;
                    stage.execute(&api, &params);
                });
                None
            }
            Some(Fault::LostRequest) => None,
            Some(Fault::Limited) => Some(refusal(60000, "isv.traffic-limited")),
            Some(Fault::Refused) => Some(refusal(50002, "isv.business-failed:2010326")),
            Some(Fault::TokenExpired) => Some(refusal(40003, "isv.access-token-expired")),
        }
    }

    fn execute(&self, api: &str, params: &Value) -> String {
        let mut state = self.state();
        let data = match api {
            "token.create" | "token.refresh" => {
                state.tokens += 1;
                json!({"access_token": format!("at-{}", state.tokens), "expires_in": 604_800,
                    "refresh_token": format!("rt-{}", state.tokens), "scope": "", "shop_id": SHOP,
                    "shop_name": "店"})
            }
            "product.listV2" if params.get("cursor_id").is_some() || params["page"].as_i64() > Some(1) => {
                json!({"data": [], "total": 1})
            }
            "product.listV2" => json!({"data": [product(&state)], "total": 1, "cursor_id": "next"}),
            "product.detail" => product(&state),
            "sku.list" => json!([{"id": SKU.parse::<u64>().unwrap(), "price": state.price,
                "stock_num": state.stock, "sku_type": 0}]),
            "order.orderDetail" => json!({"shop_order_detail": order(&state)}),
            "order.logisticsCompanyList" => json!([{"id": 1, "name": "顺丰速运", "code": "shunfeng"},
                {"id": 2, "name": "圆通快递", "code": "yuantong"}]),
            _ => match write(&mut state, api, params) {
                Ok(()) => json!({}),
                Err(refused) => return refused,
            },
        };
        json!({"code": 10000, "msg": "success", "sub_code": "", "sub_msg": "", "log_id": "l-1", "data": data})
            .to_string()
    }
}

const WRITES: [&str; 5] =
    ["product.setOnline", "product.setOffline", "sku.editPrice", "sku.syncStock", "order.logisticsAdd"];

fn write(state: &mut State, api: &str, params: &Value) -> Result<(), String> {
    let number = |name: &str| params[name].as_i64().unwrap_or_else(|| panic!("{api} needs {name}: {params}"));
    match api {
        "product.setOnline" | "product.setOffline" => {
            assert_eq!(params["product_id"].to_string(), PRODUCT, "the id is a number");
            state.online = api == "product.setOnline";
        }
        "sku.editPrice" => state.price = number("price"),
        "sku.syncStock" if params["incremental"] == json!(false) => state.stock = number("stock_num"),
        "sku.syncStock" => {
            let key = params["idempotent_id"].as_str().expect("an addition has its key").to_owned();
            if !state.used_keys.insert(key) {
                return Err(refusal(40004, "isv.idempotent-id-existed"));
            }
            state.stock += number("stock_num");
        }
        // Nothing says that a second parcel is refused, so it is taken, and the test would see it.
        "order.logisticsAdd" => {
            let text = |name: &str| params[name].as_str().expect(name).to_owned();
            assert_eq!(text("order_id"), ORDER);
            state.parcel = Some((text("company_code"), text("logistics_code")));
        }
        _ => return Err(refusal(70000, "isv.api-service-off")),
    }
    state.executed.push(Executed { api: api.to_owned(), params: params.clone() });
    Ok(())
}

fn product(state: &State) -> Value {
    json!({"product_id": PRODUCT.parse::<u64>().unwrap(), "name": "毛衣", "status": i32::from(!state.online),
        "check_status": if state.online { 3 } else { 1 }, "draft_status": 0, "create_time": 1_700_000_000,
        "update_time": 1_700_000_000, "img": "https://p.example/1.jpg"})
}

fn order(state: &State) -> Value {
    let parcels: Vec<_> = state
        .parcel
        .iter()
        .map(|(company, tracking)| json!({"company": company, "tracking_no": tracking, "ship_time": 1_700_000_100}))
        .collect();
    let status = if parcels.is_empty() { 2 } else { 3 };
    json!({"order_id": ORDER, "order_status": status, "create_time": 1_700_000_000,
        "update_time": 1_700_000_000 + i64::from(!parcels.is_empty()), "logistics_info": parcels,
        "sku_order_list": [{"order_id": "1", "product_id": 1, "sku_id": 2, "item_num": 1,
            "order_status": status}]})
}

fn refusal(code: i64, sub_code: &str) -> String {
    json!({"code": code, "msg": "no", "sub_code": sub_code, "sub_msg": "no", "log_id": "l-2"}).to_string()
}

/// The method and its parameters.
async fn request(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
        })?;
        if body.len() >= length {
            let path = head.split_whitespace().nth(1)?.split('?').next()?.trim_start_matches('/');
            return Some((path.replace('/', "."), serde_json::from_str(body).ok()?));
        }
    }
}

/// A hub on the stage, with the shop connected and its product synced.
pub(crate) struct Play {
    pub(crate) stage: Stage,
    pub(crate) hub: Hub,
    pub(crate) shop: Shop,
    pub(crate) folder: TempDir,
}

impl Play {
    pub(crate) async fn start() -> Self {
        let stage = Stage::start().await;
        let folder = tempfile::tempdir().unwrap();
        let hub = open(&folder.path().join("shop.db"), &stage.host).await;
        let draft = AppDraft {
            kind: AppKind::SelfUse,
            endpoints: Endpoints { api: Some(format!("http://{}", stage.host)), ..Endpoints::default() },
            calls_per_second: Some(1000),
            ..AppDraft::new(PlatformId::Doudian, "自用", "7000000000000000001", "secret")
        };
        let app = hub.apps().save(draft).await.unwrap();
        let shop = hub.oauth().connect(app.id, SHOP.into()).await.unwrap();
        hub.products().sync(SyncRequest::new(shop.id)).await.unwrap();
        Self { stage, hub, shop, folder }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    pub(crate) fn sku(&self) -> SkuTarget {
        SkuTarget { shop_id: self.shop.id, platform_product_id: PRODUCT.into(), platform_sku_id: SKU.into() }
    }
}

pub(crate) async fn open(database: &Path, host: &str) -> Hub {
    Hub::open(HubConfig::new(database, keys()).with_allowed_host(host)).await.unwrap()
}
