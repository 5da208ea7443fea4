-- Promotions of shops that are created on their platforms. A platform puts one together by several calls, of which the
-- last alone counts for buyers; how far we are is on the disk before the next call.
--
-- `answered` calls were answered and `sent` were sent: where the two differ, one is in doubt. `committing` is written
-- before the last call, and from then on this one promotion of the platform is ours: another one is never begun, so
-- that there are never two. `shop_prices` are the prices of its SKUs when it was wanted, in fen, as JSON.
CREATE TABLE campaigns (
  id                   INTEGER PRIMARY KEY AUTOINCREMENT,
  change_id            INTEGER NOT NULL UNIQUE REFERENCES sends (id) ON DELETE CASCADE,
  draft                TEXT NOT NULL,
  shop_prices          TEXT NOT NULL,
  platform_campaign_id TEXT,
  sent                 INTEGER NOT NULL DEFAULT 0,
  answered             INTEGER NOT NULL DEFAULT 0,
  committing           INTEGER NOT NULL DEFAULT 0 CHECK (committing IN (0, 1)),
  begun_at             INTEGER,
  CHECK (answered BETWEEN 0 AND sent AND sent <= answered + 1),
  CHECK (committing = 0 OR platform_campaign_id IS NOT NULL)
) STRICT;

CREATE TRIGGER campaigns_keep_their_draft
BEFORE UPDATE OF change_id, draft, shop_prices ON campaigns
BEGIN
  SELECT RAISE(ABORT, 'what is created never changes');
END;

CREATE TRIGGER campaigns_commit_one
BEFORE UPDATE OF platform_campaign_id, committing ON campaigns
WHEN OLD.committing = 1
  AND (NEW.committing = 0 OR NEW.platform_campaign_id IS NOT OLD.platform_campaign_id)
BEGIN
  SELECT RAISE(ABORT, 'a promotion that may count already is never put together anew');
END;

-- Whatever goes wrong above this line: a shop has one promotion of a name and time.
CREATE UNIQUE INDEX sends_one_campaign ON sends (shop_id, target) WHERE operation = 'campaigns.create'
  AND state IN ('queued', 'intent', 'unknown', 'accepted', 'retry_wait', 'needs_human');
