-- The emails of users and participants, which tell those apart whose names look the same.
ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE participants ADD COLUMN email TEXT NOT NULL DEFAULT '';
-- When the invitation link stopped working because of wrong PINs, or 0.
ALTER TABLE participants ADD COLUMN link_blocked INTEGER NOT NULL DEFAULT 0;
-- Another epoch makes the portal send everything again, with these.
UPDATE about SET epoch = '';
