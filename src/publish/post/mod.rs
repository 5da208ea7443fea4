//! Promotions: from the approved draft to what became of it.
//!
//! A job takes the one next legal step of a promotion, as often as it is run. What must not happen twice, the call that
//! publishes, is a change like any other; the promotion goes where its change goes.

mod draft;
mod earn;
mod follow;
mod hand_over;
mod life;
mod metric;
mod send;
mod upload;

pub(crate) use life::Said;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{LIFE, Publisher};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{
    Delivery, Event, Job, JobKind, NewJob, Promotion, PromotionId, PromotionKind, PromotionStatus, UtcMillis,
    Wanted,
};
use crate::store::{MovePromotion, NewSend, SendRow};

/// How late a promotion may be until somebody is told.
const LATE: Duration = Duration::from_secs(3600);
/// How long uploads may take until somebody is told.
const UPLOAD_LIFE: Duration = Duration::from_secs(6 * 3600);
/// How long a job waits for a promotion whose change is driven by somebody else.
const BESIDE: Duration = Duration::from_secs(10);

/// Whether work is done for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Onward {
    /// It is.
    Done,
    /// It goes on after this time.
    Later(Duration),
}

/// What work has in hand while it is done.
pub(crate) struct Progress {
    /// It shall end soon.
    pub(crate) cancel: CancellationToken,
    /// Says how far it is.
    told: Box<dyn Fn(String) + Send + Sync>,
}

impl Progress {
    pub(crate) fn new(cancel: CancellationToken, told: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self { cancel, told: Box::new(told) }
    }

    /// Of work that somebody waits for, and that nobody stops.
    fn unheard() -> Self {
        Self::new(CancellationToken::new(), drop)
    }

    fn tell(&self, text: String) {
        (self.told)(text);
    }
}

/// The job that publishes a version of a promotion.
fn job_of(promotion: &Promotion, due_at: Option<UtcMillis>) -> NewJob {
    let (id, version) = (promotion.id, promotion.version);
    NewJob {
        target: Some(id.to_string()),
        due_at,
        unique_key: Some(format!("promotion:{id}/{version}")),
        ..NewJob::new(JobKind::PromotionsPublish, Some(promotion.shop_id))
    }
}

impl Publisher {
    /// Takes promotions on as far as they go now. A failure for good ends the promotion with the job.
    ///
    /// # Errors
    /// What the step met.
    pub(crate) async fn work_on(&self, job: &Job, progress: &Progress) -> Result<Onward> {
        let target = job.target.as_deref().unwrap_or_default();
        let id: PromotionId = target.parse().map_err(|_| Error::internal("the job is about a promotion"))?;
        let error = match self.go_on(id, progress).await {
            Ok(onward) => return Ok(onward),
            Err(error) => error,
        };
        let last = job.attempt >= job.max_attempts;
        // Whoever opens the hub next goes on: that it is closed says nothing of the promotion.
        if !self.closing.is_cancelled() && (error.retry() == Retry::Never || last) {
            self.give_up(id, &error).await?;
        }
        Err(error)
    }

    async fn go_on(&self, id: PromotionId, progress: &Progress) -> Result<Onward> {
        loop {
            if progress.cancel.is_cancelled() {
                return Err(Error::new(ErrorKind::Cancelled, "the job was stopped"));
            }
            let promotion = self.store.get_promotion(id).await?.promotion;
            let now = self.clock.now();
            progress.tell(promotion.status.to_string());
            match promotion.status {
                PromotionStatus::Scheduled | PromotionStatus::Queued
                    if promotion.publish_at.is_some_and(|at| at > now) =>
                {
                    let wait = promotion.publish_at.map_or(Duration::ZERO, |at| at.since(now));
                    return Ok(Onward::Later(wait));
                }
                PromotionStatus::Scheduled => {
                    self.step_to(&promotion, PromotionStatus::Queued, LATE).await?;
                }
                PromotionStatus::Queued => self.begin(&promotion).await?,
                PromotionStatus::Uploading => self.upload_and_place(&promotion, progress).await?,
                PromotionStatus::Submitting | PromotionStatus::Unknown => {
                    return self.drive_post(&promotion).await;
                }
                _ => return Ok(Onward::Done),
            }
        }
    }

