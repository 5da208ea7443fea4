mod hostile;
mod outage;

use std::error::Error as _;
use std::io;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use super::{AppContext, Executed, Failure, RetryPolicy, SendRequest, Sender};
use crate::clock::ManualClock;
use crate::error::{Error, ErrorKind, Retry};
use crate::http::mock::{MockServer, Script, Step, answer, json, raw};
use crate::http::{HostRules, Http, HttpOptions};
use crate::limit::{Lane, Share};
use crate::model::{AppId, ShopId, UtcMillis};
use crate::platform::fake::{FAKE, decode_data, parts};
use crate::platform::{ApiCall, Credentials, DecodeError, Quota, Repeat, Verdict};
use crate::secret::Secret;

const APP: AppId = AppId(7);
const SHOP: ShopId = ShopId(9);
const NOW: UtcMillis = UtcMillis(1_790_000_000_000);
const PLANTED: &str = "PLANTED-7f3a";
const QUICK: RetryPolicy = RetryPolicy { base: Duration::from_millis(1), ..RetryPolicy::INTERACTIVE };

type Raw = Box<RawValue>;

fn options() -> HttpOptions {
    HttpOptions { idle: Duration::from_millis(300), total: Duration::from_secs(2), ..HttpOptions::default() }
}

struct Bench {
    sender: Arc<Sender>,
    clock: ManualClock,
    app: AppContext,
    token: Secret<String>,
    sign_until: Option<UtcMillis>,
}

impl Bench {
    fn new(base: &str) -> Self {
        let clock = ManualClock::new(NOW);
        let host = base.split_once("://").unwrap().1.to_owned();
        let app = AppContext {
            id: APP,
            platform: &FAKE,
            credentials: Credentials {
                app_key: "key".to_owned(),
                app_secret: Secret::from("SECRET-PLANTED-7f3a"),
                api_base: base.to_owned(),
                token_base: None,
                upload_base: None,
            },
            proxy: None,
            quota: Quota { app_per_second: 1000, shop_per_second: 1000, in_flight: 4 },
            hosts: Arc::new(HostRules::new(&[], &[host]).unwrap()),
        };
        let sender = Sender::new(Http::new(options()).unwrap(), clock.clock());
        Self { sender, clock, app, token: Secret::from(PLANTED), sign_until: None }
    }

    async fn once<T: Send + 'static>(&self, call: &ApiCall<T>, attempt: u32) -> Result<T, Failure> {
        let request = SendRequest {
            call,
            app: &self.app,
            shop: Some(SHOP),
            token: Some(&self.token),
            lane: Lane::Interactive,
            share: Share::Leader,
            sign_until: self.sign_until,
            attempt,
        };
        self.sender.send(request).await
    }

    async fn repeated(&self, repeat: Repeat) -> Result<Raw, Failure> {
        let call = call(repeat);
        self.sender.with_retry(APP, repeat, QUICK, |attempt| self.once(&call, attempt)).await
    }
}

