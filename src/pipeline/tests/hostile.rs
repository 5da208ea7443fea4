//! The hostile set for transport, rows 1 to 22 of the list of faults: what a read and a write that must
//! not be repeated come to. What needs TLS, a proxy or a child process is proved where [`ELSEWHERE`] says.

use super::*;
use crate::http::tests::http2::{self, Http2Server};

/// A row, what the server does, and what the read and the write become.
type Row = (u8, Script, ErrorKind, ErrorKind);

/// Rows that other tests prove: where, and which.
const ELSEWHERE: &[(u8, &str, &str)] = &[
    (5, PIPELINE, "a_success_brings_the_value_whatever_its_content_type"),
    (12, PIPELINE, "a_write_that_was_surely_not_executed_is_repeated"),
    (12, HTTP, "a_server_that_never_finishes_the_handshake_got_nothing"),
    (14, HERE, "a_large_upload_that_nobody_reads_ends_in_time_and_leaves_the_outcome_open"),
    (15, HERE, "a_certificate_that_proves_nothing_sends_neither_read_nor_write"),
    (15, HTTP, "a_certificate_that_proves_nothing_ends_the_call_before_it_is_sent"),
    (16, PIPELINE, "retry_after_is_obeyed_within_reason"),
    (16, PIPELINE, "too_fast_lowers_the_shops_rate"),
    (20, HTTP, "proxies_in_the_environment_are_ignored"),
    (21, HERE, "a_pooled_connection_that_dies_costs_a_read_a_repeat_and_a_write_nothing"),
    (22, HTTP, "early_words_before_the_answer_are_skipped"),
    (22, HERE, "http2_that_ends_in_the_middle_leaves_the_outcome_open"),
    (22, HTTP, "http2_goaway_and_reset_are_reported_and_never_repeated"),
];
const HERE: &str = include_str!("hostile.rs");
const PIPELINE: &str = include_str!("mod.rs");
const HTTP: &str = include_str!("../../http/tests/mod.rs");

fn sent(head: &str, then: Step) -> Script {
    vec![Step::Send(format!("HTTP/1.1 200 OK\r\n{head}").into_bytes()), then]
}

fn rows() -> Vec<Row> {
    use ErrorKind::{Decode, PlatformConfig, Reauthorize, Rejected, Transient, UnknownOutcome as Unknown};
    let block = [&b"10000\r\n"[..], &[b'x'; 0x10000], b"\r\n"].concat();
    let many: String = (0..10_000).map(|n| format!("x-{n}: 1\r\n")).collect();
    let open = |row, script| (row, script, Transient, Unknown);
    // What would come again is not asked for again.
    let last = |row, script| (row, script, Decode, Unknown);
    let wide: String = (0..90).map(|n| format!("x-{n}: {}\r\n", "x".repeat(1_000))).collect();
    let more = format!("x-more: {}\r\n", "x".repeat(4_096)).into_bytes();
    let mut rows = vec![
        open(1, answer(200, &[("content-type", "text/html")], "<html>log in</html>")),
        open(2, answer(200, &[], "")),
        open(3, raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":true,\"data\":1}")),
        open(
            4,
            raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n14\r\n{\"ok\":true,\"data\":1}\r\n"),
        ),
        last(7, sent("content-encoding: gzip\r\n\r\n", Step::Forever(bomb(), Duration::ZERO))),
        last(8, sent("content-length: 10737418240\r\n\r\n", Step::Forever(block.clone(), Duration::ZERO))),
        last(8, sent("transfer-encoding: chunked\r\n\r\n", Step::Forever(block, Duration::ZERO))),
        open(9, sent("x-slow: ", Step::Forever(b"x".to_vec(), Duration::from_millis(50)))),
        last(10, raw(format!("HTTP/1.1 200 OK\r\nx-large: {}\r\n\r\n", "x".repeat(70 << 10)))),
        last(10, raw(format!("HTTP/1.1 200 OK\r\n{many}\r\n"))),
        last(10, raw(format!("HTTP/1.1 200 OK\r\n{wide}\r\n"))),
        last(10, vec![Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::Forever(more, Duration::ZERO)]),
        open(11, raw("\0\0\0garbage\r\n\r\n")),
        open(11, raw("<html>HTTP/0.9 speaks without a head</html>")),
        open(13, vec![Step::Reset]),
        (18, answer(401, &[], "<html>denied</html>"), PlatformConfig, Unknown),
        (18, fault("token_expired"), Reauthorize, Reauthorize),
        (19, fault("90210"), Rejected, Unknown),
    ];
    rows.extend([301, 302, 303, 307, 308].map(|s| open(6, answer(s, &[("location", "/x")], ""))));
    rows.extend([500, 502, 503, 504].map(|s| open(17, answer(s, &[], "oops"))));
    rows
}

