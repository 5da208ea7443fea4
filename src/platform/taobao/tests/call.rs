use std::time::Duration;

use serde_json::{Value, json};

use super::Taobao;
use crate::error::ErrorKind;
use crate::model::UtcMillis;
use crate::platform::{
    AuthorizeRequest, CallParts, GrantTimes, OrderQuery, Place, Platform, ProductQuery, Repeat, TokenUse,
};
use crate::secret::Secret;

fn params(parts: &CallParts) -> Value {
    serde_json::from_str(&parts.params).unwrap()
}

const QUERY: OrderQuery = OrderQuery {
    from: UtcMillis(1_709_618_767_500),
    to: UtcMillis(1_709_622_367_001),
    page: 0,
    size: 100,
    section: 0,
};

#[test]
fn trades_are_asked_by_their_change_with_every_type_and_the_total() {
    let call = Taobao.list_orders(&QUERY).unwrap();
    assert_eq!(call.parts.api, "taobao.trades.sold.increment.get");
    let sent = params(&call.parts);
    assert_eq!(sent["start_modified"], "2024-03-05 14:06:06");
    assert_eq!(sent["end_modified"], "2024-03-05 15:06:09");
    assert_eq!(
        (&sent["page_no"], &sent["page_size"], &sent["use_has_next"]),
        (&json!(1), &json!(100), &json!(false))
    );
    let types: Vec<_> = sent["type"].as_str().unwrap().split(',').collect();
    for shown_only_when_asked in [
        "fixed",
        "auction",
        "eticket",
        "tmall_i18n",
        "pre_auth_type",
        "o2o_offlinetrade",
        "nopaid",
        "guarantee_trade",
        "step",
    ] {
        assert!(types.contains(&shown_only_when_asked), "{shown_only_when_asked}");
    }
    assert!(types.iter().all(|name| !name.trim().is_empty() && *name == name.trim()));
    let second = params(&Taobao.list_orders(&OrderQuery { page: 1, ..QUERY }).unwrap().parts);
    assert_eq!(second["page_no"], 2);
    for size in [0, 101] {
        assert!(Taobao.list_orders(&OrderQuery { size, ..QUERY }).is_err());
    }
}

#[test]
fn a_window_is_never_wider_than_a_day() {
    let rules = Taobao.order_rules().unwrap();
    let query = OrderQuery { to: QUERY.from.plus(rules.max_window), ..QUERY };
    let sent = params(&Taobao.list_orders(&query).unwrap().parts);
    assert_eq!(
        (&sent["start_modified"], &sent["end_modified"]),
        (&json!("2024-03-05 14:06:06"), &json!("2024-03-06 14:05:09"))
    );
    let day = Duration::from_secs(86_400);
    assert!(rules.max_window + Duration::from_secs(4) <= day && rules.history.unwrap() < 90 * day);
}

#[test]
fn a_trade_is_asked_with_all_that_its_ciphertext_needs() {
    let call = Taobao.get_order("3028689418086124551").unwrap();
    let sent = params(&call.parts);
    assert_eq!(
        (call.parts.api.as_str(), &sent["tid"]),
        ("taobao.trade.fullinfo.get", &json!(3_028_689_418_086_124_551_u64))
    );
    assert_eq!(sent["include_oaid"], true);
    let fields: Vec<_> = sent["fields"].as_str().unwrap().split(',').collect();
    for needed in
        ["oaid", "receiver_name", "receiver_address", "receiver_mobile", "receiver_phone", "created"]
    {
        assert!(fields.contains(&needed), "{needed}");
    }
    assert!(!fields.contains(&"buyer_nick"), "what is not needed is not asked for");
    assert!(Taobao.orders_need_detail() && Taobao.get_order("abc").is_err());
}

#[test]
fn refunds_are_asked_with_every_type_too() {
    let call = Taobao.list_refunds("1", &QUERY).unwrap();
    assert_eq!(call.parts.api, "taobao.refunds.receive.get");
    let (refunds, trades) = (params(&call.parts), params(&Taobao.list_orders(&QUERY).unwrap().parts));
    assert_eq!((&refunds["type"], &refunds["use_has_next"]), (&trades["type"], &json!(false)));
    let one = Taobao.get_refund("87654321", "1").unwrap();
    assert_eq!(
        (one.parts.api.as_str(), &params(&one.parts)["refund_id"]),
        ("taobao.refund.get", &json!(87_654_321))
    );
    assert_eq!(Taobao.refund_rules().unwrap().history, None);
}

#[test]
fn all_products_are_four_lists() {
    let ask = |section, page, updated| {
        let query = ProductQuery { updated, place: Place::Page(page), size: 200, section };
        Taobao.list_products(&query).map(|call| (call.parts.api.clone(), params(&call.parts)))
    };
    let (api, sent) = ask(0, 0, None).unwrap();
    assert_eq!(
        (api.as_str(), sent.get("banner"), sent.get("start_modified")),
        ("taobao.items.onsale.get", None, None)
    );
    for (section, banner) in [(1, "for_shelved"), (2, "sold_out"), (3, "violation_off_shelf")] {
        let (api, sent) = ask(section, 0, Some((QUERY.from, QUERY.to))).unwrap();
        assert_eq!((api.as_str(), &sent["banner"]), ("taobao.items.inventory.get", &json!(banner)));
        assert_eq!((&sent["start_modified"], &sent["page_no"]), (&json!("2024-03-05 14:06:06"), &json!(1)));
        assert!(!sent["fields"].as_str().unwrap().contains("desc,"), "lists take few fields");
    }
    assert_eq!(Taobao.product_rules().unwrap().sections, 4);
    assert!(ask(4, 0, None).is_err());
    assert!(ask(0, 99, None).is_ok() && ask(0, 100, None).is_err() && ask(0, u32::MAX, None).is_err());
}

