//! Stand-in for the real module; replaced at merge.
#![expect(missing_docs, reason = "stand-in")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

use crate::config::HubConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Actor, App, AppDraft, AppField, AppId, AuditEntry, Category, Order, OrderFilter, OrderId, Page,
    PageRequest, PendingGrant, PlatformId, PlatformInfo, Product, ProductFilter, ProductId, ProductRecord,
    Progress, RightEntry, Run, RunFilter, RunId, RunKind, RunMode, RunState, Shop, ShopFilter, ShopId,
    SkuRecord, UtcMillis,
};

#[derive(Clone)]
pub struct Hub {
    closed: Arc<AtomicBool>,
    actor: Actor,
}

pub type ProgressFn = Arc<dyn Fn(&Run) + Send + Sync>;

pub struct SyncRequest {
    pub shop_id: ShopId,
    pub full: bool,
    pub since: Option<UtcMillis>,
    pub on_progress: Option<ProgressFn>,
    pub cancel: CancellationToken,
}

pub struct RawRequest {
    pub shop_id: ShopId,
    pub api: String,
    pub params: String,
    pub repeatable: bool,
}

pub struct BeginRequest {
    pub app_id: AppId,
    pub shop_id: Option<ShopId>,
    pub session: Option<String>,
}

pub struct Begun {
    pub url: String,
    pub expires_at: UtcMillis,
}

pub struct Callback {
    pub params: Vec<(String, String)>,
    pub session: Option<String>,
    pub app_id: Option<AppId>,
}

pub enum Completed {
    Connected(Shop),
    Pending(PendingGrant),
}

pub struct ShopCounts {
    pub products: i64,
    pub skus: i64,
    pub orders: i64,
    pub quarantined: i64,
}

pub struct FetchedProduct {
    pub record: ProductRecord,
    pub skus: Vec<SkuRecord>,
}

pub struct AuditFilter {
    pub shop_id: Option<ShopId>,
    pub actor: Option<String>,
    pub page: PageRequest,
}

pub struct Health {
    pub version: String,
    pub sqlite_version: String,
    pub is_leader: bool,
    pub open_runs: i64,
    pub shops: i64,
    pub shops_to_reauthorize: i64,
    pub database_bytes: i64,
}

fn standin<T>() -> Result<T> {
    Err(Error::internal("stand-in"))
}

fn empty<T>() -> Page<T> {
    Page { items: Vec::new(), next_cursor: None }
}

impl Hub {
    pub async fn open(config: HubConfig) -> Result<Self> {
        let _ = config;
        Ok(Self { closed: Arc::default(), actor: Actor::System })
    }

    pub fn acting(&self, actor: Actor) -> Result<Self> {
        self.live()?;
        Ok(Self { actor, ..self.clone() })
    }

    pub fn generate_key() -> [u8; 32] {
        let mut key = [0; 32];
        let _ = getrandom::fill(&mut key);
        key
    }

    fn live(&self) -> Result<()> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Closed, "the hub was closed"));
        }
        Ok(())
    }

    pub async fn call(&self, request: RawRequest) -> Result<String> {
        self.live()?;
        let _ = (request.shop_id, request.api, request.repeatable);
        Ok(request.params)
    }

    pub async fn health(&self) -> Result<Health> {
        self.live()?;
        Ok(Health {
            version: env!("CARGO_PKG_VERSION").into(),
            sqlite_version: "0".into(),
            is_leader: true,
            open_runs: 0,
            shops: 0,
            shops_to_reauthorize: 0,
            database_bytes: 0,
        })
    }

    pub async fn close(&self) -> Result<()> {
        self.closed.store(true, Ordering::SeqCst);
        Ok(())
    }
}

macro_rules! groups {
    ($($getter:ident $name:ident,)+) => {$(
        #[derive(Clone)]
        pub struct $name(Hub);
        impl Hub {
            pub fn $getter(&self) -> $name {
                $name(self.clone())
            }
        }
    )+};
}

groups! {
    platforms Platforms, apps Apps, oauth OAuth, shops Shops, products Products, orders Orders, runs Runs,
    rights Rights, audit Audit,
}

impl Platforms {
    pub async fn list(&self) -> Result<Vec<PlatformInfo>> {
        self.0.live()?;
        let fields = vec![AppField { name: "serviceId", label: "服务 ID", required: false }];
        Ok(vec![PlatformInfo {
            id: PlatformId::Doudian,
            name: "抖店",
            capabilities: vec!["orders.sync"],
            fields,
        }])
    }
}

impl Apps {
    pub async fn list(&self) -> Result<Vec<App>> {
        self.0.live()?;
        Ok(Vec::new())
    }
    pub async fn get(&self, id: AppId) -> Result<App> {
        let _ = id;
        standin()
    }
    pub async fn save(&self, draft: AppDraft) -> Result<App> {
        self.0.live()?;
        Ok(App {
            id: draft.id.unwrap_or(AppId(1)),
            platform: draft.platform,
            name: draft.name,
            app_key: draft.app_key,
            kind: draft.kind,
            service_id: draft.service_id,
            redirect_uri: draft.redirect_uri,
            endpoints: draft.endpoints,
            proxy: None,
            calls_per_second: draft.calls_per_second,
            enabled: draft.enabled,
            created_at: UtcMillis(0),
            updated_at: UtcMillis(0),
        })
    }
    pub async fn remove(&self, id: AppId) -> Result<()> {
        let _ = id;
        standin()
    }
}

