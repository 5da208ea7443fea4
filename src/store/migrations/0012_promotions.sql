-- Content that we publish. Where a promotion stands follows from its approval, its time, the change that publishes it
-- and what the platform shows; which state follows which is drawn in docs/promotion-states.md and enforced here.
--
-- `content` is the draft as JSON. `version` counts drafts: an approval and a change are for one version. `moved_by` and
-- `remark` say who moved it last and why; each move is a line of promotion_steps. `share_id` comes back with the notice
-- that a person has posted it.
CREATE TABLE promotions (
  id                    INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id               INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  promotion_type        TEXT NOT NULL,
  title                 TEXT NOT NULL,
  content               TEXT NOT NULL,
  version               INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
  status                TEXT NOT NULL CHECK (status IN ('draft', 'in_approval', 'scheduled', 'queued', 'uploading',
                        'submitting', 'unknown', 'needs_human', 'waiting_for_user', 'under_review', 'published',
                        'rejected', 'failed', 'cancelled', 'expired', 'taken_down')),
  reason                TEXT,
  decision              TEXT CHECK (decision IN ('approved', 'rejected')),
  decided_by            TEXT,
  decision_comment      TEXT,
  decided_at            INTEGER,
  publish_time          INTEGER,
  deadline_at           INTEGER,
  overdue_told          INTEGER NOT NULL DEFAULT 0 CHECK (overdue_told IN (0, 1)),
  change_id             INTEGER REFERENCES sends (id) ON DELETE SET NULL,
  platform_promotion_id TEXT,
  link                  TEXT,
  share_id              TEXT,
  platform_status       TEXT,
  published_at          INTEGER,
  live_state            TEXT CHECK (live_state IN ('upcoming', 'live_time', 'over')),
  live_due_at           INTEGER,
  total                 TEXT,
  total_at              INTEGER,
  polls                 INTEGER NOT NULL DEFAULT 0,
  due_at                INTEGER,
  checked_at            INTEGER,
  created_by            TEXT NOT NULL,
  moved_by              TEXT NOT NULL,
  remark                TEXT,
  created_at            INTEGER NOT NULL,
  updated_at            INTEGER NOT NULL,
  CHECK ((decision IS NULL) = (decided_by IS NULL)),
  CHECK ((decision IS NULL) = (decided_at IS NULL)),
  CHECK (status NOT IN ('scheduled', 'queued', 'uploading', 'submitting') OR decision IS NOT 'rejected')
) STRICT;

