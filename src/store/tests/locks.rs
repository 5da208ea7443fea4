//! Other software in our process drops our locks: it is noticed before anything is committed.

use std::collections::HashSet;
use std::fs::File;
use std::time::Duration;

use super::child::Process;
use super::{Place, error_of, keys, number, put};
use crate::Retry;
use crate::error::ErrorKind;

/// What any descriptor of the file that is closed in this process does.
fn touch(place: &Place, suffix: &str) {
    drop(File::open(place.beside(suffix)));
}

fn integrity(place: &Place) -> String {
    let conn = rusqlite::Connection::open(place.path()).unwrap();
    conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_foreign_look_at_the_file_is_noticed_and_the_next_write_works() {
    for suffix in ["", "-shm"] {
        let place = Place::new();
        let store = place.open().await.unwrap();
        put(&store, "a").await.unwrap();
        touch(&place, suffix);
        let error = error_of(put(&store, "b").await);
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Storage, Retry::Backoff), "{suffix}");
        assert!(error.to_string().contains("drops our locks"), "{error}");
        put(&store, "c").await.unwrap();
        assert_eq!(keys(&store).await, ["a", "c"], "{suffix}: nothing of the refused write");
        store.close().await.unwrap();
        assert_eq!(integrity(&place), "ok");
    }
}

#[tokio::test]
async fn locks_lost_inside_a_transaction_are_noticed_before_its_commit() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    for suffix in ["", "-shm"] {
        let file = place.beside(suffix);
        let write = store.write("test.foreign", move |conn| {
            conn.execute("INSERT INTO meta VALUES ('a', 'x')", [])?;
            drop(File::open(&file));
            Ok(())
        });
        assert!(error_of(write.await).to_string().contains("nothing was written"));
        assert!(keys(&store).await.is_empty());
    }
    store.close().await.unwrap();
}

/// Nobody locks the log itself, so looking at it is harmless.
#[tokio::test]
async fn our_own_connections_and_a_look_at_the_log_do_not_alarm() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    for n in 0..20 {
        touch(&place, "-wal");
        put(&store, format!("{n:02}")).await.unwrap();
        assert_eq!(keys(&store).await.len(), n + 1);
    }
    // Closing without our locks must not save a log that others may have saved before.
    touch(&place, "");
    store.close().await.unwrap();
    let again = place.open().await.unwrap();
    assert_eq!(keys(&again).await.len(), 20);
    again.close().await.unwrap();
}

/// `DIANQIAO_ROUNDS` of them, 200 unless told. The foreign looks happen before a transaction or in it;
/// one in the very moment of a commit is noticed, but cannot be undone any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_row_is_lost_while_another_program_comes_and_goes() {
    let rounds = number("DIANQIAO_ROUNDS", 200) as usize;
    let place = Place::new();
    let store = place.open().await.unwrap();
    let mut others = Process::start("strangers", &place.path());
    others.hear();
    let (mut acknowledged, mut noticed) = (Vec::new(), 0);
    for round in 0..rounds {
        let file = place.beside(["", "-shm"][round % 2]);
        let (key, inside) = (format!("ours-{round}"), round % 3 == 0);
        if !inside {
            drop(std::fs::read(&file));
        }
        let looked = store.write("test.foreign", {
            let key = key.clone();
            move |conn| {
                conn.execute("INSERT INTO meta VALUES (?1, 'x')", [key])?;
                if inside {
                    drop(std::fs::read(&file));
                }
                Ok(())
            }
        });
        match looked.await {
            Err(error) => {
                assert!(error.to_string().contains("drops our locks"), "{error}");
                noticed += 1;
                put(&store, key.clone()).await.unwrap();
            }
            // The heartbeat's write came in between, noticed it, and took the locks anew.
            Ok(()) => assert!(!inside, "round {round} was not noticed"),
        }
        acknowledged.push(key);
    }
    assert!(noticed >= rounds * 9 / 10, "{noticed} of {rounds} looks noticed by the writes after them");
    others.kill();
    let theirs = others.hear_rest();
    let found: HashSet<String> = keys(&store).await.into_iter().collect();
    let lost: Vec<_> = acknowledged.iter().filter(|key| !found.contains(*key)).collect();
    assert!(lost.is_empty(), "lost {lost:?}");
    store.close().await.unwrap();
    assert_eq!(integrity(&place), "ok");
    let theirs_lost = theirs.iter().filter(|key| !found.contains(*key)).count();
    println!(
        "{rounds} rounds: {} acknowledged, none lost; {noticed} refused; of the other program's {} rows {theirs_lost} lost",
        acknowledged.len(),
        theirs.len()
    );
}

/// Foreign looks at any moment, that of a commit included, while `role` opens, writes and closes.
/// Answers how many rows of the other side's were said to be stored and are not there.
async fn race(role: &str) -> usize {
    let (rounds, mut seed) = (number("DIANQIAO_ROUNDS", 200), number("DIANQIAO_SEED", 1));
    println!("DIANQIAO_SEED={seed} DIANQIAO_ROUNDS={rounds} replay the moments of the looks, not the races");
    let place = Place::new();
    let store = place.open().await.unwrap();
    let mut others = Process::start(role, &place.path());
    others.hear();
    let (mut acknowledged, mut noticed) = (Vec::new(), 0);
    for round in 0..rounds {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let file = place.beside(["", "-shm"][(seed >> 62) as usize % 2]);
        let pause = Duration::from_micros((seed >> 33) % 4000);
        let foreign = tokio::task::spawn_blocking(move || {
            std::thread::sleep(pause);
            drop(std::fs::read(file));
        });
        for n in 0..8 {
            let key = format!("ours-{round}-{n}");
            match put(&store, key.clone()).await {
                Ok(()) => acknowledged.push(key),
                Err(error) => {
                    assert_eq!(
                        (error.kind(), error.retry()),
                        (ErrorKind::Storage, Retry::Backoff),
                        "{error}"
                    );
                    noticed += 1;
                }
            }
        }
        foreign.await.unwrap();
    }
    others.kill();
    let theirs = others.hear_rest();
    // The first write after the last look finds the locks gone, the next one works.
    let _ = put(&store, "last but one").await;
    put(&store, "last").await.unwrap();
    let found: HashSet<String> = keys(&store).await.into_iter().collect();
    let lost: Vec<_> = acknowledged.iter().filter(|key| !found.contains(*key)).collect();
    assert!(lost.is_empty(), "lost {lost:?} of {} acknowledged", acknowledged.len());
    assert!(noticed >= rounds / 3, "{noticed} of {rounds} noticed");
    store.close().await.unwrap();
    assert_eq!(integrity(&place), "ok");
    let theirs_lost = theirs.iter().filter(|key| !found.contains(*key)).count();
    println!(
        "{rounds} looks: {} acknowledged, none lost; {noticed} refused; of the others' {} rows {theirs_lost} lost",
        acknowledged.len(),
        theirs.len()
    );
    theirs_lost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_in_the_moment_of_a_commit_costs_no_row_among_processes_of_this_library() {
    assert_eq!(race("comers").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "rows do get lost, now and then: another SQLite program does not know our turns, and takes the lock of \
            writers that the look dropped while our commit is being written"]
async fn a_look_in_the_moment_of_a_commit_while_another_program_writes() {
    race("residents").await;
}
