//! Backups: whole, private, checked, or not there at all.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Place, error_of, keys, number, open, put};
use crate::error::{ErrorKind, Result};
use crate::store::{BackupReport, Store};

async fn back_up(store: &Store, target: PathBuf) -> Result<BackupReport> {
    store.backup(target, false, CancellationToken::new()).await
}

/// Four writers, each with numbers from 0 on; returns how far each was acknowledged when asked.
struct Load {
    stop: CancellationToken,
    acknowledged: Vec<std::sync::Arc<std::sync::atomic::AtomicU64>>,
    tasks: Vec<tokio::task::JoinHandle<Vec<Duration>>>,
}

impl Load {
    fn start(store: &Store) -> Self {
        let stop = CancellationToken::new();
        let acknowledged: Vec<_> = (0..4).map(|_| std::sync::Arc::default()).collect();
        let write = |(writer, done): (usize, &std::sync::Arc<std::sync::atomic::AtomicU64>)| {
            let (store, stop, done) = (store.clone(), stop.clone(), std::sync::Arc::clone(done));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                for n in 0.. {
                    if stop.is_cancelled() {
                        break;
                    }
                    let begun = Instant::now();
                    put(&store, format!("w{writer}-{n:08}")).await.unwrap();
                    waits.push(begun.elapsed());
                    done.store(n + 1, std::sync::atomic::Ordering::SeqCst);
                }
                waits
            })
        };
        let tasks = acknowledged.iter().enumerate().map(write).collect();
        Self { stop, acknowledged, tasks }
    }

    fn acknowledged(&self) -> Vec<u64> {
        self.acknowledged.iter().map(|done| done.load(std::sync::atomic::Ordering::SeqCst)).collect()
    }

    async fn end(self) -> Vec<Duration> {
        self.stop.cancel();
        let mut waits = Vec::new();
        for task in self.tasks {
            waits.extend(task.await.unwrap());
        }
        waits.sort();
        waits
    }
}

/// What a backup holds of each writer, which must be a beginning of what it wrote.
async fn beginnings(file: &Path) -> Vec<u64> {
    let store = open(file).await.unwrap();
    let found = keys(&store).await;
    store.close().await.unwrap();
    let of = |writer: usize| {
        let prefix = format!("w{writer}-");
        let numbers = found.iter().filter_map(|key| key.strip_prefix(&prefix)?.parse::<u64>().ok());
        let mut next = 0;
        for number in numbers {
            assert_eq!(number, next, "a hole in writer {writer}");
            next += 1;
        }
        next
    };
    (0..4).map(of).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backups_under_full_write_load_hold_all_that_was_acknowledged_before_and_nothing_in_part() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let load = Load::start(&store);
    for round in 0..number("DIANQIAO_ROUNDS", 12) {
        let before = load.acknowledged();
        let target = place.dir.path().join(format!("backup-{round}.db"));
        let report = back_up(&store, target.clone()).await.unwrap();
        assert_eq!(report.bytes, std::fs::metadata(&report.file).unwrap().len());
        let conn = rusqlite::Connection::open(&report.file).unwrap();
        let verdict: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
        conn.close().unwrap();
        let found = beginnings(&report.file).await;
        assert!(before.iter().zip(&found).all(|(before, found)| before <= found), "{before:?} {found:?}");
        std::fs::remove_file(target).unwrap();
    }
    let waits = load.end().await;
    println!(
        "{} writes beside the backups, median {:?}, worst {:?}",
        waits.len(),
        waits[waits.len() / 2],
        waits.last()
    );
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_backup_is_private_and_replaces_nothing() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    put(&store, "a").await.unwrap();
    let target = place.dir.path().join("backup.db");
    let report = back_up(&store, target.clone()).await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&report.file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let before = std::fs::read(&target).unwrap();
    assert_eq!(error_of(back_up(&store, target.clone()).await).kind(), ErrorKind::Conflict);
    assert_eq!(std::fs::read(&target).unwrap(), before);
    let dir = place.dir.path();
    std::fs::create_dir(dir.join("folder")).unwrap();
    for (path, kind) in [
        (place.path(), ErrorKind::ConfigInvalid),
        (place.beside("-wal"), ErrorKind::ConfigInvalid),
        (place.beside("-locks").join("use"), ErrorKind::ConfigInvalid),
        (dir.join("none").join("x.db"), ErrorKind::ConfigInvalid),
        (dir.join(".."), ErrorKind::ConfigInvalid),
        (PathBuf::new(), ErrorKind::ConfigInvalid),
        (dir.join("folder"), ErrorKind::Conflict),
    ] {
        let error = error_of(back_up(&store, path.clone()).await);
        assert_eq!(error.kind(), kind, "{}: {error}", path.display());
    }
    let names =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(|name| name.contains("partial")));
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_cancelled_or_overtaken_by_close_leaves_no_file() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let fill = |conn: &rusqlite::Connection| {
        for _ in 0..4_000 {
            conn.execute("INSERT INTO meta VALUES (hex(randomblob(16)), hex(randomblob(1950)))", [])?;
        }
        Ok(())
    };
    store.write("test.fill", fill).await.unwrap();
    let out = place.dir.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let left = || std::fs::read_dir(&out).unwrap().count();
    let cancel = CancellationToken::new();
    let (done, ()) = tokio::join!(store.backup(out.join("a.db"), false, cancel.clone()), async {
        while left() == 0 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    });
    assert_eq!(error_of(done).kind(), ErrorKind::Cancelled);
    assert_eq!(left(), 0);
    let copy = store.clone();
    let target = out.join("b.db");
    let running = tokio::spawn(async move { back_up(&copy, target).await });
    while left() == 0 {
        tokio::task::yield_now().await;
    }
    store.close().await.unwrap();
    let kind = error_of(running.await.unwrap()).kind();
    assert!(matches!(kind, ErrorKind::Storage | ErrorKind::Closed), "{kind}");
    assert_eq!(left(), 0);
}
