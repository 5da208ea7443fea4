//! What jobs do.

use std::sync::Arc;
use std::time::Duration;

use super::kept::KeptBackups;
use crate::auth::Grants;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Library;
use crate::model::{Job, JobKind, Run, ShopId, ShopStatus};
use crate::publish::{Onward, Progress, Publisher};
use crate::queue::{Ended, Handle, Work};
use crate::sync::{StartSync, Syncer};

/// How long a job waits for a sync of its shop that is under way already.
const BEHIND_ANOTHER: Duration = Duration::from_secs(30);
/// How long jobs are kept that were done.
const DONE_LIFE: Duration = Duration::from_secs(7 * 86_400);
/// How long jobs are kept that died or were cancelled.
const FAILED_LIFE: Duration = Duration::from_secs(90 * 86_400);

/// Everything that jobs can do.
pub(super) fn work(worker: Worker) -> Work {
    Arc::new(move |job, handle| {
        let worker = worker.clone();
        Box::pin(async move { worker.run(job, handle).await })
    })
}

/// What jobs are done with.
#[derive(Clone)]
pub(super) struct Worker {
    syncer: Syncer,
    grants: Grants,
    publisher: Publisher,
    library: Library,
    backups: KeptBackups,
}

impl Worker {
    pub(super) fn new(
        syncer: &Syncer,
        grants: &Grants,
        publisher: &Publisher,
        library: &Library,
        backups: &KeptBackups,
    ) -> Self {
        Self {
            syncer: syncer.clone(),
            grants: grants.clone(),
            publisher: publisher.clone(),
            library: library.clone(),
            backups: backups.clone(),
        }
    }

    async fn run(&self, job: Job, handle: Handle) -> Result<Ended> {
        match job.kind {
            JobKind::OrdersSync | JobKind::ProductsSync | JobKind::RefundsSync => {
                sync(&self.syncer, &job, handle).await
            }
            JobKind::TokensRefresh => self.refresh(&job).await,
            JobKind::DatabaseBackup => self.back_up(&handle).await,
            JobKind::JobsPrune => self.prune(&handle).await,
            JobKind::PromotionsPublish => onward(self.publisher.work_on(&job, &progress_of(handle)).await),
            JobKind::PromotionsMetrics => onward(self.publisher.count_promotions(&progress_of(handle)).await),
            JobKind::Probe => Ok(Ended::Done),
        }
    }

    /// Whoever asks for a token has it renewed in its time.
    async fn refresh(&self, job: &Job) -> Result<Ended> {
        let shop = self.syncer.contexts.shop(shop_of(job)?).await?;
        if shop.shop.status == ShopStatus::Active {
            self.grants.token(&shop).await?;
        }
        Ok(Ended::Done)
    }

    async fn back_up(&self, handle: &Handle) -> Result<Ended> {
        handle.tell(self.backups.make(&self.syncer.store, handle.cancel.clone()).await?);
        Ok(Ended::Done)
    }

    async fn prune(&self, handle: &Handle) -> Result<Ended> {
        let now = self.syncer.clock.now();
        let removed = self.syncer.store.prune_jobs(now.minus(DONE_LIFE), now.minus(FAILED_LIFE)).await?;
        let contents = self.library.sweep().await?;
        handle.tell(format!("{removed} removed, {contents} lost media files removed"));
        Ok(Ended::Done)
    }
}

async fn sync(syncer: &Syncer, job: &Job, handle: Handle) -> Result<Ended> {
    let kind = job.kind.syncs().ok_or_else(|| Error::internal("only syncs are run as syncs"))?;
    let shop = shop_of(job)?;
    if syncer.store.get_shop(shop).await?.status == ShopStatus::Disabled {
        let message = "the shop is switched off: enable it with shops.enable, then retry the job";
        return Err(Error::new(ErrorKind::Conflict, message).with_shop(shop));
    }
    let cancel = handle.cancel.clone();
    let start = StartSync {
        shop,
        kind,
        full: false,
        since: None,
        until: None,
        actor: job.actor.clone(),
        on_progress: Some(Arc::new(move |run: &Run| handle.tell(progress(run)))),
        cancel,
    };
    match syncer.run(start).await {
        Ok(_) => Ok(Ended::Done),
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(Ended::Snooze(BEHIND_ANOTHER)),
        Err(error) => Err(error),
    }
}

fn progress_of(handle: Handle) -> Progress {
    Progress::new(handle.cancel.clone(), move |text| handle.tell(text))
}

fn onward(done: Result<Onward>) -> Result<Ended> {
    done.map(|onward| match onward {
        Onward::Done => Ended::Done,
        Onward::Later(wait) => Ended::Snooze(wait),
    })
}

fn progress(run: &Run) -> String {
    let numbers = &run.progress;
    format!("run {}: {} listed, {} written", run.id, numbers.listed, numbers.written)
}

fn shop_of(job: &Job) -> Result<ShopId> {
    job.shop_id.ok_or_else(|| Error::internal("a job of this kind is about a shop"))
}
