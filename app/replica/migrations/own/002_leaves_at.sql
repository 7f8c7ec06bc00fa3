-- Until then what was said can be undone and does not leave.
ALTER TABLE outbox ADD COLUMN leaves_at INTEGER NOT NULL DEFAULT 0;
