use super::*;
use crate::store::fixture::{NOW, app, at, connect, database, new_grant, shop};
use crate::store::shop::{connect_shop, get_shop};

fn claim(shop: ShopId, generation: i64, owner: i64, now: i64, until: i64) -> Claim {
    Claim { shop, generation, owner, now: at(now), lease_until: at(until) }
}

fn stored(conn: &Connection, shop: ShopId) -> GrantRow {
    grant(conn, shop).unwrap().unwrap()
}

#[test]
fn only_one_claims_a_refresh() {
    let conn = database();
    let shop = shop(&conn);
    let sql = "INSERT INTO processes (id, lock_name, pid, host, started_at, seen_at) VALUES (7, 'seven', 7, 'h', 0, 0)";
    conn.execute(sql, []).unwrap();
    assert_eq!(claim_refresh(&conn, &claim(shop, 1, 7, 0, 30)).unwrap(), RefreshClaim::Claimed);
    assert_eq!(stored(&conn, shop).state, GrantState::Refreshing);
    let busy = RefreshClaim::Busy { until: at(30) };
    assert_eq!(claim_refresh(&conn, &claim(shop, 1, 8, 0, 99)).unwrap(), busy);
    // Its own claim is of a refresh that panicked.
    assert_eq!(claim_refresh(&conn, &claim(shop, 1, 7, 29, 30)).unwrap(), RefreshClaim::Claimed);
    assert_eq!(claim_refresh(&conn, &claim(shop, 1, 8, 29, 99)).unwrap(), busy);
    // A process that is gone holds nobody up.
    conn.execute("DELETE FROM processes WHERE id = 7", []).unwrap();
    assert_eq!(claim_refresh(&conn, &claim(shop, 1, 8, 0, 99)).unwrap(), RefreshClaim::Claimed);
}

#[test]
fn a_claim_whose_lease_is_over_goes_to_the_next_and_the_first_commit_counts() {
    let conn = database();
    let shop = shop(&conn);
    claim_refresh(&conn, &claim(shop, 1, 7, 0, 30)).unwrap();
    assert_eq!(claim_refresh(&conn, &claim(shop, 1, 8, 30, 60)).unwrap(), RefreshClaim::Claimed);
    assert!(commit_refresh(&conn, shop, 1, &new_grant("late"), at(31)).unwrap());
    assert!(!commit_refresh(&conn, shop, 1, &new_grant("second"), at(32)).unwrap());
    let row = stored(&conn, shop);
    assert_eq!((row.generation, row.sealed_access.as_slice()), (2, b"late-access".as_slice()));
}

#[test]
fn a_claim_of_another_generation_or_of_a_dead_or_removed_grant_has_moved() {
    let conn = database();
    let shop = shop(&conn);
    assert_eq!(claim_refresh(&conn, &claim(shop, 0, 7, 0, 30)).unwrap(), RefreshClaim::Moved);
    assert_eq!(claim_refresh(&conn, &claim(shop, 2, 7, 0, 30)).unwrap(), RefreshClaim::Moved);
    assert_eq!(claim_refresh(&conn, &claim(ShopId(99), 1, 7, 0, 30)).unwrap(), RefreshClaim::Moved);
    assert!(kill_grant(&conn, shop, 1, "revoked", NOW).unwrap());
    assert_eq!(claim_refresh(&conn, &claim(shop, 1, 7, 0, 30)).unwrap(), RefreshClaim::Moved);
}

#[test]
fn a_commit_keeps_the_pair_before_it_until_it_is_forgotten() {
    let conn = database();
    let shop = shop(&conn);
    claim_refresh(&conn, &claim(shop, 1, 7, 0, 30)).unwrap();
    let mut next = new_grant("next");
    next.sealed_refresh = None;
    assert!(commit_refresh(&conn, shop, 1, &next, at(1)).unwrap());
    let row = stored(&conn, shop);
    assert_eq!((row.state, row.generation, row.failures), (GrantState::Valid, 2, 0));
    assert_eq!((row.sealed_access.as_slice(), row.sealed_refresh), (b"next-access".as_slice(), None));

    let previous = |conn: &Connection| -> (Option<Vec<u8>>, Option<Vec<u8>>, Option<i64>) {
        let sql = "SELECT previous_access, previous_refresh, previous_generation FROM grants";
        conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
    };
    assert_eq!(previous(&conn), (Some(b"g1-access".to_vec()), Some(b"g1-refresh".to_vec()), Some(1)));
    forget_previous(&conn, shop, 1).unwrap();
    assert!(previous(&conn).0.is_some(), "an older generation forgets nothing");
    forget_previous(&conn, shop, 2).unwrap();
    assert_eq!(previous(&conn), (None, None, None));
}

