//! What promotions did, read day by day.

use std::time::Duration;

use super::super::Publisher;
use super::{Onward, Progress};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{PromotionId, PromotionKind, PromotionMetrics, PromotionStatus};
use crate::platform::Capability;

/// For so long figures are read: the platform counts no longer (抖音: 30 days), and the last days come late.
const COUNTED: Duration = Duration::from_secs(32 * 86_400);

impl Publisher {
    /// Reads the figures of everything that was published lately. One that cannot be read holds up no other.
    ///
    /// # Errors
    /// The last one met, when none could be read.
    pub(crate) async fn count_promotions(&self, progress: &Progress) -> Result<Onward> {
        let since = self.clock.now().minus(COUNTED);
        let (mut read, mut failed) = (0_u32, None);
        for id in self.store.promotions_to_count(since).await? {
            if progress.cancel.is_cancelled() {
                return Err(Error::new(ErrorKind::Cancelled, "the job was stopped"));
            }
            match self.count_promotion(id).await {
                Ok(_) => read += 1,
                Err(error) if error.kind() == ErrorKind::Unsupported => {}
                Err(error) => {
                    tracing::warn!(
                        promotion = id.0,
                        code = error.code(),
                        "cannot read the figures of a promotion"
                    );
                    failed = Some(error);
                }
            }
            progress.tell(format!("{read} read"));
        }
        match self.count_links(progress).await {
            Ok(links) => progress.tell(format!("{read} read, {links} links counted")),
            Err(error) => failed = Some(error),
        }
        match failed {
            Some(error) if read == 0 => Err(error),
            _ => Ok(Onward::Done),
        }
    }

    /// Reads the figures of a promotion now.
    ///
    /// # Errors
    /// `CONFLICT` when the platform does not have it; `UNSUPPORTED`; what a call can fail with.
    pub(crate) async fn count_promotion(&self, id: PromotionId) -> Result<PromotionMetrics> {
        let row = self.store.get_promotion(id).await?;
        if row.promotion.draft.kind == PromotionKind::PromotionLink
            && row.promotion.status == PromotionStatus::Published
        {
            return self.count_link(&row).await;
        }
        self.follow_promotion(id).await?;
        let row = self.store.get_promotion(id).await?;
        if row.promotion.platform_promotion_id.is_some() {
            let known = self.known_post(&row).await?;
            let platform = known.shop.app.platform;
            if platform.capabilities().contains(&Capability::PostFigures) {
                let what = known.asked();
                let days = self.run_plan(&known.shop, |facts| platform.post_figures(&what, facts)).await?;
                self.store.keep_figures(id, days, self.clock.now()).await?;
            }
        }
        self.store.promotion_metrics(id).await
    }
}
