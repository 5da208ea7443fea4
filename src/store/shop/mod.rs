//! Shops: the authorised accounts of our apps.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};

use super::Store;
use super::app::check_app;
use super::grant::{NewGrant, generation, put_grant};
use super::row::{Columns, all, execute, first, not_found, value};
use crate::error::Result;
use crate::model::{
    AppId, Authorization, GrantState, Shop, ShopCounts, ShopFilter, ShopId, ShopKind, ShopStatus, Tier,
    UtcMillis,
};

mod bind;
#[cfg(test)]
mod tests;

const SELECT: &str = "SELECT s.id, s.platform_id, p.platform_name, s.shop_id, s.shop_name, s.kind, s.shop_type,
        s.status, s.bound_shop_id, s.last_synced_at, s.created_at, s.updated_at, g.state, g.reason, g.generation,
        g.expires_at, g.refresh_expires_at, g.renewable, g.warned_days, g.tiers,
        g.most_renewals - g.renewals, g.renewal_refused
    FROM shops s JOIN ecommerce_platforms p ON p.id = s.platform_id LEFT JOIN grants g ON g.shop_id = s.id";

/// A shop that was just authorised, with its token set.
pub(crate) struct ConnectShop {
    pub(crate) app_id: AppId,
    pub(crate) platform_shop_id: String,
    pub(crate) name: String,
    pub(crate) shop_type: Option<String>,
    pub(crate) kind: ShopKind,
    /// Whether a new token can be made without a person.
    pub(crate) renewable: bool,
    /// How often its refresh token can be renewed apart, where the platform renews it so.
    pub(crate) most_renewals: Option<u32>,
    /// The generation the token set was sealed after; what is stored becomes one more.
    pub(crate) expected_generation: i64,
    pub(crate) grant: NewGrant,
    pub(crate) now: UtcMillis,
}

impl Store {
    /// Stores a shop with its first or its next grant and switches it on. `None` when the stored
    /// generation is not the expected one: seal again for the one after it.
    pub(crate) async fn connect_shop(&self, connect: ConnectShop) -> Result<Option<Shop>> {
        self.write("connect_shop", move |conn| connect_shop(conn, &connect)).await
    }

    /// The shops of a filter, oldest first.
    pub(crate) async fn list_shops(&self, filter: ShopFilter) -> Result<Vec<Shop>> {
        self.read("list_shops", move |conn| list_shops(conn, &filter)).await
    }

    /// One shop, or `NOT_FOUND`.
    pub(crate) async fn get_shop(&self, id: ShopId) -> Result<Shop> {
        self.read("get_shop", move |conn| get_shop(conn, id)).await
    }

    /// Switches a shop on or off. One that is switched on without a living grant needs a person first:
    /// its status becomes `reauthorize`.
    pub(crate) async fn set_shop_status(
        &self,
        id: ShopId,
        status: ShopStatus,
        now: UtcMillis,
    ) -> Result<Shop> {
        self.write("set_shop_status", move |conn| set_shop_status(conn, id, status, now)).await
    }

    /// Forgets a shop's tokens and switches it off; its rows stay. With `purge` everything of the shop
    /// goes, except what the audit says.
    pub(crate) async fn remove_shop(&self, id: ShopId, purge: bool) -> Result<()> {
        self.write("remove_shop", move |conn| remove_shop(conn, id, purge)).await
    }

    /// How many rows a shop has.
    pub(crate) async fn shop_counts(&self, id: ShopId) -> Result<ShopCounts> {
        self.read("shop_counts", move |conn| shop_counts(conn, id)).await
    }
}

pub(super) fn connect_shop(conn: &Connection, connect: &ConnectShop) -> Result<Option<Shop>> {
    check_app(conn, connect.app_id)?;
    if generation(conn, connect.app_id, &connect.platform_shop_id)? != connect.expected_generation {
        return Ok(None);
    }
    let sql =
        "INSERT INTO shops (platform_id, shop_id, shop_name, shop_type, kind, status, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, 'active', ?6, ?6)
        ON CONFLICT (platform_id, shop_id) DO UPDATE SET
            shop_name = iif(excluded.shop_name = '', shop_name, excluded.shop_name),
            shop_type = coalesce(excluded.shop_type, shop_type), kind = excluded.kind, status = 'active',
            updated_at = excluded.updated_at
        RETURNING id";
    let values = params![
        connect.app_id,
        connect.platform_shop_id,
        connect.name,
        connect.shop_type,
        connect.kind,
        connect.now,
    ];
    let id = value(conn, sql, values)?;
    put_grant(conn, id, connect)?;
    get_shop(conn, id).map(Some)
}

/// Fails with `NOT_FOUND` unless there is such a shop.
pub(super) fn check_shop(conn: &Connection, id: ShopId) -> Result<()> {
    match value(conn, "SELECT EXISTS (SELECT 1 FROM shops WHERE id = ?1)", [id])? {
        true => Ok(()),
        false => Err(not_found("shop", id)),
    }
}

