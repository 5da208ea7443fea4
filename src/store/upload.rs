//! Where media were uploaded to: once for each shop and slot, resumed where it was in parts.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::row::{Columns, execute, first, to_json};
use crate::error::{Error, Result};
use crate::model::{MediaId, MediaSlot, ShopId, UtcMillis};

const COLUMNS: &str = "state = 'done', upload_id, part_bytes, parts, platform_media_id";

/// What an upload is for. `purpose` is empty where the platform lets an upload be used again and again, and names the
/// one use otherwise, such as a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UploadKey {
    pub(crate) media: MediaId,
    pub(crate) shop: ShopId,
    pub(crate) slot: MediaSlot,
    pub(crate) purpose: String,
}

/// An upload, under way or done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MediaUpload {
    /// The platform takes parts and has these, counted as the platform counts them.
    Parts { upload_id: String, part_bytes: u64, parts: Vec<u32> },
    /// The platform has it under this id or address.
    Done { platform_media_id: String },
}

impl Store {
    /// The upload for a use, unless it is past its time.
    pub(crate) async fn upload_of(&self, key: UploadKey, now: UtcMillis) -> Result<Option<MediaUpload>> {
        self.read("upload_of", move |conn| upload_of(conn, &key, now)).await
    }

    /// An upload in parts has begun. It takes the place of one that was not ended; what is done stays what it is, since a
    /// post may have been made with it.
    pub(crate) async fn begin_upload(
        &self,
        key: UploadKey,
        upload_id: String,
        part_bytes: u64,
        expires_at: Option<UtcMillis>,
        now: UtcMillis,
    ) -> Result<()> {
        self.write("begin_upload", move |conn| begin(conn, &key, &upload_id, part_bytes, expires_at, now))
            .await
    }

    /// The platform has a part. False when the upload is not this one any more.
    pub(crate) async fn keep_part(
        &self,
        key: UploadKey,
        upload_id: String,
        part: u32,
        now: UtcMillis,
    ) -> Result<bool> {
        self.write("keep_part", move |conn| keep_part(conn, &key, &upload_id, part, now)).await
    }

    /// The platform has the whole file under this id or address, until `expires_at` when it says so. Of two that were
    /// handed over for the same use, the first is the one.
    pub(crate) async fn keep_upload(
        &self,
        key: UploadKey,
        platform_media_id: String,
        expires_at: Option<UtcMillis>,
        now: UtcMillis,
    ) -> Result<()> {
        self.write("keep_upload", move |conn| keep_done(conn, &key, &platform_media_id, expires_at, now))
            .await
    }

    /// The platform does not have it, or has used it up: the next use uploads anew.
    pub(crate) async fn forget_upload(&self, key: UploadKey) -> Result<()> {
        self.write("forget_upload", move |conn| forget(conn, &key)).await
    }
}

fn begin(
    conn: &Connection,
    key: &UploadKey,
    upload_id: &str,
    part_bytes: u64,
    expires_at: Option<UtcMillis>,
    now: UtcMillis,
) -> Result<()> {
    let sql = "INSERT INTO media_uploads (media_id, shop_id, slot, purpose, state, upload_id, part_bytes, expires_at,
            created_at, updated_at) VALUES (?1, ?2, ?3, ?4, 'uploading', ?5, ?6, ?7, ?8, ?8)
        ON CONFLICT (media_id, shop_id, slot, purpose) DO UPDATE SET state = 'uploading',
            upload_id = excluded.upload_id, part_bytes = excluded.part_bytes, parts = '[]', platform_media_id = NULL,
            expires_at = excluded.expires_at, updated_at = excluded.updated_at
        WHERE media_uploads.state <> 'done' OR media_uploads.expires_at <= ?8";
    let UploadKey { media, shop, slot, purpose } = key;
    let bytes = i64::try_from(part_bytes).map_err(|_| Error::internal("a part fits 63 bits"))?;
    execute(conn, sql, params![media, shop, slot, purpose, upload_id, bytes, expires_at, now]).map(drop)
}

pub(super) fn keep_done(
    conn: &Connection,
    key: &UploadKey,
    platform_media_id: &str,
    expires_at: Option<UtcMillis>,
    now: UtcMillis,
) -> Result<()> {
    let sql =
        "INSERT INTO media_uploads (media_id, shop_id, slot, purpose, state, platform_media_id, expires_at,
            created_at, updated_at) VALUES (?1, ?2, ?3, ?4, 'done', ?5, ?6, ?7, ?7)
        ON CONFLICT (media_id, shop_id, slot, purpose) DO UPDATE SET state = 'done', upload_id = NULL,
            part_bytes = NULL, parts = '[]', platform_media_id = excluded.platform_media_id,
            expires_at = excluded.expires_at, updated_at = excluded.updated_at
        WHERE media_uploads.state <> 'done' OR media_uploads.expires_at <= ?7";
    let UploadKey { media, shop, slot, purpose } = key;
    execute(conn, sql, params![media, shop, slot, purpose, platform_media_id, expires_at, now]).map(drop)
}

fn forget(conn: &Connection, key: &UploadKey) -> Result<()> {
    let sql = "DELETE FROM media_uploads WHERE media_id = ?1 AND shop_id = ?2 AND slot = ?3 AND purpose = ?4";
    execute(conn, sql, params![key.media, key.shop, key.slot, key.purpose]).map(drop)
}

