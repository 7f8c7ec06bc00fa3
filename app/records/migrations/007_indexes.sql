-- A participant's changes, in their own versions.
CREATE INDEX statuses_participant ON statuses (participant, chat_version);
-- The firm's users, among many more accounts of participants.
CREATE INDEX accounts_users ON accounts (name, id) WHERE is_user;
