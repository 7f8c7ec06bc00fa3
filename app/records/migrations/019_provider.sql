-- A user's account at the firm's identity provider, from their first sign-in there. See provider.go.
CREATE TABLE provider_accounts (
    issuer  TEXT NOT NULL, -- the provider's address
    subject TEXT NOT NULL, -- the account's id there, which is never given to anyone else
    account TEXT NOT NULL REFERENCES accounts,
    PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX provider_accounts_account ON provider_accounts (account, issuer);

-- The visits to the provider that have been used to sign in or to confirm. Each works once.
CREATE TABLE used_visits (
    nonce   TEXT PRIMARY KEY, -- its hash
    used_at BIGINT NOT NULL
);
CREATE INDEX used_visits_used_at ON used_visits (used_at);
