use proptest::prelude::*;

use super::scan::items;
use super::*;
use crate::model::{Fen, UtcMillis};

fn field(token: &str) -> Field<'_> {
    Field::new("f", token)
}

const PIECES: [&str; 15] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "\"a\"",
    "\"list\"",
    "\"",
    "\\",
    "1",
    "null",
    "{\"a\":[2]}",
    "\"}]\"",
];

#[test]
fn ids_keep_every_digit() {
    for token in ["1", "9007199254740993", "9223372036854775808", "18446744073709551616"] {
        assert_eq!(field(token).id().unwrap().as_deref(), Some(token));
        assert_eq!(field(&format!("\"{token}\"")).id().unwrap().as_deref(), Some(token));
    }
    assert_eq!(field("\"4781320682406083640A\"").id().unwrap().as_deref(), Some("4781320682406083640A"));
    for none in ["null", "0", "\"0\"", "\"\""] {
        assert_eq!(field(none).id().unwrap(), None);
    }
    for wrong in ["1.0", "1e5", "-1", "true", "{}", "[1]", "\"a b\"", "\"a\\n\"", "\"\\u0000\""] {
        assert!(field(wrong).id().is_err(), "{wrong}");
    }
    assert!(field(&"9".repeat(129)).id().is_err());
}

#[test]
fn whole_numbers_have_plain_digits() {
    for (token, value) in [("5", 5), ("\"5\"", 5), ("-3", -3), ("\"-3\"", -3), ("0", 0)] {
        assert_eq!(field(token).int().unwrap(), Some(value));
    }
    assert_eq!(field("\"\"").int().unwrap(), None);
    for wrong in [
        "1.0",
        "1e400",
        "\"12,34\"",
        "\" 1\"",
        "\"+1\"",
        "\"-0\"",
        "\"007\"",
        "\"１２\"",
        "9223372036854775808",
        "true",
    ] {
        assert!(field(wrong).int().is_err(), "{wrong}");
    }
}

#[test]
fn money_is_whole_fen_or_wrong() {
    assert_eq!(field("12900").fen().unwrap(), Some(Fen(12_900)));
    assert_eq!(field("\"-1\"").fen().unwrap(), Some(Fen(-1)));
    assert_eq!(field("null").fen().unwrap(), None);
    for wrong in ["\"12.345\"", "\"12,34\"", "\" 12.3 \"", "\"\"", "\"-0\"", "-0", "\"１２\"", "19.99", "1e2"]
    {
        assert!(field(wrong).fen().is_err(), "{wrong}");
    }
}

#[test]
fn times_have_the_unit_of_their_field() {
    assert_eq!(field("1700000000").seconds().unwrap(), Some(UtcMillis(1_700_000_000_000)));
    assert_eq!(field("\"0\"").seconds().unwrap(), None);
    for wrong in ["1700000000123", "\"1700000000123\"", "-1", "1.5", "\"2023-11-15 06:13:20\""] {
        assert!(field(wrong).seconds().is_err(), "{wrong}");
    }
    assert_eq!(field("\"2023-11-15 06:13:20\"").time().unwrap(), Some(UtcMillis(1_700_000_000_000)));
    // China's own clocks stood at +09:00 that summer; the platform's text does not know.
    assert_eq!(field("\"1988-07-01 08:00:00\"").time().unwrap(), Some(UtcMillis(583_718_400_000)));
    assert_eq!(field("1700000000").time().unwrap(), Some(UtcMillis(1_700_000_000_000)));
    assert_eq!(field("\"0000-00-00 00:00:00\"").time().unwrap(), None);
    for wrong in [
        "\"2026-02-30 00:00:00\"",
        "\"2026-02-28\"",
        "\"2026-02-28T00:00:00\"",
        "\"2026-02-28 24:00:00\"",
        "\"soon\"",
        "1700000000123",
    ] {
        assert!(field(wrong).time().is_err(), "{wrong}");
    }
}

#[test]
fn flags_come_in_three_spellings() {
    for (token, value) in [
        ("true", Some(true)),
        ("\"1\"", Some(true)),
        ("0", Some(false)),
        ("\"false\"", Some(false)),
        ("null", None),
    ] {
        assert_eq!(field(token).flag().unwrap(), value);
    }
    assert!(field("2").flag().is_err());
}

