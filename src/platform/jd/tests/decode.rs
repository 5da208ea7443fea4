use std::time::Duration;

use proptest::prelude::*;

use super::super::convert;
use super::fixture;
use crate::model::{Fen, OrderStatus, ProductStatus, RefundKind, RefundStatus, UtcMillis};
use crate::platform::Parsed;

fn reasons<T>(records: &[Parsed<T>]) -> Vec<(Option<&str>, &str)> {
    let bad = records.iter().filter_map(|record| record.as_ref().err());
    bad.map(|bad| (bad.platform_id.as_deref(), bad.reason.as_str())).collect()
}

#[test]
fn a_token_answer_names_no_shop() {
    let set = convert::token_set(fixture!("token.ok")).unwrap();
    assert_eq!(set.access_token.expose(), "fake-access-0000000000000000000000001");
    assert_eq!(set.refresh_token.unwrap().expose(), "fake-refresh-000000000000000000000001");
    let year = Duration::from_secs(31_535_999);
    assert_eq!((set.expires_in, set.refresh_expires_in), (year, Some(year)));
    assert_eq!((set.scope.as_deref(), set.shop.platform_shop_id.as_str()), (Some("snsapi_base"), ""));
    let odd = convert::token_set(br#"{"access_token":"t","expires_in":-5}"#).unwrap();
    assert_eq!((odd.expires_in, odd.refresh_token.is_none()), (Duration::from_secs(60), true));
    for body in [r#"{"access_token":""}"#, r#"{"access_token":["canary"]}"#, r#"{"access_token":"canary"#] {
        let error = convert::token_set(body.as_bytes()).unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn a_shop_goes_by_its_venders_id() {
    let facts = convert::vender(fixture!("vender")).unwrap();
    assert_eq!(facts.platform_shop_id.as_deref(), Some("9007199254740993"));
    assert_eq!((facts.name.as_deref(), facts.shop_type.as_deref()), (Some("青屿官方旗舰店"), Some("0")));
}

#[test]
fn orders_are_read_in_yuan_and_beijing_time() {
    let page = convert::order_page(fixture!("order.search")).unwrap();
    assert_eq!(page.total, Some(4));
    assert_eq!(
        reasons(&page.records),
        [(Some("300000000004"), "cannot read orderTotalPrice: yuan with at most two decimals")]
    );
    let first = page.records[0].as_ref().unwrap();
    let record = &first.record;
    assert_eq!(record.platform_order_id, "9007199254740993");
    assert_eq!(record.status, OrderStatus::ToShip);
    assert_eq!((record.order_amount, record.pay_amount), (Some(Fen(5_130)), Some(Fen(4_330))));
    assert_eq!((record.post_amount, record.promotion_amount), (Some(Fen(600)), Some(Fen(800))));
    assert_eq!(record.platform_created_at, UtcMillis(1_700_000_000_000 - 80_000));
    assert_eq!(record.platform_updated_at, UtcMillis(1_700_000_000_000));
    assert_eq!((record.finished_at, record.paid_at), (None, Some(UtcMillis(1_700_000_000_000 - 20_000))));
    assert_eq!((record.packages.len(), record.seller_words.as_deref()), (0, None));
    let lines: Vec<_> =
        record.items.iter().map(|line| (line.platform_item_id.as_str(), line.quantity)).collect();
    assert_eq!(lines, [("9007199254740993/1", 2), ("9007199254740993/2", 1)]);
    assert_eq!(record.items[0].sum_amount, Some(Fen(3_980)));
    let plain = first.plain.as_ref().unwrap();
    assert_eq!(plain.name.as_ref().unwrap().expose(), "陈思远");
    assert_eq!(plain.phone.as_ref().unwrap().expose(), "13800001234");
    assert_eq!((&record.receiver.name.masked, &record.receiver.name.cipher), (&None, &None));
    assert_eq!(record.receiver.street.as_deref(), Some("粤海街道"));
    assert!(!format!("{record:?}").contains("陈思远"));
}

/// The masked forms answer under their own names, and the count as text (10.1).
#[test]
fn masked_orders_are_read_as_plain_ones() {
    let plain = String::from_utf8(fixture!("order.search").to_vec()).unwrap();
    let masked = plain
        .replace("pop_order_search", "pop_order_enSearch")
        .replace("\"orderTotal\":4", "\"orderTotal\":\"4\"");
    assert_ne!(plain, masked);
    let ids = |body: &str| {
        let page = convert::order_page(body.as_bytes()).unwrap();
        let ids = page.records.iter().flatten().map(|order| order.record.platform_order_id.clone());
        (page.total, ids.collect::<Vec<_>>())
    };
    assert_eq!(ids(&plain), ids(&masked));
    let one = String::from_utf8(fixture!("order.get").to_vec()).unwrap();
    let masked = one.replace("pop_order_get", "pop_order_enGet");
    assert_ne!(one, masked);
    let read = |body: &str| convert::order_detail(body.as_bytes()).unwrap().record;
    assert_eq!(read(&one), read(&masked));
    let other = plain.replace("pop_order_search", "pop_order_fbp_search");
    assert!(convert::order_page(other.as_bytes()).is_err(), "another method's answer");
}

#[test]
fn masked_buyer_data_keeps_its_ciphertext_and_parcels_their_carriers() {
    let page = convert::order_page(fixture!("order.search")).unwrap();
    let second = page.records[1].as_ref().unwrap();
    assert!(second.plain.is_none());
    let phone = &second.record.receiver.phone;
    assert_eq!((phone.masked.as_deref(), phone.cipher.as_deref()), (Some("159****2183"), Some("AATfake2=")));
    let parcels: Vec<_> = second
        .record
        .packages
        .iter()
        .map(|parcel| (parcel.company.as_deref().unwrap(), parcel.tracking_no.as_str()))
        .collect();
    assert_eq!(parcels, [("467", "SF1"), ("467", "SF2"), ("463", "YT3")]);
    let record = &second.record;
    assert_eq!((record.paid_at, record.pay_amount), (None, Some(Fen(950))), "orderPayment stands in");
    assert_eq!(record.promotion_amount, Some(Fen(50)));
    let third = page.records[2].as_ref().unwrap();
    assert_eq!(
        (third.record.status, third.record.platform_status.as_str()),
        (OrderStatus::Unknown, "SOMETHING_NEW")
    );
}

#[test]
fn no_orders_are_an_empty_page_and_one_alone_is_read() {
    let page = convert::order_page(fixture!("order.search.empty")).unwrap();
    assert_eq!((page.records.len(), page.total), (0, Some(0)));
    let bare = br#"{"jingdong_pop_order_search_responce":{"code":"0","searchorderinfo_result":{}}}"#;
    assert!(convert::order_page(bare).is_err(), "neither rows nor a count is no page");
    let order = convert::order_detail(fixture!("order.get")).unwrap();
    assert_eq!(
        (order.record.status, order.record.finished_at),
        (OrderStatus::Cancelled, Some(UtcMillis(1_700_000_400_000)))
    );
    assert!(convert::order_detail(fixture!("order.get.missing")).is_err());
    let companies = convert::companies(fixture!("carriers")).unwrap();
    assert_eq!((companies.len(), companies[0].code.as_str()), (2, "467"));
}

#[test]
fn wares_are_read_in_milliseconds_and_their_states_bit_by_bit() {
    let page = convert::ware_page(fixture!("ware.search")).unwrap();
    assert_eq!(
        reasons(&page.records),
        [(Some("100000000004"), "cannot read modified: milliseconds since 1970")],
        "seconds in a field of milliseconds are a changed unit"
    );
    let first = page.records[0].as_ref().unwrap();
    assert_eq!(first.platform_product_id, "9007199254740993");
    assert_eq!((first.status, first.platform_status.as_str()), (ProductStatus::OnSale, "520"));
    assert_eq!(
        (first.category_id.as_deref(), first.platform_updated_at),
        (Some("9739"), Some(UtcMillis(1_700_000_100_000)))
    );
    assert_eq!(
        first.images,
        ["https://img10.360buyimg.com/n0/jfs/t1/a.jpg", "https://img10.360buyimg.com/n0/jfs/t1/b.jpg"]
    );
    assert!(first.extra.as_deref().unwrap().contains("\"costPrice\":426.5"));
    let second = page.records[1].as_ref().unwrap();
    assert_eq!(second.images, ["https://img10.360buyimg.com/n0/c.jpg"]);
    let third = page.records[2].as_ref().unwrap();
    assert_eq!((third.status, third.platform_status.as_str()), (ProductStatus::Unknown, "16"));
    let one = convert::product_detail(fixture!("ware.one")).unwrap();
    assert_eq!(
        (one.record.status, one.record.description.as_deref()),
        (ProductStatus::Rejected, Some("<p>灯</p>"))
    );
    let none = br#"{"jingdong_ware_read_findWareById_responce":{"code":"0"}}"#;
    assert!(convert::product_detail(none).is_err());
}

#[test]
fn each_state_of_a_ware_is_known() {
    let status = |value: i64| {
        let body = format!(
            r#"{{"jingdong_ware_read_findWareById_responce":{{"code":"0","ware":{{"wareId":1,"wareStatus":{value}}}}}}}"#
        );
        convert::product_detail(body.as_bytes()).unwrap().record.status
    };
    let expected = [
        (-1, ProductStatus::Deleted),
        (1, ProductStatus::Draft),
        (2, ProductStatus::OffSale),
        (4, ProductStatus::Banned),
        (8, ProductStatus::OnSale),
        (513, ProductStatus::UnderReview),
        (514, ProductStatus::OffSale),
        (516, ProductStatus::Banned),
        (520, ProductStatus::OnSale),
        (1025, ProductStatus::Rejected),
        (1026, ProductStatus::OffSale),
        (1028, ProductStatus::Banned),
        (1032, ProductStatus::OnSale),
        (0, ProductStatus::Unknown),
        (4096, ProductStatus::Unknown),
    ];
    for (value, status_of_it) in expected {
        assert_eq!(status(value), status_of_it, "{value}");
    }
}

#[test]
fn skus_are_read_in_yuan_digit_by_digit_or_set_aside() {
    let skus = convert::skus(fixture!("skus")).unwrap();
    let first = skus[0].as_ref().unwrap();
    assert_eq!(first.platform_sku_id, "9007199254740995");
    assert_eq!((first.price, first.stock), (Fen(85_290), 632));
    assert_eq!(first.specs, ["月光白", "XL"]);
    assert_eq!(
        reasons(&skus),
        [(Some("100000000012"), "cannot read jdPrice: yuan with at most two decimals")]
    );
    let tree = convert::categories(fixture!("categories")).unwrap();
    assert_eq!((tree[0].parent_id.as_deref(), tree[0].level, tree[0].is_leaf), (None, Some(1), false));
    assert_eq!((tree[1].parent_id.as_deref(), tree[1].is_enabled), (Some("9700"), false));
}

/// The trap of section 11: fen here, yuan on orders; and the two lists count apart.
#[test]
fn refunds_of_both_lists_are_read_and_never_collide() {
    let page = convert::application_page(fixture!("refund.applications")).unwrap();
    let first = page.records[0].as_ref().unwrap();
    assert_eq!((first.refund_amount, first.kind), (Some(Fen(16_741)), RefundKind::RefundOnly));
    assert_eq!((first.status, first.platform_order_id.as_str()), (RefundStatus::Done, "9007199254740993"));
    assert_eq!(first.platform_updated_at, UtcMillis(1_700_000_000_000), "the last step");
    assert_eq!(
        reasons(&page.records),
        [(Some("700000002"), "cannot read applyRefundSum: whole fen")],
        "yuan in a field of fen are a changed unit"
    );
    let services = convert::service_page(fixture!("refund.services")).unwrap();
    let case = services.records[0].as_ref().unwrap();
    assert_eq!((case.kind, case.status), (RefundKind::ReturnRefund, RefundStatus::WaitingReturn));
    assert_eq!(case.platform_updated_at, UtcMillis(1_700_000_100_000));
    assert_ne!(case.platform_refund_id, first.platform_refund_id);
    assert_eq!(case.platform_refund_id, "asc-700000001");
    let shown = format!("{case:?}");
    assert!(!shown.contains("陈思远") && !shown.contains("138****1234") && !shown.contains("科苑路"));
    let odd = services.records[1].as_ref().unwrap();
    assert_eq!((odd.kind, odd.platform_kind.as_str()), (RefundKind::Unknown, "60"));
    assert_eq!((odd.status, odd.platform_status.as_str()), (RefundStatus::Unknown, "99999"));
    assert_eq!(odd.platform_updated_at, odd.platform_created_at);
}

#[test]
fn a_raw_answer_loses_its_wrapper_only() {
    let raw = convert::raw_result(fixture!("union.refused")).unwrap();
    assert!(raw.get().starts_with(r#"{"code":"0","queryResult":"{\"code\":403"#), "{}", raw.get());
}

proptest! {
    #[test]
    fn no_body_makes_a_decoder_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = convert::order_page(&body);
        let _ = convert::application_page(&body);
        let _ = convert::ware_page(&body);
        let _ = convert::token_set(&body);
        let _ = super::super::fault::read("jingdong.pop.order.search", &body);
    }
}
