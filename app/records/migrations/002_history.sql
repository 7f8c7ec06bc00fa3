-- A participant counts the changes that they may see in versions of their own. Otherwise the gaps would show them how
-- active everyone else is. Old rows keep their version as the participant's, so that the copies in browsers stay valid.
--
-- Every change has a random mark. A device that finds another mark at a version than it received learns that the store
-- was put back to an earlier state.
ALTER TABLE messages ADD COLUMN chat_version BIGINT NOT NULL DEFAULT 0; -- the participant's
ALTER TABLE messages ADD COLUMN mark TEXT NOT NULL DEFAULT '';
-- sqlite: UPDATE messages SET chat_version = version, mark = lower(hex(randomblob(8)));
-- postgres: UPDATE messages SET chat_version = version, mark = substr(md5(gen_random_uuid()::text), 1, 16);
DROP INDEX messages_participant;
CREATE INDEX messages_participant ON messages (participant, chat_version);

ALTER TABLE matters ADD COLUMN mark TEXT NOT NULL DEFAULT ''; -- of the last change
-- sqlite: UPDATE matters SET mark = coalesce((SELECT m.mark FROM messages m WHERE m.matter = matters.id AND m.version = matters.version), lower(hex(randomblob(8))));
-- postgres: UPDATE matters SET mark = coalesce((SELECT m.mark FROM messages m WHERE m.matter = matters.id AND m.version = matters.version), substr(md5(gen_random_uuid()::text), 1, 16));

-- From now on, seen counts the changes that the participant may see.
ALTER TABLE participants ADD COLUMN mark TEXT NOT NULL DEFAULT ''; -- of the last change that the participant may see
ALTER TABLE participants ADD COLUMN chat_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE participants ADD COLUMN info_version BIGINT NOT NULL DEFAULT 0; -- of the last change to what they see of the matter itself
UPDATE participants SET chat_version = version;
UPDATE participants SET info_version = (SELECT m.info_version FROM matters m WHERE m.id = participants.matter);
UPDATE participants SET info_version = seen WHERE info_version > seen; -- the last change was a user's name, which they don't see
-- sqlite: UPDATE participants SET mark = coalesce((SELECT m.mark FROM messages m WHERE m.participant = participants.id AND m.chat_version = seen), lower(hex(randomblob(8))));
-- postgres: UPDATE participants SET mark = coalesce((SELECT m.mark FROM messages m WHERE m.participant = participants.id AND m.chat_version = seen), substr(md5(gen_random_uuid()::text), 1, 16));

ALTER TABLE statuses ADD COLUMN chat_version BIGINT NOT NULL DEFAULT 0;
UPDATE statuses SET chat_version = version;

ALTER TABLE reads ADD COLUMN chat_upto BIGINT NOT NULL DEFAULT 0; -- upto in the participant's versions
ALTER TABLE reads ADD COLUMN chat_version BIGINT NOT NULL DEFAULT 0; -- only in the participant's own row
UPDATE reads SET chat_upto = upto, chat_version = version;

-- The marks of changes other than messages. A later change reuses the slot of an old one.
CREATE TABLE marks (
    counter TEXT NOT NULL, -- whose versions: a matter, or a participant
    slot    BIGINT NOT NULL,
    version BIGINT NOT NULL,
    mark    TEXT NOT NULL,
    PRIMARY KEY (counter, slot)
)
-- sqlite: WITHOUT ROWID
;
INSERT INTO marks (counter, slot, version, mark) SELECT id, version % 4096, version, mark FROM matters;
INSERT INTO marks (counter, slot, version, mark) SELECT id, seen % 4096, seen, mark FROM participants;
