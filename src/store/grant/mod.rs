//! Grants: the stored token sets. Every change is a compare-and-swap on the generation, which is what
//! keeps refreshes single across processes.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::row::{Columns, execute, first, value};
use super::shop::ConnectShop;
use crate::error::Result;
use crate::model::{AppId, GrantState, ShopId, ShopStatus, UtcMillis};

mod expiry;
mod renewal;
#[cfg(test)]
mod tests;

pub(crate) use renewal::NewRenewal;

/// A token set to store, sealed for its row and the generation it will have.
pub(crate) struct NewGrant {
    pub(crate) sealed_access: Vec<u8>,
    /// Stored as it is: to keep the old refresh token, seal it again for the new generation.
    pub(crate) sealed_refresh: Option<Vec<u8>>,
    pub(crate) obtained_at: UtcMillis,
    pub(crate) expires_at: UtcMillis,
    pub(crate) refresh_expires_at: Option<UtcMillis>,
    pub(crate) scope: Option<String>,
    /// JSON of when each level of permission ends; absent where the platform has none.
    pub(crate) tiers: Option<String>,
}

/// A stored token set with what is needed to decide on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GrantRow {
    pub(crate) shop_id: ShopId,
    pub(crate) app_id: AppId,
    pub(crate) platform_shop_id: String,
    pub(crate) generation: i64,
    pub(crate) state: GrantState,
    pub(crate) reason: Option<String>,
    pub(crate) sealed_access: Vec<u8>,
    pub(crate) sealed_refresh: Option<Vec<u8>>,
    pub(crate) obtained_at: UtcMillis,
    pub(crate) expires_at: UtcMillis,
    pub(crate) refresh_expires_at: Option<UtcMillis>,
    /// The last refresh left the end of the refresh token where it was.
    pub(crate) end_is_fixed: bool,
    pub(crate) scope: Option<String>,
    /// Refreshes that failed since the last good one.
    pub(crate) failures: i64,
    /// No refresh before this.
    pub(crate) next_attempt_at: Option<UtcMillis>,
    /// When the row last changed: after a refresh that failed, when that was.
    pub(crate) updated_at: UtcMillis,
    pub(crate) renewable: bool,
    /// How often the refresh token was renewed apart.
    pub(crate) renewals: u32,
    /// How often it can be, as far as is known of this authorisation.
    pub(crate) most_renewals: Option<u32>,
    /// When a renewal or a refresh was sent whose answer is not stored: the refresh token may be dead.
    pub(crate) renewal_sent: Option<UtcMillis>,
    pub(crate) shop_status: ShopStatus,
}

/// How a claim is given back.
#[derive(Clone, Copy)]
pub(crate) struct Release {
    /// No refresh before this.
    pub(crate) next_attempt_at: UtcMillis,
    /// When a refresh was sent whose answer is not known; an older one of which that is known stays.
    pub(crate) unanswered: Option<UtcMillis>,
    pub(crate) now: UtcMillis,
}

/// An access token that goes on by a refresh whose answer was lost, with the refresh token that it killed, both sealed
/// for the generation they will have.
pub(crate) struct OutlivedGrant {
    pub(crate) sealed_access: Vec<u8>,
    pub(crate) sealed_refresh: Option<Vec<u8>>,
    /// When that refresh was sent.
    pub(crate) sent: UtcMillis,
    pub(crate) expires_at: UtcMillis,
    pub(crate) now: UtcMillis,
}

/// The answer to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshClaim {
    /// Refresh now.
    Claimed,
    /// The grant is not what the caller saw: another generation, dead or removed. Read it again.
    Moved,
    /// Someone else is refreshing it.
    Busy {
        /// When their lease ends.
        until: UtcMillis,
    },
}

impl Store {
    /// The grant of a shop.
    pub(crate) async fn grant(&self, shop: ShopId) -> Result<Option<GrantRow>> {
        self.read("grant", move |conn| grant(conn, shop)).await
    }

