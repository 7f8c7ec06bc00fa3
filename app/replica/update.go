package replica

import (
	"encoding/json"
	"errors"
	"fmt"

	"matterline/app/chat"
	"matterline/app/search"
	"matterline/app/sqldb"
)

// update is a transaction that applies changes to one matter.
type update struct {
	*sqldb.Tx
	me     int64
	matter int64
	// colleagues reports whether colleagues' messages count as unread.
	colleagues bool
	users      map[string]int64
	chats      map[string]*updatedChat
	// last is the number of the newest row in messages.
	last int64
	// outbox holds the ids of the matter's messages in the outbox, and whether they set the status.
	outbox map[string]bool
}

// updatedChat is a chat that the changes are about.
type updatedChat struct {
	n, readUpto int64
	// unread counts the new unread messages. recount means that all must be counted again.
	unread  int
	recount bool
}

func (r *Replica) newUpdate(tx *sqldb.Tx, matter id) (u *update, err error) {
	u = &update{Tx: tx, me: r.me, users: map[string]int64{r.user.ID: r.me}, chats: map[string]*updatedChat{}, outbox: map[string]bool{}}
	u.matter, _, err = findMatter(tx, matter)
	if err == nil && u.matter == 0 {
		err = tx.Row(`
			INSERT INTO matters (id, reference, title, type, opened_at, closed_at, assigned, team, info_version, version, words, unread)
			VALUES ($1, '', '', '', 0, 0, 0, '', 0, 0, '', 0) RETURNING n`, matter).Scan(&u.matter)
	}
	if err != nil {
		return nil, err
	}
	if err := tx.Row(`SELECT coalesce(max(n), 0), `+countsColleagues+` FROM messages`).Scan(&u.last, &u.colleagues); err != nil {
		return nil, err
	}
	err = sqldb.Each(tx, func(scan sqldb.Scan) error {
		var message string
		var setStatus bool
		err := scan(scanID(&message), &setStatus)
		u.outbox[message] = setStatus
		return err
	}, `SELECT id, set_status FROM own.outbox WHERE matter = $1 AND kind = 'message'`, matter)
	return u, err
}

func (u *update) info(page chat.Changes) error {
	if m := page.Info; m != nil {
		assigned, err := u.user(m.Assigned)
		if err != nil {
			return err
		}
		team, _ := json.Marshal(m.Team) // strings: never fails
		err = u.Exec(`UPDATE matters SET reference = $2, title = $3, type = $4, opened_at = $5, closed_at = $6, assigned = $7, team = $8, info_version = $9, words = $10 WHERE n = $1`,
			u.matter, m.Reference, m.Title, m.Type, m.OpenedAt, m.ClosedAt, assigned, string(team), m.Version, search.Line(search.Words(m.Reference+" "+m.Title)))
		if err != nil {
			return err
		}
	}
	return u.Exec(`UPDATE matters SET version = $2, mark = $3 WHERE n = $1`, u.matter, page.Version, page.Mark)
}

// saveUser returns a user's number, and stores their name and their email unless these are empty.
func saveUser(tx *sqldb.Tx, user id, name, email string) (n int64, err error) {
	err = tx.Row(`
		INSERT INTO users (id, name, email) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET
			name = CASE WHEN $2 = '' THEN name ELSE $2 END, email = CASE WHEN $3 = '' THEN email ELSE $3 END RETURNING n`, user, name, email).Scan(&n)
	return n, err
}

// user returns the number of a user that a row refers to, or 0 for none.
func (u *update) user(user string) (n int64, err error) {
	if number, known := u.users[user]; known || user == "" {
		return number, nil
	}
	n, err = saveUser(u.Tx, id(user), "", "")
	u.users[user] = n
	return n, err
}

// chat returns the chat that a row refers to. Its participant's own row may come later.
func (u *update) chat(participant string) (*updatedChat, error) {
	if c, known := u.chats[participant]; known {
		return c, nil
	}
	c := &updatedChat{}
	err := u.Row(`SELECT n, read_upto FROM participants WHERE id = $1`, id(participant)).Scan(&c.n, &c.readUpto)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = u.Row(`
			INSERT INTO participants (id, matter, name, role, other_side, joined, removed, version, words, read_upto, newest, unread)
			VALUES ($1, $2, '', '', 0, 0, 0, 0, '', coalesce((SELECT upto FROM own.reads WHERE participant = $1), 0), 0, 0) RETURNING n, read_upto`,
			id(participant), u.matter).Scan(&c.n, &c.readUpto)
	}
	u.chats[participant] = c
	return c, err
}

