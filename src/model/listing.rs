//! Listings: products that we publish, from the draft to the end of the platform's review.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{ChangeId, Fen, FilePart, ListingId, PageRequest, ShopId, UtcMillis, image_type};
use crate::error::Error;

/// A product to publish, in neutral words. What only one platform wants stands in `attributes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingDraft {
    /// The merchant's own id. One product of a shop has it, so that what was published is found again.
    pub outer_id: String,
    /// The title.
    pub title: String,
    /// The platform's id of the leaf category.
    pub category_id: String,
    /// Main images, the first one being the cover.
    pub images: Vec<Picture>,
    /// Images of the description, in their order.
    pub detail_images: Vec<Picture>,
    /// Text of the description.
    pub description: Option<String>,
    /// What can be bought: at least one. One without options is a product without a choice.
    pub skus: Vec<DraftSku>,
    /// The text of a JSON object: `properties` holds the category's properties by their ids (a text, an option's id,
    /// or a list of them), the other members are the platform's own fields, by the platform's names.
    pub attributes: String,
}

/// One thing that can be bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftSku {
    /// The merchant's own id.
    pub outer_id: Option<String>,
    /// The price in fen.
    pub price: Fen,
    /// How many there are.
    pub stock: i64,
    /// Its options, such as 颜色: 黑 and 尺码: M; the same names in the same order for each SKU.
    pub options: Vec<SkuOption>,
    /// An image of its own.
    pub image: Option<Picture>,
    /// The text of a JSON object: the platform's own fields of the SKU, by the platform's names.
    pub attributes: Option<String>,
}

/// A choice of a SKU.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SkuOption {
    /// What is chosen, such as 颜色.
    pub name: String,
    /// The choice, such as 黑.
    pub value: String,
}

/// An image of a draft: at an address, or bytes that are uploaded to the platform first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Picture {
    /// Where it is. Most platforms take only addresses of their own picture store.
    At(String),
    /// Its bytes. Never stored: before a draft is, its images are at an address.
    File(Box<FilePart>),
}

impl From<String> for Picture {
    fn from(address: String) -> Self {
        Self::At(address)
    }
}

impl From<Picture> for String {
    fn from(picture: Picture) -> Self {
        match picture {
            Picture::At(address) => address,
            Picture::File(file) => file.file_name,
        }
    }
}

impl Picture {
    /// The bytes of an image. What they are is told by their content; a draft with anything but an image is refused.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        let kind = image_type(&bytes).unwrap_or("application/octet-stream");
        let suffix = if kind == "image/jpeg" { "jpg" } else { kind.rsplit('/').next().unwrap_or_default() };
        Self::File(Box::new(FilePart {
            name: "image".to_owned(),
            file_name: format!("image.{suffix}"),
            content_type: kind.to_owned(),
            bytes,
        }))
    }

    /// The address.
    ///
    /// # Errors
    /// `INTERNAL` when it was not uploaded.
    pub fn address(&self) -> crate::error::Result<&str> {
        match self {
            Self::At(address) => Ok(address),
            Self::File(_) => Err(Error::internal("images are uploaded before they are used")),
        }
    }
}

impl ListingDraft {
    /// Every image, with the SKUs'.
    pub fn pictures_mut(&mut self) -> impl Iterator<Item = &mut Picture> {
        let skus = self.skus.iter_mut().filter_map(|sku| sku.image.as_mut());
        self.images.iter_mut().chain(&mut self.detail_images).chain(skus)
    }
}

words! {
    /// Where a listing stands, from the draft to the end of the review.
    ListingStatus {
        /// Its change has not ended.
        Submitting = "submitting",
        /// It was surely not published; the change says why.
        Failed = "failed",
        /// The platform is reviewing it.
        UnderReview = "under_review",
        /// Approved, waiting for its listing time.
        Scheduled = "scheduled",
        /// Approved: buyers can buy it.
        OnSale = "on_sale",
        /// Approved, but not on sale.
        OffSale = "off_sale",
        /// Kept by the platform as a draft: nobody reviews it.
        Draft = "draft",
        /// The platform refused it and says why.
        Rejected = "rejected",
        /// The platform banned it and says why.
        Banned = "banned",
        /// Deleted on the platform.
        Deleted = "deleted",
        /// A value this version does not know; `platform_status` holds it.
        Unknown = "unknown",
    }
}

impl ListingStatus {
    /// Whether the platform has decided.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Failed
                | Self::OnSale
                | Self::OffSale
                | Self::Draft
                | Self::Rejected
                | Self::Banned
                | Self::Deleted
        )
    }
}

/// A product that we published, or are publishing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Our id.
    pub id: ListingId,
    /// The shop.
    pub shop_id: ShopId,
    /// The merchant's own id.
    pub outer_id: String,
    /// Counts the drafts of this outer id, from 1.
    pub version: i64,
    /// What is published.
    pub draft: ListingDraft,
    /// The change that publishes it.
    pub change_id: ChangeId,
    /// The platform's id of the product, once it is known.
    pub platform_product_id: Option<String>,
    /// Where it stands.
    pub status: ListingStatus,
    /// The platform's own status values, unchanged.
    pub platform_status: Option<String>,
    /// Why it was refused, in the platform's words.
    pub reason: Option<String>,
    /// When the platform was last asked.
    pub checked_at: Option<UtcMillis>,
    /// When it was made.
    pub created_at: UtcMillis,
    /// When it last changed.
    pub updated_at: UtcMillis,
}

/// Which listings a list shows, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListingFilter {
    /// Of this shop.
    pub shop_id: Option<ShopId>,
    /// With this status.
    pub status: Option<ListingStatus>,
    /// Of this outer id.
    pub outer_id: Option<String>,
    /// Which part.
    pub page: PageRequest,
}

/// What a category asks of its products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryRules {
    /// The platform's id of the category.
    pub category_id: String,
    /// What is asked, in the platform's order.
    pub properties: Vec<PropertyRule>,
    /// The platform's own rules as JSON or XML text, unchanged.
    pub raw: String,
}

/// One property that a category asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyRule {
    /// The platform's id: the key in `attributes.properties`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Whether a product cannot be published without it.
    pub required: bool,
    /// Whether it tells SKUs apart; such a one is given as an option of each SKU.
    pub is_sku: bool,
    /// What it takes.
    pub input: PropertyInput,
    /// What can be chosen; empty where any text is taken.
    pub options: Vec<PropertyOption>,
    /// How many values it takes, where the platform says it.
    pub max_values: Option<u32>,
    /// How many characters a text may have, where the platform says it.
    pub max_length: Option<u32>,
}

words! {
    /// What a property takes.
    PropertyInput {
        /// One of the options.
        One = "one",
        /// Some of the options.
        Many = "many",
        /// One of the options, or a text.
        OneOrText = "one_or_text",
        /// A text.
        Text = "text",
        /// A number.
        Number = "number",
        /// Something that this version does not check: it is passed on as it is.
        Other = "other",
    }
}

/// A value that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyOption {
    /// The platform's id.
    pub id: String,
    /// Its name for people.
    pub name: String,
}
