use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::convert;
use super::Jd;
use crate::model::UtcMillis;
use crate::platform::{BuyerKeys, Decryption, KeyService, Platform};

const VECTORS: &str = include_str!("../../../../tests/vectors/jd.json");

fn vectors() -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    all.into_iter().filter(|vector| vector["algorithm"].as_str().unwrap().starts_with("tde-aes")).collect()
}

fn service() -> &'static dyn KeyService {
    match Jd.decryption() {
        Ok(Decryption::ByKeys(service)) => service,
        _ => panic!("JD gives keys"),
    }
}

fn keys(inputs: &Value, status: i64, digest: Option<&str>) -> BuyerKeys {
    let key = json!({"id": inputs["key_id"], "key_string": inputs["key_string"], "version": 1,
        "key_digest": digest.map_or_else(|| inputs["key_digest"].clone(), Value::from), "key_status": status});
    let list = json!([{"service": "s", "current_key_version": 1, "keys": [key]}]);
    let body = json!({"jingdong_jos_master_key_get_response":
        {"code": "0", "response": {"status_code": 0, "service_key_list": list}}});
    convert::master_keys(body.to_string().as_bytes()).unwrap()
}

#[test]
fn ciphertext_of_independent_programs_is_opened() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let keys = keys(&vector["inputs"], 0, None);
        let ciphertext = vector["inputs"]["ciphertext"].as_str().unwrap();
        let text = service().open(&keys, ciphertext).unwrap();
        assert_eq!(text.expose(), vector["expected"].as_str().unwrap(), "{}", vector["name"]);
    }
}

#[test]
fn keys_that_were_revoked_or_altered_open_nothing() {
    let inputs = &vectors()[0]["inputs"];
    let ciphertext = inputs["ciphertext"].as_str().unwrap();
    assert!(
        service().open(&keys(inputs, 1, None), ciphertext).is_ok(),
        "suspended keys open what they sealed"
    );
    for none in [keys(inputs, 2, None), keys(inputs, 0, Some("AAAA")), BuyerKeys(Vec::new())] {
        let error = service().open(&none, ciphertext).unwrap_err();
        assert!(!error.to_string().contains(ciphertext), "{error}");
    }
}

#[test]
fn ciphertext_that_was_cut_or_altered_is_refused_or_another_text_and_never_a_panic() {
    let inputs = &vectors()[0]["inputs"];
    let keys = keys(inputs, 0, None);
    let whole = STANDARD.decode(inputs["ciphertext"].as_str().unwrap()).unwrap();
    for length in 0..whole.len() {
        let cut = STANDARD.encode(&whole[..length]);
        assert!(service().open(&keys, &cut).is_err(), "cut at {length}");
    }
    for bit in 0..whole.len() * 8 {
        let mut altered = whole.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let outcome = service().open(&keys, &STANDARD.encode(&altered));
        let is_head = bit / 8 < 18;
        assert!(!(is_head && outcome.is_ok()), "another form or key: bit {bit}");
    }
    for odd in ["", "no base64!", "AAQ=", "AAA="] {
        assert!(service().open(&keys, odd).is_err(), "{odd}");
    }
}

#[test]
fn a_voucher_is_read_and_signs_for_the_keys_without_being_sent() {
    let data = json!({"sig": "s", "data": {"act": "a", "effective": 1, "expired": 2, "id": "FAKE-TID-0001",
        "key": "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=", "service": "s", "stype": 1}});
    let voucher = STANDARD.encode(data.to_string());
    let body = json!({"jingdong_jos_voucher_info_get_response":
        {"code": "0", "response": {"errorCode": "0", "data": {"voucher": voucher}}}});
    let voucher = convert::voucher(body.to_string().as_bytes()).unwrap();
    let call = service().keys(&voucher, UtcMillis(1_772_931_903_000)).unwrap();
    let sent: Value = serde_json::from_str(&call.parts.params).unwrap();
    // The vector `tde-master-key-sig`.
    assert_eq!(sent["sig"], "Xz9QmSYEC3ZnNh0119uko/esaWx+FjMjqRppzjweiac=");
    assert_eq!((&sent["tid"], &sent["ts"]), (&json!("FAKE-TID-0001"), &json!(1_772_931_903_000i64)));
    for odd in [json!("no base64!"), json!(STANDARD.encode("[]")), json!(STANDARD.encode("{\"data\":{}}"))] {
        let body = json!({"jingdong_jos_voucher_info_get_response":
            {"code": "0", "response": {"errorCode": "0", "data": {"voucher": odd}}}});
        assert!(convert::voucher(body.to_string().as_bytes()).is_err());
    }
}

#[test]
fn an_order_is_read_in_its_sealed_form() {
    let call = service().receiver("310000000123").unwrap();
    assert_eq!(call.parts.api, "jingdong.pop.order.enGet");
    let consignee = json!({"fullname": "王*", "encrypt_fullname": "AAA", "mobile": "138****", "encrypt_mobile": "BBB",
        "fullAddress": "浙江***", "encrypt_fullAddress": "CCC"});
    let body = json!({"jingdong_pop_order_enGet_responce": {"code": "0", "orderDetailInfo":
        {"apiResult": {"success": true}, "orderInfo": {"orderId": "310000000123", "consigneeInfo": consignee}}}});
    let receiver = (call.decode)(body.to_string().as_bytes()).unwrap();
    let found = [receiver.name, receiver.phone, receiver.detail].map(|field| field.cipher.unwrap());
    assert_eq!(found, ["AAA", "BBB", "CCC"]);
}
