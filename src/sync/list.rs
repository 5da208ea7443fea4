//! The list stage: drains windows, page by page, several windows at a time.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

use super::complete;
use super::context::{RunContext, after, join_all};
use super::plan::cut_at;
use super::seal::Sealer;
use super::walk::{Ask, PageFacts, Step, Walk};
use crate::auth::{Sealing, ShopContext};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{ProductRecord, RefundRecord, RunKind, UtcMillis};
use crate::platform::{
    ApiCall, FullList, ListPage, OrderQuery, Place, Platform, ProductQuery, RemoteOrder, WindowRules,
};
use crate::store::{BadRow, OrderRow, PageResult, PageWrite, ProductRow, RefundRow, Store, Window};

/// A kind of record that comes in lists.
pub(super) trait Listed: Send + Sync + 'static {
    /// As the adapter reads it.
    type Remote: Send + 'static;
    /// As the store takes it.
    type Row: Send + 'static;
    const KIND: RunKind;

    fn rules(platform: &dyn Platform) -> Option<WindowRules>;
    fn call(
        shop: &ShopContext,
        which: Which,
        ask: &Ask,
        size: u32,
    ) -> Result<ApiCall<ListPage<Self::Remote>>>;
    fn id(remote: &Self::Remote) -> &str;
    fn changed_at(remote: &Self::Remote) -> Option<UtcMillis>;
    fn row(sealer: &Sealer<'_>, remote: Self::Remote) -> Result<Self::Row>;
    fn store(store: &Store, page: PageWrite<Self::Row>) -> impl Future<Output = Result<PageResult>> + Send;

    /// Reads what the platform's list leaves out of its records.
    fn complete(
        context: &Arc<RunContext>,
        page: ListPage<Self::Remote>,
    ) -> impl Future<Output = Result<WholePage<Self::Remote>>> + Send {
        let _ = context;
        std::future::ready(Ok(WholePage { page, facts: None, confirmed: 0 }))
    }
}

/// Which list a window reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Which {
    /// Of the lists that make up the whole, from 0.
    pub(super) section: u8,
    /// All of it, not only what changed.
    pub(super) full: bool,
}

impl Which {
    const fn of(window: &Window) -> Self {
        Self { section: window.section, full: window.full }
    }
}

/// A page whose records are whole.
pub(super) struct WholePage<R> {
    pub(super) page: ListPage<R>,
    /// What the list said, where the page's records are no longer those of the list.
    pub(super) facts: Option<PageFacts>,
    /// Records that are left out because they are as we have them.
    pub(super) confirmed: usize,
}

/// Orders by the time they changed.
pub(super) struct OrderList;

impl Listed for OrderList {
    type Remote = RemoteOrder;
    type Row = OrderRow;
    const KIND: RunKind = RunKind::Orders;

    fn rules(platform: &dyn Platform) -> Option<WindowRules> {
        platform.order_rules()
    }

    fn call(
        shop: &ShopContext,
        which: Which,
        ask: &Ask,
        size: u32,
    ) -> Result<ApiCall<ListPage<RemoteOrder>>> {
        shop.app.platform.list_orders(&order_query(which, ask, size))
    }

    async fn complete(
        context: &Arc<RunContext>,
        page: ListPage<RemoteOrder>,
    ) -> Result<WholePage<RemoteOrder>> {
        if context.shop.app.platform.orders_need_detail() {
            return complete::orders(context, page).await;
        }
        Ok(WholePage { page, facts: None, confirmed: 0 })
    }

    fn id(remote: &RemoteOrder) -> &str {
        &remote.record.platform_order_id
    }

    fn changed_at(remote: &RemoteOrder) -> Option<UtcMillis> {
        Some(remote.record.platform_updated_at)
    }

    fn row(sealer: &Sealer<'_>, remote: RemoteOrder) -> Result<OrderRow> {
        sealer.order(remote)
    }

    fn store(store: &Store, page: PageWrite<OrderRow>) -> impl Future<Output = Result<PageResult>> + Send {
        store.store_order_page(page)
    }
}

fn order_query(which: Which, ask: &Ask, size: u32) -> OrderQuery {
    OrderQuery { from: ask.from, to: ask.to, page: ask.page, size, section: which.section }
}

/// Refunds by the time they changed.
pub(super) struct RefundList;

impl Listed for RefundList {
    type Remote = RefundRecord;
    type Row = RefundRow;
    const KIND: RunKind = RunKind::Refunds;

    fn rules(platform: &dyn Platform) -> Option<WindowRules> {
        platform.refund_rules()
    }

