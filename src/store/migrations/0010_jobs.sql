-- Work that is done in the background: once, later, again after a failure, or on a schedule. Which state follows
-- which is drawn in docs/job-states.md and enforced here.
--
-- `lane` 0 goes before 1 before 2. Of one `unique_key` one job is not finished; jobs of one `order_key` run one after
-- the other. `epoch` grows with each claim: who lost a job cannot write it. A job is always safe to run again.
CREATE TABLE jobs (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  kind           TEXT NOT NULL,
  shop_id        INTEGER REFERENCES shops (id) ON DELETE CASCADE,
  lane           INTEGER NOT NULL CHECK (lane IN (0, 1, 2)),
  unique_key     TEXT,
  order_key      TEXT,
  state          TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'paused', 'done', 'dead', 'cancelled')),
  attempt        INTEGER NOT NULL DEFAULT 0,
  max_attempts   INTEGER NOT NULL CHECK (max_attempts > 0),
  epoch          INTEGER NOT NULL DEFAULT 0,
  due_at         INTEGER NOT NULL,
  owner_process  INTEGER,
  lease_until    INTEGER,
  stop_requested INTEGER NOT NULL DEFAULT 0 CHECK (stop_requested IN (0, 1)),
  progress       TEXT,
  error_code     TEXT,
  message        TEXT,
  actor          TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  started_at     INTEGER,
  updated_at     INTEGER NOT NULL,
  finished_at    INTEGER,
  CHECK ((state = 'running') = (owner_process IS NOT NULL)),
  CHECK ((owner_process IS NULL) = (lease_until IS NULL)),
  CHECK ((state IN ('done', 'dead', 'cancelled')) = (finished_at IS NOT NULL)),
  CHECK (stop_requested = 0 OR state = 'running')
) STRICT;

CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key)
  WHERE unique_key IS NOT NULL AND state IN ('waiting', 'running', 'paused');
CREATE INDEX jobs_ready ON jobs (lane, due_at, id) WHERE state = 'waiting';
CREATE INDEX jobs_in_order ON jobs (order_key, id)
  WHERE order_key IS NOT NULL AND state IN ('waiting', 'running', 'paused');
CREATE INDEX jobs_running ON jobs (owner_process) WHERE state = 'running';
CREATE INDEX jobs_by_shop ON jobs (shop_id);
CREATE INDEX jobs_by_state ON jobs (state);
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TRIGGER jobs_start_waiting
BEFORE INSERT ON jobs
WHEN NEW.state <> 'waiting'
BEGIN
  SELECT RAISE(ABORT, 'a job starts as waiting');
END;

CREATE TRIGGER jobs_follow_the_drawing
BEFORE UPDATE OF state ON jobs
WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
  'waiting>running', 'waiting>paused', 'waiting>cancelled', 'running>waiting', 'running>done', 'running>dead',
  'running>cancelled', 'paused>waiting', 'paused>cancelled', 'dead>waiting', 'cancelled>waiting')
BEGIN
  SELECT RAISE(ABORT, 'a job cannot go from this state to that one');
END;

CREATE TRIGGER jobs_epoch_grows
BEFORE UPDATE OF epoch ON jobs
WHEN NEW.epoch < OLD.epoch
BEGIN
  SELECT RAISE(ABORT, 'the epoch of a job only grows');
END;

-- What is queued by the clock. `catch_up` says what happens to times that passed while nobody was here. `next_at` is
-- the next time, unknown until the process that leads has computed it.
CREATE TABLE schedules (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL UNIQUE,
  kind       TEXT NOT NULL,
  cron       TEXT NOT NULL,
  zone       TEXT NOT NULL,
  spread_ms  INTEGER NOT NULL CHECK (spread_ms >= 0),
  catch_up   TEXT NOT NULL CHECK (catch_up IN ('skip', 'once', 'each')),
  enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  next_at    INTEGER,
  last_at    INTEGER,
  updated_at INTEGER NOT NULL
) STRICT;

-- Syncs start to run by themselves when somebody switches them on.
INSERT INTO schedules (name, kind, cron, zone, spread_ms, catch_up, enabled, updated_at) VALUES
  ('orders.sync', 'orders.sync', '*/5 * * * *', 'Asia/Shanghai', 240000, 'once', 0, 0),
  ('refunds.sync', 'refunds.sync', '*/10 * * * *', 'Asia/Shanghai', 540000, 'once', 0, 0),
  ('products.sync', 'products.sync', '7,37 * * * *', 'Asia/Shanghai', 1500000, 'once', 0, 0),
  ('tokens.refresh', 'tokens.refresh', '17 * * * *', 'Asia/Shanghai', 1800000, 'once', 1, 0),
  ('jobs.prune', 'jobs.prune', '40 4 * * *', 'Asia/Shanghai', 0, 'once', 1, 0);
