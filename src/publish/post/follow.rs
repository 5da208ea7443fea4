//! Looks after promotions: asks what became of them, tells what has lasted too long and whose broadcast comes.

use std::time::Duration;

use super::super::Publisher;
use super::super::follow::hurried;
use super::draft::shown;
use crate::auth::ShopContext;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Event, Promotion, PromotionId, PromotionStatus, UtcMillis};
use crate::platform::{PlacedFile, Post, PostKind, PostLookUp, PostRef, PostSeen, Posted};
use crate::store::{Clocks, MovePromotion, PromotionRow, SeenPost};

/// How often is looked whether what is published is still there.
const WATCH: Duration = Duration::from_secs(12 * 3600);
/// For so long.
const WATCHED: Duration = Duration::from_secs(30 * 86_400);

/// A post that the platform has, or may have, at a moment.
pub(super) struct KnownPost {
    pub(super) shop: ShopContext,
    kind: PostKind,
    id: String,
    published_at: UtcMillis,
    now: UtcMillis,
}

impl KnownPost {
    pub(super) fn asked(&self) -> PostRef<'_> {
        PostRef {
            account: &self.shop.shop.platform_shop_id,
            kind: self.kind,
            platform_post_id: &self.id,
            published_at: self.published_at,
            now: self.now,
        }
    }
}

impl Publisher {
    /// Does what is due for promotions.
    pub(in crate::publish) async fn follow_due_promotions(&self, now: UtcMillis, batch: u32) -> Result<()> {
        for id in self.store.due_promotions(now, batch).await? {
            if self.closing.is_cancelled() {
                return Ok(());
            }
            if let Err(error) = self.follow_promotion(id).await {
                tracing::warn!(promotion = id.0, code = error.code(), "cannot ask about a promotion");
                let row = self.store.get_promotion(id).await?;
                self.store.put_off_promotion(id, self.clock.now().plus(hurried(row.polls))).await?;
            }
        }
        let Clocks { overdue, live } = self.store.promotion_clocks(now).await?;
        if overdue {
            for promotion in self.store.take_overdue(now, batch).await? {
                self.overdue(promotion).await?;
            }
        }
        if live {
            for (promotion, state) in self.store.take_live(now, batch).await? {
                self.events.tell(Event::PromotionLive { promotion: Box::new(promotion), state });
            }
        }
        Ok(())
    }

    /// Asks the platform now what became of a promotion.
    ///
    /// # Errors
    /// `NOT_FOUND`; `CONFLICT` when the platform does not have it; what a call can fail with.
    pub(crate) async fn follow_promotion(&self, id: PromotionId) -> Result<Promotion> {
        let row = self.store.get_promotion(id).await?;
        if row.promotion.status == PromotionStatus::WaitingForUser {
            return self.look_for_shared(&row).await;
        }
        let known = self.known_post(&row).await?;
        let seen = self.ask_state(&known).await?;
        self.saw(&row, seen, known.now).await
    }

    /// What the platform has of a promotion, with all that a question about it wants.
    ///
    /// # Errors
    /// `CONFLICT` when the platform does not have it.
    pub(super) async fn known_post(&self, row: &PromotionRow) -> Result<KnownPost> {
        let promotion = &row.promotion;
        match (&promotion.platform_promotion_id, row.published_at) {
            (Some(post), Some(published_at)) => self.post_at(promotion, post.clone(), published_at).await,
            _ => {
                let (id, status) = (promotion.id, promotion.status);
                let message = format!("promotion {id} is {status}: the platform does not have it");
                Err(Error::new(ErrorKind::Conflict, message))
            }
        }
    }

    async fn post_at(&self, promotion: &Promotion, id: String, published_at: UtcMillis) -> Result<KnownPost> {
        let shop = self.contexts.shop(promotion.shop_id).await?;
        let kind = self.post_kind(promotion).await?;
        Ok(KnownPost { shop, kind, id, published_at, now: self.clock.now() })
    }

    async fn ask_state(&self, post: &KnownPost) -> Result<PostSeen> {
        let what = post.asked();
        self.run_plan(&post.shop, |facts| post.shop.app.platform.post_state(&what, facts)).await
    }

    async fn saw(&self, row: &PromotionRow, seen: PostSeen, now: UtcMillis) -> Result<Promotion> {
        let age = row.published_at.map_or(Duration::ZERO, |at| now.since(at));
        let due_at = match seen.status {
            _ if age >= WATCHED => None,
            PromotionStatus::UnderReview => Some(now.plus(hurried(row.polls))),
            _ => Some(now.plus(WATCH)),
        };
        let seen = SeenPost {
            status: becomes(row.promotion.status, seen.status),
            platform_status: seen.platform_status,
            reason: seen.reason,
            link: seen.link,
            total: seen.total,
            due_at,
            now,
        };
        let after = self.store.see_post(row.promotion.id, seen).await?.promotion;
        if after.status != row.promotion.status {
            self.events.tell(Event::PromotionState(Box::new(after.clone())));
        }
        Ok(after)
    }

