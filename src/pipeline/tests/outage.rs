//! We never make an outage worse: a platform that is down for ten simulated minutes while 500 shops call.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64};

use tokio::time::sleep;

use super::*;
use crate::http::mock::good;
use crate::http::{HttpAnswer, HttpFailure, HttpFailureKind, Played, Sent};

const SHOPS: i64 = 500;
const MINUTE: Duration = Duration::from_secs(60);
const OUTAGE: Duration = Duration::from_secs(600);
const HOUR: Duration = Duration::from_secs(3600);

fn random(end: u64) -> u64 {
    getrandom::u64().unwrap() % end
}

/// A platform that fails so many of a hundred calls, in every way, until it is well again.
#[derive(Default)]
struct Sick {
    percent: AtomicU64,
    calls: AtomicU64,
    /// Answers every call with this instead, as HTTP 429 with this `Retry-After`.
    retry_after: Option<String>,
}

impl Played for Sick {
    fn answer<'a>(
        &'a self,
        _: &'a str,
        _: Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = Result<HttpAnswer, HttpFailure>> + Send + 'a>> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(20 + random(100))).await;
            if random(100) >= self.percent.load(Ordering::Relaxed) {
                return Ok(good(OK.to_owned()));
            }
            let status = |status, body: &str| HttpAnswer { status, ..good(body.to_owned()) };
            if let Some(text) = &self.retry_after {
                return Ok(HttpAnswer { retry_after: Some(text.clone()), ..status(429, "") });
            }
            let lost = |kind, sent| Err(HttpFailure { kind, sent });
            match random(7) {
                0 => Ok(status(503, "<html>down</html>")),
                1 => Ok(status(500, "")),
                2 => Ok(status(429, "slow down")),
                3 => Ok(good(r#"{"ok":false,"code":"transient","message":"busy"}"#.to_owned())),
                4 => lost(HttpFailureKind::Connect, Sent::No),
                5 => {
                    sleep(Duration::from_secs(30)).await;
                    lost(HttpFailureKind::Timeout, Sent::Maybe)
                }
                _ => lost(HttpFailureKind::Broken, Sent::Maybe),
            }
        })
    }
}

struct World {
    sick: Arc<Sick>,
    bench: Bench,
    started: Instant,
}

impl World {
    fn new(percent: u64, retry_after: Option<&str>) -> Arc<Self> {
        let sick =
            Sick { percent: percent.into(), retry_after: retry_after.map(str::to_owned), ..Sick::default() };
        let sick = Arc::new(sick);
        let started = Instant::now();
        let mut bench = Bench::new("http://127.0.0.1:1");
        let clock = crate::clock::Clock::of(move || NOW.plus(started.elapsed()));
        bench.sender = Sender::new(Http::played(Arc::<Sick>::clone(&sick)), clock);
        Arc::new(Self { sick, bench, started })
    }

    fn calls(&self) -> u64 {
        self.sick.calls.load(Ordering::Relaxed)
    }

    /// A call of a shop; what it came to and the attempts it took.
    async fn call(&self, app: AppId, shop: i64, policy: RetryPolicy) -> (Result<Raw, Failure>, u32) {
        let (call, tried) = (call(Repeat::Safe), AtomicU32::new(0));
        let attempt = |attempt| {
            tried.store(attempt, Ordering::Relaxed);
            self.bench.sender.send(SendRequest {
                call: &call,
                app: &self.bench.app,
                shop: Some(ShopId(shop)),
                token: Some(&self.bench.token),
                lane: Lane::Interactive,
                share: Share::Leader,
                sign_until: None,
                attempt,
            })
        };
        let result = self.bench.sender.with_retry(app, Repeat::Safe, policy, attempt).await;
        (result, tried.into_inner())
    }
}

/// What 500 shops saw that called every five to fifteen seconds.
#[derive(Default)]
struct Ledger {
    begun: AtomicU64,
    failed_late: AtomicU64,
    is_over: AtomicBool,
}

