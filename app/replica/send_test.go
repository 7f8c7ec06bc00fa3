package replica_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/replica"
)

// clock is a device's clock, which tests set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// taken returns what is sent now.
func taken(t *testing.T, r *replica.Replica) (texts []string) {
	t.Helper()
	unsent, err := r.Take(t.Context(), 100)
	check(t, err)
	for _, u := range unsent {
		texts = append(texts, u.Participant+" "+u.Text)
	}
	return texts
}

func withTwo(t *testing.T, now func() time.Time) *replica.Replica {
	t.Helper()
	r, err := replica.Open(t.Context(), t.TempDir(), chat.User{ID: "maya", Name: "Maya Hart"}, now)
	check(t, err)
	t.Cleanup(func() { r.Close() })
	page := elm("one")
	page.Participants = append(page.Participants, chat.Participant{ID: "ben", Matter: "elm", Name: "Ben", Version: 3})
	check(t, r.Apply(t.Context(), page))
	check(t, r.Apply(t.Context(), chat.Changes{
		Matter: "oak", Version: 2, Info: &chat.Matter{ID: "oak", Title: "Oak Lane", Assigned: "maya", Version: 1},
		Participants: []chat.Participant{{ID: "eve", Matter: "oak", Name: "Eve", Version: 2}},
	}))
	return r
}

// A message that can be undone holds back later messages in its chat only, and leaves when its time is over.
func TestUndo(t *testing.T) {
	ctx, c := t.Context(), &clock{time.UnixMilli(1_000_000)}
	r := withTwo(t, c.now)
	held := func(want time.Duration) {
		t.Helper()
		if got, err := r.Held(ctx); err != nil || got != want {
			t.Fatal(got, err)
		}
	}
	send := func(to, text string, undo time.Duration) replica.Message {
		t.Helper()
		sent, err := r.Send(ctx, replica.Outgoing{Draft: to, To: []string{to}, Text: text, Undo: undo})
		check(t, err)
		return sent[0]
	}
	send("ana", "before", 0)
	undoable := send("ana", "undoable", 5*time.Second)
	send("ana", "behind", 0)
	send("ben", "beside", 0)
	if undoable.LeavesAt != 1_005_000 {
		t.Fatal(undoable.LeavesAt)
	}
	held(5 * time.Second)
	want(t, taken(t, r), "ana before", "ben beside")
	want(t, texts(t, r, 0), "sent one", "sending before", "waiting undoable", "waiting behind")

	c.at = c.at.Add(3 * time.Second)
	held(2 * time.Second)
	c.at = c.at.Add(2 * time.Second)
	held(0)
	want(t, taken(t, r), "ana before", "ana undoable", "ana behind", "ben beside")
	shown, err := r.Chat(ctx, "ana", 0)
	check(t, err)
	if shown.Messages[2].LeavesAt != 0 {
		t.Fatal("it can no longer be undone")
	}

	undone := send("ben", "undone", 5*time.Second)
	draft, err := r.Edit(ctx, undone.ID)
	check(t, err)
	if draft.Text != "undone" {
		t.Fatal(draft)
	}
	want(t, taken(t, r), "ana before", "ana undoable", "ana behind", "ben beside")
}

func TestUndoHoldsNothingWhenTheClockIsSetBack(t *testing.T) {
	c := &clock{time.UnixMilli(100_000_000)}
	r := withTwo(t, c.now)
	_, err := r.Send(t.Context(), replica.Outgoing{Draft: "ana", To: []string{"ana"}, Text: "undoable", Undo: 5 * time.Second})
	check(t, err)
	want(t, taken(t, r))
	c.at = c.at.Add(-time.Hour)
	want(t, taken(t, r), "ana undoable")
}

func TestEndUndo(t *testing.T) {
	c := &clock{time.UnixMilli(1_000_000)}
	r := withTwo(t, c.now)
	if some, err := r.EndUndo(t.Context()); err != nil || some {
		t.Fatal(some, err)
	}
	_, err := r.Send(t.Context(), replica.Outgoing{Draft: "ana", To: []string{"ana", "ben"}, Text: "undoable", Undo: 5 * time.Second})
	check(t, err)
	if some, err := r.EndUndo(t.Context()); err != nil || !some {
		t.Fatal(some, err)
	}
	want(t, taken(t, r), "ana undoable", "ben undoable")
}

