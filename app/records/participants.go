package records

import (
	"context"
	"errors"
	"fmt"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// validParticipant returns required, too_long and text_invalid.
func validParticipant(p chat.Participant) (_ chat.Participant, err error) {
	if p.Name, err = chat.ValidName("name", p.Name); err != nil {
		return p, err
	}
	p.Role, err = chat.ValidName("role", p.Role)
	return p, err
}

// PutOnPortal puts a person on a matter's portal and returns the participant's id; they come in by an
// invitation. It returns not_found, required, too_long and text_invalid.
func (s *Store) PutOnPortal(ctx context.Context, c chat.Caller, p chat.Participant) (id string, err error) {
	if p, err = validParticipant(p); err != nil {
		return "", err
	}
	if !c.User {
		return "", chat.ErrNotFound
	}
	err = s.change(ctx, func(tx *change) error {
		if _, _, err := matterFor(tx.Tx, c, p.Matter); err != nil {
			return err
		}
		if id, err = addParticipant(tx, p, nil); err != nil {
			return err
		}
		return s.audit(tx, c, "participant.add", p.Matter, id)
	})
	return id, err
}

// AddParticipant puts a person who has an account on a matter's portal, for the program itself, and returns
// the participant's id. account may be empty.
func (s *Store) AddParticipant(ctx context.Context, p chat.Participant, account string) (id string, err error) {
	var nullable any
	if account != "" {
		nullable = account
	}
	err = s.change(ctx, func(tx *change) error {
		id, err = addParticipant(tx, p, nullable)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("add participant %s: %w", p.Name, err)
	}
	return id, nil
}

func addParticipant(tx *change, p chat.Participant, account any) (id string, err error) {
	v, err := tx.touchAccess(p.Matter)
	if err != nil {
		return "", err
	}
	id = newID()
	_, err = tx.Exec(`INSERT INTO participants (id, matter, account, name, role, other_side, joined, removed, version, seen) VALUES ($1, $2, $3, $4, $5, $6, false, false, $7, $7)`,
		id, p.Matter, account, p.Name, p.Role, p.OtherSide, v)
	return id, err
}

// EditParticipant changes a participant's name, role and side. It returns not_found, required, too_long and
// text_invalid.
func (s *Store) EditParticipant(ctx context.Context, c chat.Caller, p chat.Participant) (err error) {
	if p, err = validParticipant(p); err != nil {
		return err
	}
	return s.changeParticipant(ctx, c, p.ID, "participant.edit", func(tx *change, _ room) error {
		_, err := tx.Exec(`UPDATE participants SET name = $2, role = $3, other_side = $4 WHERE id = $1`, p.ID, p.Name, p.Role, p.OtherSide)
		return err
	})
}

// RemoveParticipant ends a participant's access at once. Their chat stays for the firm. It returns not_found.
func (s *Store) RemoveParticipant(ctx context.Context, c chat.Caller, id string) error {
	return s.changeParticipant(ctx, c, id, "participant.remove", func(tx *change, _ room) error {
		if _, err := tx.Exec(`DELETE FROM invitations WHERE participant = $1`, id); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE participants SET removed = true WHERE id = $1`, id)
		return err
	})
}

// changeParticipant changes a participant of a matter that the user may see.
func (s *Store) changeParticipant(ctx context.Context, c chat.Caller, id, action string, edit func(*change, room) error) error {
	if !c.User {
		return chat.ErrNotFound
	}
	return s.change(ctx, func(tx *change) error {
		r, err := roomFor(tx.Tx, c, id)
		if err != nil {
			return err
		}
		v, err := tx.touchAccess(r.matter)
		if err != nil {
			return err
		}
		if err := edit(tx, r); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE participants SET version = $2, seen = $2 WHERE id = $1`, id, v); err != nil {
			return err
		}
		return s.audit(tx, c, action, r.matter, id)
	})
}

// room is a chat as one caller finds it.
type room struct {
	matter  string
	version int64 // the matter's
	// author is whom the caller writes as.
	author   string
	account  string // the participant's, empty until they have joined
	seen     int64  // the newest version that the participant may see
	removed  bool
	closedAt int64
	sent     bool // the message that was asked for is there
}

// roomFor finds a chat that the caller may see. It returns not_found.
func roomFor(tx *sqldb.Tx, c chat.Caller, participant string) (room, error) {
	return findRoom(tx, c, participant, "", roomQuery)
}

// roomForMessage finds a chat for a message that may have been sent already, and keeps the matter as it is
// until the transaction ends.
func roomForMessage(tx *sqldb.Tx, c chat.Caller, participant, message string) (room, error) {
	return findRoom(tx, c, participant, message, roomQuery+` FOR UPDATE OF m, p`)
}

const roomQuery = `
	SELECT m.id, m.version, coalesce(p.account, ''), p.seen, p.removed, m.closed_at, m.assigned,
		EXISTS (SELECT 1 FROM team t WHERE t.account = $2 AND t.matter = m.id),
		EXISTS (SELECT 1 FROM messages WHERE id = $3)
	FROM matters m JOIN participants p ON p.matter = m.id WHERE p.id = $1`

func findRoom(tx *sqldb.Tx, c chat.Caller, participant, message, query string) (r room, err error) {
	var assigned string
	var onTeam bool
	err = tx.Row(query, participant, c.Account, message).
		Scan(&r.matter, &r.version, &r.account, &r.seen, &r.removed, &r.closedAt, &assigned, &onTeam, &r.sent)
	r.author = c.Account
	switch {
	case err != nil:
		return r, notFound(err)
	case c.MaySee(assigned, onTeam):
		return r, nil
	case !c.User && r.account == c.Account && !r.removed:
		r.author = participant
		return r, nil
	}
	return r, chat.ErrNotFound
}

// writable returns matter_closed and removed for a chat in which nothing is written any more.
func (r room) writable() error {
	switch {
	case r.removed:
		return chat.Errorf(chat.Removed, "", "This participant's access has ended, so nothing can be sent to them.")
	case r.closedAt != 0:
		return chat.Errorf(chat.MatterClosed, "", "This matter is closed. It must be reopened before anything is written in it.")
	}
	return nil
}

// invitedFor is how long an invitation works.
const invitedFor = 14 * 24 * time.Hour

// Invite makes the link by which a participant comes in for the first time; one that was made before stops
// working. It returns not_found, removed, matter_closed, and taken for who has joined.
func (s *Store) Invite(ctx context.Context, c chat.Caller, participant string) (secret string, expiresAt int64, err error) {
	secret, expiresAt = newSecret(), s.now().Add(invitedFor).UnixMilli()
	err = s.changeParticipant(ctx, c, participant, "participant.invite", func(tx *change, r room) error {
		if err := r.writable(); err != nil {
			return err
		}
		if r.account != "" {
			return chat.Errorf(chat.Taken, "", "They have joined already and sign in with their password.")
		}
		_, err = tx.Exec(`
			INSERT INTO invitations (participant, token, expires_at) VALUES ($1, $2, $3)
			ON CONFLICT (participant) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at`,
			participant, hashSecret(secret), expiresAt)
		return err
	})
	return secret, expiresAt, err
}

// RevokeInvitation makes a participant's link stop working. It returns not_found.
func (s *Store) RevokeInvitation(ctx context.Context, c chat.Caller, participant string) error {
	return s.changeParticipant(ctx, c, participant, "participant.uninvite", func(tx *change, _ room) error {
		n, err := tx.Exec(`DELETE FROM invitations WHERE participant = $1`, participant)
		if err == nil && n == 0 {
			err = chat.ErrNotFound
		}
		return err
	})
}

// Accept takes up an invitation, once: with a new e-mail and the password chosen for it, or with those the
// person signs in with already, for another matter. It starts a session and returns its token. It returns
// link_expired, required, malformed, weak_password, wrong_password and taken.
func (s *Store) Accept(ctx context.Context, secret, email, password, device string) (token string, err error) {
	if email, err = validEmail(email); err != nil {
		return "", err
	}
	// Nobody without a link learns who has an account.
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		var one int
		return tx.Row(`SELECT 1 FROM invitations WHERE token = $1 AND expires_at > $2`, hashSecret(secret), s.millis()).Scan(&one)
	})
	if errors.Is(err, sqldb.ErrNoRows) {
		return "", errLinkExpired
	}
	if err != nil {
		return "", err
	}
	if _, err := s.AccountByEmail(ctx, email); errors.Is(err, chat.ErrNotFound) {
		if err := chat.ValidPassword(password); err != nil {
			return "", err
		}
	} else if err != nil {
		return "", err
	}
	known, err := s.checkAccount(ctx, email, password)
	if err != nil && chat.CodeOf(err) != chat.WrongPassword {
		return "", err
	}
	hash := hashPassword(password)
	var account string
	err = s.change(ctx, func(tx *change) error {
		account = known
		var participant, matter, name string
		err := tx.Row(`
			DELETE FROM invitations WHERE token = $1 AND expires_at > $2
			RETURNING participant, (SELECT matter FROM participants p WHERE p.id = participant), (SELECT name FROM participants p WHERE p.id = participant)`,
			hashSecret(secret), s.millis()).Scan(&participant, &matter, &name)
		if errors.Is(err, sqldb.ErrNoRows) {
			return errLinkExpired
		}
		if err != nil {
			return err
		}
		if account == "" {
			account, err = addAccount(tx, Account{Email: email, Name: name}, hash)
			if chat.CodeOf(err) == chat.Taken {
				return errWrongPassword // the e-mail is somebody's who did not give their password
			}
			if err != nil {
				return err
			}
		}
		n, err := tx.Exec(`UPDATE participants SET account = $2 WHERE id = $1 AND EXISTS (SELECT 1 FROM accounts WHERE id = $2 AND NOT is_user)`, participant, account)
		if errors.Is(err, sqldb.ErrDuplicate) || err == nil && n == 0 {
			return chat.Errorf(chat.Taken, "email", "This e-mail cannot be used here. Please choose another.")
		}
		if err != nil {
			return err
		}
		return s.audit(tx, chat.Caller{Account: account}, "participant.accept", matter, participant)
	})
	if err != nil {
		return "", err
	}
	return s.StartSession(ctx, account, device)
}
