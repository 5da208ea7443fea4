//! What a change of the master key refuses, waits for and tells.

use std::io::{BufRead, BufReader};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::{NEW, assert_rotated, file, key, open, prepared, process, ring_of, rotation};
use crate::auth::rotate::{Keys, ROTATION_PATIENCE, Rotation};
use crate::auth::tests::platform::Platform;
use crate::auth::tests::{Bench, KEY};
use crate::auth::{Cipher, KeyRing, app_row, app_secret_place};
use crate::clock::Clock;
use crate::error::ErrorKind;
use crate::http::{HttpAnswer, HttpFailure, Played};
use crate::model::{AppDraft, PlatformId};
use crate::secret::Secret;
use crate::store::{KeyCheck, SaveApp};

const LIFE: Duration = Duration::from_secs(7 * 86_400);

fn place() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("shop.db");
    (folder, database)
}

fn to_new() -> Rotation {
    Rotation {
        key: key(&NEW),
        leave_unreadable: false,
        patience: Duration::from_millis(300),
        cancel: tokio_util::sync::CancellationToken::new(),
        on_progress: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_without_the_new_key_stops_it_before_anything_is_changed_until_it_ends() {
    let (_folder, database) = place();
    file::fill(&database).await;
    let hub = open(&database, ring_of("old"), "").await.unwrap();
    let mut child = process("idle", &database, "old", "").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("working")));
    let error = hub.rotate_key(rotation()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains(&format!("process {}", child.id())), "{error}");
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    hub.close().await.unwrap();
    let values = file::values(&database, ring_of("old")).await;
    assert!(values.iter().all(|value| value.key_id == key(&KEY).id()));
    // Dead processes stand in nobody's way.
    let hub = open(&database, ring_of("old"), "").await.unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(hub.rotate_key(rotation()).await.unwrap().resealed, 20);
    hub.close().await.unwrap();
    assert_rotated(&database).await;
}

