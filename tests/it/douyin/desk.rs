//! A hub with an account of the sandbox's 抖音, and the adapter's calls on the wire.

use dianqiao::RawRequest;
use dianqiao::model::{AppDraft, Endpoints, PlatformId, PromotionDraft, PromotionKind, Shop, UtcMillis};
use dianqiao::platform::{
    ApiCall, CallParts, Credentials, Facts, Fault, Method, Platform, Reading, Step, TokenUse, adapter,
};
use dianqiao::secret::Secret;
use dianqiao::{BeginRequest, Callback, Completed};
use serde_json::{Value, json};

use crate::support::{Desk, REDIRECT_URI};

pub(super) const VIDEO_LIST: &str = "/api/douyin/v1/video/video_list/";
pub(super) const USER_INFO: &str = "/oauth/userinfo/";

pub(super) struct Play {
    pub(super) desk: Desk,
    pub(super) shop: Shop,
}

impl Play {
    /// Connects the sandbox's first account through the consent page.
    pub(super) async fn start(flags: &[&str]) -> Self {
        let desk = Desk::open(&[&["--platforms", "douyin"], flags].concat()).await;
        let shop = connect(&desk).await;
        Self { desk, shop }
    }

    pub(super) async fn call(&self, api: &str, params: &Value) -> dianqiao::Result<Value> {
        let request = RawRequest {
            shop_id: self.shop.id,
            api: api.to_owned(),
            params: params.to_string(),
            files: Vec::new(),
            repeatable: false,
        };
        self.desk.hub.call(request).await.map(|text| serde_json::from_str(&text).unwrap())
    }

    pub(super) async fn fault(&self, name: &str, method: &str, times: u32) {
        let scope = json!({"platform": "douyin", "fault": name, "method": method, "times": times});
        self.desk.sandbox.fault(scope).await;
    }

    pub(super) async fn calls(&self, method: &str) -> i64 {
        self.desk.sandbox.calls_of("douyin", method).await
    }
}

/// Saves the app and connects its account.
pub(crate) async fn connect(desk: &Desk) -> Shop {
    let text = |name: &str| desk.sandbox.text(&format!("/douyin/{name}"));
    let draft = AppDraft {
        redirect_uri: Some(REDIRECT_URI.into()),
        endpoints: Endpoints {
            api: Some(text("api")),
            authorize: Some(text("authorize")),
            ..Endpoints::default()
        },
        calls_per_second: Some(500),
        ..AppDraft::new(PlatformId::Douyin, "沙箱应用", text("appKey"), text("appSecret"))
    };
    let app = desk.hub.apps().save(draft).await.unwrap();
    let request = BeginRequest { app_id: app.id, shop_id: None, session: Some("s1".into()) };
    let begun = desk.hub.oauth().begin(request).await.unwrap();
    let params = desk.sandbox.consent(&begun.url, "account", &text("shops/0/shopId")).await;
    let callback = Callback { params, session: Some("s1".into()), app_id: None };
    match desk.hub.oauth().complete(callback).await.unwrap() {
        Completed::Connected(shop) => shop,
        Completed::Pending(_) => panic!("our own state came back"),
    }
}

/// The adapter's calls, made as the pipeline makes them: signed, sent, read, decoded.
pub(super) struct Wire {
    adapter: &'static dyn Platform,
    credentials: Credentials,
    client: reqwest::Client,
    shop_token: Secret<String>,
    app_token: Secret<String>,
    pub(super) account: String,
}

impl Wire {
    pub(super) async fn of(play: &Play) -> Self {
        let text = |name: &str| play.desk.sandbox.text(&format!("/douyin/{name}"));
        let tokens = play.desk.sandbox.post("/tokens", json!({"platform": "douyin"})).await;
        let mut wire = Self {
            adapter: adapter(PlatformId::Douyin),
            credentials: Credentials {
                app_key: text("appKey"),
                app_secret: Secret::from(text("appSecret").as_str()),
                api_base: text("api"),
                token_base: None,
                upload_base: None,
            },
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            shop_token: Secret::from(tokens["accessToken"].as_str().unwrap()),
            app_token: Secret::from(""),
            account: play.shop.platform_shop_id.clone(),
        };
        wire.app_token = wire.made(&wire.adapter.app_token().unwrap()).await.token;
        wire
    }

    pub(super) fn adapter(&self) -> &'static dyn Platform {
        self.adapter
    }

    /// The answer's body, once the adapter calls it a success.
    async fn sent(&self, parts: &CallParts) -> Result<Vec<u8>, Fault> {
        let token = match parts.token {
            TokenUse::None => None,
            TokenUse::Shop => Some(&self.shop_token),
            TokenUse::App => Some(&self.app_token),
        };
        let signed = self.adapter.sign(parts, &self.credentials, token, now()).unwrap();
        let url = signed.url.expose().as_str();
        let mut request = match signed.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url).body(signed.body),
        };
        for (name, value) in signed.headers {
            request = request.header(name, &*value);
        }
        let body = request.send().await.unwrap().bytes().await.unwrap().to_vec();
        match self.adapter.read(&parts.api, &body) {
            Reading::Success { request_id } => {
                assert!(request_id.is_some(), "{}: an answer names its request", parts.api);
                Ok(body)
            }
            Reading::Fault(fault) => Err(fault),
            Reading::Foreign => panic!("{}: {}", parts.api, String::from_utf8_lossy(&body)),
        }
    }

    pub(super) async fn try_made<T>(&self, call: &ApiCall<T>) -> Result<T, Fault> {
        self.sent(&call.parts).await.map(|body| (call.decode)(&body).unwrap())
    }

    pub(super) async fn made<T>(&self, call: &ApiCall<T>) -> T {
        self.try_made(call).await.unwrap_or_else(|fault| panic!("{}: {fault:?}", call.parts.api))
    }

    /// Plays a plan to its end; a question that may stay open and is refused is answered with `null`.
    pub(super) async fn played<T>(
        &self,
        plan: impl Fn(&Facts) -> dianqiao::Result<Step<T>>,
    ) -> dianqiao::Result<T> {
        let mut facts = Facts::default();
        loop {
            let question = match plan(&facts)? {
                Step::Done(value) => return Ok(value),
                Step::Ask(question) => question,
            };
            let answer = match self.try_made(&question.call).await {
                Ok(answer) => answer.to_string(),
                Err(_) if question.optional => "null".to_owned(),
                Err(fault) => panic!("{}: {fault:?}", question.name),
            };
            facts.insert(question.name, answer);
        }
    }
}

pub(super) fn now() -> UtcMillis {
    dianqiao::clock::Clock::system().now()
}

pub(super) fn draft(kind: PromotionKind, text: &str) -> PromotionDraft {
    PromotionDraft::new(kind, "新茶", text)
}
