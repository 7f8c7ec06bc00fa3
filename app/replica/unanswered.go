package replica

import (
	"cmp"
	"context"
	"slices"

	"matterline/app/sqldb"
)

// UnansweredRow is a chat whose newest message is from the participant.
type UnansweredRow struct {
	Matter       string `json:"matter"`
	Title        string `json:"title"`
	AssignedName string `json:"assigned_name"`
	Mine         bool   `json:"mine"`
	Participant  string `json:"participant"`
	Name         string `json:"name"`
	Role         string `json:"role"`
	// Text is the beginning of their newest message.
	Text string `json:"text"`
	// Since is when they sent the first message after the firm's last one.
	Since int64 `json:"since"`
}

// Unanswered lists the chats that wait for a reply from the firm, in these matters, or in all of them without
// arguments. Those that have waited longest come first. Closed matters and removed participants are left out, and an
// unsent reply counts as an answer.
func (r *Replica) Unanswered(ctx context.Context, only ...string) (rows []UnansweredRow, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		unsent, err := unsentWhere(tx, `WHERE kind = 'message' AND state <> 'rejected' ORDER BY place`)
		if err != nil {
			return err
		}
		answered := map[string]bool{}
		for _, u := range unsent {
			answered[u.Participant] = true
		}
		rows, err = inMatters(tx, only, sqldb.Into(func(w *UnansweredRow) []any {
			return []any{scanID(&w.Matter), &w.Title, &w.AssignedName, &w.Mine, scanID(&w.Participant), &w.Name, &w.Role, &w.Text, &w.Since}
		}), `
			SELECT x.id, x.title, coalesce(u.name, ''), x.assigned = $1, p.id, p.name, p.role, substr(m.text, 1, $2),
				(SELECT sent_at FROM messages WHERE chat = p.n AND version >
						coalesce((SELECT version FROM messages WHERE chat = p.n AND author <> 0 ORDER BY version DESC LIMIT 1), `+leastVersion+`)
					ORDER BY version LIMIT 1)
			FROM participants p JOIN messages m ON m.n = p.newest AND m.author = 0 JOIN matters x ON x.n = p.matter
				LEFT JOIN users u ON u.n = x.assigned
			WHERE p.version <> 0 AND NOT p.removed AND x.info_version <> 0 AND x.closed_at = 0`, r.me, previewLength)
		rows = slices.DeleteFunc(rows, func(w UnansweredRow) bool { return answered[w.Participant] })
		return err
	})
	slices.SortFunc(rows, func(a, b UnansweredRow) int {
		return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.Participant, b.Participant))
	})
	return rows, err
}

// leastVersion is below every version, including the negative ones of an earlier epoch.
const leastVersion = `-9223372036854775808`
