//! PUSH: writes to a platform, at most once by our own hand where twice would do harm.
//!
//! A change is queued, claimed durably before its first byte is sent, sent once, and ends with certainty:
//! by the platform's answer, by what the platform shows, or by a person. Nobody guesses. One target has one
//! call under way, in all processes, and the newest wanted value wins.

mod campaign;
mod drive;
mod duty;
#[cfg(test)]
mod explore;
mod follow;
mod listing;
mod look;
mod picture;
mod plan;
pub(crate) mod post;
mod settle;
pub(crate) mod state;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::{AppContexts, ShopContext};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::event::Events;
use crate::media::Library;
use crate::model::{Change, ChangeId, ChangeState, Event, Resolution, ShopId, Wanted};
use crate::pipeline::Caller;
use crate::platform::{KnownProduct, write_call};
use crate::store::{Enqueued, NewCampaign, NewListing, NewSend, SendRow, Store};

pub(crate) use look::{Fresh, Refresh};
pub(crate) use post::{Onward, Progress, Said};

/// How long a caller, and the task that drives its change, wait for a certain end. What is left then goes
/// on in the background.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a caller waits while a change that cannot be replaced stands in the queue.
const PLACE_PATIENCE: Duration = Duration::from_secs(10);
/// How often changes of other processes are looked for; those of this one wake whoever waits.
const PEEK: Duration = Duration::from_millis(100);
/// A change that could not be sent for so long is not what anybody wants any more.
const LIFE: Duration = Duration::from_secs(24 * 3600);

/// Something to queue.
#[derive(Clone)]
enum Wish {
    /// A wish that says all.
    Plain(NewSend),
    /// A wish with a draft.
    Listing(Box<NewListing>),
    /// A wish with the draft of a promotion.
    Campaign(Box<NewCampaign>),
}

/// Makes changes and drives them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Publisher {
    pub(crate) store: Store,
    pub(crate) contexts: AppContexts,
    pub(crate) caller: Caller,
    pub(crate) clock: Clock,
    pub(crate) events: Events,
    /// Changes outlive their callers; `close` awaits their calls.
    pub(crate) tasks: TaskTracker,
    pub(crate) closing: CancellationToken,
    pub(crate) refresh: Refresh,
    pub(crate) library: Library,
    /// Whether promotions are published only after somebody has approved them.
    pub(crate) needs_approval: bool,
    /// Told when a change of this process moved.
    pub(crate) moved: Arc<Notify>,
}

impl Publisher {
    /// Queues a wish and waits for its end, for a while.
    ///
    /// # Errors
    /// What the platform refused it with, when it surely was not done; `CONFLICT` when a change that cannot
    /// be replaced waits for the same target. An unknown outcome is no error: the change says so.
    pub(crate) async fn submit(&self, shop: ShopId, wanted: Wanted, actor: &str) -> Result<Change> {
        let context = self.contexts.shop(shop).await?;
        let key = self.key(&wanted)?;
        // What cannot be sent at all is refused before it has a row.
        let known = self.known(&context, &wanted).await?;
        write_call(context.app.platform, &wanted, key.as_deref(), known.as_ref())?;
        let id = self.place(Wish::Plain(self.new_send(shop, wanted, key, actor))).await?;
        self.drive_now(id).await
    }

    /// What we keep of the product of a wish, where its call wants more than ids.
    async fn known(&self, shop: &ShopContext, wanted: &Wanted) -> Result<Option<KnownProduct>> {
        let Some(product) = wanted.product().filter(|_| shop.app.platform.write_wants_product(wanted)) else {
            return Ok(None);
        };
        let found = self.store.find_product(shop.shop.id, product.to_owned()).await?;
        Ok(found.map(|product| KnownProduct {
            shop_type: shop.shop.shop_type.clone(),
            record: product.record,
            skus: product.skus.into_iter().map(|sku| sku.record).collect(),
        }))
    }

    /// Made once for a change and stored with it.
    fn key(&self, wanted: &Wanted) -> Result<Option<String>> {
        if !matches!(wanted, Wanted::AddStock { .. } | Wanted::Stock { .. }) {
            return Ok(None);
        }
        random_text().map(Some)
    }

    /// Drives a change to its end, for a while, apart from whoever asked.
    async fn drive_now(&self, id: ChangeId) -> Result<Change> {
        let publisher = self.clone();
        let driven = self.tasks.spawn(async move { publisher.drive(id).await }).await;
        let send = driven.unwrap_or_else(|_| Err(Error::internal("the change's task panicked")))?;
        refused(send.change)
    }

    fn new_send(&self, shop: ShopId, wanted: Wanted, key: Option<String>, actor: &str) -> NewSend {
        let now = self.clock.now();
        NewSend {
            shop,
            wanted,
            idempotency_key: key,
            actor: actor.to_owned(),
            now,
            expires_at: now.plus(LIFE),
        }
    }

