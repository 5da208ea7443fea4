//! A sandbox per test, a hub on a fresh file, and a browser that authorises shops.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;

use dianqiao::model::{App, AppDraft, Endpoints, PlatformId, Shop};
use dianqiao::{BeginRequest, Begun, Callback, Completed, Hub, HubConfig, KeyRing, MasterKey};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:3000/api/ecommerce/oauth/callback";
pub(crate) const KEY: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";

/// A sandbox, which ends with the test: a process, or a platform that is played in this one.
pub(crate) struct Sandbox {
    child: Option<Child>,
    _server: Option<crate::fake::Server>,
    info: Value,
    client: reqwest::Client,
}

impl Sandbox {
    /// Starts a sandbox, such as `&["--orders", "500"]`.
    pub(crate) fn start(flags: &[&str]) -> Self {
        install_crypto();
        let cli = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sandbox/cli.js");
        let mut child = Command::new("node")
            .arg(cli)
            .args(["--port", "0", "--redirect-uri", REDIRECT_URI, "--exit-with-stdin"])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts the sandbox");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let info = serde_json::from_str(&line).expect("the sandbox prints one line of JSON");
        Self { child: Some(child), _server: None, info, client: client() }
    }

    /// The fifth platform, with so many orders and products.
    pub(crate) async fn fake(orders: usize, products: usize) -> Self {
        install_crypto();
        let (info, server) = crate::fake::start(orders, products).await;
        Self { child: None, _server: Some(server), info, client: client() }
    }

    pub(crate) fn text(&self, pointer: &str) -> String {
        self.info.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned()
    }

    /// A text of what the sandbox printed, where it is there.
    pub(crate) fn find(&self, pointer: &str) -> Option<String> {
        self.info.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    }

    pub(crate) fn api(&self) -> String {
        self.text("/doudian/api")
    }

    /// `host:port`, as `allow_hosts` wants it.
    pub(crate) fn host(&self) -> String {
        self.text("/url").trim_start_matches("http://").to_owned()
    }

