//! Drafts are checked before anything is sent.

use super::*;
use crate::error::ErrorKind;
use crate::model::{
    CategoryRules, DraftSku, Fen, FilePart, Picture, PropertyInput, PropertyOption, PropertyRule, SkuOption,
};

const PICTURES: PictureRules = PictureRules {
    max_bytes: 64,
    types: &["image/png", "image/jpeg"],
    max_images: 2,
    max_detail_images: Some(1),
};

fn option(name: &str, value: &str) -> SkuOption {
    SkuOption { name: name.into(), value: value.into() }
}

fn sku(color: &str) -> DraftSku {
    DraftSku {
        outer_id: None,
        price: Fen(1990),
        stock: 3,
        options: vec![option("颜色", color)],
        image: None,
        attributes: None,
    }
}

fn draft() -> ListingDraft {
    ListingDraft {
        outer_id: "TEA-1".into(),
        title: "春茶".into(),
        category_id: "20219".into(),
        images: vec![Picture::At("https://img.example/1.png".into())],
        detail_images: Vec::new(),
        description: None,
        skus: vec![sku("黑"), sku("白")],
        attributes: r#"{"properties":{"1":"11","2":"云南"}}"#.into(),
    }
}

fn rule(id: &str, name: &str, required: bool, input: PropertyInput) -> PropertyRule {
    PropertyRule {
        id: id.into(),
        name: name.into(),
        required,
        is_sku: false,
        input,
        options: Vec::new(),
        max_values: None,
        max_length: Some(4),
    }
}

fn rules() -> CategoryRules {
    let brand = PropertyRule {
        options: vec![
            PropertyOption { id: "11".into(), name: "甲".into() },
            PropertyOption { id: "12".into(), name: "乙".into() },
        ],
        ..rule("1", "品牌", true, PropertyInput::One)
    };
    let color = PropertyRule { is_sku: true, ..rule("9", "颜色", true, PropertyInput::Text) };
    let weight = rule("3", "净重", false, PropertyInput::Number);
    let place = rule("2", "产地", true, PropertyInput::Text);
    CategoryRules {
        category_id: "20219".into(),
        properties: vec![brand, place, weight, color],
        raw: String::new(),
    }
}

/// What is said of a draft, or nothing when it is fine.
fn said(change: impl FnOnce(&mut ListingDraft)) -> String {
    let mut draft = draft();
    change(&mut draft);
    match check_draft(&draft, Some(&rules()), &PICTURES) {
        Ok(()) => String::new(),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            error.message().to_owned()
        }
    }
}

fn file(bytes: &[u8]) -> Picture {
    Picture::File(Box::new(FilePart {
        name: "file".into(),
        file_name: "a.png".into(),
        content_type: "image/png".into(),
        bytes: bytes.to_vec(),
    }))
}

#[test]
fn a_good_draft_passes() {
    assert_eq!(said(|_| {}), "");
    assert_eq!(said(|draft| draft.images.push(file(b"\x89PNG\r\n\x1a\n...."))), "");
}

#[test]
fn each_problem_is_named_with_what_to_change() {
    type Change = fn(&mut ListingDraft);
    let cases: [(&str, Change); 22] = [
        ("`outerId`", |draft| draft.outer_id = " A".into()),
        ("`title`", |draft| draft.title = String::new()),
        ("`title`", |draft| draft.title = "a\nb".into()),
        ("`images` must hold 1 to 2", |draft| draft.images.clear()),
        ("`images[1]` must be an address", |draft| draft.images.push(Picture::At("javascript:x".into()))),
        ("`images[1]` is empty", |draft| draft.images.push(file(b""))),
        ("`images[1]` must be one of image/png, image/jpeg by its content", |draft| {
            draft.images.push(file(b"<svg>"))
        }),
        ("`images[1]` is larger than 64 bytes", |draft| draft.images.push(file(&[0xff; 65]))),
        ("`detailImages` holds more than 1", |draft| draft.detail_images = vec![file(b"\xff\xd8\xff"); 2]),
        ("`skus` must hold at least one", |draft| draft.skus.clear()),
        ("`skus[1].priceFen`", |draft| draft.skus[1].price = Fen(0)),
        ("`skus[0].stock`", |draft| draft.skus[0].stock = -1),
        ("`skus[1]` has the options of one before it", |draft| draft.skus[1] = sku("黑")),
        ("`skus[1].options` must have the names", |draft| draft.skus[1].options = vec![option("色", "白")]),
        ("each SKU needs the option 颜色", |draft| {
            draft.skus = vec![DraftSku { options: Vec::new(), ..sku("黑") }];
        }),
        ("`attributes` must be a JSON object", |draft| draft.attributes = "[]".into()),
        ("`attributes.properties` must be an object", |draft| {
            draft.attributes = r#"{"properties":[]}"#.into()
        }),
        ("`attributes.properties.1` (品牌) is needed (11 甲, 12 乙)", |draft| {
            draft.attributes = r#"{"properties":{"2":"云南"}}"#.into();
        }),
        ("`attributes.properties.1` (品牌) must be one of its options", |draft| {
            draft.attributes = r#"{"properties":{"1":"甲","2":"云南"}}"#.into();
        }),
        ("`attributes.properties.2` (产地) must have at most 4 characters", |draft| {
            draft.attributes = r#"{"properties":{"1":"11","2":"云南西双版纳"}}"#.into();
        }),
        ("`attributes.properties.3` (净重) must be a number", |draft| {
            draft.attributes = r#"{"properties":{"1":11,"2":"云南","3":"重"}}"#.into();
        }),
        ("`attributes.properties.77` is no property", |draft| {
            draft.attributes = r#"{"properties":{"1":"11","2":"云南","77":"x"}}"#.into();
        }),
    ];
    for (words, change) in cases {
        let said = said(change);
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let said = said(|draft| {
        draft.title = String::new();
        draft.skus[0].stock = -1;
        draft.attributes = "{}".into();
    });
    for words in ["`title`", "`skus[0].stock`", "品牌", "产地"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_stored_draft_reads_back_and_unreadable_answers_name_their_question() {
    let text = serde_json::to_string(&draft()).unwrap();
    assert_eq!(serde_json::from_str::<ListingDraft>(&text).unwrap(), draft());
    let mut facts = Facts::default();
    facts.insert("rules:20219", "[1]");
    assert_eq!(facts.read::<Vec<u32>>("rules:20219").unwrap(), Some(vec![1]));
    assert_eq!(facts.read::<Vec<u32>>("spec:1").unwrap(), None);
    let error = facts.read::<String>("rules:20219").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("rules"));
}
