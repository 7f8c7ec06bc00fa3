package replica_test

import (
	"fmt"
	"testing"

	"matterline/app/chat"
	"matterline/app/replica"
)

// long returns a chat of n messages. The i-th was sent at 10·i.
func long(n int) chat.Changes {
	page := elm()
	page.Version = int64(n) + 2
	for i := range n {
		v := int64(i) + 3
		page.Messages = append(page.Messages, chat.Message{ID: fmt.Sprint("m", i), Participant: "ana", Author: "ana", Text: fmt.Sprint("Café number ", i), WrittenAt: int64(10 * i), SentAt: int64(10 * i), Version: v})
	}
	return page
}

func TestChatAt(t *testing.T) {
	ctx, r := t.Context(), fresh(t)
	check(t, r.Apply(ctx, long(500)))
	for at, first := range map[int64]string{0: "m0", -5: "m0", 10: "m1", 11: "m2", 2345: "m235", 4990: "m499"} {
		c, err := r.ChatAt(ctx, "ana", at)
		check(t, err)
		var had bool
		for i, m := range c.Messages {
			if m.ID == first {
				had = true
				if i > 0 && c.Messages[i-1].SentAt >= at {
					t.Errorf("%s is not the first at %d", first, at)
				}
			}
		}
		if !had || len(c.Messages) < 25 {
			t.Errorf("at %d: %d messages, %s among them: %v", at, len(c.Messages), first, had)
		}
	}
	c, err := r.ChatAt(ctx, "ana", 5000)
	check(t, err)
	if c.Newer || c.Messages[len(c.Messages)-1].ID != "m499" {
		t.Errorf("after the last: %+v", c.Messages[len(c.Messages)-1])
	}
	if _, err := r.ChatAt(ctx, "nobody", 0); chat.CodeOf(err) != chat.NotFound {
		t.Error(err)
	}
}

func TestChatAtInAnEmptyChat(t *testing.T) {
	r := fresh(t)
	check(t, r.Apply(t.Context(), elm()))
	c, err := r.ChatAt(t.Context(), "ana", 5)
	check(t, err)
	if len(c.Messages) != 0 || c.More || c.Newer {
		t.Fatalf("%+v", c)
	}
}

func TestFind(t *testing.T) {
	ctx, r := t.Context(), fresh(t)
	check(t, r.Apply(ctx, long(2500)))
	for text, want := range map[string]replica.FoundMessages{
		"cafe 7":   {Found: []replica.FoundMessage{{Message: "m7", Version: 10}}},
		`"r 2400"`: {},
		"":         {},
	} {
		got, err := r.Find(ctx, "ana", text+" ") // the last word is complete
		check(t, err)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: %+v", text, got)
		}
	}
	got, err := r.Find(ctx, "ana", "caf")
	check(t, err)
	if len(got.Found) != 1000 || !got.More || got.Found[0].Message != "m2499" || got.Found[999].Message != "m1500" {
		t.Errorf("%d, more %v, from %v", len(got.Found), got.More, got.Found[0])
	}
	if _, err := r.Find(ctx, "nobody", "café"); chat.CodeOf(err) != chat.NotFound {
		t.Error(err)
	}
}
