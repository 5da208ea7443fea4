//! The token of an app: one fetch for everybody, and never too many.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::sync::{Barrier, Semaphore};
use tokio::time::Instant;
use tracing_subscriber::fmt::format::FmtSpan;

use super::fake::{APP_LIFE, Desk, STYLE, Server, Trouble, app};
use crate::clock::{Clock, ManualClock};
use crate::error::{ErrorKind, Retry};
use crate::platform::fake::FAKE;
use crate::platform::{ApiCall, Platform};

const CALLERS: usize = 1_000;
const SECOND: Duration = Duration::from_secs(1);

fn info() -> ApiCall<Box<RawValue>> {
    FAKE.raw("app.info", "{}").unwrap()
}

async fn desk() -> (Desk, Server, ManualClock, tempfile::TempDir) {
    let clock = ManualClock::new(Clock::system().now());
    let server = Server::new(clock.clock());
    let (desk, folder) = Desk::played(&server, &clock.clock()).await;
    (desk, server, clock, folder)
}

impl Desk {
    async fn call_app(&self) -> Result<(), ErrorKind> {
        self.caller.call_app(&self.app, &info(), STYLE).await.map(drop).map_err(|error| error.kind())
    }

    /// The same call for a shop.
    async fn call_for_shop(&self) -> Result<(), ErrorKind> {
        let context = self.context().await;
        self.caller.call(&context, &info(), STYLE).await.map(drop).map_err(|error| error.kind())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_make_one_fetch() {
    let clock = ManualClock::new(Clock::system().now());
    let gate = Arc::new(Semaphore::new(0));
    let server = Server { gate: Some(Arc::clone(&gate)), ..Server::new(clock.clock()) };
    let (desk, _folder) = Desk::played(&server, &clock.clock()).await;
    let (desk, start) = (Arc::new(desk), Arc::new(Barrier::new(CALLERS + 1)));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (desk, start) = (Arc::clone(&desk), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                desk.call_app().await
            })
        })
        .collect();
    start.wait().await;
    let all_wait = async {
        while desk.grants.apps().waiting(desk.app.id) < CALLERS {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all_wait).await.expect("all wait for one fetch");
    gate.add_permits(1 + CALLERS);
    for caller in callers {
        assert_eq!(caller.await.unwrap(), Ok(()));
    }
    let seen = server.seen();
    assert_eq!((seen.app_fetches, seen.app_calls), (1, CALLERS as u32), "{seen:?}");
}

#[tokio::test]
async fn calls_of_shops_carry_the_same_token_and_the_shop_keeps_its_own() {
    let (desk, server, ..) = desk().await;
    assert_eq!(desk.call_for_shop().await, Ok(()));
    assert_eq!(desk.call_app().await, Ok(()));
    assert_eq!(server.seen().app_fetches, 1);
    // What the platform says of the app's token is no news of the shop's.
    server.state().app_refuses_all = true;
    assert_eq!(desk.call_for_shop().await, Err(ErrorKind::Transient));
    let grant = desk.store.grant(desk.context().await.shop.id).await.unwrap().unwrap();
    assert_eq!((grant.generation, server.seen().refreshes), (1, 0));
    assert_eq!(grant.state, crate::model::GrantState::Valid);
}

#[tokio::test]
async fn an_expired_token_is_fetched_anew_once_and_the_call_sent_again() {
    let (desk, server, ..) = desk().await;
    desk.call_app().await.unwrap();
    server.expire_app_token();
    assert_eq!(desk.call_app().await, Ok(()));
    let seen = server.seen();
    assert_eq!((seen.app_fetches, seen.app_calls), (2, 3), "{seen:?}");
}

