package replica

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"matterline/app/chat"
	"matterline/app/search"
	"matterline/app/sqldb"
)

// ErrGap answers changes that follow a version this copy does not have yet.
var ErrGap = errors.New("changes are missing in between")

// Standing is where this copy stands: the portal's epoch, and the version it has of each matter.
func (r *Replica) Standing(ctx context.Context) (epoch string, versions map[string]int64, err error) {
	versions = map[string]int64{}
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Row(`SELECT epoch FROM about`).Scan(&epoch); err != nil {
			return err
		}
		_, err := sqldb.All(tx, func(scan sqldb.Scan) (matter string, err error) {
			var version int64
			err = scan(id(&matter), &version)
			versions[matter] = version
			return matter, err
		}, `SELECT id, version FROM matters`)
		return err
	})
	return epoch, versions, err
}

// Have is the version that this copy has of one matter, or 0.
func (r *Replica) Have(ctx context.Context, matter string) (version int64, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error { _, version, err = matterAt(tx, matter); return err })
	return version, err
}

// matterAt finds a matter's number and version, or 0.
func matterAt(tx *sqldb.Tx, matter string) (n, version int64, err error) {
	err = tx.Row(`SELECT n, version FROM matters WHERE id = $1`, key(matter)).Scan(&n, &version)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = nil
	}
	return n, version, err
}

// Apply writes changes and the version they reach in one transaction. What it has already changes nothing.
// It returns ErrGap.
func (r *Replica) Apply(ctx context.Context, page chat.Changes) error {
	var n int64
	apply := func(kept bool) error {
		return r.change(ctx, func(tx *sqldb.Tx) (string, error) {
			var have int64
			var err error
			n, have, err = matterAt(tx, page.Matter)
			switch old := n != 0 && have == 0; {
			case err != nil:
				return "", err
			case page.After > have:
				return "", ErrGap
			case page.Version <= have:
				return "", nil
			case old && !kept:
				return "", errOld
			case old:
				if err := replace(tx, n); err != nil {
					return "", err
				}
			}
			return page.Matter, r.apply(tx, page)
		})
	}
	err := apply(false)
	if errors.Is(err, errOld) {
		if err = r.keepSaid(ctx, page.Matter); err == nil {
			err = r.erase(ctx, n)
		}
		if err == nil {
			err = apply(true)
		}
	}
	if err != nil {
		return fmt.Errorf("apply changes of %s: %w", page.Matter, err)
	}
	return nil
}

// application is a page being applied.
type application struct {
	*sqldb.Tx
	me     int64
	matter int64
	// colleagues says that what other users write counts as unread.
	colleagues bool
	users      map[string]int64
	rooms      map[string]*room
	// last is the number of the newest row of messages.
	last int64
	// outbox are the messages in it, by id: whether they ask for the status.
	outbox map[string]bool
}

// room is a chat that a page speaks of.
type room struct {
	n, readUpto int64
	// unread is how many more messages there are now that the user has not read; all says that they are to be
	// counted from the beginning.
	unread int
	all    bool
}

func (r *Replica) applying(tx *sqldb.Tx, matter string) (a *application, err error) {
	a = &application{Tx: tx, me: r.me, users: map[string]int64{r.user.ID: r.me}, rooms: map[string]*room{}, outbox: map[string]bool{}}
	a.matter, _, err = matterAt(tx, matter)
	if err == nil && a.matter == 0 {
		err = tx.Row(`
			INSERT INTO matters (id, reference, title, type, opened_at, closed_at, assigned, team, info_version, version, words, unread)
			VALUES ($1, '', '', '', 0, 0, 0, '', 0, 0, '', 0) RETURNING n`, key(matter)).Scan(&a.matter)
	}
	if err != nil {
		return nil, err
	}
	if err := tx.Row(`SELECT coalesce(max(n), 0), `+colleaguesCount+` FROM messages`).Scan(&a.last, &a.colleagues); err != nil {
		return nil, err
	}
	_, err = sqldb.All(tx, func(scan sqldb.Scan) (id stored, err error) {
		var setStatus bool
		err = scan(&id, &setStatus)
		a.outbox[string(id)] = setStatus
		return id, err
	}, `SELECT id, set_status FROM own.outbox WHERE matter = $1 AND kind = 'message'`, key(matter))
	return a, err
}

func (r *Replica) apply(tx *sqldb.Tx, page chat.Changes) error {
	a, err := r.applying(tx, page.Matter)
	if err != nil {
		return err
	}
	for _, u := range page.Users {
		if a.users[u.ID], err = userKey(tx, u.ID, u.Name); err != nil {
			return err
		}
	}
	if err := a.info(page); err != nil {
		return err
	}
	for _, p := range page.Participants {
		if err := a.participant(p); err != nil {
			return err
		}
	}
	became := map[string]bool{}
	for _, s := range page.Statuses {
		became[s.Message] = true
	}
	for _, m := range page.Messages {
		if err := a.message(m); err != nil {
			return err
		}
		// Whether it became the status is told by the portal's answer, if it did not come with it: so it is asked.
		setStatus, is := a.outbox[m.ID]
		switch {
		case !is:
		case setStatus && !became[m.ID]:
			_, err = tx.Exec(`UPDATE own.outbox SET state = 'sending', code = '', reason = '' WHERE id = $1`, key(m.ID))
		default:
			_, err = tx.Exec(`DELETE FROM own.outbox WHERE id = $1`, key(m.ID))
		}
		if err != nil {
			return err
		}
	}
	for _, s := range page.Statuses {
		if err := a.status(s); err != nil {
			return err
		}
	}
	for _, m := range page.Reads {
		if err := a.read(m); err != nil {
			return err
		}
	}
	if err := a.count(); err != nil {
		return err
	}
	return a.saidAgain(page)
}

