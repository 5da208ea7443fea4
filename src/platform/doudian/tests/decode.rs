use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::convert;
use super::{Doudian, fixture};
use crate::model::{Fen, OrderStatus, ProductStatus, UtcMillis};
use crate::platform::{ListPage, Parsed, Platform, RemoteOrder};

fn only<T>(mut page: ListPage<T>) -> T {
    assert_eq!(page.records.len(), 1);
    page.records.remove(0).unwrap()
}

fn reasons<T>(records: &[Parsed<T>]) -> Vec<(Option<&str>, &str)> {
    let bad = records.iter().filter_map(|record| record.as_ref().err());
    bad.map(|bad| (bad.platform_id.as_deref(), bad.reason.as_str())).collect()
}

#[test]
fn a_token_answer_is_read() {
    let set = convert::token_set(fixture!("token.create.ok")).unwrap();
    assert_eq!(set.access_token.expose(), "fake-access-0001-aaaa-bbbb");
    assert_eq!(set.refresh_token.unwrap().expose(), "fake-refresh-0001-aaaa-bbbb");
    assert_eq!(set.expires_in, Duration::from_secs(604_799));
    assert_eq!(set.refresh_expires_in, Some(Duration::from_secs(14 * 86_400 - 1)));
    assert_eq!(set.shop.platform_shop_id, "4463798");
    assert_eq!(set.shop.name, "云上茶叶旗舰店");
    assert_eq!((set.scope.as_deref(), set.shop.shop_type), (Some("SCOPE"), None));
}

#[test]
fn a_token_answer_of_strings_is_read() {
    let set = convert::token_set(fixture!("token.create.strings")).unwrap();
    assert_eq!(set.expires_in, Duration::from_secs(86_400));
    assert!(set.refresh_token.is_none() && set.refresh_expires_in.is_none() && set.scope.is_none());
    assert_eq!(set.shop.platform_shop_id, "4463798");
    assert_eq!(set.shop.shop_type.as_deref(), Some("MCN"));
}

#[test]
fn lifetimes_are_clamped_and_never_lose_a_token() {
    let week = Duration::from_secs(7 * 86_400);
    let soon = Duration::from_secs(60);
    let absolute = convert::token_set(fixture!("token.refresh.absolute-expiry")).unwrap();
    assert_eq!(absolute.expires_in, week);
    for (expires_in, expected) in [
        ("0", soon),
        ("-5", soon),
        ("null", soon),
        ("\"soon\"", soon),
        ("1e9", soon),
        ("[]", soon),
        ("1", Duration::from_secs(1)),
        ("604800000", week),
        ("9223372036854775807", week),
        ("99999999999999999999999999", week),
    ] {
        let body = format!(
            r#"{{"code":10000,"data":{{"access_token":"a","refresh_token":"r","shop_id":1,"expires_in":{expires_in}}}}}"#
        );
        assert_eq!(convert::token_set(body.as_bytes()).unwrap().expires_in, expected, "{expires_in}");
    }
}

