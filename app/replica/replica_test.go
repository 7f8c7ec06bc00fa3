package replica_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/replica"
	"matterline/app/replica/replicatest"
)

func open(t *testing.T, path string) *replica.Replica {
	t.Helper()
	r, err := replica.Open(t.Context(), path, chat.User{ID: "maya", Name: "Maya Hart"}, time.Now)
	check(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}

func fresh(t *testing.T) *replica.Replica { return open(t, filepath.Join(t.TempDir(), "maya")) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// elm returns a matter with one participant and her messages, from version 3 on.
func elm(messages ...string) chat.Changes {
	page := chat.Changes{
		Matter: "elm", Version: int64(2 + len(messages)),
		Info:         &chat.Matter{ID: "elm", Reference: "2026-1", Title: "Elm Street", Assigned: "maya", Version: 1},
		Users:        []chat.User{{ID: "maya", Name: "Maya Hart"}, {ID: "tom", Name: "Tom Reyes"}},
		Participants: []chat.Participant{{ID: "ana", Matter: "elm", Name: "Ana Okafor", Role: "Client", Joined: true, Version: 2}},
	}
	for i, text := range messages {
		v := int64(3 + i)
		page.Messages = append(page.Messages, chat.Message{ID: fmt.Sprint("m", v), Participant: "ana", Author: "ana", Text: text, WrittenAt: v, SentAt: v, Version: v})
	}
	return page
}

func texts(t *testing.T, r *replica.Replica, before int64) (all []string) {
	t.Helper()
	c, err := r.Chat(t.Context(), "ana", before)
	check(t, err)
	for _, m := range c.Messages {
		all = append(all, m.Delivery+" "+m.Text)
	}
	return all
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
}

func TestApply(t *testing.T) {
	r := fresh(t)
	var changed []string
	r.OnChanged(func(matters []string) { changed = append(changed, matters...) })
	check(t, r.Apply(t.Context(), elm("one", "two")))
	want(t, texts(t, r, 0), "sent one", "sent two")
	want(t, changed, "elm")

	t.Run("TwiceChangesNothing", func(t *testing.T) {
		check(t, r.Apply(t.Context(), elm("one", "two")))
		want(t, texts(t, r, 0), "sent one", "sent two")
		want(t, changed, "elm")
	})
	t.Run("ErrGap", func(t *testing.T) {
		later := elm("one", "two", "three", "four")
		later.After, later.Messages = 5, later.Messages[3:]
		if err := r.Apply(t.Context(), later); !errors.Is(err, replica.ErrGap) {
			t.Fatal(err)
		}
		want(t, texts(t, r, 0), "sent one", "sent two")
	})
	t.Run("Overlapping", func(t *testing.T) {
		check(t, r.Apply(t.Context(), elm("one", "two", "three")))
		want(t, texts(t, r, 0), "sent one", "sent two", "sent three")
	})
}

// A waiting message is still there after a restart.
func TestSendSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "maya")
	r := open(t, path)
	check(t, r.Apply(t.Context(), elm("one")))
	check(t, r.SaveDraft(t.Context(), "ana", replica.Draft{Text: "my ans", SetStatus: true}))
	m, err := sendTo(t.Context(), r, "ana", " my answer ", true)
	check(t, err)
	if m.Text != "my answer" || m.Delivery != "waiting" || m.Status != "asked" || !m.Mine {
		t.Fatalf("%+v", m)
	}
	check(t, r.Close())
	r = open(t, path)
	want(t, texts(t, r, 0), "sent one", "waiting my answer")
	c, err := r.Chat(t.Context(), "ana", 0)
	check(t, err)
	if c.Draft != (replica.Draft{}) {
		t.Fatalf("the draft was not cleared: %+v", c.Draft)
	}
}

