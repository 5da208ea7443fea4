use super::*;
use crate::model::PageRequest;
use crate::store::fixture::{NOW, PROCESS, at, database, number, run, shop};

fn start(shop: ShopId, kind: RunKind, owner_process: i64) -> NewRun {
    let (mode, actor) = (RunMode::Full, "u1".to_owned());
    NewRun { shop, kind, mode, backfill: None, actor, owner_process, now: NOW }
}

fn finish(conn: &Connection, id: RunId, state: RunState) -> Result<Run> {
    finish_run(conn, id, state, None, at(5))
}

#[test]
fn one_run_of_a_kind_is_under_way_for_a_shop() {
    let conn = database();
    let shop = shop(&conn);
    let StartRun::Started(orders) = start_run(&conn, &start(shop, RunKind::Orders, PROCESS)).unwrap() else {
        panic!("the first run starts");
    };
    assert_eq!((orders.state, orders.mode, orders.started_at), (RunState::Running, RunMode::Full, NOW));
    let again = start_run(&conn, &start(shop, RunKind::Orders, PROCESS)).unwrap();
    assert_eq!(again, StartRun::Busy(orders.id));
    let products = start_run(&conn, &start(shop, RunKind::Products, PROCESS)).unwrap();
    assert!(matches!(products, StartRun::Started(_)));
    finish(&conn, orders.id, RunState::Failed).unwrap();
    let next = start_run(&conn, &start(shop, RunKind::Orders, PROCESS)).unwrap();
    assert!(matches!(next, StartRun::Started(_)));
    let unknown = start_run(&conn, &start(ShopId(9), RunKind::Orders, PROCESS)).unwrap_err();
    assert_eq!(unknown.code(), "NOT_FOUND");
}

#[test]
fn sql_refuses_a_second_running_run_and_every_change_of_an_ended_one() {
    for ended in ["done", "failed", "cancelled", "interrupted"] {
        let conn = database();
        let shop = shop(&conn);
        let id = run(&conn, shop, RunKind::Orders);
        let copy =
            "INSERT INTO runs (shop_id, kind, mode, state, actor, owner_process, started_at, updated_at)
            SELECT shop_id, kind, mode, state, actor, owner_process, started_at, updated_at FROM runs";
        assert!(conn.execute(copy, []).is_err());
        conn.execute("UPDATE runs SET state = ?1, finished_at = 1", [ended]).unwrap();
        for state in ["running", "done", "failed", "cancelled", "interrupted"] {
            let sql = "UPDATE runs SET state = ?1, finished_at = iif(?1 = 'running', NULL, 1)";
            assert!(conn.execute(sql, [state]).is_err(), "{ended} → {state}");
        }
        assert!(conn.execute("UPDATE runs SET written = 1", []).is_err());
        assert_eq!(get_run(&conn, id).unwrap().state.as_str(), ended);
    }
}

#[test]
fn sql_refuses_unknown_states_and_runs_that_begin_at_their_end() {
    let conn = database();
    let shop = shop(&conn);
    run(&conn, shop, RunKind::Orders);
    assert!(conn.execute("UPDATE runs SET state = 'paused', finished_at = 1", []).is_err());
    assert!(conn.execute("UPDATE runs SET state = 'done'", []).is_err(), "an end has a time");
    let sql = "INSERT INTO runs (shop_id, kind, mode, state, actor, owner_process, started_at, updated_at, finished_at)
        VALUES (?1, 'products', 'full', 'done', 'a', 1, 1, 1, 1)";
    assert!(conn.execute(sql, [shop]).is_err());
}

#[test]
fn a_run_ends_once_and_only_a_good_end_is_the_shops_newest_sync() {
    let conn = database();
    let shop = shop(&conn);
    let synced = |conn: &Connection| crate::store::shop::get_shop(conn, shop).unwrap().last_synced_at;
    let failed = run(&conn, shop, RunKind::Orders);
    let error = ("TRANSIENT".to_owned(), "try again".to_owned());
    let ended = finish_run(&conn, failed, RunState::Failed, Some(&error), at(5)).unwrap();
    assert_eq!((ended.error_code, ended.finished_at), (Some(error.0), Some(at(5))));
    assert_eq!(synced(&conn), None);
    let done = run(&conn, shop, RunKind::Orders);
    finish(&conn, done, RunState::Done).unwrap();
    assert_eq!(synced(&conn), Some(at(5)));
    for state in [RunState::Done, RunState::Failed] {
        assert_eq!(finish(&conn, done, state).unwrap_err().code(), "CONFLICT");
    }
    assert_eq!(finish(&conn, RunId(99), RunState::Done).unwrap_err().code(), "NOT_FOUND");
    assert_eq!(finish(&conn, done, RunState::Running).unwrap_err().code(), "INTERNAL");
}

