//! Changes of a platform, one row each. Which state follows which is decided in `publish` and enforced by
//! the schema; here rows are only moved, and only by who still has their epoch.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::campaign::accept_campaign;
use super::cursor::{Cursor, cursor_of, limit_of, page_of, rows_for};
use super::listing::accept_listing;
use super::promotion::accept_post;
use super::row::{Columns, all, execute, first, not_found, to_json};
use super::shop::check_shop;
use crate::error::Result;
use crate::model::{Change, ChangeFilter, ChangeId, ChangeState, Evidence, Page, ShopId, UtcMillis, Wanted};

mod open;
mod past;
mod repair;
#[cfg(test)]
mod tests;

pub(super) use past::{RESTORED_AT, hold_open};

const LIST: &str = "changes";
// What of a campaign was sent before its last call counts for nobody, whatever became of it.
const COLUMNS: &str = "id, shop_id, operation, target, wanted, state, attempt, error_code, message, platform_code,
    request_id, evidence,
    (SELECT platform_campaign_id FROM campaigns WHERE change_id = sends.id AND sends.state = 'accepted'),
    actor, created_at, updated_at, finished_at, epoch,
    unsure AND NOT EXISTS (SELECT 1 FROM campaigns WHERE change_id = sends.id AND committing = 0),
    idempotency_key, looks, due_at,
    EXISTS (SELECT 1 FROM sends other WHERE other.shop_id = sends.shop_id AND other.operation = sends.operation
        AND other.target = sends.target AND other.state IN ('queued', 'retry_wait') AND other.id <> sends.id)";

/// A change with what only its driver needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SendRow {
    pub(crate) change: Change,
    /// Grows with each claim.
    pub(crate) epoch: i64,
    /// Some attempt may have been executed.
    pub(crate) unsure: bool,
    pub(crate) idempotency_key: Option<String>,
    /// How often the platform was looked at for it.
    pub(crate) looks: i64,
    /// When it is due again, for those that wait and those that are unknown.
    pub(crate) due_at: Option<UtcMillis>,
    /// Another change of the same target waits.
    pub(crate) another_waits: bool,
}

/// A change to queue.
#[derive(Clone)]
pub(crate) struct NewSend {
    pub(crate) shop: ShopId,
    pub(crate) wanted: Wanted,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) actor: String,
    pub(crate) now: UtcMillis,
    /// When it is too old to be sent.
    pub(crate) expires_at: UtcMillis,
}

/// The answer to queueing a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Enqueued {
    /// It waits for its turn; an older one that waited was replaced.
    New {
        id: ChangeId,
        /// The one whose place it took.
        replaced: Option<ChangeId>,
    },
    /// The newest change of the target wants the same and is not done yet.
    Same(ChangeId),
    /// One that cannot be replaced waits already.
    Busy(ChangeId),
}

/// How long the platform needs at the most, and who sends.
#[derive(Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) process: i64,
    pub(crate) lease_until: UtcMillis,
    pub(crate) now: UtcMillis,
}

/// What a change met.
#[derive(Clone, Debug, Default)]
pub(crate) struct MetError {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) platform_code: Option<String>,
    pub(crate) request_id: Option<String>,
}

/// The product that a listing became, or the post that a promotion became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Became {
    pub(crate) platform_id: String,
    /// The platform's id of its review, where it has one.
    pub(crate) review_id: Option<String>,
}

/// A step of a change.
#[derive(Clone, Debug)]
pub(crate) struct MoveSend {
    pub(crate) to: ChangeState,
    pub(crate) evidence: Option<Evidence>,
    /// Whether some attempt may have been executed, from now on.
    pub(crate) unsure: bool,
    /// Counts a look at the platform.
    pub(crate) looked: bool,
    pub(crate) due_at: Option<UtcMillis>,
    /// When it is too old to be sent, from now on; kept as it was when absent.
    pub(crate) expires_at: Option<UtcMillis>,
    /// Kept as it was when absent.
    pub(crate) error: Option<MetError>,
    /// What it became.
    pub(crate) became: Option<Became>,
    pub(crate) now: UtcMillis,
}

