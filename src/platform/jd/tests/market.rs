use std::time::Duration;

use serde_json::{Value, json};

use super::super::convert;
use super::{Jd, fixture};
use crate::model::{CampaignStatus, Fen, LinkOrderStatus, UtcMillis};
use crate::platform::{CallParts, LinkOrderQuery, LinkWish, Platform, TokenUse, Turn};

fn turn(page: u32) -> Turn<'static> {
    Turn { section: 0, page, size: 20, cursor: None }
}

fn params(parts: &CallParts) -> Value {
    serde_json::from_str(&parts.params).unwrap()
}

#[test]
fn promotions_have_types_and_states_of_the_platform() {
    let page = convert::promotions(fixture!("promotions")).unwrap();
    let facts: Vec<_> = page
        .records
        .iter()
        .map(|one| one.as_ref().unwrap())
        .map(|one| (one.kind.as_str(), one.status))
        .collect();
    assert_eq!(facts, [("1", CampaignStatus::Running), ("4", CampaignStatus::Draft)]);
    let none = br#"{"jingdong_seller_promotion_v2_list_responce":{"code":"0"}}"#;
    assert!(convert::promotions(none).unwrap().records.is_empty(), "an empty list may be missing");
}

#[test]
fn promotions_are_asked_for_by_type_in_the_platforms_spelling() {
    let kinds = [0, 1, 2, 3].map(|section| {
        let parts = Jd.list_campaigns(&Turn { section, ..turn(1) }).unwrap().parts;
        let params = params(&parts);
        assert_eq!((&params["pageS_size"], &params["page"]), (&json!("20"), &json!("2")));
        assert!(["ip", "port", "request_id"].iter().all(|name| params[name].is_string()));
        params["type"].clone()
    });
    assert_eq!(kinds, [1, 4, 6, 10].map(Value::from));
    assert!(Jd.list_campaigns(&Turn { section: 4, ..turn(0) }).is_err());
}

#[test]
fn coupons_are_yuan() {
    let page = convert::coupons(fixture!("coupons")).unwrap();
    let one = page.records[0].as_ref().unwrap();
    assert_eq!((one.face_value, one.threshold), (Fen(500), Some(Fen(5_050))));
    assert_eq!((one.total, one.taken, one.used), (Some(100), Some(7), Some(3)));
    assert_eq!((one.status, one.platform_status.as_str()), (CampaignStatus::Unknown, "false"));
    let closed = page.records[1].as_ref().unwrap();
    assert_eq!((closed.status, closed.threshold), (CampaignStatus::Ended, None));
}

#[test]
fn a_link_stands_in_a_text() {
    let link = convert::link(fixture!("union.link")).unwrap();
    assert_eq!(link.url.as_deref(), Some("https://union-click.jd.com/jdc?e=1"));
    assert_eq!(link.short_url.as_deref(), Some("https://u.jd.com/x"));
    let empty = br#"{"jd_union_open_promotion_common_get_responce":{"code":"0","getResult":"{\"code\":200,\"data\":{}}"}}"#;
    assert!(convert::link(empty).is_err());
}

#[test]
fn goods_of_the_union_have_percent_and_the_best_coupon() {
    let page = convert::goods(fixture!("union.goods")).unwrap();
    assert_eq!((page.total, page.records.len()), (Some(31), 2));
    let tea = page.records[0].as_ref().unwrap();
    assert_eq!((tea.price, tea.commission_bp), (Some(Fen(66_901)), Some(525)));
    assert_eq!(tea.target.as_deref(), Some("https://item.jd.com/10012334092810.html"));
    let coupon = tea.coupon.as_ref().unwrap();
    assert_eq!((coupon.face_value, coupon.from), (Fen(1_000), Some(UtcMillis(1_796_000_000_000))));
    assert_eq!(tea.image.as_deref(), Some("https://img.example/1.jpg"));
    assert!(page.records[1].is_err());
    let nothing = br#"{"jd_union_open_goods_query_responce":{"code":"0","queryResult":"{\"code\":200,\"data\":null,\"totalCount\":0}"}}"#;
    assert!(convert::goods(nothing).unwrap().records.is_empty());
}

#[test]
fn an_order_that_is_done_shows_what_it_brought() {
    let page = convert::link_orders(fixture!("union.orders")).unwrap();
    assert_eq!(page.more, Some(true));
    let done = page.records[0].as_ref().unwrap();
    assert_eq!(done.platform_order_id, "4611686018427387904123", "the line's own id");
    assert_eq!(
        (done.status, done.amount, done.commission),
        (LinkOrderStatus::Received, Some(Fen(1_850)), Some(Fen(93)))
    );
    let paid = page.records[1].as_ref().unwrap();
    assert_eq!((paid.platform_order_id.as_str(), paid.status), ("300691422289", LinkOrderStatus::Paid));
    assert_eq!((paid.amount, paid.commission), (Some(Fen(2_000)), Some(Fen(105))));
}

#[test]
fn the_unions_calls_carry_no_token_and_name_a_site() {
    let wish = LinkWish { placement: Some("4100_7"), target: "https://item.jd.com/1.html" };
    let parts = Jd.create_link(&wish).unwrap().parts;
    assert_eq!(parts.token, TokenUse::None);
    let code = json!({"materialId": "https://item.jd.com/1.html", "siteId": "4100", "positionId": 7});
    assert_eq!(params(&parts), json!({ "promotionCodeReq": code }));
    assert!(Jd.create_link(&LinkWish { placement: None, ..wish }).is_err());
    let rules = Jd.link_order_rules().unwrap();
    assert!(rules.max_window + Duration::from_secs(2) <= Duration::from_secs(3_600));
    let from = UtcMillis(1_700_000_000_500);
    let query = LinkOrderQuery { from, to: from.plus(rules.max_window), turn: Turn { size: 500, ..turn(0) } };
    let params = params(&Jd.list_link_orders(&query).unwrap().parts);
    assert_eq!((&params["orderReq"]["type"], &params["orderReq"]["pageSize"]), (&json!(3), &json!(500)));
}
