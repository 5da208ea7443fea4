//! Syncs the orders of a shop of your own.
use std::env::var;

use dianqiao::model::{AppDraft, AppKind, OrderFilter, PlatformId};
use dianqiao::{Hub, HubConfig, KeyRing, MasterKey, SyncRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = MasterKey::from_bytes(&hex::decode(var("DIANQIAO_KEY")?)?)?; // from Hub::generate_key()
    let config = HubConfig::new(var("DATABASE")?, KeyRing::new(key));
    let hub = Hub::open(config.with_allowed_host(var("ALLOW_HOST")?)).await?; // the sandbox; else not needed
    let mut draft = AppDraft::new(PlatformId::Doudian, "我的应用", var("APP_KEY")?, var("APP_SECRET")?);
    draft.kind = AppKind::SelfUse;
    draft.calls_per_second = var("CALLS_PER_SECOND").ok().and_then(|rate| rate.parse().ok()); // as granted; else 5
    draft.endpoints.api = var("API_URL").ok(); // the sandbox; else the platform's own
    let app = hub.apps().save(draft).await?;
    let shop = hub.oauth().connect(app.id, var("SHOP_ID")?).await?;
    let run = hub.orders().sync(SyncRequest::new(shop.id)).await?;
    println!("{}: {} orders in {} calls", shop.name, run.progress.listed, run.progress.calls);
    for order in hub.orders().list(OrderFilter::default()).await?.items {
        println!("{} {}", order.record.platform_order_id, order.record.status);
    }
    Ok(hub.close().await?)
}
