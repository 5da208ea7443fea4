use std::time::Duration;

use proptest::prelude::*;

use super::super::{convert, wire};
use super::fixture;
use crate::model::{Fen, OrderStatus, ProductStatus, RefundKind, RefundStatus, Tier, UtcMillis};
use crate::platform::Parsed;

fn reasons<T>(records: &[Parsed<T>]) -> Vec<(Option<&str>, &str)> {
    let bad = records.iter().filter_map(|record| record.as_ref().err());
    bad.map(|bad| (bad.platform_id.as_deref(), bad.reason.as_str())).collect()
}

#[test]
fn a_token_answer_is_read_and_moments_become_lives() {
    let set = convert::created(fixture!("token.create.ok")).unwrap();
    assert_eq!(set.access_token.expose(), "fake-access-0001");
    assert_eq!(set.refresh_token.unwrap().expose(), "fake-refresh-0001");
    assert_eq!(set.expires_in, Duration::from_secs(86_399));
    assert_eq!(set.refresh_expires_in, Some(Duration::from_secs(2_591_999)));
    assert_eq!(set.shop.platform_shop_id, "500012345");
    assert_eq!(set.scope.as_deref(), Some("pdd.mall.info.get,pdd.order.list.get"));
    let day = Duration::from_secs(86_399);
    let tiers = [
        (Tier::R1, day),
        (Tier::R2, Duration::from_secs(3_599)),
        (Tier::W1, day), // a moment in the field of a life
        (Tier::W2, Duration::from_secs(60)),
    ];
    assert_eq!(set.tiers, tiers);
    assert!(convert::refreshed(fixture!("token.create.ok")).is_err(), "another method's answer");
}

#[test]
fn a_token_answer_without_token_or_shop_is_refused_without_showing_it() {
    for inner in [
        r#"{"access_token":"","owner_id":1}"#,
        r#"{"access_token":"canary","owner_id":""}"#,
        r#"{"access_token":"canary"#,
        "null",
    ] {
        let body = format!(r#"{{"pop_auth_token_create_response":{inner}}}"#);
        let error = convert::created(body.as_bytes()).unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn the_shop_has_its_name_from_a_call_of_its_own() {
    let facts = convert::mall(fixture!("mall.info")).unwrap();
    assert_eq!(facts.platform_shop_id.as_deref(), Some("500012345"));
    assert_eq!((facts.name.as_deref(), facts.shop_type.as_deref()), (Some("山野果园旗舰店"), Some("3")));
}

#[test]
fn orders_are_read_in_yuan_and_beijing_time() {
    let page = convert::order_changes(fixture!("order.increment")).unwrap();
    assert_eq!(page.total, Some(4));
    assert_eq!(
        reasons(&page.records),
        [(Some("231115-000000000000003"), "cannot read pay_amount: yuan with at most two decimals")]
    );
    let first = page.records[0].as_ref().unwrap();
    let record = &first.record;
    assert_eq!(record.platform_order_id, "231115-000000000000001");
    assert_eq!((record.status, record.platform_status.as_str()), (OrderStatus::ToShip, "1/1/1/0"));
    assert_eq!(record.order_amount, Some(Fen(4_530)));
    assert_eq!((record.pay_amount, record.promotion_amount), (Some(Fen(3_530)), Some(Fen(1_000))));
    assert_eq!(record.platform_created_at, UtcMillis(1_700_000_000_000 - 80_000));
    assert_eq!(record.platform_updated_at, UtcMillis(1_700_000_000_000));
    assert_eq!((record.shipped_at, record.seller_stars), (None, Some(4)));
    let name = &record.receiver.name;
    assert_eq!(name.masked.as_deref(), Some("王**"));
    assert!(name.cipher.as_deref().unwrap().starts_with("~AgAA"));
    assert!(first.plain.is_none());
    let line = &record.items[0];
    assert_eq!(line.platform_item_id, "231115-000000000000001/1");
    assert_eq!((line.origin_price, line.sum_amount, line.quantity), (Some(Fen(1_990)), Some(Fen(3_980)), 2));
    assert_eq!((line.outer_sku_id.as_deref(), line.code.as_deref()), (Some("LJ-250"), None));

    let shipped = &page.records[1].as_ref().unwrap().record;
    assert_eq!((shipped.status, shipped.packages[0].company.as_deref()), (OrderStatus::Shipped, Some("44")));
    assert_eq!(shipped.packages[0].tracking_no, "SF100001");
    assert_eq!(shipped.receiver.name.cipher, None);

    let plain = page.records[3].as_ref().unwrap();
    assert_eq!(plain.record.receiver.name.cipher, None, "plain text is never kept in the open");
    let sealed = plain.plain.as_ref().unwrap();
    assert_eq!(sealed.name.as_ref().unwrap().expose(), "王小明");
    assert_eq!(sealed.phone.as_ref().unwrap().expose(), "13800000001");
}

#[test]
fn ids_of_lines_come_as_numbers_and_as_text() {
    let changes = convert::order_changes(fixture!("order.increment")).unwrap();
    let past = convert::order_history(fixture!("order.list")).unwrap();
    let one = &changes.records[0].as_ref().unwrap().record;
    assert_eq!(one, &past.records[0].as_ref().unwrap().record);
    assert!(convert::order_changes(fixture!("order.list")).is_err(), "another method's key");
    assert!(convert::order_history(fixture!("order.increment")).is_err());
}

#[test]
fn an_empty_list_may_have_no_key() {
    let page = convert::order_changes(fixture!("order.increment.empty")).unwrap();
    assert_eq!((page.records.len(), page.total), (0, Some(0)));
    let bare = br#"{"order_sn_increment_get_response":{"request_id":"1"}}"#;
    assert!(convert::order_changes(bare).is_err(), "neither rows nor a count is no page");
}

#[test]
fn an_order_alone_is_read() {
    let order = convert::order_detail(fixture!("order.information")).unwrap();
    assert_eq!(order.record.platform_order_id, "231115-000000000000002");
    let companies = convert::companies(fixture!("companies")).unwrap();
    assert_eq!((companies.len(), companies[0].code.as_str()), (1, "44"));
}

#[test]
fn states_are_read_together() {
    let status = |state: &str, confirm: &str, group: &str, risk: &str, paid: &str| {
        let body = format!(
            r#"{{"order_list_get_response":{{"total_count":1,"order_list":[{{"order_sn":"1-1","order_status":{state},
            "confirm_status":{confirm},"group_status":{group},"risk_control_status":{risk},"pay_time":"{paid}",
            "created_time":"2023-11-15 06:12:00","updated_at":"2023-11-15 06:13:20","item_list":[]}}]}}}}"#
        );
        convert::order_history(body.as_bytes()).unwrap().records[0].as_ref().unwrap().record.status
    };
    let paid = "2023-11-15 06:13:00";
    assert_eq!(status("1", "1", "1", "0", paid), OrderStatus::ToShip);
    assert_eq!(status("1", "1", "1", "1", paid), OrderStatus::Paid, "under review: do not ship");
    assert_eq!(status("1", "1", "0", "0", paid), OrderStatus::Paid, "the group is not complete");
    assert_eq!(status("1", "0", "0", "0", ""), OrderStatus::Unpaid);
    assert_eq!(status("1", "2", "2", "0", paid), OrderStatus::Cancelled);
    assert_eq!(status("3", "1", "1", "0", paid), OrderStatus::Completed);
    assert_eq!(status("9", "1", "1", "0", paid), OrderStatus::Unknown);
}

