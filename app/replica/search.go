package replica

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"matterline/app/sqldb"
)

// Hit is something that was found. The found words stand between \x02 and \x03 in its snippet.
type Hit struct {
	Kind        string `json:"kind"` // matter, person or message
	Matter      string `json:"matter"`
	MatterTitle string `json:"matter_title"`
	Participant string `json:"participant"`
	Message     string `json:"message"`
	// Version is the message's: ChatAround shows it where it was said.
	Version int64  `json:"version"`
	Title   string `json:"title"`
	Snippet string `json:"snippet"`
	At      int64  `json:"at"`
}

// maxHits is how many of each kind are found.
const maxHits = 20

// Search finds matters, people and messages, the newest messages first. Every word must be there, without
// regard to case and accents, and what stands in quotes as it stands; the last word may be the beginning of
// one.
func (r *Replica) Search(ctx context.Context, text string) (hits []Hit, err error) {
	terms := termsOf(text)
	if len(terms) == 0 {
		return nil, nil
	}
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		matters, err := named(tx, terms, `
			SELECT 'matter', x.id, x.title, NULL, x.title, x.reference, x.opened_at FROM matters x
			WHERE x.info_version <> 0`, `x.words`, `ORDER BY x.opened_at DESC`)
		if err != nil {
			return err
		}
		people, err := named(tx, terms, `
			SELECT 'person', x.id, x.title, p.id, p.name, p.role || ' · ' || x.title, x.opened_at
			FROM participants p JOIN matters x ON x.n = p.matter
			WHERE p.version <> 0 AND x.info_version <> 0`, `p.words`, `ORDER BY p.name, x.opened_at DESC`)
		if err != nil {
			return err
		}
		messages, err := said(tx, terms)
		hits = slices.Concat(matters, people, messages)
		return err
	})
	return hits, err
}

// named finds what has all terms in its words. There are so few of these that all are looked at.
func named(tx *sqldb.Tx, terms []term, query, words, order string) ([]Hit, error) {
	args := []any{maxHits}
	for _, t := range terms {
		args = append(args, t.line())
		query += ` AND instr(` + words + fmt.Sprintf(`, $%d) > 0`, len(args))
	}
	return sqldb.All(tx, func(scan sqldb.Scan) (h Hit, err error) {
		err = scan(&h.Kind, id(&h.Matter), &h.MatterTitle, id(&h.Participant), &h.Title, &h.Snippet, &h.At)
		return h, err
	}, query+` `+order+` LIMIT $1`, args...)
}

// place is where a message stands among all of them in the order of sending, to the second: the number of its
// row in found, from which its own comes back.
func place(sentAt, n int64) int64 { return max(sentAt, 0)/1000<<placeBits | n }

const (
	placeBits = 28
	placeMask = int64(1)<<placeBits - 1
)

// everyMessage stands behind the words of every message, so that the index can say which are the newest.
const everyMessage = "•"

// indexed is what the index is told of a message.
func indexed(text string) string { return line(wordsOf(text)) + everyMessage }

// sample is how many of the newest messages are looked at one by one, and common how many of them must have a
// beginning for it to be one that many words have.
const sample, common = 400, 8

// said finds the newest messages that have all terms. The index would bring together all words with a common
// beginning before it gave the first message. So the newest messages are looked at first: if they are not
// enough and the beginning is a common one, the index is asked for the rest alone, and what it gives is looked
// at until it is enough.
func said(tx *sqldb.Tx, terms []term) ([]Hit, error) {
	var places []int64
	asked := terms
	if last := terms[len(terms)-1]; last.begun {
		begun := 0
		_, err := eachOf(tx, everyMessage, sample, math.MaxInt64, func(place int64, text string) bool {
			words := wordsOf(text)
			if len(last.in(words)) > 0 {
				begun++
				if have(terms, words) {
					places = append(places, place)
				}
			}
			return len(places) < maxHits
		})
		if err != nil || len(places) == maxHits {
			return spoken(tx, places, terms, err)
		}
		if places = nil; begun >= common {
			asked = terms[:len(terms)-1]
		}
	}
	match := everyMessage
	for i, t := range asked {
		if match += " " + t.match(); i == 0 {
			match = t.match()
		}
	}
	for from, size := int64(math.MaxInt64), maxHits; ; size = 10 * maxHits {
		last, err := eachOf(tx, match, size, from, func(place int64, text string) bool {
			if len(asked) == len(terms) || have(terms, wordsOf(text)) {
				places = append(places, place)
			}
			return len(places) < maxHits
		})
		if err != nil || len(places) == maxHits || last == 0 {
			return spoken(tx, places, terms, err)
		}
		from = last
	}
}

// have reports whether words have all terms.
func have(terms []term, words []word) bool {
	for _, t := range terms {
		if len(t.in(words)) == 0 {
			return false
		}
	}
	return true
}

// eachOf gives the messages that match, the newest first, from one place down and at most limit, until do has
// enough. It returns the place of the last, or 0 if there are no more.
func eachOf(tx *sqldb.Tx, match string, limit int, from int64, do func(place int64, text string) (more bool)) (last int64, err error) {
	found, more := 0, true
	_, err = sqldb.All(tx, func(scan sqldb.Scan) (none struct{}, err error) {
		var text string
		err = scan(&last, &text)
		if found++; err == nil && more {
			more = do(last, text)
		}
		return none, err
	}, `
		SELECT f.place, m.text
		FROM (SELECT rowid AS place FROM found WHERE found MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3) f
			CROSS JOIN messages m ON m.n = f.place & $4`, match, from, limit, placeMask)
	if found < limit {
		last = 0
	}
	return last, err
}

// spoken are the hits at places, the newest first.
func spoken(tx *sqldb.Tx, places []int64, terms []term, err error) ([]Hit, error) {
	var hits []Hit
	for _, place := range places {
		if err != nil {
			break
		}
		h := Hit{Kind: "message"}
		var name, text string
		err = tx.Row(`SELECT m.id, m.version, m.text, m.sent_at, x.id, x.title, p.id, p.name FROM messages m JOIN participants p ON p.n = m.chat
			JOIN matters x ON x.n = p.matter AND x.info_version <> 0 WHERE m.n = $1`, place&placeMask).
			Scan(id(&h.Message), &h.Version, &text, &h.At, id(&h.Matter), &h.MatterTitle, id(&h.Participant), &name)
		if errors.Is(err, sqldb.ErrNoRows) { // its matter is being forgotten, or is not known yet
			err = nil
			continue
		}
		h.Title, h.Snippet = name+" · "+h.MatterTitle, snippet(text, terms)
		hits = append(hits, h)
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.At, a.At) })
	return hits, err
}
