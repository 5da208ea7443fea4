//! `hub.on`: tells JS what happens, without ever holding it up or keeping Node alive.

use std::str::FromStr;

use napi::bindgen_prelude::{Either8, Function, Unknown};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status, ValueType};
use napi_derive::napi;
use tokio_util::sync::CancellationToken;

use super::changes::Change;
use super::checked::{PARAMS_CAP, Reader, Tree, refuse};
use super::jobs::Job;
use super::listings::Listing;
use super::outcome::{cast, refused};
use super::progress::ignore_failure;
use super::promotions::{Promotion, PromotionLive};
use super::runs::Run;
use super::runtime::spawn;
use crate::error::Result;
use crate::hub::EventStream;
use crate::model::{Event, EventKind};

/// News that waits for a busy JS thread; more is dropped, since the tables are the truth.
const QUEUE: usize = 1_024;

/// A shop's authorisation ended; a person must authorise it again.
#[napi(object, object_from_js = false)]
pub struct ShopReauthorize {
    /// The shop.
    pub shop_id: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// A shop's authorisation ends soon, and only a person can move its end.
#[napi(object, object_from_js = false)]
pub struct ShopExpiring {
    /// The shop.
    pub shop_id: String,
    /// So many days ahead, or fewer: 30, 14, 7, 3 or 1.
    pub days: u32,
    /// The end.
    pub expires_at: String,
    /// Whether tokens are renewed until then.
    pub can_refresh: bool,
}

type Told = Either8<Run, ShopReauthorize, Change, Listing, Job, ShopExpiring, Promotion, PromotionLive>;
/// Weak: a listener does not keep Node's loop alive.
type Teller = ThreadsafeFunction<Told, Unknown<'static>, Told, Status, false, true, QUEUE>;

/// The kind of event that `value` names.
pub(super) fn kind(env: &Env, value: &Unknown<'_>) -> Result<EventKind> {
    match Reader::new(env, PARAMS_CAP).tree("event", value, 0)? {
        Tree::Text(text) => EventKind::from_str(&text),
        _ => Err(refuse("event", "must be the name of an event")),
    }
}

/// Tells `listener` of every event of a kind until the token is cancelled or the hub is closed.
pub(super) fn listen(
    env: &Env,
    kind: EventKind,
    listener: &Unknown<'_>,
    mut events: EventStream,
) -> Result<CancellationToken> {
    if listener.get_type().map_err(|error| refused(env, &error))? != ValueType::Function {
        return Err(refuse("listener", "must be a function"));
    }
    let teller = teller(listener).map_err(|error| refused(env, &error))?;
    let off = CancellationToken::new();
    let stopped = off.clone();
    spawn(async move {
        loop {
            let event = tokio::select! {
                () = stopped.cancelled() => return,
                event = events.next() => match event {
                    Some(event) => event,
                    None => return,
                },
            };
            // News that JS numbers cannot hold is no news; the run's row will say so.
            let Some(told) = (event.kind() == kind).then(|| told(event).ok()).flatten() else { continue };
            teller.call_with_return_value(told, ThreadsafeFunctionCallMode::NonBlocking, |result, env| {
                ignore_failure(&env, result);
                Ok(())
            });
        }
    })?;
    Ok(off)
}

fn told(event: Event) -> Result<Told> {
    match event {
        Event::RunProgress(run) | Event::RunFinished(run) => Run::try_from(run).map(Either8::A),
        Event::ChangeState(change) => Change::try_from(change).map(Either8::C),
        Event::ListingStatus(listing) => Listing::try_from(*listing).map(Either8::D),
        Event::JobDead(job) => Job::try_from(*job).map(Either8::E),
        Event::ShopExpiring { shop_id, days, expires_at, can_refresh } => Ok(Either8::F(ShopExpiring {
            shop_id: shop_id.to_string(),
            days,
            expires_at: expires_at.to_string(),
            can_refresh,
        })),
        Event::PromotionState(promotion) | Event::PromotionOverdue(promotion) => {
            Promotion::try_from(*promotion).map(Either8::G)
        }
        Event::PromotionLive { promotion, state } => {
            let promotion = Promotion::try_from(*promotion)?;
            Ok(Either8::H(PromotionLive { promotion, state: state.to_string() }))
        }
        Event::ShopReauthorize { shop_id, reason } => {
            Ok(Either8::B(ShopReauthorize { shop_id: shop_id.to_string(), reason }))
        }
    }
}

fn teller(value: &Unknown<'_>) -> napi::Result<Teller> {
    let function: Function<'_, Told, Unknown<'static>> = cast(value)?;
    function
        .build_threadsafe_function::<Told>()
        .weak::<true>()
        .max_queue_size::<QUEUE>()
        .build_callback(|context| Ok(context.value))
}
