//! The floor: what a sync costs when a program fetches, decodes and upserts into the crate's tables with the crate's
//! settings (WAL, FULL, foreign keys, one transaction a page) and does nothing else. No signature, no token, no limit,
//! no digest, no window, no place to go on from, no repair of text, no record of its own fate; a broken record ends it.
//!
//! `floor PORT DATABASE FIRST_ORDER` prints `{"rows":…,"wall":…,"cpu":…}` for products and for orders.

use std::borrow::Cow;
use std::error::Error;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::mpsc::{Receiver, Sender, channel};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The crate's tables: the very files it makes them from, with all their indexes and triggers.
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../src/store/migrations");
/// As many calls of a shop as the crate has under way.
const IN_FLIGHT: usize = 8;

#[derive(Deserialize)]
struct Answer<'a, T> {
    code: i64,
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(skip)]
    _data: std::marker::PhantomData<T>,
}

#[derive(Deserialize)]
struct Products<'a> {
    #[serde(borrow)]
    data: Vec<Product<'a>>,
}

#[derive(Deserialize)]
struct Orders<'a> {
    total: u64,
    #[serde(borrow)]
    shop_order_list: Vec<Order<'a>>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow)]
    product_id: &'a RawValue,
    name: Cow<'a, str>,
    status: i64,
    check_status: i64,
    draft_status: i64,
    outer_product_id: Cow<'a, str>,
    description: Cow<'a, str>,
    pic: Vec<Cow<'a, str>>,
    create_time: i64,
    update_time: i64,
    category_detail: &'a RawValue,
    discount_price: i64,
    freight_id: i64,
    market_price: i64,
    out_product_id: i64,
    presell_type: i64,
    product_type: i64,
    spec_id: &'a RawValue,
}

#[derive(Deserialize)]
struct Category<'a> {
    #[serde(borrow)]
    third_cid: &'a RawValue,
}

/// The column `extra`: the fields without a column of their own, by name.
#[derive(Serialize)]
struct Extra<'a> {
    category_detail: &'a RawValue,
    discount_price: i64,
    freight_id: i64,
    market_price: i64,
    out_product_id: i64,
    presell_type: i64,
    product_type: i64,
    spec_id: &'a RawValue,
}

#[derive(Deserialize)]
struct Order<'a> {
    #[serde(borrow)]
    order_id: Cow<'a, str>,
    order_status: i64,
    order_type: i64,
    order_amount: i64,
    pay_amount: i64,
    post_amount: i64,
    promotion_amount: i64,
    pay_type: i64,
    buyer_words: Cow<'a, str>,
    seller_words: Cow<'a, str>,
    seller_remark_stars: i64,
    doudian_open_id: Cow<'a, str>,
    mask_post_receiver: Cow<'a, str>,
    encrypt_post_receiver: Cow<'a, str>,
    mask_post_tel: Cow<'a, str>,
    encrypt_post_tel: Cow<'a, str>,
    post_addr: Address<'a>,
    mask_post_addr: Masked<'a>,
    logistics_info: Vec<Parcel<'a>>,
    sku_order_list: Vec<Item<'a>>,
    create_time: i64,
    update_time: i64,
    pay_time: i64,
    ship_time: i64,
    finish_time: i64,
    exp_ship_time: i64,
    order_expire_time: i64,
}

#[derive(Deserialize)]
struct Address<'a> {
    #[serde(borrow)]
    province: Region<'a>,
    city: Region<'a>,
    town: Region<'a>,
    street: Region<'a>,
    encrypt_detail: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Masked<'a> {
    #[serde(borrow)]
    detail: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Region<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Parcel<'a> {
    #[serde(borrow)]
    tracking_no: Cow<'a, str>,
    company: Cow<'a, str>,
    delivery_id: Cow<'a, str>,
    ship_time: i64,
}

