//! What a shop does on a disk that fails: a grant, a run, pages of a window. Each step looks first what
//! is there, as a caller who got an error must: a commit whose answer was an error may have happened.

use rusqlite::Connection;

use super::super::Store;
use super::super::fixture::{NOW, connect, draft, new_window, order, page, save};
use super::super::{NewRun, StartRun};
use crate::error::Result;
use crate::model::{RunId, RunKind, RunMode, ShopFilter, ShopId};

/// Orders of a page, and items of an order.
const ORDERS: i64 = 3;
const ITEMS: i64 = 2;

/// A run and its window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    shop: ShopId,
    run: RunId,
    window: i64,
}

/// An app, and a shop with its grant.
pub(super) async fn save_grant(store: &Store) -> Result<()> {
    let app = match store.list_apps().await?.first() {
        Some(app) => app.id,
        None => store.save_app(save(draft("key"))).await?.id,
    };
    if store.grant_generation(app, "s1").await? == 0 {
        store.connect_shop(connect(app, "s1", 0)).await?;
    }
    Ok(())
}

pub(super) async fn begin(store: &Store) -> Result<Job> {
    let shop = store.list_shops(ShopFilter::default()).await?[0].id;
    let kind = RunKind::Orders;
    let start = NewRun {
        shop,
        kind,
        mode: RunMode::Incremental,
        backfill: None,
        actor: "system".to_owned(),
        owner_process: store.process_id(),
        now: NOW,
    };
    let run = match store.start_run(start).await? {
        StartRun::Started(run) => run.id,
        StartRun::Busy(id) => id,
    };
    let mut open = store.open_windows(shop, kind).await?;
    if open.is_empty() {
        open = store.plan_windows(shop, kind, run, vec![new_window(0, 100)], NOW).await?;
    }
    Ok(Job { shop, run, window: open[0].id })
}

/// The `n`-th page, from 1; the window's place becomes `n`.
pub(super) async fn store_page(store: &Store, job: Job, n: i64) -> Result<()> {
    let rows = (0..ORDERS).map(|index| order(&format!("{n}-{index}"), n, 1)).collect();
    let write =
        super::super::PageWrite { rows, place: Some(n.to_string()), ..page(job.shop, job.run, job.window) };
    store.store_order_page(write).await.map(|_| ())
}

/// What of it is in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) generation: i64,
    pub(super) pages: i64,
    pub(super) keys: Vec<String>,
}

/// Reads it back. Fails with words when a page is there in part.
pub(super) async fn look(store: &Store) -> Result<Result<Seen, String>> {
    store.read("test.look", |conn| Ok(see(conn)?)).await
}

fn see(conn: &Connection) -> rusqlite::Result<Result<Seen, String>> {
    let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    let (orders, items) =
        (number("SELECT count(*) FROM orders")?, number("SELECT count(*) FROM order_items")?);
    let pages = number("SELECT coalesce(max(CAST(place AS INTEGER)), 0) FROM sync_windows")?;
    if orders != pages * ORDERS || items != orders * ITEMS {
        return Ok(Err(format!(
            "{pages} pages by the window's place, but {orders} orders and {items} items"
        )));
    }
    let keys =
        conn.prepare("SELECT key FROM meta")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let generation = number("SELECT coalesce(max(generation), 0) FROM grants")?;
    Ok(Ok(Seen { generation, pages, keys }))
}

/// Why a closed file is not sound, if it is not.
pub(super) fn unsound(path: &std::path::Path) -> Option<String> {
    let conn = Connection::open(path).unwrap();
    let verdict = conn.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
    let dangling = conn.prepare("PRAGMA foreign_key_check").and_then(|mut check| check.exists([]));
    match (verdict.as_deref(), dangling) {
        (Ok("ok"), Ok(false)) => None,
        other => Some(format!("{other:?}")),
    }
}
