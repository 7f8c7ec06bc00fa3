INSERT INTO firm (one, name, colour, epoch) VALUES (1, 'Hart & Lee', '', 'first');
INSERT INTO accounts (id, email, name, password, is_user, is_admin, active) VALUES
    ('maya', 'maya@firm.example', 'Maya', '', TRUE, TRUE, TRUE), ('ana', 'ana@client.example', 'Ana', '', FALSE, FALSE, TRUE);
INSERT INTO matters (id, reference, title, type, opened_at, closed_at, active_at, assigned, info_version, access_version, version)
    VALUES ('matter', '2026-0147', 'Okafor', 'Conveyancing', 1, 0, 2, 'maya', 1, 1, 3);
INSERT INTO participants (id, matter, account, name, role, other_side, joined, removed, version, seen)
    VALUES ('chat', 'matter', 'ana', 'Ana', 'Client', FALSE, TRUE, FALSE, 2, 3);
INSERT INTO messages (id, matter, participant, author, text, written_at, sent_at, version)
    VALUES ('message', 'matter', 'chat', 'maya', 'Good morning', 2, 2, 3);
INSERT INTO audit (id, at, account, action, matter, subject) VALUES ('0190', 1, 'maya', 'matter.open', 'matter', 'matter');
