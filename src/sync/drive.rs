//! One run from its row in `runs` to its end: plans, drains, counts, reports, and can be stopped.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::context::{ProgressFn, RunContext};
use super::list::{Listed, OrderList, ProductList, RefundList, Which, drain};
use super::plan::{PlanInput, backfill, everything, windows};
use super::{detail, walk::Ask};
use crate::auth::{AppContexts, Cipher, ShopContext};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Events;
use crate::model::{Run, RunId, RunKind, RunMode, RunState, ShopId, Stage, TimeRange, UtcMillis};
use crate::pipeline::{Caller, Sender};
use crate::platform::{Capability, FullList, WindowRules};
use crate::store::{NewRun, StartRun, Store, Window};

/// Before any platform sold anything (2003-01-01): where "everything that changed" starts.
const BEGINNING: UtcMillis = UtcMillis(1_041_350_400_000);

/// What a sync is asked for.
pub(crate) struct StartSync {
    pub(crate) shop: ShopId,
    pub(crate) kind: RunKind,
    /// Read everything again.
    pub(crate) full: bool,
    /// How far back to read changes.
    pub(crate) since: Option<UtcMillis>,
    /// With `since`: read this stretch only, as a backfill.
    pub(crate) until: Option<UtcMillis>,
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
    pub(crate) events: Events,
    /// Runs outlive their callers; `close` cancels and awaits them.
    pub(crate) tasks: TaskTracker,
    pub(crate) closing: CancellationToken,
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
        let backfill = self.stretch(&shop, &start)?;
        let frontier = self.store.frontier(start.shop, start.kind).await?;
        let mode = match backfill {
            Some(_) => RunMode::Backfill,
            None if start.full || frontier.is_none() => RunMode::Full,
            None => RunMode::Incremental,
        };
        let new = NewRun {
            shop: start.shop,
            kind: start.kind,
            mode,
            backfill,
            actor: start.actor.clone(),
            owner_process: self.store.process_id(),
            now: self.clock.now(),
        };
        let run = match self.store.start_run(new).await? {
            StartRun::Started(run) => *run,
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

    /// What a backfill is asked to read; absent for other runs.
    fn stretch(&self, shop: &ShopContext, start: &StartSync) -> Result<Option<TimeRange>> {
        let Some(to) = start.until else { return Ok(None) };
        let from =
            start.since.ok_or_else(|| Error::invalid("`until` needs `since`: a backfill has both ends"))?;
        if start.full {
            return Err(Error::invalid("`full` reads everything and takes no `until`"));
        }
        if let Some(reach) = reach(shop, start.kind) {
            let oldest = self.sender.platform_now(shop.app.id).minus(reach);
            if from < oldest {
                let message = format!("the platform shows nothing from before {oldest}: start there");
                return Err(Error::invalid(message));
            }
        }
        if from > to || from < UtcMillis(0) {
            return Err(Error::invalid("`until` must not be before `since`"));
        }
        // Our clock and the platform's may differ; what both call the future is a mistake.
        if to > self.clock.now().max(self.sender.platform_now(shop.app.id)) {
            return Err(Error::invalid("`until` is in the future: leave it out to read up to now"));
        }
        Ok(Some(TimeRange { from, to }))
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
            events: self.events.clone(),
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
            RunKind::Refunds => {
                let windows = self.windows::<RefundList>(context, full, since, frontier).await?;
                drain::<RefundList>(context, windows).await
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
        let run = context.snapshot();
        if let Some(range) = run.backfill {
            return self.store.plan_backfill(run.id, range, backfill(range, &rules), self.clock.now()).await;
        }
        if full {
            self.store.drop_windows(shop, L::KIND).await?;
        }
        let open = self.store.open_windows(shop, L::KIND).await?;
        let platform_now = self.platform_now::<L>(context, rules.page_size).await?;
        let list = self.full_list::<L>(context, full || frontier.is_none());
        let due = if list.is_some() && open.iter().any(|window| window.full) {
            Vec::new()
        } else if list == Some(FullList::Windows) {
            let rules = WindowRules { max_window: Duration::MAX, history: None, ..rules };
            windows(&PlanInput { frontier: None, since: Some(BEGINNING), platform_now }, &rules)
        } else if list.is_some() {
            everything(&rules, platform_now, platform_now.minus(rules.lag))
        } else {
            let frontier = if full { None } else { frontier };
            windows(&PlanInput { frontier, since, platform_now }, &rules)
        };
        self.store.plan_windows(shop, L::KIND, run.id, due, self.clock.now()).await
    }

    /// How the whole list is read, when it is to be: at the first sync, when everything is asked for, and always
    /// where the platform cannot say what changed.
    fn full_list<L: Listed>(&self, context: &RunContext, everything: bool) -> Option<FullList> {
        let list = context.shop.app.platform.product_list().filter(|_| L::KIND == RunKind::Products)?;
        (everything || matches!(list, FullList::Pages { .. })).then_some(list)
    }

    /// The platform's clock; learned by one small call where this process has not heard from it yet,
    /// since windows must not end in the platform's future.
    async fn platform_now<L: Listed>(&self, context: &Arc<RunContext>, size: u32) -> Result<UtcMillis> {
        let app = context.shop.app.id;
        if !self.sender.knows_clock(app) {
            let now = self.clock.now();
            let ask = Ask { from: now.minus(Duration::from_secs(1)), to: now, page: 0 };
            // A list that cannot say what changed is not asked for that.
            let full = self.full_list::<L>(context, false).is_some();
            let which = Which { section: 0, full };
            context.call(&L::call(&context.shop, which, &ask, size)?).await?;
        }
        Ok(self.sender.platform_now(app))
    }

    async fn details(&self, context: &Arc<RunContext>, full: bool) -> Result<()> {
        if !context.shop.app.platform.capabilities().contains(&Capability::ListSkus) {
            return Ok(());
        }
        let shop = context.shop.shop.id;
        // What a list that cannot say what changed does not show (a price, say) may have changed all the same.
        let says_nothing = matches!(context.shop.app.platform.product_list(), Some(FullList::Pages { .. }));
        if full || says_nothing {
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
        let calls = context.take_calls();
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

/// How far back the platform shows such records.
fn reach(shop: &ShopContext, kind: RunKind) -> Option<Duration> {
    let platform = shop.app.platform;
    let rules = match kind {
        RunKind::Products => platform.product_rules(),
        RunKind::Orders => platform.order_rules(),
        RunKind::Refunds => platform.refund_rules(),
    };
    rules.and_then(|rules| rules.history)
}

fn check_capability(shop: &ShopContext, kind: RunKind) -> Result<()> {
    let needed = Capability::of_sync(kind);
    if shop.app.platform.capabilities().contains(&needed) {
        return Ok(());
    }
    let message = format!("{} does not offer {}", shop.app.platform.name(), needed.as_str());
    Err(Error::new(ErrorKind::Unsupported, message).with_platform(shop.app.platform.id()))
}

fn operation(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Products => "products.sync",
        RunKind::Refunds => "refunds.sync",
        RunKind::Orders => "orders.sync",
    }
}
