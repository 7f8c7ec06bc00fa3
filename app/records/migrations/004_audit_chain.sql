ALTER TABLE audit ADD COLUMN number BIGINT; -- the entry's place in the chain; null until it is chained
ALTER TABLE audit ADD COLUMN changes TEXT NOT NULL DEFAULT '[]'; -- JSON: what changed, from and to
ALTER TABLE audit ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN previous TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX audit_number ON audit (number);

-- The newest entry. Its row is locked while an entry is added.
CREATE TABLE audit_head (
    one    BIGINT PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL,
    hash   TEXT NOT NULL
);
INSERT INTO audit_head (one, number, hash) VALUES (1, 0, '');
