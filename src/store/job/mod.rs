//! Jobs, one row each. Many are claimed in one statement; each end is one statement of its caller, and the writer
//! commits many callers together.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::cursor::{Cursor, cursor_of, limit_of, page_of, rows_for};
use super::row::{Columns, all, conflict, execute, first, not_found, value};
use crate::error::{Error, Result};
use crate::model::{Job, JobFilter, JobId, JobState, Lane, NewJob, Page, ShopId, UtcMillis};

mod duty;
#[cfg(test)]
mod tests;

const LIST: &str = "jobs";
const COLUMNS: &str =
    "id, kind, shop_id, lane, state, attempt, max_attempts, due_at, progress, error_code, message,
    actor, created_at, started_at, updated_at, finished_at, target, epoch";

/// A job with what only its worker needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobRow {
    pub(crate) job: Job,
    /// Grows with each claim.
    pub(crate) epoch: i64,
}

/// The answer to queueing a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueuedJob {
    New(JobId),
    /// One with the same unique key is not finished.
    Known(JobId),
}

impl QueuedJob {
    pub(crate) const fn id(self) -> JobId {
        match self {
            Self::New(id) | Self::Known(id) => id,
        }
    }
}

/// Who takes jobs, which and how many.
#[derive(Clone, Copy)]
pub(crate) struct ClaimJobs {
    pub(crate) process: i64,
    pub(crate) lane: Lane,
    pub(crate) limit: u32,
    /// So many more, which start later. None whose last attempt it would be: should the process die before they
    /// start, they must have another one.
    pub(crate) ahead: u32,
    pub(crate) lease_until: UtcMillis,
    pub(crate) now: UtcMillis,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EndJob {
    Done,
    /// It is tried again at this time; an attempt is not counted where it was not the job's fault.
    Again {
        at: UtcMillis,
        counts: bool,
    },
    Dead,
    Cancelled,
}

/// The end of an attempt, and what it met.
#[derive(Clone, Debug)]
pub(crate) struct JobEnd {
    pub(crate) id: JobId,
    pub(crate) epoch: i64,
    pub(crate) end: EndJob,
    pub(crate) error: Option<(String, String)>,
    /// What it said last.
    pub(crate) told: Option<String>,
    pub(crate) now: UtcMillis,
}

/// What somebody does with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MoveJob {
    Cancel,
    Pause,
    Resume,
    Retry,
}

impl Store {
    /// Queues jobs, all or none.
    pub(crate) async fn enqueue_jobs(
        &self,
        jobs: Vec<NewJob>,
        actor: String,
        now: UtcMillis,
    ) -> Result<Vec<QueuedJob>> {
        self.write("enqueue_jobs", move |conn| {
            jobs.iter().map(|job| enqueue(conn, job, &actor, now)).collect()
        })
        .await
    }

    /// Lanes in which jobs are due. Asked before jobs are taken, so that an idle queue writes nothing.
    pub(crate) async fn lanes_due(&self, now: UtcMillis) -> Result<Vec<Lane>> {
        self.read("lanes_due", move |conn| {
            let sql =
                "SELECT EXISTS (SELECT 1 FROM jobs WHERE state = 'waiting' AND lane = ?1 AND due_at <= ?2)";
            let is_due = |lane: &Lane| value::<bool>(conn, sql, params![lane_number(*lane), now]);
            Lane::ALL
                .iter()
                .filter_map(|lane| is_due(lane).map(|due| due.then_some(*lane)).transpose())
                .collect()
        })
        .await
    }

    /// Takes jobs that are due and may run now.
    pub(crate) async fn claim_jobs(&self, claim: ClaimJobs) -> Result<Vec<JobRow>> {
        self.write("claim_jobs", move |conn| claim_jobs(conn, &claim)).await
    }

    /// Ends attempts, all or none. `None` for a job that is somebody else's by now, or done.
    pub(crate) async fn end_jobs(&self, ends: Vec<JobEnd>) -> Result<Vec<Option<Job>>> {
        self.write("end_jobs", move |conn| ends.iter().map(|end| end_job(conn, end)).collect()).await
    }

    /// Gives back jobs that were taken and not started: they wait as before, or are cancelled where somebody wanted
    /// that meanwhile.
    pub(crate) async fn give_back_jobs(&self, jobs: Vec<(JobId, i64)>, now: UtcMillis) -> Result<()> {
        self.write("give_back_jobs", move |conn| {
            jobs.iter().try_for_each(|(id, epoch)| give_back(conn, *id, *epoch, now))
        })
        .await
    }

    /// Says how far a job is. Nothing happens when it is somebody else's by now.
    pub(crate) async fn tell_job_progress(&self, id: JobId, epoch: i64, progress: String) -> Result<()> {
        self.write("tell_job_progress", move |conn| {
            let sql = "UPDATE jobs SET progress = ?3 WHERE id = ?1 AND epoch = ?2 AND state = 'running'";
            execute(conn, sql, params![id, epoch, progress]).map(drop)
        })
        .await
    }

