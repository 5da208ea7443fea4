//! Claims jobs and runs them, each in a task of its own.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::after::after;
use super::{LEASE, LOOK, Queue, Running};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{Job, JobState, Lane};
use crate::store::{ClaimJobs, EndJob, JobRow};

/// How an attempt ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It is done.
    Done,
    /// It has to wait for something, and looks again after this time. No attempt is burnt.
    Snooze(Duration),
}

/// What a job has in hand while it runs.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    /// Somebody took the job back, or the hub is being closed: end soon.
    pub(crate) cancel: CancellationToken,
    news: Arc<Mutex<Option<String>>>,
}

impl Handle {
    fn new(cancel: CancellationToken) -> Self {
        Self { cancel, news: Arc::default() }
    }

    /// Says how far it is. Written with the next heartbeat.
    pub(crate) fn tell(&self, progress: String) {
        *self.news.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }

    /// What was said since the last time.
    pub(super) fn told(&self) -> Option<String> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What a job does. It must be safe to run again, and end soon after it is cancelled.
pub(crate) type Work =
    Arc<dyn Fn(Job, Handle) -> Pin<Box<dyn Future<Output = Result<Ended>> + Send>> + Send + Sync>;

impl Queue {
    pub(super) async fn keep_working(self) {
        let mut tasks = JoinSet::new();
        while !self.closing.is_cancelled() {
            let mut found = false;
            if self.store.is_leader() {
                match self.claim(&mut tasks).await {
                    Ok(more) => found = more,
                    Err(error) => tracing::warn!(code = error.code(), "cannot take jobs"),
                }
            }
            if found {
                // The places are full, or were filled: look again as soon as one is free.
                tokio::select! {
                    () = self.closing.cancelled() => {}
                    () = self.moved.notified() => {}
                    _ = tasks.join_next() => {}
                }
            } else {
                tokio::select! {
                    () = self.closing.cancelled() => {}
                    () = self.moved.notified() => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
            while tasks.try_join_next().is_some() {}
        }
        // Work hears of the end by its token; what it leaves is for who opens the hub next.
        while tasks.join_next().await.is_some() {}
    }

    /// Takes as many jobs as there are places. True when there may be more than were taken.
    async fn claim(&self, tasks: &mut JoinSet<()>) -> Result<bool> {
        let mut more = false;
        let due = self.store.lanes_due(self.clock.now()).await?;
        for (lane, slots) in self.slots.into_iter().filter(|(lane, _)| due.contains(lane)) {
            let used = self.running().values().filter(|running| running.lane == lane).count();
            let free = slots.saturating_sub(used);
            if free == 0 {
                more = true;
                continue;
            }
            let taken = self.take(lane, free).await?;
            more |= taken.len() >= free;
            for row in taken {
                let handle = Handle::new(self.closing.child_token());
                let running = Running { lane, epoch: row.epoch, handle: handle.clone() };
                self.running().insert(row.job.id, running);
                tasks.spawn(self.clone().run(row, handle));
            }
        }
        Ok(more)
    }

    async fn take(&self, lane: Lane, limit: usize) -> Result<Vec<JobRow>> {
        let now = self.clock.now();
        let claim = ClaimJobs {
            process: self.store.process_id(),
            lane,
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            lease_until: now.plus(LEASE),
            now,
        };
        self.store.claim_jobs(claim).await
    }

    async fn run(self, row: JobRow, handle: Handle) {
        let (job, cancel) = (row.job.clone(), handle.cancel.clone());
        let (work, given) = (Arc::clone(&self.work), job.clone());
        // In a task of its own, so that a panic ends the attempt and not the queue.
        let ended = tokio::spawn(async move { work(given, handle).await }).await;
        let result = ended.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Internal, "the job panicked").with_retry(Retry::Backoff))
        });
        self.finish(&row, &result, &cancel).await;
        self.running().remove(&job.id);
        self.moved.notify_one();
    }

    async fn finish(&self, row: &JobRow, result: &Result<Ended>, cancel: &CancellationToken) {
        let closing = self.closing.is_cancelled();
        let stopped = cancel.is_cancelled() && !closing;
        let tries = (row.job.attempt, row.job.max_attempts);
        let now = self.clock.now();
        let end = after(result, tries, random(), (stopped, closing), now);
        let error = result.as_ref().err().map(|error| (error.code().to_owned(), error.message().to_owned()));
        match self.store.end_job(row.job.id, row.epoch, end.clone(), error, now).await {
            Ok(Some(job)) if job.state == JobState::Dead => self.tell_dead(job),
            Ok(None) if end != EndJob::Done => {
                tracing::warn!(job = row.job.id.0, "a job was somebody else's when it ended");
            }
            Ok(_) => {}
            // Its lease ends, and it is run again: it is safe to.
            Err(error) => {
                tracing::warn!(job = row.job.id.0, code = error.code(), "cannot write how a job ended")
            }
        }
    }
}

/// In 0..1; the middle where the operating system gives no random bytes.
fn random() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}
