use rusqlite::params;

use super::open::{OPEN, open_changes};
use super::*;
use crate::model::{OpenChanges, Operation};
use crate::store::fixture::{NOW, PROCESS, at, database, shop};
use crate::store::schema::plan;

fn price(fen: i64) -> Wanted {
    Wanted::Price { product: "1".into(), sku: "2".into(), fen }
}

fn wish(shop: ShopId, wanted: Wanted) -> NewSend {
    let key = matches!(wanted, Wanted::AddStock { .. }).then(|| "k".to_owned());
    NewSend { shop, wanted, idempotency_key: key, actor: "u".into(), now: NOW, expires_at: at(1000) }
}

fn queued(conn: &Connection, shop: ShopId, wanted: Wanted) -> ChangeId {
    match enqueue(conn, &wish(shop, wanted)).unwrap() {
        Enqueued::New { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

fn claim(conn: &Connection, id: ChangeId) -> Option<SendRow> {
    let claim = Claim { process: PROCESS, lease_until: at(100), now: NOW };
    claim_send(conn, &get(conn, id).unwrap(), claim).unwrap()
}

fn step(to: ChangeState) -> MoveSend {
    let evidence = (to == ChangeState::Accepted).then_some(Evidence::Answer);
    MoveSend {
        to,
        evidence,
        unsure: false,
        looked: false,
        due_at: None,
        expires_at: None,
        error: None,
        became: None,
        now: NOW,
    }
}

fn moved(conn: &Connection, send: &SendRow, to: ChangeState) -> Option<SendRow> {
    move_send(conn, (send.change.id, send.change.state, send.epoch), &step(to)).unwrap()
}

/// Brings a new change into a state by legal steps.
fn bring(conn: &Connection, shop: ShopId, state: ChangeState) -> ChangeId {
    use ChangeState::{Intent, NeedsHuman, Queued, Unknown};
    let id = queued(conn, shop, price(1));
    let path: &[ChangeState] = match state {
        Queued => &[],
        ChangeState::Cancelled | ChangeState::Expired | ChangeState::Superseded => &[state],
        Intent => &[Intent],
        NeedsHuman => &[Intent, Unknown, NeedsHuman],
        other => &[Intent, other],
    };
    for to in path {
        match to {
            Intent => assert!(claim(conn, id).is_some()),
            to => assert!(moved(conn, &get(conn, id).unwrap(), *to).is_some(), "{to}"),
        }
    }
    id
}

/// The pairs that the drawing allows, read from the schema's own text.
fn legal(from: ChangeState, to: ChangeState) -> bool {
    include_str!("../migrations/0007_listings.sql").contains(&format!("'{from}>{to}'"))
}

#[test]
fn sqlite_refuses_every_step_that_is_not_drawn_and_takes_every_one_that_is() {
    for &from in ChangeState::ALL {
        for &to in ChangeState::ALL {
            let conn = database();
            let id = bring(&conn, shop(&conn), from);
            // Everything else of the row is right for the new state.
            let sql = "UPDATE sends SET state = ?2, evidence = iif(?2 = 'accepted', 'answer', NULL),
                owner_process = iif(?2 = 'intent', 1, NULL), lease_until = iif(?2 = 'intent', 1, NULL),
                finished_at = iif(?3, 1, NULL) WHERE id = ?1";
            let done = conn.execute(sql, params![id, to, to.is_final()]).is_ok();
            let stays = from == to && !from.is_final();
            assert_eq!(done, stays || legal(from, to), "{from} to {to}");
        }
    }
}

#[test]
fn a_change_starts_queued_and_what_it_wants_never_changes() {
    let conn = database();
    let id = queued(&conn, shop(&conn), price(1));
    for set in ["wanted = '{}'", "target = 'x'", "actor = 'x'", "idempotency_key = 'x'", "epoch = -1"] {
        assert!(conn.execute(&format!("UPDATE sends SET {set} WHERE id = ?1"), [id]).is_err(), "{set}");
    }
    let sql = "INSERT INTO sends (shop_id, operation, target, wanted, state, expires_at, actor, created_at, updated_at)
        VALUES (1, 'products.price', 't', '{}', 'unknown', 0, 'u', 0, 0)";
    assert!(conn.execute(sql, []).is_err());
}

#[test]
fn one_waits_and_one_is_under_way_and_the_newest_value_takes_the_place() {
    let conn = database();
    let shop = shop(&conn);
    let first = queued(&conn, shop, price(1));
    assert_eq!(enqueue(&conn, &wish(shop, price(1))).unwrap(), Enqueued::Same(first));
    let second = enqueue(&conn, &wish(shop, price(2))).unwrap();
    let Enqueued::New { id: second, replaced } = second else { panic!("{second:?}") };
    assert_eq!(replaced, Some(first));
    assert_eq!(get(&conn, first).unwrap().change.state, ChangeState::Superseded);
    assert!(claim(&conn, second).is_some());
    let third = queued(&conn, shop, price(3));
    assert!(claim(&conn, third).is_none(), "another is under way");
    assert_eq!(under_way_beside(&conn, third).unwrap(), Some(second));
    let sent = get(&conn, second).unwrap();
    assert!(sent.another_waits);
    assert!(moved(&conn, &sent, ChangeState::RetryWait).is_none(), "its place is taken");
    let unknown = moved(&conn, &sent, ChangeState::Unknown).unwrap();
    assert!(claim(&conn, second).is_none(), "an older value is never sent again");
    assert!(moved(&conn, &sent, ChangeState::Accepted).is_none(), "it has moved meanwhile");
    assert!(moved(&conn, &unknown, ChangeState::Superseded).is_some());
    assert!(claim(&conn, third).is_some());
    let other = queued(&conn, shop, Wanted::Price { product: "1".into(), sku: "3".into(), fen: 3 });
    assert!(claim(&conn, other).is_some(), "another target");
    assert!(enqueue(&conn, &wish(ShopId(9), price(1))).is_err(), "no such shop");
}

#[test]
fn additions_are_never_the_same_and_never_replaced() {
    let conn = database();
    let shop = shop(&conn);
    let add = || Wanted::AddStock { product: "1".into(), sku: "2".into(), delta: 1 };
    let first = queued(&conn, shop, add());
    assert_eq!(enqueue(&conn, &wish(shop, add())).unwrap(), Enqueued::Busy(first));
    assert_eq!(get(&conn, first).unwrap().change.operation, Operation::Stock);
    claim(&conn, first).unwrap();
    let second = queued(&conn, shop, add());
    let sent = get(&conn, first).unwrap();
    moved(&conn, &sent, ChangeState::Unknown).unwrap();
    assert!(claim(&conn, first).is_some(), "sent again with its key, whatever waits");
    assert!(claim(&conn, second).is_none());
}

#[test]
fn calls_of_dead_processes_and_overdue_ones_are_unknown_and_their_epoch_is_over() {
    let conn = database();
    let shop = shop(&conn);
    let id = queued(&conn, shop, price(1));
    let sent = claim(&conn, id).unwrap();
    assert!(lose(&conn, &[], NOW).unwrap().is_empty());
    assert_eq!(lose(&conn, &[PROCESS], NOW).unwrap(), [id]);
    let lost = get(&conn, id).unwrap();
    assert_eq!((lost.change.state, lost.unsure), (ChangeState::Unknown, true));
    assert!(lost.epoch > sent.epoch);
    assert!(moved(&conn, &sent, ChangeState::Rejected).is_none(), "who lost it cannot write it");
    claim(&conn, id).unwrap();
    assert_eq!(lose(&conn, &[], at(101)).unwrap(), [id], "the lease is over");
    claim(&conn, id).unwrap();
    conn.execute("DELETE FROM processes", []).unwrap();
    assert_eq!(lose(&conn, &[], NOW).unwrap(), [id], "its process is gone");
}

#[test]
fn what_is_due_is_found_by_an_index_and_old_wishes_end() {
    let conn = database();
    let shop = shop(&conn);
    let id = queued(&conn, shop, price(1));
    let due = |now| all::<ChangeId>(&conn, DUE, params![now, 9], |row| row.get(0)).unwrap();
    assert_eq!(due(NOW), [id]);
    for step in plan(&conn, DUE) {
        assert!(!step.starts_with("SCAN"), "{step}");
    }
    let sent = claim(&conn, id).unwrap();
    assert!(due(at(9999)).is_empty());
    let later = MoveSend { due_at: Some(at(50)), ..step(ChangeState::RetryWait) };
    move_send(&conn, (id, sent.change.state, sent.epoch), &later).unwrap().unwrap();
    assert_eq!((due(at(49)), due(at(50))), (vec![], vec![id]));
}

fn held(conn: &Connection) -> u64 {
    hold_open(conn, at(-9), at(5000)).unwrap()
}

#[test]
fn open_changes_of_a_restored_past_wait_for_a_person_and_are_never_due() {
    use ChangeState::{Intent, NeedsHuman, Queued, RetryWait, Unknown};
    for state in [Queued, RetryWait, Intent, Unknown] {
        let conn = database();
        let id = bring(&conn, shop(&conn), state);
        assert_eq!(held(&conn), 1);
        let send = get(&conn, id).unwrap();
        assert_eq!((send.change.state, send.unsure), (NeedsHuman, true), "{state}");
        assert!(send.change.message.unwrap().contains("backup of "));
        assert_eq!(send.change.error_code.as_deref(), Some("UNKNOWN_OUTCOME"));
        assert!(all::<ChangeId>(&conn, DUE, params![at(9_999_999), 9], |row| row.get(0)).unwrap().is_empty());
        assert!(lose(&conn, &[0, PROCESS], at(9_999_999)).unwrap().is_empty());
        assert_eq!(held(&conn), 0, "what waits for a person does so already");
    }
}

#[test]
fn of_two_changes_of_a_restored_target_the_newest_value_waits_or_the_first_addition() {
    use ChangeState::{Expired, NeedsHuman, Superseded};
    let add = || Wanted::AddStock { product: "1".into(), sku: "2".into(), delta: 1 };
    for (first, second, states) in
        [(price(1), price(2), [Superseded, NeedsHuman]), (add(), add(), [NeedsHuman, Expired])]
    {
        for lost in [false, true] {
            let conn = database();
            let shop = shop(&conn);
            let first = queued(&conn, shop, first.clone());
            claim(&conn, first).unwrap();
            let second = queued(&conn, shop, second.clone());
            if lost {
                lose(&conn, &[PROCESS], NOW).unwrap();
            }
            assert_eq!(held(&conn), 2);
            assert_eq!([first, second].map(|id| get(&conn, id).unwrap().change.state), states);
        }
    }
}

#[test]
fn a_restored_database_does_not_set_its_newest_value_again() {
    let conn = database();
    let shop = shop(&conn);
    let old = queued(&conn, shop, price(1));
    claim(&conn, old).unwrap();
    lose(&conn, &[PROCESS], NOW).unwrap();
    let newest = queued(&conn, shop, price(2));
    let lost = get(&conn, old).unwrap();
    let replaced = MoveSend { unsure: true, ..step(ChangeState::Superseded) };
    move_send(&conn, (old, lost.change.state, lost.epoch), &replaced).unwrap().unwrap();
    let sent = claim(&conn, newest).unwrap();
    moved(&conn, &sent, ChangeState::Accepted).unwrap();
    let pairs = || repair::overtaken(&conn, at(-9)).unwrap().len();
    let before = pairs();
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2)";
    conn.execute(sql, params![RESTORED_AT, at(1).0.to_string()]).unwrap();
    assert_eq!((before, pairs()), (1, 0));
}

/// A change that was sent, lost, and has ended; and a newer one that was accepted.
fn overtaken_pair(conn: &Connection, ended: ChangeState) -> (ShopId, ChangeId) {
    let shop = shop(conn);
    let old = queued(conn, shop, price(1));
    claim(conn, old).unwrap();
    lose(conn, &[PROCESS], NOW).unwrap();
    let lost = get(conn, old).unwrap();
    move_send(conn, (old, lost.change.state, lost.epoch), &MoveSend { unsure: true, ..step(ended) })
        .unwrap()
        .unwrap();
    let newest = queued(conn, shop, price(2));
    let sent = claim(conn, newest).unwrap();
    move_send(
        conn,
        (newest, sent.change.state, sent.epoch),
        &MoveSend { now: at(50), ..step(ChangeState::Accepted) },
    )
    .unwrap()
    .unwrap();
    (shop, newest)
}

#[test]
fn whatever_may_still_arrive_is_watched_however_it_has_ended_and_however_late_the_newest_did() {
    for ended in [ChangeState::Accepted, ChangeState::Superseded] {
        let conn = database();
        let (_, newest) = overtaken_pair(&conn, ended);
        for (since, pairs) in [(at(-9), 1), (at(49), 1), (at(51), 0)] {
            let found = repair::overtaken(&conn, since).unwrap();
            assert_eq!(found.len(), pairs, "{ended} {since}");
            assert!(found.iter().all(|(_, of)| of.change.id == newest));
        }
    }
    let sql = "SELECT id FROM sends WHERE finished_at IS NOT NULL AND unsure = 1 AND signed_at >= 0";
    assert!(plan(&database(), sql)[0].contains("sends_ended_unsure"), "{:?}", plan(&database(), sql));
}

#[test]
fn a_value_is_not_wanted_once_more_when_somebody_wants_another_one() {
    let conn = database();
    let (shop, newest) = overtaken_pair(&conn, ChangeState::Superseded);
    let again = |conn| repair::enqueue_after(conn, &wish(shop, price(2)), newest).unwrap();
    queued(&conn, shop, price(3));
    assert_eq!(again(&conn), None);
    conn.execute("DELETE FROM sends WHERE state = 'queued'", []).unwrap();
    assert!(again(&conn).is_some());
}

#[test]
fn open_changes_of_a_shop_are_counted_by_state_and_found_by_an_index() {
    let conn = database();
    let shop = shop(&conn);
    for state in [ChangeState::Rejected, ChangeState::Unknown, ChangeState::Cancelled] {
        bring(&conn, shop, state);
        conn.execute("UPDATE sends SET state = 'superseded', finished_at = 1 WHERE state = 'unknown'", [])
            .unwrap();
    }
    assert_eq!(open_changes(&conn, shop).unwrap(), []);
    let waits = queued(&conn, shop, price(1));
    claim(&conn, waits).unwrap();
    queued(&conn, shop, price(2));
    queued(&conn, shop, Wanted::Price { product: "1".into(), sku: "3".into(), fen: 3 });
    let open = |state, count| OpenChanges { state, count, oldest_at: NOW };
    let found = open_changes(&conn, shop).unwrap();
    assert_eq!(found, [open(ChangeState::Intent, 1), open(ChangeState::Queued, 2)]);
    assert_eq!(open_changes(&conn, ShopId(9)).unwrap(), []);
    assert!(plan(&conn, OPEN)[0].contains("sends_by_state"), "{:?}", plan(&conn, OPEN));
}

#[test]
fn what_a_person_sends_again_gets_a_new_life() {
    let conn = database();
    let id = bring(&conn, shop(&conn), ChangeState::NeedsHuman);
    let send = get(&conn, id).unwrap();
    let again = MoveSend { expires_at: Some(at(9000)), ..step(ChangeState::Queued) };
    move_send(&conn, (id, send.change.state, send.epoch), &again).unwrap().unwrap();
    assert_eq!((expire(&conn, at(8999)).unwrap(), expire(&conn, at(9000)).unwrap()), (0, 1));
}

#[test]
fn a_shop_takes_its_changes_along() {
    let conn = database();
    let shop = shop(&conn);
    queued(&conn, shop, price(1));
    conn.execute("DELETE FROM shops", []).unwrap();
    assert!(list(&conn, &ChangeFilter::default()).unwrap().items.is_empty());
}
