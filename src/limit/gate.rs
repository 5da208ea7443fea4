//! The interactive-first gate of one app: while somebody waits in front of a screen, bulk work does
//! not take what that call needs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// After this long at the gate a bulk call goes on, so that steady interactive use slows a sync
/// down but cannot stop it. Only the first call of each queue stands at the gate.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Default)]
struct Waiting {
    /// Interactive calls that wait for anything.
    any: usize,
    /// Those of them that have their slot and wait for a limiter. A bulk call that holds a slot
    /// yields only to these: yielding to one that waits for this very slot would block both.
    ready: usize,
}

pub(super) struct Gate {
    waiting: watch::Sender<Waiting>,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { waiting: watch::Sender::new(Waiting::default()) }
    }

    /// Announces an interactive call until the ticket is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> Ticket {
        self.waiting.send_modify(|waiting| waiting.any += 1);
        Ticket { gate: Arc::clone(self), ready: false }
    }

    /// Waits until no interactive call waits for anything, or the patience ends.
    pub(super) async fn until_idle(&self, patience: Instant) {
        self.until(patience, |waiting| waiting.any == 0).await;
    }

    /// Waits until no interactive call waits for a limiter, or the patience ends.
    pub(super) async fn until_clear(&self, patience: Instant) {
        self.until(patience, |waiting| waiting.ready == 0).await;
    }

    /// Returns when an interactive call arrives; at once when one waits.
    pub(super) async fn until_busy(&self) {
        let mut seen = self.waiting.subscribe();
        // The sender lives in self, so waiting cannot fail.
        let _ = seen.wait_for(|waiting| waiting.any > 0).await;
    }

    async fn until(&self, patience: Instant, quiet: impl Fn(&Waiting) -> bool) {
        let mut seen = self.waiting.subscribe();
        let _ = timeout_at(patience, seen.wait_for(|waiting| quiet(waiting))).await;
    }
}

/// An interactive call that waits.
pub(super) struct Ticket {
    gate: Arc<Gate>,
    ready: bool,
}

impl Ticket {
    /// The call has its slot.
    pub(super) fn is_ready(&mut self) {
        if !self.ready {
            self.ready = true;
            self.gate.waiting.send_modify(|waiting| waiting.ready += 1);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let ready = usize::from(self.ready);
        self.gate.waiting.send_modify(|waiting| {
            waiting.any = waiting.any.saturating_sub(1);
            waiting.ready = waiting.ready.saturating_sub(ready);
        });
    }
}
