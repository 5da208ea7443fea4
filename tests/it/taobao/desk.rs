//! A hub with a shop of the sandbox's Taobao, and what is really there.

use std::collections::BTreeMap;

use dianqiao::model::{
    AppDraft, Endpoints, Order, OrderFilter, PageRequest, PlatformId, Product, ProductFilter, Refund,
    RefundFilter, Shop,
};
use dianqiao::{BeginRequest, Callback, Completed, SyncRequest};
use serde_json::{Value, json};

use crate::support::{Desk, REDIRECT_URI};

/// A shop of Taobao.
pub(super) const TAOBAO: usize = 0;
/// A shop of Tmall.
pub(super) const TMALL: usize = 1;

/// The sandbox's apps: of the service market, whose tokens are renewed, and of a merchant, whose are not.
#[derive(Clone, Copy)]
pub(super) enum App {
    Market,
    Merchant,
}

pub(super) struct Play {
    pub(super) desk: Desk,
    pub(super) shop: Shop,
}

impl Play {
    /// Connects this shop of the sandbox through the consent page.
    pub(super) async fn start(shop: usize, app: App, flags: &[&str]) -> Self {
        let desk = Desk::open(&[&["--shops", "2", "--platforms", "taobao"], flags].concat()).await;
        let shop = connect(&desk, shop, app).await;
        Self { desk, shop }
    }

    pub(super) async fn sync(&self) {
        for run in self.desk.hub.shops().sync(SyncRequest::new(self.shop.id)).await.unwrap() {
            assert_eq!(run.state, dianqiao::model::RunState::Done, "{run:?}");
        }
    }

    /// All records of a kind as they really are.
    pub(super) async fn truth(&self, kind: &str) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let shop = &self.shop.platform_shop_id;
            let path = format!("/truth?platform=taobao&shop={shop}&kind={kind}&after={after}&limit=1000");
            let page = self.desk.sandbox.get(&path).await;
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => return all,
            }
        }
    }

    /// The writes that the platform executed by this method.
    pub(super) async fn writes(&self, method: &str) -> Vec<Value> {
        let path = format!("/writes?platform=taobao&shop={}", self.shop.platform_shop_id);
        let all = self.desk.sandbox.get(&path).await;
        let all = all["items"].as_array().unwrap().iter();
        all.filter(|write| write["method"] == method).cloned().collect()
    }

    pub(super) async fn calls(&self, method: &str) -> i64 {
        self.desk.sandbox.calls(method).await
    }

    pub(super) async fn orders(&self) -> BTreeMap<String, Order> {
        let (mut all, mut cursor) = (BTreeMap::new(), None);
        loop {
            let page = PageRequest { limit: Some(500), cursor };
            let filter = OrderFilter { shop_id: Some(self.shop.id), page, ..OrderFilter::default() };
            let page = self.desk.hub.orders().list(filter).await.unwrap();
            all.extend(page.items.into_iter().map(|order| (order.record.platform_order_id.clone(), order)));
            cursor = Some(match page.next_cursor {
                Some(next) => next,
                None => return all,
            });
        }
    }

    pub(super) async fn products(&self) -> BTreeMap<String, Product> {
        let (mut all, mut cursor) = (BTreeMap::new(), None);
        loop {
            let page = PageRequest { limit: Some(500), cursor };
            let filter = ProductFilter { shop_id: Some(self.shop.id), page, ..ProductFilter::default() };
            let page = self.desk.hub.products().list(filter).await.unwrap();
            for product in page.items {
                let product = self.desk.hub.products().get(product.id).await.unwrap();
                all.insert(product.record.platform_product_id.clone(), product);
            }
            cursor = Some(match page.next_cursor {
                Some(next) => next,
                None => return all,
            });
        }
    }

    pub(super) async fn refunds(&self) -> BTreeMap<String, Refund> {
        let (mut all, mut cursor) = (BTreeMap::new(), None);
        loop {
            let page = PageRequest { limit: Some(500), cursor };
            let filter = RefundFilter { shop_id: Some(self.shop.id), page, ..RefundFilter::default() };
            let page = self.desk.hub.refunds().list(filter).await.unwrap();
            all.extend(page.items.into_iter().map(|one| (one.record.platform_refund_id.clone(), one)));
            cursor = Some(match page.next_cursor {
                Some(next) => next,
                None => return all,
            });
        }
    }
}

/// Saves an app and connects one of its shops as a merchant does.
pub(super) async fn connect(desk: &Desk, shop: usize, app: App) -> Shop {
    let keys = match app {
        App::Market => "/taobao",
        App::Merchant => "/taobao/fixedTerm",
    };
    let secret = |name: &str| desk.sandbox.text(&format!("{keys}/{name}"));
    let draft = AppDraft {
        redirect_uri: Some(REDIRECT_URI.into()),
        endpoints: Endpoints {
            api: Some(desk.sandbox.text("/taobao/api")),
            authorize: Some(desk.sandbox.text("/taobao/authorize")),
            ..Endpoints::default()
        },
        calls_per_second: Some(500),
        ..AppDraft::new(PlatformId::Taobao, "沙箱应用", secret("appKey"), secret("appSecret"))
    };
    let app = desk.hub.apps().save(draft).await.unwrap();
    let begin = BeginRequest { app_id: app.id, shop_id: None, session: None };
    let begun = desk.hub.oauth().begin(begin).await.unwrap();
    let seller = desk.sandbox.text(&format!("/taobao/shops/{shop}/shopId"));
    let callback = Callback { params: consent(&begun.url, &seller).await, session: None, app_id: None };
    match desk.hub.oauth().complete(callback).await.unwrap() {
        Completed::Connected(shop) => shop,
        Completed::Pending(_) => panic!("our own state came back"),
    }
}

/// Plays the merchant's browser: opens the page, agrees for this seller, and returns what it brings back.
async fn consent(url: &str, seller: &str) -> Vec<(String, String)> {
    let client =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    assert!(client.get(url).send().await.unwrap().status().is_success(), "the consent page opens");
    let page = url::Url::parse(url).unwrap();
    let mut form: Vec<(String, String)> = page.query_pairs().into_owned().collect();
    form.extend([("shop_id".into(), seller.into()), ("decision".into(), "allow".into())]);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
    let mut address = page.clone();
    address.set_query(None);
    let request = client.post(address).header("content-type", "application/x-www-form-urlencoded").body(body);
    let answer = request.send().await.unwrap();
    let location = answer.headers().get("location").expect("a redirect").to_str().unwrap();
    url::Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

/// A fault of the sandbox for calls of Taobao.
pub(super) fn fault(name: &str, method: &str, times: u32) -> Value {
    json!({ "fault": name, "method": method, "times": times })
}

/// A number or text as text.
pub(super) fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

/// Yuan of the platform in fen, by digits.
pub(super) fn fen(value: &Value) -> i64 {
    let yuan = text(value);
    let (whole, decimals) = yuan.split_once('.').unwrap_or((&yuan, "0"));
    whole.parse::<i64>().unwrap() * 100 + format!("{decimals:0<2}").parse::<i64>().unwrap()
}

/// The platform's wall clock in milliseconds.
pub(super) fn moment(value: &Value) -> i64 {
    let civil: jiff::civil::DateTime = text(value).replace(' ', "T").parse().unwrap();
    jiff::tz::Offset::constant(8).to_timestamp(civil).unwrap().as_millisecond()
}
