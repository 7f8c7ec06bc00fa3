-- Users whose names look the same as another user's, so that their emails belong beside the names.
ALTER TABLE accounts ADD COLUMN alike BOOLEAN NOT NULL DEFAULT false;

-- A PIN that the firm tells the participant by telephone.
ALTER TABLE invitations ADD COLUMN pin TEXT NOT NULL DEFAULT ''; -- hashed with the link's secret; empty if there is none
ALTER TABLE invitations ADD COLUMN wrong_pins BIGINT NOT NULL DEFAULT 0;
ALTER TABLE invitations ADD COLUMN blocked_at BIGINT NOT NULL DEFAULT 0; -- when too many wrong PINs ended it

-- Users get the emails of participants who have joined. Apps that are newer than the portal was ask for them now: their
-- matters have a new version. The participants have none.
-- sqlite: UPDATE matters SET version = version + 1, mark = lower(hex(randomblob(8))) WHERE id IN (SELECT matter FROM participants WHERE account IS NOT NULL);
-- postgres: UPDATE matters SET version = version + 1, mark = substr(md5(gen_random_uuid()::text), 1, 16) WHERE id IN (SELECT matter FROM participants WHERE account IS NOT NULL);
UPDATE participants SET version = (SELECT m.version FROM matters m WHERE m.id = participants.matter) WHERE account IS NOT NULL;
INSERT INTO marks (counter, slot, version, mark)
SELECT id, version % 4096, version, mark FROM matters WHERE id IN (SELECT matter FROM participants WHERE account IS NOT NULL)
ON CONFLICT (counter, slot) DO UPDATE SET version = excluded.version, mark = excluded.mark;
