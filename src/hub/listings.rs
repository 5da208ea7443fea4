//! `hub.listings`.

use super::Hub;
use crate::error::Result;
use crate::model::{Listing, ListingFilter, ListingId, Page, Right};

/// What was published, from the draft to the end of the platform's review.
#[derive(Clone, Debug)]
pub struct Listings(pub(super) Hub);

impl Listings {
    /// Listings, newest first.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a wrong limit or cursor; `FORBIDDEN` without the right `products.read`.
    pub async fn list(&self, filter: ListingFilter) -> Result<Page<Listing>> {
        let engine = self.0.read("listings.list", Right::ProductsRead, filter.shop_id).await?;
        engine.store.list_listings(filter).await.map_err(|error| error.with_operation("listings.list"))
    }

    /// One listing.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `products.read` for its shop.
    pub async fn get(&self, id: ListingId) -> Result<Listing> {
        self.known("listings.get", id).await
    }

    /// Asks the platform now where a published product stands in its review.
    ///
    /// # Errors
    /// `NOT_FOUND`; `CONFLICT` while its change has not ended, or when it failed; `FORBIDDEN` without the right
    /// `products.read` for its shop; what a call to the platform can fail with.
    pub async fn check(&self, id: ListingId) -> Result<Listing> {
        let name = "listings.check";
        self.known(name, id).await?;
        let followed = self.0.engine()?.publisher.follow(id).await;
        followed.map_err(|error| error.with_operation(name))
    }

    async fn known(&self, name: &'static str, id: ListingId) -> Result<Listing> {
        let row = self.0.engine()?.store.get_listing(id).await;
        let listing = row.map_err(|error| error.with_operation(name))?.listing;
        self.0.read(name, Right::ProductsRead, Some(listing.shop_id)).await?;
        Ok(listing)
    }
}
