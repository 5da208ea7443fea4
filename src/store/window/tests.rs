use super::*;
use crate::model::{RunMode, RunState};
use crate::store::fixture::{NOW, PROCESS, at, database, new_window, number, page, run, shop};
use crate::store::page::{OrderRow, store_page};
use crate::store::run::{NewRun, StartRun, finish_run, start_run};

const KIND: RunKind = RunKind::Orders;

fn plan(conn: &Connection, shop: ShopId, run: RunId, windows: Vec<NewWindow>) -> Vec<Window> {
    plan_windows(conn, &Plan { shop, kind: KIND, run, windows, now: NOW }).unwrap()
}

fn finish(conn: &Connection, shop: ShopId, run: RunId, window: i64) {
    let mut last = page::<OrderRow>(shop, run, window);
    last.done = true;
    store_page(conn, &last).unwrap();
}

#[test]
fn windows_are_read_oldest_first_and_go_on_where_they_were() {
    let conn = database();
    let shop = shop(&conn);
    let run = run(&conn, shop, KIND);
    let open = plan(&conn, shop, run, vec![new_window(50, 90), new_window(0, 50)]);
    assert_eq!(open.iter().map(|w| (w.from, w.to)).collect::<Vec<_>>(), [(at(0), at(50)), (at(50), at(90))]);
    store_page(&conn, &page::<OrderRow>(shop, run, open[0].id)).unwrap();
    assert_eq!(open_windows(&conn, shop, KIND).unwrap()[0].place.as_deref(), Some("next"));
    finish(&conn, shop, run, open[0].id);
    let left = open_windows(&conn, shop, KIND).unwrap();
    assert_eq!(left, &open[1..]);
    assert!(open_windows(&conn, shop, RunKind::Products).unwrap().is_empty());
}

#[test]
fn the_frontier_counts_open_and_read_windows_of_this_shop_and_kind() {
    let conn = database();
    let shop = shop(&conn);
    let run = run(&conn, shop, KIND);
    assert_eq!(frontier(&conn, shop, KIND).unwrap(), None);
    let open = plan(&conn, shop, run, vec![new_window(0, 50), new_window(50, 90)]);
    assert_eq!(frontier(&conn, shop, KIND).unwrap(), Some(at(90)));
    finish(&conn, shop, run, open[1].id);
    assert_eq!(frontier(&conn, shop, KIND).unwrap(), Some(at(90)));
    assert_eq!(frontier(&conn, shop, RunKind::Products).unwrap(), None);
    drop_windows(&conn, shop, KIND).unwrap();
    assert_eq!(frontier(&conn, shop, KIND).unwrap(), None);
}

#[test]
fn tidying_up_keeps_the_newest_windows_and_never_moves_the_frontier_back() {
    let conn = database();
    let shop = shop(&conn);
    let run = run(&conn, shop, KIND);
    // The widest reach is the oldest row: only its time keeps it.
    let reach = plan(&conn, shop, run, vec![new_window(0, 100_000)]);
    finish(&conn, shop, run, reach[0].id);
    for start in 0..KEPT_WINDOWS + 20 {
        let open = plan(&conn, shop, run, vec![new_window(start, start + 1)]);
        finish(&conn, shop, run, open[0].id);
    }
    let open = plan(&conn, shop, run, vec![new_window(7, 8)]);
    assert_eq!(open.len(), 1);
    assert_eq!(number(&conn, "SELECT count(*) FROM sync_windows WHERE state = 'done'", []), KEPT_WINDOWS);
    assert_eq!(frontier(&conn, shop, KIND).unwrap(), Some(at(100_000)));
}

#[test]
fn a_split_window_covers_what_the_whole_did_and_starts_over() {
    let conn = database();
    let shop = shop(&conn);
    let run = run(&conn, shop, KIND);
    let window = NewWindow { settled: at(80), ..new_window(0, 100) };
    let whole = plan(&conn, shop, run, vec![window]).remove(0);
    let mut first_page = page::<OrderRow>(shop, run, whole.id);
    first_page.bad = vec![crate::store::fixture::bad(None, 1)];
    store_page(&conn, &first_page).unwrap();

    let (old, new) = split_window(&conn, whole.id, at(40), NOW).unwrap();
    assert_eq!((old.from, old.to, old.settled), (at(0), at(40), at(40)));
    assert_eq!((new.from, new.to, new.settled), (at(40), at(100), at(80)));
    assert_eq!((old.place.as_ref(), new.place.as_ref(), old.listed, new.listed), (None, None, 0, 0));
    assert_eq!(open_windows(&conn, shop, KIND).unwrap(), [old.clone(), new]);
    assert_eq!(frontier(&conn, shop, KIND).unwrap(), Some(at(80)));
    let (older, newer) = split_window(&conn, old.id, at(39), NOW).unwrap();
    assert_eq!((older.settled, newer.settled), (at(39), at(40)));
}

