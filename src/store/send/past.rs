//! Open changes in a restored database. What became of them after the backup was made is not known: they may
//! have been sent, replaced or taken back. So none of them is sent by itself.

use rusqlite::{Connection, params};

use super::{get, under_way_beside};
use crate::error::Result;
use crate::model::{ChangeId, ChangeState, UtcMillis};
use crate::store::row::{all, execute};

/// Since when the database is the restored one. What was signed before is not repaired by itself either.
pub(in crate::store) const RESTORED_AT: &str = "restored.at";

/// Holds every open change back for a person. Answers how many there were.
pub(in crate::store) fn hold_open(conn: &Connection, taken_at: UtcMillis, now: UtcMillis) -> Result<u64> {
    let sql = "SELECT id FROM sends WHERE state IN ('queued', 'retry_wait', 'intent', 'unknown') ORDER BY id";
    let open: Vec<ChangeId> = all(conn, sql, [], |row| row.get(0))?;
    let message = format!(
        "the database was restored from a backup of {taken_at}: this change may have been sent since, or be outdated; \
         look with changes.settle, then decide with changes.resolve"
    );
    let hold = Hold { conn, message: &message, now };
    open.iter().try_for_each(|id| hold.hold(*id))?;
    Ok(open.len() as u64)
}

struct Hold<'a> {
    conn: &'a Connection,
    message: &'a str,
    now: UtcMillis,
}

impl Hold<'_> {
    fn hold(&self, id: ChangeId) -> Result<()> {
        use ChangeState::{Expired, Intent, NeedsHuman, Queued, RetryWait, Superseded, Unknown};
        let state = get(self.conn, id)?.change.state;
        let waits = matches!(state, Queued | RetryWait);
        // One change of a target can wait for a person: the newest value, or the older one of those that
        // cannot take each other's place.
        if waits && let Some(before) = under_way_beside(self.conn, id)? {
            let before = get(self.conn, before)?;
            if !before.change.wanted.is_absolute() {
                return self.step(id, Expired);
            }
            self.step(before.change.id, Superseded)?;
        }
        // The steps that it may have taken since, one by one, as the schema wants them.
        if waits {
            self.step(id, Intent)?;
        }
        if waits || state == Intent {
            self.step(id, Unknown)?;
        }
        if state.is_final() { Ok(()) } else { self.step(id, NeedsHuman) }
    }

    fn step(&self, id: ChangeId, to: ChangeState) -> Result<()> {
        let sql =
            "UPDATE sends SET state = ?2, unsure = 1, due_at = NULL, epoch = epoch + 1, updated_at = ?4,
                owner_process = iif(?2 = 'intent', 0, NULL), lease_until = iif(?2 = 'intent', 0, NULL),
                error_code = 'UNKNOWN_OUTCOME', message = ?3, finished_at = iif(?5, ?4, NULL)
            WHERE id = ?1";
        execute(self.conn, sql, params![id, to, self.message, self.now, to.is_final()]).map(drop)
    }
}
