-- A backfill reads a stretch of the past beside the normal sync. Its windows carry the stretch that was
-- asked for, and count for nothing else; for a run the stretch says that it is a backfill, whatever `mode`
-- says.
ALTER TABLE runs ADD COLUMN backfill_from INTEGER;
ALTER TABLE runs ADD COLUMN backfill_to INTEGER
  CHECK ((backfill_from IS NULL) = (backfill_to IS NULL) AND (backfill_from IS NULL OR backfill_from <= backfill_to));

ALTER TABLE sync_windows ADD COLUMN backfill_from INTEGER;
ALTER TABLE sync_windows ADD COLUMN backfill_to INTEGER
  CHECK ((backfill_from IS NULL) = (backfill_to IS NULL));

-- The last good call of a shop and the last error that its platform gave: what an operator asks for first.
-- No secret, no parameters, no buyer data. Good calls are written now and then, errors at once.
CREATE TABLE shop_contacts (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id        INTEGER NOT NULL UNIQUE REFERENCES shops (id) ON DELETE CASCADE,
  good_at        INTEGER,
  good_api       TEXT,
  error_at       INTEGER,
  error_api      TEXT,
  error_code     TEXT,
  platform_code  TEXT,
  request_id     TEXT,
  error_message  TEXT,
  CHECK ((good_at IS NULL) = (good_api IS NULL)),
  CHECK ((error_at IS NULL) = (error_code IS NULL))
) STRICT;
