//! Documents are read within bounds and written so that they read the same.

use proptest::prelude::*;

use super::super::xml::{Element, read, write};

fn why(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn text_attributes_references_and_cdata_are_read() {
    let found = read(
        "\u{feff}<?xml version=\"1.0\"?><!-- c --><a x='1 &lt; 2 &#20013;'>t&amp;<b/>u<![CDATA[<&]]>&#x4e2d;</a>\n",
    )
    .unwrap();
    assert_eq!(found.attribute("x"), Some("1 < 2 中"));
    assert_eq!(found.text, "t&u<&中");
    assert_eq!(found.child("b"), Some(&Element::new("b")));
}

#[test]
fn nothing_is_expanded() {
    let laughs = "<!DOCTYPE a [<!ENTITY l \"ha\"><!ENTITY m \"&l;&l;\">]><a>&m;</a>";
    assert!(why(laughs).contains("no document type"), "{}", why(laughs));
    let outside = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>";
    assert!(why(outside).contains("no document type"));
    for text in ["<a>&m;</a>", "<a x='&m;'/>", "<a>&nbsp;</a>"] {
        assert!(why(text).contains("no entities of its own"), "{text}");
    }
}

#[test]
fn what_is_not_a_whole_document_is_refused() {
    for text in
        ["", " ", "<a>", "<a></b>", "</a>", "<a/><b/>", "x<a/>", "<a/>x", "<a x=1/>", "<a x='1' x='2'/>"]
    {
        assert!(read(text).is_err(), "{text}");
    }
    for text in ["<a>&#0;</a>", "<a>&#xd800;</a>", "<a>&#1114112;</a>"] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn depth_size_and_number_are_bounded() {
    let deep = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
    assert!(read(&deep(32)).is_ok());
    assert!(why(&deep(33)).contains("32 levels"));
    let many = |children: usize| format!("<a>{}</a>", "<b/>".repeat(children));
    assert!(read(&many(199_999)).is_ok());
    assert!(why(&many(200_000)).contains("200000 elements"));
    let long = |bytes: usize| format!("<a>{}</a>", "x".repeat(bytes - 7));
    assert!(read(&long(8 << 20)).is_ok());
    assert!(why(&long((8 << 20) + 1)).contains("8 MiB"));
}

#[test]
fn what_xml_cannot_carry_is_refused() {
    for text in ["a\u{0}", "a\u{1b}", "a\r", "a\u{fffe}"] {
        let mut root = Element::new("a");
        root.text = text.to_owned();
        assert!(write(&root).is_err(), "{text:?}");
        root.text = String::new();
        root.attributes = vec![("x".into(), text.into())];
        assert!(write(&root).is_err(), "{text:?}");
    }
}

/// Texts with what has to be escaped.
fn text() -> impl Strategy<Value = String> {
    "[a<>&\"'\\]\n中😀]{0,12}"
}

fn tree() -> impl Strategy<Value = Element> {
    // Attribute values lose their line breaks, as XML wants it.
    let leaf = (text(), text()).prop_map(|(text, value)| Element {
        text,
        attributes: vec![("x".into(), value.replace('\n', " "))],
        ..Element::new("leaf")
    });
    leaf.prop_recursive(4, 24, 4, |inner| {
        (prop::collection::vec(inner, 0..4), text()).prop_map(|(children, text)| Element {
            children,
            text,
            ..Element::new("node")
        })
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(root in tree()) {
        prop_assert_eq!(read(&write(&root).unwrap()).unwrap(), root);
    }

    #[test]
    fn nothing_makes_it_panic(text in "[<>a/&;!\\[\\]'\"= #x?\\-中]{0,40}") {
        let _ = read(&text);
    }
}
