//! Drafts of products, and what became of them. A listing and the change that publishes it are made together and
//! move together.

#[cfg(test)]
mod tests;

use rusqlite::{Connection, Row, params};

use super::Store;
use super::cursor::{Cursor, cursor_of, limit_of, page_of, rows_for};
use super::row::{Columns, all, conflict, execute, first, not_found, to_json, value};
use super::send::{Became, Enqueued, NewSend, enqueue};
use crate::error::Result;
use crate::model::{
    ChangeId, Listing, ListingDraft, ListingFilter, ListingId, ListingStatus, Page, ShopId, UtcMillis, Wanted,
};

const LIST: &str = "listings";
const COLUMNS: &str =
    "id, shop_id, outer_id, version, draft, change_id, platform_product_id, status, platform_status,
    reason, checked_at, created_at, updated_at, edits, review_id, polls";

/// A listing with what only its tracker needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListingRow {
    pub(crate) listing: Listing,
    /// The platform's id of the product that the draft changes.
    pub(crate) edits: Option<String>,
    pub(crate) review_id: Option<String>,
    /// How often the platform was asked since the change was accepted.
    pub(crate) polls: i64,
}

/// A draft to publish, and its change.
#[derive(Clone)]
pub(crate) struct NewListing {
    pub(crate) send: NewSend,
    pub(crate) draft: ListingDraft,
}

/// What the platform showed of a listing.
#[derive(Clone, Debug)]
pub(crate) struct SeenListing {
    pub(crate) status: ListingStatus,
    pub(crate) platform_status: String,
    pub(crate) reason: Option<String>,
    /// When to ask again; never when the platform has decided.
    pub(crate) due_at: Option<UtcMillis>,
    pub(crate) now: UtcMillis,
}

impl Store {
    /// Queues a draft with its change, or finds the change that publishes the same draft.
    pub(crate) async fn enqueue_listing(&self, new: NewListing) -> Result<Enqueued> {
        self.write("enqueue_listing", move |conn| enqueue_listing(conn, &new)).await
    }

    /// One listing, or `NOT_FOUND`.
    pub(crate) async fn get_listing(&self, id: ListingId) -> Result<ListingRow> {
        self.read("get_listing", move |conn| {
            let sql = format!("SELECT {COLUMNS} FROM listings WHERE id = ?1");
            first(conn, &sql, [id], read_listing)?.ok_or_else(|| not_found("listing", id))
        })
        .await
    }

    /// The listing that a change publishes, or `NOT_FOUND`.
    pub(crate) async fn listing_of(&self, change: ChangeId) -> Result<ListingRow> {
        self.read("listing_of", move |conn| {
            let sql = format!("SELECT {COLUMNS} FROM listings WHERE change_id = ?1");
            first(conn, &sql, [change], read_listing)?.ok_or_else(|| not_found("listing of change", change))
        })
        .await
    }

    /// The listings of a filter, newest first.
    pub(crate) async fn list_listings(&self, filter: ListingFilter) -> Result<Page<Listing>> {
        self.read("list_listings", move |conn| list(conn, &filter)).await
    }

    /// Listings whose platform has to be asked, the longest due first.
    pub(crate) async fn due_listings(&self, now: UtcMillis, limit: u32) -> Result<Vec<ListingId>> {
        self.read("due_listings", move |conn| {
            let sql = "SELECT id FROM listings WHERE due_at <= ?1 ORDER BY due_at, id LIMIT ?2";
            all(conn, sql, params![now, limit], |row| row.get(0))
        })
        .await
    }

    /// Writes down what the platform showed; the listing as it is then.
    pub(crate) async fn see_listing(&self, id: ListingId, seen: SeenListing) -> Result<ListingRow> {
        self.write("see_listing", move |conn| see(conn, id, &seen)).await
    }

    /// Asks again at a later time: the platform could not be asked.
    pub(crate) async fn put_off_listing(&self, id: ListingId, due_at: UtcMillis) -> Result<()> {
        self.write("put_off_listing", move |conn| {
            let sql =
                "UPDATE listings SET due_at = ?2, polls = polls + 1 WHERE id = ?1 AND due_at IS NOT NULL";
            execute(conn, sql, params![id, due_at]).map(drop)
        })
        .await
    }
}

fn enqueue_listing(conn: &Connection, new: &NewListing) -> Result<Enqueued> {
    let shop = new.send.shop;
    let outer = &new.draft.outer_id;
    if let Wanted::Publish { fingerprint, .. } = &new.send.wanted
        && let Some(same) = live(conn, shop, outer, fingerprint)?
    {
        return Ok(Enqueued::Same(same));
    }
    let queued = enqueue(conn, &new.send)?;
    let Enqueued::New { id, .. } = queued else { return Ok(queued) };
    let (edits, fingerprint) = match &new.send.wanted {
        Wanted::Update { product, fingerprint } => (Some(product), fingerprint),
        Wanted::Publish { fingerprint, .. } => (None, fingerprint),
        _ => return Err(crate::error::Error::internal("only products are published")),
    };
    let version: i64 = value(
        conn,
        "SELECT coalesce(max(version), 0) + 1 FROM listings WHERE shop_id = ?1 AND outer_id = ?2",
        params![shop, outer],
    )?;
    let sql = "INSERT INTO listings (shop_id, outer_id, version, edits, draft, fingerprint, change_id,
            platform_product_id, status, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?4, 'submitting', ?8, ?8)";
    let draft = to_json(&new.draft)?;
    let values = params![shop, outer, version, edits, draft, fingerprint, id, new.send.now];
    execute(conn, sql, values)?;
    Ok(queued)
}

