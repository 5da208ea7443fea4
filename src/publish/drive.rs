//! Drives one change: claims it durably, sends it once, writes down what became of it.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::look::style;
use super::state::{self, Guards, Outcome, Step, transition};
use super::{LIFE, PATIENCE, Publisher};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::failpoint::die_at;
use crate::model::{Change, ChangeId, ChangeState, Evidence, UtcMillis, Wanted};
use crate::pipeline::{Executed, Failure};
use crate::platform::{Platform, Published, write_call};
use crate::store::{Became, Claim, MetError, MoveSend, SendRow};

/// Longer than a call with its waits and repeats can take. Who takes longer has lost the change.
pub(super) const LEASE: Duration = Duration::from_secs(180);
/// Attempts after which a person has to look.
const MOST_ATTEMPTS: i64 = 12;
/// Looks after which a person has to look.
const MOST_LOOKS: i64 = 40;
/// The first pause after a passing refusal; each further one twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// What a change met on its way.
#[derive(Clone, Copy, Default)]
pub(super) struct Met<'a> {
    pub(super) error: Option<&'a Error>,
    /// The product that its listing became.
    pub(super) became: Option<&'a Published>,
}

impl Publisher {
    /// Drives a change until it has ended, or needs a person or time.
    pub(super) async fn drive(&self, id: ChangeId) -> Result<SendRow> {
        let until = Instant::now() + PATIENCE;
        loop {
            let send = self.store.get_send(id).await?;
            let state = send.change.state;
            let is_due = send.due_at.is_none_or(|due| due <= self.clock.now());
            let rests = state.is_final()
                || state == ChangeState::NeedsHuman
                || (state == ChangeState::RetryWait && !is_due)
                || self.closing.is_cancelled()
                || Instant::now() >= until;
            if rests {
                return Ok(send);
            }
            match state {
                ChangeState::Unknown if !self.settle_unknown(&send, until).await? => {
                    return self.store.get_send(id).await;
                }
                ChangeState::Unknown => {}
                ChangeState::Queued | ChangeState::RetryWait => self.take_turn(&send).await?,
                // Another task or process sends it.
                _ => self.wait().await,
            }
        }
    }

    /// Sends the change if it is its turn; otherwise helps the one before it to an end.
    async fn take_turn(&self, send: &SendRow) -> Result<()> {
        if self.send_once(send).await? {
            return Ok(());
        }
        let Some(before) = self.store.under_way_beside(send.change.id).await? else { return Ok(()) };
        let before = self.store.get_send(before).await?;
        match before.change.state {
            ChangeState::Unknown => {
                Box::pin(self.drive(before.change.id)).await?;
            }
            ChangeState::NeedsHuman if before.change.wanted.is_absolute() => {
                self.apply(&before, state::Event::Replace, Met::default()).await?;
                return Ok(());
            }
            _ => {}
        }
        self.wait().await;
        Ok(())
    }

    /// Claims the change and makes one attempt; false when it could not be claimed.
    pub(super) async fn send_once(&self, send: &SendRow) -> Result<bool> {
        die_at("before-intent");
        let now = self.clock.now();
        let claim = Claim { process: self.store.process_id(), lease_until: now.plus(LEASE), now };
        let Some(claimed) = self.store.claim_send(send, claim).await? else { return Ok(false) };
        self.tell(&claimed);
        die_at("after-intent");
        let answer =
            timeout(LEASE, self.call(&claimed, claim.lease_until)).await.unwrap_or_else(|_| Err(too_long()));
        die_at("after-send");
        let done = self.record(claimed, answer).await?;
        die_at("after-result");
        if done.change.state == ChangeState::Accepted {
            self.follow_up(&done.change).await;
        }
        Ok(true)
    }

    async fn call(&self, send: &SendRow, until: UtcMillis) -> Result<Option<Published>, Failure> {
        let shop = self.contexts.shop(send.change.shop_id).await?;
        if send.change.wanted.has_listing() {
            return self.send_listing(&shop, &send.change, until).await.map(Some);
        }
        if matches!(send.change.wanted, Wanted::Campaign { .. }) {
            return self.send_campaign(&shop, send, until).await.map(Some);
        }
        if matches!(send.change.wanted, Wanted::Post { .. }) {
            return self.send_post(&shop, &send.change, until).await.map(Some);
        }
        let key = send.idempotency_key.as_deref();
        let known = self.known(&shop, &send.change.wanted).await?;
        let call = write_call(shop.app.platform, &send.change.wanted, key, known.as_ref())?;
        self.caller.signing_until(until).try_call(&shop, &call, style()).await.map(|()| None)
    }

    /// Writes down how the attempt ended. A positive answer counts even when somebody else has taken the
    /// change for lost meanwhile.
    async fn record(&self, claimed: SendRow, answer: Result<Option<Published>, Failure>) -> Result<SendRow> {
        let (mut send, epoch) = (claimed.clone(), claimed.epoch);
        let shop = self.contexts.shop(send.change.shop_id).await;
        let platform = shop.as_ref().ok().map(|shop| shop.app.platform);
        let outcome = outcome(platform, answer.as_ref().err());
        let (became, error) = match answer {
            Ok(became) => (became, None),
            Err(failure) => (None, Some(failure.error)),
        };
        let absolute = claimed.change.wanted.is_absolute();
        while state::counts(send.change.state, outcome, send.epoch == epoch, absolute) {
            let met = Met { error: error.as_ref(), became: became.as_ref() };
            let moved = self.apply(&send, state::Event::Answered(outcome), met).await?;
            if let Some(moved) = moved {
                return Ok(moved);
            }
            let now = self.store.get_send(send.change.id).await?;
            if now == send {
                // Its next place was taken between reading and writing; the next look sees it.
                self.wait().await;
            }
            send = now;
        }
        Ok(send)
    }

