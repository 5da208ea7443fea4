use std::time::Duration;

use serde_json::{Value, json};

use super::Doudian;
use crate::error::ErrorKind;
use crate::model::UtcMillis;
use crate::platform::{
    AuthorizeRequest, CallParts, Credentials, GrantTimes, OrderQuery, Place, Platform, ProductQuery, Repeat,
    TokenUse,
};
use crate::secret::Secret;

fn params(parts: &CallParts) -> Value {
    serde_json::from_str(&parts.params).unwrap()
}

fn credentials() -> Credentials {
    Credentials {
        app_key: "7000000000000000001".to_owned(),
        app_secret: Secret::from("fake0001-aaaa-bbbb-cccc-000000000001"),
        api_base: "http://127.0.0.1:9".to_owned(),
        token_base: None,
        upload_base: None,
    }
}

#[test]
fn a_request_is_the_golden_one() {
    // The vector doudian_hmac_list_basic_two_keys.
    let call = Doudian.raw("product.listV2", r#"{"size":20,"page":1}"#).unwrap();
    let token = Secret::from("fake token/+&");
    let sent = Doudian.sign(&call.parts, &credentials(), Some(&token), UtcMillis(1_700_000_001_999)).unwrap();
    assert_eq!(
        sent.url.expose(),
        "http://127.0.0.1:9/product/listV2?method=product.listV2&app_key=7000000000000000001\
         &access_token=fake+token%2F%2B%26&timestamp=1700000001&v=2\
         &sign=8d38a5a63264fc50994fd9281337842729bda0e2ba3268f1115091957eabe1d7&sign_method=hmac-sha256"
    );
    assert_eq!(sent.body, br#"{"page":1,"size":20}"#);
    assert_eq!(
        sent.headers,
        [("content-type", "application/json".into()), ("x-open-no-old-err-code", "1".into())]
    );
}

#[test]
fn token_calls_carry_no_token() {
    let call = Doudian.self_grant("1000001").unwrap();
    assert_eq!(
        params(&call.parts),
        json!({"code": "", "grant_type": "authorization_self", "shop_id": "1000001"})
    );
    assert_eq!((call.parts.token, call.parts.repeat), (TokenUse::None, Repeat::Safe));
    let sent = Doudian.sign(&call.parts, &credentials(), Some(&Secret::from("t")), UtcMillis(0)).unwrap();
    assert!(!sent.url.expose().contains("access_token"));

    let call = Doudian.exchange_code(" c-1 ").unwrap();
    assert_eq!(params(&call.parts), json!({"code": "c-1", "grant_type": "authorization_code"}));
    assert_eq!(call.parts.repeat, Repeat::Never);
    let call = Doudian.refresh_grant(&Secret::from("r-1")).unwrap();
    assert_eq!(params(&call.parts), json!({"grant_type": "refresh_token", "refresh_token": "r-1"}));
    assert_eq!((call.parts.api.as_str(), call.parts.repeat), ("token.refresh", Repeat::Never));
}

#[test]
fn orders_are_asked_in_ascending_order_from_page_0_around_the_window() {
    let query = OrderQuery {
        from: UtcMillis(1_700_000_000_500),
        to: UtcMillis(1_700_000_060_001),
        page: 0,
        size: 100,
        section: 0,
    };
    let call = Doudian.list_orders(&query).unwrap();
    assert_eq!(
        params(&call.parts),
        json!({"update_time_start": 1_699_999_999, "update_time_end": 1_700_000_062, "page": 0, "size": 100,
            "order_by": "update_time", "order_asc": true})
    );
    let exact = OrderQuery {
        from: UtcMillis(1_700_000_000_000),
        to: UtcMillis(1_700_000_060_000),
        page: 7,
        size: 1,
        section: 0,
    };
    let sent = params(&Doudian.list_orders(&exact).unwrap().parts);
    assert_eq!(sent["update_time_start"], 1_699_999_999);
    assert_eq!(sent["update_time_end"], 1_700_000_061);
    assert_eq!(sent["page"], 7);
    for size in [0, 101] {
        assert!(Doudian.list_orders(&OrderQuery { size, ..exact }).is_err());
    }
}

#[test]
fn products_are_asked_by_cursor_or_from_page_1() {
    let ask = |place, updated| Doudian.list_products(&ProductQuery { updated, place, size: 100, section: 0 });
    let first = params(&ask(Place::Cursor(None), None).unwrap().parts);
    assert_eq!(first, json!({"size": 100, "use_cursor": true}));
    let next = params(&ask(Place::Cursor(Some("abc".to_owned())), None).unwrap().parts);
    assert_eq!(next, json!({"size": 100, "use_cursor": true, "cursor_id": "abc"}));
    let window = Some((UtcMillis(1_700_000_000_000), UtcMillis(1_700_000_000_001)));
    let page = params(&ask(Place::Page(0), window).unwrap().parts);
    assert_eq!(
        page,
        json!({"size": 100, "page": 1, "update_start_time": 1_699_999_999, "update_end_time": 1_700_000_002})
    );
    assert!(ask(Place::Page(99), window).is_ok());
    assert!(ask(Place::Page(100), window).is_err());
    assert!(ask(Place::Page(u32::MAX), window).is_err());
}

#[test]
fn ids_are_numbers_or_text_as_each_method_wants_them() {
    let sku = Doudian.list_skus("3539925204033339668").unwrap();
    assert_eq!(sku.parts.params, r#"{"product_id":3539925204033339668}"#);
    let detail = Doudian.get_product("3539925204033339668").unwrap();
    assert_eq!(detail.parts.params, r#"{"product_id":"3539925204033339668"}"#);
    let order = Doudian.get_order("4781320682406083640").unwrap();
    assert_eq!(order.parts.params, r#"{"shop_order_id":"4781320682406083640"}"#);
    assert_eq!(Doudian.list_categories(None).unwrap().parts.params, r#"{"cid":0}"#);
    assert_eq!(Doudian.list_categories(Some("20005")).unwrap().parts.params, r#"{"cid":20005}"#);
    assert!(Doudian.list_skus("abc").is_err());
}

#[test]
fn raw_knows_reads_and_keeps_token_calls_out() {
    let repeat = |api| Doudian.raw(api, "{}").map(|call| call.parts.repeat);
    assert_eq!(repeat("order.searchList").unwrap(), Repeat::Safe);
    for write in ["sku.syncStock", "product.addV2", "order.batchDecrypt", "order.searchlist"] {
        assert_eq!(repeat(write).unwrap(), Repeat::Never, "{write}");
    }
    for token in ["token.create", "Token.refresh", "TOKEN.anything"] {
        assert_eq!(repeat(token).unwrap_err().kind(), ErrorKind::InvalidRequest, "{token}");
    }
}

#[test]
fn merchants_authorise_with_service_id_and_state() {
    let request = AuthorizeRequest {
        app_key: "k",
        service_id: Some("1 2"),
        redirect_uri: None,
        endpoint: None,
        state: "s&t",
    };
    let url = Doudian.authorize_url(&request).unwrap();
    assert_eq!(url, "https://fuwu.jinritemai.com/authorize?service_id=1+2&state=s%26t");
    let other = AuthorizeRequest { endpoint: Some("http://127.0.0.1:1/a?x=1"), ..request };
    assert_eq!(Doudian.authorize_url(&other).unwrap(), "http://127.0.0.1:1/a?x=1&service_id=1+2&state=s%26t");
    for wrong in [
        AuthorizeRequest { service_id: Some(" "), ..request },
        AuthorizeRequest { endpoint: Some("x"), ..request },
    ] {
        assert_eq!(Doudian.authorize_url(&wrong).unwrap_err().kind(), ErrorKind::ConfigInvalid);
    }
}

#[test]
fn a_refresh_happens_in_the_last_hour() {
    let expires_at = UtcMillis(1_700_604_800_000);
    let times =
        GrantTimes { obtained_at: UtcMillis(1_700_000_000_000), expires_at, refresh_expires_at: None };
    let window = Doudian.refresh_window(&times).unwrap();
    assert_eq!(expires_at.since(window.opens_at), Duration::from_secs(3000));
    assert_eq!(expires_at.since(window.closes_at), Duration::from_secs(600));
}
