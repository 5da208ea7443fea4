use super::*;
use crate::store::fixture::{NOW, app, at, database, number};

fn state(app_id: AppId, expires: i64) -> OauthState {
    OauthState {
        state_hash: vec![1; 32],
        app_id,
        shop_id: None,
        session_hash: Some(vec![2; 32]),
        actor: "u17".to_owned(),
        created_at: NOW,
        expires_at: at(expires),
    }
}

fn pending(app_id: AppId, name: &str, expires: i64) -> NewPending {
    NewPending {
        app_id,
        platform_shop_id: "s9".to_owned(),
        name: name.to_owned(),
        shop_type: None,
        sealed_access: name.as_bytes().to_vec(),
        sealed_refresh: None,
        grant_expires_at: at(700),
        refresh_expires_at: None,
        tiers: None,
        scope: None,
        now: NOW,
        expires_at: at(expires),
    }
}

#[test]
fn a_state_is_taken_once_and_a_browser_that_comes_twice_is_told_apart() {
    let conn = database();
    let state = state(app(&conn, "key"), 600);
    insert_state(&conn, &state).unwrap();
    assert_eq!(take_state(&conn, &[1; 32], b"code", at(1)).unwrap(), TakenState::Taken(state));
    let used = |code: &[u8], now| take_state(&conn, &[1; 32], code, at(now)).unwrap();
    assert_eq!(used(b"code", 2), TakenState::Used { same_code: true });
    assert_eq!(used(b"other", 2), TakenState::Used { same_code: false });
    assert_eq!(used(b"code", 600), TakenState::Missing, "the used row counts until it expires");
}

#[test]
fn an_expired_or_unknown_state_is_missing_and_stays_so() {
    let conn = database();
    insert_state(&conn, &state(app(&conn, "key"), 600)).unwrap();
    assert_eq!(take_state(&conn, &[9; 32], b"code", at(1)).unwrap(), TakenState::Missing);
    assert_eq!(take_state(&conn, &[1; 32], b"code", at(600)).unwrap(), TakenState::Missing);
    assert!(matches!(take_state(&conn, &[1; 32], b"code", at(599)).unwrap(), TakenState::Taken(_)));
}

#[test]
fn sql_refuses_to_use_a_state_again() {
    let conn = database();
    insert_state(&conn, &state(app(&conn, "key"), 600)).unwrap();
    take_state(&conn, &[1; 32], b"code", at(1)).unwrap();
    assert!(conn.execute("UPDATE oauth_states SET used_at = NULL, code_hash = NULL", []).is_err());
}

#[test]
fn a_state_for_an_unknown_app_or_one_that_exists_is_refused() {
    let conn = database();
    assert_eq!(insert_state(&conn, &state(AppId(5), 600)).unwrap_err().code(), "NOT_FOUND");
    let state = state(app(&conn, "key"), 600);
    insert_state(&conn, &state).unwrap();
    assert_eq!(insert_state(&conn, &state).unwrap_err().code(), "CONFLICT");
}

#[test]
fn pruning_drops_what_is_over_and_nothing_else() {
    let conn = database();
    let app = app(&conn, "key");
    insert_state(&conn, &state(app, 600)).unwrap();
    insert_pending(&conn, &pending(app, "店", 600)).unwrap();
    prune(&conn, at(599)).unwrap();
    assert_eq!(
        number(&conn, "SELECT (SELECT count(*) FROM oauth_states) + count(*) FROM pending_grants", []),
        2
    );
    prune(&conn, at(600)).unwrap();
    assert_eq!(
        number(&conn, "SELECT (SELECT count(*) FROM oauth_states) + count(*) FROM pending_grants", []),
        0
    );
}

#[test]
fn a_newer_pending_grant_of_a_shop_takes_the_older_ones_place() {
    let conn = database();
    let app = app(&conn, "key");
    let first = insert_pending(&conn, &pending(app, "old", 600)).unwrap();
    let second = insert_pending(&conn, &pending(app, "new", 900)).unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!(list_pending(&conn, at(700)).unwrap(), std::slice::from_ref(&second));
    let (shown, sealed) = get_pending(&conn, second.id, at(700)).unwrap().unwrap();
    assert_eq!((shown, sealed), (second.clone(), pending(app, "new", 900)));
    assert!(get_pending(&conn, second.id, at(900)).unwrap().is_none());
    assert!(list_pending(&conn, at(900)).unwrap().is_empty());
    assert!(delete_pending(&conn, second.id).unwrap());
    assert!(!delete_pending(&conn, second.id).unwrap());
}
