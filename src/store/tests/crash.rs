//! SIGKILL at random moments: what was acknowledged is there, and the file opens.

use std::time::Duration;

use super::child::Process;
use super::{Place, keys, number};

async fn require_sound(place: &Place) {
    let conn = rusqlite::Connection::open(place.path()).unwrap();
    let verdict: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

#[tokio::test]
async fn acknowledged_writes_survive_kill_9() {
    let place = Place::new();
    let mut acknowledged: Vec<String> = Vec::new();
    let (rounds, mut seed) = (number("DIANQIAO_ROUNDS", 100), number("DIANQIAO_SEED", 42));
    println!("DIANQIAO_SEED={seed} DIANQIAO_ROUNDS={rounds} replay the moments of the kills");
    for round in 0..rounds {
        let mut writer = Process::start("write", &place.path());
        acknowledged.push(writer.hear());
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros((seed >> 33) % 60_000));
        writer.kill();
        acknowledged.extend(writer.hear_rest());
        let store = place.open().await.unwrap();
        let found: std::collections::HashSet<String> = keys(&store).await.into_iter().collect();
        let lost: Vec<_> = acknowledged.iter().filter(|key| !found.contains(*key)).collect();
        assert!(lost.is_empty(), "round {round}: lost {lost:?}");
        store.close().await.unwrap();
    }
    require_sound(&place).await;
    println!("{} acknowledged writes, none lost", acknowledged.len());
}

#[tokio::test]
async fn a_file_whose_first_opening_was_killed_opens() {
    for round in 0..40_u64 {
        let place = Place::new();
        let mut opener = Process::start("open", &place.path());
        // From the moment the locks appear, a little later each round; on a busy machine it may be through
        // before we look.
        while !place.beside("-locks").exists() && !opener.has_ended() {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(round * 1500));
        opener.kill();
        let store = place.open().await.unwrap_or_else(|error| panic!("round {round}: {error}"));
        assert!(keys(&store).await.is_empty());
        store.close().await.unwrap();
        require_sound(&place).await;
    }
}

/// The rollback journal of a file's very first page, as a killed process leaves it.
#[tokio::test]
async fn a_first_page_cut_off_half_way_is_finished() {
    let (source, place) = (Place::new(), Place::new());
    let conn = rusqlite::Connection::open(source.path()).unwrap();
    conn.execute_batch("PRAGMA user_version = 1; BEGIN; PRAGMA user_version = 2").unwrap();
    conn.cache_flush().unwrap();
    for suffix in ["", "-journal"] {
        std::fs::copy(source.beside(suffix), place.beside(suffix)).unwrap();
    }
    assert!(std::fs::metadata(place.beside("-journal")).unwrap().len() > 0);
    let store = place.open().await.unwrap();
    assert!(!place.beside("-journal").exists());
    store.close().await.unwrap();
    require_sound(&place).await;
}