    /// The newest generation a shop's grant ever had; 0 when it never had one.
    pub(crate) async fn grant_generation(&self, app: AppId, platform_shop_id: &str) -> Result<i64> {
        let shop = platform_shop_id.to_owned();
        self.read("grant_generation", move |conn| generation(conn, app, &shop)).await
    }

    /// Takes the right to refresh for as long as the lease lasts.
    pub(crate) async fn claim_refresh(
        &self,
        shop: ShopId,
        generation: i64,
        owner: i64,
        now: UtcMillis,
        lease_until: UtcMillis,
    ) -> Result<RefreshClaim> {
        let claim = Claim { shop, generation, owner, now, lease_until };
        self.write("claim_refresh", move |conn| claim_refresh(conn, &claim)).await
    }

    /// Stores the next token set, unless the generation has moved. A set that was obtained is worth
    /// keeping: neither a lease that is over nor a grant declared dead meanwhile stops it.
    pub(crate) async fn commit_refresh(
        &self,
        shop: ShopId,
        generation: i64,
        next: NewGrant,
        now: UtcMillis,
    ) -> Result<bool> {
        self.write("commit_refresh", move |conn| commit_refresh(conn, shop, generation, &next, now)).await
    }

    /// Gives a claim back after a refresh that failed in passing.
    pub(crate) async fn release_refresh(
        &self,
        shop: ShopId,
        generation: i64,
        release: Release,
    ) -> Result<()> {
        self.write("release_refresh", move |conn| release_refresh(conn, shop, generation, release)).await
    }

    /// Moves the end of an access token whose refresh token is dead, unless the generation has moved.
    pub(crate) async fn outlive_refresh(
        &self,
        shop: ShopId,
        generation: i64,
        next: OutlivedGrant,
    ) -> Result<bool> {
        self.write("outlive_refresh", move |conn| outlive_refresh(conn, shop, generation, &next)).await
    }

    /// Declares a grant dead. True when this call did it: not when the generation has moved, nor when it
    /// was dead already.
    pub(crate) async fn kill_grant(
        &self,
        shop: ShopId,
        generation: i64,
        reason: &str,
        now: UtcMillis,
    ) -> Result<bool> {
        let reason = reason.to_owned();
        self.write("kill_grant", move |conn| kill_grant(conn, shop, generation, &reason, now)).await
    }

    /// Wipes the token set before `generation`, once this one has been used.
    pub(crate) async fn forget_previous(&self, shop: ShopId, generation: i64) -> Result<()> {
        self.write("forget_previous", move |conn| forget_previous(conn, shop, generation)).await
    }
}

const COLUMNS: &str = "s.id, s.platform_id, s.shop_id, g.generation, g.state, g.reason, g.access_token,
    g.refresh_token, g.obtained_at, g.expires_at, g.refresh_expires_at, g.end_is_fixed, g.scope, g.failures,
    g.next_attempt_at, g.updated_at, g.renewable, g.renewals, g.most_renewals, g.renewal_sent, s.status";

struct Claim {
    shop: ShopId,
    generation: i64,
    owner: i64,
    now: UtcMillis,
    lease_until: UtcMillis,
}

pub(super) fn grant(conn: &Connection, shop: ShopId) -> Result<Option<GrantRow>> {
    let sql = format!("SELECT {COLUMNS} FROM grants g JOIN shops s ON s.id = g.shop_id WHERE g.shop_id = ?1");
    first(conn, &sql, [shop], read_grant)
}

pub(super) fn generation(conn: &Connection, app: AppId, platform_shop_id: &str) -> Result<i64> {
    let sql = "SELECT coalesce(max(coalesce(g.generation, s.last_generation)), 0)
        FROM shops s LEFT JOIN grants g ON g.shop_id = s.id WHERE s.platform_id = ?1 AND s.shop_id = ?2";
    value(conn, sql, params![app, platform_shop_id])
}

