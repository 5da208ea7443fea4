//! Valid JSON that needs no repair, told in one look: nearly every record is that. What is refused here may
//! still be good; the slower ways decide, and say what is wrong.

use super::DEPTH_CAP;
use super::run::plain;

/// Whether a text is one valid value that nests no deeper than allowed, without control characters and
/// halves of surrogate pairs in its strings.
pub(super) fn is_plain(text: &str) -> bool {
    Strict::<false>::whole(text, |strict| strict.value(0)).is_some()
}

/// Whether the text of a value is its own canonical form: members in order and each once, no white space, no
/// escapes, nothing that begins like U+2028. Such a text may also be refused.
pub(crate) fn is_canonical(text: &str) -> bool {
    Strict::<true>::whole(text, |strict| strict.value(0)).is_some()
}

/// Gives each member of the object that is the whole text: its name, which has no escapes, and its token.
/// `None` when this is no such object, or when `take` refuses; it may have been given some members then.
pub(crate) fn members<'a>(text: &'a str, take: impl FnMut(&'a str, &'a str) -> Option<()>) -> Option<()> {
    Strict::<false>::whole(text, |strict| strict.object(1, take))
}

/// The items of the array that is the whole text.
pub(super) fn items(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    Strict::<false>::whole(text, |strict| strict.array(1, |item| found.push(item)))?;
    Some(found)
}

struct Strict<'a, const CANONICAL: bool> {
    text: &'a str,
    at: usize,
}

