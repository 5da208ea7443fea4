//! The memory that hostile answers take: at most the largest answer that is allowed and one megabyte,
//! whatever a server sends. The allocator counts, so this is a program of its own with one test.
//!
//! On Linux real memory is measured. Allocated is a little more: hyper keeps two buffers of 512 KiB for
//! HTTP/1, fills 408 KiB of each, and offers no way to have less; and those of the call before may be
//! there still.
#![expect(
    clippy::unwrap_used,
    unsafe_code,
    reason = "a test that cannot go on fails, and an allocator is unsafe by its trait"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use dianqiao::model::{AppDraft, AppKind, Endpoints, PlatformId, ShopId};
use dianqiao::{ErrorKind, Hub, HubConfig, KeyRing, MasterKey, RawRequest};

/// The largest answer that is read, decoded.
const CAP: usize = 8 << 20;
const SLACK: usize = 1 << 20;
const UNTOUCHED: usize = 512 << 10;

/// Counts what is allocated, and the most that was at once. What grows counts twice meanwhile, since the
/// system may have to copy it.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn took(size: usize) {
    let now = NOW.fetch_add(size, Ordering::Relaxed) + size;
    MOST.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came; counting beside it allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: the caller's layout.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's pointer and layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        took(size);
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's pointer, layout and size.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The process's real memory, where Linux tells it.
struct Resident {
    before: usize,
}

impl Resident {
    fn start() -> Option<Self> {
        // Starts the high-water mark anew.
        std::fs::write("/proc/self/clear_refs", "5").ok()?;
        Some(Self { before: Self::read("VmRSS:")? })
    }

    fn most(self) -> usize {
        Self::read("VmHWM:").unwrap().saturating_sub(self.before)
    }

    fn read(name: &str) -> Option<usize> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().trim_end_matches(" kB").parse::<usize>().ok()? << 10)
    }
}

/// What a server sends: once, then again and again until the client has seen enough.
#[derive(Clone, Default)]
struct Script {
    once: Arc<Vec<u8>>,
    then: Arc<Vec<u8>>,
}

fn script(once: impl Into<Vec<u8>>, then: impl Into<Vec<u8>>) -> Script {
    Script { once: Arc::new(once.into()), then: Arc::new(then.into()) }
}

fn json(body: &str) -> Script {
    script(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()), "")
}

fn gzip(mut plain: impl Read) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(&mut plain, &mut encoder).unwrap();
    encoder.finish().unwrap()
}

fn hostile() -> Vec<(&'static str, ErrorKind, Script)> {
    let with = |head: &str| format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
    let headers = |count: usize, size: usize| -> String {
        (0..count).map(|n| format!("x-{n}: {}\r\n", "x".repeat(size))).collect()
    };
    let chunk = [&b"10000\r\n"[..], &[b' '; 0x10000], b"\r\n"].concat();
    let nulls = gzip(std::io::repeat(0).take(64 << 20));
    let bomb = with("content-encoding: gzip").into_bytes();
    use ErrorKind::{Decode, Transient};
    vec![
        ("a gzip bomb of 64 MB", Decode, script([bomb.clone(), nulls.clone()].concat(), "")),
        ("gzip bombs without end", Decode, script(bomb, nulls)),
        ("a body without end", Decode, script(with("transfer-encoding: chunked"), chunk)),
        ("a body of 10 GB", Decode, script(with("content-length: 10737418240"), vec![b' '; 1 << 16])),
        ("a body of no length", Decode, script(with("connection: close"), vec![b' '; 1 << 16])),
        ("a length that never comes", Transient, script(with("content-length: 10737418240"), "")),
        ("10,000 headers", Decode, script(with(&headers(10_000, 1)), "")),
        ("headers of 90 KB", Decode, script(with(&headers(90, 1_000)), "")),
        ("a header of 70 KB", Decode, script(with(&headers(1, 70 << 10)), "")),
        ("a header of 64 MB", Decode, script(with(&headers(1, 64 << 20)), "")),
        ("headers without end", Decode, script("HTTP/1.1 200 OK\r\n", headers(1, 4096))),
        (
            "a chunk of 4 GB",
            Decode,
            script(with("transfer-encoding: chunked"), [b"ffffffff\r\n", &[b' '; 1 << 16][..]].concat()),
        ),
        (
            "an answer of exactly the cap",
            Transient,
            script(with(&format!("content-length: {CAP}")), vec![b' '; CAP]),
        ),
    ]
}

