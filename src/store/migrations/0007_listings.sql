-- Products that we publish, and what has to be known to publish them.
--
-- `operation` of a change may be any now, so that a new one is no migration; Rust knows which there are. A CHECK
-- cannot be changed in place, so the table is made anew.

CREATE TABLE new_sends (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id         INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  operation       TEXT NOT NULL,
  target          TEXT NOT NULL,
  wanted          TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('queued', 'intent', 'unknown', 'accepted', 'rejected',
                  'retry_wait', 'needs_human', 'cancelled', 'expired', 'superseded')),
  epoch           INTEGER NOT NULL DEFAULT 0,
  attempt         INTEGER NOT NULL DEFAULT 0,
  unsure          INTEGER NOT NULL DEFAULT 0 CHECK (unsure IN (0, 1)),
  idempotency_key TEXT,
  owner_process   INTEGER,
  lease_until     INTEGER,
  signed_at       INTEGER,
  looks           INTEGER NOT NULL DEFAULT 0,
  due_at          INTEGER,
  expires_at      INTEGER NOT NULL,
  error_code      TEXT,
  message         TEXT,
  platform_code   TEXT,
  request_id      TEXT,
  evidence        TEXT CHECK (evidence IN ('answer', 'read_back', 'person')),
  actor           TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  finished_at     INTEGER,
  CHECK ((state = 'intent') = (owner_process IS NOT NULL)),
  CHECK ((owner_process IS NULL) = (lease_until IS NULL)),
  CHECK ((state = 'accepted') = (evidence IS NOT NULL)),
  CHECK ((state IN ('accepted', 'rejected', 'cancelled', 'expired', 'superseded')) = (finished_at IS NOT NULL))
) STRICT;

INSERT INTO new_sends (id, shop_id, operation, target, wanted, state, epoch, attempt, unsure, idempotency_key, owner_process,
    lease_until, signed_at, looks, due_at, expires_at, error_code, message, platform_code, request_id, evidence, actor,
    created_at, updated_at, finished_at)
  SELECT id, shop_id, operation, target, wanted, state, epoch, attempt, unsure, idempotency_key, owner_process,
    lease_until, signed_at, looks, due_at, expires_at, error_code, message, platform_code, request_id, evidence, actor,
    created_at, updated_at, finished_at FROM sends;

-- Ids are never used twice, those of deleted rows neither.
DELETE FROM sqlite_sequence WHERE name = 'new_sends';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_sends', seq FROM sqlite_sequence WHERE name = 'sends';

DROP TABLE sends;
ALTER TABLE new_sends RENAME TO sends;

CREATE INDEX sends_by_shop ON sends (shop_id);
CREATE INDEX sends_by_state ON sends (state);
-- One waits and one is under way, so that a target is never written twice at the same time.
CREATE UNIQUE INDEX sends_one_waiting ON sends (shop_id, operation, target)
  WHERE state IN ('queued', 'retry_wait');
CREATE UNIQUE INDEX sends_one_under_way ON sends (shop_id, operation, target)
  WHERE state IN ('intent', 'unknown', 'needs_human');
-- What was replaced while nobody knew whether it was done: it may still arrive.
CREATE INDEX sends_replaced_unsure ON sends (signed_at) WHERE state = 'superseded' AND unsure = 1;

CREATE TRIGGER sends_start_queued
BEFORE INSERT ON sends
WHEN NEW.state <> 'queued'
BEGIN
  SELECT RAISE(ABORT, 'a change starts as queued');
END;

CREATE TRIGGER sends_end_once
BEFORE UPDATE ON sends
WHEN OLD.finished_at IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a change that has ended never changes');
END;