func (u *update) participant(p chat.Participant) error {
	c, err := u.chat(p.ID)
	if err != nil {
		return err
	}
	return u.Exec(`
		UPDATE participants SET name = $2, role = $3, other_side = $4, joined = $5, removed = $6, version = $7, words = $8, invited_until = $9,
			account = $10, reset_at = $11, reset_by = $12, email = $13, link_blocked = $14 WHERE n = $1`,
		c.n, p.Name, p.Role, p.OtherSide, p.Joined, p.Removed, p.Version, search.Line(search.Words(p.Name)), p.InvitedUntil,
		id(p.Account), p.ResetAt, id(p.ResetBy), p.Email, p.LinkBlocked)
}

// message stores a message and indexes its words. It reports false if the copy has a message with this version already.
func (u *update) message(m chat.Message) (stored bool, err error) {
	c, err := u.chat(m.Participant)
	if err != nil {
		return false, err
	}
	author := int64(0)
	if !m.FromParticipant() {
		if author, err = u.user(m.Author); err != nil {
			return false, err
		}
	}
	n, err := u.ExecCount(`INSERT INTO messages (n, id, chat, author, text, written_at, sent_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (chat, version) DO NOTHING`,
		u.last+1, id(m.ID), c.n, author, m.Text, m.WrittenAt, m.SentAt, m.Version)
	if err != nil || n == 0 {
		return false, err
	}
	u.last++
	if (author == 0 || author != u.me && u.colleagues) && m.Version > c.readUpto {
		c.unread++
	}
	return true, u.Exec(`INSERT INTO found (rowid, words) VALUES ($1, $2)`, indexRow(m.SentAt, u.last), indexed(m.Text))
}

// has reports whether the copy has a message at its version, in the chat with number n.
func (u *update) has(n int64, m chat.Message) (has bool, err error) {
	err = u.Row(`SELECT EXISTS (SELECT 1 FROM messages WHERE chat = $1 AND version = $2 AND id = $3)`, n, m.Version, id(m.ID)).Scan(&has)
	return has, err
}

func (u *update) status(s chat.Status) error {
	n, err := u.ExecCount(`UPDATE statuses SET ended_at = $2, version = $3 WHERE id = $1`, id(s.ID), s.EndedAt, s.Version)
	if err != nil || n > 0 {
		return err
	}
	c, err := u.chat(s.Participant)
	if err != nil {
		return err
	}
	by, err := u.user(s.SetBy)
	if err != nil {
		return err
	}
	var message int64 // newest first, because it's rarely far back
	err = u.Row(`SELECT n FROM messages WHERE chat = $1 AND version <= $2 AND id = $3 ORDER BY version DESC LIMIT 1`, c.n, s.Version, id(s.Message)).Scan(&message)
	if err != nil {
		return fmt.Errorf("message %s of a status: %w", s.Message, err)
	}
	return u.Exec(`INSERT INTO statuses (id, chat, message, set_by, set_at, ended_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id(s.ID), c.n, message, by, s.SetAt, s.EndedAt, s.Version)
}

func (u *update) read(m chat.Read) error {
	c, err := u.chat(m.Participant)
	if err != nil {
		return err
	}
	reader := int64(0)
	if m.Reader != m.Participant {
		if reader, err = u.user(m.Reader); err != nil {
			return err
		}
	}
	err = u.Exec(`INSERT INTO reads (chat, reader, upto, at, version) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (chat, reader) DO UPDATE SET upto = $3, at = $4, version = $5 WHERE version < $5`,
		c.n, reader, m.Upto, m.At, m.Version)
	if err == nil && reader == u.me && m.Upto > c.readUpto {
		c.readUpto, c.recount = m.Upto, true
		err = u.Exec(`UPDATE participants SET read_upto = $2 WHERE n = $1`, c.n, m.Upto)
	}
	return err
}
