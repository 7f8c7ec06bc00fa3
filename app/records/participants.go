package records

import (
	"context"
	"fmt"
	"strconv"
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

// PutOnPortal adds a participant to a matter and returns their id. They join with an invitation. It returns
// not_found, required, too_long and text_invalid.
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
		noteParticipant(tx, chat.Participant{}, p)
		return s.audit(tx, c, "participant.add", p.Matter, id)
	})
	return id, err
}

// noteParticipant notes what changed in a participant for the audit trail.
func noteParticipant(tx *change, from, to chat.Participant) {
	tx.differs("name", from.Name, to.Name)
	tx.differs("role", from.Role, to.Role)
	tx.differs("other_side", strconv.FormatBool(from.OtherSide), strconv.FormatBool(to.OtherSide))
}

// AddParticipant adds a participant without checking a caller, and returns their id. account is the
// participant's account, or empty.
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
	at, err := tx.touch(p.Matter)
	if err != nil {
		return "", err
	}
	if account != nil {
		if err := tx.changeAccess(p.Matter, at); err != nil {
			return "", err
		}
	}
	id = newID()
	first := Position{1, at.Mark}
	err = tx.Exec(`
		INSERT INTO participants (id, matter, account, name, role, other_side, joined, removed, version, chat_version, info_version, seen, mark)
		VALUES ($1, $2, $3, $4, $5, $6, false, false, $7, $8, $8, $8, $9)`,
		id, p.Matter, account, p.Name, p.Role, p.OtherSide, at.Version, first.Version, first.Mark)
	if err != nil {
		return "", err
	}
	return id, tx.keepMark(id, first)
}

// EditParticipant changes a participant's name, role and side. It returns not_found, required, too_long and
// text_invalid.
func (s *Store) EditParticipant(ctx context.Context, c chat.Caller, p chat.Participant) (err error) {
	if p, err = validParticipant(p); err != nil {
		return err
	}
	return s.changeParticipant(ctx, c, p.ID, "participant.edit", func(tx *change, _ chatView) error {
		var was chat.Participant
		if err := tx.Row(`SELECT name, role, other_side FROM participants WHERE id = $1`, p.ID).Scan(&was.Name, &was.Role, &was.OtherSide); err != nil {
			return err
		}
		noteParticipant(tx, was, p)
		return tx.Exec(`UPDATE participants SET name = $2, role = $3, other_side = $4 WHERE id = $1`, p.ID, p.Name, p.Role, p.OtherSide)
	})
}

// RemoveParticipant ends a participant's access at once. The firm keeps their chat. It returns not_found.
func (s *Store) RemoveParticipant(ctx context.Context, c chat.Caller, id string) error {
	return s.changeParticipant(ctx, c, id, "participant.remove", func(tx *change, _ chatView) error {
		if err := tx.Exec(`DELETE FROM invitations WHERE participant = $1`, id); err != nil {
			return err
		}
		return tx.Exec(`UPDATE participants SET removed = true WHERE id = $1`, id)
	})
}

// changeParticipant changes a participant of a matter that the caller may see. Only users may.
func (s *Store) changeParticipant(ctx context.Context, c chat.Caller, id, action string, edit func(*change, chatView) error) error {
	if !c.User {
		return chat.ErrNotFound
	}
	return s.change(ctx, func(tx *change) error {
		view, err := chatFor(tx.Tx, c, id)
		if err != nil {
			return err
		}
		at, err := tx.touch(view.matter)
		if err != nil {
			return err
		}
		before, err := participantByID(tx, id)
		if err != nil {
			return err
		}
		if err := edit(tx, view); err != nil {
			return err
		}
		if err := tx.stampParticipant(before, at); err != nil {
			return err
		}
		return s.audit(tx, c, action, view.matter, id)
	})
}

// participantByID reads a participant as they see their own row, but for the version.
func participantByID(tx *change, id string) (chat.Participant, error) {
	p, err := scanParticipant(tx.Row(`SELECT `+participantColumns+`, 0 FROM participants t WHERE id = $1`, id).Scan)
	return p.ForParticipant(), err
}

// stampParticipant stamps a participant's row after a change. before is the row before it. The participant gets a new
// version if they see a difference.
func (tx *change) stampParticipant(before chat.Participant, at Position) error {
	if err := tx.Exec(`UPDATE participants SET version = $2 WHERE id = $1`, before.ID, at.Version); err != nil {
		return err
	}
	after, err := participantByID(tx, before.ID)
	if err != nil || after == before {
		return err
	}
	if after.Removed != before.Removed {
		if err := tx.changeAccess(before.Matter, at); err != nil {
			return err
		}
	}
	v, err := tx.show(before.ID, at)
	if err != nil {
		return err
	}
	return tx.Exec(`UPDATE participants SET chat_version = $2 WHERE id = $1`, before.ID, v.chat)
}

