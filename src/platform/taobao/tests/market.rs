use std::time::Duration;

use serde_json::{Value, json};

use super::super::convert;
use super::{Taobao, fixture};
use crate::model::{CampaignStatus, Fen, LinkOrderStatus, UtcMillis};
use crate::platform::{CallParts, GoodsQuery, LinkOrderQuery, LinkWish, Platform, TokenUse, Turn};

/// 2026-01-01 00:00:00 at +08:00.
const NEW_YEAR: i64 = 1_767_196_800;

fn turn(page: u32) -> Turn<'static> {
    Turn { section: 0, page, size: 20, cursor: None }
}

fn params(parts: &CallParts) -> Value {
    serde_json::from_str(&parts.params).unwrap()
}

#[test]
fn activities_have_times_and_no_status() {
    let page = convert::mjs_activities(fixture!("promotionmisc.mjs.activity.list.get")).unwrap();
    assert_eq!(page.total, Some(31));
    let one = page.records[0].as_ref().unwrap();
    assert_eq!((one.platform_campaign_id.as_str(), one.kind.as_str()), ("9007199254740993", "mjs"));
    assert_eq!((one.status, one.from), (CampaignStatus::Unknown, Some(UtcMillis::from_secs(NEW_YEAR))));
    assert!(one.extra.as_ref().unwrap().contains("\"decrease_amount\":1000"));
    let none = br#"{"promotionmisc_mjs_activity_list_get_response":{"total_count":0}}"#;
    assert!(convert::mjs_activities(none).unwrap().records.is_empty());
    let cut = br#"{"promotionmisc_mjs_activity_list_get_response":{"request_id":"r"}}"#;
    assert!(convert::mjs_activities(cut).is_err(), "nothing counted and nothing shown");
}

#[test]
fn each_list_of_activities_is_a_section() {
    let asked = |section| {
        let parts = Taobao.list_campaigns(&Turn { section, ..turn(2) }).unwrap().parts;
        (parts.api.clone(), params(&parts)["activity_type"].clone())
    };
    let mjs = "taobao.promotionmisc.mjs.activity.list.get".to_owned();
    assert_eq!(asked(0), (mjs.clone(), json!(1)));
    assert_eq!(asked(1), (mjs, json!(2)));
    assert_eq!(asked(2), ("taobao.promotionmisc.item.activity.list.get".to_owned(), Value::Null));
    assert!(Taobao.list_campaigns(&Turn { section: 3, ..turn(0) }).is_err());
}

#[test]
fn coupons_of_the_list_are_fen() {
    let page = convert::coupons(fixture!("promotion.coupons.get")).unwrap();
    let one = page.records[0].as_ref().unwrap();
    assert_eq!((one.face_value, one.threshold), (Fen(500), Some(Fen(5_000))));
    assert_eq!(page.records[1].as_ref().unwrap().threshold, None, "0 is no threshold");
}

#[test]
fn a_password_is_the_short_one() {
    let link = convert::password(fixture!("tbk.tpwd.create")).unwrap();
    assert_eq!(link.password.as_deref(), Some("￥abc123￥"));
    assert!(link.extra.unwrap().contains("复制打开"));
    let none = br#"{"tbk_tpwd_create_response":{"data":{},"request_id":"r"}}"#;
    assert!(convert::password(none).is_err());
}

#[test]
fn goods_have_ids_of_letters_and_rates_in_basis_points() {
    let page = convert::materials(fixture!("tbk.dg.material.optional")).unwrap();
    assert_eq!(page.total, Some(120));
    let shirt = page.records[0].as_ref().unwrap();
    assert_eq!(shirt.platform_goods_id, "y58zq9Jx-1avfgbrQz");
    assert_eq!((shirt.price, shirt.commission_bp), (Some(Fen(8_450)), Some(1_234)));
    assert_eq!(shirt.target.as_deref(), Some("https://uland.example/c?e=1"), "the one with the coupon");
    let coupon = shirt.coupon.as_ref().unwrap();
    assert_eq!((coupon.face_value, coupon.threshold), (Fen(1_000), Some(Fen(5_000))));
    assert_eq!(coupon.from, Some(UtcMillis::from_secs(NEW_YEAR)), "a day begins at midnight in China");
    let skirt = page.records[1].as_ref().unwrap();
    assert_eq!((&skirt.coupon, skirt.commission_bp), (&None, Some(90)));
    assert_eq!(skirt.target.as_deref(), Some("https://s.click.example/t?e=2"));
}

#[test]
fn a_settled_order_shows_what_was_settled_and_another_what_is_expected() {
    let page = convert::link_orders(fixture!("tbk.order.details.get")).unwrap();
    assert_eq!((page.more, page.cursor.as_deref()), (Some(true), Some("1555904214_a|1555917305_b")));
    let settled = page.records[0].as_ref().unwrap();
    assert_eq!((settled.amount, settled.commission), (Some(Fen(1_800)), Some(Fen(180))));
    assert_eq!(settled.status, LinkOrderStatus::Settled);
    let paid = page.records[1].as_ref().unwrap();
    assert_eq!((paid.amount, paid.commission), (Some(Fen(2_000)), Some(Fen(200))));
    assert_eq!((paid.status, paid.settled_at), (LinkOrderStatus::Paid, None));
}

#[test]
fn promoters_calls_carry_no_session() {
    let query = |placement| GoodsQuery { placement, keyword: "裙", turn: turn(0) };
    let parts = Taobao.search_goods(&query(Some("mm_1_2_93"))).unwrap().parts;
    assert_eq!((parts.token, params(&parts)["adzone_id"].clone()), (TokenUse::None, json!(93)));
    for wrong in [None, Some(""), Some("mm_1_2_"), Some("x")] {
        assert!(Taobao.search_goods(&query(wrong)).is_err(), "{wrong:?}");
    }
    let wish = |target| LinkWish { placement: None, target };
    let parts = Taobao.create_link(&wish("https://uland.example/c?e=1")).unwrap().parts;
    assert_eq!(params(&parts), json!({"url": "https://uland.example/c?e=1"}));
    assert!(Taobao.create_link(&wish("y58zq9Jx-1avfgbrQz")).is_err(), "an id is no address");
}

#[test]
fn each_page_of_orders_but_the_first_hands_back_the_index() {
    let rules = Taobao.link_order_rules().unwrap();
    let from = UtcMillis(1_700_000_000_500);
    let query = LinkOrderQuery { from, to: from.plus(rules.max_window), turn: turn(0) };
    let first = params(&Taobao.list_link_orders(&query).unwrap().parts);
    assert_eq!((&first["position_index"], &first["query_type"]), (&Value::Null, &json!(4)));
    let moment = |name: &str| {
        let civil: jiff::civil::DateTime = first[name].as_str().unwrap().parse().unwrap();
        jiff::tz::Offset::constant(8).to_timestamp(civil).unwrap().as_second()
    };
    let width = Duration::from_secs((moment("end_time") - moment("start_time")).unsigned_abs());
    assert!(width <= Duration::from_secs(3 * 3_600), "{width:?}");
    let next = LinkOrderQuery { turn: Turn { cursor: Some("a|b"), ..turn(1) }, ..query };
    let next = params(&Taobao.list_link_orders(&next).unwrap().parts);
    assert_eq!((&next["position_index"], &next["jump_type"]), (&json!("a|b"), &json!(1)));
}
