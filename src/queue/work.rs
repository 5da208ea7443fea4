//! Claims jobs and runs them, each in a task of its own.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::after::after;
use super::ahead::Taken;
use super::ends::Ends;
use super::{LEASE, LOOK, Queue, Running};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{Job, Lane};
use crate::store::{ClaimJobs, JobEnd, JobRow};

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
    news: Arc<Mutex<News>>,
}

#[derive(Debug, Default)]
struct News {
    last: Option<String>,
    /// Whether no heartbeat has written it yet.
    is_new: bool,
}

impl Handle {
    fn new(cancel: CancellationToken) -> Self {
        Self { cancel, news: Arc::default() }
    }

    /// Says how far it is. Written with the next heartbeat, and when it ends.
    pub(crate) fn tell(&self, progress: String) {
        *self.news() = News { last: Some(progress), is_new: true };
    }

    /// What was said since the last time.
    pub(super) fn told(&self) -> Option<String> {
        let mut news = self.news();
        std::mem::take(&mut news.is_new).then(|| news.last.clone()).flatten()
    }

    /// What was said last: a heartbeat that has it may come too late to write it.
    fn last(&self) -> Option<String> {
        self.news().last.clone()
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a job does. It must be safe to run again, and end soon after it is cancelled.
pub(crate) type Work =
    Arc<dyn Fn(Job, Handle) -> Pin<Box<dyn Future<Output = Result<Ended>> + Send>> + Send + Sync>;

impl Queue {
    pub(super) async fn keep_working(self) {
        let (ends, written) = unbounded_channel();
        let writing = tokio::spawn(self.clone().keep_writing(written));
        let mut tasks = JoinSet::new();
        while !self.closing.is_cancelled() {
            let mut found = false;
            if self.store.is_leader() {
                match self.claim(&mut tasks, &ends).await {
                    Ok(more) => found = more,
                    Err(error) => tracing::warn!(code = error.code(), "cannot take jobs"),
                }
            }
            tokio::select! {
                () = self.closing.cancelled() => {}
                () = self.moved.notified() => {}
                // The places are full, or were filled: look again as soon as one is free.
                _ = tasks.join_next(), if found && !tasks.is_empty() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
            while tasks.try_join_next().is_some() {}
            self.give_back_leftovers(false).await;
        }
        self.give_back_leftovers(true).await;
        // Work hears of the end by its token; what it leaves is for who opens the hub next.
        while tasks.join_next().await.is_some() {}
        drop(ends);
        let _ = writing.await;
    }

    async fn give_back_leftovers(&self, all: bool) {
        let left = self.ahead().leftovers(all);
        if let Err(error) = self.give_back_all(left).await {
            tracing::warn!(code = error.code(), "cannot give back jobs: they are when their lease ends");
        }
    }

    /// Takes as many jobs as there are places, and those that will have one in a moment. True when there may be more
    /// than were taken.
    async fn claim(&self, tasks: &mut JoinSet<()>, ends: &Ends) -> Result<bool> {
        let mut more = false;
        let due = self.store.lanes_due(self.clock.now()).await?;
        for (lane, slots) in self.slots {
            let used =
                self.running().values().filter(|running| running.lane == lane && running.begun).count();
            let mut free = slots.saturating_sub(used);
            while free > 0
                && let Some(next) = self.next_ahead(lane)
            {
                tasks.spawn(self.clone().fill_place(next, ends.clone()));
                free -= 1;
            }
            let ahead = self.ahead().wanted(lane);
            if !due.contains(&lane) {
                continue;
            }
            if free + ahead == 0 {
                more = true;
                continue;
            }
            let rows = self.take(lane, free, ahead).await?;
            more |= rows.len() >= free;
            let mut taken = rows.into_iter().map(|row| self.in_hand(lane, row)).collect::<Vec<_>>();
            let later = taken.split_off(free.min(taken.len()));
            for next in taken {
                self.begin(&next);
                tasks.spawn(self.clone().fill_place(next, ends.clone()));
            }
            self.ahead().keep(lane, later.into_iter());
        }
        Ok(more)
    }

    fn in_hand(&self, lane: Lane, row: JobRow) -> Taken {
        let handle = Handle::new(self.closing.child_token());
        let running = Running { lane, epoch: row.epoch, handle: handle.clone(), begun: false };
        self.running().insert(row.job.id, running);
        (row, handle)
    }

    fn begin(&self, (row, _): &Taken) {
        if let Some(running) = self.running().get_mut(&row.job.id) {
            running.begun = true;
        }
    }

    /// The next one that was taken ahead. It has a place from now on.
    fn next_ahead(&self, lane: Lane) -> Option<Taken> {
        if self.closing.is_cancelled() {
            return None;
        }
        let (next, few) = self.ahead().next(lane);
        let next = next?;
        self.begin(&next);
        if few {
            self.moved.notify_one();
        }
        Some(next)
    }

    async fn take(&self, lane: Lane, free: usize, ahead: usize) -> Result<Vec<JobRow>> {
        let now = self.clock.now();
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        let claim = ClaimJobs {
            process: self.store.process_id(),
            lane,
            limit: number(free),
            ahead: number(ahead),
            lease_until: now.plus(LEASE),
            now,
        };
        self.store.claim_jobs(claim).await
    }

    /// Runs a job, and then those that were taken ahead, one after the other.
    async fn fill_place(self, first: Taken, ends: Ends) {
        let mut next = Some(first);
        while let Some((row, handle)) = next {
            let lane = row.job.lane;
            let end = self.run(&row, handle).await;
            self.ahead().done(lane);
            // Before this one is let go: who counts places in between would give this one away too.
            next = self.next_ahead(lane);
            self.running().remove(&row.job.id);
            // Nobody listens only when the queue itself has ended: then its lease ends.
            let _ = ends.send(end);
        }
    }

    async fn run(&self, row: &JobRow, handle: Handle) -> JobEnd {
        let (cancel, said) = (handle.cancel.clone(), handle.clone());
        let (work, given) = (Arc::clone(&self.work), row.job.clone());
        let result = if cancel.is_cancelled() {
            Err(Error::new(ErrorKind::Cancelled, "stopped before it began"))
        } else {
            // In a task of its own, so that a panic ends the attempt and not the queue.
            let ended = tokio::spawn(async move { work(given, handle).await }).await;
            ended.unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::Internal, "the job panicked").with_retry(Retry::Backoff))
            })
        };
        let closing = self.closing.is_cancelled();
        let stopped = cancel.is_cancelled() && !closing;
        let tries = (row.job.attempt, row.job.max_attempts);
        let now = self.clock.now();
        let end = after(&result, tries, random(), (stopped, closing), now);
        let error = result.err().map(|error| (error.code().to_owned(), error.message().to_owned()));
        JobEnd { id: row.job.id, epoch: row.epoch, end, error, told: said.last(), now }
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
