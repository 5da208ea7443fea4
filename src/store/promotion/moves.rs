//! Steps of promotions: each is taken only from where somebody saw it.

use rusqlite::{Connection, params};

use super::super::job::enqueue as enqueue_job;
use super::super::row::{all, conflict, execute, to_json};
use super::super::send::{Became, Enqueued, NewSend, enqueue};
use super::{PromotionRow, Store, find, get};
use crate::error::Result;
use crate::model::{
    Approval, ChangeId, LiveState, NewJob, Promotion, PromotionDraft, PromotionId, PromotionStatus, UtcMillis,
};

/// How long the platform's review may take until somebody is told.
const REVIEW: i64 = 3 * 86_400_000;

/// A step of a promotion. What is absent stays as it is.
#[derive(Clone, Debug)]
pub(crate) struct MovePromotion {
    pub(crate) to: PromotionStatus,
    pub(crate) actor: String,
    /// Why, in words; also what whoever looks at it reads.
    pub(crate) reason: Option<String>,
    /// Another draft: a new version, which nobody has approved.
    pub(crate) draft: Option<PromotionDraft>,
    /// What somebody said to this version.
    pub(crate) approval: Option<Approval>,
    /// Another time.
    pub(crate) publish_at: Option<Option<UtcMillis>>,
    /// When its state has lasted too long.
    pub(crate) deadline_at: Option<UtcMillis>,
    /// Where people find it, or go on with it.
    pub(crate) link: Option<String>,
    /// What comes back with the notice that it was posted.
    pub(crate) share_id: Option<String>,
    /// The job that goes on with it, queued in the same transaction.
    pub(crate) job: Option<NewJob>,
    /// When the platform is asked what became of it.
    pub(crate) due_at: Option<UtcMillis>,
    pub(crate) now: UtcMillis,
}

impl MovePromotion {
    /// A step without anything else.
    pub(crate) fn to(to: PromotionStatus, actor: impl Into<String>, now: UtcMillis) -> Self {
        Self {
            to,
            actor: actor.into(),
            reason: None,
            draft: None,
            approval: None,
            publish_at: None,
            deadline_at: None,
            link: None,
            share_id: None,
            job: None,
            due_at: None,
            now,
        }
    }
}

impl Store {
    /// Takes a step. `None` when the promotion moved meanwhile.
    pub(crate) async fn move_promotion(
        &self,
        seen: &Promotion,
        step: MovePromotion,
    ) -> Result<Option<Promotion>> {
        let (id, version, status) = (seen.id, seen.version, seen.status);
        self.write("move_promotion", move |conn| move_promotion(conn, (id, version, status), &step)).await
    }

    /// Queues the change that publishes a version, and ties both together. `None` when the promotion moved meanwhile.
    pub(crate) async fn place_post(&self, seen: &Promotion, send: NewSend) -> Result<Option<ChangeId>> {
        let (id, version, status) = (seen.id, seen.version, seen.status);
        self.write("place_post", move |conn| place_post(conn, (id, version, status), &send)).await
    }

    /// The promotion that a change publishes.
    pub(crate) async fn promotion_of(&self, change: ChangeId) -> Result<Option<PromotionRow>> {
        self.read("promotion_of", move |conn| find(conn, "change_id = ?1", [change])).await
    }
}

type Seen = (PromotionId, i64, PromotionStatus);

pub(super) fn move_promotion(
    conn: &Connection,
    (id, version, from): Seen,
    step: &MovePromotion,
) -> Result<Option<Promotion>> {
    let draft = step.draft.as_ref().map(to_json).transpose()?;
    // A version that nobody has seen yet has no approval, and nothing of the platform's.
    let sql = "UPDATE promotions SET status = ?4, moved_by = ?5, remark = ?6, reason = ?6, updated_at = ?7,
            deadline_at = ?8, overdue_told = 0, due_at = ?9,
            content = coalesce(?10, content), version = version + (?10 IS NOT NULL),
            title = coalesce(?11, title), promotion_type = coalesce(?12, promotion_type),
            decision = iif(?10 IS NOT NULL, NULL, coalesce(?13, decision)),
            decided_by = iif(?10 IS NOT NULL, NULL, coalesce(?14, decided_by)),
            decision_comment = iif(?10 IS NOT NULL, NULL, iif(?13 IS NULL, decision_comment, ?15)),
            decided_at = iif(?10 IS NOT NULL, NULL, coalesce(?16, decided_at)),
            publish_time = iif(?17, ?18, publish_time), link = iif(?10 IS NOT NULL, NULL, coalesce(?19, link)),
            share_id = iif(?10 IS NOT NULL, NULL, coalesce(?20, share_id)),
            change_id = iif(?10 IS NOT NULL, NULL, change_id),
            platform_promotion_id = iif(?10 IS NOT NULL, NULL, platform_promotion_id),
            platform_status = iif(?10 IS NOT NULL, NULL, platform_status),
            published_at = iif(?4 = 'published', coalesce(published_at, ?7), published_at),
            live_state = iif(?10 IS NOT NULL, NULL, live_state),
            live_due_at = iif(?10 IS NOT NULL, NULL, live_due_at)
        WHERE id = ?1 AND version = ?2 AND status = ?3";
    let approval = step.approval.as_ref();
    let values = params![
        id,
        version,
        from,
        step.to,
        step.actor,
        step.reason,
        step.now,
        step.deadline_at,
        step.due_at,
        draft,
        step.draft.as_ref().map(|draft| &draft.title),
        step.draft.as_ref().map(|draft| draft.kind),
        approval.map(|approval| approval.decision),
        approval.map(|approval| &approval.actor),
        approval.and_then(|approval| approval.comment.as_ref()),
        approval.map(|approval| approval.at),
        step.publish_at.is_some(),
        step.publish_at.flatten(),
        step.link,
        step.share_id,
    ];
    if execute(conn, sql, values)? == 0 {
        return Ok(None);
    }
    // Another time is another job.
    if step.job.is_some() || step.to == PromotionStatus::Draft || step.to.is_final() {
        forget_job(conn, id, step.now)?;
    }
    if let Some(job) = &step.job {
        enqueue_job(conn, job, &step.actor, step.now)?;
    }
    watch_live(conn, id, step.to)?;
    get(conn, id).map(|row| Some(row.promotion))
}