impl<'a, const CANONICAL: bool> Strict<'a, CANONICAL> {
    fn whole(text: &'a str, look: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let mut strict = Self { text, at: 0 };
        strict.skip_space();
        look(&mut strict)?;
        strict.skip_space();
        (strict.at == text.len()).then_some(())
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        if !CANONICAL {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
                self.at += 1;
            }
        }
    }

    /// Steps over the byte when it is the next one.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' => self.object(depth + 1, |_, _| Some(())),
            b'[' => self.array(depth + 1, drop),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize, mut each: impl FnMut(&'a str, &'a str) -> Option<()>) -> Option<()> {
        if depth > DEPTH_CAP || !self.take(b'{') {
            return None;
        }
        self.skip_space();
        if self.take(b'}') {
            return Some(());
        }
        let mut before = None;
        loop {
            let (name, has_escapes) = self.string()?;
            if has_escapes || (CANONICAL && before >= Some(name)) {
                return None;
            }
            before = Some(name);
            self.skip_space();
            if !self.take(b':') {
                return None;
            }
            self.skip_space();
            let start = self.at;
            self.value(depth)?;
            each(name, self.text.get(start..self.at)?)?;
            if !self.goes_on(b'}')? {
                return Some(());
            }
        }
    }

    fn array(&mut self, depth: usize, mut each: impl FnMut(&'a str)) -> Option<()> {
        if depth > DEPTH_CAP || !self.take(b'[') {
            return None;
        }
        self.skip_space();
        if self.take(b']') {
            return Some(());
        }
        loop {
            let start = self.at;
            self.value(depth)?;
            each(self.text.get(start..self.at)?);
            if !self.goes_on(b']')? {
                return Some(());
            }
        }
    }

    /// After a member or an item: whether another follows, or `end` does.
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        self.skip_space();
        let goes_on = self.take(b',');
        self.skip_space();
        (goes_on || self.take(end)).then_some(goes_on)
    }

    /// What is between the quotes, and whether escapes are in it.
    fn string(&mut self) -> Option<(&'a str, bool)> {
        if !self.take(b'"') {
            return None;
        }
        let (start, mut has_escapes) = (self.at, false);
        loop {
            self.at += plain(self.rest());
            match self.peek()? {
                b'"' => break,
                b'\\' if !CANONICAL => self.escape()?,
                _ => return None,
            }
            has_escapes = true;
        }
        let inner = self.text.get(start..self.at)?;
        self.at += 1;
        let begins_line = CANONICAL && inner.bytes().fold(false, |found, byte| found | (byte == 0xe2));
        (!begins_line).then_some((inner, has_escapes))
    }

    fn escape(&mut self) -> Option<()> {
        self.at += match *self.rest() {
            [_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [_, b'u', a, b, c, d, ..] => {
                let is_hex = [a, b, c, d].iter().all(u8::is_ascii_hexdigit);
                let is_surrogate = matches!((a, b), (b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F'));
                (is_hex && !is_surrogate).then_some(6)?
            }
            _ => return None,
        };
        Some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.at += word.len();
        self.rest_from(word.len()).starts_with(word).then_some(())
    }

    fn rest_from(&self, back: usize) -> &'a [u8] {
        self.text.as_bytes().get(self.at - back..).unwrap_or_default()
    }

    /// A number that surely fits a float; `serde_json` refuses others as values, so the careful path has to tell.
    fn number(&mut self) -> Option<()> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            let exponent = self.at;
            self.digits()?;
            if self.at - exponent > 2 {
                return None;
            }
        }
        (self.at - start <= 64).then_some(())
    }

    fn digits(&mut self) -> Option<()> {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::super::{Field, object, repair, wire};
    use super::{is_canonical, is_plain, items};

    wire! { Record { a, b } }

    /// JSON that is nearly right: its pieces in any order.
    fn nearly() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => Just("{\"a\":"), 2 => Just("\"b\":"), 1 => Just("\"a\":"), 3 => Just("}"), 2 => Just("["), 3 => Just("]"),
            4 => Just(","), 1 => Just(":"), 1 => Just(" "), 1 => Just("\n"), 3 => Just("\"\""), 1 => Just("\"茶\""),
            1 => Just("\"\u{2028}\""), 1 => Just("\"\\u8336\\n\""), 1 => Just("\"\\ud83d\\ude00\""), 1 => Just("\"\\ud83d\""),
            1 => Just("\"\t\""), 1 => Just("\"\\x\""), 1 => Just("\""), 1 => Just("\\"), 1 => Just("null"), 1 => Just("true"),
            1 => Just("nul"), 2 => Just("0"), 2 => Just("12"), 1 => Just("-"), 1 => Just("1.5"), 1 => Just("1."), 1 => Just("2e+7"),
            1 => Just("2e"), 1 => Just("+1"), 1 => Just("{}"), 1 => Just("{\"b\":1,\"a\":[1,2]}"), 1 => Just("{\"a\":1,\"b\":[1,2]}"),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    /// The same text as a whole object's, so that there is something to find.
    fn object_of(inner: &str) -> String {
        format!("{{\"a\":{inner},\"b\":7}}")
    }

    fn serde_says<'a>(text: &'a str) -> Option<[Option<&'a str>; 2]> {
        #[derive(Default, serde::Deserialize)]
        #[serde(default)]
        struct Plain<'a> {
            #[serde(borrow)]
            a: Field<'a>,
            #[serde(borrow)]
            b: Field<'a>,
        }
        let read: Plain<'a> = object(text).ok()?;
        Some([read.a.token(), read.b.token()])
    }

    proptest! {
        #[test]
        fn what_is_plain_is_valid_and_needs_no_repair(text in nearly()) {
            for text in [object_of(&text), text] {
                if is_plain(&text) {
                    prop_assert!(serde_json::from_str::<&RawValue>(&text).is_ok(), "{}", text);
                    prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
                    prop_assert_eq!(repair::repaired(&text), text.as_str());
                    prop_assert!(repair::depth(text.as_bytes()) <= super::DEPTH_CAP);
                }
            }
        }

        #[test]
        fn records_and_items_are_what_serde_reads(text in nearly()) {
            for text in [object_of(&text), text] {
                let read = Record::read(&text).ok().map(|record| [record.a.token(), record.b.token()]);
                prop_assert_eq!(read, serde_says(&text), "{}", text);
                if let Some(found) = items(&text) {
                    let expected: Vec<&RawValue> = serde_json::from_str(&text).unwrap();
                    prop_assert_eq!(found, expected.into_iter().map(RawValue::get).collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn common_records_are_told_without_serde() {
        let record = r#"{"a" : [1.5, -0, 2E-7, true, {"x":"\"茶\\\n\u00e9"}], "b":null, "c":"d"}"#;
        assert!(is_plain(record));
        assert_eq!(items(r#" [1, "a,]" ,{"b":[]}] "#).unwrap(), ["1", "\"a,]\"", r#"{"b":[]}"#]);
        assert_eq!(items("[]").unwrap().len(), 0);
        assert!(is_canonical(r#"{"a":[1.0,"茶"],"b":{"c":null}}"#));
        assert!(!is_plain(r#"{"a":2e+712}"#) && is_plain(r#"{"a":2e+99}"#));
        let others = [r#"{"b":1,"a":1}"#, r#"{"a":1,"a":1}"#, r#"{"a": 1}"#, r#"{"a":"\/"}"#, "\"\u{2028}\""];
        assert!(others.into_iter().all(|text| is_plain(text) && !is_canonical(text)));
    }

    #[test]
    fn nesting_is_told_up_to_its_cap() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_plain(&nested(128)));
        assert!(!is_plain(&nested(129)) && !is_plain(&nested(100_000)));
    }
}
