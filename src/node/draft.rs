//! Drafts of products: as JS gives them, and as it gets them back.

use napi_derive::napi;

use super::checked::Tree;
use super::fields::{Fields, expected, required};
use super::page::safe;
use super::params::to_json;
use crate::error::{Error, Result};
use crate::model;

/// Sizes of all texts and images of a draft.
pub(super) const DRAFT_CAP: usize = 64 << 20;

const DRAFT: [&str; 8] =
    ["outerId", "title", "categoryId", "images", "detailImages", "description", "skus", "attributes"];
const SKU: [&str; 6] = ["outerId", "priceFen", "stock", "options", "image", "attributes"];

/// The draft under `draft`.
pub(super) fn draft(fields: &mut Fields<'_>) -> Result<model::ListingDraft> {
    let mut draft = required("draft", "an object", fields.nested("draft", &DRAFT)?)?;
    Ok(model::ListingDraft {
        outer_id: draft.required_text("outerId")?,
        title: draft.required_text("title")?,
        category_id: draft.required_text("categoryId")?,
        images: pictures(&mut draft, "images")?,
        detail_images: pictures(&mut draft, "detailImages")?,
        description: draft.text("description")?,
        skus: draft.nested_list("skus", &SKU)?.into_iter().map(sku).collect::<Result<_>>()?,
        attributes: to_json("draft.attributes", draft.take("attributes"))?,
    })
}

fn sku(mut sku: Fields<'static>) -> Result<model::DraftSku> {
    let option = |mut option: Fields<'static>| {
        Ok(model::SkuOption { name: option.required_text("name")?, value: option.required_text("value")? })
    };
    let (image, attributes) = (sku.path_of("image"), sku.path_of("attributes"));
    Ok(model::DraftSku {
        outer_id: sku.text("outerId")?,
        price: model::Fen(sku.required_number("priceFen")?),
        stock: sku.required_number("stock")?,
        options: sku
            .nested_list("options", &["name", "value"])?
            .into_iter()
            .map(option)
            .collect::<Result<_>>()?,
        image: match sku.take("image") {
            Tree::Undefined => None,
            tree => Some(picture(&image, tree)?),
        },
        attributes: match sku.take("attributes") {
            Tree::Undefined => None,
            tree => Some(to_json(&attributes, tree)?),
        },
    })
}

fn pictures(fields: &mut Fields<'_>, name: &str) -> Result<Vec<model::Picture>> {
    let path = fields.path_of(name);
    match fields.take(name) {
        Tree::Undefined => Ok(Vec::new()),
        Tree::List(items) => {
            let one = |(nth, item)| picture(&format!("{path}[{nth}]"), item);
            items.into_iter().enumerate().map(one).collect()
        }
        other => Err(expected(&path, "an array of addresses and Buffers", &other)),
    }
}

fn picture(path: &str, tree: Tree) -> Result<model::Picture> {
    match tree {
        Tree::Text(mut address) => Ok(model::Picture::At(std::mem::take(&mut *address))),
        Tree::Bytes(bytes) => Ok(model::Picture::of_bytes(bytes.to_vec())),
        other => Err(expected(path, "an address or a Buffer", &other)),
    }
}

/// A draft as it was published; its images are at addresses.
#[napi(object, object_from_js = false)]
pub struct PublishedDraft {
    /// The title.
    pub title: String,
    /// The platform's id of the leaf category.
    pub category_id: String,
    /// Addresses of the main images.
    pub images: Vec<String>,
    /// Addresses of the images of the description.
    pub detail_images: Vec<String>,
    /// Text of the description.
    pub description: Option<String>,
    /// What can be bought.
    pub skus: Vec<PublishedSku>,
    /// The attributes as JSON text.
    pub attributes_json: String,
}

/// A SKU of a draft.
#[napi(object, object_from_js = false)]
pub struct PublishedSku {
    /// The merchant's own id.
    pub outer_id: Option<String>,
    /// The price in fen.
    pub price_fen: i64,
    /// How many there are.
    pub stock: i64,
    /// Its options.
    pub options: Vec<DraftOption>,
    /// Address of its image.
    pub image: Option<String>,
    /// Its attributes as JSON text.
    pub attributes_json: Option<String>,
}

/// A choice of a SKU.
#[napi(object, object_from_js = false)]
pub struct DraftOption {
    /// What is chosen, such as 颜色.
    pub name: String,
    /// The choice, such as 黑.
    pub value: String,
}

impl TryFrom<model::ListingDraft> for PublishedDraft {
    type Error = Error;

    fn try_from(draft: model::ListingDraft) -> Result<Self> {
        let addresses = |pictures: Vec<model::Picture>| pictures.into_iter().map(String::from).collect();
        let skus = draft.skus.into_iter().map(PublishedSku::try_from);
        Ok(Self {
            title: draft.title,
            category_id: draft.category_id,
            images: addresses(draft.images),
            detail_images: addresses(draft.detail_images),
            description: draft.description,
            skus: skus.collect::<Result<_>>()?,
            attributes_json: draft.attributes,
        })
    }
}

impl TryFrom<model::DraftSku> for PublishedSku {
    type Error = Error;

    fn try_from(sku: model::DraftSku) -> Result<Self> {
        let option = |option: model::SkuOption| DraftOption { name: option.name, value: option.value };
        Ok(Self {
            outer_id: sku.outer_id,
            price_fen: safe(sku.price.0)?,
            stock: safe(sku.stock)?,
            options: sku.options.into_iter().map(option).collect(),
            image: sku.image.map(String::from),
            attributes_json: sku.attributes,
        })
    }
}
