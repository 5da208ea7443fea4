//! One operation of the disk fails, or all from it on, at each point of "open, migrate, save a grant,
//! sync a window, back up, close, open again": a typed error, no panic, and once the disk is well again the same
//! call succeeds and everything is there.

use tokio::task::{JoinError, LocalSet, spawn_local};
use tokio_util::sync::CancellationToken;

use super::disk::{Disk, Fault, Op, Planned};
use super::work::{Seen, begin, look, save_grant, store_page, unsound};
use super::{Place, check};
use crate::error::{ErrorKind, Result};
use crate::store::Store;

const FAULTS: [Fault; 9] = [
    Fault::Broken(Op::Open),
    Fault::Broken(Op::Read),
    Fault::Broken(Op::Write),
    Fault::Broken(Op::Sync),
    Fault::Broken(Op::Truncate),
    Fault::Broken(Op::Delete),
    Fault::Broken(Op::Map),
    Fault::Full,
    Fault::ReadOnly,
];
const PAGES: i64 = 3;
/// So small that the log is copied into the database while the work goes on.
const PRAGMAS: &str = "PRAGMA wal_autocheckpoint = 12; PRAGMA journal_size_limit = 20000";

/// One walk through the work, with a fault or without.
struct Walk {
    place: Place,
    disk: super::disk::Mounted,
    planned: Option<Planned>,
    /// How often a caller was told.
    errors: u32,
}

impl Walk {
    fn new(planned: Option<Planned>) -> Self {
        let place = Place::new();
        let disk = Disk::mount(place.dir.path(), PRAGMAS, None);
        disk.plan(planned);
        Self { place, disk, planned, errors: 0 }
    }

    /// Does a step; when it fails, once more on a disk that is well.
    async fn step<T>(&mut self, name: &str, step: impl AsyncFn() -> Result<T>) -> T {
        let error = match step().await {
            Ok(done) => return done,
            Err(error) => error,
        };
        let planned = self.planned;
        let is_typed = matches!(error.kind(), ErrorKind::Storage | ErrorKind::ConfigInvalid);
        assert!(is_typed, "{planned:?}: {name} ended with {:?}: {error}", error.kind());
        self.errors += 1;
        assert_eq!(self.errors, 1, "{planned:?}: {name} failed on a disk that is well: {error}");
        self.disk.plan(None);
        step().await.unwrap_or_else(|error| panic!("{planned:?}: {name}, tried again, ended with {error}"))
    }

    async fn open(&mut self) -> Store {
        let path = self.place.path();
        self.step("open", async || {
            Store::open(super::options(&path), |seen| {
                Ok(if seen.is_empty() { vec![check("k1")] } else { vec![] })
            })
            .await
        })
        .await
    }

    /// Answers how many operations the fault could have met, if it did not meet one.
    async fn walk(mut self) -> Option<u64> {
        let store = self.open().await;
        self.step("grant", async || save_grant(&store).await).await;
        let job = self.step("begin", async || begin(&store).await).await;
        for n in 1..=PAGES {
            self.step("page", async || store_page(&store, job, n).await).await;
        }
        let copy = self.place.beside("-copy");
        let backup = async || store.backup(copy.clone(), false, CancellationToken::new()).await;
        self.step("backup", backup).await;
        self.step("close", async || store.close().await).await;
        let store = self.open().await;
        self.step("look", async || look(&store).await).await.unwrap();
        self.step("close", async || store.close().await).await;
        let untouched = self.planned.filter(|planned| self.errors == 0 && self.disk.seen() < planned.at);
        let seen = self.disk.seen();
        self.require_all().await;
        untouched.map(|_| seen)
    }

    /// Everything is there when the disk is well.
    async fn require_all(mut self) {
        self.disk.plan(None);
        self.errors = 1;
        let store = self.open().await;
        let all = Seen { generation: 1, pages: PAGES, keys: Vec::new() };
        assert_eq!(look(&store).await.unwrap(), Ok(all), "{:?}", self.planned);
        store.close().await.unwrap();
        for path in [self.place.path(), self.place.beside("-copy")] {
            let flaw = unsound(&path);
            assert!(flaw.is_none(), "{:?}: {}: {flaw:?}", self.planned, path.display());
        }
    }
}

/// In a task of its own, so that one that fails does not hide the others.
async fn walk(planned: Planned) -> Result<Option<u64>, JoinError> {
    LocalSet::new().run_until(async { spawn_local(Walk::new(Some(planned)).walk()).await }).await
}

/// `DIANQIAO_ROUNDS` points for each fault, spread evenly over the work.
#[tokio::test]
async fn a_disk_that_fails_is_told_and_loses_nothing() {
    let rounds = super::number("DIANQIAO_ROUNDS", 6);
    let (mut walks, mut wrong) = (0_u64, Vec::new());
    for fault in FAULTS {
        let never = Planned { fault, lasting: false, at: u64::MAX };
        let total = walk(never).await.unwrap().unwrap();
        assert!(total > 0, "the work never meets {fault:?}");
        for lasting in [false, true] {
            let stride = total.div_ceil(rounds).max(1);
            // Once and lasting at different points; the last one is past the end.
            let mut planned = Planned { fault, lasting, at: if lasting { 1 } else { 1.max(stride / 2) } };
            loop {
                match walk(planned).await {
                    Ok(Some(_)) => break,
                    Ok(None) => walks += 1,
                    Err(_) => wrong.push(planned),
                }
                planned.at += stride;
            }
            println!("{fault:?} lasting={lasting}: {total} points, every {stride}. one");
        }
    }
    println!("{walks} walks met a fault");
    assert!(wrong.is_empty(), "{} walks went wrong: {wrong:#?}", wrong.len());
}

#[tokio::test]
async fn a_read_that_the_disk_fails_says_so_and_works_again_later() {
    let place = Place::new();
    let disk = Disk::mount(place.dir.path(), PRAGMAS, None);
    let store = place.open().await.unwrap();
    disk.plan(Some(Planned { fault: Fault::Broken(Op::Read), lasting: true, at: 1 }));
    let error = super::error_of(look(&store).await);
    assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
    disk.plan(None);
    look(&store).await.unwrap().unwrap();
    store.close().await.unwrap();
}
