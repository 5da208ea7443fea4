//! One run from its row in `runs` to its end: plans, drains, counts, reports, and can be stopped.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::list::{Listed, OrderList, PreparedPage, ProductList, drain};
use super::plan::{PlanInput, windows};
use super::{detail, walk::Ask};
use crate::auth::{AppContexts, Cipher, ShopContext};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::limit::{Lane, Share};
use crate::model::{Run, RunId, RunKind, RunMode, RunState, ShopId, Stage, UtcMillis};
use crate::pipeline::{CallStyle, Caller, RetryPolicy, Sender};
use crate::platform::{ApiCall, Capability};
use crate::store::{NewWindow, PageResult, PageWrite, SkuWrite, StartRun, Store, Window};

/// Called with the run's numbers after each page. It must return soon.
pub type ProgressFn = Arc<dyn Fn(&Run) + Send + Sync>;

/// What a sync is asked for.
pub(crate) struct StartSync {
    pub(crate) shop: ShopId,
    pub(crate) kind: RunKind,
    /// Read everything again.
    pub(crate) full: bool,
    /// How far back to read changes.
    pub(crate) since: Option<UtcMillis>,
    pub(crate) actor: String,
    pub(crate) on_progress: Option<ProgressFn>,
    pub(crate) cancel: CancellationToken,
}

/// Starts and drives runs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Syncer {
    pub(crate) store: Store,
    pub(crate) cipher: Cipher,
    pub(crate) contexts: AppContexts,
    pub(crate) caller: Caller,
    pub(crate) sender: Arc<Sender>,
    pub(crate) clock: Clock,
    /// Runs outlive their callers; `close` cancels and awaits them.
    pub(crate) tasks: TaskTracker,
    pub(crate) closing: CancellationToken,
}

/// What every part of a run needs.
pub(super) struct RunContext {
    pub(super) store: Store,
    pub(super) cipher: Cipher,
    pub(super) clock: Clock,
    pub(super) shop: ShopContext,
    caller: Caller,
    cancel: CancellationToken,
    calls: AtomicI64,
    total: AtomicI64,
    run: Mutex<Run>,
    on_progress: Option<ProgressFn>,
}

impl Syncer {
    /// Runs a sync to its end.
    ///
    /// # Errors
    /// `CONFLICT` when such a run is under way, `CANCELLED` when it was stopped, otherwise what ended it.
    /// What was stored stays, and the next sync goes on from there.
    pub(crate) async fn run(&self, start: StartSync) -> Result<Run> {
        let syncer = self.clone();
        let (operation, shop) = (operation(start.kind), start.shop);
        let driven = self.tasks.spawn(async move { syncer.start(start).await }).await;
        let result = driven.unwrap_or_else(|_| Err(Error::internal("the run's task panicked")));
        result.map_err(|error| error.with_operation(operation).with_shop(shop))
    }

    async fn start(&self, start: StartSync) -> Result<Run> {
        let shop = self.contexts.shop(start.shop).await?;
        check_capability(&shop, start.kind)?;
        let frontier = self.store.frontier(start.shop, start.kind).await?;
        let mode = if start.full || frontier.is_none() { RunMode::Full } else { RunMode::Incremental };
        let (owner, now) = (self.store.process_id(), self.clock.now());
        let run = match self.store.start_run(start.shop, start.kind, mode, &start.actor, owner, now).await? {
            StartRun::Started(run) => run,
            StartRun::Busy(id) => {
                let message = format!("run {id} of this shop is under way: wait for it or cancel it");
                return Err(Error::new(ErrorKind::Conflict, message));
            }
        };
        let id = run.id;
        let context = Arc::new(self.context(shop, run, &start));
        // In a task of its own, so that a panic ends the run and not the row's state `running`.
        let (driver, driven) = (self.clone(), Arc::clone(&context));
        let full = start.full;
        let ended =
            tokio::spawn(async move { driver.drive(&driven, full, start.since, frontier).await }).await;
        let result = ended.unwrap_or_else(|_| Err(Error::internal("the run panicked")));
        self.finish(id, &context, result).await
    }