#[test]
fn a_window_is_cut_inside_and_only_while_it_is_open() {
    let conn = database();
    let shop = shop(&conn);
    let run = run(&conn, shop, KIND);
    let id = plan(&conn, shop, run, vec![new_window(0, 100)])[0].id;
    for outside in [-1, 0, 100, 101] {
        assert_eq!(split_window(&conn, id, at(outside), NOW).unwrap_err().code(), "INVALID_REQUEST");
    }
    finish(&conn, shop, run, id);
    assert_eq!(split_window(&conn, id, at(40), NOW).unwrap_err().code(), "CONFLICT");
    assert_eq!(split_window(&conn, id + 1, at(40), NOW).unwrap_err().code(), "NOT_FOUND");
    assert!(conn.execute("UPDATE sync_windows SET state = 'open'", []).is_err());
}

#[test]
fn a_window_that_ends_before_it_starts_is_refused() {
    let conn = database();
    let shop = shop(&conn);
    let run = run(&conn, shop, KIND);
    let windows = vec![new_window(1, 0)];
    let error = plan_windows(&conn, &Plan { shop, kind: KIND, run, windows, now: NOW }).unwrap_err();
    assert_eq!(error.code(), "INVALID_REQUEST");
}

fn backfill(
    conn: &Connection,
    shop: ShopId,
    range: TimeRange,
    windows: Vec<NewWindow>,
) -> (RunId, Vec<Window>) {
    let start = NewRun {
        shop,
        kind: KIND,
        mode: RunMode::Backfill,
        backfill: Some(range),
        actor: "u".to_owned(),
        owner_process: PROCESS,
        now: NOW,
    };
    let StartRun::Started(run) = start_run(conn, &start).unwrap() else { panic!("nothing else runs") };
    assert_eq!((run.mode, run.backfill), (RunMode::Backfill, Some(range)));
    let open = plan_backfill(conn, run.id, range, windows, NOW).unwrap();
    (run.id, open)
}

#[test]
fn a_backfill_goes_on_with_its_own_windows_and_touches_no_others() {
    let conn = database();
    let shop = shop(&conn);
    let range = TimeRange { from: at(-900), to: at(-100) };
    let (run_id, open) = backfill(&conn, shop, range, vec![new_window(-900, -500), new_window(-500, -100)]);
    assert_eq!(frontier(&conn, shop, KIND).unwrap(), None, "the first sync is still to come");
    finish(&conn, shop, run_id, open[0].id);
    finish_run(&conn, run_id, RunState::Cancelled, None, NOW).unwrap();

    let normal = run(&conn, shop, KIND);
    let mine = plan(&conn, shop, normal, vec![new_window(0, 50), new_window(50, 90)]);
    assert_eq!(mine.len(), 2, "the sync does not read what the backfill left");
    finish(&conn, shop, normal, mine[0].id);
    finish_run(&conn, normal, RunState::Cancelled, None, NOW).unwrap();

    let (again, left) = backfill(&conn, shop, range, vec![new_window(-900, -100)]);
    assert_eq!(left, &open[1..], "the same stretch goes on where it was");
    let (half, rest) = split_window(&conn, left[0].id, at(-300), NOW).unwrap();
    assert_eq!(open_windows(&conn, shop, KIND).unwrap(), &mine[1..]);
    for part in [half, rest] {
        finish(&conn, shop, again, part.id);
    }
    finish_run(&conn, again, RunState::Done, None, NOW).unwrap();
    assert_eq!(number(&conn, "SELECT count(*) FROM shops WHERE last_synced_at IS NOT NULL", []), 0);
    assert_eq!(frontier(&conn, shop, KIND).unwrap(), Some(at(90)));

    let other = TimeRange { from: at(-50), to: at(-40) };
    let (last, fresh) = backfill(&conn, shop, other, vec![new_window(-50, -40)]);
    assert_eq!(fresh.len(), 1);
    drop_windows(&conn, shop, KIND).unwrap();
    assert_eq!(
        plan_backfill(&conn, last, other, Vec::new(), NOW).unwrap(),
        fresh,
        "a full sync leaves it alone"
    );
}