    /// Applies an event: the change as it is then, or `None` when it moved meanwhile.
    pub(super) async fn apply(
        &self,
        send: &SendRow,
        event: state::Event,
        met: Met<'_>,
    ) -> Result<Option<SendRow>> {
        let shop = self.contexts.shop(send.change.shop_id).await?;
        let guards = guards(shop.app.platform, send);
        let looked = matches!(event, state::Event::Seen(_));
        let (to, evidence) = match transition(send.change.state, event, &guards) {
            Ok(Step::To(to, evidence)) => (to, evidence),
            Ok(Step::Stay) if looked => (send.change.state, None),
            Ok(Step::Stay) => return Ok(Some(send.clone())),
            Err(state::Illegal) => {
                return Err(Error::internal(format!("{event:?} of a change that is {}", send.change.state)));
            }
        };
        let step = self.step(send, event, (to, evidence), met);
        let moved = self.store.move_send(send, step).await?;
        if let Some(moved) = moved.as_ref().filter(|moved| moved.change.state != send.change.state) {
            self.tell(moved);
            self.tell_of_post(moved).await?;
        }
        Ok(moved)
    }

    fn step(
        &self,
        send: &SendRow,
        event: state::Event,
        (to, evidence): (ChangeState, Option<Evidence>),
        met: Met<'_>,
    ) -> MoveSend {
        let now = self.clock.now();
        let pause = match met.error.map(Error::retry) {
            Some(Retry::After(wait)) => wait.max(FIRST_PAUSE),
            _ => backoff(send.change.attempt.max(send.looks)),
        };
        let waits = matches!(to, ChangeState::RetryWait | ChangeState::Unknown);
        let repeats = send.idempotency_key.is_some() || send.change.wanted.is_absolute();
        MoveSend {
            to,
            evidence,
            unsure: state::unsure_after(event, to, send.unsure, repeats),
            looked: matches!(event, state::Event::Seen(_)),
            due_at: waits.then(|| now.plus(pause)),
            // Who says "send it again" says so today, however old the wish is.
            expires_at: (to == ChangeState::Queued).then(|| now.plus(LIFE)),
            error: met.error.map(kept),
            became: met.became.map(|product| Became {
                platform_id: product.platform_product_id.clone(),
                review_id: product.review_id.clone(),
            }),
            now,
        }
    }

    /// A person or the caller decides.
    pub(super) async fn decide(
        &self,
        id: ChangeId,
        event: state::Event,
        became: Option<&Published>,
        why: &str,
    ) -> Result<Change> {
        loop {
            let send = self.store.get_send(id).await?;
            let shop = self.contexts.shop(send.change.shop_id).await?;
            if transition(send.change.state, event, &guards(shop.app.platform, &send)).is_err() {
                let message = format!("change {id} is {}: {why}", send.change.state);
                return Err(Error::new(ErrorKind::Conflict, message));
            }
            if let Some(moved) = self.apply(&send, event, Met { error: None, became }).await? {
                return Ok(moved.change);
            }
        }
    }
}

pub(super) fn guards(platform: &dyn Platform, send: &SendRow) -> Guards {
    let wanted = &send.change.wanted;
    Guards {
        class: platform.write_class(wanted),
        absolute: wanted.is_absolute(),
        unsure: send.unsure,
        another_waits: send.another_waits,
        tries_left: send.change.attempt < MOST_ATTEMPTS && send.looks < MOST_LOOKS,
    }
}

/// How an attempt ended, by what the pipeline says of it.
fn outcome(platform: Option<&dyn Platform>, failure: Option<&Failure>) -> Outcome {
    let Some(failure) = failure else { return Outcome::Done };
    let code = failure.error.platform_code().unwrap_or_default();
    if platform.is_some_and(|platform| platform.says_done_before(code)) {
        return Outcome::DoneBefore;
    }
    match (failure.executed, failure.error.retry()) {
        (Executed::Maybe, _) => Outcome::Unsure,
        (Executed::No, Retry::Never) => Outcome::Refused,
        (Executed::No, Retry::After(_) | Retry::Backoff) => Outcome::Later,
    }
}

fn kept(error: &Error) -> MetError {
    MetError {
        code: Some(error.code().to_owned()),
        message: Some(error.message().to_owned()),
        platform_code: error.platform_code().map(str::to_owned),
        request_id: error.request_id().map(str::to_owned),
    }
}

fn too_long() -> Failure {
    let error = Error::new(ErrorKind::UnknownOutcome, "the call took longer than a change may be under way");
    Failure { executed: Executed::Maybe, ..Failure::from(error) }
}

fn backoff(times: i64) -> Duration {
    let doublings = u32::try_from(times.clamp(1, 16) - 1).unwrap_or(0);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}
