-- After a new password, the devices from before are forgotten at this time. It is 0 for the others.
ALTER TABLE known_devices ADD COLUMN forgotten_at BIGINT NOT NULL DEFAULT 0;
