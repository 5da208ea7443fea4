//! Background tasks that outlive their panics: each is started again within a second, and counted.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::failpoint::reach;

/// The pause before a task is started again; doubled for one that panics at once.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(900);
/// A task that ran this long did not panic at once.
const HEALTHY: Duration = Duration::from_secs(60);

/// Watches over the background tasks of one engine. Clones share the count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Supervisor(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    restarts: AtomicU64,
    stopped: CancellationToken,
    /// The task that a test wants to see panic.
    #[cfg(test)]
    planted: std::sync::Mutex<Option<&'static str>>,
    #[cfg(test)]
    news: tokio::sync::Notify,
}

impl Supervisor {
    /// How often a task was started again.
    pub(crate) fn restarts(&self) -> u64 {
        self.0.restarts.load(Ordering::Relaxed)
    }

    /// Starts nothing again from now on. Tasks that run are left alone: they have their own signal.
    pub(crate) fn stop(&self) {
        self.0.stopped.cancel();
    }

    /// Runs the task that `start` makes until it returns. When it panics, it is made anew, unless
    /// [`stop`](Self::stop) was called. Dropping the future ends the task.
    pub(crate) async fn watch<F, Fut>(self, name: &'static str, start: F)
    where
        F: Fn() -> Fut,
        Fut: Future<Output = ()>,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            let started = tokio::time::Instant::now();
            if self.survives(name, start()).await {
                return;
            }
            if started.elapsed() >= HEALTHY {
                pause = FIRST_PAUSE;
            }
            self.0.restarts.fetch_add(1, Ordering::Relaxed);
            tracing::error!(task = name, "a background task panicked and is started again");
            tokio::select! {
                () = self.0.stopped.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// False when the task panicked.
    async fn survives(&self, name: &'static str, task: impl Future<Output = ()>) -> bool {
        #[cfg(test)]
        let task = self.with_planted(name, task);
        let task = async {
            reach(name);
            task.await;
        };
        let mut task = Box::pin(task);
        poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(cx))) {
            Ok(poll) => poll.map(|()| true),
            Err(_) => Poll::Ready(false),
        })
        .await
    }

    /// Makes the task of this name panic once, wherever it stands.
    #[cfg(test)]
    pub(crate) fn plant_panic(&self, name: &'static str) {
        *self.0.planted.lock().unwrap() = Some(name);
        self.0.news.notify_waiters();
    }

    #[cfg(test)]
    async fn with_planted(&self, name: &'static str, task: impl Future<Output = ()>) {
        let planted = async {
            loop {
                let news = self.0.news.notified();
                if self.0.planted.lock().unwrap().take_if(|planted| *planted == name).is_some() {
                    return;
                }
                news.await;
            }
        };
        tokio::select! {
            () = task => {}
            () = planted => panic!("planted in {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;
    use tokio::time::{Instant, sleep};

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_started_again_within_a_second() {
        let supervisor = Supervisor::default();
        let runs = AtomicU32::new(0);
        let started = Instant::now();
        supervisor
            .clone()
            .watch("broken", || async {
                let run = runs.fetch_add(1, Ordering::SeqCst);
                // At once, and after an await.
                if run % 2 == 1 {
                    sleep(Duration::from_millis(10)).await;
                }
                assert!(run >= 10, "run {run}");
            })
            .await;
        assert_eq!((runs.load(Ordering::SeqCst), supervisor.restarts()), (11, 10));
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_at_each_start_does_not_outlive_the_stop() {
        let (supervisor, runs) = (Supervisor::default(), AtomicU32::new(0));
        let stopper = supervisor.clone();
        let started = Instant::now();
        tokio::join!(
            supervisor.watch("broken", || async {
                runs.fetch_add(1, Ordering::SeqCst);
                panic!("at each start");
            }),
            async {
                sleep(Duration::from_secs(5)).await;
                stopper.stop();
            }
        );
        assert_eq!(started.elapsed(), Duration::from_secs(5));
        assert!(runs.load(Ordering::SeqCst) > 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_ends_is_not_started_again() {
        let (supervisor, runs) = (Supervisor::default(), AtomicU32::new(0));
        let count = || async {
            runs.fetch_add(1, Ordering::SeqCst);
        };
        supervisor.clone().watch("short", count).await;
        assert_eq!((runs.load(Ordering::SeqCst), supervisor.restarts()), (1, 0));
    }
}
