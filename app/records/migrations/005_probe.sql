-- The row that a portal writes to find out whether it can.
CREATE TABLE probe (
    one        BIGINT PRIMARY KEY CHECK (one = 1),
    written_at BIGINT NOT NULL
);
