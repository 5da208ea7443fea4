//! A small database with every sealed column filled, and everything that is sealed in a file.

use std::path::Path;

use crate::auth::place::{grant_row, place, row_of};
use crate::auth::{Cipher, KeyRing, Keys, app_row, shop_row};
use crate::clock::Clock;
use crate::model::{
    AppDraft, BuyerField, OrderRecord, OrderStatus, PlatformId, Receiver, RunKind, RunMode, ShopId, ShopKind,
};
use crate::platform::{PlainReceiver, RemoteOrder, RemoteShop, TokenSet};
use crate::secret::Secret;
use crate::store::{
    BadRow, ConnectShop, NewPending, NewRun, NewWindow, PageWrite, SaveApp, SealedColumn, StartRun, Store,
    StoreOptions,
};
use crate::sync::Refresher;

/// What is sealed, and where.
pub(super) type Content = ((&'static str, &'static str, i64), Vec<u8>);

/// A sealed value of a file, opened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Value {
    pub(super) place: (&'static str, &'static str, i64),
    pub(super) plain: Vec<u8>,
    pub(super) key_id: String,
}

impl Value {
    /// Without the key, which may change.
    pub(super) fn content(&self) -> Content {
        (self.place, self.plain.clone())
    }
}

/// The file and its log, byte for byte.
pub(super) fn bytes(database: &Path) -> Vec<Option<Vec<u8>>> {
    let beside = |suffix| std::fs::read(format!("{}{suffix}", database.display())).ok();
    vec![beside(""), beside("-wal")]
}

pub(super) async fn open(database: &Path, cipher: &Cipher) -> Store {
    let (path, clock) = (database.to_owned(), Clock::system());
    let verifier = cipher.clone();
    let options = StoreOptions { path, force_network: false, clock };
    let store = Store::open(options, move |stored| verifier.verify(stored)).await.unwrap();
    Keys::new(store.clone(), cipher.clone()).announce().await.unwrap();
    store
}

/// Everything that is sealed in a file, which must open with this ring.
pub(super) async fn values(database: &Path, ring: KeyRing) -> Vec<Value> {
    let cipher = Cipher::new(&ring);
    let store = open(database, &cipher).await;
    let values = values_in(&store, &cipher).await;
    store.close().await.unwrap();
    values
}

pub(super) async fn values_in(store: &Store, cipher: &Cipher) -> Vec<Value> {
    let mut values = Vec::new();
    for column in SealedColumn::ALL {
        for value in store.foreign_values(column, 0, String::new(), u32::MAX).await.unwrap().foreign {
            let row = row_of(&value.home);
            let opened = cipher.open(&place(column, &row, value.generation), &value.sealed);
            let (table, name) = column.place();
            let plain = opened.unwrap_or_else(|error| panic!("{value:?}: {error}")).expose().clone();
            values.push(Value {
                place: (table, name, value.id),
                plain,
                key_id: hex::encode(&value.sealed[1..9]),
            });
        }
    }
    values
}

pub(super) fn token_set(shop: &str, text: &str) -> TokenSet {
    TokenSet {
        access_token: Secret::from(format!("access {text}")),
        refresh_token: Some(Secret::from(format!("refresh {text}"))),
        expires_in: std::time::Duration::from_secs(86_400),
        refresh_expires_in: None,
        scope: None,
        tiers: Vec::new(),
        shop: RemoteShop { platform_shop_id: shop.to_owned(), name: "店".to_owned(), shop_type: None },
    }
}

/// An order with a receiver in plain text; a later `version` takes the place of an earlier one.
pub(super) fn order(id: u64, version: i64) -> RemoteOrder {
    let field = || BuyerField { masked: Some("张*".to_owned()), cipher: None };
    let at = |millis| crate::model::UtcMillis(1_760_000_000_000 + millis);
    let record = OrderRecord {
        platform_order_id: format!("o{id}"),
        status: OrderStatus::ToShip,
        platform_status: "2".to_owned(),
        order_type: None,
        order_amount: None,
        pay_amount: None,
        post_amount: None,
        promotion_amount: None,
        pay_type: None,
        buyer_words: None,
        seller_words: None,
        seller_stars: None,
        buyer_open_id: None,
        receiver: Receiver {
            name: field(),
            phone: field(),
            detail: field(),
            province: None,
            city: None,
            town: None,
            street: None,
        },
        packages: Vec::new(),
        items: Vec::new(),
        platform_created_at: at(0),
        platform_updated_at: at(version),
        paid_at: None,
        shipped_at: None,
        finished_at: None,
        ship_by: None,
        pay_by: None,
    };
    let text = |word: &str| Some(Secret::from(format!("{word} of {id}, version {version}")));
    let plain = PlainReceiver { name: text("name"), phone: text("phone"), detail: text("detail") };
    RemoteOrder { record, plain: Some(plain) }
}

