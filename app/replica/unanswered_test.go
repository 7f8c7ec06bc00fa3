package replica_test

import (
	"fmt"
	"strings"
	"testing"

	"matterline/app/chat"
)

func TestUnanswered(t *testing.T) {
	ctx, r := t.Context(), fresh(t)
	waits := func(want ...string) {
		t.Helper()
		rows, err := r.Unanswered(ctx)
		check(t, err)
		var got []string
		for _, w := range rows {
			got = append(got, fmt.Sprintf("%s of %s since %d: %s", w.Name, w.Title, w.Since, w.Text))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	waits()
	page := elm("first", "second")
	page.Users = append(page.Users, chat.User{ID: "tom", Name: "Tom Reyes"})
	page.Participants = append(page.Participants,
		chat.Participant{ID: "ben", Matter: "elm", Name: "Ben", Version: 2}, // hasn't written
		chat.Participant{ID: "eve", Matter: "elm", Name: "Eve", Removed: true, Version: 2})
	page.Messages = append(page.Messages,
		chat.Message{ID: "m5", Participant: "eve", Author: "eve", Text: "too late", SentAt: 5, Version: 5},
		chat.Message{ID: "m6", Participant: "ana", Author: "tom", Text: "an answer", SentAt: 6, Version: 6},
		chat.Message{ID: "m7", Participant: "ana", Author: "ana", Text: "and then?", SentAt: 7, Version: 7},
		chat.Message{ID: "m8", Participant: "ana", Author: "ana", Text: "hello?", SentAt: 8, Version: 8})
	page.Version = 8
	check(t, r.Apply(ctx, page))
	waits("Ana Okafor of Elm Street since 7: hello?")

	// A chat in a colleague's matter that has waited longer.
	check(t, r.Apply(ctx, chat.Changes{
		Matter: "oak", Version: 3, Info: &chat.Matter{ID: "oak", Title: "Oak Lane", Assigned: "tom", Version: 1},
		Participants: []chat.Participant{{ID: "kim", Matter: "oak", Name: "Kim", Version: 2}},
		Messages:     []chat.Message{{ID: "k3", Participant: "kim", Author: "kim", Text: "is anybody there?", SentAt: 3, Version: 3}},
	}))
	waits("Kim of Oak Lane since 3: is anybody there?", "Ana Okafor of Elm Street since 7: hello?")

	// An unsent reply counts, a rejected one doesn't.
	m, err := sendTo(ctx, r, "ana", "here I am", false)
	check(t, err)
	waits("Kim of Oak Lane since 3: is anybody there?")
	check(t, r.Reject(ctx, m.ID, chat.Errorf(chat.MatterClosed, "", "Closed.")))
	waits("Kim of Oak Lane since 3: is anybody there?", "Ana Okafor of Elm Street since 7: hello?")

	// Nobody waits in a closed matter.
	check(t, r.Apply(ctx, chat.Changes{
		Matter: "oak", After: 3, Version: 4, Info: &chat.Matter{ID: "oak", Title: "Oak Lane", Assigned: "tom", ClosedAt: 9, Version: 4},
	}))
	waits("Ana Okafor of Elm Street since 7: hello?")
}

// A list of some matters has the same rows as the whole list.
func TestListsOfSomeMatters(t *testing.T) {
	ctx, r := t.Context(), fresh(t)
	check(t, r.Apply(ctx, elm("first")))
	check(t, r.Apply(ctx, chat.Changes{
		Matter: "oak", Version: 3, Info: &chat.Matter{ID: "oak", Title: "Oak Lane", Assigned: "maya", Version: 1},
		Participants: []chat.Participant{{ID: "kim", Matter: "oak", Name: "Kim", Version: 2}},
		Messages:     []chat.Message{{ID: "k3", Participant: "kim", Author: "kim", Text: "is anybody there?", SentAt: 9, Version: 3}},
	}))
	for _, c := range []struct {
		only []string
		want string
	}{
		{nil, "Oak Lane, Elm Street; Ana Okafor, Kim"},
		{[]string{"oak", "elm"}, "Oak Lane, Elm Street; Ana Okafor, Kim"},
		{[]string{"oak"}, "Oak Lane; Kim"},
		{[]string{"elm", "gone"}, "Elm Street; Ana Okafor"},
		{[]string{"gone"}, "; "},
	} {
		matters, err := r.Matters(ctx, c.only...)
		check(t, err)
		var titles, names []string
		for _, m := range matters {
			titles = append(titles, m.Title)
		}
		waiting, err := r.Unanswered(ctx, c.only...)
		check(t, err)
		for _, w := range waiting {
			names = append(names, w.Name)
		}
		if got := strings.Join(titles, ", ") + "; " + strings.Join(names, ", "); got != c.want {
			t.Errorf("of %q: %q, want %q", c.only, got, c.want)
		}
	}
}
