//! A process is killed between the platform's answer to a renewal and the commit. What can be saved by the platform's
//! own rules is saved; else a person is asked, with the reason, and nothing more is sent.

use std::time::Duration;

use dianqiao::clock::{Clock, ManualClock};
use dianqiao::model::{GrantState, NextAction, ShopStatus};
use dianqiao::{ErrorKind, Hub, RawRequest};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::conformance::{Party, SHIPPED, Visit, connect};
use crate::support::{child, config, config_for};

const ROLE: &str = "DIANQIAO_RENEWAL_CHILD";
const PATIENCE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const YEAR: Duration = Duration::from_secs(31_535_999);
const FEW: &[&str] = &["--orders", "3", "--products", "3"];

/// What a platform makes of a refresh token that was used before.
struct Rule {
    party: &'static Party,
    refresh: &'static str,
    /// Set on the app.
    app: Value,
    end: End,
}

/// What comes of a renewal whose answer nobody read.
#[derive(Clone, Copy)]
enum End {
    Saved,
    /// A person is asked at once, with this in the reason.
    Person(&'static str),
    /// The refusal alone could mean anything; the next call says this.
    PersonNext(&'static str),
    /// The platform's words could mean anything, so that it is asked again for a while.
    PersonAtLast(&'static str),
}

const LOST: &str = "got no answer";

fn rules() -> Vec<Rule> {
    let rule = |party, refresh, app, end| Rule { party, refresh, app, end };
    let [doudian, taobao, jd, pdd] = SHIPPED;
    let (of_doudian, of_taobao) = ("token.refresh", "taobao.top.auth.token.refresh");
    let (of_jd, of_pdd) = ("oauth2.refresh_token", "pdd.pop.auth.token.refresh");
    vec![
        rule(doudian, of_doudian, json!({"rotation": "plain"}), End::Person(LOST)),
        rule(doudian, of_doudian, json!({"rotation": "strict"}), End::Person(LOST)),
        rule(doudian, of_doudian, json!({"rotation": "graceful"}), End::Saved),
        rule(taobao, of_taobao, json!({"rotates": true}), End::Person(LOST)),
        rule(taobao, of_taobao, json!({"rotates": false}), End::Saved),
        // The access token's text stays: what the lost answer would have told is known.
        rule(jd, of_jd, json!({"rotation": "plain"}), End::Saved),
        rule(jd, of_jd, json!({"rotation": "keep"}), End::Saved),
        rule(pdd, of_pdd, json!({"rotation": "plain"}), End::PersonAtLast(LOST)),
        rule(pdd, of_pdd, json!({"rotation": "strict"}), End::PersonNext("authorisation is gone")),
        rule(pdd, of_pdd, json!({"rotation": "graceful"}), End::Saved),
        rule(pdd, of_pdd, json!({"rotation": "keep"}), End::Saved),
    ]
}

/// A visit of a platform with this rule.
async fn visit(rule: &Rule) -> Visit {
    let visit = Visit::start(rule.party, FEW).await;
    let mut app = rule.app.clone();
    app["platform"] = rule.party.platform.as_str().into();
    app["appKey"] = visit.sandbox.text(&format!("/{}/appKey", rule.party.platform)).into();
    visit.sandbox.post("/apps", app).await;
    visit
}

/// The next call of the shop finds its token over.
async fn end_token(visit: &Visit) {
    if visit.party.forgets {
        return visit.fault("expired_token", visit.party.read, 1).await;
    }
    let tokens = json!({"platform": visit.party.platform.as_str(), "expireAccess": true});
    visit.sandbox.post("/tokens", tokens).await;
}

/// Lets another process call, and kills it when the platform has renewed and is about to say so.
async fn kill_in_renewal(visit: &Visit, refresh: &str) {
    let platform = visit.party.platform.as_str();
    let hold = json!({"platform": platform, "fault": "slow_body", "method": refresh,
        "options": {"bytes": 1, "intervalMs": 60_000}});
    visit.sandbox.fault(hold).await;
    let issued = async || visit.sandbox.get("/stats").await["tokenPairsIssued"].as_i64().unwrap();
    let before = issued().await;
    let role = json!({"host": visit.sandbox.host(), "database": visit.database(), "read": visit.party.read,
        "ahead": visit.sandbox.post("/clock", json!({})).await["offsetMs"]});
    let mut process = child("renewals::calls_as_another_process", (ROLE, &role), None);
    let patience = Instant::now() + PATIENCE;
    while issued().await == before {
        assert!(Instant::now() < patience, "{platform}: no renewal");
        sleep(Duration::from_millis(5)).await;
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let stats = visit.sandbox.get("/stats").await;
    assert_eq!(stats["faults"]["slow_body"], 1, "{platform}: it had not been answered: {stats}");
    visit.sandbox.clear_faults().await;
}

/// Nothing unless it is started as a child.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_as_another_process() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let role: Value = serde_json::from_str(&role).unwrap();
    let text = |name: &str| role[name].as_str().unwrap().to_owned();
    let config = config_for(text("database").as_ref(), &text("host"));
    let hub = Hub::open(config.with_clock(ahead(role["ahead"].as_u64().unwrap()))).await.unwrap();
    let shop = hub.shops().list(Default::default()).await.unwrap().remove(0);
    let request = RawRequest {
        shop_id: shop.id,
        api: text("read"),
        params: "{}".into(),
        files: Vec::new(),
        repeatable: false,
    };
    let ended = hub.call(request).await;
    // It may have gone well with a renewal in the background.
    sleep(PATIENCE).await;
    panic!("nobody killed it: {ended:?}");
}

/// A clock so many milliseconds ahead.
fn ahead(by: u64) -> Clock {
    ManualClock::new(Clock::system().now().plus(Duration::from_millis(by))).clock()
}

/// A person is asked, for this reason, and the platform is left alone; then the person helps.
async fn assert_asks_for_a_person(visit: &Visit, wanted: &str, about: &str) {
    let shop = visit.hub.shops().get(visit.shop.id).await.unwrap();
    let reason = shop.authorization.unwrap().reason.unwrap_or_default();
    assert_eq!(shop.status, ShopStatus::Reauthorize, "{about}");
    assert!(reason.contains(wanted), "{about}: {reason}");
    assert_eq!(
        visit.hub.shops().explain(shop.id).await.unwrap().next_action,
        NextAction::Authorize,
        "{about}"
    );
    let calls = visit.sandbox.get("/stats").await["calls"].clone();
    for _ in 0..20 {
        assert_eq!(visit.read().await.unwrap_err().kind(), ErrorKind::Reauthorize, "{about}");
    }
    assert_eq!(visit.sandbox.get("/stats").await["calls"], calls, "{about}: no loop");
    let app = visit.hub.apps().list().await.unwrap().remove(0);
    connect(&visit.hub, &visit.sandbox, visit.party, &app, 0).await;
    visit.read().await.unwrap_or_else(|error| panic!("{about}, authorised again: {error}"));
}

/// Calls go on while time goes by, until a person is asked. An outage on the way is none of the platform's refusals.
async fn asked_at_last(visit: &mut Visit, refresh: &str, about: &str) {
    let (platform, step) = (visit.party.platform.as_str(), Duration::from_secs(46));
    let clock = ManualClock::new(Clock::system().now());
    visit.hub.close().await.unwrap();
    let config = config(&visit.database(), &visit.sandbox).with_clock(clock.clock());
    visit.hub = Hub::open(config).await.unwrap();
    let read = async || {
        clock.advance(step);
        visit.sandbox.post("/clock", json!({"advanceMs": step.as_millis() as u64})).await;
        visit.read().await.unwrap_err().kind()
    };
    let out = json!({"platform": platform, "fault": "http_503", "method": refresh});
    visit.sandbox.fault(out).await;
    for _ in 0..20 {
        assert_eq!(read().await, ErrorKind::Transient, "{about}: an outage ends nothing");
    }
    visit.sandbox.clear_faults().await;
    let before = visit.sandbox.calls_of(platform, refresh).await;
    let mut ends = Vec::new();
    while ends.len() < 40 && ends.last() != Some(&ErrorKind::Reauthorize) {
        ends.push(read().await);
    }
    let asked = visit.sandbox.calls_of(platform, refresh).await - before;
    assert_eq!(
        (ends.last(), ends.len(), asked),
        (Some(&ErrorKind::Reauthorize), 20, 20),
        "{about}: {ends:?}"
    );
}

/// The shop comes to the end that the rule says, by its next call.
async fn assert_end(visit: &mut Visit, rule: &Rule, about: &str) {
    let first = tokio::time::timeout(PATIENCE, visit.read()).await.expect("nobody waits for the dead");
    match (first, rule.end) {
        (Ok(_), End::Saved) => visit.sync().await,
        (Err(error), End::Person(reason)) if error.kind() == ErrorKind::Reauthorize => {
            assert_asks_for_a_person(visit, reason, about).await;
        }
        (Err(error), End::PersonNext(reason)) if error.kind() == ErrorKind::Transient => {
            assert_eq!(visit.read().await.unwrap_err().kind(), ErrorKind::Reauthorize, "{about}");
            assert_asks_for_a_person(visit, reason, about).await;
        }
        (Err(error), End::PersonAtLast(reason)) if error.kind() == ErrorKind::Transient => {
            asked_at_last(visit, rule.refresh, about).await;
            assert_asks_for_a_person(visit, reason, about).await;
        }
        (ended, _) => panic!("{about}: {ended:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_killed_before_its_commit_is_saved_or_asks_for_a_person_by_each_platforms_rule() {
    for rule in rules() {
        let mut visit = visit(&rule).await;
        visit.hub.close().await.unwrap();
        end_token(&visit).await;
        kill_in_renewal(&visit, rule.refresh).await;
        visit.reopen().await;
        assert_end(&mut visit, &rule, &format!("{} {}", rule.party.platform, rule.app)).await;
    }
}

/// The same within one process: the answer is lost, and the same refresh token is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_whose_answer_is_lost_is_saved_or_asks_for_a_person_by_each_platforms_rule() {
    for rule in rules() {
        let mut visit = visit(&rule).await;
        end_token(&visit).await;
        visit.fault("token_lost", rule.refresh, 1).await;
        assert_end(&mut visit, &rule, &format!("{} {}", rule.party.platform, rule.app)).await;
    }
}

/// Failures that pass, between the kill and the refusal, do not make anybody forget that a renewal got no answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_got_no_answer_is_remembered_across_an_outage() {
    let rule = rules().remove(0);
    let mut visit = visit(&rule).await;
    visit.hub.close().await.unwrap();
    end_token(&visit).await;
    kill_in_renewal(&visit, rule.refresh).await;
    let out = json!({"platform": rule.party.platform.as_str(), "fault": "http_503", "method": rule.refresh});
    visit.sandbox.fault(out).await;
    visit.reopen().await;
    assert_eq!(visit.read().await.unwrap_err().kind(), ErrorKind::Transient);
    visit.sandbox.clear_faults().await;
    go_by(&mut visit, Duration::from_secs(46)).await;
    assert_eq!(visit.read().await.unwrap_err().kind(), ErrorKind::Reauthorize);
    assert_asks_for_a_person(&visit, LOST, "after an outage").await;
}

/// JD's rule where the old refresh token dies.
fn rule_of_jd() -> Rule {
    let is_it = |rule: &Rule| rule.party.forgets && rule.app == json!({"rotation": "plain"});
    rules().into_iter().find(is_it).unwrap()
}

/// Closes the hub, lets that much time go by, and opens it again.
async fn go_by(visit: &mut Visit, time: Duration) {
    visit.hub.close().await.unwrap();
    let moved = visit.sandbox.post("/clock", json!({"advanceMs": time.as_millis() as u64})).await;
    let config = config(&visit.database(), &visit.sandbox);
    let clock = ahead(moved["offsetMs"].as_u64().unwrap());
    visit.hub = Hub::open(config.with_clock(clock)).await.unwrap();
}

/// JD keeps the token's text: the renewal in its last hours, whose answer nobody read, has given it another year.
#[tokio::test(flavor = "multi_thread")]
async fn jds_token_goes_on_for_the_year_that_a_lost_renewal_gave_it() {
    // The machine comes back at once, or when the token that it knows is over.
    for away in [Duration::ZERO, 3 * HOUR] {
        let rule = rule_of_jd();
        let mut visit = visit(&rule).await;
        let known = visit.shop.authorization.clone().unwrap();
        go_by(&mut visit, YEAR - 2 * HOUR).await;
        visit.hub.close().await.unwrap();
        kill_in_renewal(&visit, rule.refresh).await;
        visit.reopen().await;
        go_by(&mut visit, away).await;
        visit.read().await.unwrap_or_else(|error| panic!("{away:?}: {error}"));
        let patience = Instant::now() + PATIENCE;
        let grant = loop {
            let shop = visit.hub.shops().get(visit.shop.id).await.unwrap();
            let grant = shop.authorization.unwrap();
            if grant.generation > known.generation {
                break grant;
            }
            assert!(Instant::now() < patience, "{away:?}: {grant:?}");
            sleep(Duration::from_millis(5)).await;
        };
        assert_eq!(grant.state, GrantState::Valid, "{away:?}");
        let more = grant.expires_at.since(known.expires_at);
        assert!(YEAR - 3 * HOUR < more && more < YEAR, "{away:?}: {more:?}");
        let refreshes = visit.sandbox.calls_of("jd", rule.refresh).await;
        visit.read().await.unwrap();
        assert_eq!(
            visit.sandbox.calls_of("jd", rule.refresh).await,
            refreshes,
            "{away:?}: the dead one rests"
        );
        // Nobody can renew it: that is told ahead, as of an app that cannot.
        go_by(&mut visit, YEAR - 20 * DAY).await;
        let expiry =
            visit.hub.shops().explain(visit.shop.id).await.unwrap().expiry.expect("an end that is near");
        assert_eq!((expiry.expires_at, expiry.can_refresh), (grant.expires_at, false), "{away:?}");
        go_by(&mut visit, 20 * DAY).await;
        assert_eq!(visit.read().await.unwrap_err().kind(), ErrorKind::Reauthorize, "{away:?}");
    }
}

/// The text is taken for good once for each renewal that got no answer: where the platform takes it for over all the
/// same, that is the end.
#[tokio::test(flavor = "multi_thread")]
async fn jds_token_that_a_lost_renewal_did_not_save_ends_in_one_clear_state() {
    let rule = rule_of_jd();
    let mut visit = visit(&rule).await;
    visit.hub.close().await.unwrap();
    end_token(&visit).await;
    kill_in_renewal(&visit, rule.refresh).await;
    visit.sandbox.post("/tokens", json!({"platform": "jd", "expireAccess": true})).await;
    visit.reopen().await;
    let first = visit.read().await.unwrap_err();
    assert_eq!(first.kind(), ErrorKind::Transient, "it is tried once more: {first}");
    assert_eq!(visit.read().await.unwrap_err().kind(), ErrorKind::Reauthorize);
    assert_eq!(visit.sandbox.calls_of("jd", rule.refresh).await, 3, "of the dead process, and two of ours");
    assert_asks_for_a_person(&visit, LOST, "jd").await;
}
