-- How many orders of a shop had their buyer data opened by its platform, by day. A day is Beijing's, counted from
-- 1970-01-01. Counted before a platform is asked, so that a crash never lets more through.
CREATE TABLE decrypt_days (
  shop_id INTEGER NOT NULL REFERENCES shops (id) ON DELETE CASCADE,
  day     INTEGER NOT NULL,
  orders  INTEGER NOT NULL CHECK (orders > 0),
  PRIMARY KEY (shop_id, day)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER decrypt_days_only_grow
BEFORE UPDATE ON decrypt_days
WHEN NEW.orders < OLD.orders OR NEW.day <> OLD.day OR NEW.shop_id <> OLD.shop_id
BEGIN
  SELECT RAISE(ABORT, 'what was opened stays counted');
END;

-- The end that `warned_days` is about: a renewal that does not move it is no reason to warn again. `end_is_fixed` says
-- that the last renewal left the end of the refresh token where it was.
ALTER TABLE grants ADD COLUMN warned_end INTEGER;
ALTER TABLE grants ADD COLUMN end_is_fixed INTEGER NOT NULL DEFAULT 0 CHECK (end_is_fixed IN (0, 1));
