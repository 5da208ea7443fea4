use super::*;
use crate::error::ErrorKind;
use crate::model::{PlatformId, Right, RightEntry, RunKind};
use crate::store::fixture::{
    NOW, app, at, bad, connect, database, new_grant, number, order, page, product, run, shop, window,
};
use crate::store::grant::{grant, kill_grant};
use crate::store::page::{PageWrite, store_page};

#[test]
fn connecting_a_shop_again_keeps_its_id_and_moves_its_generation() {
    let conn = database();
    let app = app(&conn, "key");
    let first = connect_shop(&conn, &connect(app, "s1", 0)).unwrap().unwrap();
    assert_eq!((first.app_id, first.platform, first.status), (app, PlatformId::Doudian, ShopStatus::Active));
    let authorization = first.authorization.unwrap();
    assert_eq!((authorization.generation, authorization.state), (1, GrantState::Valid));
    assert!(authorization.renewable_without_person);
    assert_eq!(generation(&conn, app, "s1").unwrap(), 1);

    kill_grant(&conn, first.id, 1, "revoked", NOW).unwrap();
    let nameless = ConnectShop { name: String::new(), shop_type: None, now: at(9), ..connect(app, "s1", 1) };
    let again = connect_shop(&conn, &nameless).unwrap().unwrap();
    assert_eq!((again.id, again.status, again.updated_at), (first.id, ShopStatus::Active, at(9)));
    assert_eq!((again.name, again.shop_type), (first.name, first.shop_type), "what is not told stays");
    assert_eq!(again.authorization.unwrap().generation, 2);
}

#[test]
fn a_shop_sealed_for_another_generation_is_not_stored() {
    let conn = database();
    let app = app(&conn, "key");
    assert_eq!(connect_shop(&conn, &connect(app, "s1", 1)).unwrap(), None);
    connect_shop(&conn, &connect(app, "s1", 0)).unwrap().unwrap();
    assert_eq!(connect_shop(&conn, &connect(app, "s1", 0)).unwrap(), None);
    assert_eq!(number(&conn, "SELECT generation FROM grants", []), 1);
    let unknown = connect_shop(&conn, &connect(AppId(9), "s1", 0)).unwrap_err();
    assert_eq!(unknown.code(), "NOT_FOUND");
}

#[test]
fn shops_are_found_by_platform_app_status_and_the_platforms_id() {
    let conn = database();
    let (one, two) = (app(&conn, "one"), app(&conn, "two"));
    let a = connect_shop(&conn, &connect(one, "a", 0)).unwrap().unwrap();
    let b = connect_shop(&conn, &connect(two, "a", 0)).unwrap().unwrap();
    let b = set_shop_status(&conn, b.id, ShopStatus::Disabled, at(1)).unwrap();
    let list = |filter| list_shops(&conn, &filter).unwrap();
    assert_eq!(list(ShopFilter::default()), [a.clone(), b.clone()]);
    assert_eq!(list(ShopFilter { app_id: Some(two), ..ShopFilter::default() }), std::slice::from_ref(&b));
    let active =
        ShopFilter { status: Some(ShopStatus::Active), platform: Some(PlatformId::Doudian), app_id: None };
    assert_eq!(list(active), std::slice::from_ref(&a));
    assert_eq!(get_shop(&conn, ShopId(99)).unwrap_err().code(), "NOT_FOUND");
}

#[test]
fn a_shop_switched_on_without_a_living_grant_waits_for_a_person() {
    let conn = database();
    let id = shop(&conn);
    let set = |status| set_shop_status(&conn, id, status, at(1)).unwrap().status;
    assert_eq!(set(ShopStatus::Disabled), ShopStatus::Disabled);
    assert_eq!(set(ShopStatus::Active), ShopStatus::Active);
    set(ShopStatus::Disabled);
    kill_grant(&conn, id, 1, "revoked", NOW).unwrap();
    assert_eq!(set(ShopStatus::Active), ShopStatus::Reauthorize);
    remove_shop(&conn, id, false).unwrap();
    assert_eq!(set(ShopStatus::Active), ShopStatus::Reauthorize);
}

/// A shop with a row in every table that knows shops.
/// What a shop publishes.
fn published(conn: &Connection, shop: ShopId) {
    let listing =
        "INSERT INTO listings (shop_id, outer_id, version, draft, fingerprint, change_id, status, created_at,
            updated_at)
        SELECT shop_id, 'A', 1, '{}', 'f', id, 'submitting', 0, 0 FROM sends";
    conn.execute(listing, []).unwrap();
    let promotion =
        "INSERT INTO promotions (shop_id, promotion_type, title, content, status, created_by, moved_by,
            created_at, updated_at) VALUES (?1, 'video', '茶', '{}', 'draft', 'u1', 'u1', 0, 0)";
    conn.execute(promotion, [shop]).unwrap();
}

