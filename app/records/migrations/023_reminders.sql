-- When users want an alert of a chat again. Each is the user's own. One that has ended stays for a while with due_at 0, so
-- that an older one from a device that was away doesn't bring it back.
CREATE TABLE reminders (
    account     TEXT NOT NULL REFERENCES accounts,
    participant TEXT NOT NULL REFERENCES participants,
    matter      TEXT NOT NULL REFERENCES matters,
    due_at      BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL, -- when the newest message was sent that the user had seen, or 0
    set_at      BIGINT NOT NULL,
    PRIMARY KEY (account, participant)
);
CREATE INDEX reminders_matter ON reminders (matter);
CREATE INDEX reminders_ended ON reminders (set_at) WHERE due_at = 0;
-- Counts the changes of an account's reminders.
ALTER TABLE accounts ADD COLUMN reminders BIGINT NOT NULL DEFAULT 0;
