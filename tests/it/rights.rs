//! Actors, rights and the audit.

use dianqiao::model::{Actor, AuditFilter, Right, RightEntry, ShopId};
use dianqiao::{BeginRequest, ErrorKind, RawRequest, SyncRequest};

use crate::support::{Desk, draft};

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_changes_nothing_and_every_refusal_is_in_the_audit() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    let viewer = desk.hub.acting(Actor::User { id: "u7".into(), roles: vec!["viewer".into()] }).unwrap();
    assert!(viewer.shops().get(shop.id).await.is_ok());
    let entry = RightEntry { subject: "user:u7".into(), right: Right::Raw, shop: None };
    let call = RawRequest {
        shop_id: shop.id,
        api: "shop.brandList".into(),
        params: "{}".into(),
        files: Vec::new(),
        repeatable: false,
    };
    let begin = BeginRequest { app_id: shop.app_id, shop_id: None, session: None };
    let kinds = [
        viewer.apps().list().await.unwrap_err().kind(),
        viewer.apps().save(draft(&desk.sandbox)).await.unwrap_err().kind(),
        viewer.apps().remove(shop.app_id).await.unwrap_err().kind(),
        viewer.oauth().begin(begin).await.unwrap_err().kind(),
        viewer.shops().disable(shop.id).await.unwrap_err().kind(),
        viewer.shops().bind(shop.id, None).await.unwrap_err().kind(),
        viewer.shops().remove(shop.id, true).await.unwrap_err().kind(),
        viewer.orders().list(Default::default()).await.unwrap_err().kind(),
        viewer.orders().sync(SyncRequest::new(shop.id)).await.unwrap_err().kind(),
        viewer.rights().set(entry, true).await.unwrap_err().kind(),
        viewer.rights().list().await.unwrap_err().kind(),
        viewer.audit().list(Default::default()).await.unwrap_err().kind(),
        viewer.call(call).await.unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::Forbidden; 13]);
    let filter = AuditFilter { actor: Some("u7".into()), ..AuditFilter::default() };
    let lines = desk.hub.audit().list(filter).await.unwrap().items;
    let refused: Vec<_> =
        lines.iter().filter(|line| line.outcome == "refused").map(|line| line.action.as_str()).collect();
    let wanted = [
        "call",
        "rights.set",
        "orders.sync",
        "shops.remove",
        "shops.bind",
        "shops.disable",
        "oauth.begin",
        "apps.remove",
        "apps.save",
    ];
    assert_eq!(refused, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_can_be_granted_for_one_shop_and_taken_back() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    let clerk = desk.hub.acting(Actor::User { id: "u8".into(), roles: vec!["clerk".into()] }).unwrap();
    assert!(clerk.shops().list(Default::default()).await.unwrap().is_empty());
    for (right, subject) in [(Right::ShopsRead, "role:clerk"), (Right::Sync, "user:u8")] {
        let entry = RightEntry { subject: subject.into(), right, shop: Some(shop.id) };
        desk.hub.rights().set(entry, true).await.unwrap();
    }
    assert_eq!(clerk.shops().list(Default::default()).await.unwrap().len(), 1);
    clerk.orders().sync(SyncRequest::new(shop.id)).await.unwrap();
    assert_eq!(clerk.orders().list(Default::default()).await.unwrap_err().kind(), ErrorKind::Forbidden);
    let entry = RightEntry { subject: "user:u8".into(), right: Right::Sync, shop: Some(shop.id) };
    desk.hub.rights().set(entry, false).await.unwrap();
    assert_eq!(
        clerk.orders().sync(SyncRequest::new(shop.id)).await.unwrap_err().kind(),
        ErrorKind::Forbidden
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn binding_wants_the_right_for_both_and_stands_in_the_audit() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    let clerk = desk.hub.acting(Actor::User { id: "u9".into(), roles: vec!["clerk".into()] }).unwrap();
    let entry = RightEntry { subject: "user:u9".into(), right: Right::ShopsManage, shop: Some(shop.id) };
    desk.hub.rights().set(entry, true).await.unwrap();
    // A store is bound to nothing, whoever asks.
    for hub in [&desk.hub, &clerk] {
        let error = hub.shops().bind(shop.id, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(error.message().contains("must be a content_account"), "{error}");
    }
    // Its right ends with its own shop, and the other one is not looked at.
    let other = ShopId(shop.id.0 + 1);
    assert_eq!(clerk.shops().bind(shop.id, Some(other)).await.unwrap_err().kind(), ErrorKind::Forbidden);
    let filter = AuditFilter { actor: Some("u9".into()), ..AuditFilter::default() };
    let lines = desk.hub.audit().list(filter).await.unwrap().items;
    let said: Vec<_> = lines.iter().map(|line| (line.target.as_deref(), line.outcome.as_str())).collect();
    let store = format!("store {other}");
    assert_eq!(said, [(Some(store.as_str()), "FORBIDDEN"), (Some("none"), "INVALID_REQUEST")]);
    assert!(lines.iter().all(|line| line.action == "shops.bind" && line.shop == Some(shop.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_pose_as_system() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    for (id, role) in [("system", "admin"), ("", "admin"), ("u1", "")] {
        let actor = Actor::User { id: id.into(), roles: vec![role.into()] };
        assert_eq!(desk.hub.acting(actor).unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
}
