use std::time::Duration;

use serde_json::{Value, json};

use super::super::fault::{ROWS, read};
use super::fixture;
use crate::platform::{Fault, Reading, Verdict};

const SEARCH: &str = "jingdong.pop.order.search";

fn fault(api: &str, body: &[u8]) -> Fault {
    match read(api, body) {
        Reading::Fault(fault) => fault,
        other => panic!("{}: {other:?}", String::from_utf8_lossy(body)),
    }
}

fn of(api: &str, body: &Value) -> Fault {
    fault(api, body.to_string().as_bytes())
}

#[test]
fn every_row_answers_to_its_code_in_every_shape() {
    for row in ROWS {
        let number: i64 = row.key.parse().unwrap();
        for body in [
            json!({"error_response": {"code": row.key, "zh_desc": "原因", "en_desc": "why"}}),
            json!({"error_response": {"code": number, "en_desc": "原因"}}),
            json!({"jingdong_pop_order_search_responce": {"code": row.key, "zh_desc": "原因"}}),
            json!({"jingdong_pop_order_search_response": {"code": row.key, "error_description": "原因"}}),
            json!({"code": row.key, "errorMessage": "原因"}),
        ] {
            let found = of(SEARCH, &body);
            assert_eq!((found.verdict, found.code.as_str()), (row.verdict, row.key), "{body}");
            assert!(found.message.contains("原因"), "{}", found.message);
        }
    }
    let codes: std::collections::BTreeSet<_> = ROWS.iter().map(|row| row.key).collect();
    assert_eq!(codes.len(), ROWS.len(), "no code stands twice");
}

/// The traps of section 6.3: 15 is no limit, 2 is that of a day, 73 says what to do.
#[test]
fn codes_mean_what_they_mean_on_this_platform() {
    let found = |code: &str| of(SEARCH, &json!({"error_response": {"code": code}}));
    assert_eq!(found("15").verdict, Verdict::Unsupported);
    assert_eq!((found("2").verdict, found("2").wait), (Verdict::Limited, Some(Duration::from_secs(1_800))));
    assert_eq!(found("19").verdict, Verdict::TokenExpired);
    assert_eq!(found("18").verdict, Verdict::Reauthorize);
    let outside = found("73");
    assert_eq!(outside.verdict, Verdict::PlatformConfig);
    assert!(outside.message.contains("jingdong.pop.order.enSearch"), "{}", outside.message);
    assert!(outside.message.chars().count() <= 200);
    assert_eq!(found("424242").verdict, Verdict::Unknown);
}

#[test]
fn a_token_answer_is_told_by_its_token_and_a_refusal_by_its_code() {
    let api = "oauth2/refresh_token";
    assert!(matches!(read(api, fixture!("token.ok")), Reading::Success { .. }));
    let refused = fault(api, fixture!("token.refused"));
    assert_eq!((refused.verdict, refused.code.as_str()), (Verdict::Reauthorize, "2011"));
    assert_eq!(refused.request_id.as_deref(), Some("fakeRequest1"));
    let without_code = json!({"access_token": "t", "expires_in": 1});
    assert!(matches!(read(api, without_code.to_string().as_bytes()), Reading::Success { .. }));
    assert_eq!(of(api, &json!({"code": 1003})).verdict, Verdict::PlatformConfig);
    assert_eq!(read(SEARCH, fixture!("token.ok")), Reading::Foreign, "no answer to another call");
    assert_eq!(read(api, b"{\"code\":0}"), Reading::Foreign);
}

