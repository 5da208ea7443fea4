//! Tokens of apps and renewals as a user of the hub sees them.

use std::time::Duration;

use super::fake::Server;
use super::open;
use crate::clock::Clock;
use crate::hub::{Hub, RawRequest};
use crate::model::{
    AppDraft, AppId, Endpoints, JobFilter, JobKind, JobState, NewJob, PlatformId, Shop, ShopKind,
};
use crate::{BeginRequest, Callback, Completed};

fn draft(base: &str) -> AppDraft {
    AppDraft {
        redirect_uri: Some("http://127.0.0.1:3000/back".into()),
        endpoints: Endpoints { api: Some(base.into()), ..Endpoints::default() },
        ..AppDraft::new(PlatformId::Fake, "应用", "key", "secret")
    }
}

async fn authorised(hub: &Hub, app_id: AppId) -> Shop {
    let begun = hub.oauth().begin(BeginRequest { app_id, shop_id: None, session: None }).await.unwrap();
    let url = url::Url::parse(&begun.url).unwrap();
    let (_, state) = url.query_pairs().find(|(name, _)| name == "state").unwrap();
    let params = vec![("state".into(), state.into_owned()), ("code".into(), "c".into())];
    match hub.oauth().complete(Callback { params, session: None, app_id: None }).await.unwrap() {
        Completed::Connected(shop) => shop,
        Completed::Pending(_) => panic!("our own state came back"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_renews_a_shop_that_nobody_calls_and_the_hub_shows_what_is_left() {
    let clock = Clock::system();
    let server = Server::new(clock.clone());
    let base = server.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let hub = open(&folder.path().join("shop.db"), &base, clock.clone()).await;
    let app = hub.apps().save(draft(&base)).await.unwrap();
    let shop = authorised(&hub, app.id).await;
    assert_eq!(shop.kind, ShopKind::Store, "the adapter says what its shops are");
    assert_eq!(shop.authorization.as_ref().unwrap().renewals_left, Some(5));
    let planned = hub.shops().explain(shop.id).await.unwrap().next_refresh_at.unwrap();
    assert!(planned < shop.authorization.unwrap().expires_at, "the access token is renewed first");
    // Authorised anew, with a refresh token that is nearly over.
    server.state().refresh_ends = clock.now().plus(Duration::from_secs(12 * 3_600));
    authorised(&hub, app.id).await;
    let planned = hub.shops().explain(shop.id).await.unwrap().next_refresh_at.unwrap();
    assert!(planned <= clock.now(), "now the refresh token is");
    let job = hub.jobs().add(NewJob::new(JobKind::TokensRefresh, Some(shop.id))).await.unwrap();
    let renewed = async {
        while hub.shops().get(shop.id).await.unwrap().authorization.unwrap().renewals_left != Some(4) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), renewed).await.expect("the job renews it");
    let seen = server.seen();
    assert_eq!((seen.renewed, seen.refreshes, seen.calls, seen.dead), (1, 0, 0, 0), "{seen:?}");
    let known = hub.shops().explain(shop.id).await.unwrap();
    assert_eq!(known.shop.authorization.unwrap().renewals_left, Some(4));
    let jobs = hub.jobs().list(JobFilter::default()).await.unwrap().items;
    assert!(jobs.iter().any(|one| one.id == job.id && one.state != JobState::Dead));
    hub.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_is_saved_anew_fetches_its_token_anew() {
    let clock = Clock::system();
    let server = Server::new(clock.clone());
    let base = server.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let hub = open(&folder.path().join("shop.db"), &base, clock).await;
    let app = hub.apps().save(draft(&base)).await.unwrap();
    let shop = authorised(&hub, app.id).await;
    let call = || {
        hub.call(RawRequest {
            shop_id: shop.id,
            api: "app.info".into(),
            params: "{}".into(),
            files: Vec::new(),
            repeatable: false,
        })
    };
    for _ in 0..5 {
        call().await.unwrap();
    }
    assert_eq!(server.seen().app_fetches, 1);
    hub.apps().save(AppDraft { id: Some(app.id), ..draft(&base) }).await.unwrap();
    call().await.unwrap();
    assert_eq!((server.seen().app_fetches, server.seen().app_calls), (2, 6));
    hub.close().await.unwrap();
}