impl Store {
    /// Queues a change. An absolute one takes the place of one that waits for the same target.
    pub(crate) async fn enqueue_send(&self, new: NewSend) -> Result<Enqueued> {
        self.write("enqueue_send", move |conn| enqueue(conn, &new)).await
    }

    /// One change, or `NOT_FOUND`.
    pub(crate) async fn get_send(&self, id: ChangeId) -> Result<SendRow> {
        self.read("get_send", move |conn| get(conn, id)).await
    }

    /// When a change was last claimed; its call is signed soon after, or never.
    pub(crate) async fn signed_at(&self, id: ChangeId) -> Result<Option<UtcMillis>> {
        self.read("signed_at", move |conn| {
            let found = first(conn, "SELECT signed_at FROM sends WHERE id = ?1", [id], |row| row.get(0))?;
            Ok(found.flatten())
        })
        .await
    }

    /// The changes of a filter, newest first.
    pub(crate) async fn list_changes(&self, filter: ChangeFilter) -> Result<Page<Change>> {
        self.read("list_changes", move |conn| list(conn, &filter)).await
    }

    /// Takes a change for one attempt, durably, before a byte is sent. `None` when it moved, or another
    /// change of its target is under way, or it is to be sent again although a newer one waits.
    pub(crate) async fn claim_send(&self, send: &SendRow, claim: Claim) -> Result<Option<SendRow>> {
        let send = send.clone();
        self.write("claim_send", move |conn| claim_send(conn, &send, claim)).await
    }

    /// Moves a change on; `None` when it moved meanwhile, or its next place is taken.
    pub(crate) async fn move_send(&self, send: &SendRow, step: MoveSend) -> Result<Option<SendRow>> {
        let (id, state, epoch) = (send.change.id, send.change.state, send.epoch);
        self.write("move_send", move |conn| move_send(conn, (id, state, epoch), &step)).await
    }

    /// The change of the same target that is under way, if it is another one.
    pub(crate) async fn under_way_beside(&self, id: ChangeId) -> Result<Option<ChangeId>> {
        self.read("under_way_beside", move |conn| under_way_beside(conn, id)).await
    }

    /// Calls of these processes, of processes that are no longer listed, and of those that took too long,
    /// have an unknown outcome. Answers which changes that are.
    pub(crate) async fn lose_sends(&self, dead: Vec<i64>, now: UtcMillis) -> Result<Vec<ChangeId>> {
        self.write("lose_sends", move |conn| lose(conn, &dead, now)).await
    }

    /// Ends changes that waited for too long. Answers how many.
    pub(crate) async fn expire_sends(&self, now: UtcMillis) -> Result<i64> {
        self.write("expire_sends", move |conn| expire(conn, now)).await
    }

    /// Changes that somebody has to drive on, oldest first.
    pub(crate) async fn due_sends(&self, now: UtcMillis, limit: u32) -> Result<Vec<ChangeId>> {
        self.read("due_sends", move |conn| all(conn, DUE, params![now, limit], |row| row.get(0))).await
    }
}

/// The statement that finds due changes.
pub(super) const DUE: &str = "SELECT id FROM sends WHERE state IN ('queued', 'retry_wait', 'unknown')
    AND coalesce(due_at, 0) <= ?1 ORDER BY id LIMIT ?2";

fn expire(conn: &Connection, now: UtcMillis) -> Result<i64> {
    let sql = "UPDATE sends SET state = 'expired', updated_at = ?1, finished_at = ?1
        WHERE state IN ('queued', 'retry_wait') AND expires_at <= ?1";
    execute(conn, sql, [now])
}

