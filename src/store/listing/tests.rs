use super::*;
use crate::error::ErrorKind;
use crate::model::ChangeState;
use crate::model::{DraftSku, Fen, Picture};
use crate::store::fixture::{NOW, at, atomically, claimed, database, ended, number, shop};
use crate::store::send::{Became, MoveSend, SendRow, move_send};

fn draft(title: &str) -> ListingDraft {
    ListingDraft {
        outer_id: "TEA-1".into(),
        title: title.into(),
        category_id: "3".into(),
        images: vec![Picture::At("https://img.example/1.png".into())],
        detail_images: Vec::new(),
        description: None,
        skus: vec![DraftSku {
            outer_id: None,
            price: Fen(1),
            stock: 0,
            options: Vec::new(),
            image: None,
            attributes: None,
        }],
        attributes: "{}".into(),
    }
}

fn new(shop: ShopId, wanted: Wanted, title: &str) -> NewListing {
    let send =
        NewSend { shop, wanted, idempotency_key: None, actor: "u".into(), now: NOW, expires_at: at(1000) };
    NewListing { send, draft: draft(title) }
}

fn publish(conn: &Connection, shop: ShopId, title: &str) -> Result<Enqueued> {
    let wanted = Wanted::Publish { outer_id: "TEA-1".into(), fingerprint: title.into() };
    atomically(conn, |conn| enqueue_listing(conn, &new(shop, wanted, title)))
}

fn update(conn: &Connection, shop: ShopId, title: &str) -> Result<Enqueued> {
    let wanted = Wanted::Update { product: "77".into(), fingerprint: title.into() };
    atomically(conn, |conn| enqueue_listing(conn, &new(shop, wanted, title)))
}