#[test]
fn a_commit_with_an_old_generation_changes_nothing() {
    let conn = database();
    let shop = shop(&conn);
    assert!(commit_refresh(&conn, shop, 1, &new_grant("two"), NOW).unwrap());
    let before = stored(&conn, shop);
    for generation in [0, 1, 3] {
        assert!(!commit_refresh(&conn, shop, generation, &new_grant("old"), NOW).unwrap());
    }
    assert_eq!(stored(&conn, shop), before);
}

#[test]
fn a_release_counts_the_failure_and_sets_the_next_attempt() {
    let conn = database();
    let shop = shop(&conn);
    for failures in 1..=2 {
        assert_eq!(claim_refresh(&conn, &claim(shop, 1, 7, 0, 30)).unwrap(), RefreshClaim::Claimed);
        release_refresh(&conn, shop, 1, until(50, 1)).unwrap();
        let row = stored(&conn, shop);
        assert_eq!(
            (row.state, row.failures, row.next_attempt_at),
            (GrantState::Valid, failures, Some(at(50)))
        );
    }
    release_refresh(&conn, shop, 1, until(99, 1)).unwrap();
    assert_eq!(stored(&conn, shop).failures, 2, "there was no claim to give back");
    claim_refresh(&conn, &claim(shop, 1, 7, 0, 30)).unwrap();
    commit_refresh(&conn, shop, 1, &new_grant("good"), at(2)).unwrap();
    release_refresh(&conn, shop, 1, until(99, 3)).unwrap();
    let row = stored(&conn, shop);
    assert_eq!(
        (row.generation, row.failures, row.next_attempt_at),
        (2, 0, None),
        "a late release finds nothing"
    );
}

fn until(next: i64, now: i64) -> Release {
    Release { next_attempt_at: at(next), unanswered: None, now: at(now) }
}

#[test]
fn a_refresh_without_an_answer_is_known_until_one_is_answered() {
    let conn = database();
    let shop = shop(&conn);
    for (minute, unanswered) in [(1, None), (2, Some(at(2))), (3, Some(at(3))), (4, None)] {
        claim_refresh(&conn, &claim(shop, 1, 7, 0, 30)).unwrap();
        release_refresh(&conn, shop, 1, Release { unanswered, ..until(9, minute) }).unwrap();
        let wanted = (minute > 1).then(|| at(2));
        assert_eq!(stored(&conn, shop).renewal_sent, wanted, "the first one may have been done");
    }
    commit_refresh(&conn, shop, 1, &new_grant("two"), at(5)).unwrap();
    assert_eq!(stored(&conn, shop).renewal_sent, None);
}

#[test]
fn an_access_token_outlives_its_refresh_under_a_claim_alone() {
    let conn = database();
    let shop = shop(&conn);
    let outlived = OutlivedGrant {
        sealed_access: b"access".to_vec(),
        sealed_refresh: Some(b"refresh".to_vec()),
        sent: at(3),
        expires_at: at(90),
        now: at(4),
    };
    assert!(!outlive_refresh(&conn, shop, 1, &outlived).unwrap(), "nobody has claimed it");
    claim_refresh(&conn, &claim(shop, 1, 7, 0, 30)).unwrap();
    assert!(!outlive_refresh(&conn, shop, 2, &outlived).unwrap(), "another generation");
    assert!(outlive_refresh(&conn, shop, 1, &outlived).unwrap());
    let row = stored(&conn, shop);
    assert_eq!((row.generation, row.state), (2, GrantState::Valid));
    assert_eq!((row.obtained_at, row.renewal_sent), (at(3), Some(at(3))));
    assert_eq!((row.expires_at, row.next_attempt_at), (at(90), Some(at(90))));
    assert_eq!((row.sealed_access, row.sealed_refresh), (b"access".to_vec(), Some(b"refresh".to_vec())));
}

#[test]
fn a_dead_grant_marks_its_shop_and_dies_once() {
    let conn = database();
    let shop = shop(&conn);
    assert!(!kill_grant(&conn, shop, 2, "revoked", NOW).unwrap());
    assert_eq!(get_shop(&conn, shop).unwrap().status, ShopStatus::Active);
    claim_refresh(&conn, &claim(shop, 1, 7, 0, 30)).unwrap();
    assert!(kill_grant(&conn, shop, 1, "revoked", at(5)).unwrap());
    assert!(!kill_grant(&conn, shop, 1, "again", at(6)).unwrap());
    let row = stored(&conn, shop);
    assert_eq!((row.state, row.reason.as_deref()), (GrantState::Reauthorize, Some("revoked")));
    assert_eq!(row.shop_status, ShopStatus::Reauthorize);
    release_refresh(&conn, shop, 1, until(9, 7)).unwrap();
    assert_eq!(stored(&conn, shop).state, GrantState::Reauthorize, "a late release does not wake it");
}

