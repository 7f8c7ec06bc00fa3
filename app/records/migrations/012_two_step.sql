-- Two-step verification: the app on a user's phone that makes codes (TOTP).
CREATE TABLE two_step (
    account   TEXT PRIMARY KEY REFERENCES accounts,
    secret    TEXT NOT NULL, -- in base32; empty while the app is set up for the first time
    used_step BIGINT NOT NULL, -- the newest period of 30 seconds whose code was used
    pending   TEXT NOT NULL -- the secret of the app that is being set up, or empty
);

-- A code that works once instead of the app's.
CREATE TABLE recovery_codes (
    code    TEXT PRIMARY KEY, -- its hash
    account TEXT NOT NULL REFERENCES accounts
);
CREATE INDEX recovery_codes_account ON recovery_codes (account);

ALTER TABLE firm_settings ADD COLUMN two_step BOOLEAN NOT NULL DEFAULT false; -- whether users need it to sign in
