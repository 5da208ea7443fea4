//! Several processes on one file, and death between the platform's answer and our commit.

use std::time::Duration;

use super::child::Work;
use super::platform::{Platform, Rotation};
use super::{brands, connect, open};
use crate::clock::Clock;
use crate::error::ErrorKind;
use crate::model::ShopStatus;
use crate::tests::number;

const LIFE: Duration = Duration::from_secs(7 * 86_400);

/// `DIANQIAO_PROCESSES` processes × `DIANQIAO_ROUNDS` rotations; `scripts/torture refresh` runs 8 × 200.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_rotate_together_never_send_a_retired_token() {
    let (processes, rounds) = (number("DIANQIAO_PROCESSES", 4), number("DIANQIAO_ROUNDS", 25));
    let platform = Platform::new(Rotation::Strict, Clock::system(), LIFE);
    let base = platform.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("shop.db");
    let hub = open(&database, &base, Clock::system()).await;
    connect(&hub, &base, rounds).await;
    // Every process uses a token once on average, so that they all meet at its end; the last uses need no
    // rotation after them.
    platform.end_after(u32::try_from(processes).unwrap());
    let work = Work { role: "rotate", database: &database, base: &base, calls: processes + 1, stop: "" };
    let children: Vec<_> = (0..processes).map(|_| work.start()).collect();
    let mut waits = 0;
    for child in children {
        let said = tokio::task::spawn_blocking(move || child.hear_at_last()).await.unwrap();
        let said = said.expect("the child says how it went");
        let (word, rest) = said.split_once(' ').unwrap();
        assert_eq!(word, "done", "{said}");
        waits += rest.parse::<u32>().unwrap();
    }
    let seen = platform.seen();
    println!("{processes} processes, {seen:?}, {waits} waits");
    assert_eq!(seen.retired, 0, "{seen:?}");
    assert_eq!(seen.refreshes, seen.rotations, "one refresh for each generation: {seen:?}");
    assert!(u64::from(seen.rotations) >= processes * rounds, "{seen:?}");
    hub.close().await.unwrap();
}

/// A process killed after the platform issued the new pair and before it was on disk. Then what the shop
/// comes to, the reason, and what the server saw.
async fn killed_before_the_commit(rotation: Rotation) -> (Result<(), ErrorKind>, Option<String>, Platform) {
    let platform = Platform::new(rotation, Clock::system(), LIFE);
    let base = platform.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("shop.db");
    let hub = open(&database, &base, Clock::system()).await;
    let shop = connect(&hub, &base, 1).await.remove(0);
    hub.close().await.unwrap();
    platform.expire();
    let work = Work { role: "call", database: &database, base: &base, calls: 1, stop: "answered" };
    let mut child = work.start();
    let child = tokio::task::spawn_blocking(move || {
        assert_eq!(child.hear_at_last().as_deref(), Some("answered"));
        child.kill();
    });
    child.await.unwrap();
    assert_eq!(platform.seen().rotations, 1, "the pair was issued");

    let hub = open(&database, &base, Clock::system()).await;
    let first = tokio::time::timeout(Duration::from_secs(20), hub.call(brands(shop.id))).await;
    let first = first.expect("nobody waits for the dead process").map(drop).map_err(|error| error.kind());
    for _ in 0..50 {
        let again = hub.call(brands(shop.id)).await.map(drop).map_err(|error| error.kind());
        assert_eq!(again, first, "it stays that way");
    }
    let shop = hub.shops().get(shop.id).await.unwrap();
    assert_eq!(shop.status == ShopStatus::Active, first.is_ok());
    let reason = shop.authorization.unwrap().reason;
    hub.close().await.unwrap();
    (first, reason, platform)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_answer_and_commit_ends_in_a_valid_token_on_a_graceful_platform() {
    for _ in 0..number("DIANQIAO_KILLS", 2) {
        let (outcome, _, platform) = killed_before_the_commit(Rotation::Graceful).await;
        let seen = platform.seen();
        assert_eq!((outcome, seen.refreshes, seen.rotations), (Ok(()), 2, 1), "{seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_answer_and_commit_ends_in_reauthorize_with_the_reason_on_a_strict_platform() {
    for _ in 0..number("DIANQIAO_KILLS", 2) {
        let (outcome, reason, platform) = killed_before_the_commit(Rotation::Strict).await;
        let seen = platform.seen();
        assert_eq!(outcome, Err(ErrorKind::Reauthorize), "{seen:?}");
        assert!(reason.as_deref().unwrap().contains("got no answer"), "{reason:?}");
        assert_eq!((seen.refreshes, seen.retired), (2, 1), "asked once more, and no further: {seen:?}");
    }
}
