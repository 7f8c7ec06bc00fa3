-- Hashes of the emails that were tried with the link and belong to another account, each with a space behind it.
ALTER TABLE invitations ADD COLUMN refused_emails TEXT NOT NULL DEFAULT '';
