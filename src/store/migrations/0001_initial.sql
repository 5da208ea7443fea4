-- Own ids are integers that are never used twice, platform ids TEXT, money INTEGER fen, times INTEGER
-- UTC milliseconds, JSON TEXT, sealed secrets BLOB.
--
-- Words that are ours alone and decide what the program does (states, kinds) are checked here. Words that
-- grow with every platform (platform names, product and order statuses, rights) are not: a new platform is
-- not a migration.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE key_checks (key_id TEXT PRIMARY KEY, sealed BLOB NOT NULL, created_at INTEGER NOT NULL) STRICT;

CREATE TABLE processes (id INTEGER PRIMARY KEY AUTOINCREMENT, lock_name TEXT NOT NULL UNIQUE, pid INTEGER NOT NULL, host TEXT NOT NULL, started_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, is_leader INTEGER NOT NULL DEFAULT 0, lease_until INTEGER NOT NULL DEFAULT 0) STRICT;

-- An app of ours on a platform. Its secrets are sealed for the row `{platform_name}/{app_key}`, which is
-- why these two never change.
CREATE TABLE ecommerce_platforms (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  platform_name    TEXT NOT NULL,
  app_name         TEXT NOT NULL,
  app_key          TEXT NOT NULL,
  app_secret       BLOB NOT NULL,
  kind             TEXT NOT NULL CHECK (kind IN ('tool', 'self_use')),
  service_id       TEXT,
  redirect_uri     TEXT,
  endpoint_api     TEXT,
  endpoint_authorize TEXT,
  proxy            BLOB,
  -- The proxy without user and password, for people.
  proxy_shown      TEXT,
  calls_per_second INTEGER CHECK (calls_per_second > 0),
  status           TEXT NOT NULL CHECK (status IN ('enabled', 'disabled')),
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  CHECK ((proxy IS NULL) = (proxy_shown IS NULL)),
  UNIQUE (platform_name, app_key)
) STRICT;

CREATE TRIGGER ecommerce_platforms_keep_their_key
BEFORE UPDATE OF platform_name, app_key ON ecommerce_platforms
WHEN NEW.platform_name IS NOT OLD.platform_name OR NEW.app_key IS NOT OLD.app_key
BEGIN
  SELECT RAISE(ABORT, 'the platform and AppKey of an app never change');
END;

-- `platform_id` is the app, `shop_id` the platform's id of the shop: the OA's names.
CREATE TABLE shops (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  platform_id     INTEGER NOT NULL REFERENCES ecommerce_platforms (id),
  shop_id         TEXT NOT NULL,
  shop_name       TEXT NOT NULL,
  shop_type       TEXT,
  kind            TEXT NOT NULL CHECK (kind IN ('store', 'content_account')),
  status          TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'reauthorize')),
  bound_shop_id   INTEGER REFERENCES shops (id) ON DELETE SET NULL,
  -- The generation of a removed grant: numbers go on from here, so that no process can take an old
  -- cached token for the new one.
  last_generation INTEGER NOT NULL DEFAULT 0,
  last_synced_at  INTEGER,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  UNIQUE (platform_id, shop_id)
) STRICT;

CREATE INDEX shops_by_bound_shop ON shops (bound_shop_id) WHERE bound_shop_id IS NOT NULL;

-- The token set of a shop, sealed for the row `{app id}/{platform's shop id}` and its generation.
CREATE TABLE grants (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id             INTEGER NOT NULL UNIQUE REFERENCES shops (id) ON DELETE CASCADE,
  generation          INTEGER NOT NULL CHECK (generation > 0),
  state               TEXT NOT NULL CHECK (state IN ('valid', 'refreshing', 'reauthorize')),
  reason              TEXT,
  access_token        BLOB NOT NULL,
  refresh_token       BLOB,
  obtained_at         INTEGER NOT NULL,
  expires_at          INTEGER NOT NULL,
  refresh_expires_at  INTEGER,
  scope               TEXT,
  renewable           INTEGER NOT NULL CHECK (renewable IN (0, 1)),
  failures            INTEGER NOT NULL DEFAULT 0,
  next_attempt_at     INTEGER,
  refresh_owner       INTEGER,
  refresh_lease_until INTEGER,
  -- The pair before this one, until the new one has been used once.
  previous_access     BLOB,
  previous_refresh    BLOB,
  previous_generation INTEGER,
  created_at          INTEGER NOT NULL,
  updated_at          INTEGER NOT NULL,
  CHECK ((state = 'refreshing') = (refresh_lease_until IS NOT NULL)),
  CHECK ((state = 'reauthorize') = (reason IS NOT NULL))
) STRICT;

