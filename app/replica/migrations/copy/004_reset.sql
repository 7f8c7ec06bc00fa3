-- The participant's account, if the portal says it, and who made a link for a new password, and when; 0 if nobody did.
ALTER TABLE participants ADD COLUMN account BLOB NOT NULL DEFAULT '';
ALTER TABLE participants ADD COLUMN reset_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE participants ADD COLUMN reset_by BLOB NOT NULL DEFAULT '';
-- Another epoch makes the portal send everything again, with these.
UPDATE about SET epoch = '';
