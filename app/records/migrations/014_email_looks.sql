-- What an email looks like (chat.EmailLook), so that no two accounts' emails look the same. It is null if the portal hasn't
-- computed it yet, or if an older account's email looks the same. A version that computes it in another way sets all to null.
ALTER TABLE accounts ADD COLUMN email_look TEXT;
CREATE UNIQUE INDEX accounts_email_look ON accounts (email_look);