fn upload_of(conn: &Connection, key: &UploadKey, now: UtcMillis) -> Result<Option<MediaUpload>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM media_uploads WHERE media_id = ?1 AND shop_id = ?2 AND slot = ?3 AND purpose = ?4
            AND (expires_at IS NULL OR expires_at > ?5)"
    );
    let found = first(conn, &sql, params![key.media, key.shop, key.slot, key.purpose, now], read_upload)?;
    Ok(found.flatten())
}

fn keep_part(conn: &Connection, key: &UploadKey, upload_id: &str, part: u32, now: UtcMillis) -> Result<bool> {
    let UploadKey { media, shop, slot, purpose } = key;
    let found = "SELECT id, parts FROM media_uploads WHERE media_id = ?1 AND shop_id = ?2 AND slot = ?3
        AND purpose = ?4 AND state = 'uploading' AND upload_id = ?5";
    let read = |row: &Row<'_>| {
        let mut columns = Columns::of(row);
        Ok((columns.take::<i64>()?, columns.json::<Vec<u32>>()?))
    };
    let Some((id, mut parts)) = first(conn, found, params![media, shop, slot, purpose, upload_id], read)?
    else {
        return Ok(false);
    };
    if let Err(at) = parts.binary_search(&part) {
        parts.insert(at, part);
    }
    let sql = "UPDATE media_uploads SET parts = ?2, updated_at = ?3 WHERE id = ?1";
    execute(conn, sql, params![id, to_json(&parts)?, now]).map(|_| true)
}

fn read_upload(row: &Row<'_>) -> rusqlite::Result<Option<MediaUpload>> {
    let mut columns = Columns::of(row);
    let is_done: bool = columns.take()?;
    let (upload_id, part_bytes) = (columns.take::<Option<String>>()?, columns.take::<Option<i64>>()?);
    let (parts, platform_media_id) = (columns.json()?, columns.take::<Option<String>>()?);
    // The schema has no row that is neither.
    Ok(match (is_done, platform_media_id, upload_id, part_bytes) {
        (true, Some(platform_media_id), ..) => Some(MediaUpload::Done { platform_media_id }),
        (false, _, Some(upload_id), Some(part_bytes)) => {
            Some(MediaUpload::Parts { upload_id, part_bytes: part_bytes.unsigned_abs(), parts })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{NOW, at, database, shop};
    use super::super::media::tests::kept;
    use super::{MediaUpload, UploadKey, begin, forget, keep_done, keep_part, upload_of};
    use crate::model::MediaSlot;

    fn done(id: &str) -> Option<MediaUpload> {
        Some(MediaUpload::Done { platform_media_id: id.to_owned() })
    }

    #[test]
    fn an_upload_goes_on_where_it_was_and_is_known_once_it_is_done() {
        let conn = database();
        let key = UploadKey {
            media: kept(&conn, 1),
            shop: shop(&conn),
            slot: MediaSlot::Video,
            purpose: "send 7".into(),
        };
        assert_eq!(upload_of(&conn, &key, NOW).unwrap(), None);
        begin(&conn, &key, "u1", 5 << 20, Some(at(1000)), NOW).unwrap();
        for part in [2, 1, 2, 10] {
            assert!(keep_part(&conn, &key, "u1", part, NOW).unwrap());
        }
        assert!(!keep_part(&conn, &key, "u0", 3, NOW).unwrap(), "an upload that was begun anew meanwhile");
        let parts = MediaUpload::Parts { upload_id: "u1".into(), part_bytes: 5 << 20, parts: vec![1, 2, 10] };
        assert_eq!(upload_of(&conn, &key, at(999)).unwrap(), Some(parts));
        assert_eq!(upload_of(&conn, &key, at(1000)).unwrap(), None, "past its time");
        begin(&conn, &key, "u2", 5 << 20, None, NOW).unwrap();
        let anew = MediaUpload::Parts { upload_id: "u2".into(), part_bytes: 5 << 20, parts: vec![] };
        assert_eq!(upload_of(&conn, &key, at(5000)).unwrap(), Some(anew));
        keep_done(&conn, &key, "v1", Some(at(10)), NOW).unwrap();
        assert!(!keep_part(&conn, &key, "u2", 4, NOW).unwrap());
        assert_eq!(
            (upload_of(&conn, &key, at(9)).unwrap(), upload_of(&conn, &key, at(10)).unwrap()),
            (done("v1"), None)
        );
        keep_done(&conn, &key, "late", None, at(9)).unwrap();
        begin(&conn, &key, "u3", 5 << 20, None, at(9)).unwrap();
        assert_eq!(upload_of(&conn, &key, at(9)).unwrap(), done("v1"), "a post may have been made with it");
        keep_done(&conn, &key, "v2", None, at(10)).unwrap();
        assert_eq!(upload_of(&conn, &key, at(10)).unwrap(), done("v2"));
        forget(&conn, &key).unwrap();
        assert_eq!(upload_of(&conn, &key, NOW).unwrap(), None);
    }

    #[test]
    fn each_use_has_an_upload_of_its_own() {
        let conn = database();
        let (media, shop) = (kept(&conn, 1), shop(&conn));
        let keys: Vec<_> = [(MediaSlot::Video, ""), (MediaSlot::Cover, ""), (MediaSlot::Video, "send 7")]
            .map(|(slot, purpose)| UploadKey { media, shop, slot, purpose: purpose.into() })
            .into();
        for (n, key) in keys.iter().enumerate() {
            keep_done(&conn, key, &n.to_string(), None, NOW).unwrap();
        }
        for (n, key) in keys.iter().enumerate() {
            assert_eq!(upload_of(&conn, key, NOW).unwrap(), done(&n.to_string()));
        }
    }
}
