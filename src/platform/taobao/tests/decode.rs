use std::time::Duration;

use super::super::convert;
use super::fixture;
use crate::model::{Fen, ProductStatus, Tier, UtcMillis};
use crate::platform::ShopFacts;

const DAY: u64 = 86_400;

#[test]
fn a_merchants_token_cannot_be_renewed_and_has_four_levels() {
    let set = convert::token_set(fixture!("top.auth.token.create.merchant")).unwrap();
    assert_eq!(set.access_token.expose(), "fake-access-0001");
    assert_eq!(set.expires_in, Duration::from_secs(365 * DAY));
    assert!(set.refresh_token.is_none() && set.refresh_expires_in.is_none());
    let days = |secs| Duration::from_secs(secs);
    assert_eq!(
        set.tiers,
        [
            (Tier::R1, days(365 * DAY)),
            (Tier::R2, days(3 * DAY)),
            (Tier::W1, days(365 * DAY)),
            (Tier::W2, days(1800)),
        ]
    );
    assert_eq!(
        (set.shop.platform_shop_id.as_str(), set.shop.name.as_str()),
        ("2055550001", "云上茶叶旗舰店+1")
    );
}

#[test]
fn a_service_markets_token_can_be_renewed_and_numbers_may_be_text() {
    let set = convert::token_set(fixture!("top.auth.token.refresh.service")).unwrap();
    assert_eq!(set.refresh_token.unwrap().expose(), "fake-refresh-0001");
    assert_eq!(
        (set.expires_in, set.refresh_expires_in),
        (Duration::from_secs(90 * DAY), Some(Duration::from_secs(180 * DAY)))
    );
    assert_eq!(set.shop.platform_shop_id, "2055550001");
}

