//! Media: what is known of each content.

use rusqlite::{Connection, ErrorCode, Row, params};

use super::Store;
use super::blob::{self, Blobs, Incoming};
use super::cursor::{Cursor, cursor_of, limit_of, page_of, rows_for};
use super::row::{Columns, all, conflict, first, not_found};
use crate::error::{Error, Result};
use crate::model::{Media, MediaFacts, MediaFilter, MediaId, Page, UtcMillis};

const LIST: &str = "media";
const COLUMNS: &str =
    "id, sha256, kind, content_type, bytes, width, height, duration_ms, codec, has_metadata,
    file_name, made_from, actor, created_at";
/// Names that are looked up at once.
const BATCH: usize = 500;

/// A content that is about to be kept.
#[derive(Clone, Debug)]
pub(crate) struct NewMedia {
    pub(crate) sha256: String,
    pub(crate) facts: MediaFacts,
    pub(crate) file_name: Option<String>,
    pub(crate) made_from: Option<MediaId>,
    pub(crate) actor: String,
    pub(crate) at: UtcMillis,
}

impl Store {
    /// Keeps a content, or answers the row that has it. True when it is new.
    pub(crate) async fn keep_media(
        &self,
        blobs: &Blobs,
        incoming: Incoming,
        new: NewMedia,
    ) -> Result<(Media, bool)> {
        let blobs = blobs.clone();
        self.write("keep_media", move |conn| keep(conn, &blobs, &incoming, &new)).await
    }

    /// The media of a filter, newest first.
    pub(crate) async fn list_media(&self, filter: MediaFilter) -> Result<Page<Media>> {
        self.read("list_media", move |conn| list_media(conn, &filter)).await
    }

    /// One media file, or `NOT_FOUND`.
    pub(crate) async fn get_media(&self, id: MediaId) -> Result<Media> {
        self.read("get_media", move |conn| get_media(conn, id)).await
    }

    /// Removes a media file and its content; `CONFLICT` while something needs it.
    pub(crate) async fn remove_media(&self, blobs: &Blobs, id: MediaId, now: UtcMillis) -> Result<()> {
        let sha256 = self.write("remove_media", move |conn| remove(conn, id, now)).await?;
        self.discard_content(blobs, sha256).await
    }

