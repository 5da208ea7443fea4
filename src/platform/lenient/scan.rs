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

    /// Steps over a value, and keeps what is inside it down to so many levels. What is not as it should be
    /// inside is only stepped over.
    fn look(&mut self, levels: usize) -> Option<(&'a [u8], Inside<'a>)> {
        self.skip_space();
        let start = self.at;
        let inside = match self.peek()? {
            b'{' if levels > 0 => self.members(levels - 1).map(Inside::Members),
            b'[' if levels > 0 => self.items().map(Inside::Items),
            _ => None,
        };
        if let Some(inside) = inside {
            return Some((self.bytes.get(start..self.at)?, inside));
        }
        self.at = start;
        Some((self.value()?, Inside::Unseen))
    }

    fn items(&mut self) -> Option<Vec<&'a [u8]>> {
        let mut found = Vec::new();
        if !self.take(b'[') {
            return None;
        }
        if self.take(b']') {
            return Some(found);
        }
        loop {
            found.push(self.value()?);
            if found.len() > MEMBER_CAP {
                return None;
            }
            if self.take(b']') {
                return Some(found);
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    fn members(&mut self, levels: usize) -> Option<Members<'a>> {
        let mut found = Vec::new();
        if !self.take(b'{') {
            return None;
        }
        if self.take(b'}') {
            return Some(Members(found));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return None;
            }
            let name = self.string()?;
            if !self.take(b':') || found.len() == MEMBER_CAP {
                return None;
            }
            let (value, inside) = self.look(levels)?;
            found.push(Member { name, value, inside });
            if self.take(b'}') {
                return Some(Members(found));
            }
            if !self.take(b',') {
                return None;
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
    let found = scanner.items()?;
    scanner.at_end().then_some(found)
}

/// The members of an object, by the name as it is written.
pub(crate) struct Members<'a>(Vec<Member<'a>>);

struct Member<'a> {
    name: &'a [u8],
    value: &'a [u8],
    inside: Inside<'a>,
}

/// What was found inside a value while it was stepped over.
enum Inside<'a> {
    Unseen,
    Members(Members<'a>),
    Items(Vec<&'a [u8]>),
}

impl<'a> Members<'a> {
    /// Those of a whole body: a byte order mark in front is dropped, bytes behind the object are refused.
    pub(crate) fn of_body(body: &'a [u8]) -> Option<Self> {
        Self::seen(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body), 0)
    }

    /// The same, with two levels below kept from the same look: for bodies that hold a list.
    pub(crate) fn of_list(body: &'a [u8]) -> Option<Self> {
        Self::seen(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body), 2)
    }

    /// `None` when the value is no object.
    pub(crate) fn of(value: &'a [u8]) -> Option<Self> {
        Self::seen(value, 0)
    }

    fn seen(value: &'a [u8], levels: usize) -> Option<Self> {
        let mut scanner = Scanner { bytes: value, at: 0 };
        let found = scanner.members(levels)?;
        scanner.at_end().then_some(found)
    }

    /// The members of a member that is an object.
    pub(crate) fn object(self, name: &str) -> Option<Self> {
        match self.last(name)? {
            Member { inside: Inside::Members(members), .. } => Some(members),
            Member { value, .. } => Self::of(value),
        }
    }

    /// The items of a member that is an array.
    pub(crate) fn array(self, name: &str) -> Option<Vec<&'a [u8]>> {
        match self.last(name)? {
            Member { inside: Inside::Items(items), .. } => Some(items),
            Member { value, .. } => items(value),
        }
    }

    fn last(self, name: &str) -> Option<Member<'a>> {
        self.0.into_iter().rev().find(|member| member.name == name.as_bytes())
    }

    /// A member that is there and not null; the last one when it is there twice, as in most parsers.
    pub(crate) fn get(&self, name: &str) -> Option<&'a [u8]> {
        let member = self.0.iter().rev().find(|member| member.name == name.as_bytes());
        member.map(|member| member.value).filter(|value| *value != b"null")
    }

    /// The value of an object that has one member.
    pub(crate) fn only(&self) -> Option<&'a [u8]> {
        match self.0.as_slice() {
            [member] => Some(member.value),
            _ => None,
        }
    }

    /// The names, as they are written.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().map(|member| member.name)
    }

    /// A member that is a string or a number, as text; `None` when it is anything else or empty.
    pub(crate) fn scalar(&self, name: &str) -> Option<String> {
        let token = text(self.get(name)?).ok()?;
        Field::new("", &token).text().ok().flatten()
    }
}
