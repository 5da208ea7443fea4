//! One refresh for everybody, and one failure.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Barrier, Semaphore};

use super::Bench;
use super::platform::{Platform, Rotation};
use crate::clock::{Clock, ManualClock};
use crate::error::ErrorKind;
use crate::http::mock::good;
use crate::http::{HttpAnswer, HttpFailure, HttpFailureKind, Played, Sent};
use crate::model::ShopStatus;

const CALLERS: usize = 1_000;
const LIFE: Duration = Duration::from_secs(7 * 86_400);

struct Crowd {
    bench: Arc<Bench>,
    platform: Platform,
    clock: ManualClock,
    /// Whether the token endpoint answers.
    up: Arc<AtomicBool>,
    /// Leaves for the token endpoint to answer.
    gate: Arc<Semaphore>,
}

struct Endpoint {
    platform: Platform,
    up: Arc<AtomicBool>,
    gate: Arc<Semaphore>,
}

impl Played for Endpoint {
    fn answer<'a>(
        &'a self,
        url: &'a str,
        body: Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = Result<HttpAnswer, HttpFailure>> + Send + 'a>> {
        Box::pin(async move {
            let answer = self.platform.answer(url, &body);
            self.gate.acquire().await.unwrap().forget();
            match self.up.load(Ordering::SeqCst) {
                true => Ok(good(answer)),
                false => Err(HttpFailure { sent: Sent::Maybe, kind: HttpFailureKind::BodyTooLarge }),
            }
        })
    }
}

impl Crowd {
    async fn new() -> Self {
        let clock = ManualClock::new(Clock::system().now());
        let platform = Platform::new(Rotation::Strict, clock.clock(), LIFE);
        let (up, gate) = (Arc::new(AtomicBool::new(true)), Arc::new(Semaphore::new(0)));
        let endpoint = Endpoint { platform: platform.clone(), up: Arc::clone(&up), gate: Arc::clone(&gate) };
        let bench = Arc::new(Bench::open(&platform, &clock.clock(), 1, Arc::new(endpoint)).await);
        Self { bench, platform, clock, up, gate }
    }

    /// A thousand callers at once; the endpoint answers when all of them wait. What each of them got.
    async fn call(&self) -> Vec<Result<i64, ErrorKind>> {
        let start = Arc::new(Barrier::new(CALLERS + 1));
        let context = self.bench.context(self.bench.shops[0]).await;
        let callers = (0..CALLERS).map(|_| {
            let (bench, context, start) = (Arc::clone(&self.bench), context.clone(), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                bench.grants.token(&context).await.map(|token| token.generation).map_err(|error| error.kind())
            })
        });
        let callers: Vec<_> = callers.collect();
        start.wait().await;
        while self.bench.grants.waiting(self.bench.shops[0]) < CALLERS {
            tokio::task::yield_now().await;
        }
        self.gate.add_permits(1);
        let mut got = Vec::new();
        for caller in callers {
            got.push(caller.await.unwrap());
        }
        got
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_of_an_expired_token_make_one_refresh_and_share_its_result() {
    let crowd = Crowd::new().await;
    for round in 1..=3 {
        crowd.clock.advance(LIFE);
        let got = crowd.call().await;
        assert!(got.iter().all(|got| *got == Ok(i64::from(round) + 1)), "{got:?}");
        assert_eq!(crowd.platform.seen().refreshes, round);
        assert_eq!(crowd.platform.seen().retired, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_refresh_is_shared_once_and_the_next_waits_for_its_pause() {
    let crowd = Crowd::new().await;
    let shop = crowd.bench.shops[0];
    crowd.clock.advance(LIFE);
    crowd.up.store(false, Ordering::SeqCst);
    let got = crowd.call().await;
    assert!(got.iter().all(|got| *got == Err(ErrorKind::Decode)), "{got:?}");
    assert_eq!(crowd.platform.seen().refreshes, 1);
    // The token is over and the endpoint is down: asked again after the pause, not by each caller.
    crowd.gate.add_permits(100);
    let context = crowd.bench.context(shop).await;
    for _ in 0..200 {
        let error = crowd.bench.grants.token(&context).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Transient);
    }
    assert_eq!(crowd.platform.seen().refreshes, 1);
    // The first refresh got through and only its answer was lost: a strict platform forgives no second.
    crowd.up.store(true, Ordering::SeqCst);
    crowd.clock.advance(Duration::from_secs(11));
    for _ in 0..200 {
        let error = crowd.bench.grants.token(&context).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Reauthorize);
    }
    assert_eq!(crowd.platform.seen().refreshes, 2);
    let row = crowd.bench.store.get_shop(shop).await.unwrap();
    assert_eq!(row.status, ShopStatus::Reauthorize);
}