    fn call(
        shop: &ShopContext,
        which: Which,
        ask: &Ask,
        size: u32,
    ) -> Result<ApiCall<ListPage<RefundRecord>>> {
        shop.app.platform.list_refunds(&shop.shop.platform_shop_id, &order_query(which, ask, size))
    }

    fn id(remote: &RefundRecord) -> &str {
        &remote.platform_refund_id
    }

    fn changed_at(remote: &RefundRecord) -> Option<UtcMillis> {
        Some(remote.platform_updated_at)
    }

    fn row(sealer: &Sealer<'_>, remote: RefundRecord) -> Result<RefundRow> {
        Ok(sealer.refund(remote))
    }

    fn store(store: &Store, page: PageWrite<RefundRow>) -> impl Future<Output = Result<PageResult>> + Send {
        store.store_refund_page(page)
    }
}

/// Products by the time they changed.
pub(super) struct ProductList;

impl Listed for ProductList {
    type Remote = ProductRecord;
    type Row = ProductRow;
    const KIND: RunKind = RunKind::Products;

    fn rules(platform: &dyn Platform) -> Option<WindowRules> {
        platform.product_rules().or_else(|| platform.product_list()?.page_rules())
    }

    fn call(
        shop: &ShopContext,
        which: Which,
        ask: &Ask,
        size: u32,
    ) -> Result<ApiCall<ListPage<ProductRecord>>> {
        let updated = (!which.full).then_some((ask.from, ask.to));
        let place = Place::Page(ask.page);
        shop.app.platform.list_products(&ProductQuery { updated, place, size, section: which.section })
    }

    fn id(remote: &ProductRecord) -> &str {
        &remote.platform_product_id
    }

    fn changed_at(remote: &ProductRecord) -> Option<UtcMillis> {
        remote.platform_updated_at
    }

    fn row(sealer: &Sealer<'_>, remote: ProductRecord) -> Result<ProductRow> {
        Ok(sealer.product(remote))
    }

    fn store(store: &Store, page: PageWrite<ProductRow>) -> impl Future<Output = Result<PageResult>> + Send {
        store.store_product_page(page)
    }
}

/// Drains all windows. The first error stops the others; what they stored stays.
pub(super) async fn drain<L: Listed>(context: &Arc<RunContext>, windows: Vec<Window>) -> Result<()> {
    let workers = context.shop.app.quota.in_flight.clamp(1, windows.len().max(1));
    let queue = Arc::new(Mutex::new(VecDeque::from(windows)));
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let (context, queue) = (Arc::clone(context), Arc::clone(&queue));
        tasks.spawn(async move {
            while let Some(window) = pop(&queue) {
                for part in drain_window::<L>(&context, window).await? {
                    push(&queue, part);
                }
            }
            Ok(())
        });
    }
    join_all(tasks).await
}

fn pop(queue: &Mutex<VecDeque<Window>>) -> Option<Window> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

fn push(queue: &Mutex<VecDeque<Window>>, window: Window) {
    queue.lock().unwrap_or_else(PoisonError::into_inner).push_front(window);
}

/// Reads one window to its end; returns its parts when it had to be split.
async fn drain_window<L: Listed>(context: &Arc<RunContext>, window: Window) -> Result<Vec<Window>> {
    let platform = context.shop.app.platform;
    if window.full && platform.product_list() == Some(FullList::Cursor) {
        return drain_cursor(context, window).await.map(|()| Vec::new());
    }
    let rules = L::rules(platform)
        .ok_or_else(|| Error::internal("a run needs an adapter with rules for its kind"))?;
    if let Some(at) = cut_at(&window, &rules) {
        return split(context, &window, at).await;
    }
    let mut walk = Walk::new(rules, &window);
    let mut is_first = true;
    loop {
        let call = L::call(&context.shop, Which::of(&window), &walk.ask(), rules.page_size)?;
        let page = L::complete(context, context.call(&call).await?).await?;
        let page = prepare::<L>(context, page)?;
        let step = walk.absorb(&page.facts)?;
        let list_total = page
            .facts
            .total
            .filter(|_| is_first && window.place.is_none())
            .map(|total| context.add_total(total));
        is_first = false;
        let turn = Turn { place: walk.place()?, is_done: step == Step::Done, list_total };
        commit::<L>(context, &window, page, turn).await?;
        match step {
            Step::More => {}
            Step::Done => return Ok(Vec::new()),
            Step::Split(at) => return split(context, &window, at).await,
        }
    }
}

/// The two parts of a window, the one to read first last.
async fn split(context: &RunContext, window: &Window, at: UtcMillis) -> Result<Vec<Window>> {
    let (first, second) = context.store.split_window(window.id, at, context.clock.now()).await?;
    Ok(vec![second, first])
}

