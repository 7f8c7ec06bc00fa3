-- A firm with the numbers of a test in place of :groups and so on. Each matter has its versions as if it had been opened,
-- its participants had been added, and all messages had been sent, to and fro in each chat. Some messages by users became
-- the status.

CREATE FUNCTION pg_temp.id(kind int, n bigint) RETURNS text IMMUTABLE LANGUAGE sql
AS $$ SELECT lpad(kind::text, 8, '0') || '-0000-7000-8000-' || lpad(n::text, 12, '0') $$;

CREATE FUNCTION pg_temp.mark(matter bigint, version bigint) RETURNS text IMMUTABLE LANGUAGE sql
AS $$ SELECT substr(md5(matter || ' ' || version), 1, 12) $$;

-- A matter is assigned to one user of its group, and the others are its team.
CREATE FUNCTION pg_temp.member(matter bigint, n bigint) RETURNS text IMMUTABLE LANGUAGE sql
AS $$ SELECT pg_temp.id(1, matter % :groups * :people + n) $$;

CREATE FUNCTION pg_temp.assigned(matter bigint) RETURNS text IMMUTABLE LANGUAGE sql
AS $$ SELECT pg_temp.member(matter, matter / :groups % :people) $$;

CREATE TEMPORARY VIEW matter AS
SELECT m, pg_temp.id(3, m) AS id, 1 + :participants + :messages AS version FROM generate_series(0, :matters - 1) m;

CREATE TEMPORARY VIEW participant AS
SELECT m, p, pg_temp.id(4, m * :participants + p) AS id, pg_temp.id(2, m * :participants + p) AS account, 2 + p AS version,
    (:messages - p + :participants - 1) / :participants AS messages
FROM generate_series(0, :matters - 1) m, generate_series(0, :participants - 1) p;

CREATE TEMPORARY VIEW message AS
SELECT m, n, pg_temp.id(5, m * :messages + n) AS id, pg_temp.id(4, m * :participants + n % :participants) AS participant,
    n / :participants % 2 = 1 AS by_user, 2 + :participants + n AS version, 2 + n / :participants AS chat_version,
    :now - (:messages - n) * 3600000::bigint AS sent_at
FROM generate_series(0, :matters - 1) m, generate_series(0, :messages - 1) n;

INSERT INTO accounts (id, email, name, password, is_user, is_admin, active)
SELECT pg_temp.id(1, u), 'user' || u || '@firm.example', 'User ' || u, '', true, false, true FROM generate_series(0, :groups * :people - 1) u;

INSERT INTO accounts (id, email, name, password, is_user, is_admin, active)
SELECT account, account || '@client.example', 'Person ' || m || ' ' || p, '', false, false, true FROM participant;

-- Every user and the first participant of each matter has a device.
INSERT INTO sessions (token, id, account, device, created_at, used_at)
SELECT encode(sha256(('token-' || account)::bytea), 'hex'), 'session-' || account, account, 'test', :now, :now
FROM (SELECT id AS account FROM accounts WHERE id LIKE '00000001-%' UNION ALL SELECT account FROM participant WHERE p = 0) a;

INSERT INTO matters (id, reference, title, type, opened_at, closed_at, active_at, assigned, info_version, access_version, version, mark)
SELECT id, 'M-' || m, 'Matter ' || m, 'Purchase', :now - :messages * 3600000::bigint, 0, :now, pg_temp.assigned(m), 1, 1 + :participants,
    version, pg_temp.mark(m, version)
FROM matter;

INSERT INTO team (account, matter)
SELECT pg_temp.member(m, n), id FROM matter, generate_series(0, :people - 1) n WHERE pg_temp.member(m, n) <> pg_temp.assigned(m);

INSERT INTO participants (id, matter, account, name, role, other_side, joined, removed, version, chat_version, info_version, seen, mark)
SELECT id, pg_temp.id(3, m), account, 'Person ' || m || ' ' || p, 'Client', false, true, false, version, 1, 1, 1 + messages,
    pg_temp.mark(m, CASE messages WHEN 0 THEN version ELSE 2 + :participants + p + (messages - 1) * :participants END)
FROM participant;

INSERT INTO marks (counter, slot, version, mark)
SELECT id, v % 4096, v, pg_temp.mark(m, v) FROM matter, generate_series(1, 1 + :participants) v
UNION ALL SELECT id, 1, 1, pg_temp.mark(m, version) FROM participant;

INSERT INTO messages (id, matter, participant, author, text, written_at, sent_at, version, chat_version, mark)
SELECT id, pg_temp.id(3, m), participant, CASE WHEN by_user THEN pg_temp.assigned(m) ELSE participant END,
    'Message ' || n || substr(': the bank says the funds will be released on Thursday morning. Does that leave us enough time, do you think?', 1, n * 7 % 160),
    sent_at, sent_at, version, chat_version, pg_temp.mark(m, version)
FROM message;

-- The first messages by users in each matter. The last one in each chat is current.
INSERT INTO statuses (id, matter, participant, message, set_by, set_at, ended_at, version, chat_version)
SELECT pg_temp.id(6, m * :messages + n), pg_temp.id(3, m), participant, id, pg_temp.assigned(m), sent_at,
    CASE WHEN lead(n) OVER (PARTITION BY participant ORDER BY n) IS NULL THEN 0 ELSE sent_at + 1 END, version, chat_version
FROM (SELECT *, row_number() OVER (PARTITION BY m ORDER BY n) AS place FROM message WHERE by_user AND n < :participants * 2 * (:statuses + 1)) s
WHERE place <= :statuses;
