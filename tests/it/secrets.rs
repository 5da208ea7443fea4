//! No secret in a file, a log line or an error.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use dianqiao::{RawRequest, SyncRequest};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::Desk;

/// Every way in which a secret could be written down.
fn encodings(secret: &str) -> Vec<Vec<u8>> {
    let hex = hex::encode(secret);
    let percent = secret.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "%{byte:02X}").unwrap();
        text
    });
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        secret.into(),
        hex.to_uppercase().into(),
        hex.into(),
        base64(secret.as_bytes()).into(),
        percent.into(),
        utf16,
    ]
}

/// Without padding, and without the last group, which depends on what follows.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks_exact(3).flat_map(|chunk| {
        let n = u32::from(chunk[0]) << 16 | u32::from(chunk[1]) << 8 | u32::from(chunk[2]);
        [18, 12, 6, 0].map(|shift| char::from(LETTERS[(n >> shift & 63) as usize]))
    });
    groups.collect()
}

fn find(secret: &str, haystack: &[u8]) -> Option<usize> {
    encodings(secret).into_iter().position(|form| haystack.windows(form.len()).any(|window| window == form))
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
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

#[test]
fn the_scanner_finds_what_is_planted() {
    for form in encodings("a-secret-of-some-length") {
        let planted = [b"noise ".as_slice(), &form, b" noise"].concat();
        assert!(find("a-secret-of-some-length", &planted).is_some());
    }
    assert!(find("a-secret-of-some-length", b"a-secret-of-another-length").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_no_file_no_log_and_no_error() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .finish();
    // For the whole process: the calls run on other threads than the test.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let desk = Desk::open(&["--orders", "200", "--products", "10"]).await;
    let shop = desk.connect().await;
    let mut secrets = vec![desk.sandbox.text("/doudian/appSecret"), hex::encode(crate::support::KEY)];
    let mut texts = String::new();
    let tokens = |grant: &serde_json::Value| {
        ["accessToken", "refreshToken"].map(|name| grant[name].as_str().unwrap().to_owned())
    };
    secrets.extend(tokens(&desk.sandbox.post("/tokens", json!({})).await));
    desk.hub.shops().sync(SyncRequest::new(shop.id)).await.unwrap();
    desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
    for name in [
        "reset",
        "http_500",
        "html_200",
        "cut_body",
        "business_error",
        "unknown_code",
        "http_403",
        "redirect_302",
    ] {
        desk.sandbox.fault(json!({ "fault": name, "method": "shop.brandList" })).await;
        for api in ["shop.brandList", "order.addOrderRemark"] {
            let params = json!({ "remark": "1" }).to_string();
            let request = RawRequest { shop_id: shop.id, api: api.into(), params, repeatable: false };
            if let Err(error) = desk.hub.call(request).await {
                write!(texts, "{error} {error:?} {error:#?} ").unwrap();
                let mut source = std::error::Error::source(&error);
                while let Some(below) = source {
                    write!(texts, "{below} {below:?} ").unwrap();
                    source = below.source();
                }
            }
        }
        desk.sandbox.clear_faults().await;
    }
    secrets.extend(tokens(&desk.sandbox.post("/tokens", json!({})).await));
    write!(texts, "{:?} {:?}", desk.hub, shop).unwrap();
    assert!(!texts.is_empty());
    let mut places = vec![("errors".to_owned(), texts.into_bytes())];
    for round in ["open", "closed"] {
        for entry in std::fs::read_dir(desk.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            // The -shm file holds no rows, and reading the others is safe: this process is about to close them.
            if path.is_file() && round == "closed" || path.to_string_lossy().ends_with("-wal") {
                places.push((format!("{round} {}", path.display()), std::fs::read(&path).unwrap()));
            }
        }
        desk.hub.close().await.unwrap();
    }
    places.push(("log".to_owned(), log.0.lock().unwrap().clone()));
    assert!(places.len() >= 4 && places.iter().all(|(_, bytes)| !bytes.is_empty()));
    for secret in &secrets {
        for (place, bytes) in &places {
            assert_eq!(find(secret, bytes), None, "a secret stands in {place}");
        }
    }
    let logged = String::from_utf8_lossy(&places.last().unwrap().1).into_owned();
    assert!(logged.contains("platform.call") && logged.contains("order.searchList"), "calls are logged");
}