    pub(crate) fn platform_shop_id(&self) -> String {
        self.text("/doudian/shops/0/shopId")
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.text("/control"));
        let body = self.client.get(url).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&body).unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.text("/control"));
        let response = self.client.post(url).body(body.to_string()).send().await.unwrap();
        let (status, body) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    pub(crate) async fn fault(&self, scope: Value) {
        self.post("/faults", scope).await;
    }

    pub(crate) async fn clear_faults(&self) {
        let url = format!("{}/faults", self.text("/control"));
        self.client.delete(url).send().await.unwrap();
    }

    pub(crate) async fn calls(&self, method: &str) -> i64 {
        let stats = self.get("/stats").await;
        stats["methods"][method].as_i64().unwrap_or(0)
    }

    pub(crate) async fn calls_of(&self, platform: &str, method: &str) -> i64 {
        let stats = self.get(&format!("/stats?platform={platform}")).await;
        stats["methods"][method].as_i64().unwrap_or(0)
    }

    /// Plays a merchant's browser on any platform's consent page: opens it, agrees for the shop, and returns where
    /// it is sent.
    pub(crate) async fn consent(&self, url: &str, shop_field: &str, shop: &str) -> Vec<(String, String)> {
        let page = self.client.get(url).send().await.unwrap();
        assert!(page.status().is_success(), "the consent page opens");
        let page = url::Url::parse(url).unwrap();
        let mut form: Vec<(String, String)> = page.query_pairs().into_owned().collect();
        form.push((shop_field.into(), shop.into()));
        form.push(("decision".into(), "allow".into()));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut address = page.clone();
        address.set_query(None);
        let request = self.client.post(address).body(body);
        let response =
            request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        location_params(&response)
    }

    /// All records of a kind (`orders`, `products`, `skus`) as they really are, in platform terms.
    pub(crate) async fn truth(&self, kind: &str) -> Vec<Value> {
        let (shop, mut after, mut all) = (self.platform_shop_id(), String::new(), Vec::new());
        loop {
            let path = format!("/truth?platform=doudian&shop={shop}&kind={kind}&after={after}&limit=1000");
            let page = self.get(&path).await;
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => return all,
            }
        }
    }

    /// Plays the merchant's browser: opens the consent page, agrees, and returns where it is sent.
    pub(crate) async fn agree(&self, begun: &Begun) -> Vec<(String, String)> {
        let page = self.client.get(&begun.url).send().await.unwrap();
        assert!(page.status().is_success(), "the consent page opens");
        let url = url::Url::parse(&begun.url).unwrap();
        let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        form.push(("shop_id".into(), self.platform_shop_id()));
        form.push(("decision".into(), "allow".into()));
        self.submit(&form).await
    }

    pub(crate) async fn submit(&self, form: &[(String, String)]) -> Vec<(String, String)> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.client.post(self.text("/doudian/authorize")).body(body);
        let response =
            request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        location_params(&response)
    }

    /// Plays a merchant who opens the app from the service market.
    pub(crate) async fn open_app(&self) -> Vec<(String, String)> {
        self.open_app_of(&self.platform_shop_id()).await
    }

    /// The same, of this shop.
    pub(crate) async fn open_app_of(&self, shop: &str) -> Vec<(String, String)> {
        let (base, service) = (self.text("/doudian/openApp"), self.text("/doudian/serviceId"));
        let url = format!("{base}?service_id={service}&shop_id={shop}");
        location_params(&self.client.get(url).send().await.unwrap())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy();
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

fn location_params(response: &reqwest::Response) -> Vec<(String, String)> {
    let location = response.headers().get("location").expect("a redirect").to_str().unwrap();
    url::Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

/// The test's own client needs a crypto provider too.
fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A hub on a fresh file, with an app and perhaps a shop.
pub(crate) struct Desk {
    pub(crate) hub: Hub,
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
}

impl Desk {
    pub(crate) async fn open(flags: &[&str]) -> Self {
        let sandbox = Sandbox::start(flags);
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::open(config(&folder.path().join("shop.db"), &sandbox)).await.unwrap();
        Self { hub, sandbox, folder }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    pub(crate) async fn save_app(&self) -> App {
        self.hub.apps().save(draft(&self.sandbox)).await.unwrap()
    }

    /// Saves the app and connects the shop through the real redirect.
    pub(crate) async fn connect(&self) -> Shop {
        let app = self.save_app().await;
        let request = BeginRequest { app_id: app.id, shop_id: None, session: Some("s1".into()) };
        let begun = self.hub.oauth().begin(request).await.unwrap();
        let params = self.sandbox.agree(&begun).await;
        let callback = Callback { params, session: Some("s1".into()), app_id: None };
        match self.hub.oauth().complete(callback).await.unwrap() {
            Completed::Connected(shop) => shop,
            Completed::Pending(_) => panic!("our own state came back"),
        }
    }

    /// Closes the hub and opens it again, as a restart does.
    pub(crate) async fn reopen(&mut self) {
        self.hub.close().await.unwrap();
        self.hub = Hub::open(config(&self.database(), &self.sandbox)).await.unwrap();
    }
}

/// Starts one of our own tests as another process, which finds its role in a variable and dies where it is told to.
pub(crate) fn child(test: &str, (variable, role): (&str, &Value), failpoint: Option<&str>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--test-threads=1"]).env(variable, role.to_string());
    if let Some(point) = failpoint {
        command.env("DIANQIAO_FAILPOINT", point);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

pub(crate) fn keys() -> KeyRing {
    KeyRing::new(MasterKey::from_bytes(&KEY).unwrap())
}

pub(crate) fn config(database: &Path, sandbox: &Sandbox) -> HubConfig {
    config_for(database, &sandbox.host())
}

/// As a process without the sandbox has it.
pub(crate) fn config_for(database: &Path, host: &str) -> HubConfig {
    HubConfig::new(database, keys()).with_allowed_host(host)
}

/// The sandbox's app, with the quota that it grants.
pub(crate) fn draft(sandbox: &Sandbox) -> AppDraft {
    let (key, secret) = (sandbox.text("/doudian/appKey"), sandbox.text("/doudian/appSecret"));
    AppDraft {
        service_id: Some(sandbox.text("/doudian/serviceId")),
        redirect_uri: Some(REDIRECT_URI.into()),
        endpoints: Endpoints {
            api: Some(sandbox.api()),
            authorize: Some(sandbox.text("/doudian/authorize")),
            ..Endpoints::default()
        },
        calls_per_second: Some(500),
        ..AppDraft::new(PlatformId::Doudian, "沙箱应用", key, secret)
    }
}

/// A scope of a fault.
pub(crate) fn fault(name: &str, method: &str, times: u32) -> Value {
    json!({ "fault": name, "method": method, "times": times })
}
