//! Refresh tokens that are renewed apart: so often and no further, and an honest end when an answer is lost.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::sync::broadcast::Receiver;

use super::child::Work;
use super::fake::{ACCESS_LIFE, DAY, Desk, MOST, REFRESH_LIFE, STYLE, Server, Trouble};
use crate::auth::Expiry;
use crate::clock::{Clock, ManualClock};
use crate::error::ErrorKind;
use crate::http::{Http, HttpOptions};
use crate::model::{Authorization, Event, GrantState, ShopStatus};
use crate::platform::Platform;
use crate::platform::fake::FAKE;

const HOUR: Duration = Duration::from_secs(3_600);
/// Within the second half of what the fake's rules ask for.
const NEARLY_OVER: Duration = Duration::from_secs(12 * 3_600);

impl Desk {
    /// Asks for a token as the schedule does, and waits for what that started.
    async fn ask(&self) -> Result<(), ErrorKind> {
        let context = self.context().await;
        let asked = self.grants.token(&context).await.map(drop).map_err(|error| error.kind());
        while self.grants.flights() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        asked
    }

    async fn call(&self) -> Result<(), ErrorKind> {
        let (context, call) = (self.context().await, FAKE.raw("shop.info", "{}").unwrap());
        self.caller.call(&context, &call, STYLE).await.map(drop).map_err(|error| error.kind())
    }

    async fn authorization(&self) -> Authorization {
        self.context().await.shop.authorization.unwrap()
    }

    /// Days of the warnings so far.
    async fn warned(&self, clock: &Clock, listener: &mut Receiver<Event>) -> Vec<u32> {
        let expiry = Expiry { store: self.store.clone(), events: self.events.clone(), clock: clock.clone() };
        expiry.warn().await.unwrap();
        let mut levels = Vec::new();
        while let Ok(event) = listener.try_recv() {
            if let Event::ShopExpiring { days, .. } = event {
                levels.push(days);
            }
        }
        levels
    }
}

async fn desk() -> (Desk, Server, ManualClock, tempfile::TempDir) {
    let clock = ManualClock::new(Clock::system().now());
    let server = Server::new(clock.clock());
    let (desk, folder) = Desk::played(&server, &clock.clock()).await;
    (desk, server, clock, folder)
}

#[tokio::test]
async fn a_shop_that_nobody_calls_is_renewed_five_times_and_then_a_person_is_asked_for() {
    let (desk, server, clock, _folder) = desk().await;
    let mut listener = desk.events.listen();
    let (mut warned, mut left) = (Vec::new(), Vec::new());
    let mut hours = 0_u32;
    while desk.ask().await.is_ok() {
        if hours.is_multiple_of(24) {
            assert_eq!(desk.call().await, Ok(()), "day {}", hours / 24);
            let levels = desk.warned(&clock.clock(), &mut listener).await;
            assert!(levels.is_empty() || server.seen().renewed == MOST, "told on day {}", hours / 24);
            warned.extend(levels);
            left.push(desk.authorization().await.renewals_left.unwrap());
        }
        clock.advance(HOUR);
        hours += 1;
    }
    left.dedup();
    assert_eq!((left, warned), (vec![5, 4, 3, 2, 1, 0], vec![30, 14, 7, 3, 1]));
    let seen = server.seen();
    assert_eq!((seen.renewals, seen.renewed, seen.dead), (MOST, MOST, 0), "{seen:?}");
    // Late: each one in the last two days of its token, and none before.
    let days = hours / 24;
    assert!((30 + 5 * 28..30 + 5 * 30 + 15).contains(&days), "{days} days");
    let shop = desk.context().await.shop;
    assert_eq!(shop.status, ShopStatus::Reauthorize);
    // A person authorises it again: the count begins anew.
    {
        let mut state = server.state();
        (state.refresh, state.used, state.refresh_ends) = (1, 0, clock.clock().now().plus(REFRESH_LIFE));
    }
    desk.connect(&clock.clock(), REFRESH_LIFE).await;
    assert_eq!(desk.authorization().await.renewals_left, Some(MOST));
    clock.advance(REFRESH_LIFE - HOUR);
    desk.ask().await.unwrap();
    desk.ask().await.unwrap();
    assert_eq!((server.seen().renewed, desk.authorization().await.renewals_left), (MOST + 1, Some(4)));
}

#[tokio::test]
async fn a_refresh_leaves_the_end_of_the_refresh_token_where_the_platform_says_it_is() {
    for is_silent in [false, true] {
        let (desk, server, clock, _folder) = desk().await;
        server.state().is_silent = is_silent;
        let end = desk.authorization().await.refresh_expires_at.unwrap();
        clock.advance(ACCESS_LIFE);
        desk.ask().await.unwrap();
        let known = desk.authorization().await;
        assert_eq!((server.seen().refreshes, known.generation), (1, 2));
        let moved = known.refresh_expires_at.unwrap().0.abs_diff(end.0);
        assert!(moved < 2_000, "{moved} ms, silent: {is_silent}");
        assert_eq!(known.renewals_left, Some(MOST));
    }
}

