pub(crate) mod download;
pub(crate) mod http2;

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::yield_now;

use self::http2::Http2Server;
use super::client::Clients;
use super::mock::{MockServer, Script, Step, answer, json, raw};
use super::{HostRules, Http, HttpAnswer, HttpFailure, HttpFailureKind, HttpOptions, HttpRequest, Sent};
use crate::model::UtcMillis;
use crate::secret::Secret;

const CAP: usize = 8 << 20;

fn options() -> HttpOptions {
    HttpOptions { idle: Duration::from_millis(400), total: Duration::from_secs(2), ..HttpOptions::default() }
}

fn http() -> Http {
    Http::new(options()).unwrap()
}

async fn post_to(
    http: &Http,
    base: &str,
    proxy: Option<&str>,
    fresh: bool,
) -> Result<HttpAnswer, HttpFailure> {
    let host = base.split_once("://").unwrap().1.to_owned();
    http.send(HttpRequest {
        get: false,
        url: &Secret::new(format!("{base}/a/b?token=PLANTED&sign=1%2B2")),
        headers: &[("content-type", "application/json".into())],
        body: br#"{"a":1}"#.to_vec(),
        proxy: proxy.map(Secret::from).as_ref(),
        hosts: &HostRules::new(&[], &[host]).unwrap(),
        fresh_connection: fresh,
    })
    .await
}

async fn post(server: &MockServer) -> Result<HttpAnswer, HttpFailure> {
    post_to(&http(), &server.base(), None, false).await
}

async fn failure_of(script: Script) -> HttpFailure {
    let server = MockServer::start([script]).await;
    let failure = post(&server).await.unwrap_err();
    assert_eq!(server.received().len(), 1);
    failure
}

const fn maybe(kind: HttpFailureKind) -> HttpFailure {
    HttpFailure { sent: Sent::Maybe, kind }
}

