-- The devices on which an account has signed in before. Guesses made elsewhere don't lock them out.
CREATE TABLE known_devices (
    secret  TEXT NOT NULL, -- its hash
    account TEXT NOT NULL REFERENCES accounts,
    used_at BIGINT NOT NULL, -- the last sign-in
    PRIMARY KEY (secret, account)
);
CREATE INDEX known_devices_account ON known_devices (account, used_at);

ALTER TABLE sessions ADD COLUMN known_device TEXT NOT NULL DEFAULT ''; -- the secret's hash, or empty
