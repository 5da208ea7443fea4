//! Writes how jobs ended, as many together as have ended meanwhile: a place is free as soon as its work is done, and
//! a job is done when that is committed.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::Queue;
use crate::model::JobState;
use crate::store::{EndJob, JobEnd};

/// Ends in one transaction.
const BATCH: usize = 512;

pub(super) type Ends = UnboundedSender<JobEnd>;

impl Queue {
    /// Until nobody has anything to write any more.
    pub(super) async fn keep_writing(self, mut ends: UnboundedReceiver<JobEnd>) {
        let mut batch = Vec::new();
        while ends.recv_many(&mut batch, BATCH).await > 0 {
            self.write_ends(std::mem::take(&mut batch)).await;
            // The next one of an order key may have been waiting for it.
            self.moved.notify_one();
        }
    }

    async fn write_ends(&self, batch: Vec<JobEnd>) {
        if self.write(batch.clone()).await.is_ok() {
            return;
        }
        // One that cannot be written must not keep the others from it.
        for end in batch {
            let job = end.id.0;
            // Its lease ends, and it is run again: it is safe to.
            if let Err(error) = self.write(vec![end]).await {
                tracing::warn!(job, code = error.code(), "cannot write how a job ended");
            }
        }
    }

    async fn write(&self, batch: Vec<JobEnd>) -> crate::error::Result<()> {
        let written = self.store.end_jobs(batch.clone()).await?;
        for (end, written) in batch.iter().zip(written) {
            match written {
                Some(job) if job.state == JobState::Dead => self.tell_dead(job),
                None if end.end != EndJob::Done => {
                    tracing::warn!(job = end.id.0, "a job was somebody else's when it ended");
                }
                _ => {}
            }
        }
        Ok(())
    }
}
