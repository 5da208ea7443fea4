use serde_json::{Value, json};

use super::Jd;
use crate::error::ErrorKind;
use crate::model::{Fen, UtcMillis, Wanted};
use crate::platform::{
    CallParts, FullList, GrantTimes, OrderQuery, PageOrder, Place, Platform, ProductQuery, Repeat, Shipment,
    StockChange, TokenUse, WriteClass,
};

fn params(parts: &CallParts) -> Value {
    serde_json::from_str(&parts.params).unwrap()
}

fn query(page: u32, section: u8) -> OrderQuery {
    let to = UtcMillis(1_700_000_000_500);
    OrderQuery { from: UtcMillis(1_699_999_000_900), to, page, size: 50, section }
}

#[test]
fn windows_are_widened_to_whole_seconds_of_beijing_time() {
    let call = Jd.list_orders(&query(0, 0)).unwrap();
    let sent = params(&call.parts);
    assert_eq!(
        (&sent["start_date"], &sent["end_date"]),
        (&json!("2023-11-15 05:56:40"), &json!("2023-11-15 06:13:21"))
    );
    // Page and size are texts, pages count from 1; changes are found by their time, oldest first.
    assert_eq!((&sent["page"], &sent["page_size"]), (&json!("1"), &json!("50")));
    assert_eq!((&sent["dateType"], &sent["sortType"]), (&json!("0"), &json!("0")));
    assert!(sent["optional_fields"].as_str().unwrap().split(',').all(|field| !field.trim().is_empty()));
    let rules = Jd.order_rules().unwrap();
    assert_eq!(rules.order, PageOrder::LastPageFirst);
    assert!(rules.max_window.as_secs() <= 30 * 86_400);
}

#[test]
fn orders_have_a_masked_form_and_nothing_else_has() {
    let forms = [&Jd.list_orders(&query(0, 0)).unwrap().parts, &Jd.get_order("1").unwrap().parts]
        .map(|parts| Jd.masked_form(&parts.api).map(|form| (form.api, form.refusal)));
    let wanted = ["jingdong.pop.order.enSearch", "jingdong.pop.order.enGet"].map(|api| Some((api, "73")));
    assert_eq!(forms, wanted);
    for other in
        ["jingdong.pop.order.enSearch", "jingdong.pop.order.shipment", "jingdong.ware.read.findWareById"]
    {
        assert_eq!(Jd.masked_form(other), None, "{other}");
    }
}

#[test]
fn refunds_of_both_sections_are_asked_for_in_their_own_words() {
    let before = params(&Jd.list_refunds("10000001", &query(1, 0)).unwrap().parts);
    assert_eq!((&before["pageIndex"], &before["modifiedEnd"]), (&json!(2), &json!("2023-11-15 06:13:21")));
    let after = params(&Jd.list_refunds("10000001", &query(1, 1)).unwrap().parts);
    assert_eq!((&after["buId"], &after["pageNumber"]), (&json!("10000001"), &json!(2)));
    assert_eq!(after["updateTimeBegin"], json!("2023-11-15 05:56:40"));
    assert_eq!(Jd.refund_rules().unwrap().sections, 2);
    assert!(Jd.list_refunds(" ", &query(0, 1)).is_err());
}

#[test]
fn wares_are_found_by_their_change_and_no_window_is_deeper_than_shown() {
    let ask = |updated| {
        let query = ProductQuery { updated, place: Place::Page(2), size: 50, section: 0 };
        params(&Jd.list_products(&query).unwrap().parts)
    };
    let all = ask(None);
    assert_eq!((&all["pageNo"], all.get("startModifiedTime")), (&json!(3), None));
    assert!(!all["field"].as_str().unwrap().contains("introduction"), "descriptions are long");
    let changed = ask(Some((UtcMillis(1_700_000_000_000), UtcMillis(1_700_000_000_000))));
    assert_eq!(changed["startModifiedTime"], json!("2023-11-15 06:13:20"));
    assert_eq!(Jd.product_list(), Some(FullList::Windows));
    let rules = Jd.product_rules().unwrap();
    assert_eq!((rules.max_records, rules.max_window), (Some(5_000), std::time::Duration::MAX));
    let skus = params(&Jd.list_skus("9007199254740993").unwrap().parts);
    assert_eq!((&skus["wareId"], &skus["page_size"]), (&json!("9007199254740993"), &json!(100)));
    let more = |pages, last| {
        Jd.more_skus("1", pages, last).unwrap().map(|call| params(&call.parts)["pageNo"].clone())
    };
    assert_eq!((more(1, 99), more(1, 100), more(2, 100)), (None, Some(json!(2)), Some(json!(3))));
    let one = params(&Jd.get_product("9007199254740993").unwrap().parts);
    assert_eq!(one["wareId"], json!(9_007_199_254_740_993_u64));
    assert!(!Jd.product_has_skus());
}