async fn live(world: Arc<World>, ledger: Arc<Ledger>, shop: i64) {
    // Half of them are syncs, which are more patient.
    let policy = if shop % 2 == 0 { RetryPolicy::INTERACTIVE } else { RetryPolicy::BULK };
    loop {
        sleep(Duration::from_millis(5_000 + random(10_000))).await;
        if ledger.is_over.load(Ordering::Relaxed) {
            return;
        }
        ledger.begun.fetch_add(1, Ordering::Relaxed);
        let begun = world.started.elapsed();
        let (result, _) = world.call(APP, shop, policy).await;
        if result.is_err() && begun > OUTAGE + MINUTE {
            ledger.failed_late.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_without_the_platform_cost_it_no_more_calls_than_without_repeats() {
    let (world, ledger) = (World::new(100, None), Arc::new(Ledger::default()));
    let shops: Vec<_> =
        (1..=SHOPS).map(|shop| tokio::spawn(live(Arc::clone(&world), Arc::clone(&ledger), shop))).collect();
    sleep(MINUTE).await;
    // The budget of 500 pays for 100 repeats at most, and is empty by now.
    let at = |ledger: &Ledger| ledger.begun.load(Ordering::Relaxed);
    let (begun, calls) = (at(&ledger), world.calls());
    assert!(calls <= begun + 100, "{calls} calls for {begun}");
    sleep(OUTAGE - MINUTE).await;
    let (begun, calls) = (at(&ledger) - begun, world.calls() - calls);
    println!("{calls} calls for {begun} in nine minutes");
    assert!(begun > 18_000 && calls * 10 <= begun * 11, "{calls} calls for {begun}");
    world.sick.percent.store(0, Ordering::Relaxed);
    sleep(3 * MINUTE).await;
    ledger.is_over.store(true, Ordering::Relaxed);
    for shop in shops {
        shop.await.unwrap();
    }
    assert_eq!(ledger.failed_late.load(Ordering::Relaxed), 0, "calls that failed a minute after the outage");
}

#[tokio::test(start_paused = true)]
async fn whatever_part_of_the_calls_fails_repeats_stay_few() {
    for percent in [5, 20, 50, 80, 95] {
        let (world, ledger) = (World::new(percent, None), Arc::new(Ledger::default()));
        let shops: Vec<_> = (1..=SHOPS)
            .map(|shop| tokio::spawn(live(Arc::clone(&world), Arc::clone(&ledger), shop)))
            .collect();
        sleep(5 * MINUTE).await;
        let (begun, calls) = (ledger.begun.load(Ordering::Relaxed), world.calls());
        println!("{percent} % fail: {calls} calls for {begun}");
        // The full budget pays for 100 at most; from then on 5 to 14 successes pay for each.
        assert!(calls <= begun + begun / 10 + 100, "{percent} %: {calls} calls for {begun}");
        shops.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_for_up_to_an_hour_and_nonsense_is_not() {
    let date = |wait| {
        let at = jiff::Timestamp::from_millisecond(NOW.plus(wait).0).unwrap();
        jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap()
    };
    let none = Duration::ZERO;
    let minute = date(MINUTE);
    for (text, wait) in [
        ("20", Duration::from_secs(20)),
        (minute.as_str(), MINUTE),
        ("Sun, 06 Nov 1994 08:49:37 GMT", none),
        ("315360000", HOUR),
        ("Fri, 31 Dec 2100 23:59:59 GMT", HOUR),
        ("-5", none),
        ("soon", none),
    ] {
        let world = World::new(100, Some(text));
        let policy = RetryPolicy { attempts: 2, ..RetryPolicy::BULK };
        let (result, attempts) = world.call(APP, 1, policy).await;
        assert_eq!((attempts, result.unwrap_err().error.kind()), (2, ErrorKind::RateLimited), "{text}");
        // Two exchanges, the limiter, and the jitter on top.
        let took = world.started.elapsed();
        let slack = if text == minute { (Duration::from_secs(1), MINUTE / 60) } else { (none, MINUTE / 60) };
        assert!(wait.saturating_sub(slack.0) <= took && took <= wait + slack.1, "{text}: {took:?}");
    }
}

/// Chi-square of samples in 20 equal bins from 0 to `most`.
fn chi_square(samples: &[Duration], most: Duration) -> f64 {
    let mut bins = [0_u32; 20];
    for sample in samples {
        let bin = (sample.as_micros() * 20 / most.as_micros()).min(19);
        bins[usize::try_from(bin).unwrap()] += 1;
    }
    let expected = samples.len() as f64 / 20.0;
    bins.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum()
}

#[tokio::test(start_paused = true)]
async fn repeats_are_spread_evenly_over_their_time() {
    let sender = offline();
    let policy = RetryPolicy { base: Duration::from_secs(10), ..RetryPolicy::INTERACTIVE };
    let spread = async |retry: Retry, nth: usize| {
        let mut waits = Vec::new();
        // Each app has a budget of its own.
        for app in 0..3_000 {
            let times = Mutex::new(Vec::new());
            let fail = |_| {
                times.lock().unwrap().push(Instant::now());
                async { Err::<(), _>(failing(ErrorKind::Transient, retry)) }
            };
            let _ = sender.with_retry(AppId(app), Repeat::Safe, policy, fail).await;
            let times = times.into_inner().unwrap();
            waits.push(times[nth] - times[nth - 1]);
        }
        waits
    };
    let most = policy.base.min(policy.cap);
    // 19 degrees of freedom: more than 65 comes by chance once in a million times.
    let found = chi_square(&spread(Retry::Backoff, 1).await, most);
    assert!(found < 65.0, "first repeats: {found}");
    let found = chi_square(&spread(Retry::Backoff, 2).await, most);
    assert!(found < 65.0, "second repeats: {found}");
    let asked = Duration::from_secs(5);
    let waits = spread(Retry::After(asked), 1).await;
    assert!(waits.iter().all(|wait| *wait >= asked));
    let beyond: Vec<Duration> = waits.into_iter().map(|wait| wait - asked).collect();
    let found = chi_square(&beyond, most);
    assert!(found < 65.0, "beyond what the platform asked for: {found}");
}
