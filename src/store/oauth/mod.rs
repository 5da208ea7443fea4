//! The browser's way: single-use states, and grants that arrived without one of ours.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::app::check_app;
use super::row::{Columns, all, conflict, execute, first, not_found, value};
use super::shop::check_shop;
use crate::error::Result;
use crate::model::{AppId, PendingGrant, ShopId, UtcMillis};

#[cfg(test)]
mod tests;

/// A state that was handed to a browser; only hashes are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OauthState {
    pub(crate) state_hash: Vec<u8>,
    pub(crate) app_id: AppId,
    /// The shop that is to be authorised again, when it is known.
    pub(crate) shop_id: Option<ShopId>,
    pub(crate) session_hash: Option<Vec<u8>>,
    pub(crate) actor: String,
    pub(crate) created_at: UtcMillis,
    pub(crate) expires_at: UtcMillis,
}

/// What became of taking a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TakenState {
    /// It was unused and is the caller's now.
    Taken(OauthState),
    /// It was taken before.
    Used {
        /// With the same code: the browser came twice.
        same_code: bool,
    },
    /// There is no such state, or its time is over.
    Missing,
}

/// A grant that arrived without our request, sealed for the row `{app_id}/{platform_shop_id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewPending {
    pub(crate) app_id: AppId,
    pub(crate) platform_shop_id: String,
    pub(crate) name: String,
    pub(crate) shop_type: Option<String>,
    pub(crate) sealed_access: Vec<u8>,
    pub(crate) sealed_refresh: Option<Vec<u8>>,
    pub(crate) grant_expires_at: UtcMillis,
    pub(crate) refresh_expires_at: Option<UtcMillis>,
    pub(crate) scope: Option<String>,
    /// JSON of when each level of permission ends.
    pub(crate) tiers: Option<String>,
    pub(crate) now: UtcMillis,
    pub(crate) expires_at: UtcMillis,
}

impl Store {
    /// Remembers a state before the browser leaves with it.
    pub(crate) async fn insert_oauth_state(&self, state: OauthState) -> Result<()> {
        self.write("insert_oauth_state", move |conn| insert_state(conn, &state)).await
    }

    /// Takes a state: whoever comes first has it, nobody after. The used row stays until it expires, so
    /// that a browser coming twice with the same code is told apart from a replay.
    pub(crate) async fn take_oauth_state(
        &self,
        state_hash: Vec<u8>,
        code_hash: Vec<u8>,
        now: UtcMillis,
    ) -> Result<TakenState> {
        self.write("take_oauth_state", move |conn| take_state(conn, &state_hash, &code_hash, now)).await
    }

    /// Drops states and pending grants whose time is over.
    pub(crate) async fn prune_oauth(&self, now: UtcMillis) -> Result<()> {
        self.write("prune_oauth", move |conn| prune(conn, now)).await
    }

    /// Keeps a grant until someone adopts it. A newer one of the same shop takes the older one's place.
    pub(crate) async fn insert_pending(&self, pending: NewPending) -> Result<PendingGrant> {
        self.write("insert_pending", move |conn| insert_pending(conn, &pending)).await
    }

    /// The grants that wait, oldest first.
    pub(crate) async fn list_pending(&self, now: UtcMillis) -> Result<Vec<PendingGrant>> {
        self.read("list_pending", move |conn| list_pending(conn, now)).await
    }

    /// One waiting grant with its sealed tokens.
    pub(crate) async fn get_pending(
        &self,
        id: i64,
        now: UtcMillis,
    ) -> Result<Option<(PendingGrant, NewPending)>> {
        self.read("get_pending", move |conn| get_pending(conn, id, now)).await
    }

    /// Drops a waiting grant; false when it is gone already.
    pub(crate) async fn delete_pending(&self, id: i64) -> Result<bool> {
        self.write("delete_pending", move |conn| delete_pending(conn, id)).await
    }
}

pub(super) fn insert_state(conn: &Connection, state: &OauthState) -> Result<()> {
    check_app(conn, state.app_id)?;
    state.shop_id.map_or(Ok(()), |shop| check_shop(conn, shop))?;
    let sql =
        "INSERT INTO oauth_states (state_hash, app_id, shop_id, session_hash, actor, created_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (state_hash) DO NOTHING";
    let values = params![
        state.state_hash,
        state.app_id,
        state.shop_id,
        state.session_hash,
        state.actor,
        state.created_at,
        state.expires_at,
    ];
    match execute(conn, sql, values)? {
        0 => Err(conflict("this OAuth state exists already; begin again with a new one")),
        _ => Ok(()),
    }
}

