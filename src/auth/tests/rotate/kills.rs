//! Death at every step of a change of the master key, and at random moments of one under load.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{assert_rotated, both, file, key, open, prepared, process, refusal, ring_of, rotation};
use crate::auth::tests::platform::{Platform, Rotation};
use crate::clock::Clock;
use crate::tests::number;

/// What a dead process left, for others to look at.
fn copy(from: &Path, to: &Path) -> PathBuf {
    let target = to.join("shop.db");
    for suffix in ["", "-wal"] {
        let name = |path: &Path| format!("{}{suffix}", path.display());
        if Path::new(&name(from)).exists() {
            std::fs::copy(name(from), name(&target)).unwrap();
        }
    }
    target
}

/// Whether the process came to its end instead.
async fn killed_after(steps: u32, batch: u32, database: &Path) -> bool {
    let mut command = process("rotate", database, "old", "");
    command.env("DIANQIAO_ROTATE_STEPS", steps.to_string()).env("DIANQIAO_ROTATE_BATCH", batch.to_string());
    let status = tokio::task::spawn_blocking(move || command.status().unwrap()).await.unwrap();
    assert!(status.success() || status.code().is_none(), "step {steps}: {status}");
    status.success()
}

async fn contents(database: &Path, ring: &str) -> Vec<file::Content> {
    file::values(database, ring_of(ring)).await.iter().map(file::Value::content).collect()
}

/// `DIANQIAO_BATCH` values a commit; every step is one process that dies there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_each_step_the_change_goes_on_and_loses_nothing() {
    let seed = tempfile::tempdir().unwrap();
    let original = seed.path().join("seed.db");
    file::fill(&original).await;
    let all = contents(&original, "old").await;
    assert_eq!(all.len(), 20, "two rows of each column");
    let batch = u32::try_from(number("DIANQIAO_BATCH", 1)).unwrap();
    let mut resealed = std::collections::BTreeSet::new();
    for step in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let database = copy(&original, folder.path());
        let has_ended = killed_after(step, batch, &database).await;
        if has_ended {
            // Each value is a step, and so is each commit, with one value in it or all of a column.
            assert!(step > 20 + 20 / batch.min(2), "only {step} steps");
            assert_rotated(&database).await;
            break;
        }
        resealed.insert(left_by_the_dead(&database, &all).await);
        let ring = if step % 2 == 0 { both() } else { prepared() };
        let hub = open(&database, ring, "").await.unwrap();
        let report = hub.rotate_key(rotation()).await.unwrap();
        assert_eq!((report.key_id, report.unreadable), (key(&super::NEW).id(), 0), "step {step}");
        let again = hub.rotate_key(rotation()).await.unwrap();
        assert_eq!((again.resealed, again.superseded.len()), (0, 0), "step {step}");
        hub.close().await.unwrap();
        assert_rotated(&database).await;
        assert_eq!(contents(&database, "new").await, all, "step {step}");
    }
    let wanted = (0..=20).filter(|n| batch == 1 || n % 2 == 0).collect();
    assert_eq!(resealed, wanted, "it died with every number of values sealed anew");
}

/// Looks at what a dead process left: how many values are under the new key.
async fn left_by_the_dead(database: &Path, all: &[file::Content]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let database = copy(database, folder.path());
    let before = file::bytes(&database);
    let refused = refusal(&database, ring_of("old")).await;
    assert!(refused.contains(&key(&super::NEW).id()), "{refused}");
    assert_eq!(file::bytes(&database), before, "a refused file is not touched");
    let values = file::values(&database, both()).await;
    assert_eq!(values.iter().map(file::Value::content).collect::<Vec<_>>(), all);
    values.iter().filter(|value| value.key_id == key(&super::NEW).id()).count()
}

/// `scripts/torture rotate` kills hundreds of processes; each sealed orders and renewed tokens while it changed
/// the key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_under_load_every_value_opens_and_the_change_ends() {
    let (rounds, seed) = (number("DIANQIAO_ROUNDS", 3), number("DIANQIAO_SEED", 1));
    let platform = Platform::new(Rotation::Graceful, Clock::system(), Duration::from_secs(7 * 86_400));
    platform.end_after(2);
    let base = platform.serve().await;
    let (mut ended, mut half_way) = (0, 0);
    for round in seed..seed + rounds {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db");
        let hub = open(&database, ring_of("old"), &base).await.unwrap();
        crate::auth::tests::connect(&hub, &base, 4).await;
        super::load::write_orders(&hub, 1_000).await;
        hub.close().await.unwrap();
        // Fibonacci hashing: every round another moment, the same for the same round.
        let moment = Duration::from_millis(round.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56);
        let mut child = process("rotate-under-load", &database, "old", &base).spawn().unwrap();
        let killed = tokio::task::spawn_blocking(move || {
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            assert!(lines.any(|line| line.unwrap().ends_with("working")));
            std::thread::sleep(moment);
            child.kill().unwrap();
            child.wait().unwrap();
        });
        killed.await.unwrap();
        let hub = open(&database, both(), &base).await.unwrap();
        let report =
            hub.rotate_key(rotation()).await.unwrap_or_else(|error| panic!("round {round}: {error}"));
        ended += u32::from(report.superseded.is_empty());
        half_way += u32::from((1..1_000).contains(&report.resealed));
        hub.close().await.unwrap();
        assert_rotated(&database).await;
    }
    println!("{rounds} rounds from {seed}: {half_way} died half-way, {ended} after the end of the change");
}
