package replica

import (
	"maps"
	"slices"
	"strings"

	"matterline/app/search"
	"matterline/app/sqldb"
)

// scope limits a search to the chats and the authors that pass the filters matter: and from:. There are few enough
// matters and people to check each.
type scope struct {
	// chats may contain a match; nil means every chat.
	chats map[int64]bool
	// users may have written a match, and so may the participants of these chats; nil means everyone.
	users, participants map[int64]bool
}

func (r *Replica) scopeOf(tx *sqldb.Tx, q search.Query) (s scope, err error) {
	if len(q.Matter) > 0 {
		s.chats, err = withTerms(tx, q.Matter, `SELECT p.n, x.words FROM participants p JOIN matters x ON x.n = p.matter`)
	}
	if err == nil && (len(q.From) > 0 || q.FromMe) {
		s.users, s.participants = map[int64]bool{}, map[int64]bool{}
		if q.FromMe {
			s.users[r.me] = true
		}
		if len(q.From) > 0 {
			if s.participants, err = withTerms(tx, q.From, `SELECT n, words FROM participants`); err != nil {
				return s, err
			}
			err = sqldb.Each(tx, func(scan sqldb.Scan) error {
				var n int64
				var name string
				err := scan(&n, &name)
				if search.ContainAll(search.Words(name), q.From) {
					s.users[n] = true
				}
				return err
			}, `SELECT n, name FROM users`)
		}
	}
	return s, err
}

// withTerms finds the rows whose line of words contains every term.
func withTerms(tx *sqldb.Tx, terms []search.Term, query string) (map[int64]bool, error) {
	found := map[int64]bool{}
	err := sqldb.Each(tx, func(scan sqldb.Scan) error {
		var n int64
		var words string
		err := scan(&n, &words)
		if !slices.ContainsFunc(terms, func(t search.Term) bool { return !strings.Contains(words, t.Line()) }) {
			found[n] = true
		}
		return err
	}, query)
	return found, err
}

// includes reports whether a message may match, by its chat and its author: a user, or 0 for the participant.
func (s scope) includes(chat, author int64) bool {
	if s.chats != nil && !s.chats[chat] {
		return false
	}
	return s.users == nil || author != 0 && s.users[author] || author == 0 && s.participants[chat]
}

// fewChats returns the chats that may contain a match, if there are at most maxChats.
func (s scope) fewChats() (chats []int64, ok bool) {
	within := s.chats
	if s.users != nil && len(s.users) == 0 && (within == nil || len(s.participants) < len(within)) {
		within = s.participants
	}
	if within == nil || len(within) > maxChats {
		return nil, false
	}
	return slices.Collect(maps.Keys(within)), true
}

// maxChats limits how many chats are searched one by one, instead of all messages by the index.
const maxChats = 50
