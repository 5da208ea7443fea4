//! The queue on a real database: order, lanes, failures, stops, deaths of processes, schedules.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Ended, Handle, Queue, Work};
use crate::clock::{Clock, ManualClock};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::event::Events;
use crate::model::{
    CatchUp, Event, Job, JobFilter, JobId, JobKind, JobState, Lane, NewJob, ScheduleChange, UtcMillis,
};
use crate::store::{MoveJob, Store, StoreOptions};

const START: UtcMillis = UtcMillis(1_772_323_200_000);
const PATIENCE: Duration = Duration::from_secs(30);

struct World {
    queue: Queue,
    store: Store,
    clock: ManualClock,
    events: Events,
    tasks: TaskTracker,
    closing: CancellationToken,
    _dir: Arc<tempfile::TempDir>,
}

/// What the jobs of a test do, by their ids.
fn work<F, Fut>(act: F) -> Work
where
    F: Fn(Job, Handle) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Ended>> + Send + 'static,
{
    Arc::new(move |job, handle| Box::pin(act(job, handle)))
}

async fn world(dir: Arc<tempfile::TempDir>, work: Work) -> World {
    let clock = ManualClock::new(START);
    // The store's own clock goes on: who leads is not what these tests move.
    let options = StoreOptions { path: dir.path().join("x.db"), force_network: true, clock: Clock::system() };
    let store = Store::open(options, |_| Ok(Vec::new())).await.unwrap();
    let (events, tasks, closing) = (Events::new(), TaskTracker::new(), CancellationToken::new());
    let queue =
        Queue::new(store.clone(), clock.clock(), events.clone(), tasks.clone(), closing.clone(), work);
    World { queue, store, clock, events, tasks, closing, _dir: dir }
}

fn fresh() -> Arc<tempfile::TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

impl World {
    async fn add(&self, jobs: Vec<NewJob>) -> Vec<JobId> {
        self.queue.add(jobs, "u").await.unwrap().into_iter().map(|queued| queued.id()).collect()
    }

