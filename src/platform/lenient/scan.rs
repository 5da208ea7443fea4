//! Splits JSON by its brackets and quotes alone. What is between them is judged later, value by value:
//! control characters, bytes that are not UTF-8 and words that are not JSON only harm their own value.

use super::run::plain;
use super::{Field, text};

/// Values of one list or object at the most; a longer one is not an answer to a question of ours.
const MEMBER_CAP: usize = 10_000;

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Steps over a string; gives what is between its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        let start = self.at + 1;
        self.at = start;
        loop {
            self.at += plain(self.bytes.get(self.at..)?);
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        let inner = self.bytes.get(start..self.at)?;
        self.at += 1;
        Some(inner)
    }

    fn bare(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(byte) = self.peek()
            && !matches!(byte, b',' | b':' | b'"' | b'{' | b'[' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')
        {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// Steps over a value. Counts brackets instead of recursing: depth costs nothing here.
    fn value(&mut self) -> Option<&'a [u8]> {
        self.skip_space();
        let start = self.at;
        let mut open = 0usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    open = open.checked_sub(1)?;
                    self.at += 1;
                }
                _ if open == 0 => self.bare()?,
                _ => self.at += 1,
            }
            if open == 0 {
                return self.bytes.get(start..self.at);
            }
        }
    }

    fn at_end(&mut self) -> bool {
        self.skip_space();
        self.at == self.bytes.len()
    }
}

/// The items of an array; `None` when it is no array.
pub(crate) fn items(value: &[u8]) -> Option<Vec<&[u8]>> {
    let mut scanner = Scanner { bytes: value, at: 0 };
    let mut found = Vec::new();
    if !scanner.take(b'[') {
        return None;
    }
    if scanner.take(b']') {
        return scanner.at_end().then_some(found);
    }
    loop {
        found.push(scanner.value()?);
        if found.len() > MEMBER_CAP {
            return None;
        }
        if scanner.take(b']') {
            return scanner.at_end().then_some(found);
        }
        if !scanner.take(b',') {
            return None;
        }
    }
}

/// The members of an object, by the name as it is written.
pub(crate) struct Members<'a>(Vec<(&'a [u8], &'a [u8])>);

impl<'a> Members<'a> {
    /// Those of a whole body: a byte order mark in front is dropped, bytes behind the object are refused.
    pub(crate) fn of_body(body: &'a [u8]) -> Option<Self> {
        Self::of(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
    }

    /// `None` when the value is no object.
    pub(crate) fn of(value: &'a [u8]) -> Option<Self> {
        let mut scanner = Scanner { bytes: value, at: 0 };
        let mut found = Vec::new();
        if !scanner.take(b'{') {
            return None;
        }
        if scanner.take(b'}') {
            return scanner.at_end().then_some(Self(found));
        }
        loop {
            scanner.skip_space();
            if scanner.peek() != Some(b'"') {
                return None;
            }
            let name = scanner.string()?;
            if !scanner.take(b':') || found.len() == MEMBER_CAP {
                return None;
            }
            found.push((name, scanner.value()?));
            if scanner.take(b'}') {
                return scanner.at_end().then_some(Self(found));
            }
            if !scanner.take(b',') {
                return None;
            }
        }
    }

    /// A member that is there and not null; the last one when it is there twice, as in most parsers.
    pub(crate) fn get(&self, name: &str) -> Option<&'a [u8]> {
        let member = self.0.iter().rev().find(|(key, _)| *key == name.as_bytes());
        member.map(|(_, value)| *value).filter(|value| *value != b"null")
    }

    /// The value of an object that has one member.
    pub(crate) fn only(&self) -> Option<&'a [u8]> {
        match self.0.as_slice() {
            [(_, value)] => Some(value),
            _ => None,
        }
    }

    /// The names, as they are written.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// A member that is a string or a number, as text; `None` when it is anything else or empty.
    pub(crate) fn scalar(&self, name: &str) -> Option<String> {
        let token = text(self.get(name)?).ok()?;
        Field::new("", &token).text().ok().flatten()
    }
}