    fn context(&self, shop: ShopContext, run: Run, start: &StartSync) -> RunContext {
        let cancel = self.closing.child_token();
        let (stop, asked) = (cancel.clone(), start.cancel.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = asked.cancelled() => stop.cancel(),
                () = stop.cancelled() => {}
            }
        });
        RunContext {
            store: self.store.clone(),
            cipher: self.cipher.clone(),
            clock: self.clock.clone(),
            shop,
            caller: self.caller.clone(),
            cancel,
            calls: AtomicI64::new(0),
            total: AtomicI64::new(0),
            run: Mutex::new(run),
            on_progress: start.on_progress.clone(),
        }
    }

    async fn drive(
        &self,
        context: &Arc<RunContext>,
        full: bool,
        since: Option<UtcMillis>,
        frontier: Option<UtcMillis>,
    ) -> Result<()> {
        let run = context.snapshot();
        let stage = self.store.set_stage(run.id, Stage::List, None, self.clock.now()).await?;
        context.report(|run| run.stage = stage.stage);
        match run.kind {
            RunKind::Orders => {
                let windows = self.windows::<OrderList>(context, full, since, frontier).await?;
                drain::<OrderList>(context, windows).await
            }
            RunKind::Products => {
                let windows = self.windows::<ProductList>(context, full, since, frontier).await?;
                drain::<ProductList>(context, windows).await?;
                self.details(context, full).await
            }
        }
    }

    /// The windows that earlier runs left open, and those that are due now.
    async fn windows<L: Listed>(
        &self,
        context: &Arc<RunContext>,
        full: bool,
        since: Option<UtcMillis>,
        frontier: Option<UtcMillis>,
    ) -> Result<Vec<Window>> {
        let (shop, platform) = (context.shop.shop.id, context.shop.app.platform);
        let rules = L::rules(platform).ok_or_else(|| Error::internal("the capability was checked before"))?;
        if full {
            self.store.drop_windows(shop, L::KIND).await?;
        }
        let open = self.store.open_windows(shop, L::KIND).await?;
        let platform_now = self.platform_now::<L>(context, rules.page_size).await?;
        let reads_everything = L::KIND == RunKind::Products && (full || frontier.is_none());
        let due = if reads_everything && open.iter().any(|window| window.full) {
            Vec::new()
        } else if reads_everything {
            let settled = platform_now.minus(rules.lag);
            vec![NewWindow { full: true, from: UtcMillis(0), to: platform_now, settled }]
        } else {
            let frontier = if full { None } else { frontier };
            windows(&PlanInput { frontier, since, platform_now }, &rules)
        };
        let run = context.snapshot().id;
        self.store.plan_windows(shop, L::KIND, run, due, self.clock.now()).await
    }

    /// The platform's clock; learned by one small call where this process has not heard from it yet,
    /// since windows must not end in the platform's future.
    async fn platform_now<L: Listed>(&self, context: &Arc<RunContext>, size: u32) -> Result<UtcMillis> {
        let app = context.shop.app.id;
        if !self.sender.knows_clock(app) {
            let now = self.clock.now();
            let ask = Ask { from: now.minus(Duration::from_secs(1)), to: now, page: 0 };
            context.call(&L::call(context.shop.app.platform, &ask, size)?).await?;
        }
        Ok(self.sender.platform_now(app))
    }

    async fn details(&self, context: &Arc<RunContext>, full: bool) -> Result<()> {
        if !context.shop.app.platform.capabilities().contains(&Capability::ListSkus) {
            return Ok(());
        }
        let shop = context.shop.shop.id;
        if full {
            self.store.expire_skus(shop).await?;
        }
        let pending = self.store.count_pending_skus(shop).await?;
        let run = self
            .store
            .set_stage(context.snapshot().id, Stage::Detail, Some(pending), self.clock.now())
            .await?;
        context.report(|known| *known = run);
        detail::drain(context).await
    }

    async fn finish(&self, id: RunId, context: &RunContext, result: Result<()>) -> Result<Run> {
        context.cancel.cancel();
        let calls = context.calls.swap(0, Ordering::Relaxed);
        if calls > 0 {
            self.store.add_calls(id, calls).await?;
        }
        let now = self.clock.now();
        let (state, error) = match &result {
            Ok(()) => (RunState::Done, None),
            Err(error) if error.kind() == ErrorKind::Cancelled => (RunState::Cancelled, None),
            Err(error) => (RunState::Failed, Some((error.code().to_owned(), error.to_string()))),
        };
        let run = self.store.finish_run(id, state, error, now).await?;
        context.report(|known| *known = run.clone());
        result.map(|()| run)
    }
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
            result = self.caller.call(&self.shop, call, style) => result,
        }
    }

    /// Adds to what the list stage is expected to read; returns the sum.
    pub(super) fn add_total(&self, total: u64) -> i64 {
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        self.total.fetch_add(total, Ordering::Relaxed).saturating_add(total)
    }

    /// Commits a page's rows, the place in its window and the run's numbers together.
    pub(super) async fn commit<L: Listed>(
        &self,
        page: PreparedPage<L::Row>,
        window: &Window,
        place: String,
        done: bool,
        list_total: Option<i64>,
    ) -> Result<()> {
        let write = PageWrite {
            shop: self.shop.shop.id,
            run: self.snapshot().id,
            window: window.id,
            place: Some(place),
            done,
            rows: page.rows,
            bad: page.bad,
            calls: self.calls.swap(0, Ordering::Relaxed),
            list_total,
            now: self.clock.now(),
        };
        let result = L::store(&self.store, write).await?;
        self.committed(&result)
    }

    /// Commits the SKUs of some products.
    pub(super) async fn commit_skus(&self, writes: Vec<SkuWrite>) -> Result<()> {
        let calls = self.calls.swap(0, Ordering::Relaxed);
        let (shop, run) = (self.shop.shop.id, self.snapshot().id);
        let result = self.store.store_skus(shop, run, writes, calls, self.clock.now()).await?;
        self.committed(&result)
    }

    fn committed(&self, result: &PageResult) -> Result<()> {
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
    fn report(&self, change: impl FnOnce(&mut Run)) {
        let run = {
            let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut run);
            run.clone()
        };
        if let Some(on_progress) = &self.on_progress {
            on_progress(&run);
        }
    }
}

/// Waits for all tasks; the first error aborts the rest.
pub(super) async fn join_all(mut tasks: JoinSet<Result<()>>) -> Result<()> {
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|_| Error::internal("a part of the run panicked"))??;
    }
    Ok(())
}

fn check_capability(shop: &ShopContext, kind: RunKind) -> Result<()> {
    let needed = match kind {
        RunKind::Products => Capability::ListProducts,
        _ => Capability::ListOrders,
    };
    if shop.app.platform.capabilities().contains(&needed) {
        return Ok(());
    }
    let message = format!("{} does not offer {}", shop.app.platform.name(), needed.as_str());
    Err(Error::new(ErrorKind::Unsupported, message))
}

fn operation(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Products => "products.sync",
        _ => "orders.sync",
    }
}

fn cancelled() -> Error {
    Error::new(
        ErrorKind::Cancelled,
        "the run was cancelled: what it stored stays, and the next sync goes on from there",
    )
}
