//! Apps: the table `ecommerce_platforms`.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::row::{Columns, all, conflict, execute, first, not_found, value};
use crate::error::{Error, Result};
use crate::model::{App, AppDraft, AppId, Endpoints, UtcMillis};

const COLUMNS: &str = "id, platform_name, app_name, app_key, kind, service_id, redirect_uri, endpoint_api,
    endpoint_authorize, endpoint_token, endpoint_upload, proxy_shown, calls_per_second, status = 'enabled', created_at, updated_at";

/// What is saved for an app. Secrets come sealed for the row `{platform}/{app_key}`; those in the draft
/// are not looked at.
pub(crate) struct SaveApp {
    pub(crate) draft: AppDraft,
    /// Absent keeps the stored one; a new app needs one.
    pub(crate) sealed_secret: Option<Vec<u8>>,
    /// Absent together with `shown_proxy` means no proxy. Absent while `shown_proxy` is what is stored
    /// keeps the stored one: that is what a settings page sends back.
    pub(crate) sealed_proxy: Option<Vec<u8>>,
    /// The proxy without user and password.
    pub(crate) shown_proxy: Option<String>,
    pub(crate) now: UtcMillis,
}

/// An app with its sealed secrets.
pub(crate) struct AppSecrets {
    pub(crate) app: App,
    pub(crate) sealed_secret: Vec<u8>,
    pub(crate) sealed_proxy: Option<Vec<u8>>,
}

impl Store {
    /// Saves a new app, or changes the one that the draft names.
    ///
    /// # Errors
    /// `CONFLICT` when the platform already has an app with this AppKey, or the change names another
    /// platform or AppKey; `INVALID_REQUEST` when a new app has no secret; `NOT_FOUND`.
    pub(crate) async fn save_app(&self, save: SaveApp) -> Result<App> {
        self.write("save_app", move |conn| save_app(conn, &save)).await
    }

    /// Every app, oldest first.
    pub(crate) async fn list_apps(&self) -> Result<Vec<App>> {
        self.read("list_apps", list_apps).await
    }

    /// One app, or `NOT_FOUND`.
    pub(crate) async fn get_app(&self, id: AppId) -> Result<App> {
        self.read("get_app", move |conn| get_app(conn, id)).await
    }

    /// One app with its sealed secrets, or `NOT_FOUND`.
    pub(crate) async fn app_secrets(&self, id: AppId) -> Result<AppSecrets> {
        self.read("app_secrets", move |conn| app_secrets(conn, id)).await
    }

    /// Removes an app; `CONFLICT` while shops use it.
    pub(crate) async fn remove_app(&self, id: AppId) -> Result<()> {
        self.write("remove_app", move |conn| remove_app(conn, id)).await
    }
}

pub(super) fn save_app(conn: &Connection, save: &SaveApp) -> Result<App> {
    let id = match save.draft.id {
        Some(id) => change_app(conn, id, save)?,
        None => insert_app(conn, save)?,
    };
    get_app(conn, id)
}

fn insert_app(conn: &Connection, save: &SaveApp) -> Result<AppId> {
    let draft = &save.draft;
    let Some(secret) = &save.sealed_secret else {
        return Err(Error::invalid("a new app needs its appSecret"));
    };
    if save.sealed_proxy.is_none() && save.shown_proxy.is_some() {
        return Err(Error::invalid("a new app needs its proxy with user and password, or none"));
    }
    let sql =
        "INSERT INTO ecommerce_platforms (platform_name, app_name, app_key, app_secret, kind, service_id,
            redirect_uri, endpoint_api, endpoint_authorize, proxy, proxy_shown, calls_per_second, status,
            created_at, updated_at, endpoint_token, endpoint_upload)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?15, ?16)
        ON CONFLICT (platform_name, app_key) DO NOTHING RETURNING id";
    let values = params![
        draft.platform,
        draft.name,
        draft.app_key,
        secret,
        draft.kind,
        draft.service_id,
        draft.redirect_uri,
        draft.endpoints.api,
        draft.endpoints.authorize,
        save.sealed_proxy,
        save.shown_proxy,
        draft.calls_per_second,
        status_word(draft.enabled),
        save.now,
        draft.endpoints.token,
        draft.endpoints.upload,
    ];
    first(conn, sql, values, |row| row.get(0))?.ok_or_else(|| {
        conflict("this platform already has an app with this AppKey; change that one by its id")
    })
}