#[tokio::test]
async fn a_platform_that_refuses_what_it_just_gave_is_asked_four_times_a_minute_and_no_more() {
    let (desk, server, clock, _folder) = desk().await;
    server.state().app_refuses_all = true;
    for _ in 0..200 {
        let error = desk.caller.call_app(&desk.app, &info(), STYLE).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transient, "{error}");
    }
    assert_eq!(server.seen().app_fetches, 4);
    // A secret that is saved again and again is no way around it.
    for _ in 0..50 {
        desk.grants.apps().forget(desk.app.id);
        assert_eq!(desk.call_app().await, Err(ErrorKind::Transient));
    }
    assert_eq!(server.seen().app_fetches, 4);
    clock.advance(61 * SECOND);
    server.state().app_refuses_all = false;
    assert_eq!(desk.call_app().await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_fails_is_not_hammered_and_its_pauses_grow() {
    let (desk, server, clock, _folder) = desk().await;
    server.state().app_trouble = Some(Trouble::Code("transient"));
    let mut asked = Vec::new();
    for _ in 0..3_600 {
        assert!(desk.call_app().await.is_err());
        asked.push(server.seen().app_fetches);
        clock.advance(SECOND);
    }
    let (sum, first_minute) = (asked[3_599], asked[59]);
    assert!(first_minute <= 6, "{first_minute} in the first minute");
    assert!((10..=33).contains(&sum), "{sum} in an hour: three tries, then 10 s, 20 s … 10 min");
    let error = desk.caller.call_app(&desk.app, &info(), STYLE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transient);
    assert!(matches!(error.retry(), Retry::After(_) | Retry::Backoff), "{error:?}");
    server.state().app_trouble = None;
    clock.advance(601 * SECOND);
    assert_eq!(desk.call_app().await, Ok(()));
}

#[tokio::test]
async fn a_wrong_secret_is_said_again_without_asking_and_a_new_one_tried_at_once() {
    let (mut desk, server, ..) = desk().await;
    server.state().app_trouble = Some(Trouble::Code("config"));
    for _ in 0..100 {
        assert_eq!(desk.call_app().await, Err(ErrorKind::PlatformConfig));
    }
    assert_eq!(server.seen().app_fetches, 1);
    server.state().app_trouble = None;
    // Saved in another process: this one sees it by the secret alone.
    desk.app = Arc::new(app("another", "http://127.0.0.1:1"));
    assert_eq!(desk.call_app().await, Ok(()));
    assert_eq!(server.seen().app_fetches, 2);
}

#[tokio::test]
async fn a_changed_or_removed_app_forgets_its_token() {
    let (mut desk, server, ..) = desk().await;
    desk.call_app().await.unwrap();
    desk.app = Arc::new(app("another", "http://127.0.0.1:1"));
    desk.call_app().await.unwrap();
    assert_eq!(server.seen().app_fetches, 2, "the old secret's token is not used with the new one");
    desk.grants.apps().forget(desk.app.id);
    desk.call_app().await.unwrap();
    assert_eq!(server.seen().app_fetches, 3);
}

#[tokio::test]
async fn the_next_token_is_fetched_ahead_and_an_outage_then_disturbs_nobody() {
    let (desk, server, clock, _folder) = desk().await;
    desk.call_app().await.unwrap();
    clock.advance(APP_LIFE - 400 * SECOND);
    desk.call_app().await.unwrap();
    assert_eq!(server.seen().app_fetches, 1);
    server.state().app_trouble = Some(Trouble::Code("limited"));
    clock.advance(200 * SECOND);
    desk.call_app().await.unwrap();
    while server.seen().app_fetches < 4 {
        // Its tries wait for each other.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    desk.call_app().await.unwrap();
    server.state().app_trouble = None;
    // Over by our own reckoning, and a little before the platform's.
    clock.advance(175 * SECOND);
    assert_eq!(desk.call_app().await, Ok(()));
    assert_eq!(server.seen().app_fetches, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_goes_away_costs_no_second_fetch() {
    let clock = ManualClock::new(Clock::system().now());
    let gate = Arc::new(Semaphore::new(0));
    let server = Server { gate: Some(Arc::clone(&gate)), ..Server::new(clock.clock()) };
    let (desk, _folder) = Desk::played(&server, &clock.clock()).await;
    let desk = Arc::new(desk);
    let gone = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.call_app().await }
    });
    while server.seen().app_fetches == 0 {
        tokio::task::yield_now().await;
    }
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    gate.add_permits(2);
    assert_eq!(desk.call_app().await, Ok(()));
    assert_eq!(server.seen().app_fetches, 1);
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that a token, a refusal and a failed fetch show.
async fn shown() -> (String, Desk, tempfile::TempDir) {
    let (desk, server, clock, folder) = desk().await;
    let held = desk.grants.apps().token(&desk.app).await.unwrap();
    assert_eq!(held.secret.expose(), "canary-app-1", "the canary is there to be found");
    let mut shown = format!("{held:?}");
    desk.call_app().await.unwrap();
    server.state().app_refuses_all = true;
    let refused = desk.caller.call_app(&desk.app, &info(), STYLE).await.unwrap_err();
    server.state().app_trouble = Some(Trouble::Code("config"));
    clock.advance(61 * SECOND);
    desk.grants.apps().forget(desk.app.id);
    let failed = desk.caller.call_app(&desk.app, &info(), STYLE).await.unwrap_err();
    for error in [&refused, &failed] {
        shown += &format!("{error} {error:?} {:?}", std::error::Error::source(error));
    }
    (shown, desk, folder)
}

#[tokio::test]
async fn neither_token_nor_secret_stands_in_debug_errors_logs_or_the_file() {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let log = Log::default();
        let sink = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(move || sink.clone())
            .finish();
        let _listening = tracing::subscriber::set_default(subscriber);
        let (shown, _open, folder) = shown().await;
        let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        for text in [&shown, &logged] {
            assert!(!text.contains("canary"), "{text}");
        }
        let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        for file in files.filter(|path| path.is_file()) {
            let bytes = std::fs::read(file).unwrap();
            assert!(!bytes.windows(10).any(|part| part == b"canary-app"));
        }
        // Another test's thread may have written down that nobody listens; each new subscriber asks again.
        if logged.contains("could not be fetched") && logged.contains("token.app") {
            return;
        }
        assert!(Instant::now() < until, "nothing is ever heard");
    }
}
