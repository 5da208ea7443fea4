-- What has ended although some attempt may still arrive is watched, however it has ended.
DROP INDEX sends_replaced_unsure;
CREATE INDEX sends_ended_unsure ON sends (signed_at) WHERE unsure = 1 AND finished_at IS NOT NULL;
