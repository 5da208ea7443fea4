use std::time::Duration;

use serde_json::{Value, json};

use super::super::convert;
use super::{Pinduoduo, fixture};
use crate::error::ErrorKind;
use crate::model::{CampaignStatus, Fen, LinkOrderStatus, UtcMillis};
use crate::platform::{GoodsQuery, LinkOrderQuery, LinkWish, PageOrder, Platform, Repeat, TokenUse, Turn};

fn turn(page: u32) -> Turn<'static> {
    Turn { section: 0, page, size: 50, cursor: None }
}

#[test]
fn promotions_are_read_without_a_key_around_them() {
    let page = convert::activity_page(fixture!("limited.list")).unwrap();
    assert_eq!((page.total, page.records.len()), (Some(3), 3));
    let one = page.records[0].as_ref().unwrap();
    assert_eq!(one.platform_campaign_id, "91500000000000000123");
    assert_eq!((one.name.as_str(), one.kind.as_str(), one.status), ("秋季", "12", CampaignStatus::Running));
    assert_eq!(one.to, Some(UtcMillis::from_secs(1_700_003_600)));
    assert!(one.extra.as_ref().unwrap().contains("\"detail_id\":77"));
    let odd = page.records[1].as_ref().unwrap();
    assert_eq!((odd.status, odd.platform_status.as_str(), odd.from), (CampaignStatus::Unknown, "9", None));
    assert!(page.records[2].is_err(), "a promotion without an id is kept aside");
}

#[test]
fn coupons_are_fen_and_their_times_milliseconds() {
    let page = convert::goods_coupons(fixture!("coupon.goods")).unwrap();
    let one = page.records[0].as_ref().unwrap();
    assert_eq!((one.face_value, one.threshold), (Fen(200), Some(Fen(1_000))));
    assert_eq!((one.total, one.taken, one.used), (Some(3_011), Some(1), Some(0)));
    assert_eq!((one.status, one.from), (CampaignStatus::UsedUp, Some(UtcMillis(1_700_000_000_000))));
    assert!(page.records[1].is_err(), "parts of fen are no amount");
    assert!(convert::shop_coupons(fixture!("coupon.goods")).is_err(), "another method's answer");
}

#[test]
fn a_link_comes_in_each_form() {
    let link = convert::link(fixture!("ddk.links")).unwrap();
    assert_eq!(link.url.as_deref(), Some("https://mobile.yangkeduo.com/duo?a=1"));
    assert_eq!(link.short_url.as_deref(), Some("https://p.pinduoduo.com/a1"));
    assert_eq!(link.app_url.as_deref(), Some("https://mobile.yangkeduo.com/app.html?b=2"));
    assert_eq!(
        (link.mini_app_id.as_deref(), link.mini_app_path.as_deref()),
        (Some("wx1"), Some("pages/x?pid=1"))
    );
    let none = br#"{"goods_promotion_url_generate_response":{"goods_promotion_url_list":[]}}"#;
    assert!(convert::link(none).is_err(), "a link was promised");
}

#[test]
fn rates_are_parts_of_a_thousand_and_coupons_may_be_none() {
    let page = convert::goods_page(fixture!("ddk.goods")).unwrap();
    assert_eq!((page.total, page.cursor.as_deref()), (Some(40), Some("l-1")));
    let tea = page.records[0].as_ref().unwrap();
    assert_eq!((tea.price, tea.commission_bp), (Some(Fen(1_990)), Some(2_050)));
    assert_eq!(
        (&tea.target, &tea.platform_goods_id),
        (&Some("c9r2omogKFFAc7".into()), &"c9r2omogKFFAc7".into())
    );
    let coupon = tea.coupon.as_ref().unwrap();
    assert_eq!((coupon.face_value, coupon.threshold), (Fen(300), Some(Fen(1_000))));
    let cup = page.records[1].as_ref().unwrap();
    assert_eq!((cup.commission_bp, &cup.coupon), (Some(10), &None));
    assert_eq!(cup.image.as_deref(), Some("https://img.example/2.jpg"));
    assert!(page.records[2].is_err());
}

#[test]
fn orders_of_links_share_a_key_with_orders_and_nothing_else() {
    let page = convert::link_order_page(fixture!("ddk.orders")).unwrap();
    let one = page.records[0].as_ref().unwrap();
    assert_eq!((one.amount, one.commission), (Some(Fen(5_723)), Some(Fen(463))));
    assert_eq!(
        (one.status, one.settled_at),
        (LinkOrderStatus::Settled, Some(UtcMillis::from_secs(1_700_000_120)))
    );
    assert_eq!(one.platform_goods_id.as_deref(), Some("c9r2"));
    let odd = page.records[1].as_ref().unwrap();
    assert_eq!((odd.status, odd.platform_status.as_str()), (LinkOrderStatus::Unknown, "77"));
    assert_eq!((odd.commission, odd.paid_at), (None, None));
}

#[test]
fn promoters_calls_carry_no_token_and_may_be_repeated() {
    let wish = LinkWish { placement: Some("60005_612"), target: " c9r2 " };
    let parts = Pinduoduo.create_link(&wish).unwrap().parts;
    assert_eq!((parts.token, parts.repeat), (TokenUse::None, Repeat::Safe));
    let params: Value = serde_json::from_str(&parts.params).unwrap();
    assert_eq!(
        params,
        json!({"p_id": "60005_612", "goods_sign_list": ["c9r2"], "generate_short_url": true, "generate_we_app": true})
    );
    let none = Pinduoduo.create_link(&LinkWish { placement: None, ..wish }).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidRequest);
    let next = GoodsQuery { placement: None, keyword: "茶", turn: Turn { cursor: Some("l-1"), ..turn(1) } };
    let params: Value = serde_json::from_str(&Pinduoduo.search_goods(&next).unwrap().parts.params).unwrap();
    assert_eq!(params, json!({"keyword": "茶", "page": 2, "page_size": 50, "list_id": "l-1"}));
}

#[test]
fn orders_of_links_are_asked_for_a_day_at_a_time_and_backwards() {
    let rules = Pinduoduo.link_order_rules().unwrap();
    assert_eq!(rules.order, PageOrder::LastPageFirst);
    assert!(rules.max_window + Duration::from_secs(2) <= Duration::from_secs(86_400));
    let from = UtcMillis(1_700_000_000_500);
    let query = LinkOrderQuery { from, to: from.plus(rules.max_window), turn: turn(0) };
    let params: Value =
        serde_json::from_str(&Pinduoduo.list_link_orders(&query).unwrap().parts.params).unwrap();
    let bounds = ["start_update_time", "end_update_time"].map(|name| params[name].as_i64().unwrap());
    assert!(bounds[1] - bounds[0] <= 86_400, "{bounds:?}");
    assert_eq!((&params["page"], &params["return_count"]), (&json!(1), &json!(true)));
    for size in [0, 9, 51] {
        let query = LinkOrderQuery { turn: Turn { size, ..turn(0) }, ..query };
        assert!(Pinduoduo.list_link_orders(&query).is_err(), "{size}");
    }
}