fn bomb() -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 16 << 20]).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn every_hostile_answer_has_its_outcome() {
    for (row, script, read, write) in rows() {
        for (repeat, expected) in [(Repeat::Safe, read), (Repeat::Never, write)] {
            let failure = one(script.clone(), repeat).await.unwrap_err();
            assert_eq!(failure.error.kind(), expected, "row {row}, {repeat:?}");
            if matches!(expected, ErrorKind::UnknownOutcome | ErrorKind::Decode) {
                assert_eq!(failure.error.retry(), Retry::Never, "row {row}");
            }
        }
    }
}

#[tokio::test]
async fn a_large_upload_that_nobody_reads_ends_in_time_and_leaves_the_outcome_open() {
    let params = format!(r#"{{"media":"{}"}}"#, "x".repeat(32 << 20));
    for (repeat, expected) in
        [(Repeat::Safe, ErrorKind::Transient), (Repeat::Never, ErrorKind::UnknownOutcome)]
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut bench = Bench::new(&format!("http://{}", listener.local_addr().unwrap()));
        let quick = HttpOptions { connect: Duration::from_millis(200), ..options() };
        bench.sender = Sender::new(Http::new(quick).unwrap(), bench.clock.clock());
        // Accepted, and never read.
        let held = tokio::spawn(async move { listener.accept().await.unwrap() });
        let call = ApiCall { parts: parts("media.upload", &params, repeat), decode: decode_data };
        let failure = bench.once(&call, 1).await.unwrap_err();
        assert_eq!((failure.error.kind(), failure.executed), (expected, Executed::Maybe));
        drop(held.await.unwrap());
    }
}

#[tokio::test]
async fn a_pooled_connection_that_dies_costs_a_read_a_repeat_and_a_write_nothing() {
    // The second request of a connection is read and the connection closed.
    let server = MockServer::start([json(OK), vec![], json(OK), json(OK)]).await;
    let bench = Bench::new(&server.base());
    bench.repeated(Repeat::Safe).await.unwrap();
    bench.repeated(Repeat::Safe).await.unwrap();
    assert_eq!((server.received().len(), server.connections()), (3, 2), "one repeat, on a new connection");
    // A pooled connection is there; the write does not use it.
    bench.repeated(Repeat::Never).await.unwrap();
    assert_eq!((server.received().len(), server.connections()), (4, 3));
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_sends_neither_read_nor_write() {
    // Its issuer is known to its own client only.
    let server = Http2Server::start(Vec::new()).await;
    let bench = Bench::new(&server.base);
    for repeat in [Repeat::Safe, Repeat::Never] {
        let failure = bench.repeated(repeat).await.unwrap_err();
        assert_eq!((failure.error.kind(), failure.executed), (ErrorKind::ConfigInvalid, Executed::No));
        assert_eq!((failure.error.attempts(), failure.error.retry()), (1, Retry::Never));
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn http2_that_ends_in_the_middle_leaves_the_outcome_open() {
    for (name, end) in http2::ENDS {
        let half = |length| [&http2::half_an_answer(length), end].concat();
        for answer in [end.to_vec(), half(Some(100)), half(None)] {
            for (repeat, expected, sent) in
                [(Repeat::Safe, ErrorKind::Transient, 3), (Repeat::Never, ErrorKind::UnknownOutcome, 1)]
            {
                let server = Http2Server::start(answer.clone()).await;
                let mut bench = Bench::new(&server.base);
                bench.sender = Sender::new(server.http(), bench.clock.clock());
                let failure = bench.repeated(repeat).await.unwrap_err();
                assert_eq!((failure.error.kind(), failure.executed), (expected, Executed::Maybe), "{name}");
                assert_eq!(server.requests(), sent, "{name}, {repeat:?}");
            }
        }
    }
}

#[test]
fn every_row_has_its_proof() {
    for (row, source, test) in ELSEWHERE {
        assert!(source.contains(&format!("fn {test}(")), "row {row}: no test {test}");
    }
    let shown = |row| rows().iter().any(|(n, ..)| *n == row) || ELSEWHERE.iter().any(|(n, ..)| *n == row);
    let missing: Vec<u8> = (1..=22).filter(|row| !shown(*row)).collect();
    assert!(missing.is_empty(), "rows without a proof: {missing:?}");
}
