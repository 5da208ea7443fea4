//! `hub.events()`, in JS `hub.on`.

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::Hub;
use crate::error::Result;
use crate::model::{Event, Right};

/// What happens in this process, as far as the actor may see it.
#[derive(Debug)]
pub struct EventStream {
    hub: Hub,
    news: Receiver<Event>,
}

impl Hub {
    /// Listens to what happens from now on: runs, and shops whose authorisation ended. A listener that is
    /// too slow misses the oldest news.
    ///
    /// # Errors
    /// `CLOSED` after `close`.
    pub fn events(&self) -> Result<EventStream> {
        Ok(EventStream { news: self.engine()?.events.listen(), hub: self.clone() })
    }
}

impl EventStream {
    /// The next event of a shop that the actor may see; `None` once the hub is closed.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            let event = tokio::select! {
                biased;
                () = self.hub.session.ended() => return None,
                news = self.news.recv() => match news {
                    Ok(event) => event,
                    Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => return None,
                },
            };
            if self.hub.has(Right::ShopsRead, event.shop_id()).await.unwrap_or(false) {
                return Some(event);
            }
        }
    }
}