CREATE TRIGGER grants_grow
BEFORE UPDATE OF generation ON grants
WHEN NEW.generation < OLD.generation
BEGIN
  SELECT RAISE(ABORT, 'the generation of a grant only grows');
END;

CREATE TABLE oauth_states (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  state_hash   BLOB NOT NULL UNIQUE,
  app_id       INTEGER NOT NULL REFERENCES ecommerce_platforms (id) ON DELETE CASCADE,
  shop_id      INTEGER REFERENCES shops (id) ON DELETE CASCADE,
  session_hash BLOB,
  actor        TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  used_at      INTEGER,
  code_hash    BLOB,
  CHECK ((used_at IS NULL) = (code_hash IS NULL))
) STRICT;

CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_at);
CREATE INDEX oauth_states_by_app ON oauth_states (app_id);
CREATE INDEX oauth_states_by_shop ON oauth_states (shop_id) WHERE shop_id IS NOT NULL;

CREATE TRIGGER oauth_states_are_used_once
BEFORE UPDATE ON oauth_states
WHEN OLD.used_at IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'an OAuth state is used once');
END;

-- Authorisations that arrived without our request.
CREATE TABLE pending_grants (
  id                 INTEGER PRIMARY KEY AUTOINCREMENT,
  app_id             INTEGER NOT NULL REFERENCES ecommerce_platforms (id) ON DELETE CASCADE,
  platform_shop_id   TEXT NOT NULL,
  shop_name          TEXT NOT NULL,
  shop_type          TEXT,
  access_token       BLOB NOT NULL,
  refresh_token      BLOB,
  grant_expires_at   INTEGER NOT NULL,
  refresh_expires_at INTEGER,
  scope              TEXT,
  created_at         INTEGER NOT NULL,
  expires_at         INTEGER NOT NULL,
  UNIQUE (app_id, platform_shop_id)
) STRICT;

CREATE INDEX pending_grants_by_expiry ON pending_grants (expires_at);

-- `skus_hash` is the hash the row had when its SKUs were read; the SKUs are due when the two differ.
CREATE TABLE products (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id             INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  platform_product_id TEXT NOT NULL,
  product_name        TEXT NOT NULL,
  outer_id            TEXT,
  category_id         TEXT,
  price               INTEGER,
  stock               INTEGER,
  description         TEXT,
  images              TEXT NOT NULL,
  status              TEXT NOT NULL,
  platform_status     TEXT NOT NULL,
  platform_created_at INTEGER,
  platform_updated_at INTEGER,
  extra               TEXT,
  hash                BLOB NOT NULL,
  skus_hash           BLOB,
  skus_synced_at      INTEGER,
  created_at          INTEGER NOT NULL,
  updated_at          INTEGER NOT NULL,
  synced_at           INTEGER NOT NULL,
  UNIQUE (shop_id, platform_product_id)
) STRICT;

-- Each of these ends with the row's id, the order in which products are listed.
CREATE INDEX products_by_shop ON products (shop_id);
CREATE INDEX products_by_shop_and_status ON products (shop_id, status);
CREATE INDEX products_by_status ON products (status);
CREATE INDEX products_with_due_skus ON products (shop_id) WHERE skus_hash IS NOT hash AND status <> 'deleted';

CREATE TABLE skus (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id         INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  product_id      INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  platform_sku_id TEXT NOT NULL,
  outer_id        TEXT,
  code            TEXT,
  price           INTEGER NOT NULL,
  stock           INTEGER NOT NULL,
  specs           TEXT NOT NULL,
  extra           TEXT,
  hash            BLOB NOT NULL,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  UNIQUE (product_id, platform_sku_id)
) STRICT;

CREATE INDEX skus_by_shop ON skus (shop_id, platform_sku_id);

