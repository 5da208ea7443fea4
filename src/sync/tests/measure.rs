//! What a page costs between the wire and the store. Count instructions, which no other load changes:
//! `DIANQIAO_ROUNDS=20 valgrind --tool=callgrind TEST_BINARY --ignored --exact sync::tests::measure::NAME`
//! with a test binary built by `cargo test --release --lib --no-run`; without valgrind the tests print times.

use tokio::time::Instant;

use super::super::list::{Listed, OrderList, ProductList};
use super::super::seal::Sealer;
use super::number;
use crate::auth::{Cipher, KeyRing, MasterKey};
use crate::model::{PlatformId, ShopId};
use crate::platform::{ApiCall, Credentials, ListPage, OrderQuery, Place, ProductQuery, Reading, adapter};
use crate::secret::Secret;

const ROWS: u64 = 100;

/// A page as the benchmark's platform sends it: one record, again and again with another id.
fn page(record: &str, list: &str) -> String {
    let rows: Vec<String> =
        (0..ROWS).map(|n| record.trim().replace("@ID@", &(7_000_000 + n).to_string())).collect();
    let rows = rows.join(",");
    format!(
        r#"{{"code":10000,"msg":"success","log_id":"20231115","data":{{"total":{ROWS},"{list}":[{rows}]}}}}"#
    )
}

/// Reads and digests a page again and again; says what one row took.
fn measure<L: Listed>(what: &str, call: &ApiCall<ListPage<L::Remote>>, body: &str) {
    let key: Vec<u8> = (0..32).collect();
    let cipher = Cipher::new(&KeyRing::new(MasterKey::from_bytes(&key).unwrap()));
    let sealing = cipher.sealing();
    let sealer = Sealer { sealing: &sealing, shop: ShopId(1), thin_products: false };
    let (mut reading, mut digesting) = (f64::MAX, f64::MAX);
    for _ in 0..number("DIANQIAO_ROUNDS", 200) {
        let started = Instant::now();
        assert!(matches!(adapter(PlatformId::Doudian).read("", body.as_bytes()), Reading::Success { .. }));
        let page = (call.decode)(body.as_bytes()).unwrap();
        let read = started.elapsed();
        for record in page.records {
            L::row(&sealer, record.unwrap()).unwrap();
        }
        reading = reading.min(read.as_secs_f64());
        digesting = digesting.min((started.elapsed() - read).as_secs_f64());
    }
    let each = |seconds: f64| seconds * 1e6 / ROWS as f64;
    let bytes = body.len() as u64 / ROWS;
    println!(
        "{what}, {bytes} bytes a row: {:.1} µs to read, {:.1} µs to digest",
        each(reading),
        each(digesting)
    );
}

#[test]
#[ignore = "a measurement"]
fn a_page_of_orders_from_bytes_to_digests() {
    let query =
        OrderQuery { from: Default::default(), to: Default::default(), page: 0, size: 100, section: 0 };
    let call = adapter(PlatformId::Doudian).list_orders(&query).unwrap();
    measure::<OrderList>("orders", &call, &page(include_str!("order.json"), "shop_order_list"));
}

#[test]
#[ignore = "a measurement"]
fn a_page_of_products_from_bytes_to_digests() {
    let query = ProductQuery { updated: None, place: Place::Cursor(None), size: 100, section: 0 };
    let call = adapter(PlatformId::Doudian).list_products(&query).unwrap();
    measure::<ProductList>("products", &call, &page(include_str!("product.json"), "data"));
}

#[test]
#[ignore = "a measurement"]
fn signing_a_request_of_500_bytes() {
    let platform = adapter(PlatformId::Doudian);
    let params = format!(r#"{{"keyword":"{}","page":1,"size":100}}"#, "x".repeat(466));
    let call = platform.raw("product.listV2", &params).unwrap();
    assert_eq!(call.parts.params.len(), 500);
    let credentials = Credentials {
        app_key: "7000000000000000000".to_owned(),
        app_secret: Secret::new("0123456789abcdef0123456789abcdef".to_owned()),
        api_base: "https://openapi-fxg.jinritemai.com".to_owned(),
        token_base: None,
        upload_base: None,
    };
    let token = Secret::new("token".repeat(8));
    let started = Instant::now();
    let count = 100 * number("DIANQIAO_ROUNDS", 2000);
    for second in 0..count {
        let now = crate::model::UtcMillis::from_secs(1_700_000_000 + second as i64);
        platform.sign(&call.parts, &credentials, Some(&token), now).unwrap();
    }
    println!("{:.0} requests signed a second", count as f64 / started.elapsed().as_secs_f64());
}
