//! Tests of the adapter: what is signed, fixtures of its answers, every fault row, its write.

use std::time::Duration;

use super::{FAKE, convert, fault, parts};
use crate::model::{Fen, OrderStatus, UtcMillis};
use crate::platform::{Credentials, Platform, Reading, Repeat, StockChange};
use crate::secret::Secret;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/fake/", $name, ".json")).as_slice()
    };
}

#[test]
fn the_time_and_the_token_stand_in_the_query_and_the_secret_does_not() {
    let credentials = Credentials {
        app_key: "k".to_owned(),
        app_secret: Secret::from("secret"),
        api_base: FAKE.api_base().to_owned(),
        token_base: None,
        upload_base: None,
    };
    let call = parts("order.list", "{}", Repeat::Safe);
    let signed = FAKE.sign(&call, &credentials, Some(&Secret::from("t")), UtcMillis(7)).unwrap();
    let wanted = "https://api.fake.example/order.list?app_key=k&timestamp=7&sign=7.6&access_token=t";
    assert_eq!((signed.url.expose().as_str(), signed.body.as_slice()), (wanted, b"{}".as_slice()));
}

#[test]
fn a_page_of_orders_keeps_ids_unknown_words_and_what_cannot_be_read() {
    let page = convert::orders(fixture!("order.list")).unwrap();
    assert_eq!((page.total, page.records.len()), (Some(3), 3));
    let first = &page.records[0].as_ref().unwrap().record;
    assert_eq!((first.platform_order_id.as_str(), first.pay_amount), ("9007199254740993", Some(Fen(1999))));
    assert_eq!((first.items[0].platform_sku_id.as_deref(), first.items[0].quantity), (Some("771"), 2));
    let second = &page.records[1].as_ref().unwrap().record;
    assert_eq!((second.status, second.platform_status.as_str()), (OrderStatus::Unknown, "odd"));
    assert_eq!(page.records[2].as_ref().unwrap_err().platform_id.as_deref(), Some("3"));
}

#[test]
fn a_token_answer_says_whose_it_is() {
    let tokens = convert::token_set(fixture!("token.create")).unwrap();
    assert_eq!((tokens.shop.platform_shop_id.as_str(), tokens.shop.name.as_str()), ("1001", "假店"));
    assert_eq!(tokens.expires_in, Duration::from_secs(7200));
}

#[test]
fn every_code_means_its_word_and_others_are_unknown() {
    let verdict = |code: &str| {
        let body = format!("{{\"ok\":false,\"code\":\"{code}\",\"wait\":3}}");
        match fault::read(body.as_bytes()) {
            Reading::Fault(fault) => (fault.verdict, fault.wait),
            other => panic!("{other:?}"),
        }
    };
    for row in fault::ROWS {
        assert_eq!(verdict(row.key), (row.verdict, Some(Duration::from_secs(3))), "{}", row.key);
    }
    assert_eq!(verdict("who_knows").0, crate::platform::Verdict::Unknown);
}

#[test]
fn an_addition_of_stock_carries_its_key() {
    let call = FAKE.set_stock("7", "71", StockChange::Add { delta: -2, key: "k" }).unwrap();
    assert_eq!(call.parts.params, r#"{"delta":-2,"key":"k","productId":"7","skuId":"71"}"#);
}