func TestOutbox(t *testing.T) {
	ctx := context.Background()
	r := fresh(t)
	check(t, r.Apply(ctx, elm()))
	for _, text := range []string{"a", "b", "c"} {
		_, err := sendTo(ctx, r, "ana", text, false)
		check(t, err)
	}
	taken, err := r.Take(ctx, 2)
	check(t, err)
	want(t, texts(t, r, 0), "sending a", "sending b", "waiting c")

	t.Run("ErrAlreadySent", func(t *testing.T) {
		if _, err := r.Edit(ctx, taken[0].ID); chat.CodeOf(err) != chat.NotFound {
			t.Fatal(err)
		}
		if err := r.Remove(ctx, taken[0].ID); chat.CodeOf(err) != chat.NotFound {
			t.Fatal(err)
		}
	})
	t.Run("UnknownResultIsSentAgain", func(t *testing.T) {
		again, err := r.Take(ctx, 2)
		check(t, err)
		if !slices.Equal(again, taken) {
			t.Fatalf("%+v, want %+v", again, taken)
		}
	})
	t.Run("Reject", func(t *testing.T) {
		check(t, r.Reject(ctx, taken[0].ID, chat.Errorf(chat.TextTooLong, "text", "Too long.")))
		next, err := r.Take(ctx, 1)
		check(t, err)
		if next[0].ID != taken[1].ID {
			t.Fatal("a rejected message holds back the next")
		}
	})
	t.Run("Confirm", func(t *testing.T) {
		m := chat.Message{ID: taken[1].ID, Participant: "ana", Author: "maya", Text: "b", SentAt: 9, Version: 3}
		check(t, r.Confirm(ctx, m, false))
		check(t, r.Confirm(ctx, m, false))
		want(t, texts(t, r, 0), "sent b", "rejected a", "waiting c")
	})
	t.Run("Edit", func(t *testing.T) {
		check(t, r.SaveDraft(ctx, "ana", replica.Draft{Text: "half a thought"}))
		draft, err := r.Edit(ctx, taken[0].ID)
		check(t, err)
		if draft.Text != "a\nhalf a thought" {
			t.Fatalf("%q", draft.Text)
		}
		want(t, texts(t, r, 0), "sent b", "waiting c")
	})
	if b, err := r.Backlog(ctx); err != nil || b.Waiting != 1 {
		t.Fatalf("%+v, %v", b, err)
	}
}

// A forgotten matter leaves only its unsent messages, as undeliverable.
func TestForget(t *testing.T) {
	ctx := context.Background()
	r := fresh(t)
	check(t, r.Apply(ctx, elm("a secret")))
	m, err := sendTo(ctx, r, "ana", "unsent", false)
	check(t, err)
	check(t, r.Forget(ctx, "elm"))
	if _, err := r.Matter(ctx, "elm"); chat.CodeOf(err) != chat.NotFound {
		t.Fatal(err)
	}
	if found, err := r.Search(ctx, "secret"); err != nil || len(found.Hits) != 0 {
		t.Fatalf("%v %v", found, err)
	}
	if unsent, err := r.Take(ctx, 10); err != nil || len(unsent) != 0 {
		t.Fatalf("it would still be sent: %v %v", unsent, err)
	}
	if draft, err := r.Edit(ctx, m.ID); err != nil || draft.Text != "unsent" {
		t.Fatalf("its text is lost: %+v %v", draft, err)
	}
}

// A page may refer to a matter and a participant that come with a later page.
func TestReferencedRowsComeLater(t *testing.T) {
	ctx := context.Background()
	r := fresh(t)
	whole := elm("one", "two")
	first, second := whole, chat.Changes{Matter: "elm", After: 4, Version: 6, Info: whole.Info, Participants: whole.Participants}
	first.Info, first.Participants, first.More = nil, nil, true
	check(t, r.Apply(ctx, first))
	rows, err := r.Matters(ctx)
	check(t, err)
	if len(rows) != 0 {
		t.Fatalf("%+v", rows)
	}
	check(t, r.Apply(ctx, second))
	want(t, texts(t, r, 0), "sent one", "sent two")
}