    /// Queues a wish as soon as there is a place for it.
    async fn place(&self, wish: Wish) -> Result<ChangeId> {
        let started = Instant::now();
        loop {
            let queued = match wish.clone() {
                Wish::Plain(send) => self.store.enqueue_send(send).await?,
                Wish::Listing(listing) => self.store.enqueue_listing(*listing).await?,
                Wish::Campaign(campaign) => self.store.enqueue_campaign(*campaign).await?,
            };
            match queued {
                Enqueued::New { id, replaced } => {
                    if let Some(replaced) = replaced {
                        self.tell(&self.store.get_send(replaced).await?);
                    }
                    return Ok(id);
                }
                Enqueued::Same(id) => return Ok(id),
                Enqueued::Busy(id) if started.elapsed() >= PLACE_PATIENCE => return Err(busy(id)),
                Enqueued::Busy(_) => self.wait().await,
            }
        }
    }

    /// Looks at the platform now and drives the change on, for a while.
    pub(crate) async fn settle(&self, id: ChangeId) -> Result<Change> {
        let publisher = self.clone();
        let driven = self.tasks.spawn(async move { publisher.look_and_drive(id).await }).await;
        let send = driven.unwrap_or_else(|_| Err(Error::internal("the change's task panicked")))?;
        Ok(send.change)
    }

    /// Takes a change back that is not under way.
    ///
    /// # Errors
    /// `CONFLICT` when it is under way or has ended.
    pub(crate) async fn cancel(&self, id: ChangeId) -> Result<Change> {
        self.decide(id, state::Event::Cancel, None, "only a change that waits can be cancelled").await
    }

    /// Does what a person decided. `product` is what a new product became, by the platform's id; without it the
    /// product is looked for.
    ///
    /// # Errors
    /// `CONFLICT` when it needs nobody, when it cannot be sent again because another one waits or because what was sent
    /// may still arrive, or when a new product is said to be there and cannot be found.
    pub(crate) async fn resolve(
        &self,
        id: ChangeId,
        resolution: Resolution,
        product: Option<String>,
    ) -> Result<Change> {
        let why = "only a change that needs a person can be resolved, and it is only sent again while no other \
                   change of its target waits";
        if resolution == Resolution::SendAgain {
            self.check_arrived(id).await?;
        }
        let became = self.became(id, resolution, product).await?;
        let change = self.decide(id, state::Event::Resolve(resolution), became.as_ref(), why).await?;
        if change.state == ChangeState::Queued {
            let publisher = self.clone();
            self.tasks.spawn(async move { publisher.drive(id).await });
        }
        Ok(change)
    }

    /// Whoever looks before what was sent can have arrived sees nothing, and would send it twice. What has a key, or
    /// sets a value, may be sent again at any time.
    async fn check_arrived(&self, id: ChangeId) -> Result<()> {
        let send = self.store.get_send(id).await?;
        if send.idempotency_key.is_some() || send.change.wanted.is_absolute() {
            return Ok(());
        }
        let (now, sent_at) = (self.clock.now(), self.store.signed_at(id).await?);
        match sent_at.map(|at| at.plus(duty::LATE)).filter(|until| now < *until) {
            None => Ok(()),
            Some(until) => {
                let message = format!(
                    "what change {id} sent may still arrive until {until}: look at the platform again then, and send \
                     it again if it is not there"
                );
                Err(Error::new(ErrorKind::Conflict, message).with_retry(Retry::After(until.since(now))))
            }
        }
    }

    /// Something happened in this process, or a moment passed.
    async fn wait(&self) {
        // Elapsing is the other process's turn.
        let _ = timeout(PEEK, self.moved.notified()).await;
    }

    fn tell(&self, send: &SendRow) {
        self.moved.notify_waiters();
        self.events.tell(Event::ChangeState(send.change.clone()));
    }
}

/// Text that nobody guesses and nothing else has.
fn random_text() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Error::internal("the operating system gave no random bytes"))?;
    Ok(hex::encode(bytes))
}

/// A change that surely was not done is an error for who asked; the change keeps it.
fn refused(change: Change) -> Result<Change> {
    if change.state != ChangeState::Rejected {
        return Ok(change);
    }
    let code = change.error_code.as_deref().unwrap_or_default();
    let kind = ErrorKind::ALL.into_iter().find(|kind| kind.code() == code).unwrap_or(ErrorKind::Rejected);
    let message = change.message.as_deref().unwrap_or("the platform refused the change");
    let attempts = u32::try_from(change.attempt).unwrap_or(u32::MAX);
    let retry = match kind {
        ErrorKind::RateLimited | ErrorKind::Transient => Retry::Backoff,
        _ => Retry::Never,
    };
    let mut error = Error::new(kind, format!("{message} (change {})", change.id))
        .with_retry(retry)
        .with_shop(change.shop_id)
        .with_attempts(attempts);
    if let Some(code) = change.platform_code {
        error = error.with_platform_code(code);
    }
    if let Some(id) = change.request_id {
        error = error.with_request_id(id);
    }
    Err(error)
}

fn busy(id: ChangeId) -> Error {
    let message =
        format!("change {id} of the same target waits and cannot be replaced: wait for it, or cancel it");
    Error::new(ErrorKind::Conflict, message).with_retry(Retry::Backoff)
}
