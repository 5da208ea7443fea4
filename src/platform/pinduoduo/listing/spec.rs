//! From options such as 颜色: 黑 to the ids of specifications (9.1).

use serde_json::json;

use super::known::{Known, Spec};
use super::rules::Rules;
use super::wire::{SpecId, SpecItem, SpecList};
use super::{KEEP_SPECS, Stop, answer, read};
use crate::error::{Error, Result};
use crate::model::{ListingDraft, SkuOption};
use crate::platform::ask::number;
use crate::platform::{DecodeError, Facts};

/// What specifications are looked up in.
#[derive(Clone, Copy)]
pub(super) struct Book<'a> {
    pub(super) category: &'a str,
    pub(super) rules: &'a Rules<'a>,
    pub(super) known: Option<&'a Known>,
    pub(super) facts: &'a Facts,
}

/// The specifications of each SKU of a draft, in its order.
pub(super) fn of(draft: &ListingDraft, book: Book<'_>) -> Result<Vec<Vec<Spec>>, Stop> {
    let of_sku = |options: &[SkuOption]| options.iter().map(|option| book.spec(option)).collect();
    draft.skus.iter().map(|sku| of_sku(&sku.options)).collect()
}

impl Book<'_> {
    fn spec(&self, option: &SkuOption) -> Result<Spec, Stop> {
        let parent = self.parent(&option.name)?;
        let id = self.id(&parent, &option.value)?;
        Ok(Spec { parent, parent_name: option.name.clone(), id, name: option.value.clone() })
    }

    /// The specification that an option's name means: by the category's properties, by what the product has, or by
    /// the category's own list.
    fn parent(&self, name: &str) -> Result<String, Stop> {
        let by_rule = self.rules.properties.iter().find(|one| one.is_sale && one.name == name);
        if let Some(id) = by_rule.and_then(|one| one.parent_spec_id.clone()) {
            return Ok(id);
        }
        if let Some(spec) = self.known.and_then(|known| known.spec(|spec| spec.parent_name == name)) {
            return Ok(spec.parent.clone());
        }
        let category = number(self.category, "the category's id")?;
        let params = json!({"cat_id": category});
        let question = format!("specs:{category}");
        let text = answer(self.facts, question, "pdd.goods.spec.get", &params, Some(KEEP_SPECS))?;
        let list = SpecList::read(text).and_then(|list| list.goods_spec_list.each(listed));
        let list = read("the category's specifications", list)?;
        match list.iter().find(|(_, known)| known == name) {
            Some((id, _)) => Ok(id.clone()),
            None => Err(unknown(name, self.category, &list).into()),
        }
    }

    /// The id of one value. A value that is there already keeps its id; others get one.
    fn id(&self, parent: &str, value: &str) -> Result<String, Stop> {
        let has = |spec: &Spec| spec.parent == parent && spec.name == value;
        if let Some(spec) = self.known.and_then(|known| known.spec(has)) {
            return Ok(spec.id.clone());
        }
        let choices = self.rules.sale(parent).map_or(&[][..], |property| &property.values);
        let choice = choices.iter().find(|choice| choice.name == value);
        if let Some(id) = choice.and_then(|choice| choice.spec_id.clone()) {
            return Ok(id);
        }
        let params = json!({"parent_spec_id": number(parent, "the specification's id")?, "spec_name": value});
        let question = format!("spec:{parent}:{value}");
        let text = answer(self.facts, question, "pdd.goods.spec.id.get", &params, Some(KEEP_SPECS))?;
        Ok(read("the id of a specification", given(text))?)
    }
}

fn listed(text: &str) -> Result<(String, String), DecodeError> {
    let wire = SpecItem::read(text)?;
    let id = wire.parent_spec_id.id()?.ok_or_else(|| wire.parent_spec_id.wrong("a specification's id"))?;
    Ok((id, wire.parent_spec_name.text()?.unwrap_or_default()))
}

fn given(text: &str) -> Result<String, DecodeError> {
    let wire = SpecId::read(text)?;
    wire.spec_id.id()?.ok_or_else(|| wire.spec_id.wrong("a specification's id"))
}

fn unknown(name: &str, category: &str, list: &[(String, String)]) -> Error {
    let names: Vec<_> = list.iter().map(|(_, name)| name.as_str()).collect();
    Error::invalid(format!(
        "the option {name} is no specification of category {category}: {}",
        names.join(", ")
    ))
}
