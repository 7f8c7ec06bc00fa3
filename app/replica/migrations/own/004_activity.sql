-- What the user did in the copy that belongs in the portal's audit trail.
CREATE TABLE activity (
    n           INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    action      TEXT NOT NULL,
    matter      BLOB NOT NULL,
    participant BLOB NOT NULL, -- or empty
    at          INTEGER NOT NULL,
    sent        BOOLEAN NOT NULL -- the portal has it; it's kept so that the same view isn't reported again soon
);
