package replica

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"matterline/app/search"
	"matterline/app/sqldb"
)

// Hit is one result of a search.
type Hit struct {
	Kind        string `json:"kind"` // matter, person or message
	Matter      string `json:"matter"`
	MatterTitle string `json:"matter_title"`
	Participant string `json:"participant"`
	Message     string `json:"message"`
	// Version is the message's, for ChatAround; 0 while it's in the outbox.
	Version int64 `json:"version"`
	// Delivery is a message's: sent, waiting, sending or rejected.
	Delivery string `json:"delivery"`
	Title    string `json:"title"`
	// By is the message's author: "You", or a first name.
	By string `json:"by"`
	// Snippet has every match between \x02 and \x03.
	Snippet string `json:"snippet"`
	At      int64  `json:"at"`
}

// maxHits limits the hits of each kind.
const maxHits = 20

// Found is the result of a search: matters, then people, then messages, newest first.
type Found struct {
	Hits []Hit `json:"hits"`
	// Problem is a sentence about a filter that couldn't be read.
	Problem string `json:"problem"`
}

// Search finds matters, people and messages, sent or still in the outbox. Each must contain every term, see
// package search for what can be typed.
func (r *Replica) Search(ctx context.Context, text string) (found Found, err error) {
	q := search.Parse(text, r.now())
	found = Found{Hits: []Hit{}, Problem: q.Problem}
	if q.Empty() {
		return found, nil
	}
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		outbox, err := unsentWhere(tx, `WHERE kind = 'message' ORDER BY place DESC`) // before the copy: see the package comment
		if err != nil {
			return err
		}
		if !q.MessagesOnly() {
			matters, err := named(tx, `
				SELECT 'matter', x.id, x.title, NULL, x.title, x.reference, x.opened_at FROM matters x
				WHERE x.info_version <> 0`, `ORDER BY x.opened_at DESC`, column{`x.words`, q.Terms}, column{`x.words`, q.Matter})
			if err != nil {
				return err
			}
			people, err := named(tx, `
				SELECT 'person', x.id, x.title, p.id, p.name, p.role || ' · ' || x.title, x.opened_at
				FROM participants p JOIN matters x ON x.n = p.matter
				WHERE p.version <> 0 AND x.info_version <> 0`, `ORDER BY p.name, x.opened_at DESC`, column{`p.words`, q.Terms}, column{`x.words`, q.Matter})
			if err != nil {
				return err
			}
			found.Hits = append(matters, people...)
			for i := range found.Hits {
				found.Hits[i].Snippet = search.Plain(found.Hits[i].Snippet)
			}
		}
		messages, err := r.searchMessages(tx, q, outbox)
		found.Hits = append(found.Hits, messages...)
		return err
	})
	return found, err
}

// searchMessages finds the newest messages that match.
func (r *Replica) searchMessages(tx *sqldb.Tx, q search.Query, outbox []Unsent) ([]Hit, error) {
	s, err := r.scopeOf(tx, q)
	if err != nil {
		return nil, err
	}
	var rows []int64
	if chats, ok := s.fewChats(); ok {
		rows, err = searchChats(tx, chats, q, s)
	} else {
		rows, err = searchIndex(tx, q, s)
	}
	if err != nil {
		return nil, err
	}
	hits, err := r.sentHits(tx, rows, q.Terms)
	if err != nil {
		return nil, err
	}
	unsent, err := r.unsentHits(tx, outbox, q, s)
	if err != nil {
		return nil, err
	}
	for _, h := range unsent {
		if !slices.ContainsFunc(hits, func(sent Hit) bool { return sent.Message == h.Message }) { // else it was just sent
			hits = append(hits, h)
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.At, a.At) })
	return hits[:min(len(hits), maxHits)], nil
}

// unsentHits finds the messages in the outbox that match.
func (r *Replica) unsentHits(tx *sqldb.Tx, outbox []Unsent, q search.Query, s scope) (hits []Hit, err error) {
	for _, u := range outbox {
		if u.WrittenAt < q.After || u.WrittenAt >= q.Before || !search.ContainAll(search.Words(u.Text), q.Terms) {
			continue
		}
		var n int64
		h := Hit{Kind: "message", Message: u.ID, Participant: u.Participant, Matter: u.Matter, Delivery: u.State, By: "You", At: u.WrittenAt}
		err := tx.Row(`SELECT p.n, p.name, x.title FROM participants p JOIN matters x ON x.n = p.matter AND x.info_version <> 0
			WHERE p.id = $1 AND p.version <> 0`, id(u.Participant)).Scan(&n, &h.Title, &h.MatterTitle)
		switch {
		case errors.Is(err, sqldb.ErrNoRows): // its matter is no longer visible, so there's no chat to open
		case err != nil:
			return nil, err
		case s.includes(n, r.me):
			h.Title, h.Snippet = h.Title+" · "+h.MatterTitle, search.Snippet(u.Text, q.Terms)
			hits = append(hits, h)
		}
	}
	return hits, nil
}

// column is a column of words, and the terms that it must contain.
type column struct {
	name  string
	terms []search.Term
}

// named finds matters or people. There are so few of these that all are checked.
func named(tx *sqldb.Tx, query, order string, columns ...column) ([]Hit, error) {
	args := []any{maxHits}
	for _, c := range columns {
		for _, t := range c.terms {
			args = append(args, t.Line())
			query += ` AND instr(` + c.name + fmt.Sprintf(`, $%d) > 0`, len(args))
		}
	}
	return sqldb.All(tx, sqldb.Into(func(h *Hit) []any {
		return []any{&h.Kind, scanID(&h.Matter), &h.MatterTitle, scanID(&h.Participant), &h.Title, &h.Snippet, &h.At}
	}), query+` `+order+` LIMIT $1`, args...)
}

// sentHits makes hits of messages, by their rows in the index.
func (r *Replica) sentHits(tx *sqldb.Tx, rows []int64, terms []search.Term) (hits []Hit, err error) {
	for _, row := range rows {
		h := Hit{Kind: "message", Delivery: "sent"}
		var name, by, text string
		var author int64
		err := tx.Row(`SELECT m.id, m.version, m.author, coalesce(u.name, p.name), m.text, m.sent_at, x.id, x.title, p.id, p.name
			FROM messages m JOIN participants p ON p.n = m.chat JOIN matters x ON x.n = p.matter AND x.info_version <> 0
				LEFT JOIN users u ON u.n = m.author WHERE m.n = $1`, row&messageMask).
			Scan(scanID(&h.Message), &h.Version, &author, &by, &text, &h.At, scanID(&h.Matter), &h.MatterTitle, scanID(&h.Participant), &name)
		if errors.Is(err, sqldb.ErrNoRows) { // the matter is being removed, or hasn't arrived yet
			continue
		}
		if err != nil {
			return nil, err
		}
		h.Title, h.By, h.Snippet = name+" · "+h.MatterTitle, firstName(by), search.Snippet(text, terms)
		if author == r.me {
			h.By = "You"
		}
		hits = append(hits, h)
	}
	return hits, nil
}