-- Buyer data is masked or ciphertext, as the platform gives it. Plain text, where one still sends it, is
-- in `receiver_sealed`.
CREATE TABLE orders (
  id                     INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id                INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  platform_order_id      TEXT NOT NULL,
  status                 TEXT NOT NULL,
  platform_status        TEXT NOT NULL,
  order_type             TEXT,
  order_amount           INTEGER,
  pay_amount             INTEGER,
  post_amount            INTEGER,
  promotion_amount       INTEGER,
  pay_type               TEXT,
  buyer_words            TEXT,
  seller_words           TEXT,
  seller_stars           INTEGER,
  buyer_open_id          TEXT,
  receiver_name          TEXT,
  receiver_name_cipher   TEXT,
  receiver_phone         TEXT,
  receiver_phone_cipher  TEXT,
  receiver_detail        TEXT,
  receiver_detail_cipher TEXT,
  receiver_province      TEXT,
  receiver_city          TEXT,
  receiver_town          TEXT,
  receiver_street        TEXT,
  receiver_sealed        BLOB,
  packages               TEXT NOT NULL,
  platform_created_at    INTEGER NOT NULL,
  platform_updated_at    INTEGER NOT NULL,
  paid_at                INTEGER,
  shipped_at             INTEGER,
  finished_at            INTEGER,
  ship_by                INTEGER,
  pay_by                 INTEGER,
  hash                   BLOB NOT NULL,
  created_at             INTEGER NOT NULL,
  updated_at             INTEGER NOT NULL,
  synced_at              INTEGER NOT NULL,
  UNIQUE (shop_id, platform_order_id)
) STRICT;

-- Each of these ends with the row's id: newest change first is one walk backwards.
CREATE INDEX orders_by_update ON orders (platform_updated_at);
CREATE INDEX orders_by_shop_and_update ON orders (shop_id, platform_updated_at);
CREATE INDEX orders_by_status_and_update ON orders (status, platform_updated_at);
CREATE INDEX orders_by_shop_status_and_update ON orders (shop_id, status, platform_updated_at);

