use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::convert::{refund_detail, refund_page};
use super::{Doudian, fixture};
use crate::model::{Fen, RefundKind, RefundRecord, RefundStatus, UtcMillis};
use crate::platform::{OrderQuery, PageOrder, Platform};

fn records(body: &[u8]) -> Vec<RefundRecord> {
    refund_page(body).unwrap().records.into_iter().map(Result::unwrap).collect()
}

/// The first record of the page with some members of its case set, and the whole read again.
fn with(changes: &Value) -> RefundRecord {
    let mut page: Value = serde_json::from_slice(fixture!("afterSale.List.page")).unwrap();
    let info = page["data"]["items"][0]["aftersale_info"].as_object_mut().unwrap();
    info.extend(changes.as_object().unwrap().clone());
    records(page.to_string().as_bytes()).remove(0)
}

#[test]
fn a_page_of_cases_is_read() {
    let page = refund_page(fixture!("afterSale.List.page")).unwrap();
    assert_eq!((page.total, page.next_cursor), (Some(2), None));
    let [first, whole] = &records(fixture!("afterSale.List.page"))[..] else { panic!("two cases") };
    assert_eq!(first.platform_refund_id, "7000000000000000001");
    assert_eq!(first.platform_order_id, "4781320682406083640");
    assert_eq!(first.platform_item_id.as_deref(), Some("4781320682406083640"));
    assert_eq!(first.platform_product_id.as_deref(), Some("3539925204033339668"));
    assert_eq!((first.kind, first.platform_kind.as_str()), (RefundKind::ReturnRefund, "0"));
    assert_eq!((first.status, first.platform_status.as_str()), (RefundStatus::Returned, "11"));
    assert_eq!((first.refund_amount, first.quantity), (Some(Fen(12_900)), Some(2)));
    assert_eq!((first.reason.as_deref(), first.buyer_words.as_deref()), (Some("质量问题"), None));
    assert_eq!(first.return_tracking_no.as_deref(), Some("SF1000000000001"));
    assert_eq!(first.return_company.as_deref(), Some("顺丰速运"));
    assert_eq!(first.platform_created_at, UtcMillis(1_700_000_000_000));
    assert_eq!(first.platform_updated_at, UtcMillis(1_700_003_600_000));
    assert_eq!(first.deadline_at, Some(UtcMillis(1_700_176_400_000)));
    let extra: Value = serde_json::from_str(first.extra.as_deref().unwrap()).unwrap();
    assert_eq!((&extra["refund_status"], &extra["remark"]), (&json!(1), &json!("已联系")));
    // About a whole order of two lines, and over.
    assert_eq!((whole.platform_item_id.as_deref(), whole.platform_product_id.as_deref()), (None, None));
    assert_eq!((whole.kind, whole.status), (RefundKind::RefundOnly, RefundStatus::Done));
    assert_eq!((whole.deadline_at, whole.return_tracking_no.as_deref()), (None, None));
}

#[test]
fn a_page_of_strings_is_the_same_page() {
    let without_extra = |mut record: RefundRecord| {
        record.extra = None;
        record
    };
    let [plain, strings] = [fixture!("afterSale.List.page"), fixture!("afterSale.List.strings")]
        .map(|body| records(body).into_iter().map(without_extra).collect::<Vec<_>>());
    assert_eq!(plain, strings);
}

/// Other names, other types, other places; the same case.
#[test]
fn a_case_alone_is_the_one_that_was_listed() {
    let listed = records(fixture!("afterSale.List.page")).remove(0);
    let alone = refund_detail(fixture!("afterSale.Detail.ok")).unwrap();
    let only_alone = (alone.platform_sku_id.as_deref(), alone.buyer_words.as_deref());
    assert_eq!(only_alone, (Some("1739925204033339"), Some("开线了，见图")));
    let same =
        RefundRecord { platform_sku_id: None, buyer_words: None, extra: listed.extra.clone(), ..alone };
    assert_eq!(same, listed);
}

#[test]
fn a_case_that_cannot_be_read_is_kept_aside_under_its_id_and_the_page_goes_on() {
    let page = refund_page(fixture!("afterSale.List.one-broken")).unwrap();
    let bad: Vec<_> = page.records.iter().filter_map(|record| record.as_ref().err()).collect();
    let told: Vec<_> = bad.iter().map(|bad| (bad.platform_id.as_deref(), bad.reason.as_str())).collect();
    assert_eq!(told[0].0, Some("7000000000000000003"));
    assert!(told[0].1.contains("aftersale_info.refund_amount"), "{}", told[0].1);
    assert_eq!(told[1].0, None);
    assert!(told[1].1.contains("a refund's id"), "{}", told[1].1);
    assert_eq!((told.len(), told[2].0), (3, Some("7000000000000000004")));
    assert!(told[2].1.contains("order_info: an order"), "{}", told[2].1);
    assert_eq!(page.records[1].as_ref().unwrap().platform_refund_id, "7000000000000000001");
}

