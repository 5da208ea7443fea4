//! Connects one shop of the company's own and syncs its orders. Settings come from the environment.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use std::env::var;

use dianqiao::model::{AppDraft, AppKind, Endpoints, OrderFilter, PlatformId};
use dianqiao::{Hub, HubConfig, KeyRing, MasterKey, SyncRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = hex::decode(var("DIANQIAO_KEY")?)?; // 32 bytes, made once by Hub::generate_key()
    let database = var("DIANQIAO_DATABASE").unwrap_or_else(|_| "dianqiao.db".into());
    let mut config = HubConfig::new(database, KeyRing::new(MasterKey::from_bytes(&key)?));
    if let Ok(host) = var("ALLOW_HOST") {
        config = config.with_allowed_host(host); // the sandbox's
    }
    let hub = Hub::open(config).await?;
    let draft = AppDraft {
        id: hub.apps().list().await?.first().map(|app| app.id),
        platform: PlatformId::Doudian,
        name: "我的应用".into(),
        app_key: var("APP_KEY")?,
        app_secret: Some(var("APP_SECRET")?.into()),
        kind: AppKind::SelfUse,
        service_id: None,
        redirect_uri: None,
        endpoints: Endpoints { api: var("API_URL").ok(), authorize: None },
        proxy: None,
        calls_per_second: var("CALLS_PER_SECOND").ok().and_then(|text| text.parse().ok()),
        enabled: true,
    };
    let app = hub.apps().save(draft).await?;
    let shop = hub.oauth().connect(app.id, var("SHOP_ID")?).await?;
    let run = hub.orders().sync(SyncRequest::new(shop.id)).await?;
    println!("{}: {} orders written, {} calls", shop.name, run.progress.written, run.progress.calls);
    for order in hub.orders().list(OrderFilter::default()).await?.items {
        println!("{} {}", order.record.platform_order_id, order.record.status);
    }
    Ok(hub.close().await?)
}
