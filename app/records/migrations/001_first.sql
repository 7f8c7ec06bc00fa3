CREATE TABLE firm (
    one    BIGINT PRIMARY KEY CHECK (one = 1),
    name   TEXT NOT NULL,
    colour TEXT NOT NULL, -- of the client pages: #rrggbb, or empty for Matterline's own
    epoch  TEXT NOT NULL
);

CREATE TABLE accounts (
    id       TEXT PRIMARY KEY,
    email    TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    password TEXT NOT NULL, -- argon2id, or empty: no sign-in by password
    is_user  BOOLEAN NOT NULL,
    is_admin BOOLEAN NOT NULL,
    active   BOOLEAN NOT NULL
);

CREATE TABLE sessions (
    token      TEXT PRIMARY KEY, -- its hash
    id         TEXT NOT NULL UNIQUE, -- by which it is listed and revoked
    account    TEXT NOT NULL REFERENCES accounts,
    device     TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account);

CREATE TABLE links (
    token      TEXT PRIMARY KEY, -- its hash
    account    TEXT NOT NULL REFERENCES accounts,
    expires_at BIGINT NOT NULL
);

CREATE TABLE matters (
    id           TEXT PRIMARY KEY,
    reference    TEXT NOT NULL UNIQUE,
    title        TEXT NOT NULL,
    type         TEXT NOT NULL,
    opened_at    BIGINT NOT NULL,
    closed_at    BIGINT NOT NULL, -- 0 while it is open
    active_at    BIGINT NOT NULL, -- when the newest message was sent
    assigned     TEXT NOT NULL REFERENCES accounts,
    info_version   BIGINT NOT NULL, -- of the last change to this row but for the versions
    access_version BIGINT NOT NULL, -- of the last change to who may see it
    version        BIGINT NOT NULL  -- of the last change to anything in the matter
);
CREATE INDEX matters_assigned ON matters (assigned);

CREATE TABLE team (
    account TEXT NOT NULL REFERENCES accounts,
    matter  TEXT NOT NULL REFERENCES matters,
    PRIMARY KEY (account, matter)
);
CREATE INDEX team_matter ON team (matter);

CREATE TABLE participants (
    id         TEXT PRIMARY KEY,
    matter     TEXT NOT NULL REFERENCES matters,
    account    TEXT REFERENCES accounts,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    other_side BOOLEAN NOT NULL,
    joined     BOOLEAN NOT NULL,
    removed    BOOLEAN NOT NULL,
    version    BIGINT NOT NULL,
    seen       BIGINT NOT NULL, -- the newest version of anything that the participant may see
    UNIQUE (matter, account)
);
CREATE INDEX participants_matter ON participants (matter, version);
CREATE INDEX participants_account ON participants (account);

-- A link by which a participant comes in for the first time; it works once.
CREATE TABLE invitations (
    participant TEXT PRIMARY KEY REFERENCES participants,
    token       TEXT NOT NULL UNIQUE, -- its hash
    expires_at  BIGINT NOT NULL
);

-- A message is written in the transaction that has just read its matter and participant, which are never
-- deleted: having the engine look for them again would take as long as writing it.
CREATE TABLE messages (
    id          TEXT PRIMARY KEY,
    matter      TEXT NOT NULL,
    participant TEXT NOT NULL,
    author      TEXT NOT NULL,
    text        TEXT NOT NULL,
    written_at  BIGINT NOT NULL,
    sent_at     BIGINT NOT NULL,
    version     BIGINT NOT NULL
);
CREATE INDEX messages_matter ON messages (matter, version);
CREATE INDEX messages_participant ON messages (participant, version);

CREATE TABLE statuses (
    id          TEXT PRIMARY KEY,
    matter      TEXT NOT NULL REFERENCES matters,
    participant TEXT NOT NULL REFERENCES participants,
    message     TEXT NOT NULL REFERENCES messages,
    set_by      TEXT NOT NULL REFERENCES accounts,
    set_at      BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL, -- 0 while it stands
    version     BIGINT NOT NULL
);
CREATE INDEX statuses_matter ON statuses (matter, version);
CREATE UNIQUE INDEX statuses_current ON statuses (participant) WHERE ended_at = 0;

CREATE TABLE reads (
    participant TEXT NOT NULL REFERENCES participants,
    reader      TEXT NOT NULL,
    matter      TEXT NOT NULL REFERENCES matters,
    upto        BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    PRIMARY KEY (participant, reader)
);
CREATE INDEX reads_matter ON reads (matter, version);

-- Saved replies: texts that are often sent.
CREATE TABLE replies (
    id      TEXT PRIMARY KEY,
    account TEXT NOT NULL, -- whose it is; empty for the firm's
    title   TEXT NOT NULL,
    text    TEXT NOT NULL
);
CREATE INDEX replies_account ON replies (account);

-- Who did what. Nothing is ever changed here, and no message's text is in it.
CREATE TABLE audit (
    id      TEXT PRIMARY KEY, -- a UUIDv7: in the order of time
    at      BIGINT NOT NULL,
    account TEXT NOT NULL,
    action  TEXT NOT NULL,
    matter  TEXT NOT NULL, -- or empty
    subject TEXT NOT NULL -- whom or what it was done to: an id, or empty
);
CREATE INDEX audit_matter ON audit (matter, id);
CREATE INDEX audit_account ON audit (account, id);
