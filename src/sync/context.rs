//! What every part of a run needs: its calls, its commits, its numbers and its stop.

use std::pin::pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::seal::Sealer;
use crate::auth::{Cipher, Sealing, ShopContext};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Events;
use crate::limit::{Lane, Share};
use crate::model::{Event, Run, RunState};
use crate::pipeline::{CallStyle, Caller, RetryPolicy};
use crate::platform::ApiCall;
use crate::store::{PageResult, SkuWrite, Store};

/// Called with the run's numbers after each page. It must return soon.
pub type ProgressFn = Arc<dyn Fn(&Run) + Send + Sync>;

/// What every part of a run needs.
pub(super) struct RunContext {
    pub(super) store: Store,
    pub(super) cipher: Cipher,
    pub(super) clock: Clock,
    pub(super) shop: ShopContext,
    pub(super) caller: Caller,
    pub(super) cancel: CancellationToken,
    pub(super) calls: AtomicI64,
    pub(super) total: AtomicI64,
    pub(super) run: Mutex<Run>,
    pub(super) on_progress: Option<ProgressFn>,
    pub(super) events: Events,
}

impl RunContext {
    /// A call of the run, unless it was stopped.
    pub(super) async fn call<T: Send + 'static>(&self, call: &ApiCall<T>) -> Result<T> {
        let share = if self.store.is_leader() { Share::Leader } else { Share::Follower };
        let counter = Some(&self.calls);
        let style = CallStyle { lane: Lane::Bulk, share, policy: RetryPolicy::BULK, counter };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(cancelled()),
            result = self.caller.call_or_masked(&self.shop, call, style) => result,
        }
    }

    /// Makes rows for the run's shop.
    pub(super) fn sealer<'a>(&self, sealing: &'a Sealing) -> Sealer<'a> {
        let thin_products = self.shop.app.platform.products_need_detail();
        Sealer { sealing, shop: self.shop.shop.id, thin_products }
    }

    /// Adds to what the list stage is expected to read; returns the sum.
    pub(super) fn add_total(&self, total: u64) -> i64 {
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        self.total.fetch_add(total, Ordering::Relaxed).saturating_add(total)
    }

    /// The requests that went out since the last commit; they are counted with the next one.
    pub(super) fn take_calls(&self) -> i64 {
        self.calls.swap(0, Ordering::Relaxed)
    }

    /// Commits the SKUs of some products.
    pub(super) async fn commit_skus(&self, writes: Vec<SkuWrite>) -> Result<()> {
        let calls = self.take_calls();
        let (shop, run) = (self.shop.shop.id, self.snapshot().id);
        let result = self.store.store_skus(shop, run, writes, calls, self.clock.now()).await?;
        self.committed(&result)
    }

    /// Takes over the numbers of a commit, and stops when somebody asked for it.
    pub(super) fn committed(&self, result: &PageResult) -> Result<()> {
        let now = self.clock.now();
        self.report(|run| {
            // Pages are answered out of order: a later answer with smaller numbers is an older one.
            if result.progress.calls >= run.progress.calls {
                run.progress = result.progress;
                run.updated_at = now;
            }
        });
        if result.cancel_requested {
            self.cancel.cancel();
            return Err(cancelled());
        }
        Ok(())
    }

    pub(super) fn snapshot(&self) -> Run {
        self.run.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the known run and tells whoever watches. The lock is free again before they are called.
    pub(super) fn report(&self, change: impl FnOnce(&mut Run)) {
        let run = {
            let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut run);
            run.clone()
        };
        if let Some(on_progress) = &self.on_progress {
            on_progress(&run);
        }
        self.events.tell(match run.state {
            RunState::Running => Event::RunProgress(run),
            _ => Event::RunFinished(run),
        });
    }
}

/// Waits for all tasks; the first error aborts the rest.
pub(super) async fn join_all(mut tasks: JoinSet<Result<()>>) -> Result<()> {
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|_| Error::internal("a part of the run panicked"))??;
    }
    Ok(())
}

/// Does both at a time and gives what the second reads; nothing of it when the first fails. The first is
/// brought to its end whatever the second does.
pub(super) async fn after<T>(
    commit: impl Future<Output = Result<()>>,
    read: impl Future<Output = Result<T>>,
) -> Result<T> {
    let (mut commit, mut read) = (pin!(commit), pin!(read));
    tokio::select! {
        biased;
        committed = &mut commit => {
            committed?;
            read.await
        }
        read = &mut read => {
            commit.await?;
            read
        }
    }
}

fn cancelled() -> Error {
    Error::new(
        ErrorKind::Cancelled,
        "the run was cancelled: what it stored stays, and the next sync goes on from there",
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{after, cancelled};
    use crate::error::Error;

    #[tokio::test]
    async fn a_commit_is_brought_to_its_end_when_reading_ahead_fails() {
        let is_committed = AtomicBool::new(false);
        let commit = async {
            tokio::task::yield_now().await;
            is_committed.store(true, Ordering::Relaxed);
            Ok(())
        };
        let read = async { Err::<(), _>(cancelled()) };
        assert_eq!(after(commit, read).await.unwrap_err().code(), "CANCELLED");
        assert!(is_committed.into_inner());
    }

    #[tokio::test]
    async fn nobody_waits_for_what_is_read_ahead_when_the_commit_fails() {
        let commit = async { Err(Error::internal("lost")) };
        assert_eq!(after::<()>(commit, std::future::pending()).await.unwrap_err().code(), "INTERNAL");
    }

    #[tokio::test]
    async fn what_is_read_ahead_is_given_after_the_commit() {
        for waits in [0, 3] {
            let commit = async move {
                for _ in 0..waits {
                    tokio::task::yield_now().await;
                }
                Ok(())
            };
            assert_eq!(after(commit, async { Ok(7) }).await.unwrap(), 7);
        }
    }
}
