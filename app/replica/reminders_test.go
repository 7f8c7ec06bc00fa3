package replica_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/replica"
)

// openAt opens a replica whose time the test sets.
func openAt(t *testing.T, now *time.Time) *replica.Replica {
	t.Helper()
	r, err := replica.Open(t.Context(), t.TempDir(), chat.User{ID: "maya", Name: "Maya Hart"}, func() time.Time { return *now })
	check(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}

// A reminder hides what the user had seen until it is due, and then raises an alert until the chat has been read.
func TestReminder(t *testing.T) {
	ctx, now := context.Background(), time.UnixMilli(10)
	r := openAt(t, &now)
	check(t, r.Apply(ctx, elm("one", "two")))
	see := func(want string) {
		t.Helper()
		all, err := r.UnreadChats(ctx)
		check(t, err)
		got := ""
		for _, c := range all {
			got += fmt.Sprint(c.Participant, " ", c.Unread, " ", c.Newest.Text, " ", c.ReminderAt)
		}
		if got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	see("ana 2 two 0")
	check(t, r.SetReminder(ctx, "ana", 20, 4))
	see("")
	page := chat.Changes{Matter: "elm", After: 4, Version: 5,
		Messages: []chat.Message{{ID: "m5", Participant: "ana", Author: "ana", Text: "three", SentAt: 5, Version: 5}}}
	check(t, r.Apply(ctx, page))
	see("ana 3 three 0")
	check(t, r.SetReminder(ctx, "ana", 20, 4)) // the user has seen only the second
	see("ana 3 three 0")
	check(t, r.SetReminder(ctx, "ana", 20, 5))
	see("")
	if at, err := r.NextReminder(ctx); at != 20 || err != nil {
		t.Fatal(at, err)
	}
	page.After, page.Version = 5, 6
	page.Messages[0] = chat.Message{ID: "m6", Participant: "ana", Author: "ana", Text: "four", SentAt: 5, Version: 6}
	check(t, r.Apply(ctx, page))
	check(t, r.SetReminder(ctx, "ana", 20, 5)) // sent in the same millisecond, but not seen
	see("ana 4 four 0")
	check(t, r.SetReminder(ctx, "ana", 20, 6))
	see("")
	now = time.UnixMilli(20)
	see("ana 4 four 20")
	check(t, r.MarkRead(ctx, "ana", 6))
	see("")

	check(t, r.SetReminder(ctx, "ana", 30, 6))
	check(t, r.MarkRead(ctx, "ana", 6)) // it isn't due, and stays
	if c, err := r.Chat(ctx, "ana", 0); c.ReminderAt != 30 || err != nil {
		t.Fatal(c.ReminderAt, err)
	}
	now = time.UnixMilli(30)
	see("ana 0 four 30")
	check(t, r.MarkRead(ctx, "ana", 6))
	see("")
	if at, err := r.NextReminder(ctx); at != 0 || err != nil {
		t.Fatal(at, err)
	}
	if err := r.SetReminder(ctx, "nobody", 40, 0); chat.CodeOf(err) != chat.NotFound {
		t.Fatal(err)
	}
}

// Changes wait for the portal. What the portal doesn't have, or has older, is sent again.
func TestRemindersTravel(t *testing.T) {
	ctx, now := context.Background(), time.UnixMilli(10)
	r := openAt(t, &now)
	check(t, r.Apply(ctx, elm("one")))
	unsent := func() string {
		t.Helper()
		all, err := r.UnsentReminders(ctx)
		check(t, err)
		got := ""
		for _, m := range all {
			got += fmt.Sprint(m.Participant, " ", m.DueAt, " ", m.SetAt)
		}
		return got
	}
	expect := func(got, want string) {
		t.Helper()
		if got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	apply := func(version int64, again bool, all ...chat.Reminder) {
		t.Helper()
		unsent, err := r.ApplyReminders(ctx, version, all)
		check(t, err)
		if unsent != again {
			t.Fatalf("unsent: %v", unsent)
		}
	}
	theirs := func(due, set int64) chat.Reminder {
		return chat.Reminder{Participant: "ana", Matter: "elm", DueAt: due, SeenAt: 3, SetAt: set}
	}
	check(t, r.SetReminder(ctx, "ana", 20, 3))
	sent, err := r.UnsentReminders(ctx)
	check(t, err)
	check(t, r.SetReminder(ctx, "ana", 25, 3))
	check(t, r.ConfirmReminders(ctx, sent)) // it has changed since
	expect(unsent(), "ana 25 11")
	sent, err = r.UnsentReminders(ctx)
	check(t, err)
	check(t, r.ConfirmReminders(ctx, sent))
	expect(unsent(), "")

	apply(1, false, theirs(25, 9)) // the portal's clock is behind
	apply(2, false, theirs(40, 12))
	if at, err := r.NextReminder(ctx); at != 40 || err != nil {
		t.Fatal(at, err)
	}
	apply(1, true) // after a restore
	expect(unsent(), "ana 40 12")
	apply(2, true, theirs(30, 8)) // an older one
	expect(unsent(), "ana 40 12")
	check(t, r.DropReminders(ctx, []chat.Reminder{theirs(40, 12)}))
	expect(unsent(), "")

	apply(3, false, theirs(50, 13))
	if version, err := r.RemindersVersion(ctx); version != 3 || err != nil {
		t.Fatal(version, err)
	}
	check(t, r.SetReminder(ctx, "ana", 0, 3))
	apply(3, true, theirs(50, 13)) // the portal has yet to hear that it ended
	apply(3, false)                // the portal keeps it no longer
	expect(unsent(), "")
	check(t, r.StartOver(ctx, "new"))
	if version, err := r.RemindersVersion(ctx); version == 0 || version == 3 || err != nil { // it asks also a portal that has none
		t.Fatal(version, err)
	}
	check(t, r.Forget(ctx, "elm"))
	if at, err := r.NextReminder(ctx); at != 0 || err != nil {
		t.Fatal(at, err)
	}
}
