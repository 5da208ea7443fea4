use serde_json::{Value, json};

use super::super::convert;
use super::Doudian;
use crate::error::ErrorKind;
use crate::model::{BuyerPart, DecryptPurpose, DecryptedOrder, UtcMillis};
use crate::platform::{DecryptAsk, Decryption, Platform, SealedOrder, opened};

fn order(id: &str) -> SealedOrder {
    let parts = BuyerPart::ALL.iter().map(|part| (*part, format!("#{part}==#1##")));
    SealedOrder { platform_order_id: id.to_owned(), parts: parts.collect() }
}

fn asked(orders: &[SealedOrder], actor: &str) -> Value {
    let Ok(Decryption::ByCall(decrypt)) = Doudian.decryption() else { panic!("by a call") };
    assert_eq!(decrypt.most_orders() * 3, 48, "fifty texts at the most");
    let call = decrypt.call(orders, &DecryptAsk { purpose: DecryptPurpose::Ship, actor }).unwrap();
    serde_json::from_str(&call.parts.params).unwrap()
}

fn answer(orders: &[SealedOrder], data: &Value) -> Vec<DecryptedOrder> {
    let body = json!({"code": 10000, "msg": "success", "data": data}).to_string();
    opened(orders, &convert::decrypted(body.as_bytes()).unwrap())
}

#[test]
fn each_text_is_asked_for_with_its_order_in_the_name_of_who_asks() {
    let sent = asked(&[order("4781")], "u17");
    assert_eq!((&sent["account_id"], &sent["account_type"]), (&json!("u17"), &json!("sub_account")));
    assert_eq!(sent["cipher_infos"].as_array().unwrap().len(), 3);
    assert_eq!(sent["cipher_infos"][1], json!({"auth_id": "4781", "cipher_text": "#phone==#1##"}));
    assert_eq!(asked(&[order("4781")], "system")["account_type"], "main_account");
}

#[test]
fn an_answer_in_another_order_and_with_gaps_finds_its_places() {
    let orders = [order("1"), order("2")];
    let info = |id: &str, text: &str, plain: &str, err: i64| {
        json!({"auth_id": id, "cipher_text": text, "decrypt_text": plain, "err_no": err, "err_msg": "王小明",
            "is_virtual_tel": true, "expire_time": 1_700_000_000})
    };
    let infos = json!([
        info("2", "#phone==#1##", "18400000000-1234", 0),
        {"auth_id": {}, "cipher_text": 7},
        info("1", "#name==#1##", "王小明", 0),
        info("1", "#detail==#1##", "王小明", 300_002),
        info("3", "#name==#1##", "别人", 0),
    ]);
    let [one, two] = &answer(&orders, &json!({"decrypt_infos": infos}))[..] else { panic!("two orders") };
    assert_eq!(one.name.as_ref().unwrap().expose(), "王小明");
    assert!(one.detail.is_none(), "what was refused is not given out");
    let told: Vec<_> = one.failures.iter().map(|f| (f.part, f.kind, f.platform_code.as_deref())).collect();
    assert_eq!(
        told,
        [
            (Some(BuyerPart::Phone), ErrorKind::NotFound, None),
            (Some(BuyerPart::Detail), ErrorKind::Rejected, Some("300002"))
        ]
    );
    assert_eq!(two.phone.as_ref().unwrap().expose(), "18400000000-1234");
    assert_eq!((two.phone_is_virtual, two.phone_valid_until), (true, Some(UtcMillis(1_700_000_000_000))));
    assert!(
        !format!("{one:?} {one:#?}").contains("王小明"),
        "neither texts nor the platform's words are shown"
    );
}

#[test]
fn a_refusal_of_all_is_that_of_each() {
    let data = json!({"custom_err": {"err_code": 300_008, "err_msg": "额度"}});
    let [one] = &answer(&[order("1")], &data)[..] else { panic!("one order") };
    assert_eq!(one.failures.len(), 3);
    assert!(one.failures.iter().all(|failure| failure.platform_code.as_deref() == Some("300008")));
    let fine = json!({"custom_err": {"err_code": 0, "err_msg": ""}, "decrypt_infos": []});
    assert_eq!(answer(&[order("1")], &fine)[0].failures[0].kind, ErrorKind::NotFound);
    let body = json!({"code": 10000, "data": {}}).to_string();
    assert!(convert::decrypted(body.as_bytes()).is_err(), "no list is no answer");
}