fn change_app(conn: &Connection, id: AppId, save: &SaveApp) -> Result<AppId> {
    let draft = &save.draft;
    let stored = get_app(conn, id)?;
    if stored.platform != draft.platform || stored.app_key != draft.app_key {
        return Err(conflict("the platform and AppKey of an app never change; save it as a new app"));
    }
    let keep_proxy = save.sealed_proxy.is_none() && save.shown_proxy.is_some();
    if keep_proxy && stored.proxy != save.shown_proxy {
        return Err(Error::invalid("a changed proxy is needed whole, with user and password"));
    }
    let sql = "UPDATE ecommerce_platforms SET app_name = ?2, app_secret = coalesce(?3, app_secret), kind = ?4,
            service_id = ?5, redirect_uri = ?6, endpoint_api = ?7, endpoint_authorize = ?8,
            proxy = iif(?9, proxy, ?10), proxy_shown = ?11, calls_per_second = ?12, status = ?13, updated_at = ?14,
            endpoint_token = ?15, endpoint_upload = ?16
        WHERE id = ?1";
    let values = params![
        id,
        draft.name,
        save.sealed_secret,
        draft.kind,
        draft.service_id,
        draft.redirect_uri,
        draft.endpoints.api,
        draft.endpoints.authorize,
        keep_proxy,
        save.sealed_proxy,
        save.shown_proxy,
        draft.calls_per_second,
        status_word(draft.enabled),
        save.now,
        draft.endpoints.token,
        draft.endpoints.upload,
    ];
    execute(conn, sql, values)?;
    Ok(id)
}

fn status_word(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "disabled" }
}

fn list_apps(conn: &Connection) -> Result<Vec<App>> {
    all(conn, &format!("SELECT {COLUMNS} FROM ecommerce_platforms ORDER BY id"), [], read_app)
}

fn get_app(conn: &Connection, id: AppId) -> Result<App> {
    first(conn, &format!("SELECT {COLUMNS} FROM ecommerce_platforms WHERE id = ?1"), [id], read_app)?
        .ok_or_else(|| not_found("app", id))
}

fn app_secrets(conn: &Connection, id: AppId) -> Result<AppSecrets> {
    let app = get_app(conn, id)?;
    let sql = "SELECT app_secret, proxy FROM ecommerce_platforms WHERE id = ?1";
    first(conn, sql, [id], |row| {
        Ok(AppSecrets { app, sealed_secret: row.get(0)?, sealed_proxy: row.get(1)? })
    })?
    .ok_or_else(|| not_found("app", id))
}

/// Fails with `NOT_FOUND` unless there is such an app.
pub(super) fn check_app(conn: &Connection, id: AppId) -> Result<()> {
    match value(conn, "SELECT EXISTS (SELECT 1 FROM ecommerce_platforms WHERE id = ?1)", [id])? {
        true => Ok(()),
        false => Err(not_found("app", id)),
    }
}

fn remove_app(conn: &Connection, id: AppId) -> Result<()> {
    if value(conn, "SELECT EXISTS (SELECT 1 FROM shops WHERE platform_id = ?1)", [id])? {
        return Err(conflict("shops use this app; remove them with purge first"));
    }
    match execute(conn, "DELETE FROM ecommerce_platforms WHERE id = ?1", [id])? {
        0 => Err(not_found("app", id)),
        _ => Ok(()),
    }
}

