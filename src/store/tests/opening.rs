//! What is refused at opening, and that it is refused untouched.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use rusqlite::Connection;

use super::child::Process;
use super::{Place, check, error_of, keys, newer_plan, open, open_newer, options, put};
use crate::error::{Error, ErrorKind};
use crate::store::migrate::newest;
use crate::store::{Store, lock_other, system, watch_other};

fn bytes(path: &Path) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}

async fn refusal(path: &Path) -> Error {
    error_of(open(path).await)
}

/// A closed database of ours with one row.
async fn made(place: &Place) {
    let store = place.open().await.unwrap();
    put(&store, "a").await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_new_file_is_private_in_every_part() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let mode = std::fs::metadata(place.beside(suffix)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{suffix}");
    }
    assert_eq!(std::fs::metadata(place.beside("-locks")).unwrap().permissions().mode() & 0o777, 0o700);
    store.close().await.unwrap();
}

#[tokio::test]
async fn access_that_is_too_wide_is_tightened() {
    let place = Place::new();
    made(&place).await;
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o644)).unwrap();
    let store = place.open().await.unwrap();
    assert_eq!(std::fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o600);
    store.close().await.unwrap();
}

/// Only root can give a file away; other users skip this.
#[tokio::test]
async fn a_file_of_another_user_is_refused_untouched() {
    let place = Place::new();
    made(&place).await;
    if std::os::unix::fs::chown(place.path(), Some(65_534), None).is_err() {
        return;
    }
    let error = refusal(&place.path()).await;
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.to_string().contains("another user"), "{error}");
}

#[tokio::test]
async fn links_directories_and_missing_directories_are_refused() {
    let place = Place::new();
    made(&place).await;
    let dir = place.dir.path();
    symlink(place.path(), dir.join("link.db")).unwrap();
    std::fs::hard_link(place.path(), dir.join("second.db")).unwrap();
    for (name, why) in [
        ("link.db", "symbolic link"),
        ("second.db", "hard link"),
        ("shop.db", "hard link"),
        (".", "directory"),
        ("missing/shop.db", "create it first"),
        ("shop.db-wal", "-wal"),
    ] {
        let error = refusal(&dir.join(name)).await;
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid, "{name}: {error}");
        assert!(error.to_string().contains(why), "{name}: {error}");
    }
    assert_eq!(refusal(Path::new("")).await.kind(), ErrorKind::ConfigInvalid);
    assert_eq!(refusal(Path::new("/")).await.kind(), ErrorKind::ConfigInvalid);
    assert_eq!(refusal(Path::new("/dev/null")).await.kind(), ErrorKind::ConfigInvalid);
}

#[tokio::test]
async fn a_link_in_the_directory_leads_to_the_same_locks() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let other = tempfile::tempdir().unwrap();
    symlink(place.dir.path(), other.path().join("way")).unwrap();
    let path = other.path().join("way/shop.db");
    assert_eq!(refusal(&path).await.kind(), ErrorKind::DatabaseInUse);
    assert_eq!(Store::file_id_of(&path), Some(store.file_id()));
    store.close().await.unwrap();
}

/// Tests run as root here, so a directory without the write bit would prove nothing: /proc refuses
/// new files to everybody.
#[tokio::test]
async fn a_directory_that_takes_no_files_is_a_clear_error() {
    let error = refusal(Path::new("/proc/self/shop.db")).await;
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid, "{error}");
    assert!(error.to_string().contains("/proc/"), "{error}");
}

#[tokio::test]
async fn names_that_look_like_uris_are_names() {
    let place = Place::new();
    for name in ["file:shop?mode=memory", "file::memory:", ":memory:", "a?b=c#d%20.db", "店.db"] {
        let path = place.dir.path().join(name);
        let store = open(&path).await.unwrap();
        put(&store, "a").await.unwrap();
        store.close().await.unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() > 0, "{name}");
        let store = open(&path).await.unwrap();
        assert_eq!(keys(&store).await, ["a"], "{name}");
        store.close().await.unwrap();
    }
}

