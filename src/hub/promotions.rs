//! `hub.promotions`.

use super::Hub;
use super::guard::Action;
use crate::error::{Error, Result};
use crate::model::{
    Decision, Page, Promotion, PromotionDraft, PromotionFilter, PromotionId, PromotionMetrics, PromotionStep,
    Resolution, Right, ShopId, UtcMillis,
};
use crate::publish::{Publisher, Said};

/// Characters of a comment.
const LONGEST_COMMENT: usize = 1000;
/// Characters of a platform's id of a post.
const LONGEST_ID: usize = 200;

/// Content that is published: videos, pictures with a text, previews of broadcasts, videos of stores, and links.
#[derive(Clone, Debug)]
pub struct Promotions(pub(super) Hub);

impl Promotions {
    /// Keeps a draft. Nothing is published before it is submitted and, where the hub wants it, approved.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every problem of the draft; `NOT_FOUND`; `FORBIDDEN` without the right
    /// `promotions.write`.
    pub async fn draft(
        &self,
        shop_id: ShopId,
        draft: PromotionDraft,
        publish_at: Option<UtcMillis>,
    ) -> Result<Promotion> {
        let engine = self.0.engine()?;
        let action =
            Action::new("promotions.draft", Right::PromotionsWrite).on_shop(shop_id).about(draft.kind);
        let actor = self.0.actor.id();
        self.0.act(action, || engine.publisher.draft_promotion(shop_id, draft, publish_at, actor)).await
    }

    /// Puts another draft in the place of one that is not on its way. It is a new version: an approval that was given
    /// is void, and it has to be submitted again.
    ///
    /// # Errors
    /// `CONFLICT` when it is on its way or published; otherwise as [`draft`](Self::draft).
    pub async fn edit(&self, id: PromotionId, draft: PromotionDraft) -> Result<Promotion> {
        let actor = self.0.actor.id();
        self.write("promotions.edit", id, |publisher| publisher.edit_promotion(id, draft, actor)).await
    }

    /// Asks for approval. Where the hub wants none, the promotion is on its way: at its time, or at once.
    ///
    /// # Errors
    /// `UNSUPPORTED` with the reason and `INVALID_REQUEST` for what its platform does not take, its files included;
    /// `CONFLICT` when it is no draft; `FORBIDDEN` without the right `promotions.write`.
    pub async fn submit(&self, id: PromotionId) -> Result<Promotion> {
        let actor = self.0.actor.id();
        self.write("promotions.submit", id, |publisher| publisher.submit_promotion(id, actor)).await
    }

    /// Approves a version, which is on its way then. Which version was looked at may be said, so that one that was
    /// written anew meanwhile is not approved unseen.
    ///
    /// # Errors
    /// `FORBIDDEN` for the plain hub, and without the right `promotions.approve`; `CONFLICT` when it does not ask for
    /// approval, or is another version by now.
    pub async fn approve(
        &self,
        id: PromotionId,
        version: Option<i64>,
        comment: Option<String>,
    ) -> Result<Promotion> {
        self.decide("promotions.approve", id, (Decision::Approved, version, comment)).await
    }

    /// Rejects a version: it is a draft again, and the comment says why.
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub async fn reject(
        &self,
        id: PromotionId,
        version: Option<i64>,
        comment: Option<String>,
    ) -> Result<Promotion> {
        self.decide("promotions.reject", id, (Decision::Rejected, version, comment)).await
    }

    /// Sets when it is published; as soon as it is approved when absent.
    ///
    /// # Errors
    /// `CONFLICT` when it is on its way already; `FORBIDDEN` without the right `promotions.write`.
    pub async fn schedule(&self, id: PromotionId, publish_at: Option<UtcMillis>) -> Result<Promotion> {
        let actor = self.0.actor.id();
        self.write("promotions.schedule", id, |publisher| publisher.schedule_promotion(id, publish_at, actor))
            .await
    }

    /// Takes a promotion back that the platform does not have.
    ///
    /// # Errors
    /// `CONFLICT` when it is being published, or was; `FORBIDDEN` without the right `promotions.write`.
    pub async fn cancel(&self, id: PromotionId) -> Result<Promotion> {
        let actor = self.0.actor.id();
        self.write("promotions.cancel", id, |publisher| publisher.cancel_promotion(id, actor)).await
    }

    /// Tries again what surely was not published. The approval stays.
    ///
    /// # Errors
    /// `CONFLICT` when it did not fail; `FORBIDDEN` without the right `promotions.write`.
    pub async fn retry(&self, id: PromotionId) -> Result<Promotion> {
        let actor = self.0.actor.id();
        self.write("promotions.retry", id, |publisher| publisher.retry_promotion(id, actor)).await
    }

