//! What keeps jobs going: the heartbeat of those that run, the rescue of those whose process died, and the end of
//! those that ended long ago.

use rusqlite::{Connection, params};

use super::{COLUMNS, read_job};
use crate::error::Result;
use crate::model::{Job, JobId, UtcMillis};
use crate::store::Store;
use crate::store::row::{all, execute};

/// Rows removed in one go, so that other writers have their turn.
const PRUNED_AT_ONCE: u32 = 1_000;

impl Store {
    /// Says that the jobs of this process live. Answers which of them somebody wants to stop.
    pub(crate) async fn beat_jobs(&self, process: i64, lease_until: UtcMillis) -> Result<Vec<JobId>> {
        self.write("beat_jobs", move |conn| {
            let sql = "UPDATE jobs SET lease_until = ?2 WHERE owner_process = ?1 AND state = 'running'";
            execute(conn, sql, params![process, lease_until])?;
            let sql =
                "SELECT id FROM jobs WHERE owner_process = ?1 AND state = 'running' AND stop_requested = 1";
            all(conn, sql, [process], |row| row.get(0))
        })
        .await
    }

    /// Jobs whose process died or stopped beating wait again, or are dead when they were tried often enough: one
    /// that ends its process each time stops at its last attempt. Answers those that are dead now.
    pub(crate) async fn rescue_jobs(&self, now: UtcMillis) -> Result<Vec<Job>> {
        self.write("rescue_jobs", move |conn| rescue(conn, now)).await
    }

    /// Removes jobs that were done before one time, and those that died or were cancelled before another.
    pub(crate) async fn prune_jobs(&self, done: UtcMillis, failed: UtcMillis) -> Result<i64> {
        let mut removed = 0;
        loop {
            let some = self
                .write("prune_jobs", move |conn| {
                    let sql =
                        "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE finished_at < max(?1, ?2)
                        AND finished_at < iif(state = 'done', ?1, ?2) LIMIT ?3)";
                    execute(conn, sql, params![done, failed, PRUNED_AT_ONCE])
                })
                .await?;
            removed += some;
            if some < i64::from(PRUNED_AT_ONCE) {
                return Ok(removed);
            }
        }
    }
}

pub(super) fn rescue(conn: &Connection, now: UtcMillis) -> Result<Vec<Job>> {
    let lost = "state = 'running' AND (lease_until < ?1
        OR NOT EXISTS (SELECT 1 FROM processes WHERE id = owner_process))";
    let message = "the process ended, or stood still, while the job ran";
    let dead = format!(
        "UPDATE jobs SET state = 'dead', epoch = epoch + 1, owner_process = NULL, lease_until = NULL,
            stop_requested = 0, updated_at = ?1, finished_at = ?1, error_code = 'INTERNAL', message = ?2
        WHERE {lost} AND attempt >= max_attempts RETURNING {COLUMNS}"
    );
    let dead = all(conn, &dead, params![now, message], |row| read_job(row).map(|row| row.job))?;
    let cancelled = format!(
        "UPDATE jobs SET state = 'cancelled', epoch = epoch + 1, owner_process = NULL, lease_until = NULL,
            stop_requested = 0, updated_at = ?1, finished_at = ?1
        WHERE {lost} AND stop_requested = 1"
    );
    execute(conn, &cancelled, [now])?;
    let again = format!(
        "UPDATE jobs SET state = 'waiting', epoch = epoch + 1, owner_process = NULL, lease_until = NULL,
            updated_at = ?1, due_at = ?1, error_code = 'INTERNAL', message = ?2
        WHERE {lost}"
    );
    execute(conn, &again, params![now, message])?;
    Ok(dead)
}