/// What waits to publish a promotion that is a draft again, over, or to be published at another time, has nothing to do
/// any more. One that runs sees it
/// by itself.
fn forget_job(conn: &Connection, id: PromotionId, now: UtcMillis) -> Result<()> {
    let sql = "UPDATE jobs SET state = 'cancelled', finished_at = ?2, updated_at = ?2
        WHERE kind = 'promotions.publish' AND target = ?1 AND state IN ('waiting', 'paused')";
    execute(conn, sql, params![id.to_string(), now]).map(drop)
}

/// The clock of a live preview runs from the moment that it is on its way.
fn watch_live(conn: &Connection, id: PromotionId, to: PromotionStatus) -> Result<()> {
    use PromotionStatus::{Cancelled, Draft, Expired, Failed, Rejected, TakenDown};
    if matches!(to, Draft | Cancelled | Expired | Failed | Rejected | TakenDown) {
        let sql = "UPDATE promotions SET live_due_at = NULL WHERE id = ?1";
        return execute(conn, sql, [id]).map(drop);
    }
    let Some(live) = get(conn, id)?.promotion.draft.live else { return Ok(()) };
    let sql =
        "UPDATE promotions SET live_state = coalesce(live_state, ?2), live_due_at = coalesce(live_due_at, ?3)
        WHERE id = ?1 AND live_state IS NOT 'over'";
    execute(conn, sql, params![id, LiveState::Upcoming, live.starts_at]).map(drop)
}

pub(super) fn place_post(
    conn: &Connection,
    (id, version, from): Seen,
    send: &NewSend,
) -> Result<Option<ChangeId>> {
    let row = get(conn, id)?;
    if (row.promotion.version, row.promotion.status) != (version, from) {
        return Ok(None);
    }
    let change = match enqueue(conn, send)? {
        Enqueued::New { id, .. } | Enqueued::Same(id) => id,
        Enqueued::Busy(other) => return Err(conflict(format!("change {other} publishes it already"))),
    };
    let sql =
        "UPDATE promotions SET change_id = ?2, status = 'submitting', moved_by = 'system', remark = NULL,
            reason = NULL, deadline_at = ?3, updated_at = ?4 WHERE id = ?1";
    execute(conn, sql, params![id, change, send.expires_at, send.now])?;
    Ok(Some(change))
}

/// The change of a promotion was accepted: it is under review from now on.
pub(in crate::store) fn accept_post(
    conn: &Connection,
    change: ChangeId,
    became: Option<&Became>,
    now: UtcMillis,
) -> Result<()> {
    let which = "change_id = ?1 AND status IN ('submitting', 'unknown', 'needs_human')";
    let post = became.map(|became| became.platform_id.as_str());
    go_under_review(conn, which, change.0, post, now)
}

/// The platform has it, and reviews it.
pub(super) fn go_under_review(
    conn: &Connection,
    which: &str,
    id: i64,
    post: Option<&str>,
    now: UtcMillis,
) -> Result<()> {
    let sql = format!(
        "UPDATE promotions SET status = 'under_review', moved_by = 'system', remark = NULL, reason = NULL,
            platform_promotion_id = coalesce(?2, platform_promotion_id), published_at = ?3, due_at = ?3, polls = 0,
            updated_at = ?3, deadline_at = ?4
        WHERE {which}"
    );
    execute(conn, &sql, params![id, post, now, now.0 + REVIEW]).map(drop)
}

/// In a database that was restored, what was on its way may have been published since, or written anew: it is a draft
/// again, until somebody has looked.
pub(in crate::store) fn hold_promotions(
    conn: &Connection,
    taken_at: UtcMillis,
    now: UtcMillis,
) -> Result<()> {
    let message = format!(
        "the database was restored from a backup of {taken_at}: this promotion may have been published since, or be \
         outdated; look at the platform, then submit it again"
    );
    let sql = "SELECT id FROM promotions WHERE status IN ('in_approval', 'scheduled', 'queued', 'uploading')
        ORDER BY id";
    for id in all::<PromotionId>(conn, sql, [], |row| row.get(0))? {
        let seen = get(conn, id)?.promotion;
        let step = MovePromotion {
            reason: Some(message.clone()),
            ..MovePromotion::to(PromotionStatus::Draft, "system", now)
        };
        move_promotion(conn, (id, seen.version, seen.status), &step)?;
    }
    Ok(())
}
