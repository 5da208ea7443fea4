-- What further platforms bring: refunds, lists in several sections, permissions that end level by level, and
-- token and upload addresses of their own.

ALTER TABLE ecommerce_platforms ADD COLUMN endpoint_token TEXT;
ALTER TABLE ecommerce_platforms ADD COLUMN endpoint_upload TEXT;

-- JSON `{"r1": ms, …}`: when each level of permission ends. `warned_days` is the last warning given before the
-- end of a grant that nobody can renew without a person, in days.
ALTER TABLE grants ADD COLUMN tiers TEXT;
ALTER TABLE grants ADD COLUMN warned_days INTEGER;
ALTER TABLE pending_grants ADD COLUMN tiers TEXT;

CREATE TABLE refunds (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id             INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  platform_refund_id  TEXT NOT NULL,
  platform_order_id   TEXT NOT NULL,
  platform_item_id    TEXT,
  kind                TEXT NOT NULL,
  platform_kind       TEXT NOT NULL,
  status              TEXT NOT NULL,
  platform_status     TEXT NOT NULL,
  refund_amount       INTEGER,
  quantity            INTEGER,
  platform_product_id TEXT,
  platform_sku_id     TEXT,
  reason              TEXT,
  buyer_words         TEXT,
  return_tracking_no  TEXT,
  return_company      TEXT,
  platform_created_at INTEGER NOT NULL,
  platform_updated_at INTEGER NOT NULL,
  deadline_at         INTEGER,
  extra               TEXT,
  hash                BLOB NOT NULL,
  created_at          INTEGER NOT NULL,
  updated_at          INTEGER NOT NULL,
  synced_at           INTEGER NOT NULL,
  UNIQUE (shop_id, platform_refund_id)
) STRICT;

-- Each of these ends with the row's id: newest change first is one walk backwards.
CREATE INDEX refunds_by_update ON refunds (platform_updated_at);
CREATE INDEX refunds_by_shop_and_update ON refunds (shop_id, platform_updated_at);
CREATE INDEX refunds_by_status_and_update ON refunds (status, platform_updated_at);
CREATE INDEX refunds_by_shop_status_and_update ON refunds (shop_id, status, platform_updated_at);
CREATE INDEX refunds_by_order ON refunds (platform_order_id);

-- `kind` of the three tables below may be refunds now. A CHECK cannot be changed in place, so they are made
-- anew: all three first, so that no reference is ever broken, then renamed, which takes references along.

CREATE TABLE new_runs (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id          INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  kind             TEXT NOT NULL CHECK (kind IN ('products', 'orders', 'refunds')),
  mode             TEXT NOT NULL CHECK (mode IN ('full', 'incremental')),
  state            TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled', 'interrupted')),
  stage            TEXT CHECK (stage IN ('list', 'detail')),
  listed           INTEGER NOT NULL DEFAULT 0,
  list_total       INTEGER,
  detailed         INTEGER NOT NULL DEFAULT 0,
  detail_total     INTEGER,
  written          INTEGER NOT NULL DEFAULT 0,
  unchanged        INTEGER NOT NULL DEFAULT 0,
  quarantined      INTEGER NOT NULL DEFAULT 0,
  calls            INTEGER NOT NULL DEFAULT 0,
  cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
  error_code       TEXT,
  error_message    TEXT,
  actor            TEXT NOT NULL,
  owner_process    INTEGER NOT NULL,
  started_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  finished_at      INTEGER,
  backfill_from    INTEGER,
  backfill_to      INTEGER,
  CHECK ((state = 'running') = (finished_at IS NULL)),
  CHECK ((error_code IS NULL) = (error_message IS NULL)),
  CHECK ((backfill_from IS NULL) = (backfill_to IS NULL) AND (backfill_from IS NULL OR backfill_from <= backfill_to))
) STRICT;

INSERT INTO new_runs (id, shop_id, kind, mode, state, stage, listed, list_total, detailed, detail_total, written,
    unchanged, quarantined, calls, cancel_requested, error_code, error_message, actor, owner_process, started_at,
    updated_at, finished_at, backfill_from, backfill_to)
  SELECT id, shop_id, kind, mode, state, stage, listed, list_total, detailed, detail_total, written, unchanged,
    quarantined, calls, cancel_requested, error_code, error_message, actor, owner_process, started_at, updated_at,
    finished_at, backfill_from, backfill_to FROM runs;

