//! Tells what happens to whoever listens. Nobody waits for a listener: who is too slow misses news.

use tokio::sync::broadcast::{self, Receiver, Sender};

use crate::model::Event;

/// News that a slow listener may be behind.
const BACKLOG: usize = 1_024;

/// Where news is told. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Events(Sender<Event>);

impl Events {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }

    /// Tells everybody; nobody listening is fine.
    pub(crate) fn tell(&self, event: Event) {
        // Fails only when nobody listens.
        drop(self.0.send(event));
    }

    pub(crate) fn listen(&self) -> Receiver<Event> {
        self.0.subscribe()
    }
}