#[test]
fn stock_has_a_number_of_its_own_for_each_change() {
    let stock = |change| params(&Jd.set_stock("1", "2", change).unwrap().parts)["req"].take();
    let set = stock(StockChange::Set { stock: 7, key: "a" });
    assert_eq!(set["updateModel"], json!("fullStockIn"));
    assert_eq!(set["skuStocks"], json!([{"skuId": 2, "stockNum": 7, "storeId": 0}]));
    let add = stock(StockChange::Add { delta: -3, key: "a" });
    assert_eq!(add["skuStocks"], json!([{"skuId": 2, "incrStockNum": -3, "storeId": 0}]));
    assert_eq!(add["updateModel"], json!("incrStockIn"));
    let number = |key| stock(StockChange::Add { delta: 1, key })["stockRfId"].as_i64().unwrap();
    assert_eq!(number("a"), number("a"));
    assert_ne!(number("a"), number("b"));
    assert!(number("a") > 0, "it fits the platform's signed width");
    assert!(Jd.set_stock("1", "2", StockChange::Add { delta: 1, key: " " }).is_err());
}

#[test]
fn writes_are_sent_in_the_platforms_units_and_spelling() {
    let price = Jd.set_price("1", "2", Fen(1_905)).unwrap();
    assert_eq!(params(&price.parts), json!({"skuId": 2, "jdPrice": "19.05"}));
    assert!(Jd.set_price("1", "2", Fen(0)).is_err());
    let down = Jd.set_online("9007199254740993", false).unwrap();
    assert_eq!(params(&down.parts), json!({"wareId": 9_007_199_254_740_993_u64, "opType": 2}));
    let ship = |company_code, tracking_no| {
        Jd.ship_order(&Shipment { platform_order_id: "3", company_code, tracking_no })
    };
    assert_eq!(
        params(&ship("467", " SF1 ").unwrap().parts),
        json!({"orderId": 3, "logiCoprId": "467", "logiNo": "SF1"})
    );
    for (company, tracking) in [("467|463", "SF1"), ("467", "SF1,SF2"), ("467", "SF1|SF2"), ("", "SF1")] {
        assert!(ship(company, tracking).is_err(), "{company} {tracking}");
    }
    let add = Wanted::AddStock { product: "1".into(), sku: "2".into(), delta: 1 };
    assert_eq!(Jd.write_class(&add), WriteClass::RepeatWithKey);
    let shipped = Wanted::Ship { order: "1".into(), company: "2".into(), tracking: "3".into() };
    assert_eq!(Jd.write_class(&shipped), WriteClass::LookOnly);
    assert_eq!(Jd.typed_write("jingdong.stock.write.increaseSkuStock"), Some("products.setStock"));
}

#[test]
fn a_raw_call_knows_reads_the_union_and_token_calls() {
    let raw = |api: &str| Jd.raw(api, "{}");
    assert_eq!(raw("jingdong.shop.order.get").unwrap().parts.repeat, Repeat::Safe);
    assert_eq!(raw("jingdong.pop.order.modifyVenderRemark").unwrap().parts.repeat, Repeat::Never);
    assert_eq!(raw("jd.union.open.goods.query").unwrap().parts.token, TokenUse::None);
    assert_eq!(raw("jingdong.sku.read.searchSkuList").unwrap().parts.token, TokenUse::Shop);
    for api in ["oauth2/access_token", "oauth2.access_token/x", "jingdong", "jingdong._x"] {
        assert_eq!(raw(api).unwrap_err().kind(), ErrorKind::InvalidRequest, "{api}");
    }
}

#[test]
fn a_token_is_renewed_in_its_last_day_and_well_before_its_end() {
    let hour = 3_600_000;
    let window = |hours: i64| {
        let times = GrantTimes {
            obtained_at: UtcMillis(0),
            expires_at: UtcMillis(hours * hour),
            refresh_expires_at: None,
        };
        let window = Jd.refresh_window(&times).unwrap();
        (window.opens_at.0 / hour, window.closes_at.0 / hour)
    };
    assert_eq!(window(365 * 24), (365 * 24 - 24, 365 * 24 - 6));
    assert_eq!(window(24), (12, 21), "an app in test");
}
