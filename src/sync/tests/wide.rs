//! A stretch that is longer than what is planned at a time.

use super::{Desk, World, runtime, scratch};
use crate::model::{RunKind, UtcMillis};
use crate::sync::tests::{BEGIN, HOUR, Wish};
use std::sync::Arc;

#[test]
fn a_year_is_read_window_by_window_with_a_bounded_number_of_rows() {
    let folder = scratch();
    let path = folder.path().join("shop.db");
    let world = Arc::new(World::new(11));
    runtime().block_on(async {
        world.resume();
        let since = UtcMillis(BEGIN - 365 * 24 * HOUR);
        let desk = Desk::open(&world, &path).await;
        for until in [None, Some(UtcMillis(BEGIN))] {
            let run = desk.sync(RunKind::Orders, Wish { since: Some(since), until, full: false });
            // The first sync of the desk reads the world's history alone; so twice.
            run.await.unwrap();
            let again = Wish { since: Some(since), until, full: false };
            let calls = desk.sync(RunKind::Orders, again).await.unwrap().progress.calls;
            assert!(calls >= 1_460, "{calls}: a call for each six hours");
        }
        desk.sync(RunKind::Products, Wish::default()).await.unwrap();
        desk.check(&world, "in the end").await;
        desk.assert_equal(&world, 11).await;
        desk.close().await;
    });
    let conn = rusqlite::Connection::open(&path).unwrap();
    let count = "SELECT count(*) FILTER (WHERE backfill_from IS NULL), count(*), count(*) FILTER (WHERE state = 'open')
        FROM sync_windows";
    let row = conn.query_row(count, [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
    });
    let (normal, all, open) = row.unwrap();
    assert!(normal < 1_300 && all < 2_600 && open == 0, "{normal} {all} {open}");
}
