//! What people do with promotions, from the draft to the approved one on its way.

use std::time::Duration;

use super::super::Publisher;
use super::draft::{check_draft, shown};
use super::{LATE, job_of};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Approval, Decision, Delivery, Promotion, PromotionDraft, PromotionId, PromotionKind, PromotionStatus,
    Resolution, ShopId, UtcMillis,
};
use crate::platform::{Capability, unsupported};
use crate::store::{MovePromotion, NewPromotion};

/// How long a draft may lie until somebody is told.
const DRAFT_LIFE: Duration = Duration::from_secs(30 * 86_400);
/// How long an approval may take until somebody is told.
const APPROVAL_LIFE: Duration = Duration::from_secs(3 * 86_400);

/// What somebody says to a promotion that asks for approval.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) decision: Decision,
    /// The version that was looked at; the one that is there when absent.
    pub(crate) version: Option<i64>,
    pub(crate) comment: Option<String>,
    pub(crate) actor: String,
}

impl Publisher {
    /// Keeps a draft.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every problem.
    pub(crate) async fn draft_promotion(
        &self,
        shop: ShopId,
        draft: PromotionDraft,
        publish_at: Option<UtcMillis>,
        actor: &str,
    ) -> Result<Promotion> {
        let now = self.clock.now();
        check_draft(&draft, now)?;
        let deadline_at = now.plus(DRAFT_LIFE);
        let new = NewPromotion { shop, draft, publish_at, actor: actor.to_owned(), deadline_at, now };
        self.store.create_promotion(new).await
    }

    /// Puts another draft in the place of one that is not on its way: a new version, which nobody has approved.
    ///
    /// # Errors
    /// `CONFLICT` when it is on its way or published; `INVALID_REQUEST` with every problem.
    pub(crate) async fn edit_promotion(
        &self,
        id: PromotionId,
        draft: PromotionDraft,
        actor: &str,
    ) -> Result<Promotion> {
        use PromotionStatus::{Cancelled, Draft, Expired, Failed, InApproval, Queued, Rejected, Scheduled};
        let now = self.clock.now();
        check_draft(&draft, now)?;
        let from = [Draft, InApproval, Scheduled, Queued, Rejected, Failed, Cancelled, Expired];
        let advice = "it is on its way or published: what is there stays as it is, make a new promotion";
        self.step_from(id, &from, advice, |_| MovePromotion {
            draft: Some(draft.clone()),
            deadline_at: Some(now.plus(DRAFT_LIFE)),
            ..MovePromotion::to(Draft, actor, now)
        })
        .await
    }

    /// Asks for approval; without one where the hub wants none, it is on its way.
    ///
    /// # Errors
    /// `CONFLICT` when it is no draft; `UNSUPPORTED` and `INVALID_REQUEST` for what its platform does not take.
    pub(crate) async fn submit_promotion(&self, id: PromotionId, actor: &str) -> Result<Promotion> {
        let promotion = self.store.get_promotion(id).await?.promotion;
        self.check_promotion(&promotion).await?;
        let now = self.clock.now();
        self.step_from(id, &[PromotionStatus::Draft], "only a draft is submitted", |seen| {
            if !self.needs_approval {
                return under_way(seen, actor, now);
            }
            MovePromotion {
                deadline_at: Some(now.plus(APPROVAL_LIFE)),
                ..MovePromotion::to(PromotionStatus::InApproval, actor, now)
            }
        })
        .await
    }

