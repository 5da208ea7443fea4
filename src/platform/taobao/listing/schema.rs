//! The rules of a category or a product: an XML document of fields, each with what it takes and what it holds (5.3).

use super::roles::{Role, role};
use super::xml::{self, Element};
use crate::platform::DecodeError;

/// A document of rules.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) dialect: Dialect,
    pub(super) fields: Vec<Field>,
}

/// Two ways to write the same: rules under `itemRule` are answered with `itemParam`, those under `itemSchema` with
/// `itemSchema`. See `docs.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Classic,
    Current,
}

impl Dialect {
    /// The root of what is sent.
    pub(super) const fn root(self) -> &'static str {
        match self {
            Self::Classic => "itemParam",
            Self::Current => "itemSchema",
        }
    }

    /// The element around the parts of a `complex` field.
    pub(super) const fn parts(self) -> &'static str {
        match self {
            Self::Classic => "complex-values",
            Self::Current => "complex-value",
        }
    }
}

impl Schema {
    /// How many SKUs the product has by its document.
    pub(super) fn held_skus(&self) -> usize {
        let skus = self.fields.iter().find(|field| role(&field.id) == Some(Role::Skus));
        match skus.and_then(|field| field.held.as_ref()) {
            Some(Content::Rows(rows)) => rows.len(),
            _ => 0,
        }
    }
}

/// One field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) rules: Rules,
    /// Value and name of each option.
    pub(super) options: Vec<(String, String)>,
    /// The fields of a complex one.
    pub(super) fields: Vec<Field>,
    /// What it holds already, or is preset to.
    pub(super) held: Option<Content>,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Input,
    MultiInput,
    SingleCheck,
    MultiCheck,
    Complex,
    MultiComplex,
    /// A text for people, or something that this version does not know: nothing to fill in.
    Nothing,
}

impl Kind {
    fn of(word: &str) -> Self {
        match word {
            "input" => Self::Input,
            "multiInput" => Self::MultiInput,
            "singleCheck" => Self::SingleCheck,
            "multiCheck" => Self::MultiCheck,
            "complex" => Self::Complex,
            "multiComplex" => Self::MultiComplex,
            _ => Self::Nothing,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::MultiInput => "multiInput",
            Self::SingleCheck => "singleCheck",
            Self::MultiCheck => "multiCheck",
            Self::Complex => "complex",
            Self::MultiComplex => "multiComplex",
            Self::Nothing => "label",
        }
    }
}

/// The rules of a field that are looked at; the platform checks the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// It must be given, whatever else is given.
    pub(super) required: bool,
    /// It is never to be given.
    pub(super) disabled: bool,
    /// It is shown, not changed.
    pub(super) read_only: bool,
    /// Numbers only.
    pub(super) number: bool,
    pub(super) longest: Option<u32>,
    /// Letters and digits count one and other characters two, as in GBK; otherwise each counts one.
    pub(super) in_bytes: bool,
    pub(super) most_values: Option<u32>,
}

/// What a field holds, or is filled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    One(Leaf),
    Many(Vec<Leaf>),
    Parts(Vec<Filled>),
    Rows(Vec<Vec<Filled>>),
}

impl Content {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::One(Leaf { text: text.into(), attributes: Vec::new() })
    }

    pub(super) fn texts(texts: impl IntoIterator<Item = String>) -> Self {
        Self::Many(texts.into_iter().map(|text| Leaf { text, attributes: Vec::new() }).collect())
    }

    /// The text of a single value.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::One(leaf) => Some(&leaf.text),
            _ => None,
        }
    }
}

/// A text with what the platform attached to it, which goes back as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) text: String,
    pub(super) attributes: Vec<(String, String)>,
}

/// A field with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) content: Content,
}

impl Field {
    pub(super) fn filled(&self, content: Content) -> Filled {
        Filled { id: self.id.clone(), name: self.name.clone(), kind: self.kind, content }
    }

    /// Whether there is anything to fill in.
    pub(super) fn is_open(&self) -> bool {
        self.kind != Kind::Nothing && !self.rules.disabled && !self.rules.read_only
    }
}

/// Reads the rules.
pub(super) fn read(text: &str) -> Result<Schema, DecodeError> {
    let root = xml::read(text)?;
    let dialect = match root.name.as_str() {
        "itemRule" => Dialect::Classic,
        "itemSchema" => Dialect::Current,
        _ => return Err(DecodeError::new("result", "rules under itemRule or itemSchema")),
    };
    Ok(Schema { dialect, fields: fields(&root)? })
}