#[test]
fn network_file_systems_are_known() {
    assert_eq!(system::network_name(0x6969), Some("nfs"));
    assert_eq!(system::network_name(0xff53_4d42), Some("cifs"));
    assert_eq!(system::network_name(0x0102_1997), Some("9p"));
    assert_eq!(system::network_name(0x6573_5546), Some("fuse or virtiofs"));
    assert_eq!(system::network_name(0xef53), None);
    assert_eq!(system::network_name(0x0102_1994), None);
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_untouched() {
    let place = Place::new();
    let theirs = Connection::open(place.path()).unwrap();
    theirs.execute_batch("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)").unwrap();
    theirs.close().unwrap();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o644)).unwrap();
    let before = bytes(&place.path());
    let error = refusal(&place.path()).await;
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.to_string().contains("another program"), "{error}");
    assert_eq!(bytes(&place.path()), before);
    assert_eq!(std::fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(std::fs::read_dir(place.dir.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn what_is_no_database_or_damaged_is_refused_untouched() {
    let place = Place::new();
    made(&place).await;
    let good = bytes(&place.path()).unwrap();
    let mut flipped = good.clone();
    for byte in &mut flipped[4096 * 2..4096 * 2 + 64] {
        *byte ^= 0xff;
    }
    let mut header = good.clone();
    header[..16].fill(b'x');
    let short = good[..4096].to_vec();
    for (what, bad) in [
        ("text", b"hello, this is not a database at all".repeat(200)),
        ("flipped", flipped),
        ("header", header),
        ("short", short),
    ] {
        std::fs::write(place.path(), &bad).unwrap();
        let error = refusal(&place.path()).await;
        assert_eq!(error.kind(), ErrorKind::Storage, "{what}: {error}");
        assert!(error.to_string().contains("backup"), "{what}: {error}");
        assert!(bytes(&place.path()).unwrap() == bad, "{what}");
    }
    std::fs::write(place.path(), &good).unwrap();
    place.open().await.unwrap().close().await.unwrap();
}

#[tokio::test]
async fn a_log_without_its_database_is_not_thrown_away() {
    let place = Place::new();
    std::fs::write(place.beside("-wal"), b"the last thing that is left").unwrap();
    assert_eq!(refusal(&place.path()).await.kind(), ErrorKind::Storage);
    assert_eq!(bytes(&place.beside("-wal")).unwrap(), b"the last thing that is left");
    assert!(!place.path().exists());
}

#[tokio::test]
async fn a_newer_schema_that_is_only_in_the_log_is_seen_and_left_alone() {
    let place = Place::new();
    made(&place).await;
    let main_before = bytes(&place.path());
    let mut newer = Process::start("hold-newer", &place.path());
    assert_eq!(newer.hear(), "ready");
    newer.kill();
    let (main, log) = (bytes(&place.path()), bytes(&place.beside("-wal")));
    assert_eq!(main, main_before, "the newer version is in the log only");
    assert!(log.as_ref().unwrap().len() > 4096);
    for _ in 0..2 {
        let error = refusal(&place.path()).await;
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
        let known = newest();
        let why = format!("schema version {}, this build knows versions up to {known}", known + 1);
        assert!(error.to_string().contains(&why), "{error}");
        assert!(bytes(&place.path()) == main && bytes(&place.beside("-wal")) == log);
    }
    let store = open_newer(&place.path()).await.unwrap();
    assert_eq!(keys(&store).await, ["a"]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_history_that_is_not_ours_is_refused() {
    let place = Place::new();
    made(&place).await;
    let conn = Connection::open(place.path()).unwrap();
    conn.execute("UPDATE refinery_schema_history SET checksum = '1'", []).unwrap();
    conn.close().unwrap();
    let error = refusal(&place.path()).await;
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.to_string().contains("different build"), "{error}");
}

#[tokio::test]
async fn an_older_schema_is_migrated_and_keeps_its_rows() {
    let place = Place::new();
    made(&place).await;
    let store = open_newer(&place.path()).await.unwrap();
    assert_eq!(keys(&store).await, ["a"]);
    store.write("test.next", |conn| Ok(conn.execute("INSERT INTO next VALUES (1)", [])?)).await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_old_schema() {
    let place = Place::new();
    made(&place).await;
    let plan = newer_plan(&["CREATE TABLE next (a)", "CREATE TABLE more (a); CREATE TABLE more (a)"]);
    let error = error_of(Store::open_with(options(&place.path()), plan, |_| Ok(Vec::new())).await);
    assert_eq!(error.kind(), ErrorKind::Storage);
    let store = place.open().await.unwrap();
    assert_eq!(keys(&store).await, ["a"]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn the_key_is_verified_before_anything_is_written() {
    let place = Place::new();
    let wrong = || Error::new(ErrorKind::KeyWrong, "planted");
    let refused = Store::open(options(&place.path()), move |_| Err(wrong())).await;
    let error = error_of(refused);
    assert_eq!((error.kind(), error.message()), (ErrorKind::KeyWrong, "planted"));
    assert_eq!(std::fs::read_dir(place.dir.path()).unwrap().count(), 0);

    let first = Store::open(options(&place.path()), |seen| {
        assert!(seen.is_empty());
        Ok(vec![check("k1")])
    });
    first.await.unwrap().close().await.unwrap();
    let before = bytes(&place.path());
    let second = Store::open(options(&place.path()), move |seen| {
        assert_eq!(seen, [check("k1")]);
        Err(wrong())
    });
    assert_eq!(error_of(second.await).kind(), ErrorKind::KeyWrong);
    assert!(bytes(&place.path()) == before);
    assert_eq!(std::fs::read_dir(place.dir.path()).unwrap().count(), 1);

    let third = Store::open(options(&place.path()), |_| Ok(vec![check("k2")]));
    third.await.unwrap().close().await.unwrap();
    let fourth = Store::open(options(&place.path()), |seen| {
        assert_eq!(seen, [check("k1"), check("k2")]);
        Ok(Vec::new())
    });
    fourth.await.unwrap().close().await.unwrap();
}

#[test]
fn the_twin_for_other_systems_makes_and_locks_files() {
    let mut watch = watch_other::Watch;
    let nothing = || (Path::new("x"), super::super::FileId { device: 0, inode: 0 });
    watch.set(nothing(), nothing()).unwrap();
    assert!(watch.holds());
    watch.release();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    lock_other::create_private(&path).unwrap();
    assert!(lock_other::create_private(&path).is_err());
    lock_other::create_private_dir(&dir.path().join("d")).unwrap();
    lock_other::create_private_dir(&dir.path().join("d")).unwrap();
    let lock = lock_other::open_lock_file(&path, false).unwrap();
    lock.try_lock().unwrap();
    assert!(lock_other::open_lock_file(&path, true).unwrap().try_lock().is_err());
    assert!(lock_other::is_same_file(&lock, &path));
    assert_eq!(lock_other::file_id(&path).unwrap(), lock_other::file_id(&path).unwrap());
    let meta = std::fs::metadata(&path).unwrap();
    assert!(lock_other::is_ours(&meta) && lock_other::link_count(&meta) == 1);
    let made = lock_other::new_private(&dir.path().join("made")).unwrap();
    assert!(lock_other::new_private(&dir.path().join("made")).is_err());
    assert!(lock_other::path_of(&made).is_none() && lock_other::open_source(&path).is_ok());
    assert_eq!(lock_other::network_file_system(&path).unwrap(), None);
    assert_eq!(lock_other::file_uri(&path), None);
    lock_other::make_private(&path).unwrap();
    lock_other::sync_dir(dir.path()).unwrap();
    assert!(lock_other::process_name().ends_with(&std::process::id().to_string()));
    let _ = lock_other::host();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    lock_other::create_private(&from).unwrap();
    assert!(lock_other::rename_new(&from, &path).is_err());
    lock_other::rename_new(&from, &to).unwrap();
    assert!(to.exists() && !from.exists());
    assert!(!lock_other::exchange(&to, &path).unwrap());
    assert_eq!(lock_other::free_bytes(dir.path()).unwrap(), None);
    assert!(!lock_other::Memory::now().grew_too_far());
}