/// Stores the grant of a shop that was just authorised; whatever was there is replaced, not kept.
pub(super) fn put_grant(conn: &Connection, shop: ShopId, connect: &ConnectShop) -> Result<()> {
    let sql = "INSERT INTO grants (shop_id, generation, state, access_token, refresh_token, obtained_at,
            expires_at, refresh_expires_at, scope, renewable, created_at, updated_at, tiers,
            most_renewals)
        VALUES (?1, ?2, 'valid', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12)
        ON CONFLICT (shop_id) DO UPDATE SET generation = excluded.generation, state = 'valid', reason = NULL,
            access_token = excluded.access_token, refresh_token = excluded.refresh_token,
            obtained_at = excluded.obtained_at, expires_at = excluded.expires_at,
            refresh_expires_at = excluded.refresh_expires_at, scope = excluded.scope,
            renewable = excluded.renewable, tiers = excluded.tiers, warned_days = NULL, warned_end = NULL,
            end_is_fixed = 0, failures = 0, next_attempt_at = NULL, refresh_owner = NULL,
            refresh_lease_until = NULL, previous_access = NULL, previous_refresh = NULL,
            previous_generation = NULL, renewals = 0, most_renewals = excluded.most_renewals,
            renewal_sent = NULL, renewal_refused = NULL, updated_at = excluded.updated_at";
    let grant = &connect.grant;
    let values = params![
        shop,
        connect.expected_generation.saturating_add(1),
        grant.sealed_access,
        grant.sealed_refresh,
        grant.obtained_at,
        grant.expires_at,
        grant.refresh_expires_at,
        grant.scope,
        connect.renewable,
        connect.now,
        grant.tiers,
        connect.most_renewals,
    ];
    execute(conn, sql, values).map(drop)
}

fn claim_refresh(conn: &Connection, claim: &Claim) -> Result<RefreshClaim> {
    // A claim whose process is gone holds nobody up until its lease is over, and neither does our own: one
    // flight at a time claims here, so that it is of a refresh that panicked.
    let sql = "UPDATE grants SET state = 'refreshing', refresh_owner = ?3, refresh_lease_until = ?5, updated_at = ?4
        WHERE shop_id = ?1 AND generation = ?2
            AND (state = 'valid' OR (state = 'refreshing' AND (refresh_lease_until <= ?4 OR refresh_owner = ?3
                OR NOT EXISTS (SELECT 1 FROM processes WHERE id = refresh_owner))))";
    let values = params![claim.shop, claim.generation, claim.owner, claim.now, claim.lease_until];
    if execute(conn, sql, values)? > 0 {
        return Ok(RefreshClaim::Claimed);
    }
    let sql = "SELECT refresh_lease_until FROM grants
        WHERE shop_id = ?1 AND generation = ?2 AND state = 'refreshing'";
    let busy = first(conn, sql, params![claim.shop, claim.generation], |row| row.get(0))?;
    Ok(busy.map_or(RefreshClaim::Moved, |until| RefreshClaim::Busy { until }))
}

pub(super) fn commit_refresh(
    conn: &Connection,
    shop: ShopId,
    generation: i64,
    next: &NewGrant,
    now: UtcMillis,
) -> Result<bool> {
    // The refresh token that bought this was alive: a renewal whose answer is missing did not take place.
    // The end is fixed when it moved by less than half of what time went by. Warnings of a fixed end stand.
    let sql = "UPDATE grants SET generation = generation + 1, state = 'valid', reason = NULL,
            previous_access = access_token, previous_refresh = refresh_token, previous_generation = generation,
            access_token = ?3, refresh_token = ?4, obtained_at = ?5, expires_at = ?6, refresh_expires_at = ?7,
            scope = ?8, renewal_sent = NULL, failures = 0, next_attempt_at = NULL, refresh_owner = NULL, refresh_lease_until = NULL,
            updated_at = ?9, tiers = coalesce(?10, tiers),
            end_is_fixed = coalesce(abs(?7 - refresh_expires_at) * 2 < ?5 - obtained_at, 0),
            warned_days = iif(abs(?7 - refresh_expires_at) * 2 < ?5 - obtained_at
                AND abs(?7 - warned_end) < 3600000, warned_days, NULL)
        WHERE shop_id = ?1 AND generation = ?2";
    let values = params![
        shop,
        generation,
        next.sealed_access,
        next.sealed_refresh,
        next.obtained_at,
        next.expires_at,
        next.refresh_expires_at,
        next.scope,
        now,
        next.tiers,
    ];
    if execute(conn, sql, values)? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE shops SET status = 'active', updated_at = ?2 WHERE id = ?1 AND status = 'reauthorize'";
    execute(conn, sql, params![shop, now])?;
    Ok(true)
}

