package replica

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// MatterRow is a matter in a list.
type MatterRow struct {
	ID        string `json:"id"`
	Reference string `json:"reference"`
	Title     string `json:"title"`
	Type      string `json:"type"`
	Mine      bool   `json:"mine"`
	// LastBy is the author of the newest message, sent or not: "You", a first name, or "Status".
	LastBy   string `json:"last_by"`
	LastText string `json:"last_text"`
	LastAt   int64  `json:"last_at"`
	Unread   int    `json:"unread"`
	// ClosedAt is 0 while the matter is open.
	ClosedAt int64 `json:"closed_at"`
}

// Matters lists these matters, or all of them without arguments, by latest activity. It leaves out matters that the user
// may not see.
func (r *Replica) Matters(ctx context.Context, only ...string) (rows []MatterRow, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		unsent, err := newestUnsent(tx)
		if err != nil {
			return err
		}
		users, err := firstNames(tx)
		if err != nil {
			return err
		}
		rows, err = inMatters(tx, only, func(scan sqldb.Scan) (m MatterRow, err error) {
			var author int64
			var status bool
			err = scan(scanID(&m.ID), &m.Reference, &m.Title, &m.Type, &m.Mine, &author, &m.LastBy, &status, &m.LastText, &m.LastAt, &m.Unread, &m.ClosedAt)
			switch u, unsent := unsent[m.ID]; {
			case unsent && u.WrittenAt >= m.LastAt:
				m.LastBy, m.LastText, m.LastAt = "You", preview(u.Text), u.WrittenAt
			case status:
				m.LastBy = "Status"
			case author == r.me:
				m.LastBy = "You"
			case author > 0:
				m.LastBy = users[author]
			default:
				m.LastBy = firstName(m.LastBy)
			}
			return m, err
		}, `
			SELECT x.id, x.reference, x.title, x.type, x.assigned = $1, coalesce(x.last_author, 0), coalesce(x.last_name, ''), coalesce(x.last_status, 0),
				coalesce(x.last_text, ''), coalesce(x.last_at, x.opened_at), CASE WHEN x.assigned = $1 THEN x.unread ELSE 0 END, x.closed_at
			FROM matters x WHERE x.info_version <> 0`, r.me)
		return err
	})
	slices.SortFunc(rows, func(a, b MatterRow) int { return cmp.Or(cmp.Compare(b.LastAt, a.LastAt), cmp.Compare(a.ID, b.ID)) })
	return rows, err
}

// inMatters runs a query over the table matters as x for these matters, or for all of them if only is empty. The query
// must end with a condition.
func inMatters[T any](tx *sqldb.Tx, only []string, scan func(sqldb.Scan) (T, error), query string, args ...any) (rows []T, err error) {
	if len(only) == 0 {
		return sqldb.All(tx, scan, query, args...)
	}
	rows = []T{}
	query += fmt.Sprintf(` AND x.id = $%d`, len(args)+1)
	for _, matter := range only {
		some, err := sqldb.All(tx, scan, query, append(args[:len(args):len(args)], id(matter))...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// People returns the names of each matter's participants, to filter the list of matters.
func (r *Replica) People(ctx context.Context) (names map[string]string, err error) {
	names = map[string]string{}
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		return sqldb.Each(tx, func(scan sqldb.Scan) error {
			var matter, name string
			err := scan(scanID(&matter), &name)
			names[matter] += name + " "
			return err
		}, `SELECT x.id, p.name FROM participants p JOIN matters x ON x.n = p.matter WHERE p.version <> 0 AND x.info_version <> 0`)
	})
	return names, err
}

func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}

// firstNames returns the first name of each user.
func firstNames(tx *sqldb.Tx) (map[int64]string, error) {
	names := map[int64]string{}
	err := sqldb.Each(tx, func(scan sqldb.Scan) error {
		var n int64
		var name string
		err := scan(&n, &name)
		names[n] = firstName(name)
		return err
	}, `SELECT n, name FROM users`)
	return names, err
}

// newestUnsent returns the newest message in the outbox of each matter.
func newestUnsent(tx *sqldb.Tx) (map[string]Unsent, error) {
	newest := map[string]Unsent{}
	unsent, err := unsentWhere(tx, `WHERE kind = 'message' ORDER BY place`)
	for _, u := range unsent {
		newest[u.Matter] = u
	}
	return newest, err
}