fn full_shop(conn: &Connection) -> ShopId {
    let shop = shop(conn);
    let app = get_shop(conn, shop).unwrap().app_id;
    for (kind, orders) in [(RunKind::Products, false), (RunKind::Orders, true)] {
        let run = run(conn, shop, kind);
        let window = window(conn, shop, run, kind);
        if orders {
            let bad = vec![bad(Some("o2"), 1)];
            let rows = vec![order("o1", 1, 1)];
            store_page(conn, &PageWrite { rows, bad, ..page(shop, run, window) }).unwrap();
        } else {
            store_page(conn, &PageWrite { rows: vec![product("p1", Some(1), 1)], ..page(shop, run, window) })
                .unwrap();
        }
    }
    let refund = "INSERT INTO refunds (shop_id, platform_refund_id, platform_order_id, kind, platform_kind, status,
            platform_status, platform_created_at, platform_updated_at, hash, created_at, updated_at, synced_at)
        VALUES (?1, 'r1', 'o1', 'refund_only', '1', 'done', '10', 0, 0, x'00', 0, 0, 0)";
    conn.execute(refund, [shop]).unwrap();
    let sku = "INSERT INTO skus (shop_id, product_id, platform_sku_id, price, stock, specs, hash, created_at, updated_at)
        SELECT shop_id, id, 'k1', 1, 1, '[]', x'00', 0, 0 FROM products";
    conn.execute(sku, []).unwrap();
    let send = "INSERT INTO sends (shop_id, operation, target, wanted, state, expires_at, actor, created_at, updated_at)
        VALUES (?1, 'products.price', '1/2', '{}', 'queued', 0, 'u1', 0, 0)";
    conn.execute(send, [shop]).unwrap();
    published(conn, shop);
    let fact =
        "INSERT INTO platform_facts (shop_id, name, answer, keep_until) VALUES (?1, 'rules:1', '{}', 9)";
    conn.execute(fact, [shop]).unwrap();
    let job = crate::model::NewJob::new(crate::model::JobKind::OrdersSync, Some(shop));
    crate::store::job::enqueue(conn, &job, "u1", NOW).unwrap();
    let entry = RightEntry { subject: "user:u1".to_owned(), right: Right::Sync, shop: Some(shop) };
    crate::store::right::set_right(conn, &entry, true).unwrap();
    let state = crate::store::oauth::OauthState {
        state_hash: vec![1],
        app_id: app,
        shop_id: Some(shop),
        session_hash: None,
        actor: "u1".to_owned(),
        created_at: NOW,
        expires_at: at(9),
    };
    crate::store::oauth::insert_state(conn, &state).unwrap();
    let pending = crate::store::oauth::NewPending {
        app_id: app,
        platform_shop_id: "s1".to_owned(),
        name: "店".to_owned(),
        shop_type: None,
        sealed_access: vec![1],
        sealed_refresh: None,
        tiers: None,
        grant_expires_at: at(9),
        refresh_expires_at: None,
        scope: None,
        now: NOW,
        expires_at: at(9),
    };
    crate::store::oauth::insert_pending(conn, &pending).unwrap();
    let key = crate::store::UploadKey {
        media: crate::store::media::tests::kept(conn, 1),
        shop,
        slot: crate::model::MediaSlot::Video,
        purpose: String::new(),
    };
    crate::store::upload::keep_done(conn, &key, "v1", None, NOW).unwrap();
    conn.execute("INSERT INTO decrypt_days (shop_id, day, orders) VALUES (?1, 1, 1)", [shop]).unwrap();
    conn.execute("INSERT INTO shop_contacts (shop_id, good_at, good_api) VALUES (?1, 1, 'a.b')", [shop])
        .unwrap();
    conn.execute(
        "INSERT INTO audit (at, actor, action, shop_id, outcome) VALUES (1, 'u1', 'sync', ?1, 'ok')",
        [shop],
    )
    .unwrap();
    shop
}