    /// One job, or `NOT_FOUND`.
    pub(crate) async fn get_job(&self, id: JobId) -> Result<Job> {
        self.read("get_job", move |conn| get(conn, id).map(|row| row.job)).await
    }

    /// The jobs of a filter, newest first.
    pub(crate) async fn list_jobs(&self, filter: JobFilter) -> Result<Page<Job>> {
        self.read("list_jobs", move |conn| list(conn, &filter)).await
    }

    /// Does what somebody wants with a job. One that is `held` was taken in that epoch, and is given back before.
    pub(crate) async fn move_job(
        &self,
        id: JobId,
        to: MoveJob,
        held: Option<i64>,
        now: UtcMillis,
    ) -> Result<Job> {
        self.write("move_job", move |conn| {
            held.map_or(Ok(()), |epoch| give_back(conn, id, epoch, now))?;
            move_job(conn, id, to, now)
        })
        .await
    }
}

const fn lane_number(lane: Lane) -> i64 {
    match lane {
        Lane::Interactive => 0,
        Lane::Normal => 1,
        Lane::Bulk => 2,
    }
}

pub(super) fn enqueue(conn: &Connection, job: &NewJob, actor: &str, now: UtcMillis) -> Result<QueuedJob> {
    let sql =
        "INSERT INTO jobs (kind, shop_id, lane, unique_key, order_key, state, max_attempts, due_at, actor,
            created_at, updated_at, target)
        VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?7, ?8, ?9, ?9, ?10) ON CONFLICT DO NOTHING";
    let values = params![
        job.kind,
        job.shop_id,
        lane_number(job.lane),
        job.unique_key,
        job.order_key,
        job.max_attempts,
        job.due_at.unwrap_or(now),
        actor,
        now,
        job.target,
    ];
    if execute(conn, sql, values)? > 0 {
        return Ok(QueuedJob::New(JobId(conn.last_insert_rowid())));
    }
    let sql = "SELECT id FROM jobs WHERE unique_key = ?1 AND state IN ('waiting', 'running', 'paused')";
    let known = first(conn, sql, [&job.unique_key], |row| row.get(0))?;
    known.map(QueuedJob::Known).ok_or_else(|| Error::internal("a job that is not new is known"))
}

/// The statement that finds jobs that may run: the first of each order key, the longest due first.
pub(super) const READY: &str = "SELECT id FROM jobs WHERE state = 'waiting' AND lane = ?1 AND due_at <= ?2
    AND (order_key IS NULL OR NOT EXISTS (SELECT 1 FROM jobs before WHERE before.order_key = jobs.order_key
        AND before.id < jobs.id AND before.state IN ('waiting', 'running', 'paused')))
    ORDER BY due_at, id LIMIT ?3";

fn claim_jobs(conn: &Connection, claim: &ClaimJobs) -> Result<Vec<JobRow>> {
    let mut rows = claim_some(conn, claim, READY, claim.limit)?;
    if claim.ahead > 0 && rows.len() as u64 >= u64::from(claim.limit) {
        let not_their_last = READY.replacen("WHERE", "WHERE attempt + 1 < max_attempts AND", 1);
        rows.extend(claim_some(conn, claim, &not_their_last, claim.ahead)?);
    }
    Ok(rows)
}

fn claim_some(conn: &Connection, claim: &ClaimJobs, ready: &str, limit: u32) -> Result<Vec<JobRow>> {
    let sql = format!(
        "UPDATE jobs SET state = 'running', epoch = epoch + 1, attempt = attempt + 1, owner_process = ?4,
            lease_until = ?5, started_at = ?2, updated_at = ?2, progress = NULL
        WHERE id IN ({ready}) RETURNING {COLUMNS}"
    );
    let values = params![lane_number(claim.lane), claim.now, limit, claim.process, claim.lease_until];
    let mut rows = all(conn, &sql, values, read_job)?;
    rows.sort_by_key(|row| (row.job.due_at, row.job.id));
    Ok(rows)
}

fn end_job(conn: &Connection, of: &JobEnd) -> Result<Option<Job>> {
    let JobEnd { id, epoch, end, error, told, now } = of;
    let (state, due, back) = match end {
        EndJob::Done => (JobState::Done, None, false),
        EndJob::Dead => (JobState::Dead, None, false),
        EndJob::Cancelled => (JobState::Cancelled, None, false),
        EndJob::Again { at, counts } => (JobState::Waiting, Some(*at), !counts),
    };
    let sql = "UPDATE jobs SET state = ?3, due_at = coalesce(?4, due_at), attempt = attempt - ?5,
            owner_process = NULL, lease_until = NULL, stop_requested = 0, updated_at = ?6,
            finished_at = iif(?4 IS NULL, ?6, NULL), error_code = ?7, message = ?8,
            progress = coalesce(?9, progress)
        WHERE id = ?1 AND epoch = ?2 AND state = 'running'";
    let (code, message) = error.as_ref().map(|(code, message)| (code, message)).unzip();
    if execute(conn, sql, params![id, epoch, state, due, back, now, code, message, told])? == 0 {
        return Ok(None);
    }
    // Nobody reads back what is simply done.
    if *end == EndJob::Done { Ok(None) } else { get(conn, *id).map(|row| Some(row.job)) }
}

