package replica

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"matterline/app/search"
	"matterline/app/sqldb"
)

// indexRow returns the number of a message's row in the index. Rows are in the order of sending, to the second, so that
// the index lists the newest messages first. The low bits are the message's own number.
func indexRow(sentAt, n int64) int64 {
	return min(max(sentAt, 0)/1000, math.MaxInt64>>messageBits)<<messageBits | n
}

const (
	messageBits = 28
	messageMask = int64(1)<<messageBits - 1
)

// everyMessage ends the indexed words of every message, so that the index can list the newest messages.
const everyMessage = "•"

// indexed returns a message's text as the index holds it.
func indexed(text string) string { return search.Line(search.Words(text)) + everyMessage }

// match writes a term for FTS5, quoted so that nothing in it is an operator.
func match(t search.Term) string {
	quoted := `"` + strings.TrimSpace(t.Line()) + `"`
	if t.Prefix {
		quoted += "*"
	}
	return quoted
}

// sample is how many of the newest messages are checked one by one. A prefix is common if at least common of them
// contain it.
const sample, common = 400, 8

// maxIndexed limits how many messages the index returns at once.
const maxIndexed = 20_000

// searchIndex finds the index rows of the newest messages that match, of all messages.
func searchIndex(tx *sqldb.Tx, q search.Query, s scope) (rows []int64, err error) {
	// For a prefix, the index merges all words that start with it before it returns the first message. So the newest
	// messages are checked first. If they aren't enough and the prefix is common, the index is asked for the other
	// terms alone, and what it returns is checked until there are enough.
	indexed := q.Terms
	if n := len(q.Terms); n > 0 && q.Terms[n-1].Prefix {
		prefixed := 0
		_, err := eachMatch(tx, everyMessage, sample, q, math.MaxInt64, func(m candidate) bool {
			words := search.Words(m.text)
			if q.Terms[n-1].In(words) {
				prefixed++
				if search.ContainAll(words, q.Terms) && s.includes(m.chat, m.author) {
					rows = append(rows, m.row)
				}
			}
			return len(rows) < maxHits
		})
		if err != nil || len(rows) == maxHits {
			return rows, err
		}
		if rows = nil; prefixed >= common {
			indexed = q.Terms[:n-1]
		}
	}
	expression := everyMessage
	for i, t := range indexed {
		if expression += " " + match(t); i == 0 {
			expression = match(t)
		}
	}
	for from, size := int64(math.MaxInt64), maxHits; ; size = min(10*size, maxIndexed) {
		last, err := eachMatch(tx, expression, size, q, from, func(m candidate) bool {
			if s.includes(m.chat, m.author) && (len(indexed) == len(q.Terms) || search.ContainAll(search.Words(m.text), q.Terms)) {
				rows = append(rows, m.row)
			}
			return len(rows) < maxHits
		})
		if err != nil || len(rows) == maxHits || last == 0 {
			return rows, err
		}
		from = last
	}
}

// searchChats finds the index rows of the newest messages that match, in a few chats, without the index.
func searchChats(tx *sqldb.Tx, chats []int64, q search.Query, s scope) (rows []int64, err error) {
	for _, chat := range chats {
		before := int64(math.MaxInt64)
		if q.Before != math.MaxInt64 {
			if before, err = versionAt(tx, chat, q.Before); err != nil {
				return nil, err
			}
		}
		for found := 0; found < maxHits; {
			messages, err := sqldb.All(tx, func(scan sqldb.Scan) (m candidate, err error) {
				var n int64
				err = scan(&n, &m.author, &m.text, &m.version, &m.sentAt)
				m.row = indexRow(m.sentAt, n)
				return m, err
			}, `SELECT n, author, text, version, sent_at FROM messages WHERE chat = $1 AND version < $2 ORDER BY version DESC LIMIT $3`, chat, before, sample)
			if err != nil {
				return nil, err
			}
			for _, m := range messages {
				if m.sentAt < q.After {
					messages = nil
					break
				}
				if s.includes(chat, m.author) && search.ContainAll(search.Words(m.text), q.Terms) {
					rows = append(rows, m.row)
					found++
				}
			}
			if len(messages) < sample {
				break
			}
			before = messages[len(messages)-1].version
		}
	}
	slices.SortFunc(rows, func(a, b int64) int { return cmp.Compare(b, a) })
	return rows[:min(len(rows), maxHits)], nil
}

// candidate is a message that may match.
type candidate struct {
	row, chat, author, version, sentAt int64
	text                               string
}

// eachMatch calls check with up to limit messages that match an FTS5 expression and the filters for time, from a
// row down, newest first, until check returns false. It returns the last message's row, or 0 if there are no more.
func eachMatch(tx *sqldb.Tx, expression string, limit int, q search.Query, from int64, check func(candidate) (more bool)) (last int64, err error) {
	found, more := 0, true
	if q.Before != math.MaxInt64 {
		from = min(from, indexRow(q.Before, 0))
	}
	err = sqldb.Each(tx, func(scan sqldb.Scan) error {
		var m candidate
		err := scan(&m.row, &m.chat, &m.author, &m.text)
		last = m.row
		if found++; err == nil && more {
			more = check(m)
		}
		return err
	}, `
		SELECT f.n, m.chat, m.author, m.text
		FROM (SELECT rowid AS n FROM found WHERE found MATCH $1 AND rowid < $2 AND rowid >= $5 ORDER BY rowid DESC LIMIT $3) f
			CROSS JOIN messages m ON m.n = f.n & $4`, expression, from, limit, messageMask, indexRow(q.After, 0))
	if found < limit {
		last = 0
	}
	return last, err
}