#[test]
fn a_cancel_is_seen_by_the_next_step_and_refused_after_the_end() {
    let conn = database();
    let shop = shop(&conn);
    let id = run(&conn, shop, RunKind::Orders);
    let step = Step { listed: 2, list_total: Some(9), calls: 1, ..Step::default() };
    assert!(!advance(&conn, id, &step, at(1)).unwrap().1);
    request_cancel(&conn, id, at(2)).unwrap();
    let (progress, cancelled) = advance(&conn, id, &Step { listed: 3, ..Step::default() }, at(3)).unwrap();
    assert!(cancelled);
    assert_eq!((progress.listed, progress.list_total, progress.calls), (5, Some(9), 1));
    add_calls(&conn, id, 4).unwrap();
    finish(&conn, id, RunState::Cancelled).unwrap();
    assert_eq!(request_cancel(&conn, id, at(6)).unwrap_err().code(), "CONFLICT");
    assert_eq!(request_cancel(&conn, RunId(99), at(6)).unwrap_err().code(), "NOT_FOUND");
    add_calls(&conn, id, 4).unwrap();
    assert_eq!(get_run(&conn, id).unwrap().progress.calls, 5);
    assert_eq!(set_stage(&conn, id, Stage::Detail, None, at(7)).unwrap_err().code(), "CONFLICT");
}

#[test]
fn a_stage_keeps_the_total_that_is_known() {
    let conn = database();
    let shop = shop(&conn);
    let id = run(&conn, shop, RunKind::Products);
    assert_eq!(set_stage(&conn, id, Stage::Detail, Some(7), at(1)).unwrap().progress.detail_total, Some(7));
    let run = set_stage(&conn, id, Stage::Detail, None, at(2)).unwrap();
    assert_eq!((run.stage, run.progress.detail_total, run.updated_at), (Some(Stage::Detail), Some(7), at(2)));
}

#[test]
fn runs_of_dead_and_of_vanished_processes_are_interrupted_and_no_others() {
    let conn = database();
    let shop = shop(&conn);
    let sql =
        "INSERT INTO processes (id, lock_name, pid, host, started_at, seen_at) VALUES (2, 'q', 2, 'h', 0, 0)";
    conn.execute(sql, []).unwrap();
    let alive = run(&conn, shop, RunKind::Orders);
    assert_eq!(interrupt_runs(&conn, &[], NOW).unwrap(), 0);
    let start_of = |owner| match start_run(&conn, &start(shop, RunKind::Products, owner)).unwrap() {
        StartRun::Started(run) => run.id,
        StartRun::Busy(_) => panic!("the one before was interrupted"),
    };
    let dead = start_of(2);
    assert_eq!(interrupt_runs(&conn, &[2, 77], at(1)).unwrap(), 1);
    let vanished = start_of(55);
    assert_eq!(interrupt_runs(&conn, &[55], at(2)).unwrap(), 1, "counted once though both rules hit");
    for id in [dead, vanished] {
        assert_eq!(get_run(&conn, id).unwrap().state, RunState::Interrupted);
    }
    assert_eq!(get_run(&conn, alive).unwrap().state, RunState::Running);
}

#[test]
fn runs_are_listed_newest_first_and_every_page_goes_on_where_the_one_before_ended() {
    let conn = database();
    let shop = shop(&conn);
    let ids: Vec<_> = (0..7)
        .map(|n| {
            let kind = if n % 2 == 0 { RunKind::Orders } else { RunKind::Products };
            let id = run(&conn, shop, kind);
            finish(&conn, id, if n < 5 { RunState::Done } else { RunState::Failed }).unwrap();
            id
        })
        .collect();
    let walk = |filter: RunFilter| {
        let mut page = PageRequest { limit: Some(2), cursor: None };
        let mut seen = Vec::new();
        loop {
            let found = list_runs(&conn, &RunFilter { page: page.clone(), ..filter.clone() }).unwrap();
            seen.extend(found.items.iter().map(|run| run.id));
            match found.next_cursor {
                Some(cursor) => page.cursor = Some(cursor),
                None => return seen,
            }
        }
    };
    let newest_first: Vec<_> = ids.iter().rev().copied().collect();
    assert_eq!(walk(RunFilter::default()), newest_first);
    assert_eq!(walk(RunFilter { shop_id: Some(shop), ..RunFilter::default() }), newest_first);
    assert_eq!(walk(RunFilter { state: Some(RunState::Failed), ..RunFilter::default() }), [ids[6], ids[5]]);
    let products = RunFilter { kind: Some(RunKind::Products), shop_id: Some(shop), ..RunFilter::default() };
    assert_eq!(walk(products), [ids[5], ids[3], ids[1]]);
    assert!(walk(RunFilter { shop_id: Some(ShopId(9)), ..RunFilter::default() }).is_empty());
    assert_eq!(number(&conn, "SELECT count(*) FROM runs", []), 7);
}