fn give_back(conn: &Connection, id: JobId, epoch: i64, now: UtcMillis) -> Result<()> {
    let sql = "UPDATE jobs SET state = iif(stop_requested, 'cancelled', 'waiting'), attempt = attempt - 1,
            finished_at = iif(stop_requested, ?3, NULL), owner_process = NULL, lease_until = NULL,
            stop_requested = 0, started_at = NULL, updated_at = ?3
        WHERE id = ?1 AND epoch = ?2 AND state = 'running'";
    execute(conn, sql, params![id, epoch, now]).map(drop)
}

fn get(conn: &Connection, id: JobId) -> Result<JobRow> {
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE id = ?1");
    first(conn, &sql, [id], read_job)?.ok_or_else(|| not_found("job", id))
}

fn list(conn: &Connection, filter: &JobFilter) -> Result<Page<Job>> {
    let limit = limit_of(&filter.page)?;
    let before = cursor_of(&filter.page, LIST)?.map_or(i64::MAX, |cursor| cursor.id);
    let by_shop = if filter.shop_id.is_some() { "shop_id = ?1" } else { "?1 IS NULL" };
    let by_state = if filter.state.is_some() { "state = ?3" } else { "?3 IS NULL" };
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs WHERE {by_shop} AND (?2 IS NULL OR kind = ?2) AND {by_state} AND id < ?4
            ORDER BY id DESC LIMIT ?5"
    );
    let values = params![filter.shop_id, filter.kind, filter.state, before, rows_for(limit)];
    let rows = all(conn, &sql, values, |row| read_job(row).map(|row| row.job))?;
    Ok(page_of(rows, limit, LIST, |job| Cursor { key: 0, id: job.id.0 }))
}

fn move_job(conn: &Connection, id: JobId, to: MoveJob, now: UtcMillis) -> Result<Job> {
    let row = get(conn, id)?;
    let state = row.job.state;
    let sql = match (to, state) {
        (MoveJob::Cancel, JobState::Waiting | JobState::Paused) => {
            "UPDATE jobs SET state = 'cancelled', finished_at = ?2, updated_at = ?2 WHERE id = ?1"
        }
        (MoveJob::Cancel, JobState::Running) => {
            "UPDATE jobs SET stop_requested = 1, updated_at = ?2 WHERE id = ?1"
        }
        (MoveJob::Pause, JobState::Waiting) => {
            "UPDATE jobs SET state = 'paused', updated_at = ?2 WHERE id = ?1"
        }
        (MoveJob::Resume, JobState::Paused) => {
            "UPDATE jobs SET state = 'waiting', updated_at = ?2 WHERE id = ?1"
        }
        (MoveJob::Retry, JobState::Dead | JobState::Cancelled) => {
            check_unique(conn, id)?;
            "UPDATE jobs SET state = 'waiting', attempt = 0, due_at = ?2, finished_at = NULL, updated_at = ?2
                WHERE id = ?1"
        }
        (MoveJob::Retry, JobState::Waiting) => "UPDATE jobs SET due_at = ?2, updated_at = ?2 WHERE id = ?1",
        (to, state) => {
            let can = match to {
                MoveJob::Cancel => "what waits, is paused or runs can be cancelled",
                MoveJob::Pause => "only what waits can be paused",
                MoveJob::Resume => "only what is paused can be resumed",
                MoveJob::Retry => "only what waits, is dead or was cancelled can be retried",
            };
            return Err(conflict(format!("job {id} is {state}: {can}")));
        }
    };
    execute(conn, sql, params![id, now])?;
    get(conn, id).map(|row| row.job)
}

fn check_unique(conn: &Connection, id: JobId) -> Result<()> {
    let sql = "SELECT other.id FROM jobs JOIN jobs other ON other.unique_key = jobs.unique_key
            AND other.state IN ('waiting', 'running', 'paused')
        WHERE jobs.id = ?1";
    match first(conn, sql, [id], |row| row.get::<_, JobId>(0))? {
        Some(other) => Err(conflict(format!("job {other} does the same: it is not finished"))),
        None => Ok(()),
    }
}

fn read_job(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    let mut columns = Columns::of(row);
    Ok(JobRow {
        job: Job {
            id: columns.take()?,
            kind: columns.take()?,
            shop_id: columns.take::<Option<ShopId>>()?,
            lane: match columns.take::<i64>()? {
                0 => Lane::Interactive,
                1 => Lane::Normal,
                _ => Lane::Bulk,
            },
            state: columns.take()?,
            attempt: columns.take()?,
            max_attempts: columns.take()?,
            due_at: columns.take()?,
            progress: columns.take()?,
            error_code: columns.take()?,
            message: columns.take()?,
            actor: columns.take()?,
            created_at: columns.take()?,
            started_at: columns.take()?,
            updated_at: columns.take()?,
            finished_at: columns.take()?,
            target: columns.take()?,
        },
        epoch: columns.take()?,
    })
}