#[derive(Serialize)]
struct StoredParcel<'a> {
    tracking_no: &'a str,
    company: &'a str,
    delivery_id: &'a str,
    shipped_at_ms: i64,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    order_id: Cow<'a, str>,
    product_id_str: Cow<'a, str>,
    product_name: Cow<'a, str>,
    sku_id: &'a RawValue,
    out_sku_id: Cow<'a, str>,
    code: Cow<'a, str>,
    item_num: i64,
    origin_amount: i64,
    sum_amount: i64,
    pay_amount: i64,
    order_status: i64,
}

/// An empty text is no text.
fn text<'a>(text: &'a Cow<'_, str>) -> Option<&'a str> {
    Some(&**text).filter(|text| !text.is_empty())
}

/// Milliseconds; 0 is no time.
fn time(seconds: i64) -> Option<i64> {
    Some(seconds * 1000).filter(|at| *at != 0)
}

fn order_status(status: i64) -> &'static str {
    match status {
        1 => "unpaid",
        2 => "to_ship",
        3 => "shipped",
        5 => "completed",
        _ => "unknown",
    }
}

fn data<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Fallible<T> {
    let answer: Answer<'a, T> = serde_json::from_slice(body)?;
    if answer.code != 10000 {
        return Err("the platform refused".into());
    }
    Ok(serde_json::from_str(answer.data.get())?)
}

fn open(path: &str) -> Fallible<Connection> {
    let conn = Connection::open(path)?;
    conn.set_prepared_statement_cache_capacity(128);
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -16384;
        PRAGMA wal_autocheckpoint = 4096; PRAGMA temp_store = MEMORY;",
    )?;
    let mut migrations: Vec<_> =
        std::fs::read_dir(MIGRATIONS)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    migrations.sort();
    // Without foreign keys, as the crate migrates: some tables are made anew.
    for migration in migrations {
        conn.execute_batch(&std::fs::read_to_string(migration)?)?;
    }
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.execute_batch(
        "INSERT INTO ecommerce_platforms (id, platform_name, app_name, app_key, app_secret, kind, status, created_at, updated_at)
            VALUES (1, 'doudian', 'a', 'k', x'00', 'tool', 'enabled', 1, 1);
        INSERT INTO shops (id, platform_id, shop_id, shop_name, kind, status, created_at, updated_at) VALUES (1, 1, '4463798', 's', 'store', 'active', 1, 1);",
    )?;
    Ok(conn)
}

fn store_products(conn: &Connection, body: &[u8]) -> Fallible<u64> {
    let page: Products<'_> = data(body)?;
    let sql = "INSERT INTO products (shop_id, platform_product_id, product_name, outer_id, category_id, description, images,
            status, platform_status, platform_created_at, platform_updated_at, extra, hash, created_at, updated_at, synced_at)
        VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, zeroblob(16), 1, 1, 1)
        ON CONFLICT (shop_id, platform_product_id) DO UPDATE SET product_name = ?2, outer_id = ?3, category_id = ?4,
            description = ?5, images = ?6, status = ?7, platform_status = ?8, platform_created_at = ?9,
            platform_updated_at = ?10, extra = ?11";
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    {
        let mut upsert = conn.prepare_cached(sql)?;
        for row in &page.data {
            let category: Category<'_> = serde_json::from_str(row.category_detail.get())?;
            let extra = Extra {
                category_detail: row.category_detail,
                discount_price: row.discount_price,
                freight_id: row.freight_id,
                market_price: row.market_price,
                out_product_id: row.out_product_id,
                presell_type: row.presell_type,
                product_type: row.product_type,
                spec_id: row.spec_id,
            };
            let status = if row.status == 0 { "on_sale" } else { "off_sale" };
            upsert.execute(params![
                row.product_id.get(),
                row.name,
                text(&row.outer_product_id),
                category.third_cid.get(),
                text(&row.description),
                serde_json::to_string(&row.pic)?,
                status,
                format!("{}/{}/{}", row.status, row.check_status, row.draft_status),
                time(row.create_time),
                time(row.update_time),
                serde_json::to_string(&extra)?,
            ])?;
        }
    }
    conn.prepare_cached("COMMIT")?.execute([])?;
    Ok(page.data.len() as u64)
}