#[test]
fn a_body_is_one_object() {
    let body = Members::of_body(b"\xef\xbb\xbf {\"a\":1}\n").unwrap();
    assert_eq!(body.scalar("a").as_deref(), Some("1"));
    for wrong in [&b""[..], b"  ", b"{", b"{\"a\":\"", b"{} {}", b"{}x", b"]", b"\"a\\\"", b","] {
        assert!(Members::of_body(wrong).is_none(), "{wrong:?}");
    }
}

#[test]
fn splitting_looks_at_brackets_and_quotes_only() {
    let raw = b"[ {\"a\":\"]}\\\"\x01\xff\"} , NaN, [1,[2]], \"\", -1e400 ]";
    let found = items(raw).unwrap();
    assert_eq!(found.len(), 5);
    assert_eq!(found[0], b"{\"a\":\"]}\\\"\x01\xff\"}");
    assert_eq!(found[4], b"-1e400");
    for wrong in [&b"{}"[..], b"[1,]", b"[,1]", b"[1 2]", b"[1}", b"[1] 2", b"[", b"[1,"] {
        assert!(items(wrong).is_none(), "{}", String::from_utf8_lossy(wrong));
    }
    assert!(items(format!("[{}1]", "1,".repeat(10_000)).as_bytes()).is_none());
}