fn call(repeat: Repeat) -> ApiCall<Raw> {
    ApiCall { parts: parts("order.list", r#"{"buyer":"PLANTED-7f3a"}"#, repeat), decode: decode_data }
}

const OK: &str = r#"{"ok":true,"requestId":"r1","data":{"n":1}}"#;

fn fault(code: &str) -> Script {
    json(&format!(r#"{{"ok":false,"code":"{code}","message":"no","requestId":"r2"}}"#))
}

async fn one(script: Script, repeat: Repeat) -> Result<Raw, Failure> {
    let server = MockServer::start([script]).await;
    let done = Bench::new(&server.base()).once(&call(repeat), 1).await;
    assert_eq!(server.received().len(), 1);
    done
}

#[tokio::test]
async fn a_success_brings_the_value_whatever_its_content_type() {
    for kind in ["application/json", "text/plain", "text/html; charset=utf-8", "image/png"] {
        let value = one(answer(200, &[("content-type", kind)], OK), Repeat::Never).await.unwrap();
        assert_eq!(value.get(), r#"{"n":1}"#);
    }
}

#[tokio::test]
async fn nothing_is_signed_after_the_moment_until_which_it_may_be() {
    let server = MockServer::start([json(OK)]).await;
    let bench = Bench { sign_until: Some(NOW), ..Bench::new(&server.base()) };
    assert!(bench.once(&call(Repeat::Never), 1).await.is_ok());
    bench.clock.advance(Duration::from_millis(1));
    let late = bench.once(&call(Repeat::Never), 1).await.unwrap_err();
    assert_eq!((late.error.kind(), late.executed), (ErrorKind::Transient, Executed::No));
    assert_eq!(server.received().len(), 1);
}

/// What a read and a write become after an answer that leaves the outcome open.
async fn is_open(script: Script, read: ErrorKind) {
    let failure = one(script.clone(), Repeat::Safe).await.unwrap_err();
    assert_eq!((failure.error.kind(), failure.executed), (read, Executed::Maybe), "{script:?}");
    let failure = one(script, Repeat::Never).await.unwrap_err();
    assert_eq!((failure.error.kind(), failure.executed), (ErrorKind::UnknownOutcome, Executed::Maybe));
    assert_eq!(failure.error.retry(), Retry::Never);
}

#[tokio::test]
async fn answers_that_are_not_the_platforms_leave_the_outcome_open() {
    let html = "<html><body>Please log in</body></html>";
    for script in [
        answer(200, &[("content-type", "text/html")], html),
        answer(200, &[], ""),
        answer(204, &[], ""),
        answer(200, &[], r#"{"ok":true,"data":{"n""#),
        answer(200, &[], format!("{OK}{OK}")),
        raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":true,\"data\":1}"),
        raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n14\r\n{\"ok\":true,\"data\":1}\r\n"),
        raw("garbage"),
        vec![Step::Reset],
        vec![Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec()), Step::Reset],
    ] {
        is_open(script, ErrorKind::Transient).await;
    }
    is_open(vec![Step::Hold], ErrorKind::Transient).await;
}

#[tokio::test]
async fn http_statuses_without_an_envelope_are_mapped() {
    for status in [500, 502, 503, 504, 599, 408, 301, 302, 303, 307, 308] {
        is_open(answer(status, &[("location", "/x")], "<html>oops</html>"), ErrorKind::Transient).await;
    }
    // A success envelope under a failing status proves nothing.
    is_open(answer(500, &[], OK), ErrorKind::Transient).await;
    for status in [400, 401, 403, 404, 405, 413] {
        is_open(answer(status, &[], "<html>denied</html>"), ErrorKind::PlatformConfig).await;
    }
}

#[tokio::test]
async fn the_platforms_own_verdict_is_kept() {
    for (code, kind, verdict) in [
        ("token_expired", ErrorKind::Reauthorize, Verdict::TokenExpired),
        ("reauthorize", ErrorKind::Reauthorize, Verdict::Reauthorize),
        ("limited", ErrorKind::RateLimited, Verdict::Limited),
        ("rejected", ErrorKind::Rejected, Verdict::Rejected),
        ("invalid", ErrorKind::InvalidRequest, Verdict::InvalidRequest),
        ("config", ErrorKind::PlatformConfig, Verdict::PlatformConfig),
        ("not_found", ErrorKind::NotFound, Verdict::NotFound),
        ("unsupported", ErrorKind::Unsupported, Verdict::Unsupported),
    ] {
        for repeat in [Repeat::Safe, Repeat::Never] {
            let failure = one(fault(code), repeat).await.unwrap_err();
            assert_eq!((failure.error.kind(), failure.verdict), (kind, Some(verdict)));
            assert_eq!(failure.executed, Executed::No);
            assert_eq!(failure.error.platform_code(), Some(code));
            assert_eq!(failure.error.request_id(), Some("r2"));
            assert_eq!((failure.error.shop(), failure.error.operation()), (Some(SHOP), Some("order.list")));
        }
    }
    // The envelope counts more than the status it came with.
    let denied = answer(401, &[], r#"{"ok":false,"code":"token_expired"}"#);
    assert_eq!(one(denied, Repeat::Safe).await.unwrap_err().verdict, Some(Verdict::TokenExpired));
}

#[tokio::test]
async fn an_unknown_code_is_kept_for_a_read_and_open_for_a_write() {
    is_open(fault("90210"), ErrorKind::Rejected).await;
    is_open(fault("transient"), ErrorKind::Transient).await;
    let failure = one(fault("90210"), Repeat::Never).await.unwrap_err();
    assert_eq!(failure.error.platform_code(), Some("90210"));
    assert_eq!(failure.error.request_id(), Some("r2"));
    assert_eq!(failure.verdict, Some(Verdict::Unknown));
    let failing = answer(500, &[], r#"{"ok":false,"code":"90210"}"#);
    assert_eq!(one(failing, Repeat::Safe).await.unwrap_err().error.retry(), Retry::Backoff);
}

#[tokio::test]
async fn retry_after_is_obeyed_within_reason() {
    let date = "Wed, 23 Sep 2026 08:00:00 GMT";
    let hour = Duration::from_secs(3600);
    for (text, expected) in [
        ("7", Retry::After(Duration::from_secs(7))),
        ("Wed, 23 Sep 2026 08:00:30 GMT", Retry::After(Duration::from_secs(30))),
        ("Wed, 23 Sep 2026 07:00:00 GMT", Retry::After(Duration::ZERO)),
        ("315360000", Retry::After(hour)),
        ("Wed, 23 Sep 2036 08:00:00 GMT", Retry::After(hour)),
        ("-5", Retry::Backoff),
        ("later, please", Retry::Backoff),
    ] {
        for body in ["slow down", r#"{"ok":false,"code":"limited"}"#, r#"{"ok":false,"code":"rejected"}"#] {
            let failure = one(answer(429, &[("retry-after", text), ("date", date)], body), Repeat::Never)
                .await
                .unwrap_err();
            assert_eq!(
                (failure.error.kind(), failure.error.retry()),
                (ErrorKind::RateLimited, expected),
                "{text}"
            );
            assert_eq!(failure.executed, Executed::No);
        }
    }
    let busy = answer(503, &[("retry-after", "3")], "");
    assert_eq!(
        one(busy, Repeat::Safe).await.unwrap_err().error.retry(),
        Retry::After(Duration::from_secs(3))
    );
}

#[tokio::test]
async fn too_fast_lowers_the_shops_rate() {
    let server =
        MockServer::start([answer(429, &[], ""), fault("limited"), fault("rejected"), json(OK)]).await;
    let bench = Bench::new(&server.base());
    for expected in [500.0, 250.0, 250.0, 250.0] {
        let _ = bench.once(&call(Repeat::Safe), 1).await;
        let pace = bench.sender.limits().snapshot(APP, SHOP).shop.unwrap();
        assert_eq!((pace.per_second, pace.quota), (expected, 1000.0));
    }
}

#[tokio::test]
async fn a_read_is_repeated_and_signed_anew_each_time() {
    let server = MockServer::start([answer(500, &[], ""), vec![Step::Reset], json(OK)]).await;
    let bench = Bench::new(&server.base());
    let call = call(Repeat::Safe);
    let value = bench.sender.with_retry(APP, Repeat::Safe, QUICK, |attempt| {
        bench.clock.advance(Duration::from_secs(5));
        bench.once(&call, attempt)
    });
    assert_eq!(value.await.unwrap().get(), r#"{"n":1}"#);
    let stamps: Vec<_> = server.received().iter().map(|r| r.query("timestamp").unwrap().to_owned()).collect();
    let expected: Vec<_> = [5, 10, 15].map(|s| NOW.plus(Duration::from_secs(s)).0.to_string()).to_vec();
    assert_eq!(stamps, expected);
    for request in server.received() {
        assert!(request.query("sign").unwrap().starts_with(request.query("timestamp").unwrap()));
        assert_eq!(request.query("access_token"), Some(PLANTED));
    }
}

#[tokio::test]
async fn a_read_ends_after_three_attempts_with_its_last_error() {
    let server = MockServer::start([answer(500, &[], ""), answer(502, &[], ""), fault("transient")]).await;
    let failure = Bench::new(&server.base()).repeated(Repeat::Safe).await.unwrap_err();
    assert_eq!((failure.error.kind(), failure.error.attempts()), (ErrorKind::Transient, 3));
    assert_eq!(failure.error.platform_code(), Some("transient"));
}

#[tokio::test]
async fn a_write_that_may_have_happened_is_sent_once() {
    for script in
        [answer(500, &[], ""), vec![Step::Reset], raw("HTTP/1.1 200 OK\r\n"), fault("transient"), fault("1")]
    {
        let server = MockServer::start([script]).await;
        let failure = Bench::new(&server.base()).repeated(Repeat::Never).await.unwrap_err();
        assert_eq!((failure.error.kind(), failure.error.attempts()), (ErrorKind::UnknownOutcome, 1));
        assert_eq!((server.received().len(), server.connections()), (1, 1));
    }
}

#[tokio::test]
async fn a_write_that_was_surely_not_executed_is_repeated() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failure = Bench::new(&format!("http://{closed}")).repeated(Repeat::Never).await.unwrap_err();
    assert_eq!((failure.error.kind(), failure.executed), (ErrorKind::Transient, Executed::No));
    assert_eq!(failure.error.attempts(), 3);
    let server = MockServer::start([fault("limited"), answer(429, &[], ""), json(OK)]).await;
    assert!(Bench::new(&server.base()).repeated(Repeat::Never).await.is_ok());
    assert_eq!(server.connections(), 3, "writes share no connection");
}

#[tokio::test]
async fn what_cannot_help_is_not_repeated() {
    for code in ["token_expired", "reauthorize", "rejected", "invalid", "config", "not_found", "90210"] {
        let server = MockServer::start([fault(code)]).await;
        let failure = Bench::new(&server.base()).repeated(Repeat::Safe).await.unwrap_err();
        assert_eq!((failure.error.attempts(), server.received().len()), (1, 1));
    }
}

#[tokio::test]
async fn an_unreadable_success_is_decode_and_never_repeated() {
    for repeat in [Repeat::Safe, Repeat::Never] {
        let server = MockServer::start([json(r#"{"ok":true,"requestId":"r3"}"#)]).await;
        let failure = Bench::new(&server.base()).repeated(repeat).await.unwrap_err();
        assert_eq!((failure.error.kind(), failure.executed), (ErrorKind::Decode, Executed::Maybe));
        assert_eq!(failure.error.request_id(), Some("r3"));
        assert!(failure.error.message().contains("data"));
    }
}

#[tokio::test]
async fn large_bodies_are_read_off_the_async_threads() {
    fn thread(body: &[u8]) -> Result<(usize, std::thread::ThreadId), DecodeError> {
        Ok((body.len(), std::thread::current().id()))
    }
    let large = format!(r#"{{"ok":true,"data":"{}"}}"#, "x".repeat(600_000));
    let server = MockServer::start([json(&large), json(OK)]).await;
    let bench = Bench::new(&server.base());
    let call = ApiCall { parts: parts("order.list", "{}", Repeat::Safe), decode: thread };
    let here = std::thread::current().id();
    let (length, there) = bench.once(&call, 1).await.unwrap();
    assert_eq!(length, large.len());
    assert_ne!(there, here);
    assert_eq!(bench.once(&call, 1).await.unwrap().1, here);
}

#[tokio::test]
async fn a_panic_while_reading_costs_only_this_call() {
    fn broken(_: &[u8]) -> Result<Raw, DecodeError> {
        panic!("{PLANTED}")
    }
    let large = format!(r#"{{"ok":true,"data":"{}"}}"#, "x".repeat(600_000));
    let server = MockServer::start([json(&large), json(OK)]).await;
    let bench = Bench::new(&server.base());
    let call = ApiCall { parts: parts("order.list", "{}", Repeat::Safe), decode: broken };
    for _ in 0..2 {
        let failure = bench.once(&call, 1).await.unwrap_err();
        assert_eq!((failure.error.kind(), failure.executed), (ErrorKind::Internal, Executed::Maybe));
        assert!(!format!("{:?}", failure.error).contains(PLANTED));
    }
}

#[tokio::test]
async fn signs_with_the_platforms_time_once_it_is_known() {
    let ahead = NOW.plus(Duration::from_secs(600));
    let text = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&jiff::Timestamp::from_millisecond(ahead.0).unwrap())
        .unwrap();
    let refused = answer(200, &[("date", &text)], r#"{"ok":false,"code":"invalid","message":"timestamp"}"#);
    let server = MockServer::start([refused, answer(200, &[("date", &text)], OK)]).await;
    let bench = Bench::new(&server.base());
    let failure = bench.once(&call(Repeat::Never), 1).await.unwrap_err();
    assert_eq!((failure.verdict, failure.clock_moved), (Some(Verdict::InvalidRequest), true));
    assert!(bench.sender.platform_now(APP).since(ahead) < Duration::from_secs(2));
    assert!(bench.sender.platform_now(APP) >= ahead);
    assert_eq!(bench.sender.platform_now(AppId(8)), NOW);
    bench.once(&call(Repeat::Never), 1).await.unwrap();
    let signed = UtcMillis(server.received()[1].query("timestamp").unwrap().parse().unwrap());
    assert!(signed >= ahead && signed.since(ahead) < Duration::from_secs(2));
}

/// Every text that an error can show.
fn texts(error: &Error) -> String {
    let mut all = format!("{error}\n{error:?}\n{error:#?}\n{}", error.message());
    let mut next = error.source();
    while let Some(source) = next {
        all += &format!("\n{source}\n{source:?}");
        next = source.source();
    }
    all
}

#[tokio::test]
async fn no_error_shows_url_token_secret_or_parameters() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut failures = Vec::new();
    for base in [format!("http://{closed}"), format!("https://{closed}"), "https://name.invalid".to_owned()] {
        failures.push(Bench::new(&base).once(&call(Repeat::Safe), 1).await.unwrap_err());
    }
    let mut bench = Bench::new(&format!("http://{closed}"));
    bench.app.proxy = Some(Secret::from("http://user:PLANTED-7f3a@127.0.0.1:1"));
    failures.push(bench.once(&call(Repeat::Safe), 1).await.unwrap_err());
    bench.app.proxy = Some(Secret::from("socks5://PLANTED-7f3a"));
    failures.push(bench.once(&call(Repeat::Safe), 1).await.unwrap_err());
    bench.app.hosts = Arc::new(HostRules::new(&[], &[]).unwrap());
    failures.push(bench.once(&call(Repeat::Safe), 1).await.unwrap_err());
    let scripts = [
        vec![Step::Reset],
        vec![Step::Hold],
        raw("garbage PLANTED-7f3a"),
        raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nPLANTED-7f3a"),
        answer(302, &[("location", "http://127.0.0.1/?access_token=PLANTED-7f3a")], ""),
        answer(200, &[], "PLANTED-7f3a"),
        answer(403, &[], "PLANTED-7f3a"),
        answer(200, &[("content-encoding", "gzip")], "PLANTED-7f3a"),
        json(r#"{"ok":true,"buyer":"PLANTED-7f3a"}"#),
    ];
    for repeat in [Repeat::Safe, Repeat::Never] {
        for script in scripts.clone() {
            failures.push(one(script, repeat).await.unwrap_err());
        }
    }
    for failure in failures {
        let texts = texts(&failure.error) + &format!("{failure:?}");
        for leak in ["PLANTED", "://", "access_token", "127.0.0.1", "name.invalid"] {
            assert!(!texts.contains(leak), "{leak} in {texts}");
        }
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Listens until a span is heard. tracing asks a new call site's first thread whether anybody listens, and remembers
/// that answer for all: the thread of another test may write it down after our subscriber came. Each new subscriber asks
/// again.
async fn heard(log: &Log) -> tracing::subscriber::DefaultGuard {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let subscriber = tracing_subscriber::fmt()
            .with_writer(log.clone())
            .with_ansi(false)
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::CLOSE)
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        let server = MockServer::start([json(OK)]).await;
        Bench::new(&server.base()).repeated(Repeat::Safe).await.unwrap();
        if String::from_utf8_lossy(&log.0.lock().unwrap()).contains("platform.call") {
            return guard;
        }
        assert!(Instant::now() < until, "no span is ever heard");
    }
}

#[tokio::test]
async fn each_attempt_is_one_span_without_secrets() {
    let log = Log::default();
    let _guard = heard(&log).await;
    log.0.lock().unwrap().clear();
    let server = MockServer::start([answer(500, &[], PLANTED), json(OK)]).await;
    Bench::new(&server.base()).repeated(Repeat::Safe).await.unwrap();
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let spans: Vec<_> =
        text.lines().filter(|line| line.contains("platform.call") && line.contains(" close ")).collect();
    assert_eq!(spans.len(), 2, "{text}");
    for (span, words) in spans.iter().zip([
        ["attempt=1", "status=500", "outcome=\"TRANSIENT\""],
        ["attempt=2", "request_id=\"r1\"", "outcome=\"OK\""],
    ]) {
        for word in words.iter().chain(&["platform=\"fake\"", "shop=9", "api=\"order.list\"", "elapsed_ms="])
        {
            assert!(span.contains(word), "{word} in {span}");
        }
    }
    assert!(!text.contains("PLANTED") && !text.contains("access_token"), "{text}");
}

fn offline() -> Arc<Sender> {
    Sender::new(Http::new(options()).unwrap(), ManualClock::new(NOW).clock())
}

fn failing(kind: ErrorKind, retry: Retry) -> Failure {
    Failure { executed: Executed::Maybe, ..Failure::from(Error::new(kind, "no").with_retry(retry)) }
}

#[tokio::test(start_paused = true)]
async fn an_interactive_call_is_told_to_wait_and_bulk_waits() {
    let sender = offline();
    let wait = Duration::from_secs(11);
    for (policy, attempts) in [(RetryPolicy::INTERACTIVE, 1), (RetryPolicy::BULK, 6)] {
        let started = Instant::now();
        let limited = async |_: u32| Err::<(), _>(failing(ErrorKind::RateLimited, Retry::After(wait)));
        let failure = sender.with_retry(APP, Repeat::Safe, policy, limited).await.unwrap_err();
        assert_eq!((failure.error.attempts(), failure.error.retry()), (attempts, Retry::After(wait)));
        assert!(started.elapsed() >= wait * (attempts - 1));
    }
    let short = Duration::from_secs(10);
    let started = Instant::now();
    let limited = async |_: u32| Err::<(), _>(failing(ErrorKind::RateLimited, Retry::After(short)));
    let failure = sender.with_retry(APP, Repeat::Safe, RetryPolicy::INTERACTIVE, limited).await.unwrap_err();
    assert_eq!(failure.error.attempts(), 3);
    assert!(started.elapsed() >= short * 2);
}

#[tokio::test(start_paused = true)]
async fn backoff_is_spread_evenly_and_capped() {
    let sender = offline();
    let policy = RetryPolicy { attempts: 12, ..RetryPolicy::INTERACTIVE };
    let mut first_waits = Vec::new();
    for app in 0..200 {
        let times = Mutex::new(Vec::new());
        let fail = |_| {
            times.lock().unwrap().push(Instant::now());
            async { Err::<(), _>(failing(ErrorKind::Transient, Retry::Backoff)) }
        };
        sender.with_retry(AppId(app), Repeat::Safe, policy, fail).await.unwrap_err();
        let times = times.into_inner().unwrap();
        for (nth, pair) in times.windows(2).enumerate() {
            let most = Duration::from_millis(200 << nth).min(Duration::from_secs(10));
            assert!(pair[1] - pair[0] <= most + Duration::from_millis(2));
        }
        first_waits.push((times[1] - times[0]).as_millis());
    }
    let early = first_waits.iter().filter(|wait| **wait < 100).count();
    assert!((60..=140).contains(&early), "{early} of 200 in the first half");
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_answered_with_more_load() {
    let sender = offline();
    let sent = AtomicU32::new(0);
    let outage = |_| {
        sent.fetch_add(1, Ordering::Relaxed);
        async { Err::<(), _>(failing(ErrorKind::Transient, Retry::Backoff)) }
    };
    for _ in 0..18 {
        let _ = sender.with_retry(APP, Repeat::Safe, RetryPolicy::INTERACTIVE, outage).await;
    }
    // The bucket of 500 pays for 35 repetitions at 14.
    assert_eq!(sent.swap(0, Ordering::Relaxed), 18 + 35);
    for _ in 0..1000 {
        let _ = sender.with_retry(APP, Repeat::Safe, RetryPolicy::INTERACTIVE, outage).await;
    }
    assert!(sent.load(Ordering::Relaxed) <= 1100, "{sent:?}");
    // Another app has a budget of its own.
    sent.store(0, Ordering::Relaxed);
    let _ = sender.with_retry(AppId(8), Repeat::Safe, RetryPolicy::INTERACTIVE, outage).await;
    assert_eq!(sent.swap(0, Ordering::Relaxed), 3);
    // Clean successes earn it back.
    for _ in 0..28 {
        sender.with_retry(APP, Repeat::Safe, RetryPolicy::INTERACTIVE, async |_: u32| Ok(())).await.unwrap();
    }
    let _ = sender.with_retry(APP, Repeat::Safe, RetryPolicy::INTERACTIVE, outage).await;
    assert_eq!(sent.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_call_can_run_in_a_task_of_its_own() {
    let server = MockServer::start([json(OK)]).await;
    let bench = Arc::new(Bench::new(&server.base()));
    let value = tokio::spawn(async move { bench.repeated(Repeat::Safe).await });
    assert!(value.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_quota_of_zero_is_no_limit() {
    let server = MockServer::start((0..50).map(|_| json(OK))).await;
    let mut bench = Bench::new(&server.base());
    bench.app.quota = Quota { app_per_second: 0, shop_per_second: 0, in_flight: 0 };
    assert_eq!(NonZeroU32::new(bench.app.quota.app_per_second), None);
    for _ in 0..50 {
        bench.once(&call(Repeat::Safe), 1).await.unwrap();
    }
    assert_eq!(bench.sender.limits().snapshot(APP, SHOP).shop, None);
}
