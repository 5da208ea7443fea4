//! The master key changes under load, and after a kill at any step; no value is lost, no old one is left.

mod file;
mod kills;
mod load;
mod refusals;

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::auth::{KeyRing, MasterKey};
use crate::clock::Clock;
use crate::config::HubConfig;
use crate::error::{ErrorKind, Result};
use crate::hub::{Hub, RotateKeyRequest};

const NEW: [u8; 32] = *b"another-key-of-thirty-two-bytes!";

fn key(bytes: &[u8; 32]) -> MasterKey {
    MasterKey::from_bytes(bytes).unwrap()
}

/// The new key writes, the old one reads.
fn both() -> KeyRing {
    KeyRing::new(key(&NEW)).with_reader(key(&super::KEY))
}

/// The old key writes, the new one reads.
fn prepared() -> KeyRing {
    KeyRing::new(key(&super::KEY)).with_reader(key(&NEW))
}

fn ring_of(name: &str) -> KeyRing {
    match name {
        "old" => super::keys(),
        "new" => KeyRing::new(key(&NEW)),
        "both" => both(),
        "prepared" => prepared(),
        other => panic!("no ring {other}"),
    }
}

async fn open(database: &Path, ring: KeyRing, base: &str) -> Result<Hub> {
    let host = base.trim_start_matches("http://");
    let config = HubConfig::new(database, ring).with_clock(Clock::system());
    Hub::open(if host.is_empty() { config } else { config.with_allowed_host(host) }).await
}

/// Why the file does not open with this ring.
async fn refusal(database: &Path, ring: KeyRing) -> String {
    let error = open(database, ring, "").await.map(drop).expect_err("it must not open");
    assert_eq!(error.kind(), ErrorKind::KeyWrong, "{error}");
    let shown = format!("{error} {error:?}");
    for secret in [super::KEY, NEW] {
        assert!(
            !shown.contains(&hex::encode(secret)) && !shown.contains(std::str::from_utf8(&secret).unwrap())
        );
    }
    error.to_string()
}

fn rotation() -> RotateKeyRequest {
    RotateKeyRequest::new(key(&NEW))
}

/// The file is under the new key alone.
async fn assert_rotated(database: &Path) {
    let before = file::bytes(database);
    let refused = refusal(database, super::keys()).await;
    assert!(refused.contains("superseded") && refused.contains(&key(&NEW).id()), "{refused}");
    assert!(
        refusal(database, KeyRing::new(key(b"a-stranger's-key-of-32-bytes-long"[..32].try_into().unwrap())))
            .await
            .contains(&key(&NEW).id())
    );
    assert_eq!(file::bytes(database), before, "a refused file is not touched");
    // A process whose settings name the keys as before the change goes on, with the new one.
    for ring in ["new", "both", "prepared"] {
        open(database, ring_of(ring), "").await.unwrap().close().await.unwrap();
    }
    let values = file::values(database, ring_of("new")).await;
    assert!(!values.is_empty());
    for value in &values {
        assert_eq!(value.key_id, key(&NEW).id(), "{value:?}");
    }
}

const ROLE: &str = "DIANQIAO_ROTATE_CHILD";
const FILE: &str = "DIANQIAO_ROTATE_FILE";
const RING: &str = "DIANQIAO_ROTATE_RING";
const BASE: &str = "DIANQIAO_ROTATE_BASE";

/// This test binary again, as a process of its own.
fn process(role: &str, database: &Path, ring: &str, base: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "auth::tests::rotate::acts_as_another_process", "--nocapture"])
        .env(ROLE, role)
        .env(FILE, database)
        .env(RING, ring)
        .env(BASE, base)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// Nothing unless it is started as a child.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_as_another_process() {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let (role, ring, base) = (variable(ROLE), variable(RING), variable(BASE));
    let Some(database) = std::env::var_os(FILE) else { return };
    let hub = open(Path::new(&database), ring_of(&ring), &base).await.unwrap();
    match role.as_str() {
        "rotate" => drop(hub.rotate_key(rotation()).await.unwrap()),
        "idle" => {
            println!("\nworking");
            tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0])).await.unwrap().unwrap();
        }
        "load" => load::work_until_told(&hub).await,
        "rotate-under-load" => {
            let load = tokio::spawn(load::work_for_ever(hub.clone()));
            // So that kills meet every moment of it, from the beginning of the load on.
            tokio::time::sleep(Duration::from_millis(50)).await;
            hub.rotate_key(rotation()).await.unwrap();
            load.await.unwrap();
        }
        other => panic!("no role {other}"),
    }
    hub.close().await.unwrap();
}
