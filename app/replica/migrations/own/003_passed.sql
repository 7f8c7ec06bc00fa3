-- The newest messages of each chat that the user had read, or had notifications of, before the copy started over. They
-- give the read mark and the version in toasted for the new history, once the matter is pulled again.
CREATE TABLE passed (
    n           INTEGER PRIMARY KEY,
    message     BLOB NOT NULL UNIQUE,
    matter      BLOB NOT NULL,
    participant BLOB NOT NULL,
    version     INTEGER NOT NULL, -- in the earlier history
    read        BOOLEAN NOT NULL,
    shown       BOOLEAN NOT NULL -- whether there were notifications up to it
);
CREATE INDEX passed_matter ON passed (matter);
