package replica_test

import (
	"context"
	"testing"

	"matterline/app/chat"
	"matterline/app/replica"
)

// status returns a page in which Tom makes a message the current status.
func status(after int64, message string) chat.Changes {
	v := after + 1
	return chat.Changes{Matter: "elm", After: after, Version: v, Users: []chat.User{{ID: "tom", Name: "Tom Reyes"}},
		Statuses: []chat.Status{{ID: "s" + message, Participant: "ana", Message: message, SetBy: "tom", SetAt: v, Version: v}}}
}

func saw(t *testing.T, r *replica.Replica) (all []string) {
	t.Helper()
	unsent, err := r.Take(t.Context(), 100)
	check(t, err)
	for _, u := range unsent {
		if u.SawStatus == nil {
			all = append(all, u.Text+" saw nothing")
			continue
		}
		all = append(all, u.Text+u.Message+" saw "+*u.SawStatus)
	}
	return all
}

// Each decision names the status that its writer saw: the last one they asked for, otherwise the current one.
func TestSawStatus(t *testing.T) {
	ctx := context.Background()
	r := fresh(t)
	check(t, r.Apply(ctx, elm("one", "two")))
	check(t, r.Decide(ctx, "ana", ""))
	if err := r.Decide(ctx, "ana", "m3"); chat.CodeOf(err) != chat.NotFound {
		t.Fatalf("a participant's message as the status: %v", err)
	}
	page := elm("one", "two", "ours")
	page.Messages[2].Author = "maya"
	check(t, r.Apply(ctx, page))
	check(t, r.Apply(ctx, status(5, "m5")))
	first, err := sendTo(ctx, r, "ana", "first", true)
	check(t, err)
	_, err = sendTo(ctx, r, "ana", "no status", false)
	check(t, err)
	_, err = sendTo(ctx, r, "ana", "second", true)
	check(t, err)
	check(t, r.Decide(ctx, "ana", "m5"))
	// A removed message won't become the status, so the next decision no longer names it.
	check(t, r.Remove(ctx, first.ID))
	want(t, saw(t, r), " saw ", "no status saw nothing", "second saw ", "m5 saw "+secondID(t, r))
}

func secondID(t *testing.T, r *replica.Replica) string {
	t.Helper()
	unsent, err := r.Outbox(t.Context())
	check(t, err)
	for _, u := range unsent {
		if u.Text == "second" {
			return u.ID
		}
	}
	return ""
}

// A superseded status is sent as a message. Its writer keeps the other status or uses their own.
func TestSuperseded(t *testing.T) {
	ctx := context.Background()
	for _, early := range []bool{false, true} { // the message arrives before the answer
		r := fresh(t)
		page := elm("ours")
		page.Messages[0].Author = "tom"
		check(t, r.Apply(ctx, page))
		m, err := sendTo(ctx, r, "ana", "mine", true)
		check(t, err)
		want(t, saw(t, r), "mine saw ")
		check(t, r.Apply(ctx, status(3, "m3")))
		sent := chat.Message{ID: m.ID, Participant: "ana", Author: "maya", Text: "mine", SentAt: 9, Version: 5}
		if early {
			check(t, r.Apply(ctx, chat.Changes{Matter: "elm", After: 4, Version: 5, Messages: []chat.Message{sent}}))
			want(t, texts(t, r, 0), "sent ours", "sent mine")
		}
		check(t, r.Confirm(ctx, sent, true))
		check(t, r.Confirm(ctx, sent, true))
		want(t, texts(t, r, 0), "sent ours", "sent mine")
		c, err := r.Chat(ctx, "ana", 0)
		check(t, err)
		if len(c.Decisions) != 1 || c.Decisions[0].Code != "superseded" || c.Decisions[0].Message != m.ID || c.Decisions[0].Text != "mine" || c.Messages[0].Status != "current" {
			t.Fatalf("%+v", c)
		}
		if b, err := r.Backlog(ctx); err != nil || b != (replica.Backlog{Undecided: 1}) {
			t.Fatalf("%+v, %v", b, err)
		}
		out, err := r.Outbox(ctx)
		check(t, err)
		if out[0].Text != "mine" || out[0].Name != "Ana Okafor" || out[0].MatterTitle != "Elm Street" {
			t.Fatalf("%+v", out)
		}
		want(t, saw(t, r))
		check(t, r.UseMine(ctx, c.Decisions[0].ID))
		want(t, saw(t, r), m.ID+" saw m3")
		check(t, r.Reject(ctx, c.Decisions[0].ID, chat.Errorf(chat.Superseded, "", "Again.")))
		check(t, r.Remove(ctx, c.Decisions[0].ID)) // keep theirs
		if n := waiting(t, r); n != 0 {
			t.Fatalf("%d wait", n)
		}
	}
}

// Only the last assignment waits, and alerts move when it's confirmed.
func TestAssign(t *testing.T) {
	ctx := context.Background()
	r := fresh(t)
	check(t, r.Apply(ctx, elm("one")))
	check(t, r.AssignTo(ctx, "elm", "lee"))
	check(t, r.AssignTo(ctx, "elm", "tom"))
	m, err := r.Matter(ctx, "elm")
	check(t, err)
	unread, err := r.UnreadChats(ctx)
	check(t, err)
	if m.Assigning == nil || m.Assigning.AssignedName != "Tom Reyes" || m.Assigned != "maya" || len(unread) != 1 {
		t.Fatalf("%+v, %d", m, len(unread))
	}
	unsent, err := r.Take(ctx, 10)
	check(t, err)
	if len(unsent) != 1 || unsent[0].Kind != chat.AssignMatter || unsent[0].Assigned != "tom" {
		t.Fatalf("%+v", unsent)
	}
	check(t, r.Settle(ctx, unsent[0].ID))
	check(t, r.Settle(ctx, unsent[0].ID))
	check(t, r.AssignTo(ctx, "elm", "lee"))
	check(t, r.AssignTo(ctx, "elm", "maya")) // the current user
	if n := waiting(t, r); n != 0 {
		t.Fatalf("%d wait", n)
	}
}
