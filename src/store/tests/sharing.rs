//! Several processes on one file, and two copies in one process.

use super::child::Process;
use super::{Place, error_of, keys, open_newer, put};
use crate::error::ErrorKind;
use crate::store::lock::{LockDir, OpeningLocks};

#[tokio::test]
async fn a_second_engine_in_one_process_is_refused_and_harms_nothing() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let error = error_of(place.open().await);
    assert_eq!(error.kind(), ErrorKind::DatabaseInUse);
    assert!(error.to_string().contains("second copy"), "{error}");
    put(&store, "a").await.unwrap();
    store.close().await.unwrap();
}

/// Another copy of the library shares nothing with ours but the names of the lock files.
#[tokio::test]
async fn the_lock_of_another_copy_in_this_process_is_met() {
    let place = Place::new();
    let dir = LockDir::of(&place.path());
    std::fs::create_dir(place.beside("-locks")).unwrap();
    let name = format!("p-{}", crate::store::system::process_name());
    let theirs = std::fs::File::create(place.beside("-locks").join(&name)).unwrap();
    theirs.lock().unwrap();
    assert_eq!(error_of(place.open().await).kind(), ErrorKind::DatabaseInUse);
    assert!(!place.path().exists());
    assert!(!dir.bury(&name).unwrap());
    drop(theirs);
    place.open().await.unwrap().close().await.unwrap();
}

#[tokio::test]
async fn two_processes_share_the_file_and_one_leads() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let other = Process::start("hold", &place.path());
    let said = other.hear();
    let (id, leads) = said.split_once(' ').unwrap();
    assert!(store.is_leader());
    assert_eq!(leads, "false");
    assert_eq!(keys(&store).await, [format!("from-{id}")]);
    assert!(store.reap_dead_processes().await.unwrap().is_empty());
    put(&store, "a").await.unwrap();
    other.finish();
    assert!(store.reap_dead_processes().await.unwrap().is_empty());
    assert_eq!(keys(&store).await.len(), 2);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_killed_process_is_found_dead_by_its_lock_and_its_lease_is_free() {
    let place = Place::new();
    let mut other = Process::start("hold", &place.path());
    let said = other.hear();
    let (id, leads) = said.split_once(' ').unwrap();
    assert_eq!(leads, "true");
    let store = place.open().await.unwrap();
    assert!(!store.is_leader());
    assert!(store.reap_dead_processes().await.unwrap().is_empty());
    other.kill();
    assert_eq!(store.reap_dead_processes().await.unwrap(), [id.parse::<i64>().unwrap()]);
    assert!(store.reap_dead_processes().await.unwrap().is_empty());
    store.beat().await.unwrap();
    assert!(store.is_leader());
    store.close().await.unwrap();
    assert!(!place.beside("-locks").exists());
}

/// Reading the files with ordinary calls, as a copying back-up does, drops SQLite's locks; then
/// another program that opens and closes the database believes to be alone and deletes our log.
#[tokio::test]
async fn locks_dropped_by_a_copying_back_up_cost_no_acknowledged_row() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    put(&store, "a").await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        drop(std::fs::read(place.beside(suffix)).unwrap());
    }
    let stranger = Process::start("stranger", &place.path());
    assert_eq!(stranger.hear(), "written");
    stranger.finish();
    assert!(place.beside("-wal").exists() || cfg!(not(target_os = "linux")), "the log is shielded");
    let error = error_of(put(&store, "b").await);
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().contains("drops our locks"), "{error}");
    put(&store, "c").await.unwrap();
    assert_eq!(keys(&store).await, ["a", "c", "theirs"]);
    store.close().await.unwrap();
    let conn = rusqlite::Connection::open(place.path()).unwrap();
    let verdict: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

#[tokio::test]
async fn a_lock_name_in_the_table_cannot_lead_out_of_the_directory() {
    let place = Place::new();
    let victim = place.dir.path().join("p-1");
    std::fs::write(&victim, "").unwrap();
    let store = place.open().await.unwrap();
    let plant = |conn: &rusqlite::Connection| {
        let sql = "INSERT INTO processes (lock_name, pid, host, started_at, seen_at) VALUES ('../p-1', 1, '', 0, 0)";
        Ok(conn.execute(sql, [])?)
    };
    store.write("test.plant", plant).await.unwrap();
    assert_eq!(store.reap_dead_processes().await.unwrap().len(), 1);
    assert!(victim.exists());
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_process_that_must_migrate_waits_for_nobody_who_uses_the_file() {
    let place = Place::new();
    let other = Process::start("hold", &place.path());
    other.hear();
    let error = error_of(open_newer(&place.path()).await);
    assert_eq!(error.kind(), ErrorKind::DatabaseInUse);
    assert!(error.to_string().contains("close them all"), "{error}");
    other.finish();
    open_newer(&place.path()).await.unwrap().close().await.unwrap();
}

#[tokio::test]
async fn who_opens_while_another_opens_waits_for_it() {
    let place = Place::new();
    // As if a process had passed the gate and were migrating.
    let gate_dir = place.beside("-locks");
    std::fs::create_dir(&gate_dir).unwrap();
    let gate = std::fs::File::create(gate_dir.join("open")).unwrap();
    gate.lock().unwrap();
    let other = Process::start("open", &place.path());
    // It has its own lock and so has come to the gate.
    while std::fs::read_dir(&gate_dir).unwrap().count() < 2 {
        std::thread::yield_now();
    }
    assert!(!place.path().exists());
    drop(gate);
    assert_eq!(other.hear(), "opened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_that_open_a_new_file_at_once_all_get_in() {
    let place = Place::new();
    let all: Vec<_> = (0..6).map(|_| Process::start("hold", &place.path())).collect();
    let said: Vec<String> = all.iter().map(|child| child.hear()).collect();
    let leaders = said.iter().filter(|line| line.ends_with("true")).count();
    assert_eq!(leaders, 1, "{said:?}");
    all.into_iter().for_each(|child| child.finish());
    assert!(!place.beside("-locks").exists());
    let store = place.open().await.unwrap();
    assert_eq!(keys(&store).await.len(), 6);
    store.close().await.unwrap();
}

#[test]
fn locks_come_and_go_under_a_crowd_without_two_holders() {
    let place = Place::new();
    let path = place.path();
    let inside = std::sync::atomic::AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    // Of threads of one process only one can hold the process's own lock.
                    let Ok(locks) = OpeningLocks::acquire(&path) else { continue };
                    assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                    assert!(locks.is_alone());
                    inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    drop(locks.finish());
                }
            });
        }
    });
    assert!(!place.beside("-locks").exists());
}