fn take_state(conn: &Connection, state_hash: &[u8], code_hash: &[u8], now: UtcMillis) -> Result<TakenState> {
    let sql = "UPDATE oauth_states SET used_at = ?3, code_hash = ?2
        WHERE state_hash = ?1 AND used_at IS NULL AND expires_at > ?3
        RETURNING state_hash, app_id, shop_id, session_hash, actor, created_at, expires_at";
    if let Some(state) = first(conn, sql, params![state_hash, code_hash, now], read_state)? {
        return Ok(TakenState::Taken(state));
    }
    let sql = "SELECT code_hash = ?2 FROM oauth_states
        WHERE state_hash = ?1 AND used_at IS NOT NULL AND expires_at > ?3";
    let used = first(conn, sql, params![state_hash, code_hash, now], |row| row.get(0))?;
    Ok(used.map_or(TakenState::Missing, |same_code| TakenState::Used { same_code }))
}

fn prune(conn: &Connection, now: UtcMillis) -> Result<()> {
    execute(conn, "DELETE FROM oauth_states WHERE expires_at <= ?1", [now])?;
    execute(conn, "DELETE FROM pending_grants WHERE expires_at <= ?1", [now]).map(drop)
}

pub(super) fn insert_pending(conn: &Connection, pending: &NewPending) -> Result<PendingGrant> {
    check_app(conn, pending.app_id)?;
    let sql = "INSERT INTO pending_grants (app_id, platform_shop_id, shop_name, shop_type, access_token,
            refresh_token, grant_expires_at, refresh_expires_at, scope, created_at, expires_at, tiers)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        ON CONFLICT (app_id, platform_shop_id) DO UPDATE SET shop_name = excluded.shop_name,
            shop_type = excluded.shop_type, access_token = excluded.access_token,
            refresh_token = excluded.refresh_token, grant_expires_at = excluded.grant_expires_at,
            refresh_expires_at = excluded.refresh_expires_at, scope = excluded.scope,
            created_at = excluded.created_at, expires_at = excluded.expires_at, tiers = excluded.tiers
        RETURNING id";
    let values = params![
        pending.app_id,
        pending.platform_shop_id,
        pending.name,
        pending.shop_type,
        pending.sealed_access,
        pending.sealed_refresh,
        pending.grant_expires_at,
        pending.refresh_expires_at,
        pending.scope,
        pending.now,
        pending.expires_at,
        pending.tiers,
    ];
    let id: i64 = value(conn, sql, values)?;
    let sql = format!("{SELECT_PENDING} WHERE g.id = ?1");
    first(conn, &sql, [id], read_pending)?.ok_or_else(|| not_found("pending grant", id))
}

const SELECT_PENDING: &str = "SELECT g.id, g.app_id, p.platform_name, g.platform_shop_id, g.shop_name,
        g.created_at, g.expires_at, g.shop_type, g.access_token, g.refresh_token, g.grant_expires_at,
        g.refresh_expires_at, g.scope, g.tiers
    FROM pending_grants g JOIN ecommerce_platforms p ON p.id = g.app_id";

fn list_pending(conn: &Connection, now: UtcMillis) -> Result<Vec<PendingGrant>> {
    let sql = format!("{SELECT_PENDING} WHERE g.expires_at > ?1 ORDER BY g.created_at, g.id");
    all(conn, &sql, [now], read_pending)
}

fn get_pending(conn: &Connection, id: i64, now: UtcMillis) -> Result<Option<(PendingGrant, NewPending)>> {
    let sql = format!("{SELECT_PENDING} WHERE g.id = ?1 AND g.expires_at > ?2");
    first(conn, &sql, params![id, now], |row| {
        let pending = read_pending(row)?;
        let sealed = read_sealed(row, &pending)?;
        Ok((pending, sealed))
    })
}

fn delete_pending(conn: &Connection, id: i64) -> Result<bool> {
    Ok(execute(conn, "DELETE FROM pending_grants WHERE id = ?1", [id])? > 0)
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<OauthState> {
    let mut columns = Columns::of(row);
    Ok(OauthState {
        state_hash: columns.take()?,
        app_id: columns.take()?,
        shop_id: columns.take()?,
        session_hash: columns.take()?,
        actor: columns.take()?,
        created_at: columns.take()?,
        expires_at: columns.take()?,
    })
}

fn read_pending(row: &Row<'_>) -> rusqlite::Result<PendingGrant> {
    let mut columns = Columns::of(row);
    Ok(PendingGrant {
        id: columns.take()?,
        app_id: columns.take()?,
        platform: columns.take()?,
        platform_shop_id: columns.take()?,
        name: columns.take()?,
        created_at: columns.take()?,
        expires_at: columns.take()?,
    })
}

fn read_sealed(row: &Row<'_>, pending: &PendingGrant) -> rusqlite::Result<NewPending> {
    Ok(NewPending {
        app_id: pending.app_id,
        platform_shop_id: pending.platform_shop_id.clone(),
        name: pending.name.clone(),
        now: pending.created_at,
        expires_at: pending.expires_at,
        shop_type: row.get(7)?,
        sealed_access: row.get(8)?,
        sealed_refresh: row.get(9)?,
        grant_expires_at: row.get(10)?,
        refresh_expires_at: row.get(11)?,
        scope: row.get(12)?,
        tiers: row.get(13)?,
    })
}
