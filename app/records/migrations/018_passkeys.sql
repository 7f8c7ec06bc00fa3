-- The passkeys with which people sign in.
CREATE TABLE passkeys (
    id         TEXT PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES accounts,
    credential TEXT NOT NULL UNIQUE, -- the id that the authenticator chose, in base64url
    public_key TEXT NOT NULL, -- in COSE and base64url
    counter    BIGINT NOT NULL, -- of the newest answer
    synced     BOOLEAN NOT NULL, -- whether several devices may share it
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL -- 0 before the first sign-in
);
CREATE INDEX passkeys_account ON passkeys (account);

-- The challenges that a passkey has answered. Each is answered once.
CREATE TABLE used_challenges (
    challenge TEXT PRIMARY KEY, -- its hash
    used_at   BIGINT NOT NULL
);
CREATE INDEX used_challenges_used ON used_challenges (used_at);

-- Signs the challenges. The portal keeps none until it is answered.
ALTER TABLE firm ADD COLUMN challenge_key TEXT NOT NULL DEFAULT '';
