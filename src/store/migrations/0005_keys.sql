-- Changing the master key while everybody works. The life of a key:
--   in force    `replaced_by` is NULL: who has it as its writing key writes with it
--   replaced    who has it as its writing key writes with the key that took its place
--   closed      no value sealed with it is taken any more, so that whoever reads on from here finds them all
--   superseded  no value needs it: the file opens without it, and its check is blank
ALTER TABLE key_checks ADD COLUMN replaced_by TEXT;
ALTER TABLE key_checks ADD COLUMN closed_at INTEGER
  CHECK (closed_at IS NULL OR replaced_by IS NOT NULL);
ALTER TABLE key_checks ADD COLUMN superseded_at INTEGER
  CHECK ((superseded_at IS NULL OR closed_at IS NOT NULL) AND (superseded_at IS NULL) = (length(sealed) > 0));

-- What a process seals with, once nothing sealed with another key is on its way to the file, and which keys
-- it can open (JSON). NULL until it has said so.
ALTER TABLE processes ADD COLUMN writer_key TEXT;
ALTER TABLE processes ADD COLUMN opens_keys TEXT NOT NULL DEFAULT '[]';

-- A sealed value begins with its format and the eight bytes of its key's id. What a row holds already may
-- move within it: a refresh keeps the pair before, whatever key that was sealed with.
CREATE TRIGGER ecommerce_platforms_take_no_closed_key
BEFORE INSERT ON ecommerce_platforms
WHEN EXISTS (SELECT 1 FROM key_checks WHERE closed_at IS NOT NULL AND key_id IN
  (lower(hex(substr(NEW.app_secret, 2, 8))), lower(hex(substr(NEW.proxy, 2, 8)))))
BEGIN
  SELECT RAISE(ABORT, 'sealed with a closed key');
END;

CREATE TRIGGER ecommerce_platforms_change_to_no_closed_key
BEFORE UPDATE OF app_secret, proxy ON ecommerce_platforms
WHEN EXISTS (SELECT 1 FROM key_checks WHERE closed_at IS NOT NULL AND (
  (key_id = lower(hex(substr(NEW.app_secret, 2, 8))) AND NEW.app_secret IS NOT OLD.app_secret) OR
  (key_id = lower(hex(substr(NEW.proxy, 2, 8))) AND NEW.proxy IS NOT OLD.proxy)))
BEGIN
  SELECT RAISE(ABORT, 'sealed with a closed key');
END;

CREATE TRIGGER grants_take_no_closed_key
BEFORE INSERT ON grants
WHEN EXISTS (SELECT 1 FROM key_checks WHERE closed_at IS NOT NULL AND key_id IN
  (lower(hex(substr(NEW.access_token, 2, 8))), lower(hex(substr(NEW.refresh_token, 2, 8))),
   lower(hex(substr(NEW.previous_access, 2, 8))), lower(hex(substr(NEW.previous_refresh, 2, 8)))))
BEGIN
  SELECT RAISE(ABORT, 'sealed with a closed key');
END;

CREATE TRIGGER grants_change_to_no_closed_key
BEFORE UPDATE OF access_token, refresh_token, previous_access, previous_refresh ON grants
WHEN EXISTS (SELECT 1 FROM key_checks WHERE closed_at IS NOT NULL AND (
  (key_id = lower(hex(substr(NEW.access_token, 2, 8))) AND NEW.access_token IS NOT OLD.access_token) OR
  (key_id = lower(hex(substr(NEW.refresh_token, 2, 8))) AND NEW.refresh_token IS NOT OLD.refresh_token) OR
  (key_id = lower(hex(substr(NEW.previous_access, 2, 8)))
    AND NEW.previous_access IS NOT OLD.previous_access AND NEW.previous_access IS NOT OLD.access_token) OR
  (key_id = lower(hex(substr(NEW.previous_refresh, 2, 8)))
    AND NEW.previous_refresh IS NOT OLD.previous_refresh AND NEW.previous_refresh IS NOT OLD.refresh_token)))
BEGIN
  SELECT RAISE(ABORT, 'sealed with a closed key');
END;

CREATE TRIGGER pending_grants_take_no_closed_key
BEFORE INSERT ON pending_grants
WHEN EXISTS (SELECT 1 FROM key_checks WHERE closed_at IS NOT NULL AND key_id IN
  (lower(hex(substr(NEW.access_token, 2, 8))), lower(hex(substr(NEW.refresh_token, 2, 8)))))
BEGIN
  SELECT RAISE(ABORT, 'sealed with a closed key');
END;

CREATE TRIGGER pending_grants_change_to_no_closed_key
BEFORE UPDATE OF access_token, refresh_token ON pending_grants
WHEN EXISTS (SELECT 1 FROM key_checks WHERE closed_at IS NOT NULL AND (
  (key_id = lower(hex(substr(NEW.access_token, 2, 8))) AND NEW.access_token IS NOT OLD.access_token) OR
  (key_id = lower(hex(substr(NEW.refresh_token, 2, 8))) AND NEW.refresh_token IS NOT OLD.refresh_token)))
BEGIN
  SELECT RAISE(ABORT, 'sealed with a closed key');
END;

CREATE TRIGGER orders_take_no_closed_key
BEFORE INSERT ON orders
WHEN NEW.receiver_sealed IS NOT NULL AND EXISTS (SELECT 1 FROM key_checks
  WHERE closed_at IS NOT NULL AND key_id = lower(hex(substr(NEW.receiver_sealed, 2, 8))))
BEGIN
  SELECT RAISE(ABORT, 'sealed with a closed key');
END;

CREATE TRIGGER orders_change_to_no_closed_key
BEFORE UPDATE OF receiver_sealed ON orders
WHEN NEW.receiver_sealed IS NOT OLD.receiver_sealed AND EXISTS (SELECT 1 FROM key_checks
  WHERE closed_at IS NOT NULL AND key_id = lower(hex(substr(NEW.receiver_sealed, 2, 8))))
BEGIN
  SELECT RAISE(ABORT, 'sealed with a closed key');
END;

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

-- A key that is not needed any more never comes back: what was sealed with it is in backups only.
CREATE TRIGGER key_checks_stay_superseded
BEFORE UPDATE ON key_checks
WHEN OLD.superseded_at IS NOT NULL AND (NEW.superseded_at IS NOT OLD.superseded_at OR NEW.sealed IS NOT OLD.sealed)
BEGIN
  SELECT RAISE(ABORT, 'a superseded key stays superseded');
END;

CREATE TRIGGER key_checks_are_kept
BEFORE DELETE ON key_checks
BEGIN
  SELECT RAISE(ABORT, 'the history of keys is only added to');
END;