fn list_shops(conn: &Connection, filter: &ShopFilter) -> Result<Vec<Shop>> {
    let sql = format!(
        "{SELECT} WHERE (?1 IS NULL OR p.platform_name = ?1) AND (?2 IS NULL OR s.platform_id = ?2)
            AND (?3 IS NULL OR s.status = ?3) ORDER BY s.id"
    );
    all(conn, &sql, params![filter.platform, filter.app_id, filter.status], read_shop)
}

pub(super) fn get_shop(conn: &Connection, id: ShopId) -> Result<Shop> {
    first(conn, &format!("{SELECT} WHERE s.id = ?1"), [id], read_shop)?.ok_or_else(|| not_found("shop", id))
}

fn set_shop_status(conn: &Connection, id: ShopId, status: ShopStatus, now: UtcMillis) -> Result<Shop> {
    let shop = get_shop(conn, id)?;
    let alive = shop.authorization.is_some_and(|grant| grant.state != GrantState::Reauthorize);
    let status = match status {
        ShopStatus::Active if !alive => ShopStatus::Reauthorize,
        other => other,
    };
    let sql = "UPDATE shops SET status = ?2, updated_at = ?3 WHERE id = ?1 AND status <> ?2";
    execute(conn, sql, params![id, status, now])?;
    get_shop(conn, id)
}

pub(super) fn remove_shop(conn: &Connection, id: ShopId, purge: bool) -> Result<()> {
    let shop = get_shop(conn, id)?;
    // Tokens that wait for adoption are the shop's too.
    let sql = "DELETE FROM pending_grants WHERE app_id = ?1 AND platform_shop_id = ?2";
    execute(conn, sql, params![shop.app_id, shop.platform_shop_id])?;
    if purge {
        // Foreign keys take everything else along.
        return execute(conn, "DELETE FROM shops WHERE id = ?1", [id]).map(drop);
    }
    let sql = "UPDATE shops SET status = 'disabled', last_generation = coalesce(
            (SELECT generation FROM grants WHERE shop_id = ?1), last_generation) WHERE id = ?1";
    execute(conn, sql, [id])?;
    execute(conn, "DELETE FROM grants WHERE shop_id = ?1", [id])?;
    execute(conn, "DELETE FROM oauth_states WHERE shop_id = ?1", [id])?;
    let sql = "UPDATE runs SET cancel_requested = 1 WHERE shop_id = ?1 AND state = 'running'";
    execute(conn, sql, [id]).map(drop)
}

fn shop_counts(conn: &Connection, id: ShopId) -> Result<ShopCounts> {
    check_shop(conn, id)?;
    Ok(ShopCounts {
        products: value(conn, "SELECT count(*) FROM products WHERE shop_id = ?1", [id])?,
        skus: value(conn, "SELECT count(*) FROM skus WHERE shop_id = ?1", [id])?,
        orders: value(conn, "SELECT count(*) FROM orders WHERE shop_id = ?1", [id])?,
        refunds: value(conn, "SELECT count(*) FROM refunds WHERE shop_id = ?1", [id])?,
        quarantined: value(conn, "SELECT count(*) FROM quarantine WHERE shop_id = ?1", [id])?,
    })
}

fn read_shop(row: &Row<'_>) -> rusqlite::Result<Shop> {
    let mut columns = Columns::of(row);
    Ok(Shop {
        id: columns.take()?,
        app_id: columns.take()?,
        platform: columns.take()?,
        platform_shop_id: columns.take()?,
        name: columns.take()?,
        kind: columns.take()?,
        shop_type: columns.take()?,
        status: columns.take()?,
        bound_shop_id: columns.take()?,
        last_synced_at: columns.take()?,
        created_at: columns.take()?,
        updated_at: columns.take()?,
        authorization: read_authorization(&mut columns)?,
    })
}

/// The column `tiers`. What it says is for people; a level of a newer version is left out.
pub(crate) fn tiers_of(json: Option<String>) -> Vec<(Tier, UtcMillis)> {
    let ends: BTreeMap<String, i64> =
        json.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    ends.into_iter().filter_map(|(tier, end)| Some((tier.parse().ok()?, UtcMillis(end)))).collect()
}

/// The column `tiers` of a set.
pub(crate) fn tiers_to_json(tiers: &[(Tier, UtcMillis)]) -> Option<String> {
    let ends: BTreeMap<_, _> = tiers.iter().map(|(tier, end)| (tier.as_str(), end.0)).collect();
    if ends.is_empty() { None } else { serde_json::to_string(&ends).ok() }
}

fn read_authorization(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Option<Authorization>> {
    let Some(state) = columns.take()? else { return Ok(None) };
    Ok(Some(Authorization {
        state,
        reason: columns.take()?,
        generation: columns.take()?,
        expires_at: columns.take()?,
        refresh_expires_at: columns.take()?,
        renewable_without_person: columns.take()?,
        warned_days: columns.take()?,
        tiers: tiers_of(columns.take()?),
        renewals_left: columns.take()?,
        renewal_refused: columns.take()?,
    }))
}
