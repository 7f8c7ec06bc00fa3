-- The mark of the change that made version, by which the portal's history is recognised. It's empty if unknown.
ALTER TABLE matters ADD COLUMN mark TEXT NOT NULL DEFAULT '';
-- The newest version with which the portal confirmed a message of this device. It may be ahead of version.
ALTER TABLE matters ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