#[test]
fn a_product_is_asked_by_the_names_that_the_platform_takes() {
    for parts in
        [Taobao.get_product("652874751412").unwrap().parts, Taobao.list_skus("652874751412").unwrap().parts]
    {
        let sent = params(&parts);
        let fields: Vec<_> = sent["fields"].as_str().unwrap().split(',').collect();
        assert!(fields.contains(&"sku") && fields.contains(&"item_img") && !fields.contains(&"skus"));
        assert_eq!(parts.api, "taobao.item.seller.get");
    }
    assert_eq!(params(&Taobao.list_categories(None).unwrap().parts)["parent_cid"], 0);
    assert_eq!(params(&Taobao.list_categories(Some("50016422")).unwrap().parts)["parent_cid"], 50_016_422);
}

#[test]
fn token_calls_are_the_gateways_and_never_repeated() {
    let call = Taobao.exchange_code(" c-1 ").unwrap();
    assert_eq!(
        (call.parts.api.as_str(), params(&call.parts)),
        ("taobao.top.auth.token.create", json!({"code": "c-1"}))
    );
    assert_eq!((call.parts.token, call.parts.repeat), (TokenUse::None, Repeat::Never));
    let call = Taobao.refresh_grant(&Secret::from("r-1")).unwrap();
    assert_eq!(
        (call.parts.api.as_str(), params(&call.parts)),
        ("taobao.top.auth.token.refresh", json!({"refresh_token": "r-1"}))
    );
    assert_eq!((call.parts.token, call.parts.repeat), (TokenUse::None, Repeat::Never));
    let asked: Vec<_> =
        Taobao.identify().into_iter().map(|call| (call.parts.api, call.parts.token)).collect();
    assert_eq!(
        asked,
        [
            ("taobao.user.seller.get".to_owned(), TokenUse::Shop),
            ("taobao.shop.seller.get".to_owned(), TokenUse::Shop)
        ]
    );
}

#[test]
fn raw_knows_reads_and_keeps_token_calls_and_the_protocols_parameters_out() {
    let raw = |api, params| Taobao.raw(api, params).map(|call| call.parts.repeat);
    assert_eq!(raw("taobao.trades.sold.get", "{}").unwrap(), Repeat::Safe);
    for write in [
        "taobao.item.quantity.update",
        "taobao.top.oaid.decrypt",
        "taobao.tmc.messages.consume",
        "Taobao.Trades.sold.get",
    ] {
        assert_eq!(raw(write, "{}").unwrap(), Repeat::Never, "{write}");
    }
    for token in ["taobao.top.auth.token.create", "Taobao.Top.Auth.Token.Refresh"] {
        assert_eq!(raw(token, "{}").unwrap_err().kind(), ErrorKind::InvalidRequest, "{token}");
    }
    for own in ["session", "sign", "simplify", "format", "method", "app_key", "timestamp", "target_app_key"] {
        let params = format!("{{\"{own}\":\"x\"}}");
        assert_eq!(
            Taobao.raw("taobao.time.get", &params).unwrap_err().kind(),
            ErrorKind::InvalidRequest,
            "{own}"
        );
    }
}

#[test]
fn merchants_authorise_with_app_key_address_and_state() {
    let request = AuthorizeRequest {
        app_key: "k&1",
        service_id: None,
        redirect_uri: Some("https://oa.example/cb?a=1"),
        endpoint: None,
        state: "s&t",
    };
    assert_eq!(
        Taobao.authorize_url(&request).unwrap(),
        "https://oauth.taobao.com/authorize?response_type=code&client_id=k%261\
         &redirect_uri=https%3A%2F%2Foa.example%2Fcb%3Fa%3D1&state=s%26t&view=web"
    );
    let other = AuthorizeRequest { endpoint: Some("http://127.0.0.1:1/a"), ..request };
    assert!(Taobao.authorize_url(&other).unwrap().starts_with("http://127.0.0.1:1/a?response_type=code"));
    for wrong in [
        AuthorizeRequest { redirect_uri: None, ..request },
        AuthorizeRequest { endpoint: Some("x"), ..request },
    ] {
        assert_eq!(Taobao.authorize_url(&wrong).unwrap_err().kind(), ErrorKind::ConfigInvalid);
    }
}

#[test]
fn only_what_can_be_renewed_is_and_while_both_tokens_live() {
    let day = Duration::from_secs(86_400);
    let now = UtcMillis(1_700_000_000_000);
    let times = |access: Duration, refresh: Option<Duration>| GrantTimes {
        obtained_at: now,
        expires_at: now.plus(access),
        refresh_expires_at: refresh.map(|life| now.plus(life)),
    };
    assert_eq!(Taobao.refresh_window(&times(365 * day, None)), None);
    let long = Taobao.refresh_window(&times(90 * day, Some(180 * day))).unwrap();
    assert_eq!((long.opens_at, long.closes_at), (now.plus(89 * day), now.plus(90 * day).minus(day / 4)));
    let short = Taobao.refresh_window(&times(Duration::from_secs(1600), Some(day))).unwrap();
    assert_eq!(
        (short.opens_at, short.closes_at),
        (now.plus(Duration::from_secs(1200)), now.plus(Duration::from_secs(1500)))
    );
    let dying = Taobao.refresh_window(&times(90 * day, Some(8 * day))).unwrap();
    assert!(dying.closes_at < now.plus(8 * day));
}
