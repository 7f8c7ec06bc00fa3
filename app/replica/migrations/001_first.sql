CREATE TABLE about (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    as_of INTEGER NOT NULL -- when the copy was last known to be complete
);
INSERT INTO about VALUES (1, '', 0);

CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE matters (
    id        TEXT PRIMARY KEY,
    reference TEXT NOT NULL,
    title     TEXT NOT NULL,
    type      TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    assigned  TEXT NOT NULL,
    team      TEXT NOT NULL, -- JSON
    version   INTEGER NOT NULL -- up to which this copy has the matter
) WITHOUT ROWID;

CREATE TABLE participants (
    id         TEXT PRIMARY KEY,
    matter     TEXT NOT NULL REFERENCES matters ON DELETE CASCADE,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    other_side BOOLEAN NOT NULL,
    joined     BOOLEAN NOT NULL,
    added      INTEGER NOT NULL -- the version that brought them: their order
) WITHOUT ROWID;
CREATE INDEX participants_matter ON participants (matter);

CREATE TABLE messages (
    n           INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    participant TEXT NOT NULL REFERENCES participants ON DELETE CASCADE,
    author      TEXT NOT NULL,
    text        TEXT NOT NULL,
    written_at  INTEGER NOT NULL,
    sent_at     INTEGER NOT NULL,
    version     INTEGER NOT NULL
);
CREATE UNIQUE INDEX messages_participant ON messages (participant, version);

CREATE VIRTUAL TABLE messages_text USING fts5 (text, content = messages, content_rowid = n, tokenize = "unicode61 remove_diacritics 2");
CREATE TRIGGER messages_insert AFTER INSERT ON messages BEGIN
    INSERT INTO messages_text (rowid, text) VALUES (new.n, new.text);
END;
CREATE TRIGGER messages_delete AFTER DELETE ON messages BEGIN
    INSERT INTO messages_text (messages_text, rowid, text) VALUES ('delete', old.n, old.text);
END;

CREATE TABLE statuses (
    id          TEXT PRIMARY KEY,
    participant TEXT NOT NULL REFERENCES participants ON DELETE CASCADE,
    message     TEXT NOT NULL,
    text        TEXT NOT NULL,
    set_by      TEXT NOT NULL,
    set_at      INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL -- 0 while it stands
) WITHOUT ROWID;
CREATE INDEX statuses_participant ON statuses (participant, set_at);

CREATE TABLE reads (
    participant TEXT NOT NULL REFERENCES participants ON DELETE CASCADE,
    reader      TEXT NOT NULL,
    upto        INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    confirmed   INTEGER NOT NULL, -- how far the portal knows of it: less than upto while that waits
    PRIMARY KEY (participant, reader)
) WITHOUT ROWID;
CREATE INDEX reads_waiting ON reads (participant) WHERE confirmed < upto;

-- What was said on this device and the portal has not confirmed. It belongs to the user, not to the copy:
-- it refers to nothing, and stays when the matter goes.
CREATE TABLE outbox (
    n           INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    matter      TEXT NOT NULL,
    participant TEXT NOT NULL,
    text        TEXT NOT NULL,
    set_status  BOOLEAN NOT NULL,
    written_at  INTEGER NOT NULL,
    state       TEXT NOT NULL, -- waiting, sending (the portal may have it), rejected
    reason      TEXT NOT NULL
);
CREATE INDEX outbox_participant ON outbox (participant, n);

CREATE TABLE drafts (
    participant TEXT PRIMARY KEY,
    text        TEXT NOT NULL,
    set_status  BOOLEAN NOT NULL
) WITHOUT ROWID;

-- Up to which version each chat was told of in a toast.
CREATE TABLE toasted (participant TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
