//! Records that could not be read: kept with their raw bytes, each of them once, until a good record of
//! the same thing arrives or they are old.

use rusqlite::{Connection, params};

use super::Store;
use super::row::{all, execute, value};
use crate::error::Result;
use crate::model::{RunId, ShopId, UtcMillis};

/// What kind of record it is, as the column says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadKind {
    Product,
    Sku,
    Order,
    Refund,
}

impl BadKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Sku => "sku",
            Self::Order => "order",
            Self::Refund => "refund",
        }
    }
}

/// A record that could not be read.
pub(crate) struct BadRow {
    /// The platform's id, where that much could be read.
    pub(crate) platform_id: Option<String>,
    pub(crate) sealed_raw: Vec<u8>,
    /// Of the raw bytes: sealing the same bytes twice gives different ones.
    pub(crate) digest: [u8; 16],
    /// What was wrong, without values.
    pub(crate) reason: String,
}

/// Where bad records were met.
#[derive(Clone, Copy)]
pub(super) struct Met<'a> {
    pub(super) shop: ShopId,
    pub(super) run: RunId,
    pub(super) kind: BadKind,
    /// The platform's id of the product that SKUs belong to.
    pub(super) parent: Option<&'a str>,
    pub(super) now: UtcMillis,
}

impl Store {
    /// Drops bad records that were last met before `before`. Answers how many.
    pub(crate) async fn prune_quarantine(&self, before: UtcMillis) -> Result<i64> {
        self.write("prune_quarantine", move |conn| {
            execute(conn, "DELETE FROM quarantine WHERE seen_at < ?1", [before])
        })
        .await
    }
}

/// Keeps bad records; one that is known is only counted once more.
pub(super) fn keep(conn: &Connection, met: &Met<'_>, bad: &[BadRow]) -> Result<()> {
    let sql = "INSERT INTO quarantine (shop_id, run_id, kind, platform_id, parent_id, raw, digest, reason,
            first_seen_at, seen_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
        ON CONFLICT (shop_id, kind, digest) DO UPDATE SET run_id = excluded.run_id, reason = excluded.reason,
            seen_at = excluded.seen_at, seen = seen + 1";
    for row in bad {
        let values = params![
            met.shop,
            met.run,
            met.kind.as_str(),
            row.platform_id,
            met.parent,
            row.sealed_raw,
            row.digest,
            row.reason,
            met.now,
        ];
        execute(conn, sql, values)?;
    }
    Ok(())
}

/// Whether a shop has bad records of a kind at all; most have none, and then nobody looks for each row.
pub(super) fn any(conn: &Connection, shop: ShopId, kind: BadKind) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM quarantine WHERE shop_id = ?1 AND kind = ?2)";
    value(conn, sql, params![shop, kind.as_str()])
}

/// Drops what was kept of a record, now that it could be read.
pub(super) fn release(conn: &Connection, shop: ShopId, kind: BadKind, platform_id: &str) -> Result<()> {
    let sql = "DELETE FROM quarantine WHERE shop_id = ?1 AND kind = ?2 AND platform_id = ?3";
    execute(conn, sql, params![shop, kind.as_str(), platform_id]).map(drop)
}

/// Drops the bad SKUs of a product that are not among `still`.
pub(super) fn release_children(
    conn: &Connection,
    shop: ShopId,
    parent: &str,
    still: &[BadRow],
) -> Result<()> {
    let sql = "SELECT id, digest FROM quarantine WHERE shop_id = ?1 AND parent_id = ?2";
    let known: Vec<(i64, [u8; 16])> =
        all(conn, sql, params![shop, parent], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let gone = known.iter().filter(|(_, digest)| still.iter().all(|bad| bad.digest != *digest));
    for (id, _) in gone {
        execute(conn, "DELETE FROM quarantine WHERE id = ?1", [id])?;
    }
    Ok(())
}
