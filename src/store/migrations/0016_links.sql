-- Orders that came by the places of our promotion links, and how far they were read.
CREATE TABLE link_orders (
  app_id            INTEGER NOT NULL REFERENCES ecommerce_platforms (id) ON DELETE CASCADE,
  platform_order_id TEXT NOT NULL,
  placement         TEXT NOT NULL,
  status            TEXT NOT NULL,
  commission        INTEGER,
  ordered_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL,
  PRIMARY KEY (app_id, platform_order_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX link_orders_by_place ON link_orders (app_id, placement, ordered_at);

CREATE TABLE link_reads (
  app_id  INTEGER PRIMARY KEY REFERENCES ecommerce_platforms (id) ON DELETE CASCADE,
  read_to INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
