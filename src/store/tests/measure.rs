//! Numbers, taken by hand: `cargo test --features test-util --lib store::tests::measure -- --ignored --nocapture`.

use std::path::PathBuf;

use tokio::time::Instant;

use super::{Place, open, put};

const CALLERS: usize = 64;
const EACH: usize = 100;

/// Where to measure: on a disk, not on tmpfs.
fn disk() -> Place {
    let root = std::env::var_os("DIANQIAO_MEASURE_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    Place { dir: tempfile::tempdir_in(root).unwrap() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn group_commit_against_one_commit_per_caller() {
    let place = disk();
    let store = open(&place.path()).await.unwrap();
    let started = Instant::now();
    let tasks: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0..EACH {
                    put(&store, format!("{caller}-{n}")).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    report("group commit, 64 callers", CALLERS * EACH, started);

    let started = Instant::now();
    for n in 0..500 {
        put(&store, format!("single-{n}")).await.unwrap();
    }
    report("one caller, one commit each", 500, started);
    store.close().await.unwrap();
}

/// The price of asking for our locks: three times per commit, of two files each.
#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "a measurement"]
async fn asking_for_our_locks() {
    use crate::store::{system, watch::Watch};
    let place = disk();
    let store = open(&place.path()).await.unwrap();
    let paths = [place.path(), place.beside("-shm")];
    let [database, index] = paths.each_ref().map(|path| (path.as_path(), system::file_id(path).unwrap()));
    let mut watch = Watch::default();
    // Their byte is taken by the store of the same process, whose mark this one would be.
    watch.set(database, index).unwrap();
    let started = Instant::now();
    for _ in 0..100_000 {
        assert!(watch.holds());
    }
    println!("one question about both files: {:?}", started.elapsed() / 100_000);
    store.close().await.unwrap();
}

/// The price of a turn that nobody else wants: once per commit.
#[tokio::test]
#[ignore = "a measurement"]
async fn taking_turns() {
    let place = disk();
    let locks = crate::store::lock::OpeningLocks::acquire(&place.path()).unwrap().finish();
    let started = Instant::now();
    for _ in 0..100_000 {
        drop(locks.take_turn().unwrap());
    }
    println!("one turn: {:?}", started.elapsed() / 100_000);
}

fn report(what: &str, writes: usize, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    println!("{what}: {writes} writes in {seconds:.2} s = {:.0}/s", writes as f64 / seconds);
}

#[tokio::test]
#[ignore = "a measurement"]
async fn opening_with_and_without_a_check_of_every_page() {
    let place = disk();
    for megabytes in [0, 16, 15, 64] {
        let store = open(&place.path()).await.unwrap();
        let fill = move |conn: &rusqlite::Connection| {
            for _ in 0..megabytes * 256 {
                conn.execute("INSERT INTO meta VALUES (hex(randomblob(16)), hex(randomblob(1950)))", [])?;
            }
            Ok(())
        };
        store.write("measure.fill", fill).await.unwrap();
        store.close().await.unwrap();
        let bytes = std::fs::metadata(place.path()).unwrap().len();
        let started = Instant::now();
        let store = open(&place.path()).await.unwrap();
        println!("open with {} MiB: {:?}", bytes >> 20, started.elapsed());
        store.close().await.unwrap();
    }
}