/// A change of the lane, with its place.
fn on_lane(
    conn: &Connection,
    new: &NewSend,
    states: &str,
) -> Result<Option<(ChangeId, String, ChangeState)>> {
    let sql = format!(
        "SELECT id, wanted, state FROM sends
            WHERE shop_id = ?1 AND operation = ?2 AND target = ?3 AND state IN ({states})"
    );
    let lane = params![new.shop, new.wanted.operation(), new.wanted.target()];
    first(conn, &sql, lane, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

pub(super) fn enqueue(conn: &Connection, new: &NewSend) -> Result<Enqueued> {
    check_shop(conn, new.shop)?;
    let wanted = to_json(&new.wanted)?;
    let waiting = on_lane(conn, new, "'queued', 'retry_wait'")?;
    let under_way = on_lane(conn, new, "'intent', 'unknown', 'needs_human'")?;
    let replaces_stuck = |state| state == ChangeState::NeedsHuman && new.wanted.is_absolute();
    // Two additions are two wishes, however equal they look.
    let is_addition = matches!(new.wanted, Wanted::AddStock { .. });
    if let Some((id, known, state)) = waiting.as_ref().or(under_way.as_ref())
        && *known == wanted
        && !is_addition
        && !replaces_stuck(*state)
    {
        return Ok(Enqueued::Same(*id));
    }
    let replaced = match waiting {
        Some((id, ..)) if new.wanted.is_absolute() => {
            let sql =
                "UPDATE sends SET state = 'superseded', updated_at = ?2, finished_at = ?2 WHERE id = ?1";
            execute(conn, sql, params![id, new.now])?;
            Some(id)
        }
        Some((id, ..)) => return Ok(Enqueued::Busy(id)),
        None => None,
    };
    let sql =
        "INSERT INTO sends (shop_id, operation, target, wanted, state, idempotency_key, expires_at, actor,
            created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, 'queued', ?5, ?6, ?7, ?8, ?8)";
    let values = params![
        new.shop,
        new.wanted.operation(),
        new.wanted.target(),
        wanted,
        new.idempotency_key,
        new.expires_at,
        new.actor,
        new.now,
    ];
    execute(conn, sql, values)?;
    Ok(Enqueued::New { id: ChangeId(conn.last_insert_rowid()), replaced })
}

pub(super) fn get(conn: &Connection, id: ChangeId) -> Result<SendRow> {
    first(conn, &format!("SELECT {COLUMNS} FROM sends WHERE id = ?1"), [id], read_send)?
        .ok_or_else(|| not_found("change", id))
}

fn list(conn: &Connection, filter: &ChangeFilter) -> Result<Page<Change>> {
    let limit = limit_of(&filter.page)?;
    let before = cursor_of(&filter.page, LIST)?.map_or(i64::MAX, |cursor| cursor.id);
    let by_shop = if filter.shop_id.is_some() { "shop_id = ?1" } else { "?1 IS NULL" };
    let by_state = if filter.state.is_some() { "state = ?3" } else { "?3 IS NULL" };
    let sql = format!(
        "SELECT {COLUMNS} FROM sends WHERE {by_shop} AND (?2 IS NULL OR operation = ?2) AND {by_state} AND id < ?4
            ORDER BY id DESC LIMIT ?5"
    );
    let values = params![filter.shop_id, filter.operation, filter.state, before, rows_for(limit)];
    let rows = all(conn, &sql, values, |row| read_send(row).map(|send| send.change))?;
    Ok(page_of(rows, limit, LIST, |change| Cursor { key: 0, id: change.id.0 }))
}

pub(super) fn claim_send(conn: &Connection, send: &SendRow, claim: Claim) -> Result<Option<SendRow>> {
    // Sent again is only the newest wish; what adds up is sent again whatever waits behind it.
    let sql =
        "UPDATE sends SET state = 'intent', epoch = epoch + 1, attempt = attempt + 1, owner_process = ?4,
            lease_until = ?5, signed_at = ?6, due_at = NULL, updated_at = ?6
        WHERE id = ?1 AND state = ?2 AND epoch = ?3
            AND NOT EXISTS (SELECT 1 FROM sends other WHERE other.shop_id = sends.shop_id
                AND other.operation = sends.operation AND other.target = sends.target AND other.id <> sends.id
                AND (other.state IN ('intent', 'unknown', 'needs_human')
                    OR ?7 AND other.state IN ('queued', 'retry_wait')))";
    let newest_only = send.change.state == ChangeState::Unknown && send.change.wanted.is_absolute();
    let values = params![
        send.change.id,
        send.change.state,
        send.epoch,
        claim.process,
        claim.lease_until,
        claim.now,
        newest_only,
    ];
    match execute(conn, sql, values)? {
        0 => Ok(None),
        _ => get(conn, send.change.id).map(Some),
    }
}

pub(super) fn move_send(
    conn: &Connection,
    (id, from, epoch): (ChangeId, ChangeState, i64),
    step: &MoveSend,
) -> Result<Option<SendRow>> {
    let waits = matches!(step.to, ChangeState::Queued | ChangeState::RetryWait);
    let sql = "UPDATE sends SET state = ?4, evidence = ?5, unsure = ?6, looks = looks + ?7, due_at = ?8,
            error_code = iif(?9, ?10, error_code), message = iif(?9, ?11, message),
            platform_code = iif(?9, ?12, platform_code), request_id = iif(?9, ?13, request_id),
            owner_process = NULL, lease_until = NULL, updated_at = ?14, finished_at = iif(?15, ?14, NULL),
            expires_at = coalesce(?17, expires_at)
        WHERE id = ?1 AND state = ?2 AND epoch = ?3
            AND NOT (?16 AND EXISTS (SELECT 1 FROM sends other WHERE other.shop_id = sends.shop_id
                AND other.operation = sends.operation AND other.target = sends.target
                AND other.state IN ('queued', 'retry_wait') AND other.id <> sends.id))";
    let error = step.error.clone().unwrap_or_default();
    let values = params![
        id,
        from,
        epoch,
        step.to,
        step.evidence,
        step.unsure,
        step.looked,
        step.due_at,
        step.error.is_some(),
        error.code,
        error.message,
        error.platform_code,
        error.request_id,
        step.now,
        step.to.is_final(),
        waits,
        step.expires_at,
    ];
    if execute(conn, sql, values)? == 0 {
        return Ok(None);
    }
    if step.to == ChangeState::Accepted {
        accept_listing(conn, id, step.became.as_ref(), step.now)?;
        accept_post(conn, id, step.became.as_ref(), step.now)?;
        accept_campaign(conn, id, step.became.as_ref())?;
    }
    get(conn, id).map(Some)
}

fn under_way_beside(conn: &Connection, id: ChangeId) -> Result<Option<ChangeId>> {
    let sql = "SELECT other.id FROM sends JOIN sends other ON other.shop_id = sends.shop_id
            AND other.operation = sends.operation AND other.target = sends.target
            AND other.state IN ('intent', 'unknown', 'needs_human') AND other.id <> sends.id
        WHERE sends.id = ?1";
    first(conn, sql, [id], |row| row.get(0))
}

fn lose(conn: &Connection, dead: &[i64], now: UtcMillis) -> Result<Vec<ChangeId>> {
    let step = "UPDATE sends SET state = 'unknown', epoch = epoch + 1, unsure = 1, owner_process = NULL,
            lease_until = NULL, due_at = ?1, updated_at = ?1, error_code = 'UNKNOWN_OUTCOME',
            message = 'the process ended, or took too long, while the call was under way'";
    let sql = format!(
        "{step} WHERE state = 'intent' AND (lease_until < ?1
            OR NOT EXISTS (SELECT 1 FROM processes WHERE id = owner_process)) RETURNING id"
    );
    let mut lost: Vec<ChangeId> = all(conn, &sql, [now], |row| row.get(0))?;
    for process in dead {
        let sql = format!("{step} WHERE state = 'intent' AND owner_process = ?2 RETURNING id");
        lost.extend(all::<ChangeId>(conn, &sql, params![now, process], |row| row.get(0))?);
    }
    Ok(lost)
}

fn read_send(row: &Row<'_>) -> rusqlite::Result<SendRow> {
    let mut columns = Columns::of(row);
    Ok(SendRow {
        change: Change {
            id: columns.take()?,
            shop_id: columns.take()?,
            operation: columns.take()?,
            target: columns.take()?,
            wanted: columns.json()?,
            state: columns.take()?,
            attempt: columns.take()?,
            error_code: columns.take()?,
            message: columns.take()?,
            platform_code: columns.take()?,
            request_id: columns.take()?,
            evidence: columns.take()?,
            platform_campaign_id: columns.take()?,
            actor: columns.take()?,
            created_at: columns.take()?,
            updated_at: columns.take()?,
            finished_at: columns.take()?,
        },
        epoch: columns.take()?,
        unsure: columns.take()?,
        idempotency_key: columns.take()?,
        looks: columns.take()?,
        due_at: columns.take()?,
        another_waits: columns.take()?,
    })
}
