//! Renewals of a refresh token apart from its access token: counted, and noted before they are sent.

use rusqlite::{Connection, params};

use crate::error::Result;
use crate::model::{ShopId, UtcMillis};
use crate::store::Store;
use crate::store::row::execute;

/// A renewed refresh token to store, with the access token that stays in force, both sealed for the generation they
/// will have.
pub(crate) struct NewRenewal {
    pub(crate) sealed_access: Vec<u8>,
    pub(crate) sealed_refresh: Vec<u8>,
    pub(crate) refresh_expires_at: UtcMillis,
    pub(crate) now: UtcMillis,
}

impl Store {
    /// Notes that a renewal is about to be sent. False when the grant has moved, or none is left.
    pub(crate) async fn begin_renewal(&self, shop: ShopId, generation: i64, now: UtcMillis) -> Result<bool> {
        self.write("begin_renewal", move |conn| begin_renewal(conn, shop, generation, now)).await
    }

    /// Notes that the renewal surely did not take place.
    pub(crate) async fn undo_renewal(&self, shop: ShopId, generation: i64) -> Result<()> {
        self.write("undo_renewal", move |conn| undo_renewal(conn, shop, generation)).await
    }

    /// Stores a renewed refresh token and counts it, unless the generation has moved.
    pub(crate) async fn commit_renewal(
        &self,
        shop: ShopId,
        generation: i64,
        next: NewRenewal,
    ) -> Result<bool> {
        self.write("commit_renewal", move |conn| commit_renewal(conn, shop, generation, &next)).await
    }

    /// Notes that the platform renews no further. The claim goes on.
    pub(crate) async fn stop_renewals(&self, shop: ShopId, generation: i64, reason: &str) -> Result<()> {
        let reason = reason.to_owned();
        self.write("stop_renewals", move |conn| stop_renewals(conn, shop, generation, &reason)).await
    }
}

pub(super) fn begin_renewal(
    conn: &Connection,
    shop: ShopId,
    generation: i64,
    now: UtcMillis,
) -> Result<bool> {
    // One whose answer is missing stays the older one.
    let sql = "UPDATE grants SET renewal_sent = coalesce(renewal_sent, ?3)
        WHERE shop_id = ?1 AND generation = ?2 AND state = 'refreshing'
            AND (most_renewals IS NULL OR renewals < most_renewals)";
    Ok(execute(conn, sql, params![shop, generation, now])? > 0)
}

pub(super) fn undo_renewal(conn: &Connection, shop: ShopId, generation: i64) -> Result<()> {
    let sql = "UPDATE grants SET renewal_sent = NULL WHERE shop_id = ?1 AND generation = ?2";
    execute(conn, sql, params![shop, generation]).map(drop)
}

pub(super) fn commit_renewal(
    conn: &Connection,
    shop: ShopId,
    generation: i64,
    next: &NewRenewal,
) -> Result<bool> {
    // The pair before is not kept: its access token is this one's, its refresh token is dead. What was obtained is
    // worth keeping whatever the count says.
    let sql =
        "UPDATE grants SET generation = generation + 1, state = 'valid', reason = NULL, access_token = ?3,
            refresh_token = ?4, refresh_expires_at = ?5, renewals = renewals + 1,
            most_renewals = max(most_renewals, renewals + 1), renewal_sent = NULL, end_is_fixed = 0,
            warned_days = NULL, warned_end = NULL, failures = 0, next_attempt_at = NULL, refresh_owner = NULL,
            refresh_lease_until = NULL, previous_access = NULL, previous_refresh = NULL,
            previous_generation = NULL, updated_at = ?6
        WHERE shop_id = ?1 AND generation = ?2";
    let NewRenewal { sealed_access, sealed_refresh, refresh_expires_at, now } = next;
    let values = params![shop, generation, sealed_access, sealed_refresh, refresh_expires_at, now];
    if execute(conn, sql, values)? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE shops SET status = 'active', updated_at = ?2 WHERE id = ?1 AND status = 'reauthorize'";
    execute(conn, sql, params![shop, now])?;
    Ok(true)
}

pub(super) fn stop_renewals(conn: &Connection, shop: ShopId, generation: i64, reason: &str) -> Result<()> {
    let sql = "UPDATE grants SET most_renewals = renewals, renewal_refused = ?3
        WHERE shop_id = ?1 AND generation = ?2 AND state = 'refreshing'";
    execute(conn, sql, params![shop, generation, reason]).map(drop)
}