/// A token answer whose inner JSON is this.
fn token(inner: &str) -> Vec<u8> {
    let result = serde_json::to_string(inner).unwrap();
    format!(r#"{{"top_auth_token_create_response":{{"token_result":{result}}}}}"#).into_bytes()
}

#[test]
fn lifetimes_are_sane_and_never_lose_a_token() {
    for (given, expected) in [
        ("86400", DAY),
        ("\"86400\"", DAY),
        ("0", 60),
        ("-5", 60),
        ("null", 60),
        ("\"soon\"", 60),
        ("[]", 60),
        ("1709618767000", 3660 * DAY),
        ("99999999999999999999999999", 3660 * DAY),
    ] {
        let set =
            convert::token_set(&token(&format!(r#"{{"access_token":"a","expires_in":{given}}}"#))).unwrap();
        assert_eq!(set.expires_in, Duration::from_secs(expected), "{given}");
        assert!(set.tiers.is_empty() && set.shop.platform_shop_id.is_empty());
    }
    for zero in ["0", "\"0\""] {
        let set = convert::token_set(&token(&format!(
            r#"{{"access_token":"a","refresh_token":"r","re_expires_in":{zero},"r2_expires_in":{zero}}}"#
        )));
        let set = set.unwrap();
        assert!(set.refresh_token.is_none(), "{zero}");
        assert_eq!(set.tiers, [(Tier::R2, Duration::ZERO)]);
    }
    // A refresh token whose end is not told is kept.
    let set = convert::token_set(&token(r#"{"access_token":"a","refresh_token":"r"}"#)).unwrap();
    assert!(set.refresh_token.is_some() && set.refresh_expires_in.is_none());
}

#[test]
fn nicks_that_are_not_encoded_stay() {
    for (given, expected) in
        [("测试😀", "测试😀"), ("%E6%B5%8B", "测"), ("a%zz&b=1", "a%zz&b=1"), ("%ff", "%ff"), ("a+b", "a b")]
    {
        let set =
            convert::token_set(&token(&format!(r#"{{"access_token":"a","taobao_user_nick":"{given}"}}"#)));
        assert_eq!(set.unwrap().shop.name, expected);
    }
}

#[test]
fn a_token_answer_without_a_token_is_refused_without_showing_it() {
    for body in [
        token(r#"{"access_token":"","refresh_token":"canary"}"#),
        token("canary"),
        br#"{"top_auth_token_create_response":{"token_result":{"access_token":"canary"}}}"#.to_vec(),
        br#"{"top_auth_token_create_response":{}}"#.to_vec(),
    ] {
        let error = convert::token_set(&body).unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn whose_token_it_is() {
    let seller = convert::seller(fixture!("user.seller.get.ok")).unwrap();
    assert_eq!(
        (seller.platform_shop_id.as_deref(), seller.shop_type.as_deref()),
        (Some("2055550001"), Some("B"))
    );
    let shop = convert::shop(fixture!("shop.seller.get.ok")).unwrap();
    // The shop's own number is not the id that trades and messages carry.
    assert_eq!(shop, ShopFacts { name: Some("云上茶叶旗舰店".to_owned()), ..ShopFacts::default() });
}

#[test]
fn a_page_of_products_is_read() {
    let page = convert::item_page(fixture!("items.onsale.get.page")).unwrap();
    assert_eq!(page.total, Some(2));
    let records: Vec<_> = page.records.into_iter().map(Result::unwrap).collect();
    let tea = &records[0];
    assert_eq!(
        (tea.platform_product_id.as_str(), tea.name.as_str()),
        ("652874751412", "【明前】西湖龙井 250g 🍵")
    );
    assert_eq!((tea.status, tea.platform_status.as_str()), (ProductStatus::OnSale, "onsale"));
    assert_eq!((tea.outer_id.as_deref(), tea.category_id.as_deref()), (Some("LJ"), Some("50016422")));
    assert_eq!(tea.images, ["https://img.alicdn.example/i1/fake.jpg"]);
    assert_eq!(
        (tea.platform_created_at, tea.platform_updated_at),
        (None, Some(UtcMillis(1_709_618_767_000)))
    );
    let extra: serde_json::Value = serde_json::from_str(tea.extra.as_deref().unwrap()).unwrap();
    assert_eq!(
        (&extra["price"], &extra["num"], &extra["type"]),
        (&"129.00".into(), &23.into(), &"fixed".into())
    );
    assert_eq!(records[1].platform_product_id, "9223372036854775808");
    assert_eq!((records[1].status, records[1].outer_id.as_deref()), (ProductStatus::Unknown, None));
}

#[test]
fn where_a_product_in_stock_stands_is_the_list_it_is_in() {
    let body = fixture!("items.inventory.get.page");
    for (page, status, text) in [
        (convert::item_page(body), ProductStatus::OffSale, "instock"),
        (convert::sold_out_page(body), ProductStatus::OffSale, "instock/sold_out"),
        (convert::violation_page(body), ProductStatus::Banned, "instock/violation_off_shelf"),
    ] {
        let record = page.unwrap().records.remove(0).unwrap();
        assert_eq!((record.status, record.platform_status.as_str()), (status, text));
    }
}

#[test]
fn a_product_is_read_with_its_skus_in_fen() {
    let detail = convert::item_detail(fixture!("item.seller.get.ok")).unwrap();
    assert_eq!(detail.record.description.as_deref(), Some("<p>茶</p>"));
    assert_eq!(
        detail.record.images,
        ["https://img.alicdn.example/i1.jpg", "https://img.alicdn.example/i2.jpg"]
    );
    assert_eq!(detail.record.platform_created_at, Some(UtcMillis(1_706_716_800_000)));
    assert_eq!(detail.skus.len(), 3, "the deleted one is left out");
    let first = detail.skus[0].as_ref().unwrap();
    assert_eq!(
        (first.platform_sku_id.as_str(), first.price, first.stock),
        ("4611686027012345678", Fen(12_900), 11)
    );
    assert_eq!(first.specs, ["黑:亮", "M"]);
    assert_eq!((first.outer_id.as_deref(), first.code.as_deref()), (Some("LJ-250-B"), Some("69")));
    assert!(first.extra.as_deref().unwrap().contains(r#""properties":"1627207:28341""#));
    assert_eq!(detail.skus[1].as_ref().unwrap().price, Fen(13_950));
    let bad = detail.skus[2].as_ref().unwrap_err();
    assert_eq!(bad.reason, "cannot read price: yuan with at most two decimals");
    assert_eq!(bad.platform_id.as_deref(), Some("4611686027012345681"));
    assert_eq!(convert::skus(fixture!("item.seller.get.ok")).unwrap(), detail.skus);
}

#[test]
fn a_product_without_skus_is_its_own_sku() {
    let detail = convert::item_detail(fixture!("item.seller.get.plain")).unwrap();
    assert_eq!(
        (detail.record.status, detail.record.platform_status.as_str()),
        (ProductStatus::Banned, "instock/violation_off_shelf")
    );
    assert_eq!(detail.skus.len(), 1);
    let only = detail.skus[0].as_ref().unwrap();
    assert_eq!((only.platform_sku_id.as_str(), only.price, only.stock), ("652874751413", Fen(990), 5));
}

#[test]
fn categories_know_their_parent() {
    let found = convert::categories(fixture!("itemcats.get.ok")).unwrap();
    assert_eq!((found[0].level, found[0].parent_id.as_deref(), found[0].is_leaf), (Some(1), None, false));
    assert_eq!((found[1].level, found[1].parent_id.as_deref()), (None, Some("50016422")));
    assert!(found[1].is_leaf && !found[1].is_enabled && found[0].is_enabled);
    let broken = br#"{"x_response":{"item_cats":{"item_cat":[{"cid":1},{"name":"x"}]}}}"#;
    assert_eq!(convert::categories(broken).unwrap_err().path, "item_cats.item_cat[1].cid");
}

#[test]
fn a_raw_answer_is_unwrapped_as_it_came() {
    let body = br#"{"x_response":{"a":{"id":9223372036854775808},"b":[1.0]}}"#;
    assert_eq!(convert::raw_content(body).unwrap().get(), r#"{"a":{"id":9223372036854775808},"b":[1.0]}"#);
    assert!(convert::raw_content(br#"{"a":1,"b":2}"#).is_err());
}