-- Lines have no id of ours: they are replaced together with their order, beside which they are kept.
CREATE TABLE order_items (
  order_id            INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  position            INTEGER NOT NULL,
  platform_item_id    TEXT NOT NULL,
  platform_product_id TEXT,
  platform_sku_id     TEXT,
  outer_sku_id        TEXT,
  code                TEXT,
  name                TEXT,
  quantity            INTEGER NOT NULL,
  origin_price        INTEGER,
  sum_amount          INTEGER,
  pay_amount          INTEGER,
  status              TEXT NOT NULL,
  platform_status     TEXT NOT NULL,
  after_sale_status   TEXT,
  refund_status       TEXT,
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

-- `owner_process` is an id of `processes`, whose rows vanish with their process.
CREATE TABLE runs (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id          INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  kind             TEXT NOT NULL CHECK (kind IN ('products', 'orders')),
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
  CHECK ((state = 'running') = (finished_at IS NULL)),
  CHECK ((error_code IS NULL) = (error_message IS NULL))
) STRICT;

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

-- A stretch of time to read. `settled_at` is up to where everything is known once it is read; `place` is
-- the sync's own note of the next page.
CREATE TABLE sync_windows (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id    INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  run_id     INTEGER REFERENCES runs (id) ON DELETE SET NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('products', 'orders')),
  is_full    INTEGER NOT NULL CHECK (is_full IN (0, 1)),
  from_at    INTEGER NOT NULL,
  to_at      INTEGER NOT NULL,
  settled_at INTEGER NOT NULL,
  place      TEXT,
  listed     INTEGER NOT NULL DEFAULT 0,
  state      TEXT NOT NULL CHECK (state IN ('open', 'done')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK (from_at <= to_at)
) STRICT;

CREATE INDEX sync_windows_by_settled ON sync_windows (shop_id, kind, settled_at);
CREATE INDEX sync_windows_open ON sync_windows (shop_id, kind, from_at) WHERE state = 'open';
CREATE INDEX sync_windows_by_run ON sync_windows (run_id);

CREATE TRIGGER sync_windows_end_once
BEFORE UPDATE OF state, place, from_at, to_at, settled_at, listed ON sync_windows
WHEN OLD.state = 'done'
BEGIN
  SELECT RAISE(ABORT, 'a window that was read never changes');
END;

-- Records we could not read: raw bytes sealed, each of them once. `parent_id` is the platform's id of
-- the product that a SKU belongs to.
CREATE TABLE quarantine (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id       INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  run_id        INTEGER REFERENCES runs (id) ON DELETE SET NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('product', 'sku', 'order')),
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

CREATE INDEX quarantine_by_platform_id ON quarantine (shop_id, kind, platform_id);
CREATE INDEX quarantine_by_parent ON quarantine (shop_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX quarantine_by_run ON quarantine (run_id);
CREATE INDEX quarantine_by_age ON quarantine (seen_at);

CREATE TABLE rights (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  subject    TEXT NOT NULL,
  right_name TEXT NOT NULL,
  shop_id    INTEGER REFERENCES shops (id) ON DELETE CASCADE
) STRICT;

-- SQL takes two NULLs for different; a right for all shops is one row all the same.
CREATE UNIQUE INDEX rights_once ON rights (subject, right_name, ifnull(shop_id, 0));
CREATE INDEX rights_by_shop ON rights (shop_id) WHERE shop_id IS NOT NULL;

-- `shop_id` is no foreign key: what was done to a shop stays known after the shop is gone.
CREATE TABLE audit (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  actor   TEXT NOT NULL,
  action  TEXT NOT NULL,
  shop_id INTEGER,
  target  TEXT,
  outcome TEXT NOT NULL
) STRICT;

CREATE INDEX audit_by_shop ON audit (shop_id) WHERE shop_id IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (actor);

CREATE TRIGGER audit_is_not_rewritten
BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit is only added to');
END;

CREATE TRIGGER audit_is_not_erased
BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit is only added to');
END;

-- What the OA may read with its own SQL. Documented; no secrets and no ciphertext.
CREATE VIEW v_shops AS
SELECT s.id, p.platform_name AS platform, s.platform_id AS app_id, p.app_name,
       s.shop_id AS platform_shop_id, s.shop_name AS name, s.shop_type, s.kind, s.status, s.bound_shop_id,
       g.state AS grant_state, g.expires_at AS grant_expires_at_ms,
       s.last_synced_at AS last_synced_at_ms, s.created_at AS created_at_ms, s.updated_at AS updated_at_ms
FROM shops s
JOIN ecommerce_platforms p ON p.id = s.platform_id
LEFT JOIN grants g ON g.shop_id = s.id;

CREATE VIEW v_products AS
SELECT id, shop_id, platform_product_id, product_name AS name, outer_id, category_id, price AS price_fen,
       stock, status, platform_status, description, images, platform_created_at AS platform_created_at_ms,
       platform_updated_at AS platform_updated_at_ms, skus_synced_at AS skus_synced_at_ms,
       synced_at AS synced_at_ms, created_at AS created_at_ms, updated_at AS updated_at_ms
FROM products;

CREATE VIEW v_skus AS
SELECT k.id, k.shop_id, k.product_id, p.platform_product_id, k.platform_sku_id, k.outer_id, k.code,
       k.price AS price_fen, k.stock, k.specs, k.created_at AS created_at_ms, k.updated_at AS updated_at_ms
FROM skus k
JOIN products p ON p.id = k.product_id;

CREATE VIEW v_orders AS
SELECT id, shop_id, platform_order_id, status, platform_status, order_type, order_amount AS order_amount_fen,
       pay_amount AS pay_amount_fen, post_amount AS post_amount_fen,
       promotion_amount AS promotion_amount_fen, pay_type, seller_words, seller_stars,
       receiver_name AS receiver_name_masked, receiver_phone AS receiver_phone_masked,
       receiver_province, receiver_city, receiver_town,
       platform_created_at AS platform_created_at_ms, platform_updated_at AS platform_updated_at_ms,
       paid_at AS paid_at_ms, shipped_at AS shipped_at_ms, finished_at AS finished_at_ms,
       ship_by AS ship_by_ms, pay_by AS pay_by_ms, synced_at AS synced_at_ms,
       created_at AS created_at_ms, updated_at AS updated_at_ms
FROM orders;
