-- Until when a session may do what gives someone a lasting way in. See confirm.go.
ALTER TABLE sessions ADD COLUMN confirmed_until BIGINT NOT NULL DEFAULT 0;