/// An answer that stays on its way, as over a sleep of the machine, must not make a token live longer than it does.
#[tokio::test]
async fn the_life_of_a_token_is_counted_from_before_it_was_asked_for() {
    let clock = ManualClock::new(Clock::system().now());
    let gate = Arc::new(Semaphore::new(0));
    let server = Server { gate: Some(Arc::clone(&gate)), ..Server::new(clock.clock()) };
    let (desk, _folder) = Desk::played(&server, &clock.clock()).await;
    for (wait, wanted) in [(ACCESS_LIFE, (1, 0)), (DAY * 13, (1, 1))] {
        clock.advance(wait);
        let asked = clock.clock().now();
        let (asking, ()) = tokio::join!(desk.ask(), async {
            while (server.seen().refreshes, server.seen().renewals) != wanted {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            clock.advance(DAY);
            gate.add_permits(1);
        });
        asking.unwrap();
        let known = desk.authorization().await;
        assert!(known.expires_at <= asked.plus(ACCESS_LIFE), "{wanted:?}: {:?}", known.expires_at);
        let refresh_end = known.refresh_expires_at.unwrap();
        assert!(refresh_end <= server.state().refresh_ends, "{wanted:?}: {refresh_end:?}");
    }
}

#[tokio::test]
async fn who_waits_for_an_access_token_gets_it_before_the_refresh_token_is_renewed() {
    let (desk, server, clock, _folder) = desk().await;
    clock.advance(REFRESH_LIFE - HOUR);
    assert_eq!(desk.call().await, Ok(()));
    let seen = server.seen();
    assert_eq!((seen.refreshes, seen.renewals, seen.calls), (1, 0, 1), "{seen:?}");
    desk.ask().await.unwrap();
    assert_eq!(server.seen().renewed, 1);
    assert_eq!(desk.call().await, Ok(()));
    assert_eq!(server.seen().dead, 0);
}

#[tokio::test]
async fn an_endpoint_that_is_down_for_hours_costs_no_renewal_and_is_not_hammered() {
    let (desk, server, clock, _folder) = desk().await;
    let mut listener = desk.events.listen();
    clock.advance(ACCESS_LIFE);
    desk.ask().await.unwrap();
    clock.advance(ACCESS_LIFE - DAY);
    server.state().trouble = Some(Trouble::Code("transient"));
    for _ in 0..(6 * 60) {
        assert_eq!(desk.ask().await, Ok(()), "the access token works");
        clock.advance(Duration::from_secs(60));
    }
    let seen = server.seen();
    let most = 3 * (6 * 6 + 8);
    assert!((20..=most).contains(&seen.token_calls) && seen.renewed == 0, "{seen:?}");
    // The second half of the time for it has begun long ago: a person may be needed.
    assert_eq!(desk.warned(&clock.clock(), &mut listener).await, [1]);
    server.state().trouble = None;
    clock.advance(Duration::from_secs(601));
    for _ in 0..2 {
        desk.ask().await.unwrap();
    }
    assert_eq!((server.seen().renewed, server.seen().dead), (1, 0));
    assert_eq!(desk.authorization().await.renewals_left, Some(MOST - 1));
}

#[tokio::test]
async fn a_refused_renewal_is_not_tried_again_and_the_old_token_used_to_its_end() {
    let (desk, server, clock, _folder) = desk().await;
    let mut listener = desk.events.listen();
    clock.advance(ACCESS_LIFE);
    desk.ask().await.unwrap();
    clock.advance(ACCESS_LIFE - HOUR);
    server.state().used = MOST;
    for _ in 0..10 {
        desk.ask().await.unwrap();
        clock.advance(Duration::from_secs(120));
    }
    let (seen, known) = (server.seen(), desk.authorization().await);
    assert_eq!(
        (seen.renewals, seen.renewed, seen.refreshes),
        (1, 0, 2),
        "asked once, then refreshed: {seen:?}"
    );
    assert_eq!((known.state, known.renewals_left), (GrantState::Valid, Some(0)));
    assert_eq!(
        known.renewal_refused.as_deref(),
        Some("the platform refused to renew the refresh token (reauthorize)")
    );
    assert_eq!(desk.warned(&clock.clock(), &mut listener).await, [1]);
    assert_eq!(desk.call().await, Ok(()));
}

/// What follows when the new refresh token is lost: the access token is used to its end, which is told; then a person
/// is asked for, with the reason; and nothing goes round in circles.
async fn ends_honestly(desk: &Desk, server: &Server, clock: &Clock) {
    let mut listener = desk.events.listen();
    for _ in 0..50 {
        assert_eq!(desk.ask().await, Ok(()));
        assert_eq!(desk.call().await, Ok(()));
    }
    let (seen, known) = (server.seen(), desk.authorization().await);
    assert_eq!(
        (seen.renewed, seen.dead),
        (1, 2),
        "one renewal and one refresh with the dead token: {seen:?}"
    );
    assert_eq!((known.state, known.renewals_left), (GrantState::Valid, Some(0)));
    let why = known.renewal_refused.unwrap();
    assert!(why.contains("after a renewal that got no answer (reauthorize)"), "{why}");
    assert_eq!(desk.warned(clock, &mut listener).await.len(), 1, "the end of the access token is told");
    server.expire();
    for _ in 0..50 {
        assert_eq!(desk.call().await, Err(ErrorKind::Reauthorize));
    }
    assert_eq!(server.seen().dead, 3, "asked once more when the access token was over");
    let shop = desk.context().await.shop;
    assert_eq!(shop.status, ShopStatus::Reauthorize);
    let reason = shop.authorization.unwrap().reason.unwrap();
    assert!(reason.contains("after a renewal that got no answer"), "{reason}");
}

#[tokio::test]
async fn a_lost_answer_ends_in_the_access_tokens_end_and_then_in_reauthorize_with_the_reason() {
    let (desk, server, clock, _folder) = desk().await;
    clock.advance(ACCESS_LIFE);
    desk.ask().await.unwrap();
    clock.advance(ACCESS_LIFE - HOUR);
    server.state().trouble = Some(Trouble::LostOnce);
    desk.ask().await.unwrap();
    ends_honestly(&desk, &server, &clock.clock()).await;
}

#[tokio::test]
async fn a_renewal_that_did_not_arrive_is_sent_again_and_counted_once() {
    let (desk, server, clock, _folder) = desk().await;
    clock.advance(ACCESS_LIFE);
    desk.ask().await.unwrap();
    clock.advance(ACCESS_LIFE - HOUR);
    server.state().trouble = Some(Trouble::Down);
    desk.ask().await.unwrap();
    assert!(desk.store.grant(desk.context().await.shop.id).await.unwrap().unwrap().renewal_sent.is_some());
    server.state().trouble = None;
    clock.advance(Duration::from_secs(11));
    desk.ask().await.unwrap();
    desk.ask().await.unwrap();
    let row = desk.store.grant(desk.context().await.shop.id).await.unwrap().unwrap();
    assert_eq!((row.renewals, row.renewal_sent, server.seen().renewed, server.seen().dead), (1, None, 1, 0));
}

/// A file with a shop whose refresh token is nearly over, and its server.
async fn served() -> (Desk, Server, String, tempfile::TempDir) {
    let clock = Clock::system();
    let server = Server::new(clock.clone());
    server.state().refresh_ends = clock.now().plus(NEARLY_OVER);
    let base = server.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = reopened(&folder.path().join("shop.db"), &base).await;
    desk.connect(&clock, NEARLY_OVER).await;
    (desk, server, base, folder)
}

async fn reopened(path: &Path, base: &str) -> Desk {
    Desk::open(path, base, Http::new(HttpOptions::default()).unwrap(), &Clock::system()).await
}

/// What a second process does: it asks for a token as the schedule does.
pub(super) async fn child(path: &Path, base: &str) {
    let desk = reopened(path, base).await;
    desk.ask().await.unwrap();
    crate::tests::child::say("done");
    desk.store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_answer_and_commit_of_a_renewal_the_end_is_honest_too() {
    let (desk, server, base, folder) = served().await;
    desk.store.close().await.unwrap();
    let path = folder.path().join("shop.db");
    let work = Work { role: "renew", database: &path, base: &base, calls: 1, stop: "renewed" };
    let mut child = work.start();
    tokio::task::spawn_blocking(move || {
        assert_eq!(child.hear_at_last().as_deref(), Some("renewed"));
        child.kill();
    })
    .await
    .unwrap();
    assert_eq!(server.seen().renewed, 1, "the new token was issued");
    let desk = reopened(&path, &base).await;
    ends_honestly(&desk, &server, &Clock::system()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_meet_at_a_renewal_send_one() {
    let (desk, server, base, folder) = served().await;
    let path = folder.path().join("shop.db");
    let work = Work { role: "renew", database: &path, base: &base, calls: 1, stop: "" };
    let children: Vec<_> = (0..3).map(|_| work.start()).collect();
    desk.ask().await.unwrap();
    for child in children {
        let said = tokio::task::spawn_blocking(move || child.hear_at_last()).await.unwrap();
        assert_eq!(said.as_deref(), Some("done"));
    }
    let seen = server.seen();
    assert_eq!((seen.renewals, seen.renewed, seen.dead, seen.refreshes), (1, 1, 0, 0), "{seen:?}");
    assert_eq!(desk.authorization().await.renewals_left, Some(MOST - 1));
    assert_eq!(desk.call().await, Ok(()));
}
