package replica

import (
	"context"
	"errors"
	"strings"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Filter is which matters a list shows.
type Filter string

const (
	Mine   Filter = "mine"   // assigned to the user
	All    Filter = "all"    // every one they may see
	Unread Filter = "unread" // those with an alert
)

// MatterRow is a matter in a list.
type MatterRow struct {
	ID        string `json:"id"`
	Reference string `json:"reference"`
	Title     string `json:"title"`
	Type      string `json:"type"`
	Mine      bool   `json:"mine"`
	// LastBy says whose the newest message is: "You", a first name, or "Status".
	LastBy   string `json:"last_by"`
	LastText string `json:"last_text"`
	LastAt   int64  `json:"last_at"`
	Unread   int    `json:"unread"`
}

// lastText is how much of the newest message a list shows.
const lastText = 120

// Matters lists matters, those with the newest activity first.
func (r *Replica) Matters(ctx context.Context, filter Filter) (rows []MatterRow, err error) {
	err = r.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		rows, err = sqldb.All(tx, func(scan sqldb.Scan) (m MatterRow, err error) {
			var author, by string
			var current bool
			err = scan(&m.ID, &m.Reference, &m.Title, &m.Type, &m.Mine, &author, &by, &m.LastText, &m.LastAt, &current, &m.Unread)
			switch {
			case author == "":
			case current:
				m.LastBy = "Status"
			case author == r.user.ID:
				m.LastBy = "You"
			default:
				m.LastBy = firstName(by)
			}
			return m, err
		}, `
			SELECT x.id, x.reference, x.title, x.type, x.assigned = $1,
				coalesce(l.author, ''), coalesce(u.name, p.name, ''), coalesce(substr(l.text, 1, $2), ''), coalesce(l.sent_at, x.opened_at),
				EXISTS (SELECT 1 FROM statuses s WHERE s.participant = l.participant AND s.message = l.id AND s.ended_at = 0),
				CASE WHEN x.assigned = $1 THEN (
					SELECT count(*) FROM participants q
						LEFT JOIN reads r ON r.participant = q.id AND r.reader = $1
						JOIN messages m ON m.participant = q.id AND m.version > coalesce(r.upto, 0) AND m.author <> $1
					WHERE q.matter = x.id) ELSE 0 END AS unread
			FROM matters x
				LEFT JOIN messages l ON l.n = (
					SELECT m.n FROM participants q JOIN messages m ON m.participant = q.id
						AND m.version = (SELECT max(version) FROM messages WHERE participant = q.id)
					WHERE q.matter = x.id ORDER BY m.version DESC LIMIT 1)
				LEFT JOIN participants p ON p.id = l.participant
				LEFT JOIN users u ON u.id = l.author
			WHERE $3 = 'all' OR x.assigned = $1 AND ($3 = 'mine' OR unread > 0)
			ORDER BY 9 DESC, x.id`, r.user.ID, lastText, string(filter))
		return err
	})
	return rows, err
}

func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}

// Matter is one matter with its portal participants.
type Matter struct {
	ID           string           `json:"id"`
	Reference    string           `json:"reference"`
	Title        string           `json:"title"`
	Type         string           `json:"type"`
	OpenedAt     int64            `json:"opened_at"`
	Assigned     string           `json:"assigned"`
	AssignedName string           `json:"assigned_name"`
	Mine         bool             `json:"mine"`
	Participants []ParticipantRow `json:"participants"`
}

// ParticipantRow is a participant in a matter's list.
type ParticipantRow struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	OtherSide bool   `json:"other_side"`
	Joined    bool   `json:"joined"`
	Unread    int    `json:"unread"`
}

// Matter reads one matter. It returns not_found.
func (r *Replica) Matter(ctx context.Context, id string) (m Matter, err error) {
	err = r.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		err = tx.Row(`
			SELECT x.id, x.reference, x.title, x.type, x.opened_at, x.assigned, coalesce(u.name, ''), x.assigned = $2
			FROM matters x LEFT JOIN users u ON u.id = x.assigned WHERE x.id = $1`, id, r.user.ID).
			Scan(&m.ID, &m.Reference, &m.Title, &m.Type, &m.OpenedAt, &m.Assigned, &m.AssignedName, &m.Mine)
		if errors.Is(err, sqldb.ErrNoRows) {
			return chat.ErrNotFound
		}
		if err != nil {
			return err
		}
		m.Participants, err = sqldb.All(tx, func(scan sqldb.Scan) (p ParticipantRow, err error) {
			err = scan(&p.ID, &p.Name, &p.Role, &p.OtherSide, &p.Joined, &p.Unread)
			return p, err
		}, `
			SELECT p.id, p.name, p.role, p.other_side, p.joined, CASE WHEN $3 THEN (
				SELECT count(*) FROM messages m WHERE m.participant = p.id AND m.author <> $2 AND m.version >
					coalesce((SELECT upto FROM reads r WHERE r.participant = p.id AND r.reader = $2), 0)) ELSE 0 END
			FROM participants p WHERE p.matter = $1 ORDER BY p.added, p.id`, id, r.user.ID, m.Mine)
		return err
	})
	return m, err
}
