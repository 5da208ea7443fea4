//! Follows what was published to the end of its review.

use std::time::Duration;

use super::{Fresh, Publisher};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Event, Listing, ListingId, ListingStatus, UtcMillis};
use crate::platform::UnderReview;
use crate::store::{ListingRow, SeenListing};

/// The first pause between two looks; each further one half as long again.
const FIRST: Duration = Duration::from_secs(10);
/// No pause is longer: reviews take from minutes to days.
const LONGEST: Duration = Duration::from_secs(1800);
/// After so many looks, which take about a week, nobody hurries any more: some platforms have no word for the end.
const PATIENT: i64 = 350;
const PATIENT_PAUSE: Duration = Duration::from_secs(12 * 3600);

impl Publisher {
    /// Asks about every listing that is due.
    pub(super) async fn follow_due_listings(&self, now: UtcMillis, batch: u32) -> Result<()> {
        for id in self.store.due_listings(now, batch).await? {
            if self.closing.is_cancelled() {
                return Ok(());
            }
            if let Err(error) = self.follow(id).await {
                tracing::warn!(listing = id.0, code = error.code(), "cannot ask about a listing");
                let row = self.store.get_listing(id).await?;
                self.store.put_off_listing(id, self.clock.now().plus(pause(row.polls))).await?;
            }
        }
        Ok(())
    }

    /// Asks the platform now what became of a listing.
    ///
    /// # Errors
    /// `NOT_FOUND`; `CONFLICT` while its change has not ended, or when it failed; what a call can fail with.
    pub(crate) async fn follow(&self, id: ListingId) -> Result<Listing> {
        let row = self.store.get_listing(id).await?;
        let product = match (row.listing.status, &row.listing.platform_product_id) {
            (ListingStatus::Submitting | ListingStatus::Failed, _) | (_, None) => {
                return Err(not_there(&row));
            }
            (_, Some(product)) => product.clone(),
        };
        let shop = self.contexts.shop(row.listing.shop_id).await?;
        let what = UnderReview { product: &product, review_id: row.review_id.as_deref() };
        let seen = self.run_plan(&shop, |facts| shop.app.platform.review_plan(&what, facts)).await?;
        let now = self.clock.now();
        let due_at = (!seen.status.is_final()).then(|| now.plus(pause(row.polls)));
        let seen = SeenListing {
            status: seen.status,
            platform_status: seen.platform_status,
            reason: seen.reason,
            due_at,
            now,
        };
        let after = self.store.see_listing(id, seen).await?.listing;
        if after.status != row.listing.status {
            self.events.tell(Event::ListingStatus(Box::new(after.clone())));
            self.refresh_product(&after, &product).await;
        }
        Ok(after)
    }

    /// So that our row of the product, where it was synced before, shows where it stands now.
    async fn refresh_product(&self, listing: &Listing, product: &str) {
        let read = async {
            let shop = self.contexts.shop(listing.shop_id).await?;
            let detail = self.read(&shop, &shop.app.platform.get_product(product)?).await?;
            (self.refresh)(listing.shop_id, Fresh::Product(Box::new(detail.record))).await
        };
        if let Err(error) = read.await {
            tracing::warn!(listing = listing.id.0, code = error.code(), "published, but not read back");
        }
    }
}

fn not_there(row: &ListingRow) -> Error {
    let (id, change, status) = (row.listing.id, row.listing.change_id, row.listing.status);
    Error::new(ErrorKind::Conflict, format!("listing {id} is {status}: see change {change}"))
}

fn pause(polls: i64) -> Duration {
    if polls >= PATIENT {
        return PATIENT_PAUSE;
    }
    hurried(polls)
}

/// While somebody waits for the end of a review.
pub(super) fn hurried(polls: i64) -> Duration {
    let times = i32::try_from(polls.clamp(0, 20)).unwrap_or(0);
    FIRST.mul_f64(1.5_f64.powi(times)).min(LONGEST)
}
