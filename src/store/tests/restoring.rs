//! Restores: the old database or the restored one, never none and never a mix.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::child::Process;
use super::{Place, check, error_of, keys, manual, number, open, open_newer, put};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{KeyCheck, RestoreOrder, RestoreReport, Store, beside};

/// Where a process can die, in the order in which they are reached.
const DEATHS: [&str; 6] = [
    "restore-begun",
    "restore-copied",
    "restore-ready",
    "restore-log-saved",
    "restore-named",
    "restore-placed",
];

/// What the backup holds, and what was done since.
const THEN: &str = "then";
const SINCE: &str = "since";

fn order(path: &Path, overwrite: bool) -> RestoreOrder {
    let from = beside(path, "-backup");
    RestoreOrder { from, database: path.to_owned(), overwrite, force_network: false, clock: Clock::system() }
}

/// Puts the backup that lies beside a database into its place, whatever is there.
pub(super) async fn restore(path: &Path) -> Result<RestoreReport> {
    Store::restore(order(path, true), |_| Ok(Vec::new())).await
}

impl Place {
    fn backup(&self) -> PathBuf {
        self.beside("-backup")
    }

    /// The names below the folder, but the backup's.
    fn names(&self) -> BTreeSet<String> {
        let names = std::fs::read_dir(self.dir.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "shop.db-backup").collect()
    }

    /// The databases that are kept aside.
    fn kept(&self) -> Vec<PathBuf> {
        let is_kept = |name: &String| name.contains(".before-restore-") && !name.contains("db-");
        let names = self.names().into_iter().filter(is_kept).filter(|name| !name.ends_with("-wal"));
        names.map(|name| self.dir.path().join(name)).collect()
    }
}

/// A database with a backup of `THEN` beside it, and `SINCE` done after it.
async fn with_backup() -> Place {
    let place = Place::new();
    let store = Store::open(super::options(&place.path()), |_| Ok(vec![check("k1")])).await.unwrap();
    put(&store, THEN).await.unwrap();
    store.backup(place.backup(), false, CancellationToken::new()).await.unwrap();
    put(&store, SINCE).await.unwrap();
    store.close().await.unwrap();
    place
}

/// What a test put into a database.
async fn content(path: &Path) -> Vec<String> {
    let store = open(path).await.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut keys = keys(&store).await;
    store.close().await.unwrap();
    keys.retain(|key| !key.contains('.'));
    keys.sort();
    keys
}

#[tokio::test]
async fn a_restored_database_is_the_backup_and_the_old_one_is_kept() {
    let place = with_backup().await;
    let backup = std::fs::read(place.backup()).unwrap();
    let report = restore(&place.path()).await.unwrap();
    let kept = report.kept_as.clone().unwrap();
    assert_eq!(report.database, place.path().canonicalize().unwrap());
    assert_eq!(report.bytes, std::fs::metadata(place.path()).unwrap().len());
    assert_eq!((report.held_changes, place.kept()), (0, vec![kept.clone()]));
    assert_eq!(place.names().len(), 2, "{:?}", place.names());
    assert_eq!(std::fs::read(place.backup()).unwrap(), backup);
    #[cfg(unix)]
    for path in [place.path(), kept.clone()] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(content(&place.path()).await, [THEN]);
    assert_eq!(content(&kept).await, [SINCE, THEN]);
    // And back again: what was kept is no backup, but a database.
    std::fs::remove_file(place.path()).unwrap();
    std::fs::rename(&kept, place.path()).unwrap();
    assert_eq!(content(&place.path()).await, [SINCE, THEN]);
}

#[tokio::test]
async fn a_backup_comes_to_a_place_without_a_database_or_with_an_empty_file() {
    for empty in [false, true] {
        let place = with_backup().await;
        std::fs::remove_file(place.path()).unwrap();
        if empty {
            std::fs::write(place.path(), "").unwrap();
        }
        let report = Store::restore(order(&place.path(), false), |_| Ok(Vec::new())).await.unwrap();
        assert_eq!((report.kept_as, place.names().len()), (None, 1));
        assert_eq!(content(&place.path()).await, [THEN]);
    }
}