/// Reads a list of everything by the platform's own cursor. A page is asked for while the one before it is
/// committed: what it holds depends on the cursor alone, and what is read too much after a failure is read
/// again.
async fn drain_cursor(context: &Arc<RunContext>, window: Window) -> Result<()> {
    let mut cursor = window.place.clone();
    let mut seen = HashSet::new();
    let mut page = cursor_page(context, cursor.clone(), 0).await?;
    loop {
        let next = page.next_cursor.clone();
        let prepared = prepare::<ProductList>(context, WholePage { page, facts: None, confirmed: 0 })?;
        let fresh = prepared.facts.ids.iter().filter(|id| seen.insert(**id)).count();
        let is_done = next.is_none() || prepared.facts.count == 0;
        if !is_done && (next == cursor || (fresh == 0 && !prepared.facts.ids.is_empty())) {
            let message = "the platform's list repeats itself: it is read again at the next sync";
            return Err(Error::new(ErrorKind::Transient, message).with_retry(Retry::Backoff));
        }
        let list_total = prepared.facts.total.map(|total| i64::try_from(total).unwrap_or(i64::MAX));
        let turn = Turn { place: next.clone().unwrap_or_default(), is_done, list_total };
        let commit = commit::<ProductList>(context, &window, prepared, turn);
        if is_done {
            return commit.await;
        }
        page = after(commit, cursor_page(context, next.clone(), seen.len())).await?;
        cursor = next;
    }
}

/// A page by its cursor. An empty one against the total is not taken for the end at once.
async fn cursor_page(
    context: &RunContext,
    cursor: Option<String>,
    known: usize,
) -> Result<ListPage<ProductRecord>> {
    let platform = context.shop.app.platform;
    let size = platform.product_rules().map_or(100, |rules| rules.page_size);
    let call = platform.list_products(&ProductQuery {
        updated: None,
        place: Place::Cursor(cursor),
        size,
        section: 0,
    })?;
    let page = context.call(&call).await?;
    let promised = page.total.is_some_and(|total| total > known as u64);
    if page.records.is_empty() && promised { context.call(&call).await } else { Ok(page) }
}

/// A page as rows, and what it says about paging.
struct PreparedPage<R> {
    facts: PageFacts,
    rows: Vec<R>,
    confirmed: usize,
    bad: Vec<BadRow>,
    /// Kept until the page is stored.
    _sealing: Sealing,
}

/// Where a window stands after a page.
struct Turn {
    place: String,
    is_done: bool,
    list_total: Option<i64>,
}

/// Commits a page's rows, the place in its window and the run's numbers together.
async fn commit<L: Listed>(
    context: &RunContext,
    window: &Window,
    page: PreparedPage<L::Row>,
    turn: Turn,
) -> Result<()> {
    let write = PageWrite {
        shop: context.shop.shop.id,
        run: context.snapshot().id,
        window: window.id,
        place: Some(turn.place),
        done: turn.is_done,
        rows: page.rows,
        confirmed: page.confirmed,
        bad: page.bad,
        calls: context.take_calls(),
        list_total: turn.list_total,
        now: context.clock.now(),
    };
    context.committed(&L::store(&context.store, write).await?)
}

/// Digests and seals a page: a microsecond or two a record, less than the hop to another thread would cost
/// a page, and some milliseconds for the largest answer that is taken at all.
fn prepare<L: Listed>(context: &RunContext, whole: WholePage<L::Remote>) -> Result<PreparedPage<L::Row>> {
    let WholePage { page, facts, confirmed } = whole;
    let facts = facts.unwrap_or_else(|| facts_of::<L>(&page));
    let sealing = context.cipher.sealing();
    let sealer = context.sealer(&sealing);
    let (mut rows, mut bad) = (Vec::with_capacity(page.records.len()), Vec::new());
    for record in page.records {
        match record {
            Ok(remote) => rows.push(L::row(&sealer, remote)?),
            Err(record) => bad.push(sealer.bad(L::KIND, record)?),
        }
    }
    Ok(PreparedPage { facts, rows, confirmed, bad, _sealing: sealing })
}

/// What a page says about paging.
pub(super) fn facts_of<L: Listed>(page: &ListPage<L::Remote>) -> PageFacts {
    let mut facts = PageFacts { count: page.records.len(), total: page.total, ..PageFacts::default() };
    for record in &page.records {
        match record {
            Ok(remote) => {
                facts.ids.push(short_hash(L::id(remote)));
                facts.times.extend(L::changed_at(remote));
            }
            Err(record) => facts.ids.extend(record.platform_id.as_deref().map(short_hash)),
        }
    }
    facts
}

fn short_hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
