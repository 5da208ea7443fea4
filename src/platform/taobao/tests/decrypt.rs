use serde_json::{Value, json};

use super::super::convert;
use super::Taobao;
use crate::model::{BuyerPart, DecryptPurpose, UtcMillis};
use crate::platform::{DecryptAsk, Decryption, Platform, SealedOrder, opened};

fn order(tid: &str) -> SealedOrder {
    let parts = BuyerPart::ALL.iter().map(|part| (*part, format!("oaid-{tid}")));
    SealedOrder { platform_order_id: tid.to_owned(), parts: parts.collect() }
}

#[test]
fn an_oaid_is_asked_for_once_with_what_it_is_for() {
    let Ok(Decryption::ByCall(decrypt)) = Taobao.decryption() else { panic!("by a call") };
    assert_eq!(decrypt.most_orders(), 20);
    let scenes = DecryptPurpose::ALL.iter().map(|purpose| {
        let ask = DecryptAsk { purpose: *purpose, actor: "u17" };
        let call = decrypt.call(&[order("7"), order("8")], &ask).unwrap();
        let sent: Value = serde_json::from_str(&call.parts.params).unwrap();
        let queries = sent["query_list"].as_array().unwrap().clone();
        assert_eq!(queries.len(), 2);
        assert_eq!((&queries[1]["tid"], &queries[1]["oaid"]), (&json!("8"), &json!("oaid-8")));
        queries[0]["scene"].as_str().unwrap().to_owned()
    });
    assert_eq!(scenes.collect::<Vec<_>>(), ["1006", "2001", "2002"]);
}

#[test]
fn what_an_oaid_opens_comes_together_and_one_that_does_not_match_opens_nothing() {
    let receivers = json!([
        {"tid": "8", "oaid": "oaid-8", "matched": false, "name": "别人", "mobile": "1", "address_detail": "x"},
        {"tid": 7, "oaid": "oaid-7", "matched": true, "name": "王小明", "phone": "0571-88888888",
            "address_detail": "文一西路 969 号", "privacy_protection": true,
            "secret_no_expire_time": "2026-11-30 00:00:00"},
    ]);
    for list in [json!({"receiver": receivers}), receivers.clone()] {
        let body = json!({"top_oaid_decrypt_response": {"receiver_list": list}}).to_string();
        let orders = [order("7"), order("8"), order("9")];
        let found = opened(&orders, &convert::decrypted(body.as_bytes()).unwrap());
        let [seven, eight, nine] = &found[..] else { panic!("three orders") };
        let text = |part| seven.get(part).map(|text| text.expose().as_str());
        assert_eq!(
            BuyerPart::ALL.iter().filter_map(|part| text(*part)).collect::<Vec<_>>(),
            ["王小明", "0571-88888888", "文一西路 969 号"]
        );
        assert!(seven.phone_is_virtual && seven.failures.is_empty());
        assert_eq!(seven.phone_valid_until, Some(UtcMillis(1_795_968_000_000)));
        assert!(!eight.is_open());
        assert_eq!(eight.failures[0].platform_code.as_deref(), Some("matched=false"));
        assert_eq!((nine.failures.len(), nine.failures[0].platform_code.as_deref()), (3, None));
    }
}
