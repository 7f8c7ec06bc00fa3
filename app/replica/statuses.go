package replica

import (
	"slices"

	"matterline/app/sqldb"
)

// StatusPeriod is a period in which a message was the current status.
type StatusPeriod struct {
	Message string `json:"message"`
	// Version is the message's.
	Version   int64  `json:"version"`
	Text      string `json:"text"`
	SetByName string `json:"set_by_name"`
	SetAt     int64  `json:"set_at"`
	EndedAt   int64  `json:"ended_at"`
}

func statusesIn(tx *sqldb.Tx, n int64) ([]StatusPeriod, error) {
	return sqldb.All(tx, sqldb.Into(func(s *StatusPeriod) []any {
		return []any{scanID(&s.Message), &s.Version, &s.Text, &s.SetByName, &s.SetAt, &s.EndedAt}
	}), `
		SELECT m.id, m.version, m.text, coalesce(u.name, ''), s.set_at, s.ended_at
		FROM statuses s JOIN messages m ON m.n = s.message LEFT JOIN users u ON u.n = s.set_by
		WHERE s.chat = $1 ORDER BY s.ended_at = 0 DESC, s.set_at DESC, s.n DESC`, n)
}

// markStatuses sets the Status of each message.
func (c *Chat) markStatuses() {
	status := map[string]string{}
	for _, s := range slices.Backward(c.Statuses) { // the current one comes last
		status[s.Message] = "past"
		if s.EndedAt == 0 {
			status[s.Message] = "current"
		}
	}
	for i := range c.Messages {
		if m := &c.Messages[i]; m.Delivery == "sent" {
			m.Status = status[m.ID]
		}
	}
}
