//! `jingdong.ware.write.add` (9.1): the one call that makes a ware.

use serde::Serialize;
use serde_json::{Value, json};

use super::super::wire as answers;
use super::attrs::Attr;
use super::fields::{Given, Members, OF_WARE, exact, raw};
use super::picture::stored;
use super::sku::{Sku, property, yuan};
use super::text;
use crate::error::{Error, Result};
use crate::model::{Category, ListingDraft};
use crate::platform::ask::number;
use crate::platform::lenient::text as repaired;
use crate::platform::listing::{Published, missing};
use crate::platform::{ApiCall, CallParts, DecodeError};

const ADD: &str = "jingdong.ware.write.add";
/// Characters of a new ware's title.
const LONGEST_TITLE: usize = 50;
/// What a new ware may ask for: to be kept, or to be on sale once its audit has passed.
const KEPT: &str = "1";
const ON_SALE: &str = "8";
/// The colour of pictures that show the whole ware.
const NO_COLOR: &str = "0000000000";
/// Pictures of a colour.
const PICTURES_A_COLOR: usize = 10;

#[derive(Serialize)]
struct Params {
    ware: Members,
    skus: Vec<Members>,
}

/// A draft that was checked as far as it can be without its category.
pub(super) struct Draft<'a> {
    draft: &'a ListingDraft,
    given: Given,
    images: Vec<String>,
    descriptions: [(&'static str, String); 2],
    skus: Vec<Sku<'a>>,
}

impl<'a> Draft<'a> {
    pub(super) fn read(draft: &'a ListingDraft) -> Result<Self> {
        let given = Given::read(&draft.attributes, "attributes", OF_WARE)?;
        if !given.members.contains_key("transportId") {
            return Err(missing("transportId", "the id of a freight template of the shop"));
        }
        if draft.title.chars().count() > LONGEST_TITLE {
            return Err(Error::invalid(format!("`title` has more than {LONGEST_TITLE} characters")));
        }
        let status = given.members.get("wareStatus").map(|status| status.get());
        if status.is_some_and(|status| !matches!(status, KEPT | ON_SALE)) {
            return Err(Error::invalid("`attributes.wareStatus` of a new ware is 1 (kept) or 8 (on sale)"));
        }
        let images = draft.images.iter().enumerate();
        let images = images.map(|(nth, image)| stored(image.address()?, &format!("`images[{nth}]`")));
        let skus = draft.skus.iter().enumerate().map(|(nth, sku)| Sku::read(nth, sku));
        Ok(Self {
            draft,
            images: images.collect::<Result<_>>()?,
            descriptions: text::descriptions(draft, &given)?,
            skus: skus.collect::<Result<_>>()?,
            given,
        })
    }

    pub(super) fn call(self, third_level: &Category, attrs: &[Attr]) -> Result<ApiCall<Published>> {
        let mut pictures = Pictures::of_ware(&self.images);
        let mut skus = Vec::new();
        for sku in &self.skus {
            let (members, picture) = sku.members(attrs, &self.given.properties)?;
            skus.push(members);
            if let Some((color, path)) = picture {
                pictures.add(color, path)?;
            }
        }
        let ware = self.ware(third_level, attrs, &pictures)?;
        let params = serde_json::to_string(&Params { ware, skus })
            .map_err(|_| Error::internal("every ware has a JSON form"))?;
        Ok(ApiCall { parts: CallParts::shop_write(ADD, params), decode: published })
    }

    fn ware(self, third_level: &Category, attrs: &[Attr], pictures: &Pictures) -> Result<Members> {
        let properties = self.properties(attrs)?;
        let draft = self.draft;
        let mut ware = self.given.members;
        let mut set = |name: &str, value| ware.insert(name.to_owned(), value);
        set("title", raw(&draft.title)?);
        set("outerId", raw(&draft.outer_id)?);
        set("categoryId", raw(&number(&third_level.id, "`categoryId`")?)?);
        set("multiCategoryId", raw(&number(&draft.category_id, "`categoryId`")?)?);
        set("images", raw(&pictures.0)?);
        for (name, text) in self.descriptions {
            set(name, raw(&text)?);
        }
        if let Some(lowest) = draft.skus.iter().map(|sku| sku.price).min() {
            set("jdPrice", exact(yuan(lowest))?);
        }
        if !properties.is_empty() {
            set("multiCateProps", raw(&properties)?);
        }
        ware.entry("wareStatus".to_owned()).or_insert(exact(ON_SALE.to_owned())?);
        Ok(ware)
    }

    /// Properties of the whole ware: those of single SKUs are theirs.
    fn properties(&self, attrs: &[Attr]) -> Result<Vec<Value>> {
        let of_ware = attrs.iter().filter(|attr| !attr.is_sale && !attr.is_of_sku && !attr.is_brand);
        let given = of_ware.filter_map(|attr| Some((&attr.id, self.given.properties.get(&attr.id)?)));
        given.map(|(id, value)| property(id, value)).collect()
    }
}

/// The pictures of a ware, those of single colours after its own.
struct Pictures(Vec<Value>);

impl Pictures {
    fn of_ware(paths: &[String]) -> Self {
        let one = |(nth, path)| json!({"colorId": NO_COLOR, "imgIndex": nth + 1, "imgUrl": path});
        Self(paths.iter().enumerate().map(one).collect())
    }

    /// SKUs of the same colour often have the same picture.
    fn add(&mut self, color: String, path: String) -> Result<()> {
        let of_it: Vec<_> = self.0.iter().filter(|picture| picture["colorId"] == *color).collect();
        if of_it.iter().any(|picture| picture["imgUrl"] == *path) {
            return Ok(());
        }
        if of_it.len() >= PICTURES_A_COLOR {
            return Err(Error::invalid(format!(
                "SKUs of one colour have more than {PICTURES_A_COLOR} pictures"
            )));
        }
        let nth = of_it.len() + 1;
        self.0.push(json!({"colorId": color, "imgIndex": nth, "imgUrl": path}));
        Ok(())
    }
}

fn published(body: &[u8]) -> Result<Published, DecodeError> {
    let answer = answers::object(ADD, body)?;
    let raw = answer.get("ware").ok_or_else(|| DecodeError::new("ware", "a ware"))?;
    let text = repaired(raw)?;
    let ware = super::wire::WareSeen::read(&text)?;
    let id = ware.wareId.id()?.ok_or_else(|| ware.wareId.wrong("a ware's id"))?;
    Ok(Published { platform_product_id: id, review_id: None })
}
