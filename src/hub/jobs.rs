//! `hub.jobs`.

use super::Hub;
use super::guard::Action;
use crate::error::{Error, Result};
use crate::model::{Job, JobFilter, JobId, JobKind, NewJob, Page, Right};
use crate::store::MoveJob;

/// The right to have something done in the background is the right to do it.
pub(super) fn right_of(kind: JobKind) -> Right {
    if kind == JobKind::DatabaseBackup { Right::Maintenance } else { Right::Sync }
}

/// Work in the background.
#[derive(Clone, Debug)]
pub struct Jobs(pub(super) Hub);

impl Jobs {
    /// Queues a job. One of a shop that is waiting or running already is that one.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the kind wants a shop and none is named, or the other way round; `NOT_FOUND` for an
    /// unknown shop; `CONFIG_INVALID` for a backup without a directory; `FORBIDDEN` without the right `sync`, for a
    /// backup `maintenance`.
    pub async fn add(&self, mut job: NewJob) -> Result<Job> {
        let name = "jobs.add";
        if job.kind == JobKind::PromotionsPublish {
            let message = "promotions are queued when they are approved: see promotions.submit";
            return Err(Error::invalid(message).with_operation(name));
        }
        if job.kind.is_per_shop() != job.shop_id.is_some() {
            let word = if job.kind.is_per_shop() { "needs a" } else { "is about no" };
            return Err(Error::invalid(format!("{} {word} shop", job.kind)).with_operation(name));
        }
        if job.unique_key.is_none() && job.kind.is_per_shop() {
            let shop = job.shop_id.map_or_else(String::new, |shop| shop.to_string());
            job.unique_key = Some(format!("asked:{}:{shop}", job.kind));
        }
        let engine = self.0.engine()?;
        if job.kind == JobKind::DatabaseBackup {
            engine.backups.require()?;
        }
        let mut action = Action::new(name, right_of(job.kind)).about(job.kind);
        action.shop = job.shop_id;
        let actor = self.0.actor.id();
        self.0
            .act(action, || async move {
                if let Some(shop) = job.shop_id {
                    engine.store.get_shop(shop).await?;
                }
                let queued = engine.queue.add(vec![job], actor).await?;
                let id = queued.first().map(|queued| queued.id());
                engine.store.get_job(id.ok_or_else(|| Error::internal("one job was queued"))?).await
            })
            .await
    }

    /// Jobs, newest first.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a wrong limit or cursor; `FORBIDDEN` without the right `shops.read`.
    pub async fn list(&self, filter: JobFilter) -> Result<Page<Job>> {
        let engine = self.0.read("jobs.list", Right::ShopsRead, filter.shop_id).await?;
        engine.store.list_jobs(filter).await.map_err(|error| error.with_operation("jobs.list"))
    }

    /// One job.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `shops.read` for its shop.
    pub async fn get(&self, id: JobId) -> Result<Job> {
        let job = self.known("jobs.get", id).await?;
        self.0.read("jobs.get", Right::ShopsRead, job.shop_id).await?;
        Ok(job)
    }

    /// Takes a job back. One that runs is asked to stop; what it has done stays.
    ///
    /// # Errors
    /// `CONFLICT` when it has ended; `NOT_FOUND`; `FORBIDDEN` without the right `sync`.
    pub async fn cancel(&self, id: JobId) -> Result<Job> {
        let job = self.moved("jobs.cancel", id, MoveJob::Cancel).await?;
        self.0.engine()?.queue.stop(id);
        Ok(job)
    }

    /// Puts a job aside that waits.
    ///
    /// # Errors
    /// `CONFLICT` when it does not wait; `NOT_FOUND`; `FORBIDDEN` without the right `sync`.
    pub async fn pause(&self, id: JobId) -> Result<Job> {
        self.moved("jobs.pause", id, MoveJob::Pause).await
    }

    /// Lets a job that was put aside wait for its turn again.
    ///
    /// # Errors
    /// `CONFLICT` when it is not paused; `NOT_FOUND`; `FORBIDDEN` without the right `sync`.
    pub async fn resume(&self, id: JobId) -> Result<Job> {
        self.moved("jobs.resume", id, MoveJob::Resume).await
    }

    /// Tries a job again that is dead or was cancelled, with all its attempts; one that waits is due now.
    ///
    /// # Errors
    /// `CONFLICT` when it runs, is done, or another one does the same; `NOT_FOUND`; `FORBIDDEN` without the right
    /// `sync`.
    pub async fn retry(&self, id: JobId) -> Result<Job> {
        self.moved("jobs.retry", id, MoveJob::Retry).await
    }

    async fn known(&self, name: &'static str, id: JobId) -> Result<Job> {
        self.0.engine()?.store.get_job(id).await.map_err(|error| error.with_operation(name))
    }

    async fn moved(&self, name: &'static str, id: JobId, to: MoveJob) -> Result<Job> {
        let job = self.known(name, id).await?;
        let engine = self.0.engine()?;
        let mut action = Action::new(name, Right::Sync).about(id);
        action.shop = job.shop_id;
        self.0.act(action, || engine.queue.move_job(id, to)).await
    }
}
