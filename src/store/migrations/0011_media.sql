-- Images and videos. The content lies in a file of its own beside the database, named by its hash; a row is all that is
-- known of it. The same content is one row, whoever adds it.
CREATE TABLE media (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256        TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
  kind          TEXT NOT NULL CHECK (kind IN ('image', 'video')),
  content_type  TEXT NOT NULL,
  bytes         INTEGER NOT NULL CHECK (bytes > 0),
  width         INTEGER CHECK (width > 0),
  height        INTEGER CHECK (height > 0),
  duration_ms   INTEGER CHECK (duration_ms >= 0),
  codec         TEXT,
  has_metadata  INTEGER NOT NULL CHECK (has_metadata IN (0, 1)),
  file_name     TEXT,
  made_from     INTEGER REFERENCES media (id) ON DELETE SET NULL,
  actor         TEXT NOT NULL,
  created_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX media_made_from ON media (made_from) WHERE made_from IS NOT NULL;
CREATE INDEX media_by_kind ON media (kind);

-- What the content of a row is: it never changes, since whoever checked it relies on it.
CREATE TRIGGER media_content_stays
BEFORE UPDATE OF sha256, kind, content_type, bytes, width, height, duration_ms, codec, has_metadata ON media
BEGIN
  SELECT RAISE(ABORT, 'the content of a media file never changes');
END;

-- Where a file was uploaded to: once for each shop and slot, and where the platform takes an upload for one post only,
-- once for each `purpose`. An upload in parts is resumed: `parts` are the numbers that the platform has.
CREATE TABLE media_uploads (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  media_id          INTEGER NOT NULL REFERENCES media (id) ON DELETE CASCADE,
  shop_id           INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  slot              TEXT NOT NULL,
  purpose           TEXT NOT NULL DEFAULT '',
  state             TEXT NOT NULL CHECK (state IN ('uploading', 'done')),
  upload_id         TEXT,
  part_bytes        INTEGER CHECK (part_bytes > 0),
  parts             TEXT NOT NULL DEFAULT '[]',
  platform_media_id TEXT,
  expires_at        INTEGER,
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL,
  UNIQUE (media_id, shop_id, slot, purpose),
  CHECK ((state = 'done') = (platform_media_id IS NOT NULL)),
  CHECK (state = 'done' OR (upload_id IS NOT NULL AND part_bytes IS NOT NULL))
) STRICT;

CREATE INDEX media_uploads_by_shop ON media_uploads (shop_id);