fn fields(parent: &Element) -> Result<Vec<Field>, DecodeError> {
    parent.all("field").map(field).collect()
}

fn field(element: &Element) -> Result<Field, DecodeError> {
    let id = element.attribute("id").unwrap_or_default();
    if id.is_empty() {
        return Err(DecodeError::new("result", "fields with an id"));
    }
    let kind = Kind::of(element.attribute("type").unwrap_or_default());
    let options = element.child("options").map_or_else(Vec::new, options);
    let inner = element.child("fields").map(fields).transpose()?.unwrap_or_default();
    Ok(Field {
        id: id.to_owned(),
        name: element.attribute("name").unwrap_or(id).to_owned(),
        kind,
        rules: element.child("rules").map(rules).unwrap_or_default(),
        options,
        fields: inner,
        held: held(element, kind),
    })
}

fn options(element: &Element) -> Vec<(String, String)> {
    let option = |option: &Element| {
        let value = option.attribute("value")?;
        Some((value.to_owned(), option.attribute("displayName").unwrap_or(value).to_owned()))
    };
    element.all("option").filter_map(option).collect()
}

/// What depends on other fields is left to the platform: a field that may be switched off is not required.
fn rules(element: &Element) -> Rules {
    let mut found = Rules::default();
    let mut may_be_off = false;
    for rule in element.all("rule") {
        let value = rule.attribute("value").unwrap_or_default();
        let always = rule.child("depend-group").is_none();
        let number = value.parse().ok();
        match rule.attribute("name").unwrap_or_default() {
            "requiredRule" => found.required |= always && value == "true",
            "disableRule" if value == "true" && always => found.disabled = true,
            "disableRule" => may_be_off |= value == "true",
            "readOnlyRule" => found.read_only |= always && value == "true",
            "valueTypeRule" => found.number |= matches!(value, "decimal" | "integer" | "long"),
            "maxInputNumRule" => found.most_values = number,
            "maxLengthRule" => {
                found.longest = number;
                found.in_bytes = rule.attribute("unit") == Some("byte");
            }
            _ => {}
        }
    }
    found.required &= !may_be_off;
    found
}

/// What a product holds stands in plain or in preset values; both mean the same to us.
fn held(element: &Element, kind: Kind) -> Option<Content> {
    let either = |plain, preset| element.child(plain).or_else(|| element.child(preset));
    match kind {
        Kind::Input | Kind::SingleCheck => {
            either("value", "default-value").map(leaf).filter(is_given).map(Content::One)
        }
        Kind::MultiInput | Kind::MultiCheck => {
            let values = either("values", "default-values")?;
            let each =
                values.children.iter().filter(|one| matches!(one.name.as_str(), "value" | "default-value"));
            let leaves: Vec<_> = each.map(leaf).filter(is_given).collect();
            (!leaves.is_empty()).then_some(Content::Many(leaves))
        }
        Kind::Complex => {
            let parts = either("complex-value", "default-complex-value")
                .or_else(|| either("complex-values", "default-complex-values"))?;
            Some(filled(parts)).filter(|parts| !parts.is_empty()).map(Content::Parts)
        }
        Kind::MultiComplex => {
            // Preset rows stand in a list of their own, or without one.
            let preset = element.child("default-values").unwrap_or(element);
            let rows = element.all("complex-values").chain(preset.all("default-complex-values"));
            let rows: Vec<_> = rows.map(filled).filter(|row| !row.is_empty()).collect();
            (!rows.is_empty()).then_some(Content::Rows(rows))
        }
        Kind::Nothing => None,
    }
}

fn leaf(element: &Element) -> Leaf {
    Leaf { text: element.text.clone(), attributes: element.attributes.clone() }
}

fn is_given(leaf: &Leaf) -> bool {
    !leaf.text.trim().is_empty()
}

/// Fields that stand inside a value, each with its own.
fn filled(parent: &Element) -> Vec<Filled> {
    let one = |element: &Element| {
        let kind = Kind::of(element.attribute("type").unwrap_or_default());
        let id = element.attribute("id")?.to_owned();
        let name = element.attribute("name").unwrap_or(&id).to_owned();
        Some(Filled { name, kind, content: held(element, kind)?, id })
    };
    parent.all("field").filter_map(one).collect()
}

/// The document that is sent.
pub(super) fn written(dialect: Dialect, fields: &[Filled]) -> crate::error::Result<String> {
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
