//! Unknown outcomes: settled by what the platform shows, by sending the same thing again where that is
//! safe, or by a person.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Publisher;
use super::drive::{Met, guards};
use super::look::sight;
use super::state::{self, Sight, transition};
use crate::error::Result;
use crate::failpoint::die_at;
use crate::model::{Change, ChangeId, ChangeState, Wanted};
use crate::platform::{Platform, WriteClass};
use crate::store::SendRow;

/// Pauses between the looks that follow at once; later ones are the background's.
const PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(200), Duration::from_millis(800), Duration::from_secs(2)];

impl Publisher {
    /// Tries to end an unknown change now; true when it moved on.
    pub(super) async fn settle_unknown(&self, send: &SendRow, until: Instant) -> Result<bool> {
        for pause in PAUSES {
            if Instant::now() + pause >= until || self.closing.is_cancelled() {
                return Ok(false);
            }
            tokio::select! {
                () = self.closing.cancelled() => return Ok(false),
                () = sleep(pause) => {}
            }
            let now = self.store.get_send(send.change.id).await?;
            if now.change.state != ChangeState::Unknown || now.epoch != send.epoch {
                return Ok(true);
            }
            if self.settle_once(&now).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One look, and one repetition where the look asks for it.
    async fn settle_once(&self, send: &SendRow) -> Result<bool> {
        let shop = match self.contexts.shop(send.change.shop_id).await {
            Ok(shop) => shop,
            Err(error) => return self.cannot_look(send, &error),
        };
        let wanted = &send.change.wanted;
        if shop.app.platform.write_class(wanted) == WriteClass::RepeatWithKey {
            // A sum shows nothing of its parts; the same key again is safe, and its answer says it all.
            return self.again(send).await;
        }
        die_at("before-look");
        let fresh = match self.look(&shop, &send.change).await {
            Ok(fresh) => fresh,
            Err(error) => return self.cannot_look(send, &error),
        };
        die_at("after-look");
        let seen = sight(shop.app.platform, wanted, &fresh);
        let met = Met { error: None, became: fresh.became() };
        let Some(moved) = self.apply(send, state::Event::Seen(seen), met).await? else { return Ok(true) };
        die_at("after-sight");
        if moved.change.state == ChangeState::Accepted {
            self.store_fresh(&moved.change, fresh).await;
        }
        if moved.change.state != ChangeState::Unknown {
            return Ok(true);
        }
        match seen {
            Sight::Other if self.goes_on_now(shop.app.platform, send) => self.again(&moved).await,
            _ => Ok(false),
        }
    }

    /// The last call of a plan is made again at once when it may have been lost. What was refused since is not hurried: a
    /// look at a time says no more than the one before.
    fn goes_on_now(&self, platform: &dyn Platform, send: &SendRow) -> bool {
        let resumes = platform.write_class(&send.change.wanted) == WriteClass::Resume;
        let is_due = send.due_at.is_none_or(|due| due <= self.clock.now());
        !resumes || send.change.attempt <= 1 || is_due
    }

    /// Sends an unknown change again where its class allows it.
    async fn again(&self, send: &SendRow) -> Result<bool> {
        let shop = self.contexts.shop(send.change.shop_id).await?;
        let guards = guards(shop.app.platform, send);
        if transition(send.change.state, state::Event::Claim, &guards).is_err() {
            if !guards.tries_left {
                self.apply(send, state::Event::Seen(Sight::Other), Met::default()).await?;
                return Ok(true);
            }
            return Ok(false);
        }
        self.send_once(send).await?;
        Ok(true)
    }

    fn cannot_look(&self, send: &SendRow, error: &crate::error::Error) -> Result<bool> {
        tracing::warn!(change = send.change.id.0, code = error.code(), "cannot look how a change ended");
        Ok(false)
    }

    /// Looks once, also for a change that needs a person, then drives it on.
    pub(super) async fn look_and_drive(&self, id: ChangeId) -> Result<SendRow> {
        let send = self.store.get_send(id).await?;
        if send.change.state != ChangeState::NeedsHuman {
            return self.drive(id).await;
        }
        let shop = self.contexts.shop(send.change.shop_id).await?;
        let fresh = self.look(&shop, &send.change).await?;
        let seen = sight(shop.app.platform, &send.change.wanted, &fresh);
        let met = Met { error: None, became: fresh.became() };
        if let Some(moved) = self.apply(&send, state::Event::Seen(seen), met).await?
            && moved.change.state == ChangeState::Accepted
        {
            self.store_fresh(&moved.change, fresh).await;
        }
        self.store.get_send(id).await
    }

    /// Reads back what was just accepted, so that our rows show it without a sync. Never what was wanted:
    /// what the platform shows. A listing or promotion is followed by itself: its review takes its time.
    pub(super) async fn follow_up(&self, change: &Change) {
        // A promotion of the shop is read straight from the platform, and kept in no row of ours.
        if change.wanted.is_followed() || matches!(change.wanted, Wanted::Campaign { .. }) {
            return;
        }
        let looked = match self.contexts.shop(change.shop_id).await {
            Ok(shop) => self.look(&shop, change).await,
            Err(error) => Err(error),
        };
        match looked {
            Ok(fresh) => self.store_fresh(change, fresh).await,
            Err(error) => {
                tracing::warn!(change = change.id.0, code = error.code(), "done, but not read back");
            }
        }
    }

    async fn store_fresh(&self, change: &Change, fresh: super::Fresh) {
        if let Err(error) = (self.refresh)(change.shop_id, fresh).await {
            tracing::warn!(change = change.id.0, code = error.code(), "read back, but not stored");
        }
    }
}