#[test]
fn a_token_answer_without_token_or_shop_is_refused_without_showing_it() {
    for body in [
        r#"{"code":10000,"data":{"access_token":"","shop_id":1}}"#,
        r#"{"code":10000,"data":{"access_token":"canary","shop_id":0}}"#,
        r#"{"code":10000,"data":{"access_token":"canary","shop_id":"a b"}}"#,
        r#"{"code":10000,"data":{"access_token":"canary"#,
        r#"{"code":10000,"data":null}"#,
    ] {
        let error = convert::token_set(body.as_bytes()).unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn a_page_of_products_is_read() {
    let page = convert::product_page(fixture!("product.listV2.page")).unwrap();
    assert_eq!((page.total, page.next_cursor), (Some(3), None));
    let records: Vec<_> = page.records.into_iter().map(Result::unwrap).collect();
    let tea = &records[0];
    assert_eq!(tea.platform_product_id, "3539925204033339668");
    assert_eq!((tea.status, tea.platform_status.as_str()), (ProductStatus::OnSale, "0/3"));
    assert_eq!(tea.name, "【明前】西湖龙井 绿茶 250g 礼盒装 🍵");
    assert_eq!(tea.outer_id.as_deref(), Some("LJ-250"));
    assert_eq!(tea.category_id.as_deref(), Some("21711"));
    assert_eq!(tea.images, ["https://p3-aio.ecombdimg.com/obj/ecom-shop-material/v1_fake_1.jpg"]);
    assert_eq!(tea.platform_created_at, Some(UtcMillis(1_699_999_000_000)));
    assert_eq!(tea.platform_updated_at, Some(UtcMillis(1_700_000_001_000)));
    let extra = tea.extra.as_deref().unwrap();
    assert!(
        extra.starts_with(r#"{"category_detail":{"first_cid":20005,"first_cname":"食品饮料","#),
        "{extra}"
    );
    assert!(extra.ends_with(r#""discount_price":12900,"market_price":25900,"out_product_id":0,"product_type":0,"spec_id":1736502463777792}"#), "{extra}");

    assert_eq!((records[1].status, records[1].platform_status.as_str()), (ProductStatus::OffSale, "1/1/0"));
    assert_eq!(records[1].outer_id.as_deref(), Some("880012"));
    assert_eq!((records[1].category_id.as_deref(), records[1].description.as_deref()), (None, None));
    assert_eq!(records[2].platform_product_id, "9223372036854775809");
    assert_eq!((records[2].status, records[2].platform_status.as_str()), (ProductStatus::Unknown, "0/9"));
    assert_eq!(records[2].platform_updated_at, None);
}

#[test]
fn numbers_as_text_give_the_same_product() {
    let strings = only(convert::product_page(fixture!("product.listV2.strings")).unwrap());
    let mut page = convert::product_page(fixture!("product.listV2.page")).unwrap();
    let numbers = page.records.remove(0).unwrap();
    let without = |mut record: crate::model::ProductRecord| {
        record.extra = None;
        record
    };
    assert_eq!(without(strings), without(numbers));
}

#[test]
fn a_cursor_ends_with_an_empty_page() {
    let page = convert::product_page(fixture!("product.listV2.cursor")).unwrap();
    assert_eq!((page.next_cursor.as_deref(), page.total), (Some("eyJmYWtlIjoxfQ=="), Some(12_345)));
    let last = convert::product_page(fixture!("product.listV2.last-cursor")).unwrap();
    assert_eq!((last.next_cursor, last.records.len()), (None, 0));
    assert!(convert::product_page(fixture!("product.listV2.missing-page")).is_err());
}

#[test]
fn a_broken_product_does_not_lose_its_page() {
    let page = convert::product_page(fixture!("product.listV2.one-broken")).unwrap();
    let good: Vec<_> = page.records.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, false, true]);
    assert_eq!(reasons(&page.records), [(Some("3539925204033339650"), "cannot read the record: valid JSON")]);
    let bad = page.records[1].as_ref().unwrap_err();
    assert!(bad.raw.starts_with(b"{\"product_id\":3539925204033339650") && bad.raw.ends_with(b"NaN}"));
}

#[test]
fn odd_text_is_repaired() {
    let record = only(convert::product_page(fixture!("product.listV2.odd-text")).unwrap());
    assert_eq!(record.name, "断\u{fffd} 行\u{1}\t完 🍵");
}

#[test]
fn the_three_states_of_a_product_are_read_together() {
    let status = |states: &str| {
        let body = format!(r#"{{"code":10000,"data":{{"total":1,"data":[{{"product_id":1,{states}}}]}}}}"#);
        let record = only(convert::product_page(body.as_bytes()).unwrap());
        (record.status, record.platform_status)
    };
    for (shelf, check, draft, expected) in [
        (0, 3, 0, ProductStatus::OnSale),
        (0, 2, 2, ProductStatus::UnderReview),
        (0, 3, 2, ProductStatus::OnSale),
        (0, 4, 4, ProductStatus::Rejected),
        (1, 4, 0, ProductStatus::Rejected),
        (1, 5, 0, ProductStatus::Banned),
        (1, 1, 0, ProductStatus::OffSale),
        (1, 7, 0, ProductStatus::Scheduled),
        (2, 1, 0, ProductStatus::Deleted),
        (-1, 3, 0, ProductStatus::Deleted),
        (-2, 3, 0, ProductStatus::Deleted),
        (0, 1, 0, ProductStatus::Draft),
        (0, 1, 1, ProductStatus::Draft),
        (0, 1, 7, ProductStatus::Unknown),
        (3, 3, 0, ProductStatus::Unknown),
        (0, 6, 0, ProductStatus::Unknown),
    ] {
        let text = format!(r#""status":{shelf},"check_status":"{check}","draft_status":{draft}"#);
        assert_eq!(status(&text), (expected, format!("{shelf}/{check}/{draft}")));
    }
}

#[test]
fn a_product_with_its_details_is_read() {
    let detail = convert::product_detail(fixture!("product.detail.ok")).unwrap();
    assert_eq!(
        (detail.record.status, detail.record.platform_status.as_str()),
        (ProductStatus::OnSale, "0/3/2")
    );
    assert_eq!(detail.record.images.len(), 2);
    // +08:00, the same moments as in the list.
    assert_eq!(detail.record.platform_created_at, Some(UtcMillis(1_699_999_000_000)));
    assert_eq!(detail.record.platform_updated_at, Some(UtcMillis(1_700_000_001_000)));
    let first = detail.skus[0].as_ref().unwrap();
    assert_eq!(
        (first.platform_sku_id.as_str(), first.price, first.stock),
        ("1736502463777799", Fen(12_900), 11)
    );
    assert_eq!(first.specs, ["黑", "M"]);
    let regional = detail.skus[1].as_ref().unwrap();
    assert_eq!((regional.price, regional.stock, regional.code.as_deref()), (Fen(13_900), 12, None));
    assert_eq!(reasons(&detail.skus), [(Some("1736502463777805"), "cannot read price: whole fen")]);
}

#[test]
fn skus_come_bare_or_wrapped() {
    let bare = convert::skus(fixture!("sku.list.bare")).unwrap();
    assert_eq!(bare, convert::skus(fixture!("sku.list.wrapped")).unwrap());
    let first = bare[0].as_ref().unwrap();
    assert_eq!(first.outer_id.as_deref(), Some("LJ-250-B-M"));
    assert_eq!((first.specs.join("/"), first.price, first.stock), ("黑/M".to_owned(), Fen(12_900), 11));
    let second = bare[1].as_ref().unwrap();
    assert_eq!((second.specs.join("/"), second.price, second.stock), ("白/M".to_owned(), Fen(13_900), -3));
    assert_eq!(second.outer_id.as_deref(), Some("7788"));
    assert_eq!(convert::skus(fixture!("sku.list.empty")).unwrap().len(), 0);
    let broken = convert::skus(fixture!("sku.list.one-broken")).unwrap();
    assert_eq!(reasons(&broken), [(Some("1736502463777800"), "cannot read price: whole fen")]);
    assert_eq!(broken.len(), 3);
}

#[test]
fn a_page_of_orders_is_read() {
    let page = convert::order_page(fixture!("order.searchList.page")).unwrap();
    assert_eq!((page.total, page.next_cursor), (Some(2), None));
    let orders: Vec<RemoteOrder> = page.records.into_iter().map(Result::unwrap).collect();
    let order = &orders[0].record;
    assert!(orders.iter().all(|order| order.plain.is_none()));
    assert_eq!(order.platform_order_id, "4781320682406083640");
    assert_eq!((order.status, order.platform_status.as_str()), (OrderStatus::ToShip, "2"));
    assert_eq!((order.order_amount, order.pay_amount), (Some(Fen(26_300)), Some(Fen(25_300))));
    assert_eq!((order.post_amount, order.promotion_amount), (Some(Fen(500)), Some(Fen(1000))));
    assert_eq!((order.pay_type.as_deref(), order.seller_stars), (Some("1"), Some(0)));
    assert_eq!((order.buyer_words.as_deref(), order.seller_words.as_deref()), (Some("请尽快发货 🙏"), None));
    assert_eq!(order.platform_updated_at, UtcMillis(1_700_000_100_000));
    assert_eq!((order.paid_at, order.shipped_at), (Some(UtcMillis(1_700_000_050_000)), None));
    assert_eq!(order.pay_by, Some(UtcMillis(1_700_001_800_000)));
    let receiver = &order.receiver;
    assert_eq!(
        (receiver.name.masked.as_deref(), receiver.phone.masked.as_deref()),
        (Some("张*"), Some("1********00"))
    );
    assert_eq!(receiver.detail.masked.as_deref(), Some("保俶路**号"));
    assert_eq!(receiver.detail.cipher.as_deref(), Some("#fakeCipher#detail#1##"));
    assert_eq!(
        (receiver.province.as_deref(), receiver.street.as_deref()),
        (Some("浙江省"), Some("北山街道"))
    );
    let item = &order.items[0];
    assert_eq!((item.platform_item_id.as_str(), item.quantity), ("4781320682406083641", 2));
    assert_eq!(item.platform_product_id.as_deref(), Some("3539925204033339668"));
    assert_eq!(item.platform_sku_id.as_deref(), Some("1736502463777799"));
    assert_eq!(item.outer_sku_id.as_deref(), Some("LJ-250-B-M"));
    assert_eq!((item.after_sale_status.as_deref(), item.refund_status.as_deref()), (None, None));

    let shipped = &orders[1].record;
    assert_eq!((shipped.status, shipped.packages.len()), (OrderStatus::Shipped, 1));
    assert_eq!(shipped.packages[0].tracking_no, "SF0000000000001");
    assert_eq!(shipped.packages[0].delivery_id.as_deref(), Some("7312345678901234567"));
    assert_eq!(shipped.items[0].after_sale_status.as_deref(), Some("6"));
    assert_eq!(&convert::order_detail(fixture!("order.orderDetail.ok")).unwrap().record, shipped);
}

#[test]
fn an_order_of_strings_or_nulls_is_read() {
    let strings = only(convert::order_page(fixture!("order.searchList.strings")).unwrap()).record;
    let mut page = convert::order_page(fixture!("order.searchList.page")).unwrap();
    assert_eq!(strings, page.records.remove(0).unwrap().record);
    let nulls = only(convert::order_page(fixture!("order.searchList.nulls")).unwrap()).record;
    assert_eq!((nulls.status, nulls.order_amount, nulls.items.len()), (OrderStatus::Unpaid, None, 0));
    let empty = convert::order_page(fixture!("order.searchList.empty")).unwrap();
    assert_eq!((empty.records.len(), empty.total), (0, Some(2)));
    assert!(convert::order_page(br#"{"code":10000,"data":{}}"#).is_err());
}

#[test]
fn every_order_status_of_the_fact_sheet_is_known_and_others_are_kept() {
    let unknown = only(convert::order_page(fixture!("order.searchList.unknown-status")).unwrap()).record;
    assert_eq!((unknown.status, unknown.platform_status.as_str()), (OrderStatus::Unknown, "199"));
    assert_eq!(unknown.pay_type.as_deref(), Some("77"));
    for (value, expected) in [
        ("1", OrderStatus::Unpaid),
        ("105", OrderStatus::Paid),
        ("2", OrderStatus::ToShip),
        ("101", OrderStatus::PartShipped),
        ("3", OrderStatus::Shipped),
        ("4", OrderStatus::Cancelled),
        ("5", OrderStatus::Completed),
    ] {
        let body = format!(
            r#"{{"code":10000,"data":{{"shop_order_detail":{{"order_id":"1","order_status":{value},"create_time":1,"update_time":1}}}}}}"#
        );
        let record = convert::order_detail(body.as_bytes()).unwrap().record;
        assert_eq!((record.status, record.platform_status.as_str()), (expected, value));
    }
}

#[test]
fn broken_orders_are_kept_aside_with_the_place_of_the_fault() {
    let page = convert::order_page(fixture!("order.searchList.broken")).unwrap();
    assert_eq!(page.records.len(), 6);
    assert_eq!(
        reasons(&page.records),
        [
            (Some("4781320682406083670"), "cannot read update_time: a time"),
            (Some("4781320682406083671"), "cannot read order_amount: whole fen"),
            (Some("4781320682406083672"), "cannot read update_time: seconds since 1970"),
            (Some("4781320682406083673"), "cannot read sku_order_list[1].item_num: a whole number"),
        ]
    );
}

#[test]
fn plain_buyer_data_stays_out_of_the_record() {
    let page = convert::order_page(fixture!("order.searchList.plain")).unwrap();
    let orders: Vec<RemoteOrder> = page.records.into_iter().map(Result::unwrap).collect();
    let plain = orders[0].plain.as_ref().unwrap();
    assert_eq!(plain.name.as_ref().unwrap().expose(), "张三");
    assert_eq!(plain.phone.as_ref().unwrap().expose(), "13800000000");
    assert_eq!(plain.detail.as_ref().unwrap().expose(), "保俶路1号");
    let shown = format!("{:?}", orders[0]);
    for secret in ["张三", "13800000000", "保俶路1号"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert_eq!(orders[0].record.receiver.province.as_deref(), Some("浙江省"));
    assert!(orders[1].plain.is_none());
    assert_eq!(orders[1].record.receiver.name.masked.as_deref(), Some("李*"));
}

#[test]
fn categories_come_bare_or_wrapped() {
    let bare = convert::categories(fixture!("shop.getShopCategory.bare")).unwrap();
    assert_eq!(bare, convert::categories(fixture!("shop.getShopCategory.wrapped")).unwrap());
    assert_eq!((bare[0].id.as_str(), bare[0].parent_id.as_deref(), bare[0].level), ("20005", None, Some(1)));
    assert_eq!(
        (bare[1].parent_id.as_deref(), bare[1].is_leaf, bare[1].is_enabled),
        (Some("20005"), true, false)
    );
    let error =
        convert::categories(br#"{"code":10000,"data":[{"id":1,"level":1},{"level":1}]}"#).unwrap_err();
    assert_eq!(error.path, "data[1].id");
}

#[test]
fn raw_answers_are_unwrapped_and_nothing_else() {
    let data = |body: &str| convert::raw_data(body.as_bytes()).map(|data| data.get().to_owned());
    assert_eq!(
        data(r#"{"code":10000,"data": {"id":18446744073709551616,"a":1.10} }"#).unwrap(),
        r#"{"id":18446744073709551616,"a":1.10}"#
    );
    assert_eq!(data(r#"{"code":10000,"data":[1, 2]}"#).unwrap(), "[1, 2]");
    assert_eq!(data(r#"{"code":10000}"#).unwrap(), "null");
    assert_eq!(data("{\"code\":10000,\"data\":\"a\u{1}\\udc00\"}").unwrap(), r#""a\u0001\ufffd""#);
    assert!(data(r#"{"code":10000,"data":{"a":NaN}}"#).is_err());
    assert!(data(&format!(r#"{{"code":10000,"data":{}{}}}"#, "[".repeat(129), "]".repeat(129))).is_err());
}

const BODIES: &[&[u8]] = &[
    fixture!("token.create.ok"),
    fixture!("product.listV2.page"),
    fixture!("product.listV2.one-broken"),
    fixture!("product.detail.ok"),
    fixture!("sku.list.bare"),
    fixture!("order.searchList.page"),
    fixture!("order.searchList.broken"),
    fixture!("shop.getShopCategory.bare"),
];

fn decode_all(body: &[u8]) {
    let _ = Doudian.read("", body);
    let _ = convert::token_set(body);
    let _ = convert::product_page(body);
    let _ = convert::product_detail(body);
    let _ = convert::skus(body);
    let _ = convert::categories(body);
    let _ = convert::order_page(body);
    let _ = convert::order_detail(body);
    let _ = convert::raw_data(body);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        decode_all(&body);
    }

    #[test]
    fn any_brackets_are_read_or_refused(body in "[\\[\\]{}\",:0-9a\\\\u ]{0,200}") {
        decode_all(body.as_bytes());
        decode_all(format!("{{\"code\":10000,\"data\":{body}}}").as_bytes());
    }

    #[test]
    fn changed_answers_are_read_or_refused(
        body in proptest::sample::select(BODIES),
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<proptest::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let mut body = body.to_vec();
        for (place, byte) in edits {
            let place = place.index(body.len());
            body[place] = byte;
        }
        if cuts {
            let end = cut.index(body.len());
            body.truncate(end);
        }
        decode_all(&body);
    }

    #[test]
    fn one_changed_record_never_harms_its_neighbours(
        place in 0usize..2000,
        byte in prop_oneof![0u8..32, 127u8..=255, b'0'..=b'9', b'a'..=b'z'],
    ) {
        let page = fixture!("order.searchList.page");
        let text = std::str::from_utf8(page).unwrap();
        let first = text.find("\"shop_order_list\"").unwrap();
        let start = first + text[first..].find('{').unwrap() + 1;
        // Whatever is not a bracket, a quote or a backslash stays inside its own record.
        let mut changed = page.to_vec();
        let at = start + place % 1500;
        prop_assume!(!b"{}[]\"\\,:".contains(&changed[at]));
        changed[at] = byte;
        let read = convert::order_page(&changed).unwrap();
        prop_assert_eq!(read.records.len(), 2);
        prop_assert!(read.records[1].is_ok());
    }
}

/// Run by hand: `cargo test --lib -- --ignored --nocapture one_page_of_orders`.
#[test]
#[ignore = "prints a measurement"]
#[expect(clippy::disallowed_methods, reason = "measures real time")]
fn one_page_of_orders_is_read_fast() {
    let order = {
        let text = std::str::from_utf8(fixture!("order.orderDetail.ok")).unwrap();
        let start = text.find("\"shop_order_detail\": ").unwrap() + 21;
        let end = text.rfind('}').unwrap();
        let end = text[..end].rfind('}').unwrap();
        text[start..end].trim().lines().map(str::trim).collect::<String>()
    };
    let orders = vec![order.as_str(); 100].join(",");
    let body = format!(r#"{{"code":10000,"data":{{"total":100,"shop_order_list":[{orders}]}}}}"#);
    let round = || {
        let start = Instant::now();
        assert!(convert::order_page(body.as_bytes()).unwrap().records.iter().all(Result::is_ok));
        start.elapsed()
    };
    // The fastest of many: the rest is other programs' time.
    let per_row = (0..100).map(|_| round()).min().unwrap().as_nanos() / 100_000;
    println!("{} bytes a row, {per_row} µs a row", body.len() / 100);
}