#[tokio::test]
async fn ids_that_were_given_since_are_not_given_again_and_it_is_no_backup_any_more() {
    let place = with_backup().await;
    let last = |path: &Path| {
        let conn = rusqlite::Connection::open(path).unwrap();
        let sql = "SELECT min(seq), count(*) FROM sqlite_sequence";
        conn.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).unwrap()
    };
    restore(&place.path()).await.unwrap();
    let (least, tables) = last(&place.path());
    assert!(least >= 10_000_000 && tables >= 16, "{least} {tables}");
    let store = open(&place.path()).await.unwrap();
    assert!(store.process_id() > 10_000_000);
    assert_eq!(keys(&store).await.iter().filter(|key| key.starts_with("backup.")).count(), 0);
    let audit = store.list_audit(Default::default()).await.unwrap().items.remove(0);
    assert_eq!((audit.action.as_str(), audit.actor.as_str()), ("hub.restore", "system"));
    store.close().await.unwrap();
    std::fs::copy(place.path(), place.backup()).unwrap();
    assert_eq!(error_of(restore(&place.path()).await).kind(), ErrorKind::ConfigInvalid);
}

/// What a refused restore left of the folder, which must be what was there.
async fn refused(place: &Place, order: RestoreOrder) -> Error {
    refused_by(place, order, |_| Ok(Vec::new())).await
}

async fn refused_by(
    place: &Place,
    order: RestoreOrder,
    verify: fn(&[KeyCheck]) -> Result<Vec<KeyCheck>>,
) -> Error {
    let read = |name: &String| std::fs::read(place.dir.path().join(name)).ok();
    let before: Vec<_> = place.names().iter().map(|name| (name.clone(), read(name))).collect();
    let error = error_of(Store::restore(order, verify).await);
    let after: Vec<_> = place.names().iter().map(|name| (name.clone(), read(name))).collect();
    assert!(before == after, "{error}: {:?}", place.names());
    error
}