fn release_refresh(conn: &Connection, shop: ShopId, generation: i64, release: Release) -> Result<()> {
    let sql = "UPDATE grants SET state = 'valid', failures = failures + 1, next_attempt_at = ?3,
            renewal_sent = coalesce(renewal_sent, ?4), refresh_owner = NULL, refresh_lease_until = NULL,
            updated_at = ?5
        WHERE shop_id = ?1 AND generation = ?2 AND state = 'refreshing'";
    let Release { next_attempt_at, unanswered, now } = release;
    execute(conn, sql, params![shop, generation, next_attempt_at, unanswered, now]).map(drop)
}

/// The next attempt at the very end is the mark of a refresh token that was refused while its access token worked.
fn outlive_refresh(conn: &Connection, shop: ShopId, generation: i64, next: &OutlivedGrant) -> Result<bool> {
    let sql =
        "UPDATE grants SET generation = generation + 1, state = 'valid', reason = NULL, access_token = ?3,
            refresh_token = ?4, obtained_at = ?5, renewal_sent = ?5, expires_at = ?6, next_attempt_at = ?6,
            failures = 0, refresh_owner = NULL, refresh_lease_until = NULL, previous_access = NULL,
            previous_refresh = NULL, previous_generation = NULL, updated_at = ?7
        WHERE shop_id = ?1 AND generation = ?2 AND state = 'refreshing'";
    let OutlivedGrant { sealed_access, sealed_refresh, sent, expires_at, now } = next;
    let values = params![shop, generation, sealed_access, sealed_refresh, sent, expires_at, now];
    Ok(execute(conn, sql, values)? > 0)
}

pub(super) fn kill_grant(
    conn: &Connection,
    shop: ShopId,
    generation: i64,
    reason: &str,
    now: UtcMillis,
) -> Result<bool> {
    let sql = "UPDATE grants SET state = 'reauthorize', reason = ?3, refresh_owner = NULL,
            refresh_lease_until = NULL, previous_access = NULL, previous_refresh = NULL,
            previous_generation = NULL, updated_at = ?4
        WHERE shop_id = ?1 AND generation = ?2 AND state <> 'reauthorize'";
    if execute(conn, sql, params![shop, generation, reason, now])? == 0 {
        return Ok(false);
    }
    let sql =
        "UPDATE shops SET status = 'reauthorize', updated_at = ?2 WHERE id = ?1 AND status <> 'disabled'";
    execute(conn, sql, params![shop, now])?;
    Ok(true)
}

fn forget_previous(conn: &Connection, shop: ShopId, generation: i64) -> Result<()> {
    let sql = "UPDATE grants SET previous_access = NULL, previous_refresh = NULL, previous_generation = NULL
        WHERE shop_id = ?1 AND generation = ?2";
    execute(conn, sql, params![shop, generation]).map(drop)
}

fn read_grant(row: &Row<'_>) -> rusqlite::Result<GrantRow> {
    let mut columns = Columns::of(row);
    Ok(GrantRow {
        shop_id: columns.take()?,
        app_id: columns.take()?,
        platform_shop_id: columns.take()?,
        generation: columns.take()?,
        state: columns.take()?,
        reason: columns.take()?,
        sealed_access: columns.take()?,
        sealed_refresh: columns.take()?,
        obtained_at: columns.take()?,
        expires_at: columns.take()?,
        refresh_expires_at: columns.take()?,
        end_is_fixed: columns.take()?,
        scope: columns.take()?,
        failures: columns.take()?,
        next_attempt_at: columns.take()?,
        updated_at: columns.take()?,
        renewable: columns.take()?,
        renewals: columns.take()?,
        most_renewals: columns.take()?,
        renewal_sent: columns.take()?,
        shop_status: columns.take()?,
    })
}