    /// What follows when its time has come.
    async fn begin(&self, promotion: &Promotion) -> Result<()> {
        match (promotion.draft.kind, promotion.draft.delivery) {
            (PromotionKind::PromotionLink, _) => self.make_promotion_link(promotion).await,
            (_, Delivery::ShareLink) => self.hand_over(promotion).await,
            (_, Delivery::Direct) => self.step_to(promotion, PromotionStatus::Uploading, UPLOAD_LIFE).await,
        }
    }

    /// Its files go first. Only what is there can be published, so the change is made after them.
    async fn upload_and_place(&self, promotion: &Promotion, progress: &Progress) -> Result<()> {
        let shop = self.contexts.shop(promotion.shop_id).await?;
        self.place_files(&shop, promotion, progress).await?;
        let now = self.clock.now();
        let send = NewSend {
            shop: promotion.shop_id,
            wanted: Wanted::Post { promotion: promotion.id.0, version: promotion.version },
            idempotency_key: None,
            actor: promotion
                .approval
                .as_ref()
                .map_or(&promotion.created_by, |approval| &approval.actor)
                .clone(),
            now,
            expires_at: now.plus(LIFE),
        };
        if self.store.place_post(promotion, send).await?.is_some() {
            self.tell_promotion(promotion.id).await?;
        }
        Ok(())
    }

    async fn drive_post(&self, promotion: &Promotion) -> Result<Onward> {
        let change = promotion.change_id.ok_or_else(|| Error::internal("it is submitted by a change"))?;
        let send = self.drive(change).await?;
        // What waits for its time, or is unknown, is driven on by the duty of changes.
        let rests = send.change.state.is_final() || self.closing.is_cancelled() || send.due_at.is_some();
        Ok(if rests { Onward::Done } else { Onward::Later(BESIDE) })
    }

    /// Ends a promotion that cannot be published.
    async fn give_up(&self, id: PromotionId, error: &Error) -> Result<()> {
        let promotion = self.store.get_promotion(id).await?.promotion;
        if !matches!(promotion.status, PromotionStatus::Queued | PromotionStatus::Uploading) {
            return Ok(());
        }
        let reason = Some(format!("{}: {}", error.code(), error.message()));
        let step = MovePromotion {
            reason,
            ..MovePromotion::to(PromotionStatus::Failed, "system", self.clock.now())
        };
        self.take_step(&promotion, step).await.map(drop)
    }

    async fn step_to(&self, promotion: &Promotion, to: PromotionStatus, life: Duration) -> Result<()> {
        let now = self.clock.now();
        let step =
            MovePromotion { deadline_at: Some(now.plus(life)), ..MovePromotion::to(to, "system", now) };
        self.take_step(promotion, step).await.map(drop)
    }

    /// Takes a step and tells of it; `None` when the promotion moved meanwhile.
    ///
    /// # Errors
    /// What the store can fail with.
    async fn take_step(&self, seen: &Promotion, step: MovePromotion) -> Result<Option<Promotion>> {
        let moved = self.store.move_promotion(seen, step).await?;
        if let Some(moved) = moved.as_ref().filter(|moved| moved.status != seen.status) {
            self.events.tell(Event::PromotionState(Box::new(moved.clone())));
        }
        Ok(moved)
    }

    /// The promotion of a change went where its change went.
    pub(in crate::publish) async fn tell_of_post(&self, send: &SendRow) -> Result<()> {
        match send.change.wanted {
            Wanted::Post { promotion, .. } => self.tell_promotion(PromotionId(promotion)).await,
            _ => Ok(()),
        }
    }

    async fn tell_promotion(&self, id: PromotionId) -> Result<()> {
        let promotion = self.store.get_promotion(id).await?.promotion;
        self.events.tell(Event::PromotionState(Box::new(promotion)));
        Ok(())
    }
}
