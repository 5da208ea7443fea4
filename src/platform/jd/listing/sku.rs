//! The SKUs of a ware: their options by the ids of attributes and values, their prices in yuan (9.1).

use serde_json::{Map, Value, json};

use super::attrs::Attr;
use super::fields::{Given, Members, OF_SKU, exact, raw};
use super::picture::stored;
use crate::error::{Error, Result};
use crate::model::{DraftSku, Fen, SkuOption};
use crate::platform::listing::missing;

/// A SKU that was checked as far as it can be without its category.
pub(super) struct Sku<'a> {
    sku: &'a DraftSku,
    place: String,
    given: Given,
    image: Option<String>,
}

/// Yuan with two decimals.
pub(super) fn yuan(price: Fen) -> String {
    format!("{}.{:02}", price.0 / 100, price.0 % 100)
}

impl<'a> Sku<'a> {
    pub(super) fn read(nth: usize, sku: &'a DraftSku) -> Result<Self> {
        let place = format!("skus[{nth}]");
        let attributes = sku.attributes.as_deref().unwrap_or("{}");
        let given = Given::read(attributes, &format!("{place}.attributes"), OF_SKU)?;
        let image = sku.image.as_ref().map(|image| stored(image.address()?, &format!("`{place}.image`")));
        Ok(Self { sku, given, image: image.transpose()?, place })
    }

    /// What is sent, and its picture with the colour that it belongs to. `common` are properties of the whole ware.
    pub(super) fn members(
        &self,
        attrs: &[Attr],
        common: &Map<String, Value>,
    ) -> Result<(Members, Option<(String, String)>)> {
        let mut members = self.given.members.clone();
        let sale_attrs = self.sale_attrs(attrs)?;
        let image = match self.image.clone() {
            Some(path) => Some((self.color(attrs, &sale_attrs)?, path)),
            None => None,
        };
        if !sale_attrs.is_empty() {
            members.insert("saleAttrs".to_owned(), raw(&sale_attrs)?);
        }
        let own = self.properties(attrs, common)?;
        if !own.is_empty() {
            members.insert("multiCateProps".to_owned(), raw(&own)?);
        }
        if let Some(outer_id) = self.sku.outer_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
            members.insert("outerId".to_owned(), raw(&outer_id)?);
        }
        members.insert("jdPrice".to_owned(), exact(yuan(self.sku.price))?);
        // A text by the documents (9.1).
        members.insert("stockNum".to_owned(), raw(&self.sku.stock.to_string())?);
        Ok((members, image))
    }

    /// The caller's own, or the options by their names.
    fn sale_attrs(&self, attrs: &[Attr]) -> Result<Vec<Value>> {
        if let Some(own) = self.given.members.get("saleAttrs") {
            let place = &self.place;
            return serde_json::from_str(own.get())
                .map_err(|_| Error::invalid(format!("`{place}.attributes.saleAttrs` must be a list")));
        }
        self.sku.options.iter().map(|option| self.sale_attr(attrs, option)).collect()
    }

    fn sale_attr(&self, attrs: &[Attr], option: &SkuOption) -> Result<Value> {
        let (place, name, value) = (&self.place, option.name.trim(), option.value.trim());
        let sale = || attrs.iter().filter(|attr| attr.is_sale);
        let Some(attr) = sale().find(|attr| attr.name == name) else {
            let names: Vec<_> = sale().map(|attr| attr.name.as_str()).collect();
            let names = names.join(", ");
            return Err(Error::invalid(format!(
                "`{place}.options`: {name} tells no SKUs apart in this category, but: {names}"
            )));
        };
        let Some(chosen) = attr.options.iter().find(|known| known.name == value || known.id == value) else {
            let names: Vec<_> = attr.options.iter().take(10).map(|known| known.name.as_str()).collect();
            let names = names.join(", ");
            return Err(Error::invalid(format!(
                "`{place}.options`: {value} is no value of {name} (such as {names}); where the shop has values of \
                 its own, give `saleAttrs` in `{place}.attributes`"
            )));
        };
        Ok(json!({"attrId": attr.id, "attrValues": [chosen.id]}))
    }

    /// Pictures belong to the value of the colour (9.1).
    fn color(&self, attrs: &[Attr], sale_attrs: &[Value]) -> Result<String> {
        let color = attrs.iter().find(|attr| attr.is_sale && attr.is_color);
        let chosen =
            sale_attrs.iter().find(|chosen| color.is_some_and(|color| chosen["attrId"] == *color.id));
        let value = chosen.and_then(|chosen| chosen["attrValues"].get(0)?.as_str());
        value.map(str::to_owned).ok_or_else(|| {
            let place = &self.place;
            Error::invalid(format!("`{place}.image`: the platform shows pictures by colour, and it has none"))
        })
    }

    /// Properties that the platform wants of each SKU: its own before those of the ware.
    fn properties(&self, attrs: &[Attr], common: &Map<String, Value>) -> Result<Vec<Value>> {
        let own = &self.given.properties;
        if let Some(id) = own.keys().find(|id| !attrs.iter().any(|attr| attr.is_of_sku && attr.id == **id)) {
            let place = &self.place;
            return Err(Error::invalid(format!(
                "`{place}.attributes.properties.{id}` is no property of single SKUs: give it in \
                 `attributes.properties`"
            )));
        }
        let mut properties = Vec::new();
        for attr in attrs.iter().filter(|attr| attr.is_of_sku && !attr.is_brand && !attr.is_sale) {
            match own.get(&attr.id).or_else(|| common.get(&attr.id)) {
                Some(value) => properties.push(property(&attr.id, value)?),
                None if attr.is_required => {
                    let what = format!("{}, here or for each SKU", attr.name);
                    return Err(missing(&format!("properties.{}", attr.id), &what));
                }
                None => {}
            }
        }
        Ok(properties)
    }
}

/// A property: values by their ids, texts, or the platform's own members where it has a form of its own.
pub(super) fn property(id: &str, value: &Value) -> Result<Value> {
    let wrong = || {
        Error::invalid(format!(
            "`attributes.properties.{id}` must be a text, a number, a list of them, or an object of attrValues, \
             expands and units"
        ))
    };
    let said = |value: &Value| match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(wrong()),
    };
    match value {
        Value::Object(own) => {
            if own.keys().any(|name| !matches!(name.as_str(), "attrValues" | "expands" | "units")) {
                return Err(wrong());
            }
            let mut own = own.clone();
            own.insert("attrId".to_owned(), id.into());
            Ok(Value::Object(own))
        }
        Value::Array(values) => {
            let values = values.iter().map(said).collect::<Result<Vec<_>>>()?;
            Ok(json!({"attrId": id, "attrValues": values}))
        }
        one => Ok(json!({"attrId": id, "attrValues": [said(one)?]})),
    }
}