/// The change that publishes the same draft already.
///
/// # Errors
/// `CONFLICT` when another draft, or a product that was synced, has the outer id.
fn live(conn: &Connection, shop: ShopId, outer_id: &str, fingerprint: &str) -> Result<Option<ChangeId>> {
    let sql = "SELECT change_id, fingerprint, platform_product_id FROM listings
        WHERE shop_id = ?1 AND outer_id = ?2 AND edits IS NULL AND status NOT IN ('failed', 'deleted')";
    type Live = (ChangeId, String, Option<String>);
    let read = |row: &Row<'_>| -> rusqlite::Result<Live> { Ok((row.get(0)?, row.get(1)?, row.get(2)?)) };
    let found = first(conn, sql, params![shop, outer_id], read)?;
    match found {
        Some((change, known, _)) if known == fingerprint => Ok(Some(change)),
        Some((_, _, Some(product))) => Err(taken(outer_id, &product)),
        Some((change, ..)) => Err(conflict(format!(
            "change {change} publishes another draft of {outer_id}: wait for it, or cancel it"
        ))),
        None => {
            let sql = "SELECT platform_product_id FROM products
                WHERE shop_id = ?1 AND outer_id = ?2 AND status <> 'deleted' LIMIT 1";
            match first(conn, sql, params![shop, outer_id], |row| row.get::<_, String>(0))? {
                Some(product) => Err(taken(outer_id, &product)),
                None => Ok(None),
            }
        }
    }
}

fn taken(outer_id: &str, product: &str) -> crate::error::Error {
    conflict(format!(
        "{outer_id} is product {product} already: change it with products.update, or take another outer id"
    ))
}

/// The change of a listing was accepted: it is under review from now on.
pub(super) fn accept_listing(
    conn: &Connection,
    change: ChangeId,
    became: Option<&Became>,
    now: UtcMillis,
) -> Result<()> {
    let sql = "UPDATE listings SET status = 'under_review', updated_at = ?4, due_at = ?4, polls = 0,
            platform_product_id = coalesce(?2, platform_product_id), review_id = ?3
        WHERE change_id = ?1 AND status = 'submitting'";
    let product = became.map(|became| &became.platform_id);
    let review = became.and_then(|became| became.review_id.as_ref());
    execute(conn, sql, params![change, product, review, now]).map(drop)
}

fn see(conn: &Connection, id: ListingId, seen: &SeenListing) -> Result<ListingRow> {
    let sql =
        "UPDATE listings SET status = ?2, platform_status = ?3, reason = ?4, due_at = ?5, checked_at = ?6,
            polls = polls + 1, updated_at = iif(status = ?2 AND platform_status IS ?3, updated_at, ?6)
        WHERE id = ?1 AND status NOT IN ('submitting', 'failed')";
    let values = params![id, seen.status, seen.platform_status, seen.reason, seen.due_at, seen.now];
    execute(conn, sql, values)?;
    let sql = format!("SELECT {COLUMNS} FROM listings WHERE id = ?1");
    first(conn, &sql, [id], read_listing)?.ok_or_else(|| not_found("listing", id))
}

fn list(conn: &Connection, filter: &ListingFilter) -> Result<Page<Listing>> {
    let limit = limit_of(&filter.page)?;
    let before = cursor_of(&filter.page, LIST)?.map_or(i64::MAX, |cursor| cursor.id);
    let by_shop = if filter.shop_id.is_some() { "shop_id = ?1" } else { "?1 IS NULL" };
    let by_status = if filter.status.is_some() { "status = ?2" } else { "?2 IS NULL" };
    let sql = format!(
        "SELECT {COLUMNS} FROM listings
            WHERE {by_shop} AND {by_status} AND (?3 IS NULL OR outer_id = ?3) AND id < ?4 ORDER BY id DESC LIMIT ?5"
    );
    let values = params![filter.shop_id, filter.status, filter.outer_id, before, rows_for(limit)];
    let rows = all(conn, &sql, values, |row| read_listing(row).map(|row| row.listing))?;
    Ok(page_of(rows, limit, LIST, |listing| Cursor { key: 0, id: listing.id.0 }))
}

fn read_listing(row: &Row<'_>) -> rusqlite::Result<ListingRow> {
    let mut columns = Columns::of(row);
    Ok(ListingRow {
        listing: Listing {
            id: columns.take()?,
            shop_id: columns.take()?,
            outer_id: columns.take()?,
            version: columns.take()?,
            draft: columns.json()?,
            change_id: columns.take()?,
            platform_product_id: columns.take()?,
            status: columns.take()?,
            platform_status: columns.take()?,
            reason: columns.take()?,
            checked_at: columns.take()?,
            created_at: columns.take()?,
            updated_at: columns.take()?,
        },
        edits: columns.take()?,
        review_id: columns.take()?,
        polls: columns.take()?,
    })
}
