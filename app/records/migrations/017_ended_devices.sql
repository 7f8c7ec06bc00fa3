-- Admins see the devices whose session has ended and that may still have a copy.
ALTER TABLE ended_sessions ADD COLUMN known_device TEXT NOT NULL DEFAULT ''; -- as in sessions
ALTER TABLE ended_sessions ADD COLUMN returned BOOLEAN NOT NULL DEFAULT false; -- the device has signed in again, and its new session stands for it