func TestSendToSeveral(t *testing.T) {
	ctx := t.Context()
	r := withTwo(t, time.Now)
	check(t, r.SaveDraft(ctx, "ana", replica.Draft{Text: "to both"}))
	check(t, r.SaveDraft(ctx, "ben", replica.Draft{Text: "to ben alone"}))

	for what, to := range map[string][]string{"Nobody": {}, "NotFound": {"ana", "nobody"}, "OfAnotherMatter": {"ana", "eve"}} {
		t.Run(what, func(t *testing.T) {
			if _, err := r.Send(ctx, replica.Outgoing{Draft: "ana", To: to, Text: "to both"}); chat.CodeOf(err) != chat.NotFound {
				t.Fatal(err)
			}
			want(t, taken(t, r))
		})
	}

	sent, err := r.Send(ctx, replica.Outgoing{Draft: "ana", To: []string{"ana", "ben"}, Text: "to both", SetStatus: true})
	check(t, err)
	if len(sent) != 2 || sent[0].ID == sent[1].ID || sent[1].Status != "asked" {
		t.Fatalf("%+v", sent)
	}
	want(t, taken(t, r), "ana to both", "ben to both")
	ana, err := r.Chat(ctx, "ana", 0)
	check(t, err)
	ben, err := r.Chat(ctx, "ben", 0)
	check(t, err)
	if ana.Draft.Text != "" || ben.Draft.Text != "to ben alone" {
		t.Fatalf("%+v %+v", ana.Draft, ben.Draft)
	}
}

func TestWaitSent(t *testing.T) {
	ctx := t.Context()
	r := withTwo(t, time.Now)
	check(t, r.WaitSent(ctx))
	send := func(to string) replica.Message {
		t.Helper()
		sent, err := r.Send(ctx, replica.Outgoing{Draft: to, To: []string{to}, Text: "hello", Undo: 5 * time.Second})
		check(t, err)
		return sent[0]
	}
	confirmed, rejected, forgotten := send("ana"), send("ana"), send("eve")
	check(t, r.Forget(ctx, "oak")) // its message is undeliverable
	unknown := send("ben")

	done := make(chan error, 1)
	go func() { done <- r.WaitSent(ctx) }()
	still := func() {
		t.Helper()
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := r.WaitSent(ended); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	still()
	check(t, r.Confirm(ctx, chat.Message{ID: confirmed.ID, Participant: "ana", Author: "maya", Text: "hello", Version: 4}, false))
	still()
	check(t, r.Reject(ctx, rejected.ID, chat.Errorf(chat.MatterClosed, "", "Closed.")))
	still()
	// This confirmation changes no matter, because the copy doesn't know the chat. It ends the wait, too.
	check(t, r.Confirm(ctx, chat.Message{ID: unknown.ID, Participant: "unknown", Author: "maya", Text: "hello", Version: 4}, false))
	check(t, <-done)
	check(t, r.Remove(ctx, forgotten.ID))
}

// A message that is confirmed before its matter is pulled is kept until then. If the portal has lost it, it's sent
// again.
func TestConfirmedBeforeItsMatter(t *testing.T) {
	ctx := t.Context()
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprint("lost ", lost), func(t *testing.T) {
			dir := t.TempDir()
			r := open(t, dir)
			check(t, r.Apply(ctx, elm("one")))
			m, err := sendTo(ctx, r, "ana", "mine", false)
			check(t, err)
			check(t, r.SignOut(ctx))
			r = open(t, dir)
			check(t, r.StartOver(ctx, "first epoch"))
			page := elm("one", "mine")
			page.Messages[1].ID, page.Messages[1].Author = m.ID, "maya"
			check(t, r.Confirm(ctx, page.Messages[1], false))
			outbox, err := r.Outbox(ctx)
			check(t, err)
			if len(outbox) != 0 {
				t.Fatalf("%+v", outbox)
			}
			if !lost {
				check(t, r.Apply(ctx, page))
				want(t, texts(t, r, 0), "sent one", "sent mine")
				return
			}
			check(t, r.StartOver(ctx, "second epoch"))
			check(t, r.Apply(ctx, elm("one")))
			want(t, texts(t, r, 0), "sent one", "sending mine")
		})
	}
}