    async fn until(&self, id: JobId, is: impl Fn(&Job) -> bool) -> Job {
        let found = async {
            loop {
                let job = self.store.get_job(id).await.unwrap();
                if is(&job) {
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, found).await.expect("the job got there")
    }

    async fn close(self) {
        self.closing.cancel();
        self.store.supervisor().stop();
        self.tasks.close();
        tokio::time::timeout(PATIENCE, self.tasks.wait()).await.expect("the tasks ended");
        self.store.close().await.unwrap();
    }

    async fn count(&self, state: JobState) -> usize {
        let filter = JobFilter { state: Some(state), ..JobFilter::default() };
        let mut page = self.store.list_jobs(filter.clone()).await.unwrap();
        let mut count = page.items.len();
        while let Some(cursor) = page.next_cursor {
            let mut next = filter.clone();
            next.page.cursor = Some(cursor);
            page = self.store.list_jobs(next).await.unwrap();
            count += page.items.len();
        }
        count
    }
}

fn probe() -> NewJob {
    NewJob::new(JobKind::Probe, None)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_waits_for_starts_at_once_behind_thousands_of_others() {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let world = world(
        fresh(),
        work(move |job, handle| {
            let held = Arc::clone(&held);
            async move {
                if job.lane == Lane::Bulk {
                    tokio::select! {
                        permit = held.acquire() => drop(permit),
                        () = handle.cancel.cancelled() => {}
                    }
                }
                Ok(Ended::Done)
            }
        }),
    )
    .await;
    world.queue.start();
    let bulk = NewJob { lane: Lane::Bulk, ..probe() };
    for _ in 0..10 {
        world.add(vec![bulk.clone(); 1_000]).await;
    }
    let urgent = world.add(vec![NewJob { lane: Lane::Interactive, ..probe() }]).await[0];
    world.until(urgent, |job| job.state == JobState::Done).await;
    assert_eq!(world.count(JobState::Running).await, 4, "the others wait for a place");
    gate.close();
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_a_failure_of_its_job_and_the_last_one_is_told() {
    let world = world(
        fresh(),
        work(|job, _| async move {
            assert!(job.max_attempts != 1, "planted");
            Ok(Ended::Done)
        }),
    )
    .await;
    let mut news = world.events.listen();
    world.queue.start();
    let ids = world.add(vec![NewJob { max_attempts: 1, ..probe() }, probe()]).await;
    world.until(ids[1], |job| job.state == JobState::Done).await;
    let dead = world.until(ids[0], |job| job.state == JobState::Dead).await;
    assert_eq!(dead.error_code.as_deref(), Some("INTERNAL"));
    match tokio::time::timeout(PATIENCE, news.recv()).await.unwrap().unwrap() {
        Event::JobDead(job) => assert_eq!(job.id, ids[0]),
        other => panic!("{other:?}"),
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_that_passes_is_tried_again_in_time_and_progress_is_kept() {
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    let world = world(
        fresh(),
        work(move |_, handle| {
            let nth = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                handle.tell(format!("{nth} told"));
                match nth {
                    0 => Err(Error::new(ErrorKind::Transient, "blip").with_retry(Retry::Backoff)),
                    1 => Err(Error::new(ErrorKind::RateLimited, "slow down")
                        .with_retry(Retry::After(Duration::from_secs(20)))),
                    _ => Ok(Ended::Done),
                }
            }
        }),
    )
    .await;
    world.queue.start();
    let id = world.add(vec![probe()]).await[0];
    let failed = world.until(id, |job| job.error_code.as_deref() == Some("TRANSIENT")).await;
    assert_eq!((failed.state, failed.attempt), (JobState::Waiting, 1));
    assert_eq!(failed.progress.as_deref(), Some("0 told"));
    world.clock.advance(Duration::from_secs(10));
    world.queue.nudge();
    let limited = world.until(id, |job| job.error_code.as_deref() == Some("RATE_LIMITED")).await;
    assert_eq!((limited.attempt, limited.due_at), (1, START.plus(Duration::from_secs(30))));
    world.clock.advance(Duration::from_secs(20));
    world.queue.nudge();
    let done = world.until(id, |job| job.state == JobState::Done).await;
    assert_eq!((done.attempt, tries.load(Ordering::SeqCst)), (2, 3));
    assert_eq!(done.progress.as_deref(), Some("2 told"));
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_burns_no_attempt_and_cancelling_ends() {
    let started = Arc::new(Semaphore::new(0));
    let told = Arc::clone(&started);
    let dir = fresh();
    let first = world(
        Arc::clone(&dir),
        work(move |_, handle| {
            told.add_permits(1);
            async move {
                handle.cancel.cancelled().await;
                Err(Error::new(ErrorKind::Cancelled, "stopped"))
            }
        }),
    )
    .await;
    first.queue.start();
    let ids = first.add(vec![probe(), probe()]).await;
    drop(started.acquire_many(2).await.unwrap());
    first.queue.stop(ids[0]);
    first.until(ids[0], |job| job.state == JobState::Cancelled).await;
    first.close().await;
    let second = world(dir, work(|_, _| async { Ok(Ended::Done) })).await;
    let left = second.store.get_job(ids[1]).await.unwrap();
    assert_eq!((left.state, left.attempt), (JobState::Waiting, 0));
    second.queue.start();
    second.until(ids[1], |job| job.state == JobState::Done).await;
    second.close().await;
}

/// `DIANQIAO_JOBS` of them (2,000 unless told), 3 % of which never succeed, while leases are lost, clocks jump and
/// the queue is closed and opened: each ends as it should. A job whose lease was lost while it ran is run again; that
/// is what jobs have to bear, and it stays rare.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_job_ends_whatever_happens_around_it() {
    let setting = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (jobs, mut seed) = (setting("DIANQIAO_JOBS", 2_000), setting("DIANQIAO_SEED", 1));
    println!("DIANQIAO_SEED={seed} DIANQIAO_JOBS={jobs} replay the jobs and the accidents, not the races");
    let done: Arc<Mutex<HashMap<JobId, usize>>> = Arc::default();
    let dir = fresh();
    let act = {
        let done = Arc::clone(&done);
        work(move |job, _| {
            let done = Arc::clone(&done);
            async move {
                if job.id.0 % 33 == 0 {
                    return Err(Error::new(ErrorKind::Transient, "poison").with_retry(Retry::Backoff));
                }
                if job.id.0 % 7 == 0 && job.attempt == 1 {
                    return Err(Error::new(ErrorKind::Transient, "blip").with_retry(Retry::Backoff));
                }
                *done.lock().unwrap().entry(job.id).or_default() += 1;
                Ok(Ended::Done)
            }
        })
    };
    let mut here = world(Arc::clone(&dir), Arc::clone(&act)).await;
    let wish = |nth: u64| {
        let order_key = (nth.is_multiple_of(5)).then(|| format!("key-{}", nth % 50));
        let lane = [Lane::Interactive, Lane::Normal, Lane::Bulk][(nth % 3) as usize];
        NewJob { lane, order_key, max_attempts: 3, ..probe() }
    };
    let ids = here.add((0..jobs).map(wish).collect()).await;
    for _ in 0..60 {
        here.queue.start();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(20 + (seed >> 59))).await;
        let clock = here.clock.clock().now();
        here.close().await;
        here = world(Arc::clone(&dir), Arc::clone(&act)).await;
        // Forward by up to two hours, which is longer than any pause; every fourth time not at all.
        let jump = if seed >> 62 == 0 { 0 } else { (seed >> 40) % 7_200_000 };
        here.clock.advance(Duration::from_millis(u64::try_from(clock.0 - START.0).unwrap() + jump));
        if here.count(JobState::Waiting).await + here.count(JobState::Running).await == 0 {
            break;
        }
    }
    here.queue.start();
    for id in &ids {
        let job = here
            .until(*id, |job| {
                let ended = job.finished_at.is_some();
                if !ended {
                    here.clock.advance(Duration::from_millis(100));
                }
                ended
            })
            .await;
        let poison = id.0 % 33 == 0;
        assert_eq!(job.state == JobState::Dead, poison, "{job:?}");
        if poison {
            assert_eq!(job.attempt, 3, "{job:?}");
        }
    }
    let repeated = done.lock().unwrap().values().filter(|times| **times > 1).count();
    println!("{repeated} of {jobs} jobs ran again after their lease was lost");
    assert!(repeated as u64 <= jobs / 20);
    here.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_enqueuers_queue_a_time_once_and_downtime_is_caught_up() {
    let world = world(fresh(), work(|_, _| async { Ok(Ended::Done) })).await;
    let change = ScheduleChange {
        cron: Some("0 * * * *".into()),
        zone: Some("UTC".into()),
        catch_up: Some(CatchUp::Each),
        ..ScheduleChange::default()
    };
    world.store.set_schedule("jobs.prune".into(), change, START).await.unwrap();
    for other in ["tokens.refresh", "promotions.metrics"] {
        world.store.set_schedule(other.into(), off(), START).await.unwrap();
    }
    world.queue.tick().await.unwrap();
    assert_eq!(world.count(JobState::Waiting).await, 0, "its first time is still to come");
    // A day passes without anybody.
    world.clock.advance(Duration::from_secs(86_400));
    let (one, other) = (world.queue.clone(), world.queue.clone());
    let (first, second) = tokio::join!(one.tick(), other.tick());
    first.and(second).unwrap();
    assert_eq!(world.count(JobState::Waiting).await, 24);
    world.queue.tick().await.unwrap();
    assert_eq!(world.count(JobState::Waiting).await, 24);
    world.close().await;
}

fn off() -> ScheduleChange {
    ScheduleChange { enabled: Some(false), ..ScheduleChange::default() }
}

/// Many quick jobs, so that some are taken ahead, and then one that holds the only place: those behind it can be
/// paused and taken back at once, and what nobody does with them is given back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_ahead_can_be_paused_and_taken_back_and_does_not_wait_behind_what_takes_long() {
    let gate = Arc::new(Semaphore::new(0));
    let (held, ran) = (Arc::clone(&gate), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&ran);
    let mut world = world(
        fresh(),
        work(move |job, _| {
            let (held, seen) = (Arc::clone(&held), Arc::clone(&seen));
            async move {
                seen.lock().unwrap().push(job.id);
                if job.max_attempts == 7 {
                    held.acquire().await.unwrap().forget();
                }
                Ok(Ended::Done)
            }
        }),
    )
    .await;
    world.queue.slots = [(Lane::Interactive, 1), (Lane::Normal, 1), (Lane::Bulk, 1)];
    let quick = world.add(vec![probe(); 3_000]).await;
    let long = world.add(vec![NewJob { max_attempts: 7, ..probe() }]).await[0];
    let behind = world.add(vec![probe(); 500]).await;
    let (queue, most) = (world.queue.clone(), Arc::new(AtomicUsize::new(0)));
    let watched = Arc::clone(&most);
    let watch = tokio::spawn(async move {
        loop {
            watched.fetch_max(queue.ahead().count(), Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    });
    world.queue.start();
    world.until(*quick.last().unwrap(), |job| job.state == JobState::Done).await;
    watch.abort();
    assert!(most.load(Ordering::SeqCst) > 1, "none was taken ahead");
    // The long one has the place.
    world.until(long, |job| job.state == JobState::Running).await;
    let (paused, cancelled) = (behind[0], behind[1]);
    assert_eq!(world.queue.move_job(paused, MoveJob::Pause).await.unwrap().state, JobState::Paused);
    assert_eq!(world.queue.move_job(cancelled, MoveJob::Cancel).await.unwrap().state, JobState::Cancelled);
    for id in &behind[2..] {
        let job = world.until(*id, |job| job.state == JobState::Waiting).await;
        assert_eq!(job.attempt, 0, "no attempt is burnt");
    }
    assert_eq!(world.count(JobState::Running).await, 1);
    gate.add_permits(1);
    world.until(*behind.last().unwrap(), |job| job.state == JobState::Done).await;
    {
        let mut ran = ran.lock().unwrap();
        ran.sort_unstable();
        let times = ran.len();
        ran.dedup();
        assert_eq!((times, ran.len()), (3_000 + 1 + 498, 3_000 + 1 + 498), "each once");
        assert!(!ran.contains(&paused) && !ran.contains(&cancelled));
    }
    world.close().await;
}

/// Jobs that do nothing, queued in batches and done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn jobs_per_second() {
    const JOBS: usize = 20_000;
    let ended = Arc::new(Semaphore::new(0));
    let told = Arc::clone(&ended);
    let mut world = world(
        fresh(),
        work(move |_, _| {
            told.add_permits(1);
            async { Ok(Ended::Done) }
        }),
    )
    .await;
    for (slots, ahead) in [(12, 0), (12, 512), (12, 0), (12, 512), (512, 0)] {
        world.queue.ahead().most = ahead;
        world.queue.slots = [(Lane::Interactive, 8), (Lane::Normal, slots), (Lane::Bulk, 4)];
        let started = tokio::time::Instant::now();
        for _ in 0..JOBS / 500 {
            world.add(vec![probe(); 500]).await;
        }
        let queued = started.elapsed();
        let closing = CancellationToken::new();
        let mut queue = world.queue.clone();
        queue.closing = closing.clone();
        let working = tokio::spawn(queue.keep_working());
        ended.acquire_many(u32::try_from(JOBS).unwrap()).await.unwrap().forget();
        closing.cancel();
        working.await.unwrap();
        let all = started.elapsed();
        let rate = |time: Duration| JOBS as f64 / time.as_secs_f64();
        println!(
            "{slots} places, up to {ahead} ahead: queued {:.0}/s, queued and done {:.0}/s",
            rate(queued),
            rate(all)
        );
    }
    world.close().await;
}