// preview returns the beginning of a text.
func preview(text string) string {
	if runes := []rune(text); len(runes) > previewLength {
		return string(runes[:previewLength])
	}
	return text
}

// Matter is one matter with its participants.
type Matter struct {
	ID           string `json:"id"`
	Reference    string `json:"reference"`
	Title        string `json:"title"`
	Type         string `json:"type"`
	OpenedAt     int64  `json:"opened_at"`
	ClosedAt     int64  `json:"closed_at"`
	Assigned     string `json:"assigned"`
	AssignedName string `json:"assigned_name"`
	Mine         bool   `json:"mine"`
	// Team holds the ids of the other users who may open the matter.
	Team         []string         `json:"team"`
	Participants []ParticipantRow `json:"participants"`
	// Assigning is the user's unconfirmed request to assign the matter to someone else.
	Assigning *Unsent `json:"assigning"`
}

// ParticipantRow is a participant in a matter's list.
type ParticipantRow struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	OtherSide bool   `json:"other_side"`
	Joined    bool   `json:"joined"`
	Removed   bool   `json:"removed"`
	// InvitedUntil is when their invitation link expires, or 0 without one.
	InvitedUntil int64 `json:"invited_until"`
	// LinkBlocked is when the link stopped working because of wrong PINs or emails, or 0.
	LinkBlocked int64 `json:"link_blocked"`
	// Account and Email are empty until they have an account.
	Account string `json:"account"`
	Email   string `json:"email"`
	// Detail is the email if it belongs beside the name, because someone else's name looks the same.
	Detail string `json:"detail"`
	// ResetAt is when an admin last made a link for a new password, or 0. ResetBy is the admin's id.
	ResetAt int64  `json:"reset_at"`
	ResetBy string `json:"reset_by"`
	Unread  int    `json:"unread"`
}

// Matter reads one matter. It returns not_found.
func (r *Replica) Matter(ctx context.Context, matter string) (m Matter, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		unsent, err := unsentWhere(tx, `WHERE matter = $1 AND kind = 'assign' ORDER BY place DESC LIMIT 1`, id(matter))
		if err != nil {
			return err
		}
		m = Matter{ID: matter}
		var n int64
		var team string
		err = tx.Row(`
			SELECT x.n, x.reference, x.title, x.type, x.opened_at, x.closed_at, u.id, coalesce(u.name, ''), x.assigned = $2, x.team
			FROM matters x LEFT JOIN users u ON u.n = x.assigned WHERE x.id = $1 AND x.info_version <> 0`, id(matter), r.me).
			Scan(&n, &m.Reference, &m.Title, &m.Type, &m.OpenedAt, &m.ClosedAt, scanID(&m.Assigned), &m.AssignedName, &m.Mine, &team)
		if errors.Is(err, sqldb.ErrNoRows) {
			return chat.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(team), &m.Team); err != nil {
			return err
		}
		if m.Team == nil { // stored as null
			m.Team = []string{}
		}
		for _, u := range unsent {
			err := tx.Row(`SELECT name FROM users WHERE id = $1`, id(u.Assigned)).Scan(&u.AssignedName)
			if ignoreNoRows(err) != nil {
				return err
			}
			m.Assigning = &u
		}
		m.Participants, err = sqldb.All(tx, sqldb.Into(func(p *ParticipantRow) []any {
			return []any{scanID(&p.ID), &p.Name, &p.Role, &p.OtherSide, &p.Joined, &p.Removed, &p.InvitedUntil, &p.LinkBlocked, scanID(&p.Account), &p.Email, &p.ResetAt, scanID(&p.ResetBy), &p.Unread}
		}), `
			SELECT id, name, role, other_side, joined, removed, invited_until, link_blocked, account, email, reset_at, reset_by, CASE WHEN $2 THEN unread ELSE 0 END
			FROM participants WHERE matter = $1 AND version <> 0 ORDER BY id`, n, m.Mine)
		if err != nil {
			return err
		}
		people, err := r.namesakesIn(tx, n)
		for i := range m.Participants {
			p := &m.Participants[i]
			p.Detail = people.detail(p.Name, p.Email, "")
		}
		return err
	})
	return m, err
}
