//! A restored database is a past: what was done since the backup was made happened, but is not known here.
//!
//! - Ids that were given since stand in the records of the OA. They are not given again, so that an id of
//!   the lost time is `NOT_FOUND` and never something else.
//! - Changes that were open may have been sent since: none is sent again before a person says so.
//! - Authorisations under way are begun anew: a state that was used since must not work twice.
//! - What was uploaded may have been used up since, or is gone: it is uploaded anew.
//! - Processes of then are no processes of now; what they owned is found as always at opening.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};

use super::super::audit::insert_audit;
use super::super::backup::TAKEN_AT;
use super::super::migrate::Plan;
use super::super::promotion::hold_promotions;
use super::super::send::{RESTORED_AT, hold_open};
use super::super::{NewAudit, connection};
use super::check::Backup;
use crate::error::{Error, ErrorKind, Result};
use crate::model::UtcMillis;

/// More than a table gets in any time that a backup may be old.
const ID_GAP: i64 = 10_000_000;

/// Makes the copy into a database that goes on from now. Answers how many changes were held back.
pub(super) fn settle(path: &Path, plan: &Plan, backup: &Backup, now: UtcMillis) -> Result<u64> {
    let mut conn = connection::plain(path)?;
    // One that was opened since it was made would write a log beside itself.
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0))?;
    if mode != "delete" {
        return Err(Error::new(ErrorKind::Storage, "the copy of the backup cannot be prepared"));
    }
    if backup.is_behind {
        plan.run(&mut conn)?;
    }
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let held = hold_open(&transaction, backup.taken_at, now)?;
    hold_promotions(&transaction, backup.taken_at, now)?;
    transaction
        .execute_batch("DELETE FROM processes; DELETE FROM oauth_states; DELETE FROM media_uploads;")?;
    leave_gap(&transaction)?;
    note(&transaction, backup, now)?;
    transaction.commit()?;
    conn.close().map_err(|(_, error)| error)?;
    Ok(held)
}

fn leave_gap(conn: &Connection) -> Result<()> {
    // A table without a row yet has no place in the list of last ids.
    conn.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT name, 0 FROM sqlite_schema
            WHERE type = 'table' AND sql LIKE '%PRIMARY KEY AUTOINCREMENT%'
                AND name NOT IN (SELECT name FROM sqlite_sequence)",
        [],
    )?;
    conn.execute("UPDATE sqlite_sequence SET seq = seq + ?1", [ID_GAP])?;
    Ok(())
}

/// It is no backup any more; the audit says what it is.
fn note(conn: &Connection, backup: &Backup, now: UtcMillis) -> Result<()> {
    conn.execute("DELETE FROM meta WHERE key = ?1", [TAKEN_AT])?;
    let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)";
    conn.execute(sql, params![RESTORED_AT, now.0.to_string()])?;
    let name = backup.path.file_name().unwrap_or_default().to_string_lossy();
    let entry = NewAudit {
        at: now,
        actor: "system".into(),
        action: "hub.restore".into(),
        shop: None,
        target: Some(format!("{name} of {}", backup.taken_at)),
        outcome: "ok".into(),
    };
    insert_audit(conn, &entry)
}
