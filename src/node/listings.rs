//! `hub.listings`, and the rules of categories.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::draft::PublishedDraft;
use super::fields::{Fields, id_argument};
use super::page::{converted, iso, request, safe};
use super::runtime::promise;
use crate::error::{Error, Result};
use crate::{hub, model};

/// What was published, from the draft to the end of the platform's review.
#[napi]
pub struct Listings(pub(super) hub::Listings);

#[napi]
impl Listings {
    /// Lists what was published, newest first.
    #[napi(ts_args_type = "filter?: ListingFilter", ts_return_type = "Promise<ListingPage>")]
    pub fn list<'env>(&self, env: &'env Env, filter: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "listings.list", || {
            let known = ["shopId", "status", "outerId", "limit", "cursor"];
            let mut fields = Fields::read_optional(env, filter, &known)?;
            let filter = model::ListingFilter {
                shop_id: fields.id("shopId")?,
                status: fields.word("status")?,
                outer_id: fields.text("outerId")?,
                page: request(&mut fields)?,
            };
            Ok(async move { ListingPage::try_from(group.list(filter).await?) })
        })
    }

    /// Gives one listing. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Listing>")]
    pub fn get<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "listings.get", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Listing::try_from(group.get(id).await?) })
        })
    }

    /// Asks the platform now where a published product stands in its review. It is asked from time to time by
    /// itself too. Fails with CONFLICT while its change has not ended, or when it failed.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Listing>")]
    pub fn check<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "listings.check", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Listing::try_from(group.check(id).await?) })
        })
    }
}

/// A product that was published, or is being published.
#[napi(object, object_from_js = false)]
pub struct Listing {
    /// Our id.
    pub id: String,
    /// The shop.
    pub shop_id: String,
    /// The merchant's own id.
    pub outer_id: String,
    /// Counts the drafts of this outer id, from 1.
    pub version: i64,
    /// What is published.
    pub draft: PublishedDraft,
    /// The change that publishes it.
    pub change_id: String,
    /// The platform's id of the product, once it is known.
    pub platform_product_id: Option<String>,
    /// Where it stands.
    #[napi(ts_type = "ListingStatus")]
    pub status: String,
    /// The platform's own status values, unchanged.
    pub platform_status: Option<String>,
    /// Why it was refused, in the platform's words.
    pub reason: Option<String>,
    /// When the platform was last asked.
    pub checked_at: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

/// Listings, and where the next page starts; `nextCursor` is absent at the end.
#[napi(object, object_from_js = false)]
pub struct ListingPage {
    /// The listings.
    pub items: Vec<Listing>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// What a category asks of its products.
#[napi(object, object_from_js = false)]
pub struct CategoryRules {
    /// The platform's id of the category.
    pub category_id: String,
    /// What is asked, in the platform's order.
    pub properties: Vec<PropertyRule>,
    /// The platform's own rules as JSON or XML text, unchanged.
    pub raw: String,
}

/// One property that a category asks for.
#[napi(object, object_from_js = false)]
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
    #[napi(ts_type = "PropertyInput")]
    pub input: String,
    /// What can be chosen; empty where any text is taken.
    pub options: Vec<PropertyOption>,
    /// How many values it takes, where the platform says it.
    pub max_values: Option<u32>,
    /// How many characters a text may have, where the platform says it.
    pub max_length: Option<u32>,
}

/// A value that can be chosen.
#[napi(object, object_from_js = false)]
pub struct PropertyOption {
    /// The platform's id.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

impl TryFrom<model::Listing> for Listing {
    type Error = Error;

    fn try_from(listing: model::Listing) -> Result<Self> {
        Ok(Self {
            id: listing.id.to_string(),
            shop_id: listing.shop_id.to_string(),
            outer_id: listing.outer_id,
            version: safe(listing.version)?,
            draft: PublishedDraft::try_from(listing.draft)?,
            change_id: listing.change_id.to_string(),
            platform_product_id: listing.platform_product_id,
            status: listing.status.to_string(),
            platform_status: listing.platform_status,
            reason: listing.reason,
            checked_at: iso(listing.checked_at),
            created_at: listing.created_at.to_string(),
            updated_at: listing.updated_at.to_string(),
        })
    }
}

impl TryFrom<model::Page<model::Listing>> for ListingPage {
    type Error = Error;

    fn try_from(page: model::Page<model::Listing>) -> Result<Self> {
        let (items, next_cursor) = converted(page)?;
        Ok(Self { items, next_cursor })
    }
}

impl From<model::CategoryRules> for CategoryRules {
    fn from(rules: model::CategoryRules) -> Self {
        Self {
            category_id: rules.category_id,
            properties: rules.properties.into_iter().map(PropertyRule::from).collect(),
            raw: rules.raw,
        }
    }
}

impl From<model::PropertyRule> for PropertyRule {
    fn from(rule: model::PropertyRule) -> Self {
        let option = |option: model::PropertyOption| PropertyOption { id: option.id, name: option.name };
        Self {
            id: rule.id,
            name: rule.name,
            required: rule.required,
            is_sku: rule.is_sku,
            input: rule.input.to_string(),
            options: rule.options.into_iter().map(option).collect(),
            max_values: rule.max_values,
            max_length: rule.max_length,
        }
    }
}