#[tokio::test]
async fn what_cannot_be_restored_is_refused_and_nothing_is_touched() {
    let place = with_backup().await;
    let path = place.path();
    let backup = std::fs::read(place.backup()).unwrap();
    let from = |from: PathBuf| RestoreOrder { from, ..order(&path, true) };
    let to = |database: PathBuf| RestoreOrder { database, ..order(&path, true) };
    let dir = place.dir.path();
    let file = |name: &str, bytes: &[u8]| {
        std::fs::write(dir.join(name), bytes).unwrap();
        dir.join(name)
    };
    let mut torn = backup.clone();
    torn.truncate(backup.len() / 2);
    let mut flipped = backup.clone();
    // Whole pages: what lies between the cells of one may be anything.
    let middle = flipped.len() / 2 / 4096 * 4096;
    flipped[middle..middle + 8192].fill(0x5a);
    let foreign = dir.join("foreign");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let newer = Place::new();
    let store = open_newer(&newer.path()).await.unwrap();
    store.backup(newer.backup(), false, CancellationToken::new()).await.unwrap();
    store.close().await.unwrap();
    std::fs::create_dir(dir.join("folder")).unwrap();
    let logged = file("logged", &backup);
    file("logged-wal", b"");
    for (what, order, kind) in [
        ("missing", from(dir.join("none")), ErrorKind::NotFound),
        ("missing folder", from(dir.join("none").join("x")), ErrorKind::ConfigInvalid),
        ("empty name", from(PathBuf::new()), ErrorKind::ConfigInvalid),
        ("folder", from(dir.join("folder")), ErrorKind::ConfigInvalid),
        ("empty", from(file("empty", b"")), ErrorKind::ConfigInvalid),
        ("text", from(file("text", &[b'x'; 9000])), ErrorKind::Storage),
        ("torn", from(file("torn", &torn)), ErrorKind::Storage),
        ("damaged", from(file("flipped", &flipped)), ErrorKind::Storage),
        ("of another program", from(foreign.clone()), ErrorKind::ConfigInvalid),
        ("newer", from(newer.backup()), ErrorKind::ConfigInvalid),
        ("the database itself", from(path.clone()), ErrorKind::ConfigInvalid),
        ("beside a log", from(logged), ErrorKind::ConfigInvalid),
        ("no overwrite", order(&path, false), ErrorKind::Conflict),
        ("to a folder", to(dir.join("folder")), ErrorKind::ConfigInvalid),
        ("over another program's", to(foreign), ErrorKind::ConfigInvalid),
        ("to a side file", to(dir.join("x-wal")), ErrorKind::ConfigInvalid),
        ("to nowhere", to(dir.join("none").join("x")), ErrorKind::ConfigInvalid),
    ] {
        let error = refused(&place, order).await;
        assert_eq!(error.kind(), kind, "{what}: {error}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(place.backup(), dir.join("link")).unwrap();
        assert_eq!(refused(&place, from(dir.join("link"))).await.kind(), ErrorKind::ConfigInvalid);
    }
    let message = refused(&place, order(&path, false)).await.to_string();
    assert!(message.contains("overwrite"), "{message}");
    let wrong = |seen: &[KeyCheck]| {
        assert_eq!(seen, [check("k1")]);
        Err(Error::new(ErrorKind::KeyWrong, "another key"))
    };
    assert_eq!(refused_by(&place, order(&path, true), wrong).await.kind(), ErrorKind::KeyWrong);
    std::fs::remove_file(&path).unwrap();
    file("shop.db-wal", b"rows of a lost database");
    assert_eq!(refused(&place, order(&path, true)).await.kind(), ErrorKind::Storage);
}

#[tokio::test]
async fn nothing_is_restored_over_a_database_that_is_open_here_or_elsewhere() {
    let place = with_backup().await;
    let store = place.open().await.unwrap();
    assert_eq!(error_of(restore(&place.path()).await).kind(), ErrorKind::DatabaseInUse);
    store.close().await.unwrap();
    let holder = Process::start("hold", &place.path());
    holder.hear();
    assert_eq!(error_of(restore(&place.path()).await).kind(), ErrorKind::DatabaseInUse);
    holder.finish();
    assert_eq!(place.kept(), Vec::<PathBuf>::new());
    restore(&place.path()).await.unwrap();
    assert_eq!(content(&place.path()).await, [THEN]);
}

/// A copy of the folder as it is while a writer is under way: with a log that holds rows.
async fn with_log() -> Place {
    let place = with_backup().await;
    let store = place.open().await.unwrap();
    put(&store, "in-the-log").await.unwrap();
    let crashed = Place::new();
    for suffix in ["", "-wal", "-backup"] {
        std::fs::copy(place.beside(suffix), crashed.beside(suffix)).unwrap();
    }
    assert!(std::fs::metadata(crashed.beside("-wal")).unwrap().len() > 0);
    store.close().await.unwrap();
    crashed
}

#[tokio::test]
async fn rows_of_a_killed_process_are_kept_with_the_old_database_and_never_meet_the_new_one() {
    let place = with_log().await;
    let kept = restore(&place.path()).await.unwrap().kept_as.unwrap();
    assert_eq!(content(&place.path()).await, [THEN]);
    assert_eq!(content(&kept).await, ["in-the-log", SINCE, THEN]);
}

#[tokio::test]
async fn a_damaged_database_is_kept_with_its_log() {
    let place = with_log().await;
    let mut bytes = std::fs::read(place.path()).unwrap();
    bytes[..100].fill(0);
    std::fs::write(place.path(), &bytes).unwrap();
    let log = std::fs::read(place.beside("-wal")).unwrap();
    assert_eq!(error_of(place.open().await).kind(), ErrorKind::Storage);
    let kept = restore(&place.path()).await.unwrap().kept_as.unwrap();
    assert!(std::fs::read(&kept).unwrap() == bytes, "its bytes");
    assert!(std::fs::read(beside(&kept, "-wal")).unwrap() == log, "its log");
    assert_eq!(content(&place.path()).await, [THEN]);
}

/// What stood at the database's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    AtRest,
    WithLog,
    Damaged,
}

impl Before {
    async fn lay_out(self) -> Place {
        let place = if self == Self::WithLog { with_log().await } else { with_backup().await };
        match self {
            Self::Nothing => std::fs::remove_file(place.path()).unwrap(),
            Self::Damaged => {
                let place = with_log().await;
                let mut bytes = std::fs::read(place.path()).unwrap();
                bytes[..100].fill(0);
                std::fs::write(place.path(), bytes).unwrap();
                return place;
            }
            Self::AtRest | Self::WithLog => {}
        }
        place
    }

