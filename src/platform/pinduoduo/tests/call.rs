use std::time::Duration;

use serde_json::{Value, json};

use super::Pinduoduo;
use crate::error::ErrorKind;
use crate::model::{Fen, UtcMillis, Wanted};
use crate::platform::{
    CallParts, GrantTimes, OrderQuery, Place, Platform, ProductQuery, Repeat, StockChange, TokenUse,
    WriteClass,
};

fn params(parts: &CallParts) -> Value {
    serde_json::from_str(&parts.params).unwrap()
}

fn query(page: u32) -> OrderQuery {
    let to = UtcMillis(1_700_000_000_500);
    OrderQuery { from: to.minus(Duration::from_secs(1_700)), to, page, size: 100, section: 0 }
}

#[test]
fn changes_are_asked_for_in_half_hours() {
    let rules = Pinduoduo.order_rules().unwrap();
    assert!(rules.max_window + Duration::from_secs(2) <= Duration::from_secs(1_800));
    assert!(rules.history.unwrap() <= Duration::from_secs(90 * 86_400));
    let call = Pinduoduo.list_orders(&query(0)).unwrap();
    assert_eq!(call.parts.api, "pdd.order.number.list.increment.get");
    assert_eq!(
        params(&call.parts),
        json!({"start_updated_at": 1_699_998_300, "end_updated_at": 1_700_000_001, "is_lucky_flag": 0,
            "order_status": 5, "refund_status": 5, "page": 1, "page_size": 100, "use_has_next": false})
    );
    let later = Pinduoduo.list_orders(&query(3)).unwrap();
    assert_eq!(
        (params(&later.parts)["page"].clone(), params(&later.parts)["use_has_next"].clone()),
        (json!(4), json!(true))
    );
    assert!(Pinduoduo.list_orders(&OrderQuery { size: 101, ..query(0) }).is_err());
}

#[test]
fn refunds_of_all_types_and_states_are_asked_for() {
    let call = Pinduoduo.list_refunds("1", &query(1)).unwrap();
    assert_eq!(
        params(&call.parts),
        json!({"start_updated_at": 1_699_998_300, "end_updated_at": 1_700_000_001, "after_sales_type": 1,
            "after_sales_status": 1, "page": 2, "page_size": 100})
    );
    let one = Pinduoduo.get_refund("1000000001", "231115-1").unwrap();
    assert_eq!(params(&one.parts), json!({"order_sn": "231115-1", "after_sales_id": 1_000_000_001}));
}

#[test]
fn products_come_in_pages_and_never_by_change() {
    let ask =
        |updated, place| Pinduoduo.list_products(&ProductQuery { updated, place, size: 100, section: 0 });
    let call = ask(None, Place::Page(2)).unwrap();
    assert_eq!(params(&call.parts), json!({"page": 3, "page_size": 100}));
    assert!(ask(None, Place::Cursor(None)).is_err());
    assert!(ask(Some((UtcMillis(0), UtcMillis(1))), Place::Page(0)).is_err());
    assert!(Pinduoduo.products_need_detail() && Pinduoduo.product_rules().is_none());
}

#[test]
fn stock_is_set_or_added_and_an_addition_is_never_repeated() {
    let set = Pinduoduo.set_stock("1", "2", StockChange::Set { stock: 7, key: "k" }).unwrap();
    assert_eq!(params(&set.parts), json!({"goods_id": 1, "sku_id": 2, "quantity": 7, "update_type": 1}));
    let add = Pinduoduo.set_stock("1", "2", StockChange::Add { delta: -3, key: "k" }).unwrap();
    assert_eq!(params(&add.parts), json!({"goods_id": 1, "sku_id": 2, "quantity": -3, "update_type": 2}));
    assert_eq!((set.parts.repeat, add.parts.repeat), (Repeat::Never, Repeat::Never));
    let wanted = Wanted::AddStock { product: "1".into(), sku: "2".into(), delta: -3 };
    assert_eq!(Pinduoduo.write_class(&wanted), WriteClass::AskPerson);
}

#[test]
fn a_price_is_that_of_a_group_and_at_least_a_fen() {
    let call = Pinduoduo.set_price("1", "2", Fen(1_990)).unwrap();
    assert_eq!(
        params(&call.parts),
        json!({"goods_id": 1, "sku_price_list": [{"sku_id": 2, "group_price": 1_990}]})
    );
    assert!(Pinduoduo.set_price("1", "2", Fen(0)).is_err());
}

#[test]
fn a_raw_call_knows_reads_promoters_and_tokens() {
    let raw = |api: &str| Pinduoduo.raw(api, "{}");
    assert_eq!(raw("pdd.goods.cats.get").unwrap().parts.repeat, Repeat::Safe);
    assert_eq!(raw("pdd.open.decrypt.batch").unwrap().parts.repeat, Repeat::Never);
    assert_eq!(raw("pdd.ddk.goods.search").unwrap().parts.token, TokenUse::None);
    assert_eq!(raw("pdd.ddk.oauth.goods.search").unwrap().parts.token, TokenUse::Shop);
    for api in ["pdd.pop.auth.token.create", "pdd.pop.auth.token.refresh", "PDD.X.Y", "pdd"] {
        assert_eq!(raw(api).unwrap_err().kind(), ErrorKind::InvalidRequest, "{api}");
    }
}

#[test]
fn a_token_is_renewed_in_the_last_quarter_of_its_life() {
    let times = |hours: i64| GrantTimes {
        obtained_at: UtcMillis(0),
        expires_at: UtcMillis(hours * 3_600_000),
        refresh_expires_at: None,
    };
    let day = Pinduoduo.refresh_window(&times(24)).unwrap();
    assert_eq!((day.opens_at.0, day.closes_at.0), (18 * 3_600_000, 23 * 3_600_000));
    let hour = Pinduoduo.refresh_window(&times(1)).unwrap();
    assert!(hour.opens_at.0 == 2_700_000 && hour.closes_at.0 < 3_600_000);
}
