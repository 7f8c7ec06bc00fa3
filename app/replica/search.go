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
	// By says who wrote the message: "You", or a first name.
	By      string `json:"by"`
	Snippet string `json:"snippet"`
	At      int64  `json:"at"`
}

// maxHits is how many of each kind are found.
const maxHits = 20

// Found is what a search found: matters, people, and messages, the newest first.
type Found struct {
	Hits []Hit `json:"hits"`
	// Problem is a sentence on a filter that could not be understood.
	Problem string `json:"problem"`
}

// Search finds matters, people and messages. Every word must be there, without regard to case and accents, and
// what stands in quotes as it stands; the last word may be the beginning of one. matter:, from:, before: and
// after: narrow it down; from: may be me, and a day is written as it is said.
func (r *Replica) Search(ctx context.Context, text string) (found Found, err error) {
	q := queryOf(text, r.now())
	found.Problem = q.problem
	if q.empty() {
		return found, nil
	}
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		found.Hits = nil
		if !q.messagesAlone() {
			matters, err := named(tx, `
				SELECT 'matter', x.id, x.title, NULL, x.title, x.reference, x.opened_at FROM matters x
				WHERE x.info_version <> 0`, `ORDER BY x.opened_at DESC`, column{`x.words`, q.terms}, column{`x.words`, q.matter})
			if err != nil {
				return err
			}
			people, err := named(tx, `
				SELECT 'person', x.id, x.title, p.id, p.name, p.role || ' · ' || x.title, x.opened_at
				FROM participants p JOIN matters x ON x.n = p.matter
				WHERE p.version <> 0 AND x.info_version <> 0`, `ORDER BY p.name, x.opened_at DESC`, column{`p.words`, q.terms}, column{`x.words`, q.matter})
			if err != nil {
				return err
			}
			found.Hits = append(matters, people...)
		}
		messages, err := r.said(tx, q)
		found.Hits = append(found.Hits, messages...)
		return err
	})
	return found, err
}

// column is a column of words, and what it must hold.
type column struct {
	name  string
	terms []term
}

// named finds the rows whose columns hold what they must. There are so few of these that all are looked at.
func named(tx *sqldb.Tx, query, order string, columns ...column) ([]Hit, error) {
	args := []any{maxHits}
	for _, c := range columns {
		for _, t := range c.terms {
			args = append(args, t.line())
			query += ` AND instr(` + c.name + fmt.Sprintf(`, $%d) > 0`, len(args))
		}
	}
	return sqldb.All(tx, func(scan sqldb.Scan) (h Hit, err error) {
		err = scan(&h.Kind, id(&h.Matter), &h.MatterTitle, id(&h.Participant), &h.Title, &h.Snippet, &h.At)
		return h, err
	}, query+` `+order+` LIMIT $1`, args...)
}

// place is where a message stands among all of them in the order of sending, to the second: the number of its
// row in found, from which its own comes back.
func place(sentAt, n int64) int64 {
	return min(max(sentAt, 0)/1000, math.MaxInt64>>placeBits)<<placeBits | n
}

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

// most is how many are looked at before the next are asked for.
const most = 20_000

// said finds the newest messages that have all terms and pass the filters.
func (r *Replica) said(tx *sqldb.Tx, q query) ([]Hit, error) {
	s, err := r.sightOf(tx, q)
	if err != nil {
		return nil, err
	}
	if chats, few := s.few(); few {
		return r.saidIn(tx, chats, q, s)
	}
	// The index would bring together all words with a common beginning before it gave the first message. So the
	// newest messages are looked at first: if they are not enough and the beginning is a common one, the index is
	// asked for the rest alone, and what it gives is looked at until it is enough.
	var places []int64
	asked := q.terms
	if n := len(q.terms); n > 0 && q.terms[n-1].begun {
		last, begun := q.terms[n-1], 0
		_, err := eachOf(tx, everyMessage, sample, q, math.MaxInt64, func(m heard) bool {
			words := wordsOf(m.text)
			if len(last.in(words)) > 0 {
				begun++
				if have(q.terms, words) && s.passes(m.chat, m.author) {
					places = append(places, m.place)
				}
			}
			return len(places) < maxHits
		})
		if err != nil || len(places) == maxHits {
			return r.spoken(tx, places, q.terms, err)
		}
		if places = nil; begun >= common {
			asked = q.terms[:n-1]
		}
	}
	match := everyMessage
	for i, t := range asked {
		if match += " " + t.match(); i == 0 {
			match = t.match()
		}
	}
	for from, size := int64(math.MaxInt64), maxHits; ; size = min(10*size, most) {
		last, err := eachOf(tx, match, size, q, from, func(m heard) bool {
			if s.passes(m.chat, m.author) && (len(asked) == len(q.terms) || have(q.terms, wordsOf(m.text))) {
				places = append(places, m.place)
			}
			return len(places) < maxHits
		})
		if err != nil || len(places) == maxHits || last == 0 {
			return r.spoken(tx, places, q.terms, err)
		}
		from = last
	}
}