fn id(queued: Result<Enqueued>) -> ChangeId {
    match queued.unwrap() {
        Enqueued::New { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

fn of(conn: &Connection, change: ChangeId) -> ListingRow {
    let sql = format!("SELECT {COLUMNS} FROM listings WHERE change_id = ?1");
    first(conn, &sql, [change], read_listing).unwrap().unwrap()
}

fn end(conn: &Connection, send: &SendRow, to: ChangeState, became: Option<&str>) -> Result<Option<SendRow>> {
    let became = became.map(|product| Became { platform_id: product.into(), review_id: Some("r".into()) });
    let step = MoveSend { unsure: false, became, ..ended(to) };
    atomically(conn, |conn| move_send(conn, (send.change.id, send.change.state, send.epoch), &step))
}

#[test]
fn the_same_draft_is_one_change_and_another_draft_of_its_outer_id_is_refused() {
    let conn = database();
    let shop = shop(&conn);
    let change = id(publish(&conn, shop, "a"));
    assert_eq!(publish(&conn, shop, "a").unwrap(), Enqueued::Same(change));
    let error = publish(&conn, shop, "b").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.message().contains(&format!("change {change}")), "{error}");
    let send = claimed(&conn, change, NOW);
    end(&conn, &send, ChangeState::Accepted, Some("77")).unwrap().unwrap();
    // Accepted for good: still the same change, and another draft is an update.
    assert_eq!(publish(&conn, shop, "a").unwrap(), Enqueued::Same(change));
    assert!(publish(&conn, shop, "b").unwrap_err().message().contains("products.update"));
    assert_eq!(number(&conn, "SELECT count(*) FROM listings", []), 1);
    let row = of(&conn, change);
    assert_eq!((row.listing.status, row.review_id.as_deref()), (ListingStatus::UnderReview, Some("r")));
    assert_eq!((row.listing.platform_product_id.as_deref(), row.listing.version), (Some("77"), 1));
}

#[test]
fn a_synced_product_keeps_its_outer_id_until_it_is_deleted() {
    let conn = database();
    let shop = shop(&conn);
    let sql =
        "INSERT INTO products (shop_id, platform_product_id, product_name, status, platform_status, outer_id,
            images, hash, created_at, updated_at, synced_at)
        VALUES (?1, '9', 'p', 'off_sale', '', 'TEA-1', '[]', x'00', 0, 0, 0)";
    conn.execute(sql, [shop]).unwrap();
    assert!(publish(&conn, shop, "a").unwrap_err().message().contains("product 9"));
    conn.execute("UPDATE products SET status = 'deleted'", []).unwrap();
    id(publish(&conn, shop, "a"));
}

#[test]
fn a_change_that_ends_badly_fails_its_listing_and_frees_the_outer_id() {
    for to in [ChangeState::Rejected, ChangeState::Superseded] {
        let conn = database();
        let shop = shop(&conn);
        let change = id(publish(&conn, shop, "a"));
        let send = claimed(&conn, change, NOW);
        end(&conn, &send, to, None).unwrap().unwrap();
        let row = of(&conn, change);
        assert_eq!(row.listing.status, ListingStatus::Failed);
        assert!(row.listing.reason.is_some_and(|reason| reason.contains(to.as_str())));
        let again = id(publish(&conn, shop, "a"));
        assert_eq!((again != change, of(&conn, again).listing.version), (true, 2));
    }
    let conn = database();
    let shop = shop(&conn);
    let change = id(publish(&conn, shop, "a"));
    let sql = "UPDATE sends SET state = 'expired', finished_at = 9, message = 'too late' WHERE id = ?1";
    conn.execute(sql, [change]).unwrap();
    assert_eq!(of(&conn, change).listing.reason.as_deref(), Some("too late"));
    assert!(conn.execute("UPDATE listings SET status = 'on_sale'", []).is_err(), "failed stays failed");
}

#[test]
fn a_new_product_is_never_accepted_without_saying_which_it_became() {
    let conn = database();
    let shop = shop(&conn);
    let change = id(publish(&conn, shop, "a"));
    let send = claimed(&conn, change, NOW);
    end(&conn, &send, ChangeState::Accepted, None).unwrap_err();
    assert_eq!(of(&conn, change).listing.status, ListingStatus::Submitting);
    end(&conn, &send, ChangeState::Accepted, Some("77")).unwrap().unwrap();
}

#[test]
fn the_newest_update_of_a_product_wins_and_what_is_published_never_changes() {
    let conn = database();
    let shop = shop(&conn);
    let first = id(update(&conn, shop, "a"));
    assert_eq!(update(&conn, shop, "a").unwrap(), Enqueued::Same(first));
    let Enqueued::New { id: second, replaced } = update(&conn, shop, "b").unwrap() else { panic!() };
    assert_eq!(replaced, Some(first));
    assert_eq!(of(&conn, first).listing.status, ListingStatus::Failed);
    let row = of(&conn, second);
    assert_eq!((row.edits.as_deref(), row.listing.version), (Some("77"), 2));
    for column in ["draft", "outer_id", "edits", "change_id", "version"] {
        assert!(conn.execute(&format!("UPDATE listings SET {column} = 5"), []).is_err(), "{column}");
    }
}

#[test]
fn what_the_platform_shows_is_kept_until_it_has_decided() {
    let conn = database();
    let shop = shop(&conn);
    let change = id(publish(&conn, shop, "a"));
    let send = claimed(&conn, change, NOW);
    let seen = |status: ListingStatus, due: Option<i64>| SeenListing {
        status,
        platform_status: "x".into(),
        reason: Some("y".into()),
        due_at: due.map(at),
        now: at(7),
    };
    let listing = of(&conn, change).listing.id;
    // Not there yet: nothing is seen.
    assert_eq!(
        see(&conn, listing, &seen(ListingStatus::OnSale, None)).unwrap().listing.status,
        ListingStatus::Submitting
    );
    end(&conn, &send, ChangeState::Accepted, Some("77")).unwrap().unwrap();
    let due = |now: i64| number(&conn, "SELECT count(*) FROM listings WHERE due_at <= ?1", [NOW.0 + now]);
    assert_eq!((due(4), due(5)), (0, 1), "asked at once");
    see(&conn, listing, &seen(ListingStatus::UnderReview, Some(50))).unwrap();
    assert_eq!((due(49), due(50)), (0, 1));
    let row = see(&conn, listing, &seen(ListingStatus::Rejected, None)).unwrap();
    assert_eq!((due(9999), row.polls, row.listing.reason.as_deref()), (0, 2, Some("y")));
}