/// Serves what is set on every connection, one request each.
fn serve(next: Arc<Mutex<Script>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let next = Arc::clone(&next);
            std::thread::spawn(move || answer(stream.unwrap(), &next));
        }
    });
    host
}

fn answer(stream: TcpStream, next: &Mutex<Script>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) && line != "\r\n" {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let _ = std::io::copy(&mut reader.take(length), &mut std::io::sink());
    let Script { once, then } = next.lock().unwrap().clone();
    let mut writer = stream;
    let mut written = writer.write_all(&once);
    while written.is_ok() && !then.is_empty() {
        written = writer.write_all(&then);
    }
}

async fn connected(hub: &Hub, host: &str) -> ShopId {
    let draft = AppDraft {
        kind: AppKind::SelfUse,
        endpoints: Endpoints { api: Some(format!("http://{host}")), ..Endpoints::default() },
        calls_per_second: Some(1_000),
        ..AppDraft::new(PlatformId::Doudian, "应用", "key", "secret")
    };
    let app = hub.apps().save(draft).await.unwrap();
    hub.oauth().connect(app.id, "4463798".to_owned()).await.unwrap().id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_takes_more_memory_than_the_largest_that_is_allowed_and_a_megabyte() {
    let grant = json(
        r#"{"code":10000,"msg":"success","log_id":"l","data":{"access_token":"a","refresh_token":"r","expires_in":604800,"scope":"SCOPE","shop_id":"4463798","shop_name":"店"}}"#,
    );
    let next = Arc::new(Mutex::new(grant));
    let host = serve(Arc::clone(&next));
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyRing::new(MasterKey::from_bytes(b"0123456789abcdefghijklmnopqrstuv").unwrap());
    let config = HubConfig::new(folder.path().join("shop.db"), keys).with_allowed_host(&host);
    let hub = Hub::open(config).await.unwrap();
    let shop_id = connected(&hub, &host).await;
    let call = async |repeatable: bool| {
        // Not known as a read.
        let api = "shop.editBrand".to_owned();
        hub.call(RawRequest { shop_id, api, params: "{}".to_owned(), files: Vec::new(), repeatable }).await
    };
    // What stays: clients, statements, threads.
    *next.lock().unwrap() = json(r#"{"code":10000,"msg":"success","log_id":"l","data":[]}"#);
    for repeatable in [true, false] {
        call(repeatable).await.unwrap();
    }
    for (name, read, script) in hostile() {
        *next.lock().unwrap() = script;
        for (repeatable, expected) in [(true, read), (false, ErrorKind::UnknownOutcome)] {
            let before = NOW.load(Ordering::Relaxed);
            MOST.store(before, Ordering::Relaxed);
            let meter = Resident::start();
            let error = call(repeatable).await.unwrap_err();
            let (most, real) = (MOST.load(Ordering::Relaxed) - before, meter.map(Resident::most));
            let shown = real.map(|bytes| bytes >> 10);
            println!("{name}, {repeatable}: {} after {} KiB, {shown:?} KiB real", error.code(), most >> 10);
            assert_eq!(error.kind(), expected, "{name}: {error}");
            assert!(most <= CAP + SLACK + UNTOUCHED, "{name} took {most} bytes");
            if let Some(real) = real {
                assert!(real <= CAP + SLACK, "{name} took {real} bytes of real memory");
            }
        }
    }
    hub.close().await.unwrap();
}
