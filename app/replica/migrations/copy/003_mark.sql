-- The mark of the change that made version, by which the portal's history is recognised. It's empty if unknown.
ALTER TABLE matters ADD COLUMN mark TEXT NOT NULL DEFAULT '';