    /// Whether a person has posted what a share link was made for: a notice says so, or the account's own list does.
    async fn look_for_shared(&self, row: &PromotionRow) -> Result<Promotion> {
        let promotion = &row.promotion;
        let found = self.find_post(promotion, &[], promotion.updated_at).await?;
        let now = self.clock.now();
        let Some(post) = found.first().filter(|_| found.len() == 1) else {
            self.store.put_off_promotion(promotion.id, now.plus(hurried(row.polls))).await?;
            return Ok(promotion.clone());
        };
        self.found_post(promotion.id, post.platform_post_id.clone()).await
    }

    /// A notice says that somebody posted what a share link was made for. It is a hint: the post has to be there.
    ///
    /// # Errors
    /// What the look can fail with.
    pub(crate) async fn heard_of_post(&self, share_id: String, post: String) -> Result<()> {
        let Some(row) = self.store.promotion_by_share(share_id).await? else { return Ok(()) };
        if row.promotion.status != PromotionStatus::WaitingForUser {
            return Ok(());
        }
        let publisher = self.clone();
        // Whoever pushes wants an answer soon. What is lost here is found in the account's list.
        self.tasks.spawn(async move {
            if let Err(error) = publisher.take_shared(&row, post).await {
                tracing::warn!(
                    promotion = row.promotion.id.0,
                    code = error.code(),
                    "cannot look for a shared post"
                );
            }
        });
        Ok(())
    }

    async fn take_shared(&self, row: &PromotionRow, post: String) -> Result<()> {
        let shown = self.post_at(&row.promotion, post, row.promotion.updated_at).await?;
        if self.ask_state(&shown).await?.status != PromotionStatus::TakenDown {
            self.found_post(row.promotion.id, shown.id).await?;
        }
        Ok(())
    }

    /// A person has posted it.
    ///
    /// # Errors
    /// What the store can fail with.
    pub(crate) async fn found_post(&self, id: PromotionId, post: String) -> Result<Promotion> {
        let after = self.store.found_post(id, post, self.clock.now()).await?.promotion;
        self.events.tell(Event::PromotionState(Box::new(after.clone())));
        Ok(after)
    }

    /// Every post of the account that can be this promotion.
    pub(in crate::publish) async fn find_post(
        &self,
        promotion: &Promotion,
        files: &[PlacedFile],
        since: UtcMillis,
    ) -> Result<Vec<Posted>> {
        let shop = self.contexts.shop(promotion.shop_id).await?;
        let draft = shown(&promotion.draft);
        let kind = self.post_kind(promotion).await?;
        let account = &shop.shop.platform_shop_id;
        let post = Post { account, kind, draft: &draft, files, cover: None };
        let what = PostLookUp { post, since };
        self.run_plan(&shop, |facts| shop.app.platform.find_post(&what, facts)).await
    }

    pub(super) async fn post_kind(&self, promotion: &Promotion) -> Result<PostKind> {
        let is_video = self.is_video(&promotion.draft).await?;
        PostKind::of(&promotion.draft, is_video).ok_or_else(|| {
            Error::new(ErrorKind::Conflict, "a link is no post: the platform says nothing of it")
        })
    }

    /// A state has lasted too long. A share link works no more then; everything else is only told.
    async fn overdue(&self, promotion: Promotion) -> Result<()> {
        if promotion.status == PromotionStatus::WaitingForUser {
            let step = MovePromotion {
                reason: Some("nobody posted it while its link worked".to_owned()),
                ..MovePromotion::to(PromotionStatus::Expired, "system", self.clock.now())
            };
            self.take_step(&promotion, step).await?;
            return Ok(());
        }
        self.events.tell(Event::PromotionOverdue(Box::new(promotion)));
        Ok(())
    }
}

/// What a promotion becomes by what the platform shows: one that was refused and is deleted then stays refused, and one
/// that everybody has seen is not new again because somebody looks at it once more.
const fn becomes(from: PromotionStatus, shown: PromotionStatus) -> PromotionStatus {
    use PromotionStatus::{Published, Rejected, TakenDown, UnderReview};
    match (from, shown) {
        (UnderReview, _) | (Published, Rejected | TakenDown) | (Rejected | TakenDown, Published) => shown,
        _ => from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_platform_shows_is_a_step_of_the_drawing_or_none() {
        use PromotionStatus::{Published, Rejected, TakenDown, UnderReview};
        let drawing = include_str!("../../../docs/promotion-states.md");
        let shown = [UnderReview, Published, Rejected, TakenDown];
        for from in shown {
            for to in shown.map(|shown| becomes(from, shown)) {
                assert!(from == to || drawing.contains(&format!("`{from}>{to}`")), "{from}>{to}");
            }
        }
        assert_eq!(becomes(Rejected, TakenDown), Rejected);
        assert_eq!(becomes(Published, TakenDown), TakenDown);
        assert_eq!(becomes(TakenDown, Published), Published);
    }
}