#[cfg(unix)]
fn signal(name: &str, pid: u32) {
    assert!(std::process::Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_hangs_keeps_the_old_key_and_turns_to_the_new_one_once_it_goes_on() {
    let (_folder, database) = place();
    file::fill(&database).await;
    let cipher = Cipher::new(&ring_of("old"));
    let store = file::open(&database, &cipher).await;
    let keys = Keys::new(store.clone(), cipher.clone());
    keys.announce().await.unwrap();
    let mut child = process("idle", &database, "prepared", "").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("working")));
    signal("-STOP", child.id());
    for _ in 0..2 {
        let error = keys.rotate(&to_new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.to_string().contains(&format!("process {}", child.id())), "{error}");
        let values = file::values_in(&store, &cipher).await;
        assert!(values.iter().all(|value| value.key_id == key(&NEW).id()));
    }
    assert!(store.key_checks().await.unwrap().iter().all(|check| check.superseded_at.is_none()));
    signal("-CONT", child.id());
    let report = keys.rotate(&Rotation { patience: ROTATION_PATIENCE, ..to_new() }).await.unwrap();
    assert_eq!((report.resealed, report.superseded), (0, vec![key(&KEY).id()]));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    store.close().await.unwrap();
    assert_rotated(&database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sealed_with_the_old_key_and_is_on_its_way_is_waited_for() {
    let (_folder, database) = place();
    file::fill(&database).await;
    let cipher = Cipher::new(&ring_of("old"));
    let store = file::open(&database, &cipher).await;
    let keys = Keys::new(store.clone(), cipher.clone());
    keys.announce().await.unwrap();
    let sealing = cipher.sealing();
    let mut rotating = tokio::spawn({
        let keys = keys.clone();
        async move { keys.rotate(&to_new()).await }
    });
    // Without the wait it would be over in a tenth of this.
    let over = tokio::time::timeout(Duration::from_secs(1), &mut rotating).await;
    assert!(over.is_err(), "it waits for who still seals with the old key");
    // The new key writes already; this one seals with the old.
    assert_eq!(cipher.key_ids().0, key(&NEW).id());
    let draft = AppDraft::new(PlatformId::Doudian, "应用", "late", "");
    let row = app_row(draft.platform, &draft.app_key);
    let secret = sealing.seal_text(&app_secret_place(&row), &Secret::from("late secret")).unwrap();
    assert_eq!(hex::encode(&secret[1..9]), key(&KEY).id());
    let busy = keys.rotate(&to_new()).await.unwrap_err();
    assert_eq!(busy.kind(), ErrorKind::Conflict, "one at a time");
    let (sealed_proxy, shown_proxy, now) = (None, None, store.now());
    let save = SaveApp { draft, sealed_secret: Some(secret), sealed_proxy, shown_proxy, now };
    store.save_app(save).await.unwrap();
    drop(sealing);
    assert_eq!(rotating.await.unwrap().unwrap().resealed, 21);
    store.close().await.unwrap();
    assert_rotated(&database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_no_key_opens_are_named_and_given_up_only_when_that_is_said() {
    let (_folder, database) = place();
    file::fill(&database).await;
    let conn = rusqlite::Connection::open(&database).unwrap();
    conn.execute(
        "UPDATE orders SET receiver_sealed = CAST(receiver_sealed || x'00' AS BLOB) WHERE id = 2",
        [],
    )
    .unwrap();
    conn.execute("UPDATE grants SET access_token = substr(access_token, 1, 40) WHERE id = 1", []).unwrap();
    conn.close().unwrap();
    let hub = open(&database, ring_of("old"), "").await.unwrap();
    let error = hub.rotate_key(rotation()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyWrong);
    for part in ["2 sealed values", "orders.receiver_sealed of row 2", "grants.access_token of row 1"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    hub.close().await.unwrap();
    assert!(
        super::refusal(&database, ring_of("new")).await.contains(&key(&KEY).id()),
        "the old key stays needed"
    );
    let hub = open(&database, prepared(), "").await.unwrap();
    let mut request = rotation();
    request.leave_unreadable = true;
    let report = hub.rotate_key(request).await.unwrap();
    assert_eq!((report.unreadable, report.superseded), (2, vec![key(&KEY).id()]));
    hub.close().await.unwrap();
    open(&database, ring_of("new"), "").await.unwrap().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_open_in_the_process_needs_the_keys_that_another_process_would_need() {
    let (_folder, database) = place();
    file::fill(&database).await;
    let hub = open(&database, ring_of("old"), "").await.unwrap();
    open(&database, ring_of("old"), "").await.unwrap().close().await.unwrap();
    assert!(
        super::refusal(&database, prepared()).await.contains("rotateKey"),
        "the engine lacks the new key"
    );
    assert!(super::refusal(&database, ring_of("new")).await.contains(&key(&KEY).id()));
    let mut request = rotation();
    request.cancel.cancel();
    assert_eq!(hub.rotate_key(request).await.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(super::refusal(&database, ring_of("old")).await.contains("being replaced"));
    assert!(super::refusal(&database, ring_of("new")).await.contains("still needed"));
    open(&database, super::both(), "").await.unwrap().close().await.unwrap();
    hub.rotate_key(rotation()).await.unwrap();
    assert!(super::refusal(&database, ring_of("old")).await.contains("superseded"));
    for ring in ["new", "both", "prepared"] {
        open(&database, ring_of(ring), "").await.unwrap().close().await.unwrap();
    }
    // Back to the old key is no way; a third one is.
    request = crate::hub::RotateKeyRequest::new(key(&KEY));
    assert_eq!(hub.rotate_key(request).await.unwrap_err().kind(), ErrorKind::Conflict);
    let third = key(b"the-third-key-of-thirty-2-bytes!");
    let report = hub.rotate_key(crate::hub::RotateKeyRequest::new(third.clone())).await.unwrap();
    assert_eq!((report.resealed, report.superseded), (20, vec![key(&NEW).id()]));
    hub.close().await.unwrap();
    open(&database, KeyRing::new(third), "").await.unwrap().close().await.unwrap();
    for ring in ["old", "new", "both"] {
        super::refusal(&database, ring_of(ring)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_before_opens_with_the_old_key_and_one_made_after_with_the_new() {
    let (folder, database) = place();
    file::fill(&database).await;
    let hub = open(&database, ring_of("old"), "").await.unwrap();
    let mut needed = Vec::new();
    for name in ["before.db", "after.db"] {
        let request = crate::hub::BackupRequest::new(folder.path().join(name));
        needed.push(hub.backup(request).await.unwrap().key_ids);
        hub.rotate_key(rotation()).await.unwrap();
    }
    hub.close().await.unwrap();
    assert_eq!(needed, [[key(&KEY).id()], [key(&NEW).id()]]);
    assert_eq!(file::values(&folder.path().join("before.db"), ring_of("old")).await.len(), 20);
    assert_rotated(&folder.path().join("after.db")).await;
}

/// A platform that nobody may ask.
struct Nobody;

impl Played for Nobody {
    fn answer<'a>(
        &'a self,
        url: &'a str,
        _: Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = Result<HttpAnswer, HttpFailure>> + Send + 'a>> {
        panic!("{url} was asked");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_whose_key_is_closed_asks_the_platform_for_nothing_that_it_could_not_store() {
    let platform = Platform::new(crate::auth::tests::platform::Rotation::Strict, Clock::system(), LIFE);
    let bench = Bench::open(&platform, &Clock::system(), 1, Arc::new(Nobody)).await;
    let new = key(&NEW).id();
    assert!(bench.store.replace_keys(KeyCheck::new(new.clone(), vec![1])).await.unwrap().is_empty());
    // As if this process were taken for dead.
    bench.store.announce_keys(new.clone(), vec![new.clone()]).await.unwrap();
    assert!(bench.store.close_keys(new).await.unwrap().is_empty());
    let error = bench.grants.renew(&bench.context(bench.shops[0]).await, 1).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyWrong);
    assert!(error.to_string().contains("open it with the new key"), "{error}");
    assert_eq!(platform.seen().refreshes, 0);
}
