//! No secret in a file, a log line or an error.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use dianqiao::model::ShopId;
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

/// What the database says after somebody changed a row, and what the hub says to it.
async fn code_after(desk: &mut Desk, shop: ShopId, change: &str) -> (usize, String) {
    desk.hub.close().await.unwrap();
    let conn = rusqlite::Connection::open(desk.database()).unwrap();
    let kept: (i64, Vec<u8>, Option<Vec<u8>>) = conn
        .query_row("SELECT generation, access_token, refresh_token FROM grants", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    let secret: Vec<u8> =
        conn.query_row("SELECT app_secret FROM ecommerce_platforms", [], |row| row.get(0)).unwrap();
    let changed = conn.execute(change, []).unwrap();
    conn.close().unwrap();
    desk.hub = dianqiao::Hub::open(crate::support::config(&desk.database(), &desk.sandbox)).await.unwrap();
    let params = "{}".to_owned();
    let request = RawRequest { shop_id: shop, api: "shop.brandList".into(), params, repeatable: false };
    let code = desk.hub.call(request).await.map_or_else(|error| error.code().to_owned(), |_| "ok".to_owned());
    // Nothing else is broken by it.
    assert_eq!(desk.hub.apps().list().await.unwrap().len(), 1, "{change}");
    assert_eq!(desk.hub.shops().list(Default::default()).await.unwrap().len(), 1, "{change}");
    desk.hub.close().await.unwrap();
    let conn = rusqlite::Connection::open(desk.database()).unwrap();
    conn.execute_batch("DROP TRIGGER grants_grow").unwrap();
    conn.execute(
        "UPDATE grants SET generation = ?1, access_token = ?2, refresh_token = ?3, state = 'valid', \
                  reason = NULL, failures = 0, next_attempt_at = NULL, refresh_owner = NULL, \
                  refresh_lease_until = NULL",
        rusqlite::params![kept.0, kept.1, kept.2],
    )
    .unwrap();
    conn.execute("UPDATE ecommerce_platforms SET app_secret = ?1", [secret]).unwrap();
    conn.execute_batch(
        "CREATE TRIGGER grants_grow BEFORE UPDATE OF generation ON grants WHEN NEW.generation < OLD.generation
         BEGIN SELECT RAISE(ABORT, 'the generation of a grant only grows'); END",
    )
    .unwrap();
    conn.close().unwrap();
    desk.hub = dianqiao::Hub::open(crate::support::config(&desk.database(), &desk.sandbox)).await.unwrap();
    (changed, code)
}

#[tokio::test(flavor = "multi_thread")]
async fn sealed_rows_that_were_altered_or_moved_do_not_open_and_break_nothing_else() {
    let mut desk = Desk::open(&["--orders", "1", "--products", "1"]).await;
    let shop = desk.connect().await.id;
    let nothing = code_after(&mut desk, shop, "UPDATE grants SET failures = failures").await;
    assert_eq!(nothing, (1, "ok".to_owned()));
    // The same length with one byte replaced, at the version, key id, nonce, text and tag; cut; emptied.
    let mut changes = Vec::new();
    for (table, column) in [("ecommerce_platforms", "app_secret"), ("grants", "access_token")] {
        for at in [1, 2, 9, 10, 21, 22, 30] {
            changes.push(format!(
                "UPDATE {table} SET {column} = CAST(substr({column}, 1, {at} - 1) ||
                 iif(substr({column}, {at}, 1) = x'41', x'42', x'41') || substr({column}, {at} + 1) AS BLOB)"
            ));
        }
        changes.push(format!("UPDATE {table} SET {column} = substr({column}, 1, length({column}) - 1)"));
        changes.push(format!("UPDATE {table} SET {column} = x''"));
    }
    changes.extend([
        "UPDATE grants SET access_token = refresh_token".to_owned(),
        "UPDATE grants SET access_token = (SELECT app_secret FROM ecommerce_platforms)".to_owned(),
        "UPDATE ecommerce_platforms SET app_secret = (SELECT access_token FROM grants)".to_owned(),
        "UPDATE grants SET access_token = (SELECT sealed FROM key_checks)".to_owned(),
        "UPDATE grants SET generation = generation + 1".to_owned(),
    ]);
    for change in changes {
        assert_eq!(code_after(&mut desk, shop, &change).await, (1, "KEY_WRONG".to_owned()), "{change}");
    }
    // A refresh token is opened only when it is needed.
    for change in ["refresh_token = access_token", "refresh_token = substr(refresh_token, 2)"] {
        desk.sandbox.post("/tokens", json!({ "expireAccess": true })).await;
        let change = format!("UPDATE grants SET {change}");
        assert_eq!(code_after(&mut desk, shop, &change).await, (1, "KEY_WRONG".to_owned()), "{change}");
    }
    desk.hub.close().await.unwrap();
}
