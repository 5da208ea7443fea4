//! Publishing a product: the draft is checked, its images are uploaded, and then one call is made, once.

use sha2::{Digest, Sha256};

use super::look::style;
use super::{LIFE, Publisher, Wish};
use crate::auth::ShopContext;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{CategoryRules, Change, ChangeId, ListingDraft, Resolution, ShopId, UtcMillis, Wanted};
use crate::pipeline::Failure;
use crate::platform::{
    ApiCall, Capability, LookUp, PictureRules, Publication, Published, check_draft, unsupported,
};
use crate::store::{NewListing, NewSend};

impl Publisher {
    /// What a category asks of its products.
    ///
    /// # Errors
    /// `UNSUPPORTED`, and what calls to the platform can fail with.
    pub(crate) async fn category_rules(&self, shop: ShopId, category: &str) -> Result<CategoryRules> {
        let shop = self.contexts.shop(shop).await?;
        self.rules(&shop, category).await
    }

    /// Publishes a draft as a new product, or as what a product is to become, and waits for the end of its change,
    /// for a while. The same draft again is the same change.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every problem of the draft; `CONFLICT` when the outer id is taken; otherwise as
    /// [`submit`](Self::submit).
    pub(crate) async fn publish(
        &self,
        shop: ShopId,
        mut draft: ListingDraft,
        product: Option<String>,
        actor: &str,
    ) -> Result<Change> {
        let context = self.contexts.shop(shop).await?;
        let pictures = offered(&context, product.is_some())?;
        check_draft(&draft, None, &pictures)?;
        let rules = self.rules(&context, &draft.category_id).await?;
        check_draft(&draft, Some(&rules), &pictures)?;
        self.place_pictures(&context, &mut draft).await?;
        // What cannot be sent at all is refused before it has a row.
        self.planned(&context, &draft, product.as_deref()).await?;
        let new = self.wish(shop, draft, product, actor)?;
        let id = self.place(Wish::Listing(Box::new(new))).await?;
        self.drive_now(id).await
    }

    fn wish(
        &self,
        shop: ShopId,
        draft: ListingDraft,
        product: Option<String>,
        actor: &str,
    ) -> Result<NewListing> {
        let fingerprint = fingerprint(&draft)?;
        let wanted = match product {
            Some(product) => Wanted::Update { product, fingerprint },
            None => Wanted::Publish { outer_id: draft.outer_id.clone(), fingerprint },
        };
        let now = self.clock.now();
        let send = NewSend {
            shop,
            wanted,
            idempotency_key: None,
            actor: actor.to_owned(),
            now,
            expires_at: now.plus(LIFE),
        };
        Ok(NewListing { send, draft })
    }

    /// The one call of a claimed change. What is asked before it changes nothing, so that its failure is known not to
    /// have published anything. Before any second try the product is looked for.
    pub(super) async fn send_listing(
        &self,
        shop: &ShopContext,
        change: &Change,
        until: UtcMillis,
    ) -> Result<Published, Failure> {
        if let Wanted::Publish { outer_id, .. } = &change.wanted
            && change.attempt > 1
            && let Some(found) = self.find_listing(shop, outer_id, change.created_at).await?
        {
            return Ok(found);
        }
        let row = self.store.listing_of(change.id).await?;
        let call = self.planned(shop, &row.listing.draft, row.edits.as_deref()).await?;
        let mut published = self.caller.signing_until(until).try_call(shop, &call, style()).await?;
        // Which product was edited is known, whatever the answer names.
        if let Some(product) = row.edits {
            published.platform_product_id = product;
        }
        Ok(published)
    }

    /// Looks for a product of ours by its outer id.
    pub(super) async fn find_listing(
        &self,
        shop: &ShopContext,
        outer_id: &str,
        since: UtcMillis,
    ) -> Result<Option<Published>> {
        let what = LookUp { outer_id, since, until: self.clock.now() };
        self.run_plan(shop, |facts| shop.app.platform.find_plan(&what, facts)).await
    }

    /// The product that a person says is there.
    pub(super) async fn became(
        &self,
        id: ChangeId,
        resolution: Resolution,
        product: Option<String>,
    ) -> Result<Option<Published>> {
        let change = self.store.get_send(id).await?.change;
        if matches!(change.wanted, Wanted::Post { .. }) {
            return self.became_post(&change, resolution, product).await;
        }
        if matches!(change.wanted, Wanted::Campaign { .. }) && product.is_none() {
            return self.became_campaign(&change, resolution).await;
        }
        let Wanted::Publish { outer_id, .. } = &change.wanted else {
            return match product {
                Some(_) => {
                    Err(Error::invalid("`platformProductId` is for changes that publish a new product"))
                }
                None => Ok(None),
            };
        };
        if resolution != Resolution::Accepted {
            return Ok(None);
        }
        if let Some(platform_product_id) = product {
            return Ok(Some(Published { platform_product_id, review_id: None }));
        }
        let shop = self.contexts.shop(change.shop_id).await?;
        let missing = || {
            let message = format!("the platform shows no product {outer_id}: say its `platformProductId`");
            Error::new(ErrorKind::Conflict, message)
        };
        self.find_listing(&shop, outer_id, change.created_at).await?.ok_or_else(missing).map(Some)
    }

    async fn rules(&self, shop: &ShopContext, category: &str) -> Result<CategoryRules> {
        let shop_type = shop.shop.shop_type.as_deref();
        self.run_plan(shop, |facts| shop.app.platform.category_rules(category, shop_type, facts)).await
    }

    async fn planned(
        &self,
        shop: &ShopContext,
        draft: &ListingDraft,
        product: Option<&str>,
    ) -> Result<ApiCall<Published>> {
        let what = Publication {
            draft,
            product,
            platform_shop_id: &shop.shop.platform_shop_id,
            shop_type: shop.shop.shop_type.as_deref(),
        };
        self.run_plan(shop, |facts| shop.app.platform.publish_plan(&what, facts)).await
    }
}

/// What pictures are taken; an error before one is uploaded for nothing.
fn offered(shop: &ShopContext, edits: bool) -> Result<PictureRules> {
    let capability = if edits { Capability::UpdateProduct } else { Capability::PublishProduct };
    let platform = shop.app.platform;
    let rules = platform.picture_rules().filter(|_| platform.capabilities().contains(&capability));
    rules.ok_or_else(|| unsupported(platform.id(), capability))
}

/// Tells equal drafts, by everything that is sent of them.
fn fingerprint(draft: &ListingDraft) -> Result<String> {
    let text = serde_json::to_string(draft).map_err(|_| Error::internal("a draft has a JSON form"))?;
    Ok(hex::encode(Sha256::digest(text)))
}
