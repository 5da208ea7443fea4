-- Writes to a platform: what is wanted, how far it is, and how we know. Which state follows which is drawn
-- in docs/send-states.md, decided in src/publish/state.rs, and enforced here.
--
-- `wanted` is JSON without secrets. `epoch` grows with each claim: who lost a row cannot write it. `unsure`
-- says that some attempt may have been executed. `owner_process` is an id of `processes`.
CREATE TABLE sends (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id         INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  operation       TEXT NOT NULL
                  CHECK (operation IN ('products.online', 'products.price', 'products.stock', 'orders.ship')),
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