// chatView is what one caller sees of a chat.
type chatView struct {
	matter string
	// at is the matter's newest change, and chatAt the newest that the participant may see, in their versions.
	at, chatAt Position
	// author is the caller's id as an author: a user's account, or the participant.
	author string
	// prefix is what the names of columns with the caller's versions start with.
	prefix   string
	account  string // the participant's, empty until they have joined
	removed  bool
	closedAt int64
	sent     bool // the message given to chatForSending exists
}

// chatFor reads a chat that the caller may see. It returns not_found.
func chatFor(tx *sqldb.Tx, c chat.Caller, participant string) (chatView, error) {
	return findChat(tx, c, participant, "", chatQuery)
}

// chatForSending reads a chat to send a message in, which may have been sent before. It locks the matter until
// the transaction ends.
func chatForSending(tx *sqldb.Tx, c chat.Caller, participant, message string) (chatView, error) {
	return findChat(tx, c, participant, message, chatQuery+` FOR UPDATE OF m, p`)
}

const chatQuery = `
	SELECT m.id, m.version, m.mark, coalesce(p.account, ''), p.seen, p.mark, p.removed, m.closed_at, m.assigned,
		EXISTS (SELECT 1 FROM team t WHERE t.account = $2 AND t.matter = m.id),
		EXISTS (SELECT 1 FROM messages WHERE id = $3)
	FROM matters m JOIN participants p ON p.matter = m.id WHERE p.id = $1`

func findChat(tx *sqldb.Tx, c chat.Caller, participant, message, query string) (view chatView, err error) {
	var assigned string
	var onTeam bool
	err = tx.Row(query, participant, c.Account, message).
		Scan(&view.matter, &view.at.Version, &view.at.Mark, &view.account, &view.chatAt.Version, &view.chatAt.Mark, &view.removed, &view.closedAt, &assigned, &onTeam, &view.sent)
	view.author = c.Account
	switch {
	case err != nil:
		return view, notFound(err)
	case c.MaySee(assigned, onTeam):
		return view, nil
	case !c.User && view.account == c.Account && !view.removed:
		view.author, view.prefix = participant, "chat_"
		return view, nil
	}
	return view, chat.ErrNotFound
}

// writable returns removed and matter_closed if the chat takes no more messages.
func (view chatView) writable() error {
	switch {
	case view.removed:
		return chat.Errorf(chat.Removed, "", "This person no longer has access, so you can't send them messages.")
	case view.closedAt != 0:
		return chat.Errorf(chat.MatterClosed, "", "This matter is closed.")
	}
	return nil
}

// invitationTTL is how long an invitation is valid.
const invitationTTL = 14 * 24 * time.Hour

// Invite makes a participant's invitation link. It replaces an earlier one, and ends when the caller is deactivated,
// who may have kept it. It returns not_found, removed, matter_closed, and taken for a participant who has joined.
func (s *Store) Invite(ctx context.Context, c chat.Caller, participant string) (secret string, expiresAt int64, err error) {
	secret = newSecret()
	expiresAt, err = s.invite(ctx, c, participant, secret, "")
	return secret, expiresAt, err
}

// InviteWithPIN is Invite for a link that also asks for a PIN, which the firm tells the participant in another way.
func (s *Store) InviteWithPIN(ctx context.Context, c chat.Caller, participant string) (secret, pin string, expiresAt int64, err error) {
	secret, pin = newSecret(), newPIN()
	expiresAt, err = s.invite(ctx, c, participant, secret, hashPIN(secret, pin))
	return secret, pin, expiresAt, err
}

func (s *Store) invite(ctx context.Context, c chat.Caller, participant, secret, pinHash string) (expiresAt int64, err error) {
	expiresAt = s.now().Add(invitationTTL).UnixMilli()
	err = s.changeParticipant(ctx, c, participant, "participant.invite", func(tx *change, view chatView) error {
		if err := view.writable(); err != nil {
			return err
		}
		if view.account != "" {
			return chat.Errorf(chat.Taken, "", "This person has already joined and signs in with their password.")
		}
		if err := tx.makesLink(c); err != nil {
			return err
		}
		return tx.Exec(`
			INSERT INTO invitations (participant, token, expires_at, pin, made_by) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (participant) DO UPDATE SET
				token = excluded.token, expires_at = excluded.expires_at, pin = excluded.pin, made_by = excluded.made_by, wrong_pins = 0, blocked_at = 0, refused_emails = ''`,
			participant, hashSecret(secret), expiresAt, pinHash, c.Account)
	})
	return expiresAt, err
}

// RevokeInvitation revokes a participant's invitation link. It returns not_found if there is none, and taken for a
// participant who has joined.
func (s *Store) RevokeInvitation(ctx context.Context, c chat.Caller, participant string) error {
	return s.changeParticipant(ctx, c, participant, "participant.uninvite", func(tx *change, view chatView) error {
		if view.account != "" {
			return chat.Errorf(chat.Taken, "", "This person has already joined. To end their access, remove them from the matter.")
		}
		return tx.changeFound(`DELETE FROM invitations WHERE participant = $1`, participant)
	})
}
