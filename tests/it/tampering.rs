//! Sealed rows that somebody altered, cut or moved: they do not open, nothing is sent, nothing else breaks.
//! Grants and app secrets are in `secrets.rs`; receivers and quarantine, which nothing reads yet, beside
//! the code that seals them.

use std::fs;

use dianqiao::model::{Actor, AppDraft, PlatformId, ShopId};
use dianqiao::{Callback, Completed, Hub, RawRequest};

use crate::support::{Desk, config, draft};

/// One byte replaced at the version, key id, nonce, text and tag; cut at both ends; emptied; longer.
fn damages(table: &str, column: &str, which: &str) -> Vec<String> {
    let replaced = [1, 2, 9, 10, 21, 22, 30].map(|at| {
        format!(
            "CAST(substr({column}, 1, {at} - 1) || iif(substr({column}, {at}, 1) = x'41', x'42', x'41') ||
             substr({column}, {at} + 1) AS BLOB)"
        )
    });
    let mut values = replaced.to_vec();
    values.extend(["1, length(@) - 1", "2", "1, 21", "1, 0"].map(|part| format!("substr(@, {part})")));
    values.push("CAST(@ || x'00' AS BLOB)".to_owned());
    let change = |value: &String| {
        format!("UPDATE {table} SET {column} = {} WHERE {which}", value.replace('@', column))
    };
    values.iter().map(change).collect()
}

/// A closed database that can be had again as it was.
struct Kept {
    desk: Desk,
}

impl Kept {
    async fn of(desk: Desk) -> Self {
        desk.hub.close().await.unwrap();
        fs::copy(desk.database(), desk.folder.path().join("kept")).unwrap();
        Self { desk }
    }

    /// The hub on the database as it was kept, with this change.
    async fn with(&self, change: &str) -> Hub {
        fs::copy(self.desk.folder.path().join("kept"), self.desk.database()).unwrap();
        let conn = rusqlite::Connection::open(self.desk.database()).unwrap();
        assert_eq!(conn.execute(change, []).unwrap(), 1, "{change}");
        conn.close().unwrap();
        Hub::open(config(&self.desk.database(), &self.desk.sandbox)).await.unwrap()
    }
}

async fn close(hub: Hub, change: &str) {
    // Nothing else is broken by it.
    assert_eq!(hub.apps().list().await.unwrap().len(), 2, "{change}");
    hub.close().await.unwrap();
}

/// A second app, with a proxy of its own.
async fn save_other(desk: &Desk) {
    let other = AppDraft {
        redirect_uri: Some("https://oa.example/back".into()),
        service_id: Some("7".into()),
        proxy: Some("http://user:other@127.0.0.1:9".into()),
        ..AppDraft::new(PlatformId::Doudian, "另一个", "other", "other secret")
    };
    desk.hub.apps().save(other).await.unwrap();
}

async fn call(hub: &Hub, shop_id: ShopId) -> String {
    let request = RawRequest {
        shop_id,
        api: "shop.brandList".into(),
        params: "{}".into(),
        files: Vec::new(),
        repeatable: false,
    };
    hub.call(request).await.map_or_else(|error| error.code().to_owned(), |_| "ok".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_proxy_sends_nothing_by_itself() {
    let desk = Desk::open(&["--orders", "1", "--products", "1"]).await;
    let connected = desk.connect().await;
    let shop = connected.id;
    save_other(&desk).await;
    let proxied = AppDraft {
        id: Some(connected.app_id),
        proxy: Some(format!("http://user:word@{}", desk.sandbox.host()).into()),
        ..draft(&desk.sandbox)
    };
    desk.hub.apps().save(proxied).await.unwrap();
    let kept = Kept::of(desk).await;
    let ours = "app_key <> 'other'";
    let table = "ecommerce_platforms";
    let hub = kept.with(&format!("UPDATE {table} SET proxy = proxy WHERE {ours}")).await;
    assert_eq!(call(&hub, shop).await, "ok");
    close(hub, "no change").await;
    let mut changes = damages(table, "proxy", ours);
    for from in [
        "(SELECT proxy FROM ecommerce_platforms WHERE app_key = 'other')",
        "app_secret",
        "(SELECT access_token FROM grants)",
        "(SELECT sealed FROM key_checks)",
    ] {
        changes.push(format!("UPDATE {table} SET proxy = {from} WHERE {ours}"));
    }
    let sent = kept.desk.sandbox.calls("shop.brandList").await;
    for change in changes {
        let hub = kept.with(&change).await;
        assert_eq!(call(&hub, shop).await, "KEY_WRONG", "{change}");
        close(hub, &change).await;
    }
    // Not past the proxy either.
    assert_eq!(kept.desk.sandbox.calls("shop.brandList").await, sent);
}

/// Merchants open the app from the market: their grants wait. Answers their ids, oldest first.
async fn arrive(desk: &Desk) -> Vec<i64> {
    let app = desk.save_app().await;
    let mut ids = Vec::new();
    for shop in ["/doudian/shops/0/shopId", "/doudian/shops/1/shopId"] {
        let params = desk.sandbox.open_app_of(&desk.sandbox.text(shop)).await;
        let callback = Callback { params, session: None, app_id: Some(app.id) };
        match desk.hub.oauth().complete(callback).await.unwrap() {
            Completed::Pending(pending) => ids.push(pending.id),
            Completed::Connected(shop) => panic!("{shop:?} without a person"),
        }
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_pending_grant_cannot_be_adopted() {
    let desk = Desk::open(&["--orders", "1", "--products", "1", "--shops", "2"]).await;
    save_other(&desk).await;
    let ids = arrive(&desk).await;
    let kept = Kept::of(desk).await;
    let adopt = async |hub: &Hub| {
        let person = hub.acting(Actor::User { id: "u1".into(), roles: vec!["admin".into()] }).unwrap();
        let adopted = person.oauth().adopt(ids[0]).await;
        adopted.map_or_else(|error| error.code().to_owned(), |_| "ok".to_owned())
    };
    let ours = format!("id = {}", ids[0]);
    let hub = kept.with(&format!("UPDATE pending_grants SET scope = scope WHERE {ours}")).await;
    assert_eq!(adopt(&hub).await, "ok");
    close(hub, "no change").await;
    let mut changes = damages("pending_grants", "access_token", &ours);
    changes.extend(damages("pending_grants", "refresh_token", &ours));
    for value in [
        "access_token = refresh_token".to_owned(),
        "refresh_token = access_token".to_owned(),
        format!("access_token = (SELECT access_token FROM pending_grants WHERE id = {})", ids[1]),
        format!("refresh_token = (SELECT refresh_token FROM pending_grants WHERE id = {})", ids[1]),
        "access_token = (SELECT app_secret FROM ecommerce_platforms LIMIT 1)".to_owned(),
        "platform_shop_id = '999'".to_owned(),
        "app_id = (SELECT id FROM ecommerce_platforms WHERE app_key = 'other')".to_owned(),
    ] {
        changes.push(format!("UPDATE pending_grants SET {value} WHERE {ours}"));
    }
    for change in changes {
        let hub = kept.with(&change).await;
        assert_eq!(adopt(&hub).await, "KEY_WRONG", "{change}");
        assert!(hub.shops().list(Default::default()).await.unwrap().is_empty(), "{change}");
        close(hub, &change).await;
    }
}