fn store_orders(conn: &Connection, body: &[u8]) -> Fallible<u64> {
    let page: Orders<'_> = data(body)?;
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    for row in &page.shop_order_list {
        let id = store_order(conn, row)?;
        store_items(conn, id, &row.sku_order_list)?;
    }
    conn.prepare_cached("COMMIT")?.execute([])?;
    Ok(page.shop_order_list.len() as u64)
}

fn store_order(conn: &Connection, row: &Order<'_>) -> Fallible<i64> {
    let sql = "INSERT INTO orders (shop_id, platform_order_id, status, platform_status, order_type, order_amount, pay_amount,
            post_amount, promotion_amount, pay_type, buyer_words, seller_words, seller_stars, buyer_open_id, receiver_name,
            receiver_name_cipher, receiver_phone, receiver_phone_cipher, receiver_detail, receiver_detail_cipher,
            receiver_province, receiver_city, receiver_town, receiver_street, packages, platform_created_at,
            platform_updated_at, paid_at, shipped_at, finished_at, ship_by, pay_by, hash, created_at, updated_at, synced_at)
        VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
            ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, zeroblob(16), 1, 1, 1)
        ON CONFLICT (shop_id, platform_order_id) DO UPDATE SET status = ?2, platform_status = ?3, order_type = ?4,
            order_amount = ?5, pay_amount = ?6, post_amount = ?7, promotion_amount = ?8, pay_type = ?9, buyer_words = ?10,
            seller_words = ?11, seller_stars = ?12, buyer_open_id = ?13, receiver_name = ?14, receiver_name_cipher = ?15,
            receiver_phone = ?16, receiver_phone_cipher = ?17, receiver_detail = ?18, receiver_detail_cipher = ?19,
            receiver_province = ?20, receiver_city = ?21, receiver_town = ?22, receiver_street = ?23, packages = ?24,
            platform_created_at = ?25, platform_updated_at = ?26, paid_at = ?27, shipped_at = ?28, finished_at = ?29,
            ship_by = ?30, pay_by = ?31
        RETURNING id";
    let parcels: Vec<_> = row
        .logistics_info
        .iter()
        .map(|parcel| StoredParcel {
            tracking_no: &parcel.tracking_no,
            company: &parcel.company,
            delivery_id: &parcel.delivery_id,
            shipped_at_ms: parcel.ship_time * 1000,
        })
        .collect();
    let (address, masked) = (&row.post_addr, &row.mask_post_addr);
    let values = params![
        row.order_id,
        order_status(row.order_status),
        row.order_status.to_string(),
        row.order_type.to_string(),
        row.order_amount,
        row.pay_amount,
        row.post_amount,
        row.promotion_amount,
        row.pay_type.to_string(),
        text(&row.buyer_words),
        text(&row.seller_words),
        row.seller_remark_stars,
        text(&row.doudian_open_id),
        text(&row.mask_post_receiver),
        text(&row.encrypt_post_receiver),
        text(&row.mask_post_tel),
        text(&row.encrypt_post_tel),
        text(&masked.detail),
        text(&address.encrypt_detail),
        text(&address.province.name),
        text(&address.city.name),
        text(&address.town.name),
        text(&address.street.name),
        serde_json::to_string(&parcels)?,
        time(row.create_time),
        time(row.update_time),
        time(row.pay_time),
        time(row.ship_time),
        time(row.finish_time),
        time(row.exp_ship_time),
        time(row.order_expire_time),
    ];
    Ok(conn.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

fn store_items(conn: &Connection, order: i64, items: &[Item<'_>]) -> Fallible<()> {
    conn.prepare_cached("DELETE FROM order_items WHERE order_id = ?1")?.execute([order])?;
    let sql = "INSERT INTO order_items (order_id, position, platform_item_id, platform_product_id, platform_sku_id, outer_sku_id,
            code, name, quantity, origin_price, sum_amount, pay_amount, status, platform_status)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    let mut insert = conn.prepare_cached(sql)?;
    for (position, item) in items.iter().enumerate() {
        insert.execute(params![
            order,
            position as i64,
            item.order_id,
            item.product_id_str,
            item.sku_id.get(),
            text(&item.out_sku_id),
            text(&item.code),
            text(&item.product_name),
            item.item_num,
            item.origin_amount,
            item.sum_amount,
            item.pay_amount,
            order_status(item.order_status),
            item.order_status.to_string(),
        ])?;
    }
    Ok(())
}

async fn connect(port: u16) -> Fallible<SendRequest<Full<Bytes>>> {
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn post(to: &mut SendRequest<Full<Bytes>>, path: &str, body: String) -> Fallible<Bytes> {
    let request = hyper::Request::post(path).header("host", "127.0.0.1").body(Full::new(body.into()))?;
    to.ready().await?;
    Ok(to.send_request(request).await?.into_body().collect().await?.to_bytes())
}

async fn fetch_products(port: u16, pages: Sender<Bytes>) -> Fallible<()> {
    let (mut to, mut cursor) = (connect(port).await?, String::new());
    loop {
        let body = post(
            &mut to,
            "/product/listV2",
            format!(r#"{{"size":100,"use_cursor":true,"cursor_id":"{cursor}"}}"#),
        )
        .await?;
        // The cursor stands before the records: no need to read the page twice.
        let head = std::str::from_utf8(&body[..body.len().min(300)])
            .unwrap_or_else(|cut| std::str::from_utf8(&body[..cut.valid_up_to()]).unwrap_or(""));
        cursor = head
            .split("\"cursor_id\":\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or("")
            .to_owned();
        pages.send(body).await?;
        if cursor.is_empty() {
            return Ok(());
        }
    }
}

async fn fetch_orders(port: u16, from: u64, pages: Sender<Bytes>) -> Fallible<()> {
    let ask = move |page: u64| {
        format!(r#"{{"update_time_start":{from},"update_time_end":4000000000,"page":{page},"size":100}}"#)
    };
    let mut to = connect(port).await?;
    let first = post(&mut to, "/order/searchList", ask(0)).await?;
    let last = data::<Orders<'_>>(&first)?.total.div_ceil(100);
    pages.send(first).await?;
    let mut tasks = Vec::new();
    for lane in 0..IN_FLIGHT as u64 {
        let pages = pages.clone();
        tasks.push(tokio::spawn(async move {
            let mut to = connect(port).await?;
            for page in (1 + lane..last).step_by(IN_FLIGHT) {
                pages.send(post(&mut to, "/order/searchList", ask(page)).await?).await?;
            }
            Fallible::Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

fn cpu() -> f64 {
    // SAFETY: a zeroed rusage is valid, and the call only writes into it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// Fetches on a thread of its own, so that the wire and the disk do not wait for one another.
fn stage<F>(
    fetch: impl FnOnce(Sender<Bytes>) -> F + Send + 'static,
    mut store: impl FnMut(&[u8]) -> Fallible<u64>,
) -> Fallible<String>
where
    F: Future<Output = Fallible<()>>,
{
    let (started, cpu_before) = (Instant::now(), cpu());
    let (sender, mut pages): (_, Receiver<Bytes>) = channel(IN_FLIGHT);
    let fetching = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(fetch(sender))
    });
    let mut rows = 0;
    while let Some(page) = pages.blocking_recv() {
        rows += store(&page)?;
    }
    fetching.join().map_err(|_| "fetching panicked")??;
    Ok(format!(
        r#"{{"rows":{rows},"wall":{},"cpu":{}}}"#,
        started.elapsed().as_secs_f64(),
        cpu() - cpu_before
    ))
}

fn main() -> Fallible<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: floor PORT DATABASE FIRST_ORDER");
    let (port, path, from) = (next()?.parse()?, next()?, next()?.parse()?);
    let conn = open(&path)?;
    let products = stage(move |pages| fetch_products(port, pages), |body| store_products(&conn, body))?;
    let orders = stage(move |pages| fetch_orders(port, from, pages), |body| store_orders(&conn, body))?;
    println!(r#"{{"products":{products},"orders":{orders}}}"#);
    Ok(())
}