// After a new epoch, old messages stay readable until they come again. The user's messages that the portal lost are
// sent again, before the waiting ones.
func TestStartOver(t *testing.T) {
	ctx := context.Background()
	r := fresh(t)
	page := elm("one", "mine, kept", "two", "mine, lost", "lost too")
	for _, i := range []int{1, 3, 4} {
		page.Messages[i].Author = "maya"
	}
	check(t, r.Apply(ctx, page))
	_, err := sendTo(ctx, r, "ana", "unsent", false)
	check(t, err)
	check(t, r.MarkRead(ctx, "ana", 7))
	check(t, r.StartOver(ctx, "second epoch"))
	epoch, known, err := r.Known(ctx)
	check(t, err)
	if epoch != "second epoch" || known["elm"] != (chat.Known{}) {
		t.Fatal(epoch, known)
	}
	want(t, texts(t, r, 0), "sent one", "sent mine, kept", "sent two", "sent mine, lost", "sent lost too", "waiting unsent")
	reads, err := r.UnsentReads(ctx)
	check(t, err)
	if len(reads) != 0 {
		t.Fatalf("read marks of the old epoch: %+v", reads)
	}

	again := page
	again.Messages = again.Messages[:3]
	first, second := again, chat.Changes{Matter: "elm", After: 4, Version: 5, Messages: again.Messages[2:]}
	first.Messages, first.Version, first.More = again.Messages[:2], 4, true
	check(t, r.Apply(ctx, first))
	want(t, texts(t, r, 0), "sent one", "sent mine, kept", "waiting unsent")
	check(t, r.Apply(ctx, second))
	want(t, texts(t, r, 0), "sent one", "sent mine, kept", "sent two", "sending mine, lost", "sending lost too", "waiting unsent")
	unsent, err := r.Take(ctx, 10)
	check(t, err)
	if unsent[0].ID != page.Messages[3].ID || unsent[0].Text != "mine, lost" || unsent[2].Text != "unsent" {
		t.Fatalf("%+v", unsent)
	}
}

func TestCopyHoldsThePortalsRows(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	r := open(t, dir)
	page := elm("one", "two")
	page.Info.Team, page.Info.ClosedAt = []string{"tom"}, 7
	page.Messages[1].Author = "tom"
	page.Participants[0].Removed = true
	page.Statuses = []chat.Status{{ID: "s4", Participant: "ana", Message: "m4", Text: "two", SetBy: "tom", SetAt: 4, Version: 4}}
	page.Reads = []chat.Read{{Participant: "ana", Reader: "maya", Upto: 3, At: 5, Version: 5}, {Participant: "ana", Reader: "ana", Upto: 4, At: 6, Version: 6}}
	page.Version = 6
	check(t, r.Apply(ctx, page))
	check(t, r.MarkRead(ctx, "ana", 4)) // stays in own.db until the portal has it
	pages, err := replicatest.Dump(ctx, dir)
	check(t, err)
	if got := pages["elm"]; !reflect.DeepEqual(got, page) {
		t.Fatalf("\n%+v %+v\n%+v %+v", got, got.Info, page, page.Info)
	}
}

// sendTo sends a message to one participant. It leaves at once.
func sendTo(ctx context.Context, r *replica.Replica, participant, text string, setStatus bool) (m replica.Message, err error) {
	messages, err := r.Send(ctx, replica.Outgoing{Draft: participant, To: []string{participant}, Text: text, SetStatus: setStatus})
	if err != nil {
		return m, err
	}
	return messages[0], nil
}

// A portal that didn't check the claims of devices has passed on one that no calendar has.
func TestWrittenAtOfAnOlderPortalIsPlausible(t *testing.T) {
	r := fresh(t)
	page := elm("hello")
	page.Messages[0].WrittenAt = 1e18
	check(t, r.Apply(t.Context(), page))
	c, err := r.Chat(t.Context(), "ana", 0)
	check(t, err)
	if c.Messages[0].WrittenAt != c.Messages[0].SentAt {
		t.Fatalf("%+v", c.Messages[0])
	}
}

// A portal that let hostile names through has passed them on.
func TestNamesOfAnOlderPortalAreHarmless(t *testing.T) {
	r := fresh(t)
	page := elm("hello")
	page.Participants[0].Name, page.Info.Title = "Ana\u202e rofakO\u2067", "Elm\nStreet"
	page.Messages[0].Author, page.Users[1].Name = "tom", "Tom\u202d Reyes"
	check(t, r.Apply(t.Context(), page))
	c, err := r.Chat(t.Context(), "ana", 0)
	check(t, err)
	if c.Name != "Ana rofakO" || c.Messages[0].AuthorName != "Tom Reyes" {
		t.Fatalf("%q, %q", c.Name, c.Messages[0].AuthorName)
	}
}