    /// Approves a promotion, which is on its way then, or makes it a draft again.
    ///
    /// # Errors
    /// `CONFLICT` when it does not ask for approval, or was written anew since it was looked at.
    pub(crate) async fn decide_promotion(&self, id: PromotionId, said: Said) -> Result<Promotion> {
        let seen = self.store.get_promotion(id).await?.promotion;
        if said.version.is_some_and(|version| version != seen.version) {
            let message = format!("promotion {id} is version {} by now: look at it again", seen.version);
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        if seen.status != PromotionStatus::InApproval {
            return Err(stands(&seen, "it does not ask for approval"));
        }
        if said.decision == Decision::Approved {
            self.check_promotion(&seen).await?;
        }
        let now = self.clock.now();
        let approval = Approval {
            decision: said.decision,
            actor: said.actor.clone(),
            comment: said.comment.clone(),
            at: now,
        };
        let step = match said.decision {
            Decision::Approved => under_way(&seen, &said.actor, now),
            Decision::Rejected => MovePromotion {
                deadline_at: Some(now.plus(DRAFT_LIFE)),
                ..MovePromotion::to(PromotionStatus::Draft, &said.actor, now)
            },
        };
        let step = MovePromotion { approval: Some(approval), reason: said.comment, ..step };
        // Only the version that was checked: an edit meanwhile wins.
        self.take_step(&seen, step)
            .await?
            .ok_or_else(|| stands(&seen, "it moved meanwhile: look at it again"))
    }

    /// Sets another time, or none: as soon as it is approved.
    ///
    /// # Errors
    /// `CONFLICT` when it is on its way, published or over.
    pub(crate) async fn schedule_promotion(
        &self,
        id: PromotionId,
        at: Option<UtcMillis>,
        actor: &str,
    ) -> Result<Promotion> {
        use PromotionStatus::{Draft, InApproval, Queued, Scheduled};
        let now = self.clock.now();
        let from = [Draft, InApproval, Scheduled, Queued];
        self.step_from(id, &from, "its time can be set until it is on its way", |seen| {
            let step = match seen.status {
                Scheduled | Queued => under_way(&Promotion { publish_at: at, ..seen.clone() }, actor, now),
                _ => MovePromotion {
                    deadline_at: seen.deadline_at,
                    ..MovePromotion::to(seen.status, actor, now)
                },
            };
            MovePromotion { publish_at: Some(at), ..step }
        })
        .await
    }

    /// Takes a promotion back that the platform does not have.
    ///
    /// # Errors
    /// `CONFLICT` when it is being published, or was.
    pub(crate) async fn cancel_promotion(&self, id: PromotionId, actor: &str) -> Result<Promotion> {
        use PromotionStatus::{
            Cancelled, Draft, InApproval, Queued, Scheduled, Submitting, Uploading, WaitingForUser,
        };
        let seen = self.store.get_promotion(id).await?.promotion;
        if let (Submitting, Some(change)) = (seen.status, seen.change_id) {
            self.cancel(change).await?;
            return Ok(self.store.get_promotion(id).await?.promotion);
        }
        let now = self.clock.now();
        let from = [Draft, InApproval, Scheduled, Queued, Uploading, WaitingForUser];
        let advice = "what is being published cannot be taken back";
        self.step_from(id, &from, advice, |_| MovePromotion::to(Cancelled, actor, now)).await
    }

    /// Tries a version again that surely was not published. Its files are handed over anew.
    ///
    /// # Errors
    /// `CONFLICT` when it did not fail.
    pub(crate) async fn retry_promotion(&self, id: PromotionId, actor: &str) -> Result<Promotion> {
        let from = [PromotionStatus::Failed, PromotionStatus::Expired];
        let advice = "only what failed or expired is tried again; write another draft otherwise";
        let seen = self.store.get_promotion(id).await?.promotion;
        if !from.contains(&seen.status) {
            return Err(stands(&seen, advice));
        }
        self.check_promotion(&seen).await?;
        self.forget_files(&seen).await?;
        let now = self.clock.now();
        self.step_from(id, &from, advice, |seen| MovePromotion {
            deadline_at: Some(now.plus(LATE)),
            job: Some(job_of(seen, None)),
            ..MovePromotion::to(PromotionStatus::Queued, actor, now)
        })
        .await
    }

    /// Does what a person decided about a promotion of which nobody knows whether it is there.
    ///
    /// # Errors
    /// `CONFLICT` when it needs nobody, or when it is said to be there and cannot be found.
    pub(crate) async fn resolve_promotion(
        &self,
        id: PromotionId,
        resolution: Resolution,
        post: Option<String>,
    ) -> Result<Promotion> {
        let seen = self.store.get_promotion(id).await?.promotion;
        let change = seen.change_id.filter(|_| seen.status == PromotionStatus::NeedsHuman);
        let change = change.ok_or_else(|| stands(&seen, "it needs nobody"))?;
        self.resolve(change, resolution, post).await?;
        Ok(self.store.get_promotion(id).await?.promotion)
    }

    /// Refuses what its platform surely refuses, before anybody waits for it.
    async fn check_promotion(&self, promotion: &Promotion) -> Result<()> {
        let draft = &promotion.draft;
        check_draft(draft, self.clock.now())?;
        let shop = self.contexts.shop(promotion.shop_id).await?;
        let platform = shop.app.platform;
        if draft.delivery == Delivery::ShareLink && !platform.capabilities().contains(&Capability::ShareLink)
        {
            return Err(unsupported(platform.id(), Capability::ShareLink));
        }
        if draft.kind == PromotionKind::PromotionLink {
            return Ok(());
        }
        let kind = self.post_kind(promotion).await?;
        platform.check_post(kind, &shown(draft))?;
        self.check_files(&shop, draft, kind).await
    }

    /// Takes a step from one of some states, again when it moved meanwhile.
    async fn step_from(
        &self,
        id: PromotionId,
        from: &[PromotionStatus],
        advice: &str,
        step: impl Fn(&Promotion) -> MovePromotion,
    ) -> Result<Promotion> {
        loop {
            let seen = self.store.get_promotion(id).await?.promotion;
            if !from.contains(&seen.status) {
                return Err(stands(&seen, advice));
            }
            if let Some(moved) = self.take_step(&seen, step(&seen)).await? {
                return Ok(moved);
            }
        }
    }
}

/// An approved promotion: at its time, or at once.
fn under_way(seen: &Promotion, actor: &str, now: UtcMillis) -> MovePromotion {
    let later = seen.publish_at.filter(|at| *at > now);
    let to = if later.is_some() { PromotionStatus::Scheduled } else { PromotionStatus::Queued };
    MovePromotion {
        deadline_at: Some(later.unwrap_or(now).plus(LATE)),
        job: Some(job_of(seen, later)),
        ..MovePromotion::to(to, actor, now)
    }
}

fn stands(promotion: &Promotion, advice: &str) -> Error {
    let (id, status) = (promotion.id, promotion.status);
    Error::new(ErrorKind::Conflict, format!("promotion {id} is {status}: {advice}"))
}
