use super::super::convert;
use super::fixture;
use crate::model::{Fen, OrderStatus, RefundKind, RefundStatus, UtcMillis};
use crate::platform::{ListPage, RemoteOrder};

fn all<T: std::fmt::Debug>(page: ListPage<T>) -> Vec<T> {
    page.records.into_iter().map(Result::unwrap).collect()
}

/// A trade with this status and these further fields.
fn trade_in(status: &str, fields: &str) -> RemoteOrder {
    let body = format!(
        r#"{{"trade_fullinfo_get_response":{{"trade":{{"tid":1,"status":"{status}",
        "created":"2024-03-05 10:00:00","modified":"2024-03-05 10:00:00",{fields}}}}}}}"#
    );
    convert::trade_detail(body.as_bytes()).unwrap()
}

#[test]
fn a_page_of_trades_is_read_with_ids_beyond_2_to_the_53() {
    let page = convert::trade_page(fixture!("trades.sold.increment.get.page")).unwrap();
    assert_eq!((page.total, page.next_cursor.as_deref()), (Some(2), None));
    let orders = all(page);
    let first = &orders[0].record;
    assert_eq!(first.platform_order_id, "3028689418086124551");
    // 14:06:07 at +08:00.
    assert_eq!(first.platform_updated_at, UtcMillis(1_709_618_767_000));
    assert_eq!(first.status, OrderStatus::ToShip);
    let second = &orders[1].record;
    assert_eq!(second.platform_order_id, "9223372036854775808");
    assert_eq!((second.status, second.platform_status.as_str()), (OrderStatus::Unknown, "SOMETHING_NEW"));
    assert_eq!(second.order_type.as_deref(), Some("lazada"));
}