#[test]
fn the_last_of_two_members_counts() {
    let members = Members::of(br#"{"a":1,"b":null,"a" : "x"}"#).unwrap();
    assert_eq!(members.scalar("a").as_deref(), Some("x"));
    assert_eq!((members.get("b"), members.get("c")), (None, None));
    for wrong in [&b"[]"[..], b"{1:2}", b"{\"a\"}", b"{\"a\":1,}", b"{\"a\":1]"] {
        assert!(Members::of(wrong).is_none());
    }
}

#[test]
fn text_is_repaired_where_nothing_is_lost() {
    for (raw, expected) in [
        (&b"{\"a\":\"x\x02y\"}"[..], "{\"a\":\"x\\u0002y\"}"),
        (b"{\n\"a\":\t1}", "{\n\"a\":\t1}"),
        (br#""\ud83c\udf75""#, r#""\ud83c\udf75""#),
        (br#""\ud83c\ud83c\udf75""#, r#""\ufffd\ud83c\udf75""#),
        (br#""\ud83cx\udf75""#, r#""\ufffdx\ufffd""#),
        (br#""\\ud83c\\""#, r#""\\ud83c\\""#),
        (br#""\uD83C""#, r#""\ufffd""#),
    ] {
        assert_eq!(text(raw).unwrap(), expected);
    }
    assert!(text(b"\"\xd6\xd0\xce\xc4\"").is_err(), "GBK is not UTF-8");
    assert!(text(&vec![b' '; 1024 * 1024 + 1]).is_err());
}

#[test]
fn depth_is_capped_record_by_record() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(text(nested(128).as_bytes()).is_ok());
    assert!(text(nested(129).as_bytes()).is_err());
    let page = format!("[1,{},2]", nested(100_000));
    assert_eq!(items(page.as_bytes()).unwrap().len(), 3);
}

proptest! {
    #[test]
    fn an_id_of_any_length_is_its_digits(id in "[1-9][0-9]{0,60}") {
        prop_assert_eq!(field(&id).id().unwrap(), Some(id.clone()));
        prop_assert_eq!(field(&format!("\"{id}\"")).id().unwrap(), Some(id));
    }

    #[test]
    fn numbers_read_as_written(value in any::<i64>()) {
        prop_assert_eq!(field(&value.to_string()).int().unwrap(), Some(value));
        prop_assert_eq!(field(&format!("\"{value}\"")).fen().unwrap(), Some(Fen(value)));
    }

    #[test]
    fn strict_json_splits_like_a_strict_parser(words in proptest::collection::vec(any::<String>(), 0..8)) {
        let raw = serde_json::to_string(&words).unwrap();
        let found = items(raw.as_bytes()).unwrap();
        let decoded: Vec<String> = found.iter().map(|item| serde_json::from_slice(item).unwrap()).collect();
        prop_assert_eq!(decoded, words);
    }

    /// One look at a body finds what looking again at each part does, broken parts too.
    #[test]
    fn one_look_finds_what_many_do(pieces in proptest::collection::vec(0..PIECES.len(), 0..14)) {
        let list: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        for data in [format!("[{list}]"), format!("{{\"a\":{list}}}"), format!("{{\"list\":[{list}]}}"), list] {
            let body = format!("{{\"data\":{data} }}").into_bytes();
            let again = || Members::of(Members::of_body(&body)?.get("data")?);
            let once = || Members::of_list(&body)?.object("data");
            let name = |members: Members<'_>| members.get("a").map(<[u8]>::to_vec);
            prop_assert_eq!(once().map(name), again().map(name));
            let list = |members: Members<'_>| members.array("list").map(|items| items.concat());
            let list_again = |members: Members<'_>| items(members.get("list")?).map(|items| items.concat());
            prop_assert_eq!(once().and_then(list), again().and_then(list_again));
            let array = Members::of_list(&body).and_then(|members| members.array("data")).map(|items| items.len());
            let array_again = Members::of_body(&body).and_then(|members| items(members.get("data")?)).map(|items| items.len());
            prop_assert_eq!(array, array_again);
        }
    }

    #[test]
    fn repaired_strings_parse(inner in "[a-z\u{1}-\u{1f}\u{4e2d}]{0,20}", half in "\\\\u[dD][89abAB][0-9a-f]{2}") {
        let raw = format!("\"{inner}{half}\"");
        let fixed = text(raw.as_bytes()).unwrap();
        let decoded: String = serde_json::from_str(&fixed).unwrap();
        prop_assert_eq!(decoded, format!("{inner}\u{fffd}"));
    }

    #[test]
    fn a_string_says_what_a_strict_parser_reads(said in any::<String>()) {
        let token = serde_json::to_string(&said).unwrap();
        match field(&token).text() {
            Ok(text) => prop_assert_eq!(text, Some(said).filter(|said| !said.is_empty())),
            Err(_) => prop_assert!(said.contains('\0')),
        }
    }

    #[test]
    fn nothing_panics(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = (Members::of_body(&raw).is_some(), items(&raw).is_some(), Members::of(&raw).is_some(), depth(&raw));
        if let Ok(text) = text(&raw) {
            let field = Field::new("f", &text);
            let _ = (field.text(), field.id(), field.int(), field.fen(), field.flag(), field.time(), field.items());
        }
    }
}

#[test]
fn yuan_become_fen_digit_by_digit() {
    let read = |token: &str| Field::new("price", token).yuan().map(|fen| fen.map(|fen| fen.0));
    for (token, fen) in [
        ("19.99", 1999),
        ("\"19.99\"", 1999),
        ("\"0.1\"", 10),
        ("12", 1200),
        ("\"12.300\"", 1230),
        ("0", 0),
        ("-0.05", -5),
        ("\"92233720368547758.07\"", i64::MAX),
    ] {
        assert_eq!(read(token), Ok(Some(fen)), "{token}");
    }
    assert_eq!(read("null"), Ok(None));
    for token in [
        "\"\"",
        "\"12.345\"",
        "\"12,34\"",
        "\" 12.3\"",
        "\"+1\"",
        "1e2",
        "\".5\"",
        "\"5.\"",
        "\"01.00\"",
        "\"１２\"",
        "{}",
        "true",
        "\"92233720368547758.08\"",
    ] {
        assert!(read(token).is_err(), "{token}");
    }
}

#[test]
fn milliseconds_are_not_taken_for_seconds() {
    let read = |token: &str| Field::new("modified", token).millis();
    assert_eq!(read("1700000000123"), Ok(Some(UtcMillis(1_700_000_000_123))));
    assert_eq!(read("\"1700000000123\""), Ok(Some(UtcMillis(1_700_000_000_123))));
    assert_eq!(read("0"), Ok(None));
    assert!(read("1700000000").is_err() && read("-1").is_err());
}
