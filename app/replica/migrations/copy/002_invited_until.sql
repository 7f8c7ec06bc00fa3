-- Until when the link works by which they can join; 0 if there is none.
ALTER TABLE participants ADD COLUMN invited_until INTEGER NOT NULL DEFAULT 0;
