package replica

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"matterline/app/sqldb"
)

// query is what is searched for: words, and the filters that stand among them.
type query struct {
	terms        []term
	matter, from []term
	me           bool  // said by the user
	after, until int64 // sent from then on, and before then; unbounded where the other is not given
	// problem is a sentence on a filter that cannot be understood. It is left out.
	problem string
}

// filter is a word with a colon and what follows it, in quotes or up to the next blank; a day may have more words.
var filter = regexp.MustCompile(`(?i)(?:^|\s)(?:(matter|from):[ \t]*("[^"]*"?|[^\s"]*)|(before|after):[ \t]*("[^"]*"?|[^\s"]*` + ofADay + `))`)

const ofADay = `(?:[ \t]+(?:week|month|year|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|[0-9]{4})\b){0,2}`

// straight are the quotes that a phone or a word processor makes of ".
var straight = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`)

// maxTerms is how many words are searched for at once. Whoever pastes more finds what has the first of them.
const maxTerms = 32

// queryOf reads what was typed into the search, where now is.
func queryOf(text string, now time.Time) query {
	q := query{after: math.MinInt64, until: math.MaxInt64}
	rest := filter.ReplaceAllStringFunc(straight.Replace(text), func(found string) string {
		parts := filter.FindStringSubmatch(found)
		name, value, rest := strings.ToLower(parts[1]+parts[3]), parts[2]+parts[4], ""
		if parts[3] != "" && !strings.HasPrefix(value, `"`) {
			value, rest = dayIn(value, now)
		}
		value = strings.Trim(value, `"`)
		if strings.TrimSpace(value) != "" { // else it is still being typed
			q.narrow(name, value, now)
		}
		return " " + rest
	})
	q.terms = termsOf(rest)
	return q
}

// dayIn is the longest beginning that is a day, or else the first word, and what comes after it.
func dayIn(text string, now time.Time) (day, rest string) {
	words := strings.Fields(text)
	n := len(words)
	for ; n > 1; n-- {
		if _, is := dayOf(strings.Join(words[:n], " "), now); is {
			break
		}
	}
	return strings.Join(words[:n], " "), strings.Join(words[n:], " ")
}

func (q *query) narrow(name, value string, now time.Time) {
	switch name {
	case "matter":
		q.matter = append(q.matter, termsOf(value)...)
	case "from":
		if strings.EqualFold(value, "me") {
			q.me = true
		} else {
			q.from = append(q.from, termsOf(value)...)
		}
	case "before", "after":
		day, is := dayOf(value, now)
		switch {
		case !is:
			q.problem = fmt.Sprintf("“%s” is no day. Write it as 2026-10-03, 3 October, yesterday, or last week.", value)
		case name == "before":
			q.until = day.UnixMilli()
		default:
			q.after = day.UnixMilli()
		}
	}
}

// empty reports whether there is nothing to search for.
func (q query) empty() bool {
	return len(q.terms)+len(q.matter) == 0 && !q.messagesAlone()
}

// messagesAlone reports whether the filters are such as only messages can pass.
func (q query) messagesAlone() bool {
	return len(q.from) > 0 || q.me || q.after != math.MinInt64 || q.until != math.MaxInt64
}

// sight is which messages pass the filters for the matter and who said it. Of both there are few enough to look
// at each.
type sight struct {
	// chats are those in which a message may be; nil is every one.
	chats map[int64]bool
	// users are those who may have said it, and participants the chats in which the participant may; nil is
	// everybody.
	users, participants map[int64]bool
}

func (r *Replica) sightOf(tx *sqldb.Tx, q query) (s sight, err error) {
	if len(q.matter) > 0 {
		s.chats, err = having(tx, q.matter, `SELECT p.n, x.words FROM participants p JOIN matters x ON x.n = p.matter`)
	}
	if err == nil && (len(q.from) > 0 || q.me) {
		s.users, s.participants = map[int64]bool{}, map[int64]bool{}
		if q.me {
			s.users[r.me] = true
		}
		if len(q.from) > 0 {
			if s.participants, err = having(tx, q.from, `SELECT n, words FROM participants`); err != nil {
				return s, err
			}
			users, err := sqldb.All(tx, func(scan sqldb.Scan) (u struct {
				n    int64
				name string
			}, err error) {
				err = scan(&u.n, &u.name)
				return u, err
			}, `SELECT n, name FROM users`)
			if err != nil {
				return s, err
			}
			for _, u := range users {
				if have(q.from, wordsOf(u.name)) {
					s.users[u.n] = true
				}
			}
		}
	}
	return s, err
}

// having are the rows whose line of words has all terms.
func having(tx *sqldb.Tx, terms []term, query string) (map[int64]bool, error) {
	found := map[int64]bool{}
	_, err := sqldb.All(tx, func(scan sqldb.Scan) (n int64, err error) {
		var words string
		err = scan(&n, &words)
		for _, t := range terms {
			if !strings.Contains(words, t.line()) {
				return n, err
			}
		}
		found[n] = true
		return n, err
	}, query)
	return found, err
}

// passes reports whether a message of a chat, by a user or 0 for the participant, is among what is searched.
func (s sight) passes(chat, author int64) bool {
	if s.chats != nil && !s.chats[chat] {
		return false
	}
	return s.users == nil || author != 0 && s.users[author] || author == 0 && s.participants[chat]
}

// few are the chats in which alone something can be found, if they are so few that each can be looked through.
func (s sight) few() (chats []int64, are bool) {
	within := s.chats
	if s.users != nil && len(s.users) == 0 && (within == nil || len(s.participants) < len(within)) {
		within = s.participants
	}
	if within == nil || len(within) > maxChats {
		return nil, false
	}
	for chat := range within {
		chats = append(chats, chat)
	}
	return chats, true
}

// maxChats is how many chats are looked through one by one rather than all messages by their words.
const maxChats = 50
