//! Promotions of shops that are created on their platforms: the draft, and how far the platform has it. A campaign and
//! the change that creates it are made together.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};

use super::Store;
use super::row::{Columns, conflict, execute, first, not_found, to_json};
use super::send::{Became, Enqueued, NewSend, enqueue};
use crate::error::Result;
use crate::model::{CampaignDraft, ChangeId, Fen, ShopId, UtcMillis, Wanted};

const COLUMNS: &str = "draft, shop_prices, platform_campaign_id, sent, answered, committing, begun_at";

/// A draft to create, and its change.
#[derive(Clone)]
pub(crate) struct NewCampaign {
    pub(crate) send: NewSend,
    pub(crate) draft: CampaignDraft,
    /// The shop's price of each of its SKUs.
    pub(crate) prices: BTreeMap<String, Fen>,
}

/// How far a campaign is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CampaignRow {
    pub(crate) draft: CampaignDraft,
    pub(crate) prices: BTreeMap<String, Fen>,
    /// The platform's id, once it is begun there.
    pub(crate) platform_id: Option<String>,
    /// Calls that were sent, the one that is in doubt too.
    pub(crate) sent: u32,
    /// Calls that were answered.
    pub(crate) answered: u32,
    /// The call that makes it count may have been sent.
    pub(crate) committing: bool,
    /// When its first call was answered.
    pub(crate) begun_at: Option<UtcMillis>,
}

/// A step of a campaign, written down by who holds its change.
#[derive(Clone, Debug)]
pub(crate) enum CampaignStep {
    /// What was begun is left behind: it never counts.
    Anew,
    /// The next call goes out.
    Sending,
    /// It surely did not.
    NotSent,
    /// It was answered, the first one with the platform's id.
    Answered(Option<String>),
    /// The last call goes out.
    Committing,
}

/// Who may take a step: the holder of the change's epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    pub(crate) change: ChangeId,
    pub(crate) epoch: i64,
}

impl Store {
    /// Queues a draft with its change, or finds the change that creates the same one.
    ///
    /// # Errors
    /// `CONFLICT` when another draft has its name and times.
    pub(crate) async fn enqueue_campaign(&self, new: NewCampaign) -> Result<Enqueued> {
        self.write("enqueue_campaign", move |conn| enqueue_campaign(conn, &new)).await
    }

    /// The change that creates the same draft, or has created it.
    ///
    /// # Errors
    /// `CONFLICT` when another draft has its name and times.
    pub(crate) async fn same_campaign(&self, shop: ShopId, wanted: Wanted) -> Result<Option<ChangeId>> {
        self.read("same_campaign", move |conn| same(conn, shop, &wanted)).await
    }

    /// The campaign of a change, or `NOT_FOUND`.
    pub(crate) async fn campaign_of(&self, change: ChangeId) -> Result<CampaignRow> {
        self.read("campaign_of", move |conn| get(conn, change)).await
    }

    /// Writes a step down; the campaign as it is then.
    ///
    /// # Errors
    /// `CONFLICT` when somebody else holds the change.
    pub(crate) async fn step_campaign(
        &self,
        holder: Holder,
        step: CampaignStep,
        now: UtcMillis,
    ) -> Result<CampaignRow> {
        self.write("step_campaign", move |conn| take_step(conn, holder, &step, now)).await
    }
}

fn enqueue_campaign(conn: &Connection, new: &NewCampaign) -> Result<Enqueued> {
    if let Some(same) = same(conn, new.send.shop, &new.send.wanted)? {
        return Ok(Enqueued::Same(same));
    }
    let queued = enqueue(conn, &new.send)?;
    let Enqueued::New { id, .. } = queued else { return Ok(queued) };
    let sql = "INSERT INTO campaigns (change_id, draft, shop_prices) VALUES (?1, ?2, ?3)";
    execute(conn, sql, params![id, to_json(&new.draft)?, to_json(&new.prices)?])?;
    Ok(queued)
}

/// One that failed for good makes room for the next.
fn same(conn: &Connection, shop: ShopId, wanted: &Wanted) -> Result<Option<ChangeId>> {
    let sql = "SELECT id, wanted FROM sends WHERE shop_id = ?1 AND operation = ?2 AND target = ?3
        AND state NOT IN ('rejected', 'cancelled', 'expired', 'superseded')";
    let lane = params![shop, wanted.operation(), wanted.target()];
    let read = |row: &Row<'_>| -> rusqlite::Result<(ChangeId, String)> { Ok((row.get(0)?, row.get(1)?)) };
    match first(conn, sql, lane, read)? {
        None => Ok(None),
        Some((id, known)) if known == to_json(wanted)? => Ok(Some(id)),
        Some((id, _)) => Err(conflict(format!(
            "change {id} has the name and the times of this promotion and another content: take another name, or \
             cancel it while it waits"
        ))),
    }
}

fn get(conn: &Connection, change: ChangeId) -> Result<CampaignRow> {
    let sql = format!("SELECT {COLUMNS} FROM campaigns WHERE change_id = ?1");
    first(conn, &sql, [change], read_campaign)?.ok_or_else(|| not_found("campaign of change", change))
}

fn take_step(conn: &Connection, holder: Holder, step: &CampaignStep, now: UtcMillis) -> Result<CampaignRow> {
    let Holder { change, epoch } = holder;
    let moved = match step {
        CampaignStep::Anew => {
            let set = "platform_campaign_id = NULL, sent = 0, answered = 0, begun_at = NULL";
            execute(conn, &held(set), params![change, epoch])?
        }
        CampaignStep::Sending => execute(conn, &held("sent = answered + 1"), params![change, epoch])?,
        CampaignStep::NotSent => execute(conn, &held("sent = answered"), params![change, epoch])?,
        CampaignStep::Committing => execute(conn, &held("committing = 1"), params![change, epoch])?,
        CampaignStep::Answered(id) => {
            let set = "answered = sent, platform_campaign_id = coalesce(?3, platform_campaign_id),
                begun_at = coalesce(begun_at, ?4)";
            execute(conn, &held(set), params![change, epoch, id, now])?
        }
    };
    match moved {
        0 => Err(conflict("somebody else has taken this change over: what it does is theirs to decide")),
        _ => get(conn, change),
    }
}

/// Only who holds the change moves its campaign.
fn held(set: &str) -> String {
    format!(
        "UPDATE campaigns SET {set} WHERE change_id = ?1
            AND EXISTS (SELECT 1 FROM sends WHERE id = ?1 AND epoch = ?2 AND state = 'intent')"
    )
}

/// The change of a campaign was accepted. What was put together and never counted is not what it became.
pub(super) fn accept_campaign(conn: &Connection, change: ChangeId, became: Option<&Became>) -> Result<()> {
    let sql = "UPDATE campaigns SET platform_campaign_id = coalesce(?2, iif(committing, platform_campaign_id, NULL))
        WHERE change_id = ?1";
    execute(conn, sql, params![change, became.map(|became| &became.platform_id)]).map(drop)
}

fn read_campaign(row: &Row<'_>) -> rusqlite::Result<CampaignRow> {
    let mut columns = Columns::of(row);
    Ok(CampaignRow {
        draft: columns.json()?,
        prices: columns.json()?,
        platform_id: columns.take()?,
        sent: columns.take()?,
        answered: columns.take()?,
        committing: columns.take()?,
        begun_at: columns.take()?,
    })
}

#[cfg(test)]
mod tests;
