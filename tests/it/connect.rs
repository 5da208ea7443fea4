//! Authorising shops, and refusing everything that only looks like it.

use dianqiao::model::{Actor, AppDraft, AppKind, Shop};
use dianqiao::{BeginRequest, Callback, Completed, ErrorKind, Hub, RawRequest};
use serde_json::json;

use crate::support::{Desk, draft};

fn callback(params: &[(String, String)], session: Option<&str>) -> Callback {
    Callback { params: params.to_vec(), session: session.map(str::to_owned), app_id: None }
}

fn with(params: &[(String, String)], name: &str, value: &str) -> Vec<(String, String)> {
    let kept = params.iter().filter(|(key, _)| key != name).cloned();
    kept.chain([(name.to_owned(), value.to_owned())]).collect()
}

async fn refusal(hub: &Hub, callback: Callback) -> ErrorKind {
    hub.oauth().complete(callback).await.unwrap_err().kind()
}

fn admin(hub: &Hub) -> Hub {
    hub.acting(Actor::User { id: "u1".into(), roles: vec!["admin".into()] }).unwrap()
}

fn connected(completed: Completed) -> Shop {
    match completed {
        Completed::Connected(shop) => shop,
        Completed::Pending(pending) => panic!("pending {pending:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_is_good_once_and_only_with_its_own_state_session_and_code() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let app = desk.save_app().await;
    let request = BeginRequest { app_id: app.id, shop_id: None, session: Some("s1".into()) };
    let begun = desk.hub.oauth().begin(request.clone()).await.unwrap();
    let params = desk.sandbox.agree(&begun).await;
    let state = params.iter().find(|(key, _)| key == "state").unwrap().1.clone();
    assert!(state.len() >= 43, "256 bits: {state}");

    // Wrong states cost nothing: the right one still works afterwards.
    for wrong in ["", "x", &"a".repeat(43), &"a".repeat(100_000), &format!("{state}x")] {
        assert_eq!(
            refusal(&desk.hub, callback(&with(&params, "state", wrong), Some("s1"))).await,
            ErrorKind::Forbidden
        );
    }
    let mut doubled = params.clone();
    doubled.push(("state".into(), state.clone()));
    assert_eq!(refusal(&desk.hub, callback(&doubled, Some("s1"))).await, ErrorKind::Forbidden);
    assert_eq!(desk.sandbox.get("/stats").await["tokenCalls"], 0);
    let lines = desk.hub.audit().list(Default::default()).await.unwrap().items;
    assert!(lines.iter().all(|line| line.action != "oauth.complete"), "strangers cannot fill the audit");

    let shop = connected(desk.hub.oauth().complete(callback(&params, Some("s1"))).await.unwrap());
    assert_eq!(shop.platform_shop_id, desk.sandbox.platform_shop_id());
    assert!(!shop.name.is_empty());
    // The browser's reload is told so; the state with another code is an attack.
    assert_eq!(refusal(&desk.hub, callback(&params, Some("s1"))).await, ErrorKind::Conflict);
    assert_eq!(
        refusal(&desk.hub, callback(&with(&params, "code", "other"), Some("s1"))).await,
        ErrorKind::Forbidden
    );
    assert_eq!(desk.sandbox.get("/stats").await["tokenCalls"], 1);

    // Another session cannot finish it, and burns the state.
    let begun = desk.hub.oauth().begin(request).await.unwrap();
    let params = desk.sandbox.agree(&begun).await;
    for session in [Some("s2"), None] {
        assert_eq!(refusal(&desk.hub, callback(&params, session)).await, ErrorKind::Forbidden);
    }
    assert_eq!(desk.sandbox.get("/stats").await["tokenCalls"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_state_is_refused() {
    use dianqiao::clock::ManualClock;
    use dianqiao::model::UtcMillis;
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let app = desk.save_app().await;
    desk.hub.close().await.unwrap();
    let start = dianqiao::clock::Clock::system().now();
    let clock = ManualClock::new(UtcMillis(start.0));
    let config = crate::support::config(&desk.database(), &desk.sandbox).with_clock(clock.clock());
    let hub = Hub::open(config).await.unwrap();
    let begun =
        hub.oauth().begin(BeginRequest { app_id: app.id, shop_id: None, session: None }).await.unwrap();
    let params = desk.sandbox.agree(&begun).await;
    clock.advance(std::time::Duration::from_secs(601));
    assert_eq!(refusal(&hub, callback(&params, None)).await, ErrorKind::Forbidden);
    assert_eq!(desk.sandbox.get("/stats").await["tokenCalls"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_who_declines_is_reported_as_such() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let app = desk.save_app().await;
    let begun =
        desk.hub.oauth().begin(BeginRequest { app_id: app.id, shop_id: None, session: None }).await.unwrap();
    let url = url::Url::parse(&begun.url).unwrap();
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    form.push(("shop_id".into(), desk.sandbox.platform_shop_id()));
    form.push(("decision".into(), "deny".into()));
    let params = desk.sandbox.submit(&form).await;
    assert_eq!(refusal(&desk.hub, callback(&params, None)).await, ErrorKind::Rejected);
    assert!(desk.hub.shops().list(Default::default()).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorisation_nobody_asked_for_waits_until_a_person_adopts_it() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let app = desk.save_app().await;
    let params = desk.sandbox.open_app().await;
    assert!(params.iter().all(|(key, _)| key != "state"));
    // Without an app it cannot be told whose it is.
    assert_eq!(refusal(&desk.hub, callback(&params, None)).await, ErrorKind::Forbidden);
    let arrived = Callback { app_id: Some(app.id), ..callback(&params, None) };
    let Completed::Pending(pending) = desk.hub.oauth().complete(arrived).await.unwrap() else {
        panic!("connected without a person");
    };
    assert!(desk.hub.shops().list(Default::default()).await.unwrap().is_empty());
    assert_eq!(desk.hub.oauth().adopt(pending.id).await.unwrap_err().kind(), ErrorKind::Forbidden);
    let operator = desk.hub.acting(Actor::User { id: "u2".into(), roles: vec!["operator".into()] }).unwrap();
    assert_eq!(operator.oauth().adopt(pending.id).await.unwrap_err().kind(), ErrorKind::Forbidden);
    let shop = admin(&desk.hub).oauth().adopt(pending.id).await.unwrap();
    assert_eq!(shop.platform_shop_id, desk.sandbox.platform_shop_id());
    assert_eq!(admin(&desk.hub).oauth().adopt(pending.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    // Its tokens work.
    let request = RawRequest {
        shop_id: shop.id,
        api: "shop.brandList".into(),
        params: "{}".into(),
        files: Vec::new(),
        repeatable: false,
    };
    assert!(desk.hub.call(request).await.unwrap().starts_with('['));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_use_app_connects_without_a_browser() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let mut own = draft(&desk.sandbox);
    own.kind = AppKind::SelfUse;
    own.app_key = desk.sandbox.text("/doudian/selfUse/appKey");
    own.app_secret = Some(desk.sandbox.text("/doudian/selfUse/appSecret").into());
    let app = desk.hub.apps().save(own).await.unwrap();
    let shop = desk.hub.oauth().connect(app.id, desk.sandbox.platform_shop_id()).await.unwrap();
    assert!(shop.authorization.unwrap().renewable_without_person);
    let begin = BeginRequest { app_id: app.id, shop_id: None, session: None };
    assert_eq!(desk.hub.oauth().begin(begin).await.unwrap_err().kind(), ErrorKind::Unsupported);
    let tool = desk.save_app().await;
    let error = desk.hub.oauth().connect(tool.id, desk.sandbox.platform_shop_id()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test(flavor = "multi_thread")]
async fn authorising_a_shop_again_with_another_shop_changes_nothing() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    let before = shop.authorization.clone().unwrap().generation;
    let begin = BeginRequest { app_id: shop.app_id, shop_id: Some(shop.id), session: None };
    let begun = desk.hub.oauth().begin(begin.clone()).await.unwrap();
    let params = desk.sandbox.agree(&begun).await;
    desk.sandbox.fault(json!({ "fault": "token_other_shop", "times": 1 })).await;
    assert_eq!(refusal(&desk.hub, callback(&params, None)).await, ErrorKind::Conflict);
    let after = desk.hub.shops().get(shop.id).await.unwrap();
    assert_eq!(after.authorization.unwrap().generation, before);
    assert_eq!(desk.hub.shops().list(Default::default()).await.unwrap().len(), 1);
    // With the right shop it is the same row with newer tokens.
    let begun = desk.hub.oauth().begin(begin).await.unwrap();
    let params = desk.sandbox.agree(&begun).await;
    let again = connected(desk.hub.oauth().complete(callback(&params, None)).await.unwrap());
    assert_eq!(again.id, shop.id);
    assert!(again.authorization.unwrap().generation > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_may_only_name_addresses_that_were_allowed_at_opening() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    for api in [
        "http://169.254.169.254/x",
        "https://evil.example/",
        "http://127.0.0.1:1/",
        "file:///etc/passwd",
        "x",
    ] {
        let mut draft = draft(&desk.sandbox);
        draft.endpoints.api = Some(api.into());
        assert_eq!(desk.hub.apps().save(draft).await.unwrap_err().kind(), ErrorKind::ConfigInvalid, "{api}");
    }
    let mut plain = draft(&desk.sandbox);
    plain.redirect_uri = Some("http://oa.example/callback".into());
    assert_eq!(desk.hub.apps().save(plain).await.unwrap_err().kind(), ErrorKind::ConfigInvalid);
}

#[tokio::test]
async fn an_app_is_saved_only_with_what_its_platform_needs() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let mut asked = 0;
    for platform in desk.hub.platforms().list().await.unwrap() {
        for field in platform.fields.iter().filter(|field| field.required && !field.name.starts_with("app")) {
            assert_eq!(field.name, "redirectUri");
            asked += 1;
            let without = AppDraft::new(platform.id, "without", "k", "s".to_owned());
            let mut blank = without.clone();
            blank.redirect_uri = Some(" ".into());
            for draft in [without, blank] {
                let error = desk.hub.apps().save(draft).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ConfigInvalid, "{error}");
                assert!(error.to_string().contains("redirectUri"), "{error}");
            }
        }
    }
    assert!(asked >= 3, "Taobao, JD and Pinduoduo send the merchant back to a fixed address");
}
