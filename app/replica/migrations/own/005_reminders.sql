-- The user's reminders, as the portal has them or as this device has changed them. One that has ended has due_at 0.
CREATE TABLE reminders (
    n           INTEGER PRIMARY KEY,
    participant BLOB NOT NULL UNIQUE,
    matter      BLOB NOT NULL,
    due_at      INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    set_at      INTEGER NOT NULL,
    sent        BOOLEAN NOT NULL -- whether the portal has it
);
