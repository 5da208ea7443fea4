//! Checking a draft before anything is sent: by what every platform wants, and by the rules of its category.

use std::collections::BTreeSet;
use std::fmt::Arguments;

use serde_json::{Map, Value};

use super::{PictureRules, members};
use crate::error::{Error, Result};
use crate::model::{CategoryRules, DraftSku, ListingDraft, Picture, PropertyInput, PropertyRule, image_type};

/// Characters of an outer id that every platform keeps.
const LONGEST_OUTER_ID: usize = 64;
/// Characters of a title: the longest that any platform takes.
const LONGEST_TITLE: usize = 200;
/// Numbers that every face carries exactly: 2^53 − 1.
const LARGEST: i64 = (1 << 53) - 1;

/// Every problem of a draft at once, so that a person mends them all in one go.
///
/// # Errors
/// `INVALID_REQUEST` with all problems.
pub fn check_draft(
    draft: &ListingDraft,
    rules: Option<&CategoryRules>,
    pictures: &PictureRules,
) -> Result<()> {
    let mut problems = Problems::default();
    problems.texts(draft);
    problems.pictures(draft, pictures);
    problems.skus(&draft.skus);
    let attributes = problems.members("attributes", &draft.attributes);
    if let Some(rules) = rules {
        problems.properties(draft, &attributes, rules);
    }
    problems.end()
}

#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn add(&mut self, problem: impl Into<String>) {
        self.0.push(problem.into());
    }

    fn end(self) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Error::invalid(format!("the draft cannot be published: {}", self.0.join("; "))))
    }

    /// The members of a JSON object; none where it is none.
    fn members(&mut self, place: &str, text: &str) -> Map<String, Value> {
        members(text, place).unwrap_or_else(|error| {
            self.add(error.message());
            Map::new()
        })
    }

    fn texts(&mut self, draft: &ListingDraft) {
        let texts = [
            ("outerId", &draft.outer_id, LONGEST_OUTER_ID),
            ("title", &draft.title, LONGEST_TITLE),
            ("categoryId", &draft.category_id, LONGEST_OUTER_ID),
        ];
        for (name, text, longest) in texts {
            let is_fit = !text.trim().is_empty()
                && text.trim().len() == text.len()
                && text.chars().count() <= longest
                && !text.chars().any(char::is_control);
            if !is_fit {
                self.add(format!("`{name}` must be 1 to {longest} characters without blanks around them"));
            }
        }
    }

    fn pictures(&mut self, draft: &ListingDraft, rules: &PictureRules) {
        if !(1..=rules.max_images).contains(&draft.images.len()) {
            self.add(format!("`images` must hold 1 to {}", rules.max_images));
        }
        if rules.max_detail_images.is_some_and(|most| draft.detail_images.len() > most) {
            self.add(format!(
                "`detailImages` holds more than {}",
                rules.max_detail_images.unwrap_or_default()
            ));
        }
        for (name, pictures) in [("images", &draft.images), ("detailImages", &draft.detail_images)] {
            for (nth, picture) in pictures.iter().enumerate() {
                self.picture(format_args!("{name}[{nth}]"), picture, rules);
            }
        }
        for (nth, sku) in draft.skus.iter().enumerate() {
            if let Some(picture) = &sku.image {
                self.picture(format_args!("skus[{nth}].image"), picture, rules);
            }
        }
    }

    fn picture(&mut self, place: Arguments<'_>, picture: &Picture, rules: &PictureRules) {
        if let Some(problem) = picture_problem(picture, rules) {
            self.add(format!("`{place}` {problem}"));
        }
    }

    fn skus(&mut self, skus: &[DraftSku]) {
        let Some(first) = skus.first() else {
            self.add("`skus` must hold at least one");
            return;
        };
        let names = |sku: &DraftSku| sku.options.iter().map(|option| option.name.clone()).collect::<Vec<_>>();
        let wanted = names(first);
        if wanted.iter().collect::<BTreeSet<_>>().len() != wanted.len() {
            self.add("`skus[0].options` names an option twice");
        }
        let mut seen = BTreeSet::new();
        for (nth, sku) in skus.iter().enumerate() {
            if !(1..=LARGEST).contains(&sku.price.0) {
                self.add(format!("`skus[{nth}].priceFen` must be 1 or more"));
            }
            if !(0..=LARGEST).contains(&sku.stock) {
                self.add(format!("`skus[{nth}].stock` must be 0 or more"));
            }
            if names(sku) != wanted {
                self.add(format!("`skus[{nth}].options` must have the names of `skus[0]` in the same order"));
            }
            if sku
                .options
                .iter()
                .any(|option| option.name.trim().is_empty() || option.value.trim().is_empty())
            {
                self.add(format!("`skus[{nth}].options` holds a blank text"));
            }
            if !seen.insert(&sku.options) {
                self.add(format!("`skus[{nth}]` has the options of one before it"));
            }
            if let Some(text) = &sku.attributes {
                self.members(&format!("skus[{nth}].attributes"), text);
            }
        }
    }

    fn properties(&mut self, draft: &ListingDraft, attributes: &Map<String, Value>, rules: &CategoryRules) {
        let none = Map::new();
        let given = match attributes.get("properties") {
            None => &none,
            Some(Value::Object(given)) => given,
            Some(_) => {
                self.add("`attributes.properties` must be an object");
                return;
            }
        };
        for rule in &rules.properties {
            if rule.is_sku {
                if rule.required
                    && !draft.skus.iter().all(|sku| sku.options.iter().any(|o| o.name == rule.name))
                {
                    self.add(format!("each SKU needs the option {}", rule.name));
                }
                continue;
            }
            match given.get(&rule.id) {
                None | Some(Value::Null) if rule.required => {
                    let (id, name) = (&rule.id, &rule.name);
                    self.add(format!("`attributes.properties.{id}` ({name}) is needed{}", choices(rule)));
                }
                None | Some(Value::Null) => {}
                Some(value) => self.property(rule, value),
            }
        }
        for id in given.keys() {
            if !rules.properties.iter().any(|rule| rule.id == *id) {
                self.add(format!(
                    "`attributes.properties.{id}` is no property of category {}",
                    rules.category_id
                ));
            }
        }
    }

    fn property(&mut self, rule: &PropertyRule, value: &Value) {
        let name = format!("`attributes.properties.{}` ({})", rule.id, rule.name);
        if rule.input == PropertyInput::Other {
            return;
        }
        let values: Vec<&Value> = match value {
            Value::Array(values) => values.iter().collect(),
            one => vec![one],
        };
        if values.is_empty() && rule.required {
            self.add(format!("{name} is needed{}", choices(rule)));
        }
        let most = match (rule.input, rule.max_values) {
            (PropertyInput::Many, None) => usize::MAX,
            (_, most) => most.map_or(1, |most| most as usize),
        };
        if values.len() > most {
            self.add(format!("{name} takes at most {most}"));
        }
        for value in values {
            if let Some(problem) = value_problem(rule, value) {
                self.add(format!("{name} {problem}"));
            }
        }
    }
}

