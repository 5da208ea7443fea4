//! What a category asks, in neutral words.

use super::roles::{Role, options_of, role};
use super::schema::{self, Field, Kind, Schema};
use crate::model::{CategoryRules, PropertyInput, PropertyOption, PropertyRule};
use crate::platform::DecodeError;

/// The rules of a category from the platform's document.
pub(super) fn rules(category: &str, raw: String) -> Result<CategoryRules, DecodeError> {
    let schema = schema::read(&raw)?;
    Ok(CategoryRules { category_id: category.to_owned(), properties: properties(&schema), raw })
}

/// Every field but those that the neutral part of a draft fills.
fn properties(schema: &Schema) -> Vec<PropertyRule> {
    let mut found = Vec::new();
    for field in &schema.fields {
        match role(&field.id) {
            None => add(&mut found, field, &field.id, true),
            Some(Role::Skus) => {
                let required = field.rules.required;
                let options = options_of(field).into_iter().filter(|option| option.is_open());
                found.extend(
                    options.map(|option| PropertyRule { is_sku: true, ..rule(option, &option.id, required) }),
                );
            }
            Some(_) => {}
        }
    }
    found
}

/// The fields of a complex one stand under its id and theirs, with a dot between.
fn add(found: &mut Vec<PropertyRule>, field: &Field, path: &str, needed: bool) {
    if !field.is_open() {
        return;
    }
    if field.kind != Kind::Complex {
        found.push(rule(field, path, needed));
        return;
    }
    let needed = needed && field.rules.required && field.held.is_none();
    for part in &field.fields {
        add(found, part, &format!("{path}.{}", part.id), needed);
    }
}

/// `needed` says whether what it is a part of must be given.
fn rule(field: &Field, id: &str, needed: bool) -> PropertyRule {
    let input = input(field);
    let many = matches!(field.kind, Kind::MultiInput | Kind::MultiCheck);
    PropertyRule {
        id: id.to_owned(),
        name: field.name.clone(),
        required: needed && field.rules.required && field.held.is_none(),
        is_sku: false,
        input,
        options: options(field),
        max_values: field.rules.most_values.filter(|_| many),
        max_length: field.rules.longest,
    }
}

fn options(field: &Field) -> Vec<PropertyOption> {
    let option = |(id, name): &(String, String)| PropertyOption { id: id.clone(), name: name.clone() };
    field.options.iter().map(option).collect()
}

/// A choice without options is one whose options the platform leaves out, so that their ids are taken as text.
fn input(field: &Field) -> PropertyInput {
    let has_options = !field.options.is_empty();
    match field.kind {
        Kind::SingleCheck if has_options => PropertyInput::One,
        Kind::MultiCheck if has_options => PropertyInput::Many,
        Kind::Input if field.rules.number => PropertyInput::Number,
        Kind::Input if has_options => PropertyInput::OneOrText,
        Kind::Input | Kind::SingleCheck => PropertyInput::Text,
        Kind::MultiInput if field.rules.most_values.is_some() => PropertyInput::Text,
        _ => PropertyInput::Other,
    }
}
