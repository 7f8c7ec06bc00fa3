-- What expired is removed by a clock of its own, which goes forward in small steps: see housekeeping.go.
CREATE TABLE housekeeping (
    one    BIGINT PRIMARY KEY CHECK (one = 1),
    clock  BIGINT NOT NULL,
    ran_at BIGINT NOT NULL
);
-- sqlite: INSERT INTO housekeeping (one, clock, ran_at) VALUES (1, CAST(strftime('%s', 'now') AS INTEGER) * 1000, 0);
-- postgres: INSERT INTO housekeeping (one, clock, ran_at) VALUES (1, (extract(epoch from now()) * 1000)::bigint, 0);

ALTER TABLE sessions ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0; -- the last use, to a day
-- sqlite: UPDATE sessions SET used_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000;
-- postgres: UPDATE sessions SET used_at = (extract(epoch from now()) * 1000)::bigint;
CREATE INDEX sessions_used ON sessions (used_at);
CREATE INDEX links_expire ON links (expires_at);
CREATE INDEX invitations_expire ON invitations (expires_at);

-- The newest entry of the audit trail that was removed, or 0. The chain begins after it.
ALTER TABLE audit_head ADD COLUMN removed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_head ADD COLUMN removed_hash TEXT NOT NULL DEFAULT '';
