//! The table of processes that share the file, and which of them leads.
//!
//! A row says who opened the file; its lock file says whether that process lives. The leader runs
//! background work. Its lease is renewed by the heartbeat and lapses by itself, so a process that
//! hangs does not lead for long, and one that died does not lead at all.

use std::sync::{Arc, Weak};
use std::time::Duration;

use rusqlite::{Connection, params};

use super::{Inner, Store, system};
use crate::error::{Error, Result};
use crate::model::UtcMillis;

pub(super) const HEARTBEAT: Duration = Duration::from_secs(5);
pub(super) const LEASE: Duration = Duration::from_secs(15);

/// This process, as others see it.
pub(super) struct Process<'a> {
    pub(super) lock_name: &'a str,
    pub(super) now: UtcMillis,
}

/// Adds this process and returns its row's id. A row with the same lock name is of a dead process:
/// we hold that lock. Ids are never used twice.
pub(super) fn register(conn: &Connection, process: &Process<'_>) -> Result<i64> {
    conn.execute("DELETE FROM processes WHERE lock_name = ?1", [process.lock_name])?;
    conn.execute(
        "INSERT INTO processes (lock_name, pid, host, started_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?4)",
        params![process.lock_name, std::process::id(), system::host(), process.now.0],
    )?;
    Ok(conn.last_insert_rowid())
}

/// Removes this process, and with it its lease.
pub(super) fn unregister(conn: &Connection, id: i64) -> Result<()> {
    conn.execute("DELETE FROM processes WHERE id = ?1", [id])?;
    Ok(())
}

/// Says that this process lives, and takes or renews the lease unless another one holds it.
/// Returns until when this process leads.
pub(super) fn beat(conn: &Connection, id: i64, now: UtcMillis) -> Result<Option<UtcMillis>> {
    conn.prepare_cached("UPDATE processes SET seen_at = ?2 WHERE id = ?1")?.execute(params![id, now.0])?;
    let until = now.plus(LEASE);
    // A lease that ends later than a lease can was given before the clock was set back.
    let believable = until.plus(LEASE);
    let changed = conn
        .prepare_cached(
            "UPDATE processes
             SET is_leader = (id = ?1), lease_until = CASE id WHEN ?1 THEN ?3 ELSE 0 END
             WHERE (id = ?1 OR is_leader = 1)
               AND EXISTS (SELECT 1 FROM processes WHERE id = ?1)
               AND NOT EXISTS (SELECT 1 FROM processes
                               WHERE id <> ?1 AND is_leader = 1 AND lease_until > ?2 AND lease_until <= ?4)",
        )?
        .execute(params![id, now.0, until.0, believable.0])?;
    Ok((changed > 0).then_some(until))
}

fn others(conn: &Connection, id: i64) -> Result<Vec<(i64, String)>> {
    let mut statement = conn.prepare_cached("SELECT id, lock_name FROM processes WHERE id <> ?1")?;
    let found: rusqlite::Result<Vec<_>> =
        statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect();
    Ok(found?)
}

impl Store {
    /// Writes the heartbeat now and takes or renews the lease when it is free.
    pub(super) async fn beat(&self) -> Result<()> {
        let (id, now) = (self.process_id(), self.now());
        let until = self.write("processes.beat", move |conn| beat(conn, id, now)).await?;
        self.0.set_leader_until(until);
        Ok(())
    }

    /// Removes the rows of processes that died without closing and returns their ids. What they
    /// owned belongs to nobody now: ids are never used twice, so "owner not in `processes`" finds
    /// it as well, also when this call is cut off.
    pub(crate) async fn reap_dead_processes(&self) -> Result<Vec<i64>> {
        let id = self.process_id();
        let rows = self.read("processes.others", move |conn| others(conn, id)).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let dead = self.bury_dead(rows).await?;
        if dead.is_empty() {
            return Ok(dead);
        }
        self.write("processes.reap", move |conn| {
            let mut statement = conn.prepare_cached("DELETE FROM processes WHERE id = ?1")?;
            for id in &dead {
                statement.execute([id])?;
            }
            Ok(dead)
        })
        .await
    }

    async fn bury_dead(&self, rows: Vec<(i64, String)>) -> Result<Vec<i64>> {
        let dir = self.0.lock_dir.clone();
        let probed = tokio::task::spawn_blocking(move || {
            rows.into_iter().filter(|(_, name)| dir.bury(name).unwrap_or(false)).map(|(id, _)| id).collect()
        });
        probed.await.map_err(|_| Error::internal("looking for dead processes was cut off"))
    }
}

/// Beats until the store is closed or dropped.
pub(super) async fn keep_beating(store: Weak<Inner>) {
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + HEARTBEAT, HEARTBEAT);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(inner) = store.upgrade() else { return };
        let store = Store(Arc::clone(&inner));
        if let Err(error) = store.beat().await {
            // The lease lapses by itself if this goes on.
            tracing::warn!(%error, "the heartbeat could not be written");
        }
    }
}
