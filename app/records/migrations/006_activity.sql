-- The reports from devices that the audit trail holds, so that a device may send one again.
CREATE TABLE activity (
    account TEXT NOT NULL,
    id      TEXT NOT NULL, -- made by the device
    PRIMARY KEY (account, id)
);