#[test]
fn an_empty_list_is_an_absent_key_and_says_its_total() {
    let page = convert::trade_page(fixture!("trades.sold.increment.get.empty")).unwrap();
    assert_eq!((page.total, page.records.len()), (Some(0), 0));
    for list in ["null", "{}", "[]", r#"{"trade":[]}"#, r#"{"trade":null}"#] {
        let body = format!(r#"{{"x_response":{{"total_results":0,"trades":{list}}}}}"#);
        assert_eq!(convert::trade_page(body.as_bytes()).unwrap().records.len(), 0, "{list}");
    }
    // Nothing at all is not an empty list.
    assert!(convert::trade_page(fixture!("trades.sold.increment.get.no-total")).is_err());
    for odd in ["1", r#""x""#, r#"{"trade":{}}"#, r#"{"trade":1}"#] {
        let body = format!(r#"{{"x_response":{{"total_results":1,"trades":{odd}}}}}"#);
        assert!(convert::trade_page(body.as_bytes()).is_err(), "{odd}");
    }
}

#[test]
fn a_broken_trade_does_not_lose_its_page() {
    let page = convert::trade_page(fixture!("trades.sold.increment.get.one-broken")).unwrap();
    let bad: Vec<_> = page.records.iter().filter_map(|record| record.as_ref().err()).collect();
    assert_eq!((page.records.len(), bad.len()), (3, 2));
    assert_eq!(bad[0].platform_id.as_deref(), Some("2"));
    assert_eq!(bad[0].reason, "cannot read modified: seconds since 1970");
    assert_eq!(bad[1].reason, "cannot read the record: valid JSON");
    assert!(bad[1].raw.ends_with(b"NaN}"));
}

#[test]
fn a_trade_is_read_with_yuan_as_fen() {
    let RemoteOrder { record: order, plain } =
        convert::trade_detail(fixture!("trade.fullinfo.get.ok")).unwrap();
    assert!(plain.is_none());
    assert_eq!(order.platform_order_id, "3028689418086124551");
    assert_eq!((order.order_amount, order.pay_amount), (Some(Fen(26_307)), Some(Fen(24_307))));
    assert_eq!((order.post_amount, order.promotion_amount), (Some(Fen(500)), Some(Fen(2000))));
    assert_eq!((order.seller_stars, order.seller_words.as_deref()), (Some(3), Some("老客户")));
    assert_eq!(order.buyer_words.as_deref(), Some("请尽快发货 🙏"));
    assert_eq!(order.buyer_open_id.as_deref(), Some("AAfakeOpenUid0001"));
    assert_eq!(order.paid_at, Some(UtcMillis(1_709_604_060_000)));
    assert_eq!(order.shipped_at, Some(UtcMillis(1_709_618_766_000)));
    assert_eq!((order.pay_by, order.finished_at), (None, None));
    let first = &order.items[0];
    assert_eq!(first.platform_item_id, "3028689418087124551");
    assert_eq!(first.platform_sku_id.as_deref(), Some("4611686027012345678"));
    assert_eq!((first.outer_sku_id.as_deref(), first.code.as_deref()), (Some("LJ-250-B"), Some("LJ")));
    assert_eq!((first.origin_price, first.sum_amount), (Some(Fen(12_900)), Some(Fen(25_800))));
    // Its share after the trade's discounts, not its own payment.
    assert_eq!(first.pay_amount, Some(Fen(23_800)));
    assert_eq!(first.refund_status, None);
    let second = &order.items[1];
    // Without SKUs the product is its own SKU.
    assert_eq!(second.platform_sku_id.as_deref(), Some("652874751413"));
    assert_eq!(
        (second.pay_amount, second.refund_status.as_deref()),
        (Some(Fen(7)), Some("WAIT_SELLER_AGREE"))
    );
    assert_eq!(order.packages.len(), 1);
    assert_eq!(order.packages[0].tracking_no, "SF0000000000001");
    assert_eq!(order.packages[0].shipped_at, Some(UtcMillis(1_709_618_766_000)));
}

#[test]
fn a_receiver_is_masked_with_one_ciphertext_for_all_fields() {
    let order = convert::trade_detail(fixture!("trade.fullinfo.get.ok")).unwrap().record;
    for (field, masked) in [
        (&order.receiver.name, "张*"),
        (&order.receiver.phone, "138****0000"),
        (&order.receiver.detail, "保俶路**号"),
    ] {
        assert_eq!((field.masked.as_deref(), field.cipher.as_deref()), (Some(masked), Some("1fakeOAID==")));
    }
    assert_eq!(order.receiver.town.as_deref(), Some("西湖区"));
    assert_eq!(order.receiver.street.as_deref(), Some("北山街道"));
}

#[test]
fn plain_buyer_data_is_kept_apart_from_the_record() {
    let order = convert::trade_detail(fixture!("trade.fullinfo.get.one-line")).unwrap();
    let shown = format!("{:?}", order.record);
    assert!(!shown.contains("张三"), "{shown}");
    let plain = order.plain.unwrap();
    assert_eq!(plain.name.unwrap().expose(), "张三");
    assert!(plain.phone.is_none() && plain.detail.is_none());
    assert_eq!(order.record.receiver.phone.masked.as_deref(), Some("0571-8888****"));
}

#[test]
fn the_only_line_is_paid_without_the_postage() {
    let order = convert::trade_detail(fixture!("trade.fullinfo.get.one-line")).unwrap().record;
    assert_eq!((order.pay_amount, order.items[0].pay_amount), (Some(Fen(13_400)), Some(Fen(12_900))));
    // A trade paid in steps is not to be shipped before its second step.
    assert_eq!((order.status, order.platform_status.as_str()), (OrderStatus::Paid, "WAIT_SELLER_SEND_GOODS"));
    let line = |fields: &str| {
        let lines = format!(r#""post_fee":"5.00","orders":{{"order":[{{"oid":1,"num":1,{fields}}}]}}"#);
        trade_in("TRADE_FINISHED", &lines).record.items[0].pay_amount
    };
    assert_eq!(line(r#""payment":"3.00""#), Some(Fen(300)));
    assert_eq!(line(r#""payment":"9.00","divide_order_fee":"9.00""#), Some(Fen(900)));
    assert_eq!(line(r#""price":"1.00""#), None);
}

#[test]
fn every_status_of_a_trade_has_its_meaning() {
    for (value, expected) in [
        ("TRADE_NO_CREATE_PAY", OrderStatus::Unpaid),
        ("WAIT_BUYER_PAY", OrderStatus::Unpaid),
        ("PAY_PENDING", OrderStatus::Unpaid),
        ("WAIT_PRE_AUTH_CONFIRM", OrderStatus::Unpaid),
        ("PAID_FORBID_CONSIGN", OrderStatus::Paid),
        ("WAIT_SELLER_SEND_GOODS", OrderStatus::ToShip),
        ("SELLER_CONSIGNED_PART", OrderStatus::PartShipped),
        ("WAIT_BUYER_CONFIRM_GOODS", OrderStatus::Shipped),
        ("TRADE_BUYER_SIGNED", OrderStatus::Shipped),
        ("TRADE_FINISHED", OrderStatus::Completed),
        ("TRADE_CLOSED", OrderStatus::Cancelled),
        ("TRADE_CLOSED_BY_TAOBAO", OrderStatus::Cancelled),
        ("ALL_CLOSED", OrderStatus::Unknown),
    ] {
        let order = trade_in(value, r#""step_trade_status":null"#);
        assert_eq!((order.record.status, order.record.platform_status.as_str()), (expected, value));
    }
    let paid = trade_in("WAIT_SELLER_SEND_GOODS", r#""step_trade_status":"FRONT_PAID_FINAL_PAID""#);
    assert_eq!(paid.record.status, OrderStatus::ToShip);
    let unpaid = trade_in("WAIT_BUYER_PAY", r#""timeout_action_time":"2024-03-05 10:30:00""#);
    assert_eq!(unpaid.record.pay_by, Some(UtcMillis(1_709_605_800_000)));
}

#[test]
fn odd_amounts_and_times_are_refused_by_their_place() {
    for (fields, path) in [
        (r#""payment":"1.005""#, "payment"),
        (r#""payment":"12,34""#, "payment"),
        (r#""total_fee":1e2"#, "total_fee"),
        (r#""pay_time":"2024-02-30 00:00:00""#, "pay_time"),
        (r#""pay_time":"2024-02-03T00:00:00Z""#, "pay_time"),
        (r#""orders":{"order":[{"oid":1}]}"#, "num"),
        (r#""orders":{"order":1}"#, "orders.order"),
    ] {
        let body = format!(
            r#"{{"x_response":{{"trade":{{"tid":1,"status":"S","created":"2024-03-05 10:00:00",
            "modified":"2024-03-05 10:00:00",{fields}}}}}}}"#
        );
        assert_eq!(convert::trade_detail(body.as_bytes()).unwrap_err().path, path, "{fields}");
    }
}

#[test]
fn refunds_are_read_with_yuan_as_fen() {
    let refunds = all(convert::refund_page(fixture!("refunds.receive.get.page")).unwrap());
    let first = &refunds[0];
    assert_eq!(
        (first.platform_refund_id.as_str(), first.platform_order_id.as_str()),
        ("87654321", "3028689418086124551")
    );
    assert_eq!(first.platform_item_id.as_deref(), Some("3028689418088124551"));
    assert_eq!((first.kind, first.status), (RefundKind::ReturnRefund, RefundStatus::Requested));
    assert_eq!(first.refund_amount, Some(Fen(7)));
    assert_eq!((first.reason.as_deref(), first.buyer_words.as_deref()), (Some("不想要了"), Some("盒子破了")));
    assert_eq!(
        (first.return_tracking_no.as_deref(), first.return_company.as_deref()),
        (Some("YT001"), Some("圆通速递"))
    );
    assert_eq!(first.platform_updated_at, UtcMillis(1_709_614_800_000));
    let extra = first.extra.as_deref().unwrap();
    assert!(
        extra.contains(r#""refund_version":1709618767123"#) && extra.contains(r#""total_fee":"258.07""#),
        "{extra}"
    );
    let second = &refunds[1];
    assert_eq!(second.platform_refund_id, "9223372036854775808");
    assert_eq!((second.kind, second.platform_kind.as_str()), (RefundKind::Unknown, "SOMETHING"));
    assert_eq!((second.status, second.platform_status.as_str()), (RefundStatus::Unknown, "SOMETHING_NEW"));
    let detail = convert::refund_detail(fixture!("refund.get.ok")).unwrap();
    assert_eq!((detail.refund_amount, detail.kind), (Some(Fen(20_007)), RefundKind::RefundOnly));
}

#[test]
fn every_state_of_a_refund_has_its_meaning() {
    for (value, expected) in [
        ("WAIT_SELLER_AGREE", RefundStatus::Requested),
        ("WAIT_BUYER_RETURN_GOODS", RefundStatus::WaitingReturn),
        ("WAIT_SELLER_CONFIRM_GOODS", RefundStatus::Returned),
        ("SELLER_REFUSE_BUYER", RefundStatus::Refused),
        ("WAIT_SELLER_CONSIGN_GOODS", RefundStatus::Processing),
        ("WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS", RefundStatus::Processing),
        ("SUCCESS", RefundStatus::Done),
        ("CLOSED", RefundStatus::Closed),
        ("EXCHANGE_TRANSFORM_TO_REFUND", RefundStatus::Unknown),
    ] {
        let body = format!(
            r#"{{"x_response":{{"refund":{{"refund_id":"1","tid":2,"status":"{value}","dispute_type":"TMALL_EXCHANGE",
            "created":"2024-03-05 10:00:00","modified":"2024-03-05 10:00:00"}}}}}}"#
        );
        let refund = convert::refund_detail(body.as_bytes()).unwrap();
        assert_eq!((refund.status, refund.platform_status.as_str()), (expected, value));
        assert_eq!(refund.kind, RefundKind::Exchange);
    }
}

#[test]
fn carriers_without_a_code_are_left_out() {
    let found = convert::carriers(fixture!("logistics.companies.get.ok")).unwrap();
    let found: Vec<_> = found.iter().map(|one| (one.code.as_str(), one.name.as_str())).collect();
    assert_eq!(found, [("SF", "顺丰速运"), ("YTO", "YTO")]);
}