#[test]
fn an_empty_page_is_one_and_a_missing_list_is_none() {
    assert_eq!(refund_page(fixture!("afterSale.List.empty")).unwrap().total, Some(0));
    assert!(refund_page(br#"{"code":10000,"data":{"has_more":false}}"#).is_err());
    assert!(refund_detail(br#"{"code":10000,"data":{}}"#).is_err());
    assert!(refund_detail(br#"{"code":10000,"data":{"process_info":{"after_sale_info":{}}}}"#).is_err());
}

#[test]
fn every_status_is_what_it_means() {
    for (status, expected) in [
        (6, RefundStatus::Requested),
        (7, RefundStatus::WaitingReturn),
        (8, RefundStatus::Processing),
        (11, RefundStatus::Returned),
        (13, RefundStatus::Processing),
        (14, RefundStatus::Done),
        (27, RefundStatus::Refused),
        (28, RefundStatus::Closed),
        (29, RefundStatus::Refused),
        (51, RefundStatus::Unknown),
        (777, RefundStatus::Unknown),
    ] {
        let record = with(&json!({"aftersale_status": status}));
        assert_eq!((record.status, record.platform_status), (expected, status.to_string()));
    }
}

#[test]
fn a_case_that_succeeded_is_done_when_its_money_has_arrived() {
    for (money, expected) in [
        (json!(1), RefundStatus::Processing),
        (json!(2), RefundStatus::Processing),
        (json!(4), RefundStatus::Processing),
        (json!(3), RefundStatus::Done),
        (json!(0), RefundStatus::Done),
        (Value::Null, RefundStatus::Done),
    ] {
        let record = with(&json!({"aftersale_status": 12, "refund_status": money}));
        assert_eq!(record.status, expected, "{money}");
    }
}

#[test]
fn an_open_case_is_the_platforms_while_that_decides() {
    for (status, arbitration, expected) in [
        (27, 1, RefundStatus::Arbitration),
        (6, 4, RefundStatus::Arbitration),
        (29, 5, RefundStatus::Arbitration),
        (29, 2, RefundStatus::Refused),
        (7, 255, RefundStatus::WaitingReturn),
        (28, 1, RefundStatus::Closed),
        (777, 1, RefundStatus::Unknown),
    ] {
        let record = with(&json!({"aftersale_status": status, "arbitrate_status": arbitration}));
        assert_eq!(record.status, expected, "{status} {arbitration}");
    }
}

#[test]
fn every_kind_is_what_it_means() {
    for (kind, expected) in [
        (0, RefundKind::ReturnRefund),
        (1, RefundKind::RefundOnly),
        (2, RefundKind::RefundOnly),
        (3, RefundKind::Exchange),
        (4, RefundKind::Unknown),
        (5, RefundKind::Unknown),
        (6, RefundKind::RefundOnly),
        (7, RefundKind::Resend),
        (8, RefundKind::Repair),
        (99, RefundKind::Unknown),
    ] {
        let record = with(&json!({"aftersale_type": kind}));
        assert_eq!((record.kind, record.platform_kind), (expected, kind.to_string()));
    }
}

#[test]
fn cases_are_asked_in_ascending_order_from_page_0_around_the_window() {
    let rules = Doudian.refund_rules().unwrap();
    assert_eq!((rules.order, rules.page_size), (PageOrder::Ascending, 100));
    let query = OrderQuery {
        from: UtcMillis(1_700_000_000_500),
        to: UtcMillis(1_700_000_060_001),
        page: 3,
        size: 100,
        section: 0,
    };
    let call = Doudian.list_refunds("4463798", &query).unwrap();
    let sent: Value = serde_json::from_str(&call.parts.params).unwrap();
    let expected = json!({"update_start_time": 1_699_999_999, "update_end_time": 1_700_000_062, "page": 3,
        "size": 100, "order_by": ["update_time asc"]});
    assert_eq!((call.parts.api.as_str(), sent), ("afterSale.List", expected));
    assert!(Doudian.list_refunds("4463798", &OrderQuery { size: 101, ..query }).is_err());
    let call = Doudian.get_refund(" 7000000000000000001 ", "").unwrap();
    assert_eq!(call.parts.params, r#"{"after_sale_id":"7000000000000000001"}"#);
    assert!(Doudian.get_refund("", "").is_err());
}

proptest! {
    #[test]
    fn no_body_makes_a_decoder_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = refund_page(&body);
        let _ = refund_detail(&body);
    }
}
