//! The last good call of a shop and the last error that its platform gave.

use rusqlite::{Connection, params};

use super::Store;
use super::row::{Columns, execute, first};
use crate::error::Result;
use crate::model::{Contact, GoodCall, PlatformError, ShopId, UtcMillis};

impl Store {
    /// What is known of a shop's last calls.
    pub(crate) async fn contact(&self, shop: ShopId) -> Result<Contact> {
        self.read("contact", move |conn| contact(conn, shop)).await
    }

    /// Notes a good call. A shop that is gone is passed over.
    pub(crate) async fn note_good_call(&self, shop: ShopId, call: GoodCall) -> Result<()> {
        self.write("note_good_call", move |conn| note_good_call(conn, shop, &call)).await
    }

    /// Notes what the platform answered. A shop that is gone is passed over.
    pub(crate) async fn note_platform_error(&self, shop: ShopId, error: PlatformError) -> Result<()> {
        self.write("note_platform_error", move |conn| note_platform_error(conn, shop, &error)).await
    }
}

fn contact(conn: &Connection, shop: ShopId) -> Result<Contact> {
    let sql = "SELECT good_at, good_api, error_at, error_api, error_code, platform_code, request_id,
            error_message FROM shop_contacts WHERE shop_id = ?1";
    let found = first(conn, sql, [shop], |row| {
        let mut columns = Columns::of(row);
        let (at, api): (Option<UtcMillis>, Option<String>) = (columns.take()?, columns.take()?);
        let last_good_call = at.zip(api).map(|(at, api)| GoodCall { at, api });
        let error_at: Option<UtcMillis> = columns.take()?;
        let (api, code): (Option<String>, Option<String>) = (columns.take()?, columns.take()?);
        let (platform_code, request_id) = (columns.take()?, columns.take()?);
        let message: Option<String> = columns.take()?;
        let last_error = error_at.zip(code).map(|(at, code)| PlatformError {
            at,
            api: api.unwrap_or_default(),
            code,
            platform_code,
            request_id,
            message: message.unwrap_or_default(),
        });
        Ok(Contact { last_good_call, last_error })
    })?;
    Ok(found.unwrap_or_default())
}

fn note_good_call(conn: &Connection, shop: ShopId, call: &GoodCall) -> Result<()> {
    let sql =
        "INSERT INTO shop_contacts (shop_id, good_at, good_api) SELECT id, ?2, ?3 FROM shops WHERE id = ?1
        ON CONFLICT (shop_id) DO UPDATE SET good_at = excluded.good_at, good_api = excluded.good_api";
    execute(conn, sql, params![shop, call.at, call.api]).map(drop)
}

fn note_platform_error(conn: &Connection, shop: ShopId, error: &PlatformError) -> Result<()> {
    let sql =
        "INSERT INTO shop_contacts (shop_id, error_at, error_api, error_code, platform_code, request_id,
            error_message) SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM shops WHERE id = ?1
        ON CONFLICT (shop_id) DO UPDATE SET error_at = excluded.error_at, error_api = excluded.error_api,
            error_code = excluded.error_code, platform_code = excluded.platform_code,
            request_id = excluded.request_id, error_message = excluded.error_message";
    let values =
        params![shop, error.at, error.api, error.code, error.platform_code, error.request_id, error.message];
    execute(conn, sql, values).map(drop)
}
