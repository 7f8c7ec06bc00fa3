-- The user who made the link, or an empty text. Their links end with their account.
ALTER TABLE resets ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE invitations ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
CREATE INDEX resets_made_by ON resets (made_by);
CREATE INDEX invitations_made_by ON invitations (made_by);