-- `section` says which of the lists that make up the whole a window reads.
CREATE TABLE new_sync_windows (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id       INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  run_id        INTEGER REFERENCES new_runs (id) ON DELETE SET NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('products', 'orders', 'refunds')),
  section       INTEGER NOT NULL DEFAULT 0,
  is_full       INTEGER NOT NULL CHECK (is_full IN (0, 1)),
  from_at       INTEGER NOT NULL,
  to_at         INTEGER NOT NULL,
  settled_at    INTEGER NOT NULL,
  place         TEXT,
  listed        INTEGER NOT NULL DEFAULT 0,
  state         TEXT NOT NULL CHECK (state IN ('open', 'done')),
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  backfill_from INTEGER,
  backfill_to   INTEGER,
  CHECK (from_at <= to_at),
  CHECK ((backfill_from IS NULL) = (backfill_to IS NULL))
) STRICT;

INSERT INTO new_sync_windows (id, shop_id, run_id, kind, is_full, from_at, to_at, settled_at, place, listed, state,
    created_at, updated_at, backfill_from, backfill_to)
  SELECT id, shop_id, run_id, kind, is_full, from_at, to_at, settled_at, place, listed, state, created_at,
    updated_at, backfill_from, backfill_to FROM sync_windows;

CREATE TABLE new_quarantine (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id       INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  run_id        INTEGER REFERENCES new_runs (id) ON DELETE SET NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('product', 'sku', 'order', 'refund')),
  platform_id   TEXT,
  parent_id     TEXT,
  raw           BLOB NOT NULL,
  digest        BLOB NOT NULL,
  reason        TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  seen_at       INTEGER NOT NULL,
  seen          INTEGER NOT NULL DEFAULT 1,
  UNIQUE (shop_id, kind, digest)
) STRICT;

INSERT INTO new_quarantine SELECT * FROM quarantine;

-- Ids are never used twice, those of deleted rows neither.
DELETE FROM sqlite_sequence WHERE name IN ('new_runs', 'new_sync_windows', 'new_quarantine');
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'new_' || name, seq FROM sqlite_sequence WHERE name IN ('runs', 'sync_windows', 'quarantine');

DROP TABLE quarantine;
DROP TABLE sync_windows;
DROP TABLE runs;
ALTER TABLE new_runs RENAME TO runs;
ALTER TABLE new_sync_windows RENAME TO sync_windows;
ALTER TABLE new_quarantine RENAME TO quarantine;

CREATE UNIQUE INDEX runs_one_running ON runs (shop_id, kind) WHERE state = 'running';
CREATE INDEX runs_by_shop ON runs (shop_id);
CREATE INDEX runs_by_state ON runs (state);

CREATE TRIGGER runs_start_running
BEFORE INSERT ON runs
WHEN NEW.state <> 'running'
BEGIN
  SELECT RAISE(ABORT, 'a run starts as running');
END;

-- running → done | failed | cancelled | interrupted; what has ended never changes again.
CREATE TRIGGER runs_end_once
BEFORE UPDATE ON runs
WHEN OLD.state <> 'running'
BEGIN
  SELECT RAISE(ABORT, 'a run that has ended never changes');
END;

CREATE INDEX sync_windows_by_settled ON sync_windows (shop_id, kind, settled_at);
CREATE INDEX sync_windows_open ON sync_windows (shop_id, kind, from_at) WHERE state = 'open';
CREATE INDEX sync_windows_by_run ON sync_windows (run_id);

CREATE TRIGGER sync_windows_end_once
BEFORE UPDATE OF state, place, from_at, to_at, settled_at, listed ON sync_windows
WHEN OLD.state = 'done'
BEGIN
  SELECT RAISE(ABORT, 'a window that was read never changes');
END;

CREATE INDEX quarantine_by_platform_id ON quarantine (shop_id, kind, platform_id);
CREATE INDEX quarantine_by_parent ON quarantine (shop_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX quarantine_by_run ON quarantine (run_id);
CREATE INDEX quarantine_by_age ON quarantine (seen_at);

CREATE TRIGGER quarantine_takes_no_closed_key
BEFORE INSERT ON quarantine
WHEN EXISTS (SELECT 1 FROM key_checks
  WHERE closed_at IS NOT NULL AND key_id = lower(hex(substr(NEW.raw, 2, 8))))
BEGIN
  SELECT RAISE(ABORT, 'sealed with a closed key');
END;

CREATE TRIGGER quarantine_changes_to_no_closed_key
BEFORE UPDATE OF raw ON quarantine
WHEN NEW.raw IS NOT OLD.raw AND EXISTS (SELECT 1 FROM key_checks
  WHERE closed_at IS NOT NULL AND key_id = lower(hex(substr(NEW.raw, 2, 8))))
BEGIN
  SELECT RAISE(ABORT, 'sealed with a closed key');
END;
