-- Who covers for a user who is away. A user has at most one cover.
CREATE TABLE covers (
    account   TEXT PRIMARY KEY REFERENCES accounts, -- who is away
    cover     TEXT NOT NULL REFERENCES accounts, -- the colleague
    starts_at BIGINT NOT NULL,
    ends_at   BIGINT NOT NULL,
    alone     BOOLEAN NOT NULL -- whether only the colleague gets the alerts
);
CREATE INDEX covers_cover ON covers (cover);
CREATE INDEX covers_ends_at ON covers (ends_at);

-- Another text after each change of the covers that concern the account.
ALTER TABLE accounts ADD COLUMN covers_mark TEXT NOT NULL DEFAULT '';
