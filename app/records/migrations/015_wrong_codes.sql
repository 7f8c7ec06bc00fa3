-- Wrong codes of two-step verification, counted by all portals together.
ALTER TABLE two_step ADD COLUMN wrong_codes BIGINT NOT NULL DEFAULT 0; -- since the last right one
ALTER TABLE two_step ADD COLUMN locked_until BIGINT NOT NULL DEFAULT 0; -- until then, only recovery codes work
ALTER TABLE two_step ADD COLUMN untold BIGINT NOT NULL DEFAULT 0; -- since the last sign-in, which tells the user

-- Whether the user has yet to say that they saved their recovery codes, which the portal shows only once.
ALTER TABLE two_step ADD COLUMN unsaved BOOLEAN NOT NULL DEFAULT false;
