-- The admin who changed the account's email, or an empty text. Its owner sees that.
ALTER TABLE accounts ADD COLUMN email_set_by TEXT NOT NULL DEFAULT '';
