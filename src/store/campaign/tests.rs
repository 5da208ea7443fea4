use super::*;
use crate::error::{Error, ErrorKind};
use crate::model::{CampaignOffer, ChangeState};
use crate::store::fixture::{NOW, at, atomically, claimed, database, ended, number, shop};
use crate::store::send::{MoveSend, SendRow, get as get_send, move_send};

fn new(shop: ShopId, fingerprint: &str) -> NewCampaign {
    let draft = CampaignDraft {
        name: "秋季".into(),
        from: at(60_000),
        to: at(120_000),
        offer: CampaignOffer::ItemPrices,
        skus: Vec::new(),
        slogan: Some(fingerprint.into()),
        comment: None,
    };
    let wanted = Wanted::Campaign {
        name: draft.name.clone(),
        from: draft.from,
        to: draft.to,
        fingerprint: fingerprint.into(),
    };
    let send =
        NewSend { shop, wanted, idempotency_key: None, actor: "u".into(), now: NOW, expires_at: at(1000) };
    NewCampaign { send, draft, prices: BTreeMap::from([("7".to_owned(), Fen(1_990))]) }
}

fn place(conn: &Connection, shop: ShopId, fingerprint: &str) -> Result<Enqueued> {
    atomically(conn, |conn| enqueue_campaign(conn, &new(shop, fingerprint)))
}

fn id(queued: Result<Enqueued>) -> ChangeId {
    match queued.unwrap() {
        Enqueued::New { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

fn step(conn: &Connection, send: &SendRow, step: &CampaignStep) -> Result<CampaignRow> {
    let holder = Holder { change: send.change.id, epoch: send.epoch };
    atomically(conn, |conn| take_step(conn, holder, step, at(1)))
}

fn end(conn: &Connection, send: &SendRow, to: ChangeState, became: Option<&str>) -> SendRow {
    let became = became.map(|id| Became { platform_id: id.into(), review_id: None });
    let step = MoveSend { became, ..ended(to) };
    let seen = (send.change.id, send.change.state, send.epoch);
    atomically(conn, |conn| move_send(conn, seen, &step)).unwrap().unwrap()
}

#[test]
fn a_shop_has_one_promotion_of_a_name_and_time_until_it_failed_for_good() {
    let conn = database();
    let shop = shop(&conn);
    let change = id(place(&conn, shop, "a"));
    assert_eq!(place(&conn, shop, "a").unwrap(), Enqueued::Same(change));
    let error = place(&conn, shop, "b").unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && error.message().contains(&format!("change {change}")));
    end(&conn, &claimed(&conn, change, NOW), ChangeState::Rejected, None);
    let next = id(place(&conn, shop, "b"));
    let row = get(&conn, next).unwrap();
    assert_eq!((row.draft.slogan.as_deref(), row.prices["7"]), (Some("b"), Fen(1_990)));
    end(&conn, &claimed(&conn, next, NOW), ChangeState::Accepted, Some("81"));
    assert_eq!(place(&conn, shop, "b").unwrap(), Enqueued::Same(next), "accepted, it is the same for ever");
    // Whatever goes wrong above the schema.
    let twin = "INSERT INTO sends (shop_id, operation, target, wanted, state, expires_at, actor, created_at, updated_at)
        SELECT shop_id, operation, target, wanted, 'queued', 0, 'u', 0, 0 FROM sends WHERE id = ?1";
    assert!(conn.execute(twin, [next]).is_err());
}

#[test]
fn steps_are_taken_by_who_holds_the_change_and_the_one_that_is_committed_stays() {
    let conn = database();
    let change = id(place(&conn, shop(&conn), "a"));
    let send = claimed(&conn, change, NOW);
    step(&conn, &send, &CampaignStep::Sending).unwrap();
    let row = step(&conn, &send, &CampaignStep::Answered(Some("81".into()))).unwrap();
    assert_eq!(
        (row.sent, row.answered, row.platform_id.as_deref(), row.begun_at),
        (1, 1, Some("81"), Some(at(1)))
    );
    let row = step(&conn, &send, &CampaignStep::Sending).unwrap();
    assert_eq!((row.sent, row.answered), (2, 1), "one is in doubt");
    let row = step(&conn, &send, &CampaignStep::NotSent).unwrap();
    assert_eq!((row.sent, row.answered), (1, 1));
    let row = step(&conn, &send, &CampaignStep::Anew).unwrap();
    assert_eq!((row.sent, row.platform_id, row.begun_at), (0, None, None));
    assert!(step(&conn, &send, &CampaignStep::Committing).is_err(), "nothing was begun");
    step(&conn, &send, &CampaignStep::Sending).unwrap();
    step(&conn, &send, &CampaignStep::Answered(Some("82".into()))).unwrap();
    assert!(step(&conn, &send, &CampaignStep::Committing).unwrap().committing);
    let error: Error = step(&conn, &send, &CampaignStep::Anew).unwrap_err();
    assert!(error.kind() != ErrorKind::Conflict, "the schema refuses it: {error}");
    // Somebody else has it now.
    let lost = end(&conn, &send, ChangeState::Unknown, None);
    assert_eq!(step(&conn, &send, &CampaignStep::Sending).unwrap_err().kind(), ErrorKind::Conflict);
    let again = claimed(&conn, change, NOW);
    assert!(again.epoch > lost.epoch);
    assert_eq!(step(&conn, &send, &CampaignStep::Sending).unwrap_err().kind(), ErrorKind::Conflict);
    let row = step(&conn, &again, &CampaignStep::Committing).unwrap();
    assert_eq!(row.platform_id.as_deref(), Some("82"));
}

#[test]
fn what_was_never_committed_was_surely_not_done() {
    let conn = database();
    let change = id(place(&conn, shop(&conn), "a"));
    let send = claimed(&conn, change, NOW);
    assert!(!end(&conn, &send, ChangeState::Unknown, None).unsure, "nothing of it can count");
    let send = claimed(&conn, change, NOW);
    step(&conn, &send, &CampaignStep::Sending).unwrap();
    step(&conn, &send, &CampaignStep::Answered(Some("81".into()))).unwrap();
    step(&conn, &send, &CampaignStep::Committing).unwrap();
    assert!(end(&conn, &send, ChangeState::Unknown, None).unsure);
}

#[test]
fn an_accepted_change_has_the_platforms_id_of_what_was_committed() {
    let conn = database();
    let shop = shop(&conn);
    let change = id(place(&conn, shop, "a"));
    let send = claimed(&conn, change, NOW);
    step(&conn, &send, &CampaignStep::Sending).unwrap();
    step(&conn, &send, &CampaignStep::Answered(Some("81".into()))).unwrap();
    let row = get_send(&conn, change).unwrap();
    assert_eq!(row.change.platform_campaign_id, None, "nobody is told of what does not count");
    step(&conn, &send, &CampaignStep::Committing).unwrap();
    let done = end(&conn, &send, ChangeState::Accepted, None);
    assert_eq!(done.change.platform_campaign_id.as_deref(), Some("81"));
    assert_eq!(number(&conn, "SELECT count(*) FROM campaigns WHERE platform_campaign_id = '81'", []), 1);
}

#[test]
fn what_a_person_accepts_is_not_the_draft_that_was_left_behind() {
    let conn = database();
    let change = id(place(&conn, shop(&conn), "a"));
    let send = claimed(&conn, change, NOW);
    step(&conn, &send, &CampaignStep::Sending).unwrap();
    step(&conn, &send, &CampaignStep::Answered(Some("81".into()))).unwrap();
    assert_eq!(end(&conn, &send, ChangeState::Accepted, None).change.platform_campaign_id, None);
}