/// Two rows in each table, each sealed column filled, as the functions that write them do.
pub(super) async fn fill(database: &Path) {
    let cipher = Cipher::new(&super::super::keys());
    let store = open(database, &cipher).await;
    for n in 1..=2 {
        fill_row(&store, &cipher, n).await;
    }
    store.close().await.unwrap();
}

async fn fill_row(store: &Store, cipher: &Cipher, n: u64) {
    let (now, sealing, name) = (store.now(), cipher.sealing(), format!("s{n}"));
    let draft = AppDraft::new(PlatformId::Doudian, "应用", format!("key{n}"), "");
    let app = app_row(draft.platform, &draft.app_key);
    let seal = |column, row: &str, text: &str| {
        sealing.seal_text(&place(column, row, 0), &Secret::from(format!("{text} {n}"))).unwrap()
    };
    let save = SaveApp {
        sealed_secret: Some(seal(SealedColumn::AppSecret, &app, "secret")),
        sealed_proxy: Some(seal(SealedColumn::Proxy, &app, "proxy")),
        shown_proxy: Some("http://proxy".to_owned()),
        now,
        draft,
    };
    let app = store.save_app(save).await.unwrap().id;
    let row = grant_row(app, &name);
    let grant = |generation, text: &str| {
        let set = token_set(&name, &format!("{text} {n}"));
        crate::auth::grant::sealed_grant(&sealing, &row, generation, &set, now).unwrap()
    };
    let connect = ConnectShop {
        app_id: app,
        platform_shop_id: name.clone(),
        name: name.clone(),
        shop_type: None,
        kind: ShopKind::Store,
        renewable: false,
        most_renewals: None,
        expected_generation: 0,
        grant: grant(1, "first"),
        now,
    };
    let shop = store.connect_shop(connect).await.unwrap().unwrap().id;
    assert!(store.commit_refresh(shop, 1, grant(2, "second"), now).await.unwrap());
    let pending = NewPending {
        app_id: app,
        platform_shop_id: name.clone(),
        name: name.clone(),
        shop_type: None,
        sealed_access: seal(SealedColumn::PendingAccess, &row, "pending access"),
        sealed_refresh: Some(seal(SealedColumn::PendingRefresh, &row, "pending refresh")),
        grant_expires_at: now,
        refresh_expires_at: None,
        scope: None,
        tiers: None,
        now,
        expires_at: now.plus(std::time::Duration::from_secs(3_600)),
    };
    store.insert_pending(pending).await.unwrap();
    let refresher = Refresher { store: store.clone(), cipher: cipher.clone(), clock: Clock::system() };
    refresher.order(shop, order(n, 1)).await.unwrap();
    let digest = [u8::try_from(n).unwrap(); 16];
    let row = shop_row(shop, &format!("orders/{}", hex::encode(digest)));
    quarantine(store, shop, seal(SealedColumn::Raw, &row, "raw"), digest).await;
}

async fn quarantine(store: &Store, shop: ShopId, sealed_raw: Vec<u8>, digest: [u8; 16]) {
    let (kind, now) = (RunKind::Orders, store.now());
    let start = NewRun {
        shop,
        kind,
        mode: RunMode::Incremental,
        backfill: None,
        actor: "system".to_owned(),
        owner_process: store.process_id(),
        now,
    };
    let StartRun::Started(run) = store.start_run(start).await.unwrap() else { panic!("nobody else runs") };
    let window = NewWindow { section: 0, full: false, from: now, to: now, settled: now };
    let window = store.plan_windows(shop, kind, run.id, vec![window], now).await.unwrap().remove(0).id;
    let page = PageWrite {
        shop,
        run: run.id,
        window,
        place: None,
        done: true,
        rows: Vec::new(),
        confirmed: 0,
        bad: vec![BadRow { platform_id: None, sealed_raw, digest, reason: String::new() }],
        calls: 0,
        list_total: None,
        now,
    };
    store.store_order_page(page).await.unwrap();
}
