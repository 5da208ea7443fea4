use serde_json::{Value, json};

use super::super::convert;
use super::{Taobao, fixture};
use crate::error::ErrorKind;
use crate::model::{Fen, ProductRecord, ProductStatus, SkuRecord, Wanted};
use crate::platform::{CallParts, KnownProduct, Platform, WriteClass, write_call};

const PRODUCT: &str = "652874751412";
const SKU: &str = "4611686027012345678";

/// A product of a shop of this type, with the price it has by itself and SKUs of these prices and stocks.
fn known(shop_type: &str, item_price: &str, skus: &[(&str, i64, i64)]) -> KnownProduct {
    let sku = |(id, price, stock): &(&str, i64, i64)| SkuRecord {
        platform_sku_id: (*id).to_owned(),
        outer_id: None,
        code: None,
        price: Fen(*price),
        stock: *stock,
        specs: Vec::new(),
        extra: Some(format!(r#"{{"properties":"1627207:{}","status":"normal"}}"#, &id[..5.min(id.len())])),
    };
    let record = ProductRecord {
        platform_product_id: PRODUCT.to_owned(),
        name: "茶".to_owned(),
        status: ProductStatus::OffSale,
        platform_status: "instock".to_owned(),
        outer_id: None,
        category_id: None,
        description: None,
        images: Vec::new(),
        platform_created_at: None,
        platform_updated_at: None,
        extra: Some(format!(r#"{{"num":5,"price":"{item_price}"}}"#)),
    };
    KnownProduct { shop_type: Some(shop_type.to_owned()), record, skus: skus.iter().map(sku).collect() }
}

fn sent(wanted: &Wanted, known: &KnownProduct) -> (String, Value) {
    let CallParts { api, params, .. } = write_call(&Taobao, wanted, Some("00ff"), Some(known)).unwrap().parts;
    (api, serde_json::from_str(&params).unwrap())
}

fn refused(wanted: &Wanted, known: Option<&KnownProduct>) -> ErrorKind {
    write_call(&Taobao, wanted, Some("00ff"), known).unwrap_err().kind()
}

fn price(sku: &str, fen: i64) -> Wanted {
    Wanted::Price { product: PRODUCT.to_owned(), sku: sku.to_owned(), fen }
}

fn add(sku: &str, delta: i64) -> Wanted {
    Wanted::AddStock { product: PRODUCT.to_owned(), sku: sku.to_owned(), delta }
}

#[test]
fn a_product_is_listed_with_all_of_its_stock() {
    let wanted = Wanted::Online { product: PRODUCT.to_owned(), online: true };
    let known = known("C", "1.00", &[(SKU, 1, 3), ("46117", 1, 4), ("46118", 1, -2)]);
    let expected = json!({"num_iid": 652_874_751_412_u64, "num": 7});
    assert_eq!(sent(&wanted, &known), ("taobao.item.update.listing".to_owned(), expected));
    let empty = KnownProduct { skus: Vec::new(), ..known };
    assert_eq!(refused(&wanted, Some(&empty)), ErrorKind::InvalidRequest);
    assert_eq!(refused(&wanted, None), ErrorKind::NotFound);
    let off = Wanted::Online { product: PRODUCT.to_owned(), online: false };
    let (api, params) = sent(&off, &empty);
    assert_eq!(
        (api.as_str(), params),
        ("taobao.item.update.delisting", json!({"num_iid": 652_874_751_412_u64}))
    );
    assert!(write_call(&Taobao, &off, None, None).is_ok(), "taking down wants no product");
}

#[test]
fn a_price_names_its_sku_by_options_on_taobao_and_by_id_on_tmall() {
    let skus = [(SKU, 12_900, 3), ("99999", 13_900, 1)];
    let (api, params) = sent(&price(SKU, 11_905), &known("C", "139.00", &skus));
    assert_eq!(api, "taobao.item.sku.price.update");
    assert_eq!(
        params,
        json!({"num_iid": 652_874_751_412_u64, "properties": "1627207:46116", "price": "119.05"})
    );
    let (api, params) = sent(&price(SKU, 5), &known("B", "139.00", &skus));
    assert_eq!(api, "tmall.item.price.update");
    let prices = json!([{"sku_id": 4_611_686_027_012_345_678_u64, "price": "0.05"}]);
    assert_eq!(params, json!({"item_id": 652_874_751_412_u64, "sku_prices": prices}));
    // A SKU that was not synced has no options here.
    assert_eq!(refused(&price("77777", 1), Some(&known("C", "139.00", &skus))), ErrorKind::NotFound);
}

#[test]
fn the_products_price_moves_where_no_sku_in_stock_has_it_any_more() {
    let item_price = |item: &str, skus: &[(&str, i64, i64)]| {
        sent(&price(SKU, 10_000), &known("C", item, skus)).1.get("item_price").cloned()
    };
    assert_eq!(item_price("129.00", &[(SKU, 12_900, 3), ("99999", 13_900, 1)]), Some(json!("100.00")));
    assert_eq!(item_price("129.00", &[(SKU, 12_900, 3), ("99999", 9_900, 1)]), Some(json!("99.00")));
    assert_eq!(item_price("129.00", &[(SKU, 12_900, 3), ("99999", 12_900, 0)]), Some(json!("100.00")));
    assert_eq!(item_price("129", &[(SKU, 1, 0), ("99999", 12_900, 5)]), None);
    assert_eq!(item_price("129.00", &[(SKU, 12_900, 0)]), None);
}

#[test]
fn a_product_without_skus_has_its_price_on_tmall_only() {
    let skus = [(PRODUCT, 990, 5)];
    let (api, params) = sent(&price(PRODUCT, 1000), &known("B", "9.90", &skus));
    assert_eq!(api, "tmall.item.price.update");
    assert_eq!(params, json!({"item_id": 652_874_751_412_u64, "item_price": "10.00"}));
    assert_eq!(refused(&price(PRODUCT, 1000), Some(&known("C", "9.90", &skus))), ErrorKind::Unsupported);
}

#[test]
fn stock_is_set_and_only_added_to_with_a_key() {
    let tmall = known("B", "1.00", &[(SKU, 1, 1)]);
    let set = |sku: &str| Wanted::Stock { product: PRODUCT.to_owned(), sku: sku.to_owned(), stock: 7 };
    let (api, params) = sent(&set(SKU), &tmall);
    assert_eq!(api, "taobao.item.quantity.update");
    assert_eq!(
        params,
        json!({"num_iid": 652_874_751_412_u64, "sku_id": 4_611_686_027_012_345_678_u64, "quantity": 7, "type": 1})
    );
    assert_eq!(
        sent(&set(PRODUCT), &tmall).1,
        json!({"num_iid": 652_874_751_412_u64, "quantity": 7, "type": 1})
    );
    let (api, params) = sent(&add(SKU, -2), &tmall);
    assert_eq!(api, "tmall.item.quantity.update");
    assert_eq!(params["options"], json!({"type": 2, "outer_biz_key": "00ff"}));
    assert_eq!(params["sku_quantities"], json!([{"sku_id": 4_611_686_027_012_345_678_u64, "quantity": -2}]));
    assert_eq!(sent(&add(PRODUCT, 3), &tmall).1["item_quantity"], 3);
    assert_eq!(refused(&add(SKU, 1), Some(&known("C", "1.00", &[]))), ErrorKind::Unsupported);
    assert_eq!(Taobao.write_class(&add(SKU, 1)), WriteClass::RepeatWithKey);
}

#[test]
fn a_trade_is_shipped_with_the_merchants_own_parcel_and_never_blindly_again() {
    let wanted =
        Wanted::Ship { order: "3028689418086124551".into(), company: "SF".into(), tracking: " SF1 ".into() };
    let call = write_call(&Taobao, &wanted, None, None).unwrap();
    assert_eq!(call.parts.api, "taobao.logistics.offline.send");
    assert_eq!(call.parts.params, r#"{"company_code":"SF","out_sid":"SF1","tid":3028689418086124551}"#);
    assert_eq!(Taobao.write_class(&wanted), WriteClass::LookOnly);
    assert!((call.decode)(fixture!("logistics.offline.send.ok")).is_ok());
    for unsure in [r#"{"shipping":{}}"#, r#"{"shipping":{"is_success":1}}"#, "{}"] {
        let body = format!("{{\"logistics_offline_send_response\":{unsure}}}");
        assert!((call.decode)(body.as_bytes()).is_err(), "{unsure}");
    }
}

#[test]
fn what_our_functions_change_is_not_changed_by_hand() {
    for (api, ours) in [
        ("taobao.item.update.listing", "products.setOnline"),
        ("Taobao.Item.Update.Delisting.Tmall ", "products.setOnline"),
        ("taobao.skus.quantity.update", "products.setStock"),
        ("tmall.item.price.update", "products.setPrice"),
        ("taobao.logistics.online.send", "orders.ship"),
    ] {
        assert_eq!(Taobao.typed_write(api), Some(ours));
    }
    assert_eq!(Taobao.typed_write("taobao.trade.memo.update"), None);
}

#[test]
fn the_shelf_is_the_first_part_of_the_status() {
    let shown = |status: &str| {
        let mut record = known("C", "1.00", &[]).record;
        record.platform_status = status.to_owned();
        Taobao.shows_online(&record)
    };
    assert_eq!(shown("onsale"), Some(true));
    assert_eq!(
        (shown("instock"), shown("instock/violation_off_shelf"), shown("other")),
        (Some(false), Some(false), None)
    );
    assert!(convert::done(br#"{"x_response":{"item":{"num_iid":1}}}"#).is_ok());
    assert!(convert::done(br#"{"x_response":[]}"#).is_err());
}
