//! How many calls of one shop may be under way at the same time.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Queue, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::Lane;
use super::gate::{Gate, PATIENCE};

pub(super) struct Slots {
    current: Mutex<(usize, Arc<Semaphore>)>,
    bulk: Queue<()>,
}

impl Slots {
    pub(super) fn new(size: usize) -> Self {
        Self { current: Mutex::new((size, Arc::new(Semaphore::new(size)))), bulk: Queue::default() }
    }

    /// Waits for a slot. Of the bulk calls only the first stands in the semaphore's queue, and it
    /// leaves that queue when an interactive call arrives.
    pub(super) async fn take(&self, size: usize, lane: Lane, gate: &Gate) -> Option<OwnedSemaphorePermit> {
        if lane == Lane::Interactive {
            return self.semaphore(size).acquire_owned().await.ok();
        }
        let _turn = self.bulk.lock().await;
        let patience = Instant::now() + PATIENCE;
        loop {
            gate.until_idle(patience).await;
            let slot = self.semaphore(size).acquire_owned();
            if Instant::now() >= patience {
                return slot.await.ok();
            }
            tokio::select! {
                biased;
                () = gate.until_busy() => {}
                slot = slot => return slot.ok(),
            }
        }
    }

    pub(super) fn free(&self) -> usize {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).1.available_permits()
    }

    /// A changed size starts a new semaphore; what runs under the old one ends there.
    fn semaphore(&self, size: usize) -> Arc<Semaphore> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.0 != size {
            *current = (size, Arc::new(Semaphore::new(size)));
        }
        Arc::clone(&current.1)
    }
}