impl OAuth {
    pub async fn begin(&self, request: BeginRequest) -> Result<Begun> {
        let _ = (request.app_id, request.shop_id, request.session);
        Ok(Begun { url: "https://example.com/".into(), expires_at: UtcMillis(0) })
    }
    pub async fn complete(&self, callback: Callback) -> Result<Completed> {
        let _ = (callback.params, callback.session, callback.app_id);
        standin()
    }
    pub async fn connect(&self, app_id: AppId, platform_shop_id: String) -> Result<Shop> {
        let _ = (app_id, platform_shop_id);
        standin()
    }
    pub async fn pending(&self) -> Result<Vec<PendingGrant>> {
        self.0.live()?;
        Ok(Vec::new())
    }
    pub async fn adopt(&self, id: i64) -> Result<Shop> {
        let _ = id;
        standin()
    }
}

impl Shops {
    pub async fn list(&self, filter: ShopFilter) -> Result<Vec<Shop>> {
        let _ = filter;
        self.0.live()?;
        Ok(Vec::new())
    }
    pub async fn get(&self, id: ShopId) -> Result<Shop> {
        self.0.live()?;
        Err(Error::new(ErrorKind::NotFound, "there is no such shop").with_shop(id))
    }
    pub async fn counts(&self, id: ShopId) -> Result<ShopCounts> {
        let _ = id;
        standin()
    }
    pub async fn enable(&self, id: ShopId) -> Result<Shop> {
        let _ = id;
        standin()
    }
    pub async fn disable(&self, id: ShopId) -> Result<Shop> {
        let _ = id;
        standin()
    }
    pub async fn remove(&self, id: ShopId, purge: bool) -> Result<()> {
        let _ = (id, purge);
        standin()
    }
    pub async fn categories(&self, id: ShopId, parent: Option<String>) -> Result<Vec<Category>> {
        let _ = (id, parent);
        Ok(Vec::new())
    }
    pub async fn sync(&self, request: SyncRequest) -> Result<Vec<Run>> {
        Ok(vec![self.0.products().sync(request).await?])
    }
}

impl Products {
    pub async fn list(&self, filter: ProductFilter) -> Result<Page<Product>> {
        let _ = filter;
        self.0.live()?;
        Ok(empty())
    }
    pub async fn get(&self, id: ProductId) -> Result<Product> {
        let _ = id;
        standin()
    }
    pub async fn sync(&self, request: SyncRequest) -> Result<Run> {
        self.0.live()?;
        let _ = (request.full, request.since);
        let mut run = Run {
            id: RunId(1),
            shop_id: request.shop_id,
            kind: RunKind::Products,
            mode: RunMode::Full,
            state: RunState::Running,
            stage: None,
            progress: Progress::default(),
            error_code: None,
            error_message: None,
            actor: self.0.actor.id().to_owned(),
            started_at: UtcMillis(0),
            updated_at: UtcMillis(0),
            finished_at: None,
        };
        for listed in 0..20 {
            if request.cancel.is_cancelled() {
                run.state = RunState::Cancelled;
                return Ok(run);
            }
            run.progress.listed = listed;
            if let Some(report) = &request.on_progress {
                report(&run);
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        run.state = RunState::Done;
        Ok(run)
    }
    pub async fn fetch(&self, shop_id: ShopId, platform_product_id: String) -> Result<FetchedProduct> {
        let _ = (shop_id, platform_product_id);
        standin()
    }
}

impl Orders {
    pub async fn list(&self, filter: OrderFilter) -> Result<Page<Order>> {
        let _ = filter;
        self.0.live()?;
        Ok(empty())
    }
    pub async fn get(&self, id: OrderId) -> Result<Order> {
        let _ = id;
        standin()
    }
    pub async fn sync(&self, request: SyncRequest) -> Result<Run> {
        self.0.products().sync(request).await
    }
}

impl Runs {
    pub async fn list(&self, filter: RunFilter) -> Result<Page<Run>> {
        let _ = filter;
        self.0.live()?;
        Ok(empty())
    }
    pub async fn get(&self, id: RunId) -> Result<Run> {
        let _ = id;
        standin()
    }
    pub async fn cancel(&self, id: RunId) -> Result<Run> {
        let _ = id;
        standin()
    }
}

impl Rights {
    pub async fn list(&self) -> Result<Vec<RightEntry>> {
        self.0.live()?;
        Ok(Vec::new())
    }
    pub async fn set(&self, entry: RightEntry, granted: bool) -> Result<()> {
        let _ = (entry, granted);
        self.0.live()
    }
}

impl Audit {
    pub async fn list(&self, filter: AuditFilter) -> Result<Page<AuditEntry>> {
        let _ = (filter.shop_id, filter.actor, filter.page);
        self.0.live()?;
        Ok(empty())
    }
}