CREATE TRIGGER sends_follow_the_drawing
BEFORE UPDATE OF state ON sends
WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
  'queued>intent', 'queued>cancelled', 'queued>expired', 'queued>superseded',
  'intent>unknown', 'intent>accepted', 'intent>rejected', 'intent>retry_wait', 'intent>superseded',
  'unknown>intent', 'unknown>accepted', 'unknown>needs_human', 'unknown>superseded',
  'retry_wait>intent', 'retry_wait>cancelled', 'retry_wait>expired', 'retry_wait>superseded',
  'needs_human>queued', 'needs_human>accepted', 'needs_human>cancelled', 'needs_human>superseded')
BEGIN
  SELECT RAISE(ABORT, 'a change cannot go from this state to that one');
END;

CREATE TRIGGER sends_keep_what_is_wanted
BEFORE UPDATE OF shop_id, operation, target, wanted, idempotency_key, actor ON sends
BEGIN
  SELECT RAISE(ABORT, 'what a change wants never changes');
END;

CREATE TRIGGER sends_epoch_grows
BEFORE UPDATE OF epoch ON sends
WHEN NEW.epoch < OLD.epoch
BEGIN
  SELECT RAISE(ABORT, 'the epoch of a change only grows');
END;

-- One draft of a product, and what became of it. `edits` is the platform's id of the product that the draft
-- changes; a new product has none. `draft` is JSON whose images are at addresses; `fingerprint` tells equal drafts.
CREATE TABLE listings (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id             INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  outer_id            TEXT NOT NULL,
  version             INTEGER NOT NULL,
  edits               TEXT,
  draft               TEXT NOT NULL,
  fingerprint         TEXT NOT NULL,
  change_id           INTEGER NOT NULL UNIQUE REFERENCES sends (id) ON DELETE CASCADE,
  platform_product_id TEXT,
  review_id           TEXT,
  status              TEXT NOT NULL,
  platform_status     TEXT,
  reason              TEXT,
  polls               INTEGER NOT NULL DEFAULT 0,
  due_at              INTEGER,
  checked_at          INTEGER,
  created_at          INTEGER NOT NULL,
  updated_at          INTEGER NOT NULL,
  UNIQUE (shop_id, outer_id, version),
  CHECK (status = 'submitting' OR status = 'failed' OR platform_product_id IS NOT NULL)
) STRICT;

-- Whatever goes wrong above this line: one product of a shop has an outer id.
CREATE UNIQUE INDEX listings_one_live ON listings (shop_id, outer_id)
  WHERE edits IS NULL AND status NOT IN ('failed', 'deleted');
CREATE INDEX listings_by_status ON listings (status);
CREATE INDEX listings_due ON listings (due_at) WHERE due_at IS NOT NULL;

CREATE TRIGGER listings_keep_their_draft
BEFORE UPDATE OF shop_id, outer_id, version, edits, draft, fingerprint, change_id ON listings
BEGIN
  SELECT RAISE(ABORT, 'what is published never changes; another draft is another version');
END;

CREATE TRIGGER listings_fail_once
BEFORE UPDATE OF status ON listings
WHEN OLD.status = 'failed' AND NEW.status <> 'failed'
BEGIN
  SELECT RAISE(ABORT, 'a listing that failed stays so');
END;

-- A change may end in many places, one by one or many at once.
CREATE TRIGGER listings_fail_with_their_change
AFTER UPDATE OF state ON sends
WHEN NEW.state IN ('rejected', 'cancelled', 'expired', 'superseded') AND OLD.state <> NEW.state
  AND NEW.operation IN ('products.publish', 'products.update')
BEGIN
  UPDATE listings SET status = 'failed', reason = coalesce(NEW.message, 'the change is ' || NEW.state), due_at = NULL,
    updated_at = NEW.updated_at WHERE change_id = NEW.id;
END;

-- What a platform answered to questions that come again: rules of categories, ids of options, addresses of images.
CREATE TABLE platform_facts (
  shop_id    INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  answer     TEXT NOT NULL,
  keep_until INTEGER NOT NULL,
  PRIMARY KEY (shop_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX platform_facts_by_age ON platform_facts (keep_until);
