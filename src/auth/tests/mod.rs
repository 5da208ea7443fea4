//! The promise that tokens are renewed once, in time, and never lost, against a strict and a graceful
//! token server.

mod app_token;
pub(super) mod child;

mod blips;
mod cancel;
mod face;
mod fake;
mod flights;
mod platform;
mod processes;
mod renewal;
mod rotate;

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use super::{BeginRequest, Callback, Cipher, Completed, Grants, KeyRing, MasterKey, ShopContext};
use crate::clock::Clock;
use crate::config::HubConfig;
use crate::event::Events;
use crate::http::{HostRules, Http, Played};
use crate::hub::{Hub, RawRequest};
use crate::model::{AppDraft, Endpoints, PlatformId, Shop, ShopId};
use crate::pipeline::{AppContext, Sender};
use crate::platform::{Credentials, Quota, adapter};
use crate::secret::Secret;
use crate::store::{Store, StoreOptions};
use platform::Platform;

const KEY: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";
const QUOTA: Quota = Quota { app_per_second: 0, shop_per_second: 0, in_flight: 0 };

fn keys() -> KeyRing {
    KeyRing::new(MasterKey::from_bytes(&KEY).unwrap())
}

/// A hub on a file, whose app's endpoint is `base`.
async fn open(database: &Path, base: &str, clock: Clock) -> Hub {
    let host = base.trim_start_matches("http://");
    Hub::open(HubConfig::new(database, keys()).with_allowed_host(host).with_clock(clock)).await.unwrap()
}

/// Authorises shops of a tool app, as a merchant would: nobody but he can do it again.
async fn connect(hub: &Hub, base: &str, shops: u64) -> Vec<Shop> {
    let draft = AppDraft {
        service_id: Some("1".into()),
        redirect_uri: Some("http://127.0.0.1:3000/back".into()),
        endpoints: Endpoints {
            api: Some(base.into()),
            authorize: Some(format!("{base}/authorize")),
            ..Endpoints::default()
        },
        calls_per_second: Some(1000),
        ..AppDraft::new(PlatformId::Doudian, "应用", "key", "secret")
    };
    let app = hub.apps().save(draft).await.unwrap();
    let mut connected = Vec::new();
    for shop in 1..=shops {
        let request = BeginRequest { app_id: app.id, shop_id: None, session: None };
        let begun = hub.oauth().begin(request).await.unwrap();
        let url = url::Url::parse(&begun.url).unwrap();
        let (_, state) = url.query_pairs().find(|(name, _)| name == "state").unwrap();
        let params = vec![("state".into(), state.into_owned()), ("code".into(), shop.to_string())];
        let callback = Callback { params, session: None, app_id: None };
        match hub.oauth().complete(callback).await.unwrap() {
            Completed::Connected(shop) => connected.push(shop),
            Completed::Pending(_) => panic!("our own state came back"),
        }
    }
    connected
}

fn brands(shop: ShopId) -> RawRequest {
    RawRequest {
        shop_id: shop,
        api: "shop.brandList".into(),
        params: "{}".into(),
        files: Vec::new(),
        repeatable: false,
    }
}

/// The parts of a hub that tokens need, with answers that come from a function.
struct Bench {
    store: Store,
    sender: Arc<Sender>,
    grants: Grants,
    app: Arc<AppContext>,
    shops: Vec<ShopId>,
    _folder: TempDir,
}

impl Bench {
    /// Shops authorised on `platform`, and then `played` for every call.
    async fn open(platform: &Platform, clock: &Clock, shops: u64, played: Arc<dyn Played>) -> Self {
        // In memory where the system has such a place: a simulated day must not wait for the disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let path = folder.path().join("shop.db");
        let base = platform.serve().await;
        let hub = open(&path, &base, clock.clone()).await;
        let connected = connect(&hub, &base, shops).await;
        hub.close().await.unwrap();

        let cipher = Cipher::new(&keys());
        let options = StoreOptions { path, force_network: true, clock: clock.clone() };
        let store = Store::open(options, |_| Ok(Vec::new())).await.unwrap();
        let sender = Sender::new(Http::played(played), clock.clone());
        let grants = Grants::new(
            store.clone(),
            cipher,
            Arc::clone(&sender),
            clock.clone(),
            TaskTracker::new(),
            Events::new(),
        );
        let app = Arc::new(AppContext {
            id: connected[0].app_id,
            platform: adapter(PlatformId::Doudian),
            credentials: Credentials {
                app_key: "key".into(),
                app_secret: Secret::from("secret"),
                api_base: "http://127.0.0.1:1".into(),
                token_base: None,
                upload_base: None,
            },
            proxy: None,
            quota: QUOTA,
            hosts: Arc::new(HostRules::new(&[], &["127.0.0.1:1".into()]).unwrap()),
        });
        let shops = connected.into_iter().map(|shop| shop.id).collect();
        Self { store, sender, grants, app, shops, _folder: folder }
    }

    async fn context(&self, shop: ShopId) -> ShopContext {
        ShopContext { shop: self.store.get_shop(shop).await.unwrap(), app: Arc::clone(&self.app) }
    }
}