/// Names of the tables that have a column of this name.
fn tables_with(conn: &Connection, column: &str) -> Vec<String> {
    let sql = "SELECT m.name FROM sqlite_schema m, pragma_table_info(m.name) c
        WHERE m.type = 'table' AND c.name = ?1 ORDER BY m.name";
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([column], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn a_purge_leaves_nothing_of_the_shop_but_the_audit() {
    let conn = database();
    let app = app(&conn, "other");
    let bound = connect_shop(&conn, &connect(app, "s2", 0)).unwrap().unwrap().id;
    let id = full_shop(&conn);
    conn.execute("UPDATE shops SET bound_shop_id = ?1 WHERE id = ?2", [id, bound]).unwrap();
    let mut tables = tables_with(&conn, "shop_id");
    tables.retain(|table| table != "shops" && table != "audit");
    assert_eq!(
        tables,
        [
            "decrypt_days",
            "grants",
            "jobs",
            "listings",
            "media_uploads",
            "oauth_states",
            "orders",
            "platform_facts",
            "products",
            "promotions",
            "quarantine",
            "refunds",
            "rights",
            "runs",
            "sends",
            "shop_contacts",
            "skus",
            "sync_windows"
        ]
    );
    let rows = |table: &str| number(&conn, &format!("SELECT count(*) FROM {table} WHERE shop_id = ?1"), [id]);
    for table in &tables {
        assert!(rows(table) > 0, "{table} has a row to lose");
    }
    remove_shop(&conn, id, true).unwrap();
    for table in &tables {
        assert_eq!(rows(table), 0, "{table}");
    }
    for table in ["order_items", "pending_grants"] {
        assert_eq!(number(&conn, &format!("SELECT count(*) FROM {table}"), []), 0, "{table}");
    }
    assert_eq!(rows("audit"), 1);
    assert_eq!(get_shop(&conn, id).unwrap_err().code(), "NOT_FOUND");
    assert_eq!(get_shop(&conn, bound).unwrap().bound_shop_id, None);
    assert_eq!(number(&conn, "SELECT count(*) FROM pragma_foreign_key_check", []), 0);
    assert_eq!(remove_shop(&conn, id, true).unwrap_err().code(), "NOT_FOUND");
}

#[test]
fn a_removed_shop_keeps_its_rows_loses_its_tokens_and_never_repeats_a_generation() {
    let conn = database();
    let id = full_shop(&conn);
    let app = get_shop(&conn, id).unwrap().app_id;
    let counts = shop_counts(&conn, id).unwrap();
    assert_eq!(counts, ShopCounts { products: 1, skus: 1, orders: 1, refunds: 1, quarantined: 1 });
    crate::store::grant::commit_refresh(&conn, id, 1, &new_grant("two"), NOW).unwrap();
    remove_shop(&conn, id, false).unwrap();
    let removed = get_shop(&conn, id).unwrap();
    assert_eq!((removed.status, removed.authorization), (ShopStatus::Disabled, None));
    assert_eq!(grant(&conn, id).unwrap(), None);
    assert_eq!(number(&conn, "SELECT count(*) FROM pending_grants", []), 0);
    assert_eq!(number(&conn, "SELECT count(*) FROM oauth_states", []), 0);
    assert_eq!(number(&conn, "SELECT min(cancel_requested) FROM runs", []), 1);
    assert_eq!(shop_counts(&conn, id).unwrap(), counts);

    remove_shop(&conn, id, false).unwrap();
    assert_eq!(generation(&conn, app, "s1").unwrap(), 2);
    let back = connect_shop(&conn, &connect(app, "s1", 2)).unwrap().unwrap();
    assert_eq!((back.id, back.status, back.authorization.unwrap().generation), (id, ShopStatus::Active, 3));
}

#[test]
fn counts_of_an_unknown_shop_are_not_zero_but_an_error() {
    assert_eq!(shop_counts(&database(), ShopId(1)).unwrap_err().code(), "NOT_FOUND");
}

#[test]
fn a_content_account_is_bound_to_a_store_and_nothing_else_to_anything() {
    use super::bind::bind_shop;
    let conn = database();
    let app = app(&conn, "key");
    let of_kind = |name: &str, kind| ConnectShop { kind, ..connect(app, name, 0) };
    let connected = |name, kind| connect_shop(&conn, &of_kind(name, kind)).unwrap().unwrap().id;
    let (store, other) = (connected("s1", ShopKind::Store), connected("s2", ShopKind::Store));
    let content = connected("c1", ShopKind::ContentAccount);
    let second = connected("c2", ShopKind::ContentAccount);
    let bound = bind_shop(&conn, content, Some(store), at(5)).unwrap();
    assert_eq!((bound.bound_shop_id, bound.updated_at), (Some(store), at(5)));
    assert_eq!(bind_shop(&conn, content, Some(store), at(6)).unwrap().updated_at, at(5), "nothing changed");
    assert_eq!(bind_shop(&conn, second, Some(store), at(6)).unwrap().bound_shop_id, Some(store));
    assert_eq!(bind_shop(&conn, content, Some(other), at(7)).unwrap().bound_shop_id, Some(other));
    for (from, to) in [(store, Some(other)), (content, Some(second)), (content, Some(content)), (store, None)]
    {
        let error = bind_shop(&conn, from, to, at(8)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    }
    for (from, to) in [(ShopId(404), None), (content, Some(ShopId(404)))] {
        assert_eq!(bind_shop(&conn, from, to, at(8)).unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert_eq!(get_shop(&conn, content).unwrap().bound_shop_id, Some(other), "refusals change nothing");
    // Authorised again it stays bound.
    connect_shop(&conn, &ConnectShop { kind: ShopKind::ContentAccount, ..connect(app, "c1", 1) })
        .unwrap()
        .unwrap();
    assert_eq!(get_shop(&conn, content).unwrap().bound_shop_id, Some(other));
    assert_eq!(bind_shop(&conn, content, None, at(9)).unwrap().bound_shop_id, None);
}
