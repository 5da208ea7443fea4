//! XML as a tree of elements, read within bounds and written by a real writer. The only place that knows the crate.
//!
//! What is read comes from the platform, so nothing in it is expanded: a document type is refused, and with it every
//! entity but the five that XML itself has.

use std::borrow::Cow;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesEnd, BytesRef, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer, XmlVersion};

use crate::error::{Error, Result};
use crate::platform::DecodeError;

/// Bytes of a document: the largest ones known list some ten thousand brands.
const MOST_BYTES: usize = 8 << 20;
/// Elements of a document.
const MOST_ELEMENTS: usize = 200_000;
/// Levels of a document.
const DEEPEST: usize = 32;

/// One element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// The text directly inside it.
    pub(super) text: String,
}

impl Element {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Element, DecodeError> {
    if text.len() > MOST_BYTES {
        return Err(wrong("at most 8 MiB"));
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::default();
    loop {
        match reader.read_event().map_err(|_| wrong("well-formed XML"))? {
            Event::Start(start) => tree.open(&start)?,
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.text(&text.xml10_content())?,
            Event::CData(text) => tree.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => tree.text(&resolved(&reference)?)?,
            Event::DocType(_) => return Err(wrong("no document type")),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return tree.end(),
        }
    }
}

/// What is open, from the root on, and the root once it is closed.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    count: usize,
}

impl Tree {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), DecodeError> {
        self.count += 1;
        if self.count > MOST_ELEMENTS || self.open.len() >= DEEPEST {
            return Err(wrong("at most 200000 elements and 32 levels"));
        }
        let mut element = Element::new(start.name().as_ref());
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| wrong("well-formed attributes"))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| wrong("no entities of its own"))?;
            element.attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), DecodeError> {
        let closed = self.open.pop().ok_or_else(|| wrong("well-formed XML"))?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None if self.root.is_some() => return Err(wrong("one root")),
            None => self.root = Some(closed),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), DecodeError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).is_empty() => {}
            None => return Err(wrong("no text around the root")),
        }
        Ok(())
    }

    fn end(self) -> Result<Element, DecodeError> {
        if !self.open.is_empty() {
            return Err(wrong("a whole document"));
        }
        self.root.ok_or_else(|| wrong("a root"))
    }
}

fn resolved<'a>(reference: &BytesRef<'a>) -> Result<Cow<'a, str>, DecodeError> {
    if let Some(char) = reference.resolve_char_ref().map_err(|_| wrong("valid characters"))? {
        return Ok(char.to_string().into());
    }
    let known = resolve_predefined_entity(&reference.xml10_content());
    known.map(Cow::Borrowed).ok_or_else(|| wrong("no entities of its own"))
}

/// Writes a document.
///
/// # Errors
/// `INVALID_REQUEST` for a character that XML cannot carry.
pub(super) fn write(root: &Element) -> Result<String> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None))).map_err(unwritten)?;
    element(&mut writer, root)?;
    String::from_utf8(writer.into_inner()).map_err(|_| Error::internal("what was written is UTF-8"))
}

fn element(writer: &mut Writer<Vec<u8>>, one: &Element) -> Result<()> {
    let mut start = BytesStart::new(one.name.as_str());
    for (name, value) in &one.attributes {
        start.push_attribute((name.as_str(), fit(value)?));
    }
    writer.write_event(Event::Start(start)).map_err(unwritten)?;
    if !one.text.is_empty() {
        writer.write_event(Event::Text(BytesText::new(fit(&one.text)?))).map_err(unwritten)?;
    }
    for child in &one.children {
        element(writer, child)?;
    }
    writer.write_event(Event::End(BytesEnd::new(one.name.as_str()))).map_err(unwritten)
}

/// A carriage return would come out as a line feed, and other control characters not at all.
fn fit(text: &str) -> Result<&str> {
    let is_fit = |char: char| matches!(char, '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'..);
    if text.chars().all(is_fit) {
        return Ok(text);
    }
    Err(Error::invalid("the draft holds a control character, which the platform cannot take"))
}

fn unwritten(_: std::io::Error) -> Error {
    Error::internal("memory can be written to")
}

fn wrong(expected: &str) -> DecodeError {
    DecodeError::new("result", format!("XML with {expected}"))
}
