//! What happens to changes without anybody asking: those of dead processes, those that are due, those that
//! are too old, and older values that arrived after newer ones.

use std::time::Duration;

use super::Publisher;
use super::drive::LEASE;
use super::look::sight;
use super::state::Sight;
use crate::error::Result;
use crate::model::{ChangeId, ChangeState};
use crate::store::SendRow;

/// How often due changes are looked for.
const EVERY: Duration = Duration::from_secs(5);
/// Changes driven at a time.
const BATCH: u32 = 32;
/// How long after its claim a change may still arrive and be seen: it is signed while the claim holds, the platform
/// refuses older signatures (10 minutes where we know it), may take a minute to work on what it has let in, and
/// another one to show it.
pub(super) const LATE: Duration = LEASE.saturating_add(Duration::from_secs(12 * 60));

impl Publisher {
    /// Calls of dead processes, and those that took too long, have an unknown outcome.
    pub(crate) async fn adopt_lost(&self, dead: Vec<i64>) -> Result<()> {
        for id in self.store.lose_sends(dead, self.clock.now()).await? {
            let lost = self.store.get_send(id).await?;
            self.tell(&lost);
            self.tell_of_post(&lost).await?;
        }
        Ok(())
    }

    /// Works until the hub closes; only in the process that leads.
    pub(crate) fn start_duty(&self) {
        let publisher = self.clone();
        let duty = move || publisher.clone().keep_duty();
        self.tasks.spawn(self.store.supervisor().watch("duty", duty));
    }

    async fn keep_duty(self) {
        loop {
            if self.store.is_leader()
                && let Err(error) = self.run_duty().await
            {
                tracing::warn!(code = error.code(), "cannot drive changes on");
            }
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn run_duty(&self) -> Result<()> {
        let now = self.clock.now();
        self.store.expire_sends(now).await?;
        let due = self.store.due_sends(now, BATCH).await?;
        let driven = due.into_iter().map(|id| {
            let publisher = self.clone();
            tokio::spawn(async move { publisher.drive(id).await.map(drop) })
        });
        for task in driven.collect::<Vec<_>>() {
            if let Ok(Err(error)) = task.await {
                tracing::warn!(code = error.code(), "a change could not be driven on");
            }
        }
        self.follow_due_listings(now, BATCH).await?;
        self.follow_due_promotions(now, BATCH).await?;
        self.repair_overtaken().await
    }

    /// An older value that was replaced while nobody knew whether it was done may arrive after the newer
    /// one. While it can, the platform is looked at, and the newer value is wanted once more.
    async fn repair_overtaken(&self) -> Result<()> {
        let since = self.clock.now().minus(LATE);
        for (old, newest) in self.store.overtaken_sends(since).await? {
            if self.closing.is_cancelled() {
                return Ok(());
            }
            // An addition is no value: what the platform shows says nothing of it.
            let may = newest.change.state == ChangeState::Accepted && newest.change.wanted.is_absolute();
            if may
                && self.has_overtaken(&old, &newest).await?
                && let Some(id) = self.want_again(&newest).await?
            {
                tracing::warn!(
                    change = id.0,
                    of = newest.change.id.0,
                    "an older value arrived late, set again"
                );
                self.drive(id).await?;
            }
        }
        Ok(())
    }

    /// The platform shows exactly the older value, and not the newer one.
    async fn has_overtaken(&self, old: &SendRow, newest: &SendRow) -> Result<bool> {
        let shop = self.contexts.shop(newest.change.shop_id).await?;
        let fresh = self.look(&shop, &newest.change).await?;
        let shows = |send: &SendRow| sight(shop.app.platform, &send.change.wanted, &fresh) == Sight::Wanted;
        Ok(shows(old) && !shows(newest))
    }

    /// Nothing when somebody has wanted something else meanwhile.
    async fn want_again(&self, newest: &SendRow) -> Result<Option<ChangeId>> {
        let change = &newest.change;
        let again = self.new_send(change.shop_id, change.wanted.clone(), None, "system");
        self.store.enqueue_send_after(again, change.id).await
    }
}