    /// Says what became of a promotion that needs a person, who has looked at the platform. Of one that is there,
    /// `platform_promotion_id` says which it is; without it, it is looked for.
    ///
    /// # Errors
    /// `FORBIDDEN` for the plain hub, and without the right `promotions.approve`; `CONFLICT` when it needs nobody, when
    /// it is said to be there and cannot be found, or when it is to be sent again while what was sent may still arrive
    /// (15 minutes).
    pub async fn resolve(
        &self,
        id: PromotionId,
        resolution: Resolution,
        platform_promotion_id: Option<String>,
    ) -> Result<Promotion> {
        let name = "promotions.resolve";
        self.0.check_person(name)?;
        let post =
            platform_promotion_id.map(checked_id).transpose().map_err(|error| error.with_operation(name))?;
        self.acting(name, Right::PromotionsApprove, id, |publisher| {
            publisher.resolve_promotion(id, resolution, post)
        })
        .await
    }

    /// Promotions, newest first.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a wrong limit or cursor; `FORBIDDEN` without the right `promotions.read`.
    pub async fn list(&self, filter: PromotionFilter) -> Result<Page<Promotion>> {
        let engine = self.0.read("promotions.list", Right::PromotionsRead, filter.shop_id).await?;
        engine.store.list_promotions(filter).await.map_err(|error| error.with_operation("promotions.list"))
    }

    /// One promotion.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `promotions.read` for its shop.
    pub async fn get(&self, id: PromotionId) -> Result<Promotion> {
        self.known("promotions.get", id).await
    }

    /// What happened to a promotion, oldest first.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn steps(&self, id: PromotionId) -> Result<Vec<PromotionStep>> {
        let name = "promotions.steps";
        self.known(name, id).await?;
        self.0.engine()?.store.promotion_steps(id).await.map_err(|error| error.with_operation(name))
    }

    /// Asks the platform now what became of a promotion. It is asked from time to time by itself too.
    ///
    /// # Errors
    /// `CONFLICT` when the platform does not have it; `NOT_FOUND`; `FORBIDDEN` without the right `promotions.read`;
    /// what a call to the platform can fail with.
    pub async fn check(&self, id: PromotionId) -> Result<Promotion> {
        let name = "promotions.check";
        self.known(name, id).await?;
        let followed = self.0.engine()?.publisher.follow_promotion(id).await;
        followed.map_err(|error| error.with_operation(name))
    }

    /// What a promotion did, as it was last read; read now when `refresh` says so.
    ///
    /// # Errors
    /// As [`check`](Self::check); without `refresh` only `NOT_FOUND` and `FORBIDDEN`.
    pub async fn metrics(&self, id: PromotionId, refresh: bool) -> Result<PromotionMetrics> {
        let name = "promotions.metrics";
        self.known(name, id).await?;
        let engine = self.0.engine()?;
        let metrics = match refresh {
            true => engine.publisher.count_promotion(id).await,
            false => engine.store.promotion_metrics(id).await,
        };
        metrics.map_err(|error| error.with_operation(name))
    }

    async fn known(&self, name: &'static str, id: PromotionId) -> Result<Promotion> {
        let row =
            self.0.engine()?.store.get_promotion(id).await.map_err(|error| error.with_operation(name))?;
        self.0.read(name, Right::PromotionsRead, Some(row.promotion.shop_id)).await?;
        Ok(row.promotion)
    }

    async fn decide(
        &self,
        name: &'static str,
        id: PromotionId,
        (decision, version, comment): (Decision, Option<i64>, Option<String>),
    ) -> Result<Promotion> {
        self.0.check_person(name)?;
        if comment.as_ref().is_some_and(|comment| comment.chars().count() > LONGEST_COMMENT) {
            let message = format!("`comment` must be at most {LONGEST_COMMENT} characters");
            return Err(Error::invalid(message).with_operation(name));
        }
        let said = Said { decision, version, comment, actor: self.0.actor.id().to_owned() };
        self.acting(name, Right::PromotionsApprove, id, |publisher| publisher.decide_promotion(id, said))
            .await
    }

    async fn write<'a, F>(
        &'a self,
        name: &'static str,
        id: PromotionId,
        work: impl FnOnce(&'a Publisher) -> F,
    ) -> Result<Promotion>
    where
        F: Future<Output = Result<Promotion>>,
    {
        self.acting(name, Right::PromotionsWrite, id, work).await
    }

    async fn acting<'a, F>(
        &'a self,
        name: &'static str,
        right: Right,
        id: PromotionId,
        work: impl FnOnce(&'a Publisher) -> F,
    ) -> Result<Promotion>
    where
        F: Future<Output = Result<Promotion>>,
    {
        let engine = self.0.engine()?;
        let row = engine.store.get_promotion(id).await.map_err(|error| error.with_operation(name))?;
        let action = Action::new(name, right).on_shop(row.promotion.shop_id).about(id);
        let moved = self.0.act(action, || work(&engine.publisher)).await?;
        engine.queue.nudge();
        Ok(moved)
    }
}

/// The platform's id, as it stands there: of 抖音 with `@`, `+`, `/` and `=`.
fn checked_id(text: String) -> Result<String> {
    let fits = (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        return Ok(text);
    }
    Err(Error::invalid("`platformPromotionId` must be the platform's id, as it stands there"))
}
