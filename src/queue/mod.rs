//! Work in the background: durable jobs and the schedules that queue them. What a kind of job does is told from above.
//!
//! A job may be run again at any time: what must not happen twice is never a job's own doing, it is a change of
//! `publish`, which a job only drives on. Only the process that leads works on jobs.

mod after;
mod ahead;
mod ends;
mod schedule;
#[cfg(test)]
mod tests;
mod tick;
mod work;

pub(crate) use schedule::check_cron;
pub(crate) use work::{Ended, Handle, Work};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use ahead::{Ahead, Taken};

use crate::clock::Clock;
use crate::error::Result;
use crate::event::Events;
use crate::model::{Event, Job, JobId, Lane, NewJob};
use crate::store::{MoveJob, QueuedJob, Store};

/// How long a job lives without a heartbeat.
const LEASE: Duration = Duration::from_secs(30);
/// How often the heartbeat is written, and dead processes are looked for.
const BEAT: Duration = Duration::from_secs(5);
/// How often jobs are looked for that another process queued, or whose time has come.
const LOOK: Duration = Duration::from_millis(500);
/// Jobs that run at a time in each lane. What somebody waits for has places of its own.
const SLOTS: [(Lane, usize); 3] = [(Lane::Interactive, 8), (Lane::Normal, 12), (Lane::Bulk, 4)];

/// Runs jobs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Queue {
    store: Store,
    clock: Clock,
    events: Events,
    tasks: TaskTracker,
    closing: CancellationToken,
    work: Work,
    slots: [(Lane, usize); 3],
    /// Told when a job of this process was queued or ended.
    moved: Arc<Notify>,
    /// What runs here, or will at once, to be stopped one by one.
    running: Arc<Mutex<HashMap<JobId, Running>>>,
    ahead: Arc<Mutex<Ahead>>,
}

/// A job that runs here.
struct Running {
    lane: Lane,
    epoch: i64,
    handle: Handle,
    /// Whether it has a place.
    begun: bool,
}

impl Queue {
    pub(crate) fn new(
        store: Store,
        clock: Clock,
        events: Events,
        tasks: TaskTracker,
        closing: CancellationToken,
        work: Work,
    ) -> Self {
        let (moved, running, ahead) = (Arc::default(), Arc::default(), Arc::default());
        Self { store, clock, events, tasks, closing, work, slots: SLOTS, moved, running, ahead }
    }

    /// Queues jobs, all or none. One whose unique key is not finished is that one.
    pub(crate) async fn add(&self, jobs: Vec<NewJob>, actor: &str) -> Result<Vec<QueuedJob>> {
        let queued = self.store.enqueue_jobs(jobs, actor.to_owned(), self.clock.now()).await?;
        self.moved.notify_one();
        Ok(queued)
    }

    /// Something changed that jobs wait for.
    pub(crate) fn nudge(&self) {
        self.moved.notify_one();
    }

    /// Stops a job if it runs here.
    pub(crate) fn stop(&self, id: JobId) {
        if let Some(running) = self.running().get(&id) {
            running.handle.cancel.cancel();
        }
    }

    /// Does what somebody wants with a job. One that was taken and has not begun waits, for everybody.
    ///
    /// # Errors
    /// `NOT_FOUND`, or `CONFLICT` when that cannot be done with it.
    pub(crate) async fn move_job(&self, id: JobId, to: MoveJob) -> Result<Job> {
        let held = self.ahead().remove(id).map(|(row, _)| row.epoch);
        if held.is_some() {
            self.running().remove(&id);
        }
        let moved = self.store.move_job(id, to, held, self.clock.now()).await?;
        self.nudge();
        Ok(moved)
    }

    async fn give_back_all(&self, jobs: Vec<Taken>) -> Result<()> {
        if jobs.is_empty() {
            return Ok(());
        }
        let jobs: Vec<_> = jobs.into_iter().map(|(row, _)| (row.job.id, row.epoch)).collect();
        for (id, _) in &jobs {
            self.running().remove(id);
        }
        self.store.give_back_jobs(jobs, self.clock.now()).await
    }

    /// Works until the hub closes.
    pub(crate) fn start(&self) {
        let (workers, beats, ticks) = (self.clone(), self.clone(), self.clone());
        let supervisor = self.store.supervisor();
        self.tasks.spawn(supervisor.clone().watch("jobs", move || workers.clone().keep_working()));
        self.tasks.spawn(supervisor.clone().watch("beats", move || beats.clone().keep_beating()));
        self.tasks.spawn(supervisor.watch("schedules", move || ticks.clone().keep_ticking()));
    }

    async fn keep_beating(self) {
        loop {
            if let Err(error) = self.beat().await {
                tracing::warn!(code = error.code(), "cannot write the heartbeat of jobs");
            }
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = tokio::time::sleep(BEAT) => {}
            }
        }
    }

    /// Liveness is told from here, not by the work itself: work that takes long is not dead.
    async fn beat(&self) -> Result<()> {
        let now = self.clock.now();
        let told: Vec<_> = {
            let running = self.running();
            running.iter().map(|(id, running)| (*id, running.epoch, running.handle.told())).collect()
        };
        for (id, epoch, progress) in &told {
            if let Some(progress) = progress {
                self.store.tell_job_progress(*id, *epoch, progress.clone()).await?;
            }
        }
        if !told.is_empty() {
            for id in self.store.beat_jobs(self.store.process_id(), now.plus(LEASE)).await? {
                self.stop(id);
            }
        }
        if self.store.is_leader() {
            for dead in self.store.rescue_jobs(now).await? {
                self.tell_dead(dead);
            }
        }
        Ok(())
    }

    fn tell_dead(&self, job: Job) {
        tracing::warn!(job = job.id.0, kind = %job.kind, "a job is dead");
        self.events.tell(Event::JobDead(Box::new(job)));
    }

    fn ahead(&self) -> MutexGuard<'_, Ahead> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<JobId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