fn value_problem(rule: &PropertyRule, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) if !text.trim().is_empty() => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Some("must be a text or a number".into()),
    };
    let is_option = rule.options.iter().any(|option| option.id == text);
    match rule.input {
        PropertyInput::One | PropertyInput::Many if !is_option => {
            Some(format!("must be one of its options by their ids{}", choices(rule)))
        }
        PropertyInput::Number if text.parse::<f64>().is_err() => Some("must be a number".into()),
        PropertyInput::Text | PropertyInput::OneOrText
            if !is_option && rule.max_length.is_some_and(|most| text.chars().count() > most as usize) =>
        {
            Some(format!("must have at most {} characters", rule.max_length.unwrap_or_default()))
        }
        _ => None,
    }
}

/// The first few options, for a message.
fn choices(rule: &PropertyRule) -> String {
    const SHOWN: usize = 5;
    if rule.options.is_empty() {
        return String::new();
    }
    let shown: Vec<_> =
        rule.options.iter().take(SHOWN).map(|option| format!("{} {}", option.id, option.name)).collect();
    let more = if rule.options.len() > SHOWN { ", …" } else { "" };
    format!(" ({}{more})", shown.join(", "))
}

fn picture_problem(picture: &Picture, rules: &PictureRules) -> Option<String> {
    match picture {
        Picture::At(address) => {
            let is_fit = url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            (!is_fit).then(|| "must be an address or bytes".into())
        }
        Picture::File(file) if file.bytes.is_empty() => Some("is empty".into()),
        Picture::File(file) if file.bytes.len() > rules.max_bytes => {
            Some(format!("is larger than {} bytes", rules.max_bytes))
        }
        Picture::File(file) => match image_type(&file.bytes) {
            Some(kind) if rules.types.contains(&kind) => None,
            _ => Some(format!("must be one of {} by its content", rules.types.join(", "))),
        },
    }
}
