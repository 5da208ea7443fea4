//! What fills the fields as the document that is sent (5.3).

use super::schema::{Content, Dialect, Filled, Leaf};
use super::xml::{self, Element};
use crate::error::Result;

/// The document that is sent.
pub(super) fn written(dialect: Dialect, fields: &[Filled]) -> Result<String> {
    let mut root = Element::new(dialect.root());
    root.children = fields.iter().map(|field| sent(dialect, field)).collect();
    xml::write(&root)
}

fn sent(dialect: Dialect, filled: &Filled) -> Element {
    let mut field = Element::new("field");
    let attributes = [("id", &*filled.id), ("name", &filled.name), ("type", filled.kind.word())];
    field.attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    field.children = match &filled.content {
        Content::One(leaf) => vec![value(leaf)],
        Content::Many(leaves) => {
            let mut values = Element::new("values");
            values.children = leaves.iter().map(value).collect();
            vec![values]
        }
        Content::Parts(parts) => vec![group(dialect, dialect.parts(), parts)],
        Content::Rows(rows) => rows.iter().map(|row| group(dialect, "complex-values", row)).collect(),
    };
    field
}

fn value(leaf: &Leaf) -> Element {
    Element { attributes: leaf.attributes.clone(), text: leaf.text.clone(), ..Element::new("value") }
}

fn group(dialect: Dialect, name: &str, parts: &[Filled]) -> Element {
    let mut group = Element::new(name);
    group.children = parts.iter().map(|part| sent(dialect, part)).collect();
    group
}