// saidIn is said where all that can be found is in a few chats.
func (r *Replica) saidIn(tx *sqldb.Tx, chats []int64, q query, s sight) ([]Hit, error) {
	var places []int64
	for _, chat := range chats {
		upto, err := int64(math.MaxInt64), error(nil)
		if q.until != math.MaxInt64 {
			upto, err = versionAt(tx, chat, q.until)
		}
		for found := 0; err == nil && found < maxHits; {
			var read []heard
			read, err = sqldb.All(tx, func(scan sqldb.Scan) (m heard, err error) {
				err = scan(&m.place, &m.author, &m.text, &m.version, &m.sentAt)
				return m, err
			}, `SELECT n, author, text, version, sent_at FROM messages WHERE chat = $1 AND version < $2 ORDER BY version DESC LIMIT $3`, chat, upto, sample)
			for _, m := range read {
				if m.sentAt < q.after {
					read = nil
					break
				}
				if s.passes(chat, m.author) && have(q.terms, wordsOf(m.text)) {
					places = append(places, place(m.sentAt, m.place))
					found++
				}
			}
			if len(read) < sample {
				break
			}
			upto = read[len(read)-1].version
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(places, func(a, b int64) int { return cmp.Compare(b, a) })
	return r.spoken(tx, places[:min(len(places), maxHits)], q.terms, nil)
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

// heard is a message that is looked at.
type heard struct {
	place, chat, author, version, sentAt int64
	text                                 string
}

// eachOf gives the messages that match and were sent when they are searched for, the newest first, from one
// place down and at most limit, until do has enough. It returns the place of the last, or 0 if there are no more.
func eachOf(tx *sqldb.Tx, match string, limit int, q query, from int64, do func(heard) (more bool)) (last int64, err error) {
	found, more := 0, true
	if q.until != math.MaxInt64 {
		from = min(from, place(q.until, 0))
	}
	_, err = sqldb.All(tx, func(scan sqldb.Scan) (none struct{}, err error) {
		var m heard
		err = scan(&m.place, &m.chat, &m.author, &m.text)
		last = m.place
		if found++; err == nil && more {
			more = do(m)
		}
		return none, err
	}, `
		SELECT f.place, m.chat, m.author, m.text
		FROM (SELECT rowid AS place FROM found WHERE found MATCH $1 AND rowid < $2 AND rowid >= $5 ORDER BY rowid DESC LIMIT $3) f
			CROSS JOIN messages m ON m.n = f.place & $4`, match, from, limit, placeMask, place(q.after, 0))
	if found < limit {
		last = 0
	}
	return last, err
}

// spoken are the hits at places, the newest first.
func (r *Replica) spoken(tx *sqldb.Tx, places []int64, terms []term, err error) ([]Hit, error) {
	var hits []Hit
	for _, place := range places {
		if err != nil {
			break
		}
		h := Hit{Kind: "message"}
		var name, by, text string
		var author int64
		err = tx.Row(`SELECT m.id, m.version, m.author, coalesce(u.name, p.name), m.text, m.sent_at, x.id, x.title, p.id, p.name
			FROM messages m JOIN participants p ON p.n = m.chat JOIN matters x ON x.n = p.matter AND x.info_version <> 0
				LEFT JOIN users u ON u.n = m.author WHERE m.n = $1`, place&placeMask).
			Scan(id(&h.Message), &h.Version, &author, &by, &text, &h.At, id(&h.Matter), &h.MatterTitle, id(&h.Participant), &name)
		if errors.Is(err, sqldb.ErrNoRows) { // its matter is being forgotten, or is not known yet
			err = nil
			continue
		}
		h.Title, h.By, h.Snippet = name+" · "+h.MatterTitle, firstName(by), snippet(text, terms)
		if author == r.me {
			h.By = "You"
		}
		hits = append(hits, h)
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.At, a.At) })
	return hits, err
}
