package replica

import (
	"context"
	"strings"

	"matterline/app/sqldb"
)

// Hit is something that was found. The found words stand between \x02 and \x03 in its snippet.
type Hit struct {
	Kind        string `json:"kind"` // matter, person or message
	Matter      string `json:"matter"`
	Participant string `json:"participant"`
	Message     string `json:"message"`
	Title       string `json:"title"`
	Snippet     string `json:"snippet"`
	At          int64  `json:"at"`
}

// maxHits is how many of each kind are found.
const maxHits = 20

// Search finds matters, people and messages, the newest messages first. The last word may be the beginning
// of one.
func (r *Replica) Search(ctx context.Context, text string) (hits []Hit, err error) {
	words := strings.Fields(strings.ReplaceAll(text, `"`, " "))
	if len(words) == 0 {
		return nil, nil
	}
	scanHit := func(scan sqldb.Scan) (h Hit, err error) {
		err = scan(&h.Kind, &h.Matter, &h.Participant, &h.Message, &h.Title, &h.Snippet, &h.At)
		return h, err
	}
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.Join(words, " ")) + "%"
	err = r.db.View(ctx, func(tx *sqldb.Tx) error {
		for _, q := range []struct{ query, arg string }{
			{`SELECT 'matter', id, '', '', title, reference, opened_at FROM matters
				WHERE title LIKE $1 ESCAPE '\' OR reference LIKE $1 ESCAPE '\' ORDER BY opened_at DESC LIMIT $2`, like},
			{`SELECT 'person', p.matter, p.id, '', p.name, p.role || ' · ' || x.title, x.opened_at
				FROM participants p JOIN matters x ON x.id = p.matter
				WHERE p.name LIKE $1 ESCAPE '\' ORDER BY p.name, x.opened_at DESC LIMIT $2`, like},
			{`SELECT 'message', x.id, p.id, m.id, p.name || ' · ' || x.title, snippet(messages_text, 0, char(2), char(3), '…', 14), m.sent_at
				FROM messages_text t JOIN messages m ON m.n = t.rowid
					JOIN participants p ON p.id = m.participant JOIN matters x ON x.id = p.matter
				WHERE messages_text MATCH $1 ORDER BY m.sent_at DESC LIMIT $2`, matchOf(words)},
		} {
			found, err := sqldb.All(tx, scanHit, q.query, q.arg, maxHits)
			if err != nil {
				return err
			}
			hits = append(hits, found...)
		}
		return nil
	})
	return hits, err
}

// matchOf asks FTS5 for all the words, the last as a beginning; quoted, so that none is an operator.
func matchOf(words []string) string {
	return `"` + strings.Join(words, `" "`) + `"*`
}