fn read_app(row: &Row<'_>) -> rusqlite::Result<App> {
    let mut columns = Columns::of(row);
    Ok(App {
        id: columns.take()?,
        platform: columns.take()?,
        name: columns.take()?,
        app_key: columns.take()?,
        kind: columns.take()?,
        service_id: columns.take()?,
        redirect_uri: columns.take()?,
        endpoints: Endpoints {
            api: columns.take()?,
            authorize: columns.take()?,
            token: columns.take()?,
            upload: columns.take()?,
        },
        proxy: columns.take()?,
        calls_per_second: columns.take()?,
        enabled: columns.take()?,
        created_at: columns.take()?,
        updated_at: columns.take()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixture::{app, at, connect, database, draft, save};
    use crate::store::shop::{connect_shop, remove_shop};

    fn code<T>(result: Result<T>) -> &'static str {
        result.map(drop).unwrap_err().code()
    }

    #[test]
    fn an_app_is_saved_changed_and_listed() {
        let conn = database();
        let mut first = draft("key");
        first.endpoints.api = Some("https://api.example".to_owned());
        first.calls_per_second = Some(9);
        let app = save_app(&conn, &save(first)).unwrap();
        assert_eq!(
            (app.endpoints.api.as_deref(), app.calls_per_second),
            (Some("https://api.example"), Some(9))
        );
        let change = AppDraft { id: Some(app.id), name: "新名".to_owned(), enabled: false, ..draft("key") };
        let changed = save_app(&conn, &SaveApp { sealed_secret: None, now: at(5), ..save(change) }).unwrap();
        assert_eq!((changed.name.as_str(), changed.enabled, changed.updated_at), ("新名", false, at(5)));
        assert_eq!((changed.endpoints, changed.calls_per_second), (Endpoints::default(), None));
        assert_eq!(changed.created_at, app.created_at);
        assert_eq!(
            app_secrets(&conn, app.id).unwrap().sealed_secret,
            b"sealed",
            "the secret was left out and stays"
        );
        assert_eq!(list_apps(&conn).unwrap(), [get_app(&conn, app.id).unwrap()]);
    }

    #[test]
    fn an_app_key_is_unique_on_its_platform_and_never_changes() {
        let conn = database();
        let id = app(&conn, "key");
        assert_eq!(code(save_app(&conn, &save(draft("key")))), "CONFLICT");
        assert_eq!(code(save_app(&conn, &save(AppDraft { id: Some(id), ..draft("other") }))), "CONFLICT");
        assert_eq!(
            code(save_app(&conn, &save(AppDraft { id: Some(AppId(9)), ..draft("key") }))),
            "NOT_FOUND"
        );
        let bare = SaveApp { sealed_secret: None, ..save(draft("new")) };
        assert_eq!(code(save_app(&conn, &bare)), "INVALID_REQUEST");
        assert!(conn.execute("UPDATE ecommerce_platforms SET app_key = 'other'", []).is_err());
    }

    #[test]
    fn a_proxy_is_set_kept_when_shown_unchanged_and_dropped() {
        let conn = database();
        let id = app(&conn, "key");
        let set = |sealed: Option<&[u8]>, shown: Option<&str>| {
            let draft = AppDraft { id: Some(id), ..draft("key") };
            let sealed_proxy = sealed.map(<[u8]>::to_vec);
            save_app(&conn, &SaveApp { sealed_proxy, shown_proxy: shown.map(str::to_owned), ..save(draft) })
        };
        assert_eq!(code(set(None, Some("http://p:1"))), "INVALID_REQUEST");
        set(Some(b"sealed"), Some("http://p:1")).unwrap();
        assert_eq!(set(None, Some("http://p:1")).unwrap().proxy.as_deref(), Some("http://p:1"));
        assert_eq!(app_secrets(&conn, id).unwrap().sealed_proxy.as_deref(), Some(b"sealed".as_slice()));
        assert_eq!(code(set(None, Some("http://p:2"))), "INVALID_REQUEST");
        assert_eq!(set(None, None).unwrap().proxy, None);
        assert_eq!(app_secrets(&conn, id).unwrap().sealed_proxy, None);
    }

    #[test]
    fn an_app_in_use_is_not_removed() {
        let conn = database();
        let id = app(&conn, "key");
        let shop = connect_shop(&conn, &connect(id, "s1", 0)).unwrap().unwrap().id;
        assert_eq!(code(remove_app(&conn, id)), "CONFLICT");
        remove_shop(&conn, shop, false).unwrap();
        assert_eq!(code(remove_app(&conn, id)), "CONFLICT", "its rows are still there");
        remove_shop(&conn, shop, true).unwrap();
        remove_app(&conn, id).unwrap();
        assert_eq!(code(remove_app(&conn, id)), "NOT_FOUND");
    }
}