func (a *application) info(page chat.Changes) error {
	if m := page.Info; m != nil {
		assigned, err := a.user(m.Assigned)
		if err != nil {
			return err
		}
		team, _ := json.Marshal(m.Team) // strings: never fails
		_, err = a.Exec(`UPDATE matters SET reference = $2, title = $3, type = $4, opened_at = $5, closed_at = $6, assigned = $7, team = $8, info_version = $9, words = $10 WHERE n = $1`,
			a.matter, m.Reference, m.Title, m.Type, m.OpenedAt, m.ClosedAt, assigned, string(team), m.Version, search.Line(search.Words(m.Reference+" "+m.Title)))
		if err != nil {
			return err
		}
	}
	_, err := a.Exec(`UPDATE matters SET version = $2 WHERE n = $1`, a.matter, page.Version)
	return err
}

// userKey is a user's number. Their name is changed if one is given.
func userKey(tx *sqldb.Tx, user, name string) (n int64, err error) {
	err = tx.Row(`INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = CASE WHEN $2 = '' THEN name ELSE $2 END RETURNING n`, key(user), name).Scan(&n)
	return n, err
}

// user is the number of a user that a row speaks of, or 0 for nobody.
func (a *application) user(user string) (n int64, err error) {
	if n, known := a.users[user]; known || user == "" {
		return n, nil
	}
	n, err = userKey(a.Tx, user, "")
	a.users[user] = n
	return n, err
}

// room is the chat that a row speaks of, whose participant may come later.
func (a *application) room(participant string) (*room, error) {
	if c, known := a.rooms[participant]; known {
		return c, nil
	}
	c := &room{}
	err := a.Row(`SELECT n, read_upto FROM participants WHERE id = $1`, key(participant)).Scan(&c.n, &c.readUpto)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = a.Row(`
			INSERT INTO participants (id, matter, name, role, other_side, joined, removed, version, words, read_upto, newest, unread)
			VALUES ($1, $2, '', '', 0, 0, 0, 0, '', coalesce((SELECT upto FROM own.reads WHERE participant = $1), 0), 0, 0) RETURNING n, read_upto`,
			key(participant), a.matter).Scan(&c.n, &c.readUpto)
	}
	a.rooms[participant] = c
	return c, err
}

func (a *application) participant(p chat.Participant) error {
	c, err := a.room(p.ID)
	if err != nil {
		return err
	}
	_, err = a.Exec(`UPDATE participants SET name = $2, role = $3, other_side = $4, joined = $5, removed = $6, version = $7, words = $8, invited_until = $9 WHERE n = $1`,
		c.n, p.Name, p.Role, p.OtherSide, p.Joined, p.Removed, p.Version, search.Line(search.Words(p.Name)), p.InvitedUntil)
	return err
}

// message writes a message that the portal has, and its words.
func (a *application) message(m chat.Message) error {
	c, err := a.room(m.Participant)
	if err != nil {
		return err
	}
	author := int64(0)
	if !m.FromParticipant() {
		if author, err = a.user(m.Author); err != nil {
			return err
		}
	}
	n, err := a.Exec(`INSERT INTO messages (n, id, chat, author, text, written_at, sent_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (chat, version) DO NOTHING`,
		a.last+1, key(m.ID), c.n, author, m.Text, m.WrittenAt, m.SentAt, m.Version)
	if err != nil || n == 0 {
		return err
	}
	a.last++
	if (author == 0 || author != a.me && a.colleagues) && m.Version > c.readUpto {
		c.unread++
	}
	_, err = a.Exec(`INSERT INTO found (rowid, words) VALUES ($1, $2)`, place(m.SentAt, a.last), indexed(m.Text))
	return err
}

func (a *application) status(s chat.Status) error {
	n, err := a.Exec(`UPDATE statuses SET ended_at = $2, version = $3 WHERE id = $1`, key(s.ID), s.EndedAt, s.Version)
	if err != nil || n > 0 {
		return err
	}
	c, err := a.room(s.Participant)
	if err != nil {
		return err
	}
	by, err := a.user(s.SetBy)
	if err != nil {
		return err
	}
	var message int64 // seldom far back
	err = a.Row(`SELECT n FROM messages WHERE chat = $1 AND version <= $2 AND id = $3 ORDER BY version DESC LIMIT 1`, c.n, s.Version, key(s.Message)).Scan(&message)
	if err != nil {
		return fmt.Errorf("message %s of a status: %w", s.Message, err)
	}
	_, err = a.Exec(`INSERT INTO statuses (id, chat, message, set_by, set_at, ended_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		key(s.ID), c.n, message, by, s.SetAt, s.EndedAt, s.Version)
	return err
}

func (a *application) read(m chat.Read) error {
	c, err := a.room(m.Participant)
	if err != nil {
		return err
	}
	reader := int64(0)
	if m.Reader != m.Participant {
		if reader, err = a.user(m.Reader); err != nil {
			return err
		}
	}
	_, err = a.Exec(`INSERT INTO reads (chat, reader, upto, at, version) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (chat, reader) DO UPDATE SET upto = $3, at = $4, version = $5 WHERE version < $5`,
		c.n, reader, m.Upto, m.At, m.Version)
	if err == nil && reader == a.me && m.Upto > c.readUpto {
		c.readUpto, c.all = m.Upto, true
		_, err = a.Exec(`UPDATE participants SET read_upto = $2 WHERE n = $1`, c.n, m.Upto)
	}
	return err
}
