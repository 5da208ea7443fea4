use serde_json::{Value, json};

use super::super::convert;
use super::Pinduoduo;
use crate::model::{BuyerPart, DecryptPurpose};
use crate::platform::{DecryptAsk, Decryption, Platform, SealedOrder, opened};

fn order(id: &str) -> SealedOrder {
    let parts = BuyerPart::ALL.iter().map(|part| (*part, format!("~{part}~")));
    SealedOrder { platform_order_id: id.to_owned(), parts: parts.collect() }
}

#[test]
fn each_text_is_asked_for_with_its_order() {
    let Ok(Decryption::ByCall(decrypt)) = Pinduoduo.decryption() else { panic!("by a call") };
    assert_eq!(decrypt.most_orders() * 3, 99, "a hundred texts at the most");
    let ask = DecryptAsk { purpose: DecryptPurpose::Ship, actor: "u17" };
    let call = decrypt.call(&[order("260101-1")], &ask).unwrap();
    let sent: Value = serde_json::from_str(&call.parts.params).unwrap();
    assert_eq!(sent["data_list"][0], json!({"data_tag": "260101-1", "encrypted_data": "~name~"}));
    assert_eq!(sent["data_list"].as_array().unwrap().len(), 3);
    assert!(!call.parts.params.contains("u17"), "nobody asked who asks");
}

/// `$…$#…#` and the same without dollar signs are a number and its extension; nothing else is touched.
#[test]
fn texts_are_given_as_they_are_and_virtual_numbers_as_they_are_dialled() {
    let texts = [
        ("$13800000000$#1234#", "13800000000-1234"),
        ("13800000000#1234#", "13800000000-1234"),
        ("13800000000", "13800000000"),
        ("幸福里#3#", "幸福里#3#"),
        ("#1234#", "#1234#"),
        ("1#2#3#", "1#2#3#"),
        ("$1$#", "$1$#"),
    ];
    for (sent, wanted) in texts {
        let item = json!({"data_tag": "260101-1", "encrypted_data": "~phone~", "decrypted_data": sent,
            "data_type": 6, "error_code": 0, "virtual_identify_number": "1234"});
        let body = json!({"open_decrypt_batch_response": {"data_decrypt_list": [item]}}).to_string();
        let found = opened(&[order("260101-1")], &convert::decrypted(body.as_bytes()).unwrap());
        assert_eq!(found[0].phone.as_ref().unwrap().expose(), wanted);
        assert!(found[0].phone_is_virtual);
        assert_eq!(found[0].failures.len(), 2, "the other two were left out");
    }
}

#[test]
fn an_item_that_was_refused_keeps_its_code_and_no_text() {
    let item = |code: Value, text: &str| {
        json!({"data_tag": "1-1", "encrypted_data": "~name~", "decrypted_data": text,
        "error_code": code, "error_msg": "王小明"})
    };
    for (code, text, wanted) in [
        (json!(40001), "", Some("40001")),
        (json!("40001"), "王小明", Some("40001")),
        (json!(0), "王小明", None),
        (Value::Null, "王小明", None),
    ] {
        let list = json!([item(code, text)]);
        let body = json!({"open_decrypt_batch_response": {"data_decrypt_list": list}}).to_string();
        let found = opened(&[order("1-1")], &convert::decrypted(body.as_bytes()).unwrap());
        assert_eq!(found[0].failures[0].platform_code.as_deref(), wanted);
        assert_eq!(found[0].name.is_some(), wanted.is_none());
        assert!(!format!("{found:?}").contains("王小明"));
    }
    let other = json!({"open_decrypt_mask_batch_response": {"data_decrypt_list": []}}).to_string();
    assert!(convert::decrypted(other.as_bytes()).is_err(), "another method's answer");
}