#[test]
fn a_refusal_inside_a_good_answer_is_a_refusal() {
    let missing = fault("jingdong.pop.order.get", fixture!("order.get.missing"));
    assert_eq!((missing.verdict, missing.code.as_str()), (Verdict::NotFound, "10100001"));
    assert!(missing.message.contains("订单不存在"));
    let shipped = json!({"jingdong_pop_order_shipment_responce": {"code": "0", "request_id": "a.1",
        "sopjosshipment_result": {"success": "false", "errorCode": 10_100_021, "chineseErrCode": "请勿重复出库"}}});
    let shipped = of("jingdong.pop.order.shipment", &shipped);
    assert_eq!((shipped.verdict, shipped.request_id.as_deref()), (Verdict::Rejected, Some("a.1")));
    let stock = fault("jingdong.ware.stock.sku.set", fixture!("stock.partly"));
    assert_eq!((stock.verdict, stock.message.as_str()), (Verdict::Rejected, "商品已删除"));
    let returned = json!({"jingdong_ware_stock_sku_set_responce":
        {"code": "0", "returnType": {"success": false, "code": "9", "message": "库存不足"}}});
    let returned = of("jingdong.ware.stock.sku.set", &returned);
    assert_eq!(
        (returned.verdict, returned.message.as_str()),
        (Verdict::Rejected, "库存不足"),
        "no code of the gateway's"
    );
    let refused = json!({"jingdong_ware_write_upOrDown_responce": {"code": "0", "success": false}});
    assert_eq!(of("jingdong.ware.write.upOrDown", &refused).code, "success=false");
    let none = json!({"jingdong_ware_read_findWareById_responce": {"code": "0"}});
    assert_eq!(of("jingdong.ware.read.findWareById", &none).verdict, Verdict::NotFound);
    let skus = |page: u32, total: u32| {
        let body = json!({"jingdong_sku_read_searchSkuList_responce":
            {"code": "0", "page": {"pageNo": page, "totalItem": total, "data": []}}});
        read("jingdong.sku.read.searchSkuList", body.to_string().as_bytes())
    };
    let Reading::Fault(empty) = skus(1, 3) else { panic!("three SKUs are not none") };
    assert_eq!(empty.verdict, Verdict::Transient);
    assert!(matches!(skus(1, 0), Reading::Success { .. }) && matches!(skus(2, 100), Reading::Success { .. }));
}

#[test]
fn methods_with_codes_of_their_own_are_read_by_them() {
    let upload = |code: i64| {
        let body = json!({"jingdong_imgzone_picture_upload_responce":
            {"code": "0", "return_code": code, "desc": "图片过大"}});
        read("jingdong.imgzone.picture.upload", body.to_string().as_bytes())
    };
    assert!(matches!(upload(1), Reading::Success { .. }));
    let Reading::Fault(refused) = upload(7_777) else { panic!("a refusal") };
    assert_eq!((refused.verdict, refused.message.as_str()), (Verdict::Rejected, "图片过大"));
    let view = |code: &str| {
        let body = json!({"jingdong_asc_serviceAndRefund_view_responce":
            {"code": "0", "pageResult": {"resultCode": code, "data": []}}});
        read("jingdong.asc.serviceAndRefund.view", body.to_string().as_bytes())
    };
    assert!(matches!(view("00000"), Reading::Success { .. }));
    assert!(matches!(view("10000"), Reading::Fault(_)));
    let voucher = json!({"jingdong_jos_voucher_info_get_response":
        {"code": "0", "response": {"errorCode": "0", "data": {"voucher": "v"}}}});
    assert!(matches!(
        read("jingdong.jos.voucher.info.get", voucher.to_string().as_bytes()),
        Reading::Success { .. }
    ));
    let refused = fault("jd.union.open.goods.query", fixture!("union.refused"));
    assert_eq!((refused.verdict, refused.code.as_str()), (Verdict::PlatformConfig, "403"));
    let after_its_id = json!({"jd_union_open_promotion_common_get_responce":
        {"code": "0", "request_id": "r1", "getResult": "{\"code\":403,\"message\":\"no\"}"}});
    let refused = fault("jd.union.open.promotion.common.get", after_its_id.to_string().as_bytes());
    assert_eq!((refused.verdict, refused.code.as_str()), (Verdict::PlatformConfig, "403"));
    let found = json!({"jd_union_open_goods_query_responce":
        {"code": "0", "queryResult": "{\"code\":200,\"data\":[]}"}});
    assert!(matches!(
        read("jd.union.open.goods.query", found.to_string().as_bytes()),
        Reading::Success { .. }
    ));
}

#[test]
fn a_method_is_answered_under_its_own_key_only() {
    assert!(matches!(read(SEARCH, fixture!("order.search")), Reading::Success { .. }));
    assert_eq!(read("jingdong.pop.order.enSearch", fixture!("order.search")), Reading::Foreign);
    assert_eq!(read("jingdong.pop.order.SEARCH", fixture!("order.search")), Reading::Foreign);
    for body in ["<html>", "{}", "[]", r#"{"code":"0"}"#, r#"{"error_response":{}}"#, r#"{"code":"9"}"#] {
        assert_eq!(read(SEARCH, body.as_bytes()), Reading::Foreign, "{body}");
    }
}
