-- What kind of program a session is for, and where it was used last.
ALTER TABLE sessions ADD COLUMN kind TEXT NOT NULL DEFAULT ''; -- desktop, browser, or empty if that isn't known
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT ''; -- the client's last known IP address
CREATE INDEX sessions_created ON sessions (created_at);

ALTER TABLE accounts ADD COLUMN must_change BOOLEAN NOT NULL DEFAULT false; -- someone else chose the password

-- A link with which a person chooses a new password; it works once.
CREATE TABLE resets (
    account    TEXT PRIMARY KEY REFERENCES accounts,
    token      TEXT NOT NULL UNIQUE, -- its hash
    expires_at BIGINT NOT NULL
);
CREATE INDEX resets_expire ON resets (expires_at);

-- The newest reset link of the participant's account, which users see.
ALTER TABLE participants ADD COLUMN reset_at BIGINT NOT NULL DEFAULT 0; -- when it was made, or 0
ALTER TABLE participants ADD COLUMN reset_by TEXT NOT NULL DEFAULT ''; -- who made it: an account

-- What the firm decides about sessions, copies and matters.
CREATE TABLE firm_settings (
    one              BIGINT PRIMARY KEY CHECK (one = 1),
    idle_days        BIGINT NOT NULL, -- how long a desktop session lasts without use
    client_idle_days BIGINT NOT NULL, -- a browser session; 0: until the browser closes
    absolute_days    BIGINT NOT NULL, -- how long any session lasts
    offline_days     BIGINT NOT NULL, -- how long a copy opens without the portal; 0: no limit
    read_expired     BOOLEAN NOT NULL, -- whether an expired desktop session may read its copy
    team_manages     BOOLEAN NOT NULL -- whether the team may also reassign, close and reopen a matter, and change the team
);
INSERT INTO firm_settings (one, idle_days, client_idle_days, absolute_days, offline_days, read_expired, team_manages) VALUES (1, 30, 30, 180, 14, true, false);