#[test]
fn a_good_token_set_wakes_a_shop_but_not_one_that_is_switched_off() {
    let conn = database();
    let shop = shop(&conn);
    kill_grant(&conn, shop, 1, "revoked", NOW).unwrap();
    assert!(commit_refresh(&conn, shop, 1, &new_grant("two"), NOW).unwrap());
    assert_eq!(stored(&conn, shop).shop_status, ShopStatus::Active);

    conn.execute("UPDATE shops SET status = 'disabled'", []).unwrap();
    kill_grant(&conn, shop, 2, "revoked", NOW).unwrap();
    assert_eq!(stored(&conn, shop).shop_status, ShopStatus::Disabled);
    commit_refresh(&conn, shop, 2, &new_grant("three"), NOW).unwrap();
    assert_eq!(stored(&conn, shop).shop_status, ShopStatus::Disabled);
}

#[test]
fn connecting_replaces_the_grant_and_ends_every_claim_on_the_old_one() {
    let conn = database();
    let app = app(&conn, "key");
    let shop = connect_shop(&conn, &connect(app, "s1", 0)).unwrap().unwrap().id;
    claim_refresh(&conn, &claim(shop, 1, 7, 0, 30)).unwrap();
    release_refresh(&conn, shop, 1, until(50, 1)).unwrap();
    claim_refresh(&conn, &claim(shop, 1, 7, 0, 30)).unwrap();
    assert!(connect_shop(&conn, &connect(app, "s1", 1)).unwrap().is_some());
    let row = stored(&conn, shop);
    assert_eq!(
        (row.state, row.generation, row.failures, row.next_attempt_at),
        (GrantState::Valid, 2, 0, None)
    );
    assert!(!commit_refresh(&conn, shop, 1, &new_grant("old"), NOW).unwrap());
    assert_eq!(claim_refresh(&conn, &claim(shop, 2, 8, 0, 30)).unwrap(), RefreshClaim::Claimed);
}

#[test]
fn sql_refuses_a_generation_that_shrinks() {
    let conn = database();
    let shop = shop(&conn);
    commit_refresh(&conn, shop, 1, &new_grant("two"), NOW).unwrap();
    assert!(conn.execute("UPDATE grants SET generation = 1", []).is_err());
}

const DAY: i64 = 86_400;

fn secs(secs: i64) -> UtcMillis {
    at(secs * 1_000)
}

/// A set of an hour whose refresh token ends at `end`, obtained at `now`; seconds from the start.
fn renewed(now: i64, end: i64) -> NewGrant {
    NewGrant {
        obtained_at: secs(now),
        expires_at: secs(now + 3_600),
        refresh_expires_at: Some(secs(end)),
        ..new_grant("next")
    }
}

fn warned(conn: &Connection, shop: ShopId) -> Option<u32> {
    get_shop(conn, shop).unwrap().authorization.unwrap().warned_days
}

#[test]
fn each_level_is_noted_once_and_a_new_grant_begins_anew() {
    let conn = database();
    let shop = shop(&conn);
    let note =
        |generation, days, end| expiry::note_warning(&conn, shop, generation, days, secs(end)).unwrap();
    assert!(note(1, 30, 20 * DAY) && !note(1, 30, 20 * DAY));
    assert!(note(1, 7, 20 * DAY) && !note(1, 14, 20 * DAY), "the levels go down");
    assert!(!note(1, 7, 20 * DAY + 3_599), "the same end, told a little differently");
    assert!(!note(2, 3, 20 * DAY), "another grant");
    assert_eq!(warned(&conn, shop), Some(7));
    assert!(note(1, 30, 25 * DAY), "another end");
    let known = get_shop(&conn, shop).unwrap();
    let again = connect(known.app_id, &known.platform_shop_id, 1);
    connect_shop(&conn, &again).unwrap().expect("the generation fits");
    assert_eq!(warned(&conn, shop), None);
    assert!(expiry::note_warning(&conn, shop, 2, 30, secs(25 * DAY)).unwrap());
    assert!(kill_grant(&conn, shop, 2, "revoked", NOW).unwrap());
    assert!(!expiry::note_warning(&conn, shop, 2, 1, secs(25 * DAY)).unwrap(), "dead is more than ending");
}

