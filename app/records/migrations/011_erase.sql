-- What remains of an ended session of a user, so that its device's next contact learns why it ended, and whether to delete
-- its copy.
CREATE TABLE ended_sessions (
    token     TEXT PRIMARY KEY, -- its hash
    id        TEXT NOT NULL,
    account   TEXT NOT NULL REFERENCES accounts,
    device    TEXT NOT NULL,
    reason    TEXT NOT NULL, -- see endedsessions.go
    erase     BOOLEAN NOT NULL, -- whether the device must delete its copy
    ended_at  BIGINT NOT NULL,
    erased_at BIGINT NOT NULL -- when the device reported that it has, or 0
);
CREATE INDEX ended_sessions_account ON ended_sessions (account);
CREATE INDEX ended_sessions_ended ON ended_sessions (ended_at);
