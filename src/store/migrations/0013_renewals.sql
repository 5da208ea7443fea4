-- Refresh tokens that are renewed apart from access tokens, a limited number of times in the life of an authorisation:
-- each renewal kills the token before it. `renewals` were done, `most_renewals` is how many there are; absent where a
-- refresh does both. `renewal_sent` says that one was sent whose answer is not stored: the refresh token may be dead.
-- `renewal_refused` says why the platform renews no further.
ALTER TABLE grants ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0 CHECK (renewals >= 0);
ALTER TABLE grants ADD COLUMN most_renewals INTEGER CHECK (most_renewals >= 0);
ALTER TABLE grants ADD COLUMN renewal_sent INTEGER;
ALTER TABLE grants ADD COLUMN renewal_refused TEXT;

-- Beyond the last one a platform answers that a person is needed, or worse.
CREATE TRIGGER grants_renew_no_further
BEFORE UPDATE OF renewal_sent ON grants
WHEN NEW.renewal_sent IS NOT NULL AND OLD.renewal_sent IS NULL AND OLD.renewals >= OLD.most_renewals
BEGIN
  SELECT RAISE(ABORT, 'the refresh token was renewed as often as its platform allows');
END;
