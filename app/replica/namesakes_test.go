package replica_test

import (
	"testing"

	"matterline/app/chat"
)

// The email is beside a name, above messages and in the list of participants, where someone else's looks the same: another
// user's, or another participant's of the matter.
func TestDetailBesideNamesThatLookTheSame(t *testing.T) {
	ctx := t.Context()
	r := fresh(t)
	page := elm("hello")
	page.Users = []chat.User{{ID: "maya", Name: "Maya Hart", Email: "maya@firm.example"}, {ID: "tom", Name: "Tom Reyes", Email: "tom@firm.example"}, {ID: "lee", Name: "Lee"}}
	page.Participants[0].Email = "ana@home.example"
	page.Messages = append(page.Messages,
		chat.Message{ID: "m4", Participant: "ana", Author: "tom", Text: "from Tom", SentAt: 4, Version: 4},
		chat.Message{ID: "m5", Participant: "ana", Author: "lee", Text: "from Lee", SentAt: 5, Version: 5},
		chat.Message{ID: "m6", Participant: "ana", Author: "maya", Text: "from Maya", SentAt: 6, Version: 6})
	page.Version = 6
	check(t, r.Apply(ctx, page))
	details := func() (all []string) {
		t.Helper()
		c, err := r.Chat(ctx, "ana", 0)
		check(t, err)
		for _, m := range c.Messages {
			all = append(all, m.AuthorDetail)
		}
		return all
	}
	people := func() (all []string) {
		t.Helper()
		m, err := r.Matter(ctx, "elm")
		check(t, err)
		for _, p := range m.Participants {
			all = append(all, p.ID+" "+p.Email+" "+p.Detail)
		}
		return all
	}
	want(t, details(), "", "", "", "")
	want(t, people(), "ana ana@home.example ")

	// Lee, whose email isn't known here, takes Ana's name, and Maya takes Tom's, in Cyrillic letters.
	check(t, r.Apply(ctx, chat.Changes{Matter: "elm", After: 6, Version: 7, Info: &chat.Matter{ID: "elm", Title: "Elm Street", Assigned: "maya", Version: 7},
		Users: []chat.User{{ID: "lee", Name: "Аnа Okafor"}, {ID: "maya", Name: "Tоm Rеyes"}}}))
	want(t, details(), "ana@home.example", "tom@firm.example", "user of the firm", "") // one's own messages are by "You"
	want(t, people(), "ana ana@home.example ana@home.example")

	// A second participant with the same name, who hasn't joined.
	check(t, r.Apply(ctx, chat.Changes{Matter: "elm", After: 7, Version: 8, Users: []chat.User{{ID: "lee", Name: "Lee"}},
		Participants: []chat.Participant{{ID: "ben", Matter: "elm", Name: "ana okafor", Role: "Lender", LinkBlocked: 99, Version: 8}}}))
	want(t, details(), "ana@home.example", "tom@firm.example", "", "")
	want(t, people(), "ana ana@home.example ana@home.example", "ben  ")
	m, err := r.Matter(ctx, "elm")
	check(t, err)
	if m.Participants[1].LinkBlocked != 99 {
		t.Fatalf("%+v", m.Participants[1])
	}
	// A page without an email, from a live stream or an older portal, keeps the one that is known.
	check(t, r.Apply(ctx, chat.Changes{Matter: "elm", After: 8, Version: 9, Users: []chat.User{{ID: "tom", Name: "Tom Reyes"}},
		Messages: []chat.Message{{ID: "m9", Participant: "ana", Author: "tom", Text: "again", SentAt: 9, Version: 9}}}))
	want(t, details(), "ana@home.example", "tom@firm.example", "", "", "tom@firm.example")
}
