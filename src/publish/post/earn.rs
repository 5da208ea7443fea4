//! What promotion links earn. Platforms count orders by the promoter's place, not by the link: two links of one place
//! have the same orders.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::Publisher;
use super::super::look::style;
use super::Progress;
use super::hand_over::LinkAttributes;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AppId, PromotionId, PromotionMetrics, UtcMillis};
use crate::pipeline::{AppContext, Place, read_link_orders};
use crate::platform::WindowRules;
use crate::store::{EarningLink, PromotionRow};

/// For so long orders are read after a link was made: commissions are settled up to two months later.
const COUNTED: Duration = Duration::from_secs(89 * 86_400);
/// How far back it is read again: what changed may be shown a little later.
const AGAIN: Duration = Duration::from_secs(3_600);

impl Publisher {
    /// Reads what the links of the last months brought, app by app. One that cannot be read holds up no other.
    ///
    /// # Errors
    /// The last one met, when none could be read.
    pub(super) async fn count_links(&self, progress: &Progress) -> Result<usize> {
        let (mut counted, mut failed) = (0, None);
        for (app, links) in self.earning_links().await? {
            let count = links.len();
            match self.count_links_of(app, links, progress).await {
                Ok(()) => counted += count,
                Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
                Err(error) => {
                    tracing::warn!(app = app.0, code = error.code(), "cannot read what links brought");
                    failed = Some(error);
                }
            }
        }
        failed.filter(|_| counted == 0).map_or(Ok(counted), Err)
    }

    /// Reads now what a link brought, and with it what all links of its app did.
    ///
    /// # Errors
    /// `CONFLICT` when it was made long ago, or for no place; what a call can fail with.
    pub(super) async fn count_link(&self, row: &PromotionRow) -> Result<PromotionMetrics> {
        let id = row.promotion.id;
        let all = self.earning_links().await?;
        let ours = all.into_iter().find(|(_, links)| links.iter().any(|link| link.promotion == id));
        let Some((app, links)) = ours else {
            let message = format!(
                "promotion {id} has no figures to read: orders are counted for a placement, and for 89 days after \
                 the link was made"
            );
            return Err(Error::new(ErrorKind::Conflict, message));
        };
        self.count_links_of(app, links, &Progress::unheard()).await?;
        self.store.promotion_metrics(id).await
    }

    /// By app: its orders are read once for all its links.
    async fn earning_links(&self) -> Result<BTreeMap<AppId, Vec<EarningLink>>> {
        let mut all = BTreeMap::<_, Vec<_>>::new();
        for id in self.store.links_to_count(self.clock.now().minus(COUNTED)).await? {
            match self.earning_link(id).await {
                Ok(Some(link)) => all.entry(link.app).or_default().push(link),
                Ok(None) => {}
                // Such as one whose app was removed since.
                Err(error) => {
                    tracing::warn!(promotion = id.0, code = error.code(), "cannot tell whose link it is");
                }
            }
        }
        Ok(all)
    }

    async fn earning_link(&self, id: PromotionId) -> Result<Option<EarningLink>> {
        let row = self.store.get_promotion(id).await?;
        let attributes = LinkAttributes::of(&row.promotion)?;
        let (Some(given), Some(made_at)) = (&attributes.placement, row.published_at) else { return Ok(None) };
        let app = self.app_of_link(&row.promotion, &attributes).await?;
        let placement = app.platform.placement(given).to_owned();
        Ok(Some(EarningLink { promotion: id, app: app.id, placement, made_at }))
    }

    async fn count_links_of(&self, app: AppId, links: Vec<EarningLink>, progress: &Progress) -> Result<()> {
        let app = self.contexts.app(app).await?;
        let Some(rules) = app.platform.link_order_rules() else { return Ok(()) };
        self.read_orders_of(&app, &rules, &links, progress).await?;
        for link in links {
            self.store.count_link(link, self.clock.now()).await?;
        }
        Ok(())
    }

    async fn read_orders_of(
        &self,
        app: &AppContext,
        rules: &WindowRules,
        links: &[EarningLink],
        progress: &Progress,
    ) -> Result<()> {
        let now = self.caller.platform_now(app.id);
        let places: BTreeSet<_> = links.iter().map(|link| link.placement.as_str()).collect();
        let Some(first) = links.iter().map(|link| link.made_at).min() else { return Ok(()) };
        let from = begin(first, self.store.links_read_to(app.id).await?, rules, now);
        if from >= now {
            return Ok(());
        }
        let mut window = Some(Place::first_window(from, now, rules.page_size, rules));
        while let Some(place) = window {
            let mut next = Some(place.clone());
            while let Some(at) = next {
                if progress.cancel.is_cancelled() || self.closing.is_cancelled() {
                    return Err(Error::new(ErrorKind::Cancelled, "the job was stopped"));
                }
                let (page, after) = read_link_orders(&self.caller, app, style(), at, rules).await?;
                let orders = page.records.into_iter().filter_map(Result::ok);
                let ours = |placement: &Option<String>| {
                    placement.as_deref().is_some_and(|placement| places.contains(placement))
                };
                let orders: Vec<_> = orders.filter(|order| ours(&order.placement)).collect();
                self.store.keep_link_orders(app.id, orders, now).await?;
                next = after;
            }
            self.store.note_links_read(app.id, place.window_end(rules)).await?;
            window = place.next_window(rules);
        }
        Ok(())
    }
}

/// From the first link on, and not what was read before, as far as the platform shows it.
fn begin(first: UtcMillis, read_to: Option<UtcMillis>, rules: &WindowRules, now: UtcMillis) -> UtcMillis {
    let new = read_to.map_or(first, |read_to| read_to.minus(AGAIN).max(first));
    rules.history.map_or(new, |history| new.max(now.minus(history)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::PageOrder;

    #[test]
    fn orders_are_read_from_the_first_link_on_and_not_all_of_them_again() {
        let rules = WindowRules::exact(PageOrder::Ascending, 10, Duration::from_secs(60));
        let shown = WindowRules { history: Some(Duration::from_secs(10_000)), ..rules };
        let at = UtcMillis::from_secs;
        let now = at(100_000);
        assert_eq!(begin(at(50_000), None, &rules, now), at(50_000));
        assert_eq!(begin(at(50_000), Some(at(90_000)), &rules, now), at(86_400));
        assert_eq!(begin(at(89_000), Some(at(90_000)), &rules, now), at(89_000), "nothing is ours before");
        assert_eq!(begin(at(95_000), Some(at(20_000)), &rules, now), at(95_000));
        assert_eq!(begin(at(50_000), None, &shown, now), at(90_000));
    }
}