    fn rows(self) -> Vec<&'static str> {
        if self == Self::WithLog { vec!["in-the-log", SINCE, THEN] } else { vec![SINCE, THEN] }
    }

    /// Checks what a death left, and that the next restore makes the best of it. Answers whether the backup
    /// had come into place.
    async fn check(self, place: &Place, label: &str) -> bool {
        let mut is_restored = false;
        let found = match place.open().await {
            Ok(store) => {
                // A log that meets another database makes its pages look like those of its own.
                is_restored = !store.list_audit(Default::default()).await.unwrap().items.is_empty();
                store.close().await.unwrap();
                Some(content(&place.path()).await)
            }
            Err(error) => {
                assert_eq!((self, error.kind()), (Self::Damaged, error.kind()), "{label}: {error}");
                None
            }
        };
        // Opening made an empty one where nothing was.
        let nothing = self == Self::Nothing && found.as_ref().is_some_and(Vec::is_empty);
        let is_new = found.as_ref().is_some_and(|rows| *rows == [THEN]);
        let is_old = nothing || found.is_none() || found.as_ref().is_some_and(|rows| *rows == self.rows());
        assert!(is_new != is_old && is_new == is_restored, "{label}: {found:?}, restored: {is_restored}");
        if is_new && matches!(self, Self::AtRest | Self::WithLog) {
            let kept = place.kept();
            assert_eq!(kept.len(), 1, "{label}: {:?}", place.names());
            assert_eq!(content(&kept[0]).await, self.rows(), "{label}");
        }
        restore(&place.path()).await.unwrap_or_else(|error| panic!("{label}: {error}"));
        assert_eq!(content(&place.path()).await, [THEN], "{label}");
        is_new
    }
}

#[tokio::test]
async fn killed_at_each_step_a_restore_leaves_the_old_database_or_the_new_one() {
    let mut placed = 0;
    for before in [Before::Nothing, Before::AtRest, Before::WithLog, Before::Damaged] {
        for death in DEATHS {
            if before == Before::Nothing && matches!(death, "restore-log-saved" | "restore-named") {
                continue;
            }
            let place = before.lay_out().await;
            let died = !Process::start_dying("restore", &place.path(), death).ends_well();
            assert!(died, "{death} is reached with {before:?}");
            let is_new = before.check(&place, &format!("{before:?} at {death}")).await;
            assert_eq!(is_new, death == "restore-placed", "{before:?} at {death}");
            placed += u32::from(is_new);
        }
    }
    assert_eq!(placed, 4);
}

/// `DIANQIAO_ROUNDS` of them, 20 unless told, close to the moment of the exchange: earlier after a death that
/// came too late, later after one that came too early.
#[tokio::test]
async fn killed_at_any_moment_a_restore_leaves_the_old_database_or_the_new_one() {
    let (rounds, mut seed) = (number("DIANQIAO_ROUNDS", 20), number("DIANQIAO_SEED", 5));
    println!("DIANQIAO_SEED={seed} DIANQIAO_ROUNDS={rounds} replay the moments of the kills");
    let (mut pause, mut landed) = (Duration::from_millis(2), 0);
    for round in 0..rounds {
        let before = if round % 2 == 0 { Before::WithLog } else { Before::AtRest };
        let place = before.lay_out().await;
        let mut process = Process::start("restore", &place.path());
        while !place.beside("-locks").exists() && !process.has_ended() {
            std::thread::yield_now();
        }
        std::thread::sleep(pause);
        process.kill();
        let is_new = before.check(&place, &format!("round {round}, after {pause:?}")).await;
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let step = Duration::from_micros((seed >> 33) % 4000);
        pause = if is_new { pause.saturating_sub(step) } else { pause + step };
        landed += u64::from(is_new);
    }
    println!("{rounds} kills, {landed} of them after the exchange");
}

#[tokio::test]
async fn a_backup_of_an_older_schema_is_brought_up_to_date_before_it_is_put_into_place() {
    let (place, steps) = (Place::new(), &super::STEPS[..1]);
    let plan = super::Plan::new(steps).unwrap();
    let store = Store::open_with(super::options(&place.path()), plan, |_| Ok(Vec::new())).await.unwrap();
    put(&store, THEN).await.unwrap();
    store.backup(place.backup(), false, CancellationToken::new()).await.unwrap();
    store.close().await.unwrap();
    restore(&place.path()).await.unwrap();
    let conn = rusqlite::Connection::open(place.path()).unwrap();
    conn.query_row("SELECT count(*) FROM sends", [], |_| Ok(())).unwrap();
    drop(conn);
    assert_eq!(content(&place.path()).await, [THEN]);
}

#[tokio::test]
async fn the_clock_of_the_request_names_what_is_kept() {
    let place = with_backup().await;
    let (_, clock) = manual();
    let order = RestoreOrder { clock, ..order(&place.path(), true) };
    let first = Store::restore(order.clone(), |_| Ok(Vec::new())).await.unwrap().kept_as.unwrap();
    let second = Store::restore(order, |_| Ok(Vec::new())).await.unwrap().kept_as.unwrap();
    assert_eq!(second, beside(&first, "-2"));
    assert!(first.to_str().unwrap().contains("shop.db.before-restore-2027"), "{}", first.display());
    assert_eq!(place.kept().len(), 2);
}