#[test]
fn an_end_that_renewals_do_not_move_is_fixed_and_stays_told() {
    let conn = database();
    let shop = shop(&conn);
    let mut generation = 1;
    let mut renew = |now: i64, end: i64| {
        assert!(commit_refresh(&conn, shop, generation, &renewed(now, end), secs(now)).unwrap());
        generation += 1;
        (generation, stored(&conn, shop).end_is_fixed)
    };
    renew(0, 60 * DAY);
    assert_eq!(renew(3_600, 60 * DAY + 3_600), (3, false), "moved by as much as time went by");
    assert_eq!(renew(7_200, 60 * DAY + 3_610), (4, true), "seconds are rounding");
    assert!(expiry::note_warning(&conn, shop, 4, 30, secs(60 * DAY)).unwrap());
    assert_eq!(renew(10_800, 60 * DAY + 3_600), (5, true));
    assert_eq!(warned(&conn, shop), None, "an hour and more is another end");
    assert!(expiry::note_warning(&conn, shop, 5, 30, secs(60 * DAY + 3_600)).unwrap());
    assert_eq!(renew(14_400, 60 * DAY + 3_600), (6, true));
    assert_eq!(warned(&conn, shop), Some(30), "a renewal that changes nothing is no reason to tell again");
    assert_eq!(renew(18_000, 90 * DAY), (7, false));
    assert_eq!(warned(&conn, shop), None);
}

fn renewal(name: &str) -> renewal::NewRenewal {
    renewal::NewRenewal {
        sealed_access: format!("access {name}").into_bytes(),
        sealed_refresh: format!("refresh {name}").into_bytes(),
        refresh_expires_at: at(900),
        now: at(5),
    }
}

#[test]
fn a_renewal_is_noted_counted_and_guarded_by_the_generation() {
    use renewal::{begin_renewal, commit_renewal, stop_renewals, undo_renewal};
    let conn = database();
    let app = app(&conn, "key");
    let shop = connect_shop(&conn, &ConnectShop { most_renewals: Some(2), ..connect(app, "s1", 0) });
    let shop = shop.unwrap().unwrap().id;
    let first = stored(&conn, shop);
    assert_eq!((first.renewals, first.most_renewals, first.renewal_sent), (0, Some(2), None));
    // Only who has claimed the refresh notes a renewal.
    assert!(!begin_renewal(&conn, shop, 1, at(1)).unwrap());
    claim_refresh(&conn, &claim(shop, 1, 7, 1, 100)).unwrap();
    assert!(begin_renewal(&conn, shop, 1, at(1)).unwrap());
    assert!(begin_renewal(&conn, shop, 1, at(2)).unwrap());
    assert_eq!(stored(&conn, shop).renewal_sent, Some(at(1)), "the older one's answer is missing");
    assert!(!commit_renewal(&conn, shop, 2, &renewal("of another generation")).unwrap());
    assert!(commit_renewal(&conn, shop, 1, &renewal("two")).unwrap());
    assert!(!commit_renewal(&conn, shop, 1, &renewal("late")).unwrap());
    let second = stored(&conn, shop);
    assert_eq!((second.renewals, second.renewal_sent, second.state), (1, None, GrantState::Valid));
    assert_eq!((second.generation, second.refresh_expires_at), (2, Some(at(900))));
    assert_eq!(second.sealed_refresh.as_deref(), Some(&b"refresh two"[..]));
    // The access token's times are not the renewal's.
    assert_eq!((second.obtained_at, second.expires_at), (first.obtained_at, first.expires_at));
    claim_refresh(&conn, &claim(shop, 2, 7, 1, 100)).unwrap();
    begin_renewal(&conn, shop, 2, at(3)).unwrap();
    undo_renewal(&conn, shop, 2).unwrap();
    assert_eq!(stored(&conn, shop).renewal_sent, None);
    stop_renewals(&conn, shop, 2, "no").unwrap();
    let known = get_shop(&conn, shop).unwrap().authorization.unwrap();
    assert_eq!((known.renewals_left, known.renewal_refused.as_deref()), (Some(0), Some("no")));
    assert!(!begin_renewal(&conn, shop, 2, at(4)).unwrap(), "none is left");
    let beyond = conn.execute("UPDATE grants SET renewal_sent = 1", []).unwrap_err();
    assert!(beyond.to_string().contains("as often as its platform allows"), "{beyond}");
    // A new authorisation begins anew.
    let again = ConnectShop { most_renewals: Some(2), ..connect(app, "s1", 2) };
    connect_shop(&conn, &again).unwrap().unwrap();
    let known = get_shop(&conn, shop).unwrap().authorization.unwrap();
    assert_eq!((known.renewals_left, known.renewal_refused), (Some(2), None));
}