const fn not_sent(kind: HttpFailureKind) -> HttpFailure {
    HttpFailure { sent: Sent::No, kind }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn sends_the_bytes_as_they_are_under_our_own_name() {
    let headers = [
        ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("retry-after", "7"),
        ("set-cookie", "a=b"),
        ("content-type", "text/html"),
    ];
    let server = MockServer::start([answer(200, &headers, "hello"), json("{}")]).await;
    let http = http();
    let got = post_to(&http, &server.base(), None, false).await.unwrap();
    assert_eq!((got.status, got.body.as_ref()), (200, &b"hello"[..]));
    assert_eq!(got.date, Some(UtcMillis::from_secs(784_111_777)));
    assert_eq!(got.retry_after.as_deref(), Some("7"));
    assert_eq!(got.content_type.as_deref(), Some("text/html"));
    post_to(&http, &server.base(), None, false).await.unwrap();
    for request in server.received() {
        assert!(request.head.starts_with("POST /a/b?token=PLANTED&sign=1%2B2 HTTP/1.1\r\n"));
        assert_eq!(request.body, br#"{"a":1}"#);
        assert_eq!(request.header("user-agent"), Some(concat!("dianqiao/", env!("CARGO_PKG_VERSION"))));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!((request.header("cookie"), request.header("referer")), (None, None));
    }
}

#[tokio::test]
async fn reads_share_a_connection_and_writes_do_not() {
    let server = MockServer::start((0..5).map(|_| json("{}"))).await;
    let http = http();
    for fresh in [false, false, false, true, true] {
        post_to(&http, &server.base(), None, fresh).await.unwrap();
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn a_pooled_connection_that_the_server_closed_is_not_an_error() {
    let close = || raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let server = MockServer::start((0..10).map(|_| close())).await;
    let http = http();
    for _ in 0..10 {
        assert!(post_to(&http, &server.base(), None, false).await.is_ok());
        server.all_closed().await;
        // The client's connection task runs on this thread: let it see the end of the stream.
        for _ in 0..20 {
            yield_now().await;
        }
    }
    assert_eq!(server.connections(), 10);
}

#[tokio::test]
async fn never_follows_a_redirect() {
    let elsewhere = MockServer::start([]).await;
    for status in [301, 302, 303, 307, 308] {
        for location in [elsewhere.base(), "/same/host".to_owned()] {
            let server = MockServer::start([answer(status, &[("location", &location)], "")]).await;
            assert_eq!(post(&server).await.unwrap().status, status);
            assert_eq!(server.received().len(), 1);
        }
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_host_that_is_not_listed_is_never_connected_to() {
    let server = MockServer::start([]).await;
    let request = |hosts| {
        let http = http();
        let url = Secret::new(server.base());
        async move {
            let request = HttpRequest {
                get: false,
                url: &url,
                headers: &[],
                body: vec![],
                proxy: None,
                hosts: &hosts,
                fresh_connection: false,
            };
            http.send(request).await.unwrap_err()
        }
    };
    let other = HostRules::new(&["api.example.com"], &["127.0.0.1:1".to_owned()]).unwrap();
    assert_eq!(request(other).await, not_sent(HttpFailureKind::HostNotAllowed));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_body_up_to_the_cap_is_read_and_one_byte_more_is_not() {
    let server =
        MockServer::start([answer(200, &[], vec![b'x'; CAP]), answer(200, &[], vec![b'x'; CAP + 1])]).await;
    let http = http();
    assert_eq!(post_to(&http, &server.base(), None, false).await.unwrap().body.len(), CAP);
    let failure = post_to(&http, &server.base(), None, false).await.unwrap_err();
    assert_eq!(failure, maybe(HttpFailureKind::BodyTooLarge));
}

#[tokio::test]
async fn a_gzip_bomb_is_left_at_the_cap() {
    let zeros = gzip(&vec![0; 64 << 20]);
    let encoded = zeros.len();
    let head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n".to_vec();
    // 64 MiB in one member, then member after member without end.
    let server =
        MockServer::start([vec![Step::Send(head), Step::Forever(zeros, Duration::from_millis(20))]]).await;
    assert_eq!(post(&server).await.unwrap_err(), maybe(HttpFailureKind::BodyTooLarge));
    server.all_closed().await;
    // 8 MiB of it are an eighth of the first member; the rest is what the sockets hold meanwhile.
    assert!(server.written() <= encoded * 4, "{} of {encoded}", server.written());
}

#[tokio::test]
async fn gzip_is_read_and_broken_gzip_is_no_answer() {
    let plain = "abc".repeat(10_000);
    let whole = gzip(plain.as_bytes());
    let gzip_header = [("content-encoding", "gzip")];
    let server = MockServer::start([answer(200, &gzip_header, &whole)]).await;
    assert_eq!(post(&server).await.unwrap().body, plain.as_bytes());
    let half = &whole[..whole.len() / 2];
    assert_eq!(failure_of(answer(200, &gzip_header, half)).await, maybe(HttpFailureKind::Broken));
    assert_eq!(failure_of(answer(200, &gzip_header, "{}")).await, maybe(HttpFailureKind::Broken));
}

#[tokio::test]
async fn an_endless_body_ends_at_the_cap() {
    for head in ["connection: close", "content-length: 10737418240", "transfer-encoding: chunked"] {
        let block = [&b"10000\r\n"[..], &[b'x'; 0x10000], b"\r\n"].concat();
        let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
        let script = vec![Step::Send(head.into_bytes()), Step::Forever(block, Duration::ZERO)];
        assert_eq!(failure_of(script).await, maybe(HttpFailureKind::BodyTooLarge));
    }
}

#[tokio::test]
async fn a_silent_or_slow_server_is_left() {
    let drip = |head: &str, every| {
        vec![Step::Send(head.as_bytes().to_vec()), Step::Forever(b"x".to_vec(), Duration::from_millis(every))]
    };
    let body = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
    let quick = HttpOptions {
        connect: Duration::from_millis(200),
        idle: Duration::from_millis(200),
        total: Duration::from_millis(600),
        ..options()
    };
    let scripts = [
        vec![Step::Hold],
        vec![Step::Send(body.as_bytes().to_vec()), Step::Hold],
        // One byte now and then keeps the connection from being idle, but not for ever.
        drip(body, 20),
        drip("HTTP/1.1 200 OK\r\nx-slow: ", 20),
    ];
    for script in scripts {
        let server = MockServer::start([script]).await;
        let http = Http::new(quick).unwrap();
        let failure = post_to(&http, &server.base(), None, false).await.unwrap_err();
        assert_eq!(failure, maybe(HttpFailureKind::Timeout));
        server.all_closed().await;
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_is_no_answer() {
    let cut = [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":true,",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nb\r\n{\"ok\":true}\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 200\r\n\r\n{}",
        "",
        "\0\0\0garbage\r\n\r\n",
        "<html>HTTP/0.9 speaks without a head</html>",
        "SSH-2.0-OpenSSH_9.6\r\n",
    ];
    for bytes in cut {
        assert_eq!(failure_of(raw(bytes)).await, maybe(HttpFailureKind::Broken), "{bytes}");
    }
    let part = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    for script in [vec![Step::Reset], vec![Step::Send(part), Step::Reset]] {
        assert_eq!(failure_of(script).await, maybe(HttpFailureKind::Broken));
    }
}

#[tokio::test]
async fn early_words_before_the_answer_are_skipped() {
    let hints = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    let server =
        MockServer::start([raw(format!("{hints}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{{}}"))]).await;
    let got = post(&server).await.unwrap();
    assert_eq!((got.status, got.body.as_ref()), (200, &b"{}"[..]));
    assert_eq!(failure_of(raw(hints)).await, maybe(HttpFailureKind::Broken));
}

#[tokio::test]
async fn too_many_or_too_large_headers_are_refused() {
    let with = |headers: String| raw(format!("HTTP/1.1 200 OK\r\n{headers}content-length: 0\r\n\r\n"));
    let bad = [
        with(format!("x-large: {}\r\n", "x".repeat(70 << 10))),
        with((0..10_000).map(|n| format!("x-{n}: 1\r\n")).collect()),
        with((0..90).map(|n| format!("x-{n}: {}\r\n", "x".repeat(1_000))).collect()),
        vec![
            Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()),
            Step::Forever(format!("x-more: {}\r\n", "x".repeat(4096)).into_bytes(), Duration::ZERO),
        ],
    ];
    for script in bad {
        assert_eq!(failure_of(script).await, maybe(HttpFailureKind::BadHead));
    }
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failure = post_to(&http(), &format!("http://{closed}"), None, false).await.unwrap_err();
    assert_eq!(failure, not_sent(HttpFailureKind::Connect));
    let failure = post_to(&http(), "https://name.invalid", None, false).await.unwrap_err();
    assert_eq!(failure.sent, Sent::No);
}

#[tokio::test]
async fn a_server_that_never_finishes_the_handshake_got_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let http = Http::new(HttpOptions { connect: Duration::from_millis(100), ..options() }).unwrap();
    let failure = post_to(&http, &base, None, true).await.unwrap_err();
    assert_eq!(failure, not_sent(HttpFailureKind::ConnectTimeout));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_got_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let failure = post_to(&http(), &base, None, false).await.unwrap_err();
    assert_eq!(failure, not_sent(HttpFailureKind::Tls));
}

/// An issuer that our test clients trust.
struct Issuer(CertifiedIssuer<'static, KeyPair>);

impl Issuer {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn server(&self, params: CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        server_config(certificate.der().clone(), &key)
    }

    fn http(&self) -> Http {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        Http {
            clients: Clients::with_roots(options().connect, roots).unwrap(),
            options: options(),
            played: None,
        }
    }
}

fn server_config(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

fn names(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

#[tokio::test]
async fn a_valid_certificate_is_accepted() {
    let issuer = Issuer::new();
    let server = MockServer::start_tls([json("{}")], issuer.server(names("127.0.0.1"))).await;
    assert_eq!(post_to(&issuer.http(), &server.base(), None, true).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_ends_the_call_before_it_is_sent() {
    let issuer = Issuer::new();
    let mut expired = names("127.0.0.1");
    expired.not_after = date_time_ymd(2020, 1, 1);
    let key = KeyPair::generate().unwrap();
    let own = names("127.0.0.1").self_signed(&key).unwrap();
    let bad = [
        issuer.server(expired),
        issuer.server(names("another.example")),
        server_config(own.der().clone(), &key),
    ];
    for config in bad {
        let server = MockServer::start_tls([], config).await;
        let failure = post_to(&issuer.http(), &server.base(), None, false).await.unwrap_err();
        assert_eq!(failure, not_sent(HttpFailureKind::Certificate));
        assert!(server.received().is_empty());
    }
    // The default roots do not know the issuer either.
    let server = MockServer::start_tls([], issuer.server(names("127.0.0.1"))).await;
    assert_eq!(post(&server).await.unwrap_err(), not_sent(HttpFailureKind::Certificate));
}

async fn http2_failure(bytes: Vec<u8>) -> HttpFailure {
    let server = Http2Server::start(bytes).await;
    let failure = post_to(&server.http(), &server.base, None, false).await.unwrap_err();
    // A repeated call would come here.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.requests(), 1, "the transport repeated the call");
    failure
}

#[tokio::test]
async fn http2_goaway_and_reset_are_reported_and_never_repeated() {
    for (name, end) in http2::ENDS {
        assert_eq!(http2_failure(end.to_vec()).await, maybe(HttpFailureKind::Broken), "{name}");
        let half = [&http2::half_an_answer(Some(100)), end].concat();
        assert_eq!(http2_failure(half).await, maybe(HttpFailureKind::Broken), "{name}, in the body");
    }
    assert_eq!(http2_failure(http2::half_an_answer(None)).await, maybe(HttpFailureKind::Broken));
}

#[tokio::test]
async fn too_many_or_too_large_headers_are_refused_over_http2_as_well() {
    let named = |n: usize| format!("x-{n}");
    let bad = [
        http2::head((0..10_000).map(|n| (named(n), "1".to_owned()))),
        http2::head((0..90).map(|n| (named(n), "x".repeat(1_000)))),
        http2::head(std::iter::once((named(0), "x".repeat(70 << 10)))),
        http2::head((0..4_000).map(|n| (named(n), "x".repeat(4_000)))),
    ];
    for (n, bytes) in bad.into_iter().enumerate() {
        assert_eq!(http2_failure(bytes).await, maybe(HttpFailureKind::BadHead), "head {n}");
    }
}

#[tokio::test]
async fn a_proxy_gets_the_call_with_its_password() {
    let proxy = MockServer::start([json("{}"), json("{}")]).await;
    let http = http();
    let with_password = format!("http://user:pa55@{}", proxy.host());
    for _ in 0..2 {
        post_to(&http, "http://127.0.0.1:9", Some(&with_password), false).await.unwrap();
    }
    assert_eq!(proxy.connections(), 1, "the client of a proxy is kept");
    for request in proxy.received() {
        assert!(request.head.starts_with("POST http://127.0.0.1:9/a/b?"));
        assert_eq!(request.header("proxy-authorization"), Some("Basic dXNlcjpwYTU1"));
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_or_cannot_be_used_sent_nothing() {
    let proxy = MockServer::start([answer(407, &[], "PLANTED")]).await;
    let failure = post_to(&http(), "https://127.0.0.1:9", Some(&proxy.base()), true).await.unwrap_err();
    assert_eq!(failure, not_sent(HttpFailureKind::Connect));
    assert!(proxy.received()[0].head.starts_with("CONNECT 127.0.0.1:9 "));
    for bad in ["", "not a url", "socks5://127.0.0.1:1", "ftp://x", "127.0.0.1:8080", "http://"] {
        let failure = post_to(&http(), "http://127.0.0.1:9", Some(bad), false).await.unwrap_err();
        assert_eq!(failure, not_sent(HttpFailureKind::BadProxy), "{bad}");
    }
}

/// The child of the next test, which runs it with proxies in its environment.
#[tokio::test]
#[ignore = "run by proxies_in_the_environment_are_ignored"]
async fn child_with_proxies_in_its_environment() {
    let server = MockServer::start([json("{}"), json("{}")]).await;
    // A read, and a write on a connection of its own.
    for fresh in [false, true] {
        post_to(&http(), &server.base(), None, fresh).await.unwrap();
    }
}

#[test]
fn proxies_in_the_environment_are_ignored() {
    let dead = "http://127.0.0.1:1";
    let names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "http::tests::child_with_proxies_in_its_environment"])
        .envs(names.map(|name| (name, dead)))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .status()
        .unwrap();
    assert!(status.success());
}
