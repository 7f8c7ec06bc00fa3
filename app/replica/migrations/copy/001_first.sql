-- What the portal has too. It may be thrown away at any time and pulled again. Rows know each other by small
-- numbers of this file's own; an id is 16 bytes, or text where it is no UUID. A version is 0 while only other
-- rows speak of a row that has not come itself, and negative while it is of an earlier epoch.

CREATE TABLE about (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    as_of INTEGER NOT NULL -- when the copy was last known to be complete
);
INSERT INTO about VALUES (1, '', 0);

CREATE TABLE users (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, name TEXT NOT NULL);

CREATE TABLE matters (
    n            INTEGER PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE,
    reference    TEXT NOT NULL,
    title        TEXT NOT NULL,
    type         TEXT NOT NULL,
    opened_at    INTEGER NOT NULL,
    closed_at    INTEGER NOT NULL,
    assigned     INTEGER NOT NULL, -- a user
    team         TEXT NOT NULL, -- JSON
    info_version INTEGER NOT NULL,
    version      INTEGER NOT NULL, -- up to which this copy has the matter; 0: it is to be pulled from the beginning
    words        TEXT NOT NULL, -- by which it is found
    -- Taken from the other tables with each change: of the newest message whose it is (a user, or 0 and the
    -- participant's name), whether it is the status, its beginning and when it was sent; and how many messages
    -- the user has not read and did not write.
    last_author INTEGER,
    last_name   TEXT,
    last_status BOOLEAN,
    last_text   TEXT,
    last_at     INTEGER,
    unread      INTEGER NOT NULL
);

CREATE TABLE participants (
    n          INTEGER PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    matter     INTEGER NOT NULL,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    other_side BOOLEAN NOT NULL,
    joined     BOOLEAN NOT NULL,
    removed    BOOLEAN NOT NULL,
    version    INTEGER NOT NULL,
    words      TEXT NOT NULL,
    read_upto  INTEGER NOT NULL, -- by the user, on whichever device
    newest     INTEGER NOT NULL, -- message, or 0
    unread     INTEGER NOT NULL
);
CREATE INDEX participants_matter ON participants (matter);

CREATE TABLE messages (
    n          INTEGER PRIMARY KEY,
    id         BLOB NOT NULL,
    chat       INTEGER NOT NULL, -- its participant
    author     INTEGER NOT NULL, -- a user; 0 is the participant
    text       TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    sent_at    INTEGER NOT NULL,
    version    INTEGER NOT NULL
);
CREATE UNIQUE INDEX messages_chat ON messages (chat, version);

-- The words of every message, as words.go makes them: when that makes others, this is to be made anew. Its
-- rows are numbered in the order of sending (see place), so that the newest are found first and no more are
-- looked at. secure-delete leaves nothing of what is forgotten.
CREATE VIRTUAL TABLE found USING fts5 (words, content = '', columnsize = 0, tokenize = 'ascii');
INSERT INTO found (found, rank) VALUES ('secure-delete', 1);

CREATE TABLE statuses (
    n        INTEGER PRIMARY KEY,
    id       BLOB NOT NULL UNIQUE,
    chat     INTEGER NOT NULL,
    message  INTEGER NOT NULL,
    set_by   INTEGER NOT NULL, -- a user
    set_at   INTEGER NOT NULL,
    ended_at INTEGER NOT NULL, -- 0 while it stands
    version  INTEGER NOT NULL
);
CREATE INDEX statuses_chat ON statuses (chat);
CREATE INDEX statuses_message ON statuses (message);

CREATE TABLE reads (
    chat    INTEGER NOT NULL,
    reader  INTEGER NOT NULL, -- a user; 0 is the participant
    upto    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (chat, reader)
) WITHOUT ROWID;