#[test]
fn products_are_read_in_fen_and_ids_survive() {
    let page = convert::goods_list(fixture!("goods.list")).unwrap();
    let first = page.records[0].as_ref().unwrap();
    assert_eq!(first.platform_product_id, "9007199254740993");
    assert_eq!((first.status, first.images.len()), (ProductStatus::OnSale, 1));
    assert_eq!(page.records[1].as_ref().unwrap().status, ProductStatus::OffSale);
    let detail = convert::product_detail(fixture!("goods.detail")).unwrap();
    assert_eq!((detail.record.images.len(), detail.record.category_id.as_deref()), (2, Some("16548")));
    let sku = detail.skus[0].as_ref().unwrap();
    assert_eq!((sku.price, sku.stock, sku.outer_id.as_deref()), (Fen(1_990), 30, Some("LJ-250")));
    assert_eq!(sku.specs, ["250g"]);
    assert_eq!(
        reasons(&detail.skus),
        [(Some("1400000000002"), "cannot read multi_price: whole fen")],
        "yuan in a field of fen is a changed unit"
    );
    assert_eq!(convert::goods_skus(fixture!("goods.detail")).unwrap().len(), 2);
    let cats = convert::categories(fixture!("cats")).unwrap();
    assert_eq!((cats[0].id.as_str(), cats[0].is_leaf, cats[1].is_leaf), ("16548", true, false));
}

/// The trap of section 11: yuan as text and types from 2 in the list, fen as numbers and types from 1 alone.
#[test]
fn a_refund_is_the_same_in_the_list_and_alone() {
    let page = convert::refund_page(fixture!("refund.increment")).unwrap();
    let listed = page.records[0].as_ref().unwrap();
    let alone = convert::refund_detail(fixture!("refund.information")).unwrap();
    assert_eq!((listed.refund_amount, alone.refund_amount), (Some(Fen(1_990)), Some(Fen(1_990))));
    assert_eq!((listed.kind, alone.kind), (RefundKind::ReturnRefund, RefundKind::ReturnRefund));
    assert_eq!((listed.status, alone.status), (RefundStatus::Requested, RefundStatus::Done));
    assert_eq!(listed.platform_updated_at, UtcMillis(1_700_002_860_000));
    assert_eq!(alone.platform_updated_at, UtcMillis(1_700_004_000_000));
    assert_eq!((listed.quantity, listed.platform_order_id.as_str()), (Some(1), "231115-000000000000001"));
}

#[test]
fn keys_follow_a_rule_with_exceptions() {
    assert_eq!(wire::key("pdd.goods.list.get"), "goods_list_get_response");
    assert_eq!(wire::key("pdd.order.information.get"), "order_info_get_response");
    assert_eq!(wire::key("pdd.logistics.ordertrace.get"), "logistics_ordertrace_get_resposne");
    assert_eq!(wire::key("pdd.ddk.order.list.increment.get"), "order_list_get_response");
}

proptest! {
    #[test]
    fn no_body_makes_a_decoder_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = convert::order_changes(&body);
        let _ = convert::refund_page(&body);
        let _ = convert::product_detail(&body);
        let _ = convert::created(&body);
        let _ = super::super::fault::read("pdd.goods.list.get", &body);
    }
}