    /// Removes contents that no row knows, and what nobody finished. Answers how many contents went.
    pub(crate) async fn sweep_media(&self, blobs: &Blobs, now: UtcMillis) -> Result<u64> {
        let looking = blobs.clone();
        let names = blocking(move || {
            looking.sweep_incoming(now)?;
            looking.names()
        });
        let mut removed = 0;
        for names in names.await?.chunks(BATCH) {
            let names = names.to_vec();
            for unknown in self.read("sweep_media", move |conn| unknown(conn, names)).await? {
                self.discard_content(blobs, unknown).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Takes a content away unless a row has it by now.
    async fn discard_content(&self, blobs: &Blobs, sha256: String) -> Result<()> {
        let blobs = blobs.clone();
        let away = self.write("discard_content", move |conn| {
            if by_hash(conn, &sha256)?.is_some() { Ok(None) } else { blobs.displace(&sha256) }
        });
        let Some(path) = away.await? else { return Ok(()) };
        blocking(move || {
            blob::delete(&path);
            Ok(())
        })
        .await
    }
}

fn keep(conn: &Connection, blobs: &Blobs, incoming: &Incoming, new: &NewMedia) -> Result<(Media, bool)> {
    // Also when there is a row: its file may be missing, after a restore on another machine.
    blobs.place(incoming, &new.sha256)?;
    if let Some(known) = by_hash(conn, &new.sha256)? {
        return Ok((known, false));
    }
    let facts = &new.facts;
    let sql = format!(
        "INSERT INTO media (sha256, kind, content_type, bytes, width, height, duration_ms, codec, has_metadata, file_name,
            made_from, actor, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        RETURNING {COLUMNS}"
    );
    let values = params![
        new.sha256,
        facts.kind,
        facts.content_type,
        signed(facts.bytes)?,
        facts.width,
        facts.height,
        facts.duration_ms.map(signed).transpose()?,
        facts.codec,
        facts.has_metadata,
        new.file_name,
        new.made_from,
        new.actor,
        new.at,
    ];
    let kept = first(conn, &sql, values, read_media)?;
    kept.map(|media| (media, true)).ok_or_else(|| Error::internal("an inserted row is returned"))
}

fn signed(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Error::internal("sizes and durations of files fit 63 bits"))
}

fn by_hash(conn: &Connection, sha256: &str) -> Result<Option<Media>> {
    first(conn, &format!("SELECT {COLUMNS} FROM media WHERE sha256 = ?1"), [sha256], read_media)
}

fn list_media(conn: &Connection, filter: &MediaFilter) -> Result<Page<Media>> {
    let limit = limit_of(&filter.page)?;
    let before = cursor_of(&filter.page, LIST)?.map_or(i64::MAX, |cursor| cursor.id);
    let by_kind = if filter.kind.is_some() { "kind = ?1" } else { "?1 IS NULL" };
    let sql = format!("SELECT {COLUMNS} FROM media WHERE {by_kind} AND id < ?2 ORDER BY id DESC LIMIT ?3");
    let rows = all(conn, &sql, params![filter.kind, before, rows_for(limit)], read_media)?;
    Ok(page_of(rows, limit, LIST, |media| Cursor { key: 0, id: media.id.0 }))
}

fn get_media(conn: &Connection, id: MediaId) -> Result<Media> {
    first(conn, &format!("SELECT {COLUMNS} FROM media WHERE id = ?1"), [id], read_media)?
        .ok_or_else(|| not_found("media", id))
}

fn remove(conn: &Connection, id: MediaId, now: UtcMillis) -> Result<String> {
    let media = get_media(conn, id)?;
    let sql = "SELECT 1 FROM media_uploads WHERE media_id = ?1 AND state = 'uploading'
        AND (expires_at IS NULL OR expires_at > ?2)";
    if first(conn, sql, params![id, now], |_| Ok(()))?.is_some() {
        return Err(conflict(format!("media {id} is being uploaded: wait for it, or cancel what needs it")));
    }
    let removed = conn.prepare_cached("DELETE FROM media WHERE id = ?1")?.execute([id]);
    match removed {
        // Whoever needs media refers to it.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Err(conflict(format!("media {id} is used: remove or change what uses it first")))
        }
        done => Ok(done.map(|_| media.sha256)?),
    }
}

fn unknown(conn: &Connection, names: Vec<String>) -> Result<Vec<String>> {
    let mut unknown = Vec::new();
    for name in names {
        if by_hash(conn, &name)?.is_none() {
            unknown.push(name);
        }
    }
    Ok(unknown)
}

fn read_media(row: &Row<'_>) -> rusqlite::Result<Media> {
    let mut columns = Columns::of(row);
    let (id, sha256) = (columns.take()?, columns.take()?);
    let facts = MediaFacts {
        kind: columns.take()?,
        content_type: columns.take()?,
        bytes: columns.take::<i64>()?.unsigned_abs(),
        width: columns.take()?,
        height: columns.take()?,
        duration_ms: columns.take::<Option<i64>>()?.map(i64::unsigned_abs),
        codec: columns.take()?,
        has_metadata: columns.take()?,
    };
    Ok(Media {
        id,
        sha256,
        facts,
        file_name: columns.take()?,
        made_from: columns.take()?,
        actor: columns.take()?,
        created_at: columns.take()?,
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::internal("work on a media file panicked"))?
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::fixture::{NOW, at, database, shop};
    use super::*;
    use crate::model::{MediaKind, PageRequest};

    /// A row without a content.
    pub(in crate::store) fn kept(conn: &Connection, n: i64) -> MediaId {
        let sql = "INSERT INTO media (sha256, kind, content_type, bytes, has_metadata, actor, created_at)
            VALUES (printf('%064x', ?1), iif(?1 % 2, 'video', 'image'), 'x/y', 9, 0, 'u', ?2) RETURNING id";
        MediaId(conn.query_row(sql, params![n, NOW], |row| row.get(0)).unwrap())
    }

    #[test]
    fn media_are_walked_newest_first_by_kind() {
        let conn = database();
        let ids: Vec<_> = (0..9).map(|n| kept(&conn, n)).collect();
        for kind in [None, Some(MediaKind::Image), Some(MediaKind::Video)] {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let filter = MediaFilter { kind, page: PageRequest { limit: Some(2), cursor } };
                let page = list_media(&conn, &filter).unwrap();
                seen.extend(page.items.iter().map(|media| media.id));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            let is_kind = |n: &usize| kind.is_none_or(|kind| (kind == MediaKind::Video) == (n % 2 == 1));
            let expected: Vec<_> = (0..9).rev().filter(is_kind).map(|n| ids[n]).collect();
            assert_eq!(seen, expected, "{kind:?}");
        }
    }

    #[test]
    fn what_is_needed_is_not_removed() {
        let conn = database();
        let (used, uploading, free) = (kept(&conn, 1), kept(&conn, 2), kept(&conn, 3));
        conn.execute_batch("CREATE TABLE users (media_id INTEGER NOT NULL REFERENCES media (id)) STRICT")
            .unwrap();
        conn.execute("INSERT INTO users VALUES (?1)", [used]).unwrap();
        let upload =
            "INSERT INTO media_uploads (media_id, shop_id, slot, state, upload_id, part_bytes, expires_at,
            created_at, updated_at) VALUES (?1, ?2, 'video', 'uploading', 'u', 1, ?3, 0, 0)";
        conn.execute(upload, params![uploading, shop(&conn), at(10)]).unwrap();
        let done = "INSERT INTO media_uploads (media_id, shop_id, slot, state, platform_media_id, created_at, updated_at)
            SELECT ?1, shop_id, 'video', 'done', 'v', 0, 0 FROM media_uploads LIMIT 1";
        conn.execute(done, [free]).unwrap();
        for id in [used, uploading] {
            assert_eq!(remove(&conn, id, at(9)).unwrap_err().code(), "CONFLICT");
        }
        for id in [uploading, free] {
            assert_eq!(remove(&conn, id, at(10)).unwrap(), format!("{:064x}", id.0));
            assert_eq!(remove(&conn, id, at(10)).unwrap_err().code(), "NOT_FOUND");
        }
    }

    #[test]
    fn sql_keeps_the_content_of_a_row() {
        let conn = database();
        kept(&conn, 1);
        for change in ["sha256 = printf('%064x', 9)", "bytes = 10", "content_type = 'a/b'", "kind = 'image'"]
        {
            assert!(conn.execute(&format!("UPDATE media SET {change}"), []).is_err(), "{change}");
        }
        assert!(conn.execute("UPDATE media SET file_name = 'n'", []).is_ok());
    }
}
