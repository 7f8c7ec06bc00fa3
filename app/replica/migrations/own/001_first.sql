-- What only this device has. It refers to nothing, and stays when a matter goes. Every table numbers its rows
-- from 1, so that they can be asked for one by one when the file is damaged (mend.go).

-- What was said on this device and the portal has not confirmed.
CREATE TABLE outbox (
    n           INTEGER PRIMARY KEY,
    place       INTEGER NOT NULL, -- the order of writing
    id          BLOB NOT NULL UNIQUE,
    kind        TEXT NOT NULL, -- message, status, assign
    matter      BLOB NOT NULL,
    participant BLOB NOT NULL,
    text        TEXT NOT NULL,
    set_status  BOOLEAN NOT NULL,
    message     BLOB NOT NULL, -- to be the status
    saw         BLOB, -- the message that its writer saw as the status, if it asks for the status
    assigned    BLOB NOT NULL,
    written_at  INTEGER NOT NULL,
    state       TEXT NOT NULL, -- waiting, sending (the portal may have it), rejected
    code        TEXT NOT NULL, -- of why it was rejected
    reason      TEXT NOT NULL
);
CREATE INDEX outbox_participant ON outbox (participant, place);

-- What the user said that may be missing from a portal with a new epoch, until its matter is pulled again.
CREATE TABLE said (
    n           INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    matter      BLOB NOT NULL,
    participant BLOB NOT NULL,
    text        TEXT NOT NULL,
    written_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL
);
CREATE INDEX said_matter ON said (matter, version);

CREATE TABLE drafts (
    n           INTEGER PRIMARY KEY,
    participant BLOB NOT NULL UNIQUE,
    text        TEXT NOT NULL,
    set_status  BOOLEAN NOT NULL
);

-- How far the user has read on this device, until the portal knows.
CREATE TABLE reads (n INTEGER PRIMARY KEY, participant BLOB NOT NULL UNIQUE, upto INTEGER NOT NULL);

-- Up to which version each chat was told of in a toast.
CREATE TABLE toasted (n INTEGER PRIMARY KEY, participant BLOB NOT NULL UNIQUE, version INTEGER NOT NULL);

CREATE TABLE settings (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, value TEXT NOT NULL);