CREATE INDEX promotions_by_shop ON promotions (shop_id);
CREATE INDEX promotions_by_status ON promotions (status);
CREATE INDEX promotions_by_change ON promotions (change_id) WHERE change_id IS NOT NULL;
CREATE INDEX promotions_due ON promotions (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX promotions_deadline ON promotions (deadline_at) WHERE deadline_at IS NOT NULL AND overdue_told = 0;
CREATE INDEX promotions_live ON promotions (live_due_at) WHERE live_due_at IS NOT NULL;
CREATE UNIQUE INDEX promotions_by_share ON promotions (share_id) WHERE share_id IS NOT NULL;

-- Whatever goes wrong above this line: a version is published once.
CREATE UNIQUE INDEX sends_one_post ON sends (shop_id, target) WHERE operation = 'promotions.publish'
  AND state IN ('queued', 'intent', 'unknown', 'accepted', 'retry_wait', 'needs_human');

CREATE TRIGGER promotions_start_as_drafts
BEFORE INSERT ON promotions
WHEN NEW.status <> 'draft'
BEGIN
  SELECT RAISE(ABORT, 'a promotion starts as a draft');
END;

CREATE TRIGGER promotions_follow_the_drawing
BEFORE UPDATE OF status ON promotions
WHEN OLD.status <> NEW.status AND OLD.status || '>' || NEW.status NOT IN (
  'draft>in_approval', 'draft>scheduled', 'draft>queued', 'draft>cancelled',
  'in_approval>draft', 'in_approval>scheduled', 'in_approval>queued', 'in_approval>cancelled',
  'scheduled>draft', 'scheduled>queued', 'scheduled>cancelled',
  'queued>draft', 'queued>scheduled', 'queued>uploading', 'queued>waiting_for_user',
  'queued>published', 'queued>failed', 'queued>cancelled',
  'uploading>draft', 'uploading>submitting', 'uploading>failed', 'uploading>cancelled',
  'submitting>unknown', 'submitting>needs_human', 'submitting>under_review', 'submitting>rejected',
  'submitting>failed', 'submitting>cancelled', 'submitting>expired',
  'unknown>needs_human', 'unknown>under_review',
  'needs_human>submitting', 'needs_human>under_review', 'needs_human>cancelled',
  'waiting_for_user>under_review', 'waiting_for_user>cancelled', 'waiting_for_user>expired',
  'under_review>published', 'under_review>rejected', 'under_review>taken_down',
  'published>taken_down', 'published>rejected', 'taken_down>published', 'rejected>published', 'rejected>draft',
  'failed>draft', 'failed>queued', 'cancelled>draft', 'expired>draft', 'expired>queued')
BEGIN
  SELECT RAISE(ABORT, 'a promotion cannot go from this state to that one');
END;

-- What is being published, or was, never changes under the platform's feet.
CREATE TRIGGER promotions_keep_what_is_approved
BEFORE UPDATE OF content, version ON promotions
WHEN (OLD.content <> NEW.content OR OLD.version <> NEW.version) AND NEW.status <> 'draft'
BEGIN
  SELECT RAISE(ABORT, 'only a draft is written');
END;

CREATE TRIGGER promotions_versions_grow
BEFORE UPDATE OF version ON promotions
WHEN NEW.version < OLD.version
BEGIN
  SELECT RAISE(ABORT, 'versions only grow');
END;

-- Each step, for whoever asks later.
CREATE TABLE promotion_steps (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  promotion_id INTEGER NOT NULL REFERENCES promotions (id) ON DELETE CASCADE,
  version      INTEGER NOT NULL,
  at           INTEGER NOT NULL,
  status       TEXT NOT NULL,
  actor        TEXT NOT NULL,
  comment      TEXT
) STRICT;

CREATE INDEX promotion_steps_by_promotion ON promotion_steps (promotion_id, id);

CREATE TRIGGER promotions_tell_their_birth
AFTER INSERT ON promotions
BEGIN
  INSERT INTO promotion_steps (promotion_id, version, at, status, actor, comment)
    VALUES (NEW.id, NEW.version, NEW.updated_at, NEW.status, NEW.moved_by, NEW.remark);
END;

CREATE TRIGGER promotions_tell_their_steps
AFTER UPDATE OF status, version ON promotions
WHEN OLD.status <> NEW.status OR OLD.version <> NEW.version
BEGIN
  INSERT INTO promotion_steps (promotion_id, version, at, status, actor, comment)
    VALUES (NEW.id, NEW.version, NEW.updated_at, NEW.status, NEW.moved_by, NEW.remark);
  UPDATE promotions SET overdue_told = 0 WHERE id = NEW.id;
END;

-- A change moves in many places, one by one or many at once; its promotion goes with it. What the platform made of it
-- is written by who accepts the change, in the same transaction.
CREATE TRIGGER promotions_go_with_their_change
AFTER UPDATE OF state ON sends
WHEN OLD.state <> NEW.state AND NEW.operation = 'promotions.publish'
  AND NEW.state IN ('intent', 'retry_wait', 'unknown', 'needs_human', 'rejected', 'cancelled', 'expired', 'queued')
BEGIN
  UPDATE promotions SET moved_by = 'system', remark = NEW.message, updated_at = NEW.updated_at, due_at = NULL,
      reason = CASE WHEN NEW.state IN ('intent', 'queued') THEN NULL ELSE NEW.message END,
      deadline_at = NEW.updated_at + CASE NEW.state WHEN 'needs_human' THEN 86400000 WHEN 'intent' THEN 600000
        WHEN 'unknown' THEN 3600000 WHEN 'retry_wait' THEN 3600000 WHEN 'queued' THEN 3600000 END,
      status = CASE NEW.state WHEN 'intent' THEN 'submitting' WHEN 'retry_wait' THEN 'submitting'
        WHEN 'queued' THEN 'submitting' WHEN 'rejected' THEN iif(NEW.error_code = 'REJECTED', 'rejected', 'failed')
        ELSE NEW.state END
    WHERE change_id = NEW.id AND status IN ('submitting', 'unknown', 'needs_human');
END;

-- What a promotion did, day by day at +08:00. `next_day`: the platform counts a day once it is over. Absent is what it
-- does not tell.
CREATE TABLE promotion_metrics (
  promotion_id INTEGER NOT NULL REFERENCES promotions (id) ON DELETE CASCADE,
  day          TEXT NOT NULL,
  plays        INTEGER,
  likes        INTEGER,
  comments     INTEGER,
  shares       INTEGER,
  forwards     INTEGER,
  downloads    INTEGER,
  clicks       INTEGER,
  orders       INTEGER,
  commission   INTEGER,
  next_day     INTEGER NOT NULL CHECK (next_day IN (0, 1)),
  seen_at      INTEGER NOT NULL,
  PRIMARY KEY (promotion_id, day)
) STRICT, WITHOUT ROWID;

-- What a job is about beside its shop, such as a promotion.
ALTER TABLE jobs ADD COLUMN target TEXT;

INSERT INTO schedules (name, kind, cron, zone, spread_ms, catch_up, enabled, updated_at) VALUES
  ('promotions.metrics', 'promotions.metrics', '20 11 * * *', 'Asia/Shanghai', 1800000, 'once', 1, 0);

CREATE VIEW v_promotions AS
  SELECT id, shop_id, promotion_type AS kind, title, version, status, reason, decision, decided_by,
    publish_time AS publish_at_ms, deadline_at AS deadline_at_ms, change_id, platform_promotion_id, link,
    platform_status, live_state, published_at AS published_at_ms, created_by, created_at AS created_at_ms,
    updated_at AS updated_at_ms FROM promotions;
